"""As declared and as seen, side by side, as a part of the report's document."""

from collections.abc import Sequence

from scantally.detector.evidence.comparison import Compared
from scantally.detector.report.pixels import PixelBox, rounded_boxes
from scantally.detector.report.text import utf8
from scantally.detector.types import Document


class ReportCompared(Document):
    """One line of the papers beside the scan; ``line`` null: the container as a whole."""

    line: int | None
    declared: str
    """What the scan would show if the papers were true."""
    seen: str
    fits: str
    """``fits``, ``may fit``, ``hardly fits``, ``does not fit`` or ``cannot be told``; empty for the whole container."""
    boxes: tuple[PixelBox, ...] = ()
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
            boxes=rounded_boxes(row.boxes),
        )
        for row in rows
    )
