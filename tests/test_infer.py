"""Inference on whole scans, with an engine that finds blobs: a real detector of what the test draws, at any size."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.imaging import scales
from scantally.detector.imaging.scales import STRIDE, detail_view, scout_view
from scantally.detector.models import infer
from scantally.detector.models.boxes import Row
from scantally.detector.models.infer import Detector, calibrated, cargo_regions, corners, detail_scale
from scantally.detector.models.package import Card, LabelCard
from scantally.detector.models.port import Runtime
from scantally.detector.types import ByteArray, FloatArray, Group, Provenance, Scan

RECIPE = "log-windows-1"


class BlobEngine:
    """Finds dark blobs by connected components and calls each a firearm. Remembers the sizes that it was given."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def describe(self) -> Runtime:
        return Runtime(name="blobs", version="1", provider="cpu")

    def run(self, picture_HW3: ByteArray) -> FloatArray:
        self.sizes.append(picture_HW3.shape[:2])
        assert picture_HW3.shape[0] % STRIDE == 0 and picture_HW3.shape[1] % STRIDE == 0
        _, _, stats, _ = cv2.connectedComponentsWithStats((picture_HW3[..., 0] > 128).astype(np.uint8))
        rows = [(x + w / 2, y + h / 2, w, h, 0.0, 0.9) for x, y, w, h, _ in stats[1:]]
        return np.array(rows, np.float32).reshape(-1, 6)

    def close(self) -> None:
        pass


CARD = Card.model_validate(
    {
        "schema": 1,
        "name": "blobs",
        "version": "1",
        "description": "",
        "licence": "",
        "encoding": RECIPE,
        "scout_height": 224,
        "detail_pitch_mm": 4.4,
        "labels": [
            {"name": "container", "group": "structure"},
            {"name": "firearm", "group": "object", "passes": ["detail"]},
        ],
    }
)


def scan_of(picture: np.ndarray, pitch_mm: float | None = None) -> Scan:
    return Scan(
        transmission_BHW=picture[None].astype(np.float32),
        valid_HW=np.ones(picture.shape, np.bool_),
        floor=1e-4,
        pitch_mm=pitch_mm,
        energies_mv=None,
        calibrated=False,
        provenance=Provenance(source="x", sha256="0" * 64, format="test"),
    )


def with_objects(height: int, width: int, boxes: list[tuple[int, int, int, int]]) -> np.ndarray:
    picture = np.full((height, width), 0.95, np.float32)
    for x0, y0, x1, y1 in boxes:
        picture[y0:y1, x0:x1] = 0.2
    return picture


def test_one_pass_where_memory_allows() -> None:
    engine = BlobEngine()
    found = Detector(engine=engine, card=CARD).detect(scan_of(with_objects(800, 2400, [(1000, 300, 1100, 340)])))
    assert engine.sizes == [(224, 672), (800, 2400)]
    assert found.labels_N == ("firearm",)
    assert found.boxes_N4[0] == pytest.approx((1000, 300, 1100, 340), abs=1.0)


@pytest.mark.parametrize("x", [100, 480, 500, 700, 900, 1000, 1290, 1400])
def test_an_object_on_a_seam_is_found_once_and_whole(x: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(infer, "MAX_VIEW_PIXELS", 1100 * 300)
    engine = BlobEngine()
    picture = with_objects(300, 2000, [(x, 100, x + 300, 160)])
    found = Detector(engine=engine, card=CARD).detect(scan_of(picture))
    assert len(engine.sizes) > 2  # the scout, and more than one tile
    assert [tuple(b) for b in found.boxes_N4] == [pytest.approx((x, 100, x + 300, 160), abs=1.0)]


@given(
    st.lists(st.tuples(st.integers(0, 1700), st.integers(0, 220)), min_size=1, max_size=6),
    st.integers(30, 260),
)
@settings(max_examples=12, deadline=None)
def test_tiles_find_what_one_pass_finds(corners_: list[tuple[int, int]], length: int) -> None:
    boxes = [(x, y, x + length, y + 40) for x, y in corners_]
    scan = scan_of(with_objects(300, 2000, boxes))
    whole = Detector(engine=BlobEngine(), card=CARD).detect(scan)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(infer, "MAX_VIEW_PIXELS", 1100 * 300)
        tiled = Detector(engine=BlobEngine(), card=CARD).detect(scan)
    assert len(tiled) == len(whole)
    assert np.allclose(sorted(tiled.boxes_N4.tolist()), sorted(whole.boxes_N4.tolist()), atol=1.0)


@given(st.integers(32, 900), st.integers(32, 3000))
@settings(max_examples=25, deadline=None)
def test_scout_view_comes_back_to_scan_pixels(height: int, width: int) -> None:
    view = scout_view(np.full((height, width), 0.9, np.float32), RECIPE, 224)
    h, w = view.picture_HW3.shape[:2]
    assert h % STRIDE == 0 and w % STRIDE == 0
    whole = np.array([[0, 0, view.width, view.height]], np.float32)
    assert view.to_scan(whole)[0] == pytest.approx((0, 0, width, height), rel=1e-3, abs=0.5)


def test_detail_view_is_a_cut_of_the_encoded_whole() -> None:
    """Encoding with a margin makes a region's bytes those of the whole scan's, away from the scan's own borders."""
    t = np.random.default_rng(0).uniform(0.1, 1, (300, 500)).astype(np.float32)
    whole = scales.encode(t, RECIPE)
    view = detail_view(t, RECIPE, (100, 60, 228, 188), 1.0)
    assert (view.picture_HW3 == whole[60:188, 100:228]).all()


def test_corners() -> None:
    assert corners(np.array([[10, 20, 4, 6]], np.float32)).tolist() == [[8, 17, 12, 23]]


@pytest.mark.parametrize(("a", "b", "score", "expected"), [(1, 0, 0.3, 0.3), (2, 0, 0.5, 0.5), (1, 1, 0.5, 0.7311)])
def test_calibration(a: float, b: float, score: float, expected: float) -> None:
    label = LabelCard(name="x", group=Group.OBJECT, a=a, b=b)
    assert calibrated(np.array([score], np.float32), label)[0] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("pitch", "heights", "expected"),
    [
        (4.4, [], 1.0),
        (8.8, [], 2.0),
        (2.2, [600], 0.5),
        (None, [], 1.0),
        (None, [625], 1.0),
        (None, [300], 2750 / 300 / 4.4),
        (5.0, [], 1.0),  # within a quarter: not resampled
    ],
)
def test_detail_scale(pitch: float | None, heights: list[int], expected: float) -> None:
    rows = [Row(box=(0, 0, 1000, h), score=0.9, label="container") for h in heights]
    assert detail_scale(pitch, rows, 4.4) == pytest.approx(expected)


