"""Hard negatives: false alarms of the package that a training starts from, and where objects within loads are projected."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from scored_packages import cell_data, cell_package

pytest.importorskip("torch", reason="prepares a training: needs the full environment (make full)")

from scantally.datasets import simulated
from scantally.datasets.canvas import Recipe
from scantally.datasets.labelled import Label, LabelledScan
from scantally.detector.errors import ConfigError
from scantally.detector.models.boxes import iou
from scantally.detector.models.infer import Detector
from scantally.detector.types import Box, Detections, FloatArray, Group
from scantally.training import projected
from scantally.training.config import Crops, TrainConfig
from scantally.training.detail import detail_canvases
from scantally.training.metrics import Judged
from scantally.training.mining import PER_SCAN, Alarm, miner, nothing, surest
from scantally.training.run import evaluation_card
from scantally.training.sources import Source

A: Box = (10, 10, 30, 30)
B: Box = (100, 10, 120, 30)
ON_A: Box = (12, 10, 32, 30)


def config(**change: Any) -> TrainConfig:  # noqa: ANN401
    document: dict[str, Any] = {
        "name": "tiny",
        "version": "0.0.1",
        "start_from": "start",
        "labels": {"container": "structure", "empty": "load", "drums": "load", "firearm": "object", "engine": "object"},
        "encoding": "log-windows-1",
        "canvas": 128,
        "scout_height": 64,
        "real": {"dataset": "ajna", "root": "ajna", "detail_mined": 3},
        "optimiser": {"epochs": 1},
    }
    return TrainConfig.model_validate(document | change)


def scan(name: str, *labels: Label, ignored: tuple[Label, ...] = ()) -> LabelledScan:
    picture: FloatArray = np.full((200, 400), 0.9, np.float32)
    return LabelledScan(name=name, group=name, scanner="A", labels=labels, ignored=ignored, open=lambda: picture)


def judged(of: LabelledScan, *found: tuple[Box, float, str]) -> Judged:
    group = {"container": Group.STRUCTURE, "drums": Group.LOAD}
    return Judged(scan=of, found=Detections.of([(b, s, n, group.get(n, Group.OBJECT)) for b, s, n in found]))


def mined(*items: Judged, count: int = 100) -> list[tuple[str, Box, float]]:
    detector = Detector(engine=None, card=evaluation_card(config()))  # type: ignore[arg-type]
    return [(x.scan.name, x.box, round(x.score, 3)) for x in surest(items, detector, count)]


def test_the_surest_come_first_and_only_so_many() -> None:
    items = [judged(scan("s"), (A, 0.5, "firearm")), judged(scan("t"), (A, 0.9, "engine"), (B, 0.25, "firearm"))]
    assert mined(*items) == [("t", A, 0.9), ("s", A, 0.5), ("t", B, 0.25)]
    assert mined(*items, count=1) == [("t", A, 0.9)]


def test_what_touches_an_object_is_no_false_alarm_whether_it_counts_or_not() -> None:
    there = Label(label="firearm", box=A)
    assert mined(judged(scan("s", there), (ON_A, 0.9, "engine"), (B, 0.5, "firearm"))) == [("s", B, 0.5)]
    assert mined(judged(scan("s", ignored=(there,)), (ON_A, 0.9, "firearm"))) == []
    unknown = Label(label="currency", box=A, group=Group.OBJECT)
    assert mined(judged(scan("s", unknown), (ON_A, 0.9, "firearm"))) == []


def test_one_place_is_one_alarm_and_loads_and_faint_boxes_are_none() -> None:
    found = ((A, 0.5, "firearm"), (ON_A, 0.75, "engine"), (B, 0.9, "drums"), (B, 0.005, "firearm"))
    assert mined(judged(scan("s"), *found)) == [("s", ON_A, 0.75)]


def test_one_scan_does_not_fill_the_set() -> None:
    many = [((40.0 * k, 50.0, 40.0 * k + 20, 70.0), 0.5, "firearm") for k in range(10)]
    assert len(mined(judged(scan("s"), *many))) == PER_SCAN


def test_nothing_is_opened_where_no_false_alarms_are_asked_for(tmp_path: Path) -> None:
    plain = config(start_from="weights/none.pt", real={"dataset": "ajna", "root": "ajna"})
    assert miner(plain, tmp_path, print) is nothing
    assert nothing([scan("s")], 5) == ()


def test_a_start_that_has_no_false_alarms_to_give_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="detail_mined needs a package in start_from"):
        config(start_from="weights/yolov8n.pt")
    with pytest.raises(ConfigError, match="start_from: detail_mined needs a package to start from, got 'start'"):
        miner(config(), tmp_path, print)
    loads = cell_package(tmp_path / "loads", labels=[{"name": "drums", "group": "load"}])
    with pytest.raises(ConfigError, match=r"start_from: detail_mined: .* knows no object of interest"):
        miner(config(start_from=str(loads)), tmp_path, print)


def test_false_alarms_are_found_through_the_whole_way_of_inference(tmp_path: Path) -> None:
    package, folder = cell_package(tmp_path / "cells"), cell_data(tmp_path / "scans", 12, seed=3, share=0.5)
    scans = simulated.load(folder)
    found = miner(config(start_from=str(package)), tmp_path, lambda line: None)(scans, 5)
    assert len(found) == 5
    scores = [x.score for x in found]
    assert scores == sorted(scores, reverse=True) and scores[0] > 0.4
    for alarm in found:
        assert not any(iou(alarm.box, np.array([x.box])).any() for x in alarm.scan.labels)
        assert float(alarm.scan.open()[int(alarm.box[1]) + 8, int(alarm.box[0]) + 8]) < 0.9


def crops(made: Crops, mine: Any = nothing, *scans: LabelledScan) -> list[Any]:  # noqa: ANN401
    recipe = Recipe(encoding="log-windows-1", canvas=128, scout_height=64)
    source = Source(prefix="real", scans=list(scans), crops=made)
    return list(detail_canvases(config(), [source], recipe, np.random.default_rng(1), mine))


def test_each_false_alarm_gets_a_crop_without_labels() -> None:
    clean, other = scan("s"), scan("t", Label(label="firearm", box=A))
    asked: list[tuple[list[str], int]] = []

    def mine(scans: list[LabelledScan], count: int) -> list[Alarm]:
        asked.append(([x.name for x in scans], count))
        return [Alarm(box=box, score=0.5, label="firearm", scan=scans[0]) for box in (A, B)]

    made = crops(Crops(detail_mined=7), mine, clean, other)
    assert asked == [(["s"], 7)]
    assert [x.name for x in made] == ["realalarm00000", "realalarm00001"]
    assert not any(x.labels for x in made)


@pytest.mark.parametrize(("share", "places"), [(0.0, {projected.PLACES}), (1.0, {projected.WITHIN})])
def test_a_share_of_the_objects_goes_into_loads(
    share: float, places: set[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = scan(
        "loaded", Label(label="container", box=(0, 0, 400, 200)), Label(label="drums", box=(50, 50, 350, 190))
    )
    empty = scan("empty", Label(label="container", box=(0, 0, 400, 200)), Label(label="empty", box=(0, 0, 400, 200)))
    seen: set[tuple[str, ...]] = set()
    monkeypatch.setattr(projected, "character_of", lambda scan, picture, rng: scan.name)

    def project(picture: Any, character: Any, sprite: Any, rng: Any, where: tuple[str, ...]) -> None:  # noqa: ANN401
        seen.add(where)
        assert share == 0.0 or character == "loaded"

    monkeypatch.setattr(projected, "place_and_project", project)
    assert crops(Crops(projected_objects=4, projected_within=share), nothing, empty, replace(loaded)) == []
    assert seen == places
