"""Figures of merit against values that can be worked out by hand, and the calibration against data of known truth."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("faster_coco_eval")

from scantally.datasets.labelled import Label, LabelledScan
from scantally.detector.types import Box, Detections, Group
from scantally.training.evaluation.bootstrap import BOOTSTRAPS, draws, ratio, with_interval
from scantally.training.evaluation.operating import detected, false_alarms
from scantally.training.evaluation.precision import average_precision, matches
from scantally.training.metrics import Judged, emptiness_outcomes, says_empty, top_load

BOX: Box = (100.0, 100.0, 900.0, 400.0)
SMALL: Box = (200.0, 300.0, 260.0, 330.0)
FAR: Box = (600.0, 120.0, 660.0, 150.0)

Row = tuple[Box, float, str, Group]


def judged(
    labels: list[tuple[str, Box]], rows: list[Row], group: str = "g", ignored: list[tuple[str, Box]] | None = None
) -> Judged:
    scan = LabelledScan(
        name="s",
        group=group,
        scanner="A",
        labels=tuple(Label(label=n, box=b) for n, b in labels),
        ignored=tuple(Label(label=n, box=b) for n, b in ignored or ()),
        open=lambda: np.ones((500, 1000), np.float32),
        path=Path("s.png"),
    )
    return Judged(scan=scan, found=Detections.of(rows))


def container(score: float = 0.9, box: Box = BOX) -> Row:
    return box, score, "container", Group.STRUCTURE


def load(label: str, score: float, box: Box = BOX) -> Row:
    return box, score, label, Group.LOAD


def gun(score: float, box: Box = SMALL) -> Row:
    return box, score, "firearm", Group.OBJECT


def test_average_precision_of_perfect_missing_and_displaced_boxes() -> None:
    perfect = judged([("container", BOX)], [container()])
    assert average_precision([perfect], "container") == pytest.approx((1.0, 1.0))
    assert average_precision([judged([("container", BOX)], [])], "container") == (0.0, 0.0)
    # Widened by a seventh: IoU 0.875 passes 0.50 to 0.85, eight of the ten thresholds.
    wide = (BOX[0], BOX[1], BOX[2] + 800 / 7, BOX[3])
    moved = judged([("container", BOX)], [container(box=wide)])
    assert average_precision([moved], "container") == pytest.approx((1.0, 0.8))


def test_average_precision_counts_false_alarms_by_their_score() -> None:
    right_first = judged([("container", BOX)], [container(0.9), container(0.1, SMALL)])
    wrong_first = judged([("container", BOX)], [container(0.1), container(0.9, SMALL)])
    assert average_precision([right_first], "container")[0] == pytest.approx(1.0)
    assert average_precision([wrong_first], "container")[0] == pytest.approx(0.5)


def test_average_precision_of_what_is_not_labelled() -> None:
    assert np.isnan(average_precision([judged([], [container()])], "container")).all()


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([container(), load("empty", 0.9)], True),
        ([container(), load("empty", 0.3), load("drums", 0.6)], False),
        ([container()], None),
        ([load("empty", 0.9)], None),
        ([container(box=SMALL), load("empty", 0.9)], None),
    ],
)
def test_says_empty(rows: list[Row], said: bool | None) -> None:
    assert says_empty(Detections.of(rows), BOX) is said


def test_a_container_of_which_nothing_is_said_counts_as_wrong() -> None:
    truth = [("container", BOX), ("empty", BOX)]
    assert emptiness_outcomes(judged(truth, [container(), load("empty", 0.8)])) == [True]
    assert emptiness_outcomes(judged(truth, [container()])) == [False]
    assert emptiness_outcomes(judged(truth, [container(), load("drums", 0.8)])) == [False]


def test_top_load_passes_over_empty() -> None:
    found = Detections.of([load("empty", 0.9), load("drums", 0.4), load("sacks", 0.5)])
    assert top_load(found, BOX) == "sacks"
    assert top_load(Detections.of([load("empty", 0.9)]), BOX) is None


def test_detection_rate_and_false_alarms() -> None:
    scans = [
        judged([("firearm", SMALL)], [gun(0.8), gun(0.6, FAR)]),
        judged([("firearm", SMALL)], [gun(0.3)]),
        judged([], [gun(0.9)]),
    ]
    assert detected(scans, "firearm", 0.5) == ([1, 0, 0], [1, 1, 0])
    assert detected(scans, "firearm", 0.2) == ([1, 1, 0], [1, 1, 0])
    assert false_alarms(scans, "firearm", 0.5) == [1, 0, 1]
    assert detected(scans, "vehicle", 0.5) == ([0, 0, 0], [0, 0, 0])
    assert np.isnan(ratio([0, 0, 0], [0, 0, 0])(np.ones(3)))


def test_what_nobody_could_see_is_neither_hit_nor_false_alarm() -> None:
    unseen = [("firearm", FAR)]
    on_it = judged([("firearm", SMALL)], [gun(0.9, FAR), gun(0.8)], ignored=unseen)
    assert false_alarms([on_it], "firearm", 0.5) == [0]
    assert detected([on_it], "firearm", 0.5) == ([1], [1])
    assert average_precision([on_it], "firearm") == pytest.approx((1.0, 1.0))
    # Without the ignored one, the same surer box is wrong; and of another label, it stays wrong.
    assert false_alarms([judged([("firearm", SMALL)], [gun(0.9, FAR), gun(0.8)])], "firearm", 0.5) == [1]
    other = judged([("firearm", SMALL)], [gun(0.9, FAR), gun(0.8)], ignored=[("vehicle", FAR)])
    assert false_alarms([other], "firearm", 0.5) == [1]
    assert average_precision([other], "firearm")[0] == pytest.approx(0.5, abs=0.01)
    alone = judged([], [gun(0.9, FAR)], ignored=unseen)
    assert np.isnan(average_precision([alone], "firearm")[0])
    assert detected([alone], "firearm", 0.5) == ([0], [0])


def test_interval_holds_the_value_and_is_narrow_where_nothing_varies() -> None:
    groups = [str(k) for k in range(20)]
    figure = with_interval(groups, ratio([1.0] * 20, [1.0] * 20), 20)
    assert (figure.value, figure.low, figure.high) == (1.0, 1.0, 1.0)
    half = with_interval(groups, ratio([float(k % 2) for k in range(20)], [1.0] * 20), 20)
    assert half.low < half.value == 0.5 < half.high
    assert half.low > 0.2 and half.high < 0.8


def test_interval_draws_whole_groups() -> None:
    """Scans of one group are drawn together: ten copies of one truck are one piece of evidence."""
    one = with_interval(["same"] * 10, ratio([0.0] + [1.0] * 9, [1.0] * 10), 10)
    assert one.low == one.high == pytest.approx(0.9)
    rows = draws(["b", "a", "b", "c"])
    assert rows.shape == (BOOTSTRAPS, 4)
    assert (rows[:, 0] == rows[:, 2]).all() and (rows[:, [0, 1, 3]].sum(axis=1) == 3).all()
    assert draws([]).shape == (BOOTSTRAPS, 0)
    assert np.isnan(with_interval([], ratio([], []), 0).low)


boxes = st.builds(
    lambda x, y, w, h: (float(x), float(y), float(x + w), float(y + h)),
    *(st.integers(0, 30), st.integers(0, 30), st.integers(8, 40), st.integers(8, 40)),
)
scan_lists = st.lists(
    st.tuples(
        st.lists(boxes, max_size=3),
        st.lists(boxes, max_size=2),
        st.lists(st.tuples(boxes, st.integers(1, 99)), max_size=6),
    ),
    min_size=1,
    max_size=5,
)


@given(scan_lists, st.lists(st.integers(0, 3), min_size=5, max_size=5))
@settings(max_examples=150, deadline=None)
def test_weighted_precision_is_cocos_of_scans_repeated_so_often(
    drawn: list[tuple[list[Box], list[Box], list[tuple[Box, int]]]], weights: list[int]
) -> None:
    # COCO leaves the order of equal scores in different scans to chance: here no two are equal, and copies of a scan are together.
    scans = [
        judged(
            [("firearm", b) for b in true],
            [gun(s / 100 + n / 1e4 + k / 1e6, b) for k, (b, s) in enumerate(rows)],
            ignored=[("firearm", b) for b in ignored],
        )
        for n, (true, ignored, rows) in enumerate(drawn)
    ]
    repeated = [scan for scan, w in zip(scans, weights, strict=False) for _ in range(w)]
    met = matches(scans, "firearm")
    weights_N = np.array(weights[: len(scans)], np.float64)
    expected = average_precision(repeated, "firearm") if repeated else (float("nan"),) * 2
    for at, value in zip((slice(0, 1), slice(None)), expected, strict=True):
        assert met.precision(at)(weights_N) == pytest.approx(value, abs=1e-9, nan_ok=True)


def test_no_more_than_a_hundred_detections_of_a_picture_count() -> None:
    many = judged([("firearm", SMALL)], [gun(0.9 - k / 1000, FAR) for k in range(100)] + [gun(0.5)])
    assert average_precision([many], "firearm") == (0.0, 0.0)
    assert matches([many], "firearm").precision(slice(None))(np.ones(1)) == 0.0
