"""How dense a drawn block is beside what surrounds it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.evidence.anomalies import with_anomalies
from scantally.detector.maps.surroundings import step_at
from scantally.detector.types import Anomaly, Box, Case, ContainerView, Penetration, Provenance, Scan

BOX: Box = (80.0, 60.0, 120.0, 90.0)


def scan_of(depth_HW: np.ndarray, valid_HW: np.ndarray | None = None, bands: int = 1) -> Scan:
    """A scan whose -ln T is as given in the band that sees deepest."""
    t = np.full((bands, *depth_HW.shape), 0.5, np.float32)
    t[-1] = np.exp(-depth_HW)
    return Scan(
        transmission_BHW=t,
        valid_HW=np.ones(depth_HW.shape, np.bool_) if valid_HW is None else valid_HW,
        floor=1e-4,
        pitch_mm=4.4,
        energies_mv=None,
        calibrated=False,
        provenance=Provenance(source="x", sha256="0" * 64, format="test"),
    )


def block(inner: float, outer: float = 1.0, box: Box = BOX) -> np.ndarray:
    depth = np.full((150, 200), outer)
    depth[int(box[1]) : int(box[3]), int(box[0]) : int(box[2])] = inner
    return depth


@given(inner=st.floats(0, 6), outer=st.floats(0, 6))
@settings(max_examples=30, deadline=None)
def test_a_blocks_step_is_its_depth_less_that_around(inner: float, outer: float) -> None:
    assert step_at(scan_of(block(inner, outer)), BOX) == pytest.approx(inner - outer, abs=1e-4)


def test_the_band_that_sees_deepest_is_compared() -> None:
    assert step_at(scan_of(block(2.0), bands=2), BOX) == pytest.approx(1.0, abs=1e-5)


def test_what_lies_at_a_boxs_rim_does_not_decide() -> None:
    """The thing that is strange need not fill its box: a fifth on each side is neither in nor around."""
    depth = block(1.0)
    depth[66:84, 88:112] = 3.0
    assert step_at(scan_of(depth), BOX) == pytest.approx(2.0, abs=1e-5)
    depth = block(9.0)
    depth[66:84, 88:112] = 3.0
    assert step_at(scan_of(depth), BOX) == pytest.approx(2.0, abs=1e-5)


def test_an_edge_that_runs_through_either_does_not_decide() -> None:
    depth = block(2.0)
    depth[:, 98:102] = 9.0  # a post
    depth[40:44] = 9.0
    assert step_at(scan_of(depth), BOX) == pytest.approx(1.0, abs=1e-5)


def test_surroundings_end_at_three_quarters_of_the_longer_side() -> None:
    depth = np.full((150, 200), 7.0)
    depth[30:120, 50:150] = 1.0  # 0.75 * 40 px around the box
    depth[60:90, 80:120] = 2.0
    assert step_at(scan_of(depth), BOX) == pytest.approx(1.0, abs=1e-5)
    depth[30:120, 50:150][depth[30:120, 50:150] == 1.0] = 7.0
    assert step_at(scan_of(depth), BOX) == pytest.approx(-5.0, abs=1e-5)


def test_what_surrounds_a_box_ends_at_the_container() -> None:
    depth = block(2.0)
    depth[:, 120:] = 0.0  # beyond the container
    depth[:60], depth[90:] = 0.0, 0.0
    assert step_at(scan_of(depth), BOX) == pytest.approx(2.0, abs=1e-5)
    assert step_at(scan_of(depth), BOX, within=(0.0, 60.0, 120.0, 90.0)) == pytest.approx(1.0, abs=1e-5)


def test_dead_pixels_are_neither_in_nor_around() -> None:
    depth, valid = block(2.0), np.ones((150, 200), np.bool_)
    depth[60:76, 80:120], valid[60:76, 80:120] = 9.0, False  # more than half of the box
    depth[:, 120:], valid[:, 120:] = 8.0, False
    assert step_at(scan_of(depth, valid), BOX) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((-40.0, 60.0, 20.0, 90.0), 1.0),
        ((180.0, 60.0, 230.0, 90.0), 1.0),
        ((80.0, -30.0, 120.0, 30.0), 1.0),
        ((80.0, 130.0, 120.0, 190.0), 1.0),
    ],
)
def test_of_a_box_partly_outside_of_the_scan_the_part_inside_is_compared(box: Box, expected: float) -> None:
    inner = (max(0.0, box[0]), max(0.0, box[1]), min(200.0, box[2]), min(150.0, box[3]))
    assert step_at(scan_of(block(2.0, box=inner)), box) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    "box",
    [
        (300.0, 60.0, 340.0, 90.0),
        (-90.0, -60.0, -20.0, -30.0),
        (0.0, 0.0, 200.0, 150.0),  # nothing is around
        (80.0, 60.0, 84.0, 64.0),  # too small to have an inside
        (80.0, 60.0, 80.0, 60.0),
    ],
)
def test_where_there_is_nothing_to_compare_nothing_is_said(box: Box) -> None:
    assert step_at(scan_of(block(2.0)), box) is None


def test_so_where_all_is_dead() -> None:
    depth = block(2.0)
    inside, around = np.ones((150, 200), np.bool_), np.zeros((150, 200), np.bool_)
    inside[60:90, 80:120], around[60:90, 80:120] = False, True
    assert step_at(scan_of(depth, inside), BOX) is None
    assert step_at(scan_of(depth, around), BOX) is None
    assert step_at(scan_of(depth), BOX, within=BOX) is None
    assert step_at(scan_of(depth), BOX, within=(500.0, 0.0, 900.0, 150.0)) is None


# Which container an anomaly belongs to.


def case(box: Box | None) -> Case:
    return Case(
        container=ContainerView(number=None, size_type=None, box=box),
        manifest=None,
        penetration=Penetration(dense_share=0.0, dense_boxes=(), filled_share=0.5),
    )


def anomaly(x: float, y: float = 75.0) -> Anomaly:
    return Anomaly(box=(x - 20.0, y - 15.0, x + 20.0, y + 15.0), rate=0.1, score=0.9)


def test_each_container_has_those_whose_middle_lies_in_it() -> None:
    scan = scan_of(np.ones((150, 200)))
    found = [anomaly(30), anomaly(95), anomaly(105), anomaly(150, 5.0)]
    left, right = case((0.0, 20.0, 100.0, 140.0)), case((100.0, 20.0, 200.0, 140.0))
    assert [a.box for a in with_anomalies(left, scan, found).anomalies or ()] == [found[0].box, found[1].box]
    assert [a.box for a in with_anomalies(right, scan, found).anomalies or ()] == [found[2].box]
    assert [a.box for a in with_anomalies(case(None), scan, found).anomalies or ()] == [a.box for a in found]


def test_a_middle_on_the_edge_lies_in_the_container() -> None:
    scan = scan_of(np.ones((150, 200)))
    assert with_anomalies(case((95.0, 20.0, 200.0, 140.0)), scan, [anomaly(95)]).anomalies != ()


def test_each_says_how_dense_it_is_beside_what_surrounds_it_in_its_container() -> None:
    depth = block(2.0)
    depth[:, 120:] = 0.0
    scan = scan_of(depth)
    (one,) = with_anomalies(case((0.0, 0.0, 120.0, 150.0)), scan, [anomaly(100)]).anomalies or ()
    assert one.step == pytest.approx(1.0, abs=1e-5)
    (one,) = with_anomalies(case(None), scan, [anomaly(100)]).anomalies or ()
    assert one.step == step_at(scan, BOX)


def test_nobody_looked_is_not_nothing_found() -> None:
    scan, one = scan_of(np.ones((150, 200))), case(None)
    assert with_anomalies(one, scan, None) is one and one.anomalies is None
    assert with_anomalies(one, scan, []).anomalies == ()
