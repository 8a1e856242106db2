"""What the check for anomalies answers, sentence by sentence."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.checks.anomaly import OBSERVATIONS, STEP, check, observed, rarity
from scantally.detector.checks.sentences import region_size
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import load_goods
from scantally.detector.types import (
    Anomaly,
    Box,
    Case,
    ContainerView,
    Detections,
    Group,
    Manifest,
    ManifestLine,
    Penetration,
    SecondWall,
    ThickFloor,
    Verdict,
    Weighing,
)

GOODS = load_goods()
SETTINGS = CheckSettings()
BOX: Box = (100.0, 50.0, 1100.0, 450.0)
PLACE: Box = (300.0, 200.0, 370.0, 290.0)
DENSE: Box = (500.0, 200.0, 700.0, 400.0)

Row = tuple[Box, float, str, Group]
CARTONS: Row = ((150.0, 100.0, 600.0, 440.0), 0.9, "cartons", Group.LOAD)
DRUMS: Row = ((150.0, 100.0, 600.0, 440.0), 0.6, "drums", Group.LOAD)
FARTHER: Row = ((600.0, 100.0, 1000.0, 440.0), 0.95, "sacks", Group.LOAD)
EMPTY: Row = (BOX, 0.9, "empty", Group.LOAD)


def strange(step: float | None = 0.4, rate: float = 0.02, box: Box = PLACE) -> Anomaly:
    return Anomaly(box=box, rate=rate, score=round(1.0 - rate, 3), step=step)


def case(
    *found: Anomaly,
    rows: tuple[Row, ...] = (CARTONS,),
    box: Box | None = BOX,
    pitch: float | None = 4.4,
    dense: float = 0.01,
    why: str | None = None,
) -> Case:
    return Case(
        container=ContainerView(number="CSQU3054383", size_type=None, box=box),
        manifest=None,
        detections=Detections.of(list(rows)),
        penetration=Penetration(
            dense_share=dense,
            dense_boxes=(DENSE,) if dense > 0.03 else (),
            filled_share=0.4,
            judgeable=why is None,
            why=why,
        ),
        pitch_mm=pitch,
        anomalies=found,
    )


def thing(score: float, box: Box = PLACE, label: str = "firearm") -> Row:
    return box, score, label, Group.OBJECT


HERE = "A region of 31 × 40 cm, 1.0 m from the left end of the container,"
IN_PIXELS = "A region of 70 × 90 pixels, at 24 % of the container's length from its left end,"
FARTHER_ON = "A region of 9 × 4 cm, 2.7 m from the left end of the container,"
DIFFERENT = "it is as dense as what surrounds it, but looks different"
DENSER = "it is denser than what surrounds it"
RARE = "about one clean scan in 50 shows one as strange"
NONE = "No region was found that is unlike the rest of the container"

WALL = SecondWall(box=(230.0, 50.0, 244.0, 450.0), contrast=0.6, room_mm=580.0)
WALLED = (
    "A line from floor to roof, 0.6 m from the left end of the container, looks like a second end wall: "
    "0.6 m of room behind it would be closed off."
)

THICK = ThickFloor(box=(110.0, 400.0, 1090.0, 425.0), thicker_mm=142.0, bare_share=1.0)
FLOORED = Weighing(mass_kg=0.0, floor=THICK)
THICKER = "Where the floor lies bare it is about 14 cm thicker than {usual}, evenly from end to end: a false floor, or goods laid out flat."


def papers(*codes: str | None) -> Manifest:
    lines = tuple(ManifestLine(number=k, description=None, hs_code=code) for k, code in enumerate(codes, 1))
    return Manifest(container_number=None, size_type="22G1", lines=lines)


def heavy() -> Weighing:
    """Cells of 5 cm, 80 g/cm2 everywhere but over one metre, which has 400: 340 and 1,720 kg in each m3."""
    areal_hw = np.full((36, 86), 80.0, np.float32)
    areal_hw[8:28, 40:60] = 400.0
    return Weighing(mass_kg=9000.0, areal_hw=areal_hw, areal_box=(150.0, 60.0, 150.0 + 86 * 11.0, 60.0 + 36 * 11.0))


HEAVY = heavy()
BEYOND = (
    "A region of 106 × 106 cm, 2.6 m from the left end of the container, is denser than the declared goods can lie: even spread over the "
    "container's whole width it weighs 1,720 kg in each m3, and the declared goods, line 1 (HS 0901, coffee), at most 750."
)

TABLE: dict[str, tuple[Case, list[tuple[str, str, str | None, str]]]] = {
    "nothing looked": (
        replace(case(), anomalies=None),
        [("unknown", "low", None, "Nothing looked for what does not belong here: the model in use cannot.")],
    ),
    "a second wall": (
        replace(case(), second_walls=(WALL,)),
        [("suspect", "medium", "wall", WALLED)],
    ),
    "a second wall, and nothing looked": (
        replace(case(), second_walls=(WALL,), anomalies=None),
        [
            ("suspect", "medium", "wall", WALLED),
            ("unknown", "low", None, "Nothing looked for what does not belong here: the model in use cannot."),
        ],
    ),
    "a thick floor where no papers name the type": (
        replace(case(), weighing=FLOORED),
        [("clear", "low", "none", f"{NONE}.")],
    ),
    "a thick floor where the papers name the type": (
        replace(case(), weighing=FLOORED, manifest=papers()),
        [("suspect", "medium", "floor", THICKER.format(usual="that of a container of size and type 22G1"))],
    ),
    "a layer that is all there is of the declared goods": (
        replace(case(), weighing=FLOORED, manifest=papers("7208")),
        [("clear", "low", "none", f"{NONE}.")],
    ),
    "a thick floor beside declared goods": (
        replace(case(), weighing=replace(FLOORED, floor=replace(THICK, bare_share=0.6)), manifest=papers("7208")),
        [("suspect", "medium", "floor", THICKER.format(usual="that of a container of size and type 22G1"))],
    ),
    "a thick floor in what cannot be judged": (
        replace(case(strange(), why="it is black"), weighing=FLOORED, manifest=papers()),
        [
            ("suspect", "medium", "floor", THICKER.format(usual="that of a container of size and type 22G1")),
            (
                "unknown",
                "medium",
                "none",
                "No region can be called strange: the scan cannot be judged because it is black.",
            ),
        ],
    ),
    "denser than the goods": (
        replace(case(), weighing=HEAVY, manifest=papers("0901")),
        [("suspect", "medium", "beyond_goods", BEYOND)],
    ),
    "a strange region and denser than the goods": (
        replace(case(strange(0.4)), weighing=HEAVY, manifest=papers("0901")),
        [
            ("suspect", "medium", "denser", f"{HERE} is unlike the other cartons here: {DENSER}; {RARE}."),
            ("suspect", "medium", "beyond_goods", BEYOND),
        ],
    ),
    "no denser than the densest of the goods": (
        replace(case(), weighing=HEAVY, manifest=papers("0901", "7208")),
        [("clear", "low", "none", f"{NONE}.")],
    ),
    "of goods that nobody knows": (
        replace(case(), weighing=HEAVY, manifest=papers("0901", None)),
        [("clear", "low", "none", f"{NONE}.")],
    ),
    "of goods that are uneven": (
        replace(case(), weighing=HEAVY, manifest=papers("8703")),
        [("clear", "low", "none", f"{NONE}.")],
    ),
    "a second wall and a strange region": (
        replace(case(strange(0.4)), second_walls=(WALL,)),
        [
            ("suspect", "medium", "wall", WALLED),
            ("suspect", "medium", "denser", f"{HERE} is unlike the other cartons here: {DENSER}; {RARE}."),
        ],
    ),
    "nothing strange": (case(), [("clear", "low", "none", f"{NONE}.")]),
    "nothing strange and no container": (
        case(box=None),
        [("clear", "low", "none", "No region was found that is unlike the rest of the scan.")],
    ),
    "denser": (
        case(strange(0.4)),
        [("suspect", "medium", "denser", f"{HERE} is unlike the other cartons here: {DENSER}; {RARE}.")],
    ),
    "within what is not counted by the piece": (
        case(strange(), rows=(((150.0, 100.0, 600.0, 440.0), 0.9, "timber", Group.LOAD),)),
        [("suspect", "medium", "denser", f"{HERE} is unlike the rest of the timber here: {DENSER}; {RARE}.")],
    ),
    "less dense": (
        case(strange(-0.4)),
        [
            (
                "suspect",
                "medium",
                "less_dense",
                f"{HERE} is unlike the other cartons here: it is less dense than what surrounds it; {RARE}.",
            )
        ],
    ),
    "of another structure": (
        case(strange(-0.05)),
        [
            (
                "suspect",
                "medium",
                "other",
                f"{HERE} is unlike the other cartons here: {DIFFERENT}; {RARE}.",
            )
        ],
    ),
    "without a pitch": (
        case(strange(), pitch=None),
        [
            (
                "suspect",
                "medium",
                "denser",
                f"{IN_PIXELS} is unlike the other cartons here: {DENSER}; {RARE}.",
            )
        ],
    ),
    "no container": (
        case(strange(), rows=(), box=None),
        [
            (
                "suspect",
                "medium",
                "denser",
                f"A region of 31 × 40 cm, at column 335 of the scan, is unlike the rest of the scan: {DENSER}; {RARE}.",
            )
        ],
    ),
    "in an empty container": (
        case(strange(), rows=(EMPTY,)),
        [("suspect", "medium", "denser", f"{HERE} is unlike an empty container: {DENSER}; {RARE}.")],
    ),
    "no load was named": (
        case(strange(), rows=()),
        [("suspect", "medium", "denser", f"{HERE} is unlike the rest of the container: {DENSER}; {RARE}.")],
    ),
    "a load that lies elsewhere": (
        case(strange(), rows=(FARTHER,)),
        [("suspect", "medium", "denser", f"{HERE} is unlike the rest of the container: {DENSER}; {RARE}.")],
    ),
    "of two loads at one place the surer": (
        case(strange(), rows=(DRUMS, CARTONS, FARTHER, EMPTY)),
        [("suspect", "medium", "denser", f"{HERE} is unlike the other cartons here: {DENSER}; {RARE}.")],
    ),
    "at the allowed rate": (
        case(strange(rate=0.2)),
        [
            (
                "suspect",
                "medium",
                "denser",
                f"{HERE} is unlike the other cartons here: {DENSER}; about one clean scan in 5 shows one as strange.",
            )
        ],
    ),
    "not rare enough": (case(strange(rate=0.2001)), [("clear", "low", "none", f"{NONE}.")]),
    "an object that is named": (case(strange(), rows=(thing(0.9),)), [("clear", "low", "none", f"{NONE}.")]),
    "an object that may be one": (
        case(strange(), rows=(thing(SETTINGS.unsure),)),
        [("clear", "low", "none", f"{NONE}.")],
    ),
    "too faint an object": (
        case(strange(), rows=(thing(SETTINGS.unsure - 0.01),)),
        [("suspect", "medium", "denser", f"{HERE} is unlike the rest of the container: {DENSER}; {RARE}.")],
    ),
    "an object within it": (
        case(strange(), rows=(thing(0.9, (310.0, 210.0, 330.0, 220.0)),)),
        [("clear", "low", "none", f"{NONE}.")],
    ),
    "an object around it": (
        case(strange(), rows=(thing(0.9, (200.0, 100.0, 800.0, 440.0), "vehicle"),)),
        [("clear", "low", "none", f"{NONE}.")],
    ),
    "an object that just touches it": (
        case(strange(), rows=(thing(0.9, (350.0, 200.0, 420.0, 290.0)),)),
        [("suspect", "medium", "denser", f"{HERE} is unlike the rest of the container: {DENSER}; {RARE}.")],
    ),
    "a load is no object": (
        case(strange(), rows=((PLACE, 0.9, "cartons", Group.LOAD),)),
        [("suspect", "medium", "denser", f"{HERE} is unlike the other cartons here: {DENSER}; {RARE}.")],
    ),
    "too dense to tell": (
        case(dense=0.34),
        [
            (
                "unknown",
                "medium",
                "none",
                f"{NONE}, but 34 % of the container is too dense to see through, and something may hide there.",
            )
        ],
    ),
    "a little too dense": (
        case(dense=0.05),
        [
            (
                "unknown",
                "low",
                "none",
                f"{NONE}, but 5 % of the container is too dense to see through, and something may hide there.",
            )
        ],
    ),
    "no picture": (
        case(strange(), why="the picture is black and no beam got through"),
        [
            (
                "unknown",
                "medium",
                "none",
                "No region can be called strange: the scan cannot be judged because the picture is black and no beam got through.",
            )
        ],
    ),
    "strange beside what is too dense": (
        case(strange(), dense=0.34),
        [("suspect", "medium", "denser", f"{HERE} is unlike the other cartons here: {DENSER}; {RARE}.")],
    ),
    "several": (
        case(strange(0.4, 0.004), strange(None, 0.1, (700.0, 300.0, 720.0, 310.0)), strange(1.0, 0.3)),
        [
            (
                "suspect",
                "medium",
                "denser",
                f"{HERE} is unlike the other cartons here: {DENSER}; fewer than one clean scan in a hundred shows one as strange.",
            ),
            (
                "suspect",
                "medium",
                "other",
                f"{FARTHER_ON} is unlike the rest of the container: {DIFFERENT}; about one clean scan in 10 shows one as strange.",
            ),
        ],
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_answers(name: str) -> None:
    one, expected = TABLE[name]
    findings = check(one, SETTINGS, GOODS)
    assert [(f.verdict.value, f.severity.value, f.observation, f.reason) for f in findings] == expected
    assert {f.check for f in findings} == {"anomaly"} and {f.container for f in findings} == {"CSQU3054383"}


def test_a_finding_shows_its_region_and_how_sure_it_is() -> None:
    first, second = strange(0.4, 0.004), strange(None, 0.1, (700.0, 300.0, 720.0, 310.0))
    findings = check(case(first, second), SETTINGS, GOODS)
    assert [(f.boxes, f.score) for f in findings] == [((first.box,), 0.996), ((second.box,), 0.9)]
    assert not any(f.tolerated for f in findings)


@pytest.mark.parametrize(("dense", "tolerated"), [(0.01, False), (0.05, True), (0.34, False)])
def test_what_is_hidden_is_shown_and_a_little_of_it_tolerated(dense: float, tolerated: bool) -> None:
    (one,) = check(case(dense=dense), SETTINGS, GOODS)
    assert one.tolerated is tolerated and one.boxes == ((DENSE,) if dense > 0.03 else ()) and one.score is None


def test_the_site_says_how_rare_is_strange() -> None:
    found = case(strange(rate=0.004), strange(rate=0.5, box=(700.0, 300.0, 720.0, 310.0)))
    counts = {
        rate: sum(f.verdict is Verdict.SUSPECT for f in check(found, CheckSettings(anomaly_rate=rate), GOODS))
        for rate in (0.0, 0.003, 0.004, 0.2, 0.5, 1.0)
    }
    assert counts == {0.0: 0, 0.003: 0, 0.004: 1, 0.2: 1, 0.5: 2, 1.0: 2}
    for rate in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="anomaly_rate"):
            CheckSettings(anomaly_rate=rate)


@pytest.mark.parametrize(
    ("step", "word"),
    [
        (None, "other"),
        (0.0, "other"),
        (STEP, "denser"),
        (STEP - 1e-6, "other"),
        (-STEP, "less_dense"),
        (1e-6 - STEP, "other"),
        (9.0, "denser"),
        (-9.0, "less_dense"),
    ],
)
def test_a_tenth_of_the_beam_is_a_step(step: float | None, word: str) -> None:
    assert observed(strange(step)) == word and word in OBSERVATIONS


@pytest.mark.parametrize(
    ("rate", "said"),
    [
        (0.0, "fewer than one clean scan in a hundred shows one as strange"),
        (0.0099, "fewer than one clean scan in a hundred shows one as strange"),
        (0.01, "about one clean scan in 100 shows one as strange"),
        (0.033, "about one clean scan in 30 shows one as strange"),
        (0.5, "about one clean scan in 2 shows one as strange"),
        (0.66, "about one clean scan in 2 shows one as strange"),
        (0.67, "clean scans show about one as strange"),
        (1.0, "clean scans show about one as strange"),
    ],
)
def test_how_rare_it_is_in_words(rate: float, said: str) -> None:
    assert rarity(rate) == said


def test_sizes_are_in_centimetres_where_they_are_known() -> None:
    assert region_size(PLACE, case()) == "a region of 31 × 40 cm"
    assert region_size(PLACE, case(pitch=10.0)) == "a region of 70 × 90 cm"
    assert region_size(PLACE, case(pitch=None)) == "a region of 70 × 90 pixels"


anomalies = st.builds(
    strange,
    step=st.none() | st.floats(-5, 5),
    rate=st.floats(0, 1),
    box=st.tuples(st.integers(0, 1000), st.integers(0, 400), st.integers(1, 200), st.integers(1, 200)).map(
        lambda v: (float(v[0]), float(v[1]), float(v[0] + v[2]), float(v[1] + v[3]))
    ),
)


@given(found=st.lists(anomalies, max_size=6), rate=st.floats(0, 1), score=st.floats(0, 1, width=16))
@settings(max_examples=60, deadline=None)
def test_it_always_answers_and_says_each_region_once(found: list[Anomaly], rate: float, score: float) -> None:
    one = case(*found, rows=(thing(score), CARTONS))
    findings = check(one, CheckSettings(anomaly_rate=rate), GOODS)
    assert findings and findings == check(one, CheckSettings(anomaly_rate=rate), GOODS)
    boxes = [f.boxes[0] for f in findings if f.verdict is Verdict.SUSPECT]
    assert boxes == [a.box for a in found if a.box in boxes and a.rate <= rate][: len(boxes)]
    for f in findings:
        assert f.reason.endswith(".") and "\n" not in f.reason and f.observation in OBSERVATIONS
        assert f.verdict in (Verdict.SUSPECT, Verdict.CLEAR)
    if not any(a.rate <= rate for a in found):
        assert [f.verdict for f in findings] == [Verdict.CLEAR]
