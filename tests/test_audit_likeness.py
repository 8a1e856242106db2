"""What makes two pictures near-duplicates: copies in every orientation are found, other pictures are not."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from audited_sets import jpeg, scene
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scantally.datasets.audit import pairs as pairs_module
from scantally.datasets.audit.likeness import (
    INVERSE,
    ORIENTATIONS,
    PRINT,
    Likeness,
    likeness,
    oriented,
    similarity,
)
from scantally.datasets.audit.look import numbers_in
from scantally.datasets.audit.pairs import NEAR, find_pairs

Picture = NDArray[np.uint8]


def moved(picture: Picture, dx: int, dy: int) -> Picture:
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return np.asarray(cv2.warpAffine(picture, matrix, picture.shape[::-1], borderMode=cv2.BORDER_REPLICATE), np.uint8)


def coded(picture: Picture, quality: int) -> Picture:
    return np.asarray(cv2.imdecode(np.frombuffer(jpeg(picture, quality), np.uint8), cv2.IMREAD_GRAYSCALE), np.uint8)


CHANGES: dict[str, Callable[[Picture], NDArray[np.generic]]] = {
    "coded anew": lambda p: coded(p, 30),
    "darker": lambda p: (p * 0.7).astype(np.uint8),
    "gamma": lambda p: (255 * (p / 255.0) ** 1.4).astype(np.uint8),
    "shifted": lambda p: moved(p, 5, -4),
    "half the size": lambda p: cv2.resize(p, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "noisy": lambda p: np.clip(p + np.random.default_rng(1).normal(0, 6, p.shape), 0, 255).astype(np.uint8),
    "16 bits": lambda p: p.astype(np.uint16) * 200,
    "float": lambda p: p.astype(np.float32) / 255,
}


@pytest.mark.parametrize("name", CHANGES)
def test_changed_copies_are_found_and_nothing_else(name: str) -> None:
    pictures = [scene(i, 320, 240) for i in range(8)]
    items = [likeness(p) for p in pictures] + [likeness(np.ascontiguousarray(CHANGES[name](p))) for p in pictures]
    found = find_pairs(items).pairs
    assert {(x.first, x.second, x.orientation) for x in found} == {(i, i + 8, 0) for i in range(8)}


@pytest.mark.parametrize("orientation", range(1, 8))
def test_turned_copies_are_found_with_their_orientation(orientation: int) -> None:
    pictures = [scene(i, 320, 240) for i in range(5)]
    turned = [np.ascontiguousarray(oriented(p, orientation)) for p in pictures]
    items = [likeness(p) for p in pictures] + [likeness(coded(p, 60)) for p in turned]
    found = find_pairs(items).pairs
    assert {(x.first, x.second) for x in found} == {(i, i + 5) for i in range(5)}
    assert {x.orientation for x in found} == {INVERSE[orientation]}  # what makes the second look like the first


def test_orientations_are_what_their_names_say() -> None:
    a = np.arange(6).reshape(2, 3)
    by_name = {name: oriented(a, number) for number, name in enumerate(ORIENTATIONS)}
    assert np.array_equal(by_name["as it is"], a)
    assert np.array_equal(by_name["mirrored"], a[:, ::-1])
    assert np.array_equal(by_name["upside down"], a[::-1])
    assert np.array_equal(by_name["turned by 180°"], np.rot90(a, 2))
    assert np.array_equal(by_name["turned by 90°"], np.rot90(a, -1))
    assert np.array_equal(by_name["turned by 270°"], np.rot90(a))
    for number in range(8):
        assert np.array_equal(oriented(oriented(a, number), INVERSE[number]), a)


def test_a_picture_of_one_grey_is_like_none() -> None:
    blank = likeness(np.full((90, 90), 7, np.uint8))
    assert blank.print_SS is None
    assert find_pairs([blank, blank, None, likeness(scene(1))]).pairs == ()
    assert find_pairs([]).pairs == ()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), orientation=st.integers(0, 7))
def test_a_hash_in_an_orientation_is_the_hash_of_the_turned_picture(seed: int, orientation: int) -> None:
    square = scene(seed, 192, 192)
    one, other = likeness(square), likeness(np.ascontiguousarray(oriented(square, orientation)))
    assert int(np.bitwise_count(one.hashes_8[orientation] ^ other.hashes_8[0])) <= 4  # rounding near the median


def random_likeness(rng: np.random.Generator, like: Likeness | None) -> Likeness:
    """A print of noise, or one much like another; hashes are all alike, so that only prints decide."""
    noise = rng.integers(-127, 128, (PRINT, PRINT))
    if like is not None and like.print_SS is not None:
        noise = (0.9 * like.print_SS + 0.1 * noise).astype(np.int64)
    return Likeness(hashes_8=np.zeros(8, np.uint64), print_SS=noise.astype(np.int8))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 12), block=st.integers(1, 7))
def test_blocks_find_what_comparing_each_with_each_finds(seed: int, count: int, block: int) -> None:
    rng = np.random.default_rng(seed)
    items: list[Likeness] = []
    for _ in range(count):
        like = items[int(rng.integers(len(items)))] if items and rng.random() < 0.5 else None
        items.append(random_likeness(rng, like))
    prints = np.stack([x.print_SS for x in items if x.print_SS is not None])
    expected = {
        (i, j)
        for i in range(count)
        for j in range(i + 1, count)
        if similarity(prints[i : i + 1], prints[j : j + 1]) >= NEAR
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs_module, "BLOCK", block)
        patch.setattr(pairs_module, "BATCH", 3)
        found = find_pairs(items)
    assert {(x.first, x.second) for x in found.pairs} == expected
    assert found.not_compared == 0


def test_what_is_not_compared_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs_module, "MAX_CANDIDATES", 3)
    same = likeness(scene(1))
    found = find_pairs([same] * 5)
    assert len(found.pairs) == 3
    assert found.not_compared == 10 - 3


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("CSQU3054383.jpg", ("CSQU3054383",)),
        ("scan_csqu 305438-3_MSKU9070323.png", ("CSQU3054383", "MSKU9070323")),
        ("CSQU3054384.jpg", ()),  # wrong check digit
        ("XCSQU3054383.jpg", ()),  # part of something longer
        ("CSQU30543831.jpg", ()),
        ("IMG_20240501.jpg", ()),
    ],
)
def test_container_numbers_are_read_from_names(name: str, numbers: tuple[str, ...]) -> None:
    assert numbers_in(name) == numbers
