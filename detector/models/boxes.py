"""Boxes: overlap, doubles, and objects that a seam cut in two."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scantally.detector.types import Box

Boxes: TypeAlias = NDArray[np.float64]

SEAM_OVERLAP = 0.5
"""Parts of one object on two sides of a seam agree in their extent along the seam by at least this share."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One detection while lists are still being merged; the box is in scan pixels."""

    box: Box
    score: float
    label: str


def iou(box: Box, boxes_N4: Boxes) -> Boxes:
    """Intersection over union of one box with N boxes, (N,)."""
    inter, area, areas = _intersections(box, boxes_N4)
    ratio: Boxes = inter / np.maximum(area + areas - inter, 1e-9)
    return ratio


def covered(box: Box, boxes_N4: Boxes) -> Boxes:
    """Share of ``box`` that each of N boxes covers, (N,)."""
    inter, area, _ = _intersections(box, boxes_N4)
    share: Boxes = inter / max(area, 1e-9)
    return share


def suppress(rows: Sequence[Row], limit: float) -> list[Row]:
    """Of rows with one label that overlap by an IoU over ``limit``, keep the one with the highest score."""
    kept: list[Row] = []
    for label in sorted({r.label for r in rows}):
        kept += suppress_across([r for r in rows if r.label == label], limit)
    return kept


def suppress_across(rows: Sequence[Row], limit: float) -> list[Row]:
    """As ``suppress``, whatever the labels."""
    order = sorted(rows, key=lambda r: (-r.score, r.label, r.box))
    boxes = np.array([r.box for r in order], np.float64).reshape(-1, 4)
    alive = np.ones(len(order), np.bool_)
    kept: list[Row] = []
    for i, row in enumerate(order):
        if alive[i]:
            kept.append(row)
            alive[i:] &= iou(row.box, boxes[i:]) <= limit
    return kept


def merge_seams(
    per_tile: Sequence[Sequence[Row]], tiles: Sequence[Box], touch: float, size: tuple[float, float]
) -> list[Row]:
    """Rows of overlapping tiles as one list in which an object on a seam stands once and whole.

    A box that ends at an inner border of its tile (within ``touch`` scan pixels) may be half an object. It is dropped where a
    box of the same label that ends at no seam covers most of it, and else joined with its other half from the next tile.

    Args:
        per_tile: rows of each tile, in scan pixels.
        tiles: the tiles' boxes, in order.
        touch: how close to a border counts as touching it.
        size: width and height of the scan; its own borders are no seams.
    """
    whole: list[Row] = []
    halves: list[Row] = []
    for rows, tile in zip(per_tile, tiles, strict=True):
        outer = _outer_borders(tile, tiles, size)
        for row in rows:
            (halves if _ends_at_seam(row.box, tile, outer, touch) else whole).append(row)
    whole = suppress(whole, 0.5)
    left = [h for h in halves if not _is_part_of(h, whole)]
    return whole + suppress(_join(left), 0.5)


def _outer_borders(tile: Box, tiles: Sequence[Box], size: tuple[float, float]) -> tuple[bool, bool, bool, bool]:
    """For left, top, right, bottom: no other tile goes on beyond this border."""
    return (
        tile[0] <= min(t[0] for t in tiles) or tile[0] <= 0,
        tile[1] <= min(t[1] for t in tiles) or tile[1] <= 0,
        tile[2] >= max(t[2] for t in tiles) or tile[2] >= size[0],
        tile[3] >= max(t[3] for t in tiles) or tile[3] >= size[1],
    )


def _ends_at_seam(box: Box, tile: Box, outer: tuple[bool, bool, bool, bool], touch: float) -> bool:
    return any(not outer[k] and abs(box[k] - tile[k]) <= touch for k in range(4))


def _is_part_of(half: Row, whole: Sequence[Row]) -> bool:
    same = np.array([r.box for r in whole if r.label == half.label], np.float64).reshape(-1, 4)
    return bool(same.size) and float(covered(half.box, same).max()) > 0.6


def _join(halves: Sequence[Row]) -> list[Row]:
    """Unite overlapping halves of one label until nothing more unites."""
    rows = list(halves)
    for i in range(len(rows)):
        for j in range(len(rows) - 1, i, -1):
            if rows[i].label == rows[j].label and _same_object(rows[i].box, rows[j].box):
                rows[i] = Row(
                    box=_union(rows[i].box, rows[j].box), score=max(rows[i].score, rows[j].score), label=rows[i].label
                )
                del rows[j]
        if i + 1 >= len(rows):
            break
    return rows


def _same_object(a: Box, b: Box) -> bool:
    """The boxes overlap, and along one axis they agree in their extent."""
    overlap = [min(a[k + 2], b[k + 2]) - max(a[k], b[k]) for k in (0, 1)]
    if min(overlap) <= 0:
        return False
    shares = [o / max(a[k + 2] - a[k], b[k + 2] - b[k], 1e-9) for k, o in zip((0, 1), overlap, strict=True)]
    return max(shares) >= SEAM_OVERLAP


def _union(a: Box, b: Box) -> Box:
    return (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))


def _intersections(box: Box, boxes_N4: Boxes) -> tuple[Boxes, float, Boxes]:
    """Areas: of the intersections (N,), of the box, of the boxes (N,)."""
    w = np.minimum(box[2], boxes_N4[:, 2]) - np.maximum(box[0], boxes_N4[:, 0])
    h = np.minimum(box[3], boxes_N4[:, 3]) - np.maximum(box[1], boxes_N4[:, 1])
    inter = np.maximum(w, 0) * np.maximum(h, 0)
    areas = (boxes_N4[:, 2] - boxes_N4[:, 0]) * (boxes_N4[:, 3] - boxes_N4[:, 1])
    return inter, (box[2] - box[0]) * (box[3] - box[1]), areas
