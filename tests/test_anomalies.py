"""Regions of drawn maps with their exact boxes, and a package that finds anomalies, through the real network."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from anomaly_heads import CELL, facts, field_of, plain_model, random_head
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.errors import PackageError
from scantally.detector.imaging.encode import working_band
from scantally.detector.models.anomalies import RIM, SAME, Region, find_anomalies, inside, regions_of, without_doubles
from scantally.detector.models.anomaly_file import ANOMALY, AnomalyModel, write_anomaly
from scantally.detector.models.boxes import iou
from scantally.detector.models.infer import Detector
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import Card, LabelCard, Package, default_package, open_package, write_checksums
from scantally.detector.models.port import Extractor, Runtime
from scantally.detector.pipeline import open_inspector
from scantally.detector.types import Box, ByteArray, FloatArray, Group, Provenance, Scan

FIELD: Box = (0.0, 0.0, 20 * 8.0, 10 * 8.0)


def levels(*blocks: tuple[int, int, int, int, float], rows: int = 10, columns: int = 20) -> FloatArray:
    """A map of -9 with blocks (row, column, rows, columns, level); later ones lie over earlier ones."""
    drawn = np.full((rows, columns), -9.0, np.float32)
    for row, column, high, wide, level in blocks:
        drawn[row : row + high, column : column + wide] = level
    return drawn


def cells(row: int, column: int, high: int, wide: int) -> Box:
    """The box of cells of 8 pixels each."""
    return (column * 8.0, row * 8.0, (column + wide) * 8.0, (row + high) * 8.0)


# Which cells are judged.


def test_cells_are_inside_by_their_middle_and_without_a_rim() -> None:
    field = field_of(np.zeros((10, 20)))
    box = (40.0, 30.0, 200.0, 130.0)
    rim = RIM * 100.0
    found = inside(field, [box])
    for row in range(10):
        for column in range(20):
            x, y = (column + 0.5) * CELL, (row + 0.5) * CELL
            within = box[0] + rim < x < box[2] - rim and box[1] + rim < y < box[3] - rim
            assert found[row, column] == within, (row, column)
    assert 0 < np.count_nonzero(found) < found.size


def test_pixels_of_the_view_are_brought_to_those_of_the_scan() -> None:
    field = field_of(np.zeros((10, 20)), x0=1000.0, y0=500.0, scale=2.0)
    assert field.cell == CELL and field.box == (1000.0, 500.0, 1160.0, 580.0)
    found = inside(field, [(1000.0, 500.0, 1080.0, 580.0)])
    rim = RIM * 80.0  # 2.8 pixels: less than the 4 of half a cell
    assert rim < 4 and found[:, :10].all() and not found[:, 10:].any()


def test_without_a_container_all_that_is_shown_is_inside_but_its_rim_and_its_padding() -> None:
    found = inside(field_of(np.zeros((10, 20)), padded=2 * CELL), [])
    assert found[1:7, 1:17].all() and not found[8:].any() and not found[:, 18:].any()


def test_several_containers_are_inside_and_none_beside_the_view() -> None:
    field = field_of(np.zeros((10, 20)))
    left, right, far = (0.0, 0.0, 96.0, 160.0), (192.0, 0.0, 320.0, 160.0), (900.0, 0.0, 1200.0, 160.0)
    found = inside(field, [left, right, far])
    assert np.array_equal(found, inside(field, [left]) | inside(field, [right]))
    assert not inside(field, [far]).any()


# Regions.


def test_a_region_is_a_box_around_its_cells() -> None:
    found = regions_of(levels((2, 3, 2, 4, 1.5)), FIELD, 1.0)
    assert found == [Region(box=cells(2, 3, 2, 4), level=1.5)]


def test_boxes_are_in_pixels_of_the_scan() -> None:
    found = regions_of(levels((2, 3, 2, 4, 1.5)), (100.0, 50.0, 140.0, 60.0), 1.0)
    assert found == [Region(box=(106.0, 52.0, 114.0, 54.0), level=1.5)]


@pytest.mark.parametrize(("level", "found"), [(0.999, 0), (1.0, 1), (1.001, 1)])
def test_a_region_reaches_the_least_level(level: float, found: int) -> None:
    assert len(regions_of(levels((2, 3, 2, 4, level)), FIELD, np.float32(1.0))) == found


def test_nothing_strange_is_no_region() -> None:
    assert regions_of(levels(), FIELD, 1.0) == []
    assert regions_of(np.full((4, 4), -np.inf, np.float32), FIELD, -1e3) == []
    assert regions_of(levels((2, 3, 2, 4, 1.5)), FIELD, float("inf")) == []


def test_a_region_ends_where_it_is_less_strange_by_one() -> None:
    found = regions_of(levels((1, 1, 7, 12, 1.2), (2, 3, 4, 6, 4.05), (3, 4, 2, 2, 5.0)), FIELD, 1.0)
    assert found == [Region(box=cells(2, 3, 4, 6), level=5.0)]
    found = regions_of(levels((1, 1, 7, 12, 1.2), (2, 3, 4, 6, 3.95), (3, 4, 2, 2, 5.0)), FIELD, 1.0)
    assert found == [Region(box=cells(3, 4, 2, 2), level=5.0)]


def test_of_two_peaks_that_hang_together_the_stranger_has_the_box() -> None:
    found = regions_of(levels((4, 1, 1, 17, 1.0), (3, 2, 3, 3, 4.5), (3, 12, 3, 4, 5.0)), FIELD, 1.0)
    assert found == [Region(box=cells(3, 12, 3, 4), level=5.0)]


def test_two_regions_apart_are_two_the_stranger_first() -> None:
    found = regions_of(levels((1, 1, 2, 2, 2.0), (6, 12, 2, 3, 3.0)), FIELD, 1.0)
    assert found == [Region(box=cells(6, 12, 2, 3), level=3.0), Region(box=cells(1, 1, 2, 2), level=2.0)]


def test_cells_that_touch_at_a_corner_hang_together() -> None:
    assert regions_of(levels((1, 1, 1, 1, 2.0), (2, 2, 1, 1, 2.0)), FIELD, 1.0) == [
        Region(box=cells(1, 1, 2, 2), level=2.0)
    ]


def test_regions_as_strange_as_each_other_are_in_the_order_of_their_boxes() -> None:
    found = regions_of(levels((6, 1, 1, 1, 2.0), (1, 9, 1, 1, 2.0), (1, 4, 1, 1, 2.0)), FIELD, 1.0)
    assert [r.box for r in found] == [cells(6, 1, 1, 1), cells(1, 4, 1, 1), cells(1, 9, 1, 1)]


def test_a_region_at_the_border_ends_there() -> None:
    found = regions_of(levels((0, 0, 2, 3, 2.0), (8, 18, 2, 2, 3.0)), FIELD, 1.0)
    assert [r.box for r in found] == [cells(8, 18, 2, 2), cells(0, 0, 2, 3)]


@given(seed=st.integers(0, 2**32 - 1), least=st.floats(-1, 2))
@settings(max_examples=50, deadline=None)
def test_every_region_holds_a_cell_of_its_level_and_no_strange_cell_is_lost(seed: int, least: float) -> None:
    drawn = np.random.default_rng(seed).normal(0, 1.5, (10, 20)).astype(np.float32)
    found = regions_of(drawn, FIELD, least)
    assert [r.level for r in found] == sorted((r.level for r in found), reverse=True)
    for region in found:
        x0, y0, x1, y1 = (round(v / 8) for v in region.box)
        assert region.level >= least and region.level in drawn[y0:y1, x0:x1].astype(float)
    assert bool(found) == bool((drawn >= least).any())
    if found:
        assert found[0].level == drawn.max()


def test_of_two_views_that_show_one_thing_the_stranger_stays() -> None:
    one = Region(box=(0.0, 0.0, 100.0, 100.0), level=2.0)
    same = Region(box=(40.0, 0.0, 140.0, 100.0), level=3.0)  # 60 of 140: 0.43
    other = Region(box=(60.0, 0.0, 160.0, 100.0), level=1.0)  # 40 of 160 with the first: 0.25
    assert without_doubles([one, same]) == [same]
    assert without_doubles([one, other]) == [one, other]
    # What is a double of a double that is gone stays: 80 of 120 with ``same``, which goes.
    assert without_doubles([one, same, other]) == [same]
    assert without_doubles([]) == []


boxes = st.tuples(st.integers(0, 80), st.integers(0, 80), st.integers(1, 40), st.integers(1, 40)).map(
    lambda v: (float(v[0]), float(v[1]), float(v[0] + v[2]), float(v[1] + v[3]))
)


@given(st.lists(st.builds(Region, box=boxes, level=st.floats(-3, 9)), max_size=12), st.randoms())
@settings(max_examples=60, deadline=None)
def test_no_two_that_stay_are_doubles_in_whatever_order_they_come(regions: list[Region], shuffled: object) -> None:
    kept = without_doubles(regions)
    mixed = list(regions)
    shuffled.shuffle(mixed)  # type: ignore[attr-defined]
    assert without_doubles(mixed) == kept
    for k, region in enumerate(kept):
        others = np.array([r.box for r in kept[:k]], np.float64).reshape(-1, 4)
        assert (iou(region.box, others) < SAME).all()
    for region in regions:
        over = [r for r in kept if r.level >= region.level and float(iou(region.box, np.array([r.box]))[0]) >= SAME]
        assert region in kept or over


# Maps and regions of a scan.


def drawn_field(*blocks: tuple[int, int, int, int, float], x0: float = 0.0) -> object:
    strange = np.zeros((12, 30))
    for row, column, high, wide, level in blocks:
        strange[row : row + high, column : column + wide] = level
    return field_of(strange, x0=x0)


def test_what_is_found_is_where_it_was_drawn() -> None:
    container = (0.0, 0.0, 28.0 * CELL, 12.0 * CELL)
    maps, found = find_anomalies([drawn_field((4, 10, 5, 6, 2.9))], [container], plain_model(-1.0))  # type: ignore[list-item]
    (one,) = found
    # A mean over 3 x 3 cells leaves 2.9 in the inner 3 x 4 and 2.9 * 6 / 9 at the sides: less by just not one; at the corners 4 / 9.
    assert one.box == (10 * CELL, 4 * CELL, 16 * CELL, 9 * CELL)
    assert one.rate == pytest.approx(10**-1.9, rel=1e-4) and one.score == pytest.approx(np.exp(-(10**-1.9)), rel=1e-5)
    assert one.step is None  # that is the scan's to tell
    (shown,) = maps
    assert shown.box == (0.0, 0.0, 30.0 * CELL, 12.0 * CELL) and shown.score_hw.shape == (12, 30)
    assert shown.score_hw.dtype == np.float32 and not shown.score_hw.flags.writeable
    assert shown.score_hw[6, 12] == pytest.approx(one.score, rel=1e-4)
    assert shown.score_hw[2, 2] == 0.0  # below what was counted
    assert (
        np.count_nonzero(shown.score_hw) == np.count_nonzero(shown.score_hw[3:10, 9:17]) > 10
    )  # and what is usual is 0


def test_nothing_strange_gives_maps_and_no_region() -> None:
    maps, found = find_anomalies([drawn_field((4, 10, 5, 6, 0.5))], [], plain_model(-1.0))  # type: ignore[list-item]
    assert len(maps) == 1 and found == ()


def test_what_is_outside_of_containers_is_not_strange() -> None:
    field = drawn_field((4, 2, 5, 6, 3.0), (4, 20, 5, 6, 3.5))
    _, both = find_anomalies([field], [], plain_model(-1.0))  # type: ignore[list-item]
    _, one = find_anomalies([field], [(0.0, 0.0, 15.0 * CELL, 12.0 * CELL)], plain_model(-1.0))  # type: ignore[list-item]
    assert len(both) == 2 and one == (both[1],)
    assert both[0].rate < both[1].rate  # strangest first


def test_two_tiles_that_overlap_say_it_once() -> None:
    tiles = [drawn_field((4, 22, 5, 6, 2.9)), drawn_field((4, 2, 5, 6, 2.95), x0=20.0 * CELL)]
    maps, found = find_anomalies(tiles, [], plain_model(-1.0))  # type: ignore[arg-type]
    assert [m.box[0] for m in maps] == [0.0, 20.0 * CELL]
    assert [a.box[0] for a in found] == [22.0 * CELL]
    assert found[0].rate == pytest.approx(10**-1.95, rel=1e-4)


def test_a_rate_that_is_never_reached_finds_nothing() -> None:
    field = drawn_field((4, 10, 5, 6, 9.0))
    _, found = find_anomalies([field], [], plain_model(rates=(9.0, 2.0)))  # type: ignore[list-item]
    assert found == ()


def test_a_container_of_which_too_little_is_seen() -> None:
    maps, found = find_anomalies([field_of(np.full((2, 2), 9.0))], [], plain_model())
    assert len(maps) == 1 and np.isfinite(maps[0].score_hw).all() and len(found) <= 1


# Engines that have maps, and such that have none.

CARD = Card.model_validate(
    {
        "schema": 1,
        "name": "drawn",
        "version": "1",
        "description": "",
        "licence": "",
        "encoding": "log-windows-1",
        "scout_height": 64,
        "detail_pitch_mm": 4.4,
        "labels": [{"name": "firearm", "group": "object", "passes": ["detail"]}],
    }
)


class Dumb:
    """An engine without maps: finds nothing."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def describe(self) -> Runtime:
        return Runtime(name="dumb", version="1", provider="cpu")

    def run(self, picture_HW3: ByteArray) -> FloatArray:
        self.asked.append("run")
        return np.zeros((0, 5), np.float32)

    def close(self) -> None:
        pass


