"""How many regions a head finds in clean scans: what turns its answers into rates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import InputError
from scantally.detector.formats import read_scan
from scantally.detector.imaging.encode import working_band
from scantally.detector.models.anomalies import REPORTED_RATE, Field, level_map, regions_of, without_doubles
from scantally.detector.models.anomaly_file import AnomalyModel, Facts
from scantally.detector.models.anomaly_head import Head
from scantally.detector.models.infer import Detector
from scantally.detector.types import Box, FloatArray, Group
from scantally.training.calibration.observe import kind_of

LEVELS = 40
"""Levels that the table of rates has at most."""

FEWEST = 20
"""Clean scans: fewer say nothing of a rate of one in five."""

Levels = list[tuple[FloatArray, Box]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """Clean scans of one kind with the maps of each."""

    name: str
    maps: list[Levels]


def clean(scan: LabelledScan) -> bool:
    """Whether nothing in a scan is labelled as an object of interest, to be seen or not."""
    return not any(x.group is Group.OBJECT for x in (*scan.labels, *scan.ignored))


def as_filed(scan: LabelledScan) -> FloatArray:
    """The working band of a scan's file, (H, W), as an inspection reads it: what sets are given to learn from may be coarser."""
    return scan.open() if scan.path is None else working_band(read_scan(scan.path))


def count_on(
    detector: Detector,
    head: Head,
    sets: Sequence[tuple[str, Sequence[LabelledScan]]],
    fitted_on: str,
    say: Callable[[str], None],
) -> Facts:
    """Rates on the clean scans of each set; of sets that differ, at each level the higher rate.

    Raises:
        InputError: a set has too few clean scans.
    """
    counted = [_maps(detector, head, name, scans, say) for name, scans in sets]
    least = max(least_level(one.maps) for one in counted)
    tables = [rates_of(one.maps, least) for one in counted]
    levels = _levels(tables, least)
    rates = np.max([_at(levels, peaks, len(one.maps)) for one, peaks in zip(counted, tables, strict=True)], axis=0)
    return Facts(
        fitted_on=fitted_on,
        counted_on="; ".join(f"{len(one.maps)} clean scans of {one.name}" for one in counted),
        clean_scans=sum(len(one.maps) for one in counted),
        levels=tuple(float(x) for x in levels),
        rates=tuple(float(x) for x in np.minimum.accumulate(rates)),
    )


def _maps(
    detector: Detector, head: Head, name: str, scans: Sequence[LabelledScan], say: Callable[[str], None]
) -> Counted:
    usable = [scan for scan in scans if clean(scan)]
    if len(usable) < FEWEST:
        raise InputError(name, f"expected at least {FEWEST} clean scans to count false alarms on, got {len(usable)}")
    blank = Facts(fitted_on="", counted_on="", clean_scans=1, levels=(-1.0, 1.0), rates=(1.0, 1.0))
    model, maps = AnomalyModel(head=head, facts=blank), []
    for number, scan in enumerate(usable, 1):
        fields, containers = detector.fields(as_filed(scan), scan.pitch_mm)
        maps.append([levels_of(field, containers, model) for field in fields])
        if number % 50 == 0 or number == len(usable):
            say(f"{name}: {number} of {len(usable)} clean scans searched")
    kind = kind_of(usable)
    return Counted(name=f"{name} ({kind})", maps=maps)


def levels_of(field: Field, containers: Sequence[Box], model: AnomalyModel) -> tuple[FloatArray, Box]:
    """Log odds of a view's cells, (h, w), and what they cover in pixels of the scan."""
    return level_map(field, containers, model), field.box


def least_level(maps: Sequence[Levels], rate: float = REPORTED_RATE) -> float:
    """The level from which on there are as many regions as ``rate`` a scan, by bisection: fewer the higher it is."""
    finite = [levels[np.isfinite(levels)] for scan in maps for levels, _ in scan]
    every = np.concatenate(finite) if finite else np.zeros(0, np.float32)
    low, high = (float(np.quantile(every, 0.5)), float(every.max()) + 1e-3) if every.size else (0.0, 1.0)
    for _ in range(24):
        middle = (low + high) / 2
        if len(rates_of(maps, middle)) > rate * len(maps):
            low = middle
        else:
            high = middle
    return high


def rates_of(maps: Sequence[Levels], least: float) -> NDArray[np.float64]:
    """The levels of all regions that reach ``least``, highest first."""
    found = [
        region.level
        for scan in maps
        for region in without_doubles([r for levels, box in scan for r in regions_of(levels, box, least)])
    ]
    return np.sort(np.array(found, np.float64))[::-1]


def _levels(tables: Sequence[NDArray[np.float64]], least: float) -> NDArray[np.float64]:
    """Levels of the table: quantiles of the regions', from ``least`` on, rising."""
    every = np.concatenate([np.array([least]), *tables])
    quantiles = np.unique(np.quantile(every, np.linspace(0, 1, LEVELS)))
    return quantiles if quantiles.size > 1 else np.array([least, least + 1.0])


def _at(levels: NDArray[np.float64], peaks: NDArray[np.float64], scans: int) -> NDArray[np.float64]:
    """Regions per scan that reach each level; where none does, half of one is taken: what was never seen is rare, not impossible."""
    reached = np.array([np.count_nonzero(peaks >= level - 1e-9) for level in levels], np.float64)
    return np.maximum(reached, 0.5) / scans
