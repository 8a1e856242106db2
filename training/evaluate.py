"""``scantally evaluate``: a model package judged on labelled scans, read and searched as an operator's scans are."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from scantally.datasets import ajna, simulated
from scantally.datasets.halves import HALVES, Half, in_half
from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import ConfigError, InputError
from scantally.detector.formats import read_scan
from scantally.detector.models.infer import Detector
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import open_package
from scantally.detector.types import Document
from scantally.training.bootstrap import Figure, Interval, ratio, share, with_interval
from scantally.training.metrics import Judged, emptiness_outcomes
from scantally.training.operating import detected, false_alarms
from scantally.training.precision import precision_figures

FAINT = 0.001
"""Average precision needs the detections below the package's thresholds too."""


OBJECTS = ("firearm", "vehicle", "gas_cylinder", "brick_packages")
SURE = 0.5
"""Probability from which the default configuration takes an object as seen."""


class Figures(Document):
    """What a package reached on one set of scans."""

    package: str
    package_sha256: str
    data: str
    scans: int
    seconds_per_scan: float
    figures: dict[str, Interval]


def evaluate_package(
    model: Path, data: Path, limit: int, say: Callable[[str], None], half: str | None = None
) -> Figures:
    """Judge every labelled scan of ``data``, or those of one half of its groups (``datasets.halves``).

    Raises:
        InputError: the package or the data cannot be used. ConfigError: there is no such half.
    """
    package = open_package(model)
    detector = open_detector(package)
    scans = open_data(data)
    if half is not None:
        scans = in_half(scans, named_half(half))
    scans = scans[:limit] if limit else scans
    faint = package.card.model_copy(
        update={"labels": tuple(x.model_copy(update={"threshold": FAINT}) for x in package.card.labels)}
    )
    judged, seconds = judge_all(replace(detector, card=faint), scans, say)
    thresholds = {x.name: x.threshold for x in package.card.labels}
    return Figures(
        package=package.title,
        package_sha256=package.sha256,
        data=data.name if half is None else f"{data.name} ({half})",
        scans=len(scans),
        seconds_per_scan=round(seconds / max(1, len(scans)), 4),
        figures=_figures(judged, thresholds),
    )


def open_data(folder: Path) -> list[LabelledScan]:
    """The labelled scans of a folder: AJNA's layout, or what ``scantally simulate`` writes.

    Raises:
        InputError: neither.
    """
    if not folder.is_dir():
        raise InputError(str(folder), "expected a folder of labelled scans")
    return ajna.load(folder) if (folder / "images").is_dir() else simulated.load(folder)


def named_half(name: str) -> Half:
    """The half of a name.

    Raises:
        ConfigError: there is none.
    """
    for half in HALVES:
        if half == name:
            return half
    raise ConfigError("--half", f"expected one of {', '.join(HALVES)}, got '{name}'")


def figures_text(figures: Figures) -> str:
    """A few lines for people."""
    lines = [f"{figures.package} on {figures.data}: {figures.scans} scans, {figures.seconds_per_scan:.3f} s each"]
    return "\n".join(lines + [f"  {name}: {figure}" for name, figure in figures.figures.items()])


def judge_all(
    detector: Detector, scans: Sequence[LabelledScan], say: Callable[[str], None]
) -> tuple[list[Judged], float]:
    """Detections of every scan, and the seconds that reading and searching took.

    Raises:
        InputError: a scan has no file.
    """
    judged: list[Judged] = []
    seconds = 0.0
    for number, scan in enumerate(scans, 1):
        if scan.path is None:
            raise InputError(scan.name, "has no file to read")
        started = time.perf_counter()
        judged.append(Judged(scan=scan, found=detector.detect(read_scan(scan.path))))
        seconds += time.perf_counter() - started
        if number % 50 == 0:
            say(f"{number} of {len(scans)} scans judged")
    return judged, seconds


def _figures(judged: Sequence[Judged], thresholds: dict[str, float]) -> dict[str, Interval]:
    groups, labelled = (
        [item.scan.group for item in judged],
        Counter(x.label for item in judged for x in item.scan.labels),
    )
    found: dict[str, Figure] = {}
    for name in (n for n in thresholds if labelled[n]):
        at_50, at_all = precision_figures(judged, name)
        found |= {f"{name} mAP50": at_50} | ({f"{name} mAP50-95": at_all} if name == "container" else {})
    emptiness = [emptiness_outcomes(item) for item in judged]
    found["empty or loaded"] = with_interval(groups, share(emptiness), labelled["container"])
    for name in (n for n in thresholds if n in OBJECTS):
        sure = max(thresholds[name], SURE)
        if labelled[name]:
            hits = ratio(*detected(judged, name, sure))
            found[f"{name} Pd at p >= {sure:g}"] = with_interval(groups, hits, labelled[name])
        alarms = ratio(false_alarms(judged, name, sure), [1.0] * len(judged))
        found[f"{name} false alarms per scan at p >= {sure:g}"] = with_interval(groups, alarms, len(judged))
    return {name: Interval.of(figure) for name, figure in found.items()}
