"""Does the description of a line read like its HS code? The picture plays no part.

A description is read by the nomenclature (``detector/config/nomenclature.py``), which knows no goods but only words: it says how likely
each chapter is, never that a line is wrong. A line is SUSPECT only where its own chapter is implausible and others are likely;
how often that happens to honest lines is measured in docs/results.md.
"""

from scantally.detector.checks.manifest_consistency import names_empty
from scantally.detector.checks.sentences import NumberedLine, finding, line_name, no_manifest, numbered, percent, short
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods, normalise_hs
from scantally.detector.config.nomenclature import Reading, Unread
from scantally.detector.types import Case, Finding, Severity, Verdict

NAME = "description"

AGREES, NEAR, DOUBTFUL, DISAGREES, CONTRADICTS = OBSERVATIONS = (
    "agrees",  # the declared chapter is the likeliest
    "near",  # it is among the three likeliest
    "doubtful",  # it is not, and cannot be ruled out
    "disagrees",  # it is implausible, and the three likeliest are likely together
    "contradicts",  # it is implausible, and one of the three is nearly certain
)
"""What a reading shows, from most agreeing to most disagreeing."""

MOST_LINES = 300
"""Lines that are read one by one; reading one takes up to a millisecond, and a manifest may have 100,000."""

_WHY = {
    Unread.SHORT: "has no word that could be read",
    Unread.VAGUE: "does not say what the goods are",
    Unread.FOREIGN: "is not in English words of the nomenclature",
}


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """One finding for each line of goods, or one UNKNOWN where there is nothing to compare."""
    if case.manifest is None:
        return (_unknown(case, f"{no_manifest(case)}, so no description can be compared."),)
    lines = numbered(case.manifest)
    if not lines:
        return (_unknown(case, "The manifest lists no goods whose description could be compared."),)
    found = tuple(_line(case, line, settings, goods) for line in lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        text = f"Only the first {MOST_LINES} of {len(lines)} descriptions were compared with their codes."
        return (*found, _unknown(case, text))
    return found


def _line(case: Case, line: NumberedLine, settings: CheckSettings, goods: Goods) -> Finding:
    described, code = line[1].description, normalise_hs(line[1].hs_code)
    name = line_name(line, goods)
    if not short(described or ""):
        return _unknown(case, f"{name} has no description that could be compared with its code.", line)
    if names_empty(described):
        text = f"{name}: the description names an empty container and no goods, so it cannot be compared with a code."
        return _unknown(case, text, line)
    if goods.nomenclature is None:
        return _unknown(case, f"{name} cannot be compared: the nomenclature is missing.", line)
    declared = code[:2] if code else None
    read = goods.nomenclature.read(described or "", declared)
    if isinstance(read, Unread):
        return _unknown(case, f"{name}: the description {_WHY[read]}, so it cannot be compared with a code.", line)
    if declared is None or declared not in read.shares:
        return _unknown(case, f"{_no_code(line, name)}; by its description it reads like {_tops(read, goods)}.", line)
    return _compared(case, line, read, declared, settings, goods)


def _no_code(line: NumberedLine, name: str) -> str:
    if not (line[1].hs_code or "").strip():
        return f"{name} gives no HS code"
    if normalise_hs(line[1].hs_code) is None:
        return f"{name} gives an HS code that cannot be read"
    return f"{name} is of a chapter that the nomenclature does not define"


def _compared(
    case: Case, line: NumberedLine, read: Reading, declared: str, settings: CheckSettings, goods: Goods
) -> Finding:
    """The finding about a line that has both a code and a description that was read."""
    observed = observe(read, declared, settings)
    own, tops = percent(read.shares[declared]), _tops(read, goods)
    name, chapter = line_name(line, goods), _chapter(declared, goods)
    if observed == AGREES:
        return _finding(case, Verdict.CLEAR, f"{name} reads like its chapter, {chapter} ({own}).", line, observed)
    if observed == NEAR:
        text = f"{name} may well be of its chapter, {chapter} ({own}); its description reads like {tops}."
        return _finding(case, Verdict.CLEAR, text, line, observed)
    if observed == DOUBTFUL:
        text = f"{name}: its description reads like {tops}, but its chapter, {chapter}, cannot be ruled out ({own})."
        return _finding(case, Verdict.UNKNOWN, text, line, observed)
    text = f'{_declared(line, goods)}, but its description "{short(line[1].description or "")}" reads like {tops}.'
    severity = Severity.MEDIUM if observed == CONTRADICTS else Severity.LOW
    return _finding(case, Verdict.SUSPECT, text, line, observed, severity)


def observe(read: Reading, declared: str, settings: CheckSettings) -> str:
    """One of OBSERVATIONS for a reading and the chapter that the line declares."""
    tops = dict(read.top())
    together = sum(tops.values())
    if declared in tops:
        return AGREES if declared == next(iter(tops)) else NEAR
    if read.shares[declared] >= settings.description_implausible or together < settings.description_likely:
        return DOUBTFUL
    return CONTRADICTS if together >= settings.description_certain else DISAGREES


def _declared(line: NumberedLine, goods: Goods) -> str:
    """``Line 2 is declared as HS 8517 (telephones)``."""
    entry = goods.lookup(line[1].hs_code)
    return f"Line {line[0]} is declared as HS {normalise_hs(line[1].hs_code)}{f' ({entry.title})' if entry else ''}"


def _tops(read: Reading, goods: Goods) -> str:
    """``chapter 69, ceramics (81 %), 68, stone (9 %), or 70, glass (3 %)``."""
    said = [f"{_chapter(chapter, goods)} ({percent(share)})" for chapter, share in read.top()]
    return f"chapter {', '.join(said[:-1])}, or {said[-1]}"


def _chapter(chapter: str, goods: Goods) -> str:
    entry = goods.lookup(chapter)
    return f"{chapter} {entry.title}" if entry else chapter


def _unknown(case: Case, text: str, line: NumberedLine | None = None) -> Finding:
    return finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text, lines=[line] if line else [])


def _finding(
    case: Case, verdict: Verdict, text: str, line: NumberedLine, observed: str, severity: Severity = Severity.LOW
) -> Finding:
    return finding(case, NAME, verdict, severity, text, lines=[line], observation=observed)
