"""Free-response figures of objects of interest: what part of them is found, at how many false positives per scan.

An object counts as found at a threshold when a box at or above it hits the object (``operating.hits``: IoU 0.3); a box that hits no
object is a false positive, one that hits what the truth calls not inspectable is neither. Further boxes on one object count for
nothing. These are the usual rules of free-response studies (Bandos et al. 2009, Biometrics 65(1); Chakraborty 2013): so each object
has one score, that of the surest box on it, and the curve rises with the number of false positives.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scantally.datasets.labelled import Label
from scantally.detector.models.boxes import iou
from scantally.detector.types import Box, Group
from scantally.training.evaluation.operating import HIT_IOU
from scantally.training.evaluation.sampling import Values, divided
from scantally.training.metrics import Judged

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class FalsePositive:
    """A box that hits no object."""

    scan: int
    label: str
    box: Box
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """O objects with the score of the surest box on each (0: none), and F false positives, surest first."""

    objects: tuple[Label, ...]
    counted_O: Mask
    """False for those that the truth calls not inspectable: they are no part of any Pd."""
    scan_O: NDArray[np.int64]
    score_O: Values
    false: tuple[FalsePositive, ...]
    scan_F: NDArray[np.int64]
    score_F: Values


def find_marks(judged: Sequence[Judged], labels: frozenset[str], *, pooled: bool = False) -> Marks:
    """Lay the boxes of ``labels`` on the objects of ``labels``: of several labels, it is the place that counts.

    ``pooled`` says that these are all labels of objects that a package knows. A box on an object of interest of another kind, where
    the dataset names it as such, is then neither right nor wrong: something is there.
    """
    objects: list[tuple[int, Label, bool, float]] = []
    false: list[FalsePositive] = []
    for number, item in enumerate(judged):
        found = [(box, score, name) for box, score, name, _ in item.found.rows() if name in labels]
        boxes_D4 = np.array([box for box, _, _ in found], np.float64).reshape(-1, 4)
        score_D = np.array([score for _, score, _ in found], np.float64)
        hit_D = np.zeros(len(found), np.bool_)
        for thing, counted in _objects(item, labels, pooled):
            on_it_D = iou(thing.box, boxes_D4) >= HIT_IOU
            hit_D |= on_it_D
            if thing.label in labels:
                objects.append((number, thing, counted, float(score_D[on_it_D].max(initial=0.0))))
        false += [
            FalsePositive(scan=number, label=name, box=box, score=score)
            for (box, score, name), hit in zip(found, hit_D, strict=True)
            if not hit
        ]
    false.sort(key=lambda f: -f.score)
    return Marks(
        objects=tuple(thing for _, thing, _, _ in objects),
        counted_O=np.array([counted for _, _, counted, _ in objects], np.bool_),
        scan_O=np.array([number for number, _, _, _ in objects], np.int64),
        score_O=np.array([score for _, _, _, score in objects], np.float64),
        false=tuple(false),
        scan_F=np.array([f.scan for f in false], np.int64),
        score_F=np.array([f.score for f in false], np.float64),
    )


def _objects(item: Judged, labels: frozenset[str], pooled: bool) -> Iterator[tuple[Label, bool]]:
    """What boxes of these labels may hit, and whether it counts."""
    for things, counted in ((item.scan.labels, True), (item.scan.ignored, False)):
        for thing in things:
            if thing.label in labels or (pooled and thing.group is Group.OBJECT):
                yield thing, counted


def thresholds(rows_RN: Values, scan_F: NDArray[np.int64], score_F: Values, allowed_R: Values) -> Values:
    """For each row of weights, the lowest score at or below which too many of F (surest first) would count: (R,).

    What lies above it is within the allowance; 0 where all of F are allowed.
    """
    found = np.zeros(rows_RN.shape[0])
    for r, (row, allowed) in enumerate(zip(rows_RN, allowed_R, strict=True)):
        within = int(np.searchsorted(np.cumsum(row[scan_F]), allowed + 1e-9, side="right"))
        found[r] = score_F[within] if within < score_F.size else 0.0
    return found


def thresholds_at(marks: Marks, rows_RN: Values, rate: float) -> Values:
    """Thresholds (R,) above which there are at most ``rate`` false positives per scan."""
    return thresholds(rows_RN, marks.scan_F, marks.score_F, rate * rows_RN.sum(axis=1))


def pd_above(marks: Marks, rows_RN: Values, threshold_R: Values, chosen_O: Mask | None = None) -> Values:
    """The share (R,) of counted objects whose score is above the row's threshold, or of the ``chosen_O`` among all."""
    mask_O = marks.counted_O if chosen_O is None else chosen_O
    weights_RO = rows_RN[:, marks.scan_O[mask_O]]
    hit_RO = marks.score_O[mask_O] > threshold_R[:, None]
    return divided((weights_RO * hit_RO).sum(axis=1), weights_RO.sum(axis=1))


def alarms_above(marks: Marks, rows_RN: Values, threshold_R: Values) -> Values:
    """False positives per scan (R,) above the row's threshold."""
    # Surest first: those above a threshold are the first so many.
    above_R = np.searchsorted(-marks.score_F, -threshold_R, side="left")
    counted = np.array([row[marks.scan_F[:k]].sum() for row, k in zip(rows_RN, above_R, strict=True)])
    return divided(counted, rows_RN.sum(axis=1))


def number_counted(marks: Marks, rows_RN: Values, chosen_O: Mask | None = None) -> int:
    """How many objects the first row counts."""
    mask_O = marks.counted_O if chosen_O is None else chosen_O
    return round(float(rows_RN[0, marks.scan_O[mask_O]].sum()))
