"""``scantally evaluate``: comparisons that say what is real, the files it writes, and input that it refuses."""

import json
import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("faster_coco_eval")

from conftest import Ran
from evaluation_scans import CARDS, THERE, forty, judged, quiet, side
from scored_packages import cell_data, cell_package

from scantally.detector.cli import main
from scantally.detector.errors import ConfigError
from scantally.detector.models.package import default_package, open_package
from scantally.detector.types import Detections
from scantally.training.card import CardNotes
from scantally.training.evaluation import run as evaluate_module
from scantally.training.evaluation.documents import Difference, Evaluation, Part
from scantally.training.evaluation.part import kind_of, make_part
from scantally.training.judging import Judgement
from scantally.training.metrics import Judged


def pd_of(differences: tuple[Difference, ...]) -> Difference:
    at = ("objects", "all objects of interest", "Pd at 0.1 false positives per scan")
    return next(x for x in differences if (x.table, x.row, x.figure) == at)


def compared(this: list[Judged], other: list[Judged]) -> Part:
    part, _ = make_part("real", side(this), side(other), None, quiet)
    assert part.against is not None
    return part


def test_identical_models_show_no_real_difference() -> None:
    part = compared(forty(20), forty(20))
    assert part.against is not None
    known = [x for x in part.against.differences if x.difference is not None]
    assert len(known) > 15
    assert {x.difference for x in known} == {0.0}
    assert {x.verdict for x in known} <= {"no difference shown", "too few groups to tell"}
    assert {(x.low, x.high) for x in known} <= {(0.0, 0.0), (None, None)}


def test_a_clearly_better_model_is_called_better_and_the_other_way_round_worse() -> None:
    better, worse = compared(forty(36), forty(12)), compared(forty(12), forty(36))
    assert better.against is not None and worse.against is not None
    up, down = pd_of(better.against.differences), pd_of(worse.against.differences)
    assert (up.this, up.other, up.difference, up.verdict) == (0.9, 0.3, 0.6, "better")
    assert (down.difference, down.verdict) == (-0.6, "worse")
    assert up.low is not None and up.high is not None and 0 < up.low < 0.6 < up.high
    assert (down.low, down.high) == (-up.high, -up.low)


def test_pairs_tell_what_two_separate_intervals_would_not() -> None:
    """Twenty of forty against sixteen of the same: each interval holds the other's value, but nothing is ever lost."""
    part = compared(forty(20), forty(16))
    assert part.against is not None
    difference = pd_of(part.against.differences)
    alone = part.figure("objects", "all objects of interest", "Pd at 0.1 false positives per scan")
    assert alone is not None and alone.low is not None and alone.low < 0.4
    assert (difference.difference, difference.verdict) == (0.1, "better")


def test_where_lower_is_better() -> None:
    alarmed = [replace(x, found=Detections.of([*x.found.rows(), *found_there(x)])) for x in forty(20)]
    part = compared(alarmed, forty(20))
    assert part.against is not None
    figure = next(
        x for x in part.against.differences if (x.row, x.figure) == ("firearm", "false positives per scan, p ≥ 0.5")
    )
    assert (figure.this, figure.other, figure.verdict) == (1.0, 0.0, "worse")


def found_there(item: Judged) -> list[tuple[Any, float, str, Any]]:
    return judged(found=(("firearm", 0.8, THERE),)).found.rows()


def test_packages_are_compared_on_the_labels_that_both_know() -> None:
    this, other = side(forty(20)), side(forty(20))
    fewer = other.judgement.package.card.model_copy(update={"labels": CARDS[:-1]})
    smaller = replace(other.judgement, package=replace(other.judgement.package, card=fewer))
    part, _ = make_part("real", this, replace(other, judgement=smaller), None, quiet)
    assert part.against is not None
    assert part.against.labels == tuple(x.name for x in CARDS[:-1])
    assert not [x for x in part.against.differences if x.row == "vehicle"]
    assert [x for x in part.figures if x.row == "vehicle"]


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({}, "does not say which scanners it was trained on: it may have seen B in training"),
        ({"record": {"scanners": ["A", "B"]}}, "was trained on scans of B"),
        ({"record": {"scanners": ["A"]}}, "(A); B is not among them"),
        ({"record": {"scanners": "A"}}, "it may have seen B"),
        ({"record": []}, "it may have seen B"),
    ],
)
def test_the_drop_on_a_scanner_that_was_left_out(record: dict[str, Any], said: str) -> None:
    # The first twenty of each forty are of A, and all their firearms are found; of B, four of twenty.
    scans = forty(24, lambda k: "A" if k < 20 else "B")
    part, _ = make_part("real", side(scans, record), None, "B", quiet)
    assert part.leave_out is not None
    assert (part.leave_out.scans, part.leave_out.others) == (40, 40)
    assert said in part.leave_out.seen
    drop = pd_of(part.leave_out.differences)
    assert (drop.this, drop.other, drop.difference, drop.verdict) == (0.2, 1.0, -0.8, "worse")


