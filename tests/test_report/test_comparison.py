"""As declared and as seen, side by side: every cell sentence by sentence."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.evidence.comparison import MOST, compare
from scantally.detector.evidence.inspection import Inspection
from scantally.detector.report.document import build_report
from scantally.detector.report.html import render_html
from scantally.detector.types import (
    Case,
    ContainerView,
    Detections,
    Group,
    LoadBlock,
    Manifest,
    ManifestLine,
    Penetration,
    Weighing,
)

TABLE = Goods.model_validate(
    {
        "goods": {
            "09": {"title": "coffee, tea and spices", "loads": {"sacks": 1, "big_bags": 0.6}, "density": [400, 700]},
            "84": {"title": "machines", "loads": {"machinery": 1}},
            "87": {"title": "vehicles", "loads": {"vehicles": 1}, "objects": ["vehicle"], "countable": "vehicle"},
            "02": {"title": "meat", "loads": {"meat": 1}},
        }
    }
)
SETTINGS = CheckSettings()
LABELS = ("sacks", "big_bags", "machinery", "vehicles")
BOX = (100.0, 50.0, 1100.0, 450.0)
LEFT = (120.0, 100.0, 560.0, 440.0)
COFFEE: dict[str, Any] = {"hs_code": "0901", "description": "coffee", "gross_mass_kg": 7000}
LATHE: dict[str, Any] = {"hs_code": "8458", "description": "lathes", "gross_mass_kg": 1000}
CARS: dict[str, Any] = {"hs_code": "8703", "quantity": 2}
HAM: dict[str, Any] = {"hs_code": "0203", "description": "ham"}


def case(
    *lines: dict[str, Any],
    block: dict[str, float] | None = None,
    rows: tuple[Any, ...] = (),
    **keys: Any,  # noqa: ANN401
) -> Case:
    blocks = () if block is None else (LoadBlock(box=LEFT, scores=dict.fromkeys(LABELS, 0.0) | block),)
    fields: dict[str, Any] = {
        "manifest": Manifest(empty=not lines, lines=tuple(ManifestLine(**x) for x in lines)),
        "penetration": Penetration(dense_share=0.0, dense_boxes=(), filled_share=0.42),
        "detections": Detections.of(rows),
    }
    return Case(
        container=ContainerView(number=None, size_type=None, box=BOX),
        pitch_mm=10.0,
        blocks=blocks,
        loads=frozenset((*LABELS, "empty")),
        **{**fields, **keys},
    )


WEIGHED = Weighing(mass_kg=7000, low_kg=6410, high_kg=7560, filled_share=0.4, room_m3=33.0, tare_kg=(2050, 2500))
CAR = ((700.0, 300.0, 1000.0, 440.0), 0.9, "vehicle", Group.OBJECT)
EMPTY = (BOX, 0.97, "empty", Group.LOAD)


def test_nothing_is_compared_without_papers() -> None:
    assert compare(case(manifest=None), SETTINGS, TABLE) == ()


@pytest.mark.parametrize(
    ("there", "declared", "seen"),
    [
        (
            case(COFFEE, block={"sacks": 0.9}, weighing=WEIGHED),
            "loaded, 1 line, 7,000 kg of goods",
            "one block of load, 42 % of the side view filled; weighs 6,400 to 7,600 kg; takes up at most 13 of 33 m3",
        ),
        (
            case(
                COFFEE,
                LATHE,
                weighing=replace(WEIGHED, high_kg=None, lower_bound_only=True, room_m3=None, areal_hw=None),
            ),
            "loaded, 2 lines, 8,000 kg of goods",
            "no block of load recognised, 42 % of the side view filled; weighs at least 6,400 kg",
        ),
        (case(rows=(EMPTY,)), "empty: bare walls, floor and roof, and nothing else", "looks empty (0.97)"),
        (
            case(
                HAM,
                penetration=Penetration(
                    dense_share=1.0, dense_boxes=(), filled_share=0.0, judgeable=False, why="it is black"
                ),
            ),
            "loaded, 1 line",
            "cannot be judged; the scan cannot be judged because it is black",
        ),
    ],
)
def test_the_container_as_a_whole(there: Case, declared: str, seen: str) -> None:
    whole = compare(there, SETTINGS, TABLE)[0]
    assert (whole.line, whole.fits) == (None, "")
    assert (whole.declared, whole.seen) == (declared, seen)


@pytest.mark.parametrize(
    ("there", "declared", "seen", "fits"),
    [
        (
            case(COFFEE, block={"sacks": 0.9}, weighing=WEIGHED),
            "sacks or big bags; 10 to 18 of 33 m3; 7,000 kg",
            "sacks (97 %) from 0.2 m to 4.6 m from the left end",
            "fits",
        ),
        (
            case(COFFEE, block={"machinery": 0.9}),
            "sacks or big bags; 10 to 18 m3; 7,000 kg",
            "machinery (97 %) from 0.2 m to 4.6 m from the left end",
            "does not fit",
        ),
        (
            case(CARS, rows=(CAR,)),
            "vehicles; 2 vehicles",
            "the vehicle seen 7.5 m from the left end of the container",
            "fits",
        ),
        (
            case(HAM, block={"sacks": 0.9}),
            "not known: it would look like hanging meat, which the model was not taught to tell",
            "sacks (97 %) from 0.2 m to 4.6 m from the left end",
            "cannot be told",
        ),
        (case(LATHE), "machinery; 1,000 kg", "nothing that was recognised as load", "cannot be told"),
    ],
)
def test_each_line(there: Case, declared: str, seen: str, fits: str) -> None:
    (line,) = compare(there, SETTINGS, TABLE)[1:]
    assert (line.line, line.declared, line.seen, line.fits) == (1, declared, seen, fits)


def test_of_very_many_lines_those_that_fit_least_are_compared() -> None:
    many = [COFFEE] * (2 * MOST) + [LATHE]
    rows = compare(case(*many, block={"sacks": 0.9}), SETTINGS, TABLE)
    assert len(rows) == MOST + 1
    assert rows[-1].line == 2 * MOST + 1 and rows[-1].fits == "does not fit"


def test_the_page_shows_both_sides_and_leads_to_the_place(make: Callable[..., Inspection]) -> None:
    inspection = make()
    (there,) = inspection.cases
    goods = Goods.model_validate({"goods": {"44": {"title": "wood", "loads": {"timber": 1}}}})
    compared = compare(there, SETTINGS, goods)
    page = render_html(build_report(replace(inspection, comparisons=(compared,))), inspection.scan)
    section = page.split('<section class="compared"')[1].split("</section>")[0]
    assert "As declared, this would look like" in section
    assert "Line 1 (HS 440711, Sawn timber)" in section and "timber; 18,200 kg" in section
    assert '<section class="compared"' not in render_html(build_report(inspection), inspection.scan)
