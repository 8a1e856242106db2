"""Curves of Pd against what it costs, and reliability diagrams, as documents."""

from collections.abc import Sequence

import numpy as np

from scantally.training.evaluation.assess import calibration_rows
from scantally.training.evaluation.containers import number_of, pd_at_pfa, pfa_thresholds
from scantally.training.evaluation.documents import Bin, Curve, Point, Reliability
from scantally.training.evaluation.evidence import ALL_OBJECTS, Evidence
from scantally.training.evaluation.figures import ALL_LABELS, ALL_LOADS
from scantally.training.evaluation.froc import Marks, number_counted, pd_above, thresholds_at
from scantally.training.evaluation.reliability import BINS, Outcomes, bin_sums, bins_of
from scantally.training.evaluation.sampling import Sampled, Values, divided, interval

PER_SCAN = tuple(float(x) for x in np.logspace(-2, 1, 31))
"""False positives per scan at which a FROC curve is drawn."""

FROC_NOTE = (
    f"FROC curves are drawn from {PER_SCAN[0]:g} up to {PER_SCAN[-1]:g} false positives per scan; of what lies beyond, evaluation.json "
    "gives the end alone, where all detections count (the last point of each curve, at ends_at)."
)
"""What a reader of the curves must know: they are cut off."""

PFA = tuple(float(x) for x in np.logspace(-3, 0, 31))


def froc_curves(e: Evidence, rows_RN: Values) -> tuple[Curve, ...]:
    """One for each label that the scans show, and one, with its interval, for all objects of interest."""
    return tuple(
        _froc(
            row,
            marks,
            rows_RN if row == ALL_OBJECTS else rows_RN[:1],
            e.groups(rows_RN, marks.scan_O[marks.counted_O]),
        )
        for row, marks in e.marks.items()
        if number_counted(marks, rows_RN)
    )


def _froc(of: str, marks: Marks, rows_RN: Values, groups: int) -> Curve:
    scans = float(rows_RN[0].sum())
    ends_at = float(rows_RN[0, marks.scan_F].sum()) / scans
    points = []
    for rate in (r for r in PER_SCAN if 1 / scans <= r * (1 + 1e-9) and r <= ends_at):
        threshold_R = thresholds_at(marks, rows_RN, rate)
        points.append(_point(rate, pd_above(marks, rows_RN, threshold_R), float(threshold_R[0]), groups))
    end_R = np.zeros(rows_RN.shape[0])
    points.append(_point(ends_at, pd_above(marks, rows_RN, end_R), 0.0, groups))
    return Curve(of=of, count=number_counted(marks, rows_RN), counted="objects", ends_at=ends_at, points=tuple(points))


def container_curve(e: Evidence, rows_RN: Values) -> Curve | None:
    """Pd of containers against the share of clean ones; None without both kinds."""
    scores = e.containers
    groups = e.groups(rows_RN, scores.scan_K[scores.with_K])
    clean, count = number_of(scores, rows_RN, scores.clean_K), number_of(scores, rows_RN, scores.with_K)
    if not clean or not count:
        return None
    points = []
    for pfa in (p for p in PFA if p * (1 + 1e-9) >= 1 / clean):
        threshold_R = pfa_thresholds(scores, rows_RN, pfa)
        points.append(_point(pfa, pd_at_pfa(scores, rows_RN, threshold_R), float(threshold_R[0]), groups))
    return Curve(of="containers", count=count, counted="containers with an object", ends_at=1.0, points=tuple(points))


def _point(at: float, pd_R: Values, threshold: float, groups: int) -> Point:
    low, high, _ = interval(pd_R, groups)
    return Point(at=round(at, 6), pd=round(float(pd_R[0]), 5), low=low, high=high, threshold=round(threshold, 6))


def reliabilities(e: Evidence, rows_RN: Values) -> tuple[Reliability, ...]:
    """A diagram for all labels, for loads, for objects, and for each label of which anything was detected."""
    rows = calibration_rows(e)
    order = [x for x in (ALL_LABELS, ALL_OBJECTS, ALL_LOADS) if x in rows]
    found = {row: e.outcomes.where(np.isin(e.outcomes.label_D, rows[row])) for row in dict.fromkeys([*order, *rows])}
    return tuple(_diagram(row, part, rows_RN, e) for row, part in found.items() if part.scan_D.size)


def _diagram(of: str, found: Outcomes, rows_RN: Values, e: Evidence) -> Reliability:
    number_RB, probability_RB, right_RB = bin_sums(found, rows_RN)
    share_RB = np.stack([divided(right_RB[:, b], number_RB[:, b]) for b in range(BINS)], axis=1)
    which_D = bins_of(found)
    groups = [e.groups(rows_RN, found.scan_D[which_D == b]) for b in range(BINS)]
    return Reliability(of=of, bins=tuple(_bin(b, number_RB, probability_RB, share_RB, groups[b]) for b in range(BINS)))


def _bin(b: int, number_RB: Values, probability_RB: Values, share_RB: Values, groups: int) -> Bin:
    count = round(float(number_RB[0, b]))
    right = Sampled(values_R=share_RB[:, b], count=count, counted="detections", groups=groups).value()
    mean = round(float(probability_RB[0, b] / number_RB[0, b]), 5) if count else None
    return Bin(low=b / BINS, count=count, mean_probability=mean, right=right)


def pooled(curves: Sequence[Curve]) -> Curve | None:
    """The curve of all objects of interest."""
    return next((c for c in curves if c.of == ALL_OBJECTS), None)
