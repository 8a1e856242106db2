"""The table of goods: complete, in the model's words, and read strictly."""

import re
from pathlib import Path

import pytest

from scantally.detector.config.files import shipped
from scantally.detector.config.goods import Goods, load_goods, normalise_hs
from scantally.detector.errors import ConfigError
from scantally.detector.models.package import default_package, open_package
from scantally.detector.types import Group, ManifestLine

CARD = open_package(default_package()).card
LOADS = {x.name for x in CARD.labels if x.group is Group.LOAD}
OBJECTS = {x.name for x in CARD.labels if x.group is Group.OBJECT}
GOODS = load_goods()
TABLES = (GOODS.goods, GOODS.package_kinds)


def test_every_chapter_is_there() -> None:
    chapters = {key for key in GOODS.goods if len(key) == 2}
    assert chapters == {f"{n:02}" for n in range(1, 98)} - {"77"}
    assert len(GOODS.goods) - len(chapters) >= 40


def test_no_key_is_written_twice() -> None:
    # YAML takes the last of two equal keys without a word.
    for text, table in zip(shipped("goods.yaml").decode().split("\npackage_kinds:"), TABLES, strict=True):
        keys = re.findall(r'^  "?(\w+)"?: \{title', text, re.MULTILINE)
        assert len(keys) == len(set(keys))
        assert set(keys) == set(table)


def test_labels_are_the_models() -> None:
    for entry in GOODS.goods.values():
        assert set(entry.loads) <= LOADS
        assert set(entry.objects) <= OBJECTS
        assert entry.loads, entry.title
    for kind in GOODS.package_kinds.values():
        assert set(kind.objects) <= OBJECTS
        assert kind.load is None or kind.load in LOADS


def test_a_heading_belongs_to_a_chapter_and_titles_differ() -> None:
    assert all(key[:2] in GOODS.goods for key in GOODS.goods)
    titles = [entry.title for entry in GOODS.goods.values()]
    assert len(titles) == len(set(titles))


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("8703", "cars"),
        ("87032319", "cars"),
        ("8703.23.19", "cars"),
        (" 8703 23 ", "cars"),
        ("8710", "road vehicles and their parts"),
        ("8424", "machines"),
        ("842410", "fire extinguishers"),
        ("842420", "machines"),
        ("0101210000", "live animals"),
        ("77", None),
        ("99", None),
        ("9", None),
        ("853", None),
        ("", None),
        (None, None),
        ("ABCD", None),
        ("٨٧٠٣", None),
        ("8703231900101112", None),
    ],
)
def test_the_longest_prefix_counts(code: str | None, title: str | None) -> None:
    entry = GOODS.lookup(code)
    assert (entry.title if entry else None) == title


def test_a_lost_zero_is_not_guessed() -> None:
    assert normalise_hs("0901.11") == "090111"
    assert normalise_hs("90111") is None


@pytest.mark.parametrize(
    ("line", "explained"),
    [
        ({"hs_code": "8703"}, {"vehicle", "engine"}),
        ({"hs_code": "9302"}, {"firearm"}),
        ({"hs_code": "9306"}, {"ammunition"}),
        ({"hs_code": "9307"}, set()),
        ({"hs_code": "7801"}, {"shield"}),
        ({"hs_code": "851713"}, {"electronics"}),
        ({"hs_code": "2711", "package_kind": "cy"}, {"gas_cylinder"}),
        ({"package_kind": "GB"}, {"gas_cylinder"}),
        ({"hs_code": "6904", "package_kind": "VN"}, {"brick_packages", "vehicle"}),
        ({"hs_code": "0901"}, set()),
        ({}, set()),
    ],
)
def test_what_a_line_explains(line: dict[str, str], explained: set[str]) -> None:
    assert GOODS.explained_by(ManifestLine(**line)) == explained  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "counted"),
    [
        ({"hs_code": "8703", "quantity": 2, "packages": 9}, ("vehicle", 2)),
        ({"hs_code": "8703", "packages": 9}, ("vehicle", 9)),
        ({"hs_code": "8703"}, ("vehicle", None)),
        ({"hs_code": "8711", "quantity": 2}, None),
        ({"package_kind": "GB", "packages": 3, "quantity": 9}, ("gas_cylinder", 3)),
        ({"hs_code": "8703", "package_kind": "VN", "packages": 3, "quantity": 9}, ("vehicle", 3)),
        ({"hs_code": "280421", "package_kind": "cylinder", "packages": 3, "quantity": 9}, ("gas_cylinder", 3)),
        ({"hs_code": "280421", "package_kind": "Cylinders", "packages": 3}, ("gas_cylinder", 3)),
        ({"hs_code": "4814", "package_kind": "CY", "packages": 3}, None),
        ({"hs_code": "7311", "package_kind": "PX", "packages": 1, "quantity": 40}, ("gas_cylinder", 40)),
        ({}, None),
    ],
)
def test_what_can_be_counted(line: dict[str, float | str], counted: tuple[str, float | None] | None) -> None:
    assert GOODS.counted(ManifestLine(**line)) == counted  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("DR", "drum"),
        ("dr", "drum"),
        (" Drums ", "drum"),
        ("steel  drum", "steel drum"),
        ("43", "super bulk bag"),
        ("s", None),
        ("", None),
        (None, None),
    ],
)
def test_kinds_of_package_by_code_or_name(text: str | None, title: str | None) -> None:
    kind = GOODS.kind(text)
    assert (kind.title if kind else None) == title


def test_a_site_replaces_entries(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(
        'goods:\n  "8703": {title: our cars, loads: {machinery: 0.5}}\npackage_kinds:\n  QQ: {title: our box}\n'
    )
    mine = load_goods(site)
    assert mine.lookup("8703") == mine.goods["8703"] and mine.goods["8703"].title == "our cars"
    assert mine.explained_by(ManifestLine(hs_code="8703")) == set()
    assert mine.kind("qq") is not None and mine.lookup("8704") == GOODS.lookup("8704")
    assert len(mine.goods) == len(GOODS.goods)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            'goods: {"870": {title: cars}}',
            "goods.870.[key]: string should match pattern '^([0-9]{2}){1,6}$', got '870'",
        ),
        ('goods: {"8703": {loads: {machinery: 1}}}', "key 'goods.8703.title' is missing"),
        ('goods: {"8703": {title: cars, loads: {machinery: 1.5}}}', "input should be less than or equal to 1, got 1.5"),
        ('goods: {"8703": {title: cars, loads: {machinery: 0}}}', "input should be greater than 0, got 0"),
        ('goods: {"8703": {title: cars, colour: red}}', "unknown key 'goods.8703.colour'"),
        ('goods: {"8703": {title: cars, countable: vehicle}}', "countable 'vehicle' is not among the objects"),
        ("package_kinds: {VN: {title: car, countable: vehicle}}", "countable 'vehicle' is not among the objects"),
        ('goods: {"8703": {title: cars, loads: {Machinery: 1}}}', "string should match pattern"),
        ("[]", "expected a mapping of keys to values, got list"),
        ("goods: {", "expected YAML"),
    ],
)
def test_a_bad_site_file_is_named(tmp_path: Path, text: str, problem: str) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_goods(site)
    assert str(caught.value).startswith(f"{site}: ") and problem in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_site_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: no such file"):
        load_goods(tmp_path / "none.yaml")


def test_an_empty_table_knows_nothing() -> None:
    assert Goods().lookup("8703") is None
    assert Goods().counted(ManifestLine(hs_code="8703", package_kind="VN")) is None
