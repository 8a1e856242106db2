"""The check of descriptions: what it says of each kind of line, in exact words, and what it never does."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.checks.description import MOST_LINES, OBSERVATIONS, check, observe
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import load_goods
from scantally.detector.config.nomenclature import Reading
from scantally.detector.types import (
    Case,
    ContainerView,
    Finding,
    Manifest,
    ManifestLine,
    Penetration,
    Severity,
    Verdict,
)

GOODS = load_goods()
SETTINGS = CheckSettings()


def case(*lines: ManifestLine, manifest: bool = True) -> Case:
    return Case(
        container=ContainerView(number="CSQU3054383", size_type=None, box=None),
        manifest=Manifest(lines=lines) if manifest else None,
        penetration=Penetration(dense_share=0.0, dense_boxes=(), filled_share=0.4),
    )


def line(code: str | None, text: str | None) -> ManifestLine:
    return ManifestLine(hs_code=code, description=text)


def one(code: str | None, text: str | None) -> Finding:
    (found,) = check(case(line(code, text)), SETTINGS, GOODS)
    return found


def short(found: Finding) -> tuple[str, str, str | None]:
    return found.verdict.value, found.severity.value, found.observation


@pytest.mark.parametrize(
    ("code", "text", "answer", "reason"),
    [
        (
            "8517",
            "ceramic tiles, glazed",
            ("suspect", "medium", "contradicts"),
            (
                'Line 1 is declared as HS 8517 (telephones), but its description "ceramic tiles, glazed" reads like chapter 69 ceramics '
                "(more than 99 %), 32 dyes, paint and ink (less than 1 %), or 68 stone and cement goods (less than 1 %)."
            ),
        ),
        (
            "6907.21",
            "ceramic tiles, glazed",
            ("clear", "low", "agrees"),
            "Line 1 (HS 690721, ceramic tiles, glazed) reads like its chapter, 69 ceramics (more than 99 %).",
        ),
        (
            "8703",
            "FAK",
            ("unknown", "low", None),
            "Line 1 (HS 8703, FAK): the description does not say what the goods are, so it cannot be compared with a code.",
        ),
        (
            "8703",
            "SAID TO CONTAIN 20 PALLETS",
            ("unknown", "low", None),
            (
                "Line 1 (HS 8703, SAID TO CONTAIN 20 PALLETS): the description does not say what the goods are, so it cannot be "
                "compared with a code."
            ),
        ),
        (
            "6907",
            "Fliesen aus Keramik",
            ("unknown", "low", None),
            (
                "Line 1 (HS 6907, Fliesen aus Keramik): the description is not in English words of the nomenclature, so it cannot be "
                "compared with a code."
            ),
        ),
        (
            "6907",
            "X1",
            ("unknown", "low", None),
            "Line 1 (HS 6907, X1): the description has no word that could be read, so it cannot be compared with a code.",
        ),
        (
            "6907",
            "  ",
            ("unknown", "low", None),
            "Line 1 (HS 6907, ceramic tiles) has no description that could be compared with its code.",
        ),
        (
            "6907",
            "\u0000",
            ("unknown", "low", None),
            "Line 1 (HS 6907, ceramic tiles) has no description that could be compared with its code.",
        ),
        (
            None,
            "2 x 40HC EMPTY CONTAINERS",
            ("unknown", "low", None),
            (
                "Line 1 (2 x 40HC EMPTY CONTAINERS): the description names an empty container and no goods, so it cannot be compared with a "
                "code."
            ),
        ),
        (None, None, ("unknown", "low", None), "Line 1 has no description that could be compared with its code."),
    ],
)
def test_what_is_said(code: str | None, text: str | None, answer: tuple[str, str, str | None], reason: str) -> None:
    found = one(code, text)
    assert short(found) == answer
    assert found.reason == reason
    assert (found.check, found.lines, found.boxes, found.score) == ("description", (1,), (), None)


@pytest.mark.parametrize(
    ("code", "begins"),
    [
        (
            None,
            "Line 1 (mobile phones) gives no HS code; by its description it reads like chapter 85 electrical goods (",
        ),
        (
            "853",
            "Line 1 (mobile phones) gives an HS code that cannot be read; by its description it reads like chapter 85 ",
        ),
        (
            "9905",
            "Line 1 (HS 9905, mobile phones) is of a chapter that the nomenclature does not define; by its description ",
        ),
        (
            "77",
            "Line 1 (HS 77, mobile phones) is of a chapter that the nomenclature does not define; by its description ",
        ),
    ],
)
def test_without_a_code_the_chapter_is_inferred(code: str | None, begins: str) -> None:
    found = one(code, "mobile phones")
    assert short(found) == ("unknown", "low", None)
    assert found.reason.startswith(begins)


def test_a_neighbour_among_the_three_likeliest_is_clear() -> None:
    found = one("8708", "brake discs and clutch plates for cars")
    assert short(found) == ("clear", "low", "near")
    assert found.reason.startswith(
        "Line 1 (HS 8708, brake discs and clutch plates for cars) may well be of its chapter, 87 road vehicles and their parts ("
    )
    assert "; its description reads like chapter 68 stone and cement goods (" in found.reason


def read(own: float, *tops: float) -> Reading:
    chapters = {f"{n:02}": share for n, share in enumerate(tops, start=1)}
    return Reading(shares={**chapters, "50": own, "51": max(0.0, 1 - own - sum(tops))})


@pytest.mark.parametrize(
    ("reading", "observed"),
    [
        (read(0.5, 0.2, 0.1), "near"),
        (read(0.0009, 0.61, 0.1, 0.1), "disagrees"),
        (read(0.0010, 0.61, 0.1, 0.1), "doubtful"),
        (read(0.0009, 0.6, 0.1, 0.0999), "doubtful"),
        (read(0.0009, 0.94, 0.005, 0.004), "disagrees"),
        (read(0.0009, 0.94, 0.005, 0.005), "contradicts"),
        (read(0.0009, 0.4, 0.3, 0.3), "contradicts"),
    ],
)
def test_limits_of_what_is_observed(reading: Reading, observed: str) -> None:
    assert observe(reading, "50", SETTINGS) == observed


def test_the_likeliest_agrees_however_little_it_has() -> None:
    assert observe(Reading(shares={"50": 0.2, "01": 0.15, "02": 0.1}), "50", SETTINGS) == "agrees"


def test_settings_move_the_limits() -> None:
    bold = CheckSettings(description_implausible=0.01, description_likely=0.5, description_certain=0.6)
    assert observe(read(0.005, 0.4, 0.1, 0.05), "50", bold) == "disagrees"
    assert observe(read(0.005, 0.5, 0.1, 0.05), "50", bold) == "contradicts"
    with pytest.raises(ValueError, match="description_likely must not be above description_certain"):
        CheckSettings(description_likely=0.96)


def test_a_doubtful_reading_is_unknown_and_says_what_it_read() -> None:
    (found,) = check(
        case(line("8517", "ceramic tiles, glazed")),
        CheckSettings(description_implausible=0.0),
        GOODS,
    )
    assert short(found) == ("unknown", "low", "doubtful")
    assert found.reason.startswith(
        "Line 1 (HS 8517, ceramic tiles, glazed): its description reads like chapter 69 ceramics (more than 99 %), "
    )
    assert found.reason.endswith("but its chapter, 85 electrical goods, cannot be ruled out (less than 1 %).")


def test_no_manifest_and_no_lines() -> None:
    (without,) = check(case(manifest=False), SETTINGS, GOODS)
    assert without.reason == (
        "No container was found, and there is no manifest for the scan, so no description can be compared."
    )
    (bare,) = check(case(), SETTINGS, GOODS)
    assert bare.reason == "The manifest lists no goods whose description could be compared."
    assert {found.verdict for found in (without, bare)} == {Verdict.UNKNOWN}


def test_without_the_nomenclature_nothing_is_compared() -> None:
    bare = GOODS.model_copy(update={"nomenclature": None})
    (found,) = check(case(line("6907", "ceramic tiles")), SETTINGS, bare)
    assert short(found) == ("unknown", "low", None)
    assert found.reason == "Line 1 (HS 6907, ceramic tiles) cannot be compared: the nomenclature is missing."


def test_each_line_has_a_finding_up_to_a_limit_that_is_said() -> None:
    lines = [line("6907", "FAK")] * (MOST_LINES + 7)
    found = check(case(*lines), SETTINGS, GOODS)
    assert len(found) == MOST_LINES + 1
    assert found[-1].reason == "Only the first 300 of 307 descriptions were compared with their codes."
    assert (found[-1].verdict, found[-1].lines) == (Verdict.UNKNOWN, ())


texts = (
    st.none() | st.text(max_size=60) | st.sampled_from(["steel coils", "frozen beef", "FAK", "men's shirts", "tv sets"])
)
codes = st.none() | st.sampled_from(["0202", "7208", "8528", "6205", "77", "9999", "853", "abc", ""])


@given(rows=st.lists(st.tuples(codes, texts), max_size=4))
@settings(max_examples=60, deadline=None)
def test_it_never_weighs_high_and_never_says_wrong(rows: list[tuple[str | None, str | None]]) -> None:
    found = check(case(*(line(code, text) for code, text in rows)), SETTINGS, GOODS)
    assert found == check(case(*(line(code, text) for code, text in rows)), SETTINGS, GOODS)
    assert len(found) == max(1, len(rows))
    for finding in found:
        assert finding.severity is not Severity.HIGH
        assert finding.observation is None or finding.observation in OBSERVATIONS
        assert (finding.observation is None) <= (finding.verdict is Verdict.UNKNOWN)
        assert "wrong" not in finding.reason.split('"')[0]


def test_five_lines_take_little_of_a_scans_time() -> None:
    rows = [
        ("8517", "ceramic tiles, glazed"),
        ("6907", "porcelain floor tiles 60x60, 1200 cartons"),
        ("8703", "used Toyota motor car"),
        ("7318", "hex bolts, nuts and washers"),
        ("6109", "men's cotton t-shirts, knitted"),
    ]
    five = case(*(line(code, text) for code, text in rows))
    check(five, SETTINGS, GOODS)
    took = []
    for _ in range(5):
        began = time.process_time()
        check(five, SETTINGS, GOODS)
        took.append(time.process_time() - began)
    assert min(took) < 0.010
