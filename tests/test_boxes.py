"""Doubles and seams: no object twice, none lost, none cut."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.models.boxes import Row, covered, iou, merge_seams, suppress, suppress_across
from scantally.detector.models.infer import TILE_OVERLAP, cut_tiles
from scantally.detector.types import Box

SIZE = (6000.0, 800.0)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3),
        ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),
        ((0, 0, 10, 10), (2, 2, 7, 7), 0.25),
        ((0, 0, 0, 0), (0, 0, 0, 0), 0.0),
    ],
)
def test_iou(a: Box, b: Box, expected: float) -> None:
    assert iou(a, np.array([b], np.float64))[0] == pytest.approx(expected)


def test_covered_is_a_share_of_the_first() -> None:
    assert covered((0, 0, 10, 10), np.array([(0, 0, 5, 100)], np.float64))[0] == pytest.approx(0.5)


def row(box: Box, score: float = 0.9, label: str = "firearm") -> Row:
    return Row(box=box, score=score, label=label)


def test_suppress_keeps_the_surest_of_each_label() -> None:
    rows = [row((0, 0, 10, 10), 0.5), row((1, 0, 11, 10), 0.9), row((0, 0, 10, 10), 0.4, "vehicle")]
    assert [(r.score, r.label) for r in suppress(rows, 0.5)] == [(0.9, "firearm"), (0.4, "vehicle")]
    assert [r.score for r in suppress_across(rows, 0.5)] == [0.9]


def test_no_rows() -> None:
    assert suppress([], 0.5) == []
    assert merge_seams([[]], [(0, 0, 10, 10)], 4, SIZE) == []


def clip(box: Box, tile: Box) -> Box | None:
    found = (max(box[0], tile[0]), max(box[1], tile[1]), min(box[2], tile[2]), min(box[3], tile[3]))
    return found if found[2] - found[0] > 8 and found[3] - found[1] > 8 else None


def seen_in_tiles(boxes: list[Box], tiles: list[Box]) -> list[list[Row]]:
    """What a perfect detector finds in each tile: every object's visible part."""
    return [[row(part) for b in boxes if (part := clip(b, tile)) is not None] for tile in tiles]


@given(x=st.floats(0, 5400), y=st.floats(0, 600), w=st.floats(30, 560), h=st.floats(30, 190))
@settings(max_examples=300, deadline=None)
def test_an_object_anywhere_is_found_once_and_whole(x: float, y: float, w: float, h: float) -> None:
    box = (x, y, x + w, y + h)
    tiles = [(0.0, 0.0, 2400.0, 800.0), (1888.0, 0.0, 4288.0, 800.0), (3600.0, 0.0, 6000.0, 800.0)]
    found = merge_seams(seen_in_tiles([box], tiles), tiles, 4.0, SIZE)
    assert len(found) == 1
    assert found[0].box == pytest.approx(box, abs=1e-6)


def test_two_objects_side_by_side_on_a_seam_stay_two() -> None:
    boxes = [(1900.0, 100.0, 2380.0, 200.0), (1900.0, 300.0, 2500.0, 400.0), (2390.0, 100.0, 2700.0, 200.0)]
    tiles = [(0.0, 0.0, 2400.0, 800.0), (1888.0, 0.0, 6000.0, 800.0)]
    found = merge_seams(seen_in_tiles(boxes, tiles), tiles, 4.0, SIZE)
    assert sorted(r.box for r in found) == sorted(boxes)


def test_an_object_longer_than_the_overlap_is_joined() -> None:
    box = (1000.0, 100.0, 3500.0, 200.0)
    tiles = [(0.0, 0.0, 2400.0, 800.0), (1888.0, 0.0, 6000.0, 800.0)]
    found = merge_seams(seen_in_tiles([box], tiles), tiles, 4.0, SIZE)
    assert [r.box for r in found] == [box]


def test_an_object_at_the_border_of_the_scan_is_not_at_a_seam() -> None:
    box = (5900.0, 0.0, 6000.0, 100.0)
    assert [r.box for r in merge_seams([[row(box)]], [(0.0, 0.0, 6000.0, 800.0)], 4.0, SIZE)] == [box]


@given(st.floats(0, 500), st.floats(0, 100), st.floats(40, 20000), st.floats(40, 3000), st.floats(0.2, 4))
@settings(max_examples=200, deadline=None)
def test_tiles_cover_the_region_and_overlap(x: float, y: float, w: float, h: float, scale: float) -> None:
    region = (x, y, x + w, y + h)
    tiles = cut_tiles(region, scale)
    assert tiles[0][0] == x
    assert tiles[-1][2] == pytest.approx(x + w)
    for a, b in pairwise(tiles):
        assert a[0] < b[0]
        assert (a[2] - b[0]) * scale >= TILE_OVERLAP - 1
