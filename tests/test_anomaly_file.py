"""``anomaly.npz``: written and read whole, or refused with one line that says what is wrong."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from anomaly_heads import random_head
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from scantally.detector.errors import PackageError
from scantally.detector.models import anomaly_file
from scantally.detector.models.anomaly_file import AnomalyModel, Facts, read_anomaly, write_anomaly
from scantally.detector.models.anomaly_head import inputs_of

C, K, M, L = 5, 3, 4, 2
ARRAYS = (
    "mean_C",
    "deviation_C",
    "axes_CK",
    "first_IM",
    "first_M",
    "middle_L33MM",
    "middle_LM",
    "last_M",
    "straight_D",
)
FACTS = Facts(
    fitted_on="12 simulated scans of here, with solids projected into them",
    counted_on="30 clean scans of there (simulated)",
    clean_scans=30,
    levels=(-2.0, 0.5, 3.0),
    rates=(1.0, 0.2, 1 / 60),
)


def model(seed: int = 0) -> AnomalyModel:
    head = replace(random_head(C, seed, K, M), mean_C=np.arange(C, dtype=np.float32), last=-1.25)
    return AnomalyModel(head=head, facts=FACTS)


def parts(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Arrays of a whole file; what is given replaces some, and None leaves one out."""
    with np.load(io.BytesIO(write_anomaly(model()))) as packed:
        whole = dict(packed) | changes
    return {name: value for name, value in whole.items() if value is not None}


def packed(write: Callable[..., None] = np.savez, **changes: Any) -> bytes:  # noqa: ANN401
    out = io.BytesIO()
    write(out, **parts(**changes))
    return out.getvalue()


def facts(**changes: object) -> np.ndarray:
    said = {k: v for k, v in (FACTS.model_dump(by_alias=True) | changes).items() if v != "left out"}
    return np.frombuffer(json.dumps(said).encode(), np.uint8)


def problem(raw: bytes) -> str:
    with pytest.raises(PackageError) as caught:
        read_anomaly(raw, "p/anomaly.npz")
    assert caught.value.source == "p/anomaly.npz" and "\n" not in str(caught.value)
    return caught.value.problem


# Whole.


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_what_is_written_is_read(seed: int) -> None:
    before = model(seed)
    after = read_anomaly(write_anomaly(before), "x")
    assert after.facts == before.facts and after.head.last == before.head.last
    for name in ARRAYS:
        one, other = getattr(before.head, name), getattr(after.head, name)
        assert np.array_equal(one, other) and other.dtype == np.float32


def test_the_same_model_is_written_in_the_same_bytes() -> None:
    assert write_anomaly(model()) == write_anomaly(model())
    assert write_anomaly(model()) != write_anomaly(model(1))


def test_what_is_read_is_written_back_and_packed_closer_reads_the_same() -> None:
    raw = write_anomaly(model())
    assert write_anomaly(read_anomaly(raw, "x")) == raw
    assert write_anomaly(read_anomaly(packed(np.savez_compressed), "x")) == raw


# Damaged.

UNREAD = "expected the arrays of a head that finds anomalies: "
NAN = np.array([0, np.nan, 0, 0, 0], np.float32)
ENDLESS = np.array([0, 0, np.inf, 0, 0], np.float32)

BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", f"{UNREAD}File is not a zip file"),
    "rubbish": (lambda: b"rubbish" * 99, f"{UNREAD}File is not a zip file"),
    "cut short": (lambda: packed()[:-30], f"{UNREAD}File is not a zip file"),
    "one array and no archive": (lambda: _npy(NAN), f"{UNREAD}File is not a zip file"),
    "no facts": (lambda: packed(facts=None), f"{UNREAD}'facts is not a file in the archive'"),
    "facts that are no text": (
        lambda: packed(facts=np.array([34, 255, 34], np.uint8)),
        f"{UNREAD}'utf-8' codec can't decode byte 0xff in position 1: invalid start byte",
    ),
    "facts of nothing": (
        lambda: packed(facts=np.zeros(0, np.uint8)),
        f"{UNREAD}Expecting value: line 1 column 1 (char 0)",
    ),
    "objects": (
        lambda: packed(mean_C=np.array([None] * C, object)),
        f"{UNREAD}Object arrays cannot be loaded when allow_pickle=False",
    ),
    "not a number": (lambda: packed(mean_C=NAN), "expected finite float32 numbers in 'mean_C'"),
    "endless": (lambda: packed(deviation_C=ENDLESS), "expected finite float32 numbers in 'deviation_C'"),
    "twice as long numbers": (
        lambda: packed(first_M=np.zeros(M)),
        "expected finite float32 numbers in 'first_M'",
    ),
    "half as long numbers": (
        lambda: packed(axes_CK=np.zeros((C, K), np.float16)),
        "expected finite float32 numbers in 'axes_CK'",
    ),
    "whole numbers": (
        lambda: packed(last=np.array(3)),
        "expected finite float32 numbers in 'last'",
    ),
    "texts": (lambda: packed(last_M=np.array(["a"] * M)), "expected finite float32 numbers in 'last_M'"),
    "no matrix": (
        lambda: packed(axes_CK=np.zeros(C, np.float32)),
        "expected matrices in 'axes_CK' and 'middle_LM'",
    ),
    "no layers": (
        lambda: packed(middle_LM=np.zeros(M, np.float32)),
        "expected matrices in 'axes_CK' and 'middle_LM'",
    ),
    "a channel more": (
        lambda: packed(mean_C=np.zeros(C + 1, np.float32)),
        f"expected 'mean_C' of shape ({C},), got ({C + 1},)",
    ),
    "an input less": (
        lambda: packed(first_IM=np.zeros((inputs_of(C, K) - 1, M), np.float32)),
        f"expected 'first_IM' of shape ({inputs_of(C, K)}, {M}), got ({inputs_of(C, K) - 1}, {M})",
    ),
    "kernels of another size": (
        lambda: packed(middle_L33MM=np.zeros((L, 5, 5, M, M), np.float32)),
        f"expected 'middle_L33MM' of shape ({L}, 3, 3, {M}, {M}), got ({L}, 5, 5, {M}, {M})",
    ),
    "a layer more": (
        lambda: packed(middle_LM=np.zeros((L + 1, M), np.float32)),
        f"expected 'middle_L33MM' of shape ({L + 1}, 3, 3, {M}, {M}), got ({L}, 3, 3, {M}, {M})",
    ),
    "distances of another number": (
        lambda: packed(straight_D=np.zeros(3, np.float32)),
        "expected 'straight_D' of shape (4,), got (3,)",
    ),
    "several answers": (lambda: packed(last=np.zeros(1, np.float32)), "expected 'last' of shape (), got (1,)"),
    "a channel that never differs": (
        lambda: packed(deviation_C=np.array([1, 1, 0, 1, 1], np.float32)),
        "expected deviations of at least 1e-06 in 'deviation_C'",
    ),
    "a channel that differs backwards": (
        lambda: packed(deviation_C=np.array([1, 1, 1, 1, -1], np.float32)),
        "expected deviations of at least 1e-06 in 'deviation_C'",
    ),
}


def _npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


@pytest.mark.parametrize("kind", BROKEN)
def test_a_damaged_file_is_refused(kind: str) -> None:
    made, said = BROKEN[kind]
    assert problem(made()) == said


@pytest.mark.parametrize("name", [*ARRAYS, "last"])
def test_no_array_may_be_missing(name: str) -> None:
    assert problem(packed(**{name: None})) == f"{UNREAD}'{name} is not a file in the archive'"


