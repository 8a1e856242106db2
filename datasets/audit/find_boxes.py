"""Findings about boxes: outside, without area, twice, with two labels, tiny."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from math import floor

from scantally.datasets.audit.context import Context, finding, some
from scantally.datasets.audit.document import Example, Finding
from scantally.datasets.canvas import MIN_SIDE
from scantally.datasets.dataset import Annotation, Image

ROUNDING = 1.0
"""px by which a box may reach over the border: conversions round, and Pascal VOC counts pixels from 1."""

SAME = 0.5
"""px by which the sides of a box that stands there twice may differ."""

CELL = 2 * SAME
"""px; a box and its neighbours up to SAME on both sides lie in two such cells at most."""


def find(context: Context) -> Iterator[Finding]:
    """Findings about boxes, each kind at most once."""
    total = some(len(context.dataset.annotations), "box", "boxes")
    for kind, words, is_it in _TESTS:
        examples = [
            _example(context, image, item)
            for image, boxes in zip(context.dataset.images, context.boxes, strict=True)
            for item in boxes
            if is_it(image, item)
        ]
        if examples:
            yield finding(kind, f"{len(examples):,} of {total} {words}.", examples, len(examples))
    twice, conflicts = _doubles(context)
    if twice:
        words = some(len(twice), "box stands", "boxes stand")
        yield finding("box_duplicate", f"{words} there again with the same label.", twice, len(twice))
    if conflicts:
        words = some(len(conflicts), "box has", "boxes have")
        yield finding("box_conflict", f"{words} two labels of one group.", conflicts, len(conflicts))


def is_empty(item: Annotation) -> bool:
    """Whether a box has no area."""
    return item.bbox[2] <= 0 or item.bbox[3] <= 0


def _is_outside(image: Image, item: Annotation) -> bool:
    x, y, w, h = item.bbox
    over = max(-x, -y, x + w - image.width, y + h - image.height)
    return over > ROUNDING or x >= image.width or y >= image.height


def _is_tiny(image: Image, item: Annotation) -> bool:
    return not is_empty(item) and min(item.bbox[2:]) < MIN_SIDE


_TESTS: tuple[tuple[str, str, Callable[[Image, Annotation], bool]], ...] = (
    ("box_outside", f"reach more than {ROUNDING:g} px out of the picture", _is_outside),
    ("box_empty", "have no area", lambda image, item: is_empty(item)),
    ("box_tiny", f"have a side of less than {MIN_SIDE:g} px", _is_tiny),
)


def _doubles(context: Context) -> tuple[list[Example], list[Example]]:
    """Boxes at the place of an earlier one: of one label, and of two labels of one group (a container's box is its load's as well)."""
    groups = {x.id: x.supercategory for x in context.dataset.categories}
    twice, conflicts = [], []
    for image, boxes in zip(context.dataset.images, context.boxes, strict=True):
        for item, firsts in at_one_place(boxes):
            other = next((x for x in firsts if groups[x.category_id] == groups[item.category_id]), None)
            if any(x.category_id == item.category_id for x in firsts):
                twice.append(_example(context, image, item))
            elif other is not None:
                labels = f"{context.names[other.category_id]} and {context.names[item.category_id]}"
                conflicts.append(_example(context, image, item).model_copy(update={"detail": labels}))
    return twice, conflicts


def at_one_place(boxes: Sequence[Annotation]) -> Iterator[tuple[Annotation, list[Annotation]]]:
    """Boxes whose sides agree with those of earlier ones, each with the first one of each label that it agrees with.

    A box that repeats another of its label is compared with none that comes later, so that what would stay without the repeated ones is
    counted once. The kept ones lie in cells as wide as two boxes may lie apart on both sides: of each side a box touches two cells, and
    few kept boxes share one, so the time goes with the number of boxes, however they lie.
    """
    cells: dict[tuple[int, ...], list[Annotation]] = defaultdict(list)
    for item in boxes:
        sides = tuple(item.bbox)
        touched = product(*(sorted({floor((x - SAME) / CELL), floor((x + SAME) / CELL)}) for x in sides))
        near = [x for cell in touched for x in cells.get(cell, ())]
        found: dict[int, Annotation] = {}
        for first in sorted(near, key=lambda x: x.id):
            if all(abs(a - b) <= SAME for a, b in zip(sides, first.bbox, strict=True)):
                found.setdefault(first.category_id, first)
        if found:
            yield item, list(found.values())
        if item.category_id not in found:
            cells[tuple(floor(x / CELL) for x in sides)].append(item)


def _example(context: Context, image: Image, item: Annotation) -> Example:
    x, y, w, h = item.bbox
    detail = f"{context.names[item.category_id]}: x {x:g}, y {y:g}, {w:g} x {h:g} px in {image.width} x {image.height}"
    return Example(files=(image.file_name,), detail=detail, box=(x, y, x + w, y + h))
