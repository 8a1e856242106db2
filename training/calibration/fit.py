"""Scores to probabilities: Platt scaling per label, kept where it makes probabilities truer on scans that it was not fitted on.

A label's fit leans on that of its whole group (partial pooling: Gelman et al. 2013, *Bayesian Data Analysis*, chapter 5), so that a
label with few detections gets its group's curve and one with many its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from scantally.detector.models.boxes import iou
from scantally.detector.models.package import LabelCard
from scantally.detector.types import Box, Document, Group
from scantally.training.evaluation.operating import HIT_IOU
from scantally.training.metrics import Judged

MIN_OF_EACH = 15
"""Right and wrong detections that a label, or the group it leans on, needs before a fit means something."""

SPREAD = (0.2, 0.6)
"""How far slope and shift of a label are expected to lie from its group's: standard deviations of the prior. Of 0.1, 0.2, 0.3 and 0.6 with
three times as much, it had the smallest log loss on scans that were not fitted on (``cargo/0.3.1`` on the benchmark's validation)."""

MATCH_IOU = 0.5
"""Overlap from which a box of a container or load is right; for an object of interest it is ``HIT_IOU``."""

FEW = "few detections: its group's curve, which is truer on scans not fitted on"

FOLDS = 5
"""Parts of the groups: each is judged by a fit on the others."""

Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcomes:
    """N detections of one label: their scores, 1 where right and 0 where wrong, and the group of each one's scan."""

    scores_N: Values
    right_N: Values
    groups_N: NDArray[np.str_]

    def count(self) -> tuple[int, int]:
        """How many are right, and how many wrong."""
        return int(self.right_N.sum()), int((1 - self.right_N).sum())

    def where(self, keep_N: NDArray[np.bool_]) -> "Outcomes":
        """Some of the detections."""
        return Outcomes(scores_N=self.scores_N[keep_N], right_N=self.right_N[keep_N], groups_N=self.groups_N[keep_N])

    @classmethod
    def together(cls, parts: Sequence["Outcomes"]) -> "Outcomes":
        """The detections of several labels."""
        return cls(
            scores_N=np.concatenate([x.scores_N for x in parts]),
            right_N=np.concatenate([x.right_N for x in parts]),
            groups_N=np.concatenate([x.groups_N for x in parts]),
        )


class Fit(Document):
    """What was fitted for one label. ECE and log loss are of scans that the fit did not see (grouped folds); for a label with few
    detections, over those of its whole group."""

    a: float
    b: float
    adopted: bool
    why: str
    right: int
    wrong: int
    ece_before: float | None = None
    ece_after: float | None = None
    log_loss_before: float | None = None
    log_loss_after: float | None = None


def match_iou(group: Group) -> float:
    """The overlap from which a box of this group is right."""
    return HIT_IOU if group is Group.OBJECT else MATCH_IOU


def fit_label(found: Outcomes, label: LabelCard, group: Outcomes | None = None) -> Fit:
    """Fit one label, and say whether the fit helps on scans that it was not fitted on.

    Args:
        found: detections with the network's own scores.
        label: what the card says now: the calibration that is kept unless the new one is better.
        group: detections of all labels of its group, these among them; None lets the label stand for itself.
    """
    right, wrong = found.count()
    kept = {"a": label.a, "b": label.b, "adopted": False, "right": right, "wrong": wrong}
    problem = _too_few(found, group)
    if problem:
        return Fit.model_validate(kept | {"why": problem})
    a, b = platt(found.scores_N, found.right_N, None if group is None else platt(group.scores_N, group.right_N))
    few = group is not None and min(right, wrong) < MIN_OF_EACH
    measured = _measured(group, label) if few and group is not None else _measured(found, label, group)
    problem = _problem(a, measured)
    if problem:
        return Fit.model_validate(kept | measured | {"why": problem})
    return Fit.model_validate(
        kept | measured | {"a": a, "b": b, "adopted": True, "why": FEW if few else "truer on scans not fitted on"}
    )


def _measured(found: Outcomes, label: LabelCard, group: Outcomes | None = None) -> dict[str, float]:
    """How true these detections' probabilities are by the card as it is, and by fits on other scans."""
    before = sigmoid(label.a * logit(found.scores_N) + label.b)
    after = out_of_fold(found, group)
    measured = {
        "ece_before": calibration_error(before, found.right_N),
        "ece_after": calibration_error(after, found.right_N),
        "log_loss_before": log_loss(before, found.right_N),
        "log_loss_after": log_loss(after, found.right_N),
    }
    return {name: round(value, 5) for name, value in measured.items()}


def _too_few(found: Outcomes, group: Outcomes | None) -> str | None:
    """Why nothing can be fitted; None where it can."""
    right, wrong = found.count()
    # Data that never shows a label says nothing of how sure its detections may be.
    if not right or min((found if group is None else group).count()) < MIN_OF_EACH:
        return f"{right} right and {wrong} wrong detections: at least {MIN_OF_EACH} of each are needed"
    if np.unique((found if group is None else group).groups_N).size < 2:
        return "all detections are of one group: at least two are needed"
    return None


def _problem(a: float, measured: dict[str, float]) -> str | None:
    """Why a fit is not adopted; None where it is."""
    if a <= 0:
        return "higher scores were not more often right"
    if measured["log_loss_after"] >= measured["log_loss_before"]:
        return "the log loss did not fall on scans not fitted on"
    if measured["ece_after"] > measured["ece_before"]:
        return "the calibration error rose on scans not fitted on"
    return None


def platt(scores_N: Values, right_N: Values, near: tuple[float, float] | None = None) -> tuple[float, float]:
    """a and b of p = sigmoid(a logit(s) + b): maximum likelihood with Platt's smoothed targets (Platt 1999, section 2.2).

    With ``near``, the maximum of the posterior under independent normal priors around these a and b (``SPREAD``), and the plain
    targets: smoothing is what the prior does.
    """
    x = logit(scores_N)
    n1, n0 = right_N.sum(), (1 - right_N).sum()
    target = np.where(right_N > 0.5, (n1 + 1) / (n1 + 2), 1 / (n0 + 2)) if near is None else right_N
    centre = np.array([1.0, 0.0] if near is None else near)
    weight = np.zeros(2) if near is None else np.array(SPREAD) ** -2.0

    def loss(p: Values) -> float:
        z = p[0] * x + p[1]
        return float(np.sum(np.logaddexp(0, z) - target * z) + 0.5 * np.sum(weight * (p - centre) ** 2))

    def slope(p: Values) -> Values:
        rest = sigmoid(p[0] * x + p[1]) - target
        steep: Values = np.array([float(rest @ x), float(rest.sum())]) + weight * (p - centre)
        return steep

    a, b = minimize(loss, centre, jac=slope, method="BFGS").x
    return round(float(a), 4), round(float(b), 4)


def out_of_fold(found: Outcomes, group: Outcomes | None = None) -> Values:
    """The probability of each detection by a fit on the other parts of the groups of scans, (N,)."""
    names = np.unique((found if group is None else group).groups_N)
    fold_of = np.random.default_rng(0).permutation(names.size) % min(FOLDS, names.size)
    probability_N = np.empty_like(found.scores_N)
    for fold in range(int(fold_of.max()) + 1):
        held = names[fold_of == fold]
        test = np.isin(found.groups_N, held)
        rest, others = found.where(~test), None if group is None else group.where(~np.isin(group.groups_N, held))
        near = None if others is None else platt(others.scores_N, others.right_N)
        a, b = platt(rest.scores_N, rest.right_N, near)
        probability_N[test] = sigmoid(a * logit(found.scores_N[test]) + b)
    return probability_N


def calibration_error(probabilities: Values, right: Values, bins: int = 10) -> float:
    """Expected calibration error over equally wide bins (Guo et al. 2017, equation 3)."""
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    total = 0.0
    for k in range(bins):
        inside = which == k
        if inside.any():
            total += float(inside.mean()) * abs(float(probabilities[inside].mean()) - float(right[inside].mean()))
    return total


def log_loss(probabilities: Values, right: Values) -> float:
    """Mean negative log likelihood of what came true, in nats."""
    p = np.clip(probabilities, 1e-7, 1 - 1e-7)
    return float(-np.mean(right * np.log(p) + (1 - right) * np.log1p(-p)))


def outcomes(judged: Sequence[Judged], label: str, limit: float) -> Outcomes:
    """Every detection of a label: right where it is the first to match a labelled thing; left out where it lies on an ignored one."""
    rows: list[tuple[float, float, str]] = []
    for item in judged:
        free = [x.box for x in item.scan.labels if x.label == label]
        ignored = [x.box for x in item.scan.ignored if x.label == label]
        for box, score, name, _ in item.found.rows():
            if name != label:
                continue
            best = _best(box, free, limit)
            if best is not None:
                free.pop(best)
            elif _best(box, ignored, limit) is not None:
                continue
            rows.append((score, float(best is not None), item.scan.group))
    return Outcomes(
        scores_N=np.array([r[0] for r in rows], np.float64),
        right_N=np.array([r[1] for r in rows], np.float64),
        groups_N=np.array([r[2] for r in rows], np.str_),
    )


def _best(box: Box, things: Sequence[Box], limit: float) -> int | None:
    """Index of the thing that a box overlaps most, from ``limit`` on."""
    if not things:
        return None
    overlaps = iou(box, np.array(things, np.float64))
    best = int(overlaps.argmax())
    return best if float(overlaps[best]) >= limit else None


def logit(score_N: Values) -> Values:
    """log(s / (1 - s)), clipped where inference clips it."""
    s = np.clip(score_N, 1e-7, 1 - 1e-7)
    value: Values = np.log(s / (1 - s))
    return value


def sigmoid(z_N: Values) -> Values:
    """1 / (1 + exp(-z))."""
    value: Values = 1 / (1 + np.exp(-np.clip(z_N, -60, 60)))
    return value
