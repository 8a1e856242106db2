"""From scans with solids in them to a head with its rates in a package: each step by hand, and one scan through the real network."""

import functools
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from anomaly_heads import CELL, facts, field_of, plain_head, plain_model, random_head
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs the full environment (make full)")
pytest.importorskip("onnx", reason="builds networks by hand: needs the full environment (make full)")

from scored_packages import cell_data, cell_package

from scantally.datasets import simulated
from scantally.datasets.labelled import Label, LabelledScan
from scantally.datasets.simulator.files import write_scan
from scantally.datasets.simulator.plan import Wishes
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.simulator.style import draw_style
from scantally.detector.errors import ConfigError, InputError, PackageError
from scantally.detector.evidence.tables import EVIDENCE
from scantally.detector.models.anomalies import Field, inside
from scantally.detector.models.anomaly_file import ANOMALY, AnomalyModel, read_anomaly, write_anomaly
from scantally.detector.models.anomaly_head import STATISTICS, described, judged
from scantally.detector.models.infer import Detector
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import (
    REFERENCE,
    WEIGHTS,
    default_package,
    open_package,
    write_checksums,
)
from scantally.detector.types import Box, FloatArray, Group
from scantally.training.anomalies import count as counting
from scantally.training.anomalies import fit as fitting
from scantally.training.anomalies import judge as judging
from scantally.training.anomalies import run as running
from scantally.training.anomalies import samples as sampling
from scantally.training.anomalies.count import Counted, clean, count_on, least_level, rates_of
from scantally.training.anomalies.fit import Net, fit, head_of, usual
from scantally.training.anomalies.judge import Judged, JudgedSet, judge_package, judged_text
from scantally.training.anomalies.run import Wanted, add_anomalies
from scantally.training.anomalies.samples import (
    LEFT_OUT,
    STRANGE,
    USUAL,
    Sample,
    draw_samples,
    samples_of,
    scans_of,
    target_of,
)
from scantally.training.calibration import package as packaging
from scantally.training.calibration.package import (
    Place,
    kept_files,
    versioned,
    write_calibrated,
    write_package_files,
)
from scantally.training.evaluation.roc import area

Command = Callable[..., Any]


def quiet(text: str) -> None:
    """Nobody listens."""


def labelled(
    picture: FloatArray,
    *labels: Label,
    name: str = "n",
    scanner: str = "simulated-cal",
    ignored: tuple[Label, ...] = (),
) -> LabelledScan:
    return LabelledScan(
        name=name,
        group=name,
        scanner=scanner,
        labels=labels,
        ignored=ignored,
        pitch_mm=4.4,
        open=functools.partial(np.asarray, picture),
    )


def thing(box: Box) -> Label:
    return Label(label="firearm", box=box, group=Group.OBJECT)


class Shown:
    """Takes the place of a detector: what a scan shows is how strange it is, cell by cell."""

    def fields(self, band_HW: FloatArray, pitch_mm: float | None) -> tuple[list[Field], list[Box]]:
        assert pitch_mm == 4.4
        return [field_of(band_HW)], []


SHOWN: Detector = Shown()  # type: ignore[assignment]


# What a head learns from.


def test_cells_in_a_solid_are_strange_and_those_at_its_edge_are_left_out() -> None:
    field = field_of(np.zeros((10, 14)))
    everywhere = np.ones((10, 14), np.bool_)
    expected = np.full((10, 14), USUAL, np.int8)
    expected[2:6, 4:7] = LEFT_OUT  # middles between 58 and 112 along, 38 and 92 down
    expected[3:5, 4:6] = STRANGE  # between 70 and 100, 50 and 80
    assert np.array_equal(target_of(field, everywhere, [(70.0, 50.0, 100.0, 80.0)], []), expected)


def test_around_a_known_object_more_is_left_out_and_nothing_is_strange() -> None:
    field = field_of(np.zeros((10, 14)))
    expected = np.full((10, 14), USUAL, np.int8)
    expected[1:7, 3:8] = LEFT_OUT  # between 40 and 130, 20 and 110
    assert np.array_equal(target_of(field, np.ones((10, 14), np.bool_), [], [(70.0, 50.0, 100.0, 80.0)]), expected)


def test_a_solid_beside_a_known_object_is_strange_all_the_same() -> None:
    solid = (70.0, 50.0, 100.0, 80.0)
    found = target_of(field_of(np.zeros((10, 14))), np.ones((10, 14), np.bool_), [solid], [(60.0, 40.0, 110.0, 90.0)])
    assert (found[3:5, 4:6] == STRANGE).all() and np.count_nonzero(found == STRANGE) == 4


def test_a_solid_between_the_middles_of_cells_is_in_the_nearest() -> None:
    found = target_of(field_of(np.zeros((10, 14))), np.ones((10, 14), np.bool_), [(25.0, 33.0, 30.0, 38.0)], [])
    assert np.argwhere(found == STRANGE).tolist() == [[2, 1]]


