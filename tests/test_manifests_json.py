"""Manifest JSON: what is taken, what is refused with which words, and that writing and reading agree."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scantally.detector.errors import ManifestError
from scantally.detector.manifests import parse_manifest
from scantally.detector.manifests.json_manifest import write_json
from scantally.detector.types import Manifest, ManifestLine

FULL: dict[str, Any] = {
    "reference": "BL-7",
    "container_number": "CSQU3054383",
    "size_type": "22G1",
    "empty": False,
    "seals": ["S1", "S2"],
    "tare_kg": 2200,
    "gross_mass_kg": 12000.5,
    "verified_gross_mass_kg": 14200.5,
    "consignor": "Åkerlund AB",
    "consignee": "Ωmega",
    "lines": [
        {
            "number": 4,
            "hs_code": "4011.20",
            "description": "tyres",
            "quantity": 600,
            "packages": 60,
            "package_kind": "PX",
            "marks": "T/1-60",
            "net_mass_kg": 11500,
            "gross_mass_kg": 12000.5,
        }
    ],
}


def parse(value: object) -> tuple[Manifest, ...]:
    return parse_manifest(json.dumps(value).encode(), "m.json").containers


def fault(raw: bytes) -> str:
    with pytest.raises(ManifestError) as caught:
        parse_manifest(raw, "m.json")
    assert caught.value.source == "m.json"
    return caught.value.problem


def test_every_key_is_read() -> None:
    (manifest,) = parse(FULL)
    assert manifest.model_dump(mode="json") == FULL
    assert set(FULL) == set(Manifest.model_fields)
    assert set(FULL["lines"][0]) == set(ManifestLine.model_fields)


def test_several_containers() -> None:
    assert [m.container_number for m in parse({"containers": [FULL, {"lines": []}]})] == ["CSQU3054383", None]


@pytest.mark.parametrize(
    ("given_numbers", "numbers"),
    [([None, None], [1, 2]), ([7, 7], [7, 7]), ([None, 3, None], [4, 3, 5]), ([0, None], [0, 1])],
)
def test_lines_without_a_number_get_one_and_repeated_numbers_stay(
    given_numbers: list[int | None], numbers: list[int]
) -> None:
    (manifest,) = parse({"lines": [{"number": n} for n in given_numbers]})
    assert [line.number for line in manifest.lines] == numbers


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"lines": [{}, {}, {"gross_mass_kg": "5"}]}', "lines[2].gross_mass_kg: expected a number, got '5'"),
        ('{"lines": [{"gross_mass_kg": -5}]}', "lines[0].gross_mass_kg: expected 0 or more, got -5"),
        ('{"lines": [{"net_mass_kg": true}]}', "lines[0].net_mass_kg: expected a number, got true"),
        ('{"lines": [{"net_mass_kg": 1e999}]}', "lines[0].net_mass_kg: expected a finite number, got inf"),
        ('{"lines": [{"packages": 2.5}]}', "lines[0].packages: expected a whole number, got 2.5"),
        ('{"lines": [{"packages": true}]}', "lines[0].packages: expected a whole number, got true"),
        ('{"lines": [{"packages": -1}]}', "lines[0].packages: expected 0 or more, got -1"),
        ('{"lines": [{"hs_code": 401120}]}', "lines[0].hs_code: expected text, got 401120"),
        ('{"lines": [{"number": -3}, {}]}', "lines[0].number: expected 0 or more, got -3"),
        ('{"lines": [{"number": "1"}]}', "lines[0].number: expected a whole number, got '1'"),
        ('{"lines": [7]}', "lines[0]: expected an object, got 7"),
        ('{"lines": {}}', "lines: expected a list, got an object"),
        ('{"lines": [], "empty": "yes"}', "empty: expected true or false, got 'yes'"),
        ('{"lines": [], "empty": 0}', "empty: expected true or false, got 0"),
        ('{"lines": [], "seals": "S1"}', "seals: expected a list, got 'S1'"),
        ('{"lines": [], "seals": [["S1"]]}', "seals[0]: expected text, got a list"),
        ('{"lines": [], "tare_kg": NaN}', "expected JSON: NaN is not a number there"),
        ('{"lines": [], "tare_kg": -Infinity}', "expected JSON: -Infinity is not a number there"),
        (
            '{"lines": [], "tare_kg": 1000000000000000}',
            "expected whole numbers of at most 15 digits, got one of 16",
        ),
        ("{}", "key 'lines' is missing"),
        ('{"containers": [{}]}', "key 'containers[0].lines' is missing"),
        ('{"containers": []}', "containers: expected a list of at least one manifest, got an empty list"),
        ('{"containers": 3}', "containers: expected a list of at least one manifest, got 3"),
        ('{"containers": [null]}', "containers[0]: expected an object, got null"),
        (
            '{"containers": [{"lines": []}, {"lines": [{"tare_kg": 1}]}]}',
            "unknown key 'containers[1].lines[0].tare_kg' (known here: " + ", ".join(ManifestLine.model_fields) + ")",
        ),
        (
            '{"lines": [], "weight": 1}',
            "unknown key 'weight' (known here: " + ", ".join(Manifest.model_fields) + ")",
        ),
        ('{"containers": [], "lines": []}', "unknown key 'lines' beside 'containers'"),
        ('{"lines": [], "lines": []}', "key 'lines' stands twice in one object"),
        ('{"lines": [{"marks": "a", "marks": "a"}]}', "key 'marks' stands twice in one object"),
        ("[]", "expected a JSON object with the key 'lines' or 'containers', got an empty list"),
        ("12", "expected a JSON object with the key 'lines' or 'containers', got 12"),
        ('{"lines": [}', "expected JSON: Expecting value at line 1 column 12"),
        ('{"lines": []} {}', "expected JSON: Extra data at line 1 column 15"),
        ('{"lines": ' + "[" * 5000, "expected JSON of a few levels: it is nested too deep"),
        ('{"lines": [{"marks": "\\ud800"}]}', "expected valid Unicode text: the escape \\ud800 stands alone"),
        (
            "{" + ",".join(f'"k{i}": 0' for i in range(101)) + "}",
            "expected objects of at most 100 keys, got one of 101",
        ),
        (
            '{"lines": [' + "{}," * 100_000 + "{}]}",
            "100001 lines of goods are more than the 100000 that one file may hold",
        ),
    ],
)
def test_what_is_refused_and_in_which_words(text: str, problem: str) -> None:
    assert fault(text.encode()) == problem


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_encodings(encoding: str) -> None:
    (manifest,) = parse_manifest(json.dumps(FULL, ensure_ascii=False).encode(encoding), "m.json").containers
    assert manifest.consignor == "Åkerlund AB"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (
            '{"lines": [], "consignor": "Å"}'.encode("cp1252"),
            "expected UTF-8 text: invalid continuation byte at byte 28",
        ),
        ('{"lines": []}'.encode("utf-16")[:-1], "expected UTF-16 text: truncated data at byte 26"),
        ('{"lines": []}'.encode("utf-32"), "expected UTF-8 or UTF-16 text, got UTF-32"),
    ],
)
def test_another_encoding_is_named(raw: bytes, problem: str) -> None:
    assert fault(raw) == problem


def test_an_escaped_pair_is_one_character() -> None:
    (manifest,) = parse_manifest(b'{"lines": [], "consignor": "\\ud83d\\ude9a"}', "m.json").containers
    assert manifest.consignor == "\N{DELIVERY TRUCK}"


masses = st.none() | st.floats(0, 1e9)
texts = st.none() | st.text(max_size=20)
lines = st.builds(
    ManifestLine,
    number=st.integers(0, 10**6),
    hs_code=texts,
    description=texts,
    quantity=masses,
    packages=st.none() | st.integers(0, 10**9),
    package_kind=texts,
    marks=texts,
    net_mass_kg=masses,
    gross_mass_kg=masses,
)
manifests = st.builds(
    Manifest,
    reference=texts,
    container_number=texts,
    size_type=texts,
    empty=st.none() | st.booleans(),
    seals=st.lists(st.text(max_size=5), max_size=3).map(tuple),
    tare_kg=masses,
    gross_mass_kg=masses,
    verified_gross_mass_kg=masses,
    consignor=texts,
    consignee=texts,
    lines=st.lists(lines, max_size=4).map(tuple),
)


@given(manifests)
def test_what_is_written_is_read_again(manifest: Manifest) -> None:
    raw = write_json(manifest)
    (again,) = parse_manifest(raw, "m.json").containers
    assert again == manifest
    assert write_json(again) == raw


def test_what_is_unknown_is_not_written() -> None:
    assert write_json(Manifest(lines=(ManifestLine(number=1, marks="é"),))) == (
        '{\n  "lines": [\n    {\n      "number": 1,\n      "marks": "é"\n    }\n  ]\n}\n'.encode()
    )
