"""The halves of the real scans: never chosen, never moved, no group divided."""

import csv
import functools
from pathlib import Path

import numpy as np
import pytest

from scantally.datasets.halves import half_of, in_half
from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import ConfigError
from scantally.training.evaluation.run import named_half

GROUPS = Path(__file__).parents[1] / "datasets/labels/ajna_groups.csv"


def scan(group: str) -> LabelledScan:
    return LabelledScan(
        name="n", group=group, scanner="A", labels=(), open=functools.partial(np.ones, (2, 2), np.float32)
    )


def test_a_group_is_in_one_half_and_stays_there() -> None:
    # SHA-256 of "a" begins with 0xca, of "b" with 0x3e, of "c" with 0x2e, of "1" with 0x6b.
    assert [half_of(g) for g in ("a", "b", "c", "1")] == ["look", "look", "look", "held"]


def test_every_scan_is_in_one_half() -> None:
    scans = [scan(g) for g in "abc123"]
    look, held = in_half(scans, "look"), in_half(scans, "held")
    assert [s for s in scans if s in look or s in held] == scans
    assert not [s for s in look if s in held]


def test_the_real_scans_are_divided_about_evenly() -> None:
    with GROUPS.open(encoding="utf-8") as f:
        halves = [half_of(row["group"]) for row in csv.DictReader(f)]
    assert (halves.count("look"), halves.count("held")) == (94, 102)


def test_only_the_two_halves_are_known() -> None:
    assert (named_half("look"), named_half("held")) == ("look", "held")
    with pytest.raises(ConfigError, match="--half: expected one of look, held, got 'all'"):
        named_half("all")