def test_outside_of_containers_nothing_is_learnt() -> None:
    field = field_of(np.zeros((10, 14)))
    within = np.ones((10, 14), np.bool_)
    within[:, 5:] = False
    found = target_of(field, within, [(70.0, 50.0, 100.0, 80.0)], [])
    assert (found[:, 5:] == LEFT_OUT).all()
    assert np.argwhere(found == STRANGE).tolist() == [[3, 4], [4, 4]]


def test_a_solid_in_another_view_is_not_strange_in_this_one() -> None:
    field = field_of(np.zeros((10, 14)), x0=1000.0, scale=2.0)  # from 1000 to 1112
    none = target_of(field, np.ones((10, 14), np.bool_), [(70.0, 20.0, 100.0, 40.0)], [])
    assert (none == USUAL).all()
    cut = target_of(field, np.ones((10, 14), np.bool_), [(960.0, 20.0, 1020.0, 40.0)], [])
    assert STRANGE not in cut and LEFT_OUT in cut  # its middle is in the view before this


# Fitting.


def sample(seed: int, channels: int = 6, rows: int = 12, columns: int = 50, blocks: int = 2) -> Sample:
    """Noise with a row of its own brightness; in a few blocks two channels differ from it."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(channels, rows, columns))
    features += rng.normal(0, 2, (channels, rows, 1))
    target = np.zeros((rows, columns), np.int8)
    for _ in range(blocks):
        row, column = int(rng.integers(1, rows - 4)), int(rng.integers(1, columns - 5))
        target[row : row + 3, column : column + 4] = STRANGE
    features[0][target == STRANGE] += 4.0
    features[1][target == STRANGE] -= 4.0
    within = np.ones((rows, columns), np.bool_)
    within[:, -1] = False
    target[~within] = LEFT_OUT
    return Sample(
        features_CHW=features.astype(np.float16),
        statistics_HW9=rng.random((rows, columns, STATISTICS)).astype(np.float16),
        inside_HW=within,
        target_HW=target,
    )


def inputs_of_sample(one: Sample, head: Any) -> FloatArray:  # noqa: ANN401
    shown = one.features_CHW.astype(np.float32), one.statistics_HW9.astype(np.float32)
    return described(shown[0], shown[1], one.inside_HW, head)


def test_a_fitted_head_tells_what_differs() -> None:
    said: list[str] = []
    head = fit([sample(seed) for seed in range(12)], said.append, epochs=8)
    assert [line.split(",")[0] for line in said] == [f"head: epoch {k} of 8" for k in range(1, 9)]
    assert float(said[-1].split()[-1]) < float(said[0].split()[-1])
    levels, truth = [], []
    for seed in range(100, 106):
        one = sample(seed)
        used = one.target_HW != LEFT_OUT
        levels.append(judged(inputs_of_sample(one, head), head)[used])
        truth.append(one.target_HW[used] == STRANGE)
    levels_N, truth_N = np.concatenate(levels).astype(np.float64), np.concatenate(truth)
    assert area(levels_N, truth_N, np.ones(levels_N.size)) > 0.9
    assert np.median(levels_N[~truth_N]) < np.median(levels_N[truth_N])


def test_the_same_samples_give_the_same_head() -> None:
    one, other, third = (fit([sample(s) for s in range(4)], quiet, epochs=1, seed=seed) for seed in (0, 0, 1))
    assert np.array_equal(one.first_IM, other.first_IM) and one.last == other.last
    assert not np.array_equal(one.first_IM, third.first_IM)


def test_a_fitted_head_fits_its_file() -> None:
    head = fit([sample(s) for s in range(3)], quiet, epochs=1)
    again = read_anomaly(write_anomaly(AnomalyModel(head=head, facts=facts())), "x").head
    one = inputs_of_sample(sample(9), head)
    assert np.array_equal(judged(one, head), judged(one, again))


def test_the_arrays_answer_as_the_net_does() -> None:
    """numpy and torch, with every weight drawn; what the distances say by themselves is not the net's."""
    torch.manual_seed(3)
    base = usual([sample(0)])
    net = Net(base.inputs).eval()
    with torch.no_grad():
        for weights in net.parameters():
            weights.copy_(torch.randn_like(weights) * 0.15)
    head = head_of(net, base, np.zeros(4, np.float32))
    inputs = np.random.default_rng(0).normal(size=(13, 29, base.inputs)).astype(np.float32)
    with torch.no_grad():
        expected = net(torch.from_numpy(inputs.transpose(2, 0, 1)[None]))[0].numpy()
    found = judged(inputs, head)
    assert found.shape == expected.shape == (13, 29) and float(expected.std()) > 0.1
    assert np.allclose(found, expected, atol=1e-4 * max(1.0, float(np.abs(expected).max())))


