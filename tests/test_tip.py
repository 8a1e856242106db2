"""Threat image projection: transmissions multiply, and the box is where the object is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.tip import object_transmission, project
from scantally.detector.physics.transmission import transmission_picture

STEEL = np.zeros((20, 40), np.float32)
STEEL[5:15, 10:30] = 15.6  # g/cm2: 20 mm of steel


def sprite(steel: np.ndarray = STEEL) -> Sprite:
    return Sprite(label="firearm", layers={"steel": steel}, pitch_mm=4.4, mass_kg=1.0)


@given(st.integers(0, 60), st.integers(0, 20), st.floats(0.001, 1.0), st.floats(0.001, 0.9))
@settings(max_examples=40, deadline=None)
def test_transmissions_multiply(x: int, y: int, behind: float, through: float) -> None:
    scan = np.full((40, 100), behind, np.float32)
    thing = np.full((20, 40), through, np.float32)
    out, box = project(scan, thing, x, y)
    assert box == (x, y, x + 40, y + 20)
    assert out[y : y + 20, x : x + 40] == pytest.approx(np.float32(behind) * np.float32(through), rel=1e-6)
    outside = np.ones(scan.shape, np.bool_)
    outside[y : y + 20, x : x + 40] = False
    assert (out[outside] == scan[outside]).all()
    assert (scan == np.float32(behind)).all()  # the scan that was given is not touched


def test_order_does_not_matter() -> None:
    rng = np.random.default_rng(0)
    scan = rng.uniform(0.1, 1, (40, 100)).astype(np.float32)
    a, b = rng.uniform(0.3, 1, (2, 20, 40)).astype(np.float32)
    one = project(project(scan, a, 10, 5)[0], b, 30, 8)[0]
    other = project(project(scan, b, 30, 8)[0], a, 10, 5)[0]
    assert one == pytest.approx(other, rel=1e-6)


def test_the_box_holds_what_is_darker_and_not_the_margin() -> None:
    thing = np.ones((20, 40), np.float32)
    thing[5:9, 10:31] = 0.5
    thing[0, 0] = 0.99  # fainter than 2 %: nobody sees it
    assert project(np.ones((40, 100), np.float32), thing, 7, 3)[1] == (17, 8, 38, 12)


def test_an_object_that_darkens_nothing_has_no_area() -> None:
    out, box = project(np.ones((40, 100), np.float32), np.ones((5, 5), np.float32), 7, 3)
    assert box == (7, 3, 7, 3)
    assert (out == 1).all()


def test_a_scan_stays_a_scan() -> None:
    out, _ = project(np.full((9, 9), 1e-5, np.float32), np.full((9, 9), 1e-5, np.float32), 0, 0)
    assert float(out.min()) == pytest.approx(1e-6) and out.dtype == np.float32


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (61, 0), (0, 21)])
def test_an_object_outside_the_scan_is_an_error(x: int, y: int) -> None:
    with pytest.raises(ValueError, match=rf"object 40 x 20 at \({x}, {y}\) leaves the scan \(100, 40\)"):
        project(np.ones((40, 100), np.float32), np.ones((20, 40), np.float32), x, y)


@pytest.mark.parametrize("energy", [4.0, 6.0, 9.0])
def test_an_object_alone_has_the_transmission_of_its_material(energy: float) -> None:
    alone = object_transmission(sprite(), energy, 1.0, 1.0)
    assert alone.shape == (26, 46) and alone.dtype == np.float32
    expected = transmission_picture(energy, sprite().layers)
    assert alone[13, 23] == pytest.approx(float(expected[10, 20]), rel=1e-3)  # inside, away from the blurred edges
    assert alone[0, 0] == 1.0 and float(alone.max()) <= 1.0


def test_squeezed_along_the_movement() -> None:
    whole = object_transmission(sprite(), 6.0, 1.0, 1.0)
    half = object_transmission(sprite(), 6.0, 0.5, 1.0)
    assert half.shape == (26, 26)
    wide, narrow = (int((t < 0.9).any(axis=0).sum()) for t in (whole, half))
    assert abs(wide - 2 * narrow) <= 2


def test_the_smallest_object_keeps_two_pixels() -> None:
    assert object_transmission(sprite(), 6.0, 0.001, 0.001).shape == (8, 8)
