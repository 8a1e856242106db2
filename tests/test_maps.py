"""Penetration: what the map says of pictures whose answer is known, and of real containers."""

import csv
import time
from collections import defaultdict
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.maps.penetration import opaque_limit, penetration
from scantally.detector.types import BoolArray, Box, FloatArray, Penetration

FLOOR_8_BIT = 1 / 255
FLOOR_16_BIT = 1 / 65535
BOX: Box = (40.0, 20.0, 440.0, 180.0)  # 400 x 160 px


def picture(wall: float = 0.87, height: int = 200, width: int = 500) -> FloatArray:
    """An empty container in open beam, with a floor."""
    t_HW = np.ones((height, width), np.float32)
    t_HW[20:180, 40:440] = wall
    t_HW[150:180, 40:440] = 0.5
    return t_HW


def all_valid(t_HW: FloatArray) -> BoolArray:
    return np.ones(t_HW.shape, np.bool_)


def judge(t_HW: FloatArray, box: Box | None = BOX, floor: float = FLOOR_8_BIT) -> Penetration:
    return penetration(t_HW, all_valid(t_HW), floor, box)


def test_an_empty_container() -> None:
    assert judge(picture()) == Penetration(dense_share=0, dense_boxes=(), filled_share=0)


def test_a_dense_block_is_measured_and_bounded() -> None:
    t_HW = picture()
    t_HW[100:140, 140:240] = 1e-4
    found = judge(t_HW)
    assert found.dense_share == pytest.approx(40 * 100 / (160 * 400))
    assert found.dense_boxes == ((140.0, 100.0, 240.0, 140.0),)
    assert found.filled_share == pytest.approx(35 * 100 / (103 * 336))  # the floor band begins at row 135


def test_regions_come_largest_first_and_specks_do_not() -> None:
    t_HW = picture()
    t_HW[40:60, 60:80] = t_HW[40:100, 120:200] = t_HW[40:80, 240:280] = 1e-4
    t_HW[60:63, 300:303] = 1e-4
    boxes = judge(t_HW).dense_boxes
    assert [(b[2] - b[0], b[3] - b[1]) for b in boxes] == [(80, 60), (40, 40), (20, 20)]


def test_light_and_dead_rows_do_not_slice_a_region() -> None:
    t_HW = picture()
    valid_HW = all_valid(t_HW)
    t_HW[40:140, 100:300] = 1e-4
    t_HW[70:73, :] = 0.9
    t_HW[100:104, :] = 0.9
    valid_HW[100:104, :] = False
    assert penetration(t_HW, valid_HW, FLOOR_8_BIT, BOX).dense_boxes == ((100.0, 40.0, 300.0, 140.0),)


def test_no_more_regions_than_an_officer_looks_at() -> None:
    t_HW = np.full((400, 1600), 0.8, np.float32)
    for i in range(60):
        y, x = divmod(i, 20)
        t_HW[y * 120 + 20 : y * 120 + 80, x * 80 + 10 : x * 80 + 50] = 1e-4
    found = judge(t_HW, box=None)
    assert len(found.dense_boxes) == 20
    assert found.dense_share == pytest.approx(60 * 60 * 40 / t_HW.size)


@pytest.mark.parametrize("grey", range(7))
def test_grey_values_0_to_3_of_an_8_bit_file_are_opaque(grey: int) -> None:
    t_HW = picture()
    t_HW[40:80, 100:200] = max(grey, 1) / 255
    assert (judge(t_HW).dense_share > 0) == (grey <= 3)


@pytest.mark.parametrize(
    ("transmission", "opaque"), [(3.6e-2, False), (3.1e-3, False), (2e-3, True), (8.2e-5, True), (1e-5, True)]
)
def test_finer_files_have_a_physical_limit(transmission: float, opaque: bool) -> None:
    t_HW = picture()
    t_HW[40:80, 100:200] = transmission
    assert (judge(t_HW, floor=FLOOR_16_BIT).dense_share > 0) == opaque


def test_the_limit_is_the_sites_to_set() -> None:
    mine = PenetrationSettings(opaque_transmission=1e-4)
    assert opaque_limit(FLOOR_16_BIT, mine) == 1e-4
    assert opaque_limit(FLOOR_8_BIT, mine) == pytest.approx(3.5 / 255)
    t_HW = picture()
    t_HW[40:80, 100:200] = 5e-4
    assert penetration(t_HW, all_valid(t_HW), FLOOR_16_BIT, BOX, mine).dense_share == 0


@pytest.mark.parametrize("wall", [0.77, 0.87, 0.95])
def test_filled_is_relative_to_the_bare_wall(wall: float) -> None:
    t_HW = picture(wall)
    t_HW[20:150, 240:440] *= 0.5
    assert judge(t_HW).filled_share == pytest.approx(168 / 336, abs=0.01)
    t_HW = picture(wall)
    t_HW[20:150, 240:440] *= 0.9
    assert judge(t_HW).filled_share == 0


def test_an_evenly_filled_container_does_not_pass_for_its_walls() -> None:
    assert judge(picture(0.4)).filled_share == 1


def test_low_things_of_the_trailer_are_not_load() -> None:
    t_HW = picture()
    t_HW[136:180, 60:420] = 0.4
    assert judge(t_HW).filled_share == 0


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (FLOOR_8_BIT, "the picture is black and no beam got through"),
        (1.0, "the picture shows open beam only and no container"),
        (0.97, "the picture shows open beam only and no container"),
        (0.4, "the picture is one even grey"),
    ],
)
@pytest.mark.parametrize("box", [None, BOX])
def test_pictures_that_say_nothing(value: float, why: str, box: Box | None) -> None:
    found = judge(np.full((200, 500), value, np.float32), box)
    assert (found.judgeable, found.why, found.filled_share) == (False, why, 0)


