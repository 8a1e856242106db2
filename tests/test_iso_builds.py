"""What a size and type code says about a container: sizes, room, tare."""

import pytest

from scantally.detector.config.containers import STRUCTURES, TARE_KG, build_of


@pytest.mark.parametrize(
    ("code", "family", "length", "height"),
    [
        ("22G1", "dry", 6058.0, 2591.0),
        ("42G1", "dry", 12192.0, 2591.0),
        ("45g1", "dry", 12192.0, 2896.0),
        (" 45 G1 ", "dry", 12192.0, 2896.0),
        ("L5G1", "dry", 13716.0, 2896.0),
        ("22V0", "dry", 6058.0, 2591.0),
        ("42U1", "open_top", 12192.0, 2591.0),
        ("45R1", "reefer", 12192.0, 2896.0),
        ("45P3", "flat_rack", 12192.0, 2896.0),
        ("22T1", "tank", 6058.0, 2591.0),
    ],
)
def test_codes(code: str, family: str, length: float, height: float) -> None:
    build = build_of(code)
    assert build is not None
    assert (build.family, build.length_mm, build.height_mm) == (family, length, height)


@pytest.mark.parametrize("code", [None, "", "22", "22G", "22G12", "92G1", "29G1", "22B1", "22S1", "....", "ÄÖÜß"])
def test_codes_that_say_too_little(code: str | None) -> None:
    assert build_of(code) is None


@pytest.mark.parametrize(
    ("code", "low", "high"),
    [("22G1", 31.0, 34.0), ("42G1", 65.0, 69.0), ("45G1", 74.0, 78.0), ("45R1", 63.0, 69.0), ("22R1", 26.0, 30.0)],
)
def test_room_is_what_equipment_guides_state(code: str, low: float, high: float) -> None:
    build = build_of(code)
    assert build is not None and low < build.room_m3 < high


@pytest.mark.parametrize("code", ["22G1", "42G1", "45G1"])
def test_the_structure_weighs_no_more_than_the_tare(code: str) -> None:
    """Walls, roof and floor of the template against what such boxes weigh, ends and fittings aside."""
    build = build_of(code)
    assert build is not None and build.tare_kg is not None
    part = build.structure
    side, top = build.length_mm * build.height_mm / 100.0, build.length_mm * 2330.0 / 100.0
    kg = (part.walls_g_cm2 * side + (part.roof_g_cm2 + part.floor_g_cm2) * top) / 1000.0
    assert 0.6 * build.tare_kg[0] < kg < build.tare_kg[1]


def test_tares_rise_from_lightest_to_heaviest() -> None:
    assert all(low < high for low, high in TARE_KG.values())
    assert {family for family, _ in TARE_KG} == set(STRUCTURES)


def test_a_flat_rack_of_forty_feet_stands_higher() -> None:
    short, long = build_of("22P1"), build_of("45P1")
    assert short is not None and long is not None
    assert short.structure.floor_mm < long.structure.floor_mm
