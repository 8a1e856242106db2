"""Figures at an operating point: how many objects are found, at how many false alarms."""

from collections.abc import Sequence

import numpy as np

from scantally.detector.models.boxes import iou
from scantally.detector.types import Box
from scantally.training.metrics import Judged

HIT_IOU = 0.3
"""An officer is led to the place by a box that overlaps the object this far; boxes of small things are no better defined."""


def detected(judged: Sequence[Judged], label: str, threshold: float) -> tuple[list[float], list[float]]:
    """By scan, how many labelled objects a box of their label at or above the threshold hits, and how many there are."""
    found, there = [], []
    for item in judged:
        boxes = _boxes(item, label, threshold)
        true = [x.box for x in item.scan.labels if x.label == label]
        found.append(float(sum(any(hits(t, box) for box in boxes) for t in true)))
        there.append(float(len(true)))
    return found, there


def false_alarms(judged: Sequence[Judged], label: str, threshold: float) -> list[float]:
    """By scan, the boxes of a label at or above the threshold that hit no object of that label, labelled or ignored."""
    counts = []
    for item in judged:
        true = [x.box for x in (*item.scan.labels, *item.scan.ignored) if x.label == label]
        counts.append(float(sum(not any(hits(t, box) for t in true) for box in _boxes(item, label, threshold))))
    return counts


def _boxes(item: Judged, label: str, threshold: float) -> list[Box]:
    return [box for box, score, name, _ in item.found.rows() if name == label and score >= threshold]


def hits(true: Box, box: Box) -> bool:
    """Whether a box leads an officer to the object."""
    return float(iou(true, np.array([box], np.float64))[0]) >= HIT_IOU
