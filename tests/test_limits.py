"""``inspectability.json``: read whole, or refused with one line that names the file and says what is wrong."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inspectability_limits import limits, straight

from scantally.detector.config.files import brief
from scantally.detector.errors import PackageError
from scantally.detector.maps.limits import INPUTS, INSPECTABILITY, THREATS, Limit, Limits, read_limits
from scantally.detector.types import FloatArray

NAN, ENDLESS = float("nan"), float("inf")
Raw = dict[str, Any]


def raw() -> Raw:
    """The document of a whole file."""
    found: Raw = json.loads(limits().model_dump_json(by_alias=True))
    return found


def with_steel(**changes: object) -> Raw:
    """The document with other keys of steel; what is "left out" is."""
    made = raw()
    one = made["threats"]["steel"] | changes
    made["threats"]["steel"] = {k: v for k, v in one.items() if not (isinstance(v, str) and v == "left out")}
    return made


def with_one(name: str, value: object) -> Raw:
    """The document with another first value in a row of steel."""
    return with_steel(**{name: [value, *raw()["threats"]["steel"][name][1:]]})


def write(folder: Path, content: bytes | Raw) -> Path:
    path = folder / INSPECTABILITY
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def problem(folder: Path, content: bytes | Raw) -> str:
    path = write(folder, content)
    with pytest.raises(PackageError) as caught:
        read_limits(folder)
    assert caught.value.source == str(path) and "\n" not in str(caught.value)
    return caught.value.problem


@st.composite
def networks(draw: st.DrawFn) -> Limit:
    """Any network of so many hidden values, with values of ordinary size."""
    hidden = draw(st.integers(1, 6))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))

    def some(*shape: int) -> tuple[float, ...]:
        return tuple(float(f"{v:.7g}") for v in rng.normal(size=shape))

    return straight().model_copy(
        update={
            "mean_I": some(len(INPUTS)),
            "deviation_I": tuple(abs(v) + 0.1 for v in some(len(INPUTS))),
            "first_IM": tuple(some(hidden) for _ in INPUTS),
            "first_M": some(hidden),
            "last_M": some(hidden),
            "last": some(1)[0],
        }
    )


# Whole.


@given(steel=networks(), brick=networks())
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read(steel: Limit, brick: Limit, tmp_path: Path) -> None:
    before = limits(steel, brick)
    write(tmp_path, before.model_dump_json(by_alias=True, indent=1).encode())
    assert read_limits(tmp_path) == before


def test_a_package_without_the_file_says_nothing(tmp_path: Path) -> None:
    assert read_limits(tmp_path) is None
    assert read_limits(tmp_path / "nowhere") is None


def test_a_file_without_a_schema_is_of_the_first(tmp_path: Path) -> None:
    write(tmp_path, {k: v for k, v in raw().items() if k != "schema"})
    assert read_limits(tmp_path) == limits()


def test_as_many_hidden_values_as_may_be(tmp_path: Path) -> None:
    write(tmp_path, with_steel(first_IM=[[0.0] * 256] * 13, first_M=[0.0] * 256, last_M=[0.0] * 256))
    found = read_limits(tmp_path)
    assert found is not None and len(found.threats["steel"].first_M) == 256


# Damaged.

BYTES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "the file is empty (0 bytes)"),
    "rubbish": (b"rubbish", "document: invalid JSON: expected value at line 1 column 1"),
    "no document": (b"[1, 2]", "document: input should be an object"),
    "null": (b"null", "document: input should be an object"),
    "of nothing": (b"{}", "key 'fitted_on' is missing"),
    "no text": (b'{"schema\xff": 1}', "document: invalid JSON: invalid unicode code point"),
    "too deep": (b"[" * 100_000, "document: invalid JSON: recursion limit exceeded"),
}


@pytest.mark.parametrize("kind", BYTES)
def test_a_file_that_is_none(kind: str, tmp_path: Path) -> None:
    content, said = BYTES[kind]
    assert problem(tmp_path, content).startswith(said)


def test_a_file_that_is_cut_short(tmp_path: Path) -> None:
    content = json.dumps(raw()).encode()
    assert problem(tmp_path, content[:-20]).startswith("document: invalid JSON: EOF while parsing ")


STEEL = "threats.steel"
FINITE = "input should be a finite number"
MOST = "input should be less than or equal to"

WRONG: dict[str, tuple[Callable[[], Raw], str]] = {
    "another schema": (lambda: raw() | {"schema": 2}, "schema: input should be 1, got 2"),
    "an unknown key": (lambda: raw() | {"colour": "red"}, "unknown key 'colour'"),
    "an unknown key of a threat": (lambda: with_steel(colour="red"), f"unknown key '{STEEL}.colour'"),
    "a key of a threat too few": (lambda: with_steel(trials="left out"), f"key '{STEEL}.trials' is missing"),
    "a share above one": (lambda: raw() | {"unsure": 1.5}, f"unsure: {MOST} 1, got 1.5"),
    "a rate that is no number": (lambda: raw() | {"anomaly_rate": NAN}, f"anomaly_rate: {MOST} 1, got nan"),
    "a threat too few": (
        lambda: raw() | {"threats": {"steel": raw()["threats"]["steel"]}},
        "document: value error, expected the threats steel and brick",
    ),
    "a threat too many": (
        lambda: raw() | {"threats": raw()["threats"] | {"lead": raw()["threats"]["steel"]}},
        "document: value error, expected the threats steel and brick",
    ),
    "no threats": (lambda: raw() | {"threats": {}}, "document: value error, expected the threats steel and brick"),
    "an edge of nothing": (
        lambda: with_steel(smallest_mm=0.0),
        f"{STEEL}.smallest_mm: input should be greater than 0, got 0.0",
    ),
    "an edge that is no number": (lambda: with_steel(smallest_mm=NAN), f"{STEEL}.smallest_mm: {MOST} 3000, got nan"),
    "an endless edge": (lambda: with_steel(largest_mm=ENDLESS), f"{STEEL}.largest_mm: {MOST} 3000, got inf"),
    "denser than anything": (lambda: with_steel(density_g_cm3=26.0), f"{STEEL}.density_g_cm3: {MOST} 25, got 26.0"),
    "no trials": (lambda: with_steel(trials=0), f"{STEEL}.trials: input should be greater than 0, got 0"),
    "a deviation below nothing": (
        lambda: with_one("deviation_I", -1.0),
        f"{STEEL}.deviation_I[0]: input should be greater than or equal to 0.000001, got -1.0",
    ),
    "a deviation of nothing": (
        lambda: with_one("deviation_I", 0.0),
        f"{STEEL}.deviation_I[0]: input should be greater than or equal to 0.000001, got 0.0",
    ),
    "a deviation that is next to nothing": (
        lambda: with_one("deviation_I", 9e-7),
        f"{STEEL}.deviation_I[0]: input should be greater than or equal to 0.000001, got 9e-07",
    ),
    "a text": (
        lambda: with_one("last_M", "much"),
        f"{STEEL}.last_M[0]: input should be a valid number, unable to parse string as a number, got 'much'",
    ),
    "an endless last value": (lambda: with_steel(last=ENDLESS), f"{STEEL}.last: {FINITE}, got inf"),
    "a last value that is no number": (lambda: with_steel(last=NAN), f"{STEEL}.last: {FINITE}, got nan"),
}

TOGETHER: dict[str, tuple[Callable[[], Raw], str]] = {
    "an input less": (lambda: with_steel(mean_I=[0.0] * 12), "expected 13 inputs, got 12"),
    "a deviation more": (lambda: with_steel(deviation_I=[1.0] * 14), "expected 13 inputs, got 14"),
    "weights of an input less": (lambda: with_steel(first_IM=[[0.0]] * 12), "expected 13 inputs, got 12"),
    "no inputs": (lambda: with_steel(mean_I=[], deviation_I=[], first_IM=[]), "expected 13 inputs, got 0"),
    "ragged weights": (lambda: with_steel(first_IM=[[0.0]] * 12 + [[0.0, 0.0]]), "expected 1 hidden values throughout"),
    "no weight of an input": (lambda: with_steel(first_IM=[[0.0]] * 12 + [[]]), "expected 1 hidden values throughout"),
    "last weights of another number": (lambda: with_steel(last_M=[1.0, 1.0]), "expected 1 hidden values throughout"),
    "no hidden values": (
        lambda: with_steel(first_IM=[[]] * 13, first_M=[], last_M=[]),
        "expected 1 to 256 hidden values, got 0",
    ),
    "too many hidden values": (
        lambda: with_steel(first_IM=[[0.0] * 257] * 13, first_M=[0.0] * 257, last_M=[0.0] * 257),
        "expected 1 to 256 hidden values, got 257",
    ),
    "edges of one size": (lambda: with_steel(smallest_mm=300.0), "expected a largest edge above the smallest"),
    "edges the other way round": (
        lambda: with_steel(smallest_mm=300.0, largest_mm=20.0),
        "expected a largest edge above the smallest",
    ),
}
"""What is wrong with the values of a threat together."""


@pytest.mark.parametrize("kind", WRONG)
def test_a_document_that_cannot_be(kind: str, tmp_path: Path) -> None:
    made, said = WRONG[kind]
    assert problem(tmp_path, made()) == said


@pytest.mark.parametrize("kind", TOGETHER)
def test_values_that_do_not_go_together(kind: str, tmp_path: Path) -> None:
    made, said = TOGETHER[kind]
    got = brief(made()["threats"]["steel"])
    assert problem(tmp_path, made()) == f"{STEEL}: value error, {said}, got {got}"


@pytest.mark.parametrize("name", ["mean_I", "first_M", "last_M"])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (NAN, f"{FINITE}, got nan"),
        (ENDLESS, f"{FINITE}, got inf"),
        (-ENDLESS, f"{FINITE}, got -inf"),
        (1e9, f"{MOST} 1000000, got 1000000000.0"),
        (-1e9, "input should be greater than or equal to -1000000, got -1000000000.0"),
    ],
)
def test_numbers_that_would_run_over(name: str, value: float, said: str, tmp_path: Path) -> None:
    assert problem(tmp_path, with_one(name, value)) == f"{STEEL}.{name}[0]: {said}"


@pytest.mark.parametrize(
    ("value", "said"),
    [(NAN, f"{MOST} 1000000, got nan"), (ENDLESS, f"{MOST} 1000000, got inf"), (1e9, f"{MOST} 1000000, got {1e9}")],
)
def test_deviations_that_would_run_over(value: float, said: str, tmp_path: Path) -> None:
    assert problem(tmp_path, with_one("deviation_I", value)) == f"{STEEL}.deviation_I[0]: {said}"


def test_a_weight_that_is_no_number_is_named_by_input_and_hidden_value(tmp_path: Path) -> None:
    rows = [[0.0]] * 11 + [[NAN]]
    assert problem(tmp_path, with_steel(first_IM=rows)) == f"{STEEL}.first_IM[11][0]: {FINITE}, got nan"


@given(data=st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_anywhere_is_refused_or_does_no_harm(data: st.DataObject, tmp_path: Path) -> None:
    """Bytes are changed, or the end is cut off: the file is read as whole limits or refused, and nothing else ever happens."""
    content = bytearray(json.dumps(raw()).encode())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.one_of(st.integers(0, 255), st.sampled_from(b'{}[]",:0123456789.-e')))
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(1, len(content) - 1)) :]
    path = write(tmp_path, bytes(content))
    try:
        found = read_limits(tmp_path)
    except PackageError as e:
        assert str(e).startswith(f"{path}: ") and "\n" not in str(e)
    else:
        assert isinstance(found, Limits) and set(found.threats) == set(THREATS)


# The network.


def plain_odds(limit: Limit, inputs_I: FloatArray) -> float:
    """In float64 and without an array."""
    odds = limit.last
    for k, (shift, weight) in enumerate(zip(limit.first_M, limit.last_M, strict=True)):
        known = zip(inputs_I, limit.mean_I, limit.deviation_I, limit.first_IM, strict=True)
        odds += weight * math.tanh(shift + sum((float(x) - mean) / dev * row[k] for x, mean, dev, row in known))
    return odds


@given(limit=networks(), seed=st.integers(0, 2**32 - 1), many=st.integers(1, 20))
@settings(max_examples=50, deadline=None)
def test_log_odds_are_those_of_a_plain_sum(limit: Limit, seed: int, many: int) -> None:
    inputs_NI = np.random.default_rng(seed).normal(0.0, 3.0, (many, len(INPUTS))).astype(np.float32)
    found = limit.log_odds(inputs_NI)
    assert found.shape == (many,) and found.dtype == np.float32
    assert found == pytest.approx([plain_odds(limit, row) for row in inputs_NI], abs=1e-3)


def test_an_input_at_its_mean_counts_for_nothing() -> None:
    net = straight(shift=0.5, weights={"noise": 2.0}).model_copy(
        update={"mean_I": (7.0,) * 13, "deviation_I": (4.0,) * 13}
    )
    inputs = np.full((3, 13), 7.0, np.float32)
    inputs[1, INPUTS.index("noise")] = 11.0  # one deviation above
    inputs[2, INPUTS.index("step")] = 11.0
    assert net.log_odds(inputs) == pytest.approx([0.5, 2.5, 0.5], abs=1e-4)


@pytest.mark.parametrize("deviation", [1e-6, 1e6])
def test_whatever_is_accepted_answers_with_a_number(deviation: float) -> None:
    net = Limit.model_validate(straight(weights={"noise": 1.0}).model_dump() | {"deviation_I": (deviation,) * 13})
    inputs = np.stack([np.zeros(13), np.ones(13)]).astype(np.float32)
    assert np.isfinite(net.log_odds(inputs)).all()


@pytest.mark.parametrize("name", INPUTS)
def test_each_input_has_the_weight_of_its_place(name: str) -> None:
    inputs = np.eye(len(INPUTS), dtype=np.float32)
    found = straight(weights={name: 3.0}).log_odds(inputs)
    assert found == pytest.approx([3.0 if n == name else 0.0 for n in INPUTS], abs=1e-4)
