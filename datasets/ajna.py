"""The AJNA scans: 196 real scans of Brazilian customs with container boxes, and the project's labels of their loads.

Upstream: github.com/IvanBrasilico/ajna_bbox (GPL-3.0). The scans themselves are not part of the project; the labels of
loads and the groups of near-duplicates (``datasets/labels``) are.
"""

import csv
import functools
import io
from collections import defaultdict
from importlib import resources
from pathlib import Path

from scantally.datasets.labelled import Label, LabelledScan, open_transmission
from scantally.detector.config.files import read_bytes
from scantally.detector.errors import InputError
from scantally.detector.types import Box


def load(root: Path) -> list[LabelledScan]:
    """All scans below ``root`` (folders ``images`` and ``labels``) with containers, loads, groups and scanner.

    Raises:
        InputError: a folder is missing, a scan has no load label, or one of its files is missing or damaged.
    """
    images = sorted((root / "images").glob("*.jpg"))
    if not images:
        raise InputError(str(root), "expected a folder 'images' with .jpg scans and a folder 'labels' beside it")
    loads, groups = load_labels(), known_groups()
    return [_labelled(path, root / "labels" / f"{path.stem}.txt", loads, groups) for path in images]


def _labelled(
    image: Path, boxes: Path, loads: dict[str, list[Label]], groups: dict[str, tuple[str, str]]
) -> LabelledScan:
    if image.name not in loads or image.name not in groups:
        raise InputError(str(image), "is not among the scans that datasets/labels describes")
    scanner, group = groups[image.name]
    size = _size(image)
    containers = [Label(label="container", box=b) for b in _containers(boxes, *size)]
    return LabelledScan(
        name=image.stem,
        group=group,
        scanner=scanner,
        labels=(*containers, *loads[image.name]),
        path=image,
        open=functools.partial(open_transmission, image),
    )


def _size(path: Path) -> tuple[int, int]:
    """Width and height from the header alone."""
    from PIL import Image

    try:
        with Image.open(path) as picture:
            return picture.size
    # ultralytics, once imported, replaces Image.open by one that asks for a HEIF plugin when it does not know a picture.
    except (OSError, ImportError) as e:
        raise InputError(str(path), f"expected a JPEG scan: {e}") from e


def _containers(path: Path, width: int, height: int) -> list[Box]:
    """YOLO rows: class, centre and size as shares of the picture."""
    boxes = []
    raw = read_bytes(path, InputError) if path.exists() else b""
    if not raw:
        raise InputError(str(path), "expected the container boxes of the scan beside it, one row each")
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), 1):
        try:
            _, cx, cy, w, h = (float(part) for part in line.split())
        except ValueError as e:
            raise InputError(str(path), f"line {number}: expected five numbers, got '{line}'") from e
        boxes.append(((cx - w / 2) * width, (cy - h / 2) * height, (cx + w / 2) * width, (cy + h / 2) * height))
    return boxes


@functools.cache
def load_labels() -> dict[str, list[Label]]:
    """The project's labels of loads, by the scan's file name."""
    found: dict[str, list[Label]] = defaultdict(list)
    for row in _rows("ajna_loads.csv"):
        box = (float(row["x0"]), float(row["y0"]), float(row["x1"]), float(row["y1"]))
        found[row["image"]].append(Label(label=row["label"], box=box, sure=row["sure"] == "yes"))
    return dict(found)


@functools.cache
def known_groups() -> dict[str, tuple[str, str]]:
    """Scanner and group of near-duplicates, by the scan's file name."""
    return {row["image"]: (row["scanner"], row["group"]) for row in _rows("ajna_groups.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    text = resources.files("scantally.datasets").joinpath("labels", name).read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text)))
