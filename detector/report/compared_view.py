"""As declared and as seen: rows of the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from scantally.detector.report.belief_view import of_hundred
from scantally.detector.report.compared_document import ReportCompared
from scantally.detector.report.document import Report
from scantally.detector.report.marks import Mark, place_name
from scantally.detector.types import Box

DOUBTFUL = 0.05
"""A line's chance of being untrue is told from here on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ComparedView:
    """One row of the page, with the marks that show it and the chance that the line is not true, where that is worth saying."""

    row: ReportCompared
    marks: tuple[int, ...]
    doubt: str | None


def comparisons(report: Report, drawn: list[Mark]) -> list[tuple[str, list[ComparedView]]]:
    """For each container with papers its name, and the papers beside the scan."""
    boxes = [mark.box for mark in drawn]
    found = []
    for index, rows in enumerate(report.comparisons):
        belief = report.evidence[index] if index < len(report.evidence) else None
        doubts = {} if belief is None else {line.number: line.posterior for line in belief.lines}
        if rows:
            found.append((place_name(report, index), _views(rows, boxes, doubts)))
    return found


def _views(rows: Sequence[ReportCompared], boxes: Sequence[Box], doubts: dict[int, float]) -> list[ComparedView]:
    """Rows for the page: ``boxes`` are those of its marks, ``doubts`` the chances that lines are not true."""
    return [
        ComparedView(
            row=row,
            marks=tuple(k for k, box in enumerate(boxes) if box in row.boxes),
            doubt=_doubt(None if row.line is None else doubts.get(row.line)),
        )
        for row in rows
    ]


def _doubt(chance: float | None) -> str | None:
    return of_hundred(chance) if chance is not None and chance >= DOUBTFUL else None
