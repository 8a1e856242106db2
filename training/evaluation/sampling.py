"""Figures as rows of numbers: the scans as they are, then each bootstrap draw, so that figures can be subtracted draw by draw.

Draws depend on the groups alone. Two packages judged on the same scans are therefore drawn alike, and the difference of two figures,
row by row, is the paired bootstrap of the difference (Efron and Tibshirani 1993, chapter 10).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scantally.detector.types import Document
from scantally.training.evaluation.bootstrap import draws

Values = NDArray[np.float64]

LEAST_GROUPS = 6
"""With fewer, not even all of them on one side of a difference is significant at 5 % (sign test: 2 / 2^5 = 0.06), and draws say too little."""

TOO_FEW = f"no interval: rests on fewer than {LEAST_GROUPS} groups"
TOO_RARE = "in most draws there is nothing that the figure could rest on: no interval"


class Value(Document):
    """A figure with its 95 % interval as it is written down. What is None is not known, and ``reason`` says why."""

    value: float | None
    low: float | None = None
    high: float | None = None
    count: int = 0
    counted: str = "scans"
    groups: int = 0
    reason: str | None = None

    def __str__(self) -> str:
        if self.value is None:
            return f"not measured: {self.reason}"
        within = "" if self.low is None else f" [{self.low:.3f}, {self.high:.3f}]"
        return f"{self.value:.3f}{within} (n={self.count} {self.counted})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampled:
    """A figure of R rows of weights, nan where it rests on nothing; it rests on ``count`` things in so many groups of scans."""

    values_R: Values
    count: int
    counted: str
    groups: int
    reason: str | None = None

    @classmethod
    def missing(cls, reason: str, count: int = 0, counted: str = "scans") -> "Sampled":
        """A figure that was not measured, and why."""
        return cls(values_R=np.full(1, np.nan), count=count, counted=counted, groups=0, reason=reason)

    def value(self) -> Value:
        """With five digits, and its 2.5th and 97.5th percentile."""
        whole = float(self.values_R[0])
        if np.isnan(whole):
            why = self.reason or f"there are no {self.counted}"
            return Value(value=None, count=self.count, counted=self.counted, reason=why)
        low, high, reason = interval(self.values_R, self.groups)
        return Value(
            value=_rounded(whole),
            low=low,
            high=high,
            count=self.count,
            counted=self.counted,
            groups=self.groups,
            reason=reason or self.reason,
        )


def weight_rows(groups: Sequence[str]) -> Values:
    """Weights (R, N): ones, then a row for each draw of whole groups; the ones alone where fewer than two groups could be drawn."""
    ones = np.ones((1, len(groups)))
    return ones if len(set(groups)) < 2 else np.concatenate([ones, draws(groups)])


def ratios(rows_RN: Values, part_N: Sequence[float] | Values, whole_N: Sequence[float] | Values) -> Values:
    """The sum of ``part_N`` over that of ``whole_N``, each given by scan, for each row of weights: (R,), nan over nothing."""
    return divided(rows_RN @ np.asarray(part_N, np.float64), rows_RN @ np.asarray(whole_N, np.float64))


def divided(part_R: Values, whole_R: Values) -> Values:
    """(R,) quotients, nan where the divisor is 0."""
    quotient: Values = np.divide(part_R, whole_R, out=np.full(part_R.shape, np.nan), where=whole_R > 0)
    return quotient


def interval(values_R: Values, groups: int) -> tuple[float | None, float | None, str | None]:
    """The 2.5th and 97.5th percentile of all rows but the first, or why there are none; ``groups`` is what the figure rests on."""
    drawn = values_R[1:]
    known = drawn[~np.isnan(drawn)]
    if groups < LEAST_GROUPS or not drawn.size:
        return None, None, TOO_FEW
    if 2 * known.size < drawn.size:
        return None, None, TOO_RARE
    low, high = np.percentile(known, [2.5, 97.5])
    return _rounded(float(low)), _rounded(float(high)), None


def _rounded(value: float) -> float:
    return round(value, 5)