class Dark(Dumb):
    """An engine with a map: in each cell of 16 pixels how dark it is, up to 10."""

    extras: tuple[str, ...] = ("features",)

    def extract(self, picture_HW3: ByteArray, names: Sequence[str]) -> dict[str, FloatArray]:
        self.asked.append("extract")
        rows, columns = picture_HW3.shape[0] // CELL, picture_HW3.shape[1] // CELL
        dark = picture_HW3[..., 0].astype(np.float32).reshape(rows, CELL, columns, CELL).mean(axis=(1, 3))
        return {name: dark[None] / np.float32(25.5) for name in names}

    def run_with(self, picture_HW3: ByteArray, names: Sequence[str]) -> tuple[FloatArray, dict[str, FloatArray]]:
        found = self.run(picture_HW3), self.extract(picture_HW3, names)
        self.asked[-2:] = ["run_with"]
        return found


def drawn_scan() -> Scan:
    t = np.full((1, 320, 640), 0.9, np.float32)
    t[0, 128:192, 256:352] = 0.05
    return Scan(
        transmission_BHW=t,
        valid_HW=np.ones((320, 640), np.bool_),
        floor=1e-4,
        pitch_mm=4.4,
        energies_mv=None,
        calibrated=False,
        provenance=Provenance(source="x", sha256="0" * 64, format="test"),
    )