@pytest.mark.parametrize(
    "box", [(600.0, 20.0, 700.0, 180.0), (-90.0, 0.0, -1.0, 50.0), (50.0, 50.0, 50.0, 50.0), (90.0, 90.0, 20.0, 20.0)]
)
def test_a_box_outside_the_picture_cannot_be_judged(box: Box) -> None:
    assert not judge(picture(), box).judgeable


def test_padding_counts_for_nothing() -> None:
    t_HW = picture()
    valid_HW = all_valid(t_HW)
    t_HW[:, 340:] = FLOOR_8_BIT
    valid_HW[:, 340:] = False
    found = penetration(t_HW, valid_HW, FLOOR_8_BIT, BOX)
    assert (found.dense_share, found.dense_boxes, found.judgeable) == (0, (), True)
    valid_HW[:, 200:] = False
    found = penetration(t_HW, valid_HW, FLOOR_8_BIT, BOX)
    assert found.why == "most of the picture here is padding or dead detector rows"
    assert not penetration(t_HW, np.zeros_like(valid_HW), FLOOR_8_BIT, None).judgeable


@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 60),
    width=st.integers(1, 90),
    box=st.none() | st.tuples(*[st.floats(-20, 110, width=16)] * 4),
    blocks=st.integers(1, 8),
)
@settings(max_examples=100, deadline=None)
def test_shares_and_boxes_stay_within_bounds(seed: int, height: int, width: int, box: Box | None, blocks: int) -> None:
    rng = np.random.default_rng(seed)
    coarse = rng.choice([1e-5, 0.003, 0.3, 0.8, 1.0], size=(blocks, blocks)).astype(np.float32)
    t_HW = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_NEAREST)
    valid_HW = rng.random((height, width)) > 0.2
    before = t_HW.copy()
    found = penetration(t_HW, valid_HW, FLOOR_16_BIT, box)
    assert 0 <= found.dense_share <= 1 and 0 <= found.filled_share <= 1
    assert found.judgeable == (found.why is None)
    for x0, y0, x1, y1 in found.dense_boxes:
        assert 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height
    assert np.array_equal(before, t_HW)
    assert found == penetration(t_HW, valid_HW, FLOOR_16_BIT, box)


@given(factor=st.floats(0.01, 1))
@settings(max_examples=30, deadline=None)
def test_a_denser_load_is_never_easier_to_see(factor: float) -> None:
    t_HW = picture()
    t_HW[40:140, 100:300] = 0.05
    denser_HW = t_HW.copy()
    denser_HW[40:140, 100:300] *= factor
    before, after = judge(t_HW), judge(denser_HW)
    assert after.dense_share >= before.dense_share and after.filled_share >= before.filled_share


def test_a_whole_scan_takes_milliseconds() -> None:
    rng = np.random.default_rng(1)
    t_HW = np.clip(rng.normal(0.5, 0.4, (800, 2400)), 1e-5, 1).astype(np.float32)
    valid_HW = all_valid(t_HW)
    took = []
    for _ in range(5):
        start = time.perf_counter()
        penetration(t_HW, valid_HW, FLOOR_8_BIT, None)
        took.append(time.perf_counter() - start)
    assert min(took) < 0.1  # measured: docs/checks.md; the slack is for a busy machine


def real_containers(folder: Path) -> dict[tuple[str, int], tuple[Box, set[str]]]:
    """Upstream box and our load labels of every container in the AJNA scans."""
    labels: dict[tuple[str, int], set[str]] = defaultdict(set)
    table = resources.files("scantally.datasets.labels").joinpath("ajna_loads.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(table.splitlines()):
        labels[row["image"], int(row["container"])].add(row["label"])
    boxes = {}
    for (image, i), loads in labels.items():
        line = (folder / "labels" / image).with_suffix(".txt").read_text().splitlines()[i]
        x, y, w, h = (float(v) for v in line.split()[1:])
        boxes[image, i] = ((x - w / 2, y - h / 2, x + w / 2, y + h / 2), loads)
    return boxes


def test_real_containers_part_into_empty_and_loaded(data_dir: Path) -> None:
    """The numbers in docs/checks.md and the defaults of CheckSettings rest on this; every fourth container, for speed."""
    rule, shares = CheckSettings(), []
    for (image, _), (box, loads) in list(real_containers(data_dir / "ajna").items())[::4]:
        grey_HW = cv2.imread(str(data_dir / "ajna" / "images" / image), cv2.IMREAD_GRAYSCALE)
        assert grey_HW is not None
        height, width = grey_HW.shape
        open_beam = float(np.percentile(grey_HW[::4, ::4], 98))
        t_HW = np.clip(grey_HW.astype(np.float32) / open_beam, 1 / open_beam, 1).astype(np.float32)
        pixels = (box[0] * width, box[1] * height, box[2] * width, box[3] * height)
        found = penetration(t_HW, all_valid(t_HW), 1 / open_beam, pixels)
        assert found.judgeable
        loaded = found.filled_share >= rule.filled_loaded or found.dense_share >= rule.dense_loaded
        bare = found.filled_share <= rule.filled_empty and found.dense_share <= rule.dense_empty
        shares.append(((loads == {"empty"}), bare, loaded))
    assert len(shares) >= 50
    assert all(bare and not loaded if empty else loaded and not bare for empty, bare, loaded in shares)
