"""The receiver operating characteristic of values that should be higher for untrue papers (Fawcett 2006), with weights."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scantally.training.evaluation.plots import UNIT_TICKS, Axis, Line, curve_plot

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

_STYLE = "text{font:12px sans-serif}.frame{fill:#fff;stroke:#8a929b}.grid{stroke:#e3e7eb}.mark-line{stroke:#545b63;stroke-dasharray:2 4}"


def area(value_N: Values, untrue_N: Flags, weight_N: Values) -> float:
    """The chance that an untrue one has the higher value than a true one, half of it where they are equal (Hanley and McNeil 1982); nan
    where one kind is missing. Values, whether each is untrue, and weights: (N,) each."""
    true, untrue = _by_rank(value_N, untrue_N, weight_N)
    whole = true.sum() * untrue.sum()
    below = np.cumsum(true) - true
    return float((untrue * (below + true / 2)).sum() / whole) if whole else float("nan")


def points(value_N: Values, untrue_N: Flags, weight_N: Values) -> list[tuple[float, float]]:
    """(share of the true, share of the untrue) at or above each value, from (0, 0) to (1, 1)."""
    true, untrue = _by_rank(value_N, untrue_N, weight_N)
    if not true.sum() or not untrue.sum():
        return []
    alarmed = np.cumsum(true[::-1]) / true.sum()
    found = np.cumsum(untrue[::-1]) / untrue.sum()
    return [(0.0, 0.0), *((float(x), float(y)) for x, y in zip(alarmed, found, strict=True))]


def plot(curves: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> str:
    """A picture of its own (SVG) of curves with their names, with the diagonal of mere chance."""
    drawn = [
        Line(name=name, points=tuple((x, y, None, None) for x, y in curve), style=k + 1, bold=k == 0)
        for k, (name, curve) in enumerate(curves)
    ]
    chance = Line(name="chance", points=((0.0, 0.0, None, None), (1.0, 1.0, None, None)), style=5)
    x = Axis(low=0.0, high=1.0, words="share of true papers at or above", ticks=UNIT_TICKS)
    y = Axis(low=0.0, high=1.0, words="share of untrue papers at or above", ticks=UNIT_TICKS)
    picture = str(curve_plot([*drawn, chance], x, y, names=True))
    head, rest = picture.split(">", 1)
    return f'{head} xmlns="http://www.w3.org/2000/svg"><style>{_STYLE}</style>{rest}\n'


def _by_rank(value_N: Values, untrue_N: Flags, weight_N: Values) -> tuple[Values, Values]:
    """Weights of the true and of the untrue by their values' rank."""
    _, rank_N = np.unique(value_N, return_inverse=True)
    ranks = int(rank_N.max()) + 1 if rank_N.size else 0
    true = np.bincount(rank_N[~untrue_N], weight_N[~untrue_N], ranks)
    untrue = np.bincount(rank_N[untrue_N], weight_N[untrue_N], ranks)
    return true.astype(np.float64), untrue.astype(np.float64)
