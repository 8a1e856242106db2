"""What each check answers, sentence by sentence."""

from dataclasses import replace
from time import process_time
from typing import Any

import pytest

from scantally.detector.checks import (
    calibration,
    container_number,
    count,
    empty,
    inspectability,
    manifest_consistency,
    package_mass,
    prohibited,
    undeclared,
)
from scantally.detector.checks.sentences import (
    a_thing,
    amount,
    line_name,
    lines_name,
    masses,
    numbered,
    percent,
    place,
    things,
)
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import load_goods
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
    Weighing,
)

GOODS = load_goods()
SETTINGS = CheckSettings()
BOX: Box = (100.0, 50.0, 1100.0, 450.0)
DENSE: Box = (300.0, 200.0, 500.0, 400.0)
THROUGH = Penetration(dense_share=0.01, dense_boxes=(), filled_share=0.4)
BARE = Penetration(dense_share=0.01, dense_boxes=(), filled_share=0.02)
HALF_BARE = Penetration(dense_share=0.01, dense_boxes=(), filled_share=0.09)
OPAQUE = Penetration(dense_share=0.34, dense_boxes=(DENSE,), filled_share=0.5)
BLACK = Penetration(
    dense_share=1, dense_boxes=(), filled_share=0, judgeable=False, why="the picture is black and no beam got through"
)
UNLOCATED = Penetration(
    dense_share=0.01, dense_boxes=(), filled_share=0.4, judgeable=False, why="no container was found in it"
)
NUMBER = "CSQU3054383"  # the example of ISO 6346

Row = tuple[Box, float, str, Group]


def seen(label: str, score: float = 0.9, x: float = 390.0) -> Row:
    return (x, 60.0, x + 20, 120.0), score, label, Group.OBJECT


def load(label: str, score: float = 0.9) -> Row:
    return (150.0, 100.0, 1000.0, 440.0), score, label, Group.LOAD


CAR_LOAD: Row = ((200.0, 250.0, 500.0, 440.0), 0.9, "vehicles", Group.LOAD)


def manifest(*lines: dict[str, Any], **keys: Any) -> Manifest:  # noqa: ANN401
    numbered = tuple(ManifestLine(**{"number": i, **line}) for i, line in enumerate(lines, start=1))
    return Manifest(**{"container_number": NUMBER, **keys}, lines=numbered)


def case(
    paper: Manifest | None,
    *rows: Row,
    seen_through: Penetration = THROUGH,
    number: str | None = NUMBER,
    size_type: str | None = None,
    box: Box | None = BOX,
    **keys: Any,  # noqa: ANN401
) -> Case:
    return Case(
        container=ContainerView(number=number, size_type=size_type, box=box),
        manifest=paper,
        detections=Detections.of(list(rows)),
        penetration=seen_through,
        **keys,
    )


def answers(findings: tuple[Finding, ...]) -> list[tuple[str, str, str]]:
    return [(f.verdict.value, f.severity.value, f.reason) for f in findings]


CEMENT = {"hs_code": "2523"}
HIDES = "34 % of the container is too dense to see through, and something may hide there"


@pytest.mark.parametrize(
    ("declared", "given", "verdict", "severity", "reason"),
    [
        (NUMBER, "csqu 305438-3", "clear", "low", "The manifest and the scan name the same container, CSQU3054383."),
        (
            NUMBER,
            "MSKU6011672",
            "suspect",
            "high",
            "The manifest is for container CSQU3054383, but the scan is of container MSKU6011672.",
        ),
        (
            "CSQU3054384",
            NUMBER,
            "suspect",
            "high",
            (
                "The manifest is for container CSQU3054384, but the scan is of container CSQU3054383. The check digit of container number "
                "CSQU3054384 is wrong: expected 3, got 4. It may be a typing error."
            ),
        ),
        (
            NUMBER,
            "CSQU3504383",  # two digits changed places
            "suspect",
            "high",
            (
                "The manifest is for container CSQU3054383, but the scan is of container CSQU3504383. The check digit of container number "
                "CSQU3504383 is wrong: expected 8, got 3. It may be a typing error."
            ),
        ),
        (
            "TBA",
            NUMBER,
            "suspect",
            "high",
            (
                "The manifest is for container TBA, but the scan is of container CSQU3054383. 'TBA' is a placeholder, not a container "
                "number."
            ),
        ),
        (
            "CSQU3054384",
            None,
            "suspect",
            "medium",
            "The check digit of container number CSQU3054384 is wrong: expected 3, got 4.",
        ),
        (
            None,
            "CSQU3054384",
            "suspect",
            "medium",
            "The check digit of container number CSQU3054384 is wrong: expected 3, got 4.",
        ),
        (
            NUMBER,
            None,
            "unknown",
            "low",
            "The manifest names container CSQU3054383, but no number was given for the scan.",
        ),
        (None, NUMBER, "unknown", "low", "The manifest gives no container number."),
        (None, None, "unknown", "low", "The manifest gives no container number."),
    ],
)
def test_container_number(declared: str | None, given: str | None, verdict: str, severity: str, reason: str) -> None:
    found = container_number.check(case(manifest(CEMENT, container_number=declared), number=given), SETTINGS, GOODS)
    assert answers(found) == [(verdict, severity, reason)]


def test_a_number_that_the_scan_s_own_file_contradicts_is_not_simply_believed() -> None:
    there = case(manifest(CEMENT, container_number=NUMBER), number=NUMBER)
    there = replace(there, container=replace(there.container, filed="CGSU2593698"))
    assert answers(container_number.check(there, SETTINGS, GOODS)) == [
        ("clear", "low", f"The manifest and the scan name the same container, {NUMBER}."),
        ("suspect", "medium", f"The scan's own file names container CGSU2593698, but {NUMBER} was given for it."),
    ]


def test_container_number_without_manifest() -> None:
    found = container_number.check(case(None, manifest_notes=("no file beside the scan",)), SETTINGS, GOODS)
    reason = "There is no manifest for this container (no file beside the scan), so its number cannot be compared."
    assert answers(found) == [("unknown", "low", reason)]
    wrong = container_number.check(case(None, number="CSQU3054384"), SETTINGS, GOODS)
    assert [f.verdict.value for f in wrong] == ["suspect"]


