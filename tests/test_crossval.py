"""How scans are divided between training and test."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.datasets.labelled import LabelledScan
from scantally.training.crossval import grouped_folds, splits


def scan(number: int, group: str, scanner: str = "A") -> LabelledScan:
    return LabelledScan(
        name=f"s{number}", group=group, scanner=scanner, labels=(), open=lambda: np.ones((2, 2), np.float32)
    )


SIZES = st.lists(st.integers(1, 7), min_size=2, max_size=40)


def scans_of(sizes: list[int], seed: int) -> list[LabelledScan]:
    """Scans in groups of these sizes, in a drawn order."""
    groups = [f"g{k}" for k, size in enumerate(sizes) for _ in range(size)]
    order = np.random.default_rng(seed).permutation(len(groups))
    return [scan(i, groups[k], "B" if groups[k].endswith("3") else "A") for i, k in enumerate(order)]


@given(SIZES, st.integers(2, 6), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_folds(sizes: list[int], folds: int, seed: int) -> None:
    scans = scans_of(sizes, seed)
    if len(sizes) < folds:
        with pytest.raises(ValueError, match=re.escape(f"{len(sizes)} groups cannot be divided into {folds} folds")):
            grouped_folds(scans, folds, seed)
        return
    parts = grouped_folds(scans, folds, seed)
    assert sorted(i for part in parts for i in part) == list(range(len(scans)))  # every scan exactly once
    groups = [{scans[i].group for i in part} for part in parts]
    assert sum(map(len, groups)) == len(sizes)  # no group in two parts
    lengths = [len(part) for part in parts]
    # Filled greedily in falling order, the parts differ by no more than the largest group.
    assert min(lengths) >= 1 and max(lengths) - min(lengths) <= max(sizes)
    assert grouped_folds(scans, folds, seed) == parts


@given(SIZES, st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_no_group_is_on_both_sides_of_a_split(sizes: list[int], seed: int) -> None:
    scans = scans_of(sizes, seed)
    scanners = {s.scanner for s in scans}
    left_out = "B" if scanners == {"A", "B"} else None
    found = list(splits(scans, 2, seed, left_out))
    assert [name for name, _, _ in found] == ["fold0", "fold1", *(["without-B"] if left_out else [])]
    for name, train, test in found:
        assert train and test and not set(train) & set(test)
        assert not {scans[i].group for i in train} & {scans[i].group for i in test}
        if name.startswith("fold"):
            assert sorted(train + test) == list(range(len(scans)))
        else:
            assert {scans[i].scanner for i in test} == {"B"}


def test_a_group_that_two_scanners_share_is_not_trained_on() -> None:
    scans = [scan(0, "x", "A"), scan(1, "x", "B"), scan(2, "y", "A")]
    assert list(splits(scans, 0, 0, "B")) == [("without-B", [2], [1])]


def test_equal_groups_are_drawn_by_the_seed() -> None:
    scans = [scan(i, f"g{i}") for i in range(20)]
    assert len({str(grouped_folds(scans, 4, seed)) for seed in range(5)}) == 5


def test_one_fold_would_leave_nothing_to_train_on() -> None:
    with pytest.raises(ValueError, match="expected at least 2 folds, got 1"):
        list(splits([scan(0, "x"), scan(1, "y")], 1, 0, None))


@pytest.mark.parametrize(("name", "known"), [("C", "A, B"), ("", "A, B")])
def test_an_unknown_scanner(name: str, known: str) -> None:
    scans = [scan(0, "x", "A"), scan(1, "y", "B")]
    with pytest.raises(ValueError, match=f"cannot leave out scanner '{name}': the scans are of {known}"):
        list(splits(scans, 0, 0, name))


def test_the_only_scanner_cannot_be_left_out() -> None:
    with pytest.raises(ValueError, match="cannot leave out scanner 'A': the scans are of A"):
        list(splits([scan(0, "x"), scan(1, "y")], 0, 0, "A"))
