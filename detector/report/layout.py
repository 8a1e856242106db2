"""Where the tags of boxes stand, so that they can be read: greedy placement, the heaviest first."""

from collections.abc import Callable, Sequence

import numpy as np

from scantally.detector.report.marks import Layer, Mark
from scantally.detector.types import Box

_FIRST = (Layer.FINDINGS, Layer.OBJECTS, Layer.CONTAINERS, Layer.NOT_JUDGED, Layer.LOAD, Layer.CLEARED)


def place_tags(marks: Sequence[Mark], size: Callable[[str], tuple[float, float]], frame: Box) -> list[Box]:
    """A rectangle for each mark's tag, in the order of the marks and in the units of their boxes.

    Tried in turn: above, below, beside and inside the box. A tag that fits nowhere without covering another one
    stands where it covers least. All stay inside ``frame``.
    """
    places: dict[int, Box] = {}
    for index in sorted(range(len(marks)), key=lambda i: (_FIRST.index(marks[i].layer), i)):
        options = [_inside(option, frame) for option in _options(marks[index], size(marks[index].tag))]
        places[index] = options[_least_covering(options, list(places.values()))]
    return [places[index] for index in range(len(marks))]


def _least_covering(options: list[Box], others: list[Box]) -> int:
    """The first option of those that cover least of what stands already."""
    if not others:
        return 0
    a, b = np.array(options)[:, None, :], np.array(others)[None, :, :]
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    return int(np.clip(sides, 0, None).prod(axis=2).sum(axis=1).argmin())


def _options(mark: Mark, tag: tuple[float, float]) -> list[Box]:
    (x0, y0, x1, y1), (w, h) = mark.box, tag
    columns = [x0, *(x0 + share * max(0.0, x1 - x0 - w) for share in (1.0, 0.5, 0.25, 0.75))]
    above, below, top, bottom = ([(x, y) for x in columns] for y in (y0 - h, y1, y0, y1 - h))
    beside = [(x1, y0), (x0 - w, y0), (x1, y1 - h), (x0 - w, y1 - h)]
    further = [(x, y) for y in (y0 - 2 * h, y1 + h, y0 - 3 * h, y1 + 2 * h) for x in (x0, x1 - w)]
    inner = [(x, y0 + k * h) for k in range(1, min(10, int((y1 - y0) / h))) for x in columns[:2]]
    corners = {
        Layer.LOAD: [*bottom, *top, *below, *above],  # its box is often the container's: leave the top edge to that
        Layer.NOT_JUDGED: [*top, *bottom, *above, *below] if y1 - y0 > 3 * h else [*above, *below, *beside],
    }.get(mark.layer, [*above, *below, *beside, *further, *top, *bottom])
    return [(x, y, x + w, y + h) for x, y in (*corners, *inner, *beside, *further)]


def _inside(box: Box, frame: Box) -> Box:
    w, h = box[2] - box[0], box[3] - box[1]
    x = max(frame[0], min(box[0], frame[2] - w))
    y = max(frame[1], min(box[1], frame[3] - h))
    return x, y, x + w, y + h