@pytest.mark.parametrize(
    ("declared", "given", "expected"),
    [
        ("22G1", "22g1", []),
        ("22G1", None, []),
        (None, None, []),
        (
            "??",
            None,
            [("unknown", "low", "Size/type code '??' is not known to ISO 6346, so the kind of container is unknown.")],
        ),
        (
            "22G1",
            "45G1",
            [
                (
                    "suspect",
                    "medium",
                    "The manifest gives size/type code 22G1, but the scan's container has 45G1.",
                )
            ],
        ),
    ],
)
def test_size_type(declared: str | None, given: str | None, expected: list[tuple[str, str, str]]) -> None:
    found = container_number.check(case(manifest(CEMENT, size_type=declared), size_type=given), SETTINGS, GOODS)
    assert answers(found[1:]) == expected


FORTY: Box = (100.0, 50.0, 1346.0, 345.0)
"""A high container of 40 ft at 10 mm a pixel, with the air that a located box has around it."""


def shrunk(share: float) -> Box:
    """FORTY as long as ``share`` of it."""
    return (100.0, 50.0, 100.0 + 1246.0 * share, 345.0)


@pytest.mark.parametrize(
    ("box", "code", "pitch", "said"),
    [
        (shrunk(0.5), "42G1", 10.0, "about 6 m long, not 12.2 m"),
        (FORTY, "22G1", 10.0, "about 12 m long, not 6.1 m"),
        (shrunk(0.5), "L5G1", 10.0, "about 6 m long, not 13.7 m"),
        (shrunk(0.5), "42B1", 10.0, "about 6 m long, not 12.2 m"),  # of a type that is not weighed
        (FORTY, "42G1", 10.0, None),
        (shrunk(0.5), "22G1", 10.0, None),
        (FORTY, "L5G1", 10.0, None),  # 40 or 45 ft: a truck's speed decides
        (shrunk(0.75), "42G1", 10.0, None),  # as long as 30 ft, or driven fast
        (shrunk(0.6), "42G1", 10.0, None),  # no ISO length
        (shrunk(0.5), "42G1", None, None),
        (FORTY, "22G1", 5.0, None),
        (FORTY, "42G1", 5.0, None),  # the pitch is wrong: no container is so low
        (None, "42G1", 10.0, None),
        (shrunk(0.5), None, 10.0, None),
    ],
)
def test_a_length_that_is_not_the_code_s(
    box: Box | None, code: str | None, pitch: float | None, said: str | None
) -> None:
    paper = manifest(CEMENT, size_type=code)
    found = container_number.check(case(paper, box=box, pitch_mm=pitch), SETTINGS, GOODS)[1:]
    reason = f"The container in the picture is {said} as its size and type code says."
    assert answers(found) == ([("suspect", "medium", reason)] if said else [])
    assert [f.boxes for f in found] == ([(box,)] if said else [])


def test_a_container_that_the_picture_cuts_off_has_no_length() -> None:
    cut = Weighing(missing="the picture cuts the container off")
    one = case(manifest(CEMENT, size_type="42G1"), box=shrunk(0.5), pitch_mm=10.0, weighing=cut)
    assert container_number.check(one, SETTINGS, GOODS)[1:] == ()


MAP_LOAD = "a load (40 % of the inside is darker than bare walls, 1 % of the container is opaque)"
UNCLEAR_FULL = "The manifest declares a load, but it cannot be told whether there is one: "
UNCLEAR_EMPTY = "The container is declared empty, but it cannot be told whether it is: "
NOT_JUDGED = "the scan cannot be judged because the picture is black and no beam got through"
AGAINST = f"the model sees an empty container, but the grey values show {MAP_LOAD}"
NEITHER = "the grey values fit neither an empty container nor a load (9 % of the inside is darker than bare walls)"
BARE_MAP = "an empty container (2 % of the inside is darker than bare walls)"


@pytest.mark.parametrize(
    ("rows", "through", "verdict", "severity", "reason"),
    [
        (
            [load("empty")],
            BARE,
            "clear",
            "low",
            "The container is declared empty, and the scan shows an empty container.",
        ),
        (
            [],
            BARE,
            "unknown",
            "medium",
            f"The container is declared empty and the scan shows {BARE_MAP}, but the model recognised nothing to confirm it.",
        ),
        (
            [load("empty", 0.3)],
            BARE,
            "clear",
            "low",
            f"The container is declared empty, and the scan shows {BARE_MAP}.",
        ),
        ([load("timber")], THROUGH, "suspect", "high", "The container is declared empty, but the scan shows timber."),
        ([load("timber")], HALF_BARE, "suspect", "high", "The container is declared empty, but the scan shows timber."),
        ([], THROUGH, "suspect", "high", f"The container is declared empty, but the scan shows {MAP_LOAD}."),
        (
            [load("tank", 0.3)],
            THROUGH,
            "suspect",
            "high",
            f"The container is declared empty, but the scan shows {MAP_LOAD}.",
        ),
        (
            [load("empty"), seen("firearm")],
            BARE,
            "suspect",
            "high",
            "The container is declared empty, but the scan shows a firearm.",
        ),
        ([load("empty")], THROUGH, "unknown", "medium", f"{UNCLEAR_EMPTY}{AGAINST}."),
        (
            [load("timber"), load("empty")],
            BARE,
            "unknown",
            "medium",
            f"{UNCLEAR_EMPTY}the model sees timber, but the grey values show {BARE_MAP}.",
        ),
        (
            [CAR_LOAD, load("empty")],  # a small load in an otherwise empty container looks like both
            BARE,
            "suspect",
            "high",
            "The container is declared empty, but the scan shows vehicles.",
        ),
        (
            [load("empty")],
            HALF_BARE,
            "clear",
            "low",
            "The container is declared empty, and the scan shows an empty container.",
        ),
        (
            [load("timber")],
            BARE,
            "unknown",
            "medium",
            f"{UNCLEAR_EMPTY}the model sees timber, but the grey values show {BARE_MAP}.",
        ),
        (
            [load("tank", 0.3)],
            BARE,
            "unknown",
            "medium",
            f"{UNCLEAR_EMPTY}the model is not sure that it sees a tank.",
        ),
        ([], HALF_BARE, "unknown", "medium", f"{UNCLEAR_EMPTY}{NEITHER}."),
        ([load("empty")], BLACK, "unknown", "medium", f"{UNCLEAR_EMPTY}{NOT_JUDGED}."),
    ],
)
def test_declared_empty(rows: list[Row], through: Penetration, verdict: str, severity: str, reason: str) -> None:
    found = empty.check(case(manifest(empty=True), *rows, seen_through=through), SETTINGS, GOODS)
    assert answers(found) == [(verdict, severity, reason)]


