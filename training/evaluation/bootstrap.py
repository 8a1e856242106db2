"""Bootstrap intervals over groups: scans are weighted by how often their group was drawn, and figures are worked out from the weights.

Finding which box hits which thing does not depend on the draw, so it is done once; a draw only counts it up again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scantally.detector.types import Document

BOOTSTRAPS = 500

Weights = NDArray[np.float64]
"""(N,): how often each of the N scans counts. Whole numbers, all 1 for the scans as they are."""

Measure = Callable[[Weights], float]
"""A figure of the scans so weighted; nan where it rests on nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        return f"{self.value:.4f} [{self.low:.4f}, {self.high:.4f}] (n={self.count})"


class Interval(Document):
    """A figure as it is written down; None where it rests on nothing."""

    value: float | None
    low: float | None
    high: float | None
    count: int

    @classmethod
    def of(cls, figure: Figure) -> "Interval":
        """With five digits."""
        values = [None if np.isnan(v) else round(float(v), 5) for v in (figure.value, figure.low, figure.high)]
        return cls(value=values[0], low=values[1], high=values[2], count=figure.count)

    def __str__(self) -> str:
        value = "-" if self.value is None else f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"
        return f"{value} (n={self.count})"


def with_interval(
    groups: Sequence[str], measure: Measure, count: int, *, value: float | None = None, seed: int = 0
) -> Figure:
    """The figure of N scans, and its 2.5th and 97.5th percentile over groups drawn with replacement.

    ``groups`` names the group of each scan; ``count`` is how many labelled things the figure rests on; ``value`` is the figure itself
    where a library gives it.
    """
    values = np.array([measure(weights) for weights in draws(groups, seed)])
    values = values[~np.isnan(values)]
    low, high = np.percentile(values, [2.5, 97.5]) if values.size else (float("nan"), float("nan"))
    whole = measure(np.ones(len(groups))) if value is None else value
    return Figure(value=whole, low=float(low), high=float(high), count=count)


def draws(groups: Sequence[str], seed: int = 0) -> NDArray[np.float64]:
    """Weights (BOOTSTRAPS, N): each row draws as many groups as there are, with replacement."""
    names, of_scan = np.unique(np.array(groups, dtype=np.str_), return_inverse=True)
    if not names.size:
        return np.ones((BOOTSTRAPS, 0))
    rng = np.random.default_rng(seed)
    counts = [np.bincount(rng.integers(0, names.size, names.size), minlength=names.size) for _ in range(BOOTSTRAPS)]
    return np.stack(counts)[:, of_scan].astype(np.float64)


def ratio(part: Sequence[float], whole: Sequence[float]) -> Measure:
    """The sum of ``part`` over the sum of ``whole``, each given by scan."""
    part_N, whole_N = np.asarray(part, np.float64), np.asarray(whole, np.float64)

    def measure(weights: Weights) -> float:
        total = float(weights @ whole_N)
        return float(weights @ part_N) / total if total > 0 else float("nan")

    return measure


def share(outcomes: Sequence[Sequence[bool]]) -> Measure:
    """The share of outcomes that are true, given by scan."""
    return ratio([sum(x) for x in outcomes], [len(x) for x in outcomes])
