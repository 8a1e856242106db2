"""Whether the declared mass of the declared goods fits the room that the load takes up."""

from dataclasses import dataclass

from scantally.detector.checks.mass import declared_lines_kg, line_kg
from scantally.detector.checks.sentences import (
    NumberedLine,
    finding,
    no_manifest,
    noted,
    numbered,
    percent,
    whole_amount,
)
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.containers import build_of
from scantally.detector.config.goods import Goods
from scantally.detector.types import Case, Finding, Manifest, Severity, Verdict

NAME = "volume"

OBSERVATIONS = ("fits", "tight", "hollow", "too_small")
"""Words for the room that the load takes: enough, just enough at the densest stow, far too much, far too little."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """Room that the declared goods need, m3, when they lie as densely and as loosely as they are known to."""

    least: float
    most: float
    kg: float
    lines: list[NumberedLine]


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """One finding for the container."""
    room, share = case.weighing.room_m3, case.weighing.filled_share
    why = case.weighing.missing or (None if room is not None and share is not None else "its inside is not in view")
    if why is not None or room is None or share is None:
        text = f"How much room the load takes up cannot be measured: {why}."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text),)
    seen = room * share
    shows = (
        f"The load takes up at most {seen:.0f} m3, {percent(share)} of the inside as the scan shows it from the side"
    )
    if case.manifest is None:
        text = f"{shows}. {no_manifest(case)} to compare it with."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text),)
    need = _need(case.manifest, goods, noted(case))
    if isinstance(need, str):
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, f"{shows}; {need}."),)
    return (_judge(case, need, seen, shows, settings),)


def _need(manifest: Manifest, goods: Goods, notes: str) -> Need | str:
    """What the papers' goods need, or why that cannot be said."""
    lines = numbered(manifest)
    if not lines:
        return "the manifest lists no goods to compare it with"
    total = declared_lines_kg(manifest)
    if total is None:
        return f"the manifest does not declare the mass of every line{notes}"
    least = most = 0.0
    for number, line in lines:
        entry = goods.lookup(line.hs_code)
        if entry is None or entry.density is None:
            return f"how densely the goods of line {number} lie is not known"
        mass = line_kg(line) or 0.0
        least += mass / entry.density[1]
        most += mass / entry.density[0]
    return Need(least=least, most=most, kg=total, lines=lines)


def _judge(case: Case, need: Need, seen: float, shows: str, settings: CheckSettings) -> Finding:
    """Compare, and say what follows: the figures alone tell an officer nothing."""
    room = case.weighing.room_m3 or 0.0
    goods = "the declared goods" if len(need.lines) > 1 else f"line {need.lines[0][0]}'s goods"
    goods = f"{whole_amount(need.kg)} kg of {goods}"
    least, most = _m3(need.least), _m3(need.most)
    if need.least > seen * (1.0 + settings.volume_slack):
        text = f"{shows}; even at their densest, {goods} need {least} m3: they would not fit."
        return _found(case, Verdict.SUSPECT, text, need, "too_small")
    # A tank's shell shows whatever stands in it.
    hollow = seen > need.most * settings.volume_hollow and seen - need.most > 0.1 * room
    if hollow and not _is_tank(case):
        text = f"{shows}; even at their loosest, {goods} need {most} m3: more room is taken up than they fill."
        return _found(case, Verdict.SUSPECT, text, need, "hollow")
    if need.least > seen:
        text = f"{shows}; {goods} need {least} to {most} m3: they fit only as densely as they can lie."
        return _found(case, Verdict.CLEAR, text, need, "tight")
    return _found(case, Verdict.CLEAR, f"{shows}; {goods} {_fit(need, seen, room)}.", need, "fits")


def _fit(need: Need, seen: float, room: float) -> str:
    """How goods that fit do so. A range that goes beyond the whole container hardly rules anything out, and must not sound as if it did."""
    least = _m3(need.least)
    if need.most <= room:
        return f"need {least} to {_m3(need.most)} m3, so they {'fit' if need.most <= seen else 'can fit'}"
    return f"need {least} m3 at least and, loosely packed, more than the container holds: only less than {least} m3 would be too little"


def _is_tank(case: Case) -> bool:
    code = case.manifest.size_type if case.manifest is not None else None
    build = build_of(code) if code else None
    return build is not None and build.family == "tank"


def _found(case: Case, verdict: Verdict, text: str, need: Need, word: str) -> Finding:
    severity = Severity.MEDIUM if word == "too_small" else Severity.LOW
    return finding(case, NAME, verdict, severity, text, lines=need.lines, observation=word)


def _m3(volume: float) -> str:
    return f"{volume:.1f}" if volume < 10.0 else whole_amount(volume)
