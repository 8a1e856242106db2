"""The table of goods: complete, in the labels of the project, and read strictly."""

import re
from pathlib import Path

import pytest

from scantally.datasets.simulator import loads as simulated_loads
from scantally.datasets.simulator import objects as simulated_objects
from scantally.detector.checks.likeness import loads_of
from scantally.detector.config.files import shipped
from scantally.detector.config.goods import Goods, load_goods, normalise_hs
from scantally.detector.errors import ConfigError
from scantally.detector.models.package import default_package, open_package
from scantally.detector.types import Group, ManifestLine

CARD = open_package(default_package()).card
# Every label of the project: a package may know fewer, as the default one does by the benchmark's rules.
LOADS = {"empty", *simulated_loads.LOADS}
OBJECTS = set(simulated_objects.OBJECTS)
GOODS = load_goods()
TABLES = (GOODS.goods, GOODS.package_kinds)


def test_every_chapter_is_there() -> None:
    chapters = {key for key in GOODS.goods if len(key) == 2}
    assert chapters == {f"{n:02}" for n in range(1, 98)} - {"77"}
    assert len([key for key in GOODS.goods if len(key) == 4]) >= 200


def test_no_key_is_written_twice() -> None:
    # YAML takes the last of two equal keys without a word.
    for text, table in zip(shipped("goods.yaml").decode().split("\npackage_kinds:"), TABLES, strict=True):
        keys = re.findall(r'^  "?(\w+)"?: \{title', text, re.MULTILINE)
        assert len(keys) == len(set(keys))
        assert set(keys) == set(table)


def test_labels_are_the_project_s() -> None:
    for entry in GOODS.goods.values():
        assert set(entry.loads) <= LOADS
        assert set(entry.objects) <= OBJECTS
        assert set(entry.strange) <= LOADS | OBJECTS
        assert entry.loads and entry.strange and entry.packages, entry.title
    for kind in GOODS.package_kinds.values():
        assert set(kind.objects) <= OBJECTS
        assert kind.load is None or kind.load in LOADS


def test_the_default_package_knows_no_others() -> None:
    assert {x.name for x in CARD.labels if x.group is Group.LOAD} <= LOADS
    assert {x.name for x in CARD.labels if x.group is Group.OBJECT} <= OBJECTS


def test_every_load_of_the_project_is_expected_and_strange_somewhere() -> None:
    assert {load for entry in GOODS.goods.values() for load in entry.loads} == LOADS
    # An empty container is no strange way to pack goods: the check of empty or loaded speaks of it.
    assert {label for entry in GOODS.goods.values() for label in entry.strange} >= LOADS - {"empty"}


def test_every_density_has_a_range_and_a_source_that_is_listed() -> None:
    used = {entry.source for entry in GOODS.goods.values()}
    assert used - {"judgement"} == set(GOODS.sources)
    for entry in GOODS.goods.values():
        assert entry.density is not None and 20 <= entry.density[0] < entry.density[1] <= 8000, entry.title


def test_the_page_counts_what_is_cited() -> None:
    cited = sum(entry.source != "judgement" for entry in GOODS.goods.values())
    page = (Path(__file__).parents[1] / "docs" / "checks.md").read_text("utf-8")
    assert f"Of {len(GOODS.goods)} entries, {cited} densities rest on a published figure" in page


def test_a_chapter_is_no_narrower_than_a_heading_that_it_stands_in_for() -> None:
    """Codes without a heading of their own fall back on the chapter, so it has to hold what its headings may do."""
    for key, entry in GOODS.goods.items():
        chapter = GOODS.goods.get(key[:2])
        if chapter is None or chapter.density is None or entry.density is None:
            continue
        assert chapter.density[0] <= entry.density[0] and entry.density[1] <= chapter.density[1], key


LONG_TON_CUBIC_FEET = 35881.0  # kg/m3 of one cubic foot for a long ton: 1016.05 / 0.0283168


