"""How well a package finds what it was never taught: regions of labelled objects against like regions of clean scans."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from scantally.datasets.halves import Half
from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import InputError
from scantally.detector.models.anomalies import regions_of, without_doubles
from scantally.detector.models.anomaly_file import AnomalyModel, Facts
from scantally.detector.models.infer import Detector
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import open_package
from scantally.detector.types import Box, Document, FloatArray, Group
from scantally.training.anomalies.count import as_filed, clean, levels_of
from scantally.training.anomalies.samples import scans_of
from scantally.training.calibration.observe import kind_of
from scantally.training.evaluation.roc import area

RATES = (0.1, 0.2, 0.3, 0.5)
DRAWS = 15
"""Regions that are drawn in each container of a clean scan, with the sizes of the objects."""

GROWN_PX = 10.0
"""A region's middle may lie so far outside an object's box: cells are as coarse."""

OUTSIDE = -99.0


class JudgedSet(Document):
    """Figures of one set of scans."""

    data: str
    kind: Literal["real", "simulated"]
    clean_scans: int
    """Its own; where it has none, those of the other judged sets of its kind."""
    objects: int
    """Objects that can be seen (the truth's flag)."""
    auroc: float | None
    """Strangest cell in an object's box against that in boxes of the same sizes anywhere in the containers of clean scans."""
    found_at: dict[str, float]
    """By regions in a clean scan, on average: share of objects in whose box the middle of a region lies, at the level that gives so many
    on these very scans."""
    shipped_found: float | None
    """The same share at the package's own level for ``shipped_rate``."""
    shipped_rate: float
    shipped_alarms: float | None
    """Regions in a clean scan at that level."""


class Judged(Document):
    """All sets."""

    package: str
    package_sha256: str
    sets: tuple[JudgedSet, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    scan: LabelledScan
    maps: list[tuple[FloatArray, Box]]
    regions: list[tuple[Box, float]]


def judge_package(
    model: Path, folders: Sequence[Path], half: Half | None, say: Callable[[str], None], rate: float = 0.2
) -> Judged:
    """Judge a package that finds anomalies.

    Raises:
        InputError: it does not, or the scans cannot be used.
    """
    package = open_package(model)
    if package.anomaly is None:
        raise InputError(str(model), "expected a package that finds anomalies (scantally anomalies --learn)")
    detector = open_detector(package)
    searched = [
        _search(detector, package.anomaly, scans_of(folder, half), folder.resolve().name, say) for folder in folders
    ]
    sets = tuple(_judged_set(one, _spotless(one, searched), package.anomaly.facts, rate) for one in searched)
    return Judged(package=package.title, package_sha256=package.sha256, sets=sets)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Set:
    name: str
    kind: Literal["real", "simulated"]
    seen: list[_Seen]


def _search(
    detector: Detector, model: AnomalyModel, scans: Sequence[LabelledScan], name: str, say: Callable[[str], None]
) -> _Set:
    seen = []
    for number, scan in enumerate(scans, 1):
        seen.append(_seen(detector, model, scan))
        if number % 50 == 0 or number == len(scans):
            say(f"{name}: {number} of {len(scans)} scans searched")
    return _Set(name=name, kind=kind_of(scans), seen=seen)


def _spotless(one: _Set, searched: Sequence[_Set]) -> list[_Seen]:
    """A set's own clean scans; of one that has none, those of the other sets of its kind: real and simulated are never mixed."""
    own = [seen for seen in one.seen if clean(seen.scan)]
    others = [seen for other in searched if other.kind == one.kind for seen in other.seen if clean(seen.scan)]
    return own or others


def _judged_set(one: _Set, spotless: Sequence[_Seen], facts: Facts, rate: float) -> JudgedSet:
    objects = [(seen, x.box) for seen in one.seen for x in seen.scan.labels if x.group is Group.OBJECT]
    alarms = sorted((level for seen in spotless for _, level in seen.regions), reverse=True)
    hits = np.array([_hit(seen, box) for seen, box in objects])
    shipped = facts.level(rate)
    return JudgedSet(
        data=one.name,
        kind=one.kind,
        clean_scans=len(spotless),
        objects=len(objects),
        auroc=_auroc(objects, spotless),
        found_at={f"{r:g}": _found(hits, alarms, int(r * len(spotless))) for r in RATES if objects and spotless},
        shipped_found=round(float((hits >= shipped).mean()), 4) if objects else None,
        shipped_rate=rate,
        shipped_alarms=round(sum(a >= shipped for a in alarms) / len(spotless), 4) if spotless else None,
    )


def _seen(detector: Detector, model: AnomalyModel, scan: LabelledScan) -> _Seen:
    fields, containers = detector.fields(as_filed(scan), scan.pitch_mm)
    maps = [levels_of(field, containers, model) for field in fields]
    least = model.facts.levels[0]
    regions = without_doubles([r for levels, box in maps for r in regions_of(levels, box, least)])
    return _Seen(scan=scan, maps=maps, regions=[(r.box, r.level) for r in regions])


def _hit(one: _Seen, box: Box) -> float:
    """The level of the strangest region whose middle lies in the box."""
    inside = [level for region, level in one.regions if _centred(region, box)]
    return max(inside, default=OUTSIDE)


def _centred(region: Box, box: Box) -> bool:
    x, y = (region[0] + region[2]) / 2, (region[1] + region[3]) / 2
    return box[0] - GROWN_PX <= x <= box[2] + GROWN_PX and box[1] - GROWN_PX <= y <= box[3] + GROWN_PX


def _found(hits: np.ndarray[tuple[int, ...], np.dtype[np.float64]], alarms: Sequence[float], allowed: int) -> float:
    """Share of objects over the level at which so many alarms are left."""
    level = alarms[allowed] if allowed < len(alarms) else OUTSIDE
    return round(float((hits > level).mean()), 4)


def _auroc(objects: Sequence[tuple[_Seen, Box]], spotless: Sequence[_Seen]) -> float | None:
    if not objects or not spotless:
        return None
    rng = np.random.default_rng(0)
    sizes = [(box[2] - box[0], box[3] - box[1]) for _, box in objects]
    strange = [_strangest(one.maps, box) for one, box in objects]
    usual = []
    for one in spotless:
        for x0, y0, x1, y1 in (x.box for x in one.scan.labels if x.label == "container"):
            for _ in range(DRAWS):
                wide, high = sizes[int(rng.integers(len(sizes)))]
                x = float(rng.uniform(x0, max(x0 + 1.0, x1 - wide)))
                y = float(rng.uniform(y0, max(y0 + 1.0, y1 - high)))
                usual.append(_strangest(one.maps, (x, y, x + wide, y + high)))
    values_N = np.array([*strange, *usual])
    odd_N = np.arange(values_N.size) < len(strange)
    return round(area(values_N, odd_N, np.ones(values_N.size)), 4) if usual else None


def _strangest(maps: Sequence[tuple[FloatArray, Box]], box: Box) -> float:
    """The highest level of the cells that a box touches."""
    best = OUTSIDE
    for levels, (x0, y0, x1, y1) in maps:
        rows, columns = levels.shape
        across, down = columns / (x1 - x0), rows / (y1 - y0)
        left, right = int(np.floor((box[0] - x0) * across)), int(np.ceil((box[2] - x0) * across))
        top, bottom = int(np.floor((box[1] - y0) * down)), int(np.ceil((box[3] - y0) * down))
        part = levels[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
        best = max(best, float(part.max(initial=OUTSIDE)))
    return best


def judged_text(found: Judged) -> str:
    """A line of figures for each set."""
    rows = [f"{found.package}: anomalies"]
    for one in found.sets:
        parts = [f"{one.data} ({one.kind}): {one.clean_scans} clean scans, {one.objects} objects that can be seen"]
        if one.auroc is not None:
            at = ", ".join(f"{share:.3f} at {rate}" for rate, share in one.found_at.items())
            parts.append(f"region AUROC {one.auroc:.3f}; found, by false regions per clean scan: {at}")
        if one.shipped_alarms is not None:
            found_too = "" if one.shipped_found is None else f", found {one.shipped_found:.3f}"
            parts.append(
                f"at the package's level for {one.shipped_rate:g}: {one.shipped_alarms:.3f} false regions per clean scan{found_too}"
            )
        rows.append("; ".join(parts))
    return "\n".join(rows) + "\n"
