"""Containers as a whole: does one hold an object of interest? Its score is the highest probability of any object found in it.

The question of the gate is which containers to open; the operating point is a share of clean ones that may be opened for nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scantally.detector.models.boxes import covered
from scantally.detector.types import Box, Group
from scantally.training.evaluation.froc import Mask, thresholds
from scantally.training.evaluation.sampling import Values, divided
from scantally.training.metrics import Judged


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerScores:
    """K containers. One that holds only what nobody could see, or what the package has no label for, is neither."""

    scan_K: NDArray[np.int64]
    score_K: Values
    with_K: Mask
    clean_K: Mask


def score_containers(judged: Sequence[Judged], objects: frozenset[str]) -> ContainerScores:
    """Score each labelled container; a scan in which none is labelled counts as one."""
    found: list[tuple[int, float, bool, bool]] = []
    for number, item in enumerate(judged):
        containers: list[Box | None] = [x.box for x in item.scan.labels if x.label == "container"]
        for box in containers or [None]:
            found.append((number, _score(item, box, objects), *_holds(item, box, objects)))
    return ContainerScores(
        scan_K=np.array([x[0] for x in found], np.int64),
        score_K=np.array([x[1] for x in found], np.float64),
        with_K=np.array([x[2] for x in found], np.bool_),
        clean_K=np.array([x[3] for x in found], np.bool_),
    )


def _score(item: Judged, container: Box | None, objects: frozenset[str]) -> float:
    inside = [s for box, s, name, _ in item.found.rows() if name in objects and _centre_in(box, container)]
    return max(inside, default=0.0)


def _holds(item: Judged, container: Box | None, objects: frozenset[str]) -> tuple[bool, bool]:
    """Whether an object that counts lies in it, and whether nothing of interest so much as touches it."""
    things = [(x, True) for x in item.scan.labels] + [(x, False) for x in item.scan.ignored]
    interest = [(x, seen) for x, seen in things if x.label in objects or x.group is Group.OBJECT]
    holds = any(seen and x.label in objects and _centre_in(x.box, container) for x, seen in interest)
    return holds, not any(_touches(x.box, container) for x, _ in interest)


def _centre_in(box: Box, container: Box | None) -> bool:
    if container is None:
        return True
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return container[0] <= x < container[2] and container[1] <= y < container[3]


def _touches(box: Box, container: Box | None) -> bool:
    return container is None or float(covered(box, np.array([container], np.float64))[0]) > 0


def pd_at_pfa(scores: ContainerScores, rows_RN: Values, threshold_R: Values) -> Values:
    """The share (R,) of containers with an object whose score is above the row's threshold."""
    return _share_above(scores, rows_RN, scores.with_K, threshold_R)


def pfa_above(scores: ContainerScores, rows_RN: Values, threshold_R: Values) -> Values:
    """The share (R,) of clean containers whose score is above the row's threshold."""
    return _share_above(scores, rows_RN, scores.clean_K, threshold_R)


def pfa_thresholds(scores: ContainerScores, rows_RN: Values, pfa: float) -> Values:
    """Thresholds (R,) above which at most this share of the clean containers lies."""
    clean = np.flatnonzero(scores.clean_K)
    order = clean[np.argsort(-scores.score_K[clean], kind="stable")]
    scans_C = scores.scan_K[order]
    return thresholds(rows_RN, scans_C, scores.score_K[order], pfa * rows_RN[:, scans_C].sum(axis=1))


def area_under_curve(scores: ContainerScores, rows_RN: Values) -> Values:
    """The chance (R,) that a container with an object scores above a clean one; equal scores count half (Hanley and McNeil 1982)."""
    with_W, clean_C = scores.score_K[scores.with_K], scores.score_K[scores.clean_K]
    order = np.argsort(clean_C)
    weights_RC = rows_RN[:, scores.scan_K[scores.clean_K][order]]
    below_RC = np.concatenate([np.zeros((rows_RN.shape[0], 1)), np.cumsum(weights_RC, axis=1)], axis=1)
    low = np.searchsorted(clean_C[order], with_W, side="left")
    high = np.searchsorted(clean_C[order], with_W, side="right")
    weights_RW = rows_RN[:, scores.scan_K[scores.with_K]]
    beaten_R = (weights_RW * (below_RC[:, low] + below_RC[:, high]) / 2).sum(axis=1)
    return divided(beaten_R, weights_RW.sum(axis=1) * below_RC[:, -1])


def number_of(scores: ContainerScores, rows_RN: Values, mask_K: Mask) -> int:
    """How many such containers the first row counts."""
    return round(float(rows_RN[0, scores.scan_K[mask_K]].sum()))


def _share_above(scores: ContainerScores, rows_RN: Values, mask_K: Mask, threshold_R: Values) -> Values:
    weights_RK = rows_RN[:, scores.scan_K[mask_K]]
    above_RK = scores.score_K[mask_K] > threshold_R[:, None]
    return divided((weights_RK * above_RK).sum(axis=1), weights_RK.sum(axis=1))
