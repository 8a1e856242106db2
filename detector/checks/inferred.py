"""What lines without an HS code may hold, by their text: ASYCUDA manifests seldom give a code.

A reading gives every chapter of the Harmonized System a share (``detector/config/nomenclature.py``), and the shares are the confidence: of
readings with 0.8 eight in ten are right. A line whose text leaves the chapters that matter next to no chance is no longer taken to hold anything.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from scantally.detector.checks.sentences import NumberedLine, percent
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods, normalise_hs
from scantally.detector.config.nomenclature import Nomenclature, Reading
from scantally.detector.types import ManifestLine

MOST_READ = 300
"""Lines that are read; reading one takes up to a millisecond, and a manifest may have 100,000."""

TOLD = 3
"""Chapters that a reading is taken for: the others together are what it may be beside them."""


def readings(lines: Sequence[NumberedLine], goods: Goods) -> list[Mapping[str, float]]:
    """For each line the shares of all chapters by its text; nothing where its code says more, or the text cannot be read."""
    return [_reading(line, goods) if place < MOST_READ else {} for place, (_, line) in enumerate(lines)]


def unknown_lines(
    lines: Sequence[NumberedLine], label: str, settings: CheckSettings, goods: Goods
) -> list[NumberedLine]:
    """Lines of which it cannot be told whether they explain an object: no code that is known, and a text that does not rule it out."""
    chapters = {prefix[:2] for prefix, entry in goods.goods.items() if label in entry.objects}
    return [line for line, read in _unknown(lines, goods) if chance_of(chapters, read) >= settings.inferred_possible]


def lines_of(
    lines: Sequence[NumberedLine], prefixes: Sequence[str], settings: CheckSettings, goods: Goods
) -> list[NumberedLine]:
    """Lines without a readable code whose text does not rule out goods under these prefixes."""
    chapters = {prefix[:2] for prefix in prefixes}
    uncoded = [x for x in lines if normalise_hs(x[1].hs_code) is None]
    found = zip(uncoded, readings(uncoded, goods), strict=True)
    return [line for line, read in found if chance_of(chapters, read) >= settings.inferred_possible]


def chance_of(chapters: set[str], read: Mapping[str, float]) -> float:
    """The chance that a line is of one of these chapters; 1 where its text says nothing."""
    return sum(read.get(chapter, 0.0) for chapter in chapters) if read else 1.0


def likeliest(read: Mapping[str, float]) -> dict[str, float]:
    """The chapters that a reading is taken for, the likeliest first."""
    return dict(list(read.items())[:TOLD])


def reads_like(read: Mapping[str, float], goods: Goods) -> str:
    """``its text reads like chapter 62 clothing, not knitted (77 %)``."""
    chapter, share = next(iter(read.items()))
    entry = goods.lookup(chapter)
    return f"its text reads like chapter {chapter}{f' {entry.title}' if entry else ''} ({percent(share)})"


def _unknown(lines: Sequence[NumberedLine], goods: Goods) -> list[tuple[NumberedLine, Mapping[str, float]]]:
    unknown = [x for x in lines if goods.lookup(x[1].hs_code) is None]
    return list(zip(unknown, readings(unknown, goods), strict=True))


def _reading(line: ManifestLine, goods: Goods) -> Mapping[str, float]:
    """A code that can be read but is not known says that the goods are none of those that the table knows: its text is not asked."""
    if goods.nomenclature is None or not line.description or normalise_hs(line.hs_code) is not None:
        return {}
    return _read(goods.nomenclature, line.description)


@lru_cache(maxsize=4096)
def _read(nomenclature: Nomenclature, text: str) -> Mapping[str, float]:
    """Several checks ask for the same lines."""
    read = nomenclature.read(text)
    return read.shares if isinstance(read, Reading) else {}