def test_a_detector_without_a_head_looks_for_nothing_and_asks_for_no_map() -> None:
    engine = Dark()
    seen = Detector(engine=engine, card=CARD).look(drawn_scan())
    assert (seen.anomalies, seen.maps) == (None, ()) and engine.asked == ["run"]


def test_a_network_without_maps_looks_for_nothing() -> None:
    engine = Dumb()
    assert not isinstance(engine, Extractor)
    seen = Detector(engine=engine, card=CARD, strange=plain_model()).look(drawn_scan())
    assert (seen.anomalies, seen.maps) == (None, ())
    nothing = Dark()
    nothing.extras = ("embedding",)
    assert Detector(engine=nothing, card=CARD, strange=plain_model()).look(drawn_scan()).anomalies is None
    assert nothing.asked == ["run"]


def test_a_package_without_a_detail_pass_looks_for_nothing() -> None:
    scout = CARD.model_copy(update={"labels": (LabelCard(name="container", group=Group.STRUCTURE),)})
    engine = Dark()
    assert Detector(engine=engine, card=scout, strange=plain_model()).look(drawn_scan()).anomalies is None
    assert "run_with" not in engine.asked


def test_a_detector_with_a_head_finds_what_is_dark_in_one_pass() -> None:
    engine = Dark()
    detector = Detector(engine=engine, card=CARD, strange=plain_model(-5.0))
    seen = detector.look(drawn_scan())
    assert engine.asked == ["run_with"]
    assert seen.anomalies is not None
    assert [one.box for one in seen.anomalies] == [(256.0 + CELL, 128.0 + CELL, 352.0 - CELL, 192.0 - CELL)]
    assert [one.box for one in seen.maps] == [(0.0, 0.0, 640.0, 320.0)]
    assert detector.look(drawn_scan()).anomalies == seen.anomalies


