"""From belief to disposition: what costs least to be expected, and what no cost may override."""

from collections.abc import Callable, Iterable

from scantally.detector.checks.disposition import RANK, forbids
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.decision import DecisionSettings
from scantally.detector.types import Disposition, Finding, Severity, Verdict


def expected_costs(posterior: float, settings: DecisionSettings) -> dict[Disposition, float]:
    """What each answer is expected to cost where papers are untrue with this chance. Opening a container finds everything."""
    miss = posterior * settings.cost_miss
    return {
        Disposition.RELEASE: miss,
        Disposition.REVIEW: settings.cost_review + settings.review_misses * miss,
        Disposition.INSPECT: settings.cost_inspect,
    }


def decide(
    posterior: float,
    findings: Iterable[Finding],
    checks: CheckSettings,
    settings: DecisionSettings,
    weighed: Callable[[Finding], bool] | None = None,
) -> Disposition:
    """The cheapest answer; of equal ones the most careful.

    Three things are no matter of cost: a SUSPECT of high severity is inspected; what a required check could not judge, or said
    nothing about, is not released; nor is a SUSPECT that is not ``weighed`` (None: all are), for the posterior knows nothing of it.
    """
    findings = tuple(findings)
    costs = expected_costs(posterior, settings)
    cheapest = min(costs, key=lambda answer: (costs[answer], -RANK[answer]))
    return max((cheapest, _least(findings, checks, weighed)), key=RANK.__getitem__)


def _least(
    findings: tuple[Finding, ...], checks: CheckSettings, weighed: Callable[[Finding], bool] | None
) -> Disposition:
    suspect = [f for f in findings if f.verdict is Verdict.SUSPECT]
    if any(f.severity is Severity.HIGH for f in suspect):
        return Disposition.INSPECT
    if weighed is not None and any(not weighed(f) for f in suspect):
        return Disposition.REVIEW
    required = set(checks.release_requires)
    silent = required - {f.check for f in findings}
    blind = any(forbids(f, required) for f in findings)
    return Disposition.REVIEW if silent or blind else Disposition.RELEASE
