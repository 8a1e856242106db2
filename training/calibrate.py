"""Scores to probabilities: Platt scaling per label, fitted on validation scans that the training never saw."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.optimize import minimize

from scantally.detector.models.boxes import iou
from scantally.detector.models.infer import Detector
from scantally.detector.models.ort import OrtEngine
from scantally.detector.models.package import Card, open_package
from scantally.detector.types import Document
from scantally.training.evaluate import FAINT, OBJECTS, judge_all, open_data
from scantally.training.metrics import Judged

MIN_OF_EACH = 15
"""Right and wrong detections that a label needs before a fit means something; below, its scores stay as they are."""

MATCH_IOU = 0.5
OBJECT_MATCH_IOU = 0.3

Values = NDArray[np.float64]


class Fit(Document):
    """What was fitted for one label, and how far off its probabilities are before and after, on the same data."""

    a: float
    b: float
    right: int
    wrong: int
    ece_before: float
    ece_after: float


def calibrate_package(model: Path, data: Path, say: Callable[[str], None]) -> dict[str, Fit]:
    """Fit every label that ``data`` shows often enough.

    Raises:
        InputError: the package or the data cannot be used.
    """
    package = open_package(model)
    detector = Detector(engine=OrtEngine(package.model, str(model)), card=_raw(package.card))
    judged, _ = judge_all(detector, open_data(data), say)
    fits: dict[str, Fit] = {}
    for label in package.card.labels:
        scores, right = outcomes(judged, label.name, OBJECT_MATCH_IOU if label.name in OBJECTS else MATCH_IOU)
        if min(int(right.sum()), int((1 - right).sum())) >= MIN_OF_EACH:
            fits[label.name] = fit_platt(scores, right)
    return fits


def fit_platt(scores: Values, right: Values) -> Fit:
    """Maximum likelihood of p = sigmoid(a logit(s) + b) with Platt's smoothed targets (Platt 1999, section 2.2)."""
    s = np.clip(scores, 1e-7, 1 - 1e-7)
    x = np.log(s / (1 - s))
    n1, n0 = right.sum(), (1 - right).sum()
    target = np.where(right > 0.5, (n1 + 1) / (n1 + 2), 1 / (n0 + 2))

    def loss(p: Values) -> float:
        z = p[0] * x + p[1]
        return float(np.sum(np.logaddexp(0, z) - target * z))

    a, b = minimize(loss, np.array([1.0, 0.0]), method="BFGS").x
    after = 1 / (1 + np.exp(-(a * x + b)))
    return Fit(
        a=round(float(a), 4),
        b=round(float(b), 4),
        right=int(n1),
        wrong=int(n0),
        ece_before=round(calibration_error(scores, right), 4),
        ece_after=round(calibration_error(after, right), 4),
    )


def calibration_error(probabilities: Values, right: Values, bins: int = 10) -> float:
    """Expected calibration error over equally wide bins (Guo et al. 2017, equation 3)."""
    which = np.minimum((probabilities * bins).astype(int), bins - 1)
    total = 0.0
    for k in range(bins):
        inside = which == k
        if inside.any():
            total += float(inside.mean()) * abs(float(probabilities[inside].mean()) - float(right[inside].mean()))
    return total


def outcomes(judged: Sequence[Judged], label: str, limit: float) -> tuple[Values, Values]:
    """Score of every detection of a label, and 1 where it is the first to match a labelled thing, else 0."""
    scores: list[float] = []
    right: list[float] = []
    for item in judged:
        free = [x.box for x in item.scan.labels if x.label == label]
        for box, score, name, _ in item.found.rows():
            if name != label:
                continue
            overlaps = iou(box, np.array(free, np.float64).reshape(-1, 4))
            best = int(overlaps.argmax()) if overlaps.size else -1
            hit = best >= 0 and float(overlaps[best]) >= limit
            if hit:
                free.pop(best)
            scores.append(score)
            right.append(float(hit))
    return np.array(scores), np.array(right)


def notes_text(fits: dict[str, Fit]) -> str:
    """The part of a card's notes that calibration fills, as YAML: the fits that made the probabilities truer."""
    better = {name: [fit.a, fit.b] for name, fit in fits.items() if fit.ece_after < fit.ece_before}
    document = {"calibration": better}
    return yaml.safe_dump(document, sort_keys=False)


def _raw(card: Card) -> Card:
    """The card with the network's own scores, down to the faintest."""
    raw = {"a": 1.0, "b": 0.0, "threshold": FAINT}
    return card.model_copy(update={"labels": tuple(x.model_copy(update=raw) for x in card.labels)})
