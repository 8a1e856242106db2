"""Judged scans for tests of evaluation: made by hand, no file behind them."""

from pathlib import Path

import numpy as np

from scantally.datasets.labelled import Label, LabelledScan
from scantally.detector.models.package import LabelCard
from scantally.detector.types import Box, Detections, Group
from scantally.training.metrics import Judged

WHOLE: Box = (100.0, 100.0, 900.0, 400.0)
HERE: Box = (200.0, 300.0, 260.0, 330.0)
THERE: Box = (600.0, 120.0, 660.0, 150.0)
ELSEWHERE: Box = (400.0, 200.0, 460.0, 230.0)

CARDS = (
    LabelCard(name="container", group=Group.STRUCTURE),
    LabelCard(name="empty", group=Group.LOAD),
    LabelCard(name="drums", group=Group.LOAD),
    LabelCard(name="sacks", group=Group.LOAD),
    LabelCard(name="firearm", group=Group.OBJECT),
    LabelCard(name="vehicle", group=Group.OBJECT),
)
GROUPS = {x.name: x.group for x in CARDS}


def thing(label: str, box: Box = HERE, **known: float) -> Label:
    group = Group.OBJECT if GROUPS.get(label, Group.OBJECT) is Group.OBJECT else None
    return Label(label=label, box=box, group=group, **known)  # type: ignore[arg-type]


def judged(
    *labels: Label,
    found: tuple[tuple[str, float, Box], ...] = (),
    ignored: tuple[Label, ...] = (),
    group: str = "g",
    scanner: str = "A",
) -> Judged:
    scan = LabelledScan(
        name=f"scan-{group}",
        group=group,
        scanner=scanner,
        labels=labels,
        ignored=ignored,
        path=Path("scan.png"),
        open=lambda: np.ones((500, 1000), np.float32),
    )
    return Judged(scan=scan, found=Detections.of([(box, p, name, GROUPS[name]) for name, p, box in found]))


def quiet(text: str) -> None:
    """Progress that nobody reads."""
