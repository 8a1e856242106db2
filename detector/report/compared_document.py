"""As declared and as seen, side by side, as a part of the report's document."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from scantally.detector.evidence.comparison import Compared
from scantally.detector.report.text import utf8
from scantally.detector.types import Box, Document

BOX_DIGITS = 1  # as the report's other boxes

Finite = Annotated[float, Field(allow_inf_nan=False)]


class ReportCompared(Document):
    """One line of the papers beside the scan; ``line`` null: the container as a whole."""

    line: int | None
    declared: str
    """What the scan would show if the papers were true."""
    seen: str
    fits: str
    """``fits``, ``may fit``, ``hardly fits``, ``does not fit`` or ``cannot be told``; empty for the whole container."""
    boxes: tuple[tuple[Finite, Finite, Finite, Finite], ...] = ()
    """Where the scan shows what fits the line best."""
    named: str
    """What the papers call it."""


def compared_document(rows: Sequence[Compared]) -> tuple[ReportCompared, ...]:
    """Write a comparison down."""
    return tuple(
        ReportCompared(
            line=row.line,
            named=utf8(row.named),
            declared=utf8(row.declared),
            seen=utf8(row.seen),
            fits=row.fits,
            boxes=tuple(_box(box) for box in row.boxes),
        )
        for row in rows
    )


def _box(box: Box) -> Box:
    x0, y0, x1, y1 = (round(float(v), BOX_DIGITS) + 0.0 for v in box)
    return x0, y0, x1, y1
