"""Findings in words that an officer understands: things, places, shares and manifest lines."""

from collections import Counter
from collections.abc import Sequence
from itertools import count as counting
from math import isfinite
from typing import Self

from scantally.detector.config.goods import Goods, normalise_hs
from scantally.detector.types import Box, Case, Finding, Manifest, ManifestLine, Severity, Verdict

_MAX_TEXT = 40  # characters of a description that a sentence repeats
_MAX_NOTE = 120  # characters of a reader's note
_MAX_LINES = 8  # line numbers that a sentence lists

# Labels that take no article, and those that need a word more.
_WITHOUT_ARTICLE = {
    "timber": "timber",
    "machinery": "machinery",
    "bulk": "bulk goods",
    "meat": "meat",
    "household": "household goods",
    "ammunition": "ammunition",
    "currency": "currency",
}

_UNCOUNTED = frozenset((*_WITHOUT_ARTICLE, "electronics", "cigarettes"))
"""What is not counted by the piece where a scan shows it: two boxes of it are two lots."""

NumberedLine = tuple[int, ManifestLine]

_MOST = 1e12  # of any number in a sentence: more is a damaged or made-up paper, and its digits tell nobody anything


class SharedNumber(int):
    """The number of a line where the paper gives it to several: in a sentence it says which of them is meant, ``1 at place 3``."""

    place: int

    def __new__(cls, number: int, place: int = 0) -> Self:
        """A number that counts as itself and is written with the line's place, from 1."""
        made = super().__new__(cls, number)
        made.place = place
        return made

    def __str__(self) -> str:
        return f"{int(self)} at place {self.place}"


def finding(
    case: Case,
    check: str,
    verdict: Verdict,
    severity: Severity,
    reason: str,
    *,
    boxes: Sequence[Box] = (),
    lines: Sequence[NumberedLine] = (),
    score: float | None = None,
    observation: str | None = None,
    tolerated: bool = False,
) -> Finding:
    """A finding about the case's container: its number on the scan, else in the manifest, else its place in the scan."""
    declared = case.manifest.container_number if case.manifest else None
    return Finding(
        check=check,
        verdict=verdict,
        severity=severity,
        container=case.container.number or declared or case.container.place,
        reason=reason,
        boxes=tuple(boxes),
        lines=tuple(int(number) for number, _ in lines),
        score=score,
        observation=observation,
        tolerated=tolerated,
    )


def numbered(manifest: Manifest) -> list[NumberedLine]:
    """The manifest's lines with the number that the paper gives them, or else their place from 1, where no other line has that number."""
    given = Counter(line.number for line in manifest.lines if line.number is not None)
    taken = set(given)
    free = (n for n in counting(1) if n not in taken)
    lines: list[NumberedLine] = []
    for place, line in enumerate(manifest.lines, start=1):
        number = line.number
        if number is None:
            number = place if place not in taken else next(free)
            taken.add(number)
        lines.append((SharedNumber(number, place) if given[number] > 1 else number, line))
    return lines


def line_name(line: NumberedLine, goods: Goods) -> str:
    """``Line 2 (HS 2523, cement)``: what the paper says, or else what the code means."""
    number, content = line
    entry = goods.lookup(content.hs_code)
    code = normalise_hs(content.hs_code)
    known = (f"HS {code}" if code else "", short(content.description or "") or (entry.title if entry else ""))
    said = ", ".join(part for part in known if part)
    return f"Line {number} ({said})" if said else f"Line {number}"


def lines_name(lines: Sequence[NumberedLine], goods: Goods) -> str:
    """One or two lines with what they hold, more by their numbers alone."""
    if len(lines) <= 2:
        return " and ".join(line_name(line, goods) for line in lines)
    numbers = [str(number) for number, _ in lines]
    if len(numbers) > _MAX_LINES:
        return f"Lines {', '.join(numbers[:_MAX_LINES])} and {len(numbers) - _MAX_LINES} more"
    return f"Lines {', '.join(numbers[:-1])} and {numbers[-1]}"


def short(text: str, limit: int = _MAX_TEXT) -> str:
    """Free text of a paper on one line, cut: a damaged file may hold a novel there."""
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= limit else plain[: limit - 3].rstrip() + "..."


def percent(share: float) -> str:
    """A share as whole percent, without calling little nothing or nearly all everything."""
    if 0 < share <= 0.005:
        return "less than 1 %"
    if 0.995 <= share < 1:
        return "more than 99 %"
    return f"{share * 100:.0f} %"


def thing(label: str) -> str:
    """``gas_cylinder`` as ``gas cylinder``."""
    return label.replace("_", " ")


