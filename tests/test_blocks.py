"""Load blocks: what the network thinks of each place, label by label."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.evidence.cases import build_cases
from scantally.detector.models.blocks import FAINT, load_blocks
from scantally.detector.models.boxes import iou
from scantally.detector.models.infer import Detector
from scantally.detector.models.package import Card
from scantally.detector.models.port import Runtime
from scantally.detector.types import ByteArray, Detections, FloatArray, Group, LoadBlock, Provenance, Scan

LABELS = ("sacks", "bales", "tank")
CARD = Card.model_validate(
    {
        "schema": 1,
        "name": "by-hand",
        "version": "1",
        "description": "for tests",
        "licence": "none",
        "encoding": "log-windows-1",
        "scout_height": 96,
        "labels": [
            {"name": "container", "group": "structure"},
            {"name": "empty", "group": "load"},
            *({"name": name, "group": "load"} for name in LABELS),
            {"name": "firearm", "group": "object"},
        ],
    }
)


class Drawn:
    """An engine that answers every picture with the same rows."""

    def __init__(self, rows: list[list[float]]) -> None:
        self.raw = np.array(rows, np.float32).reshape(len(rows), 4 + len(CARD.labels))

    def describe(self) -> Runtime:
        return Runtime(name="drawn", version="1", provider="cpu")

    def run(self, picture_HW3: ByteArray) -> FloatArray:
        return self.raw

    def close(self) -> None:
        pass


def blocks(*rows: tuple[tuple[float, float, float, float], tuple[float, float, float]]) -> tuple[LoadBlock, ...]:
    boxes = np.array([box for box, _ in rows], np.float32).reshape(-1, 4)
    return load_blocks(boxes, np.array([scores for _, scores in rows], np.float32).reshape(-1, 3), LABELS)


def test_boxes_at_one_place_speak_of_one_block() -> None:
    (block,) = blocks(((0, 0, 100, 50), (0.45, 0.1, 0.0)), ((4, 0, 104, 50), (0.2, 0.4, 0.0)))
    assert block.box == (0, 0, 100, 50)
    assert {k: round(v, 4) for k, v in block.scores.items()} == {"sacks": 0.45, "bales": 0.4, "tank": 0.0}


def test_boxes_apart_are_blocks_of_their_own_surest_first() -> None:
    left, right = (0.0, 0.0, 100.0, 50.0), (80.0, 0.0, 180.0, 50.0)
    assert [b.box for b in blocks((left, (0.3, 0, 0)), (right, (0, 0, 0.8)))] == [right, left]


@pytest.mark.parametrize("faint", [0.0, 0.0999])
def test_what_is_faint_in_every_label_is_no_block(faint: float) -> None:
    assert blocks(((0, 0, 100, 50), (faint, faint, faint))) == ()


def test_no_boxes_and_no_labels_are_no_blocks() -> None:
    assert blocks() == ()
    assert load_blocks(np.ones((2, 4), np.float32), np.zeros((2, 0), np.float32), ()) == ()


@given(
    st.lists(
        st.tuples(
            st.tuples(st.integers(0, 90), st.integers(0, 40), st.integers(1, 60), st.integers(1, 60)),
            st.tuples(*[st.floats(0, 1, width=16)] * 3),
        ),
        max_size=8,
    )
)
@settings(max_examples=100, deadline=None)
def test_no_probability_is_invented_and_none_of_the_highest_is_lost(
    drawn: list[tuple[tuple[int, ...], tuple[float, ...]]],
) -> None:
    rows = [((x, y, x + w, y + h), scores) for (x, y, w, h), scores in drawn]
    made = blocks(*rows)  # type: ignore[arg-type]
    assert len(made) <= sum(max(scores) >= FAINT for _, scores in rows)
    tops = [max(block.scores.values()) for block in made]
    assert tops == sorted(tops, reverse=True)
    assert max(tops, default=0.0) == max((max(s) for _, s in rows if max(s) >= FAINT), default=0.0)
    for k, block in enumerate(made):
        others = np.array([other.box for other in made[k + 1 :]], np.float64).reshape(-1, 4)
        assert not (iou(block.box, others) > 0.5).any()


def scan() -> Scan:
    return Scan(
        transmission_BHW=np.full((1, 192, 640), 0.9, np.float32),
        valid_HW=np.ones((192, 640), np.bool_),
        floor=1 / 255,
        pitch_mm=None,
        energies_mv=None,
        calibrated=False,
        provenance=Provenance(source="scan.png", sha256="0" * 64, format="png"),
    )


def test_a_detector_tells_blocks_in_pixels_of_the_scan_beside_its_detections() -> None:
    # Centre, width and height in the picture of 96 rows (half size), then container, empty, sacks, bales, tank, firearm.
    engine = Drawn(
        [
            [160, 48, 300, 90, 0.9, 0, 0, 0, 0, 0],
            [160, 48, 300, 90, 0.0, 0.9, 0, 0, 0, 0],
            [80, 50, 100, 60, 0.0, 0, 0.4, 0.3, 0, 0],
            [80, 50, 100, 60, 0.0, 0, 0.2, 0.45, 0, 0.9],
        ]
    )
    seen = Detector(engine=engine, card=CARD).look(scan())
    (block,) = seen.blocks
    assert block.box == pytest.approx((60, 40, 260, 160))
    # The default calibration of a label leaves its score as it is.
    assert dict(block.scores) == pytest.approx({"sacks": 0.4, "bales": 0.45, "tank": 0.0}, abs=1e-5)
    assert seen.detections.labels_N == Detector(engine=engine, card=CARD).detect(scan()).labels_N


def test_a_package_without_loads_has_no_blocks() -> None:
    card = CARD.model_copy(update={"labels": tuple(x for x in CARD.labels if x.group is not Group.LOAD)})
    engine = Drawn([])
    engine.raw = np.array([[160, 48, 300, 90, 0.9, 0.0]], np.float32)
    assert Detector(engine=engine, card=card).look(scan()).blocks == ()


def test_each_container_has_its_own_blocks() -> None:
    left, right = (10.0, 10.0, 300.0, 180.0), (330.0, 10.0, 630.0, 180.0)
    found = Detections.of([(box, 0.9, "container", Group.STRUCTURE) for box in (left, right)])
    one, two, air = (
        LoadBlock(box=box, scores={"sacks": 0.5})
        for box in ((20.0, 90.0, 200.0, 170.0), (400.0, 90.0, 600.0, 170.0), (305.0, 0.0, 325.0, 9.0))
    )
    cases = build_cases(scan(), found, None, (), PenetrationSettings(), blocks=(one, two, air))
    assert [case.blocks for case in cases] == [(one,), (two,)]
    assert build_cases(scan(), Detections.of([]), None, (), PenetrationSettings(), blocks=(one, air))[0].blocks == (
        one,
        air,
    )
    assert build_cases(scan(), found, None, (), PenetrationSettings())[0].blocks is None
