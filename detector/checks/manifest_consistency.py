"""Contradictions within the paper itself; the picture plays no part."""

import re
from collections.abc import Iterator

from scantally.detector.checks.mass import line_kg
from scantally.detector.checks.sentences import NumberedLine, finding, line_name, masses, no_manifest, numbered
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Case, Finding, Manifest, Severity, Verdict

NAME = "manifest_consistency"

MOST = 20
"""Contradictions of one kind that are told one by one; more are told together, for a manifest may have 100,000 lines."""

Contradiction = tuple[Severity, str, list[NumberedLine]]

_EMPTY = frozenset(("empty", "empties", "mt", "mty"))
_CONTAINER = frozenset(("container", "containers", "cntr", "cntrs", "ctr", "ctrs", "equipment"))
_SAID_OF_IT = """
dry van reefer general purpose high cube hc gp dc dv st ft feet foot returned return one unit units x
"""
_AROUND = frozenset(_SAID_OF_IT.split())


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
        *_empty_as_goods(case.manifest, lines, goods),
        *_net_above_gross(lines, settings, goods),
        *_line_masses(case.manifest, lines, settings),
        *_verified_mass(case.manifest, lines, settings),
    ]
    if not found:
        return (finding(case, NAME, Verdict.CLEAR, Severity.LOW, "Nothing in the manifest contradicts itself."),)
    return tuple(finding(case, NAME, Verdict.SUSPECT, severity, text, lines=named) for severity, text, named in found)


def _repeated(lines: list[NumberedLine]) -> Iterator[Contradiction]:
    by_number: dict[int, list[NumberedLine]] = {}
    for x in lines:
        by_number.setdefault(int(x[0]), []).append(x)
    shared = [(number, some) for number, some in by_number.items() if len(some) > 1]
    for number, some in shared[:MOST]:
        yield Severity.LOW, f"Line number {number} is given to {len(some)} lines of the manifest.", some[:1]
    if rest := shared[MOST:]:
        text = f"{_more(len(rest), 'line number is', 'line numbers are')} given to several lines of the manifest."
        yield Severity.LOW, text, [some[0] for _, some in rest]


def _empty_with_lines(manifest: Manifest, lines: list[NumberedLine]) -> Iterator[Contradiction]:
    if manifest.empty and lines:
        text = f"The container is declared empty, yet the manifest lists {len(lines)} line{'s' * (len(lines) > 1)} of goods."
        yield Severity.MEDIUM, text, lines


def _empty_with_mass(manifest: Manifest, settings: CheckSettings) -> Iterator[Contradiction]:
    """Whether papers count the tare in or not, an empty container weighs no more than itself."""
    given = ((manifest.gross_mass_kg, "gross mass"), (manifest.verified_gross_mass_kg, "verified gross mass"))
    mass, named = max(((kg, name) for kg, name in given if kg is not None), default=(0.0, ""))
    tare = manifest.tare_kg
    own = settings.heaviest_tare_kg if tare is None else tare
    if manifest.empty and mass > own * (1 + settings.mass_tolerance):
        said, weighs = masses(mass, own)
        end = ", more than any empty container weighs" if tare is None else f" where its tare is {weighs}"
        text = f"The container is declared empty, yet the manifest gives it a {named} of {said}{end}."
        yield Severity.MEDIUM, text, []


def _loaded_without_lines(manifest: Manifest, lines: list[NumberedLine]) -> Iterator[Contradiction]:
    if manifest.empty is False and not lines:
        yield Severity.LOW, "The container is declared loaded, yet the manifest lists no goods.", []


def _empty_as_goods(manifest: Manifest, lines: list[NumberedLine], goods: Goods) -> Iterator[Contradiction]:
    """Papers of an empty container often list it as its own goods; then it must be declared empty, too."""
    odd = [] if manifest.empty else [x for x in lines if names_empty(x[1].description)]
    state = "not declared empty" if manifest.empty is None else "declared loaded"
    for x in odd[:MOST]:
        yield Severity.LOW, f"{line_name(x, goods)} names an empty container, yet the container is {state}.", [x]
    if rest := odd[MOST:]:
        yield Severity.LOW, f"{_more(len(rest), 'line names', 'lines name')} an empty container.", rest


