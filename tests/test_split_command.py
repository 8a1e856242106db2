"""Division of datasets: nothing is parted, everything is somewhere, shares and labels are met, the file's order does not matter."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from audited_sets import Row, jpeg, make_set, plain_rows, scene
from conftest import Ran
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.datasets.audit.run import run_audit
from scantally.datasets.dataset import (
    SPLITS,
    Annotation,
    Category,
    Dataset,
    Image,
    Info,
    Split,
    read_dataset,
    write_dataset,
)
from scantally.datasets.splitting import clusters, divide, parse_shares
from scantally.detector.errors import ConfigError, InputError
from scantally.detector.types import Group

SHARES: dict[Split, float] = {"train": 0.7, "val": 0.15, "test": 0.15}


def a_set(rows: list[tuple[str, str, list[str]]], splits: list[Split | None] | None = None) -> Dataset:
    """Group, scanner and labels of each picture."""
    labels = sorted({x for _, _, found in rows for x in found})
    images = tuple(
        Image(
            id=i,
            file_name=f"images/{i:04d}.png",
            width=64,
            height=64,
            sha256="0" * 64,
            source=f"{i}.png",
            group=group,
            scanner=scanner,
            split=splits[i] if splits else None,
        )
        for i, (group, scanner, _) in enumerate(rows)
    )
    boxes = [(i, label) for i, (_, _, found) in enumerate(rows) for label in found]
    return Dataset(
        info=Info(name="d", imported_as="coco"),
        images=images,
        annotations=tuple(
            Annotation(id=n, image_id=i, category_id=labels.index(x), bbox=(1, 1, 9, 9), area=81)
            for n, (i, x) in enumerate(boxes)
        ),
        categories=tuple(Category(id=i, name=x, supercategory=Group.OBJECT) for i, x in enumerate(labels)),
    )


sets = st.lists(
    st.tuples(
        st.integers(0, 12).map(lambda n: f"g{n}"),
        st.sampled_from(["A", "B", "C"]),
        st.lists(st.sampled_from(["knife", "gun", "bolt"]), max_size=4),
    ),
    min_size=1,
    max_size=60,
).map(a_set)
shares = st.sampled_from(["train=0.7,val=0.15,test=0.15", "train=0.5,test=0.5", "train=1", "val=0.9,test=0.1"]).map(
    parse_shares
)


def by_name(dataset: Dataset) -> dict[str, tuple[str, Split | None]]:
    return {x.file_name: (x.group, x.split) for x in dataset.images}


@settings(max_examples=60, deadline=None)
@given(dataset=sets, wanted=shares, seed=st.integers(0, 5), data=st.data())
def test_no_group_is_parted_and_shares_are_met_within_the_largest_group(
    dataset: Dataset, wanted: dict[Split, float], seed: int, data: st.DataObject
) -> None:
    ids = st.sampled_from([x.id for x in dataset.images])
    pairs = data.draw(st.lists(st.tuples(ids, ids), max_size=4))
    divided = divide(dataset, wanted, seed=seed, pairs=pairs).dataset
    assert [x.id for x in divided.images] == [x.id for x in dataset.images]
    assert divided.annotations == dataset.annotations
    assert all(x.split is not None and wanted.get(x.split, 0) > 0 for x in divided.images)
    groups: dict[str, set[Split | None]] = {}
    for before, after in zip(dataset.images, divided.images, strict=True):
        groups.setdefault(before.group, set()).add(after.split)
    assert all(len(x) == 1 for x in groups.values())
    split_of = {x.id: x.split for x in divided.images}
    assert all(split_of[a] == split_of[b] for a, b in pairs)
    largest = max(Counter(x.group for x in divided.images).values())
    have = Counter(x.split for x in divided.images)
    for split, share in wanted.items():
        assert have[split] < share * len(dataset.images) + largest


@settings(max_examples=40, deadline=None)
@given(dataset=sets, wanted=shares, seed=st.integers(0, 5), order=st.randoms(use_true_random=False))
def test_the_order_of_the_file_does_not_matter(
    dataset: Dataset, wanted: dict[Split, float], seed: int, order: random.Random
) -> None:
    parts = {name: list(getattr(dataset, name)) for name in ("images", "annotations", "categories")}
    for part in parts.values():
        order.shuffle(part)
    shuffled = Dataset.model_validate({"info": dataset.info, **{name: tuple(part) for name, part in parts.items()}})
    assert by_name(divide(shuffled, wanted, seed=seed).dataset) == by_name(divide(dataset, wanted, seed=seed).dataset)


@settings(max_examples=30, deadline=None)
@given(dataset=sets, wanted=shares)
def test_no_scanner_is_parted(dataset: Dataset, wanted: dict[Split, float]) -> None:
    divided = divide(dataset, wanted, by="scanner").dataset
    for key in ("scanner", "group"):
        found: dict[str, set[Split | None]] = {}
        for image in divided.images:
            found.setdefault(getattr(image, key), set()).add(image.split)
        assert all(len(x) == 1 for x in found.values())
    assert [x.group for x in divided.images] == [x.group for x in dataset.images]


@settings(max_examples=30, deadline=None)
@given(dataset=sets, wanted=shares, data=st.data())
def test_what_is_kept_stays(dataset: Dataset, wanted: dict[Split, float], data: st.DataObject) -> None:
    first = divide(dataset, SHARES, seed=1).dataset
    loose = data.draw(st.sets(st.sampled_from([x.group for x in first.images])))
    images = tuple(x.model_copy(update={"split": None}) if x.group in loose else x for x in first.images)
    again = divide(first.model_copy(update={"images": images}), wanted, seed=2, keep=True).dataset
    for before, after in zip(images, again.images, strict=True):
        assert after.split == before.split or before.split is None
        assert after.split is not None


def test_a_picture_without_split_goes_with_its_kept_group() -> None:
    dataset = a_set([("a", "A", []), ("a", "A", []), ("b", "A", [])], ["test", None, None])
    assert divide(dataset, {"train": 1.0}, keep=True).dataset.images[1].split == "test"


def test_what_is_kept_apart_and_must_be_together_is_an_error() -> None:
    dataset = a_set([("a", "A", []), ("a", "A", [])], ["train", "test"])
    with pytest.raises(InputError, match="group 'a': pictures that must stay together are in train and test already"):
        divide(dataset, SHARES, keep=True)
    assert len({x.split for x in divide(dataset, SHARES).dataset.images}) == 1


def test_rare_and_frequent_labels_are_spread_as_the_shares_say() -> None:
    """Three labels of very different frequency, that stand together in no simple way."""
    rng = np.random.default_rng(4)
    chances = {"knife": 0.9, "gun": 0.3, "bolt": 0.06}
    rows = [(f"g{i // 2}", "A", [x for x, p in chances.items() if rng.random() < p]) for i in range(600)]
    divided = divide(a_set(rows), SHARES).dataset
    split_of = {x.id: x.split for x in divided.images}
    for label in divided.categories:
        have = Counter(split_of[x.image_id] for x in divided.annotations if x.category_id == label.id)
        for split, share in SHARES.items():
            assert have[split] == pytest.approx(share * have.total(), abs=2), (label.name, split)
    pictures = Counter(split_of.values())
    assert all(pictures[x] == pytest.approx(SHARES[x] * 600, abs=2) for x in SPLITS)


def test_another_seed_is_another_split_of_equal_groups() -> None:
    dataset = a_set([(f"g{i}", "A", ["knife"]) for i in range(40)])
    found = {tuple(x.split for x in divide(dataset, SHARES, seed=seed).dataset.images) for seed in range(4)}
    assert len(found) == 4


def test_a_share_that_cannot_be_met_is_told() -> None:
    dataset = a_set([("a", "A", [])] * 9 + [("b", "A", [])])
    notes = divide(dataset, SHARES).notes
    assert notes[0] == (
        "train has 90.0% instead of 70.0% of the pictures: what must stay together is up to 9 of 10 pictures"
    )
    assert [x.split()[0] for x in notes] == ["train", "val", "test"]


def test_chains_of_pairs_become_one() -> None:
    assert clusters("abcde", [("d", "c"), ("c", "a"), ("e", "e")]) == {"a": "a", "b": "b", "c": "a", "d": "a", "e": "e"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("train=0.7", "expected a sum of 1, got 0.7"),
        ("train=0.7,dev=0.3", "got 'dev=0.3' in 'train=0.7,dev=0.3'"),
        ("train=0.7,valid=0.3", "got 'valid=0.3' in 'train=0.7,valid=0.3' (validation is called val here)"),
        ("train=0.5,train=0.5", "got 'train=0.5' in"),
        ("train=-1,test=2", "got 'train=-1' in"),
        ("train=nan", "got 'train=nan' in"),
        ("train", "got 'train' in"),
        ("", "got '' in ''"),
    ],
)
def test_shares_that_make_no_sense_are_refused(text: str, problem: str) -> None:
    with pytest.raises(ConfigError) as e:
        parse_shares(text)
    assert problem in str(e.value)


# -- the command


def parted(folder: Path) -> list[tuple[str, Split | None]]:
    return [(x.group, x.split) for x in read_dataset(folder).images]


def doubled_rows() -> list[Row]:
    """Six pictures and a copy of each, darker, in other groups."""
    rows = plain_rows(6)
    return rows + [Row(raw=jpeg((scene(i) * 0.8).astype(np.uint8))) for i in range(6)]


def test_near_duplicates_are_joined_before_the_split(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    make_set(tmp_path, doubled_rows())
    ran = scantally("data", "split", tmp_path, "--shares", "train=0.5,test=0.5", "--workers", "1")
    assert ran.code == 0, ran.err
    assert "note: near-duplicates joined 12 groups to 6" in ran.out
    found = parted(tmp_path)
    assert found[:6] == found[6:]
    assert Counter(x for _, x in found) == {"train": 6, "test": 6}
    assert not any(x.leak for x in run_audit(tmp_path).audit.findings)


def test_groups_can_be_trusted(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    make_set(tmp_path, doubled_rows())
    ran = scantally("data", "split", tmp_path, "--trust-groups")
    assert ran.code == 0, ran.err
    assert [group for group, _ in parted(tmp_path)] == [str(i) for i in range(1, 13)]
    assert "joined" not in ran.out


def test_the_same_seed_gives_the_same_file(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    make_set(tmp_path, plain_rows())
    written = []
    for seed in (3, 3, 4):
        scantally("data", "split", tmp_path, "--seed", seed, "--trust-groups")
        written.append((tmp_path / "dataset.json").read_bytes())
    assert written[0] == written[1] != written[2]


def test_a_picture_that_cannot_be_read_is_split_and_told(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    rows = plain_rows()
    rows[3].raw = b"no picture"
    make_set(tmp_path, rows)
    ran = scantally("data", "split", tmp_path, "--by", "scanner", "--workers", "1")
    assert "note: 1 picture cannot be read, and was not compared" in ran.out
    assert {x for _, x in parted(tmp_path)} == {"train"}  # all are of one scanner, which the note tells
    assert "what must stay together is up to 12 of 12 pictures" in ran.out


def test_nothing_to_divide_is_an_error_and_the_file_stays(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    make_set(tmp_path, plain_rows())
    bare = read_dataset(tmp_path).model_copy(update={"images": (), "annotations": ()})
    write_dataset(bare, tmp_path)
    before = (tmp_path / "dataset.json").read_bytes()
    ran = scantally("data", "split", tmp_path)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == f"scantally: {tmp_path}/dataset.json: images: expected pictures to divide, there are none\n"
    assert (tmp_path / "dataset.json").read_bytes() == before


def test_a_dataset_that_cannot_be_written_is_one_line(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    make_set(tmp_path, plain_rows())
    before = (tmp_path / "dataset.json").read_bytes()
    (tmp_path / "dataset.json.part").mkdir()  # as a folder without the right to write, which root has everywhere
    ran = scantally("data", "split", tmp_path, "--trust-groups")
    assert ran.code == 2 and len(ran.err.splitlines()) == 1
    assert f"{tmp_path}/dataset.json: cannot be written: " in ran.err
    assert (tmp_path / "dataset.json").read_bytes() == before


def test_kept_splits_stay(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    make_set(tmp_path, plain_rows())
    scantally("data", "split", tmp_path, "--keep", "--trust-groups", "--shares", "val=1")
    assert [x for _, x in parted(tmp_path)] == ["train"] * 11 + ["test"]
