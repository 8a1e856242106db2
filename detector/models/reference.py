"""Reference statistics of a package: what scans and scores looked like when it was calibrated, so that drift can be told later.

They are histograms with their edges: whoever watches a site counts the same statistics of its scans into the same bins, and
compares the two distributions. Only numpy is needed.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field, model_validator

from scantally.detector.types import Document, FloatArray, Scan

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
"""Of a scan's transmission."""

PROBABILITY_EDGES = tuple(round(k / 20, 2) for k in range(21))
COUNT_EDGES = (-0.5, 0.5, 1.5, 2.5, 3.5, 5.5, 10.5)
"""Bins of probabilities, and of how many detections of one label a scan has: 0, 1, 2, 3, 4 or 5, 6 to 10; more is ``above``."""

TRANSMISSION_EDGES = tuple(round(k / 20, 2) for k in range(21))
NOISE_EDGES = (0.0, *(float(f"{x:.3g}") for x in np.geomspace(2e-4, 0.1, 19)))
PIXEL_EDGES = tuple(float(round(x)) for x in np.geomspace(100, 12_800, 22))
"""Bins of transmission quantiles, of noise, and of sides in pixels: three to a doubling."""


class Histogram(Document):
    """Counts between edges: bin k holds values from ``edges[k]`` up to, not including, ``edges[k + 1]``."""

    edges: tuple[float, ...] = Field(min_length=2)
    counts: tuple[int, ...]
    below: int = Field(default=0, ge=0)
    above: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _consistent(self) -> "Histogram":
        if not all(np.isfinite(self.edges)) or any(b <= a for a, b in zip(self.edges, self.edges[1:], strict=False)):
            raise ValueError("expected edges that rise")
        if len(self.counts) != len(self.edges) - 1 or min(self.counts) < 0:
            raise ValueError(f"expected {len(self.edges) - 1} counts of 0 or more")
        return self

    @classmethod
    def of(cls, values: Sequence[float], edges: Sequence[float]) -> "Histogram":
        """Count values into bins; the last edge itself belongs to the last bin."""
        counts, _ = np.histogram(np.asarray(values, np.float64), np.asarray(edges, np.float64))
        below = sum(v < edges[0] for v in values)
        above = sum(v > edges[-1] for v in values)
        return cls(edges=tuple(edges), counts=tuple(int(c) for c in counts), below=below, above=above)

    @property
    def total(self) -> int:
        """How many values were counted."""
        return sum(self.counts) + self.below + self.above


class LabelReference(Document):
    """What was reported of one label: probabilities from its threshold on, and how many a scan has."""

    probabilities: Histogram
    per_scan: Histogram


class Reference(Document):
    """``reference.json`` of a package."""

    schema_: Literal[1] = Field(default=1, alias="schema")
    data: str
    data_sha256: str
    kind: Literal["real", "simulated"]
    scans: int = Field(gt=0)
    image: dict[str, Histogram]
    """Over scans, by statistic (``image_statistics``)."""
    labels: dict[str, LabelReference]


def image_statistics(scan: Scan) -> dict[str, float]:
    """Statistics of one scan by name: quantiles of the transmission of its valid pixels, noise, and its sides in pixels."""
    band_HW = scan.primary_HW
    valid_N = band_HW[scan.valid_HW]
    quantiles = np.quantile(valid_N, QUANTILES) if valid_N.size else np.ones(len(QUANTILES))
    found = {f"transmission_q{round(100 * q):02d}": float(v) for q, v in zip(QUANTILES, quantiles, strict=True)}
    return found | {"noise": noise(band_HW), "width": float(band_HW.shape[1]), "height": float(band_HW.shape[0])}


def noise(transmission_HW: FloatArray) -> float:
    """Standard deviation of a pixel's noise in transmission (Immerkaer 1996): a Laplacian that flat and sloping parts cancel in.

    Edges add to it; it is for comparing scans, not for physics. 0 for a picture below 3 x 3 px.
    """
    if min(transmission_HW.shape) < 3:
        return 0.0
    t = transmission_HW
    rows = t[:, :-2] - 2 * t[:, 1:-1] + t[:, 2:]
    answer = rows[:-2] - 2 * rows[1:-1] + rows[2:]
    return float(np.sqrt(np.pi / 2) / 6 * np.abs(answer).mean())


def edges_of(statistic: str) -> tuple[float, ...]:
    """The bins of an image statistic."""
    if statistic.startswith("transmission"):
        return TRANSMISSION_EDGES
    return NOISE_EDGES if statistic == "noise" else PIXEL_EDGES
