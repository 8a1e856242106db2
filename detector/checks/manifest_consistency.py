"""Contradictions within the paper itself; the picture plays no part."""

from collections import Counter
from collections.abc import Iterator

from scantally.detector.checks.sentences import NumberedLine, finding, line_name, no_manifest, numbered
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Case, Finding, Manifest, Severity, Verdict

NAME = "manifest_consistency"

Contradiction = tuple[Severity, str, list[NumberedLine]]


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """One finding for each contradiction, or one CLEAR."""
    if case.manifest is None:
        text = f"{no_manifest(case)} to check."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text),)
    lines = numbered(case.manifest)
    found = [
        *_repeated(lines),
        *_empty_with_lines(case.manifest, lines),
        *_empty_with_mass(case.manifest, settings),
        *_loaded_without_lines(case.manifest, lines),
        *_net_above_gross(lines, settings, goods),
        *_line_masses(case.manifest, lines, settings),
        *_verified_mass(case.manifest, settings),
    ]
    if not found:
        return (finding(case, NAME, Verdict.CLEAR, Severity.LOW, "Nothing in the manifest contradicts itself."),)
    return tuple(finding(case, NAME, Verdict.SUSPECT, severity, text, lines=named) for severity, text, named in found)


def _repeated(lines: list[NumberedLine]) -> Iterator[Contradiction]:
    for number, times in Counter(line.number for _, line in lines if line.number is not None).items():
        if times > 1:
            named = [x for x in lines if x[1].number == number][:1]
            yield Severity.LOW, f"Line number {number} is given to {times} lines of the manifest.", named


def _empty_with_lines(manifest: Manifest, lines: list[NumberedLine]) -> Iterator[Contradiction]:
    if manifest.empty and lines:
        text = f"The container is declared empty, yet the manifest lists {len(lines)} line{'s' * (len(lines) > 1)} of goods."
        yield Severity.MEDIUM, text, lines


def _empty_with_mass(manifest: Manifest, settings: CheckSettings) -> Iterator[Contradiction]:
    """Whether papers count the tare in or not, an empty container weighs no more than itself."""
    masses = [m for m in (manifest.gross_mass_kg, manifest.verified_gross_mass_kg) if m is not None]
    own = settings.heaviest_tare_kg if manifest.tare_kg is None else manifest.tare_kg
    if manifest.empty and masses and max(masses) > own * (1 + settings.mass_tolerance):
        text = f"The container is declared empty, yet the manifest gives it a mass of {_kg(max(masses))}."
        yield Severity.MEDIUM, text, []


def _loaded_without_lines(manifest: Manifest, lines: list[NumberedLine]) -> Iterator[Contradiction]:
    if manifest.empty is False and not lines:
        yield Severity.LOW, "The container is declared loaded, yet the manifest lists no goods.", []


def _net_above_gross(lines: list[NumberedLine], settings: CheckSettings, goods: Goods) -> Iterator[Contradiction]:
    for n, line in lines:
        net, gross = line.net_mass_kg, line.gross_mass_kg
        if net is not None and gross is not None and net > gross * (1 + settings.mass_tolerance):
            text = f"{line_name((n, line), goods)} gives a net mass of {_kg(net)}, more than its gross mass of {_kg(gross)}."
            yield Severity.LOW, text, [(n, line)]


def _line_masses(manifest: Manifest, lines: list[NumberedLine], settings: CheckSettings) -> Iterator[Contradiction]:
    """Lines against the whole, which some papers give with the container's tare and some without."""
    whole = manifest.gross_mass_kg
    masses = [line.gross_mass_kg for _, line in lines if line.gross_mass_kg is not None]
    if whole is None or not masses:
        return
    total, slack = sum(masses), whole * settings.mass_tolerance
    without_tare = whole - (manifest.tare_kg or 0.0)
    # Lines without a mass may hold what is missing, so then only too much is a contradiction.
    too_little = len(masses) == len(lines) and total < min(whole, without_tare) - slack
    between = len(masses) == len(lines) and without_tare + slack < total < whole - slack
    if total > whole + slack or too_little or between:
        text = f"The lines' gross masses add up to {_kg(total)}, but the manifest declares {_kg(whole)} in all."
        yield Severity.MEDIUM, text, [x for x in lines if x[1].gross_mass_kg is not None]


def _verified_mass(manifest: Manifest, settings: CheckSettings) -> Iterator[Contradiction]:
    """The verified gross mass holds the container too (SOLAS VI/2), so it cannot be less than the goods."""
    verified, gross = manifest.verified_gross_mass_kg, manifest.gross_mass_kg
    if verified is not None and gross is not None and verified < gross * (1 - settings.mass_tolerance):
        yield Severity.MEDIUM, f"The verified gross mass, {_kg(verified)}, is less than the declared {_kg(gross)}.", []


def _kg(mass: float) -> str:
    return f"{mass:,.0f} kg"
