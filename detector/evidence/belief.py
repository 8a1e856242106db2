"""How strongly the evidence speaks: the chance that a container's papers are not true, and what moved it there.

Each check gives a likelihood ratio from the package's tables (``tables.py``): how much likelier is what it said if the papers are untrue
in a certain way than if they are true. Bayes' rule combines them with the site's prior over true papers and every way of being
untrue (Good 1950, Probability and the Weighing of Evidence). Checks of one family look at the same thing: for each way of being untrue only
the strongest word for it and the strongest against it count, and both are discounted by the family's weight.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from scantally.detector.checks.sentences import numbered
from scantally.detector.config.decision import DecisionSettings
from scantally.detector.evidence.tables import EvidenceTables, family_of, strongest, word_of
from scantally.detector.types import Finding, Manifest

LINE_WAYS = ("wrong_goods", "wrong_count", "wrong_mass", "hidden_load")
"""Ways of being untrue that concern a line of the manifest, not the container as a whole."""

Words: TypeAlias = tuple[tuple[str, str], ...]
"""(check, word) pairs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One check's part: what was said, and the chance of untrue papers before and after it."""

    check: str
    family: str
    reason: str
    before: float
    after: float

    @property
    def ratio(self) -> float:
        """Odds after over odds before: above 1 it speaks against the papers."""
        return (self.after / (1 - self.after)) / (self.before / (1 - self.before))


@dataclass(frozen=True, kw_only=True, slots=True)
class LineBelief:
    """The chance that one line of the manifest is not true."""

    number: int
    posterior: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Belief:
    """What is to be believed of one container. ``ways`` says how its papers may be untrue, the likeliest first; with the chance
    that they are true, they add up to 1."""

    prior: float
    posterior: float
    steps: tuple[Step, ...]
    ways: tuple[tuple[str, float], ...]
    lines: tuple[LineBelief, ...]


def believe(
    findings: Sequence[Finding], manifest: Manifest | None, tables: EvidenceTables, settings: DecisionSettings
) -> Belief:
    """Weigh all findings about one container that the tables know. The steps lead from the prior to the posterior without a gap, the
    greatest first."""
    said = _said(findings, tables)
    prior_K = priors(tables, settings)
    logs = _weighed({check: word_of(found) for check, found in said.items()}, tables)
    order = sorted(logs, key=lambda check: (-abs(_alone(prior_K, logs[check])), check))
    log_K, steps = np.log(prior_K), []
    for check in order:
        before, log_K = _untrue(log_K), log_K + logs[check]
        after = _untrue(log_K)
        if after != before:
            found = said[check]
            steps.append(Step(check=check, family=family_of(check), reason=found.reason, before=before, after=after))
    chance_K = _normalised(log_K)
    ways = sorted(zip(tables.ways, (float(p) for p in chance_K[1:]), strict=True), key=lambda way: -way[1])
    return Belief(
        prior=_untrue(np.log(prior_K)),
        posterior=_untrue(log_K),
        steps=tuple(steps),
        ways=tuple(ways),
        lines=_lines(findings, manifest, tables, settings),
    )


def priors(tables: EvidenceTables, settings: DecisionSettings) -> NDArray[np.float64]:
    """(1 + ways,): the chance of true papers, then of each way of being untrue."""
    shares = np.array([settings.ways.get(way, 1.0) for way in tables.ways], np.float64)
    return np.concatenate([[1.0 - settings.prior], settings.prior * shares / shares.sum()])


def posterior_of(words: Mapping[str, str], tables: EvidenceTables, settings: DecisionSettings) -> float:
    """The chance of untrue papers where each check said a word: what ``believe`` finds, without its explanation."""
    log_K = np.log(priors(tables, settings))
    for log in _weighed(words, tables).values():
        log_K = log_K + log
    return _untrue(log_K)


