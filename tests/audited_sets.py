"""Small datasets made by hand, for the tests of auditing, splitting and encoding."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from scantally.datasets.dataset import Annotation, Category, Dataset, Image, Info, Split, write_dataset
from scantally.detector.types import Group

WIDTH, HEIGHT = 192, 128
Rect = tuple[float, float, float, float]  # x, y, width, height, as COCO has it


def scene(seed: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint8]:
    """A picture like no other: air above, then blocks of many greys, (height, width) uint8."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width), 235, np.uint8)
    for _ in range(40):
        x, y = int(rng.integers(0, width - 8)), int(rng.integers(height // 4, height - 8))
        w, h = int(rng.integers(6, width // 4)), int(rng.integers(6, height // 4))
        picture[y : y + h, x : x + w] = rng.integers(10, 220)
    return np.asarray(cv2.GaussianBlur(picture, (3, 3), 0), np.uint8)


def jpeg(picture: NDArray[np.uint8], quality: int = 92) -> bytes:
    return bytes(cv2.imencode(".jpg", picture, (cv2.IMWRITE_JPEG_QUALITY, quality))[1].tobytes())


def png(picture: NDArray[np.generic]) -> bytes:
    return bytes(cv2.imencode(".png", picture)[1].tobytes())


@dataclass
class Row:
    """One picture of a set."""

    raw: bytes | None
    """None: the file is missing."""
    split: Split | None = "train"
    boxes: list[tuple[str, Rect]] = field(default_factory=lambda: [("knife", (20, 50, 40, 30))])
    group: str | None = None
    scanner: str = "unknown"
    suffix: str = ".jpg"
    source: str | None = None
    size: tuple[int, int] = (WIDTH, HEIGHT)
    sha256: str | None = None
    crowd: bool = False


GROUPS = {"container": Group.STRUCTURE, "carton": Group.LOAD, "sack": Group.LOAD}


def make_set(folder: Path, rows: list[Row], labels: tuple[str, ...] = ("knife",)) -> Dataset:
    """Write a dataset of these rows; picture N is ``images/N.jpg``."""
    (folder / "images").mkdir(parents=True)
    images, annotations = [], []
    for number, row in enumerate(rows, start=1):
        name = f"images/{number:03d}{row.suffix}"
        if row.raw is not None:
            (folder / name).write_bytes(row.raw)
        digest = row.sha256 or hashlib.sha256(row.raw or b"").hexdigest()
        images.append(
            Image(
                id=number,
                file_name=name,
                width=row.size[0],
                height=row.size[1],
                sha256=digest,
                source=row.source or f"{number}{row.suffix}",
                group=row.group or str(number),
                scanner=row.scanner,
                split=row.split,
            )
        )
        for label, (x, y, w, h) in row.boxes:
            annotations.append(
                Annotation(
                    id=len(annotations) + 1,
                    image_id=number,
                    category_id=labels.index(label) + 1,
                    bbox=(x, y, w, h),
                    area=w * h,
                    iscrowd=1 if row.crowd else 0,
                )
            )
    dataset = Dataset(
        info=Info(name="by hand", imported_as="coco"),
        images=tuple(images),
        annotations=tuple(annotations),
        categories=tuple(
            Category(id=i, name=x, supercategory=GROUPS.get(x, Group.OBJECT)) for i, x in enumerate(labels, 1)
        ),
    )
    write_dataset(dataset, folder)
    return dataset


def plain_rows(count: int = 12, first: int = 0) -> list[Row]:
    """Nothing is wrong with these: ten boxes or more of one label, the last picture in test."""
    rows = [Row(raw=jpeg(scene(first + i))) for i in range(count)]
    rows[-1].split = "test"
    return rows
