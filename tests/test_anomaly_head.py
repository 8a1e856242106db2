"""What describes a cell and what the head makes of it, against the plainest way to work out the same."""

import numpy as np
import pytest
from anomaly_heads import passes_on, zero_head
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.models.anomaly_head import (
    APART_CELLS,
    LEAST_CELLS,
    LEVEL_CELLS,
    ROW_CELLS,
    STATISTICS,
    along,
    described,
    distances,
    inputs_of,
    judged,
    smoothed,
    statistics,
)
from scantally.detector.types import BoolArray, FloatArray


def drawn(seed: int, rows: int, columns: int, axes: int, share: float) -> tuple[FloatArray, BoolArray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, columns, axes)).astype(np.float32), rng.random((rows, columns)) < share


def near_mean(cells_HWK: FloatArray) -> FloatArray:
    """Mean over 3 x 3 cells, mirrored at the border about the outermost cell."""
    rows, columns, _ = cells_HWK.shape
    padded = np.pad(cells_HWK, ((1, 1), (1, 1), (0, 0)), mode="reflect")
    parts = [padded[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    return np.mean(parts, axis=0, dtype=np.float64).astype(np.float32)


def by_hand(cells_HWK: FloatArray, inside_HW: BoolArray, row: int, column: int) -> tuple[float, float]:
    """Distances to the nearest and the third nearest cell that is compared; 0 where there are not so many."""
    found = sorted(
        float(np.linalg.norm(cells_HWK[row, column] - cells_HWK[y, x]))
        for y, x in np.argwhere(inside_HW)
        if abs(y - row) <= LEVEL_CELLS and abs(x - column) >= APART_CELLS
    )
    return (found[0] if found else 0.0), (found[2] if len(found) > 2 else 0.0)


def beside(inside_HW: BoolArray, row: int, column: int) -> list[int]:
    """The even columns whose means stand for a cell: its own, or those inside to the left and right, or else it is asked itself."""
    near = [x for x in (column - 1, column + 1) if 0 <= x < inside_HW.shape[1] and inside_HW[row, x]]
    return near if column % 2 and near else [column]


# How far a cell is from others.


@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(2, 14),
    columns=st.integers(2, 30),
    axes=st.integers(1, 3),
    share=st.sampled_from([0.3, 0.7, 1.0]),
)
@settings(max_examples=30, deadline=None)
def test_distances_are_those_of_a_plain_search(seed: int, rows: int, columns: int, axes: int, share: float) -> None:
    cells, inside = drawn(seed, rows, columns, axes, share)
    expected = np.zeros((rows, columns, 4))
    if np.count_nonzero(inside) >= LEAST_CELLS:
        for row, column in np.argwhere(inside):
            expected[row, column, :2] = by_hand(cells, inside, row, column)
            wide = [by_hand(near_mean(cells), inside, row, x) for x in beside(inside, row, column)]
            expected[row, column, 2:] = np.mean(wide, axis=0)
    found = distances(cells, inside)
    assert found.shape == (rows, columns, 4) and found.dtype == np.float32
    assert np.allclose(found, expected, atol=3e-3)


def test_a_repeated_pattern_is_nowhere_far_from_itself() -> None:
    period = np.random.default_rng(0).normal(size=(6, 10, 3)).astype(np.float32)
    cells = np.tile(period, (1, 5, 1))
    found = distances(cells, np.ones((6, 50), np.bool_))
    assert found[..., :2].max() < 3e-3  # third nearest, too: there are four repetitions and more
    assert (
        found[:, 2:-2, 2:].max() < 3e-3
    )  # at the ends a mean mirrors what is beside it, and the next column takes half of it


def test_what_is_nowhere_else_is_far_from_everything() -> None:
    cells = np.zeros((8, 40, 2), np.float32)
    cells[3, 20] = (3.0, 4.0)
    found = distances(cells, np.ones((8, 40), np.bool_))
    assert found[3, 20] == pytest.approx([5.0, 5.0, 5 / 9, 5 / 9], abs=1e-3)
    others = np.ones((8, 40), np.bool_)
    others[3, 20] = False
    assert found[others][:, :2].max() < 1e-3


@pytest.mark.parametrize(
    ("rows_between", "columns_between", "compared"),
    [
        (0, APART_CELLS, True),
        (0, APART_CELLS - 1, False),
        (LEVEL_CELLS, APART_CELLS, True),
        (LEVEL_CELLS + 1, APART_CELLS, False),
    ],
)
def test_only_what_is_apart_and_about_as_high_is_compared(
    rows_between: int, columns_between: int, compared: bool
) -> None:
    cells = np.zeros((16, 30, 1), np.float32)
    cells[4, 5] = cells[4 + rows_between, 5 + columns_between] = 7.0
    found = distances(cells, np.ones((16, 30), np.bool_))
    assert found[4, 5, 0] == pytest.approx(0.0 if compared else 7.0, abs=1e-3)
    assert found[4, 5, 1] == pytest.approx(7.0, abs=1e-3)  # one alone is no third


def test_too_few_cells_tell_nothing() -> None:
    cells, inside = drawn(1, 3, 40, 2, 0.0)
    inside.ravel()[: LEAST_CELLS - 1] = True
    assert not distances(cells, inside).any()
    inside.ravel()[LEAST_CELLS - 1] = True
    assert distances(cells, inside)[inside].any()


def test_outside_is_no_distance_and_is_compared_with_nothing() -> None:
    cells, inside = drawn(2, 9, 40, 2, 1.0)
    inside[:, :6] = False
    found = distances(cells, inside)
    assert not found[:, :6].any() and found[:, 6:, 0].all()
    cells[:, :5] = 1e4  # a column further, for means over 3 x 3 see the cell beside
    assert np.array_equal(distances(cells, inside), found)


def test_a_place_narrower_than_what_is_left_out_has_nothing_to_be_compared_with() -> None:
    cells, inside = drawn(3, 20, APART_CELLS, 2, 1.0)
    assert not distances(cells, inside).any()


# What lies along a cell.


def test_along_a_constant_is_that_constant() -> None:
    _, inside = drawn(4, 7, 90, 1, 0.5)
    cells = np.full((7, 90, 2), (3.0, -2.0), np.float32)
    found = along(cells, inside)
    assert found[inside] == pytest.approx(np.broadcast_to((3.0, -2.0), (np.count_nonzero(inside), 2)), abs=1e-3)


@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 5), columns=st.integers(1, 80))
@settings(max_examples=25, deadline=None)
def test_along_is_the_mean_of_the_inside_beside(seed: int, rows: int, columns: int) -> None:
    cells, inside = drawn(seed, rows, columns, 2, 0.5)
    found = along(cells, inside)
    for row, column in np.argwhere(inside):
        y = slice(max(0, row - ROW_CELLS[1] // 2), row + ROW_CELLS[1] // 2 + 1)
        x = slice(max(0, column - ROW_CELLS[0] // 2), column + ROW_CELLS[0] // 2 + 1)
        assert found[row, column] == pytest.approx(cells[y, x][inside[y, x]].mean(axis=0), abs=2e-3)


def test_along_nothing_is_nothing() -> None:
    cells, inside = drawn(5, 4, 70, 2, 0.0)
    assert not along(cells, inside).any()


# What the picture shows.


@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 4), columns=st.integers(1, 4), grain=st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_statistics_are_those_of_numpy(seed: int, rows: int, columns: int, grain: int) -> None:
    """Of a picture of 4 x 4 grains a cell: what is finer than that is noise and may be left out."""
    grains = np.random.default_rng(seed).integers(0, 256, (rows * 4, columns * 4, 3), np.uint8)
    found = statistics(grains.repeat(grain, axis=0).repeat(grain, axis=1), rows, columns)
    assert found.shape == (rows, columns, STATISTICS) and found.dtype == np.float32
    for row in range(rows):
        for column in range(columns):
            part = grains[row * 4 : row * 4 + 4, column * 4 : column * 4 + 4].reshape(-1, 3) / 255.0
            expected = np.concatenate([part.mean(axis=0), part.std(axis=0), part.min(axis=0)])
            assert found[row, column] == pytest.approx(expected, abs=1e-5)


def test_statistics_of_one_cell_do_not_reach_into_the_next() -> None:
    picture = np.zeros((32, 48, 3), np.uint8)
    picture[:16, 16:32] = (255, 51, 0)
    found = statistics(picture, 2, 3)
    assert found[0, 1] == pytest.approx([1, 0.2, 0, 0, 0, 0, 1, 0.2, 0], abs=1e-6)
    found[0, 1] = 0
    assert not found.any()


# The head.


def cells_of(drawn_HWC: FloatArray) -> FloatArray:
    """The inputs of cells whose map is as drawn, and 0 in whatever else describes them."""
    rows, columns, channels = drawn_HWC.shape
    inputs = np.zeros((rows, columns, inputs_of(channels, 1)), np.float32)
    inputs[..., :channels] = drawn_HWC
    return inputs


def test_a_cell_is_described_four_ways_in_this_order() -> None:
    rng = np.random.default_rng(6)
    features = rng.normal(5.0, 2.0, (3, 8, 40)).astype(np.float32)
    inside = np.ones((8, 40), np.bool_)
    shown = rng.random((8, 40, STATISTICS)).astype(np.float32)
    mean, deviation = np.array([5, 4, 3], np.float32), np.array([1, 2, 4], np.float32)
    one = zero_head(3, 2, mean_C=mean, deviation_C=deviation)
    found = described(features, shown, inside, one)
    assert found.shape == (8, 40, one.inputs) and one.inputs == inputs_of(3, 2) == 18 and found.dtype == np.float32
    normal = (features.transpose(1, 2, 0) - mean) / deviation
    axes = np.ascontiguousarray(normal[..., :2])
    assert np.allclose(found[..., :3], normal, atol=1e-5)
    assert np.allclose(found[..., 3:5], axes - along(axes, inside), atol=1e-4)
    assert np.allclose(found[..., 5:9], distances(axes, inside) / 3.0 - 1.5, atol=1e-3)
    assert np.allclose(found[..., 9:], shown * 3.0 - 1.0, atol=1e-5)


def test_each_layer_reaches_twice_as_far_as_the_one_before() -> None:
    drawn_one = np.zeros((21, 23, 1), np.float32)
    drawn_one[10, 11] = 1.0
    for layers, reach in ((0, 0), (1, 1), (2, 3), (3, 7)):
        kernels = np.ones((layers, 3, 3, 1, 1), np.float32)
        answer = judged(cells_of(drawn_one), zero_head(layers=layers, first_IM=passes_on(), middle_L33MM=kernels))
        rows, columns = (np.flatnonzero(answer.any(axis=k)) for k in (1, 0))
        assert (rows[0], rows[-1], columns[0], columns[-1]) == (10 - reach, 10 + reach, 11 - reach, 11 + reach)
        assert answer.sum() == pytest.approx(9.0**layers)


def test_taps_are_rows_then_columns_and_weights_from_then_to() -> None:
    drawn_two = np.zeros((5, 5, 2), np.float32)
    drawn_two[2, 2, 0] = 1.0
    kernel = np.zeros((1, 3, 3, 2, 2), np.float32)
    kernel[0, 0, 1, 0, 1] = 3.0  # what lies above in the first channel goes into the second
    last = np.array([1, 10], np.float32)
    one = zero_head(2, hidden=2, layers=1, first_IM=passes_on(2), middle_L33MM=kernel, last_M=last)
    answer = judged(cells_of(drawn_two), one)
    assert answer[3, 2] == 30.0 and np.count_nonzero(answer) == 1


def test_around_the_map_there_is_nothing() -> None:
    one = zero_head(layers=1, first_IM=passes_on(), middle_L33MM=np.ones((1, 3, 3, 1, 1), np.float32))
    answer = judged(cells_of(np.ones((4, 4, 1), np.float32)), one)
    assert answer.tolist() == [[4, 6, 6, 4], [6, 9, 9, 6], [6, 9, 9, 6], [4, 6, 6, 4]]


def test_what_is_below_nothing_counts_for_nothing_and_the_last_shift_is_added() -> None:
    inputs = cells_of(np.array([[[-2.0], [0.5], [3.0]]], np.float32))
    one = zero_head(first_IM=passes_on(), first_M=np.array([-1.0], np.float32), last=-4.0)
    assert judged(inputs, one).tolist() == [[-4.0, -4.0, -2.0]]
    bias, twice = np.array([[-1.0]], np.float32), np.array([2.0], np.float32)
    assert judged(inputs, zero_head(layers=1, middle_LM=bias, last_M=twice)).tolist() == [[0.0, 0.0, 0.0]]
    assert judged(inputs, zero_head(layers=1, middle_LM=-bias, last_M=twice)).tolist() == [[2.0, 2.0, 2.0]]


def test_distances_count_once_more_by_themselves() -> None:
    inputs = np.zeros((2, 3, inputs_of(2, 1)), np.float32)
    inputs[1, 2, 3:7] = (1.0, 2.0, 3.0, 4.0)  # after two channels and one axis
    inputs[0, 0, :3], inputs[0, 0, 7:] = 9.0, 9.0
    straight = np.array([1000, 100, 10, -1], np.float32)
    answer = judged(inputs, zero_head(2, straight_D=straight, last=0.5))
    assert answer.tolist() == [[0.5, 0.5, 0.5], [0.5, 0.5, 1000 + 200 + 30 - 4 + 0.5]]


# Smoothing.


@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 8), columns=st.integers(1, 8))
@settings(max_examples=25, deadline=None)
def test_smoothed_is_the_mean_of_the_inside_around(seed: int, rows: int, columns: int) -> None:
    cells, inside = drawn(seed, rows, columns, 1, 0.6)
    scores = cells[..., 0]
    found = smoothed(scores, inside)
    assert found.dtype == np.float32 and np.array_equal(np.isfinite(found), inside)
    assert (found[~inside] == -np.inf).all()
    for row, column in np.argwhere(inside):
        part = slice(max(0, row - 1), row + 2), slice(max(0, column - 1), column + 2)
        assert found[row, column] == pytest.approx(float(scores[part][inside[part]].mean()), abs=1e-4)


def test_what_is_outside_does_not_spill_in() -> None:
    scores = np.zeros((3, 4), np.float32)
    scores[:, 3] = 1e6
    inside = np.ones((3, 4), np.bool_)
    inside[:, 3] = False
    assert not smoothed(scores, inside)[:, :3].any()