def names_empty(description: str | None) -> bool:
    """Whether a description names an empty container and nothing else: ``1 x 20' EMPTY CONTAINER``."""
    words = set(re.findall(r"[a-z]+", (description or "").lower()))
    return bool(words & _EMPTY and words & _CONTAINER) and words <= _EMPTY | _CONTAINER | _AROUND


def _net_above_gross(lines: list[NumberedLine], settings: CheckSettings, goods: Goods) -> Iterator[Contradiction]:
    odd = []
    for x in lines:
        net, gross = x[1].net_mass_kg, x[1].gross_mass_kg
        if net is not None and gross is not None and net > gross * (1 + settings.mass_tolerance):
            odd.append((x, net, gross))
    for x, net, gross in odd[:MOST]:
        more, less = masses(net, gross)
        text = f"{line_name(x, goods)} gives a net mass of {more}, more than its gross mass of {less}."
        yield Severity.LOW, text, [x]
    if rest := [x for x, _, _ in odd[MOST:]]:
        text = f"{_more(len(rest), 'line gives', 'lines give')} a net mass that is more than the gross mass."
        yield Severity.LOW, text, rest


def _line_masses(manifest: Manifest, lines: list[NumberedLine], settings: CheckSettings) -> Iterator[Contradiction]:
    """Lines against the whole, which some papers give with the container's tare and some without."""
    whole = manifest.gross_mass_kg
    known = [line.gross_mass_kg for _, line in lines if line.gross_mass_kg is not None]
    if whole is None or not known:
        return
    total, slack = sum(known), whole * settings.mass_tolerance
    without_tare = whole - (manifest.tare_kg or 0.0)
    # Lines without a mass may hold what is missing, so then only too much is a contradiction.
    too_little = len(known) == len(lines) and total < min(whole, without_tare) - slack
    between = len(known) == len(lines) and without_tare + slack < total < whole - slack
    if total > whole + slack or too_little or between:
        added, said = masses(total, whole)
        text = f"The lines' gross masses add up to {added}, but the manifest declares {said} in all."
        yield Severity.MEDIUM, text, [x for x in lines if x[1].gross_mass_kg is not None]


def _verified_mass(manifest: Manifest, lines: list[NumberedLine], settings: CheckSettings) -> Iterator[Contradiction]:
    """The verified gross mass holds the container too (SOLAS VI/2), so it cannot be less than the goods, nor than goods and tare."""
    verified, gross, tare = manifest.verified_gross_mass_kg, manifest.gross_mass_kg, manifest.tare_kg or 0.0
    if verified is None:
        return
    if gross is not None and verified < gross * (1 - settings.mass_tolerance):
        less, more = masses(verified, gross)
        yield Severity.MEDIUM, f"The verified gross mass, {less}, is less than the declared {more}.", []
        return
    weighed = [(x, kg) for x in lines if (kg := line_kg(x[1])) is not None]
    goods = sum(kg for _, kg in weighed)
    if weighed and verified < (goods + tare) * (1 - settings.mass_tolerance):
        less, left, own, of_goods = masses(verified, max(0.0, verified - tare), tare, goods)
        if tare:
            text = f"The verified gross mass, {less}, leaves {left} beside the tare of {own}, but the lines' masses add up to {of_goods}."
        else:
            text = f"The verified gross mass, {less}, is less than the lines' masses together, {of_goods}."
        yield Severity.MEDIUM, text, [x for x, _ in weighed]


def _more(count: int, one: str, many: str) -> str:
    """``1 more line gives``, ``412 more lines give``."""
    return f"{count:,} more {one if count == 1 else many}"
