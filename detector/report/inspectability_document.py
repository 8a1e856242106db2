"""What could have been seen, as a report writes it down."""

import numpy as np
from pydantic import Field

from scantally.detector.report.pixels import PixelBox, rounded_box
from scantally.detector.types import Document, FloatArray, Inspectability

BLIND, LOAD, INSIDE, OUTSIDE = "#", "+", ".", " "


class ReportInspectability(Document):
    """For each cell of a grid over one container the edge in cm of the smallest blocks that would have been found there."""

    box: PixelBox
    """What the grid covers."""
    steel_cm: tuple[tuple[float | None, ...], ...]
    """By row and column; null: not even the largest block that was tried."""
    brick_cm: tuple[tuple[float | None, ...], ...]
    """The same of bricks of 1.2 g/cm3."""
    places: tuple[str, ...] = Field(default=())
    """A character for each cell, row by row: ``#`` cannot be judged, ``+`` load, ``.`` the rest of the inside, a space outside."""
    scaled: bool
    """Whether the pixel pitch is known; without it sizes rest on a usual container's height."""


def inspectability_document(seen: Inspectability) -> ReportInspectability:
    """The grid as rows."""
    drawn = np.full(seen.inside_hw.shape, OUTSIDE)
    for mask_hw, mark in ((seen.inside_hw, INSIDE), (seen.load_hw, LOAD), (seen.blind_hw, BLIND)):
        drawn[mask_hw] = mark
    return ReportInspectability(
        box=rounded_box(seen.box),
        steel_cm=_rows(seen.steel_cm_hw),
        brick_cm=_rows(seen.brick_cm_hw),
        places=tuple("".join(row) for row in drawn),
        scaled=seen.scaled,
    )


def _rows(edge_cm_hw: FloatArray) -> tuple[tuple[float | None, ...], ...]:
    return tuple(tuple(round(float(v), 1) if np.isfinite(v) else None for v in row) for row in edge_cm_hw)


def blind_outline(found: ReportInspectability) -> str:
    """The cells that cannot be judged as an SVG path in pixels of the scan (SVG 2, 9.3); empty where all can be."""
    x0, y0, x1, y1 = found.box
    high = (y1 - y0) / max(len(found.places), 1)
    parts = []
    for row, marks in enumerate(found.places):
        wide = (x1 - x0) / max(len(marks), 1)
        for first, last in _runs(marks):
            parts.append(
                f"M{x0 + first * wide:.1f} {y0 + row * high:.1f}h{(last - first) * wide:.1f}v{high:.1f}h{(first - last) * wide:.1f}z"
            )
    return "".join(parts)


def _runs(marks: str) -> list[tuple[int, int]]:
    """Where cells that cannot be judged begin and end."""
    found, first = [], None
    for at, mark in enumerate(marks + OUTSIDE):
        if mark == BLIND and first is None:
            first = at
        elif mark != BLIND and first is not None:
            found.append((first, at))
            first = None
    return found
