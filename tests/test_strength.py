"""Counting how strongly checks speak: the tables, their discounts and what is said of them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

pytest.importorskip("scipy", reason="fits the tables: needs the full environment (make full)")

from scantally.datasets.simulator.files import write_scan
from scantally.datasets.simulator.plan import Wishes
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.simulator.style import draw_style
from scantally.detector.checks import CHECKS
from scantally.detector.config.decision import DecisionSettings
from scantally.detector.errors import InputError
from scantally.detector.evidence.belief import posterior_of
from scantally.detector.evidence.tables import EMPTY, EVIDENCE, FAMILIES, HONEST, read_tables
from scantally.detector.models.package import default_package, open_package
from scantally.detector.pipeline import open_inspector
from scantally.detector.types import Manifest, ManifestLine
from scantally.training.calibration.strength import (
    FOLDS,
    Said,
    area_under,
    as_drawn,
    calibration_error,
    count,
    estimate,
    fold_of,
    listen,
    tables_yaml,
    told,
)


def drawn(n: int, seed: int, copies: int) -> list[Said]:
    """Containers of which one witness tells something, and ``copies`` checks of a family repeat it word for word."""
    rng = np.random.default_rng(seed)
    family = ("empty", "goods", "missing", "mass", "volume")
    made = []
    for k in range(n):
        untrue = rng.random() < 0.4
        loud = rng.random() < (0.6 if untrue else 0.1)
        papers = rng.random() < (0.5 if untrue else 0.3)
        words = dict.fromkeys(family[:copies], "suspect/high" if loud else "clear/low")
        words["description"] = "suspect/low" if papers else "clear/low"
        kind = str(rng.choice(["wrong_goods", "false_empty"])) if untrue else HONEST
        made.append(Said(scan=f"s{k}", kind=kind, words=words, inspectable=True))
    return made


def test_counts_are_counts() -> None:
    said = drawn(50, 0, 1)
    tables = count(said)
    assert sum(tables.containers.values()) == 50
    for words in tables.observed.values():
        assert sum(sum(kinds.values()) for kinds in words.values()) == 50
    loud = tables.observed["empty"]["suspect/high"].get(HONEST, 0)
    assert loud == sum(x.kind == HONEST and x.words["empty"] == "suspect/high" for x in said)


@pytest.mark.parametrize("copies", [1, 3, 5])
def test_what_is_said_several_times_counts_about_once(copies: int) -> None:
    """However many checks repeat one witness, the belief is what that witness is worth."""
    said = drawn(3000, 1, copies)
    found, chance_N = estimate(said, "made")
    assert chance_N is not None and found.empty is None and found.loaded is not None
    tables = found.loaded
    assert tables.weights["load"] == pytest.approx(1.0, abs=0.2)
    prior = as_drawn(said)
    words = dict.fromkeys(("empty", "goods", "missing", "mass", "volume")[:copies], "suspect/high")
    chance = posterior_of(words | {"description": "clear/low"}, tables, prior)
    odds = prior.prior / (1 - prior.prior) * (0.6 / 0.1) * (0.5 / 0.7)
    assert chance == pytest.approx(odds / (1 + odds), abs=0.06)
    untrue_N = np.array([x.kind != HONEST for x in said])
    assert calibration_error(chance_N, untrue_N) < 0.05
    assert area_under(chance_N, untrue_N) > 0.75


def test_papers_that_declare_nothing_are_weighed_by_what_such_papers_say() -> None:
    """Where no goods are declared none can be wrong, and what is said of empty containers says nothing of loaded ones."""
    loaded = drawn(600, 5, 1)
    empties = [
        replace(one, scan=f"e{k}", state=EMPTY, kind="false_empty" if one.kind != HONEST else HONEST)
        for k, one in enumerate(drawn(600, 6, 1))
    ]
    found, chance_N = estimate([*loaded, *empties], "made")
    assert found.loaded is not None and found.empty is not None and chance_N is not None
    assert found.empty.ways == ("false_empty",) and set(found.loaded.ways) == {"wrong_goods", "false_empty"}
    assert found.of(Manifest(lines=(), empty=True)) == found.of(Manifest(lines=())) == found.empty
    assert found.of(Manifest(lines=(ManifestLine(hs_code="0901"),))) == found.loaded
    assert np.isfinite(chance_N).all() and chance_N.size == 1200
    assert "declared loaded: papers " in told([*loaded, *empties], found, chance_N)


def test_fresh_containers_are_judged_as_well_as_promised() -> None:
    tables = estimate(drawn(2000, 2, 2), "made")[0].loaded
    assert tables is not None
    fresh = drawn(4000, 3, 2)
    chance_N = np.array([posterior_of(x.words, tables, as_drawn(fresh)) for x in fresh])
    assert calibration_error(chance_N, np.array([x.kind != HONEST for x in fresh])) < 0.04


def test_the_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    tables, chance_N = estimate(drawn(300, 4, 2), "made by hand")
    (tmp_path / EVIDENCE).write_bytes(tables_yaml(tables))
    assert read_tables(tmp_path) == tables
    assert yaml.safe_load(tables_yaml(tables))["source"] == "made by hand"
    text = told(drawn(300, 4, 2), tables, chance_N)
    assert text.startswith("evidence of 300 containers: honest ")
    assert "belief out of fold: ECE 0." in text


def test_a_scan_s_containers_are_in_one_fold_and_folds_are_about_even() -> None:
    folds = np.bincount([fold_of(f"s8-{k:06d}") for k in range(2000)], minlength=FOLDS)
    assert folds.min() > 300
    assert fold_of("s8-000001") == fold_of("s8-000001")


@pytest.mark.parametrize("kinds", [[HONEST], ["wrong_mass"], []])
def test_one_kind_of_papers_alone_teaches_nothing(kinds: list[str]) -> None:
    said = [Said(scan="s", kind=kind, words={"empty": "clear/low"}, inspectable=True) for kind in kinds]
    with pytest.raises(InputError, match="expected containers with true papers and with untrue ones"):
        count(said)


def test_a_prior_is_the_share_that_was_drawn() -> None:
    said = [Said(scan="s", kind=k, words={}, inspectable=True) for k in (HONEST, HONEST, HONEST, "a", "b", "b")]
    assert as_drawn(said) == DecisionSettings(prior=0.5, ways={"a": 1.0, "b": 2.0})


def test_too_few_containers_are_counted_and_nothing_is_fitted() -> None:
    said = [Said(scan=f"s{k}", kind=kind, words={}, inspectable=True) for k, kind in enumerate((HONEST, "wrong_mass"))]
    tables, chance_N = estimate(said, "made")
    assert chance_N is None and tables.loaded is not None and tables.loaded.weights == {}
    assert told(said, tables, None).endswith("belief: too few containers to fit and to judge it\n")


def test_calibration_error_of_reference_cases() -> None:
    sure = np.array([0.0] * 50 + [1.0] * 50)
    assert calibration_error(sure, sure > 0.5) == 0.0
    assert calibration_error(sure, sure < 0.5) == 1.0
    assert calibration_error(np.full(100, 0.5), np.arange(100) % 2 == 0) == 0.0
    assert area_under(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])) == 0.75


def test_a_folder_without_papers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected simulated scans with papers beside them"):
        listen(None, tmp_path, print)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six containers with cartons; the papers of three call them empty."""
    folder = tmp_path_factory.mktemp("papers")
    for index in range(6):
        wishes = Wishes(
            containers=("22G1",), loads=("cartons",), objects=(), object_share=0.0, empty_share=0.0, tank_share=0.0, pairs=False,
            deviation="wrong_container_number" if index % 2 else None, deviation_share=0.0,
        )  # fmt: skip
        style = replace(draw_style(np.random.default_rng(index), "cal"), pitch_mm=8.0, height=430)
        write_scan(folder, f"s{index}", simulate_scan(31, index, style, wishes=wishes))
    return folder


