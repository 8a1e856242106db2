"""Rip-off: foreign things by the doors, in the roof and in the floor."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.checks import ripoff
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import (
    Box,
    Case,
    ContainerView,
    Detections,
    Finding,
    Group,
    Manifest,
    ManifestLine,
    Penetration,
)

TABLE = Goods.model_validate(
    {"goods": {"09": {"title": "coffee"}, "73": {"title": "gas bottles", "objects": ["gas_cylinder"]}}}
)
SETTINGS = CheckSettings()
# 10 mm a pixel: a 40-foot container with 1.5 m at each end 150 px long, give or take.
BOX: Box = (100.0, 50.0, 1319.2, 309.0)
LOAD: Box = (300.0, 150.0, 1000.0, 280.0)
AT_LEFT: Box = (130.0, 200.0, 180.0, 260.0)
AT_RIGHT: Box = (1240.0, 200.0, 1290.0, 260.0)
MIDDLE: Box = (1080.0, 200.0, 1130.0, 260.0)
IN_LOAD: Box = (600.0, 200.0, 650.0, 240.0)
IN_ROOF: Box = (1050.0, 80.0, 1100.0, 110.0)
ON_LOAD: Box = (600.0, 100.0, 650.0, 145.0)
IN_FLOOR: Box = (1050.0, 285.0, 1100.0, 305.0)
THROUGH = Penetration(dense_share=0.01, dense_boxes=(), filled_share=0.4)
OPAQUE = Penetration(dense_share=0.34, dense_boxes=(LOAD,), filled_share=0.5)

COFFEE = {"hs_code": "0901", "description": "coffee"}
BOTTLES = {"hs_code": "7311", "description": "bottles"}
ODD = {"description": "goods"}
ENDS = "just inside the {} end, where the doors may be, apart from the load"
RIGHT, LEFT = ENDS.format("right"), ENDS.format("left")
CLEAR = "Nothing foreign was seen near the container's ends, in its roof or in its floor"


def manifest(*lines: dict[str, Any], **keys: Any) -> Manifest:  # noqa: ANN401
    return Manifest(lines=tuple(ManifestLine(**{"number": i, **x}) for i, x in enumerate(lines, 1)), **keys)


def case(
    paper: Manifest | None,
    *things: tuple[Box, str, float],
    loads: tuple[Box, ...] = (LOAD,),
    through: Penetration = THROUGH,
    size_type: str | None = "42G1",
    box: Box | None = BOX,
    **keys: Any,  # noqa: ANN401
) -> Case:
    rows = [(b, score, label, Group.OBJECT) for b, label, score in things]
    rows += [(b, 0.9, "sacks", Group.LOAD) for b in loads]
    rows += [(BOX, 0.3, "empty", Group.LOAD)]
    return Case(
        container=ContainerView(number=None, size_type=size_type, box=box),
        manifest=paper,
        detections=Detections.of(rows),
        penetration=through,
        pitch_mm=10.0,
        **keys,
    )


def only(findings: tuple[Finding, ...]) -> Finding:
    (found,) = findings
    return found


def bag(box: Box, score: float = 0.9, label: str = "brick_packages") -> tuple[Box, str, float]:
    return box, label, score


ROWS = [
    (
        manifest(COFFEE),
        bag(AT_RIGHT),
        "suspect",
        "high",
        "at_end",
        f"The scan shows brick packages {RIGHT} (0.90); no line explains that: it may be a rip-off.",
    ),
    (
        manifest(COFFEE),
        bag(AT_LEFT, label="firearm"),
        "suspect",
        "high",
        "at_end",
        f"The scan shows a firearm {LEFT} (0.90); no line explains that: it may be a rip-off.",
    ),
    (
        manifest(COFFEE),
        bag(AT_RIGHT, 0.3),
        "unknown",
        "medium",
        "possible",
        f"The scan shows what may be brick packages {RIGHT} (0.30); no line explains that, and the model is not sure of it.",
    ),
    (manifest(COFFEE), bag(AT_RIGHT, 0.24), "clear", "low", "none", f"{CLEAR}."),
    (manifest(COFFEE), bag(MIDDLE), "clear", "low", "none", f"{CLEAR}."),
    (manifest(COFFEE), bag(IN_LOAD), "clear", "low", "none", f"{CLEAR}."),
    (
        manifest(COFFEE),
        bag(ON_LOAD),
        "clear",
        "low",
        "none",
        f"{CLEAR}; the brick packages seen 5.2 m from the left end of the container lie in or on the load.",
    ),
    (
        manifest(COFFEE),
        bag(IN_ROOF, label="shield"),
        "suspect",
        "high",
        "in_structure",
        "The scan shows a shield in the roof or right under it 9.8 m from the left end of the container (0.90); no line explains that: it may be a rip-off.",
    ),
    (
        manifest(COFFEE),
        bag(IN_FLOOR, label="shield"),
        "suspect",
        "high",
        "in_structure",
        "The scan shows a shield in or on the floor 9.8 m from the left end of the container (0.90); no line explains that: it may be a rip-off.",
    ),
    (
        manifest(BOTTLES),
        bag(AT_RIGHT, label="gas_cylinder"),
        "clear",
        "low",
        "declared",
        f"Line 1 (HS 7311, bottles) explains the gas cylinder {RIGHT}.",
    ),
    (
        manifest(BOTTLES, BOTTLES),
        bag(AT_RIGHT, label="gas_cylinder"),
        "clear",
        "low",
        "declared",
        f"Line 1 (HS 7311, bottles) and Line 2 (HS 7311, bottles) explain the gas cylinder {RIGHT}.",
    ),
    (
        manifest(BOTTLES),
        bag(IN_FLOOR, label="gas_cylinder"),
        "unknown",
        "medium",
        "in_structure",
        "The scan shows a gas cylinder in or on the floor 9.8 m from the left end of the container (0.90); Line 1 (HS 7311, bottles) may explain it.",
    ),
    (
        manifest(ODD),
        bag(AT_RIGHT),
        "unknown",
        "high",
        "at_end",
        f"The scan shows brick packages {RIGHT} (0.90); Line 1 (goods) may explain it, without a known HS code.",
    ),
    (
        None,
        bag(AT_RIGHT),
        "unknown",
        "high",
        "at_end",
        f"The scan shows brick packages {RIGHT} (0.90). There is no manifest for this container that could explain it.",
    ),
]


@pytest.mark.parametrize(("paper", "thing", "verdict", "severity", "observation", "reason"), ROWS)
def test_ripoff(
    paper: Manifest | None, thing: tuple[Box, str, float], verdict: str, severity: str, observation: str, reason: str
) -> None:
    found = only(ripoff.check(case(paper, thing), SETTINGS, TABLE))
    assert (found.verdict.value, found.severity.value, found.observation) == (verdict, severity, observation)
    assert found.reason == reason


def test_each_foreign_thing_is_a_finding_of_its_own_surest_first() -> None:
    found = ripoff.check(case(manifest(COFFEE), bag(AT_LEFT, 0.6), bag(AT_RIGHT, 0.8)), SETTINGS, TABLE)
    assert [f.boxes for f in found] == [(AT_RIGHT,), (AT_LEFT,)]
    assert [f.score for f in found] == pytest.approx([0.8, 0.6])


def test_what_lies_in_the_load_near_an_end_is_not_passed_over_in_silence() -> None:
    deep: Box = (100.0, 100.0, 1300.0, 300.0)
    gun, another = bag(AT_LEFT, 0.3, "firearm"), bag(AT_RIGHT, 0.3, "firearm")
    one = only(ripoff.check(case(manifest(COFFEE), gun, loads=(deep,)), SETTINGS, TABLE))
    assert (one.verdict.value, one.observation) == ("clear", "none")
    assert one.reason == (
        f"{CLEAR}; the possible firearm seen 0.6 m from the left end of the container lies in or on the load."
    )
    two = only(ripoff.check(case(manifest(COFFEE), gun, another, bag(IN_LOAD), loads=(deep,)), SETTINGS, TABLE))
    assert two.reason == (
        f"{CLEAR}; the 2 possible firearms seen, the leftmost 0.6 m from the left end of the container, lie in or on the load."
    )


def test_an_absence_is_not_cleared_behind_dense_load() -> None:
    found = only(ripoff.check(case(manifest(COFFEE), through=OPAQUE), SETTINGS, TABLE))
    assert (found.verdict.value, found.observation) == ("unknown", "none")
    assert (
        found.reason == f"{CLEAR}, but 34 % of the container is too dense to see through, and something may hide there."
    )


def test_a_model_that_was_taught_no_object_clears_nothing() -> None:
    found = only(ripoff.check(case(manifest(COFFEE), findable=frozenset()), SETTINGS, TABLE))
    assert (found.verdict.value, found.observation) == ("unknown", None)
    assert found.reason == (
        "The model in use was not taught to find any object of interest, so a rip-off cannot be ruled out."
    )


def test_without_a_container_no_place_is_known() -> None:
    found = only(ripoff.check(case(manifest(COFFEE), bag(AT_RIGHT), box=None), SETTINGS, TABLE))
    assert (found.verdict.value, found.observation) == ("unknown", None)
    assert found.reason == "No container was located, so the places where rip-offs lie are not known."


def test_a_reefer_has_its_unit_at_one_end() -> None:
    scan, paper = case(manifest(COFFEE), bag(AT_RIGHT), size_type="45R1"), manifest(COFFEE, size_type="22 r1")
    for one in (scan, case(paper, bag(AT_RIGHT), size_type=None)):
        assert "where the doors or the reefer's unit may be" in only(ripoff.check(one, SETTINGS, TABLE)).reason


@pytest.mark.parametrize(
    ("size_type", "observation"), [("22G1", "at_end"), ("42G1", "none"), ("L5G1", "none"), (None, "none")]
)
def test_the_zones_are_as_long_as_the_container_lets_them_be(size_type: str | None, observation: str) -> None:
    # 200 px from the right end: a sixth of the length, 1.0 m of a 20-foot container and 2.0 m of a 40-foot one.
    thing = bag((1100.0, 200.0, 1140.0, 260.0))
    assert (
        only(ripoff.check(case(manifest(COFFEE), thing, size_type=size_type), SETTINGS, TABLE)).observation
        == observation
    )


def test_the_zones_do_not_rest_on_the_pitch_of_a_picture_that_is_squeezed() -> None:
    squeezed = Case(
        container=ContainerView(number=None, size_type="42G1", box=(0.0, 0.0, 400.0, 259.0)),
        manifest=manifest(COFFEE),
        detections=Detections.of([((365.0, 150.0, 385.0, 200.0), 0.9, "firearm", Group.OBJECT)]),
        penetration=THROUGH,
        pitch_mm=10.0,
    )
    assert only(ripoff.check(squeezed, SETTINGS, TABLE)).observation == "at_end"


@given(
    st.floats(0, 1190),
    st.floats(0, 240),
    st.floats(0, 1, width=16),
    st.sampled_from([None, manifest(COFFEE), manifest(BOTTLES), manifest(ODD)]),
)
@settings(max_examples=150, deadline=None)
def test_wherever_a_thing_lies_there_is_an_answer(x: float, y: float, score: float, paper: Manifest | None) -> None:
    thing = bag((100 + x, 50 + y, 120 + x, 65 + y), score, "gas_cylinder")
    found = only(ripoff.check(case(paper, thing), SETTINGS, TABLE))
    assert found.observation in ripoff.OBSERVATIONS
    assert (found.verdict.value == "suspect") <= (score >= SETTINGS.sure and paper is not None)
    assert found.reason.endswith(".")
