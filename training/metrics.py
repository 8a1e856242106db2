"""What was found in whole scans, and whether containers and loads were told right."""

from dataclasses import dataclass

import numpy as np

from scantally.datasets.labelled import LabelledScan
from scantally.detector.models.boxes import covered, iou
from scantally.detector.types import Box, Detections, Group, LoadBlock


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """One scan with what was found in it."""

    scan: LabelledScan
    found: Detections
    blocks: tuple[LoadBlock, ...] | None = None
    """Of loads, with every load label's probability; None where only detections were asked for."""


def emptiness_outcomes(item: Judged) -> list[bool]:
    """For each labelled container: was it found, and rightly told empty or loaded?"""
    return [
        says_empty(item.found, true.box)
        == any(inside(x.box, true.box) and x.label == "empty" for x in item.scan.labels)
        for true in item.scan.labels
        if true.label == "container"
    ]


def load_outcomes(item: Judged) -> list[bool]:
    """For each load block that is no empty container: is the surest load type found at its place the labelled one?"""
    return [
        top_load(item.found, true.box) == true.label
        for true in item.scan.labels
        if true.label not in ("container", "empty")
    ]


def load_types(item: Judged, loads: frozenset[str]) -> list[tuple[str, bool]]:
    """For each labelled block of one of these loads, but no empty container: its label, and whether the surest load type found
    at its place is the labelled one."""
    blocks = [x for x in item.scan.labels if x.label in loads and x.label != "empty"]
    return [(x.label, top_load(item.found, x.box) == x.label) for x in blocks]


def says_empty(found: Detections, container: Box) -> bool | None:
    """Whether the detections call the container at this place empty; None when they do not find it or say nothing of it."""
    rows = found.rows()
    boxes = np.array([r[0] for r in rows if r[2] == "container"], np.float64).reshape(-1, 4)
    if not boxes.size or float(iou(container, boxes).max()) < 0.5:
        return None
    loads = load_rows(found, container)
    return max(loads, key=lambda x: x[1])[0] == "empty" if loads else None


def load_rows(found: Detections, container: Box) -> list[tuple[str, float]]:
    """The load labels, ``empty`` among them, that the detections give to this container, with their scores."""
    return [(r[2], r[1]) for r in found.rows() if r[3] is Group.LOAD and inside(r[0], container)]


def top_load(found: Detections, container: Box) -> str | None:
    """The load type (not ``empty``) that the detections are surest of in this container."""
    surest = surest_load(found, container)
    return None if surest is None else surest[0]


def surest_load(found: Detections, container: Box) -> tuple[str, float] | None:
    """The load type (not ``empty``) that the detections are surest of in this container, and how sure."""
    rows = [row for row in load_rows(found, container) if row[0] != "empty"]
    return max(rows, key=lambda x: x[1], default=None)


def inside(box: Box, container: Box) -> bool:
    """Whether more than half of a box lies in the container's."""
    return float(covered(box, np.array([container], np.float64))[0]) > 0.5
