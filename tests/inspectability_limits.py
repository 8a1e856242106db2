"""Networks whose answer is known by hand, scans that are even or made of blocks, and sizes that were never measured."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from scantally.detector.maps.limits import INPUTS, Limit, Limits
from scantally.detector.types import BoolArray, Box, FloatArray, Inspectability, Provenance, Scan

DENSITIES = {"steel": 7.85, "brick": 1.2}
BOUNDS_MM = {"steel": (20.0, 300.0), "brick": (40.0, 800.0)}

SMALL = 2.0**-10
"""What the one hidden value is scaled by: tanh is straight there, to a millionth."""

PITCH_MM = 15.0
"""Of the scans made here: two pixels a cell and eight a place."""


def straight(threat: str = "steel", shift: float = 0.0, weights: Mapping[str, float] | None = None) -> Limit:
    """A network whose log odds are the weighted sum of the inputs named, plus ``shift``."""
    low, high = BOUNDS_MM[threat]
    sums = weights or {}
    return Limit(
        density_g_cm3=DENSITIES[threat],
        smallest_mm=low,
        largest_mm=high,
        trials=400,
        found=200,
        mean_I=(0.0,) * len(INPUTS),
        deviation_I=(1.0,) * len(INPUTS),
        first_IM=tuple((sums.get(name, 0.0) * SMALL,) for name in INPUTS),
        first_M=(shift * SMALL,),
        last_M=(1.0 / SMALL,),
        last=0.0,
    )


def from_edge(edge_mm: float, threat: str = "steel") -> Limit:
    """Blocks of this edge and more are found, wherever they lie."""
    return straight(threat, -float(np.log(edge_mm)), {"edge": 1.0})


def from_step(step: float, threat: str = "steel") -> Limit:
    """Blocks that darken by this and more, in -ln T, are found."""
    return straight(threat, -float(np.log(step)), {"step": 1.0})


def limits(steel: Limit | None = None, brick: Limit | None = None, **changes: Any) -> Limits:  # noqa: ANN401
    """A whole file; what is given replaces some. Steel is found from 10 cm on, bricks from 20 cm, at the shipped thresholds."""
    known: dict[str, Any] = {
        "fitted_on": "12 simulated scans of here, with blocks put into them",
        "anomaly_rate": 0.2,
        "unsure": 0.25,
        "threats": {"steel": steel or from_edge(100.0), "brick": brick or from_edge(200.0, "brick")},
    }
    return Limits(**(known | changes))


def scan_of(t_HW: FloatArray, **changes: Any) -> Scan:  # noqa: ANN401
    """A scan of one band; of a known pitch and a fine file unless told."""
    known: dict[str, Any] = {
        "transmission_BHW": np.asarray(t_HW, np.float32)[None],
        "valid_HW": np.ones(np.shape(t_HW), np.bool_),
        "floor": 1e-5,
        "pitch_mm": PITCH_MM,
        "energies_mv": None,
        "calibrated": False,
        "provenance": Provenance(source="a.tif", sha256="12" * 32, format="tiff"),
    }
    return Scan(**(known | changes))


def even(transmission: float, height: int = 184, width: int = 400) -> FloatArray:
    """A picture of one grey."""
    return np.full((height, width), transmission, np.float32)


def whole(scan: Scan) -> Box:
    """The box that covers all of a scan."""
    return (0.0, 0.0, float(scan.width), float(scan.height))


def cells(rows: int, columns: int, *parts: tuple[slice, slice]) -> BoolArray:
    """Cells of which these parts are so."""
    made = np.zeros((rows, columns), np.bool_)
    for part in parts:
        made[part] = True
    return made


ROWS, COLUMNS = 20, 50
PLACES: Box = (100.0, 50.0, 1100.0, 450.0)  # 20 x 20 pixels a cell


def sizes(**changes: Any) -> Inspectability:  # noqa: ANN401
    """1,000 cells, all inside, 800 of them loaded, where steel of 4 cm and bricks of 12 cm show; what is given replaces some."""
    known: dict[str, Any] = {
        "steel_cm_hw": np.full((ROWS, COLUMNS), 4.0, np.float32),
        "brick_cm_hw": np.full((ROWS, COLUMNS), 12.0, np.float32),
        "inside_hw": np.ones((ROWS, COLUMNS), np.bool_),
        "load_hw": cells(ROWS, COLUMNS, (slice(None), slice(0, 40))),
        "blind_hw": cells(ROWS, COLUMNS),
        "stopped_hw": cells(ROWS, COLUMNS),
        "box": PLACES,
        "scaled": True,
    }
    return Inspectability(**(known | changes))