@pytest.mark.parametrize(
    ("rows", "through", "verdict", "severity", "reason"),
    [
        ([load("sacks")], THROUGH, "clear", "low", "The manifest declares a load, and the scan shows sacks."),
        ([load("sacks")], OPAQUE, "clear", "low", "The manifest declares a load, and the scan shows sacks."),
        ([], THROUGH, "clear", "low", f"The manifest declares a load, and the scan shows {MAP_LOAD}."),
        (
            [load("empty")],
            BARE,
            "suspect",
            "medium",
            "The manifest declares a load, but the scan shows an empty container.",
        ),
        (
            [load("empty", 0.3)],
            BARE,
            "suspect",
            "medium",
            f"The manifest declares a load, but the scan shows {BARE_MAP}.",
        ),
        (
            [
                load("empty"),
                seen("vehicle"),
            ],  # the object is the load; whether a line explains it is another check's matter
            BARE,
            "clear",
            "low",
            "The manifest declares a load, and the scan shows a vehicle.",
        ),
        (
            [load("empty"), seen("vehicle", 0.4)],
            BARE,
            "unknown",
            "medium",
            f"{UNCLEAR_FULL}the model is not sure that it sees a vehicle.",
        ),
        ([load("empty")], THROUGH, "unknown", "medium", f"{UNCLEAR_FULL}{AGAINST}."),
        (
            [load("empty")],
            HALF_BARE,
            "suspect",
            "medium",
            "The manifest declares a load, but the scan shows an empty container.",
        ),
        ([load("sacks")], BLACK, "unknown", "medium", f"{UNCLEAR_FULL}{NOT_JUDGED}."),
    ],
)
def test_declared_full(rows: list[Row], through: Penetration, verdict: str, severity: str, reason: str) -> None:
    found = empty.check(case(manifest(CEMENT), *rows, seen_through=through), SETTINGS, GOODS)
    assert answers(found) == [(verdict, severity, reason)]


@pytest.mark.parametrize(
    ("kg", "answer"),
    [
        (
            20.0,
            (
                "unknown",
                "low",
                "The manifest declares a load of 20 kg and the scan shows an empty container: so little may not show.",
            ),
        ),
        (150.0, ("suspect", "medium", "The manifest declares a load, but the scan shows an empty container.")),
        (None, ("suspect", "medium", "The manifest declares a load, but the scan shows an empty container.")),
    ],
)
def test_so_little_that_it_may_not_show(kg: float | None, answer: tuple[str, str, str]) -> None:
    paper = manifest({"hs_code": "9306", "description": "cartridges", "gross_mass_kg": kg})
    assert answers(empty.check(case(paper, load("empty"), seen_through=BARE), SETTINGS, GOODS)) == [answer]


def test_empty_shows_the_load() -> None:
    found = empty.check(case(manifest(empty=True), load("timber", 0.75)), SETTINGS, GOODS)
    assert (found[0].boxes, found[0].score) == ((load("timber")[0],), 0.75)
    by_map = empty.check(case(manifest(empty=True), seen_through=OPAQUE), SETTINGS, GOODS)
    assert by_map[0].boxes == (DENSE,)


def test_empty_without_anything_to_compare() -> None:
    silent = empty.check(case(manifest(), load("sacks")), SETTINGS, GOODS)
    assert answers(silent) == [("unknown", "medium", "The manifest says neither empty nor full; the scan shows sacks.")]
    none = empty.check(case(None, load("sacks")), SETTINGS, GOODS)
    reason = "There is no manifest for this container to compare with; the scan shows sacks."
    assert answers(none) == [("unknown", "medium", reason)]


@pytest.mark.parametrize(("width", "verdict"), [(600.0, "suspect"), (700.0, "unknown")])
def test_a_small_load_need_not_show_in_the_map(width: float, verdict: str) -> None:
    row = ((200.0, 200.0, 200.0 + width, 440.0), 0.9, "drums", Group.LOAD)
    found = empty.check(case(manifest(empty=True), row, seen_through=BARE), SETTINGS, GOODS)
    assert found[0].verdict.value == verdict


def test_empty_with_lines_contradicts_itself() -> None:
    found = empty.check(case(manifest(CEMENT, empty=True), load("empty"), seen_through=BARE), SETTINGS, GOODS)
    reason = "The container is declared empty, yet the manifest lists goods; the scan shows an empty container."
    assert answers(found) == [("unknown", "medium", reason)]


def test_empty_without_a_container_box_trusts_no_shares() -> None:
    found = empty.check(case(manifest(empty=True), box=None), SETTINGS, GOODS)
    reason = f"{UNCLEAR_EMPTY}nothing was recognised and no container was located."
    assert answers(found) == [("unknown", "medium", reason)]
    by_model = empty.check(case(manifest(empty=True), load("timber"), box=None), SETTINGS, GOODS)
    assert by_model[0].verdict.value == "suspect"


GUN = "the firearm seen 1.3 m from the left end of the container"
CAR = "the vehicle seen 1.3 m from the left end of the container"
CARS = "the 2 vehicles seen, the leftmost 1.3 m from the left end of the container"