def test_the_maps_are_given_without_a_head_too() -> None:
    engine = Dark()
    scan = drawn_scan()
    fields, containers = Detector(engine=engine, card=CARD).fields(working_band(scan), scan.pitch_mm)
    assert containers == [] and engine.asked == ["run_with"]
    (one,) = fields
    assert one.features_CHW.shape == (1, 20, 40) and one.cell == CELL and one.statistics_HW9.shape == (20, 40, 9)


# A package with the head, and the network that it is for.


def with_head(folder: Path, raw: bytes) -> Path:
    """The default package with this ``anomaly.npz``."""
    before = open_package(default_package()).path
    folder.mkdir(parents=True)
    for name in ("model.onnx", "card.yaml"):
        shutil.copyfile(before / name, folder / name)
    (folder / ANOMALY).write_bytes(raw)
    write_checksums(folder)
    return folder


@pytest.fixture(scope="module")
def head() -> AnomalyModel:
    """It finds something, whatever it is shown: what is usual is strange to it."""
    return AnomalyModel(head=random_head(128), facts=facts(levels=(-3.0, 3.0), rates=(1.0, 0.01)))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, head: AnomalyModel) -> Package:
    return open_package(with_head(tmp_path_factory.mktemp("heads") / "cargo" / "9.9", write_anomaly(head)))


