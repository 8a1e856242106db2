"""Whether predicted sizes hold: blocks around them are put into other scans, and where half are found is compared with the prediction."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from scantally.datasets.halves import Half
from scantally.detector.errors import InputError
from scantally.detector.maps.limits import THREATS, read_limits
from scantally.detector.models.package import open_package
from scantally.detector.types import Document
from scantally.training.inspectability.run import Wanted, gather
from scantally.training.inspectability.trials import Trial

LOADS_MM = ((0.0, 20.0), (20.0, 50.0), (50.0, 100.0), (100.0, 200.0), (200.0, 300.0), (20.0, 300.0))
"""Steel equivalent of what stands at a block's place: bare walls, then light to heavy loads, and all loads together."""

FEWEST = 30
"""Trials from which on a crossing is stated."""

FARTHEST = 20.0
"""A crossing farther off than this, or its inverse, lies far beyond the edges that were tried, and is none."""

DRAWS = 200
"""Resamples of scans, for the interval."""


class Crossing(Document):
    """Where half of the blocks are found, for one kind in loads of one thickness."""

    data: str
    kind: Literal["real", "simulated"]
    threat: str
    load_mm: tuple[float, float]
    trials: int
    found: int
    ratio: float | None
    """Edge at which half are found over the predicted edge; None with too few trials, or where size decides nothing."""
    interval: tuple[float, float] | None
    """Of 90 %, by resampling scans."""


class Proof(Document):
    """All crossings."""

    package: str
    package_sha256: str
    crossings: tuple[Crossing, ...]


def prove(model: Path, folders: Sequence[Path], half: Half | None, say: Callable[[str], None]) -> Proof:
    """Put blocks around the predicted sizes into scans of each folder.

    Raises:
        InputError: the package states no sizes, or the scans cannot be used.
    """
    package = open_package(model)
    limits = read_limits(package.path)
    if limits is None:
        raise InputError(
            str(model), "expected a package that states what can be seen (scantally inspectability --learn)"
        )
    crossings: list[Crossing] = []
    for folder in folders:
        trials, _ = gather(package.path, Wanted(learn=(folder,), half=half), say, limits)
        crossings += crossings_of(trials, folder.resolve().name)
    return Proof(package=package.title, package_sha256=package.sha256, crossings=tuple(crossings))


def crossings_of(trials: Sequence[Trial], data: str) -> list[Crossing]:
    """A crossing for each kind of block and each thickness of load."""
    found = []
    for threat in THREATS:
        for low, high in LOADS_MM:
            some = [t for t in trials if t.threat == threat and low <= t.steel_mm < high and t.predicted_mm is not None]
            ratio, interval = _crossed(some) if len(some) >= FEWEST else (None, None)
            found.append(
                Crossing(
                    data=data,
                    kind="real" if trials and trials[0].kind == "real" else "simulated",
                    threat=threat,
                    load_mm=(low, high),
                    trials=len(some),
                    found=sum(t.found for t in some),
                    ratio=ratio,
                    interval=interval,
                )
            )
    return found


def _crossed(trials: Sequence[Trial]) -> tuple[float | None, tuple[float, float] | None]:
    logs_N = np.array([np.log(t.edge_mm / (t.predicted_mm or t.edge_mm)) for t in trials])
    found_N = np.array([t.found for t in trials], np.float64)
    ratio = half_found(logs_N, found_N)
    if ratio is None:
        return None, None
    scans = sorted({t.scan for t in trials})
    rows = {name: np.flatnonzero([t.scan == name for t in trials]) for name in scans}
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(DRAWS):
        at_N = np.concatenate([rows[scans[k]] for k in rng.integers(len(scans), size=len(scans))])
        again = half_found(logs_N[at_N], found_N[at_N])
        if again is not None:
            drawn.append(again)
    low, high = np.quantile(drawn, (0.05, 0.95)) if drawn else (ratio, ratio)
    return round(ratio, 3), (round(float(low), 3), round(float(high), 3))


def half_found(logs_N: NDArray[np.float64], found_N: NDArray[np.float64]) -> float | None:
    """Edge over the predicted one at which a logistic curve over the logarithm (N,) of that ratio crosses one half.

    None where more size does not mean more found, where all or none were, or where it lies beyond ``FARTHEST``.

    A weak pull of the slope towards 2 keeps trials that size parts without an overlap finite.
    """

    if found_N.min(initial=1.0) == found_N.max(initial=0.0):
        return None

    def loss(at: NDArray[np.float64]) -> float:
        odds_N = at[0] + at[1] * logs_N
        return float(np.logaddexp(0.0, odds_N).sum() - found_N @ odds_N + 0.05 * (at[1] - 2.0) ** 2)

    start, slope = minimize(loss, np.array([0.0, 2.0]), method="BFGS").x
    if slope <= 0.2:
        return None
    ratio = float(np.exp(-start / slope))
    return ratio if 1.0 / FARTHEST <= ratio <= FARTHEST else None


def proof_text(found: Proof) -> str:
    """A line for each crossing."""
    rows = [f"{found.package}: edge at which half of the blocks are found, over the predicted one"]
    for one in found.crossings:
        where = f"{one.data} ({one.kind}), {one.threat}, {one.load_mm[0]:.0f} to {one.load_mm[1]:.0f} mm of steel"
        said = "too few trials, or size decides nothing" if one.ratio is None else f"{one.ratio:.2f}"
        if one.interval is not None:
            said += f" [{one.interval[0]:.2f}, {one.interval[1]:.2f}]"
        rows.append(f"{where}: {said}; {one.found} of {one.trials} found")
    return "\n".join(rows) + "\n"