@pytest.mark.parametrize(
    ("paper", "rows", "through", "verdict", "severity", "reason", "lines"),
    [
        (manifest(CEMENT), [], THROUGH, "clear", "low", "No object of interest was seen in the container.", ()),
        (None, [], THROUGH, "clear", "low", "No object of interest was seen in the container.", ()),
        (
            manifest(CEMENT),
            [],
            OPAQUE,
            "unknown",
            "medium",
            f"No object of interest was seen in the container, but {HIDES}.",
            (),
        ),
        (
            manifest(CEMENT),
            [seen("firearm")],
            THROUGH,
            "suspect",
            "high",
            f"Line 1 (HS 2523, cement) does not explain {GUN}.",
            (1,),
        ),
        (
            manifest(CEMENT, {"hs_code": "0901", "description": "Coffee,\n  green"}),
            [seen("vehicle"), seen("vehicle", 0.8, 700.0)],
            THROUGH,
            "suspect",
            "high",
            f"None of the manifest's 2 lines explains {CARS}.",
            (),
        ),
        (
            manifest(empty=True),
            [seen("gas_cylinder")],
            THROUGH,
            "suspect",
            "medium",
            "The manifest lists no goods that could explain the gas cylinder seen 1.3 m from the left end of the container.",
            (),
        ),
        (
            manifest(CEMENT),
            [seen("firearm", 0.34)],
            THROUGH,
            "unknown",
            "high",
            f"No line explains {GUN.replace('the', 'the possible', 1)}; the model is not sure of it (0.34).",
            (),
        ),
        (
            manifest({"hs_code": "87032319"}),
            [seen("vehicle")],
            THROUGH,
            "clear",
            "low",
            f"Line 1 (HS 87032319, cars) explains {CAR}.",
            (1,),
        ),
        (
            manifest({"hs_code": "8703"}),
            [seen("vehicle")],
            OPAQUE,
            "unknown",
            "medium",
            f"Line 1 (HS 8703, cars) explains {CAR}, but {HIDES}.",
            (1,),
        ),
        (
            manifest({"description": "used car"}, CEMENT),
            [seen("vehicle")],
            THROUGH,
            "unknown",
            "high",
            f"Line 1 (used car) gives no HS code that is known, so it cannot be told whether the manifest explains {CAR}.",
            (1,),
        ),
        (
            manifest({"package_kind": "VN"}),
            [seen("vehicle")],
            THROUGH,
            "clear",
            "low",
            f"Line 1 explains {CAR}.",
            (1,),
        ),
        (
            None,
            [seen("vehicle")],
            THROUGH,
            "unknown",
            "high",
            f"There is no manifest for this container that could explain {CAR}.",
            (),
        ),
        (
            manifest(CEMENT),
            [seen("firearm", 0.2)],
            THROUGH,
            "clear",
            "low",
            "No object of interest was seen in the container.",
            (),
        ),
    ],
)
def test_undeclared(
    paper: Manifest | None,
    rows: list[Row],
    through: Penetration,
    verdict: str,
    severity: str,
    reason: str,
    lines: tuple[int, ...],
) -> None:
    found = undeclared.check(case(paper, *rows, seen_through=through, pitch_mm=4.4), SETTINGS, GOODS)
    assert answers(found) == [(verdict, severity, reason)]
    assert found[0].lines == lines


@pytest.mark.parametrize(
    ("through", "verdict", "reason"),
    [
        (THROUGH, "clear", "No object of interest was seen in the picture."),
        (
            OPAQUE,
            "unknown",
            f"No object of interest was seen in the picture, but {HIDES.replace('container', 'scan')}.",
        ),
        (
            UNLOCATED,
            "unknown",
            "No object of interest was seen in the picture, but the scan cannot be judged because no container was found in it.",
        ),
    ],
)
def test_undeclared_does_not_speak_of_a_container_that_nobody_found(
    through: Penetration, verdict: str, reason: str
) -> None:
    """A model that knows no container looks at the whole picture, and may clear that; one that found none clears nothing."""
    (found,) = undeclared.check(case(manifest(CEMENT), seen_through=through, box=None), SETTINGS, GOODS)
    assert (found.verdict.value, found.reason) == (verdict, reason)


def test_several_and_possible_objects_in_words() -> None:
    rows = [seen("foreign_body"), seen("foreign_body", 0.8, 700.0)]
    rows += [seen("foreign_body", 0.3, x) for x in (500.0, 600.0, 800.0)]
    settings = CheckSettings(prohibited_labels=("foreign_body",))
    there = case(manifest(CEMENT), *rows, pitch_mm=4.4)
    sure = "2 foreign bodies seen, the leftmost 1.3 m from the left end of the container"
    possible = "3 possible foreign bodies seen, the leftmost 1.8 m from the left end of the container"
    assert [x.reason for x in prohibited.check(there, settings, GOODS)] == [
        f"The {sure}, are reported, and no line explains them (probability 0.90).",
        f"The {possible}, cannot be told for sure (probability 0.30).",
    ]
    assert [x.reason for x in undeclared.check(there, settings, GOODS)] == [
        f"Line 1 (HS 2523, cement) does not explain the {sure}.",
        f"No line explains the {possible}; the model is not sure of them (0.30).",
    ]


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("gas_cylinder", "2 gas cylinders"),
        ("foreign_body", "2 foreign bodies"),
        ("toy", "2 toys"),
        ("box", "2 boxes"),
        ("torch", "2 torches"),
        ("brush", "2 brushes"),
        ("glass", "2 glasses"),
        ("bus", "2 buses"),
        ("knife", "2 knives"),
        ("brick_packages", "2 brick packages"),
    ],
)
def test_plurals(label: str, words: str) -> None:
    assert things(label, 2) == words
    assert things(label, 1) == f"1 {label.replace('_', ' ')}"


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("ammunition", "ammunition"),
        ("machinery", "machinery"),
        ("timber", "timber"),
        ("bulk", "bulk goods"),
        ("household", "household goods"),
        ("electronics", "electronics"),
        ("cigarettes", "cigarettes"),
    ],
)
def test_what_is_not_counted_by_the_piece(label: str, words: str) -> None:
    assert (things(label, 1), things(label, 2)) == (f"1 lot of {words}", f"2 lots of {words}")
    assert a_thing(label) == words


def test_two_boxes_of_ammunition_are_no_ammunitions() -> None:
    rows = [seen("ammunition", 0.7, 800.0), seen("ammunition", 0.9)]
    found = undeclared.check(case(manifest(CEMENT), *rows), SETTINGS, GOODS)
    assert ["the 2 lots of ammunition seen, the leftmost" in f.reason for f in found] == [True]


def test_without_a_container_no_sentence_speaks_of_one() -> None:
    bare = case(None)
    bare = replace(bare, container=replace(bare.container, box=None))
    answers = [manifest_consistency.check(bare, SETTINGS, GOODS), undeclared.check(bare, SETTINGS, GOODS)]
    said = [f.reason for found in answers for f in found if "manifest" in f.reason]
    assert said and not [x for x in said if "for this container" in x]
    assert said[0] == "No container was found, and there is no manifest for the scan to check."


