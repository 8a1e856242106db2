"""Detail pictures: what they show is labelled where it lies, whether a crop fills the picture or a tile of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch", reason="prepares a training: needs the full environment (make full)")

from scantally.datasets.canvas import Canvas, Recipe
from scantally.datasets.labelled import Label, LabelledScan
from scantally.detector.types import Box, FloatArray
from scantally.training.config import Crops, TrainConfig
from scantally.training.detail import detail_canvases, tiled
from scantally.training.sources import Source

RECIPE = Recipe(encoding="log-windows-1", canvas=128, scout_height=64)
SHADES = {"firearm": 0.2, "engine": 0.05}


def config(tiles: int) -> TrainConfig:
    return TrainConfig.model_validate(
        {
            "name": "tiny",
            "version": "0.0.1",
            "start_from": "weights/tiny.pt",
            "labels": {"container": "structure", **dict.fromkeys(SHADES, "object")},
            "encoding": "log-windows-1",
            "canvas": 128,
            "scout_height": 64,
            "detail_tiles": tiles,
            "real": {"dataset": "ajna", "root": "ajna", "detail_crops": 1},
            "optimiser": {"epochs": 1},
        }
    )


def scan(name: str, *things: tuple[str, Box]) -> LabelledScan:
    """Open beam with a dark block for each thing."""
    picture: FloatArray = np.full((200, 400), 0.98, np.float32)
    for label, (x0, y0, x1, y1) in things:
        picture[int(y0) : int(y1), int(x0) : int(x1)] = SHADES[label]
    labels = (Label(label="container", box=(0, 0, 400, 200)), *(Label(label=a, box=b) for a, b in things))
    return LabelledScan(name=name, group=name, scanner="A", labels=labels, open=lambda: picture)


def made(tiles: int, scans: list[LabelledScan], crops: Crops | None = None, seed: int = 1) -> list[Canvas]:
    source = Source(prefix="real", scans=scans, crops=crops or Crops(detail_crops=1))
    return list(detail_canvases(config(tiles), [source], RECIPE, np.random.default_rng(seed)))


SMALL: tuple[str, Box] = ("firearm", (150, 60, 180, 80))
LARGE: tuple[str, Box] = ("engine", (220, 40, 300, 100))


@pytest.mark.parametrize("tiles", [1, 2, 3])
def test_labels_lie_on_what_they_name(tiles: int) -> None:
    scans = [scan(f"s{k}", SMALL, LARGE) for k in range(5)]
    found = 0
    for picture in made(tiles, scans):
        assert picture.picture_HW3.shape == (128, 128, 3)
        for item in picture.labels:
            x0, y0, x1, y1 = (round(v) for v in item.box)
            inside = picture.picture_HW3[y0 + 1 : y1 - 1, x0 + 1 : x1 - 1, 0]
            assert inside.size and inside.std() == 0.0, item
            found += item.label == "firearm" and (x1 - x0, y1 - y0) == (30, 20)
    assert found == 5


def test_tiles_are_for_what_is_small_enough_for_one() -> None:
    small, large = made(2, [scan("s", SMALL)]), made(2, [scan("s", LARGE)])
    assert [c.name for c in small] == ["tiled-real-s-0-0"]
    assert [c.name for c in large] == ["real-s-0-0"]
    assert (large[0].labels[0].box[2] - large[0].labels[0].box[0]) == 80


def test_four_scans_stand_on_one_picture_of_two_by_two() -> None:
    pictures = made(2, [scan(f"s{k}", SMALL) for k in range(8)])
    assert [len(c.labels) for c in pictures] == [4, 4]
    for picture in pictures:
        assert {(x.box[0] >= 64, x.box[1] >= 64) for x in picture.labels} == {
            (False, False),
            (True, False),
            (False, True),
            (True, True),
        }


def test_the_seed_alone_decides() -> None:
    scans = [scan(f"s{k}", SMALL) for k in range(6)]
    one, again, other = made(2, scans), made(2, scans), made(2, scans, seed=2)
    assert [c.name for c in one] == [c.name for c in again]
    assert all((a.picture_HW3 == b.picture_HW3).all() for a, b in zip(one, again, strict=True))
    assert any((a.picture_HW3 != b.picture_HW3).any() for a, b in zip(one, other, strict=True))


def test_negatives_are_tiles_without_labels() -> None:
    pictures = made(2, [scan("s")], Crops(detail_negatives=5))
    assert len(pictures) == 2
    assert not any(c.labels for c in pictures)


def crop(number: int, side: int) -> Canvas:
    picture = np.full((side, side, 3), number, np.uint8)
    return Canvas(name=f"c{number}", picture_HW3=picture, labels=(Label(label="firearm", box=(1, 2, 5, 6)),))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.booleans(), max_size=40), st.integers(2, 4), st.integers(0, 9))
def test_no_crop_is_lost_or_doubled(whole: list[bool], tiles: int, seed: int) -> None:
    side = RECIPE.canvas // tiles
    crops = [crop(k + 1, RECIPE.canvas if full else side) for k, full in enumerate(whole)]
    seen: list[int] = []
    for picture in tiled(crops, RECIPE, tiles, np.random.default_rng(seed)):
        for item in picture.labels:
            x, y = int(item.box[0]), int(item.box[1])
            assert (item.box[2] - item.box[0], item.box[3] - item.box[1]) == (4, 4)
            seen.append(int(picture.picture_HW3[y, x, 0]))
    assert sorted(seen) == list(range(1, len(whole) + 1))
