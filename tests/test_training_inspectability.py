"""From blocks put into a scan to limits in a package, and to sizes that are proven: each step by hand, and one scan through the real network."""

import functools
import json
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

pytest.importorskip("torch", reason="needs the full environment (make full)")
pytest.importorskip("onnx", reason="builds networks by hand: needs the full environment (make full)")
MLPClassifier = pytest.importorskip("sklearn.neural_network", reason="needs the full environment").MLPClassifier

from scored_packages import cell_data, cell_package

from scantally.datasets import simulated
from scantally.datasets.labelled import Label, LabelledScan
from scantally.datasets.simulator.container_kinds import FLOOR_MM, OUTER_WIDTH_MM, WALL_MM
from scantally.datasets.simulator.files import write_scan
from scantally.datasets.simulator.plan import Wishes
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.simulator.style import draw_style
from scantally.detector.config.checks import CheckSettings
from scantally.detector.errors import InputError
from scantally.detector.formats import read_scan
from scantally.detector.maps.inspectability import described, ground_of, steel_mm
from scantally.detector.maps.limits import INPUTS, INSPECTABILITY, THREATS, Limit, Limits, read_limits
from scantally.detector.models.infer import Sighting
from scantally.detector.models.package import default_package, open_package, write_checksums
from scantally.detector.types import Anomaly, Box, Detections, Group, Scan
from scantally.training.calibration import package as packaging
from scantally.training.calibration.package import Place, kept_files, versioned, write_calibrated
from scantally.training.inspectability import fit as fitting
from scantally.training.inspectability import judge as judging
from scantally.training.inspectability import run as running
from scantally.training.inspectability import trials as trying
from scantally.training.inspectability.fit import fit_limits
from scantally.training.inspectability.judge import Crossing, Proof, crossings_of, half_found, proof_text, prove
from scantally.training.inspectability.run import Wanted, add_inspectability, gather
from scantally.training.inspectability.trials import (
    APART_PX,
    AROUND,
    BOUNDS_MM,
    DENSITIES,
    TOGETHER,
    WALLS_MM,
    Plan,
    Seen,
    Trial,
    character_for,
    draw_trials,
    look,
    trials_in,
)
from scantally.training.projected import TIP_ENERGIES_MV

Command = Callable[..., Any]
Row = tuple[Box, float, str, Group]
Floats = NDArray[np.float64]

SHIPPED = CheckSettings()

LOW, HIGH = (float(np.log(times)) for times in AROUND)


def quiet(text: str) -> None:
    """Nobody listens."""