def test_what_is_usual_is_learnt_where_nothing_is_strange() -> None:
    many = [sample(seed, rows=6, columns=24, blocks=1) for seed in range(5)]
    head = usual(many)
    cells = np.concatenate([one.features_CHW[:, one.target_HW == USUAL].T for one in many]).astype(np.float64)
    assert cells.shape[0] < 5 * fitting.CELLS_A_SAMPLE  # all of them are taken
    assert head.mean_C == pytest.approx(cells.mean(axis=0), abs=1e-3)
    assert head.deviation_C == pytest.approx(cells.std(axis=0), abs=1e-3)
    # Along each axis usual cells scatter by the fourth root of what they hold, the most first, and none goes with another.
    along = (cells - cells.mean(axis=0)) / cells.std(axis=0) @ head.axes_CK.astype(np.float64)
    spread = np.cov(along.T, bias=True)
    assert np.allclose(spread, np.diag(np.diag(spread)), atol=2e-2)
    assert (np.diff(np.diag(spread)) <= 1e-3).all()
    held = np.sort(np.linalg.eigvalsh(np.corrcoef(cells.T)))[::-1]
    assert np.diag(spread) == pytest.approx(held**0.5, abs=2e-2)
    assert head.last == fitting.START and not head.first_IM.any()


def test_a_map_of_many_channels_is_brought_to_few_axes() -> None:
    assert usual([sample(0, channels=40)]).axes_CK.shape == (40, fitting.AXES)
    assert usual([sample(0, channels=3)]).axes_CK.shape == (3, 3)


def test_a_channel_that_never_differs_can_be_divided_by() -> None:
    one = sample(0)
    one.features_CHW[2] = 1.0
    head = usual([one])
    assert head.deviation_C[2] == pytest.approx(1e-4) and np.isfinite(head.axes_CK).all()
    assert read_anomaly(write_anomaly(AnomalyModel(head=head, facts=facts())), "x").head.deviation_C[2] > 0


@pytest.mark.parametrize("samples", [[], [sample(0, blocks=0)], [sample(1, rows=6, columns=12)]])
def test_where_no_solid_is_nothing_can_be_learnt(samples: list[Sample]) -> None:
    """No sample, none with a strange cell, and one that is too small."""
    with pytest.raises(ValueError, match=r"^no solid could be projected into these scans$"):
        fit(samples, quiet)


def test_views_of_different_sizes_are_fitted_together() -> None:
    many = [sample(0), sample(1, rows=9, columns=130), sample(2, rows=16, columns=20), sample(3, blocks=0)]
    head = fit(many, quiet, epochs=1)
    assert np.isfinite(head.first_IM).all() and np.isfinite(head.last)


# Counting.

AT: Box = (0.0, 0.0, 400.0, 80.0)


def map_of(*levels: float) -> list[tuple[FloatArray, Box]]:
    """One view with a region of one cell for each level, apart from one another."""
    drawn = np.full((10, 50), -6.0, np.float32)
    for k, level in enumerate(levels):
        drawn[3, 2 + 4 * k] = level
    drawn[0] = -np.inf
    return [(drawn, AT)]


def test_rates_are_those_of_all_regions_of_all_scans() -> None:
    maps = [map_of(3.0, 1.0), map_of(), map_of(2.0, -1.0)]
    assert rates_of(maps, 0.0).tolist() == [3.0, 2.0, 1.0]
    assert rates_of(maps, -2.0).tolist() == [3.0, 2.0, 1.0, -1.0]
    assert rates_of(maps, 9.0).tolist() == [] and rates_of([], 0.0).tolist() == []


def test_what_two_views_of_a_scan_show_counts_once() -> None:
    assert rates_of([map_of(3.0) + map_of(2.5)], 0.0).tolist() == [3.0]
    assert rates_of([map_of(3.0), map_of(2.5)], 0.0).tolist() == [3.0, 2.5]


def test_the_least_level_leaves_as_many_regions_as_asked_for() -> None:
    maps = [map_of(*(4.0 - 0.5 * k - 0.01 * scan for k in range(5))) for scan in range(10)]
    for rate in (0.5, 1.0, 2.0, 3.5):
        level = least_level(maps, rate)
        assert len(rates_of(maps, level)) == rate * 10
        assert len(rates_of(maps, level - 0.02)) > rate * 10


