"""Goods and missing lines, sentence by sentence: blocks of load against what the lines let expect."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.checks import goods, missing
from scantally.detector.checks.likeness import Grade, either, expectations, grade, looks, stretch
from scantally.detector.checks.sentences import numbered
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import (
    Box,
    Case,
    ContainerView,
    Detections,
    Finding,
    Group,
    LoadBlock,
    Manifest,
    ManifestLine,
    Penetration,
)

TABLE = Goods.model_validate(
    {
        "goods": {
            "09": {"title": "coffee, tea and spices", "loads": {"sacks": 1, "big_bags": 0.6}},
            "22": {"title": "drinks", "loads": {"tank": 1, "drums": 0.3}},
            "84": {"title": "machines", "loads": {"machinery": 1}},
            "87": {"title": "vehicles", "loads": {"machinery": 0.3}, "objects": ["vehicle"]},
            "02": {"title": "meat", "loads": {"meat": 1, "cartons": 0.3}},
            "97": {"title": "art and antiques"},
            "76": {"title": "aluminium", "loads": {"cartons": 1, "coils": 0.6}, "strange": ["sacks"]},
            "72": {"title": "iron and steel", "loads": {"coils": 1}, "strange": ["sacks"]},
        },
        "package_kinds": {"DR": {"title": "drum", "load": "drums"}},
    }
)
SETTINGS = CheckSettings()
LABELS = ("sacks", "big_bags", "machinery", "tank", "drums", "cartons")
BOX: Box = (100.0, 50.0, 1100.0, 450.0)
LEFT: Box = (120.0, 100.0, 560.0, 440.0)
RIGHT: Box = (600.0, 100.0, 1080.0, 440.0)
THROUGH = Penetration(dense_share=0.01, dense_boxes=(), filled_share=0.4)
OPAQUE = Penetration(dense_share=0.34, dense_boxes=((300.0, 200.0, 500.0, 400.0),), filled_share=0.5)
BLACK = Penetration(
    dense_share=1, dense_boxes=(), filled_share=0, judgeable=False, why="the picture is black and no beam got through"
)
HIDES = "34 % of the container is too dense to see through, and something may hide there"

COFFEE = {"hs_code": "0901", "description": "coffee", "gross_mass_kg": 1000}
WINE = {"hs_code": "2204", "description": "wine", "gross_mass_kg": 1000}
LATHE = {"hs_code": "8458", "description": "lathes", "gross_mass_kg": 1000}
HAM = {"hs_code": "0203", "description": "ham", "gross_mass_kg": 1000}
CAR = {"hs_code": "8703", "description": "car", "gross_mass_kg": 1000}
COILS = {"hs_code": "7210", "description": "coils", "gross_mass_kg": 1000}
ODD = {"description": "goods", "gross_mass_kg": 1000}


def block(box: Box = LEFT, **scores: float) -> LoadBlock:
    return LoadBlock(box=box, scores=dict.fromkeys(LABELS, 0.0) | scores)


def manifest(*lines: dict[str, Any], **keys: Any) -> Manifest:  # noqa: ANN401
    return Manifest(lines=tuple(ManifestLine(**{"number": i, **x}) for i, x in enumerate(lines, 1)), **keys)


def case(paper: Manifest | None, *blocks: LoadBlock, through: Penetration = THROUGH, **keys: Any) -> Case:  # noqa: ANN401
    fields: dict[str, Any] = {"pitch_mm": 10.0, "blocks": blocks, "loads": frozenset((*LABELS, "empty"))}
    return Case(
        container=ContainerView(number=None, size_type=None, box=BOX),
        manifest=paper,
        penetration=through,
        **{**fields, **keys},
    )


def said(findings: tuple[Finding, ...]) -> list[tuple[str, str, str | None, str]]:
    return [(f.verdict.value, f.severity.value, f.observation, f.reason) for f in findings]


SACKS, MACHINE = block(sacks=0.9), block(machinery=0.95)

GOODS_ROWS = [
    (
        None,
        [SACKS],
        THROUGH,
        "unknown",
        "low",
        None,
        "There is no manifest for this container, so its load cannot be compared with goods.",
    ),
    (
        manifest(empty=True),
        [SACKS],
        THROUGH,
        "unknown",
        "low",
        "declared_empty",
        "The container is declared empty: whether it is, is another check's matter.",
    ),
    (
        manifest(),
        [SACKS],
        THROUGH,
        "unknown",
        "low",
        None,
        "The manifest lists no goods that the load could be compared with.",
    ),
    (
        manifest(COFFEE),
        [],
        THROUGH,
        "unknown",
        "low",
        None,
        "No block of load was recognised that could be compared with the goods.",
    ),
    (
        manifest(COFFEE),
        [SACKS],
        BLACK,
        "unknown",
        "low",
        None,
        (
            "The load cannot be compared with goods: the scan cannot be judged because the picture is black and no beam got "
            "through."
        ),
    ),
    (
        manifest(COFFEE),
        [SACKS],
        THROUGH,
        "clear",
        "low",
        "expected",
        "The load from 0.2 m to 4.6 m from the left end looks like sacks (95 %), as Line 1 (HS 0901, coffee) lets expect.",
    ),
    (
        manifest(COFFEE),
        [SACKS],
        OPAQUE,  # a quarter of the block: its look is still a look
        "clear",
        "low",
        "expected",
        "The load from 0.2 m to 4.6 m from the left end looks like sacks (95 %), as Line 1 (HS 0901, coffee) lets expect.",
    ),
    (
        manifest(COFFEE),
        [SACKS],
        replace(OPAQUE, dense_boxes=((0.0, 0.0, 560.0, 400.0),)),
        "unknown",
        "medium",
        "expected",
        (
            "The load from 0.2 m to 4.6 m from the left end looks like sacks (95 %), as Line 1 (HS 0901, coffee) lets expect, "
            "but 88 % of it is too dense to see through."
        ),
    ),
    (
        manifest(COFFEE),
        [block(machinery=0.6, sacks=0.3)],
        THROUGH,
        "clear",
        "low",
        "plausible",
        (
            "The load from 0.2 m to 4.6 m from the left end looks like machinery (64 %) or sacks (32 %), which may be what Line 1 (HS "
            "0901, coffee) lets expect."
        ),
    ),
    (
        manifest(COFFEE),
        [block(machinery=0.6, sacks=0.06)],
        THROUGH,
        "unknown",
        "low",
        "unusual",
        (
            "Line 1 (HS 0901, coffee) would look like sacks or big bags; the load from 0.2 m to 4.6 m from the left end looks like "
            "machinery (85 %), and the model cannot tell it from that surely enough."
        ),
    ),
    (
        manifest(COFFEE),
        [block(machinery=0.6, sacks=0.02)],
        THROUGH,
        "suspect",
        "medium",
        "strange",
        (
            "Line 1 (HS 0901, coffee) would look like sacks or big bags; the load from 0.2 m to 4.6 m from the left end looks like "
            "machinery (90 %)."
        ),
    ),
    (
        manifest(COFFEE),
        [MACHINE],
        THROUGH,
        "suspect",
        "high",
        "foreign",
        (
            "Line 1 (HS 0901, coffee) would look like sacks or big bags; the load from 0.2 m to 4.6 m from the left end looks like "
            "machinery (95 %)."
        ),
    ),
    (
        manifest(COFFEE, ODD),
        [MACHINE],
        THROUGH,
        "unknown",
        "medium",
        "foreign",
        (
            "Line 1 (HS 0901, coffee) would look like sacks or big bags; the load from 0.2 m to 4.6 m from the left end looks like "
            "machinery (95 %), which Line 2 (goods) may explain, of which it is not known what it looks like."
        ),
    ),
    (
        manifest(ODD),
        [MACHINE],
        THROUGH,
        "unknown",
        "low",
        None,
        "Line 1 (goods) gives no HS code that is known; the scan shows what looks like machinery.",
    ),
    (
        manifest({"hs_code": "9701"}),
        [MACHINE],
        THROUGH,
        "unknown",
        "low",
        None,
        "Line 1 (HS 9701, art and antiques) is of goods whose look is not known; the scan shows what looks like machinery.",
    ),
    (
        manifest(HAM),
        [MACHINE],
        THROUGH,
        "unknown",
        "low",
        None,
        (
            "Line 1 (HS 0203, ham) would look like hanging meat, which the model was not taught to tell; the scan shows what looks like "
            "machinery."
        ),
    ),
]


@pytest.mark.parametrize(("paper", "blocks", "through", "verdict", "severity", "observation", "reason"), GOODS_ROWS)
def test_goods(
    paper: Manifest | None,
    blocks: list[LoadBlock],
    through: Penetration,
    verdict: str,
    severity: str,
    observation: str | None,
    reason: str,
) -> None:
    findings = goods.check(case(paper, *blocks, through=through), SETTINGS, TABLE)
    assert said(findings) == [(verdict, severity, observation, reason)]


def test_each_block_is_compared_with_the_line_that_fits_it_best() -> None:
    found = goods.check(case(manifest(COFFEE, WINE), SACKS, block(RIGHT, machinery=0.9)), SETTINGS, TABLE)
    strange, expected = found
    assert (strange.observation, strange.boxes, strange.lines) == ("foreign", (RIGHT,), (1, 2))
    assert strange.reason == (
        "Line 1 (HS 0901, coffee) would look like sacks or big bags and Line 2 (HS 2204, wine) would look like a tank or drums; the "
        "load from 5.0 m to 9.8 m from the left end looks like machinery (95 %)."
    )
    assert (expected.observation, expected.boxes, expected.lines) == ("expected", (LEFT,), (1,))
    assert expected.score is not None and 0.9 < expected.score < 1
    assert said(goods.check(case(manifest(COFFEE, WINE), SACKS, block(RIGHT, tank=0.9)), SETTINGS, TABLE))[1][
        3
    ].endswith("as Line 2 (HS 2204, wine) lets expect.")


def test_blocks_that_look_alike_are_told_together() -> None:
    (found,) = goods.check(case(manifest(COFFEE), MACHINE, block(RIGHT, machinery=0.9)), SETTINGS, TABLE)
    assert found.boxes == (LEFT, RIGHT)
    assert (
        "the load in 2 places, the leftmost from 0.2 m to 4.6 m from the left end, looks like machinery" in found.reason
    )


def test_many_lines_are_told_by_their_numbers() -> None:
    (found,) = goods.check(case(manifest(COFFEE, WINE, COFFEE), MACHINE), SETTINGS, TABLE)
    assert found.reason.startswith("Lines 1, 2 and 3 would look like big bags, drums, sacks or a tank; the load from")


def test_small_blocks_and_blocks_of_one_place_are_passed_over() -> None:
    speck = block((200.0, 100.0, 260.0, 140.0), tank=0.9)
    again = block((130.0, 110.0, 550.0, 430.0), machinery=0.3)
    assert [look.box for look in looks(case(None, SACKS, speck, again), SETTINGS)] == [LEFT]


def test_a_kind_of_package_lets_expect_its_load() -> None:
    drums = {**COFFEE, "package_kind": "drums"}
    (found,) = goods.check(case(manifest(drums), block(drums=0.9)), SETTINGS, TABLE)
    assert (found.verdict.value, found.observation) == ("clear", "expected")


def test_without_blocks_a_detection_leaves_the_rest_to_the_other_labels() -> None:
    rows = [(LEFT, 0.6, "machinery", Group.LOAD), (RIGHT, 0.9, "empty", Group.LOAD), (RIGHT, 0.2, "tank", Group.LOAD)]
    (look,) = looks(case(None, blocks=None, detections=Detections.of(rows)), SETTINGS)
    assert look.shares == pytest.approx(
        {"machinery": 0.6099 / 1.01, **dict.fromkeys(set(LABELS) - {"machinery"}, 0.08)}, abs=0.01
    )
    assert sum(look.shares.values()) == pytest.approx(1)


def test_a_confusion_table_turns_what_is_seen_into_what_is_likely() -> None:
    # Every second block of machinery is seen as cartons, and cartons are hardly ever seen as anything else.
    table = {x: {x: 1.0} for x in LABELS} | {"machinery": {"machinery": 0.5, "cartons": 0.5}}
    plain, told = (looks(case(None, block(cartons=0.95), confusion=c), SETTINGS)[0] for c in (None, table))
    assert plain.shares["machinery"] == pytest.approx(0.01, abs=0.001)
    assert told.shares["machinery"] == pytest.approx(plain.shares["cartons"] / 3 + plain.shares["machinery"])
    assert told.shares["cartons"] == pytest.approx(plain.shares["cartons"] * 2 / 3)
    assert sum(told.shares.values()) == pytest.approx(1)


def test_a_table_without_a_label_leaves_it_as_seen() -> None:
    plain, told = looks(case(None, SACKS), SETTINGS)[0], looks(case(None, SACKS, confusion={}), SETTINGS)[0]
    assert told.shares == pytest.approx(plain.shares)


@pytest.mark.parametrize(
    ("fit", "expected"),
    [(1, 0), (0.5, 0), (0.49, 1), (0.15, 1), (0.14, 2), (0.09, 2), (0.08, 3), (0.04, 3), (0.03, 4), (0, 4)],
)
def test_grades(fit: float, expected: int) -> None:
    assert grade(fit, SETTINGS) is Grade(expected)


def test_words() -> None:
    assert [either(x) for x in ([], ["sacks"], ["sacks", "bulk"], ["sacks", "tank", "big_bags"])] == [
        "",
        "sacks",
        "sacks or bulk goods",
        "sacks, a tank or big bags",
    ]
    assert stretch((90.0, 0, 600.0, 9), case(None)) == "from 0.0 m to 5.0 m from the left end"
    assert stretch((90.0, 0, 600.0, 9), case(None, pitch_mm=None)) == "from 0 % to 50 % of the container's length"
    bare = Case(container=ContainerView(number=None, size_type=None, box=None), manifest=None, penetration=THROUGH)
    assert stretch((-3.0, 0, 600.0, 9), bare) == "from column 0 to 600 of the scan"


probabilities = st.floats(0, 1, width=16)
many_blocks = st.lists(
    st.builds(
        block, st.sampled_from([LEFT, RIGHT, BOX]), sacks=probabilities, tank=probabilities, machinery=probabilities
    ),
    max_size=3,
)
many_lines = st.lists(st.sampled_from([COFFEE, WINE, LATHE, HAM, ODD, {"hs_code": "0901"}]), max_size=12)


@given(many_blocks, many_lines, st.sampled_from([THROUGH, OPAQUE, BLACK]))
@settings(max_examples=150, deadline=None)
def test_both_checks_answer_within_their_words(
    blocks: list[LoadBlock], lines: list[dict[str, Any]], through: Penetration
) -> None:
    paper = manifest(*lines)
    for module in (goods, missing):
        findings = module.check(case(paper, *blocks, through=through), SETTINGS, TABLE)
        assert 1 <= len(findings) <= 12
        for f in findings:
            assert f.observation is None or f.observation in module.OBSERVATIONS
            assert f.observation is not None or f.verdict.value == "unknown"
            assert f.reason.endswith(".") and set(f.lines) <= set(range(1, len(lines) + 1))
            assert f.score is None or 0 <= f.score <= 1
            assert not (f.verdict.value != "unknown" and not through.judgeable)


@given(probabilities, probabilities)
@settings(max_examples=60, deadline=None)
def test_more_of_what_is_expected_never_makes_a_block_stranger(low: float, high: float) -> None:
    few, more = sorted((low, high))
    grades = [
        goods.OBSERVATIONS.index(
            str(goods.check(case(manifest(COFFEE), block(machinery=0.5, sacks=x)), SETTINGS, TABLE)[0].observation)
        )
        for x in (few, more)
    ]
    assert grades[0] >= grades[1]


def test_expectations_keep_to_what_the_model_knows() -> None:
    paper = manifest(COFFEE, HAM, {**WINE, "package_kind": "DR"})
    known = expectations(numbered(paper), case(paper), TABLE)
    assert [dict(x.weights) for x in known] == [{"sacks": 1, "big_bags": 0.6}, {}, {"tank": 1, "drums": 1}]
    told_nothing = expectations(numbered(paper), case(paper, loads=None), TABLE)
    assert dict(told_nothing[1].weights) == {"meat": 1, "cartons": 0.3}


MISSING_ROWS = [
    (
        None,
        [SACKS],
        THROUGH,
        "unknown",
        "low",
        None,
        "There is no manifest for this container whose goods could be looked for.",
    ),
    (manifest(), [SACKS], THROUGH, "unknown", "low", None, "The manifest declares no goods that could be looked for."),
    (
        manifest(COFFEE, empty=True),
        [SACKS],
        THROUGH,
        "unknown",
        "low",
        None,
        "The container is declared empty, so the goods that the manifest lists all the same are not looked for.",
    ),
    (
        manifest(COFFEE),
        [],
        THROUGH,
        "unknown",
        "low",
        None,
        "No block of load was recognised among which the goods could be looked for.",
    ),
    (
        manifest(COFFEE),
        [SACKS],
        BLACK,
        "unknown",
        "low",
        None,
        "The goods cannot be looked for: the scan cannot be judged because the picture is black and no beam got through.",
    ),
    (
        manifest(COFFEE),
        [SACKS],
        OPAQUE,
        "clear",
        "low",
        "seen",
        "Line 1 (HS 0901, coffee) is seen: there is what looks like sacks.",
    ),
    (
        manifest(COFFEE),
        [block(machinery=0.6, sacks=0.3)],
        THROUGH,
        "clear",
        "low",
        "may_be_seen",
        "Line 1 (HS 0901, coffee) may be seen: there may be what looks like sacks.",
    ),
    (
        manifest(COFFEE),
        [block(machinery=0.6, sacks=0.06)],
        THROUGH,
        "unknown",
        "low",
        "hardly_seen",
        "Line 1 (HS 0901, coffee) can hardly be seen: little speaks for sacks or big bags, but the model cannot rule it out.",
    ),
    (
        manifest(COFFEE),
        [MACHINE],
        THROUGH,
        "suspect",
        "medium",
        "not_seen",
        "Line 1 (HS 0901, coffee) is not seen: it would look like sacks or big bags, but the load looks like machinery.",
    ),
    (
        manifest(COFFEE),
        [MACHINE],
        OPAQUE,
        "unknown",
        "low",
        "not_seen",
        f"Line 1 (HS 0901, coffee) is not seen, but {HIDES}.",
    ),
    (
        manifest(ODD),
        [MACHINE],
        THROUGH,
        "unknown",
        "low",
        None,
        "Line 1 (goods) gives no HS code that is known, so it cannot be looked for.",
    ),
]


@pytest.mark.parametrize(("paper", "blocks", "through", "verdict", "severity", "observation", "reason"), MISSING_ROWS)
def test_missing(
    paper: Manifest | None,
    blocks: list[LoadBlock],
    through: Penetration,
    verdict: str,
    severity: str,
    observation: str | None,
    reason: str,
) -> None:
    findings = missing.check(case(paper, *blocks, through=through), SETTINGS, TABLE)
    assert said(findings) == [(verdict, severity, observation, reason)]


@pytest.mark.parametrize(
    ("coffee", "machines", "verdict", "end"),
    [
        (
            {"gross_mass_kg": 200},
            {"gross_mass_kg": 800},
            "suspect",
            "is not seen, 20 % of what is declared: it would look like sacks or big bags, but the load looks like machinery.",
        ),
        (
            {"net_mass_kg": 190, "gross_mass_kg": None},
            {"gross_mass_kg": 810},
            "unknown",
            "is not seen, but 19 % of the load is too small a share to be told apart.",
        ),
        (
            {"gross_mass_kg": None, "packages": 5},
            {"gross_mass_kg": 800, "packages": 5},
            "suspect",
            "is not seen, 50 % of what is declared: it would look like sacks or big bags, but the load looks like machinery.",
        ),
        (
            {"gross_mass_kg": None, "packages": 0},
            {"gross_mass_kg": None, "packages": 0},
            "unknown",
            "is not seen, but the papers do not say how large a part of the load it is.",
        ),
        (
            {"gross_mass_kg": None},
            {},
            "unknown",
            "is not seen, but the papers do not say how large a part of the load it is.",
        ),
    ],
)
def test_only_a_line_that_should_show_is_missed(
    coffee: dict[str, Any], machines: dict[str, Any], verdict: str, end: str
) -> None:
    paper = manifest({**COFFEE, **coffee}, {**LATHE, **machines})
    first = missing.check(case(paper, MACHINE), SETTINGS, TABLE)[0]
    assert (first.verdict.value, first.lines, first.observation) == (verdict, (1,), "not_seen")
    assert first.reason == f"Line 1 (HS 0901, coffee) {end}"


def test_a_line_that_explains_an_object_is_seen_by_it() -> None:
    paper = manifest({"hs_code": "8703", "description": "cars", "gross_mass_kg": 1000})
    car: Box = (700.0, 200.0, 1000.0, 400.0)
    found = Detections.of([(car, 0.8, "vehicle", Group.OBJECT), (car, 0.2, "firearm", Group.OBJECT)])
    (seen,) = missing.check(case(paper, SACKS, detections=found), SETTINGS, TABLE)
    assert (seen.verdict.value, seen.observation, seen.boxes) == ("clear", "seen", (car,))
    assert seen.score == pytest.approx(0.8)
    (alone,) = missing.check(case(paper, SACKS), SETTINGS, TABLE)
    assert alone.verdict.value == "suspect"


GUNS = {"hs_code": "8703", "description": "guns", "gross_mass_kg": 1000}


@pytest.mark.parametrize(
    ("paper", "blocks", "objects", "end"),
    [
        (COFFEE, [block(sacks=0.5, big_bags=0.45)], [], "is seen: there is what looks like sacks or big bags."),
        (COFFEE, [block(big_bags=0.9)], [], "is seen: there is what looks like big bags."),
        (COFFEE, [SACKS, block(RIGHT, big_bags=0.9)], [], "is seen: there is what looks like sacks and big bags."),
        (GUNS, [SACKS], [0.8, 0.7], "is seen: there is what looks like 2 vehicles."),  # and not like machinery
        (GUNS, [SACKS], [0.4], "may be seen: there may be what looks like a vehicle."),
        (GUNS, [block(machinery=0.9)], [0.8], "is seen: there is what looks like a vehicle."),
    ],
)
def test_what_was_seen_is_named_not_what_was_expected(
    paper: dict[str, Any], blocks: list[LoadBlock], objects: list[float], end: str
) -> None:
    rows = [((700.0 + 90 * k, 200.0, 780.0 + 90 * k, 400.0), x, "vehicle", Group.OBJECT) for k, x in enumerate(objects)]
    (found,) = missing.check(case(manifest(paper), *blocks, detections=Detections.of(rows)), SETTINGS, TABLE)
    assert found.reason.endswith(end)
    assert found.verdict.value == "clear"


def test_goods_of_a_look_that_the_model_was_not_taught_are_not_said_to_look_like_another() -> None:
    (found,) = missing.check(case(manifest(SHEETS), block(machinery=0.5, drums=0.4)), SETTINGS, TABLE)
    assert found.reason == ("Line 1 (HS 7606, aluminium sheets) may be seen: there may be what looks like machinery.")


PHONES = {"hs_code": "7606", "description": "foil", "gross_mass_kg": 11}


def test_a_line_too_small_to_be_told_from_another_is_not_seen() -> None:
    large = {"hs_code": "7606", "description": "sheets", "gross_mass_kg": 2650}
    seen, small = missing.check(case(manifest(large, PHONES), block(cartons=0.9)), SETTINGS, TABLE)
    assert said((seen, small)) == [
        ("clear", "low", "seen", "Line 1 (HS 7606, sheets) is seen: there is what looks like cartons."),
        (
            "unknown",
            "low",
            "not_told_apart",
            (
                "Line 2 (HS 7606, foil) cannot be told apart: it is less than 1 % of what is declared, and what looks like cartons may all "
                "be of a larger line."
            ),
        ),
    ]
    many = missing.check(case(manifest(large, *[PHONES] * 3), block(cartons=0.9)), SETTINGS, TABLE)[1]
    assert many.reason == (
        "Lines 2, 3 and 4 cannot be told apart: each is a small part of what is declared, and what looks like their goods may all be of "
        "larger lines."
    )


@pytest.mark.parametrize(
    ("paper", "blocks"),
    [
        ([COFFEE, {**WINE, "gross_mass_kg": 10}], [SACKS, block(RIGHT, tank=0.9)]),  # a block of its own
        ([COFFEE, {**COFFEE, "gross_mass_kg": None}], [SACKS]),  # how small it is, nobody says
        ([COFFEE] * 8, [SACKS]),  # all of them together are what is seen
    ],
)
def test_a_small_line_that_explains_best_what_is_seen_is_seen(
    paper: list[dict[str, Any]], blocks: list[LoadBlock]
) -> None:
    found = missing.check(case(manifest(*paper), *blocks), SETTINGS, TABLE)
    assert {f.observation for f in found} == {"seen"}


def test_a_block_that_is_a_declared_object_is_expected_whatever_it_looks_like() -> None:
    paper, tank = manifest({"hs_code": "8703", "description": "cars"}), block(RIGHT, tank=0.9)
    car, part = (650.0, 150.0, 1080.0, 440.0), (650.0, 150.0, 800.0, 440.0)
    for box, score, label, expected in (
        (car, 0.8, "vehicle", "expected"),
        (car, 0.3, "vehicle", "plausible"),
        (part, 0.8, "vehicle", "foreign"),
        (car, 0.8, "firearm", "foreign"),
        (car, 0.2, "vehicle", "foreign"),
    ):
        found = Detections.of([(box, score, label, Group.OBJECT)])
        assert [f.observation for f in goods.check(case(paper, tank, detections=found), SETTINGS, TABLE)] == [expected]


def test_an_unknown_code_is_seen_too_where_its_kind_of_package_explains_an_object() -> None:
    table = TABLE.model_copy(
        update={
            "package_kinds": {
                "VN": Goods.model_validate(
                    {"package_kinds": {"VN": {"title": "vehicle", "objects": ["vehicle"]}}}
                ).package_kinds["VN"]
            }
        }
    )
    found = Detections.of([((700.0, 200.0, 1000.0, 400.0), 0.8, "vehicle", Group.OBJECT)])
    (seen,) = missing.check(case(manifest({**ODD, "package_kind": "VN"}), SACKS, detections=found), SETTINGS, table)
    assert seen.reason == "Line 1 (goods) is seen: there is what looks like a vehicle."


def test_lines_with_the_same_answer_are_told_together() -> None:
    found = missing.check(case(manifest(*[COFFEE] * 12, *[LATHE] * 2), SACKS), SETTINGS, TABLE)
    assert [(f.verdict.value, len(f.lines)) for f in found] == [("clear", 12), ("unknown", 1), ("unknown", 1)]
    assert found[0].reason == (
        "Lines 1, 2, 3, 4, 5, 6, 7, 8 and 4 more are seen: there is what looks like their goods."
    )
    assert found[1].reason == (
        "Line 13 (HS 8458, lathes) is not seen, but 7 % of the load is too small a share to be told apart."
    )


def test_goods_that_are_objects_of_interest_may_be_all_there_is() -> None:
    car = ((300.0, 200.0, 500.0, 400.0), 0.9, "vehicle", Group.OBJECT)
    (found,) = goods.check(with_objects(manifest(CAR), car), SETTINGS, TABLE)
    assert said((found,)) == [
        (
            "clear",
            "low",
            "expected",
            (
                "Line 1 (HS 8703, car) explains the vehicle seen 3.0 m from the left end of the container, and no other load was "
                "recognised."
            ),
        )
    ]
    assert (found.boxes, found.lines, found.score) == ((car[0],), (1,), pytest.approx(0.9))
    few = {"hs_code": "0901", "description": "coffee", "gross_mass_kg": 20}
    assert goods.check(with_objects(manifest(CAR, few), car), SETTINGS, TABLE)[0].verdict.value == "clear"


@pytest.mark.parametrize(
    ("paper", "score"),
    [
        ([CAR], 0.4),  # only possible
        ([COFFEE], 0.9),  # explained by no line
        ([CAR, COFFEE], 0.9),  # where is the coffee?
        ([CAR, {"hs_code": "0901", "description": "coffee"}], 0.9),  # how much of it there is, nobody says
    ],
)
def test_an_object_does_not_stand_for_goods_that_it_is_not(paper: list[dict[str, Any]], score: float) -> None:
    car = ((300.0, 200.0, 500.0, 400.0), score, "vehicle", Group.OBJECT)
    (found,) = goods.check(with_objects(manifest(*paper), car), SETTINGS, TABLE)
    assert found.reason == "No block of load was recognised that could be compared with the goods."


def with_objects(paper: Manifest, *rows: tuple[Box, float, str, Group]) -> Case:
    return replace(case(paper), detections=Detections.of(list(rows)))


def test_whatever_unknown_goods_look_like_some_loads_are_strange_under_them() -> None:
    """A model that was never taught steel coils does know sacks."""
    found = goods.check(case(manifest(COILS), SACKS), SETTINGS, TABLE)
    assert said(found) == [
        (
            "suspect",
            "medium",
            "strange",
            "Line 1 (HS 7210, coils) would not look like sacks; the load from 0.2 m to 4.6 m from the left end does (95 %).",
        )
    ]
    assert found[0].boxes == (LEFT,)


@pytest.mark.parametrize(
    ("paper", "seen"),
    [
        ([COILS], block(sacks=0.6, machinery=0.3)),  # not surely sacks
        ([COILS], MACHINE),  # machinery is not strange under coils: they may be taken for it
        ([COILS, ODD], SACKS),  # the other line may be of anything
    ],
)
def test_else_they_stay_unknown(paper: list[dict[str, Any]], seen: LoadBlock) -> None:
    found = goods.check(case(manifest(*paper), seen), SETTINGS, TABLE)
    assert {f.verdict.value for f in found} == {"unknown"}


def test_lines_that_are_not_known_do_not_explain_what_is_strange_under_them() -> None:
    found = goods.check(case(manifest(LATHE, COILS), SACKS), SETTINGS, TABLE)
    assert [(f.verdict.value, f.observation) for f in found] == [("suspect", "foreign")]
    open_line = goods.check(case(manifest(LATHE, ODD), SACKS), SETTINGS, TABLE)
    assert [f.verdict.value for f in open_line] == ["unknown"]


SHEETS = {"hs_code": "7606", "description": "aluminium sheets", "gross_mass_kg": 1000}


@pytest.mark.parametrize(
    ("seen", "observation"),
    [
        (block(machinery=0.5, drums=0.4), "plausible"),  # coils may be taken for either
        (block(machinery=0.9), "foreign"),  # hardly so surely
        (block(sacks=0.5, drums=0.4), "foreign"),  # sacks would be strange
    ],
)
def test_a_line_may_hold_a_load_that_the_model_was_not_taught(seen: LoadBlock, observation: str) -> None:
    (found,) = goods.check(case(manifest(SHEETS), seen), SETTINGS, TABLE)
    assert found.observation == observation
