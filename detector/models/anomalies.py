"""Anomalies of a scan: the head's answers for the cells of each detail view, as maps and as regions in pixels of the scan."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from scantally.detector.imaging.scales import View
from scantally.detector.models.anomaly_file import AnomalyModel
from scantally.detector.models.anomaly_head import described, judged, smoothed, statistics
from scantally.detector.models.boxes import iou
from scantally.detector.types import Anomaly, AnomalyMap, BoolArray, Box, FloatArray

RIM = 0.035
"""Cells nearer to a container's edge than this share of its height (some 10 cm) are not judged: corner castings, posts, open beam."""

REPORTED_RATE = 1.0
"""Regions are passed on of which a clean scan shows at most so many; settings say from which a check speaks."""

FALL = 1.0
"""A region ends where the log odds have fallen so far below its strangest cell."""

SAME = 0.3
"""Regions of two views (or of two tiles) that overlap so much are one."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Field:
    """The network's map of one view."""

    features_CHW: FloatArray
    view: View

    @property
    def cell(self) -> int:
        """Pixels of the view that a cell covers along each side."""
        return int(self.view.picture_HW3.shape[0] // self.features_CHW.shape[1])

    @property
    def box(self) -> Box:
        """What the cells cover, padding and all, in pixels of the scan."""
        high, wide = (n * self.cell for n in self.features_CHW.shape[1:])
        view = self.view
        return (view.x0, view.y0, view.x0 + wide / view.scale_x, view.y0 + high / view.scale_y)

    @property
    def statistics_HW9(self) -> FloatArray:
        """What the picture shows in each cell."""
        return statistics(self.view.picture_HW3, *self.features_CHW.shape[1:])


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """A region in pixels of the scan with the log odds of its strangest cell."""

    box: Box
    level: float


def find_anomalies(
    fields: Sequence[Field], containers: Sequence[Box], model: AnomalyModel
) -> tuple[tuple[AnomalyMap, ...], tuple[Anomaly, ...]]:
    """Maps of all views, and regions of all of them, strangest first.

    Args:
        fields: of the detail views.
        containers: boxes in pixels of the scan; without any, everything that the views show counts as inside.
        model: the head and what is known of its false alarms.
    """
    maps: list[AnomalyMap] = []
    regions: list[Region] = []
    least = model.facts.level(REPORTED_RATE)
    for field in fields:
        levels_HW = level_map(field, containers, model)
        # Below the least level nothing is known but that it is usual.
        score = np.where(levels_HW >= least, np.exp(-model.facts.rate(np.maximum(levels_HW, -1e3))), 0.0)
        maps.append(AnomalyMap(score_hw=score.astype(np.float32), box=field.box, level_hw=levels_HW))
        regions += regions_of(levels_HW, field.box, least)
    found = []
    for region in without_doubles(regions):
        rate = float(model.facts.rate(np.array(region.level)))
        found.append(Anomaly(box=region.box, rate=rate, score=float(np.exp(-rate))))
    return tuple(maps), tuple(found)


def level_map(field: Field, containers: Sequence[Box], model: AnomalyModel) -> FloatArray:
    """Log odds of each cell, (h, w) float32, minus infinity outside of containers."""
    inside_HW = inside(field, containers)
    inputs = described(field.features_CHW, field.statistics_HW9, inside_HW, model.head)
    return smoothed(judged(inputs, model.head), inside_HW)


def inside(field: Field, containers: Sequence[Box]) -> BoolArray:
    """Which cells have their middle within a container, without its rim, (h, w)."""
    x0, y0, x1, y1 = field.box
    rows, columns = field.features_CHW.shape[1:]
    x_W = x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns
    y_H = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
    view = field.view
    shown: Box = (x0, y0, x0 + view.width / view.scale_x, y0 + view.height / view.scale_y)
    found_HW = np.zeros((rows, columns), np.bool_)
    for box in containers or (shown,):
        rim = RIM * (box[3] - box[1])
        along_W = (x_W > box[0] + rim) & (x_W < box[2] - rim)
        found_HW |= along_W[None, :] & ((y_H > box[1] + rim) & (y_H < box[3] - rim))[:, None]
    return found_HW


def regions_of(levels_HW: FloatArray, box: Box, least: float) -> list[Region]:
    """Connected regions that reach ``least`` somewhere, each around its strangest cell, in pixels of the scan."""
    count, labels_HW = cv2.connectedComponents((levels_HW >= least).astype(np.uint8), connectivity=8)
    found = []
    for number in range(1, count):
        own_HW = labels_HW == number
        level = float(levels_HW[own_HW].max())
        core_HW = own_HW & (levels_HW >= level - FALL)
        found.append(Region(box=_bounds(_around_peak(core_HW, levels_HW), box), level=level))
    return sorted(found, key=lambda region: (-region.level, region.box))


def _around_peak(core_HW: BoolArray, levels_HW: FloatArray) -> BoolArray:
    """The part of a region that hangs together with its strangest cell."""
    _, parts_HW = cv2.connectedComponents(core_HW.astype(np.uint8), connectivity=8)
    peak = np.unravel_index(int(np.where(core_HW, levels_HW, -np.inf).argmax()), core_HW.shape)
    return np.asarray(parts_HW == parts_HW[peak], np.bool_)


def _bounds(cells_HW: BoolArray, box: Box) -> Box:
    rows, columns = (np.flatnonzero(cells_HW.any(axis=k)) for k in (1, 0))
    high, wide = cells_HW.shape
    step_x, step_y = (box[2] - box[0]) / wide, (box[3] - box[1]) / high
    return (
        box[0] + float(columns[0]) * step_x,
        box[1] + float(rows[0]) * step_y,
        box[0] + float(columns[-1] + 1) * step_x,
        box[1] + float(rows[-1] + 1) * step_y,
    )


def without_doubles(regions: Sequence[Region]) -> list[Region]:
    """The regions without those that overlap a stranger one of another view."""
    kept: list[Region] = []
    for region in sorted(regions, key=lambda r: (-r.level, r.box)):
        others: NDArray[np.float64] = np.array([r.box for r in kept], np.float64).reshape(-1, 4)
        if not kept or float(iou(region.box, others).max()) < SAME:
            kept.append(region)
    return kept