WRONG: dict[str, tuple[dict[str, object], str]] = {
    "another schema": ({"schema": 2}, "schema: input should be 1, got 2"),
    "unknown key": ({"colour": "red"}, "unknown key 'colour'"),
    "not said what on": ({"counted_on": "left out"}, "key 'counted_on' is missing"),
    "on no scan": ({"clean_scans": 0}, "clean_scans: input should be greater than 0, got 0"),
    "one level": (
        {"levels": [1.0]},
        "levels: tuple should have at least 2 items after validation, not 1, got [1.0]",
    ),
    "one rate": (
        {"rates": [1.0]},
        "rates: tuple should have at least 2 items after validation, not 1, got [1.0]",
    ),
    "a level too few": (
        {"levels": [1.0, 2.0]},
        "document: value error, expected as many rates as levels, got 3 and 2",
    ),
    "levels that stay": ({"levels": [1.0, 1.0, 2.0]}, "document: value error, expected levels that rise"),
    "levels that fall": ({"levels": [1.0, 3.0, 2.0]}, "document: value error, expected levels that rise"),
    "rates that rise": ({"rates": [0.5, 0.4, 0.6]}, "document: value error, expected rates that do not rise"),
    "a rate of nothing": ({"rates": [0.5, 0.4, 0.0]}, "rates[2]: input should be greater than 0, got 0.0"),
    "a rate below nothing": ({"rates": [0.5, 0.4, -1]}, "rates[2]: input should be greater than 0, got -1"),
    "a level that is no number": (
        {"levels": [float("nan"), 1.0, 2.0]},
        "levels[0]: input should be a finite number, got nan",
    ),
    "an endless rate": ({"rates": [float("inf"), 1.0, 0.5]}, "rates[0]: input should be a finite number, got inf"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_facts_that_cannot_be(kind: str) -> None:
    change, said = WRONG[kind]
    assert problem(packed(facts=facts(**change))) == said


def test_facts_without_a_schema_are_of_the_first() -> None:
    assert read_anomaly(packed(facts=facts(schema="left out")), "x").facts == FACTS


def test_rates_that_stay_are_none_that_rise() -> None:
    assert read_anomaly(packed(facts=facts(rates=[0.5, 0.5, 0.5])), "x").facts.rates == (0.5, 0.5, 0.5)


def test_a_small_file_that_would_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = packed(np.savez_compressed, mean_C=np.zeros(2**24 + 1, np.float32))
    assert len(raw) < 200_000
    assert problem(raw) == f"{UNREAD}more than 67108864 bytes unpacked"
    monkeypatch.setattr(anomaly_file, "_MOST_BYTES", 100)
    assert problem(write_anomaly(model())) == f"{UNREAD}more than 100 bytes unpacked"


def test_facts_that_lie_deeper_than_can_be_read() -> None:
    deep = np.frombuffer(b"[" * 200_000, np.uint8)
    assert problem(packed(facts=deep)).startswith(f"{UNREAD}maximum recursion depth exceeded")


def test_an_array_that_says_it_is_larger_than_any_memory() -> None:
    header = io.BytesIO()
    said = {"descr": "<f4", "fortran_order": False, "shape": (2**50,)}
    np.lib.format.write_array_header_1_0(header, said)  # type: ignore[no-untyped-call]
    assert problem(with_member("mean_C", header.getvalue())).startswith(f"{UNREAD}Unable to allocate 4.00 PiB")


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("mean_C", b"no array", "expected finite float32 numbers in 'mean_C'"),
        ("mean_C", b"", "expected finite float32 numbers in 'mean_C'"),
        ("facts", b"no array", f"{UNREAD}Expecting value: line 1 column 1 (char 0)"),
        ("last_M", b"\x93NUMPY\x01\x00\x06\x00{'a':\n" + bytes(16), f"{UNREAD}"),  # numpy raises TokenError
        ("last_M", b"\x93NUMPY\x01\x00\x03\x00,1\n", f"{UNREAD}"),
    ],
)
def test_a_part_that_is_no_array(name: str, raw: bytes, said: str) -> None:
    assert problem(with_member(name, raw)).startswith(said)


