"""Objects projected into training pictures: the same crops however many processes draw them."""

from pathlib import Path
from typing import Any, Self

import numpy as np
import pytest

pytest.importorskip("torch", reason="prepares a training: needs the full environment (make full)")

from scantally.datasets import simulated
from scantally.datasets.canvas import Canvas
from scantally.datasets.simulator.files import write_scan
from scantally.datasets.simulator.plan import Wishes
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.simulator.style import draw_style
from scantally.training import projected
from scantally.training.augment import variation
from scantally.training.config import Crops, TrainConfig
from scantally.training.cutting import cutter_of
from scantally.training.prepare import recipe_of

CONFIG = TrainConfig.model_validate(
    {
        "name": "tiny",
        "version": "0.0.1",
        "start_from": "weights/tiny.pt",
        "labels": {"container": "structure", "empty": "load", "cartons": "load", "firearm": "object"},
        "encoding": "log-windows-1",
        "canvas": 256,
        "scout_height": 64,
        "detail_tiles": 2,
        "simulated": {"scans": 1, "projected_objects": 5},
        "optimiser": {"epochs": 1},
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("scans")
    wishes = Wishes(
        containers=("22G1",), loads=("cartons",), objects=(), empty_share=0.5, tank_share=0.0, pairs=False,
        object_share=0.0, deviation_share=0.0,
    )  # fmt: skip
    for index in range(2):
        scan = simulate_scan(41, index, draw_style(np.random.default_rng(index), "A"), wishes=wishes)
        write_scan(out, f"s{index}", scan)
    return out


def crops(folder: Path, seed: int = 3) -> list[Canvas]:
    cutter = cutter_of(CONFIG, recipe_of(CONFIG, variation(CONFIG.augmentation)), np.random.default_rng(seed))
    return list(projected.projected(simulated.load(folder), Crops(projected_objects=5), CONFIG, cutter, "tip"))


class Here:
    """A pool that is no pool."""

    def __init__(self, *options: Any, **named: Any) -> None:  # noqa: ANN401
        self.map = map

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        pass


def same(ours: list[Canvas], others: list[Canvas]) -> bool:
    return [x.name for x in ours] == [x.name for x in others] and all(
        a.labels == b.labels and (a.picture_HW3 == b.picture_HW3).all() for a, b in zip(ours, others, strict=True)
    )


def test_any_number_of_processes_draws_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projected, "PORTION", 2)
    by_several = crops(folder)
    monkeypatch.setattr(projected, "ProcessPoolExecutor", Here)
    by_one = crops(folder)
    assert same(by_several, by_one) and not same(by_one, crops(folder, seed=4))
    names = [x.name for x in by_one]
    assert {name[:6] for name in names} == {"tip00x", "tip01x", "tip02x"} and len(set(names)) == len(names)
    shown = [item.label for x in by_one for item in x.labels]
    assert len(shown) >= 5 and set(shown) == {"firearm"}
