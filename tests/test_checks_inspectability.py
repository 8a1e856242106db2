"""What the check for what could be seen answers, sentence by sentence, where it is known which blocks would have been found."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inspectability_limits import COLUMNS, ROWS, cells, sizes
from test_checks_answers import BLACK, DENSE, GOODS, THROUGH, answers, case

from scantally.detector.checks.disposition import dispose
from scantally.detector.checks.inspectability import check, unjudged
from scantally.detector.config.checks import CheckSettings
from scantally.detector.types import BoolArray, Box, Disposition, Finding, Inspectability, Severity, Verdict

SETTINGS = CheckSettings(threat_steel_cm=20, threat_brick_cm=30, unjudged_clear=0.03, unjudged_release=0.5)
ALL = slice(None)

THROUGH_99 = "The beam got through 99 % of the container"
BLOCKS = "a steel block of 20 cm or a brick of 30 cm (1.2 g/cm³)"
MISSED = f"cannot be judged, because {BLOCKS} there is more likely to be missed than found"
OTHER_SIDE = "a scan from another side, or a look inside, would show what is there"
ENERGY = "a scan from another side or with higher energy, or a look inside, would show what is there"
THAT = "what cannot be judged does not hold up a release by this site's settings"
LITTLE = "so little does not hold up a release by this site's settings"
SHOWN = "Half of the load would have shown steel of 4 cm and bricks of 12 cm or more"
USUAL = f"{SHOWN}."
UNTOLD = f"{SHOWN}; 3 % of the load cannot be judged."
NOT_ANY = "would not have shown any block that was tried"


def blind(count: int, first: int = 0) -> BoolArray:
    """So many cells, column by column: 800 are the load."""
    made = np.zeros(ROWS * COLUMNS, np.bool_)
    made[first : first + count] = True
    return np.ascontiguousarray(made.reshape(COLUMNS, ROWS).T)


def judged(seen: Inspectability, mine: CheckSettings = SETTINGS, dense: float = 0.01) -> Finding:
    through = replace(THROUGH, dense_share=dense, dense_boxes=(DENSE,))
    (found,) = check(case(None, seen_through=through, inspectability=seen), mine, GOODS)
    assert found.check == "inspectability" and found.container == "CSQU3054383"
    return found


# One after another.


def test_where_everything_would_have_shown_it_is_clear() -> None:
    found = judged(sizes())
    assert answers((found,)) == [("clear", "low", f"{THROUGH_99}. {USUAL}")]
    assert not found.boxes and not found.tolerated


@pytest.mark.parametrize(
    ("count", "verdict", "severity", "tolerated", "reason"),
    [
        (24, "clear", "low", False, f"{THROUGH_99}."),
        (25, "unknown", "low", True, f"{THROUGH_99}, but 3 % of the load {MISSED}; {OTHER_SIDE}; {THAT}."),
        (80, "unknown", "low", True, f"{THROUGH_99}, but 10 % of the load {MISSED}; {OTHER_SIDE}; {THAT}."),
        (400, "unknown", "low", True, f"{THROUGH_99}, but 50 % of the load {MISSED}; {OTHER_SIDE}; {THAT}."),
        (401, "unknown", "medium", False, f"{THROUGH_99}, but 50 % of the load {MISSED}; {OTHER_SIDE}."),
        (600, "unknown", "medium", False, f"{THROUGH_99}, but 75 % of the load {MISSED}; {OTHER_SIDE}."),
        (799, "unknown", "medium", False, f"{THROUGH_99}, but more than 99 % of the load {MISSED}; {OTHER_SIDE}."),
        (800, "unknown", "medium", False, f"{THROUGH_99}, but 100 % of the load {MISSED}; {OTHER_SIDE}."),
    ],
)
def test_shares_of_the_load_that_cannot_be_judged(
    count: int, verdict: str, severity: str, tolerated: bool, reason: str
) -> None:
    found = judged(sizes(blind_hw=blind(count)))
    assert answers((found,)) == [(verdict, severity, f"{reason} {USUAL if verdict == 'unknown' else UNTOLD}")]
    assert found.tolerated == tolerated
    assert bool(found.boxes) == (count >= 50)


@pytest.mark.parametrize(
    ("dense", "count", "severity", "tolerated", "said"),
    [
        (0.04, 0, "low", True, f"4 % of the container is too dense to see through; {ENERGY}; {LITTLE}"),
        (
            0.04,
            80,
            "low",
            True,
            f"4 % of the container is too dense to see through, and 10 % of the load {MISSED}; {ENERGY}; {THAT}",
        ),
        (
            0.04,
            480,
            "medium",
            False,
            f"4 % of the container is too dense to see through, and 60 % of the load {MISSED}; {ENERGY}",
        ),
        (
            0.34,
            80,
            "medium",
            False,
            f"34 % of the container is too dense to see through, and 10 % of the load {MISSED}; {ENERGY}",
        ),
        (0.34, 24, "medium", False, f"34 % of the container is too dense to see through; {ENERGY}"),
        (
            0.5,
            480,
            "high",
            False,
            f"50 % of the container is too dense to see through, and 60 % of the load {MISSED}; {ENERGY}",
        ),
    ],
)
def test_what_is_too_dense_is_said_with_it(dense: float, count: int, severity: str, tolerated: bool, said: str) -> None:
    found = judged(sizes(blind_hw=blind(count)), dense=dense)
    assert answers((found,)) == [("unknown", severity, f"{said}. {UNTOLD if count == 24 else USUAL}")]
    assert found.tolerated == tolerated
    region: Box = (100.0, 50.0, 100.0 + count, 450.0)  # a column of 20 cells is 20 pixels wide
    assert found.boxes == ((DENSE, region) if count > 24 else (DENSE,))


def test_a_little_too_dense_is_neither_said_nor_bounded() -> None:
    found = judged(sizes(blind_hw=blind(80)), dense=0.03)
    reason = f"The beam got through 97 % of the container, but 10 % of the load {MISSED}; {OTHER_SIDE}; {THAT}. {USUAL}"
    assert found.reason == reason and found.boxes == ((100.0, 50.0, 180.0, 450.0),)


def test_a_picture_that_says_nothing_says_nothing_of_blocks() -> None:
    found = check(case(None, seen_through=BLACK, inspectability=sizes(blind_hw=blind(80))), SETTINGS, GOODS)
    reason = "The scan cannot be judged because the picture is black and no beam got through."
    assert answers(found) == [("unknown", "high", reason)] and not found[0].tolerated and not found[0].boxes


# Shares of what.


@pytest.mark.parametrize(
    ("load", "of", "share"), [(0, "the inside", "20 %"), (49, "the inside", "20 %"), (50, "the load", "100 %")]
)
def test_with_hardly_any_load_shares_are_of_the_inside(load: int, of: str, share: str) -> None:
    seen = sizes(load_hw=blind(load), blind_hw=blind(200))
    rest = f"Half of {of} would have shown steel of 4 cm and bricks of 12 cm or more."
    assert judged(seen).reason.startswith(f"{THROUGH_99}, but {share} of {of} {MISSED}; ")
    assert judged(seen).reason.endswith(f". {rest}")


def test_what_is_beside_the_load_does_not_count_where_there_is_one() -> None:
    beside = sizes(blind_hw=blind(200, first=800))
    assert answers((judged(beside),)) == [("clear", "low", f"{THROUGH_99}. {USUAL}")]
    assert judged(sizes(blind_hw=blind(200, first=800), load_hw=cells(ROWS, COLUMNS))).verdict is Verdict.UNKNOWN


def test_medians_are_of_the_load_alone() -> None:
    steel = np.full((ROWS, COLUMNS), 3.0, np.float32)
    steel[:, 40:] = 99.0
    steel[:, :19] = 7.0
    assert unjudged(sizes(steel_cm_hw=steel.copy())).median_cm == (3.0, 12.0)
    steel[:, :21] = 7.0
    assert unjudged(sizes(steel_cm_hw=steel.copy())).median_cm == (7.0, 12.0)


def test_with_no_inside_nothing_can_be_judged_and_nothing_was_shown() -> None:
    none = cells(ROWS, COLUMNS)
    found = unjudged(sizes(inside_hw=none, load_hw=none.copy()))
    assert found.share == 0.0 and not found.boxes and not found.stopped
    assert found.median_cm == (float("inf"), float("inf"))


# Sentences.


@pytest.mark.parametrize(
    ("steel", "brick", "words"),
    [
        (20.0, 30.0, BLOCKS),
        (20.0, None, "a steel block of 20 cm"),
        (None, 30.0, "a brick of 30 cm (1.2 g/cm³)"),
        (2.5, 100.0, "a steel block of 2.5 cm or a brick of 100 cm (1.2 g/cm³)"),
    ],
)
def test_only_what_is_of_interest_is_named(steel: float | None, brick: float | None, words: str) -> None:
    mine = SETTINGS.model_copy(update={"threat_steel_cm": steel, "threat_brick_cm": brick})
    found = judged(sizes(blind_hw=blind(80)), mine)
    said = f"10 % of the load cannot be judged, because {words} there is more likely to be missed than found"
    assert found.reason == f"{THROUGH_99}, but {said}; {OTHER_SIDE}; {THAT}. {USUAL}"


@pytest.mark.parametrize(
    ("steel", "brick", "rest"),
    [
        (4.0, 12.0, USUAL),
        (4.4, 11.6, USUAL),
        (np.inf, 12.0, "Half of the load would have shown bricks of 12 cm or more."),
        (4.0, np.inf, "Half of the load would have shown steel of 4 cm or more."),
        (np.inf, np.inf, f"Half of the load {NOT_ANY}."),
    ],
)
@pytest.mark.parametrize("scaled", [True, False])
def test_what_half_of_the_places_would_have_shown(steel: float, brick: float, rest: str, scaled: bool) -> None:
    seen = sizes(
        steel_cm_hw=np.full((ROWS, COLUMNS), steel, np.float32),
        brick_cm_hw=np.full((ROWS, COLUMNS), brick, np.float32),
        scaled=scaled,
    )
    rough = "" if scaled else " Sizes are rough: the pixel pitch is not known."
    assert judged(seen).reason == f"{THROUGH_99}. {rest}{rough}"


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, f"{SHOWN}."),
        (1, f"{SHOWN}; less than 1 % of the load cannot be judged."),
        (16, f"{SHOWN}; 2 % of the load cannot be judged."),
        (24, f"{SHOWN}; 3 % of the load cannot be judged."),
    ],
)
@pytest.mark.parametrize("scaled", [True, False])
def test_a_share_that_holds_up_nothing_is_told_last(count: int, said: str, scaled: bool) -> None:
    rough = "" if scaled else " Sizes are rough: the pixel pitch is not known."
    found = judged(sizes(blind_hw=blind(count), scaled=scaled))
    assert answers((found,)) == [("clear", "low", f"{THROUGH_99}. {said}{rough}")]


def test_a_share_that_holds_up_nothing_is_told_of_the_inside_and_where_no_block_would_have_shown() -> None:
    none = np.full((ROWS, COLUMNS), np.inf, np.float32)
    seen = sizes(steel_cm_hw=none, brick_cm_hw=none.copy(), load_hw=blind(0), blind_hw=blind(20))
    assert judged(seen).reason == f"{THROUGH_99}. Half of the inside {NOT_ANY}; 2 % of the inside cannot be judged."


def test_half_of_the_places_that_show_nothing_are_no_median() -> None:
    """Of an even number of places the middle two decide: 4 cm and never are never."""
    steel = np.full((ROWS, COLUMNS), 4.0, np.float32)
    steel[:, :20] = np.inf
    assert unjudged(sizes(steel_cm_hw=steel.copy())).median_cm == (float("inf"), 12.0)
    steel[0, 0] = 4.0
    assert unjudged(sizes(steel_cm_hw=steel.copy())).median_cm == (4.0, 12.0)


@pytest.mark.parametrize(
    ("stopped", "helps"), [(0, OTHER_SIDE), (40, OTHER_SIDE), (41, ENERGY), (80, ENERGY), (800, ENERGY)]
)
def test_higher_energy_helps_where_mostly_the_beam_was_stopped(stopped: int, helps: str) -> None:
    found = judged(sizes(blind_hw=blind(80), stopped_hw=blind(stopped)))
    assert found.reason == f"{THROUGH_99}, but 10 % of the load {MISSED}; {helps}; {THAT}. {USUAL}"


def test_where_the_beam_was_stopped_elsewhere_clutter_is_the_reason() -> None:
    assert not unjudged(sizes(blind_hw=blind(80), stopped_hw=blind(700, first=80))).stopped


# Regions.


def test_regions_are_bounded_largest_first() -> None:
    parts = (
        (slice(0, 8), slice(2, 12)),
        (slice(10, 18), slice(20, 32)),
        (slice(10, 16), slice(0, 10)),
    )  # 80, 96, 60 cells
    assert judged(sizes(blind_hw=cells(ROWS, COLUMNS, *parts))).boxes == (
        (500.0, 250.0, 740.0, 410.0),
        (140.0, 50.0, 340.0, 210.0),
        (100.0, 250.0, 300.0, 370.0),
    )


def test_at_most_three_regions_are_bounded_and_equal_ones_come_from_left_to_right() -> None:
    many = [(slice(row, row + 8), slice(left, left + 7)) for row in (0, 10) for left in (2, 20, 30)]
    boxes = judged(sizes(blind_hw=cells(ROWS, COLUMNS, *many))).boxes
    assert [box[:2] for box in boxes] == [(140.0, 50.0), (140.0, 250.0), (500.0, 50.0)]


def test_specks_are_not_bounded_but_count() -> None:
    """Of 1,000 cells inside, 49 are a speck and 50 are not."""
    parts = [(slice(0, 7), slice(left, left + 7)) for left in (0, 10)]
    found = judged(sizes(blind_hw=cells(ROWS, COLUMNS, *parts)))
    assert found.verdict is Verdict.UNKNOWN and "but 12 % of the load cannot" in found.reason and not found.boxes
    ten = cells(ROWS, COLUMNS, *parts, (slice(12, 17), slice(20, 30)))
    assert judged(sizes(blind_hw=ten)).boxes == ((500.0, 290.0, 700.0, 390.0),)


def test_what_touches_at_a_corner_is_two_regions() -> None:
    parts = ((slice(0, 8), slice(0, 8)), (slice(8, 16), slice(8, 16)))
    assert judged(sizes(blind_hw=cells(ROWS, COLUMNS, *parts))).boxes == (
        (100.0, 50.0, 260.0, 210.0),
        (260.0, 210.0, 420.0, 370.0),
    )


def test_only_what_counts_is_bounded() -> None:
    """Of a region that begins in the load the part beside it is left out."""
    assert judged(sizes(blind_hw=cells(ROWS, COLUMNS, (ALL, slice(36, 50))))).boxes == ((820.0, 50.0, 900.0, 450.0),)


# What it comes to.


@pytest.mark.parametrize(
    ("count", "expected"), [(0, Disposition.RELEASE), (400, Disposition.RELEASE), (401, Disposition.REVIEW)]
)
def test_what_is_not_tolerated_forbids_a_release(count: int, expected: Disposition) -> None:
    required = CheckSettings().release_requires
    assert "inspectability" in required
    quiet = [
        Finding(check=name, verdict=Verdict.CLEAR, severity=Severity.LOW, reason="Nothing.")
        for name in required
        if name != "inspectability"
    ]
    assert dispose([*quiet, judged(sizes(blind_hw=blind(count)))], SETTINGS) is expected


@given(
    seed=st.integers(0, 2**32 - 1),
    share=st.floats(0, 1),
    more=st.floats(0, 1),
    dense=st.sampled_from([0.01, 0.05, 0.2, 0.6]),
)
@settings(max_examples=100, deadline=None)
def test_more_that_cannot_be_judged_is_never_milder(seed: int, share: float, more: float, dense: float) -> None:
    drawn_hw = np.random.default_rng(seed).random((ROWS, COLUMNS))
    before, after = (judged(sizes(blind_hw=drawn_hw < limit), dense=dense) for limit in (share, max(share, more)))
    ranks = [(not f.tolerated and f.verdict is Verdict.UNKNOWN, f.verdict is Verdict.UNKNOWN) for f in (before, after)]
    assert ranks[0] <= ranks[1]
    for found in (before, after):
        assert not found.tolerated or (found.verdict is Verdict.UNKNOWN and found.severity is Severity.LOW)
        assert all(100 <= x0 < x1 <= 1100 and 50 <= y0 < y1 <= 450 for x0, y0, x1, y1 in found.boxes if found.boxes)


@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_the_share_is_that_of_a_plain_count(seed: int, share: float) -> None:
    rng = np.random.default_rng(seed)
    missed, loaded = rng.random((2, ROWS, COLUMNS)) < np.array([share, rng.random()])[:, None, None]
    found = unjudged(sizes(blind_hw=missed.copy(), load_hw=loaded.copy()))
    counted = [bool(a) for a, b in zip(missed.flat, loaded.flat, strict=True) if b or loaded.sum() < 50]
    assert found.share == pytest.approx(sum(counted) / len(counted))
    assert found.of == ("the load" if loaded.sum() >= 50 else "the inside")
