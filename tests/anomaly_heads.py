"""Heads and views that are made by hand: what is strange is what the test draws."""

from typing import Any

import numpy as np

from scantally.detector.imaging.scales import View
from scantally.detector.models.anomalies import Field
from scantally.detector.models.anomaly_file import AnomalyModel, Facts
from scantally.detector.models.anomaly_head import DISTANCES, Head, inputs_of
from scantally.detector.types import FloatArray

CELL = 16
"""Pixels of a view that a cell of these fields covers."""


def facts(**changes: Any) -> Facts:  # noqa: ANN401
    """At level 0 a clean scan shows one region, and at each level more a tenth of that."""
    known: dict[str, Any] = {
        "fitted_on": "nothing",
        "counted_on": "30 clean scans of nowhere",
        "clean_scans": 30,
        "levels": (0.0, 4.0),
        "rates": (1.0, 1e-4),
    }
    return Facts(**(known | changes))


def zero_head(channels: int = 1, axes: int = 1, hidden: int = 1, layers: int = 0, **changes: Any) -> Head:  # noqa: ANN401
    """A head of zeros that takes cells as they are; what is given replaces some of it."""
    known: dict[str, Any] = {
        "mean_C": np.zeros(channels, np.float32),
        "deviation_C": np.ones(channels, np.float32),
        "axes_CK": np.eye(channels, axes, dtype=np.float32),
        "first_IM": np.zeros((inputs_of(channels, axes), hidden), np.float32),
        "first_M": np.zeros(hidden, np.float32),
        "middle_L33MM": np.zeros((layers, 3, 3, hidden, hidden), np.float32),
        "middle_LM": np.zeros((layers, hidden), np.float32),
        "last_M": np.ones(hidden, np.float32),
        "last": 0.0,
        "straight_D": np.zeros(DISTANCES, np.float32),
    }
    return Head(**(known | changes))


def passes_on(channels: int = 1) -> FloatArray:
    """First weights of a head with one axis that hand on the channels of the map, and nothing else that describes a cell."""
    return np.eye(inputs_of(channels, 1), channels, dtype=np.float32)


def plain_head(shift: float = 0.0) -> Head:
    """Its answer for a cell is the value of the one channel there, where that is more than 0, plus ``shift``."""
    middle = np.zeros((1, 3, 3, 1, 1), np.float32)
    middle[0, 1, 1] = 1.0
    return zero_head(layers=1, first_IM=passes_on(), middle_L33MM=middle, last=shift)


def plain_model(shift: float = 0.0, **known: Any) -> AnomalyModel:  # noqa: ANN401
    return AnomalyModel(head=plain_head(shift), facts=facts(**known))


def random_head(channels: int, seed: int = 0, axes: int = 8, hidden: int = 6) -> Head:
    """A head that judges cells somehow, and always alike."""
    rng = np.random.default_rng(seed)

    def some(*shape: int) -> FloatArray:
        return (rng.normal(size=shape) / np.sqrt(shape[0])).astype(np.float32)

    return zero_head(
        channels,
        axes,
        hidden,
        axes_CK=some(channels, axes),
        first_IM=some(inputs_of(channels, axes), hidden),
        first_M=some(hidden),
        middle_L33MM=(rng.normal(size=(2, 3, 3, hidden, hidden)) / 7.0).astype(np.float32),
        middle_LM=some(2, hidden),
        last_M=some(hidden),
        straight_D=some(DISTANCES) / np.float32(9.0),
    )


def field_of(strange_HW: FloatArray, x0: float = 0.0, y0: float = 0.0, scale: float = 1.0, padded: int = 0) -> Field:
    """A view whose one channel is what is given; so many pixels at the right and below show no scan."""
    rows, columns = strange_HW.shape
    view = View(
        picture_HW3=np.zeros((rows * CELL, columns * CELL, 3), np.uint8),
        x0=x0,
        y0=y0,
        scale_x=scale,
        scale_y=scale,
        width=columns * CELL - padded,
        height=rows * CELL - padded,
    )
    return Field(features_CHW=np.asarray(strange_HW, np.float32)[None], view=view)
