"""Thresholds from a stated target: a miss rate held by conformal risk control, or false alarms per scan.

Angelopoulos, Bates, Fisch, Lei, Schuster (2022), "Conformal risk control": of losses that do not fall as the threshold rises and
lie in [0, 1], the largest threshold with  n/(n+1) R(threshold) + 1/(n+1) <= alpha  has an expected loss of at most alpha on the next
exchangeable unit. The unit is the group (a truck, its near-duplicates), not the box: boxes of one load are not exchangeable with
those of another. The loss of a group is the share of its labelled things of one label that are missed.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scantally.detector.models.boxes import iou
from scantally.detector.types import Box
from scantally.training.calibration.fit import Values
from scantally.training.metrics import Judged

Losses = Sequence[Sequence[float]]
"""By group, the best score of a box that hits each labelled thing; 0 where none does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """A threshold in the network's own scores, or None and why no threshold meets the target.

    ``above`` says that the score itself is one too many: the threshold lies just above it.
    """

    score: float | None
    above: bool = False
    why: str
    units: int  # groups with the label, or scans


def hold_miss_rate(best: Losses, alpha: float) -> Chosen:
    """The largest score from which on the expected share of a new group's things that are missed is at most ``alpha``.

    Args:
        best: see ``Losses``; groups without the label are no part of it.
        alpha: in (0, 1).
    """
    n = len(best)
    needed = math.ceil(1 / alpha) - 1
    if n < needed or 1 / (n + 1) > alpha:
        return Chosen(score=None, why=f"{n} groups with this label: at least {needed} are needed for it", units=n)
    scores, risks = _risks(best)
    held = scores[n / (n + 1) * risks + 1 / (n + 1) <= alpha]
    if held.size:
        return Chosen(score=float(held[-1]), why="held by conformal risk control", units=n)
    worst = risks[0] if risks.size else 1.0
    why = f"{worst:.3f} of them are missed even at the faintest score of {n} groups: the detector does not see them"
    return Chosen(score=None, why=why, units=n)


def _risks(best: Losses) -> tuple[Values, Values]:
    """Every score that could be a threshold, rising, and what is ``missed`` at it."""
    all_scores = np.array([s for group in best for s in group])
    weights = np.array([1 / len(group) / len(best) for group in best for _ in group])
    order = np.argsort(all_scores, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(weights[order])])
    scores = np.unique(all_scores[all_scores > 0])
    return scores, before[np.searchsorted(all_scores[order], scores, side="left")]


def missed(best: Losses, score: float) -> float:
    """The mean over groups of the share of their things that have no box from this score on; nan without groups."""
    return float(np.mean([np.mean([s < score for s in group]) for group in best])) if best else float("nan")


def hold_false_alarms(wrong: Losses, most: float) -> Chosen:
    """The smallest score from which on the mean number of false alarms in a scan is at most ``most``: as measured, no guarantee.

    Args:
        wrong: by scan, the scores of boxes that hit nothing.
        most: mean false alarms of this label in a scan.
    """
    n = len(wrong)
    if not n or 0 < n * most < 1:
        needed = math.ceil(min(1 / most, 1e12)) if most else 1
        return Chosen(score=None, why=f"{n} scans: at least {needed} are needed to tell it", units=n)
    scores = np.sort([s for scan in wrong for s in scan])[::-1]
    allowed = math.floor(min(n * most, 1e12) + 1e-9)
    if scores.size <= allowed:
        return Chosen(score=0.0, why="met at the faintest score", units=n)
    return Chosen(score=float(scores[allowed]), above=True, why="as measured", units=n)


def best_scores(judged: Sequence[Judged], label: str, limit: float) -> list[list[float]]:
    """By group that shows the label, the score of the surest box on each labelled thing; 0 where none overlaps it by ``limit``."""
    groups: dict[str, list[float]] = defaultdict(list)
    for item in judged:
        boxes_N4, scores_N = _found(item, label)
        for true in (x.box for x in item.scan.labels if x.label == label):
            hit = scores_N[iou(true, boxes_N4) >= limit]
            groups[item.scan.group].append(float(hit.max(initial=0.0)))
    return [groups[name] for name in sorted(groups)]


def false_scores(judged: Sequence[Judged], label: str, limit: float) -> list[list[float]]:
    """By scan, the scores of boxes that overlap no thing of their label, labelled or ignored, by ``limit``."""
    return [_false(item, label, limit) for item in judged]


def _false(item: Judged, label: str, limit: float) -> list[float]:
    boxes_N4, scores_N = _found(item, label)
    true: list[Box] = [x.box for x in (*item.scan.labels, *item.scan.ignored) if x.label == label]
    if not true or not scores_N.size:
        return [float(s) for s in scores_N]
    hit_N = np.stack([iou(t, boxes_N4) >= limit for t in true]).any(axis=0)
    return [float(s) for s in scores_N[~hit_N]]


def _found(item: Judged, label: str) -> tuple[np.ndarray, np.ndarray]:
    """Boxes (N, 4) and scores (N,) of one label in a scan."""
    rows = [(box, score) for box, score, name, _ in item.found.rows() if name == label]
    return np.array([r[0] for r in rows], np.float64).reshape(-1, 4), np.array([r[1] for r in rows], np.float64)