def test_thresholds_of_validation_scans_hold_on_the_judged_ones() -> None:
    strict = [replace(x, scan=replace(x.scan, group=f"v{x.scan.group}")) for x in forty(40)]
    alarms = [replace(x, found=judged(found=(("firearm", 0.95, THERE),)).found) for x in strict[40:50]]
    validation = side(strict[:40] + alarms + strict[50:]).judgement
    part, _ = make_part("real", replace(side(forty(40)), validation=validation), None, None, quiet)
    figure = part.figure("objects", "firearm", "Pd at 0.1 false positives per scan")
    reached = part.figure("objects", "firearm", "false positives per scan reached at 0.1")
    assert figure is not None and figure.value == 0.0
    assert reached is not None and reached.value == 0.0
    assert not [x for x in part.absent if "chosen on the judged scans" in x]
    used = {(x.row, x.figure): x.threshold for x in part.thresholds}
    assert used["firearm", "Pd at 0.1 false positives per scan"] == pytest.approx(0.95)


# -- the command


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluation") / "scans"
    before, sys.argv = sys.argv, ["scantally", "simulate", str(folder), "--count", "4", "--seed", "5", "--workers", "1"]
    try:
        main()
    except SystemExit as e:
        assert not e.code
    finally:
        sys.argv = before
    return folder


