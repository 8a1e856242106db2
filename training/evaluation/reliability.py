"""Whether probabilities are true frequencies: expected calibration error and reliability diagram (Guo et al. 2017, section 2)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scantally.detector.models.boxes import covered, iou
from scantally.detector.types import Box
from scantally.training.evaluation.sampling import Values
from scantally.training.metrics import Judged

BINS = 10
MATCH_IOU = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcomes:
    """D detections: of which scan and label, how probable, and whether right."""

    scan_D: NDArray[np.int64]
    label_D: NDArray[np.str_]
    probability_D: Values
    right_D: NDArray[np.bool_]

    def where(self, keep_D: NDArray[np.bool_]) -> "Outcomes":
        """Some of them."""
        return Outcomes(
            scan_D=self.scan_D[keep_D],
            label_D=self.label_D[keep_D],
            probability_D=self.probability_D[keep_D],
            right_D=self.right_D[keep_D],
        )


def outcomes(judged: Sequence[Judged], limits: dict[str, float]) -> Outcomes:
    """Each detection of the labels of ``limits``: right is the surest that overlaps a thing of its label by the label's IoU.

    What lies on an ignored thing of its label by that share, and hits no other, is left out: nobody says whether it is right.
    """
    rows: list[tuple[int, str, float, bool]] = []
    for number, item in enumerate(judged):
        free = {name: [x.box for x in item.scan.labels if x.label == name] for name in limits}
        ignored = {name: _boxes([x.box for x in item.scan.ignored if x.label == name]) for name in limits}
        for box, score, name, _ in item.found.rows():
            if name not in limits:
                continue
            right = _taken(box, free[name], limits[name])
            if right or not (covered(box, ignored[name]) >= limits[name]).any():
                rows.append((number, name, score, right))
    return Outcomes(
        scan_D=np.array([r[0] for r in rows], np.int64),
        label_D=np.array([r[1] for r in rows], np.str_),
        probability_D=np.array([r[2] for r in rows], np.float64),
        right_D=np.array([r[3] for r in rows], np.bool_),
    )


def _boxes(boxes: Sequence[Box]) -> NDArray[np.float64]:
    return np.array(boxes, np.float64).reshape(-1, 4)


def _taken(box: Box, free: list[Box], limit: float) -> bool:
    """Whether a free thing is hit; it is free no more."""
    overlaps = iou(box, _boxes(free))
    best = int(overlaps.argmax()) if overlaps.size else -1
    if best < 0 or float(overlaps[best]) < limit:
        return False
    free.pop(best)
    return True


def bin_sums(found: Outcomes, rows_RN: Values) -> tuple[Values, Values, Values]:
    """Weighted number, sum of probabilities and number of right ones in each bin, for each row of weights: (R, BINS) each."""
    scans = rows_RN.shape[1]
    place_D = found.scan_D * BINS + bins_of(found)
    amounts: list[NDArray[np.float64] | None] = [None, found.probability_D, found.right_D.astype(np.float64)]
    number_RB, probability_RB, right_RB = (
        rows_RN @ np.bincount(place_D, a, minlength=scans * BINS).reshape(scans, BINS) for a in amounts
    )
    return number_RB, probability_RB, right_RB


def bins_of(found: Outcomes) -> NDArray[np.int64]:
    """The bin of each detection, (D,)."""
    return np.minimum((found.probability_D * BINS).astype(np.int64), BINS - 1)


def calibration_errors(found: Outcomes, rows_RN: Values) -> Values:
    """Expected calibration error (R,): the mean distance of probability and share of right ones, over bins, by their size."""
    number_RB, probability_RB, right_RB = bin_sums(found, rows_RN)
    total_R = number_RB.sum(axis=1)
    off_R = np.abs(probability_RB - right_RB).sum(axis=1)
    error: Values = np.divide(off_R, total_R, out=np.full(total_R.shape, np.nan), where=total_R > 0)
    return error
