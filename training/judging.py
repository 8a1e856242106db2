"""Labelled scans, read and searched as an operator's scans are."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scantally.datasets import dataset, opening
from scantally.datasets.halves import HALVES, Half, in_half
from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import ConfigError, InputError
from scantally.detector.formats import read_scan
from scantally.detector.models.infer import Detector
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import Package, open_package
from scantally.training.metrics import Judged

FAINT = 0.001
"""Average precision needs the detections below the package's thresholds too."""

_EVERY_S = 15.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Judgement:
    """A package's detections in each of N scans, down to the faintest, and how long each scan took to read and search."""

    package: Package
    judged: tuple[Judged, ...]
    seconds: tuple[float, ...]

    def where(self, keep: Callable[[LabelledScan], bool]) -> "Judgement":
        """Some of the scans."""
        kept = [k for k, item in enumerate(self.judged) if keep(item.scan)]
        return replace(self, judged=tuple(self.judged[k] for k in kept), seconds=tuple(self.seconds[k] for k in kept))


def judge_with(model: Path, scans: Sequence[LabelledScan], say: Callable[[str], None]) -> Judgement:
    """Open a package and judge scans with it.

    Raises:
        InputError: the package or a scan cannot be used.
    """
    package = open_package(model)
    detector = open_detector(package)
    judged, seconds = judge_timed(faint(detector), scans, say, package.title)
    detector.engine.close()
    return Judgement(package=package, judged=tuple(judged), seconds=tuple(seconds))


def faint(detector: Detector) -> Detector:
    """The detector with all its detections down to the faintest; it looks for small objects where it looks for an operator.

    A card may pass on what is fainter still: what an operator sees is never left out of what is judged.
    """
    labels = tuple(x.model_copy(update={"threshold": min(FAINT, x.threshold)}) for x in detector.card.labels)
    steer = max((x.threshold for x in detector.card.labels if x.name == "container"), default=0.0)
    return replace(detector, card=detector.card.model_copy(update={"labels": labels}), steer=steer)


def judge_timed(
    detector: Detector, scans: Sequence[LabelledScan], say: Callable[[str], None], title: str
) -> tuple[list[Judged], list[float]]:
    """Detections of every scan, and the seconds that reading and searching each took.

    Raises:
        InputError: a scan has no file, or one that cannot be read.
    """
    judged: list[Judged] = []
    seconds: list[float] = []
    told = time.perf_counter()
    for number, scan in enumerate(scans, 1):
        if scan.path is None:
            raise InputError(scan.name, "has no file to read")
        started = time.perf_counter()
        judged.append(Judged(scan=scan, found=detector.detect(read_scan(scan.path))))
        seconds.append(time.perf_counter() - started)
        if number == len(scans) or time.perf_counter() - told > _EVERY_S:
            say(f"{title}: {number} of {len(scans)} scans judged")
            told = time.perf_counter()
    return judged, seconds


def open_data(folder: Path, split: str | None = None) -> list[LabelledScan]:
    """The labelled scans of a folder (``datasets/opening.py``). ``split`` takes one split of a dataset.

    Raises:
        InputError: it is none. ConfigError: there is no such split.
    """
    return opening.open_data(folder) if split is None or not folder.is_dir() else _of_split(folder, split)


def _of_split(folder: Path, split: str) -> list[LabelledScan]:
    wanted = [dataset.named_split(split)]
    if not dataset.is_dataset(folder):
        raise ConfigError("--split", f"{folder} has no {dataset.FILE}: only a dataset has splits")
    return dataset.load(folder, wanted)


def chosen_scans(data: Path, limit: int, half: str | None, split: str | None) -> list[LabelledScan]:
    """The scans that the options leave of a folder.

    Raises:
        InputError: none are left, or the data cannot be used. ConfigError: an option names what does not exist.
    """
    scans = open_data(data, split)
    if half is not None:
        scans = in_half(scans, named_half(half))
    scans = scans[:limit] if limit else scans
    if not scans:
        raise InputError(str(data), "no scan is left to judge")
    return scans


def named_half(name: str) -> Half:
    """The half of a name.

    Raises:
        ConfigError: there is none.
    """
    for half in HALVES:
        if half == name:
            return half
    raise ConfigError("--half", f"expected one of {', '.join(HALVES)}, got '{name}'")
