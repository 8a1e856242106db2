"""Which label was found where which is true, what was missed, and what was found where nothing is."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scantally.datasets.labelled import Label
from scantally.detector.models.boxes import iou
from scantally.detector.types import Box, Document, Group
from scantally.training.metrics import Judged

MISSED = "missed"
BACKGROUND = "nothing there"


class Confusion(Document):
    """Counts: a row for each true label and one for nothing, a column for each found label and one for missed."""

    kind: Group
    iou: float
    true: tuple[str, ...]
    found: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


def confuse(judged: Sequence[Judged], kind: Group, sure: dict[str, float], limit: float) -> Confusion | None:
    """Lay the detections of the labels of ``sure``, each from its probability on, over the things of these labels.

    The surest detection takes the thing that it overlaps most, whatever the labels, from an IoU of ``limit`` on. A further detection on
    a thing that is taken, or on an ignored one, counts for nothing. Things of that kind that the package does not know have their
    rows too, where the dataset names their kind. None where there is neither thing nor detection.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for item in judged:
        found = [(box, name) for box, score, name, _ in item.found.rows() if name in sure and score >= sure[name]]
        true, others = (
            [x for x in things if x.label in sure or x.group is kind]
            for things in (item.scan.labels, item.scan.ignored)
        )
        counts.update(_pairs(found, true, others, limit))
    if not counts:
        return None
    unknown = sorted({t for t, _ in counts} - {*sure, BACKGROUND})
    rows = [*(name for name in sure if any(t == name for t, _ in counts)), *unknown, BACKGROUND]
    columns = [name for name in sure if any(f == name for _, f in counts)] + [MISSED]
    table = tuple(tuple(counts[t, f] for f in columns) for t in rows)
    return Confusion(kind=kind, iou=limit, true=tuple(rows), found=tuple(columns), counts=table)


def _pairs(
    found: Sequence[tuple[Box, str]], true: Sequence[Label], ignored: Sequence[Label], limit: float
) -> list[tuple[str, str]]:
    """(true, found) of one scan; detections come surest first."""
    pairs: list[tuple[str, str]] = []
    free = np.ones(len(true), np.bool_)
    boxes_T4, boxes_I4 = (_boxes([x.box for x in things]) for things in (true, ignored))
    for box, name in found:
        overlap_T = iou(box, boxes_T4)
        open_T = np.where(free, overlap_T, -1.0)
        best = int(open_T.argmax()) if open_T.size else -1
        if best >= 0 and open_T[best] >= limit:
            free[best] = False
            pairs.append((true[best].label, name))
        elif not ((overlap_T >= limit).any() or (iou(box, boxes_I4) >= limit).any()):
            pairs.append((BACKGROUND, name))
    return pairs + [(x.label, MISSED) for x, left in zip(true, free, strict=True) if left]


def _boxes(boxes: Sequence[Box]) -> NDArray[np.float64]:
    return np.array(boxes, np.float64).reshape(-1, 4)
