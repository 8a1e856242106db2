"""Names of all figures: their tables, rows and columns, and which of them decide."""

from collections.abc import Mapping
from typing import NamedTuple

from scantally.training.evaluation.evidence import ALL_OBJECTS
from scantally.training.evaluation.sampling import Sampled

RATES = (0.1, 0.5)
"""False positives per scan at which Pd is read."""

PFA = {0.01: 100, 0.004: 1000}
"""Shares of clean containers that may be opened for nothing, and how many clean ones it takes to speak of each."""

OBJECTS, OPERATING, CONTAINERS, PRECISION, LOADS, CALIBRATION, SPEED = (
    "objects",
    "operating point",
    "containers",
    "precision",
    "loads",
    "calibration",
    "speed",
)
BY_SCANNER, BY_TRUTH = "by scanner", "by inspectability"
ALL_LABELS, ALL_LOADS, ALL_CONTAINERS = "all labels", "all loads", "all containers"
ECE, FAINT_ECE = "ECE of what is passed on", "ECE of all detections"
REACHED = "false positives per scan reached"


class Key(NamedTuple):
    """Which figure: its table, row and column."""

    table: str
    row: str
    figure: str


Operating = Mapping[Key, float]
"""Thresholds that were chosen on other scans, by the figure that is read at each; empty: chosen on the same scans."""

Figures = dict[Key, Sampled]


def rate_figure(rate: float) -> str:
    """Name of the figure."""
    return f"Pd at {rate:g} false positives per scan"


def pfa_figure(pfa: float) -> str:
    """Name of the figure."""
    return f"Pd at Pfa {100 * pfa:g} %"


def lower_is_better(figure: str) -> bool:
    """Which way a figure of this name is better."""
    return figure.startswith(("ECE", "false positives", "seconds"))


HEADLINE = (
    *(Key(OBJECTS, ALL_OBJECTS, rate_figure(rate)) for rate in RATES),
    Key(OPERATING, ALL_OBJECTS, "Pd, passed on"),
    Key(OPERATING, ALL_OBJECTS, "false positives per scan, passed on"),
    *(Key(CONTAINERS, ALL_OBJECTS, pfa_figure(pfa)) for pfa in PFA),
    Key(LOADS, ALL_CONTAINERS, "empty or loaded"),
    Key(LOADS, ALL_LOADS, "load type top-1"),
    Key(PRECISION, "container", "mAP50-95"),
    Key(PRECISION, f"mean of {ALL_LOADS}", "mAP50"),
    Key(PRECISION, f"mean of {ALL_OBJECTS}", "mAP50"),
    Key(CALIBRATION, ALL_LABELS, ECE),
    Key(CALIBRATION, ALL_OBJECTS, ECE),
    Key(SPEED, "reading and searching", "seconds per scan"),
)
"""What one looks at first; all others say where it comes from."""