def with_member(member: str, raw: bytes) -> bytes:
    """The whole file with other bytes for one array, and a checksum that fits them."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed())) as whole, zipfile.ZipFile(out, "w") as made:
        for name in whole.namelist():
            made.writestr(name, raw if name == f"{member}.npy" else whole.read(name))
    return out.getvalue()


@given(name=st.sampled_from([*ARRAYS, "facts"]), data=st.data())
@settings(max_examples=150, deadline=None)
def test_an_array_whose_head_is_damaged(name: str, data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(packed())) as whole:
        raw = bytearray(whole.read(f"{name}.npy"))
    for place in data.draw(st.lists(st.integers(0, 127), min_size=1, max_size=3)):
        raw[place] = data.draw(st.sampled_from(b"\x00(){}[]'\",:0123456789<>fiOUSLT\n -+.e"))
    try:
        read_anomaly(with_member(name, bytes(raw)), "x")
    except PackageError as e:
        assert str(e).startswith("x: ") and "\n" not in str(e)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_damage_anywhere_is_refused_or_does_no_harm(write: Callable[..., None], data: st.DataObject) -> None:
    """Bytes are changed, or the end is cut off: the file is read as a whole head or refused, and nothing else ever happens."""
    raw = bytearray(packed(write))
    for place in data.draw(st.lists(st.integers(0, len(raw) - 1), min_size=1, max_size=4)):
        raw[place] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del raw[data.draw(st.integers(0, len(raw) - 1)) :]
    try:
        found = read_anomaly(bytes(raw), "x")
    except PackageError as e:
        assert str(e).startswith("x: ") and "\n" not in str(e)
    else:
        assert found.head.first_IM.shape == (inputs_of(C, K), M)


# From levels to rates and back.


@st.composite
def tables(draw: st.DrawFn) -> Facts:
    steps = draw(st.lists(st.tuples(st.floats(0.01, 3.0), st.floats(0.01, 2.0)), min_size=1, max_size=12))
    levels, logs = [draw(st.floats(-8, 8))], [draw(st.floats(-1, 1))]
    for up, down in steps:
        levels.append(levels[-1] + up)
        logs.append(logs[-1] - down)
    rates = tuple(float(x) for x in np.exp(logs))
    return Facts(fitted_on="", counted_on="", clean_scans=9, levels=tuple(levels), rates=rates)


@given(table=tables(), share=st.floats(0, 1))
@settings(max_examples=100, deadline=None)
def test_level_and_rate_are_inverse(table: Facts, share: float) -> None:
    level = table.levels[0] + share * (table.levels[-1] - table.levels[0])
    rate = float(table.rate(np.array(level)))
    assert table.level(max(rate, table.rates[-1])) == pytest.approx(level, abs=1e-6)
    assert float(table.rate(np.array(table.level(rate * 0.5 + table.rates[-1])))) == pytest.approx(
        min(rate * 0.5 + table.rates[-1], table.rates[0]), rel=1e-6
    )


@given(table=tables(), levels=st.lists(st.floats(-50, 50), min_size=2, max_size=20))
@settings(max_examples=100, deadline=None)
def test_the_stranger_the_rarer(table: Facts, levels: list[float]) -> None:
    rates = table.rate(np.sort(np.array(levels)))
    assert (np.diff(rates) <= 1e-12).all()
    assert rates.max() <= table.rates[0] * (1 + 1e-12) and rates.min() >= table.rates[-1] * (1 - 1e-12)
    asked = sorted(rates)
    assert (np.diff([table.level(float(r)) for r in asked[::-1]]) >= -1e-9).all()


def test_what_was_counted_is_given_back_and_between_the_logarithm_is_straight() -> None:
    assert FACTS.rate(np.array(FACTS.levels)).tolist() == pytest.approx(FACTS.rates)
    assert float(FACTS.rate(np.array(-0.75))) == pytest.approx(0.2**0.5)
    assert FACTS.rate(np.full((2, 3), 0.5)).shape == (2, 3)
    assert [FACTS.level(r) for r in FACTS.rates] == pytest.approx(FACTS.levels)


def test_beyond_what_was_counted() -> None:
    assert float(FACTS.rate(np.array(99.0))) == pytest.approx(1 / 60)
    assert float(FACTS.rate(np.array(-1e3))) == 1.0
    assert FACTS.level(0.99 / 60) == float("inf") and FACTS.level(0.0) == float("inf")
    assert FACTS.level(5.0) == -2.0


def test_of_levels_that_are_as_rare_the_lowest_is_taken() -> None:
    table = FACTS.model_copy(update={"levels": (0.0, 1.0, 2.0, 3.0), "rates": (1.0, 0.5, 0.5, 0.1)})
    assert table.level(0.5) == 1.0
    assert 2.0 < table.level(0.4) < 3.0


def test_facts_are_held_to_their_form_wherever_they_are_made() -> None:
    with pytest.raises(ValidationError, match="expected levels that rise"):
        Facts(fitted_on="", counted_on="", clean_scans=1, levels=(1.0, 0.0), rates=(1.0, 1.0))
