"""What could have been seen in a report: rows of the JSON, and the outline on the page of what cannot be judged."""

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inspectability_limits import cells, sizes

from scantally.detector.evidence.inspection import Inspection
from scantally.detector.report.document import build_report, to_json
from scantally.detector.report.html import render_html
from scantally.detector.report.inspectability_document import (
    ReportInspectability,
    blind_outline,
    inspectability_document,
)
from scantally.detector.types import Box, Inspectability


def small(**changes: Any) -> Inspectability:  # noqa: ANN401
    """Two rows of three cells."""
    known: dict[str, Any] = {
        "steel_cm_hw": np.array([[2.0, 3.14159, np.inf], [0.04, 29.96, 4.25]], np.float32),
        "brick_cm_hw": np.array([[np.inf, np.inf, np.inf], [4.0, 80.0, 12.3456]], np.float32),
        "inside_hw": np.array([[False, True, True], [True, True, True]]),
        "load_hw": np.array([[False, False, True], [True, True, False]]),
        "blind_hw": np.array([[False, False, True], [False, True, False]]),
        "stopped_hw": cells(2, 3),
        "box": (10.0, 20.0, 40.0, 36.0),
    }
    return sizes(**(known | changes))


def drawn(*places: str, box: Box = (10.0, 20.0, 50.0, 40.0)) -> ReportInspectability:
    rows = tuple((1.0,) * len(row) for row in places)
    return ReportInspectability(box=box, steel_cm=rows, brick_cm=rows, places=places, scaled=True)


# Rows.


def test_sizes_are_rows_in_tenths_and_null_where_there_is_none() -> None:
    found = inspectability_document(small())
    assert found.steel_cm == ((2.0, 3.1, None), (0.0, 30.0, 4.2))
    assert found.brick_cm == ((None, None, None), (4.0, 80.0, 12.3))
    assert (found.box, found.scaled) == ((10.0, 20.0, 40.0, 36.0), True)
    assert json.loads(found.model_dump_json())["steel_cm"] == [[2.0, 3.1, None], [0.0, 30.0, 4.2]]


def test_whether_the_pitch_is_known_and_where_the_grid_lies() -> None:
    found = inspectability_document(small(scaled=False, box=(10.04, -0.04, 40.06, 16.0)))
    assert (found.scaled, found.box) == (False, (10.0, 0.0, 40.1, 16.0))


def test_each_place_has_a_character() -> None:
    assert inspectability_document(small()).places == (" .#", "+#.")


@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 6), columns=st.integers(1, 9))
def test_what_cannot_be_judged_goes_before_load_and_load_before_the_inside(seed: int, rows: int, columns: int) -> None:
    """Whatever of them goes together: no character hides what weighs more."""
    blind, load, inside = np.random.default_rng(seed).random((3, rows, columns)) < 0.5
    sized = np.ones((rows, columns), np.float32)
    found = inspectability_document(
        small(
            blind_hw=blind.copy(),
            load_hw=load.copy(),
            inside_hw=inside.copy(),
            stopped_hw=cells(rows, columns),
            steel_cm_hw=sized,
            brick_cm_hw=sized,
        )
    )
    assert [len(row) for row in found.places] == [columns] * rows
    for row, marks in enumerate(found.places):
        for column, mark in enumerate(marks):
            marked = ((blind, "#"), (load, "+"), (inside, "."))
            assert mark == next((m for part, m in marked if part[row, column]), " ")


@given(data=st.lists(st.one_of(st.floats(0.125, 300.0, width=32), st.just(float("inf"))), min_size=1, max_size=30))
def test_what_is_written_is_within_half_a_tenth(data: list[float]) -> None:
    edges = np.array([data], np.float32)
    plain = {n: cells(1, len(data)) for n in ("inside_hw", "load_hw", "blind_hw", "stopped_hw")}
    (row,) = inspectability_document(small(steel_cm_hw=edges, brick_cm_hw=edges, **plain)).steel_cm
    for said, edge in zip(row, data, strict=True):
        assert said is None if edge == float("inf") else said == pytest.approx(edge, abs=0.05 + 1e-4)


# The outline.


