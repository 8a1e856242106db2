"""Which containers can be judged: by how much of the load's mass stands where the beam was stopped."""

from dataclasses import replace

import numpy as np
import pytest

from scantally.datasets.simulator.judge_load import inspectable_containers
from scantally.datasets.simulator.plan import Wishes
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.simulator.style import Style, draw_style
from scantally.detector.types import Box

BOX: Box = (10.0, 5.0, 90.0, 45.0)


def style(look: str) -> Style:
    return replace(draw_style(np.random.default_rng(0), look), open_grey=240.0)


@pytest.mark.parametrize(("columns", "expected"), [(0, True), (20, True), (21, False), (80, False)])
@pytest.mark.parametrize(("look", "dark", "light"), [("cal", 1e-3, 1.1e-3), ("A", 1.0 / 240, 2.0 / 240)])
def test_a_quarter_of_the_mass_may_be_hidden(
    look: str, dark: float, light: float, columns: int, expected: bool
) -> None:
    areal = np.ones((50, 100), np.float32)
    seen = np.full((1, 50, 100), light, np.float32)
    seen[:, :, 10 : 10 + columns] = dark
    assert inspectable_containers([BOX], areal, seen, style(look)) == (expected,)


def test_of_two_energies_the_better_counts() -> None:
    seen = np.stack([np.full((50, 100), 1e-4, np.float32), np.full((50, 100), 0.1, np.float32)])
    assert inspectable_containers([BOX], np.ones((50, 100), np.float32), seen, style("cal")) == (True,)


def test_what_the_picture_cuts_off_cannot_be_judged_and_nothing_hides_in_nothing() -> None:
    seen, none = np.full((1, 50, 100), 1e-5, np.float32), np.zeros((50, 100), np.float32)
    boxes: list[Box] = [(0.0, 5.0, 40.0, 45.0), (50.0, 5.0, 100.0, 45.0), (41.0, 5.0, 49.0, 45.0)]
    assert inspectable_containers(boxes, none, seen, style("cal")) == (False, False, True)


def test_the_truth_says_it() -> None:
    made = simulate_scan(11, 3, look="cal", wishes=Wishes(empty_share=1.0, object_share=0.0, deviation_share=0.0))
    assert [c.inspectable for c in made.truth.containers] == [
        c.box[0] > 0 and c.box[2] < made.truth.width for c in made.truth.containers
    ]