def test_undeclared_shows_every_object() -> None:
    rows = [seen("firearm", 0.7, 800.0), seen("firearm", 0.9), seen("vehicle", 0.3)]
    found = undeclared.check(case(manifest(CEMENT), *rows), SETTINGS, GOODS)
    assert [(f.boxes, round(f.score or 0, 3)) for f in found] == [
        ((rows[1][0], rows[0][0]), 0.9),
        ((rows[2][0],), 0.3),
    ]


VAGUE = "Line 1 (HS 36, explosives and fireworks) and Line 3 (goods) give no HS code"


@pytest.mark.parametrize(
    ("paper", "rows", "through", "expected"),
    [
        (
            manifest(CEMENT),
            [],
            THROUGH,
            [("clear", "low", "No prohibited object was seen and no prohibited goods are declared.")],
        ),
        (
            manifest(CEMENT),
            [],
            OPAQUE,
            [
                (
                    "unknown",
                    "medium",
                    f"No prohibited object was seen and no prohibited goods are declared, but {HIDES}.",
                )
            ],
        ),
        (
            manifest({"hs_code": "9302"}),
            [seen("firearm")],
            THROUGH,
            [
                ("suspect", "high", f"T{GUN[1:]} is reported although the papers explain it (probability 0.90)."),
                (
                    "suspect",
                    "medium",
                    "Line 1 (HS 9302, revolvers and pistols) declares goods that are prohibited or need a licence.",
                ),
            ],
        ),
        (
            manifest(CEMENT),
            [seen("firearm", 0.3)],
            THROUGH,
            [
                (
                    "unknown",
                    "high",
                    f"T{GUN[1:].replace('firearm', 'possible firearm')} cannot be told for sure (probability 0.30).",
                )
            ],
        ),
        (
            manifest({"hs_code": "36"}, {"hs_code": "3605"}, {"description": "goods"}, {"hs_code": "3604.10"}),
            [seen("vehicle")],
            THROUGH,
            [
                (
                    "suspect",
                    "medium",
                    "Line 4 (HS 360410, fireworks and signal flares) declares goods that are prohibited or need a licence.",
                ),
                (
                    "unknown",
                    "low",
                    f"{VAGUE} that says enough to tell whether the goods are prohibited; the full code would tell.",
                ),
            ],
        ),
        (
            None,
            [],
            THROUGH,
            [
                (
                    "unknown",
                    "low",
                    "There is no manifest for this container, so its goods cannot be judged; no prohibited object was seen.",
                )
            ],
        ),
    ],
)
def test_prohibited(
    paper: Manifest | None, rows: list[Row], through: Penetration, expected: list[tuple[str, str, str]]
) -> None:
    found = prohibited.check(case(paper, *rows, seen_through=through, pitch_mm=4.4), SETTINGS, GOODS)
    assert answers(found) == expected


def test_a_prohibited_object_that_papers_explain_has_a_word_of_its_own() -> None:
    """It is reported all the same, but says nothing of whether the papers are true."""
    for code, word in (("930200", "explained"), ("252329", "certain")):
        paper = manifest({"hs_code": code, "description": "goods"})
        found = [x for x in prohibited.check(case(paper, seen("firearm", 0.95)), SETTINGS, GOODS) if x.boxes]
        assert [(x.verdict.value, x.severity.value, x.observation) for x in found] == [("suspect", "high", word)]


TWO_CARS = {"hs_code": "8703", "quantity": 2}
DECLARES = "Line 1 (HS 8703, cars) declares"
CYLINDERS = {"hs_code": "7311", "packages": 1, "package_kind": "CY"}


@pytest.mark.parametrize(
    ("lines", "rows", "through", "verdict", "severity", "reason"),
    [
        ([CEMENT], [], THROUGH, "unknown", "low", "The manifest declares nothing that can be counted in a scan."),
        ([TWO_CARS], [1, 1], THROUGH, "clear", "low", f"{DECLARES} 2 vehicles; 2 are seen."),
        ([TWO_CARS], [1, 1, 1], THROUGH, "suspect", "medium", f"{DECLARES} 2 vehicles; 3 are seen."),
        ([TWO_CARS], [1, 1, 1], OPAQUE, "suspect", "medium", f"{DECLARES} 2 vehicles; 3 are seen."),
        (
            [TWO_CARS],
            [1],
            THROUGH,
            "unknown",
            "low",
            f"{DECLARES} 2 vehicles; 1 is seen, but seen from the side one may stand behind another.",
        ),
        ([TWO_CARS], [], THROUGH, "suspect", "medium", f"{DECLARES} 2 vehicles; none is seen."),
        ([TWO_CARS], [], OPAQUE, "unknown", "low", f"{DECLARES} 2 vehicles; none is seen, but {HIDES}."),
        ([TWO_CARS], [1, 1], OPAQUE, "unknown", "low", f"{DECLARES} 2 vehicles; 2 are seen, but {HIDES}."),
        ([TWO_CARS], [1, 1], BLACK, "unknown", "low", f"{DECLARES} 2 vehicles; 2 are seen, but {NOT_JUDGED}."),
        (
            [TWO_CARS],
            [1, 1, 0.3],
            THROUGH,
            "unknown",
            "low",
            f"{DECLARES} 2 vehicles; 2 are seen and 1 more is possible.",
        ),
        (
            [{"hs_code": "8703"}],
            [1],
            THROUGH,
            "unknown",
            "low",
            f"{DECLARES} vehicle without a number, so the 1 seen cannot be compared.",
        ),
        (
            [{"hs_code": "8703", "quantity": 1.5}],
            [1],
            THROUGH,
            "unknown",
            "low",
            f"{DECLARES} 1.5 vehicles; 1 is seen, and a broken number cannot be compared.",
        ),
        (
            [{"hs_code": "8703", "quantity": 1234567}],
            [],
            OPAQUE,
            "unknown",
            "low",
            f"{DECLARES} 1,234,567 vehicles; none is seen, but {HIDES}.",
        ),
        (
            [{"hs_code": "8703", "quantity": 1e12}] * 2,
            [1],
            OPAQUE,
            "unknown",
            "low",
            (
                "Line 1 (HS 8703, cars) and Line 2 (HS 8703, cars) declare more than 1,000,000,000,000 vehicles; 1 is seen, but "
                f"{HIDES}."
            ),
        ),
        ([{"hs_code": "8703", "packages": 1}], [1], THROUGH, "clear", "low", f"{DECLARES} 1 vehicle; 1 is seen."),
        (
            [TWO_CARS, {"hs_code": "8704", "quantity": 1}],
            [1, 1, 1],
            THROUGH,
            "clear",
            "low",
            "Line 1 (HS 8703, cars) and Line 2 (HS 8704, goods vehicles) declare 3 vehicles; 3 are seen.",
        ),
        (
            [TWO_CARS, {"hs_code": "8711"}],
            [1, 1, 1],
            THROUGH,
            "unknown",
            "medium",
            f"{DECLARES} 2 vehicles; 3 are seen, but Line 2 (HS 8711, motorcycles) may hold the rest.",
        ),
        (
            [TWO_CARS, {"description": "spares"}],
            [1, 1, 1],
            THROUGH,
            "unknown",
            "medium",
            f"{DECLARES} 2 vehicles; 3 are seen, but Line 2 (spares) may hold the rest.",
        ),
    ],
)
def test_count(
    lines: list[dict[str, Any]], rows: list[float], through: Penetration, verdict: str, severity: str, reason: str
) -> None:
    cars = [seen("vehicle", score, 200.0 + 100 * i) for i, score in enumerate(rows)]
    found = count.check(case(manifest(*lines), *cars, seen_through=through), SETTINGS, GOODS)
    assert answers(found) == [(verdict, severity, reason)]


