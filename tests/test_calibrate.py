"""Probabilities and thresholds: fits that are kept only where they help, and a miss rate that holds on fresh data."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.datasets.labelled import Label, LabelledScan
from scantally.detector.models.package import LabelCard
from scantally.detector.types import Box, Detections, Group
from scantally.training.calibration.fit import (
    Outcomes,
    calibration_error,
    fit_label,
    log_loss,
    out_of_fold,
    outcomes,
    platt,
)
from scantally.training.calibration.thresholds import (
    best_scores,
    false_scores,
    hold_false_alarms,
    hold_miss_rate,
    missed,
)
from scantally.training.metrics import Judged

SMALL: Box = (200.0, 300.0, 260.0, 330.0)
NEAR: Box = (205.0, 300.0, 265.0, 330.0)
FAR: Box = (600.0, 120.0, 660.0, 150.0)
GUN = LabelCard(name="firearm", group=Group.OBJECT)


def judged(
    true: Sequence[Box], found: Sequence[tuple[Box, float]], group: str = "g", ignored: Sequence[Box] = ()
) -> Judged:
    scan = LabelledScan(
        name=group,
        group=group,
        scanner="A",
        labels=tuple(Label(label="firearm", box=b) for b in true),
        ignored=tuple(Label(label="firearm", box=b) for b in ignored),
        open=lambda: np.ones((4, 4), np.float32),
    )
    return Judged(scan=scan, found=Detections.of([(b, s, "firearm", Group.OBJECT) for b, s in found]))


def drawn(n: int, slope: float, shift: float, seed: int = 0, groups: int = 100) -> Outcomes:
    """Detections whose true probability p shows as the score sigmoid(slope * logit(p) + shift)."""
    rng = np.random.default_rng(seed)
    true = rng.uniform(0.02, 0.98, n)
    score = 1 / (1 + np.exp(-(slope * np.log(true / (1 - true)) + shift)))
    names = np.array([f"g{k}" for k in rng.integers(0, groups, n)])
    return Outcomes(scores_N=score, right_N=(rng.random(n) < true).astype(float), groups_N=names)


# -- matching


def test_outcomes_match_each_thing_once() -> None:
    found = outcomes([judged([SMALL], [(SMALL, 0.9), (NEAR, 0.7), (FAR, 0.5)])], "firearm", 0.3)
    assert found.scores_N.tolist() == pytest.approx([0.9, 0.7, 0.5])
    assert found.right_N.tolist() == [1.0, 0.0, 0.0]
    assert found.groups_N.tolist() == ["g"] * 3


def test_what_nobody_can_see_is_neither_right_nor_wrong() -> None:
    assert outcomes([judged([], [(SMALL, 0.9), (FAR, 0.5)], ignored=[NEAR])], "firearm", 0.3).scores_N.tolist() == [0.5]
    item = judged([], [(SMALL, 0.75), (FAR, 0.5)], ignored=[NEAR])
    assert best_scores([item], "firearm", 0.3) == []
    assert false_scores([item], "firearm", 0.3) == [[0.5]]


def test_scores_of_things_by_group_and_of_false_alarms_by_scan() -> None:
    scans = [
        judged([SMALL, FAR], [(NEAR, 0.5), (SMALL, 0.25)], "a"),
        judged([SMALL], [(FAR, 0.75)], "a"),
        judged([FAR], [(FAR, 0.125), (SMALL, 0.5)], "b"),
        judged([], [], "c"),
    ]
    assert best_scores(scans, "firearm", 0.3) == [[0.5, 0.0, 0.0], [0.125]]
    assert false_scores(scans, "firearm", 0.3) == [[], [0.75], [0.5], []]
    assert best_scores(scans, "vehicle", 0.3) == []
    assert false_scores(scans, "vehicle", 0.3) == [[], [], [], []]


# -- probabilities


def test_platt_finds_a_known_distortion() -> None:
    found = drawn(4000, 2.0, 0.7)
    a, b = platt(found.scores_N, found.right_N)
    assert (a, b) == (pytest.approx(0.5, abs=0.05), pytest.approx(-0.35, abs=0.1))


def test_a_fit_that_helps_is_adopted_and_judged_out_of_fold() -> None:
    fit = fit_label(drawn(4000, 2.0, 0.7), GUN)
    assert fit.adopted
    assert fit.ece_before is not None and fit.ece_after is not None and fit.ece_after < 0.03 < fit.ece_before
    assert fit.log_loss_before is not None and fit.log_loss_after is not None
    assert fit.log_loss_after < fit.log_loss_before


def test_no_detection_is_judged_by_a_fit_on_its_own_group() -> None:
    found = drawn(400, 1.0, 0.0, groups=7)
    turned = found.groups_N == "g3"
    other = Outcomes(
        scores_N=found.scores_N,
        right_N=np.where(turned, 1 - found.right_N, found.right_N),
        groups_N=found.groups_N,
    )
    assert (out_of_fold(found)[turned] == out_of_fold(other)[turned]).all()
    assert (out_of_fold(found)[~turned] != out_of_fold(other)[~turned]).any()


KEPT: dict[str, tuple[Outcomes, str]] = {
    "nothing": (drawn(0, 1, 0), "0 right and 0 wrong detections: at least 15 of each are needed"),
    "all right": (
        Outcomes(scores_N=np.full(50, 0.5), right_N=np.ones(50), groups_N=np.arange(50).astype(str)),
        "50 right and 0 wrong detections: at least 15 of each are needed",
    ),
    "one group": (drawn(200, 2, 0, groups=1), "all detections are of one group"),
    "upside down": (drawn(400, -1, 0), "higher scores were not more often right"),
    "true already": (drawn(60, 1, 0, seed=3), "the log loss did not fall"),
}


@pytest.mark.parametrize("kind", KEPT)
def test_a_calibration_that_is_kept(kind: str) -> None:
    found, why = KEPT[kind]
    label = GUN.model_copy(update={"a": 1.0, "b": 0.0})
    fit = fit_label(found, label)
    assert (fit.adopted, fit.a, fit.b) == (False, 1.0, 0.0)
    assert fit.why.startswith(why)
    assert fit.right + fit.wrong == found.scores_N.size


def test_an_earlier_calibration_is_what_a_new_one_must_beat() -> None:
    found = drawn(4000, 2.0, 0.7)
    first = fit_label(found, GUN)
    again = fit_label(found, GUN.model_copy(update={"a": first.a, "b": first.b}))
    assert not again.adopted and (again.a, again.b) == (first.a, first.b)


def named(found: Outcomes, prefix: str) -> Outcomes:
    return Outcomes(scores_N=found.scores_N, right_N=found.right_N, groups_N=np.char.add(prefix, found.groups_N))


def test_a_label_with_few_detections_gets_its_groups_curve() -> None:
    rare, common = named(drawn(12, 2.0, 0.7, seed=4), "r"), named(drawn(4000, 2.0, 0.7), "c")
    assert not fit_label(rare, GUN).adopted
    fit = fit_label(rare, GUN, Outcomes.together([rare, common]))
    assert fit.adopted and (fit.right, fit.wrong) == rare.count()
    assert (fit.a, fit.b) == (pytest.approx(0.5, abs=0.12), pytest.approx(-0.35, abs=0.3))


def test_a_label_with_many_detections_gets_its_own() -> None:
    own, other = named(drawn(4000, 2.0, 0.7), "o"), named(drawn(4000, 0.7, -1.0, seed=1), "x")
    alone, leaning = fit_label(own, GUN), fit_label(own, GUN, Outcomes.together([own, other]))
    assert (leaning.a, leaning.b) == (pytest.approx(alone.a, abs=0.02), pytest.approx(alone.b, abs=0.03))


def test_between_the_two_the_fit_moves_from_the_groups_curve_to_its_own() -> None:
    """The other labels need no correction, this one does: the more of it, the further it goes."""
    shift = []
    for n in (5, 50, 500):
        own, other = named(drawn(n, 1.0, 2.0, seed=9), "o"), named(drawn(8000, 1.0, 0.0, seed=1), "x")
        shift.append(platt(own.scores_N, own.right_N, platt(other.scores_N, other.right_N))[1])
    assert 0.0 > shift[0] > shift[1] > shift[2] > -2.4


def test_the_group_is_not_asked_about_the_scans_that_judge() -> None:
    own = drawn(60, 2.0, 0.7, seed=2, groups=9)
    other = drawn(600, 2.0, 0.7, seed=3, groups=9)  # of the same nine groups of scans
    turned = other.groups_N == "g3"
    lying = Outcomes(
        scores_N=other.scores_N, right_N=np.where(turned, 1 - other.right_N, other.right_N), groups_N=other.groups_N
    )
    honest, fooled = (out_of_fold(own, Outcomes.together([own, x])) for x in (other, lying))
    mine = own.groups_N == "g3"
    assert mine.any() and (honest[mine] == fooled[mine]).all()
    assert (honest[~mine] != fooled[~mine]).any()


def test_a_group_that_says_too_little_leaves_the_label_alone() -> None:
    few = drawn(10, 2.0, 0.7)
    fit = fit_label(few, GUN, few)
    assert not fit.adopted and fit.why.endswith("detections: at least 15 of each are needed")
    nothing = fit_label(drawn(0, 1, 0), GUN, drawn(4000, 2.0, 0.7))
    assert not nothing.adopted and nothing.why.startswith("0 right and 0 wrong")


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10_000), st.floats(-3, 3), st.floats(-4, 4), st.integers(30, 200))
def test_a_fit_is_never_upside_down_and_never_worse_where_it_was_judged(
    seed: int, slope: float, shift: float, n: int
) -> None:
    fit = fit_label(drawn(n, slope, shift, seed), GUN)
    assert fit.a > 0 and np.isfinite([fit.a, fit.b]).all()
    if fit.adopted:
        assert fit.log_loss_after is not None and fit.log_loss_before is not None
        assert fit.log_loss_after < fit.log_loss_before


def test_errors_by_hand() -> None:
    probabilities, right = np.array([0.95, 0.95, 0.05, 0.05]), np.array([1.0, 0.0, 0.0, 0.0])
    assert calibration_error(probabilities, right) == pytest.approx(0.5 * 0.45 + 0.5 * 0.05)
    assert log_loss(np.array([0.5, 1.0]), np.array([1.0, 1.0])) == pytest.approx(np.log(2) / 2, abs=1e-6)


# -- thresholds


def test_the_miss_rate_by_hand() -> None:
    """Nine groups with one thing each: (9/10) R + 1/10 <= 0.3 lets two of nine be missed."""
    best = [[k / 10] for k in range(1, 10)]
    chosen = hold_miss_rate(best, 0.3)
    assert (chosen.score, chosen.units) == (0.3, 9)
    assert missed(best, 0.3) == pytest.approx(2 / 9)
    assert hold_miss_rate(best, 0.1).score == 0.1
    assert hold_miss_rate([[0.1, 0.9], [0.5], [0.5]], 0.4).score == 0.5  # half of one group of three: 0.75 / 6 + 1 / 4


UNMET = {
    "no groups": ([], 0.1, "0 groups with this label: at least 9 are needed for it"),
    "too few": ([[0.9]] * 8, 0.1, "8 groups with this label: at least 9 are needed for it"),
    "not seen": ([[0.9]] * 7 + [[0.0]] * 3, 0.2, "0.300 of them are missed even at the faintest score of 10 groups"),
    "never seen": ([[0.0]] * 20, 0.2, "1.000 of them are missed even at the faintest score of 20 groups"),
}


@pytest.mark.parametrize("kind", UNMET)
def test_a_miss_rate_that_cannot_be_promised(kind: str) -> None:
    best, alpha, why = UNMET[kind]
    chosen = hold_miss_rate(best, alpha)
    assert chosen.score is None and chosen.why.startswith(why)


def groups_of(rng: np.random.Generator, count: int) -> list[list[float]]:
    """Exchangeable groups: one to four things, alike in how well they show, a tenth of them never seen."""
    out = []
    for _ in range(count):
        show = rng.normal(0, 1.5)
        scores = 1 / (1 + np.exp(-(show + rng.normal(0, 1, rng.integers(1, 5)))))
        out.append([float(s) if rng.random() > 0.1 else 0.0 for s in np.atleast_1d(scores)])
    return out


@pytest.mark.parametrize(("n", "alpha"), [(12, 0.3), (30, 0.2), (60, 0.15)])
def test_the_miss_rate_holds_on_fresh_groups(n: int, alpha: float) -> None:
    """Over many draws, the mean miss rate of the next group is at most alpha, and not much less: thresholds are not timid.

    The draws in which no threshold was found count as without a miss, which is what an unchanged, lower threshold may do worse:
    they are few here, and the test says so.
    """
    rng = np.random.default_rng(n)
    losses, refused = [], 0
    for _ in range(800):
        chosen = hold_miss_rate(groups_of(rng, n), alpha)
        refused += chosen.score is None
        losses.append(0.0 if chosen.score is None else missed(groups_of(rng, 4), chosen.score))
    error = float(np.std(losses) / np.sqrt(len(losses)))
    assert float(np.mean(losses)) <= alpha + 2 * error
    assert (
        float(np.mean(losses)) >= alpha - 2 / (n + 1) - 2 * error - refused / 800 * alpha
    )  # Angelopoulos et al., theorem 2


def test_boxes_as_units_would_break_the_promise() -> None:
    """Why the unit is the group: of nine groups whose things share their fate, two may be missed (and then the tenth is one of
    the three weakest in 3 draws of 10); counting things lets three be missed, and 4 draws of 10 miss."""
    rng = np.random.default_rng(5)
    by_group, by_thing = [], []
    for _ in range(1000):
        shows = rng.random(9)
        fresh = float(rng.random())
        grouped = hold_miss_rate([[float(s)] * 30 for s in shows], 0.35)
        things = hold_miss_rate([[float(s)] for s in shows for _ in range(30)], 0.35)
        assert grouped.score is not None and things.score is not None
        by_group.append(fresh < grouped.score)
        by_thing.append(fresh < things.score)
    assert np.mean(by_group) <= 0.35 < np.mean(by_thing)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5, 0.9]), min_size=1, max_size=3), max_size=40),
    st.floats(0.02, 0.9),
)
def test_the_threshold_is_the_largest_that_keeps_the_bound(best: list[list[float]], alpha: float) -> None:
    chosen = hold_miss_rate(best, alpha)
    n = len(best)
    there = {s for group in best for s in group if s > 0}
    bound = {s: n / (n + 1) * missed(best, s) + 1 / (n + 1) for s in there}
    if chosen.score is None:
        assert all(value > alpha - 1e-9 for value in bound.values())
    else:
        assert bound[chosen.score] <= alpha + 1e-9
        assert all(bound[s] > alpha - 1e-9 for s in there if s > chosen.score)


def test_false_alarms_by_hand() -> None:
    wrong = [[0.9], [0.5, 0.4], [], [0.2]]
    assert hold_false_alarms(wrong, 0.25).score == 0.5  # one in four scans is allowed: the one of 0.9
    assert hold_false_alarms(wrong, 0.25).above
    assert hold_false_alarms(wrong, 0.0).score == 0.9
    assert hold_false_alarms(wrong, 1.0).score == 0.0
    assert hold_false_alarms([[], []], 0.5).score == 0.0
    few = hold_false_alarms(wrong, 0.1)
    assert few.score is None and few.why == "4 scans: at least 10 are needed to tell it"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from([0.1, 0.2, 0.5, 0.9]), max_size=3), min_size=1, max_size=30), st.floats(0, 3))
def test_false_alarms_are_never_more_than_asked_for(wrong: list[list[float]], most: float) -> None:
    chosen = hold_false_alarms(wrong, most)
    if chosen.score is not None:
        left = sum(s > chosen.score if chosen.above else s >= chosen.score for scan in wrong for s in scan)
        assert left <= most * len(wrong) + 1e-6
