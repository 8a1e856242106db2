"""The anomaly maps' level on another grid: where it lies, what several views say, and where nothing was looked at."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.maps.strangeness import USUAL, strangeness
from scantally.detector.types import AnomalyMap, Box

BOX: Box = (100.0, 50.0, 500.0, 250.0)


def level_map(levels: np.ndarray, box: Box) -> AnomalyMap:
    return AnomalyMap(score_hw=np.zeros(levels.shape, np.float32), box=box, level_hw=levels.astype(np.float32))


def test_without_maps_everything_is_usual() -> None:
    silent = AnomalyMap(score_hw=np.ones((4, 4), np.float32), box=BOX)  # scores alone say nothing of the rest
    nothing = level_map(np.zeros((0, 0)), BOX)
    for maps in ((), (silent,), (nothing,)):
        found = strangeness(maps, BOX, (20, 40), 3)
        assert found.shape == (20, 40) and found.dtype == np.float32
        assert (found == USUAL).all()


def test_a_level_lies_where_its_cell_does() -> None:
    levels = np.full((4, 8), -np.inf)
    levels[1, 6] = 2.0
    found = strangeness((level_map(levels, BOX),), BOX, (20, 40), 1)
    rows, columns = np.nonzero(found > USUAL)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (5, 9, 30, 34)
    assert (found[5:10, 30:35] == 2.0).all()


def test_means_are_taken_over_squares() -> None:
    levels = np.full((20, 40), -1.0)
    levels[10, 20] = 8.0
    found = strangeness((level_map(levels, BOX),), BOX, (20, 40), 3)
    assert found[10, 20] == found[9, 21] == pytest.approx(0.0, abs=1e-6)
    assert found[10, 22] == pytest.approx(-1.0, abs=1e-6)


def test_of_several_views_the_strangest_counts_each_where_it_looks() -> None:
    left, right = (
        level_map(np.full((4, 4), v), box)
        for v, box in ((0.0, (100.0, 50.0, 320.0, 250.0)), (1.0, (300.0, 50.0, 900.0, 250.0)))
    )
    found = strangeness((left, right), BOX, (20, 40), 1)
    assert (found[:, :20] == 0.0).all() and (found[:, 20:] == 1.0).all()
    assert (strangeness((right, left), BOX, (20, 40), 1) == found).all()


def test_a_map_elsewhere_says_nothing() -> None:
    found = strangeness((level_map(np.ones((4, 4)), (600.0, 50.0, 900.0, 250.0)),), BOX, (20, 40), 5)
    assert (found == USUAL).all()


@given(seed=st.integers(0, 2**32 - 1), reach=st.integers(1, 60))
@settings(max_examples=30, deadline=None)
def test_levels_stay_between_the_usual_and_the_strangest(seed: int, reach: int) -> None:
    rng = np.random.default_rng(seed)
    levels = rng.normal(-2.0, 3.0, (int(rng.integers(1, 30)), int(rng.integers(1, 60))))
    box = tuple(float(v) for v in np.sort(rng.uniform(0.0, 600.0, 4))[[0, 1, 2, 3]])
    shape = (int(rng.integers(1, 40)), int(rng.integers(1, 80)))
    found = strangeness((level_map(levels, (box[0], box[1], box[2] + 1.0, box[3] + 1.0)),), BOX, shape, reach)
    assert found.shape == shape
    assert found.min() >= USUAL - 1e-4 and found.max() <= max(USUAL, float(levels.max())) + 1e-4
