"""Container numbers and size/type codes after ISO 6346 (freight containers: coding, identification and marking).

A number is the owner's three letters, one letter for the category of equipment, six digits and a check digit.
The check digit weighs position i with 2**i, takes the sum modulo 11, and writes 10 as 0; python-stdnum computes it.
"""

import re

from iso_container import get_container_info
from stdnum import iso6346

# Category: U freight container, J detachable equipment, Z trailer or chassis. R is taken too, because python-stdnum takes it.
_FORM = re.compile(r"[A-Z]{3}[UJZR][0-9]{7}")
_FORM_IN_WORDS = "three letters of the owner, then U, J, Z or R, then seven digits"

# Of the table's classes, those that name no kind of container.
_NO_CONTAINER = ("UNCONTAINERISED", "FLATBED")
_UNKNOWN_TYPE = "UNRECOGNIZED CONTAINER TYPE"

MAX_SHOWN = 40
"""Characters of a number that a sentence repeats; a damaged file may hold a novel there."""


def normalise_number(text: str) -> str:
    """A container number as papers compare it: upper case, without spaces, hyphens, dots or slashes."""
    return re.sub(r"[\s\-\u2010-\u2015./]+", "", text).upper()


def number_problem(number: str) -> str | None:
    """What is wrong with a container number, as one sentence for an officer, or None when it is a valid ISO 6346 number.

    The number is normalised first, so spaces and small letters are no fault.
    """
    plain = normalise_number(number)
    if not plain:
        return "The container number is empty."
    if _is_placeholder(plain):
        return f"'{_shown(plain)}' is a placeholder, not a container number."
    if not _FORM.fullmatch(plain):
        return f"'{_shown(plain)}' is not a container number of ISO 6346 ({_FORM_IN_WORDS})."
    expected = iso6346.calc_check_digit(plain[:10])
    if expected != plain[10]:
        return f"The check digit of container number {plain} is wrong: expected {expected}, got {plain[10]}."
    return None


def size_type_name(code: str) -> str | None:
    """The kind of container behind a size/type code: ``22G1`` is a '20 ft general purpose container'; None if unknown."""
    info = get_container_info(normalise_number(code))
    if info is None or info["class"] in _NO_CONTAINER or info["type"] == _UNKNOWN_TYPE:
        return None
    feet, kind = str(info["class"]).split(" ", 1)
    return f"{feet} ft {kind.lower().replace('highcube', 'high cube')}"


def _is_placeholder(plain: str) -> bool:
    """Letters or digits that stand for 'none yet': one sign repeated, words, or a serial number that merely counts up."""
    if len(set(plain)) == 1 or plain in {"NIL", "NONE", "NA", "NULL", "TBA", "TBC", "TBN", "UNKNOWN", "NOCONTAINER"}:
        return True
    return bool(_FORM.fullmatch(plain)) and plain[4:] in {"0000000", "1234567"} and _check_digit_is_wrong(plain)


def _check_digit_is_wrong(plain: str) -> bool:
    return str(iso6346.calc_check_digit(plain[:10])) != plain[10]


def _shown(plain: str) -> str:
    return plain if len(plain) <= MAX_SHOWN else plain[: MAX_SHOWN - 3] + "..."