@pytest.fixture(scope="module")
def scan() -> Scan:
    from scantally.datasets.simulator.scene import simulate_scan
    from scantally.datasets.simulator.style import draw_style

    style = replace(draw_style(np.random.default_rng(3), "cal"), pitch_mm=9.0, height=380)
    picture = simulate_scan(5, 1, style).transmission_BHW[-1]
    return Scan(
        transmission_BHW=np.ascontiguousarray(picture[None], np.float32),
        valid_HW=np.ones(picture.shape, np.bool_),
        floor=1e-4,
        pitch_mm=9.0,
        energies_mv=None,
        calibrated=False,
        provenance=Provenance(source="x", sha256="0" * 64, format="test"),
    )


def test_a_package_with_a_head_is_read_with_it(package: Package, head: AnomalyModel) -> None:
    assert package.anomaly is not None and package.anomaly.facts == head.facts
    assert np.array_equal(package.anomaly.head.first_IM, head.head.first_IM)
    detector = open_detector(package)
    assert detector.strange is package.anomaly


def test_a_head_counts_in_the_digest_of_the_package(package: Package, tmp_path: Path) -> None:
    other = AnomalyModel(head=random_head(128, seed=1), facts=facts())
    assert open_package(with_head(tmp_path / "p", write_anomaly(other))).sha256 != package.sha256


def test_a_package_without_a_head_has_none(tmp_path: Path) -> None:
    folder = with_head(tmp_path / "p", b"x")
    (folder / ANOMALY).unlink()
    write_checksums(folder)
    opened = open_package(folder)
    assert opened.anomaly is None and open_detector(opened).strange is None


def problem(folder: Path) -> tuple[str, str]:
    with pytest.raises(PackageError) as caught:
        open_detector(open_package(folder))
    return caught.value.source, caught.value.problem


def test_a_head_of_another_network_is_refused(tmp_path: Path) -> None:
    other = AnomalyModel(head=random_head(64), facts=facts())
    folder = with_head(tmp_path / "p", write_anomaly(other))
    said = "was fitted on maps of 64 channels, but the network's is (128, 4, 6)"
    assert problem(folder) == (str(folder / ANOMALY), said)


