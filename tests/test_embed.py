"""Embeddings of loads: made from the network's map, and carried from report to report."""

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.models.embed import GROUPS, SIZE, embed
from scantally.detector.models.port import Runtime
from scantally.detector.pipeline import open_inspector
from scantally.detector.report.document import build_report, to_json
from scantally.detector.types import Box, ByteArray, FloatArray, Provenance, Scan

BOX: Box = (50.0, 20.0, 450.0, 180.0)
LENGTH = GROUPS * 6 * 12
RECIPE = "log-windows-1"


class Plain:
    """An engine with detections alone."""

    def describe(self) -> Runtime:
        return Runtime(name="plain", version="1", provider="cpu")

    def run(self, picture_HW3: ByteArray) -> FloatArray:
        return np.zeros((0, 5), np.float32)

    def close(self) -> None:
        pass


class Mapped(Plain):
    """An engine whose map is the picture itself, shrunk: its three channels, repeated."""

    extras: tuple[str, ...] = ("features", "embedding")
    channels = 32
    cell = 16

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def extract(self, picture_HW3: ByteArray, names: Sequence[str]) -> dict[str, FloatArray]:
        self.asked.append(picture_HW3.shape)
        assert list(names) == ["features"]
        rows, columns = (side // self.cell for side in picture_HW3.shape[:2])
        small = cv2.resize(picture_HW3, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32)
        channels = [small[..., k % 3] * (1 + k // 3) for k in range(self.channels)]
        return {"features": np.stack(channels)}

    def run_with(self, picture_HW3: ByteArray, names: Sequence[str]) -> tuple[FloatArray, dict[str, FloatArray]]:
        return self.run(picture_HW3), self.extract(picture_HW3, names)


def band(seed: int = 0, wide: int = 500) -> FloatArray:
    """Walls, and a load of ten columns of differing height."""
    rng = np.random.default_rng(seed)
    t = np.full((200, wide), 0.95, np.float32)
    t[20:180, 50 : wide - 50] = 0.8
    for k, top in enumerate(rng.integers(40, 140, 10)):
        step = (wide - 100) / 10
        t[top:165, round(50 + k * step) : round(50 + (k + 0.9) * step)] *= 0.1
    return t


def test_a_vector_of_length_one_from_one_picture_of_one_size() -> None:
    engine = Mapped()
    found = embed(engine, RECIPE, band(), BOX)
    assert found is not None and found.shape == (LENGTH,) and found.dtype == np.float32
    assert float(np.linalg.norm(found)) == pytest.approx(1, abs=1e-5)
    assert engine.asked == [(*SIZE, 3)]
    again = embed(engine, RECIPE, band(), BOX)
    assert again is not None and np.array_equal(found, again)


def test_the_same_load_at_another_speed_is_nearer_than_another_load() -> None:
    engine = Mapped()
    now, other = embed(engine, RECIPE, band(), BOX), embed(engine, RECIPE, band(1), BOX)
    slow = embed(engine, RECIPE, band(wide=900), (50.0, 20.0, 850.0, 180.0))
    assert now is not None and other is not None and slow is not None
    assert float(now @ slow) > 0.9 > float(now @ other) + 0.1


@pytest.mark.parametrize("change", [{"extras": ("embedding",)}, {"channels": 31}, {"cell": 24}])
def test_a_network_without_such_a_map_gives_none(change: dict[str, object]) -> None:
    engine = Mapped()
    for name, value in change.items():
        setattr(engine, name, value)
    assert embed(engine, RECIPE, band(), BOX) is None


def test_no_outputs_no_picture_and_no_contrast_give_none() -> None:
    assert embed(Plain(), RECIPE, band(), BOX) is None
    assert embed(Mapped(), RECIPE, band(), (600.0, 20.0, 700.0, 180.0)) is None
    assert embed(Mapped(), RECIPE, np.ones((200, 500), np.float32), BOX) is None


@given(st.integers(-40, 500), st.integers(-40, 200), st.integers(1, 300), st.integers(1, 200))
@settings(max_examples=60, deadline=None)
def test_boxes_that_leave_the_scan_are_cut(x: int, y: int, w: int, h: int) -> None:
    found = embed(Mapped(), RECIPE, band(), (float(x), float(y), float(x + w), float(y + h)))
    assert found is None or (np.isfinite(found).all() and found.shape == (LENGTH,))


# -- with the package that is shipped


def scan(name: str, sha: str, seed: int = 3) -> Scan:
    """A lorry's box, as plain as the network still takes it for a container."""
    t = np.full((400, 1400), 0.99, np.float32)
    t[60:330, 200:1200] = 0.86
    t[60:70, 200:1200] = t[310:330, 200:1200] = 0.4
    t[60:330, 200:212] = t[60:330, 1188:1200] = 0.25
    t[330:350, 150:1250] = 0.3
    rng = np.random.default_rng(seed)
    for k, top in enumerate(rng.integers(110, 200, 8)):
        t[top:310, 230 + 115 * k : 330 + 115 * k] = 0.03
    t += rng.normal(0, 0.002, t.shape).astype(np.float32)
    return Scan(
        transmission_BHW=np.clip(t, 1e-4, 1)[None],
        valid_HW=np.ones(t.shape, np.bool_),
        floor=1 / 255,
        pitch_mm=None,
        energies_mv=None,
        calibrated=False,
        provenance=Provenance(source=name, sha256=sha, format="png"),
    )


def test_reports_carry_embeddings_and_list_the_history_that_was_used(tmp_path: Path) -> None:
    """From scan to report and back: the very same scan under another number is recognised."""
    first = open_inspector().inspect(scan("a.png", "aa" * 32), None, ("CSQU3054383",))
    assert [case.embedding_D is not None for case in first.cases] == [True]
    text = to_json(build_report(first))
    value = json.loads(text)
    assert value["history"] is None
    assert [x["container"] for x in value["embeddings"]] == ["CSQU3054383"]
    (tmp_path / "a.json").write_text(text)

    again = open_inspector(history=tmp_path).inspect(scan("b.png", "aa" * 32), None, ("MSKU6856625",))
    (found,) = [f for f in again.findings if f.check == "duplicate"]
    assert (found.verdict.value, found.severity.value, found.observation) == ("suspect", "high", "same_scan")
    assert json.loads(to_json(build_report(again)))["history"] == list(again.history or ())
    assert again.history is not None and len(again.history) == 1

    other = open_inspector(history=tmp_path).inspect(scan("c.png", "bb" * 32), None, ("MSKU6856625",))
    (found,) = [f for f in other.findings if f.check == "duplicate"]
    assert "in the history that can be compared: 1;" in found.reason
