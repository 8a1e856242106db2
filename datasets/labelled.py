"""A scan with its truth: what every dataset, real or simulated, is turned into before training or evaluation."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scantally.detector.formats import read_scan
from scantally.detector.imaging.encode import working_band
from scantally.detector.models.boxes import iou
from scantally.detector.types import Box, FloatArray, Group


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """One labelled thing, in pixels of the scan. What the dataset does not tell of it is None."""

    label: str
    box: Box
    sure: bool = True
    group: Group | None = None
    size_cm: float | None = None  # the longer side of its box
    contrast: float | None = None  # mean contrast in -ln T per standard deviation of one pixel's noise
    depth_g_cm2: float | None = None  # areal density of the load at its place


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelledScan:
    """A scan whose picture is read when it is needed.

    ``group`` names what must not be divided between training and test: scans of one group show the same truck or load.
    """

    name: str
    group: str
    scanner: str
    labels: tuple[Label, ...]
    ignored: tuple[Label, ...] = ()  # there, but not to be seen: neither hits nor false alarms
    pitch_mm: float | None = None  # along y; x is not always to scale
    path: Path | None = None
    open: Callable[[], FloatArray]
    """Reads the scan: (H, W) float32 transmission of the working band, as inference sees it."""


def containers_of(scan: LabelledScan) -> list[tuple[Box, bool]]:
    """Boxes of the scan's labelled containers, and whether each is labelled empty."""
    vacant = np.array([x.box for x in scan.labels if x.label == "empty"], np.float64).reshape(-1, 4)
    return [(x.box, bool((iou(x.box, vacant) > 0.7).any())) for x in scan.labels if x.label == "container"]


def open_transmission(path: Path) -> FloatArray:
    """Read a scan's file as inference does; (H, W) float32."""
    return working_band(read_scan(path))
