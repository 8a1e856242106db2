"""What one package would weigh by the declared mass and number, against what such packages of such goods weigh.

Whoever writes a false number, or a false mass, seldom keeps both in step: a drum of juice that weighs 90 kg is half empty, or there are
fewer of them. The picture plays no part.
"""

import math
from dataclasses import dataclass

from scantally.detector.checks.mass import line_kg
from scantally.detector.checks.sentences import (
    NumberedLine,
    amount,
    finding,
    line_name,
    no_manifest,
    numbered,
    whole_amount,
)
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Case, Finding, Severity, Verdict

NAME = "package_mass"

OBSERVATIONS = ("usual", "light", "heavy", "far_light", "far_heavy", "not_known", "no_papers")
"""Words for one package of the line that is farthest off: within the range, outside it, and more than ``package_mass_far`` times outside."""

MOST = 20
"""Lines that are told one by one, the farthest off first; more are told together, for a manifest may have 100,000."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Apiece:
    """One line's package: kg by the papers, and the usual kg from lowest to highest."""

    line: NumberedLine
    kg: float
    usual: tuple[float, float]

    @property
    def off(self) -> float:
        """How many times the package is lighter than the lightest or heavier than the heaviest; at most 1 within the range."""
        # So little a mass, or so many packages, that one would weigh nothing.
        return max(self.usual[0] / self.kg, self.kg / self.usual[1]) if self.kg > 0.0 else math.inf

    @property
    def light(self) -> bool:
        """Whether it is too light, where it is off."""
        return self.kg < self.usual[0]


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """One finding for each line whose packages are off, or one for all."""
    if case.manifest is None:
        text = f"{no_manifest(case)}, so nothing is known of its packages."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text, observation="no_papers"),)
    compared = [one for line in numbered(case.manifest) if (one := _apiece(line, goods)) is not None]
    off = sorted((x for x in compared if x.off > 1.0 + settings.package_mass_off), key=lambda x: (-x.off, x.line[0]))
    if off:
        return tuple(_odd(case, one, settings, goods) for one in off[:MOST]) + _rest(case, off[MOST:], settings)
    if not compared:
        text = "No line declares a mass and a number of packages of which it is known what one weighs."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text, observation="not_known"),)
    lines = [x.line for x in compared]
    text = "; ".join(_said(x, goods) for x in compared[:2]) + (", and so on" if len(compared) > 2 else "")
    text = f"{text}: as usual."
    return (finding(case, NAME, Verdict.CLEAR, Severity.LOW, text, lines=lines, observation="usual"),)


def _apiece(line: NumberedLine, goods: Goods) -> Apiece | None:
    """What one package weighs; None where the line, or the table of goods, does not say enough."""
    mass, packages, usual = line_kg(line[1]), line[1].packages, goods.package_kg(line[1])
    if not mass or not packages or usual is None:
        return None
    return Apiece(line=line, kg=mass / packages, usual=usual)


def _odd(case: Case, one: Apiece, settings: CheckSettings, goods: Goods) -> Finding:
    lowest, highest = one.usual
    text = f"{_said(one, goods)}, where such a package weighs {_kg(lowest)} to {_kg(highest)} kg: the number or the mass may be false."
    severity, word = _how_far(one, settings)
    return finding(case, NAME, Verdict.SUSPECT, severity, text, lines=[one.line], observation=word)


def _rest(case: Case, off: list[Apiece], settings: CheckSettings) -> tuple[Finding, ...]:
    """What is not told one by one; the first is the farthest off."""
    if not off:
        return ()
    many = f"{len(off):,} more lines declare" if len(off) > 1 else "1 more line declares"
    text = f"{many} packages that would weigh less or more than such packages do: the number or the mass may be false."
    severity, word = _how_far(off[0], settings)
    return (finding(case, NAME, Verdict.SUSPECT, severity, text, lines=[x.line for x in off], observation=word),)


def _how_far(one: Apiece, settings: CheckSettings) -> tuple[Severity, str]:
    far = one.off > settings.package_mass_far
    return Severity.MEDIUM if far else Severity.LOW, ("far_" if far else "") + ("light" if one.light else "heavy")


def _said(one: Apiece, goods: Goods) -> str:
    """``Line 1 (HS 2009, fruit juice) declares 80 packages (drum) of 12,000 kg together, 150 kg each``."""
    packages, mass = one.line[1].packages or 0, line_kg(one.line[1]) or 0.0
    kind = goods.kind(one.line[1].package_kind)
    named = f" ({kind.title})" if kind is not None else ""
    number = f"{amount(packages)} package{'' if packages == 1 else 's'}{named}"
    if packages == 1:
        return f"{line_name(one.line, goods)} declares {number} of {_kg(mass)} kg"
    return f"{line_name(one.line, goods)} declares {number} of {_kg(mass)} kg together, {_kg(one.kg)} kg each"


def _kg(mass: float) -> str:
    if mass >= 10.0:
        return whole_amount(mass)
    return f"{mass:.1f}" if mass >= 0.1 else amount(mass)