def test_each_container_is_listened_to_with_what_is_true_of_its_papers(papers: Path) -> None:
    said = listen(open_inspector(), papers, print)
    kinds = {one.scan: one.kind for one in said}
    assert kinds == {f"s{k}": "wrong_container_number" if k % 2 else HONEST for k in range(6)}
    weighed = {check for check in CHECKS if any(check in checks for checks in FAMILIES.values())}
    assert weighed == set(CHECKS) - {"inspectability", "calibration", "package_mass"}
    assert all(set(one.words) == weighed for one in said)
    accused = {one.scan: sum(word.startswith("suspect/") for word in one.words.values()) for one in said}
    assert min(accused[f"s{k}"] for k in (1, 3, 5)) >= 1
    assert sum(accused[f"s{k}"] for k in (0, 2, 4)) < sum(accused[f"s{k}"] for k in (1, 3, 5))


def test_a_package_is_written_with_its_evidence(scantally: Callable[..., Any], papers: Path, tmp_path: Path) -> None:
    arguments = ["calibrate", default_package(), papers, "--out", tmp_path, "--version", "9.9.9"]
    done = scantally(*arguments, "--evidence", papers)
    assert done.code == 0, done.err
    assert "evidence of 6 containers: honest 3, wrong_container_number 3" in done.out
    package = open_package(tmp_path / default_package().name / "9.9.9")  # its checksums hold
    tables = read_tables(package.path)
    assert tables is not None and tables.loaded is not None and tables.empty is None
    assert tables.loaded.containers == {HONEST: 3, "wrong_container_number": 3}
    assert tables.source == f"6 simulated scans, {papers.name}"
    assert open_inspector(package.path).tables == tables


def test_evidence_alone_changes_nothing_else(scantally: Callable[..., Any], papers: Path, tmp_path: Path) -> None:
    done = scantally("calibrate", default_package(), "--out", tmp_path, "--version", "9.0.0", "--evidence", papers)
    assert done.code == 0 and "evidence of 6 containers: honest 3, wrong_container_number 3" in done.out
    before, after = open_package(default_package()), open_package(tmp_path / "cargo" / "9.0.0")
    assert after.card == before.card.model_copy(update={"version": "9.0.0"})
    assert after.model == before.model and after.reference == before.reference
    tables = read_tables(after.path)
    assert tables is not None and tables.loaded is not None
    assert tables.loaded.containers == {HONEST: 3, "wrong_container_number": 3}
    assert {p.name for p in after.path.iterdir()} - {EVIDENCE} == {p.name for p in before.path.iterdir()} - {EVIDENCE}


@pytest.mark.parametrize("more", [(), ("--miss-rate", "0.1"), ("--split", "val")])
def test_without_data_only_evidence_can_be_counted(
    scantally: Callable[..., Any], papers: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    given = ("--evidence", papers) if more else ()
    done = scantally("calibrate", default_package(), "--out", tmp_path, "--version", "9.0.0", *given, *more)
    said = "scantally: DATA: expected labelled scans to fit on; without them --evidence alone can be counted\n"
    assert (done.code, done.err) == (2, said)


def test_evidence_needs_a_place_to_be_written(scantally: Callable[..., Any], papers: Path) -> None:
    done = scantally("calibrate", default_package(), papers, "--evidence", papers)
    assert (done.code, done.err) == (2, "scantally: --evidence: expected --out and --version with it\n")