def test_count_keeps_kinds_apart_and_needs_a_manifest() -> None:
    paper = manifest(TWO_CARS, CYLINDERS)
    found = count.check(case(paper, seen("vehicle"), seen("gas_cylinder", x=700.0)), SETTINGS, GOODS)
    assert [(f.verdict.value, f.lines, f.boxes) for f in found] == [
        ("clear", (2,), (seen("gas_cylinder", x=700.0)[0],)),
        ("unknown", (1,), (seen("vehicle")[0],)),
    ]
    none = count.check(case(None), SETTINGS, GOODS)
    assert answers(none) == [("unknown", "low", "There is no manifest for this container, so nothing can be counted.")]


LITTLE = "; so little does not hold up a release by this site's settings."
MORE = "a scan from another side or with higher energy, or a look inside, would show what is there."
NOT_MEASURED = " Which blocks would have been found is not known: it was not measured for this model at these settings, or cannot be told of such a scan."


@pytest.mark.parametrize(
    ("share", "verdict", "severity", "reason"),
    [
        (0.0, "clear", "low", "The beam got through 100 % of the container."),
        (0.002, "clear", "low", "The beam got through more than 99 % of the container."),
        (0.03, "clear", "low", "The beam got through 97 % of the container."),
        (0.04, "unknown", "low", f"4 % of the container is too dense to see through; {MORE[:-1]}{LITTLE}"),
        (0.11, "unknown", "medium", f"11 % of the container is too dense to see through; {MORE}"),
        (0.34, "unknown", "medium", f"34 % of the container is too dense to see through; {MORE}"),
        (0.5, "unknown", "high", f"50 % of the container is too dense to see through; {MORE}"),
    ],
)
def test_inspectability(share: float, verdict: str, severity: str, reason: str) -> None:
    through = Penetration(dense_share=share, dense_boxes=(DENSE,), filled_share=0.4)
    found = inspectability.check(case(None, seen_through=through), SETTINGS, GOODS)
    assert answers(found) == [(verdict, severity, f"{reason}{NOT_MEASURED}")]
    assert found[0].boxes == ((DENSE,) if verdict == "unknown" else ())


def test_inspectability_of_a_picture_that_says_nothing() -> None:
    found = inspectability.check(case(None, seen_through=BLACK), SETTINGS, GOODS)
    reason = "The scan cannot be judged because the picture is black and no beam got through."
    assert answers(found) == [("unknown", "high", reason)]


@pytest.mark.parametrize(
    ("calibrated", "pitch", "words"),
    [
        (True, 4.4, ["The scan's grey values and pixel pitch are known."]),
        (False, 4.4, ["not calibrated"]),
        (True, None, ["pixel pitch of this scan is not known"]),
        (False, None, ["not calibrated", "pixel pitch of this scan is not known"]),
    ],
)
def test_calibration(calibrated: bool, pitch: float | None, words: list[str]) -> None:
    found = calibration.check(case(None, calibrated=calibrated, pitch_mm=pitch), SETTINGS, GOODS)
    assert len(found) == len(words) and all(w in f.reason for f, w in zip(found, words, strict=True))
    assert {f.verdict.value for f in found} == ({"clear"} if calibrated and pitch else {"unknown"})


