"""Average precision of one label: by faster-coco-eval, and again from the same matches for weighted scans."""

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from faster_coco_eval import COCO, COCOeval_faster
from numpy.typing import NDArray

from scantally.datasets.labelled import Label
from scantally.detector.types import Box
from scantally.training.bootstrap import Figure, Measure, Weights, with_interval
from scantally.training.metrics import Judged

THRESHOLDS = np.linspace(0.5, 0.95, 10)
RECALLS = np.linspace(0.0, 1.0, 101)
MOST = 100
"""COCO's: IoU thresholds, recalls at which precision is read, and detections of one label in one picture."""


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


def precision_figures(judged: Sequence[Judged], label: str) -> tuple[Figure, Figure]:
    """COCO AP at IoU 0.50, and averaged over 0.50 to 0.95, of one label, with their intervals over groups."""
    groups, met = [item.scan.group for item in judged], matches(judged, label)
    count = int(met.things_N.sum())
    at_50, at_all = average_precision(judged, label)
    return (
        with_interval(groups, met.precision(slice(0, 1)), count, value=at_50),
        with_interval(groups, met.precision(slice(None)), count, value=at_all),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Matches:
    """D detections of one label in N scans, surest first, and at each of T thresholds what became of them."""

    scan_D: NDArray[np.int64]
    right_TD: NDArray[np.bool_]
    wrong_TD: NDArray[np.bool_]  # neither: it lies on what is ignored
    things_N: NDArray[np.float64]

    def precision(self, thresholds: slice) -> Measure:
        """The mean average precision over these thresholds."""
        right_TD, wrong_TD = self.right_TD[thresholds], self.wrong_TD[thresholds]

        def measure(weights: Weights) -> float:
            things = float(weights @ self.things_N)
            if things <= 0:
                return float("nan")
            weights_D = weights[self.scan_D]
            return float(
                np.mean([_area(weights_D * r, weights_D * w, things) for r, w in zip(right_TD, wrong_TD, strict=True)])
            )

        return measure


def matches(judged: Sequence[Judged], label: str) -> Matches:
    """Match detections to things as COCO does: surest first, each to the free thing that it overlaps most."""
    scores: list[float] = []
    scans: list[int] = []
    right: list[NDArray[np.bool_]] = [np.zeros((THRESHOLDS.size, 0), np.bool_)]
    wrong: list[NDArray[np.bool_]] = [np.zeros((THRESHOLDS.size, 0), np.bool_)]
    for number, item in enumerate(judged):
        rows = sorted(((score, box) for box, score, name, _ in item.found.rows() if name == label), key=lambda r: -r[0])
        rows = rows[:MOST]
        true = [x for x in item.scan.labels if x.label == label]
        overlaps_DG = _overlaps([box for _, box in rows], true, [x for x in item.scan.ignored if x.label == label])
        outcomes = [_assign(overlaps_DG, len(true), float(t)) for t in THRESHOLDS]
        scores += [score for score, _ in rows]
        scans += [number] * len(rows)
        right.append(np.stack([r for r, _ in outcomes]))
        wrong.append(np.stack([w for _, w in outcomes]))
    order = np.argsort(-np.array(scores), kind="stable")
    return Matches(
        scan_D=np.array(scans, np.int64)[order],
        right_TD=np.concatenate(right, axis=1)[:, order],
        wrong_TD=np.concatenate(wrong, axis=1)[:, order],
        things_N=np.array([sum(x.label == label for x in item.scan.labels) for item in judged], np.float64),
    )


def _overlaps(found: Sequence[Box], true: Sequence[Label], ignored: Sequence[Label]) -> NDArray[np.float64]:
    """IoU (D, G) with things; with what is ignored, the share of the detection that lies on it."""
    boxes_G = np.array([x.box for x in (*true, *ignored)], np.float64).reshape(-1, 4)
    boxes_D = np.array(found, np.float64).reshape(-1, 4)
    low = np.maximum(boxes_D[:, None, :2], boxes_G[None, :, :2])
    high = np.minimum(boxes_D[:, None, 2:], boxes_G[None, :, 2:])
    common_DG = np.clip(high - low, 0.0, None).prod(axis=2)
    area_D, area_G = ((b[:, 2:] - b[:, :2]).prod(axis=1) for b in (boxes_D, boxes_G))
    union_DG = area_D[:, None] + area_G - common_DG
    union_DG[:, len(true) :] = area_D[:, None]
    overlap_DG: NDArray[np.float64] = np.divide(common_DG, union_DG, out=np.zeros_like(common_DG), where=union_DG > 0)
    return overlap_DG


def _assign(
    overlaps_DG: NDArray[np.float64], true: int, threshold: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which detections are right, and which wrong; a thing is hit once, what is ignored as often as may be."""
    free_G = np.ones(overlaps_DG.shape[1], np.bool_)
    right_D, wrong_D = np.zeros((2, overlaps_DG.shape[0]), np.bool_)
    for d, overlap_G in enumerate(overlaps_DG):
        reached_G = (overlap_G >= min(threshold, 1 - 1e-10)) & free_G
        if reached_G[:true].any():
            # Of equal overlaps COCO takes the last.
            best = true - 1 - int(np.argmax(np.where(reached_G[:true], overlap_G[:true], -1.0)[::-1]))
            free_G[best], right_D[d] = False, True
        else:
            wrong_D[d] = not reached_G[true:].any()
    return right_D, wrong_D


def _area(right_D: NDArray[np.float64], wrong_D: NDArray[np.float64], things: float) -> float:
    """The mean of precision at COCO's recalls, made to fall with recall, 0 beyond what is reached."""
    counted = right_D + wrong_D > 0
    right_D, wrong_D = np.cumsum(right_D[counted]), np.cumsum(wrong_D[counted])
    if not right_D.size:
        return 0.0
    precision_D = np.maximum.accumulate((right_D / (right_D + wrong_D))[::-1])[::-1]
    at = np.searchsorted(right_D / things, RECALLS, side="left")
    return float(np.where(at < precision_D.size, precision_D[np.minimum(at, precision_D.size - 1)], 0.0).mean())


def _annotation(image: int, box: Box, crowd: int) -> dict[str, object]:
    corner = _xywh(box)
    return {"image_id": image, "category_id": 1, "bbox": corner, "area": corner[2] * corner[3], "iscrowd": crowd}


def _xywh(box: Box) -> list[float]:
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]
