"""Things that are reported whether declared or not: objects in the scan, goods on the paper."""

from scantally.detector.checks.inferred import lines_of, unknown_lines
from scantally.detector.checks.sentences import NumberedLine, blind, finding, lines_name, no_manifest, numbered
from scantally.detector.checks.sight import SURENESS, Sight, cleared, described, sights, sureness
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods, normalise_hs
from scantally.detector.types import Case, Finding, Group, ManifestLine, Severity, Verdict

NAME = "prohibited"

OBSERVATIONS = (
    *(word for word, _ in SURENESS),
    "possible",
    "explained",
    "declared",
    "vague",
    "no_papers",
    "no_goods",
    "untaught",
    "none",
)
"""Words for what says most: how sure the model is of a prohibited object, or what the papers say or leave open."""


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """Prohibited objects that are seen, prohibited goods that are declared, and what of both cannot be told."""
    seen = [s for s in sights(case, Group.OBJECT, settings) if s.label in settings.prohibited_labels]
    found = (*(_seen(case, sight, settings, goods) for sight in seen), *_declared(case, settings, goods))
    return found or (_nothing(case, settings),)


def _seen(case: Case, sight: Sight, settings: CheckSettings, goods: Goods) -> Finding:
    lines = numbered(case.manifest) if case.manifest else []
    explained = any(sight.label in goods.explained_by(line) for _, line in lines)
    verdict = Verdict.SUSPECT if sight.sure else Verdict.UNKNOWN
    rest = _reported(sight, lines, explained, settings, goods) if sight.sure else "cannot be told for sure"
    # The place of the leftmost of several stands between commas.
    comma = "," if len(sight.boxes) > 1 else ""
    text = f"T{described(sight, case)[1:]}{comma} {rest} (probability {sight.score:.2f})."
    word = "explained" if explained else sureness(sight)
    return finding(case, NAME, verdict, Severity.HIGH, text, boxes=sight.boxes, score=sight.score, observation=word)


def _reported(sight: Sight, lines: list[NumberedLine], explained: bool, settings: CheckSettings, goods: Goods) -> str:
    verb, them = ("are", "them") if sight.several else ("is", "it")
    if explained:
        return f"{verb} reported although the papers explain {them}"
    if lines and not unknown_lines(lines, sight.label, settings, goods):
        return f"{verb} reported, and no line explains {them}"
    return f"{verb} reported whether declared or not"


def _declared(case: Case, settings: CheckSettings, goods: Goods) -> list[Finding]:
    lines = numbered(case.manifest) if case.manifest else []
    forbidden = [(n, line) for n, line in lines if _is_prohibited(line, settings)]
    unread = lines_of(lines, settings.prohibited_hs, settings, goods)
    open_ids = {id(line) for _, line in unread}
    vague = [x for x in lines if id(x[1]) in open_ids or _stops_short(x[1], settings)]
    found = []
    if forbidden:
        text = f"{_declares(forbidden, goods)} goods that are prohibited or need a licence."
        found.append(
            finding(case, NAME, Verdict.SUSPECT, Severity.MEDIUM, text, lines=forbidden, observation="declared")
        )
    if vague:
        given = f"{lines_name(vague, goods)} {'give' if len(vague) > 1 else 'gives'}"
        text = (
            f"{given} no HS code that says enough to tell whether the goods are prohibited; the full code would tell."
        )
        found.append(finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text, lines=vague, observation="vague"))
    return found


def _declares(lines: list[NumberedLine], goods: Goods) -> str:
    return f"{lines_name(lines, goods)} {'declare' if len(lines) > 1 else 'declares'}"


def _is_prohibited(line: ManifestLine, settings: CheckSettings) -> bool:
    code = normalise_hs(line.hs_code)
    return code is not None and code.startswith(settings.prohibited_hs)


def _stops_short(line: ManifestLine, settings: CheckSettings) -> bool:
    """Whether a code stops short of a prohibited heading: chapter 36 may be explosives or matches."""
    code = normalise_hs(line.hs_code)
    if code is None or _is_prohibited(line, settings):
        return False
    return any(prefix.startswith(code) for prefix in settings.prohibited_hs)


def _nothing(case: Case, settings: CheckSettings) -> Finding:
    if case.manifest is None:
        text = f"{no_manifest(case)}, so its goods cannot be judged; no prohibited object was seen."
        return finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text, observation="no_papers")
    if not case.manifest.lines and not case.manifest.empty:
        text = "No prohibited object was seen, but the manifest lists no goods that could be judged."
        return finding(case, NAME, Verdict.UNKNOWN, Severity.MEDIUM, text, observation="no_goods")
    why = blind(case, settings.prohibited_labels)
    if why is not None:
        text = f"No prohibited object was seen, but {why}."
        return finding(case, NAME, Verdict.UNKNOWN, Severity.MEDIUM, text, observation="untaught")
    text = "No prohibited object was seen and no prohibited goods are declared"
    return cleared(case, NAME, settings, text, observation="none")