def a_thing(label: str) -> str:
    """``a gas cylinder``, but ``timber`` and ``sacks``."""
    name = thing(label)
    if label in _WITHOUT_ARTICLE or is_plural(label):
        return _WITHOUT_ARTICLE.get(label, name)
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def things(label: str, count: float) -> str:
    """``1 gas cylinder``, ``3 gas cylinders``, ``1 lot of timber``."""
    if count == 1 and label in _UNCOUNTED:
        return f"1 lot of {a_thing(label)}"
    return f"{amount(count)} {thing(label) if count == 1 else plural(label)}"


def amount(number: float) -> str:
    """``1,234,567`` or ``1.5``: a number of pieces, kg or m3 as people write it, never longer than a sentence bears."""
    if not number <= _MOST:
        return f"more than {_MOST:,.0f}"
    if number == int(number):
        return f"{number:,.0f}"
    return "less than 0.001" if 0.0 < number < 0.001 else f"{number:,.3f}".rstrip("0").rstrip(".")


def whole_amount(number: float) -> str:
    """``1,234``, rounded."""
    return amount(round(number) if isfinite(number) else number)


def masses(*kg: float) -> list[str]:
    """``9,500 kg`` each: in whole kg, or with as many decimals as different masses need to look different."""
    said: list[str] = []
    for digits in range(4):
        said = [f"{amount(round(mass, digits) if mass <= _MOST and digits < 3 else mass)} kg" for mass in kg]
        if len(set(said)) >= len(set(kg)):
            break
    return said


def is_plural(label: str) -> bool:
    """Whether a label names several things already, as ``brick_packages`` does and ``glass`` and ``bus`` do not."""
    return label.endswith("s") and not label.endswith(("ss", "us"))


def plural(label: str) -> str:
    """``gas cylinders``, ``foreign bodies``, ``boxes``, ``knives``, ``lots of ammunition``; a label that is a plural stays as it is."""
    if label in _UNCOUNTED:
        return f"lots of {a_thing(label)}"
    name = thing(label)
    if is_plural(label):
        return name
    if name.endswith("y") and name[-2:-1] not in tuple("aeiou"):
        return f"{name[:-1]}ies"
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return f"{name}es"
    return f"{name[:-2]}ves" if name.endswith("ife") else f"{name}s"


def others(label: str) -> str:
    """``the other cartons``, ``the rest of the timber``: a load without the part that is spoken of."""
    return f"the rest of the {a_thing(label)}" if label in _UNCOUNTED else f"the other {plural(label)}"


def place(box: Box, case: Case) -> str:
    """Where a box's middle lies: in metres where the pixel pitch is known, else in percent of the container's length."""
    middle = (box[0] + box[2]) / 2
    whole = case.container.box
    if whole is None or whole[2] <= whole[0]:
        return f"at column {middle:.0f} of the scan"
    if case.pitch_mm is not None:
        metres = max(0.0, middle - whole[0]) * case.pitch_mm / 1000
        return f"{metres:.1f} m from the left end of the container"
    share = min(1.0, max(0.0, (middle - whole[0]) / (whole[2] - whole[0])))
    return f"at {share * 100:.0f} % of the container's length from its left end"


def region_size(box: Box, case: Case) -> str:
    """``a region of 31 × 40 cm``: width and height, in pixels where the pitch is not known."""
    wide, high = box[2] - box[0], box[3] - box[1]
    if case.pitch_mm is None:
        return f"a region of {wide:.0f} × {high:.0f} pixels"
    return f"a region of {wide * case.pitch_mm / 10:.0f} × {high * case.pitch_mm / 10:.0f} cm"


def blind(case: Case, labels: Sequence[str]) -> str | None:
    """Which of these objects the model cannot find at all, as a sentence's end without a full stop; None: it knows them."""
    missing = [label for label in labels if case.findable is not None and label not in case.findable]
    if not missing:
        return None
    return f"the model in use was not taught to find {' or '.join(a_thing(label) for label in missing)}"


def no_manifest(case: Case) -> str:
    """Why there is nothing to compare with, without a full stop."""
    if case.container.box is None:
        return f"No container was found, and there is no manifest for the scan{noted(case)}"
    return f"There is no manifest for this container{noted(case)}"


def noted(case: Case) -> str:
    """What the reader of the papers noticed, in brackets: it may be the reason why something is missing."""
    notes = [short(note, _MAX_NOTE) for note in case.manifest_notes]
    return f" ({'; '.join(notes)})" if notes else ""


def whole(case: Case) -> str:
    """What the shares of the penetration map are shares of."""
    return "scan" if case.container.box is None else "container"
