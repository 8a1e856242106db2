"""Counting how strongly checks speak: the tables, their discounts and what is said of them."""

from pathlib import Path

import numpy as np
import pytest
import yaml

pytest.importorskip("scipy", reason="fits the tables: needs the full environment (make full)")

from scantally.detector.config.decision import DecisionSettings
from scantally.detector.errors import InputError
from scantally.detector.evidence.belief import posterior_of
from scantally.detector.evidence.tables import EVIDENCE, HONEST, read_tables
from scantally.training.strength import (
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
    tables = count(said, "made")
    assert sum(tables.containers.values()) == 50
    for words in tables.observed.values():
        assert sum(sum(kinds.values()) for kinds in words.values()) == 50
    loud = tables.observed["empty"]["suspect/high"].get(HONEST, 0)
    assert loud == sum(x.kind == HONEST and x.words["empty"] == "suspect/high" for x in said)


@pytest.mark.parametrize("copies", [1, 3, 5])
def test_what_is_said_several_times_counts_about_once(copies: int) -> None:
    """However many checks repeat one witness, the belief is what that witness is worth."""
    said = drawn(3000, 1, copies)
    tables, chance_N = estimate(said, "made")
    assert tables.weights["load"] == pytest.approx(1.0 / copies, abs=0.2)
    prior = as_drawn(said)
    words = dict.fromkeys(("empty", "goods", "missing", "mass", "volume")[:copies], "suspect/high")
    found = posterior_of(words | {"description": "clear/low"}, tables, prior)
    odds = prior.prior / (1 - prior.prior) * (0.6 / 0.1) * (0.5 / 0.7)
    assert found == pytest.approx(odds / (1 + odds), abs=0.06)
    untrue_N = np.array([x.kind != HONEST for x in said])
    assert calibration_error(chance_N, untrue_N) < 0.05
    assert area_under(chance_N, untrue_N) > 0.75


def test_fresh_containers_are_judged_as_well_as_promised() -> None:
    tables, _ = estimate(drawn(2000, 2, 2), "made")
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
        count(said, "made")


def test_a_prior_is_the_share_that_was_drawn() -> None:
    said = [Said(scan="s", kind=k, words={}, inspectable=True) for k in (HONEST, HONEST, HONEST, "a", "b", "b")]
    assert as_drawn(said) == DecisionSettings(prior=0.5, ways={"a": 1.0, "b": 2.0})


def test_calibration_error_of_reference_cases() -> None:
    sure = np.array([0.0] * 50 + [1.0] * 50)
    assert calibration_error(sure, sure > 0.5) == 0.0
    assert calibration_error(sure, sure < 0.5) == 1.0
    assert calibration_error(np.full(100, 0.5), np.arange(100) % 2 == 0) == 0.0
    assert area_under(np.array([0.1, 0.4, 0.35, 0.8]), np.array([False, False, True, True])) == 0.75


def test_a_folder_without_papers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected simulated scans with papers beside them"):
        listen(None, tmp_path, print)  # type: ignore[arg-type]
