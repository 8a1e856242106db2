"""YAML within bounds: what a small file may grow to, and what of a large value a message shows."""

import pytest
from dataset_layouts import alias_bomb
from hypothesis import given
from hypothesis import strategies as st

from scantally.datasets.importers.classes import ClassMap
from scantally.detector.config.files import brief, load_yaml, parse_yaml
from scantally.detector.errors import ConfigError

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats() | st.text(max_size=80),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=9), inner, max_size=9),
)


@pytest.mark.parametrize(
    "text",
    [
        alias_bomb("[x, x, x, x, x, x, x, x, x]") + "classes: {ym: {label: *a8}}\n",
        alias_bomb("{k: v}", "{{<<: [{}]}}") + "classes: *a8\n",
    ],
)
def test_aliases_that_grow_without_bound_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^c\.yaml: expected YAML: its aliases repeat more than 100,000 values$"):
        parse_yaml(text.encode(), "c.yaml", ClassMap)


def test_a_few_aliases_are_no_fault() -> None:
    found = parse_yaml(b"classes: {a: &x {label: knife}, b: *x}", "c.yaml", ClassMap)
    assert found.classes["a"] == found.classes["b"]


def test_a_value_inside_itself_is_a_fault_in_one_line() -> None:
    with pytest.raises(ConfigError, match=r"got \[\[\[\[") as caught:
        parse_yaml(b"classes: {a: {label: &x [*x]}}", "c.yaml", ClassMap)
    assert len(str(caught.value)) < 200


def test_long_values_are_cut_before_they_are_written_out() -> None:
    value: object = "x"
    for _ in range(60):
        value = [value] * 9
    assert brief(value) == "[" * 57 + "..."
    assert brief(16**9000).startswith("0x") and len(brief(16**9000)) == 60
    assert brief("x" * 10**6) == "'" + "x" * 56 + "..."


@given(PLAIN)
def test_a_value_is_shown_as_python_writes_it(value: object) -> None:
    whole = repr(value)
    assert brief(value) == (whole if len(whole) <= 60 else whole[:57] + "...")


@pytest.mark.parametrize("text", ["", "# nothing"])
def test_no_value_is_none(text: str) -> None:
    assert load_yaml(text) is None
