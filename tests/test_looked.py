"""What the model said of a scan, kept: equal to the bit when it is read back, and enough to check papers that come later."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.datasets.simulator.produce import prepare, produce
from scantally.datasets.simulator.suites_demo import demo
from scantally.detector.errors import InputError
from scantally.detector.evidence.looked import Looked, read_looked, write_looked
from scantally.detector.formats import read_scan
from scantally.detector.manifests import read_manifest
from scantally.detector.models.infer import Sighting
from scantally.detector.pipeline import open_inspector
from scantally.detector.report.document import build_report, to_json
from scantally.detector.types import Anomaly, AnomalyMap, Box, Detections, Group, LoadBlock


def looked(seed: int = 0, count: int = 3) -> Looked:
    rng = np.random.default_rng(seed)

    def box() -> Box:
        x0, y0, x1, y1 = (float(np.float32(v)) for v in rng.uniform(0, 3000, 4))
        return x0, y0, x1, y1

    levels = rng.normal(0, 3, (7, 11)).astype(np.float32)
    levels[0] = -np.inf
    return Looked(
        sighting=Sighting(
            detections=Detections.of([(box(), float(rng.random()), f"l{k}", list(Group)[k % 3]) for k in range(count)]),
            blocks=tuple(
                LoadBlock(box=box(), scores={"cartons": float(rng.random()), "sacks": 0.1}) for _ in range(count)
            ),
            anomalies=tuple(Anomaly(box=box(), rate=float(rng.random()), score=0.9) for _ in range(count)) or None,
            maps=(
                AnomalyMap(score_hw=rng.random((7, 11)).astype(np.float32), box=box(), level_hw=levels),
                AnomalyMap(score_hw=np.zeros((0, 0), np.float32), box=box()),
            ),
        ),
        embeddings={box(): rng.random(32).astype(np.float32), box(): None},
    )


def same(one: Looked, other: Looked) -> None:
    a, b = one.sighting, other.sighting
    assert a.detections.rows() == b.detections.rows()
    assert a.blocks == b.blocks and a.anomalies == b.anomalies
    assert len(a.maps) == len(b.maps)
    for x, y in zip(a.maps, b.maps, strict=True):
        assert x.box == y.box and np.array_equal(x.score_hw, y.score_hw)
        assert (x.level_hw is None) == (y.level_hw is None)
        assert x.level_hw is None or y.level_hw is None or np.array_equal(x.level_hw, y.level_hw)
    assert list(one.embeddings) == list(other.embeddings)
    for x_D, y_D in zip(one.embeddings.values(), other.embeddings.values(), strict=True):
        assert (x_D is None and y_D is None) or np.array_equal(x_D, y_D)  # type: ignore[arg-type]


@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 6))
@settings(max_examples=30, deadline=None)
def test_what_is_read_back_is_equal_to_the_bit(seed: int, count: int) -> None:
    one = looked(seed, count)
    same(one, read_looked(write_looked(one), "x"))


@given(at=st.floats(0, 1), seed=st.integers(0, 255))
@settings(max_examples=60, deadline=None)
def test_damage_is_told_in_one_line_or_changes_nothing_that_counts(at: float, seed: int) -> None:
    raw = bytearray(write_looked(looked()))
    raw[int(at * (len(raw) - 1))] ^= seed
    try:
        read_looked(bytes(raw), "x.npz")
    except InputError as e:
        assert str(e).startswith("x.npz: ") and "\n" not in str(e)


@pytest.mark.parametrize("raw", [b"", b"PK", b"nothing", write_looked(looked())[:200]])
def test_what_is_no_such_archive_is_refused(raw: bytes) -> None:
    with pytest.raises(InputError, match=r"^x.npz: expected"):
        read_looked(raw, "x.npz")


def test_papers_that_come_later_get_the_report_that_they_would_have_got_at_once(tmp_path: Path) -> None:
    wanted = [job for job in demo() if job.stem == "undeclared"]
    for _ in produce(tmp_path, prepare(tmp_path, "demo", wanted), 1):
        pass
    inspector = open_inspector()
    scan = read_scan(tmp_path / "undeclared.tif")
    papers = read_manifest(tmp_path / "undeclared.manifest.json")
    kept = read_looked(write_looked(inspector.look(scan)), "x")
    for manifest in (papers, None):
        at_once = to_json(build_report(inspector.inspect(scan, manifest)))
        assert to_json(build_report(inspector.judge(scan, kept, manifest))) == at_once
