"""All figures of one set of scans, each for the scans as they are and for every bootstrap draw."""

from collections.abc import Callable, Iterator

import numpy as np

from scantally.detector.types import Group
from scantally.training.evaluation.breakdown import AXES, Axis
from scantally.training.evaluation.containers import area_under_curve, number_of, pd_at_pfa, pfa_above, pfa_thresholds
from scantally.training.evaluation.evidence import ALL_OBJECTS, SURE, Evidence
from scantally.training.evaluation.figures import (
    ALL_CONTAINERS,
    ALL_LABELS,
    ALL_LOADS,
    BY_SCANNER,
    BY_TRUTH,
    CALIBRATION,
    CONTAINERS,
    ECE,
    FAINT_ECE,
    LOADS,
    OBJECTS,
    OPERATING,
    PFA,
    PRECISION,
    RATES,
    REACHED,
    SPEED,
    Figures,
    Key,
    Operating,
    pfa_figure,
    rate_figure,
)
from scantally.training.evaluation.froc import Marks, Mask, alarms_above, number_counted, pd_above, thresholds_at
from scantally.training.evaluation.precision import precision_rows
from scantally.training.evaluation.reliability import Outcomes, calibration_errors
from scantally.training.evaluation.sampling import Sampled, Values, divided, ratios


def all_figures(e: Evidence, rows_RN: Values, operating: Operating, say: Callable[[str], None]) -> Figures:
    """Every figure of the scans that ``rows_RN`` weighs, its first row holding 1 for those that are meant and 0 for others."""
    found: Figures = {}
    for words, section in (
        ("objects of interest", _objects(e, rows_RN, operating)),
        ("containers", _containers(e, rows_RN, operating)),
        ("breakdowns", _breakdowns(e, rows_RN, operating)),
        ("average precision", _precision(e, rows_RN)),
        ("loads", _loads(e, rows_RN)),
        ("calibration", _calibration(e, rows_RN)),
        ("speed", _speed(e, rows_RN)),
    ):
        say(f"figures and intervals: {words}")
        found |= dict(section)
    return found


def chosen_thresholds(e: Evidence) -> dict[Key, float]:
    """The thresholds that these scans would choose, for use on others."""
    rows_RN = np.ones((1, len(e.judged)))
    chosen = {
        Key(OBJECTS, row, rate_figure(rate)): float(thresholds_at(marks, rows_RN, rate)[0])
        for row, marks in e.marks.items()
        for rate in RATES
        if rate * len(e.judged) >= 1
    }
    clean = number_of(e.containers, rows_RN, e.containers.clean_K)
    return chosen | {
        Key(CONTAINERS, ALL_OBJECTS, pfa_figure(pfa)): float(pfa_thresholds(e.containers, rows_RN, pfa)[0])
        for pfa, least in PFA.items()
        if clean >= least
    }


Section = Iterator[tuple[Key, Sampled]]

NO_OBJECT_KNOWN = "the package knows no object of interest"


def operating_thresholds(marks: Marks, rows_RN: Values, row: str, rate: float, operating: Operating) -> Values | None:
    """The threshold (R,) of each row of weights; None where the scans are too few to speak of this rate."""
    fixed = operating.get(Key(OBJECTS, row, rate_figure(rate)))
    if fixed is not None:
        return np.full(rows_RN.shape[0], fixed)
    return thresholds_at(marks, rows_RN, rate) if rate * rows_RN[0].sum() >= 1 - 1e-9 else None


def _too_few(rate: float) -> str:
    return f"{rate:g} false positives per scan need at least {round(1 / rate)} scans"


def _objects(e: Evidence, rows_RN: Values, operating: Operating) -> Section:
    for row, marks in e.marks.items():
        for rate in RATES:
            threshold_R = operating_thresholds(marks, rows_RN, row, rate, operating)
            key = Key(OBJECTS, row, rate_figure(rate))
            yield key, _pd(e, marks, rows_RN, threshold_R, _too_few(rate))
            if operating and threshold_R is not None:
                alarms_R = alarms_above(marks, rows_RN, threshold_R)
                yield Key(OBJECTS, row, f"{REACHED} at {rate:g}"), _per_scan(e, rows_RN, alarms_R)
        yield from _at_thresholds(e, rows_RN, row, marks)