def test_regions_are_joined_where_they_overlap() -> None:
    rows = [Row(box=b, score=0.9, label="container") for b in [(0, 100, 1000, 700), (990, 90, 2000, 710)]]
    assert len(cargo_regions(rows, 800, 2400)) == 1
    apart = [Row(box=b, score=0.9, label="container") for b in [(0, 100, 900, 700), (1100, 90, 2000, 710)]]
    assert len(cargo_regions(apart, 800, 2400)) == 2
    assert cargo_regions([], 800, 2400) == [(0.0, 0.0, 2400.0, 800.0)]


class ShortEngine(BlobEngine):
    """One that calls each blob a container full of timber, and boxes no more than 690 px of it, from its left end on."""

    def run(self, picture_HW3: ByteArray) -> FloatArray:
        rows = super().run(picture_HW3)
        wide = np.minimum(rows[:, 2], 690.0)
        left = rows[:, 0] - rows[:, 2] / 2
        found = np.stack([left + wide / 2, rows[:, 1], wide, rows[:, 3]], axis=1)
        return np.concatenate([found, np.tile(np.float32([0.9, 0.8]), (len(rows), 1))], axis=1).astype(np.float32)


LOADED = CARD.model_copy(
    update={
        "labels": (
            LabelCard(name="container", group=Group.STRUCTURE),
            LabelCard(name="timber", group=Group.LOAD, passes=("scout",)),
        ),
        "detail_pitch_mm": None,
    }
)
NARROW, WIDE = (100, 200, 700, 700), (900, 150, 3700, 720)  # 168 and 784 px in a scout view of 224 rows


@pytest.mark.parametrize(
    ("boxes", "passes"),
    [([NARROW], 1), ([WIDE], 2), ([NARROW, WIDE], 2), ([], 1), ([(100, 150, 2200, 720)], 1)],
)
def test_a_container_wider_than_the_network_reaches_is_found_whole(
    boxes: list[tuple[int, int, int, int]], passes: int
) -> None:
    engine = ShortEngine()
    seen = Detector(engine=engine, card=LOADED).look(scan_of(with_objects(800, 3800, boxes)))
    assert len(engine.sizes) == passes
    assert engine.sizes[0] == (224, 1088)
    for label in ("container", "timber"):
        found = sorted(b for b, _, name, _ in seen.detections.rows() if name == label)
        assert np.array(found).reshape(-1, 4) == pytest.approx(np.array(boxes, np.float64).reshape(-1, 4), abs=12.0)
    blocks = sorted(block.box for block in seen.blocks)
    assert np.array(blocks).reshape(-1, 4) == pytest.approx(np.array(boxes, np.float64).reshape(-1, 4), abs=12.0)


def test_what_the_first_view_reaches_is_taken_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """It sees more: a narrow container beside a wide one is boxed as if the other were not there."""
    alone, beside = (
        Detector(engine=ShortEngine(), card=LOADED).detect(scan_of(with_objects(800, 3800, boxes)))
        for boxes in ([NARROW], [NARROW, WIDE])
    )
    narrow = min(b for b, _, name, _ in beside.rows() if name == "container")
    assert narrow == min(b for b, _, name, _ in alone.rows() if name == "container")


class NarrowerEngine(ShortEngine):
    """One that boxes a little less of what it sees in a smaller view."""

    def run(self, picture_HW3: ByteArray) -> FloatArray:
        found = super().run(picture_HW3)
        if picture_HW3.shape[0] < 224:
            found[:, 2] *= 0.96
        return found


def test_a_container_at_the_edge_of_the_reach_is_never_lost() -> None:
    """615 px wide in the first view, 590 as the smaller one has it."""
    edge = (200, 150, 2396, 720)
    seen = Detector(engine=NarrowerEngine(), card=LOADED).look(scan_of(with_objects(800, 3000, [edge])))
    for label in ("container", "timber"):
        assert [name for *_, name, _ in seen.detections.rows()].count(label) == 1
    assert len(seen.blocks) == 1


class OnceEngine(ShortEngine):
    """One that finds nothing in a smaller view."""

    def run(self, picture_HW3: ByteArray) -> FloatArray:
        found = super().run(picture_HW3)
        return found if picture_HW3.shape[0] >= 224 else found[:0]


def test_what_the_smaller_view_does_not_see_stays() -> None:
    seen = Detector(engine=OnceEngine(), card=LOADED).look(scan_of(with_objects(800, 3800, [WIDE])))
    assert [name for *_, name, _ in seen.detections.rows()] == ["container", "timber"]
    assert len(seen.blocks) == 1
