"""YAML within bounds: what a small file may grow to, and what of a large value a message shows."""

import pytest
from dataset_layouts import alias_bomb
from hypothesis import given
from hypothesis import strategies as st

from scantally.datasets.importers.classes import ClassMap
from scantally.detector.config import Config
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


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\nb: 2\na: 3\n", "key 'a' stands twice, in lines 1 and 3"),
        ("classes:\n  knife: x\n  gun: y\n  'knife': z\n", "key 'knife' stands twice, in lines 2 and 4"),
        ("names: {0: a, 00: b}\n", "key 0 stands twice, in lines 1 and 1"),
        ("- {a: [{b: 1,\n b: 2}]}\n", "key 'b' stands twice, in lines 1 and 2"),
        ("1: a\ntrue: b\n", "key True stands twice, in lines 1 and 2"),
        ("x: &x {a: 1}\ny: {<<: *x, b: 1, b: 2}\n", "key 'b' stands twice, in lines 2 and 2"),
    ],
)
def test_a_key_that_stands_twice_is_named_with_its_lines(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^{problem}$"):
        load_yaml(text)


def test_a_merged_mapping_may_be_overridden_and_keys_of_other_kinds_differ() -> None:
    assert load_yaml("x: &x {a: 1}\ny: {<<: *x, a: 2}\n") == {"x": {"a": 1}, "y": {"a": 2}}
    assert load_yaml("1: a\n'1': b\n") == {1: "a", "1": "b"}


def test_yaml_that_is_nested_without_end_is_a_fault_in_one_line() -> None:
    for raw in (b"[" * 50_000, b"a: " + b"{a: " * 20_000, b"- " * 20_000 + b"a"):
        with pytest.raises(ConfigError, match=r"^c\.yaml: expected YAML: "):
            parse_yaml(raw, "c.yaml", ClassMap)


@pytest.mark.parametrize(
    "value",
    [
        "!!bool foo",
        "!!timestamp foo",
        "!!int ''",
        "{!!seq a: 1}",
        "{!!map a: 1}",
        "{!!set a: 1}",
    ],
)
def test_a_value_that_does_not_fit_its_tag_is_a_fault_in_one_line(value: str) -> None:
    with pytest.raises(ConfigError, match=r"^c\.yaml: expected YAML: ") as caught:
        parse_yaml(f"a: {value}\n".encode(), "c.yaml", ClassMap)
    assert "\n" not in str(caught.value)


REACH = [  # of each setting a value that no computation stands, and one at either end that it does
    ("weighing", "cell_mm", 1e300, (1, 50)),
    ("weighing", "source_to_load_mm", 1e-300, (500, 50_000)),
    ("weighing", "veil_reach_mm", 1e9, (10, 2000)),
    ("weighing", "opaque_veils", 1e308, (1.1, 100)),
    ("weighing", "deviations", 1e308, (0.1, 10)),
    ("weighing", "filled_g_cm2", 1e308, (0.01, 100)),
    ("penetration", "opaque_levels", 1e308, (0.5, 100)),
    ("penetration", "max_regions", 10**30, (1, 1000)),
    ("decision", "prior", 1e-300, (1e-6, 1 - 1e-6)),
    ("decision", "cost_miss", 1e308, (0, 1e9)),
    ("checks", "least_seen_kg", float("inf"), (0, 1e5)),
    ("checks", "door_zone_m", float("inf"), (0.1, 20)),
    ("checks", "heaviest_tare_kg", float("inf"), (1, 1e5)),
    ("checks", "volume_hollow", 1e308, (1.1, 1000)),
    ("limits", "max_pixels", 10**399, (1, 10**12)),
]


@pytest.mark.parametrize(("part", "name", "beyond", "ends"), REACH)
def test_settings_are_bounded(part: str, name: str, beyond: float, ends: tuple[float, float]) -> None:
    for end in ends:
        assert getattr(getattr(Config.model_validate({part: {name: end}}), part), name) == end
    with pytest.raises(
        ConfigError, match=rf"^c\.yaml: {part}\.{name}: input should be (less|greater) than or equal to"
    ):
        parse_yaml(f"{part}: {{{name}: {yaml_number(beyond)}}}".encode(), "c.yaml", Config)


def yaml_number(value: float) -> str:
    if isinstance(value, float):
        return ".inf" if value == float("inf") else f"{value:.1e}"
    return str(value)


def test_ways_of_being_untrue_are_bounded() -> None:
    """Two of 1e308 would add up to infinity."""
    with pytest.raises(
        ConfigError, match=r"decision\.ways\.wrong_goods: input should be less than or equal to 1000, got 1e\+308"
    ):
        parse_yaml(b"decision: {ways: {wrong_goods: 1.0e+308, wrong_count: 1.0e+308}}", "c.yaml", Config)
