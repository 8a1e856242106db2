"""Objects in the scan that no line of the manifest explains."""

from scantally.detector.checks.inferred import unknown_lines
from scantally.detector.checks.sentences import NumberedLine, finding, line_name, lines_name, no_manifest, numbered
from scantally.detector.checks.sight import SURENESS, Sight, cleared, described, sights, sureness
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Case, Finding, Group, Severity, Verdict

NAME = "undeclared"

OBSERVATIONS = (*(word for word, _ in SURENESS), "possible", "unreadable", "no_papers", "explained", "none", "untaught")
"""Words for the object that says most: how sure the model is of one that no line explains, or why that cannot be told."""


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """One finding for each kind of object, sure and possible ones apart."""
    found = tuple(_judge(case, sight, settings, goods) for sight in sights(case, Group.OBJECT, settings))
    return found or (_nothing(case, settings),)


def _nothing(case: Case, settings: CheckSettings) -> Finding:
    if case.findable is not None and not case.findable:
        text = "The model in use was not taught to find any object of interest, so none can be ruled out."
        return finding(case, NAME, Verdict.UNKNOWN, Severity.MEDIUM, text, observation="untaught")
    # Where no container was found, or the model knows none, the whole picture was looked at, and only it can be spoken of.
    where = "picture" if case.container.box is None else "container"
    return cleared(case, NAME, settings, f"No object of interest was seen in the {where}", observation="none")


def _judge(case: Case, sight: Sight, settings: CheckSettings, goods: Goods) -> Finding:
    severity = Severity.HIGH if sight.label in settings.high_labels else Severity.MEDIUM
    lines = numbered(case.manifest) if case.manifest else []
    explaining = [(n, line) for n, line in lines if sight.label in goods.explained_by(line)]
    if explaining:
        text = f"{lines_name(explaining, goods)} {_verb(explaining, 'explain')} {described(sight, case)}"
        return cleared(
            case, NAME, settings, text, boxes=sight.boxes, lines=explaining, score=sight.score, observation="explained"
        )
    verdict, word, reason, named = _unexplained(case, sight, lines, settings, goods)
    return finding(
        case, NAME, verdict, severity, reason, boxes=sight.boxes, lines=named, score=sight.score, observation=word
    )


def _unexplained(
    case: Case, sight: Sight, lines: list[NumberedLine], settings: CheckSettings, goods: Goods
) -> tuple[Verdict, str, str, list[NumberedLine]]:
    """Verdict, observation, reason, and the lines it rests on."""
    what, unread = described(sight, case), unknown_lines(lines, sight.label, settings, goods)
    if case.manifest is None:
        return Verdict.UNKNOWN, "no_papers", f"{no_manifest(case)} that could explain {what}.", []
    if unread:
        text = f"{lines_name(unread, goods)} {_verb(unread, 'give')} no HS code that is known, so it cannot be told"
        return Verdict.UNKNOWN, "unreadable", f"{text} whether the manifest explains {what}.", unread
    if not sight.sure:
        them = "them" if sight.several else "it"
        text = f"No line explains {what}; the model is not sure of {them} ({sight.score:.2f})."
        return Verdict.UNKNOWN, "possible", text, []
    return Verdict.SUSPECT, sureness(sight), f"{_no_line(lines, goods)} {what}.", lines if len(lines) == 1 else []


def _no_line(lines: list[NumberedLine], goods: Goods) -> str:
    if not lines:
        return "The manifest lists no goods that could explain"
    if len(lines) == 1:
        return f"{line_name(lines[0], goods)} does not explain"
    return f"None of the manifest's {len(lines)} lines explains"


def _verb(lines: list[NumberedLine], verb: str) -> str:
    return verb if len(lines) > 1 else f"{verb}s"
