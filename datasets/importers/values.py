"""Values that a source may state beside its boxes: read where their meaning is plain, counted where it is not."""

import sys
from typing import TypeGuard

from scantally.datasets.dataset import LEAST_PITCH_MM, MOST_PITCH_MM, Split
from scantally.datasets.importers.files import printable, split_word
from scantally.datasets.importers.omissions import Omissions
from scantally.detector.config.files import brief

MAX_SIDE = 2**31
"""Px; no format that is read holds larger pictures."""

_YES, _NO = {"1", "1.0", "true", "yes"}, {"", "0", "0.0", "false", "no", "none", "unspecified"}


def is_number(value: object) -> TypeGuard[float]:
    """A number that fits into floating point; JSON's integers may have any length."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return isinstance(value, float) or abs(value) <= sys.float_info.max


def stated_split(value: object, where: str, omissions: Omissions) -> Split | None:
    """``train``, ``val``, ``test`` and their usual spellings; None where nothing is stated, and, counted, for any other word."""
    if value is None or value == "":
        return None
    found = split_word(value) if isinstance(value, str) else None
    if found is None:
        _pass_over(value, where, omissions)
    return found


def stated_flag(value: object, unstated: bool, where: str, omissions: Omissions) -> bool:
    """Yes or no, as a truth value, 0 or 1, or such a word; ``unstated`` where there is none, and, counted, for anything else."""
    if value is None or value == "":
        return unstated
    word = str(value).strip().lower() if isinstance(value, bool | int | float | str) and is_short(value) else "?"
    if word not in _YES | _NO:
        _pass_over(value, where, omissions)
        return unstated
    return word in _YES


def stated_pitch(value: object, where: str, omissions: Omissions) -> float | None:
    """Millimetres that a pixel pitch can have; None where nothing is stated, and, counted, for anything else."""
    if value is None:
        return None
    if is_number(value) and LEAST_PITCH_MM <= value <= MOST_PITCH_MM:
        return float(value)
    _pass_over(value, where, omissions)
    return None


def stated_name(value: object, where: str, omissions: Omissions) -> str | None:
    """A name, or a whole number as one; None where nothing is stated, and, counted, for anything else."""
    if value is None or value == "":
        return None
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and is_short(value)):
        return str(value)
    _pass_over(value, where, omissions)
    return None


def stated_size(width: object, height: object, where: str, omissions: Omissions) -> tuple[int, int] | None:
    """Width and height in px; None where neither is stated (0 is how some tools write that), and, counted, for anything else."""
    if all(x is None or x == "" or (is_number(x) and x == 0) for x in (width, height)):
        return None
    sides = [int(x) for x in (width, height) if is_number(x) and 0 < x < MAX_SIDE and float(x).is_integer()]
    if len(sides) == 2:
        return sides[0], sides[1]
    _pass_over([width, height], f"{where}: width and height", omissions)
    return None


def is_short(value: object) -> bool:
    """Whether a value can be written out: whole numbers of thousands of digits cannot."""
    return not isinstance(value, int) or value.bit_length() < 256


def _pass_over(value: object, where: str, omissions: Omissions) -> None:
    omissions.add("value_passed_over", f"{where} {printable(brief(value))}")
