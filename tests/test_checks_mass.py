"""The checks of mass and volume, with their exact sentences."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.checks import mass, volume
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods, GoodsEntry
from scantally.detector.types import (
    Case,
    ContainerView,
    Finding,
    Manifest,
    ManifestLine,
    Penetration,
    Severity,
    Verdict,
    Weighing,
)

CLEAR, SUSPECT, UNKNOWN = Verdict.CLEAR, Verdict.SUSPECT, Verdict.UNKNOWN
SEEN = Weighing(
    mass_kg=10_000.0, low_kg=8_900.0, high_kg=11_200.0, filled_share=0.5, room_m3=60.0, tare_kg=(2_100.0, 2_500.0)
)
BOUND = replace(SEEN, high_kg=None, lower_bound_only=True, opaque_share=0.5)
GOODS = Goods(
    goods={
        "10": GoodsEntry(title="cereals", density=(600.0, 800.0)),
        "94": GoodsEntry(title="furniture", density=(60.0, 200.0)),
        "99": GoodsEntry(title="others"),
    }
)
WEIGHS = "The load weighs 8,900 to 11,200 kg by the scan"
AT_LEAST = "The load weighs at least 8,900 kg by the scan, which could not see through all of it"


def lines(*masses: float | None, code: str = "1001") -> tuple[ManifestLine, ...]:
    return tuple(ManifestLine(number=k, hs_code=code, gross_mass_kg=m) for k, m in enumerate(masses, start=1))


def case(seen: Weighing = SEEN, manifest: Manifest | None = None, *, papers: bool = True) -> Case:
    return Case(
        container=ContainerView(number="MSKU1234565", size_type=None, box=(0.0, 0.0, 100.0, 50.0)),
        manifest=(manifest or Manifest(lines=())) if papers else None,
        penetration=Penetration(dense_share=0.0, dense_boxes=(), filled_share=0.5),
        weighing=seen,
    )


def weighed(seen: Weighing = SEEN, manifest: Manifest | None = None, *, papers: bool = True) -> Finding:
    (found,) = mass.check(case(seen, manifest, papers=papers), CheckSettings(), GOODS)
    return found


def filled(seen: Weighing = SEEN, manifest: Manifest | None = None, *, papers: bool = True) -> Finding:
    (found,) = volume.check(case(seen, manifest, papers=papers), CheckSettings(), GOODS)
    return found


# -- mass


@pytest.mark.parametrize(
    ("manifest", "verdict", "word", "text"),
    [
        (Manifest(lines=lines(10_400.0)), CLEAR, "agrees", f"{WEIGHS}, and the papers declare 10,400 kg."),
        (Manifest(lines=lines(4_000.0, 6_000.0)), CLEAR, "agrees", f"{WEIGHS}, and the papers declare 10,000 kg."),
        (Manifest(lines=lines(12_000.0)), SUSPECT, "lighter", f"{WEIGHS}, but the papers declare 12,000 kg."),
        (Manifest(lines=lines(21_400.0)), SUSPECT, "much_lighter", f"{WEIGHS}, but the papers declare 21,400 kg."),
        (Manifest(lines=lines(8_000.0)), SUSPECT, "heavier", f"{WEIGHS}, but the papers declare 8,000 kg."),
        (Manifest(lines=lines(3_000.0)), SUSPECT, "much_heavier", f"{WEIGHS}, but the papers declare 3,000 kg."),
        (
            Manifest(lines=(), empty=True),
            SUSPECT,
            "much_heavier",
            f"{WEIGHS}, but the container is declared empty.",
        ),
        (
            Manifest(lines=lines(10_400.0), tare_kg=2_200.0, verified_gross_mass_kg=20_000.0),
            SUSPECT,
            "much_lighter",
            f"{WEIGHS}, but the verified gross mass leaves 17,800 kg.",
        ),
        (
            Manifest(lines=(), verified_gross_mass_kg=12_700.0),
            CLEAR,
            "agrees",
            f"{WEIGHS}, and the verified gross mass leaves 10,200 kg to 10,600 kg.",
        ),
        (
            Manifest(lines=lines(10_400.0, None), gross_mass_kg=12_500.0),
            CLEAR,
            "agrees",
            f"{WEIGHS}, and the papers declare 12,500 kg gross.",
        ),
    ],
    ids=[
        "within", "two lines", "lighter", "much lighter", "heavier", "much heavier", "declared empty", "verified mass",
        "verified mass and usual tares", "gross mass with or without tare",
    ],
)  # fmt: skip
def test_a_declared_mass_is_compared(manifest: Manifest, verdict: Verdict, word: str, text: str) -> None:
    # Wide enough to be honest, narrow enough to find a quarter.
    found = weighed(replace(SEEN, low_kg=8_900.0, high_kg=11_200.0), manifest)
    assert (found.verdict, found.observation, found.reason) == (verdict, word, text)
    assert found.severity is (Severity.MEDIUM if verdict is SUSPECT else Severity.LOW)
    assert found.container == "MSKU1234565"


@pytest.mark.parametrize(
    ("declared", "verdict", "word", "text"),
    [
        (4_000.0, SUSPECT, "much_heavier", f"{AT_LEAST}, but the papers declare 4,000 kg."),
        (
            9_500.0,
            UNKNOWN,
            "at_least",
            f"{AT_LEAST}, and the papers declare 9,500 kg: whether it weighs more cannot be seen.",
        ),
        (
            25_000.0,
            UNKNOWN,
            "at_least",
            f"{AT_LEAST}, and the papers declare 25,000 kg: whether it weighs more cannot be seen.",
        ),
    ],
)
def test_a_lower_bound_suspects_only_what_is_too_light(declared: float, verdict: Verdict, word: str, text: str) -> None:
    found = weighed(BOUND, Manifest(lines=lines(declared)))
    assert (found.verdict, found.observation, found.reason) == (verdict, word, text)


def test_a_wide_interval_clears_nothing() -> None:
    found = weighed(replace(SEEN, low_kg=6_000.0, high_kg=14_000.0), Manifest(lines=lines(10_000.0)))
    assert (found.verdict, found.observation) == (UNKNOWN, "vague")
    assert found.reason == (
        "The load weighs 6,000 to 14,000 kg by the scan, and the papers declare 10,000 kg: the weighing is too uncertain to tell."
    )


def test_a_light_load_is_cleared_within_what_the_structure_leaves_open() -> None:
    """A quarter of 500 kg cannot be told, but that it is not 600 kg more can."""
    light = replace(SEEN, mass_kg=500.0, low_kg=150.0, high_kg=850.0)
    found = weighed(light, Manifest(lines=lines(600.0)))
    assert (found.verdict, found.observation) == (CLEAR, "agrees")
    vague = weighed(replace(light, high_kg=1000.0), Manifest(lines=lines(600.0)))
    assert (vague.verdict, vague.observation) == (UNKNOWN, "vague")


def test_an_empty_container_is_cleared_when_it_weighs_little() -> None:
    little = replace(SEEN, mass_kg=120.0, low_kg=0.0, high_kg=400.0)
    assert weighed(little, Manifest(lines=(), empty=True)).verdict is CLEAR
    unsure = replace(little, mass_kg=500.0, high_kg=1_100.0)
    assert weighed(unsure, Manifest(lines=(), empty=True)).observation == "vague"


@pytest.mark.parametrize(
    ("seen", "manifest", "papers", "text"),
    [
        (
            Weighing(missing="the grey values of this scan are not calibrated"),
            Manifest(lines=lines(10_000.0)),
            True,
            "The load cannot be weighed by the scan: the grey values of this scan are not calibrated.",
        ),
        (SEEN, None, False, f"{WEIGHS}. There is no manifest for this container to compare it with."),
        (SEEN, Manifest(lines=()), True, f"{WEIGHS}. The manifest declares no mass to compare it with."),
        (SEEN, Manifest(lines=lines(None, 5.0)), True, f"{WEIGHS}. The manifest declares no mass to compare it with."),
        (BOUND, Manifest(lines=()), True, f"{AT_LEAST}. The manifest declares no mass to compare it with."),
    ],
)
def test_nothing_to_compare(seen: Weighing, manifest: Manifest | None, papers: bool, text: str) -> None:
    found = weighed(seen, manifest, papers=papers)
    word = None if seen.missing is None else "cannot_weigh"
    assert (found.verdict, found.observation, found.reason) == (UNKNOWN, word, text)


@pytest.mark.parametrize(
    ("low", "high", "declared", "note"),
    [
        (1_800.0, 2_500.0, 2_450.0, ""),
        (1_800.0, 2_500.0, 2_650.0, " (up to 193 kg beside that are let pass: pallets, lashing, an unusual container)"),
        (1_800.0, 2_500.0, 1_700.0, " (up to 193 kg beside that are let pass: pallets, lashing, an unusual container)"),
    ],
)
def test_a_mass_beside_the_interval_is_cleared_with_the_reason(
    low: float, high: float, declared: float, note: str
) -> None:
    found = weighed(replace(SEEN, mass_kg=2_150.0, low_kg=low, high_kg=high), Manifest(lines=lines(declared)))
    assert (found.verdict, found.observation) == (CLEAR, "agrees")
    assert found.reason == (
        f"The load weighs {low:,.0f} to {high:,.0f} kg by the scan, and the papers declare {declared:,.0f} kg{note}."
    )


def test_a_lower_bound_beside_what_is_declared_says_so_too() -> None:
    found = weighed(BOUND, Manifest(lines=lines(8_800.0)))
    let_pass = "(up to 350 kg beside that are let pass: pallets, lashing, an unusual container)"
    assert found.reason == (
        f"{AT_LEAST}, and the papers declare 8,800 kg {let_pass}: whether it weighs more cannot be seen."
    )


def test_the_reader_s_notes_say_why_a_mass_is_missing() -> None:
    noted = replace(case(SEEN, Manifest(lines=lines(None))), manifest_notes=("column 'weight (lb)' is in pounds",))
    (by_mass,), (by_room,) = (x.check(noted, CheckSettings(), GOODS) for x in (mass, volume))
    assert by_mass.reason == (
        f"{WEIGHS}. The manifest declares no mass to compare it with (column 'weight (lb)' is in pounds)."
    )
    assert by_room.reason.endswith(
        "the manifest does not declare the mass of every line (column 'weight (lb)' is in pounds)."
    )


def test_made_up_masses_make_short_sentences() -> None:
    paper = Manifest(lines=lines(*[1e9] * 2000))
    heavy = "more than 1,000,000,000,000 kg"
    assert weighed(SEEN, paper).reason == f"{WEIGHS}, but the papers declare {heavy}."
    assert filled(SEEN, paper).reason.startswith(f"{SHOWS}; even at their densest, {heavy} of the declared goods need")
    endless = replace(SEEN, high_kg=float("inf"))
    assert weighed(endless, Manifest(lines=lines(9_000.0))).reason.startswith(f"The load weighs 8,900 to {heavy} by")


def test_net_masses_stand_in_for_gross_ones() -> None:
    line = ManifestLine(number=1, net_mass_kg=9_000.0)
    assert mass.declared_lines_kg(Manifest(lines=(line, *lines(1_000.0)))) == 10_000.0


@given(st.floats(0.0, 60_000.0))
@settings(deadline=None)
def test_every_declared_mass_gets_an_answer(declared: float) -> None:
    found = weighed(SEEN, Manifest(lines=lines(declared)))
    assert found.observation in mass.OBSERVATIONS
    inside = (SEEN.low_kg or 0.0) <= declared <= (SEEN.high_kg or 0.0)
    assert not (inside and found.verdict is SUSPECT)
    far = declared < 6_000.0 or declared > 15_000.0
    assert not (far and found.verdict is not SUSPECT)


@given(st.floats(0.0, 60_000.0), st.floats(1.0, 1.5))
@settings(deadline=None)
def test_the_farther_off_the_worse_the_word(declared: float, more: float) -> None:
    heavier = mass.OBSERVATIONS.index(weighed(SEEN, Manifest(lines=lines(max(declared, 11_200.0)))).observation or "")
    worse = max(declared, 11_200.0) * more
    assert mass.OBSERVATIONS.index(weighed(SEEN, Manifest(lines=lines(worse))).observation or "") >= heavier


# -- volume

SHOWS = "The load takes up at most 30 m3, 50 % of the inside as the scan shows it from the side"


@pytest.mark.parametrize(
    ("manifest", "verdict", "word", "text"),
    [
        (
            Manifest(lines=lines(15_000.0)),
            CLEAR,
            "fits",
            f"{SHOWS}; 15,000 kg of line 1's goods need 19 to 25 m3, so they fit.",
        ),
        (
            Manifest(lines=lines(25_000.0)),
            CLEAR,
            "tight",
            f"{SHOWS}; 25,000 kg of line 1's goods need 31 to 42 m3: they fit only as densely as they can lie.",
        ),
        (
            Manifest(lines=lines(29_000.0)),
            SUSPECT,
            "too_small",
            f"{SHOWS}; even at their densest, 29,000 kg of line 1's goods need 36 m3: they would not fit.",
        ),
        (
            Manifest(lines=lines(1_000.0, 1_000.0)),
            SUSPECT,
            "hollow",
            f"{SHOWS}; even at their loosest, 2,000 kg of the declared goods need 3.3 m3: more room is taken up than they fill.",
        ),
        (
            Manifest(lines=lines(1_000.0, code="9403")),
            CLEAR,
            "fits",
            f"{SHOWS}; 1,000 kg of line 1's goods need 5.0 to 17 m3, so they fit.",
        ),
        (
            Manifest(lines=lines(20_000.0)),
            CLEAR,
            "fits",
            f"{SHOWS}; 20,000 kg of line 1's goods need 25 to 33 m3, so they can fit.",
        ),
        (
            Manifest(lines=lines(5_000.0, code="9403")),
            CLEAR,
            "fits",
            (
                f"{SHOWS}; 5,000 kg of line 1's goods need 25 m3 at least and, loosely packed, more than the container holds: only less than "
                "25 m3 would be too little."
            ),
        ),
    ],
)
def test_declared_goods_need_room(manifest: Manifest, verdict: Verdict, word: str, text: str) -> None:
    found = filled(SEEN, manifest)
    assert (found.verdict, found.observation, found.reason) == (verdict, word, text)
    assert found.severity is (Severity.MEDIUM if word == "too_small" else Severity.LOW)
    assert found.lines == tuple(range(1, len(manifest.lines) + 1))


@pytest.mark.parametrize(
    ("seen", "manifest", "papers", "text"),
    [
        (
            Weighing(missing="the pixel pitch is not known"),
            Manifest(lines=lines(5.0)),
            True,
            "How much room the load takes up cannot be measured: the pixel pitch is not known.",
        ),
        (
            replace(SEEN, filled_share=None),
            Manifest(lines=lines(5.0)),
            True,
            "How much room the load takes up cannot be measured: its inside is not in view.",
        ),
        (SEEN, None, False, f"{SHOWS}. There is no manifest for this container to compare it with."),
        (SEEN, Manifest(lines=()), True, f"{SHOWS}; the manifest lists no goods to compare it with."),
        (
            SEEN,
            Manifest(lines=lines(5.0, None)),
            True,
            f"{SHOWS}; the manifest does not declare the mass of every line.",
        ),
        (
            SEEN,
            Manifest(lines=lines(5.0, code="9900")),
            True,
            f"{SHOWS}; how densely the goods of line 1 lie is not known.",
        ),
        (
            SEEN,
            Manifest(lines=lines(5.0, code="8888")),
            True,
            f"{SHOWS}; how densely the goods of line 1 lie is not known.",
        ),
    ],
)
def test_room_that_cannot_be_judged(seen: Weighing, manifest: Manifest | None, papers: bool, text: str) -> None:
    found = filled(seen, manifest, papers=papers)
    assert (found.verdict, found.observation, found.reason) == (UNKNOWN, None, text)


def test_a_tank_s_shell_says_nothing_of_how_full_it_is() -> None:
    loose = Manifest(lines=lines(1_000.0))
    assert filled(SEEN, loose).observation == "hollow"
    assert filled(SEEN, loose.model_copy(update={"size_type": "22T1"})).observation == "fits"
    dense = Manifest(lines=lines(60_000.0), size_type="22T1")  # too much for the room all the same
    assert filled(SEEN, dense).observation == "too_small"


@given(st.floats(1.0, 60_000.0), st.floats(0.01, 1.0))
@settings(deadline=None)
def test_more_room_never_makes_goods_fit_worse(declared: float, share: float) -> None:
    paper = Manifest(lines=lines(declared))
    small = filled(replace(SEEN, filled_share=share / 2), paper).observation
    large = filled(replace(SEEN, filled_share=share), paper).observation
    assert not (small in ("fits", "tight", "hollow") and large == "too_small")