def middle(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def holds(box: Box, point: tuple[float, float]) -> bool:
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def around(point: tuple[float, float], reach: float = 3.0) -> Box:
    return (point[0] - reach, point[1] - reach, point[0] + reach, point[1] + reach)


def limit(threat: str, from_mm: float | None) -> Limit:
    """Says that blocks are found from an edge on, wherever they are; None: never."""
    return Limit(
        density_g_cm3=DENSITIES[threat],
        smallest_mm=BOUNDS_MM[threat][0],
        largest_mm=BOUNDS_MM[threat][1],
        trials=200,
        found=100,
        mean_I=(np.log(from_mm or 1.0), *(0.0,) * (len(INPUTS) - 1)),
        deviation_I=(1.0,) * len(INPUTS),
        first_IM=((1.0,), *((0.0,),) * (len(INPUTS) - 1)),
        first_M=(0.0,),
        last_M=(5.0,),
        last=0.0 if from_mm else -100.0,
    )


def limits(steel_mm: float | None, brick_mm: float | None) -> Limits:
    return Limits(
        fitted_on="nothing",
        anomaly_rate=0.2,
        unsure=0.25,
        threats={"steel": limit("steel", steel_mm), "brick": limit("brick", brick_mm)},
    )


class Shown:
    """Takes the place of a detector: what it reports of each scan in turn, of all others as of the last; it keeps what it was shown."""

    def __init__(self, *reports: tuple[Sequence[Row], Sequence[Box]]) -> None:
        self.reports = reports
        self.scans: list[Scan] = []

    def look(self, scan: Scan) -> Sighting:
        rows, strange = self.reports[min(len(self.scans), len(self.reports) - 1)]
        self.scans.append(scan)
        anomalies = tuple(Anomaly(box=box, rate=0.1, score=0.9) for box in strange)
        return Sighting(detections=Detections.of(rows), blocks=(), anomalies=anomalies)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small simulated scan of a 20 ft container with cartons."""
    folder = tmp_path_factory.mktemp("scans") / "small"
    folder.mkdir()
    wishes = Wishes(
        containers=("22G1",), loads=("cartons",), object_share=0.0, empty_share=0.0, tank_share=0.0, pairs=False
    )
    style = replace(draw_style(np.random.default_rng(1), "cal"), pitch_mm=8.0, height=430)
    write_scan(folder, "s0", simulate_scan(31, 0, style, wishes=wishes))
    return folder


@pytest.fixture(scope="module")
def labelled(folder: Path) -> LabelledScan:
    (one,) = simulated.load(folder)
    return one


@pytest.fixture(scope="module")
def scan(labelled: LabelledScan) -> Scan:
    assert labelled.path is not None
    return read_scan(labelled.path)


@pytest.fixture(scope="module")
def container(labelled: LabelledScan) -> Box:
    return next(x.box for x in labelled.labels if x.label == "container")


@pytest.fixture(scope="module")
def bare(container: Box) -> Callable[..., Shown]:
    """A detector that sees the container; of later scans it may report more."""

    def make(
        first: Sequence[Row] = (), strange: Sequence[Box] = (), *, later: tuple[Sequence[Row], Sequence[Box]] = ((), ())
    ) -> Shown:
        whole = (container, 0.9, "container", Group.STRUCTURE)
        return Shown(((whole, *first), strange), ((whole, *first, *later[0]), (*strange, *later[1])))

    return make


def plan(copies: int = 1, **changes: Any) -> Plan:  # noqa: ANN401
    return Plan(model=Path("none"), settings=SHIPPED, copies=copies, **changes)


def tried(detector: Any, labelled: LabelledScan, scan: Scan, seed: int = 0, **plans: Any) -> list[Trial]:  # noqa: ANN401
    return trials_in(detector, labelled, scan, "simulated", plan(**plans), np.random.default_rng(seed))


# What an officer is shown.


def test_what_reaches_the_thresholds_is_shown() -> None:
    at: list[Box] = [(float(k), 0.0, k + 1.0, 1.0) for k in range(9)]
    rows: list[Row] = [
        (at[0], 0.5, "container", Group.STRUCTURE),
        (at[1], 0.49, "container", Group.STRUCTURE),
        (at[2], 0.99, "wheel", Group.STRUCTURE),
        (at[3], 0.25, "firearm", Group.OBJECT),
        (at[4], 0.24, "firearm", Group.OBJECT),
        (at[5], 0.99, "cartons", Group.LOAD),
    ]
    anomalies = (Anomaly(box=at[6], rate=0.2, score=0.8), Anomaly(box=at[7], rate=0.21, score=0.8))
    sighting = Sighting(detections=Detections.of(rows), blocks=(), anomalies=anomalies)
    found = look(SimpleNamespace(look=lambda scan: sighting), None, CheckSettings(unsure=0.25, anomaly_rate=0.2))  # type: ignore[arg-type]
    assert found == Seen(containers=(at[0],), objects=(at[3],), anomalies=(at[6],))


def test_a_package_that_finds_no_anomalies_shows_none() -> None:
    blind = SimpleNamespace(look=lambda scan: Sighting(detections=Detections.of([]), blocks=()))
    assert look(blind, None, SHIPPED) == Seen(containers=(), objects=(), anomalies=())  # type: ignore[arg-type]


def trial(threat: str = "steel", box: Box = (10.0, 10.0, 20.0, 30.0), **changes: Any) -> Trial:  # noqa: ANN401
    known: dict[str, Any] = {
        "scan": "s0",
        "kind": "simulated",
        "edge_mm": 100.0,
        "inputs": (0.0,) * len(INPUTS),
        "steel_mm": 10.0,
    }
    return Trial(threat=threat, box=box, **(known | changes))


@pytest.mark.parametrize(
    ("region", "found"),
    [
        ((14.0, 18.0, 16.0, 22.0), True),  # within it
        ((0.0, 0.0, 30.0, 40.0), True),  # all around it, with the same middle
        ((19.0, 10.0, 21.0, 30.0), True),  # its middle at the border
        ((19.0, 10.0, 22.0, 30.0), False),  # half a pixel beside
        ((10.0, 29.0, 20.0, 32.0), False),  # half a pixel below
        ((0.0, 10.0, 18.0, 30.0), False),  # covers most of it, but its middle is elsewhere
    ],
)
def test_a_region_finds_a_block_that_its_middle_lies_in(region: Box, found: bool) -> None:
    nothing = Seen(containers=(), objects=(), anomalies=())
    for name, ways in (("objects", (found, False)), ("anomalies", (False, found))):
        seen = replace(nothing, **{name: ((200.0, 200.0, 210.0, 210.0), region)})
        judged = trying._judged(trial(), seen)
        assert (judged.by_object, judged.by_anomaly, judged.found) == (*ways, found)
    # A container's box finds nothing, and what an earlier look said does not stay.
    bare = replace(nothing, containers=((10.0, 10.0, 20.0, 30.0),))
    assert not trying._judged(trial(by_object=True, by_anomaly=True), bare).found


# Where blocks are put.


def test_blocks_lie_within_the_container_and_apart(
    labelled: LabelledScan, scan: Scan, container: Box, bare: Callable[..., Shown]
) -> None:
    detector = bare()
    found = tried(detector, labelled, scan, copies=8)
    (frame,) = character_for(labelled, scan, np.random.default_rng(0)).whole.frames  # type: ignore[union-attr]
    assert 8 < len(found) <= 8 * TOGETHER and {t.threat for t in found} == set(THREATS)
    for one in found:
        x0, y0, x1, y1 = one.box
        assert frame.inside[0] <= x0 < x1 <= frame.inside[1]
        roof = float(frame.roof_N[int(middle(one.box)[0]) - frame.first])
        # Seen from below: of the roof the near side is the highest in the picture, of the floor the far side the lowest.
        highest = roof + frame.below_roof(FLOOR_MM + frame.inner_height_mm, WALLS_MM)
        assert highest <= y0 < y1 <= roof + frame.below_roof(FLOOR_MM, OUTER_WIDTH_MM - WALL_MM - WALLS_MM)
        assert container[1] < y0 and y1 < container[3]
        low, high = BOUNDS_MM[one.threat]
        assert low <= one.edge_mm <= high
        assert (x1 - x0) * frame.x_pitch_mm == pytest.approx(one.edge_mm)
        deep = (y1 - y0) * frame.pitch_mm / one.edge_mm  # the farther, the smaller
        assert frame.scale(OUTER_WIDTH_MM - WALL_MM - WALLS_MM) <= deep <= frame.scale(WALLS_MM)
        assert (one.scan, one.kind, one.predicted_mm, one.found) == ("s0", "simulated", None, False)
    counts = [len(s.notes) - len(scan.notes) for s in detector.scans]  # each projection leaves a note
    assert detector.scans[0] is scan and counts[0] == 0
    assert len(counts) == 9 and sum(counts) == len(found) and max(counts) <= TOGETHER
    for copy in _copies(found, counts[1:]):
        for a, b in combinations([t.box for t in copy], 2):
            gap = max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3])
            assert gap >= max(APART_PX, a[2] - a[0], b[2] - b[0])


def _copies(found: Sequence[Trial], counts: Iterable[int]) -> Iterable[Sequence[Trial]]:
    rest = iter(found)
    return [[next(rest) for _ in range(count)] for count in counts]


def test_the_same_seed_puts_the_same_blocks(labelled: LabelledScan, scan: Scan, bare: Callable[..., Shown]) -> None:
    first, again, other = bare(), bare(), bare()
    found = tried(first, labelled, scan, seed=5)
    assert found == tried(again, labelled, scan, seed=5)
    assert np.array_equal(first.scans[1].transmission_BHW, again.scans[1].transmission_BHW)
    differing = tried(other, labelled, scan, seed=6)
    assert {t.box for t in found}.isdisjoint(t.box for t in differing)


def test_every_copy_has_other_blocks(labelled: LabelledScan, scan: Scan, bare: Callable[..., Shown]) -> None:
    detector = bare()
    found = tried(detector, labelled, scan, copies=2)
    first, second = _copies(found, [len(s.notes) - len(scan.notes) for s in detector.scans[1:]])
    assert first and second and {t.box for t in first}.isdisjoint(t.box for t in second)


def test_a_place_is_described_as_it_is_without_blocks(
    labelled: LabelledScan, scan: Scan, container: Box, bare: Callable[..., Shown]
) -> None:
    ground = ground_of(scan, container)
    assert ground is not None
    found = tried(bare(), labelled, scan, copies=2)
    assert found
    for one in found:
        row, column = ground.at(*middle(one.box))
        at = (np.array([row]), np.array([column]))
        expected = described(ground, one.threat, DENSITIES[one.threat], one.edge_mm, at)[0]
        assert one.inputs == tuple(float(v) for v in expected) and len(one.inputs) == len(INPUTS)
        assert one.steel_mm == steel_mm(ground, (row, column))


def test_a_block_darkens_the_picture_at_its_box_and_nowhere_else(
    labelled: LabelledScan, scan: Scan, bare: Callable[..., Shown]
) -> None:
    detector = bare()
    found = tried(detector, labelled, scan, copies=6)
    counts = [len(s.notes) - len(scan.notes) for s in detector.scans[1:]]
    dark = 0
    for full, copy in zip(detector.scans[1:], _copies(found, counts), strict=True):
        change_HW = np.log(scan.primary_HW) - np.log(full.primary_HW)
        elsewhere_HW = np.ones(change_HW.shape, np.bool_)
        for one in copy:
            x0, y0, x1, y1 = one.box
            here_hw = change_HW[round(y0) : round(y1), round(x0) : round(x1)]
            assert here_hw.mean() > 0.0
            near = (slice(max(0, int(y0) - 25), int(y1) + 26), slice(max(0, int(x0) - 15), int(x1) + 16))
            elsewhere_HW[near] = False
            if one.threat == "steel" and one.edge_mm > 60.0 and one.steel_mm < 60.0:
                dark += 1
                assert np.median(here_hw) > 0.5
                rows, columns = np.nonzero(change_HW[near] > 0.5 * np.median(here_hw))
                seen = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
                # Of a deep block the near side shows higher and lower than the middle, whose outline the box is.
                assert np.abs(np.add(seen[::2], near[1].start) - (x0, x1)).max() < 2.0
                assert np.abs(np.add(seen[1::2], near[0].start) - (y0, y1)).max() < 6.0
        assert not change_HW[elsewhere_HW].any()
    assert dark >= 3
    assert scan.notes == read_scan(labelled.path).notes  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["object", "anomaly"])
def test_where_something_was_found_before_there_is_no_block(
    labelled: LabelledScan, scan: Scan, bare: Callable[..., Shown], way: str
) -> None:
    without = tried(bare(), labelled, scan, copies=2)
    there = middle(without[0].box)
    region = around(there)
    rows = [(region, 0.9, "firearm", Group.OBJECT)] if way == "object" else []
    with_it = tried(bare(rows, [region] if way == "anomaly" else []), labelled, scan, copies=6)
    assert with_it and not any(holds(t.box, there) for t in with_it)
    assert not any(t.found for t in with_it)
    assert with_it[0].box != without[0].box


def test_faint_regions_of_before_keep_nothing_away(
    labelled: LabelledScan, scan: Scan, bare: Callable[..., Shown]
) -> None:
    without = tried(bare(), labelled, scan)
    faint = [(around(middle(without[0].box)), SHIPPED.unsure - 0.01, "firearm", Group.OBJECT)]
    assert tried(bare(faint), labelled, scan) == without


def test_what_is_reported_afterwards_says_which_blocks_were_found(
    labelled: LabelledScan, scan: Scan, bare: Callable[..., Shown]
) -> None:
    unseen = tried(bare(), labelled, scan, seed=1)
    assert len(unseen) >= 3
    first, second, *others = [t.box for t in unseen]
    # Beside a third one, by a quarter of its size.
    beside = around((others[0][2] + (others[0][2] - others[0][0]) / 4, middle(others[0])[1]), 20.0)
    rows = [
        (around(middle(first)), 0.3, "firearm", Group.OBJECT),
        (beside, 0.9, "firearm", Group.OBJECT),
        (first, 0.9, "cartons", Group.LOAD),
        (second, 0.9, "cartons", Group.LOAD),
    ]
    detector = bare(later=(rows, [around(middle(second)), beside]))
    expected = [t.model_copy(update={"by_object": t.box == first, "by_anomaly": t.box == second}) for t in unseen]
    assert tried(detector, labelled, scan, seed=1) == expected
    assert [t.found for t in expected] == [True, True, *[False] * len(others)]


# Around what is predicted.


def test_edges_are_drawn_around_the_predicted_one(
    labelled: LabelledScan, scan: Scan, bare: Callable[..., Shown]
) -> None:
    found = tried(bare(), labelled, scan, copies=10, limits=limits(100.0, 150.0))
    ratios: dict[str, list[float]] = {threat: [] for threat in THREATS}
    for one in found:
        predicted = {"steel": 100.0, "brick": 150.0}[one.threat]
        assert one.predicted_mm == pytest.approx(predicted, rel=0.02)  # edges are tried in steps
        ratios[one.threat].append(one.edge_mm / (one.predicted_mm or np.nan))
    for drawn in ratios.values():
        assert len(drawn) >= 5 and min(drawn) < 0.8 and max(drawn) > 1.25
        assert AROUND[0] - 1e-9 <= min(drawn) and max(drawn) <= AROUND[1] + 1e-9


def test_no_edge_is_beyond_those_that_are_tried(labelled: LabelledScan, scan: Scan, bare: Callable[..., Shown]) -> None:
    large = tried(bare(), labelled, scan, copies=8, limits=limits(350.0, None))
    small = tried(bare(), labelled, scan, copies=8, limits=limits(21.0, None))
    for found, bound in ((large, 400.0), (small, 20.0)):
        edges = [t.edge_mm for t in found]
        assert {t.threat for t in found} == {"steel"}
        assert edges.count(bound) > 1 and len(set(edges)) > 3
        assert all(20.0 <= e <= 400.0 for e in edges)
        for one in found:
            assert one.predicted_mm is not None
            assert AROUND[0] - 1e-9 <= one.edge_mm / one.predicted_mm <= AROUND[1] + 1e-9 or one.edge_mm == bound


def test_where_nothing_is_predicted_nothing_is_proven(
    labelled: LabelledScan, scan: Scan, bare: Callable[..., Shown]
) -> None:
    bricks = tried(bare(), labelled, scan, copies=2, limits=limits(None, 150.0))
    assert bricks and {t.threat for t in bricks} == {"brick"}
    none = bare()
    assert tried(none, labelled, scan, copies=2, limits=limits(None, None)) == []
    assert len(none.scans) == 1  # a copy without blocks is not looked at


# Scans that nothing is put into.


def test_where_no_container_is_seen_nothing_is_tried(labelled: LabelledScan, scan: Scan, container: Box) -> None:
    for rows in ([], [(container, 0.49, "container", Group.STRUCTURE)], [(container, 0.9, "wheel", Group.STRUCTURE)]):
        detector = Shown((rows, []))
        assert tried(detector, labelled, scan) == []
        assert len(detector.scans) == 1


def test_a_container_that_shows_too_small_or_elsewhere_gets_no_blocks(
    labelled: LabelledScan, scan: Scan, container: Box
) -> None:
    x0, y0, x1, y1 = container
    for box, looks in (((x0, y0, x0 + 30.0, y0 + 30.0), 1), ((0.0, y0, x0 - 1.0, y1), 1)):
        detector = Shown(([(box, 0.9, "container", Group.STRUCTURE)], []))
        assert tried(detector, labelled, scan) == []
        assert len(detector.scans) == looks
    half = (x0, y0, (x0 + x1) / 2, y1)
    found = tried(Shown(([(half, 0.9, "container", Group.STRUCTURE)], [])), labelled, scan, copies=4)
    assert found and all(holds(half, middle(t.box)) for t in found)


def test_a_scan_whose_truth_names_no_container_gets_no_blocks(
    labelled: LabelledScan, scan: Scan, bare: Callable[..., Shown]
) -> None:
    assert tried(bare(), replace(labelled, labels=()), scan) == []


# What the scanner is like.


def test_without_an_energy_one_is_drawn(labelled: LabelledScan, scan: Scan) -> None:
    def energies(known: Scan) -> list[float | None]:
        found = [character_for(labelled, known, np.random.default_rng(seed)) for seed in range(5)]
        return [None if c is None else c.whole.energy_mv for c in found]

    assert scan.energies_mv == (9.0,) and energies(scan) == [9.0] * 5
    drawn = energies(replace(scan, energies_mv=None))
    assert set(drawn) <= set(TIP_ENERGIES_MV) and len(set(drawn)) > 1
    assert drawn == energies(replace(scan, energies_mv=None))


def test_without_a_pitch_that_of_the_truth_is_taken(labelled: LabelledScan, scan: Scan) -> None:
    unknown = replace(scan, pitch_mm=None)
    for truth, known, expected in ((labelled, unknown, 8.0), (replace(labelled, pitch_mm=5.0), scan, 8.0)):
        character = character_for(truth, known, np.random.default_rng(0))
        assert character is not None and [f.pitch_mm for f in character.whole.frames] == [expected]


def test_a_scan_too_small_to_be_measured_has_no_character(scan: Scan) -> None:
    tiny = replace(scan, transmission_BHW=np.full((1, 24, 40), 0.9, np.float32), valid_HW=np.ones((24, 40), np.bool_))
    box = Label(label="container", box=(2.0, 2.0, 38.0, 22.0), group=Group.STRUCTURE)
    assert character_for(blank(labels=(box,)), tiny, np.random.default_rng(0)) is None


def test_without_a_container_in_the_truth_there_is_no_character(labelled: LabelledScan, scan: Scan) -> None:
    others = tuple(x for x in labelled.labels if x.label != "container")
    assert len(others) == len(labelled.labels) - 1
    assert character_for(replace(labelled, labels=others), scan, np.random.default_rng(0)) is None


NOTHING = np.zeros((4, 4), np.float32)


def blank(name: str = "n", scanner: str = "simulated-cal", labels: tuple[Label, ...] = ()) -> LabelledScan:
    return LabelledScan(
        name=name, group=name, scanner=scanner, labels=labels, open=functools.partial(np.asarray, NOTHING)
    )


# Many scans, in other processes.


def test_what_other_processes_try_is_the_same(labelled: LabelledScan, container: Box) -> None:
    """Through the shipped package's own network."""
    model = open_package(default_package()).path
    said: list[str] = []
    plans = Plan(model=model, settings=SHIPPED, copies=1)
    found = list(draw_trials([blank(), labelled], "simulated", plans, said.append))
    assert said == ["2 of 2 scans tried"]
    assert 1 <= len(found) <= TOGETHER and all(holds(container, middle(t.box)) for t in found)
    assert found == trying._tried((labelled, "simulated", plans))


def test_names_and_seeds_of_plans_decide_what_is_drawn(
    labelled: LabelledScan, bare: Callable[..., Shown], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Path("none")
    monkeypatch.setitem(trying._opened, model, bare())
    first, again, other, named = (
        [t.box for t in trying._tried((replace(labelled, name=name), "real", plan(seed=seed)))]
        for name, seed in (("s0", 0), ("s0", 0), ("s0", 1), ("s1", 0))
    )
    assert first and first == again
    assert set(first).isdisjoint(other) and set(first).isdisjoint(named) and set(other).isdisjoint(named)


# Fitting.

CROSSED_MM = {"steel": 80.0, "brick": 170.0}
"""In clutter of -2.5 the made blocks are found from these edges on, and in more of it from larger ones."""

CLUTTER = INPUTS.index("clutter")


def crossing_mm(threat: str, clutter: float) -> float:
    return float(CROSSED_MM[threat] * np.exp(0.3 * (clutter + 2.5)))


@functools.lru_cache
def made(threat: str, count: int = 240, scans: int = 12) -> tuple[Trial, ...]:
    """Trials by that rule; by turns an object and an anomaly finds a block."""
    rng = np.random.default_rng(len(threat))
    trials = []
    for number in range(count):
        edge = float(np.exp(rng.uniform(*np.log(BOUNDS_MM[threat]))))
        values = rng.normal(0.5, 2.0, len(INPUTS))
        values[CLUTTER] = rng.uniform(-4.0, -1.0)
        values[INPUTS.index("edge")] = np.log(edge)
        found = edge > crossing_mm(threat, values[CLUTTER])
        trials.append(
            trial(
                threat,
                scan=f"s{number % scans}",
                edge_mm=edge,
                inputs=tuple(float(v) for v in values),
                by_object=found and number % 2 == 0,
                by_anomaly=found and number % 2 == 1,
            )
        )
    return tuple(trials)


TRIALS = 720
"""As many as the decay of the weights leaves the rule to be read off."""


def both(**changes: int) -> list[Trial]:
    return [*made("steel", **changes), *made("brick", **changes)]


@pytest.fixture(scope="module")
def fitted() -> tuple[dict[str, Limit], list[str]]:
    said: list[str] = []
    return fit_limits(both(count=TRIALS), said.append), said


@pytest.mark.parametrize("threat", THREATS)
def test_a_rule_is_recovered(fitted: tuple[dict[str, Limit], list[str]], threat: str) -> None:
    one = fitted[0][threat]
    edges = np.geomspace(*BOUNDS_MM[threat], 400)
    for clutter in (-3.5, -2.5, -1.5):
        inputs = np.full((edges.size, len(INPUTS)), 0.5, np.float32)
        inputs[:, INPUTS.index("edge")] = np.log(edges)
        inputs[:, CLUTTER] = clutter
        odds = one.log_odds(inputs)
        assert odds[0] < 0.0 < odds[-1]
        assert edges[np.argmax(odds > 0.0)] == pytest.approx(crossing_mm(threat, clutter), rel=0.1)
    # The shift with clutter alone is a factor of 1.8: a fit that does not see it would be off by a third.


def test_what_is_told_of_a_fit_is_of_scans_that_it_did_not_see(fitted: tuple[dict[str, Limit], list[str]]) -> None:
    limits, said = fitted
    assert list(limits) == list(THREATS) and len(said) == 2
    for threat, line in zip(THREATS, said, strict=True):
        share = float(np.mean([t.found for t in made(threat, TRIALS)]))
        told = re.fullmatch(
            rf"{threat}: {TRIALS} trials, {share:.3f} found; "
            r"log loss (\d\.\d{3}) in folds over scans, (\d\.\d{3}) by the share alone",
            line,
        )
        assert told is not None, line
        held, alone = float(told[1]), float(told[2])
        assert alone == pytest.approx(-share * np.log(share) - (1 - share) * np.log(1 - share), abs=6e-4)
        assert 0.0 < held < 0.35 * alone


def test_scans_that_answer_alike_within_and_not_among_each_other_promise_nothing() -> None:
    """What a scan has in common by itself says nothing of another scan."""
    rng = np.random.default_rng(0)
    trials = []
    for number in range(20):
        look_alike = rng.normal(size=len(INPUTS))
        found = number % 2 == 0
        trials += [
            trial(threat, scan=f"s{number}", inputs=tuple(map(float, look_alike)), by_object=found)
            for threat in THREATS
            for _ in range(10)
        ]
    said: list[str] = []
    fit_limits(trials, said.append)
    held, alone = (float(x) for x in re.findall(r"\d\.\d{3}", said[0])[1:])
    assert alone == 0.693 and held > 0.6


@pytest.mark.parametrize("threat", THREATS)
def test_the_exported_network_answers_as_the_fitted_one(
    fitted: tuple[dict[str, Limit], list[str]], threat: str
) -> None:
    one, trials = fitted[0][threat], made(threat, TRIALS)
    inputs_NI = np.array([t.inputs for t in trials])
    normal_NI = (inputs_NI - inputs_NI.mean(axis=0)) / inputs_NI.std(axis=0)
    net = MLPClassifier(
        (fitting.HIDDEN,), activation="tanh", solver="lbfgs", alpha=fitting.ALPHA, max_iter=3000, random_state=0
    )
    net.fit(normal_NI, [t.found for t in trials])
    share_N = net.predict_proba(normal_NI)[:, 1]
    odds_N = one.log_odds(inputs_NI.astype(np.float32))
    assert np.ptp(odds_N) > 4.0
    assert np.allclose(odds_N, np.log(share_N / (1.0 - share_N)), atol=2e-3)


def test_limits_say_what_they_were_fitted_on(fitted: tuple[dict[str, Limit], list[str]]) -> None:
    for threat, one in fitted[0].items():
        assert (one.density_g_cm3, one.smallest_mm, one.largest_mm) == (DENSITIES[threat], *BOUNDS_MM[threat])
        assert (one.trials, one.found) == (TRIALS, sum(t.found for t in made(threat, TRIALS)))
        assert len(one.first_M) == fitting.HIDDEN


def test_the_same_trials_give_the_same_bytes(fitted: tuple[dict[str, Limit], list[str]]) -> None:
    again = fit_limits(both(count=TRIALS), quiet)
    for threat, one in fitted[0].items():
        assert again[threat].model_dump_json() == one.model_dump_json()


def test_an_input_that_never_differs_can_be_divided_by() -> None:
    def still(one: Trial) -> Trial:
        return one.model_copy(update={"inputs": (*one.inputs[:-1], 1.0)})

    found = fit_limits([still(t) for t in both(count=200)], quiet)
    for one in found.values():
        assert one.deviation_I[-1] == fitting.LEAST_DEVIATION and one.trials == 200
        assert np.isfinite(one.log_odds(np.zeros((1, len(INPUTS)), np.float32))).all()


def without_steel(trials: list[Trial]) -> list[Trial]:
    return [t for t in trials if t.threat == "brick"]


def one_brick_less(trials: list[Trial]) -> list[Trial]:
    return trials[:-41]


def all_found(trials: list[Trial]) -> list[Trial]:
    return [t.model_copy(update={"by_object": True}) for t in trials]


def none_found(trials: list[Trial]) -> list[Trial]:
    return [t.model_copy(update={"by_object": False, "by_anomaly": False}) for t in trials]


@pytest.mark.parametrize(
    ("change", "threat", "count"),
    [
        (without_steel, "steel", 0),
        (one_brick_less, "brick", 199),
        (all_found, "steel", 240),
        (none_found, "steel", 240),
    ],
)
def test_trials_that_tell_nothing_are_refused(
    change: Callable[[list[Trial]], list[Trial]], threat: str, count: int
) -> None:
    said = (
        f"^expected at least 200 trials with {threat}, found and not found in several of at least 5 scans, got {count}$"
    )
    with pytest.raises(ValueError, match=said):
        fit_limits(change(both()), quiet)


def test_trials_of_too_few_scans_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^expected"):
        fit_limits(both(scans=fitting.FOLDS - 1), quiet)


@pytest.mark.filterwarnings("ignore:Number of classes")
def test_trials_that_were_found_in_one_scan_alone_are_refused_in_words() -> None:
    trials = [t if t.scan == "s3" else t.model_copy(update={"by_object": False, "by_anomaly": False}) for t in both()]
    assert any(t.found for t in trials)
    with pytest.raises(ValueError, match=r"^expected"):
        fit_limits(trials, quiet)


# Proving.


def curve(ratio: float, slope: float = 6.0, count: int = 4000, seed: int = 0) -> tuple[Floats, Floats]:
    """Logs of edges over predicted ones, and whether each was found: half of them at the ratio."""
    rng = np.random.default_rng(seed)
    logs_N = rng.uniform(LOW, HIGH, count)
    return logs_N, (rng.random(count) < 1.0 / (1.0 + np.exp(-slope * (logs_N - np.log(ratio))))).astype(np.float64)


@pytest.mark.parametrize("ratio", [0.5, 0.8, 1.0, 1.3, 2.0])
@pytest.mark.parametrize("slope", [2.5, 6.0, 30.0])
def test_the_edge_at_which_half_are_found_is_recovered(ratio: float, slope: float) -> None:
    assert half_found(*curve(ratio, slope)) == pytest.approx(ratio, rel=0.05)


def test_shares_of_a_curve_give_its_crossing() -> None:
    logs_N = np.linspace(LOW, HIGH, 300)
    for ratio in (0.5, 1.0, 1.7):
        share_N = 1.0 / (1.0 + np.exp(-2.0 * (logs_N - np.log(ratio))))  # a slope that is not pulled
        assert half_found(logs_N, share_N) == pytest.approx(ratio, rel=1e-4)


def test_where_more_size_does_not_mean_more_found_no_edge_is_stated() -> None:
    logs_N, found_N = curve(1.0)
    assert half_found(logs_N, 1.0 - found_N) is None
    assert half_found(logs_N, np.arange(logs_N.size, dtype=np.float64) % 2.0) is None


SPANS = ((-0.9, 0.9), (-0.9, -0.5), (0.286, 0.926), (0.8, 0.88))


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("count", [30, 300])
def test_where_all_or_none_were_found_no_edge_is_stated(span: tuple[float, float], count: int) -> None:
    for seed in range(25):
        logs_N = np.random.default_rng(seed).uniform(*span, count)
        assert half_found(logs_N, np.zeros(count)) is None
        assert half_found(logs_N, np.ones(count)) is None


@pytest.mark.parametrize("count", [30, 300])
def test_trials_that_size_parts_stay_finite(count: int) -> None:
    logs_N = np.random.default_rng(1).uniform(LOW, HIGH, count)
    for ratio in (0.7, 1.0, 1.6):
        found_N = (logs_N > np.log(ratio)).astype(np.float64)
        half = half_found(logs_N, found_N)
        assert half is not None
        below, above = logs_N[found_N == 0.0].max(), logs_N[found_N == 1.0].min()
        assert half == pytest.approx(ratio, rel=0.15)
        assert np.exp(below) * 0.95 < half < np.exp(above) * 1.05


@given(
    seed=st.integers(0, 10_000),
    count=st.integers(100, 400),
    ratio=st.floats(0.6, 1.7),
    slope=st.floats(4.0, 20.0),
    shift=st.floats(-2.0, 2.0),
)
@settings(max_examples=40, deadline=None)
def test_predictions_that_are_all_off_by_a_factor_move_the_ratio_by_it(
    seed: int, count: int, ratio: float, slope: float, shift: float
) -> None:
    logs_N, found_N = curve(ratio, slope, count, seed)
    before, after = half_found(logs_N, found_N), half_found(logs_N + shift, found_N)
    assert before is not None and after is not None
    assert after == pytest.approx(before * np.exp(shift), rel=1e-3)


def proven(count: int, ratio: float = 1.3, slope: float = 8.0, scans: int = 10, **changes: Any) -> list[Trial]:  # noqa: ANN401
    """Trials around a predicted edge of 50 mm, of which half are found at so many times that."""
    trials = []
    for number, (log, found) in enumerate(zip(*curve(ratio, slope, count), strict=True)):
        known: dict[str, Any] = {
            "scan": f"s{number % scans}",
            "edge_mm": 50.0 * float(np.exp(log)),
            "predicted_mm": 50.0,
        }
        trials.append(trial(**(known | {"by_anomaly": bool(found)} | changes)))
    return trials


def test_crossings_are_of_each_kind_in_loads_of_each_thickness() -> None:
    places = {0.0: 1, 19.9: 2, 20.0: 3, 49.9: 4, 50.0: 5, 100.0: 6, 199.9: 7, 200.0: 8, 299.9: 9, 300.0: 10}
    trials = [trial(steel_mm=mm, predicted_mm=50.0, by_object=True) for mm, n in places.items() for _ in range(n)]
    trials += [trial("brick", steel_mm=30.0, predicted_mm=90.0), trial("brick", steel_mm=30.0, by_object=True)]
    found = crossings_of(trials, "here")
    assert [(c.threat, c.load_mm) for c in found] == [(t, load) for t in THREATS for load in judging.LOADS_MM]
    assert [(c.trials, c.found) for c in found[:6]] == [(3, 3), (7, 7), (5, 5), (13, 13), (17, 17), (42, 42)]
    assert [(c.trials, c.found) for c in found[6:]] == [(0, 0), (1, 0), (0, 0), (0, 0), (0, 0), (1, 0)]
    assert {(c.data, c.kind, c.ratio, c.interval) for c in found} == {("here", "simulated", None, None)}


def test_trials_of_other_kinds_and_loads_do_not_count() -> None:
    trials = [
        *proven(200, 1.3, steel_mm=10.0),
        *proven(200, 0.7, steel_mm=60.0),
        *proven(200, 2.0, threat="brick", steel_mm=60.0),
    ]
    ratios = {(c.threat, *c.load_mm): c.ratio for c in crossings_of(trials, "here") if c.ratio is not None}
    assert ratios == {
        ("steel", 0.0, 20.0): pytest.approx(1.3, rel=0.1),
        ("steel", 50.0, 100.0): pytest.approx(0.7, rel=0.1),
        ("steel", 20.0, 300.0): pytest.approx(0.7, rel=0.1),
        ("brick", 50.0, 100.0): pytest.approx(2.0, rel=0.1),
        ("brick", 20.0, 300.0): pytest.approx(2.0, rel=0.1),
    }


@pytest.mark.parametrize(("count", "stated"), [(judging.FEWEST - 1, False), (judging.FEWEST, True)])
def test_from_so_many_trials_on_a_crossing_is_stated(count: int, stated: bool) -> None:
    one = crossings_of(proven(count), "here")[0]
    assert one.trials == count and (one.ratio is not None) is stated and (one.interval is not None) is stated


@pytest.mark.parametrize("ratio", [0.6, 1.0, 1.8])
def test_an_interval_holds_the_ratio_and_narrows_with_more_scans(ratio: float) -> None:
    few, many = (crossings_of(proven(count, ratio, scans=count // 6), "here")[0] for count in (60, 600))
    assert few.ratio and few.interval and many.ratio and many.interval
    assert few.interval[0] < few.ratio < few.interval[1] and many.interval[0] < many.ratio < many.interval[1]
    assert many.interval[1] - many.interval[0] < 0.7 * (few.interval[1] - few.interval[0])
    assert many.interval[0] < ratio < many.interval[1]


def test_trials_of_one_scan_cannot_be_resampled() -> None:
    one = crossings_of(proven(60, scans=1), "here")[0]
    assert one.ratio is not None and one.interval == (one.ratio, one.ratio)


def test_where_size_decides_nothing_neither_ratio_nor_interval_is_stated() -> None:
    one = crossings_of([trial(predicted_mm=50.0, by_object=k % 2 == 0) for k in range(60)], "here")[0]
    other = crossings_of([t.model_copy(update={"by_anomaly": not t.found}) for t in proven(200)], "here")[0]
    assert (other.trials, other.ratio, other.interval) == (200, None, None)
    assert one.trials == 60 and one.found == 30


@pytest.mark.parametrize("kind", ["real", "simulated"])
def test_a_crossing_says_what_kind_of_scans_it_is_of(kind: str) -> None:
    assert {c.kind for c in crossings_of([trial(kind=kind, predicted_mm=50.0)], "here")} == {kind}


def test_a_proof_in_words() -> None:
    whole = Crossing(
        data="scans",
        kind="real",
        threat="steel",
        load_mm=(20.0, 50.0),
        trials=200,
        found=90,
        ratio=1.0375,
        interval=(0.951, 1.126),
    )
    bare = whole.model_copy(update={"threat": "brick", "ratio": None, "interval": None, "trials": 29, "found": 3})
    assert proof_text(Proof(package="cargo/1", package_sha256="0", crossings=(whole, bare))) == (
        "cargo/1: edge at which half of the blocks are found, over the predicted one\n"
        "scans (real), steel, 20 to 50 mm of steel: 1.04 [0.95, 1.13]; 90 of 200 found\n"
        "scans (real), brick, 20 to 50 mm of steel: too few trials, or size decides nothing; 3 of 29 found\n"
    )


def with_limits(package: Path) -> Limits:
    """Let a package state sizes."""
    stated = limits(100.0, None)
    (package / INSPECTABILITY).write_text(stated.model_dump_json(by_alias=True))
    write_checksums(package)
    return stated


def test_every_folder_is_proven_with_the_sizes_that_the_package_states(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = cell_package(tmp_path / "cells" / "1.0")
    stated = with_limits(model)
    asked: list[Any] = []

    def gathered(*some: Any) -> tuple[list[Trial], list[str]]:  # noqa: ANN401
        asked.append(some)
        ratio, kind = {"a": (0.8, "real"), "b": (1.3, "simulated")}[some[1].learn[0].name]
        return proven(200, ratio, kind=kind), ["told"]

    monkeypatch.setattr(judging, "gather", gathered)
    found = prove(model, [tmp_path / "a", tmp_path / "b"], "held", quiet)
    folders = [Wanted(learn=(tmp_path / name,), half="held") for name in ("a", "b")]
    assert asked == [(model, wanted, quiet, stated) for wanted in folders]
    package = open_package(model)
    assert (found.package, found.package_sha256) == (package.title, package.sha256)
    assert len(found.crossings) == 2 * len(THREATS) * len(judging.LOADS_MM)
    sure = [c for c in found.crossings if c.ratio is not None]
    assert [(c.data, c.kind, c.threat) for c in sure] == [("a", "real", "steel"), ("b", "simulated", "steel")]
    assert [c.ratio for c in sure] == pytest.approx([0.8, 1.3], rel=0.1)


def test_a_package_that_states_no_sizes_cannot_be_proven(tmp_path: Path) -> None:
    model = cell_package(tmp_path / "cells" / "1.0")
    with pytest.raises(InputError) as caught:
        prove(model, [tmp_path], None, quiet)
    said = f"{model}: expected a package that states what can be seen (scantally inspectability --learn)"
    assert str(caught.value) == said


# A new version of a package.


def drawing(trials: Sequence[Trial], asked: list[tuple[Any, ...]]) -> Callable[..., list[Trial]]:
    def draw(scans: Sequence[LabelledScan], kind: str, plans: Plan, say: Callable[[str], None]) -> list[Trial]:
        asked.append(([s.name for s in scans], kind, plans))
        return list(trials)

    return draw


SETS = {"drawn": [blank("d0"), blank("d1"), blank("d2")], "yard": [blank("r0", "A"), blank("r1", "A")]}


@pytest.mark.parametrize(("stated", "seed"), [(None, 0), (limits(100.0, 150.0), 1)])
def test_real_scans_are_copied_more_often_and_proofs_draw_other_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stated: Limits | None, seed: int
) -> None:
    asked: list[tuple[Any, ...]] = []
    halves: list[Any] = []

    def scans_of(folder: Path, half: Any) -> list[LabelledScan]:  # noqa: ANN401
        halves.append(half)
        return SETS[folder.name]

    monkeypatch.setattr(running, "scans_of", scans_of)
    monkeypatch.setattr(running, "draw_trials", drawing([trial(), trial("brick")], asked))
    wanted = Wanted(learn=(tmp_path / "drawn", tmp_path / "yard"), half="look")
    found, told = gather(tmp_path / "M", wanted, quiet, stated)
    assert found == [trial(), trial("brick")] * 2 and halves == ["look", "look"]
    assert told == ["3 simulated scans of drawn", "2 real scans of yard"]
    known = functools.partial(Plan, model=tmp_path / "M", settings=SHIPPED, limits=stated, seed=seed)
    assert asked == [
        (["d0", "d1", "d2"], "simulated", known(copies=3)),
        (["r0", "r1"], "real", known(copies=8)),
    ]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The default package as another version, with every file that it ships with but limits of its own."""
    before, folder = open_package(default_package()).path, tmp_path / "cargo" / "1.0"
    folder.mkdir(parents=True)
    for path in before.iterdir():
        if path.name != INSPECTABILITY:
            shutil.copyfile(path, folder / path.name)
    write_checksums(folder)
    return folder


def test_fitted_limits_are_written_as_a_new_version(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "scans_of", lambda folder, half: SETS[folder.name])
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(running, "draw_trials", drawing(both(), asked))
    said: list[str] = []
    wanted = Wanted(learn=(tmp_path / "drawn", tmp_path / "yard"))
    place = Place(out=tmp_path / "out", version="2.0", notes=None)
    written = add_inspectability(package, wanted, place, said.append)
    assert written == tmp_path / "out" / "cargo" / "2.0"
    assert [line.split(",")[0] for line in said] == ["steel: 480 trials", "brick: 480 trials"]
    found = read_limits(written)
    assert found is not None
    assert found.fitted_on == "3 simulated scans of drawn and 2 real scans of yard, with blocks put into them"
    assert (found.anomaly_rate, found.unsure) == (SHIPPED.anomaly_rate, SHIPPED.unsure)
    expected = fit_limits([*both(), *both()], quiet)
    assert found.threats == expected
    # All else stays as it was.
    before, after = open_package(package), open_package(written)
    assert after.card == before.card.model_copy(update={"version": "2.0"})
    names = {p.name for p in package.iterdir()}
    assert {p.name for p in written.iterdir()} == names | {INSPECTABILITY}
    for name in names - {"card.yaml", "SHA256SUMS"}:
        assert (written / name).read_bytes() == (package / name).read_bytes()
    assert read_limits(package) is None


def test_limits_that_a_package_has_are_fitted_anew(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fitted: tuple[dict[str, Limit], list[str]]
) -> None:
    with_limits(package)
    monkeypatch.setattr(running, "scans_of", lambda folder, half: SETS[folder.name])
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(running, "draw_trials", drawing(both(count=TRIALS), asked))
    place = Place(out=tmp_path / "out", version="2.0", notes=None)
    written = add_inspectability(package, Wanted(learn=(tmp_path / "drawn",)), place, quiet)
    found = read_limits(written)
    assert found is not None and found.threats == fitted[0]
    assert asked[0][2].limits is None  # what it stated before steers nothing


def test_too_few_trials_are_said_by_their_folder(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "scans_of", lambda *_: SETS["drawn"])
    monkeypatch.setattr(running, "draw_trials", drawing([trial(), trial(by_object=True)], []))
    with pytest.raises(InputError) as caught:
        add_inspectability(
            package,
            Wanted(learn=(tmp_path / "here",)),
            Place(out=tmp_path / "out", version="2.0", notes=None),
            quiet,
        )
    said = f"{tmp_path / 'here'}: expected at least 200 trials with steel, found and not found in several of at least 5 scans, got 2"
    assert str(caught.value) == said
    assert not (tmp_path / "out").exists()


def test_limits_are_kept_where_nothing_changes_what_is_found(package: Path) -> None:
    assert INSPECTABILITY not in kept_files(open_package(package))
    with_limits(package)
    assert kept_files(open_package(package))[INSPECTABILITY] == (package / INSPECTABILITY).read_bytes()


def test_a_calibrated_package_loses_its_limits(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_limits(package)
    opened = open_package(package)
    monkeypatch.setattr(packaging, "new_card", lambda done, version: versioned(done.package.card, version))
    done: Any = SimpleNamespace(package=opened, reference=opened.reference)
    written = write_calibrated(done, Place(out=tmp_path / "out", version="2.0", notes=None))
    assert read_limits(package) is not None and read_limits(written) is None


# The command.

FIT = ("--learn", "D")
WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "neither": ((), "--learn: expected --learn to fit, or --judge"),
    "a place alone": (("--out", "O", "--version", "2.0"), "--learn: expected --learn to fit, or --judge"),
    "both": ((*FIT, "--judge", "D"), "--judge: expected it without --learn"),
    "unknown half": (("--judge", "D", "--half", "all"), "--half: expected look or held, got 'all'"),
    "judged into a folder": (
        ("--judge", "D", "--out", "O"),
        "--judge: expected it without what fits: --out, --version, --card",
    ),
    "judged as a version": (
        ("--judge", "D", "--version", "2.0"),
        "--judge: expected it without what fits: --out, --version, --card",
    ),
    "judged with notes": (
        ("--judge", "D", "--card", "notes.yaml"),
        "--judge: expected it without what fits: --out, --version, --card",
    ),
    "figures of a fit": (
        (*FIT, "--out", "O", "--version", "2.0", "--figures", "F"),
        "--figures: expected --judge with it",
    ),
    "nowhere to write": (FIT, "--out: expected --out and --version together"),
    "no version": ((*FIT, "--out", "O"), "--version: expected --out and --version together"),
    "no place": ((*FIT, "--version", "2.0"), "--out: expected --out and --version together"),
    "a card alone": ((*FIT, "--card", "notes.yaml"), "--card: expected --out and --version with it"),
    "nothing to judge": (
        ("--judge", "D"),
        "M: expected a package that states what can be seen (scantally inspectability --learn)",
    ),
    "figures into the scans": (
        ("--judge", "D", "--figures", "D/f.json"),
        "--figures: D/f.json would be written over or into the input {tmp}/D: expected another place",
    ),
    "figures into a folder that is none": (
        ("--judge", "D", "--figures", "none/f.json"),
        "--figures: none: no such folder to write f.json into",
    ),
    "a version that is none": (
        (*FIT, "--out", "O", "--version", "../x"),
        "--version: version: string should match pattern '^[A-Za-z0-9][A-Za-z0-9._-]*$', got '../x'",
    ),
    "a file for a place": ((*FIT, "--out", "M/card.yaml", "--version", "2"), "--out: M/card.yaml: expected a folder, this is a file"),
    "no such folder": (("--learn", "D/none", "--out", "O", "--version", "2.0"), "D/none: no such folder"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_a_command_that_cannot_be(
    scantally: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    cell_package(tmp_path / "M")
    cell_data(tmp_path / "D", 1, 1)
    monkeypatch.chdir(tmp_path)
    arguments, said = WRONG[kind]
    done = scantally("inspectability", "M", *arguments)
    assert (done.code, done.out, done.err) == (2, "", f"scantally: {said.replace('{tmp}', str(tmp_path))}\n")
    assert not (tmp_path / "O").exists() and not (tmp_path / "F").exists()


def test_scans_that_nothing_can_be_put_into_are_said_by_their_folder(scantally: Command, tmp_path: Path) -> None:
    """Those of ``cells`` have no container."""
    model, data = cell_package(tmp_path / "cells" / "1.0"), cell_data(tmp_path / "data", 1, 1)
    done = scantally("inspectability", model, "--learn", data, "--out", tmp_path / "out", "--version", "2.0")
    said = f"scantally: {data}: expected at least 200 trials with steel, found and not found in several of at least 5 scans, got 0"
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == ["1 of 1 scans tried", said]
    assert not (tmp_path / "out").exists()


def test_limits_of_a_damaged_file_are_refused(scantally: Command, tmp_path: Path) -> None:
    model = cell_package(tmp_path / "cells" / "1.0")
    (model / INSPECTABILITY).write_text('{"schema": 1}')
    write_checksums(model)
    done = scantally("inspectability", model, "--judge", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"scantally: {model / INSPECTABILITY}: ")


def test_the_command_writes_what_it_fits(scantally: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, data = cell_package(tmp_path / "cells" / "1.0"), cell_data(tmp_path / "data", 1, 1)
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(running, "draw_trials", drawing(both(), asked))
    notes = tmp_path / "notes.yaml"
    notes.write_text("description: Another one.\n")
    arguments = ("--learn", data, "--learn", data, "--out", tmp_path / "out", "--version", "2.0", "--card", notes)
    done = scantally("inspectability", model, *arguments)
    assert done.code == 0, done.err
    written = tmp_path / "out" / "cells" / "2.0"
    assert done.err.splitlines()[-1] == f"package: {written}" and len(asked) == 2
    found = read_limits(written)
    assert found is not None and found.fitted_on.startswith("1 simulated scans of data and 1 simulated scans of data")
    assert open_package(written).card.description == "Another one."


def test_a_proof_is_told_and_written(scantally: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = cell_package(tmp_path / "cells" / "1.0")
    with_limits(model)
    asked: list[Wanted] = []

    def gathered(model: Path, wanted: Wanted, *rest: Any) -> tuple[list[Trial], list[str]]:  # noqa: ANN401
        asked.append(wanted)
        return proven(200, 1.3), ["told"]

    monkeypatch.setattr(judging, "gather", gathered)
    (tmp_path / "yard").mkdir()
    figures = tmp_path / "figures.json"
    done = scantally("inspectability", model, "--judge", tmp_path / "yard", "--half", "held", "--figures", figures)
    assert (done.code, done.err) == (0, "")
    assert asked == [Wanted(learn=(tmp_path / "yard",), half="held")]
    title = open_package(model).title
    lines = done.out.splitlines()
    assert lines[0] == f"{title}: edge at which half of the blocks are found, over the predicted one"
    assert len(lines) == 1 + len(THREATS) * len(judging.LOADS_MM)
    assert re.match(r"yard \(simulated\), steel, 0 to 20 mm of steel: 1\.\d\d \[\d\.\d\d, \d\.\d\d\]; ", lines[1])
    found = Proof.model_validate(json.loads(figures.read_text()))
    assert proof_text(found) == done.out
    assert found.package_sha256 == open_package(model).sha256
