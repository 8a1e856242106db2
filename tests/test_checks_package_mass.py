"""What one package weighs by the papers, sentence by sentence, and the table that says what it should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from scantally.detector.checks import package_mass
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods, GoodsEntry, PackageKind, load_goods
from scantally.detector.types import Case, ContainerView, Finding, Manifest, ManifestLine, Penetration

GOODS = Goods(
    goods={
        "2009": GoodsEntry(title="fruit juice", package_kg={"1A DR": (190.0, 300.0)}),
        "1701": GoodsEntry(title="sugar"),
    },
    package_kinds={
        "DR": PackageKind(title="drum", kg=(8.0, 420.0)),
        "1A": PackageKind(title="steel drum"),
        "BG": PackageKind(title="bag", kg=(12.0, 75.0)),
        "PX": PackageKind(title="pallet"),
    },
)
SETTINGS = CheckSettings()


def line(code: str | None, kind: str | None, packages: int | None, kg: float | None, **keys: float) -> ManifestLine:
    return ManifestLine(number=1, hs_code=code, package_kind=kind, packages=packages, gross_mass_kg=kg, **keys)  # type: ignore[arg-type]


def judged(*lines: ManifestLine, goods: Goods = GOODS) -> tuple[Finding, ...]:
    numbered = tuple(x.model_copy(update={"number": k}) for k, x in enumerate(lines, 1))
    case = Case(
        container=ContainerView(number=None, size_type=None, box=None),
        manifest=Manifest(lines=numbered),
        penetration=Penetration(dense_share=0.0, dense_boxes=(), filled_share=0.5),
    )
    return package_mass.check(case, SETTINGS, goods)


@pytest.mark.parametrize(
    ("paper", "verdict", "severity", "word", "text"),
    [
        (
            line("2009", "DR", 80, 17_600.0),
            "clear",
            "low",
            "usual",
            "Line 1 (HS 2009, fruit juice) declares 80 packages (drum) of 17,600 kg together, 220 kg each: as usual.",
        ),
        (line("2009", "steel drums", 80, 17_600.0), "clear", "low", "usual", "(steel drum)"),
        (line("2009", "DR", 100, 18_100.0), "clear", "low", "usual", "181 kg each: as usual."),  # within the slack
        (
            line("2009", "DR", 120, 17_600.0),
            "suspect",
            "low",
            "light",
            (
                "Line 1 (HS 2009, fruit juice) declares 120 packages (drum) of 17,600 kg together, 147 kg each, where such a package weighs "
                "190 to 300 kg: the number or the mass may be false."
            ),
        ),
        (line("2009", "DR", 200, 17_600.0), "suspect", "medium", "far_light", "88 kg each"),
        (line("2009", "DR", 50, 17_600.0), "suspect", "low", "heavy", "352 kg each"),
        (line("2009", "DR", 30, 17_600.0), "suspect", "medium", "far_heavy", "587 kg each"),
        (line("1701", "BG", 1_000, 50_000.0), "clear", "low", "usual", "50 kg each"),  # what any bag may weigh
        (line("1701", "BG", 10_000, 25_000.0), "suspect", "medium", "far_light", "2.5 kg each"),
        (line("2009", "BG", 1, 90.0), "suspect", "low", "heavy", "declares 1 package (bag) of 90 kg, where"),
        (line("1701", "PX", 20, 20_000.0), "unknown", "low", "not_known", "No line declares"),
        (line("2009", None, 80, 17_600.0), "unknown", "low", "not_known", "No line declares"),
        (line("2009", "DR", None, 17_600.0), "unknown", "low", "not_known", "No line declares"),
        (line("2009", "DR", 0, 17_600.0), "unknown", "low", "not_known", "No line declares"),
        (line("2009", "DR", 80, None), "unknown", "low", "not_known", "No line declares"),
        (line("2009", "DR", 80, 0.0), "unknown", "low", "not_known", "No line declares"),
        (line("2009", "DR", 80, None, net_mass_kg=16_000.0), "clear", "low", "usual", "200 kg each"),
    ],
)
def test_one_package(paper: ManifestLine, verdict: str, severity: str, word: str, text: str) -> None:
    (found,) = judged(paper)
    assert (found.verdict.value, found.severity.value, found.observation) == (verdict, severity, word)
    assert text in found.reason
    assert found.lines == (() if word == "not_known" else (1,))


def test_each_line_that_is_off_is_told_the_farthest_off_first() -> None:
    found = judged(
        line("2009", "DR", 80, 17_600.0),
        line("2009", "DR", 120, 17_600.0),
        line("1701", "PX", 1, 1.0),
        line("2009", "DR", 400, 17_600.0),
    )
    assert [(f.lines, f.observation) for f in found] == [((4,), "far_light"), ((2,), "light")]


def test_of_many_lines_that_are_off_the_rest_is_told_together() -> None:
    found = judged(*[line("2009", "DR", 120 + k, 17_600.0) for k in range(60)])
    assert [len(f.lines) for f in found] == [1] * package_mass.MOST + [60 - package_mass.MOST]
    assert found[0].lines == (60,) and found[-1].observation == "far_light"
    assert found[-1].reason == (
        "40 more lines declare packages that would weigh less or more than such packages do: the number or the mass may be false."
    )
    assert judged(*[line("2009", "DR", 400, 1.0)] * 21)[-1].reason.startswith("1 more line declares packages that")


@pytest.mark.parametrize(
    ("packages", "kg", "word", "text"),
    [
        (999, 5e-324, "far_light", "999 packages (bag) of less than 0.001 kg together, 0 kg each"),
        (10**12, 50.0, "far_light", "1,000,000,000,000 packages (bag) of 50 kg together, less than 0.001 kg each"),
        (100, 4.0, "far_light", "100 packages (bag) of 4.0 kg together, 0.04 kg each"),
    ],
)
def test_made_up_figures_are_answered_too(packages: int, kg: float, word: str, text: str) -> None:
    (found,) = judged(line("1701", "BG", packages, kg))
    assert (found.verdict.value, found.observation) == ("suspect", word)
    assert text in found.reason and len(found.reason) < 250


def test_several_usual_lines_are_one_answer() -> None:
    (found,) = judged(*[line("2009", "DR", 80, 17_600.0)] * 3)
    assert found.lines == (1, 2, 3)
    assert found.reason.count("220 kg each") == 2 and found.reason.endswith(", and so on: as usual.")


def test_without_papers() -> None:
    case = Case(
        container=ContainerView(number=None, size_type=None, box=None),
        manifest=None,
        penetration=Penetration(dense_share=0.0, dense_boxes=(), filled_share=0.5),
    )
    (found,) = package_mass.check(case, SETTINGS, GOODS)
    assert (found.verdict.value, found.observation) == ("unknown", "no_papers")


@given(st.integers(1, 10**9), st.floats(1e-3, 1e9))
def test_any_line_gets_one_answer(packages: int, kg: float) -> None:
    (found,) = judged(line("2009", "DR", packages, kg))
    apiece = kg / packages
    off = max(190.0 / apiece, apiece / 300.0)
    assert (found.verdict.value == "clear") == (off <= 1.05)
    assert found.observation in package_mass.OBSERVATIONS


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (
            {"title": "fruit juice", "package_kg": {"DR": [300, 190]}},
            "must rise from lowest to highest, got 300 to 190",
        ),
        ({"title": "fruit juice", "package_kg": {"DR": [0, 190]}}, "greater than 0"),
        ({"title": "fruit juice", "package_kg": {"drum": [100, 190]}}, "should match pattern"),
        ({"title": "fruit juice", "package_kg": {"DR": [100, 50_000]}}, "less than or equal to 40000"),
    ],
)
def test_a_wrong_range_is_refused(entry: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        GoodsEntry.model_validate(entry)


def test_the_shipped_ranges_name_kinds_that_are_known_and_lie_within_what_such_a_kind_may_weigh() -> None:
    table = load_goods()
    checked = 0
    for code, entry in table.goods.items():
        for kinds, (low, high) in entry.package_kg.items():
            for kind in kinds.split():
                assert kind in table.package_kinds, (code, kind)
                whole = table.package_kinds[kind].kg
                if whole is not None and code not in ("2402", "8544"):  # cartons of cigarettes, drums of cable
                    assert whole[0] <= low and high <= whole[1], (code, kind)
                    checked += 1
    assert checked > 60


@pytest.mark.parametrize(
    ("code", "kind", "kg", "fits"),
    [
        ("200911", "drum", 265.0, True),  # 200 l of juice concentrate at 65 Brix and a drum
        ("271019", "drum", 182.0, True),  # 205 l of oil at 0.88 kg/l and a drum
        ("401110", "piece", 8.5, True),  # a car's tyre
        ("401120", "tyre", 65.0, True),  # a lorry's
        ("090111", "bag", 60.6, True),  # 60 kg of coffee and jute
        ("520100", "bale", 227.0, True),  # a United States bale: 500 lb
        ("870323", "unit", 1_450.0, True),
        ("200911", "drum", 120.0, False),
        ("090111", "bag", 25.0, False),
        ("870323", "unit", 90.0, False),
    ],
)
def test_the_shipped_table_knows_ordinary_packages(code: str, kind: str, kg: float, fits: bool) -> None:
    (found,) = judged(line(code, kind, 10, 10 * kg), goods=load_goods())
    assert (found.verdict.value == "clear") == fits, found.reason
