"""Numbers as people write them in tables: decimal point or comma, thousands set apart, or a doubt that must be said."""

import re
from collections.abc import Iterable
from typing import Literal

Decimal = Literal[".", ","]

MAX_LENGTH = 60
"""Characters of a number, with room for its unit; what is longer is none."""

_KG = ("kilograms", "kilogram", "kgs", "kgm", "kg")
_BLANKS = " \u00a0\u202f'\u2019"


def _pattern(decimal: Decimal) -> re.Pattern[str]:
    groups = _BLANKS + ("," if decimal == "." else ".")
    # No thousands begin with 0, so '0.125' can only be a fraction; one number uses one sign between its thousands.
    thousands = rf"[1-9][0-9]{{0,2}}(?P<sep>[{groups}])[0-9]{{3}}(?:(?P=sep)[0-9]{{3}})*"
    return re.compile(rf"(?P<sign>[+-]?)(?P<whole>{thousands}|[0-9]+)(?:{re.escape(decimal)}(?P<part>[0-9]+))?")


_PATTERNS: dict[Decimal, re.Pattern[str]] = {".": _pattern("."), ",": _pattern(",")}


def without_kg(text: str) -> str:
    """A mass without 'kg' behind it."""
    text = text.strip()
    if text[-1:].isdigit():  # no unit, as in most cells
        return text
    plain = text.removesuffix(".")
    for unit in _KG:
        if plain.lower().endswith(unit):
            return plain[: -len(unit)].rstrip()
    return text


def read_as(text: str, decimal: Decimal) -> float | None:
    """The number that ``text`` is under one decimal sign; None if it is none."""
    match = _PATTERNS[decimal].fullmatch(text.strip()) if len(text) <= MAX_LENGTH else None
    if match is None:
        return None
    whole = "".join(filter(str.isdigit, match["whole"]))
    return float(f"{match['sign']}{whole}.{match['part'] or '0'}")


def decimal_of(texts: Iterable[str]) -> Decimal | None:
    """The decimal sign that the numbers of a file agree on: those that can be read in one way only decide."""
    seen: set[Decimal] = set()
    for text in texts:
        point, comma = read_as(text, "."), read_as(text, ",")
        if point is None and comma is not None:
            seen.add(",")
        elif comma is None and point is not None:
            seen.add(".")
    return seen.pop() if len(seen) == 1 else None


def meanings(text: str, decimal: Decimal | None) -> list[float]:
    """What a number can mean: one value, none, or two where the decimal sign is open and '12.500' may be 12.5 or 12500."""
    signs: tuple[Decimal, ...] = (".", ",") if decimal is None else (decimal,)
    values = [read_as(text, sign) for sign in signs]
    return sorted({v for v in values if v is not None})