def _at_thresholds(e: Evidence, rows_RN: Values, row: str, marks: Marks) -> Section:
    """What an operator is shown: from the package's thresholds on, and from where the default configuration is sure."""
    zero_R = np.zeros(rows_RN.shape[0])
    for words, said in (("passed on", e.passed_on), (f"p ≥ {SURE:g}", e.sure)):
        if row == ALL_OBJECTS:
            used, threshold_R = said, zero_R
        else:
            least = max(e.threshold_of(row), SURE if said is e.sure else 0.0)
            used, threshold_R = marks, zero_R + np.nextafter(least, -1.0)
        yield Key(OPERATING, row, f"Pd, {words}"), _pd(e, used, rows_RN, threshold_R)
        alarms_R = alarms_above(used, rows_RN, threshold_R)
        yield Key(OPERATING, row, f"false positives per scan, {words}"), _per_scan(e, rows_RN, alarms_R)


def _pd(e: Evidence, marks: Marks, rows_RN: Values, threshold_R: Values | None, reason: str = "") -> Sampled:
    count = number_counted(marks, rows_RN)
    if not count:
        why = "the scans show no inspectable object of it" if e.objects else NO_OBJECT_KNOWN
        return Sampled.missing(why, counted="objects")
    if threshold_R is None:
        return Sampled.missing(reason, count, "objects")
    return e.figure(pd_above(marks, rows_RN, threshold_R), rows_RN, marks.scan_O[marks.counted_O], "objects")


def _per_scan(e: Evidence, rows_RN: Values, values_R: Values) -> Sampled:
    if not e.objects:
        return Sampled.missing(NO_OBJECT_KNOWN)
    return e.figure(values_R, rows_RN, np.arange(len(e.judged)), "scans")


def _containers(e: Evidence, rows_RN: Values, operating: Operating) -> Section:
    scores = e.containers
    holding = scores.scan_K[scores.with_K]
    count = number_of(scores, rows_RN, scores.with_K)
    clean = number_of(scores, rows_RN, scores.clean_K)
    none = None if count else "no container holds an inspectable object of interest"
    if not e.objects:
        none = NO_OBJECT_KNOWN
    for pfa, least in PFA.items():
        key = Key(CONTAINERS, ALL_OBJECTS, pfa_figure(pfa))
        fixed = operating.get(key)
        few = f"needs at least {least:,} clean containers, there are {clean:,}"
        if none or (fixed is None and clean < least):
            yield key, Sampled.missing(none or few, count, "containers")
            continue
        same = pfa_thresholds(scores, rows_RN, pfa) if fixed is None else np.full(rows_RN.shape[0], fixed)
        yield key, e.figure(pd_at_pfa(scores, rows_RN, same), rows_RN, holding, "containers with an object")
        if operating:
            reached = Key(CONTAINERS, ALL_OBJECTS, f"Pfa reached at {100 * pfa:g} %")
            clean_K = scores.scan_K[scores.clean_K]
            yield reached, e.figure(pfa_above(scores, rows_RN, same), rows_RN, clean_K, "clean containers")
    missing = none or (None if clean else "there are no clean containers")
    area = e.figure(area_under_curve(scores, rows_RN), rows_RN, holding, "containers with an object")
    yield Key(CONTAINERS, ALL_OBJECTS, "area under the curve"), area if not missing else Sampled.missing(missing)


def _breakdowns(e: Evidence, rows_RN: Values, operating: Operating) -> Section:
    """All objects of interest at their common thresholds, class by class."""
    marks = e.marks[ALL_OBJECTS]
    at = {r: operating_thresholds(marks, rows_RN, ALL_OBJECTS, r, operating) for r in RATES}
    for table, rows in _classes(e, marks):
        for row, mask_O in rows.items():
            scans = marks.scan_O[mask_O]
            for rate, threshold_R in at.items():
                if number_counted(marks, rows_RN, mask_O) and threshold_R is not None:
                    pd_R = pd_above(marks, rows_RN, threshold_R, mask_O)
                    yield Key(table, row, rate_figure(rate)), e.figure(pd_R, rows_RN, scans, "objects")


def _classes(e: Evidence, marks: Marks) -> Iterator[tuple[str, dict[str, Mask]]]:
    """Table, and which objects stand in each of its rows."""
    for axis in AXES:
        yield axis.table, _of_axis(axis, marks)
    scanner_O = np.array([e.judged[n].scan.scanner for n in marks.scan_O], np.str_)
    yield BY_SCANNER, {str(s): marks.counted_O & (scanner_O == s) for s in np.unique(scanner_O)}
    yield BY_TRUTH, {"inspectable": marks.counted_O, "not inspectable: left out above": ~marks.counted_O}