@pytest.mark.parametrize(
    ("code", "source", "figures"),
    [
        ("0803", "judgement", ()),
        ("0805", "mco", (LONG_TON_CUBIC_FEET / 88, LONG_TON_CUBIC_FEET / 63)),
        ("0901", "tis", (1000 / 1.9,)),
        ("1001", "stevens", (LONG_TON_CUBIC_FEET / 46, LONG_TON_CUBIC_FEET / 44)),
        ("1003", "segal", (LONG_TON_CUBIC_FEET / 60, LONG_TON_CUBIC_FEET / 54)),
        ("1005", "segal", (LONG_TON_CUBIC_FEET / 53, LONG_TON_CUBIC_FEET / 49)),
        ("1006", "stevens", (LONG_TON_CUBIC_FEET / 60, LONG_TON_CUBIC_FEET / 40)),
        ("1201", "simetric", (721,)),
        ("1701", "stevens", (LONG_TON_CUBIC_FEET / 50, LONG_TON_CUBIC_FEET / 40)),
        ("1801", "simetric", (593,)),
        ("2203", "shippingwhale", (1000 / 1.32,)),
        ("2302", "tis", (1000 / 1.90, 1000 / 1.45)),
        ("2507", "segal", (LONG_TON_CUBIC_FEET / 40, LONG_TON_CUBIC_FEET / 38)),
        ("2523", "segal", (LONG_TON_CUBIC_FEET / 23, LONG_TON_CUBIC_FEET / 21)),
        ("2601", "wartsila", (1000 / 0.5, 1000 / 0.4)),
        ("2603", "segal", (LONG_TON_CUBIC_FEET / 18, LONG_TON_CUBIC_FEET / 14)),
        ("2610", "segal", (LONG_TON_CUBIC_FEET / 14, LONG_TON_CUBIC_FEET / 12)),
        ("2701", "segal", (LONG_TON_CUBIC_FEET / 48, LONG_TON_CUBIC_FEET / 42)),
        ("2704", "segal", (LONG_TON_CUBIC_FEET / 102, LONG_TON_CUBIC_FEET / 70)),
        ("2710", "shippingwhale", (1000 / 1.46,)),
        ("2914", "stahlbaum", (1016 / 1.92, 1016 / 1.78)),
        ("2918", "stahlbaum", (1016 / 1.92, 1016 / 1.33)),
        ("3105", "segal", (LONG_TON_CUBIC_FEET / 39, LONG_TON_CUBIC_FEET / 38)),
        ("4011", "mco", (LONG_TON_CUBIC_FEET / 100,)),
        ("4101", "tis", (1000 / 5.10, 1000 / 1.27)),
        ("4707", "epa", (0.5933 * 700, 0.5933 * 1100)),
        ("5101", "stevens", (LONG_TON_CUBIC_FEET / 280, LONG_TON_CUBIC_FEET / 92)),
        ("53", "tis", (1000 / 7.65, 1000 / 2.55)),
        ("6302", "shippingwhale", (1000 / 3.10,)),
        ("6403", "shippingwhale", (1000 / 7.08,)),
        ("6907", "minoli", (28000 / (30 * 1.2 * 0.8 * 0.8),)),
        ("7602", "epa", (0.5933 * 250, 0.5933 * 430)),
        ("7801", "mco", (LONG_TON_CUBIC_FEET / 11,)),
        ("8482", "shippingwhale", (1000 / 0.71,)),
        ("8708", "shippingwhale", (1000 / 3.86,)),
        ("8712", "shippingwhale", (1000 / 4.25,)),
        ("9905", "allports", (6.5 * 16.018,)),
    ],
)
def test_a_range_holds_the_figures_of_its_source(code: str, source: str, figures: tuple[float, ...]) -> None:
    entry = GOODS.goods[code]
    assert entry.source == source and entry.density is not None
    assert all(entry.density[0] <= figure <= entry.density[1] for figure in figures)


@pytest.mark.parametrize(
    ("code", "expected", "strange"),
    [
        ("851713", "cartons", "bulk"),
        ("0202", "frozen_cartons", "machinery"),
        ("720839", "coils", "sacks"),
        ("100199", "bulk", "vehicles"),
        ("2711", "tank", "meat"),
        ("870323", "vehicles", "big_bags"),
        ("7204", "bulk", "shield"),
        ("080390", "cartons", "brick_packages"),
        ("8609", "empty", "cartons"),
        ("99050000", "household", "bulk"),
    ],
)
def test_what_is_expected_and_what_would_be_strange(code: str, expected: str, strange: str) -> None:
    entry = GOODS.lookup(code)
    assert entry is not None
    assert expected in entry.loads and strange in entry.strange and not set(entry.loads) & set(entry.strange)


