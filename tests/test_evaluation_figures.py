"""FROC, container operating points, calibration and confusion against tables that were worked out by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("faster_coco_eval")

from evaluation_scans import CARDS, ELSEWHERE, HERE, THERE, WHOLE, judged, quiet, thing

from scantally.detector.types import Box, Group
from scantally.training.evaluation.assess import all_figures, chosen_thresholds
from scantally.training.evaluation.breakdown import AXES
from scantally.training.evaluation.confusion import BACKGROUND, MISSED, confuse
from scantally.training.evaluation.containers import area_under_curve, pd_at_pfa, pfa_thresholds, score_containers
from scantally.training.evaluation.curves import container_curve, froc_curves, reliabilities
from scantally.training.evaluation.evidence import ALL_OBJECTS, Evidence, gather
from scantally.training.evaluation.examples import false_alarms, misses, wrong_loads
from scantally.training.evaluation.figures import (
    ALL_LOADS,
    BY_TRUTH,
    CALIBRATION,
    CONTAINERS,
    LOADS,
    OBJECTS,
    PRECISION,
    Figures,
    Key,
)
from scantally.training.evaluation.froc import alarms_above, find_marks, pd_above, thresholds_at
from scantally.training.evaluation.reliability import calibration_errors, outcomes
from scantally.training.evaluation.sampling import LEAST_GROUPS, Sampled, divided, interval, weight_rows
from scantally.training.metrics import Judged

FIREARM = frozenset({"firearm"})


def gun(p: float, box: Box = HERE) -> tuple[tuple[str, float, Box], ...]:
    return (("firearm", p, box),)


def ten_scans() -> list[Judged]:
    """Four objects, found at 0.9, 0.8, 0.6 and not; false positives at 0.85, 0.7 and 0.3."""
    scans = [judged(thing("firearm"), found=gun(p), group=f"with{p}") for p in (0.9, 0.8, 0.6)]
    scans.append(judged(thing("firearm"), group="missed"))
    scans += [judged(found=gun(p, THERE), group=f"false{p}") for p in (0.85, 0.7, 0.3)]
    return [*scans, *(judged(group=f"clean{k}") for k in range(3))]


def evidence_of(scans: list[Judged]) -> Evidence:
    return gather(scans, [0.5] * len(scans), CARDS, quiet)


def figures_of(scans: list[Judged]) -> Figures:
    return all_figures(evidence_of(scans), weight_rows([x.scan.group for x in scans]), {}, quiet)


ONES = np.ones((1, 10))


@pytest.mark.parametrize(
    ("rate", "threshold", "pd"),
    [(0.0, 0.85, 0.25), (0.05, 0.85, 0.25), (0.1, 0.7, 0.5), (0.2, 0.3, 0.75), (0.3, 0.0, 0.75), (5.0, 0.0, 0.75)],
)
def test_pd_at_false_positives_per_scan_by_hand(rate: float, threshold: float, pd: float) -> None:
    marks = find_marks(ten_scans(), FIREARM)
    threshold_R = thresholds_at(marks, ONES, rate)
    assert threshold_R[0] == pytest.approx(threshold)
    assert pd_above(marks, ONES, threshold_R)[0] == pytest.approx(pd)
    assert alarms_above(marks, ONES, threshold_R)[0] <= rate


def test_a_false_positive_as_sure_as_an_object_does_not_let_it_pass() -> None:
    scans = [judged(thing("firearm"), found=gun(0.7)), judged(found=gun(0.7, THERE)), judged()]
    marks = find_marks(scans, FIREARM)
    assert pd_above(marks, np.ones((1, 3)), thresholds_at(marks, np.ones((1, 3)), 0.1))[0] == 0.0
    assert pd_above(marks, np.ones((1, 3)), thresholds_at(marks, np.ones((1, 3)), 0.34))[0] == 1.0


def test_further_boxes_on_one_object_are_no_false_positives_and_the_surest_counts() -> None:
    near: Box = (205.0, 300.0, 265.0, 330.0)
    marks = find_marks([judged(thing("firearm"), found=(*gun(0.4), *gun(0.8, near)))], FIREARM)
    assert marks.score_O.tolist() == pytest.approx([0.8])
    assert marks.score_F.size == 0


def test_what_is_not_inspectable_is_neither_hit_nor_false_positive() -> None:
    marks = find_marks([judged(found=gun(0.9), ignored=(thing("firearm"),))], FIREARM)
    assert (marks.score_F.size, marks.counted_O.tolist()) == (0, [False])
    assert np.isnan(pd_above(marks, np.ones((1, 1)), np.zeros(1)))
    hidden = pd_above(marks, np.ones((1, 1)), np.zeros(1), ~marks.counted_O)
    assert hidden.tolist() == [1.0]


def test_for_all_objects_the_place_counts_and_for_one_the_label_too() -> None:
    scans = [judged(thing("vehicle"), found=gun(0.9))]
    both = find_marks(scans, frozenset({"firearm", "vehicle"}), pooled=True)
    assert (both.score_O.tolist(), both.score_F.size) == (pytest.approx([0.9]), 0)
    alone = find_marks(scans, FIREARM)
    assert (alone.score_O.size, alone.score_F.size) == (0, 1)


def test_an_object_that_the_package_does_not_know_makes_no_false_positive() -> None:
    scans = [judged(thing("currency"), found=gun(0.9))]
    assert find_marks(scans, FIREARM, pooled=True).score_F.size == 0
    assert find_marks(scans, FIREARM).score_F.size == 1


def a_hundred_clean() -> list[Judged]:
    container = thing("container", WHOLE)
    scans = [judged(container, thing("firearm"), found=gun(p), group=f"w{p}") for p in (0.7, 0.55, 0.5, 0.2)]
    scans += [judged(container, found=gun(p), group=f"c{p}") for p in (0.6, 0.5)]
    return scans + [judged(container, group=f"n{k}") for k in range(98)]


def test_container_pd_at_pfa_by_hand() -> None:
    # Of 100 clean containers one may be opened: the threshold is the second one's score, 0.5, and two of four lie above it.
    found = figures_of(a_hundred_clean())
    one, few = (found[Key(CONTAINERS, ALL_OBJECTS, f"Pd at Pfa {x} %")] for x in ("1", "0.4"))
    assert (one.values_R[0], one.count) == (0.5, 4)
    assert np.isnan(few.values_R[0]) and few.value().reason == "needs at least 1,000 clean containers, there are 100"
    assert Key(CONTAINERS, ALL_OBJECTS, "Pfa reached at 1 %") not in found


def test_pd_at_pfa_is_not_told_without_clean_containers() -> None:
    found = figures_of([judged(thing("container", WHOLE), thing("firearm"), found=gun(0.9))])
    figure = found[Key(CONTAINERS, ALL_OBJECTS, "Pd at Pfa 1 %")].value()
    assert (figure.value, figure.reason) == (None, "needs at least 100 clean containers, there are 0")
    assert found[Key(CONTAINERS, ALL_OBJECTS, "area under the curve")].value().reason == "there are no clean containers"


def test_which_containers_are_clean() -> None:
    left, right = thing("container", (0.0, 0.0, 300.0, 400.0)), thing("container", (350.0, 0.0, 900.0, 400.0))
    scans = [
        judged(left, right, thing("firearm"), found=gun(0.9)),
        judged(left, ignored=(thing("firearm"),)),
        judged(left, thing("currency")),
        judged(found=gun(0.3)),
    ]
    scores = score_containers(scans, FIREARM)
    assert scores.with_K.tolist() == [True, False, False, False, False]
    assert scores.clean_K.tolist() == [False, True, False, False, True]
    assert scores.score_K.tolist() == pytest.approx([0.9, 0.0, 0.0, 0.0, 0.3])


def test_area_under_the_container_curve_by_hand() -> None:
    container = thing("container", WHOLE)
    scans = [judged(container, thing("firearm"), found=gun(p)) for p in (0.8, 0.4)]
    scans += [judged(container, found=gun(p) if p else ()) for p in (0.6, 0.4, 0.0)]
    # 0.8 beats all three; 0.4 beats one and ties with one: 4.5 of 6 pairs.
    assert area_under_curve(score_containers(scans, FIREARM), np.ones((1, 5)))[0] == pytest.approx(4.5 / 6)


def test_calibration_error_by_hand() -> None:
    # One bin from 0.9 on, mean 0.95, half of it right; one below 0.1, mean 0.05, nothing right.
    found = (
        (("firearm", 0.95, HERE), ("firearm", 0.05, THERE)),
        (("firearm", 0.95, THERE), ("firearm", 0.05, ELSEWHERE)),
    )
    scans = [judged(thing("firearm"), found=found[0]), judged(found=found[1])]
    met = outcomes(scans, {"firearm": 0.3})
    assert calibration_errors(met, np.ones((1, 2)))[0] == pytest.approx(0.5 * 0.45 + 0.5 * 0.05, abs=1e-6)
    # The first scan alone: 0.95 is right, 0.05 is wrong.
    assert calibration_errors(met, np.array([[3.0, 0.0]]))[0] == pytest.approx(0.05, abs=1e-6)
    figure = figures_of(scans)[Key(CALIBRATION, "firearm", "ECE of what is passed on")]
    assert (figure.count, figure.values_R[0]) == (2, pytest.approx(0.45, abs=1e-6))


def test_outcomes_take_a_thing_once_and_pass_over_what_is_ignored() -> None:
    scan = judged(
        thing("firearm"),
        found=(("firearm", 0.9, HERE), ("firearm", 0.7, HERE), ("firearm", 0.5, THERE)),
        ignored=(thing("firearm", THERE),),
    )
    met = outcomes([scan], {"firearm": 0.3})
    assert met.probability_D.tolist() == pytest.approx([0.9, 0.7])
    assert met.right_D.tolist() == [True, False]


def test_confusion_by_hand() -> None:
    scans = [
        judged(thing("drums", WHOLE), found=(("sacks", 0.9, WHOLE), ("drums", 0.4, WHOLE))),
        judged(thing("drums", WHOLE), found=(("drums", 0.8, WHOLE),)),
        judged(thing("sacks", WHOLE), found=(("sacks", 0.2, WHOLE), ("drums", 0.9, HERE))),
        judged(found=(("sacks", 0.9, HERE),), ignored=(thing("drums", HERE),)),
    ]
    table = confuse(scans, Group.LOAD, {"empty": 0.25, "drums": 0.25, "sacks": 0.25}, 0.5)
    assert table is not None
    assert (table.true, table.found) == (("drums", "sacks", BACKGROUND), ("drums", "sacks", MISSED))
    assert table.counts == ((1, 1, 0), (0, 0, 1), (1, 0, 0))
    assert confuse([judged()], Group.LOAD, {"drums": 0.25}, 0.5) is None


def test_load_types_and_emptiness_stand_by_themselves() -> None:
    scans = [
        judged(
            thing("container", WHOLE),
            thing("drums", WHOLE),
            thing("firearm"),
            found=(("drums", 0.8, WHOLE),),
            group="a",
        ),
        judged(thing("container", WHOLE), thing("drums", WHOLE), found=(("sacks", 0.8, WHOLE),), group="b"),
    ]
    found = figures_of(scans)
    top = found[Key(LOADS, ALL_LOADS, "load type top-1")]
    assert (top.values_R[0], top.count) == (0.5, 2)
    (wrong,) = [x for x in wrong_loads(evidence_of(scans)) if " for sacks" in x.title]
    assert (wrong.scan, wrong.title) == ("scan-b", "drums taken for sacks at p = 0.800")


def test_examples_are_the_surest_alarms_and_the_clearest_misses() -> None:
    alarmed = judged(found=(("firearm", 0.9, HERE), ("firearm", 0.04, THERE)), group="a")
    missed = [judged(thing("firearm", contrast=c), group=f"m{c:g}") for c in (4.0, 30.0, 9.0)]
    found = judged(thing("firearm", contrast=99.0), found=gun(0.8), group="f")
    e = evidence_of([alarmed, *missed, found])
    assert [x.title for x in false_alarms(e)] == ["firearm at p = 0.900"]
    assert [x.scan for x in misses(e, 0.5)] == ["scan-m30", "scan-m9", "scan-m4"]
    assert misses(e, 0.9)[0].scan == "scan-f"


def test_the_mean_of_labels_passes_over_those_that_a_draw_does_not_show() -> None:
    scans = [
        judged(thing("firearm"), found=gun(0.9), group="a"),
        judged(thing("vehicle", THERE), group="b"),
    ]
    figure = figures_of(scans)[Key(PRECISION, f"mean of {ALL_OBJECTS}", "mAP50")]
    assert figure.values_R[0] == pytest.approx(0.5)
    # Draws of two: both scans, the first twice, the second twice.
    assert sorted(set(np.round(figure.values_R, 6))) == [0.0, 0.5, 1.0]


def test_breakdown_by_what_the_truth_tells() -> None:
    scans = ten_scans()
    scans[0] = judged(thing("firearm", contrast=4.9, size_cm=15.0, depth_g_cm2=0.0), found=gun(0.9), group="x")
    scans[3] = judged(thing("firearm", contrast=5.0, size_cm=200.0, depth_g_cm2=90.0), group="y")
    found = figures_of(scans)
    figure = "Pd at 0.1 false positives per scan"
    expected = {
        ("by contrast", "below 5"): 1.0,
        ("by contrast", "5 to 10"): 0.0,
        ("by size", "15 to 30 cm"): 1.0,
        ("by size", "120 cm and more"): 0.0,
        ("by penetration depth", "below 1 g/cm²"): 1.0,
        ("by penetration depth", "80 to 160 g/cm²"): 0.0,
        ("by size in pixels", "32 to 96 px"): 0.5,
        (BY_TRUTH, "inspectable"): 0.5,
        ("by scanner", "A"): 0.5,
    }
    got = {
        (k.table, k.row): f.values_R[0] for k, f in found.items() if k.figure == figure and k.table not in (OBJECTS,)
    }
    assert got == pytest.approx(expected)


def test_classes_begin_with_their_lower_edge() -> None:
    size = AXES[0]
    assert size.classes()[:2] == ["below 15 cm", "15 to 30 cm"]
    known = {None: None, 14.9: 0, 15.0: 1, 120.0: 4, 1e9: 4}
    assert {v: size.class_of(thing("firearm", **({} if v is None else {"size_cm": v}))) for v in known} == known


def test_curves_end_where_detections_end() -> None:
    scans = ten_scans()
    e, rows_RN = evidence_of(scans), weight_rows([x.scan.group for x in scans])
    pooled, firearm = froc_curves(e, rows_RN)
    assert pooled.of == ALL_OBJECTS and pooled.points[0].low is None and firearm.points[0].low is None
    assert [(round(p.at, 3), p.pd) for p in firearm.points] == [
        *((r, 0.5) for r in (0.1, 0.126, 0.158, 0.2)),  # the grid's 0.2 is a little less
        (0.251, 0.75),
        (0.3, 0.75),
    ]
    assert container_curve(e, rows_RN) is not None
    assert container_curve(evidence_of([judged()]), np.ones((1, 1))) is None
    assert [d.of for d in reliabilities(e, rows_RN)] == ["all labels", ALL_OBJECTS, "firearm"]
    assert reliabilities(evidence_of([judged()]), np.ones((1, 1))) == ()


def test_thresholds_from_other_scans_are_kept_as_they_are() -> None:
    chosen = chosen_thresholds(evidence_of(ten_scans()))
    key = Key(OBJECTS, "firearm", "Pd at 0.1 false positives per scan")
    assert chosen[key] == pytest.approx(0.7)
    fewer = [judged(thing("firearm"), found=(*gun(0.75), *gun(0.9, THERE)), group="a"), judged(group="b")]
    found = all_figures(evidence_of(fewer), weight_rows(["a", "b"]), chosen, quiet)
    assert found[key].values_R[0] == 1.0
    assert found[Key(OBJECTS, "firearm", "false positives per scan reached at 0.1")].values_R[0] == 0.5
    # Without them, two scans are too few for a tenth of a false positive each.
    assert "at least 10 scans" in str(figures_of(fewer)[key].value().reason)


@pytest.mark.parametrize(
    "scans",
    [
        [judged()],
        [judged(found=gun(0.9))],
        [judged(thing("firearm"))],
        [judged(thing("container", WHOLE), thing("empty", WHOLE), found=(("container", 0.9, WHOLE),))],
        [judged(group="a"), judged(group="b")],
    ],
)
def test_what_rests_on_nothing_is_none_with_its_reason(scans: list[Judged]) -> None:
    for key, figure in figures_of(scans).items():
        value = figure.value()
        assert value.value is not None or value.reason, key
        assert value.low is not None or value.reason, key


def test_one_group_gives_no_interval_and_rare_things_none_either() -> None:
    assert weight_rows(["a", "a"]).shape == (1, 2)
    few = f"no interval: rests on fewer than {LEAST_GROUPS} groups"
    assert interval(np.array([0.5]), 9) == (None, None, few)
    assert interval(np.full(9, 0.5), LEAST_GROUPS - 1) == (None, None, few)
    assert interval(np.full(9, 0.5), LEAST_GROUPS) == (0.5, 0.5, None)
    assert interval(np.array([0.5, np.nan, np.nan, 0.5]), 9)[0] is None
    assert Sampled.missing("because").value().reason == "because"
    assert np.isnan(divided(np.ones(1), np.zeros(1)))


scores = st.lists(st.integers(1, 99), max_size=4)
scan_scores = st.lists(st.tuples(scores, scores), min_size=1, max_size=12)


def scan_of(number: int, objects: list[int], false: list[int]) -> Judged:
    """Objects side by side with one box each, false positives below them."""
    places: list[Box] = [(100.0 * k, 0.0, 100.0 * k + 50, 50.0) for k in range(8)]
    rows = tuple(("firearm", s / 100, places[k]) for k, s in enumerate(objects))
    rows += tuple(("firearm", s / 100, (p[0], 400.0, p[2], 450.0)) for s, p in zip(false, places, strict=False))
    return judged(*(thing("firearm", places[k]) for k in range(len(objects) + 1)), found=rows, group=str(number))


@given(scan_scores)
@settings(max_examples=40, deadline=None)
def test_pd_rises_with_false_positives_allowed(drawn: list[tuple[list[int], list[int]]]) -> None:
    scans = [scan_of(k, *x) for k, x in enumerate(drawn)]
    marks, rows_RN = find_marks(scans, FIREARM), weight_rows([x.scan.group for x in scans])
    rates = (0.0, 0.1, 0.3, 0.5, 1.0, 4.0)
    at = [thresholds_at(marks, rows_RN, rate) for rate in rates]
    pd = np.stack([pd_above(marks, rows_RN, t) for t in at])
    assert (np.diff(pd, axis=0) >= 0).all() and (pd <= 1).all()
    for rate, threshold_R in zip(rates, at, strict=True):
        assert (alarms_above(marks, rows_RN, threshold_R) <= rate + 1e-9).all()


@given(scan_scores, st.lists(st.integers(0, 3), min_size=12, max_size=12))
@settings(max_examples=40, deadline=None)
def test_weights_are_repeated_scans(drawn: list[tuple[list[int], list[int]]], weights: list[int]) -> None:
    scans = [scan_of(k, *x) for k, x in enumerate(drawn)]
    repeated = [s for s, w in zip(scans, weights, strict=False) for _ in range(w)]
    if not repeated:
        return
    rows_RN = np.array([weights[: len(scans)]], np.float64)
    ones = np.ones((1, len(repeated)))
    for given_scans, rows in ((scans, rows_RN), (repeated, ones)):
        marks, clean = find_marks(given_scans, FIREARM), score_containers(given_scans, FIREARM)
        met = outcomes(given_scans, {"firearm": 0.3})
        values = [
            *(pd_above(marks, rows, thresholds_at(marks, rows, r))[0] for r in (0.1, 0.5)),
            alarms_above(marks, rows, np.array([0.3]))[0],
            pd_at_pfa(clean, rows, pfa_thresholds(clean, rows, 0.1))[0],
            area_under_curve(clean, rows)[0],
            calibration_errors(met, rows)[0],
        ]
        if given_scans is scans:
            expected = values
    assert values == pytest.approx(expected, nan_ok=True)
