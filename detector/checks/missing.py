"""Manifest lines with no evidence in the scan: is there any block or object that could be it?

It rests on the same blocks as ``goods`` and asks the other way round, so the two are not independent.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from scantally.detector.checks.likeness import Expectation, Grade, Look, either, expectations, grade, looks
from scantally.detector.checks.mass import line_kg
from scantally.detector.checks.sentences import (
    NumberedLine,
    a_thing,
    finding,
    lines_name,
    no_manifest,
    numbered,
    percent,
    things,
)
from scantally.detector.checks.sight import hidden
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Box, Case, Finding, Group, Severity, Verdict

NAME = "missing"

OBSERVATIONS = ("seen", "may_be_seen", "hardly_seen", "not_seen", "not_told_apart")
"""How well the line fits the block that it fits best; ``not_told_apart``: it fits, but is so small a part of the load that a larger line's
goods may be all that is seen. That is no doubt of the model's, as ``hardly_seen`` is."""

_WORD = dict(zip(Grade, (*OBSERVATIONS[:4], OBSERVATIONS[3]), strict=True))

ONE_BY_ONE = 2
"""So many lines with the same answer have a finding each; more have one together."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Piece:
    """What may be a line's goods: a block of load, or an object of interest."""

    box: Box
    look: Look | None = None
    label: str = ""  # of an object
    score: float = 0.0

    def fit(self, expected: Expectation, explained: frozenset[str]) -> float:
        """How likely it is what a line lets expect. An object that the line explains is evidence as good as its probability."""
        if self.look is not None:
            return expected.fit(self.look)
        return self.score if self.label in explained else 0.0

    def kinds(self, expected: Expectation) -> str:
        """A block's likeliest kinds among those that the line lets expect; where that is nothing the model was taught, what it looks like."""
        if self.look is None:
            return ""
        told = {x: weight * self.look.shares.get(x, 0.0) for x, weight in expected.weights.items()}
        if sum(told.values()) < expected.fit(self.look):
            return either([self.look.label])
        likely = sorted(told, key=lambda x: (-told[x], x))
        return either([x for x in likely if told[x] >= told[likely[0]] / 2][:3])


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """One line and the best evidence of it."""

    expected: Expectation
    fit: float
    shown: tuple[Piece, ...]  # nearly as good as the best
    share: float | None  # of the declared mass, or of the packages where not every line has a mass
    apart: bool = True  # no larger line explains all that is shown as well

    @property
    def seen(self) -> str:
        """``2 firearms and cartons``: what is shown, in words."""
        labels = Counter(piece.label for piece in self.shown if piece.look is None)
        objects = [a_thing(x) if count == 1 else things(x, count) for x, count in sorted(labels.items())]
        kinds = (piece.kinds(self.expected) for piece in self.shown if piece.look is not None)
        return " and ".join([*objects, *dict.fromkeys(kinds)])


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What is said of lines. ``one`` and ``many`` follow their names; lines that agree but for ``one`` are told together."""

    verdict: Verdict
    severity: Severity
    observation: str | None
    many: str
    one: str = field(compare=False)


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """One finding for each line, or for several lines that have the same answer."""
    if case.manifest is None:
        return (_silent(case, f"{no_manifest(case)} whose goods could be looked for"),)
    lines = numbered(case.manifest)
    if not lines:
        return (_silent(case, "The manifest declares no goods that could be looked for"),)
    if case.manifest.empty is True:
        text = "The container is declared empty, so the goods that the manifest lists all the same are not looked for"
        return (_silent(case, text),)
    if not case.penetration.judgeable:
        return (_silent(case, f"The goods cannot be looked for: {hidden(case, settings)}", lines),)
    seen = looks(case, settings)
    if not seen:
        return (_silent(case, "No block of load was recognised among which the goods could be looked for", lines),)
    pieces = _pieces(seen, case, settings)
    expected = expectations(lines, case, goods, settings)
    traces = [_trace(x, share, pieces, settings, goods) for x, share in zip(expected, _shares(lines), strict=True)]
    traces = _told_apart(traces, settings, goods)
    groups: dict[Answer, list[tuple[Trace, Answer]]] = {}
    for trace in traces:
        answer = _answer(case, trace, seen, settings)
        groups.setdefault(answer, []).append((trace, answer))
    return tuple(found for members in groups.values() for found in _told(case, goods, members))


def _silent(case: Case, text: str, lines: Sequence[NumberedLine] = ()) -> Finding:
    return finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, f"{text}.", lines=lines)


def _shares(lines: Sequence[NumberedLine]) -> list[float | None]:
    """Each line's part of the declared mass; of the packages where a mass is missing; None where both are."""
    for amounts in ([line_kg(line) for _, line in lines], [line.packages for _, line in lines]):
        known = [float(x) for x in amounts if x is not None]
        total = sum(known)
        if len(known) == len(lines) and total > 0:
            return [x / total for x in known]
    return [1.0] if len(lines) == 1 else [None] * len(lines)


def _pieces(seen: list[Look], case: Case, settings: CheckSettings) -> list[Piece]:
    objects = [
        Piece(box=box, label=label, score=score)
        for box, score, label, group in case.detections.rows()
        if group is Group.OBJECT and score >= settings.unsure
    ]
    return [*(Piece(box=look.box, look=look) for look in seen), *objects]


