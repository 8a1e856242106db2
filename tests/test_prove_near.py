"""Near-duplicates on real pictures: copies that were changed are found, and how pairs agree with groups made by eye. Prints its figures."""

import csv
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from audited_sets import jpeg
from numpy.typing import NDArray

from scantally.datasets.audit.likeness import Likeness, likeness, oriented
from scantally.datasets.audit.pairs import find_pairs

pytestmark = pytest.mark.prove

Picture = NDArray[np.uint8]
LABELS = Path(__file__).parents[1] / "datasets" / "labels"
TRIED = 60


def warped(picture: Picture, dx: float, dy: float) -> Picture:
    """Shifted by shares of the sides."""
    height, width = picture.shape
    matrix = np.array([[1, 0, dx * width], [0, 1, dy * height]], np.float32)
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def cropped(picture: Picture, share: float) -> Picture:
    rows, columns = (int(n * share / 2) for n in picture.shape)
    return picture[rows : picture.shape[0] - rows, columns : picture.shape[1] - columns]


def coded(picture: Picture, quality: int) -> Picture:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg(picture, quality), np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


CHANGES: dict[str, tuple[Callable[[Picture], Picture], float]] = {
    "JPEG quality 30": (lambda p: coded(p, 30), 1.0),
    "grey times 0.7": (lambda p: (p * 0.7).astype(np.uint8), 1.0),
    "grey times 1.15, cut at white": (lambda p: np.clip(p * 1.15, 0, 255).astype(np.uint8), 0.9),
    "half the size": (lambda p: cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), 1.0),
    "shifted by 1 % of both sides": (lambda p: warped(p, 0.01, -0.01), 0.9),
    "shifted by 2 % of both sides": (lambda p: warped(p, -0.02, 0.02), 0.7),
    "cut by 2 % of both sides": (lambda p: cropped(p, 0.02), 0.5),
    "mirrored, JPEG quality 60": (lambda p: coded(np.ascontiguousarray(p[:, ::-1]), 60), 1.0),
    "turned by 90°": (lambda p: np.ascontiguousarray(oriented(p, 5)), 1.0),
    "turned by 3°": (
        lambda p: cv2.warpAffine(
            p, cv2.getRotationMatrix2D((p.shape[1] / 2, p.shape[0] / 2), 3, 1), p.shape[::-1], borderMode=1
        ),
        0.0,
    ),
}
"""What is done to a picture, and the share of copies that must be found."""


def pictures(folder: Path) -> tuple[list[Path], list[Picture]]:
    files = sorted((folder / "images").glob("*.jpg"))
    return files, [np.asarray(cv2.imread(str(x), cv2.IMREAD_GRAYSCALE), np.uint8) for x in files]


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["ajna", "voc_boxes"])
def test_changed_copies_are_found(data_dir: Path, name: str) -> None:
    _, greys = pictures(data_dir / name)
    greys = greys[:: len(greys) // TRIED][:TRIED]
    before = [likeness(p) for p in greys]
    for words, (change, least) in CHANGES.items():
        found = find_pairs([*before, *(likeness(change(p)) for p in greys)]).pairs
        hits = sum(x.second == x.first + TRIED for x in found)
        print(f"{name}: {words}: {hits} of {TRIED} copies found")
        assert hits >= least * TRIED, words


@pytest.mark.timeout(1800)
def test_pairs_and_the_groups_made_by_eye(data_dir: Path) -> None:
    with (LABELS / "ajna_groups.csv").open(encoding="utf-8") as file:
        groups = {row["image"]: row["group"] for row in csv.DictReader(file)}
    files, greys = pictures(data_dir / "ajna")
    items: list[Likeness] = [likeness(p) for p in greys]
    names = [groups[x.name] for x in files]
    pairs = [(i, j) for i in range(len(names)) for j in range(i + 1, len(names))]
    together = sum(names[i] == names[j] for i, j in pairs)
    for near in (0.95, 0.9, 0.85, 0.8):
        found = find_pairs(items, near).pairs
        hits = sum(names[x.first] == names[x.second] for x in found)
        false = len(found) - hits
        print(f"ajna: from {near}: {hits} of {together} pairs of one group, {false} of {len(pairs) - together} others")
        if near == 0.9:
            assert hits >= 10
            assert false <= 3


@pytest.mark.timeout(1800)
def test_pairs_of_different_sources(data_dir: Path) -> None:
    files, greys = pictures(data_dir / "voc_boxes")
    sources = {x.name.split("_jpg")[0] for x in files}
    items = [likeness(p) for p in greys]
    for near in (0.95, 0.9, 0.85, 0.8):
        found = find_pairs(items, near).pairs
        total = len(files) * (len(files) - 1) // 2
        print(f"voc_boxes ({len(sources)} sources): from {near}: {len(found)} of {total} pairs")
        if near == 0.9:
            assert len(found) <= 30
