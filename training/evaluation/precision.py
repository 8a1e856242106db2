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
from scantally.training.evaluation.bootstrap import Figure, Measure, Weights, with_interval
from scantally.training.metrics import Judged

Values = NDArray[np.float64]

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


def precision_rows(judged: Sequence[Judged], label: str, met: "Matches", rows_RN: Values) -> dict[str, Values]:
    """mAP50 and mAP50-95 of one label for each row of weights, (R,) each; the first row, of ones and zeros, by faster-coco-eval."""
    at_50, at_all = met.precisions(rows_RN, slice(0, 1)), met.precisions(rows_RN, slice(None))
    meant = [item for item, weight in zip(judged, rows_RN[0], strict=True) if weight > 0]
    at_50[0], at_all[0] = average_precision(meant, label)
    return {"mAP50": at_50, "mAP50-95": at_all}


@dataclass(frozen=True, kw_only=True, slots=True)
class Matches:
    """D detections of one label in N scans, surest first, and at each of T thresholds what became of them."""

    scan_D: NDArray[np.int64]
    right_TD: NDArray[np.bool_]
    wrong_TD: NDArray[np.bool_]  # neither: it lies on what is ignored
    things_N: NDArray[np.float64]

    def precision(self, thresholds: slice) -> Measure:
        """The mean average precision over these thresholds."""

        def measure(weights: Weights) -> float:
            return float(self.precisions(weights[None], thresholds)[0])

        return measure

    def precisions(self, rows_RN: Values, thresholds: slice) -> Values:
        """The mean average precision over these thresholds for each row of weights, (R,); nan where nothing is labelled."""
        things_R = rows_RN @ self.things_N
        rows = slice(None) if things_R.all() else things_R > 0
        mean_R = np.full(things_R.shape, np.nan)
        pairs = list(zip(self.right_TD[thresholds], self.wrong_TD[thresholds], strict=True))
        areas = [_areas(rows_RN[rows], self.scan_D, right_D, wrong_D, things_R[rows]) for right_D, wrong_D in pairs]
        mean_R[rows] = np.mean(areas, axis=0)
        return mean_R


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


def _areas(
    rows_RN: Values, scan_D: NDArray[np.int64], right_D: NDArray[np.bool_], wrong_D: NDArray[np.bool_], things_R: Values
) -> Values:
    """For each row of weights, the mean of precision at COCO's recalls, made to fall with recall, 0 beyond what is reached: (R,).

    Between two right detections precision only falls, so it is looked at where each of the K right ones is: what counts of the
    wrong ones is in which scans they are, and how many right ones come first.
    """
    scans, right_K = rows_RN.shape[1], np.flatnonzero(right_D)
    if not right_K.size:
        return np.zeros(rows_RN.shape[0])
    wrong = np.flatnonzero(wrong_D)
    place = np.searchsorted(right_K, wrong)
    within = place < right_K.size
    cells = scan_D[wrong[within]] * right_K.size + place[within]
    wrong_NK = np.bincount(cells, minlength=scans * right_K.size).reshape(scans, right_K.size)
    right_RK = np.cumsum(rows_RN[:, scan_D[right_K]], axis=1)
    all_RK = right_RK + np.cumsum(rows_RN @ wrong_NK, axis=1)
    precision_RK = np.divide(right_RK, all_RK, out=np.zeros_like(all_RK), where=all_RK > 0)
    precision_RK = np.maximum.accumulate(precision_RK[:, ::-1], axis=1)[:, ::-1]
    reached_RK = np.searchsorted(RECALLS, right_RK / things_R[:, None], side="right")
    steps_RK = np.diff(reached_RK, axis=1, prepend=0)
    area_R: Values = (precision_RK * steps_RK).sum(axis=1) / RECALLS.size
    return area_R


def _annotation(image: int, box: Box, crowd: int) -> dict[str, object]:
    corner = _xywh(box)
    return {"image_id": image, "category_id": 1, "bbox": corner, "area": corner[2] * corner[3], "iscrowd": crowd}


def _xywh(box: Box) -> list[float]:
    return [box[0], box[1], box[2] - box[0], box[3] - box[1]]
