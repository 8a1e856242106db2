"""Training pictures: square canvases of scout strips or of detail crops, encoded by the function that inference calls.

A scan is three to five times as wide as it is high, and a square picture of it would be mostly padding. So several scout
strips are stacked on one canvas; the network sees them as inference does (same height, same encoding), at a third of the cost.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from scantally.datasets.labelled import Label, LabelledScan
from scantally.detector.imaging.encode import encode, resize
from scantally.detector.imaging.scales import STRIDE, blank, detail_view, scout_size
from scantally.detector.types import Box, ByteArray, FloatArray

MIN_VISIBLE = 0.3
"""A label of which less than this share is left on the canvas is dropped: a sliver of a container is not a container that an
officer would name."""

MIN_SIDE = 5.0
"""Shorter side in canvas pixels below which a label cannot be learnt from, and is dropped."""


Vary = Callable[[FloatArray, np.random.Generator], FloatArray]
"""Another picture of the same scene: (H, W) transmission in (0, 1] to the same, drawn by the generator alone."""


def as_it_is(transmission_HW: FloatArray, rng: np.random.Generator) -> FloatArray:
    """No variation."""
    return transmission_HW


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """How canvases are made: the part of a training configuration that inference must agree with, and its variation."""

    encoding: str
    canvas: int
    scout_height: int
    scout_share: float = 0.86  # smallest scout height drawn, as a share of scout_height
    stretch: float = 0.25  # half-width of the drawn horizontal stretch: another truck speed
    vary: Vary = as_it_is  # another scanner, another dose


@dataclass(frozen=True, kw_only=True, slots=True)
class Canvas:
    """One training picture with its boxes in its own pixels."""

    name: str
    picture_HW3: ByteArray
    labels: tuple[Label, ...]


def scout_canvases(
    scans: Sequence[LabelledScan], recipe: Recipe, rng: np.random.Generator, prefix: str
) -> Iterator[Canvas]:
    """Stack every scan's strip, in a drawn order, on as few canvases as their drawn heights allow."""
    rows: list[tuple[ByteArray, tuple[Label, ...]]] = []
    number = used = 0
    for index in rng.permutation(len(scans)):
        strip = scout_strip(scans[index], recipe, rng)
        if used + strip[0].shape[0] > recipe.canvas:
            yield _stack(rows, recipe, rng, f"{prefix}{number:05d}")
            rows, used, number = [], 0, number + 1
        rows.append(strip)
        used += strip[0].shape[0]
    if rows:
        yield _stack(rows, recipe, rng, f"{prefix}{number:05d}")


def scout_strip(scan: LabelledScan, recipe: Recipe, rng: np.random.Generator) -> tuple[ByteArray, tuple[Label, ...]]:
    """The scan as the scout pass sees it, with drawn height, stretch and variation; cut to the canvas' width."""
    t = scan.open()
    rows, columns = t.shape
    target = round(recipe.scout_height * rng.uniform(recipe.scout_share, 1.0))
    h, w = scout_size(rows, columns, target)
    w = max(STRIDE, round(w * rng.uniform(1 - recipe.stretch, 1 + recipe.stretch)))
    # Most scans wider than the canvas are shrunk to fit, as the network must learn to box whole containers; the rest are cut.
    if w > recipe.canvas and rng.random() < 0.7:
        h, w = max(STRIDE, round(h * recipe.canvas / w)), recipe.canvas
    picture = encode(recipe.vary(resize(t, h, w), rng), recipe.encoding)
    left = int(rng.integers(0, w - recipe.canvas + 1)) if w > recipe.canvas else 0
    sx, sy = w / columns, h / rows
    window = (left, 0.0, left + recipe.canvas, float(h))
    labels = cut_labels([_scaled(x, sx, sy) for x in scan.labels], window)
    return picture[:, left : left + recipe.canvas], labels


def detail_canvas(
    transmission_HW: FloatArray,
    labels: Iterable[Label],
    corner: tuple[int, int],
    scale: float,
    recipe: Recipe,
    rng: np.random.Generator,
    name: str,
) -> Canvas:
    """A square region at detail scale whose upper left corner is ``corner`` (x, y in scan pixels)."""
    side = recipe.canvas / scale
    x, y = corner
    varied = recipe.vary(transmission_HW, rng)
    view = detail_view(varied, recipe.encoding, (x, y, x + side, y + side), scale)
    picture = blank(recipe.canvas, recipe.canvas, recipe.encoding)
    h, w = min(recipe.canvas, view.picture_HW3.shape[0]), min(recipe.canvas, view.picture_HW3.shape[1])
    picture[:h, :w] = view.picture_HW3[:h, :w]
    moved = [_scaled(_shifted(x, -view.x0, -view.y0), scale, scale) for x in labels]
    return Canvas(name=name, picture_HW3=picture, labels=cut_labels(moved, (0.0, 0.0, float(w), float(h))))


