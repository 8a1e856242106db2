"""Figures at an operating point: how many objects are found, at how many false alarms."""

from collections.abc import Sequence

import numpy as np

from scantally.detector.models.boxes import iou
from scantally.detector.types import Box
from scantally.training.metrics import Judged

HIT_IOU = 0.3
"""An officer is led to the place by a box that overlaps the object this far; boxes of small things are no better defined."""


def detection_rate(judged: Sequence[Judged], label: str, threshold: float) -> float:
    """Probability of detection: share of labelled objects that a box of their label at or above the threshold hits."""
    hits = [
        any(_hits(true.box, box) for box in _boxes(item, label, threshold))
        for item in judged
        for true in item.scan.labels
        if true.label == label
    ]
    return float(np.mean(hits)) if hits else float("nan")


def false_alarms(judged: Sequence[Judged], label: str, threshold: float) -> float:
    """Boxes of a label at or above the threshold that hit no object of that label, labelled or ignored, per scan."""
    if not judged:
        return float("nan")
    count = 0
    for item in judged:
        true = [x.box for x in (*item.scan.labels, *item.scan.ignored) if x.label == label]
        count += sum(not any(_hits(t, box) for t in true) for box in _boxes(item, label, threshold))
    return count / len(judged)


def _boxes(item: Judged, label: str, threshold: float) -> list[Box]:
    return [box for box, score, name, _ in item.found.rows() if name == label and score >= threshold]


def _hits(true: Box, box: Box) -> bool:
    return float(iou(true, np.array([box], np.float64))[0]) >= HIT_IOU
