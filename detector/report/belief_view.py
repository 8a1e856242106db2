"""The evidence as a waterfall: one row for each check, from the chance before it to the chance after it."""

import math
from dataclasses import dataclass

from scantally.detector.report.belief_document import ReportBelief, ReportStep
from scantally.detector.report.document import Report
from scantally.detector.report.marks import label_words, number_of

WIDTH = 400.0
"""Of the scale in px. It is even in log odds, so that equal evidence moves equally far wherever it starts."""

ENDS = (0.001, 0.999)
TICKS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)

TELLING = 0.05
"""A step that moves the log odds by less hardly moves anything."""

WAYS = {
    "undeclared_object": "something undeclared is in it",
    "hidden_load": "another load is behind what is declared",
    "wrong_container_number": "these are another container's papers",
    "false_empty": "it is declared empty and is not",
    "false_full": "a load is declared and it is empty",
    "wrong_count": "the number of pieces is wrong",
    "wrong_goods": "other goods than declared",
    "wrong_mass": "another mass than declared",
}
"""What each way of being untrue is, in an officer's words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StepView:
    """One row: the bar from ``left``, ``width`` wide, in px of the scale."""

    step: ReportStep
    against: bool
    left: float
    width: float
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BeliefView:
    """One container."""

    name: str
    belief: ReportBelief
    prior: str
    posterior: str
    prior_x: float
    posterior_x: float
    steps: tuple[StepView, ...]
    ways: tuple[tuple[str, str], ...]
    lines: tuple[tuple[int, str], ...]


def belief_views(report: Report) -> list[BeliefView]:
    """The containers whose evidence was weighed, from left to right."""
    return [_view(report, index, belief) for index, belief in enumerate(report.evidence) if belief is not None]


def ticks() -> list[tuple[float, str]]:
    """Places of the scale, and their chances in words."""
    return [(place(chance), of_hundred(chance)) for chance in TICKS]


def _view(report: Report, index: int, belief: ReportBelief) -> BeliefView:
    told = [way for way in belief.ways if way.chance >= 0.1 * belief.posterior and way.chance >= 0.005]
    return BeliefView(
        name=number_of(report, index) or f"Container {index + 1} from the left",
        belief=belief,
        prior=of_hundred(belief.prior),
        posterior=of_hundred(belief.posterior),
        prior_x=place(belief.prior),
        posterior_x=place(belief.posterior),
        steps=tuple(_step(step) for step in belief.steps),
        ways=tuple((WAYS.get(way.way, label_words(way.way)), _of_untrue(way.chance, belief)) for way in told[:3]),
        lines=tuple((line.number, of_hundred(line.posterior)) for line in belief.lines if line.posterior >= 0.05),
    )


def _of_untrue(chance: float, belief: ReportBelief) -> str:
    """A way's part of the chance that the papers are untrue in any way."""
    return of_hundred(min(1.0, chance / max(belief.posterior, 1e-9)))


def _logit(chance: float) -> float:
    kept = min(max(chance, 1e-9), 1 - 1e-9)
    return math.log(kept / (1 - kept))


def _step(step: ReportStep) -> StepView:
    before, after = place(step.before), place(step.after)
    against = step.after >= step.before
    ratio = step.ratio if against else 1 / max(step.ratio, 1e-9)
    times = f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}"
    words = f"{times} times {'likelier' if against else 'less likely'}"
    if abs(_logit(step.after) - _logit(step.before)) < TELLING:
        words = "hardly any change"
    return StepView(
        step=step,
        against=against,
        left=min(before, after),
        width=max(abs(after - before), 1.5),
        words=words,
    )


def place(chance: float) -> float:
    """Where a chance lies on the scale, in px; beyond its ends at them."""
    low, high = (_logit(end) for end in ENDS)
    value = _logit(min(max(chance, ENDS[0]), ENDS[1]))
    return WIDTH * (value - low) / (high - low)


def of_hundred(chance: float) -> str:
    """A chance as so many of a hundred, or of a thousand where it is small or nearly sure, never as none or all."""
    if chance <= 0.0005:  # half of a thousandth is rounded to none
        return "fewer than 1 of 1,000"
    if chance >= 0.9995:
        return "more than 999 of 1,000"
    if chance < 0.095 or chance > 0.985:
        return f"{chance * 1000:.0f} of 1,000" if chance < 0.0095 or chance > 0.985 else f"{chance * 100:.0f} of 100"
    return f"{chance * 100:.0f} of 100"
