"""Findings about boxes: outside, without area, twice, with two labels, tiny."""

from collections.abc import Callable, Iterator

from scantally.datasets.audit.context import Context, finding, some
from scantally.datasets.audit.document import Example, Finding
from scantally.datasets.canvas import MIN_SIDE
from scantally.datasets.dataset import Annotation, Image

ROUNDING = 1.0
"""px by which a box may reach over the border: conversions round, and Pascal VOC counts pixels from 1."""

SAME = 0.5
"""px by which the sides of a box that stands there twice may differ."""


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
        yield finding("box_duplicate", f"{words} there twice with the same label.", twice, len(twice))
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
    """Boxes at one place: with one label, and with two labels of one group (a container's box is its load's as well)."""
    groups = {x.id: x.supercategory for x in context.dataset.categories}
    twice, conflicts = [], []
    for image, boxes in zip(context.dataset.images, context.boxes, strict=True):
        for first, second in _at_one_place(boxes):
            if first.category_id == second.category_id:
                twice.append(_example(context, image, second))
            elif groups[first.category_id] == groups[second.category_id]:
                labels = f"{context.names[first.category_id]} and {context.names[second.category_id]}"
                conflicts.append(_example(context, image, second).model_copy(update={"detail": labels}))
    return twice, conflicts


def _at_one_place(boxes: tuple[Annotation, ...]) -> Iterator[tuple[Annotation, Annotation]]:
    """Pairs of boxes whose sides agree; sorted by their left side, so that few are compared."""
    ordered = sorted(boxes, key=lambda x: (x.bbox, x.id))
    for index, first in enumerate(ordered):
        for second in ordered[index + 1 :]:
            if second.bbox[0] - first.bbox[0] > SAME:
                break
            if all(abs(a - b) <= SAME for a, b in zip(first.bbox, second.bbox, strict=True)):
                yield first, second


def _example(context: Context, image: Image, item: Annotation) -> Example:
    x, y, w, h = item.bbox
    detail = f"{context.names[item.category_id]}: x {x:g}, y {y:g}, {w:g} x {h:g} px in {image.width} x {image.height}"
    return Example(files=(image.file_name,), detail=detail, box=(x, y, x + w, y + h))
