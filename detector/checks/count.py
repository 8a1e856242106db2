"""Declared numbers of things that can be counted in the scan, such as vehicles.

Only objects are counted: a load label such as drums has one box for the whole load.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from scantally.detector.checks.inferred import unknown_lines
from scantally.detector.checks.sentences import (
    NumberedLine,
    blind,
    finding,
    lines_name,
    no_manifest,
    numbered,
    thing,
    things,
)
from scantally.detector.checks.sight import Sight, hidden, sights
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Box, Case, Finding, Group, Severity, Verdict

NAME = "count"

OBSERVATIONS = (
    "agrees",
    "more",
    "maybe_more",
    "none",
    "overlooked",
    "fewer",
    "possible",
    "hidden",
    "unsaid",
    "nothing_to_count",
    "no_papers",
)
"""Words for the number seen against the declared one, or why the two cannot be compared."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tally:
    """One kind of thing, declared and seen."""

    label: str
    lines: list[NumberedLine]  # that declare it in numbers
    others: list[NumberedLine]  # that may hold more of it, without a number
    declared: float | None  # None when a line does not say how many
    seen: int
    possible: int
    boxes: tuple[Box, ...]


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """One finding for each kind of countable thing that is declared."""
    if case.manifest is None:
        text = f"{no_manifest(case)}, so nothing can be counted."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text, observation="no_papers"),)
    tallies = list(_tallies(case, settings, goods))
    if not tallies:
        text = "The manifest declares nothing that can be counted in a scan."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text, observation="nothing_to_count"),)
    return tuple(_judge(case, tally, settings, goods) for tally in tallies)


def _tallies(case: Case, settings: CheckSettings, goods: Goods) -> Iterable[Tally]:
    lines = [(x, goods.counted(x[1])) for x in (numbered(case.manifest) if case.manifest else [])]
    objects = sights(case, Group.OBJECT, settings)
    for label in sorted({counted[0] for _, counted in lines if counted is not None}):
        own = [(x, counted[1]) for x, counted in lines if counted is not None and counted[0] == label]
        rest = [x for x, counted in lines if counted is None or counted[0] != label]
        unread = {id(line) for _, line in unknown_lines(rest, label, settings, goods)}
        others = [x for x in rest if label in goods.explained_by(x[1]) or id(x[1]) in unread]
        yield _tally(label, [x for x, _ in own], others, [number for _, number in own], objects)


def _tally(
    label: str, own: list[NumberedLine], others: list[NumberedLine], numbers: list[float | None], objects: list[Sight]
) -> Tally:
    said = [number for number in numbers if number is not None]
    mine = [sight for sight in objects if sight.label == label]
    return Tally(
        label=label,
        lines=own,
        others=others,
        declared=sum(said) if len(said) == len(numbers) else None,
        seen=sum(len(sight.boxes) for sight in mine if sight.sure),
        possible=sum(len(sight.boxes) for sight in mine if not sight.sure),
        boxes=tuple(box for sight in mine for box in sight.boxes),
    )


def _judge(case: Case, tally: Tally, settings: CheckSettings, goods: Goods) -> Finding:
    verdict, severity, word, text = _answer(case, tally, settings, goods)
    return finding(case, NAME, verdict, severity, f"{text}.", boxes=tally.boxes, lines=tally.lines, observation=word)


def _answer(case: Case, tally: Tally, settings: CheckSettings, goods: Goods) -> tuple[Verdict, Severity, str, str]:
    """Verdict, severity, observation, and the sentence."""
    named, declared = lines_name(tally.lines, goods), tally.declared
    verb = "declare" if len(tally.lines) > 1 else "declares"
    if declared is None:
        text = f"{named} {verb} {thing(tally.label)} without a number, so the {tally.seen} seen cannot be compared"
        return Verdict.UNKNOWN, Severity.LOW, "unsaid", text
    text = f"{named} {verb} {things(tally.label, declared)}; {_number_seen(tally)}"
    if not float(declared).is_integer():
        return Verdict.UNKNOWN, Severity.LOW, "unsaid", f"{text}, and a broken number cannot be compared"
    if tally.seen > declared:
        return _more(tally, text, goods)
    why = blind(case, [tally.label]) or hidden(case, settings)
    if why is not None:
        return Verdict.UNKNOWN, Severity.LOW, "hidden", f"{text}, but {why}"
    if tally.possible:
        return Verdict.UNKNOWN, Severity.LOW, "possible", text
    return _fewer_or_equal(tally, declared, text, settings)


def _more(tally: Tally, text: str, goods: Goods) -> tuple[Verdict, Severity, str, str]:
    if tally.others:
        rest = f"{text}, but {lines_name(tally.others, goods)} may hold the rest"
        return Verdict.UNKNOWN, Severity.MEDIUM, "maybe_more", rest
    return Verdict.SUSPECT, Severity.MEDIUM, "more", text


def _fewer_or_equal(
    tally: Tally, declared: float, text: str, settings: CheckSettings
) -> tuple[Verdict, Severity, str, str]:
    """With everything in view and nothing only possible."""
    if tally.seen == declared:
        return Verdict.CLEAR, Severity.LOW, "agrees", text
    if tally.seen == 0 and tally.label in settings.never_missed:
        return Verdict.SUSPECT, Severity.MEDIUM, "none", text
    if tally.seen == 0:
        return Verdict.UNKNOWN, Severity.LOW, "overlooked", f"{text}, but the model overlooks some of what is so small"
    return Verdict.UNKNOWN, Severity.LOW, "fewer", f"{text}, but seen from the side one may stand behind another"


def _number_seen(tally: Tally) -> str:
    seen = f"{tally.seen} {'is' if tally.seen == 1 else 'are'} seen" if tally.seen else "none is seen"
    if not tally.possible:
        return seen
    return f"{seen} and {tally.possible} more {'is' if tally.possible == 1 else 'are'} possible"
