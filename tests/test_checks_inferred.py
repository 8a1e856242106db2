"""Lines without an HS code: what their text lets infer, and what it does not."""

import pytest

from scantally.detector.checks import goods, prohibited, undeclared
from scantally.detector.checks.inferred import MOST_READ, chance_of, lines_of, readings, unknown_lines
from scantally.detector.checks.likeness import expectations
from scantally.detector.checks.sentences import numbered
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import load_goods
from scantally.detector.types import (
    Case,
    ContainerView,
    Detections,
    Group,
    LoadBlock,
    Manifest,
    ManifestLine,
    Penetration,
    Severity,
    Verdict,
)

GOODS = load_goods()
SETTINGS = CheckSettings()
BOX = (100.0, 50.0, 1100.0, 450.0)
LABELS = frozenset(
    {
        "cartons",
        "frozen_cartons",
        "bales",
        "sacks",
        "big_bags",
        "machinery",
        "timber",
        "drums",
        "tank",
        "pipes",
        "empty",
    }
)


def case(*texts: str, load: str | None = None, seen: str | None = None, codes: tuple[str | None, ...] = ()) -> Case:
    """A container with a line for each text; with a block of one kind of load, and an object of interest that is surely seen."""
    rows = [((400.0, 60.0, 420.0, 120.0), 0.95, seen, Group.OBJECT)] if seen else []
    lines = [
        ManifestLine(description=text, hs_code=code, gross_mass_kg=1000.0)
        for text, code in zip(texts, codes or (None,) * len(texts), strict=True)
    ]
    scores = dict.fromkeys(LABELS - {"empty"}, 0.0) | ({load: 0.95} if load else {})
    return Case(
        container=ContainerView(number=None, size_type=None, box=BOX),
        manifest=Manifest(empty=False, lines=tuple(lines)),
        detections=Detections.of(rows),
        penetration=Penetration(dense_share=0.0, dense_boxes=(), filled_share=0.5),
        pitch_mm=10.0,
        blocks=(LoadBlock(box=(120.0, 100.0, 1000.0, 440.0), scores=scores),) if load else (),
        loads=LABELS,
    )


@pytest.mark.parametrize(
    ("text", "code", "read"),
    [
        ("Trousers of cotton", None, True),
        ("Trousers of cotton", "", True),
        ("Trousers of cotton", "620342", False),  # the code says it
        (
            "Trousers of cotton",
            "990000",
            False,
        ),  # and a code that the table does not know says that it is none of its goods
        ("said to contain", None, False),
        ("", None, False),
    ],
)
def test_only_lines_without_a_code_are_read(text: str, code: str | None, read: bool) -> None:
    (shares,) = readings([(1, ManifestLine(description=text, hs_code=code))], GOODS)
    assert bool(shares) is read
    assert sum(shares.values()) == pytest.approx(1.0 if read else 0.0, abs=1e-3)


def test_reading_is_bounded() -> None:
    many = [(n, ManifestLine(description="Trousers of cotton")) for n in range(MOST_READ + 2)]
    assert [bool(x) for x in readings(many, GOODS)] == [True] * MOST_READ + [False] * 2


def test_a_text_that_says_nothing_may_be_anything() -> None:
    assert chance_of({"93"}, {}) == 1.0
    assert chance_of({"93"}, {"62": 0.9, "93": 0.1}) == 0.1


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Trousers of cotton", Verdict.CLEAR),
        ("Pistols and revolvers", Verdict.UNKNOWN),
        ("Fireworks", Verdict.UNKNOWN),
        ("said to contain", Verdict.UNKNOWN),
    ],
)
def test_prohibited_goods_are_ruled_out_by_a_text_that_reads_surely(text: str, verdict: Verdict) -> None:
    """ASYCUDA manifests give no codes: without it each of their containers would be kept for a review."""
    (found,) = prohibited.check(case(text), SETTINGS, GOODS)
    assert found.verdict is verdict
    named = lines_of(numbered(case(text).manifest or Manifest(lines=())), SETTINGS.prohibited_hs, SETTINGS, GOODS)
    assert bool(named) is (verdict is Verdict.UNKNOWN)


@pytest.mark.parametrize(
    ("text", "verdict", "observation"),
    [
        ("Trousers of cotton", Verdict.SUSPECT, "certain"),
        ("Sporting rifles", Verdict.UNKNOWN, "unreadable"),
        ("general cargo", Verdict.UNKNOWN, "unreadable"),
    ],
)
def test_a_firearm_among_trousers_is_suspect_without_any_code(text: str, verdict: Verdict, observation: str) -> None:
    (found,) = undeclared.check(case(text, seen="firearm"), SETTINGS, GOODS)
    assert (found.verdict, found.observation) == (verdict, observation)


def test_lines_that_may_explain_an_object_are_those_of_chapters_that_do() -> None:
    lines = numbered(case("Trousers of cotton", "Pistols", codes=("620342", None)).manifest or Manifest(lines=()))
    assert [n for n, _ in unknown_lines(lines, "firearm", SETTINGS, GOODS)] == [2]


@pytest.mark.parametrize(
    ("load", "verdict", "said"),
    [
        ("cartons", Verdict.CLEAR, "as Line 1 (Trousers of cotton) lets expect."),
        ("pipes", Verdict.SUSPECT, "its text reads like chapter 62 woven clothing (77 %)"),
    ],
)
def test_goods_are_expected_by_their_text(load: str, verdict: Verdict, said: str) -> None:
    """The three likeliest chapters, all of textiles, are nearly certain together, and none of them makes pipes."""
    (found,) = goods.check(case("Trousers of cotton", load=load), SETTINGS, GOODS)
    assert found.verdict is verdict
    assert said in found.reason


def test_what_a_text_leaves_in_doubt_is_never_suspect() -> None:
    paper = case("kitchen articles", load="timber")
    (expected,) = expectations(numbered(paper.manifest or Manifest(lines=())), paper, GOODS)
    assert expected.doubt == SETTINGS.fit_unusual
    (found,) = goods.check(paper, SETTINGS, GOODS)
    assert found.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("text", "likely"), [("said to contain", 0.8), ("kitchen articles", 0.9)])
def test_a_text_that_does_not_read_surely_lets_expect_nothing(text: str, likely: float) -> None:
    paper = case(text, load="pipes")
    rule = CheckSettings(description_likely=likely)
    (expected,) = expectations(numbered(paper.manifest or Manifest(lines=())), paper, GOODS, rule)
    assert expected.why == "gives no HS code that is known"


def test_a_text_alone_never_weighs_high() -> None:
    """Of real declarations' texts 7 in 100 are of none of their three likeliest chapters (docs/results.md)."""
    for code, severity in ((None, Severity.MEDIUM), ("030617", Severity.HIGH)):
        (found,) = goods.check(case("Frozen shrimps", load="pipes", codes=(code,)), SETTINGS, GOODS)
        assert (found.verdict, found.severity) == (Verdict.SUSPECT, severity)
