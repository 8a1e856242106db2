"""Weighing a load: drawn containers of known mass, what is missing, and what cannot be seen."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from weighed_boxes import Block, Drawing, draw

from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.config.weighing import WeighingSettings
from scantally.detector.maps.areal import weigh
from scantally.detector.types import Box, Scan, Weighing

LIGHT, HEAVY = Block(density=180.0), Block(density=420.0)


def weighed(scan: Scan, box: Box | None, code: str | None = "22G1", **chosen: float) -> Weighing:
    return weigh(scan, box, code, WeighingSettings(**chosen), PenetrationSettings())


@pytest.mark.parametrize(
    ("block", "how"),
    [
        (LIGHT, Drawing()),
        (HEAVY, Drawing()),
        (HEAVY, Drawing(energies=(9.0,))),
        (HEAVY, Drawing(energies=(4.0, 6.0))),
        (HEAVY, Drawing(energies=(6.0, 9.0))),
        (HEAVY, Drawing(pitch=6.0)),
        (HEAVY, Drawing(distance=4500.0, drop=500.0)),
        (HEAVY, Drawing(distance=6500.0, drop=1200.0)),
        (Block(density=420.0, material="polyethylene"), Drawing()),
        (Block(density=420.0, material="steel"), Drawing()),
        (Block(density=420.0, material="steel"), Drawing(energies=(6.0, 9.0))),
        (Block(density=300.0, high=600.0), Drawing()),
        (Block(density=300.0, x=(80.0, 5978.0)), Drawing()),
        (HEAVY, Drawing(guide_g_cm2=16.0)),
    ],
    ids=[
        "light", "heavy", "9 MV", "4 and 6 MV", "6 and 9 MV", "fine pixels", "near and high", "far and low", "plastic",
        "metal", "metal by two energies", "low", "full length", "beside a trailer's guides",
    ],
)  # fmt: skip
def test_the_interval_holds_the_true_mass(block: Block, how: Drawing) -> None:
    scan, box = draw(block, how=how)
    found = weighed(scan, box)
    assert found.missing is None and found.mass_kg is not None and found.low_kg is not None
    assert found.high_kg is not None and not found.lower_bound_only
    assert found.low_kg <= block.kg <= found.high_kg
    assert found.mass_kg == pytest.approx(block.kg, rel=0.14, abs=150.0)


def test_a_load_by_the_far_wall_alone_comes_out_lighter() -> None:
    """Depth is not seen: the middle is taken. docs/checks.md says so."""
    near, far = (Block(density=600.0, near=a, far=b) for a, b in ((90.0, 1630.0), (800.0, 2340.0)))
    light, heavy = (weighed(*draw(block)).mass_kg or 0.0 for block in (far, near))
    assert 0.85 * far.kg < light < far.kg
    assert heavy > light


def test_two_blocks_weigh_what_both_weigh() -> None:
    one, two = Block(density=300.0, x=(500.0, 2500.0)), Block(density=200.0, x=(3000.0, 5500.0))
    masses = [weighed(*draw(*blocks)).mass_kg or 0.0 for blocks in ((one,), (two,), (one, two))]
    assert masses[2] == pytest.approx(masses[0] + masses[1], rel=0.08)


def test_an_empty_container_weighs_next_to_nothing() -> None:
    found = weighed(*draw())
    assert found.mass_kg is not None and found.mass_kg < 250.0
    assert found.low_kg == 0.0
    assert found.filled_share is not None and found.filled_share < 0.05


def test_a_truck_that_drove_faster_does_no_harm() -> None:
    """The length that the size and type code names gives the pitch along x."""
    plain, fast = (weighed(*draw(HEAVY, how=Drawing(squeeze=s))).mass_kg for s in (1.0, 0.8))
    assert fast == pytest.approx(plain, rel=0.02)


def test_guides_of_the_trailer_are_no_load() -> None:
    bare, guided = (weighed(*draw(how=Drawing(guide_g_cm2=g))).mass_kg or 0.0 for g in (0.0, 16.0))
    plate_kg = 160.0 * 4.2 * 0.42  # kg/m2 x m x m over the underside
    assert guided - bare < 0.3 * plate_kg


def test_the_filled_share_follows_the_load() -> None:
    half = weighed(*draw(Block(density=200.0, x=(300.0, 3000.0), high=2300.0))).filled_share
    assert half == pytest.approx(0.48, abs=0.07)


def test_a_map_of_the_load_lies_over_its_box() -> None:
    scan, box = draw(HEAVY)
    found = weighed(scan, box)
    assert found.areal_hw is not None and found.areal_box is not None
    x0, y0, x1, y1 = found.areal_box
    assert box[0] < x0 < x1 < box[2] and box[1] < y0 < y1 < box[3]
    middle = found.areal_hw[int(found.areal_hw.shape[0] * 0.75), found.areal_hw.shape[1] // 2]
    assert middle == pytest.approx(HEAVY.density / 1000.0 * 225.0, rel=0.10)
    assert found.areal_hw.min() >= 0.0
    with pytest.raises(ValueError, match="read-only"):
        found.areal_hw[0, 0] = 1.0


# -- what cannot be seen


def test_behind_a_stopped_beam_the_mass_is_a_lower_bound() -> None:
    block = Block(density=3000.0, high=900.0, material="steel")
    found = weighed(*draw(block))
    assert found.lower_bound_only and found.high_kg is None
    assert found.opaque_share > 0.25
    assert found.low_kg is not None and 500.0 < found.low_kg < block.kg


def test_a_little_that_is_opaque_widens_the_interval_upwards() -> None:
    rod = Block(density=6000.0, x=(2000.0, 2100.0), high=900.0, material="steel")
    plain, with_rod = weighed(*draw(HEAVY)), weighed(*draw(HEAVY, rod))
    assert not with_rod.lower_bound_only and 0.0 < with_rod.opaque_share < 0.25

    def upper(w: Weighing) -> float:
        return (w.high_kg or 0.0) - (w.mass_kg or 0.0)

    assert upper(with_rod) > upper(plain) + 100.0


@pytest.mark.parametrize(("high", "bounded"), [(30.0, False), (900.0, True)])
def test_what_is_opaque_in_an_empty_container_bounds_nothing_while_it_weighs_less_than_the_error(
    high: float, bounded: bool
) -> None:
    """Nearly all of what is seen there is opaque: a post, a fitting."""
    found = weighed(*draw(Block(density=6000.0, x=(2000.0, 2090.0), high=high, material="steel")))
    assert found.opaque_share > 0.25
    assert found.lower_bound_only == bounded
    assert bounded or (found.high_kg or 0.0) > 6000.0 * 0.09 * 2.25 * high / 1000.0  # the true mass, in kg


def test_a_container_that_the_picture_cuts_off_gives_a_lower_bound() -> None:
    scan, box = draw(HEAVY)
    cut = int(box[2] - 100)
    short = replace(
        scan,
        transmission_BHW=np.ascontiguousarray(scan.transmission_BHW[:, :, :cut]),
        valid_HW=np.ascontiguousarray(scan.valid_HW[:, :cut]),
    )
    found = weighed(short, (box[0], box[1], float(cut), box[3]))
    assert found.lower_bound_only or found.missing is not None


# -- what is missing


@pytest.mark.parametrize(
    ("change", "code", "expected"),
    [
        ({"calibrated": False}, "22G1", "the grey values of this scan are not calibrated"),
        ({"energies_mv": None}, "22G1", "the scanner's energy is not known"),
        ({"pitch_mm": None}, "22G1", "the pixel pitch is not known"),
        (
            {"calibrated": False, "energies_mv": None, "pitch_mm": None},
            "22G1",
            "the grey values of this scan are not calibrated and the scanner's energy is not known and the pixel pitch is not known",
        ),
        ({}, "22B1", "containers of size and type '22B1' cannot be weighed"),
        ({}, "nonsense", "containers of size and type 'nonsense' cannot be weighed"),
        ({"pitch_mm": 30.0}, None, "the container's size and type are not known"),
        ({}, "42G1", "the container in the picture is about 6 m long, not 12.2 m as its size and type code says"),
        ({}, "L5R1", "the container in the picture is about 6 m long, not 13.7 m as its size and type code says"),
    ],
)
def test_what_is_missing_is_said(change: dict[str, object], code: str | None, expected: str) -> None:
    scan, box = draw(LIGHT)
    assert weighed(replace(scan, **change), box, code) == Weighing(missing=expected)  # type: ignore[arg-type]


def test_a_container_that_the_picture_cuts_off_is_not_called_shorter_than_its_code_says() -> None:
    scan, box = draw(HEAVY)
    end = int(box[2]) - 2
    cut = replace(
        scan,
        transmission_BHW=np.ascontiguousarray(scan.transmission_BHW[:, :, :end]),
        valid_HW=np.ascontiguousarray(scan.valid_HW[:, :end]),
    )
    found = weighed(cut, (box[0], box[1], float(end), box[3]), "42G1")
    assert found == Weighing(missing="the picture cuts the container off")


def test_without_a_container_nothing_is_weighed() -> None:
    scan, _ = draw(LIGHT)
    assert weighed(scan, None) == Weighing(missing="no container was located")


@pytest.mark.parametrize("box", [(10.0, 10.0, 30.0, 20.0), (0.0, 0.0, 3.0, 3.0), (250.0, 5.0, 251.0, 6.0)])
def test_a_speck_is_not_weighed(box: Box) -> None:
    scan, _ = draw(LIGHT)
    assert weighed(scan, box).missing == "the container's ends cannot be made out in the picture"


@pytest.mark.parametrize("level", [1e-5, 0.4, 1.0], ids=["black", "grey", "white"])
def test_an_even_picture_does_no_harm(level: float) -> None:
    scan, box = draw(LIGHT)
    even = replace(scan, transmission_BHW=np.full_like(scan.transmission_BHW, level))
    found = weighed(even, box)
    assert found.missing is not None or found.lower_bound_only or (found.mass_kg or 0.0) >= 0.0


def test_without_a_code_a_dry_box_of_that_length_is_taken() -> None:
    scan, box = draw(HEAVY)
    known, guessed = weighed(scan, box, "22G1"), weighed(scan, box, None)
    assert guessed.mass_kg == pytest.approx(known.mass_kg, rel=0.02)
    assert guessed.room_m3 == known.room_m3


@given(st.floats(60.0, 400.0), st.floats(1.05, 1.6))
@settings(max_examples=6, deadline=None)
def test_denser_loads_weigh_more_and_stay_in_order(density: float, more: float) -> None:
    one, two = (weighed(*draw(Block(density=d))) for d in (density, density * more))
    assert (two.mass_kg or 0.0) > (one.mass_kg or 0.0)
    for found in (one, two):
        assert 0.0 <= (found.low_kg or 0.0) <= (found.mass_kg or 0.0) <= (found.high_kg or 1e9)


def test_a_wider_error_widens_the_interval() -> None:
    scan, box = draw(HEAVY)
    plain, wide = weighed(scan, box), weighed(scan, box, geometry_error=0.1)
    assert plain.mass_kg == wide.mass_kg
    assert (wide.low_kg or 0.0) < (plain.low_kg or 0.0) and (wide.high_kg or 0.0) > (plain.high_kg or 0.0)