def _trace(
    expected: Expectation, share: float | None, pieces: list[Piece], settings: CheckSettings, goods: Goods
) -> Trace:
    explained = goods.explained_by(expected.line[1])
    evidence = sorted(((piece.fit(expected, explained), piece) for piece in pieces), key=lambda x: (-x[0], x[1].box))
    fit = evidence[0][0]
    shown = tuple(piece for value, piece in evidence if value >= max(fit / 2, settings.fit_unusual))
    return Trace(expected=expected, fit=fit, shown=shown, share=share)


def _told_apart(traces: list[Trace], settings: CheckSettings, goods: Goods) -> list[Trace]:
    """Mark small lines all of whose evidence a larger line explains as well: eleven kg of telephones are not seen among cartons of clothes."""
    best: dict[Piece, tuple[Grade, float]] = {}
    claims = []
    for trace in traces:
        explained = goods.explained_by(trace.expected.line[1])
        own = {x: (grade(x.fit(trace.expected, explained), settings), -(trace.share or 0.0)) for x in trace.shown}
        claims.append(own)
        for piece, claim in own.items():
            best[piece] = min(claim, best.get(piece, claim))
    return [
        replace(trace, apart=not _is_small(trace, settings) or any(best[x] == claim for x, claim in own.items()))
        for trace, own in zip(traces, claims, strict=True)
    ]


def _is_small(trace: Trace, settings: CheckSettings) -> bool:
    return trace.share is not None and trace.share < settings.missing_share


def _answer(case: Case, trace: Trace, seen: list[Look], settings: CheckSettings) -> Answer:
    expected, found = trace.expected, grade(trace.fit, settings)
    if expected.why is not None and found > Grade.PLAUSIBLE:
        return _unknown(None, f"{expected.why}, so it cannot be looked for", "do not say what to look for")
    if found <= Grade.PLAUSIBLE and not trace.apart:
        return _not_told_apart(trace)
    if found is Grade.EXPECTED:
        one = f"is seen: there is what looks like {trace.seen}"
        return _clear(found, one, "are seen: there is what looks like their goods")
    if found is Grade.PLAUSIBLE:
        return _clear(found, f"may be seen: there may be what looks like {trace.seen}", "may be seen")
    if found is Grade.UNUSUAL:
        one = f"can hardly be seen: little speaks for {expected.words}, but the model cannot rule it out"
        return _unknown(_WORD[found], one, "can hardly be seen, but the model cannot rule them out")
    return _not_seen(case, trace, seen, settings)


def _not_told_apart(trace: Trace) -> Answer:
    small = f"it is {percent(trace.share or 0.0)} of what is declared"
    one = f"cannot be told apart: {small}, and what looks like {trace.seen} may all be of a larger line"
    many = "cannot be told apart: each is a small part of what is declared, and what looks like their goods may all be of larger lines"
    return _unknown(OBSERVATIONS[4], one, many)


def _not_seen(case: Case, trace: Trace, seen: list[Look], settings: CheckSettings) -> Answer:
    """Nothing looks like the line's goods: is it a line that should show?"""
    word, share = OBSERVATIONS[3], trace.share
    why = hidden(case, settings)
    if why is not None:
        return _unknown(word, f"is not seen, but {why}", f"are not seen, but {why}")
    if share is None:
        unsaid = "the papers do not say how large a part of the load"
        return _unknown(word, f"is not seen, but {unsaid} it is", f"are not seen, but {unsaid} they are")
    if _is_small(trace, settings):
        one = f"is not seen, but {percent(share)} of the load is too small a share to be told apart"
        return _unknown(word, one, "are not seen, but are too small a share of the load each to be told apart")
    found = either(sorted({look.label for look in seen}))
    size = "" if share == 1 else f", {percent(share)} of what is declared"
    one = f"is not seen{size}: it would look like {trace.expected.words}, but the load looks like {found}"
    many = f"are not seen: the load looks like {found}"
    return Answer(verdict=Verdict.SUSPECT, severity=Severity.MEDIUM, observation=word, many=many, one=one)


def _clear(found: Grade, one: str, many: str) -> Answer:
    return Answer(verdict=Verdict.CLEAR, severity=Severity.LOW, observation=_WORD[found], many=many, one=one)


def _unknown(word: str | None, one: str, many: str) -> Answer:
    return Answer(verdict=Verdict.UNKNOWN, severity=Severity.LOW, observation=word, many=many, one=one)


def _told(case: Case, goods: Goods, members: list[tuple[Trace, Answer]]) -> list[Finding]:
    """Findings for lines with equal answers: one by one while they are few."""
    some = [members] if len(members) > ONE_BY_ONE else [[member] for member in members]
    return [_finding(case, goods, [trace for trace, _ in group], group[0][1]) for group in some]


def _finding(case: Case, goods: Goods, traces: list[Trace], answer: Answer) -> Finding:
    lines = [trace.expected.line for trace in traces]
    return finding(
        case,
        NAME,
        answer.verdict,
        answer.severity,
        f"{lines_name(lines, goods)} {answer.one if len(lines) == 1 else answer.many}.",
        boxes=sorted({piece.box for trace in traces for piece in trace.shown}),
        lines=lines,
        score=min(trace.fit for trace in traces) if answer.observation else None,
        observation=answer.observation,
    )