@pytest.mark.parametrize(
    ("paper", "expected"),
    [
        (manifest(CEMENT), [("clear", "low", "Nothing in the manifest contradicts itself.")]),
        (None, [("unknown", "low", "There is no manifest for this container to check.")]),
        (
            manifest(CEMENT, {"number": 1}, {"number": 1}),
            [("suspect", "low", "Line number 1 is given to 3 lines of the manifest.")],
        ),
        (
            manifest(CEMENT, empty=True),
            [("suspect", "medium", "The container is declared empty, yet the manifest lists 1 line of goods.")],
        ),
        (
            manifest({"gross_mass_kg": 400, "net_mass_kg": 500}),
            [("suspect", "low", "Line 1 gives a net mass of 500 kg, more than its gross mass of 400 kg.")],
        ),
        (
            manifest({"gross_mass_kg": 12000}, {"gross_mass_kg": 8000}, gross_mass_kg=15000),
            [
                (
                    "suspect",
                    "medium",
                    "The lines' gross masses add up to 20,000 kg, but the manifest declares 15,000 kg in all.",
                )
            ],
        ),
        (
            manifest({"gross_mass_kg": 8000}, gross_mass_kg=15000, tare_kg=2200),
            [
                (
                    "suspect",
                    "medium",
                    "The lines' gross masses add up to 8,000 kg, but the manifest declares 15,000 kg in all.",
                )
            ],
        ),
        (manifest({"gross_mass_kg": 12800}, gross_mass_kg=15000, tare_kg=2200), None),
        (manifest({"gross_mass_kg": 15100}, gross_mass_kg=15000, tare_kg=2200), None),
        (
            manifest({"gross_mass_kg": 14000}, gross_mass_kg=15000, tare_kg=2200),
            [
                (
                    "suspect",
                    "medium",
                    "The lines' gross masses add up to 14,000 kg, but the manifest declares 15,000 kg in all.",
                )
            ],
        ),
        (manifest({"gross_mass_kg": 8000}, {}, gross_mass_kg=15000), None),
        (
            manifest({"gross_mass_kg": 8000}, verified_gross_mass_kg=1),
            [
                (
                    "suspect",
                    "medium",
                    "The verified gross mass, 1 kg, is less than the lines' masses together, 8,000 kg.",
                )
            ],
        ),
        (
            manifest({"gross_mass_kg": 9500}, tare_kg=2300, verified_gross_mass_kg=4950.3),
            [
                (
                    "suspect",
                    "medium",
                    "The verified gross mass, 4,950 kg, leaves 2,650 kg beside the tare of 2,300 kg, but the lines' masses add up to 9,500 kg.",
                )
            ],
        ),
        (
            manifest({"net_mass_kg": 2650}, {}, tare_kg=2300, verified_gross_mass_kg=3000),
            [
                (
                    "suspect",
                    "medium",
                    "The verified gross mass, 3,000 kg, leaves 700 kg beside the tare of 2,300 kg, but the lines' masses add up to 2,650 kg.",
                )
            ],
        ),
        (manifest({"gross_mass_kg": 2650}, tare_kg=2300, verified_gross_mass_kg=4950.3), None),
        (manifest({"gross_mass_kg": 2700}, tare_kg=2300, verified_gross_mass_kg=4950.3), None),  # rounding
        (
            manifest({"gross_mass_kg": 10.1, "net_mass_kg": 10.4}),
            [("suspect", "low", "Line 1 gives a net mass of 10.4 kg, more than its gross mass of 10.1 kg.")],
        ),
        (
            manifest({"hs_code": "8609", "description": "1 x 20' EMPTY CONTAINER"}, empty=False),
            [
                (
                    "suspect",
                    "low",
                    "Line 1 (HS 8609, 1 x 20' EMPTY CONTAINER) names an empty container, yet the container is declared loaded.",
                )
            ],
        ),
        (
            manifest({"description": "MT units, reefer equipment"}),
            [
                (
                    "suspect",
                    "low",
                    "Line 1 (MT units, reefer equipment) names an empty container, yet the container is not declared empty.",
                )
            ],
        ),
        (manifest({"description": "empty glass containers"}, {"description": "container parts"}), None),
        (
            manifest(gross_mass_kg=15000, verified_gross_mass_kg=12000),
            [("suspect", "medium", "The verified gross mass, 12,000 kg, is less than the declared 15,000 kg.")],
        ),
    ],
)
def test_manifest_consistency(paper: Manifest | None, expected: list[tuple[str, str, str]] | None) -> None:
    found = manifest_consistency.check(case(paper), SETTINGS, GOODS)
    assert answers(found) == (expected or [("clear", "low", "Nothing in the manifest contradicts itself.")])


def test_of_many_contradictions_of_a_kind_the_rest_is_told_together() -> None:
    lines = [
        {"number": k // 2, "net_mass_kg": 2, "gross_mass_kg": 1, "description": "MT CONTAINER"} for k in range(1000)
    ]
    found = manifest_consistency.check(case(manifest(*lines)), SETTINGS, GOODS)
    most = manifest_consistency.MOST
    assert len(found) == 3 * (most + 1)
    assert [f.reason for f in found[most :: most + 1]] == [
        f"{500 - most} more line numbers are given to several lines of the manifest.",
        f"{1000 - most} more lines name an empty container.",
        f"{1000 - most} more lines give a net mass that is more than the gross mass.",
    ]
    assert [len(f.lines) for f in found[most :: most + 1]] == [500 - most, 1000 - most, 1000 - most]


def test_many_lines_take_every_check_of_the_papers_a_moment() -> None:
    """Ten thousand lines that share their numbers: each line is looked at a few times, not ten thousand times."""
    numbers = (k % 5000 for k in range(10_000))
    lines = [
        {"number": n, "hs_code": "8703", "quantity": 1, "package_kind": "BG", "packages": 9, "gross_mass_kg": 1}
        for n in numbers
    ]
    one = case(manifest(*lines))
    start = process_time()
    found = [f for module in (manifest_consistency, count, package_mass) for f in module.check(one, SETTINGS, GOODS)]
    assert process_time() - start < 5.0  # it took minutes
    assert len(found) < 50


@pytest.mark.parametrize(
    ("box", "whole", "pitch", "expected"),
    [
        ((390.0, 0, 410.0, 9), BOX, 4.4, "1.3 m from the left end of the container"),
        ((390.0, 0, 410.0, 9), BOX, None, "at 30 % of the container's length from its left end"),
        ((0.0, 0, 10.0, 9), BOX, 4.4, "0.0 m from the left end of the container"),
        ((5000.0, 0, 5010.0, 9), BOX, None, "at 100 % of the container's length from its left end"),
        ((390.0, 0, 410.0, 9), None, 4.4, "at column 400 of the scan"),
    ],
)
def test_place(box: Box, whole: Box | None, pitch: float | None, expected: str) -> None:
    assert place(box, case(None, box=whole, pitch_mm=pitch)) == expected


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.001, "less than 1 %"), (0.5, "50 %"), (0.999, "more than 99 %"), (1, "100 %")]
)
def test_percent(share: float, text: str) -> None:
    assert percent(share) == text


def test_long_papers_make_short_sentences() -> None:
    many = [(i, ManifestLine()) for i in range(1, 13)]
    assert lines_name(many[:3], GOODS) == "Lines 1, 2 and 3"
    assert lines_name(many, GOODS) == "Lines 1, 2, 3, 4, 5, 6, 7, 8 and 4 more"
    novel = ManifestLine(hs_code="abc", description="x\x1b[31m\u202e " + "word " * 100)
    name = lines_name([(1, novel)], GOODS)
    assert len(name) < 60 and name.isprintable() and name.endswith("...)")


