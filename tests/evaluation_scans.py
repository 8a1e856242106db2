"""Judged scans for tests of evaluation: made by hand, no file behind them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from scantally.datasets.labelled import Label, LabelledScan
from scantally.detector.models.package import Card, LabelCard, Package
from scantally.detector.types import Box, Detections, Group
from scantally.training.evaluation.part import Side
from scantally.training.judging import Judgement
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


def package(training: dict[str, Any], labels: Sequence[LabelCard] = CARDS) -> Package:
    card = Card.model_validate(
        {
            "schema": 1,
            "name": "hand",
            "version": "1",
            "description": "made by hand",
            "licence": "none",
            "encoding": "log-windows-1",
            "scout_height": 64,
            "labels": tuple(labels),
            "training": training,
        }
    )
    return Package(path=Path("hand"), card=card, model=b"", sha256="0" * 64)


def side(scans: list[Judged], training: dict[str, Any] | None = None, labels: Sequence[LabelCard] = CARDS) -> Side:
    used = package(training or {}, labels)
    return Side(judgement=Judgement(package=used, judged=tuple(scans), seconds=(0.5,) * len(scans)))


def forty(found_in: int, scanner: Callable[[int], str] = lambda k: "A") -> list[Judged]:
    """Forty containers, each with a firearm that is found in the first so many, and as many clean ones; a faint alarm in a few."""
    gun, alarm = (("firearm", 0.9, HERE),), (("firearm", 0.3, THERE),)
    container = thing("container", WHOLE)
    scans = [
        judged(container, thing("firearm"), found=gun if k < found_in else (), group=f"with{k}", scanner=scanner(k))
        for k in range(40)
    ]
    return scans + [
        judged(container, found=alarm if k < 4 else (), group=f"clean{k}", scanner=scanner(k)) for k in range(40)
    ]


def quiet(text: str) -> None:
    """Progress that nobody reads."""
