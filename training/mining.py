"""Hard negatives: where a package sees objects of interest that are not there.

A training that goes on from a package learns most from what that package is wrong about (bootstrapping: Sung and Poggio 1998, *IEEE
PAMI* 20(1), 39; Felzenszwalb et al. 2010, *IEEE PAMI* 32(9), 1627, section 5).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import ConfigError
from scantally.detector.models.boxes import Row, iou
from scantally.detector.models.infer import Detector
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import Package, open_package
from scantally.detector.types import Group
from scantally.training.config import TrainConfig
from scantally.training.judging import faint, judge_timed
from scantally.training.metrics import Judged
from scantally.training.start import start_path

PER_SCAN = 4
"""False alarms that are taken from one scan at most: many scans teach more than many crops of one."""

APART_IOU = 0.1
"""Boxes that overlap more are one place."""

LEAST = 0.01
"""What scores less is no alarm that a threshold would ever let through."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm(Row):
    """A box on nothing, with its scan."""

    scan: LabelledScan


Mine = Callable[[Sequence[LabelledScan], int], Sequence[Alarm]]
"""The surest false alarms of a package on these scans, at most so many."""


def nothing(scans: Sequence[LabelledScan], count: int) -> Sequence[Alarm]:
    """No false alarms are looked for."""
    return ()


def miner(config: TrainConfig, data: Path, say: Callable[[str], None]) -> Mine:
    """What finds the false alarms of the package that a configuration starts from; nothing is opened where none are asked for.

    Raises:
        ConfigError: ``start_from`` is no package, or one that knows no object of interest. PackageError: it is altered.
    """
    if not config.mines():
        return nothing
    package = _package(config, data)

    def mine(scans: Sequence[LabelledScan], count: int) -> Sequence[Alarm]:
        if not count or not scans:
            return ()
        detector = open_detector(package)
        try:
            judged, _ = judge_timed(faint(detector), scans, say, f"{package.title}, false alarms")
        finally:
            detector.engine.close()
        return surest(judged, detector, count)

    return mine


def surest(judged: Sequence[Judged], detector: Detector, count: int) -> list[Alarm]:
    """The surest false alarms of all scans, in falling score; equal ones in the order of the scans."""
    alarms = [alarm for item in judged for alarm in _of_scan(item, detector)]
    return sorted(alarms, key=lambda x: -x.score)[:count]


def _of_scan(item: Judged, detector: Detector) -> list[Alarm]:
    """Boxes of objects of interest that touch none, whether it counts or not: one a place."""
    true = [
        x.box for x in (*item.scan.labels, *item.scan.ignored) if x.label in detector.objects or x.group is Group.OBJECT
    ]
    rows = [Row(box=box, score=score, label=label) for box, score, label, _ in item.found.rows()]
    kept: list[Alarm] = []
    for row in sorted(rows, key=lambda x: -x.score):
        if row.label not in detector.objects or row.score < LEAST or len(kept) == PER_SCAN:
            continue
        taken = np.array([x.box for x in kept], np.float64).reshape(-1, 4)
        if (iou(row.box, np.array(true, np.float64).reshape(-1, 4)) > 0).any() or (
            iou(row.box, taken) > APART_IOU
        ).any():
            continue
        kept.append(Alarm(box=row.box, score=row.score, label=row.label, scan=item.scan))
    return kept


def _package(config: TrainConfig, data: Path) -> Package:
    path = start_path(config, data)
    if not path.is_dir():
        raise ConfigError("start_from", f"detail_mined needs a package to start from, got '{config.start_from}'")
    package = open_package(path)
    if not any(x.group is Group.OBJECT for x in package.card.labels):
        raise ConfigError("start_from", f"detail_mined: {package.title} knows no object of interest")
    return package