@pytest.mark.parametrize(
    ("given", "numbers"),
    [
        ([None, None], [1, 2]),
        ([None, 1], [2, 1]),
        ([None, 1, 3], [2, 1, 3]),
        ([None, None, 1], [2, 3, 1]),
        ([5, None], [5, 2]),
    ],
)
def test_no_unnumbered_line_gets_another_line_s_number(given: list[int | None], numbers: list[int]) -> None:
    paper = Manifest(lines=tuple(ManifestLine(number=n) for n in given))
    assert [number for number, _ in numbered(paper)] == numbers


def test_lines_that_share_a_number_are_told_apart_by_their_place() -> None:
    lines = numbered(manifest(CEMENT, {"number": 1, "hs_code": "8703"}, {"hs_code": "0901"}))
    assert [line_name(x, GOODS) for x in lines] == [
        "Line 1 at place 1 (HS 2523, cement)",
        "Line 1 at place 2 (HS 8703, cars)",
        "Line 3 (HS 0901, coffee)",
    ]
    assert lines_name(lines, GOODS) == "Lines 1 at place 1, 1 at place 2 and 3"
    found = undeclared.check(case(Manifest(lines=tuple(x for _, x in lines)), seen("vehicle")), SETTINGS, GOODS)
    assert found[0].lines == (1,) and type(found[0].lines[0]) is int


@pytest.mark.parametrize("blank", ["\u0000", " \u200b\u0007 ", ""])
def test_a_description_of_signs_that_cannot_be_read_is_none(blank: str) -> None:
    assert line_name((1, ManifestLine(hs_code="0901", description=blank)), GOODS) == "Line 1 (HS 0901, coffee)"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (3, "3"),
        (1234567.0, "1,234,567"),
        (1.5, "1.5"),
        (0.0004, "less than 0.001"),
        (0.25, "0.25"),
        (1e12, "1,000,000,000,000"),
        (1e308, "more than 1,000,000,000,000"),
        (float("inf"), "more than 1,000,000,000,000"),
    ],
)
def test_amounts_are_written_as_people_write_them(number: float, text: str) -> None:
    assert amount(number) == text


@pytest.mark.parametrize(
    ("kg", "said"),
    [
        ((9500.0, 2300.4), ["9,500 kg", "2,300 kg"]),
        ((10.4, 10.1), ["10.4 kg", "10.1 kg"]),
        ((0.012, 0.011), ["0.012 kg", "0.011 kg"]),
        ((5.0, 5.0), ["5 kg", "5 kg"]),
    ],
)
def test_different_masses_look_different(kg: tuple[float, ...], said: list[str]) -> None:
    assert masses(*kg) == said


def test_unnumbered_lines_are_named_by_their_place() -> None:
    paper = Manifest(lines=(ManifestLine(hs_code="2523"), ManifestLine(hs_code="8703")))
    found = undeclared.check(case(paper, seen("vehicle")), SETTINGS, GOODS)
    assert found[0].lines == (2,)
    assert found[0].container == NUMBER


def test_a_model_that_cannot_find_a_thing_does_not_rule_it_out() -> None:
    """Silence of a model that was never taught the object must not read as an all-clear."""
    paper = manifest(CEMENT)
    none, cylinders = case(paper, findable=frozenset()), case(paper, findable=frozenset({"gas_cylinder"}))
    assert answers(undeclared.check(none, SETTINGS, GOODS)) == [
        (
            "unknown",
            "medium",
            "The model in use was not taught to find any object of interest, so none can be ruled out.",
        )
    ]
    assert answers(undeclared.check(cylinders, SETTINGS, GOODS))[0][0] == "clear"
    assert answers(prohibited.check(cylinders, SETTINGS, GOODS)) == [
        (
            "unknown",
            "medium",
            "No prohibited object was seen, but the model in use was not taught to find a firearm or ammunition.",
        )
    ]


def test_what_the_model_cannot_find_is_not_counted() -> None:
    cars = manifest({"hs_code": "8703", "description": "cars", "quantity": 2})
    (found,) = count.check(case(cars, findable=frozenset({"firearm"})), SETTINGS, GOODS)
    assert (found.verdict.value, found.severity.value) == ("unknown", "low")
    assert found.reason.endswith("none is seen, but the model in use was not taught to find a vehicle.")


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        (
            {"empty": True, "gross_mass_kg": 30000.0, "tare_kg": 2200.0},
            "The container is declared empty, yet the manifest gives it a gross mass of 30,000 kg where its tare is 2,200 kg.",
        ),
        (
            {"empty": True, "verified_gross_mass_kg": 9000.0},
            (
                "The container is declared empty, yet the manifest gives it a verified gross mass of 9,000 kg, more than any empty "
                "container weighs."
            ),
        ),
        (
            {"empty": True, "gross_mass_kg": 2650.0, "verified_gross_mass_kg": 4950.0, "tare_kg": 2300.0},
            (
                "The container is declared empty, yet the manifest gives it a verified gross mass of 4,950 kg where its tare is "
                "2,300 kg."
            ),
        ),
        ({"empty": True, "gross_mass_kg": 2200.0, "tare_kg": 2200.0}, None),
        ({"empty": True, "gross_mass_kg": 0.0}, None),
        ({"empty": False}, "The container is declared loaded, yet the manifest lists no goods."),
    ],
)
def test_papers_without_goods_are_held_to_what_they_declare(keys: dict[str, Any], reason: str | None) -> None:
    (found,) = manifest_consistency.check(case(manifest(**keys)), SETTINGS, GOODS)
    assert (found.verdict.value, found.reason) == (
        ("suspect", reason) if reason else ("clear", "Nothing in the manifest contradicts itself.")
    )


def test_papers_without_goods_clear_nothing_of_prohibited_goods() -> None:
    for keys in ({"empty": False}, {"empty": None}):
        (found,) = prohibited.check(case(manifest(**keys)), SETTINGS, GOODS)
        assert found.verdict.value == "unknown"
        assert found.reason == "No prohibited object was seen, but the manifest lists no goods that could be judged."
    (empty,) = prohibited.check(case(manifest(empty=True)), SETTINGS, GOODS)
    assert empty.verdict.value == "clear"