@given(seed=st.integers(0, 2**32 - 1), scans=st.integers(1, 6), rate=st.floats(0.2, 4))
@settings(max_examples=20, deadline=None)
def test_the_least_level_never_leaves_more(seed: int, scans: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    maps = [[(rng.normal(size=(8, 20)).astype(np.float32), AT)] for _ in range(scans)]
    level = least_level(maps, rate)
    assert len(rates_of(maps, level)) <= rate * scans and np.isfinite(level)


def test_scans_in_which_nothing_was_looked_at_have_no_level_of_their_own() -> None:
    assert least_level([[], []]) < 1e-5
    outside = [[(np.full((4, 4), -np.inf, np.float32), AT)]]
    assert least_level(outside) < 1e-5 and rates_of(outside, 0.0).size == 0


def test_of_sets_that_differ_the_higher_rate_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scans of one kind have many faint regions, those of the other a few strong ones."""
    sets = {
        "many": [map_of(*(1.0 + 0.013 * scan - 0.3 * k for k in range(3))) for scan in range(40)],
        "strong": [map_of(5.0 + 0.1 * scan) if scan < 4 else map_of() for scan in range(20)],
    }
    monkeypatch.setattr(
        counting, "_maps", lambda detector, head, name, scans, say: Counted(name=f"{name} (real)", maps=sets[name])
    )
    found = count_on(SHOWN, plain_head(), [("many", []), ("strong", [])], "what is here", quiet)
    assert (found.clean_scans, found.fitted_on) == (60, "what is here")
    assert found.counted_on == "40 clean scans of many (real); 20 clean scans of strong (real)"
    least = max(least_level(maps) for maps in sets.values())
    assert found.levels[0] == pytest.approx(least) and len(found.levels) <= counting.LEVELS
    peaks = {name: rates_of(maps, least) for name, maps in sets.items()}
    for level, rate in zip(found.levels, found.rates, strict=True):
        each = [max(np.count_nonzero(peaks[n] >= level - 1e-9), 0.5) / len(sets[n]) for n in sets]
        assert rate == pytest.approx(max(each))
    assert found.rates[0] == pytest.approx(1.0)
    assert 3 / 20 < float(found.rate(np.array(4.0))) <= 4 / 20  # of the strong alone
    assert found.rates[-1] == pytest.approx(1 / 20)


def test_clean_scans_without_any_region_are_rare_and_not_impossible(monkeypatch: pytest.MonkeyPatch) -> None:
    maps: list[counting.Levels] = [[] for _ in range(25)]
    monkeypatch.setattr(counting, "_maps", lambda *_: Counted(name="none (real)", maps=maps))
    found = count_on(SHOWN, plain_head(), [("none", [])], "", quiet)
    assert found.rates == (0.02, 0.02)


def test_maps_are_made_of_the_clean_scans_alone() -> None:
    said: list[str] = []
    strange = np.zeros((12, 30))
    strange[4:9, 10:16] = 4.0
    spoilt = [labelled(strange, thing((0.0, 0.0, 9.0, 9.0))), labelled(strange, ignored=(thing((0.0, 0.0, 9.0, 9.0)),))]
    scans = [labelled(strange * (k < 3), name=f"s{k}") for k in range(25)] + spoilt
    assert [clean(scan) for scan in scans] == [True] * 25 + [False] * 2
    found = count_on(SHOWN, plain_head(-1.0), [("here", scans)], "", said.append)
    assert found.counted_on == "25 clean scans of here (simulated)" and found.clean_scans == 25
    assert said == ["here: 25 of 25 clean scans searched"]
    assert float(found.rate(np.array(2.9))) == pytest.approx(3 / 25) and found.levels[-1] == pytest.approx(3.0)


@pytest.mark.parametrize(("spotless", "spoilt"), [(0, 0), (19, 30)])
def test_too_few_clean_scans_tell_no_rate(spotless: int, spoilt: int) -> None:
    scans = [labelled(np.zeros((12, 30)))] * spotless + [labelled(np.zeros((12, 30)), thing(AT))] * spoilt
    said = f"^here: expected at least 20 clean scans to count false alarms on, got {spotless}$"
    with pytest.raises(InputError, match=said):
        count_on(SHOWN, plain_head(), [("here", scans)], "", quiet)


# Judging.

OBJECT: Box = (10.0 * CELL, 4.0 * CELL, 16.0 * CELL, 9.0 * CELL)
WHOLE = Label(label="container", box=(0.0, 0.0, 30.0 * CELL, 12.0 * CELL), group=Group.STRUCTURE)


def strange_at(level: float | None, column: int = 10) -> FloatArray:
    """A map whose strangest region has this level behind a shift of -1."""
    drawn = np.zeros((12, 30), np.float32)
    if level is not None:
        drawn[4:9, column : column + 6] = level + 1.0
    return drawn


def judged_set(scans: Sequence[LabelledScan], rate: float = 0.2) -> JudgedSet:
    model = plain_model(-1.0)
    one = judging._search(SHOWN, model, scans, "here", quiet)
    return judging._judged_set(one, judging._spotless(one, [one]), model.facts, rate)


def test_figures_of_maps_made_by_hand() -> None:
    clean_scans = [labelled(strange_at(0.3 * (k + 1)), WHOLE) for k in range(10)]
    with_objects = [labelled(strange_at(level), WHOLE, thing(OBJECT)) for level in (2.85, 2.5, 1.6, None)]
    found = judged_set(clean_scans + with_objects)
    assert (found.data, found.kind, found.clean_scans, found.objects) == ("here", "simulated", 10, 4)
    # Levels of the clean scans are 3.0, 2.7, 2.4 ...: above the second one alarm is left, above the third two.
    assert found.found_at == {"0.1": 0.25, "0.2": 0.5, "0.3": 0.5, "0.5": 0.75}
    # The package's own level for 0.2 is 0.70: there eight of the ten clean scans have a region.
    assert (found.shipped_rate, found.shipped_alarms, found.shipped_found) == (0.2, 0.8, 0.75)
    assert found.auroc is not None and 0.4 < found.auroc < 0.9


def test_an_object_is_told_by_its_strangest_cell() -> None:
    blank = [labelled(strange_at(None), WHOLE) for _ in range(4)]
    with_objects = [labelled(strange_at(level), WHOLE, thing(OBJECT)) for level in (2.85, 2.5, 1.6, None)]
    found = judged_set(blank + with_objects)
    assert found.auroc == 0.875  # one object is as strange as all that is clean
    assert found.found_at == {"0.1": 0.75, "0.2": 0.75, "0.3": 0.75, "0.5": 0.75} and found.shipped_alarms == 0.0


def test_a_region_beside_an_object_does_not_find_it() -> None:
    far, near = strange_at(2.0, 20), strange_at(2.0, 10)
    other: Box = (OBJECT[0] + 60.0, OBJECT[1], OBJECT[2] + 60.0, OBJECT[3])  # the region's middle is 12 pixels outside
    touched: Box = (OBJECT[0] + 57.0, OBJECT[1], OBJECT[2] + 57.0, OBJECT[3])  # and here 9
    blank = [labelled(strange_at(None), WHOLE)]
    for picture, box, share in ((far, OBJECT, 0.0), (near, OBJECT, 1.0), (near, other, 0.0), (near, touched, 1.0)):
        assert judged_set([*blank, labelled(picture, thing(box))]).found_at["0.5"] == share


def test_without_objects_and_without_clean_scans() -> None:
    none = judged_set([labelled(strange_at(1.0), WHOLE, scanner="A")])
    assert (none.kind, none.objects, none.auroc, none.found_at, none.shipped_found) == ("real", 0, None, {}, None)
    assert none.shipped_alarms == 1.0
    spoilt = judged_set([labelled(strange_at(1.0), WHOLE, thing(OBJECT))])
    assert (spoilt.clean_scans, spoilt.auroc, spoilt.found_at, spoilt.shipped_alarms) == (0, None, {}, None)
    assert spoilt.shipped_found == 1.0
    unseen = judged_set([labelled(strange_at(1.0), WHOLE, ignored=(thing(OBJECT),))])
    assert (unseen.clean_scans, unseen.objects) == (0, 0)


def test_a_set_without_clean_scans_is_judged_by_those_of_its_kind() -> None:
    model = plain_model(-1.0)
    real = [labelled(strange_at(1.0), WHOLE, scanner="A") for _ in range(3)]
    simulated = [labelled(strange_at(1.0), WHOLE) for _ in range(2)]
    spoilt = [labelled(strange_at(2.0), WHOLE, thing(OBJECT), scanner="A")]
    sets = [judging._search(SHOWN, model, x, "here", quiet) for x in (spoilt, real, simulated)]
    assert [len(judging._spotless(one, sets)) for one in sets] == [3, 3, 2]
    assert judging._spotless(sets[0], [sets[0], sets[2]]) == []


def test_a_scan_file_is_read_as_it_is_inspected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    band = strange_at(2.0)
    monkeypatch.setattr(counting, "read_scan", lambda path: f"scan of {path.name}")
    monkeypatch.setattr(counting, "working_band", lambda scan: band if scan == "scan of a.tif" else None)
    scan = replace(labelled(strange_at(None), WHOLE), path=tmp_path / "a.tif")
    assert judged_set([scan]).shipped_alarms == 1.0


def test_figures_in_words() -> None:
    whole = JudgedSet(
        data="scans",
        kind="real",
        clean_scans=20,
        objects=7,
        auroc=0.8125,
        found_at={"0.1": 0.25, "0.5": 0.75},
        shipped_found=0.5,
        shipped_rate=0.2,
        shipped_alarms=0.15,
    )
    bare = whole.model_copy(update={"auroc": None, "found_at": {}, "shipped_found": None, "objects": 0})
    none = bare.model_copy(update={"shipped_alarms": None, "clean_scans": 0})
    assert judged_text(Judged(package="cargo/1", package_sha256="0", sets=(whole, bare, none))) == (
        "cargo/1: anomalies\n"
        "scans (real): 20 clean scans, 7 objects that can be seen; region AUROC 0.812; found, by false regions per clean scan: "
        "0.250 at 0.1, 0.750 at 0.5; at the package's level for 0.2: 0.150 false regions per clean scan, found 0.500\n"
        "scans (real): 20 clean scans, 0 objects that can be seen; at the package's level for 0.2: 0.150 false regions per clean scan\n"
        "scans (real): 0 clean scans, 0 objects that can be seen\n"
    )


def test_a_package_that_finds_no_anomalies_cannot_be_judged(tmp_path: Path) -> None:
    folder = cell_package(tmp_path / "cells" / "1.0")
    with pytest.raises(InputError) as caught:
        judge_package(folder, [tmp_path], None, quiet)
    assert str(caught.value) == f"{folder}: expected a package that finds anomalies (scantally anomalies --learn)"


WITHOUT_TORCH = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "torchvision", "ultralytics"):
            raise ModuleNotFoundError(f"there is no {name}", name=name)

sys.meta_path.insert(0, Blocker())
from scantally.detector.cli import main
sys.argv = ["scantally", "anomalies", *sys.argv[1:]]
main()
"""


def test_judging_needs_no_torch(tmp_path: Path) -> None:
    folder = cell_package(tmp_path / "M")
    cell_data(tmp_path / "D", 1, 1)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, folder, "--judge", "D"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = f"scantally: {folder}: expected a package that finds anomalies (scantally anomalies --learn)\n"
    assert (done.returncode, done.stderr) == (2, said)


# One scan through the real network.


@pytest.fixture(scope="module")
def detector() -> Detector:
    return replace(open_detector(open_package(default_package())), strange=None)


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
def scan(folder: Path) -> LabelledScan:
    (one,) = simulated.load(folder)
    return one


def alike(some: Sequence[Sample], others: Sequence[Sample]) -> bool:
    return len(some) == len(others) and all(
        np.array_equal(getattr(one, name), getattr(other, name))
        for one, other in zip(some, others, strict=True)
        for name in ("features_CHW", "statistics_HW9", "inside_HW", "target_HW")
    )


def test_samples_of_a_simulated_scan(detector: Detector, scan: LabelledScan) -> None:
    samples = samples_of(detector, scan, np.random.default_rng(0))
    (one,) = samples
    assert one.features_CHW.shape[0] == 128 and one.features_CHW.dtype == np.float16
    assert one.statistics_HW9.shape == (*one.inside_HW.shape, STATISTICS) and one.statistics_HW9.dtype == np.float16
    assert np.isfinite(one.features_CHW).all()
    assert one.target_HW.shape == one.inside_HW.shape and one.inside_HW.any() and not one.inside_HW.all()
    assert (one.target_HW[~one.inside_HW] == LEFT_OUT).all()
    counts = {value: np.count_nonzero(one.target_HW == value) for value in (STRANGE, USUAL, LEFT_OUT)}
    assert 0 < counts[STRANGE] < counts[USUAL]
    assert alike(samples, samples_of(detector, scan, np.random.default_rng(0)))
    assert not alike(samples, samples_of(detector, scan, np.random.default_rng(1)))


def test_solids_are_where_the_target_says(
    detector: Detector, scan: LabelledScan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cells change where something was projected, and elsewhere hardly: the network's map knows more than a cell around."""
    with_solids = samples_of(detector, scan, np.random.default_rng(2))[0]
    monkeypatch.setattr(sampling, "_with_solids", lambda picture, character, scan, rng: (picture, []))
    without = samples_of(detector, scan, np.random.default_rng(2))[0]
    assert np.array_equal(without.inside_HW, with_solids.inside_HW) and STRANGE not in without.target_HW
    change = np.abs(with_solids.features_CHW.astype(np.float32) - without.features_CHW.astype(np.float32)).mean(axis=0)
    strange = with_solids.target_HW == STRANGE
    assert change[strange].mean() > 5 * np.median(change[with_solids.target_HW == USUAL])


def test_a_scan_too_small_to_project_into_gives_nothing(detector: Detector, scan: LabelledScan) -> None:
    tiny = np.full((24, 40), 0.9, np.float32)
    container = Label(label="container", box=(2.0, 2.0, 38.0, 22.0), group=Group.STRUCTURE)
    assert samples_of(detector, labelled(tiny, container), np.random.default_rng(0)) == []


def test_where_the_network_sees_no_container_there_is_nothing_to_learn(scan: LabelledScan) -> None:
    class Blind:
        def fields(self, band_HW: FloatArray, pitch_mm: float | None) -> tuple[list[Field], list[Box]]:
            return [field_of(np.zeros((10, 14)))], []

    assert samples_of(Blind(), scan, np.random.default_rng(0)) == []  # type: ignore[arg-type]


def test_what_is_drawn_in_other_processes_is_the_same(detector: Detector, scan: LabelledScan) -> None:
    from scantally.training.anomalies.samples import _drawn

    said: list[str] = []
    model = open_package(default_package()).path
    drawn = list(draw_samples(model, [scan], 2, said.append))
    assert said == ["2 of 2 scans drawn"]
    first, second = _drawn((str(model), scan, 0)), _drawn((str(model), scan, 1))
    assert alike(drawn, first + second) and not alike(first, second)


# A new version of a package.


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The default package as another one has it: with evidence, a reference, weights (other bytes) and no head."""
    before, folder = open_package(default_package()).path, tmp_path / "cargo" / "1.0"
    folder.mkdir(parents=True)
    for name in ("model.onnx", "card.yaml", REFERENCE, EVIDENCE):
        shutil.copyfile(before / name, folder / name)
    (folder / WEIGHTS).write_bytes(b"weights")
    write_checksums(folder)
    return folder


def test_a_fitted_head_is_written_as_a_new_version(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, int]] = []
    scans = {"learn": [labelled(strange_at(None))] * 3, "real": [labelled(strange_at(None), scanner="A")] * 2}
    clean_scans = [labelled(strange_at(None))] * 20

    def drawn(model: Path, some: Sequence[LabelledScan], repeats: int, say: Callable[[str], None]) -> list[Sample]:
        assert model == package
        asked.append((some[0].scanner, repeats))
        return [sample(seed, channels=128, columns=30) for seed in range(2)]

    def counted(detector: Detector, *rest: Any) -> Any:  # noqa: ANN401
        assert detector.strange is None
        return count_on(SHOWN, plain_head(-1.0), *rest[1:])

    monkeypatch.setattr(running, "draw_samples", drawn)
    monkeypatch.setattr(running, "count_on", counted)
    monkeypatch.setattr(running, "scans_of", lambda folder, half: scans.get(folder.name, clean_scans))
    monkeypatch.setattr(running, "fit", functools.partial(fit, epochs=1))
    wanted = Wanted(learn=(tmp_path / "learn", tmp_path / "real"), clean=(tmp_path / "clean",))
    place = Place(out=tmp_path / "out", version="2.0", notes=None)
    written = add_anomalies(package, wanted, place, quiet)
    assert written == tmp_path / "out" / "cargo" / "2.0"
    assert asked == [("simulated-cal", 1), ("A", running.REAL_REPEATS)]
    before, after = open_package(package), open_package(written)
    assert after.card == before.card.model_copy(update={"version": "2.0"})
    assert after.model == before.model and after.reference == before.reference
    assert sorted(p.name for p in written.iterdir()) == [
        "SHA256SUMS", ANOMALY, "card.yaml", "model.onnx", REFERENCE, WEIGHTS,
    ]  # fmt: skip
    assert (written / WEIGHTS).read_bytes() == b"weights"
    assert after.anomaly is not None
    told = "3 simulated scans of learn and 2 real scans of real, with solids projected into them"
    assert after.anomaly.facts.fitted_on == told
    assert after.anomaly.facts.counted_on == "20 clean scans of clean (simulated)"
    assert open_detector(after).strange is after.anomaly


def test_scans_that_cannot_be_projected_into_are_said_by_their_folder(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "draw_samples", lambda *_: [])
    monkeypatch.setattr(running, "scans_of", lambda *_: [labelled(strange_at(None))])
    wanted = Wanted(learn=(tmp_path / "here",), clean=(tmp_path / "there",))
    with pytest.raises(InputError) as caught:
        add_anomalies(package, wanted, Place(out=tmp_path / "out", version="2.0", notes=None), quiet)
    assert str(caught.value) == f"{tmp_path / 'here'}: no solid could be projected into these scans"
    assert not (tmp_path / "out").exists()


def test_of_real_scans_a_half_is_taken_and_of_simulated_ones_all(monkeypatch: pytest.MonkeyPatch) -> None:
    # SHA-256 of "a" begins with 0xca, of "1" with 0x6b: see test_halves.py.
    real = [labelled(strange_at(None), name=name, scanner="A") for name in ("a", "1")]
    monkeypatch.setattr(sampling, "open_data", lambda folder: real)
    assert [[s.name for s in scans_of(Path("x"), half)] for half in ("look", "held", None)] == [
        ["a"],
        ["1"],
        ["a", "1"],
    ]  # type: ignore[arg-type]
    drawn = [labelled(strange_at(None), name=name) for name in ("a", "1")]
    monkeypatch.setattr(sampling, "open_data", lambda folder: drawn)
    assert list(scans_of(Path("x"), "held")) == drawn
    for none in ([], [real[0]]):
        monkeypatch.setattr(sampling, "open_data", lambda folder, none=none: none)
        with pytest.raises(InputError, match=r"^x: expected labelled scans, found none$"):
            scans_of(Path("x"), "held")


def test_all_files_but_the_card_are_kept(package: Path) -> None:
    (package / ANOMALY).write_bytes(write_anomaly(AnomalyModel(head=random_head(128), facts=facts())))
    write_checksums(package)
    kept = kept_files(open_package(package))
    assert set(kept) == {"model.onnx", REFERENCE, EVIDENCE, WEIGHTS, ANOMALY}
    assert all(raw == (package / name).read_bytes() for name, raw in kept.items())
    for name in (REFERENCE, EVIDENCE, WEIGHTS, ANOMALY):
        (package / name).unlink()
    write_checksums(package)
    assert set(kept_files(open_package(package))) == {"model.onnx"}


def test_a_calibrated_package_keeps_its_head_and_loses_its_old_evidence(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (package / ANOMALY).write_bytes(write_anomaly(AnomalyModel(head=random_head(128), facts=facts())))
    write_checksums(package)
    opened = open_package(package)
    monkeypatch.setattr(packaging, "new_card", lambda done, version: versioned(done.package.card, version))
    done: Any = SimpleNamespace(package=opened, reference=opened.reference)
    plain = write_calibrated(done, Place(out=tmp_path / "out", version="2.0", notes=None))
    assert {p.name for p in plain.iterdir()} == {
        "SHA256SUMS", "card.yaml", "model.onnx", ANOMALY, REFERENCE, WEIGHTS,
    }  # fmt: skip
    assert (plain / ANOMALY).read_bytes() == (package / ANOMALY).read_bytes()
    weighed = write_calibrated(done, Place(out=tmp_path / "out", version="2.1", notes=None), b"x: 1\n")
    assert (weighed / EVIDENCE).read_bytes() == b"x: 1\n"


def test_a_version_that_cannot_be_a_folder_is_refused(package: Path) -> None:
    card = open_package(package).card
    assert versioned(card, "2.0").version == "2.0" and versioned(card, card.version) == card
    with pytest.raises(ConfigError, match=r"^--version: version: string should match pattern"):
        versioned(card, "../x")


def test_notes_of_the_place_go_into_the_card_and_a_version_is_written_once(package: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.yaml"
    notes.write_text("description: Another one.\n")
    card = versioned(open_package(package).card, "3.0")
    files = kept_files(open_package(package))
    written = write_package_files(Place(out=tmp_path / "out", version="3.0", notes=notes), card, files)
    new = open_package(written).card
    assert (new.version, new.description, new.labels) == ("3.0", "Another one.", card.labels)
    with pytest.raises(PackageError, match=r"cargo/3\.0: exists already"):
        write_package_files(Place(out=tmp_path / "out", version="3.0", notes=None), card, files)


# The command.

WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "neither": ((), "--learn: expected --learn and --clean to fit, or --judge"),
    "no clean ones": (("--learn", "D"), "--clean: expected --learn and --clean to fit, or --judge"),
    "no scans to learn from": (("--clean", "D"), "--learn: expected --learn and --clean to fit, or --judge"),
    "nowhere to write": (("--learn", "D", "--clean", "D"), "--out: expected --out and --version together"),
    "no version": (
        ("--learn", "D", "--clean", "D", "--out", "O"),
        "--version: expected --out and --version together",
    ),
    "no place": (
        ("--learn", "D", "--clean", "D", "--version", "2.0"),
        "--out: expected --out and --version together",
    ),
    "a card alone": (
        ("--learn", "D", "--clean", "D", "--card", "notes.yaml"),
        "--card: expected --out and --version with it",
    ),
    "unknown half": (("--judge", "D", "--half", "all"), "--half: expected look or held, got 'all'"),
    "figures of a fit": (("--learn", "D", "--clean", "D", "--figures", "F"), "--figures: expected --judge with it"),
    "both": (
        ("--judge", "D", "--learn", "D"),
        "--judge: expected it without what fits: --learn, --clean, --out, --version, --card",
    ),
    "judged and written": (
        ("--judge", "D", "--out", "O", "--version", "2.0"),
        "--judge: expected it without what fits: --learn, --clean, --out, --version, --card",
    ),
    "nothing to judge": (("--judge", "D"), "M: expected a package that finds anomalies (scantally anomalies --learn)"),
    "figures into the scans": (
        ("--judge", "D", "--figures", "D/f.json"),
        "--figures: D/f.json would be written over or into the input {tmp}/D: expected another place",
    ),
    "a version that is none": (
        ("--learn", "D", "--clean", "D", "--out", "O", "--version", "../x"),
        "--version: version: string should match pattern '^[A-Za-z0-9][A-Za-z0-9._-]*$', got '../x'",
    ),
    "no such folder": (
        ("--learn", "D/none", "--clean", "D", "--out", "O", "--version", "2.0"),
        "D/none: no such folder",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_command_that_cannot_be(
    scantally: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    cell_package(tmp_path / "M")
    cell_data(tmp_path / "D", 1, 1)
    monkeypatch.chdir(tmp_path)
    arguments, said = WRONG[kind]
    done = scantally("anomalies", "M", *arguments)
    assert (done.code, done.out, done.err) == (2, "", f"scantally: {said.replace('{tmp}', str(tmp_path))}\n")
    assert not (tmp_path / "O").exists() and not (tmp_path / "F").exists()


def test_a_network_without_a_map_sees_nothing_strange(scantally: Command, tmp_path: Path) -> None:
    """``cells`` has no map: no container is seen, and nothing can be projected."""
    model, data = cell_package(tmp_path / "cells" / "1.0"), cell_data(tmp_path / "data", 1, 1)
    done = scantally("anomalies", model, "--learn", data, "--clean", data, "--out", tmp_path / "out", "--version", "2")
    assert done.code == 2
    assert done.err.splitlines()[-1] == f"scantally: {data}: no solid could be projected into these scans"


def test_a_package_is_judged_by_the_command(scantally: Command, folder: Path, package: Path, tmp_path: Path) -> None:
    model = AnomalyModel(head=random_head(128), facts=facts(levels=(-3.0, 3.0), rates=(1.0, 0.01)))
    (package / ANOMALY).write_bytes(write_anomaly(model))
    write_checksums(package)
    figures = tmp_path / "figures.json"
    done = scantally("anomalies", package, "--judge", folder, "--figures", figures)
    assert done.code == 0, done.err
    assert done.err == "small: 1 of 1 scans searched\n"
    title = open_package(package).title
    assert done.out.startswith(
        f"{title}: anomalies\nsmall (simulated): 1 clean scans, 0 objects that can be seen; at the"
    )
    found = json.loads(figures.read_text())
    assert (found["package"], found["package_sha256"]) == (title, open_package(package).sha256)
    (one,) = found["sets"]
    assert (one["data"], one["clean_scans"], one["auroc"], one["found_at"]) == ("small", 1, None, {})
    assert one["shipped_alarms"] >= 0.0


def test_inside_is_what_is_learnt_from_and_judged(detector: Detector, scan: LabelledScan) -> None:
    fields, containers = detector.fields(scan.open(), scan.pitch_mm)
    truth = next(x.box for x in scan.labels if x.label == "container")
    (one,), (box,) = fields, containers
    assert box == pytest.approx(truth, abs=0.05 * (truth[2] - truth[0]))
    assert 0.5 < inside(one, containers).mean() < 1.0
