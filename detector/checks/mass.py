"""Declared mass against the mass that the scan shows."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from scantally.detector.checks.sentences import finding, no_manifest, noted, whole_amount
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Case, Finding, Manifest, ManifestLine, Severity, Verdict, Weighing

NAME = "mass"

OBSERVATIONS = ("agrees", "at_least", "vague", "lighter", "heavier", "much_lighter", "much_heavier")
"""Words for the load by the scan against the papers: from within the interval to more than ``mass_error`` outside it.

``cannot_weigh`` is said of a scan that nothing can be weighed by, ``not_found`` where the container of the papers was not: its
outline cannot be made out, or has another length. ``at_least``: the beam was stopped, and what was seen is no more than declared. ``vague``: the interval is too wide to clear.
"""

_STEP_KG = 50.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Declared:
    """Mass of the goods as one part of the papers says it, kg; both ends are equal unless the tare is not known."""

    low: float
    high: float
    where: str  # how a sentence goes on: "the papers declare 21,400 kg"


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """How one declared mass compares."""

    rank: int  # in OBSERVATIONS
    verdict: Verdict
    text: str


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """One finding: for the part of the papers that disagrees most."""
    seen = case.weighing
    if seen.missing is not None or seen.mass_kg is None:
        text = f"The load cannot be weighed by the scan: {seen.missing}."
        word = "not_found" if case.calibrated and case.pitch_mm is not None else "cannot_weigh"
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text, observation=word),)
    if case.manifest is None:
        text = f"{_weighs(seen)} {no_manifest(case)} to compare it with."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text),)
    answers = [
        min((_compare(seen, reading, settings) for reading in readings), key=lambda answer: answer.rank)
        for readings in _declared(case.manifest, seen)
    ]
    if not answers:
        text = f"{_weighs(seen)} The manifest declares no mass to compare it with{noted(case)}."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text),)
    worst = max(answers, key=lambda answer: answer.rank)
    severity = Severity.MEDIUM if worst.verdict is Verdict.SUSPECT else Severity.LOW
    return (finding(case, NAME, worst.verdict, severity, worst.text, observation=OBSERVATIONS[worst.rank]),)


def line_kg(line: ManifestLine) -> float | None:
    """A line's gross mass, its net mass where there is no gross; None when it says neither."""
    return line.net_mass_kg if line.gross_mass_kg is None else line.gross_mass_kg


def declared_lines_kg(manifest: Manifest) -> float | None:
    """Sum of the lines' gross masses, net ones where there is no gross; None when a line says neither or there is no line."""
    masses = [line_kg(line) for line in manifest.lines]
    known = [mass for mass in masses if mass is not None]
    return sum(known) if known and len(known) == len(masses) else None


def _declared(manifest: Manifest, seen: Weighing) -> Iterator[tuple[Declared, ...]]:
    """Every mass of the goods that the papers give; several where one figure can be read in several ways."""
    if manifest.empty and not manifest.lines:
        yield (Declared(low=0.0, high=0.0, where="the container is declared empty"),)
        return
    lines, gross, verified = declared_lines_kg(manifest), manifest.gross_mass_kg, manifest.verified_gross_mass_kg
    tare = _tare(manifest, seen)
    if lines is not None:
        yield (Declared(low=lines, high=lines, where=f"the papers declare {_kg(lines)}"),)
    elif gross is not None:
        # A container's gross mass is given with its tare or without.
        said = f"the papers declare {_kg(gross)} gross"
        without = [Declared(low=max(0.0, gross - tare[1]), high=max(0.0, gross - tare[0]), where=said)] if tare else []
        yield (Declared(low=gross, high=gross, where=said), *without)
    if verified is not None and tare is not None:
        low, high = max(0.0, verified - tare[1]), max(0.0, verified - tare[0])
        said = f"the verified gross mass leaves {_kg(low)}" + (f" to {_kg(high)}" if high - low > _STEP_KG else "")
        yield (Declared(low=low, high=high, where=said),)


def _tare(manifest: Manifest, seen: Weighing) -> tuple[float, float] | None:
    return seen.tare_kg if manifest.tare_kg is None else (manifest.tare_kg, manifest.tare_kg)


def _compare(seen: Weighing, declared: Declared, settings: CheckSettings) -> Answer:
    mass, low = seen.mass_kg or 0.0, seen.low_kg or 0.0
    slack = settings.mass_off * mass + settings.mass_off_kg
    text = f"{_weighs(seen)[:-1]}, but {declared.where}."
    if declared.high < low - slack:
        much = declared.high < (low - slack) * (1.0 - settings.mass_error)
        return _answer("much_heavier" if much else "heavier", Verdict.SUSPECT, text)
    if seen.lower_bound_only or seen.high_kg is None:
        text = f"{_weighs(seen)[:-1]}, and {declared.where}{_let_pass(seen, declared, slack)}: whether it weighs more cannot be seen."
        return _answer("at_least", Verdict.UNKNOWN, text)
    if declared.low > seen.high_kg + slack:
        much = declared.low > (seen.high_kg + slack) * (1.0 + settings.mass_error)
        return _answer("much_lighter" if much else "lighter", Verdict.SUSPECT, text)
    if not _narrow(seen, declared, slack, settings):
        text = f"{_weighs(seen)[:-1]}, and {declared.where}: the weighing is too uncertain to tell."
        return _answer("vague", Verdict.UNKNOWN, text)
    text = f"{_weighs(seen)[:-1]}, and {declared.where}{_let_pass(seen, declared, slack)}."
    return _answer("agrees", Verdict.CLEAR, text)


def _let_pass(seen: Weighing, declared: Declared, slack: float) -> str:
    """Why a mass beside the interval, as that is written, is no contradiction; nothing where it lies within."""
    below = declared.high < _stepped(seen.low_kg or 0.0)
    above = seen.high_kg is not None and declared.low > _stepped(seen.high_kg)
    if not (below or above):
        return ""
    return f" (up to {_kg(slack)} beside that are let pass: pallets, lashing, an unusual container)"


def _narrow(seen: Weighing, declared: Declared, slack: float, settings: CheckSettings) -> bool:
    """Whether a mass that is wrong by ``mass_error``, or by ``mass_error_kg``, would have been found: of an empty container, whether it is
    light at all."""
    mass, low, high = seen.mass_kg or 0.0, seen.low_kg or 0.0, seen.high_kg or 0.0
    if declared.high == 0.0:
        return high <= settings.mass_off_kg * 4.0
    far = max(settings.mass_error * mass, settings.mass_error_kg)
    return declared.high - declared.low < far and low - slack > mass - far and high + slack < mass + far


def _answer(word: str, verdict: Verdict, text: str) -> Answer:
    return Answer(rank=OBSERVATIONS.index(word), verdict=verdict, text=text)


def _weighs(seen: Weighing) -> str:
    """``The load weighs 8,900 to 11,200 kg by the scan.``"""
    low, high = _rounded(seen.low_kg or 0.0), _rounded(seen.high_kg or 0.0)
    if seen.lower_bound_only or seen.high_kg is None:
        return f"The load weighs at least {low} kg by the scan, which could not see through all of it."
    return f"The load weighs {low} to {high} kg by the scan."


def _kg(mass: float) -> str:
    return f"{whole_amount(mass)} kg"


def _rounded(mass: float) -> str:
    return whole_amount(_stepped(mass))


def _stepped(mass: float) -> float:
    """In steps that the interval is worth."""
    return round(mass / _STEP_KG) * _STEP_KG if math.isfinite(mass) else mass
