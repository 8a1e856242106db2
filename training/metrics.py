"""Figures of merit over whole scans, with bootstrap intervals by group."""

import contextlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster

from scantally.datasets.labelled import LabelledScan
from scantally.detector.models.boxes import covered, iou
from scantally.detector.types import Box, Detections, Group

BOOTSTRAPS = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One scan with what was found in it."""

    scan: LabelledScan
    found: Detections


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}] (n={self.count})"


def average_precision(judged: Sequence[Judged], label: str) -> tuple[float, float]:
    """COCO AP at IoU 0.50, and averaged over 0.50 to 0.95, of one label; (nan, nan) where nothing is labelled so.

    What a scan ignores is a crowd to COCO: a box on it is neither right nor wrong.
    """
    images = [{"id": number, "width": 1, "height": 1} for number in range(1, len(judged) + 1)]
    annotations: list[dict[str, object]] = []
    results: list[dict[str, object]] = []
    for number, item in enumerate(judged, 1):
        for crowd, things in enumerate((item.scan.labels, item.scan.ignored)):
            annotations += [_annotation(number, true.box, crowd) for true in things if true.label == label]
        for box4, score, name, _ in item.found.rows():
            if name == label:
                results.append({"image_id": number, "category_id": 1, "bbox": _xywh(box4), "score": score})
    for k, annotation in enumerate(annotations, 1):
        annotation["id"] = k
    if all(annotation["iscrowd"] for annotation in annotations):
        return float("nan"), float("nan")
    if not results:
        return 0.0, 0.0
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO({"images": images, "annotations": annotations, "categories": [{"id": 1, "name": label}]})
        evaluation = COCOeval_faster(truth, truth.loadRes(results), "bbox")
        # The default sizes of COCO cap an area at 1e10 px; a container in a scan stays far below it.
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[1]), float(evaluation.stats[0])


def _annotation(image: int, box: Box, crowd: int) -> dict[str, object]:
    corner = _xywh(box)
    return {"image_id": image, "category_id": 1, "bbox": corner, "area": corner[2] * corner[3], "iscrowd": crowd}


def with_interval(
    judged: Sequence[Judged], figure: Callable[[Sequence[Judged]], float], count: int, seed: int = 0
) -> Figure:
    """The figure, and the 2.5th and 97.5th percentile of it over groups drawn with replacement."""
    groups: dict[str, list[Judged]] = {}
    for item in judged:
        groups.setdefault(item.scan.group, []).append(item)
    names = sorted(groups)
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(BOOTSTRAPS):
        drawn = [item for k in rng.integers(0, len(names), len(names)) for item in groups[names[k]]]
        value = figure(drawn)
        if not np.isnan(value):
            values.append(value)
    low, high = np.percentile(values, [2.5, 97.5]) if values else (float("nan"), float("nan"))
    return Figure(value=figure(judged), low=float(low), high=float(high), count=count)


def emptiness_outcomes(judged: Sequence[Judged]) -> list[bool]:
    """For each labelled container: was it found, and rightly told empty or loaded?"""
    return [
        said == any(_inside(x.box, true.box) and x.label == "empty" for x in item.scan.labels)
        for item in judged
        for true in item.scan.labels
        if true.label == "container"
        for said in [says_empty(item.found, true.box)]
    ]


def says_empty(found: Detections, container: Box) -> bool | None:
    """Whether the detections call the container at this place empty; None when they do not find it or say nothing of it."""
    rows = found.rows()
    boxes = np.array([r[0] for r in rows if r[2] == "container"], np.float64).reshape(-1, 4)
    if not boxes.size or float(iou(container, boxes).max()) < 0.5:
        return None
    inside = [r for r in rows if r[3] is Group.LOAD and _inside(r[0], container)]
    if not inside:
        return None
    return max(inside, key=lambda r: r[1])[2] == "empty"


def top_load(found: Detections, container: Box) -> str | None:
    """The load type (not ``empty``) that the detections are surest of in this container."""
    inside = [r for r in found.rows() if r[3] is Group.LOAD and r[2] != "empty" and _inside(r[0], container)]
    return max(inside, key=lambda r: r[1])[2] if inside else None


def _inside(box: Box, container: Box) -> bool:
    return float(covered(box, np.array([container], np.float64))[0]) > 0.5


def _xywh(box: Box) -> list[float]:
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]