def test_the_outline_is_a_rectangle_for_each_run_of_a_row() -> None:
    assert blind_outline(drawn("#.#", box=(10.0, 20.0, 40.0, 36.0))) == (
        "M10.0 20.0h10.0v16.0h-10.0zM30.0 20.0h10.0v16.0h-10.0z"
    )
    assert blind_outline(drawn(" +.. ", ".###.", "#####", box=(10.0, 20.0, 60.0, 44.0))) == (
        "M20.0 28.0h30.0v8.0h-30.0zM10.0 36.0h50.0v8.0h-50.0z"
    )


@pytest.mark.parametrize("places", [(), ("",), ("", ""), ("....", "++  ")])
def test_without_such_a_cell_there_is_no_outline(places: tuple[str, ...]) -> None:
    assert blind_outline(drawn(*places)) == ""


STEP = r"M(-?[\d.]+) (-?[\d.]+)h(-?[\d.]+)v(-?[\d.]+)h(-?[\d.]+)z"


@st.composite
def grids(draw: st.DrawFn) -> ReportInspectability:
    columns = draw(st.integers(1, 12))
    row = st.text(alphabet="#+. ", min_size=columns, max_size=columns)
    places = draw(st.lists(row, min_size=1, max_size=8))
    x0, y0 = draw(st.integers(0, 900)), draw(st.integers(0, 900))
    wide, high = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    return drawn(*places, box=(float(x0), float(y0), float(x0 + wide * columns), float(y0 + high * len(places))))


@given(found=grids())
def test_the_outline_covers_the_cells_that_cannot_be_judged_and_no_others(found: ReportInspectability) -> None:
    path = blind_outline(found)
    parts = re.findall(STEP, path)
    assert "".join(f"M{a} {b}h{c}v{d}h{e}z" for a, b, c, d, e in parts) == path
    x0, y0, x1, y1 = found.box
    wide, high = (x1 - x0) / len(found.places[0]), (y1 - y0) / len(found.places)
    covered = []
    area = 0.0
    for x, y, across, down, back in (tuple(map(float, part)) for part in parts):
        assert across == -back and down == high
        area += across * down
        row, first = (y - y0) / high, (x - x0) / wide
        covered += [(round(row), round(first) + k) for k in range(round(across / wide))]
    blind = [(r, c) for r, marks in enumerate(found.places) for c, mark in enumerate(marks) if mark == "#"]
    assert sorted(covered) == blind
    assert area == pytest.approx(len(blind) * wide * high)


# In a report.


def with_sizes(inspection: Inspection, *known: Inspectability | None) -> Inspection:
    cases = tuple(replace(case, inspectability=one) for case, one in zip(inspection.cases, known, strict=True))
    return replace(inspection, cases=cases)


def page_of(inspection: Inspection) -> str:
    return render_html(build_report(inspection), inspection.scan)


@pytest.mark.parametrize("known", [(None, None), (small(), None), (None, small()), (small(), small(scaled=False))])
def test_a_report_has_a_grid_for_each_container_or_null(
    two: Inspection, known: tuple[Inspectability | None, ...]
) -> None:
    written = json.loads(to_json(build_report(with_sizes(two, *known))))["inspectability"]
    expected = [None if one is None else json.loads(inspectability_document(one).model_dump_json()) for one in known]
    assert written == expected


def test_the_page_outlines_what_cannot_be_judged(two: Inspection) -> None:
    other = small(box=(250.0, 20.0, 280.0, 36.0))
    page = page_of(with_sizes(two, small(), other))
    for one in (small(), other):
        assert page.count(f'<path class="blind" d="{blind_outline(inspectability_document(one))}"/>') == 1
    assert page.count('<path class="blind"') == 2 and 'id="show-blind" checked' in page


def test_the_page_says_where_nothing_is_hidden_and_is_silent_where_nothing_is_known(two: Inspection) -> None:
    nowhere, unknown = (page_of(with_sizes(two, one, None)) for one in (small(blind_hw=cells(2, 3)), None))
    assert '<path class="blind"' not in nowhere + unknown
    assert 'id="show-blind" disabled' in nowhere and "<small>nowhere</small>" in nowhere
    assert 'id="show-blind"' not in unknown