def test_a_damaged_head_is_refused(tmp_path: Path, head: AnomalyModel) -> None:
    folder = with_head(tmp_path / "p", b"PK" + bytes(99))
    said = "expected the arrays of a head that finds anomalies: File is not a zip file"
    assert problem(folder) == (str(folder / ANOMALY), said)
    (folder / ANOMALY).write_bytes(write_anomaly(head))
    assert problem(folder)[1] == "was altered: its SHA-256 is not the one in SHA256SUMS"


def test_a_network_without_a_map_cannot_have_a_head(tmp_path: Path, head: AnomalyModel) -> None:
    pytest.importorskip("onnx", reason="builds networks by hand: needs the full environment (make full)")
    from scored_packages import cell_package

    folder = cell_package(tmp_path / "cells" / "1.0")
    (folder / ANOMALY).write_bytes(write_anomaly(head))
    write_checksums(folder)
    assert problem(folder) == (str(folder / ANOMALY), "expected a network with the output 'features'")


def test_the_head_changes_no_detection_and_finds_the_same_each_time(package: Package, scan: Scan) -> None:
    detector = open_detector(package)
    plain, seen, again = replace(detector, strange=None).look(scan), detector.look(scan), detector.look(scan)
    assert len(plain.detections) > 0
    assert seen.detections.labels_N == plain.detections.labels_N
    assert np.array_equal(seen.detections.boxes_N4, plain.detections.boxes_N4)
    assert np.array_equal(seen.detections.scores_N, plain.detections.scores_N)
    assert seen.blocks == plain.blocks
    assert plain.anomalies is None and plain.maps == ()
    assert seen.anomalies and again.anomalies == seen.anomalies
    assert [m.box for m in seen.maps] == [m.box for m in again.maps]
    assert all(np.array_equal(m.score_hw, n.score_hw) for m, n in zip(seen.maps, again.maps, strict=True))
    rates = [one.rate for one in seen.anomalies]
    assert rates == sorted(rates) and max(rates) <= 1.0 + 1e-9
    for one in seen.anomalies:
        assert one.score == pytest.approx(np.exp(-one.rate)) and 0 <= one.box[0] < one.box[2]


def test_an_inspection_brings_them_to_their_container(package: Package, scan: Scan) -> None:
    done = open_inspector(package.path).inspect(scan, None)
    assert done.anomalies and done.maps
    for case in done.cases:
        box = case.container.box
        assert box is not None and case.anomalies is not None
        middles = [((a.box[0] + a.box[2]) / 2, (a.box[1] + a.box[3]) / 2) for a in case.anomalies]
        assert all(box[0] <= x <= box[2] and box[1] <= y <= box[3] for x, y in middles)
    assert sum(len(case.anomalies or ()) for case in done.cases) <= len(done.anomalies)
    assert {f.check for f in done.findings if f.check == "anomaly"} == {"anomaly"}
    assert "Nothing looked" not in " ".join(f.reason for f in done.findings if f.check == "anomaly")


# Both outputs in one pass.


def test_run_with_gives_what_run_and_extract_give(package: Package) -> None:
    engine = open_detector(package).engine
    assert isinstance(engine, Extractor)
    picture = np.random.default_rng(0).integers(0, 256, (96, 160, 3), np.uint8)
    rows, found = engine.run_with(picture, ["embedding", "features"])
    assert np.array_equal(rows, engine.run(picture)) and list(found) == ["embedding", "features"]
    for name, value in engine.extract(picture, ["features", "embedding"]).items():
        assert np.array_equal(found[name], value) and value.dtype == np.float32
    rows, none = engine.run_with(picture, [])
    assert none == {} and np.array_equal(rows, engine.run(picture))


def test_an_output_that_is_not_there_is_refused(package: Package) -> None:
    engine = open_detector(package).engine
    assert isinstance(engine, Extractor)
    said = r"model\.onnx: expected an output 'depth' beside the detections \(there: features, embedding\)$"
    with pytest.raises(PackageError, match=said):
        engine.run_with(np.zeros((64, 64, 3), np.uint8), ["features", "depth"])