def telling(words: Mapping[str, str], tables: EvidenceTables, ways: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    """By check (1 + ways,): log ratios against true papers, whose own is 0, as far as no other check of its family says the same more
    strongly: for each way the strongest word for it counts, and the strongest against it."""
    families: dict[str, list[str]] = {}
    for check in sorted(words):
        families.setdefault(family_of(check), []).append(check)
    kept: dict[str, NDArray[np.float64]] = {}
    for checks in families.values():
        ratio_CK = np.array([[0.0, *(tables.log_ratio(check, words[check], way) for way in ways)] for check in checks])
        here_C = np.arange(len(checks))[:, None]
        strongest_CK = (here_C == ratio_CK.argmax(axis=0)) & (ratio_CK > 0) | (here_C == ratio_CK.argmin(axis=0)) & (
            ratio_CK < 0
        )
        kept |= dict(zip(checks, np.where(strongest_CK, ratio_CK, 0.0), strict=True))
    return kept


def _weighed(words: Mapping[str, str], tables: EvidenceTables) -> dict[str, NDArray[np.float64]]:
    return {check: tables.weight(check) * log for check, log in telling(words, tables, tables.ways).items()}


def _alone(prior_K: NDArray[np.float64], log_K: NDArray[np.float64]) -> float:
    """By how much the check alone moves the log odds."""
    return _logit(_untrue(np.log(prior_K) + log_K)) - _logit(_untrue(np.log(prior_K)))


def _normalised(log_K: NDArray[np.float64]) -> NDArray[np.float64]:
    chance_K: NDArray[np.float64] = np.exp(log_K - log_K.max())
    normalised: NDArray[np.float64] = chance_K / chance_K.sum()
    return normalised


def _untrue(log_K: NDArray[np.float64]) -> float:
    """The chance of any way of being untrue, never quite 0 or 1."""
    rest = float(np.logaddexp.reduce(log_K[1:]) - log_K[0])
    return float(np.clip(1.0 / (1.0 + math.exp(-rest)) if rest > -700 else 0.0, 1e-9, 1 - 1e-9))


def _logit(chance: float) -> float:
    return math.log(chance / (1.0 - chance))


def _lines(
    findings: Sequence[Finding], manifest: Manifest | None, tables: EvidenceTables, settings: DecisionSettings
) -> tuple[LineBelief, ...]:
    """For each line the findings that name it, against the ways that concern a line; their prior is shared by the lines."""
    if manifest is None or not manifest.lines:
        return ()
    kept = np.array([True, *(way in LINE_WAYS for way in tables.ways)])
    if kept.sum() < 2:
        return ()
    prior_K = priors(tables, settings)[kept]
    prior_K[1:] /= len(manifest.lines)
    prior_K[0] = 1.0 - prior_K[1:].sum()
    numbers = [int(number) for number, _ in numbered(manifest)]
    log_K, known = np.log(prior_K), _by_line(findings, tables)
    told: dict[Words, float] = {}  # many lines say the same
    for words in (known.get(n, ()) for n in numbers):
        if words not in told:
            told[words] = _untrue(log_K + _summed(dict(words), tables)[kept])
    return tuple(LineBelief(number=n, posterior=told[known.get(n, ())]) for n in numbers)


def _said(findings: Iterable[Finding], tables: EvidenceTables) -> dict[str, Finding]:
    """Each check's strongest finding, where the tables know what it says."""
    return {check: found for check, found in strongest(findings).items() if tables.weighs(found)}


def _by_line(findings: Iterable[Finding], tables: EvidenceTables) -> dict[int, Words]:
    """For each line that a finding names, the strongest word of each check, by check."""
    named: dict[int, list[Finding]] = {}
    for found in findings:
        for number in set(found.lines):
            named.setdefault(number, []).append(found)
    return {n: tuple(sorted((c, word_of(f)) for c, f in _said(some, tables).items())) for n, some in named.items()}


def _summed(words: Mapping[str, str], tables: EvidenceTables) -> NDArray[np.float64]:
    parts = _weighed(words, tables)
    return np.sum(list(parts.values()), axis=0) if parts else np.zeros(1 + len(tables.ways))