def _of_axis(axis: Axis, marks: Marks) -> dict[str, Mask]:
    class_O = np.array([-1 if (k := axis.class_of(x)) is None else k for x in marks.objects], np.int64)
    return {name: marks.counted_O & (class_O == k) for k, name in enumerate(axis.classes())}


def _precision(e: Evidence, rows_RN: Values) -> Section:
    found = {name: precision_rows(e.judged, name, met, rows_RN) for name, met in e.precision.items()}
    scans = {n: np.repeat(np.arange(len(e.judged)), m.things_N.astype(np.int64)) for n, m in e.precision.items()}
    for name, by_figure in found.items():
        for figure, values_R in by_figure.items():
            yield Key(PRECISION, name, figure), e.figure(values_R, rows_RN, scans[name], "labelled")
    for row, group in ((ALL_OBJECTS, Group.OBJECT), (ALL_LOADS, Group.LOAD), (ALL_LABELS, None)):
        names = [x.name for x in e.labels if x.name in found and group in (None, x.group)]
        names = [name for name in names if rows_RN[0, scans[name]].any()]
        for figure in ("mAP50", "mAP50-95"):
            key = Key(PRECISION, f"mean of {row}", figure)
            if not names:
                known_labels = any(group in (None, x.group) for x in e.labels)
                why = "the scans show none of them" if known_labels else "the package knows none of them"
                yield key, Sampled.missing(why)
                continue
            stacked = np.stack([found[name][figure] for name in names])
            known = ~np.isnan(stacked)
            mean_R = divided(np.where(known, stacked, 0.0).sum(axis=0), known.sum(axis=0).astype(np.float64))
            yield key, e.figure(mean_R, rows_RN, np.concatenate([scans[n] for n in names]), "labelled")


def _loads(e: Evidence, rows_RN: Values) -> Section:
    whole = [len(x) for x in e.emptiness]
    right_R = ratios(rows_RN, [float(sum(x)) for x in e.emptiness], np.array(whole, np.float64))
    told = e.figure(right_R, rows_RN, np.repeat(np.arange(len(whole)), whole), "containers")
    unable = e.cannot_tell_emptiness
    yield Key(LOADS, ALL_CONTAINERS, "empty or loaded"), told if unable is None else Sampled.missing(unable)
    if not e.loads_known:
        yield Key(LOADS, ALL_LOADS, "load type top-1"), Sampled.missing("the package knows no load")
        return
    for name in (None, *dict.fromkeys(str(x) for x in e.loads.label_L)):
        mask_L = np.ones(e.loads.scan_L.shape, np.bool_) if name is None else e.loads.label_L == name
        weights_RL = rows_RN[:, e.loads.scan_L[mask_L]]
        top_R = divided((weights_RL * e.loads.right_L[mask_L]).sum(axis=1), weights_RL.sum(axis=1))
        figure = e.figure(top_R, rows_RN, e.loads.scan_L[mask_L], "blocks of load")
        yield Key(LOADS, name or ALL_LOADS, "load type top-1"), figure


def _calibration(e: Evidence, rows_RN: Values) -> Section:
    least_D = np.array([e.threshold_of(str(x)) for x in e.outcomes.label_D], np.float64)
    passed = e.outcomes.where(e.outcomes.probability_D >= least_D)
    for row, names in calibration_rows(e).items():
        for figure, found in ((ECE, passed), (FAINT_ECE, e.outcomes)):
            yield Key(CALIBRATION, row, figure), _ece(e, found.where(np.isin(found.label_D, names)), rows_RN)


def calibration_rows(e: Evidence) -> dict[str, list[str]]:
    """Rows of the table, and the labels that are taken together in each."""
    groups: dict[str, list[str]] = {
        ALL_OBJECTS: list(e.objects),
        ALL_LOADS: [x.name for x in e.labels if x.group is Group.LOAD],
        ALL_LABELS: [x.name for x in e.labels],
    }
    return {row: names for row, names in groups.items() if names} | {x.name: [x.name] for x in e.labels}


def _ece(e: Evidence, found: Outcomes, rows_RN: Values) -> Sampled:
    if not rows_RN[0, found.scan_D].any():
        return Sampled.missing("nothing of it was detected", counted="detections")
    return e.figure(calibration_errors(found, rows_RN), rows_RN, found.scan_D, "detections")


def _speed(e: Evidence, rows_RN: Values) -> Section:
    mean_R = ratios(rows_RN, e.seconds_N, np.ones(len(e.judged)))
    key = Key(SPEED, "reading and searching", "seconds per scan")
    yield key, e.figure(mean_R, rows_RN, np.arange(len(e.judged)), "scans")
