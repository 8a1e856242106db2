"""Manifest lines with no evidence in the scan: is there any block or object that could be it?

It rests on the same blocks as ``goods`` and asks the other way round, so the two are not independent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from scantally.detector.checks.likeness import Expectation, Grade, Look, either, expectations, grade, looks
from scantally.detector.checks.mass import line_kg
from scantally.detector.checks.sentences import NumberedLine, finding, lines_name, no_manifest, numbered, percent
from scantally.detector.checks.sight import hidden
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Box, Case, Finding, Group, Severity, Verdict

NAME = "missing"

OBSERVATIONS = ("seen", "may_be_seen", "hardly_seen", "not_seen")
"""How well the line fits the block that it fits best."""

_WORD = dict(zip(Grade, (*OBSERVATIONS, OBSERVATIONS[-1]), strict=True))

ONE_BY_ONE = 2
"""So many lines with the same answer have a finding each; more have one together."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trace:
    """One line and the best evidence of it."""

    expected: Expectation
    fit: float
    boxes: tuple[Box, ...]
    share: float | None  # of the declared mass, or of the packages where not every line has a mass


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
    if case.manifest.empty is True or not lines:
        return (_silent(case, "The manifest declares no goods that could be looked for"),)
    if not case.penetration.judgeable:
        return (_silent(case, f"The goods cannot be looked for: {hidden(case, settings)}", lines),)
    seen = looks(case, settings)
    if not seen:
        return (_silent(case, "No block of load was recognised among which the goods could be looked for", lines),)
    expected = expectations(lines, case, goods)
    traces = [_trace(x, share, seen, case, settings, goods) for x, share in zip(expected, _shares(lines), strict=True)]
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
        if len(known) == len(lines) and sum(known) > 0:
            return [x / sum(known) for x in known]
    return [1.0] if len(lines) == 1 else [None] * len(lines)


def _trace(
    expected: Expectation, share: float | None, seen: list[Look], case: Case, settings: CheckSettings, goods: Goods
) -> Trace:
    """An object that the line explains is evidence as good as its probability."""
    evidence = [(expected.fit(look), look.box) for look in seen]
    explained = goods.explained_by(expected.line[1])
    evidence += [
        (score, box)
        for box, score, label, group in case.detections.rows()
        if group is Group.OBJECT and label in explained and score >= settings.unsure
    ]
    fit = max(value for value, _ in evidence)
    boxes = tuple(box for value, box in evidence if value >= max(fit / 2, settings.fit_unusual))
    return Trace(expected=expected, fit=fit, boxes=boxes, share=share)


def _answer(case: Case, trace: Trace, seen: list[Look], settings: CheckSettings) -> Answer:
    expected, found = trace.expected, grade(trace.fit, settings)
    if expected.why is not None and found > Grade.PLAUSIBLE:
        return _unknown(None, f"{expected.why}, so it cannot be looked for", "do not say what to look for")
    looks_like = f"looks like {expected.words}" if expected.why is None else "it explains"
    if found is Grade.EXPECTED:
        return _clear(found, f"is seen: there is what {looks_like}", "are seen: there is what looks like their goods")
    if found is Grade.PLAUSIBLE:
        return _clear(found, f"may be seen: there may be what {looks_like}", "may be seen")
    if found is Grade.UNUSUAL:
        one = f"can hardly be seen: little speaks for {expected.words}, but the model cannot rule it out"
        return _unknown(_WORD[found], one, "can hardly be seen, but the model cannot rule them out")
    return _not_seen(case, trace, seen, settings)


def _not_seen(case: Case, trace: Trace, seen: list[Look], settings: CheckSettings) -> Answer:
    """Nothing looks like the line's goods: is it a line that should show?"""
    word, share = OBSERVATIONS[-1], trace.share
    why = hidden(case, settings)
    if why is not None:
        return _unknown(word, f"is not seen, but {why}", f"are not seen, but {why}")
    if share is None:
        unsaid = "the papers do not say how large a part of the load"
        return _unknown(word, f"is not seen, but {unsaid} it is", f"are not seen, but {unsaid} they are")
    if share < settings.missing_share:
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
        boxes=sorted({box for trace in traces for box in trace.boxes}),
        lines=lines,
        score=min(trace.fit for trace in traces) if answer.observation else None,
        observation=answer.observation,
    )