@pytest.fixture
def oracle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Finds everything that its labels name: no network, so that the rest of the command is what is tested."""

    def judge(model: Path, chosen: list[Any], say: Callable[[str], None]) -> Judgement:
        shipped = open_package(default_package())
        groups = {x.name: x.group for x in shipped.card.labels}
        found = [
            Detections.of([(x.box, 0.8, x.label, groups[x.label]) for x in scan.labels if x.label in groups])
            for scan in chosen
        ]
        pairs = tuple(Judged(scan=s, found=f) for s, f in zip(chosen, found, strict=True))
        return Judgement(package=shipped, judged=pairs, seconds=(0.1,) * len(pairs))

    monkeypatch.setattr(evaluate_module, "judge_with", judge)
    monkeypatch.setattr(evaluate_module, "require_rival", lambda *given: None)


def test_the_page_and_the_document(scantally: Callable[..., Ran], scans: Path, oracle: None, tmp_path: Path) -> None:
    out = tmp_path / "judged"
    ran = scantally("evaluate", "any", scans, "--out", out, "--against", "other")
    assert ran.code == 0, ran.err
    assert ran.out.startswith(
        f"{open_package(default_package()).title} on scans: 4 scans, 0.100 s each\nsimulated scans: 4 in 4 groups\n"
    )
    assert "not measured: 0.1 false positives per scan need at least 10 scans" in ran.out
    evaluation = Evaluation.model_validate_json((out / "evaluation.json").read_bytes())
    (part,) = evaluation.parts
    assert (evaluation.scans, part.kind, part.scans) == (4, "simulated", 4)
    container = part.figure("precision", "container", "mAP50")
    assert container is not None and container.value == 1.0 and container.low is None
    page = (out / "evaluation.html").read_text("utf-8")
    assert re.findall(r"(?:src|href)=\"(?!data:|#)", page) == []
    assert "Figures on simulated scans do not carry over to real ones." in page
    assert "rests on fewer than 6 groups" in page
    if part.froc:
        assert "up to 10 false positives per scan" in part.froc_note and part.froc_note in page
    assert {x.name for x in out.iterdir()} == {"evaluation.json", "evaluation.html"}


def test_names_from_a_dataset_are_text_on_the_page(
    scantally: Callable[..., Ran], scans: Path, oracle: None, tmp_path: Path
) -> None:
    folder = tmp_path / "<b>scans"
    folder.mkdir()
    for path in sorted(scans.iterdir())[:6]:
        (folder / path.name).write_bytes(path.read_bytes())
    assert scantally("evaluate", "any", folder, "--out", tmp_path / "out").code == 0
    page = (tmp_path / "out" / "evaluation.html").read_text("utf-8")
    assert "<b>scans" not in page and "&lt;b&gt;scans" in page


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--leave-out", "Z"], "--leave-out: no scan is of scanner 'Z', expected one of simulated-"),
        (["--half", "both"], "--half: expected one of look, held, got 'both'"),
        (["--split", "test"], "has no dataset.json: only a dataset has splits"),
        (["--split", "odd"], "--split: expected one of train, val, test, got 'odd'"),
        (["--thresholds-from", "{scans}"], "with the judged scans: thresholds must come from others"),
        (["--thresholds-from", "{nothing}"], "no such folder"),
        (["--thresholds-split", "val"], "--thresholds-split: expected --thresholds-from with it"),
        (["--thresholds-from", "{scans}", "--thresholds-split", "val"], "only a dataset has splits"),
        (["--out", "{scans}/s5-000000.tif"], "--out: expected a folder for evaluation.json and evaluation.html"),
        (["--out", "{scans}/s5-000000.tif/x"], "s5-000000.tif is a file"),
        (["--measured", "{nothing}/m.yaml"], "no such folder to write m.yaml into"),
        (["--out", "figures.json"], "--out: expected a folder for evaluation.json and evaluation.html"),
    ],
)
def test_options_that_do_not_fit(
    scantally: Callable[..., Ran],
    scans: Path,
    oracle: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    options: list[str],
    said: str,
) -> None:
    line = [x.format(scans=scans, nothing=tmp_path / "nothing") for x in options]

    def too_late(*given: object) -> object:
        raise AssertionError("refused before a scan is judged")

    monkeypatch.setattr(evaluate_module, "judge_with", too_late)
    ran = scantally("evaluate", "any", scans, *line)
    assert ran.code == 2
    assert said in ran.err and ran.err.count("\n") == 1


@pytest.mark.parametrize("other", ["nope", "{empty}"])
def test_another_package_that_is_none_is_told_before_a_scan_is_judged(
    scantally: Callable[..., Ran], scans: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, other: str
) -> None:
    monkeypatch.setattr(evaluate_module, "judge_with", lambda *given: pytest.fail("judged"))
    ran = scantally("evaluate", default_package(), scans, "--against", other.format(empty=tmp_path))
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)


def test_labels_that_the_package_does_not_know_are_named(
    scantally: Callable[..., Ran], scans: Path, oracle: None, tmp_path: Path
) -> None:
    for path in scans.glob("*0.*"):
        if path.name.endswith(".truth.json"):
            document = json.loads(path.read_text())
            thing = {"container": 0, "box": [9, 9, 40, 40], "mass_kg": 1.0, "materials": ["iron"], "place": "floor"}
            seen = {"cnr": 5.0, "visible": 0.9, "inspectable": True}
            document["objects"] += [{**thing, **seen, "label": "gizmo\x1b[2J"}] * 2
            (tmp_path / path.name).write_text(json.dumps(document))
        elif path.suffix == ".tif":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    ran = scantally("evaluate", "any", tmp_path)
    assert ran.code == 0, ran.err
    assert "of which no figure says anything: gizmo[U+001B][2J (2)." in ran.out


def test_one_scanner_alone_cannot_be_left_out(
    scantally: Callable[..., Ran], scans: Path, oracle: None, tmp_path: Path
) -> None:
    truth = min(scans.glob("*.truth.json"))
    look = json.loads(truth.read_text())["look"]
    for path in (truth, truth.with_name(truth.name.replace(".truth.json", ".tif"))):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    ran = scantally("evaluate", "any", tmp_path, "--leave-out", f"simulated-{look}")
    assert ran.code == 2
    assert "nothing to compare with" in ran.err


@pytest.mark.parametrize(
    ("damage", "said"), [(b"", "truth.json"), (b"{}", "truth.json"), (None, "expected its scan beside it")]
)
def test_damaged_data_is_named(
    scantally: Callable[..., Ran], scans: Path, oracle: None, tmp_path: Path, damage: bytes | None, said: str
) -> None:
    truth = min(scans.glob("*.truth.json"))
    (tmp_path / truth.name).write_bytes(truth.read_bytes() if damage is None else damage)
    ran = scantally("evaluate", "any", tmp_path)
    assert ran.code == 2
    assert said in ran.err and ran.err.count("\n") == 1


def test_an_empty_folder_and_a_package_that_is_none_are_refused(
    scantally: Callable[..., Ran], scans: Path, tmp_path: Path
) -> None:
    ran = scantally("evaluate", tmp_path, scans)
    assert ran.code == 2 and "expected one model package" in ran.err
    ran = scantally("evaluate", default_package(), tmp_path)
    assert ran.code == 2 and "expected simulated scans" in ran.err


def test_simulated_and_real_scans_are_never_taken_together(
    scans: Path, oracle: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = evaluate_module.chosen_scans(scans, 0, None, None)
    mixed = [*chosen[:3], replace(chosen[3], scanner="gate-7")]
    monkeypatch.setattr(evaluate_module, "chosen_scans", lambda *given: mixed)
    parts = evaluate_module.evaluate(Path("any"), scans, evaluate_module.Options(), quiet).evaluation.parts
    assert [(p.kind, p.scans) for p in parts] == [("simulated", 3), ("real", 1)]
    assert parts[1].scanners == {"gate-7": 1}
    with pytest.raises(ConfigError, match="nothing to compare with"):
        evaluate_module.evaluate(Path("any"), scans, evaluate_module.Options(leave_out="gate-7"), quiet)


def test_simulated_and_real_scans_are_told_apart() -> None:
    scan = judged().scan
    assert kind_of(scan) == "real"
    assert kind_of(replace(scan, scanner="simulated-cal")) == "simulated"


def test_faint_containers_do_not_move_the_search() -> None:
    """Figures of merit ask for the faintest detections; where small objects are looked for must stay what an operator gets."""
    from scantally.detector.models.load import open_detector
    from scantally.training.judging import FAINT, faint

    detector = open_detector(open_package(default_package()))
    try:
        lowered = faint(detector)
        assert {x.threshold for x in lowered.card.labels} == {FAINT}
        assert lowered.steer == next(x.threshold for x in detector.card.labels if x.name == "container") > FAINT
        # What a card passes on is judged, however faint: a threshold of a stated miss rate may lie anywhere.
        low = [x.model_copy(update={"threshold": 1e-5}) if x.name == "firearm" else x for x in detector.card.labels]
        passing = replace(detector, card=detector.card.model_copy(update={"labels": tuple(low)}))
        assert {x.name: x.threshold for x in faint(passing).card.labels if x.threshold != FAINT} == {"firearm": 1e-5}
    finally:
        detector.engine.close()


def test_the_figures_for_a_card(scantally: Callable[..., Ran], scans: Path, oracle: None, tmp_path: Path) -> None:
    path = tmp_path / "measured.yaml"
    assert scantally("evaluate", "any", scans, "--measured", path).code == 0
    notes = CardNotes.model_validate({"description": "d", **yaml.safe_load(path.read_text("utf-8"))})
    (entry,) = notes.measured
    assert (entry["kind"], entry["scans"], entry["what"]) == ("simulated", 4, "simulated scans of scans")
    assert entry["command"] == f"scantally evaluate any {scans} --measured {path}"
    figures = entry["figures"]
    assert isinstance(figures, dict) and figures["container: mAP50"] == [1.0, None, None, 4]
    assert not any(value[0] is None for value in figures.values())  # type: ignore[index]


def test_a_package_against_itself_is_told(scantally: Callable[..., Ran], tmp_path: Path) -> None:
    package, data = cell_package(tmp_path / "cells" / "1.0"), cell_data(tmp_path / "data", 6, 1)
    ran = scantally("evaluate", package, data, "--against", package)
    assert ran.code == 0
    assert ran.err.startswith("note: --against names the package that is judged (cells/1.0): they will not differ\n")
    other = cell_package(tmp_path / "cells" / "2.0", version="2.0")
    assert "note: --against" not in scantally("evaluate", package, data, "--against", other).err