def side_by_side(crops: Sequence[Canvas], recipe: Recipe, tiles: int) -> Canvas:
    """One canvas of up to ``tiles`` x ``tiles`` crops, row by row, each at most ``canvas // tiles`` pixels wide and high."""
    picture = blank(recipe.canvas, recipe.canvas, recipe.encoding)
    labels: list[Label] = []
    step = recipe.canvas // tiles
    for number, crop in enumerate(crops):
        top, left = number // tiles * step, number % tiles * step
        h, w = crop.picture_HW3.shape[:2]
        picture[top : top + h, left : left + w] = crop.picture_HW3
        labels += [_shifted(x, left, top) for x in crop.labels]
    return Canvas(name=f"tiled-{crops[0].name}", picture_HW3=picture, labels=tuple(labels))


def cut_labels(labels: Iterable[Label], window: Box) -> tuple[Label, ...]:
    """Labels in coordinates of the window; those mostly outside it, or too small to see, are dropped."""
    kept = []
    x0, y0, x1, y1 = window
    for item in labels:
        a, b, c, d = item.box
        box = (max(a, x0), max(b, y0), min(c, x1), min(d, y1))
        w, h = box[2] - box[0], box[3] - box[1]
        if min(w, h) < MIN_SIDE or w * h < MIN_VISIBLE * (c - a) * (d - b):
            continue
        kept.append(Label(label=item.label, box=(box[0] - x0, box[1] - y0, box[2] - x0, box[3] - y0), sure=item.sure))
    return tuple(kept)


def write(canvases: Iterable[Canvas], folder: Path, labels: Sequence[str]) -> dict[str, int]:
    """Write canvases in YOLO form (``images/``, ``labels/``) and return how often each label stands in them.

    The files hold the channels in reverse order: ultralytics reads files as BGR and hands the network RGB, so that the
    network sees channel 0 of the encoding first, as in inference.
    """
    (folder / "images").mkdir(parents=True, exist_ok=True)
    (folder / "labels").mkdir(parents=True, exist_ok=True)
    counts = dict.fromkeys(labels, 0)
    for canvas in canvases:
        name = _free_name(canvas.name, folder / "images")
        # Not cv2.imwrite: it says nothing of a full disk, and dies of a path that is no UTF-8.
        _, raw = cv2.imencode(".png", canvas.picture_HW3[..., ::-1])
        (folder / "images" / f"{name}.png").write_bytes(raw.tobytes())
        rows = [_yolo_row(item, labels, canvas.picture_HW3.shape) for item in canvas.labels]
        (folder / "labels" / f"{name}.txt").write_text("".join(rows))
        for item in canvas.labels:
            counts[item.label] += 1
    (folder / "counts.json").write_text(json.dumps(counts, indent=1))
    return counts


def _free_name(name: str, folder: Path) -> str:
    """The name, as ultralytics can read it from a list of lines, and another one where two scans have the same."""
    plain = free = "".join(c if c.isprintable() else "_" for c in name)
    number = 2
    while (folder / f"{free}.png").exists():
        free, number = f"{plain}-{number}", number + 1
    return free


def _yolo_row(item: Label, labels: Sequence[str], shape: tuple[int, ...]) -> str:
    h, w = shape[:2]
    x0, y0, x1, y1 = item.box
    centre = f"{(x0 + x1) / 2 / w:.6f} {(y0 + y1) / 2 / h:.6f} {(x1 - x0) / w:.6f} {(y1 - y0) / h:.6f}"
    return f"{labels.index(item.label)} {centre}\n"


def _stack(
    rows: Sequence[tuple[ByteArray, tuple[Label, ...]]], recipe: Recipe, rng: np.random.Generator, name: str
) -> Canvas:
    """Strips from top to bottom with drawn gaps between them and drawn places from left to right."""
    picture = blank(recipe.canvas, recipe.canvas, recipe.encoding)
    free = recipe.canvas - sum(strip.shape[0] for strip, _ in rows)
    gaps = rng.multinomial(free, [1 / (len(rows) + 1)] * (len(rows) + 1))
    labels: list[Label] = []
    top = 0
    for gap, (strip, found) in zip(gaps, rows, strict=False):
        top += int(gap)
        left = int(rng.integers(0, recipe.canvas - strip.shape[1] + 1))
        picture[top : top + strip.shape[0], left : left + strip.shape[1]] = strip
        labels += [_shifted(item, left, top) for item in found]
        top += strip.shape[0]
    return Canvas(name=name, picture_HW3=picture, labels=tuple(labels))


def _shifted(item: Label, dx: float, dy: float) -> Label:
    a, b, c, d = item.box
    return Label(label=item.label, box=(a + dx, b + dy, c + dx, d + dy), sure=item.sure)


def _scaled(item: Label, sx: float, sy: float) -> Label:
    a, b, c, d = item.box
    return Label(label=item.label, box=(a * sx, b * sy, c * sx, d * sy), sure=item.sure)