def test_a_heading_belongs_to_a_chapter_and_titles_differ() -> None:
    # Chapter 99 is left to national use; 9905 is what the European Union and others made of it.
    assert all(key[:2] in GOODS.goods for key in GOODS.goods if key != "9905")
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
        ("98", None),
        ("99", None),
        ("9904", None),
        ("99050000", "household and personal effects under a national code"),
        ("9", None),
        ("853", None),
        ("", None),
        (None, None),
        ("ABCD", None),
        ("٨٧٠٣", None),
        ("09.01", "coffee"),
        ("0901.11", "coffee"),
        ("0901.11.00", "coffee"),
        ("8703.23.0190", "cars"),
        ("2523 29 00", "cement"),
        ("87-03", "cars"),
        ("90111.0", None),  # as a spreadsheet writes 0901.11: not 9011, microscopes
        ("901.0", None),
        ("8703.2", None),
        ("1-2", None),
        ("8703.", None),
        (".8703", None),
        ("87..03", None),
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
        ("43", "big bag"),
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
    # As a whole: what the site did not write is not taken over from the shipped entry.
    assert mine.goods["8703"].density is None and mine.goods["8703"].strange == ()
    assert mine.sources == GOODS.sources


def test_a_sites_kind_of_package_is_found_by_its_title_in_any_case(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("package_kinds: {QQ: {title: Super Sack, load: big_bags}}")
    mine = load_goods(site)
    assert mine.kind("super sacks") is mine.kind("SUPER SACK") is mine.package_kinds["QQ"]


def test_a_site_cites_its_own_sources_or_the_shipped_ones(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    entry = "{title: our cars, density: [80, 200], source: %s}"
    own = 'sources: {weighed: "Weighbridge of the site, 2026"}\n'
    site.write_text(f'{own}goods:\n  "8703": {entry % "weighed"}\n  "8704": {entry % "wartsila"}\n')
    mine = load_goods(site)
    assert mine.goods["8703"].density == (80, 200) and mine.sources["weighed"].startswith("Weighbridge")
    assert mine.uncited() is None
    site.write_text(f'goods:\n  "8703": {entry % "weighed"}\n')
    with pytest.raises(ConfigError) as caught:
        load_goods(site)
    assert str(caught.value) == (f"{site}: goods.8703.source: expected 'judgement' or a key of sources, got 'weighed'")


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
        ('goods: {"8703": {title: cars, density: [10, 90]}}', "input should be greater than or equal to 20, got 10"),
        ('goods: {"8703": {title: cars, density: [90, 9000]}}', "input should be less than or equal to 8000, got 9000"),
        (
            'goods: {"8703": {title: cars, density: [90, 90]}}',
            "goods.8703: value error, density must rise from lowest to highest, got 90 to 90",
        ),
        ('goods: {"8703": {title: cars, density: [90]}}', "goods.8703.density[1]"),
        ('goods: {"8703": {title: cars, source: My list}}', "string should match pattern"),
        (
            'goods: {"8703": {title: cars, loads: {tank: 1}, strange: [bulk, tank]}}',
            "'tank' cannot be both expected and strange",
        ),
        ("sources: {mine: none}", "sources.mine: string should have at least 10 characters, got 'none'"),
        ("[]", "expected a mapping of keys to values, got list"),
        (
            'goods: {"0901": {title: coffee, package_kg: {BG: [60, 70], "BX BG": [1, 2]}}}',
            "goods.0901: value error, package_kg: 'BG' stands twice",
        ),
        ("goods: {620462: {title: jeans}}", "goods[620462]: expected text as a key, got 620462: put it in quotes"),
        (
            "package_kinds: {43: {title: big bag}}",
            "package_kinds[43]: expected text as a key, got 43: put it in quotes",
        ),
        (
            '"620462": {title: jeans}',
            "expected the keys goods, package_kinds or sources at the top, got '620462'",
        ),
        ('goods: {}\n"620462": {title: jeans}', "unknown key '620462'"),
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


def test_what_the_goods_call_strange_is_not_expected_by_the_kind_of_package() -> None:
    """A site says that cartons would surprise it: a box of its timber does not make them usual."""
    table = Goods.model_validate(
        {
            "goods": {
                "44": {"title": "wood", "loads": {"timber": 1}, "strange": ["cartons"]},
                "4407": {"title": "sawn wood", "loads": {"timber": 1}},
            },
            "package_kinds": {"CT": {"title": "carton", "load": "cartons"}},
        }
    )
    assert loads_of(ManifestLine(hs_code="4403", package_kind="CT"), table) == {"timber": 1}
    assert loads_of(ManifestLine(hs_code="4407", package_kind="CT"), table) == {"timber": 1, "cartons": 1}
