"""Boxes of a source brought into a dataset: in px, inside the picture, each once; what is left out is counted."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scantally.datasets.importers.classes import Target
from scantally.datasets.importers.files import printable
from scantally.datasets.importers.omissions import Omissions
from scantally.datasets.importers.source import SourceBox

DIGITS = 6
"""Of px: finer than any source, coarser than the errors of floating point."""

TOLERANCE = 0.01
"""Px by which a box may pass the edge unmentioned: sources round shares to six digits."""

Rect = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A box of the dataset: ``x, y, width, height`` in px."""

    label: str
    bbox: Rect
    crowd: bool
    sure: bool


def clean(
    boxes: Sequence[SourceBox], size: tuple[int, int], targets: Mapping[str, Target | None], omissions: Omissions
) -> list[Kept]:
    """The boxes of one picture that belong into the dataset, in the source's order.

    Args:
        boxes: As the source states them.
        size: Width and height of the picture, px.
        targets: What becomes of each class.
        omissions: Where everything that is left out or changed is counted.
    """
    found: dict[tuple[str, Rect], Kept] = {}
    for box in boxes:
        target = targets[box.name]
        if target is None:
            omissions.add("class_left_out", f"{box.where}: {printable(box.name)}")
            continue
        rect = _inside(box, size, omissions)
        if rect is None:
            continue
        if (target.label, rect) in found:
            omissions.add("box_duplicate", box.where)
            continue
        found[target.label, rect] = Kept(label=target.label, bbox=rect, crowd=box.crowd, sure=box.sure)
    return list(found.values())


def _inside(box: SourceBox, size: tuple[int, int], omissions: Omissions) -> Rect | None:
    """Position and size in px, cut at the picture's edges; None, and counted, where nothing is left."""
    if not all(map(math.isfinite, box.box)):
        omissions.add("box_not_finite", box.where)
        return None
    width, height = size
    across, down = (width, height) if box.unit == "share" else (1, 1)
    x0, y0, x1, y1 = box.box[0] * across, box.box[1] * down, box.box[2] * across, box.box[3] * down
    wrong = _wrong(x0, y0, x1, y1, width, height)
    if wrong is not None:
        omissions.add(wrong, box.where)
        return None
    if min(x0, y0) < -TOLERANCE or x1 > width + TOLERANCE or y1 > height + TOLERANCE:
        omissions.add("box_clipped", box.where)
    x0, y0, x1, y1 = max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height))
    return (round(x0, DIGITS), round(y0, DIGITS), round(x1 - x0, DIGITS), round(y1 - y0, DIGITS))


def _wrong(x0: float, y0: float, x1: float, y1: float, width: int, height: int) -> str | None:
    """The reason why a finite box cannot be kept; None where it can."""
    smallest = 10.0**-DIGITS
    if not all(map(math.isfinite, (x0, y0, x1, y1))):
        return "box_not_finite"
    if x1 < x0 or y1 < y0:
        return "box_inverted"
    if x1 - x0 < smallest or y1 - y0 < smallest:
        return "box_empty"
    if min(x1, width) - max(x0, 0) < smallest or min(y1, height) - max(y0, 0) < smallest:
        return "box_outside"
    return None
