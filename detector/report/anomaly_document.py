"""Anomalies as a report writes them down."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from scantally.detector.report.pixels import PixelBox, rounded_box
from scantally.detector.types import Anomaly, Document

_DIGITS = 4


class ReportAnomaly(Document):
    """One region that looks unlike the rest of its scan and unlike what is usual. Without a model that looks for such the list is empty,
    and the check ``anomaly`` says so."""

    score: float
    """The chance that a clean scan shows none as strange."""
    box: PixelBox
    rate: Annotated[float, Field(ge=0)] | None = None
    """Regions as strange as this one in a clean scan, on average."""


def anomaly_documents(found: Iterable[Anomaly]) -> tuple[ReportAnomaly, ...]:
    """Each anomaly, in order."""
    return tuple(
        ReportAnomaly(score=round(one.score, _DIGITS), box=rounded_box(one.box), rate=round(one.rate, _DIGITS))
        for one in found
    )
