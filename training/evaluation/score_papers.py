"""What reports say of papers: how often honest ones are alarmed for, left open or released, how often untrue ones are found where they
can be, and how well the belief in them is calibrated. What can be judged is the truth's word, never the method's."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scantally.datasets.simulator.truth import Truth
from scantally.detector.types import Disposition, Verdict
from scantally.training.evaluation.bootstrap import Figure, Measure, Weights, ratio, with_interval
from scantally.training.evaluation.roc import area
from scantally.training.evaluation.scored import Said

OPEN_CHECKS = ("empty", "goods", "count", "mass")
"""Checks that compare papers with the picture, whose UNKNOWN is counted."""

NOTHING_TO_COMPARE = frozenset({"nothing_to_count", "declared_empty", "cannot_weigh"})
"""Observations of an UNKNOWN about nothing: the papers or the scanner give the check no subject."""

FALSE_ALARMS = 0.05
"""Share of honest scans that may be alarmed for where the belief in papers is judged."""

CALIBRATED, MASS = "cal", "wrong_mass"
"""The looks whose files are calibrated, and the way of being untrue that shows in these alone."""

BINS = 10
"""Of equal counts (Naeini et al. 2015)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OnPapers:
    """What is so of one scan's papers, and what was said."""

    truth: Truth
    said: Said

    @property
    def honest(self) -> bool:
        """Whether all papers of the scan are true."""
        return self.truth.deviation is None

    @property
    def inspectable(self) -> bool:
        """Whether every container and every object of the scan can be judged."""
        containers, objects = self.truth.containers, self.truth.objects
        return all(x.inspectable for x in containers) and all(x.inspectable for x in objects)

    @property
    def declared_empty(self) -> bool:
        """Whether the papers of the container that may be wrong, or else of the first one, declare no load."""
        truth = self.truth
        if truth.deviation in ("false_empty", "false_full"):
            return truth.deviation == "false_empty"
        inside = {x.container for x in truth.loads} | {x.container for x in truth.objects if x.declared}
        return (truth.deviation_container or 0) not in inside

    @property
    def calibrated(self) -> bool:
        """Whether the scanner's grey values are proportional to dose: nothing can be weighed in others."""
        return self.truth.look == CALIBRATED

    @property
    def alarmed(self) -> bool:
        """Whether any finding is SUSPECT."""
        return any(x.verdict is Verdict.SUSPECT for x in self.said.findings)

    def is_open(self, check: str) -> bool:
        """Whether a check with something to compare could not judge it."""
        return any(
            x.check == check and x.verdict is Verdict.UNKNOWN and x.observation not in NOTHING_TO_COMPARE
            for x in self.said.findings
        )

    def has_subject(self, check: str) -> bool:
        """Whether a check had something to compare."""
        return any(x.check == check and x.observation not in NOTHING_TO_COMPARE for x in self.said.findings)


def paper_figures(rows: Sequence[OnPapers]) -> Iterator[tuple[str, Figure]]:
    """Figures on papers; those that reports say nothing of are left out."""
    honest = [row for row in rows if row.honest]
    judgeable = [row for row in honest if row.inspectable]
    if not honest:
        return
    yield "honest scans suspected", _share(honest, lambda row: row.alarmed)
    yield "honest and inspectable: suspected", _share(judgeable, lambda row: row.alarmed)
    yield (
        "honest and inspectable: released",
        _share(judgeable, lambda row: row.said.disposition is Disposition.RELEASE),
    )
    for check in OPEN_CHECKS:
        some = [row for row in judgeable if row.has_subject(check)]
        if some:
            yield f"honest and inspectable: unknown in {check}", _share(some, lambda row, c=check: row.is_open(c))  # type: ignore[misc]
    yield from _by_way(rows, "suspected where inspectable", lambda row: row.alarmed)
    yield from _of_belief(rows)


def _by_way(rows: Sequence[OnPapers], what: str, found: Callable[[OnPapers], bool]) -> Iterator[tuple[str, Figure]]:
    for way in sorted({row.truth.deviation for row in rows if row.truth.deviation}):
        some = [row for row in rows if row.truth.deviation == way and row.inspectable]
        if some:
            yield f"{way}: {what}", _share(some, found)
        weighed = [row for row in some if way == MASS and row.calibrated]
        if weighed:
            yield f"{way}: {what}, calibrated scans", _share(weighed, found)


def _of_belief(rows: Sequence[OnPapers]) -> Iterator[tuple[str, Figure]]:
    """The chance of untrue papers: how well it is calibrated, and what it finds where it alarms for a twentieth of the honest."""
    some = [row for row in rows if row.said.belief is not None]
    chance = {row.said.source: b.posterior for row in some if (b := row.said.belief) is not None}
    honest = [chance[row.said.source] for row in some if row.honest]
    if not honest or len(honest) == len(some):
        return

    def alarmed(row: OnPapers) -> bool:
        return chance[row.said.source] >= least

    least = alarm_from(honest, FALSE_ALARMS)
    yield "belief: honest scans at or above the alarm", _share([row for row in some if row.honest], alarmed)
    yield from _by_way(some, "believed untrue where inspectable", alarmed)
    untrue_N = np.array([not row.honest for row in some], np.bool_)
    names = [row.said.source for row in some]
    chance_N = np.array([chance[name] for name in names], np.float64)
    yield (
        "belief: area under the ROC curve",
        with_interval(names, lambda weights: area(chance_N, untrue_N, weights), len(some)),
    )
    empty_N = np.array([row.declared_empty for row in some], np.bool_)
    share = {bool(x): float(untrue_N[empty_N == x].mean()) for x in np.unique(empty_N)}
    drawn_N = np.array([_as_drawn(row.said, share[row.declared_empty]) for row in some], np.float64)
    yield "belief: ECE with the prior as drawn", with_interval(names, _ece(drawn_N, untrue_N), len(some))


def _as_drawn(said: Said, share: float) -> float:
    """The chance with the share of untrue papers among these scans for its prior: odds are prior odds times the evidence."""
    belief = said.belief
    assert belief is not None
    chance, share = (min(max(x, 1e-9), 1 - 1e-9) for x in (belief.posterior, share))
    odds = chance / (1 - chance) * (1 - belief.prior) / belief.prior * share / (1 - share)
    return odds / (1 + odds)


def alarm_from(honest: Sequence[float], share: float) -> float:
    """The least chance from which on at most this share of the honest lies.

    Raises:
        ValueError: there are none.
    """
    ordered = sorted(honest, reverse=True)
    if not ordered:
        raise ValueError("expected honest papers")
    highest_not = ordered[min(len(ordered) - 1, math.floor(share * len(ordered)))]
    return math.nextafter(highest_not, math.inf)


def _share(rows: Sequence[OnPapers], what: Callable[[OnPapers], bool]) -> Figure:
    names = [row.said.source for row in rows]
    return with_interval(names, ratio([float(what(row)) for row in rows], [1.0] * len(rows)), len(rows))


def _ece(chance_N: NDArray[np.float64], untrue_N: NDArray[np.bool_]) -> Measure:
    """Expected calibration error: mean distance of what is said and what is so, over bins of equal counts."""
    bin_N = np.empty(chance_N.size, np.int64)
    for number, part in enumerate(np.array_split(np.argsort(chance_N, kind="stable"), BINS)):
        bin_N[part] = number

    def measure(weights: Weights) -> float:
        gap_B = np.bincount(bin_N, weights * (chance_N - untrue_N), BINS)
        whole = weights.sum()
        return float(np.abs(gap_B).sum() / whole) if whole else float("nan")

    return measure
