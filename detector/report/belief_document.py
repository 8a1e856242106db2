"""The weighed evidence as a part of the report's document."""

from typing import Annotated

from pydantic import Field

from scantally.detector.evidence.belief import Belief
from scantally.detector.types import Document

CHANCE_DIGITS = 6  # small chances matter: a release rests on them

Share = Annotated[float, Field(ge=0, le=1)]


class ReportStep(Document):
    """One check's part in the belief: the chance of untrue papers before and after it, and the ratio of those odds."""

    check: str
    family: str
    """Checks of one family look at the same thing; their evidence is discounted."""
    reason: str
    before: Share
    after: Share
    ratio: float
    """Above 1 the check speaks against the papers, below 1 for them."""


class ReportWay(Document):
    """A way in which the papers may be untrue, and its chance."""

    way: str
    chance: Share


class ReportLine(Document):
    """A line of the manifest, and the chance that it is not true."""

    number: int
    posterior: Share


class ReportBelief(Document):
    """What is to be believed of one container's papers."""

    prior: Share
    posterior: Share
    steps: tuple[ReportStep, ...]
    ways: tuple[ReportWay, ...]
    lines: tuple[ReportLine, ...]


def belief_document(belief: Belief) -> ReportBelief:
    """Write a belief down, its chances rounded."""
    return ReportBelief(
        prior=_chance(belief.prior),
        posterior=_chance(belief.posterior),
        steps=tuple(
            ReportStep(
                check=step.check,
                family=step.family,
                reason=step.reason,
                before=_chance(step.before),
                after=_chance(step.after),
                ratio=float(f"{step.ratio:.3g}"),
            )
            for step in belief.steps
        ),
        ways=tuple(ReportWay(way=way, chance=_chance(chance)) for way, chance in belief.ways),
        lines=tuple(ReportLine(number=line.number, posterior=_chance(line.posterior)) for line in belief.lines),
    )


def _chance(value: float) -> float:
    return round(value, CHANCE_DIGITS) + 0.0
