"""Rip-off: something foreign where goods are slipped in without the shipper's knowledge.

A rip-off lies where it can be laid and fetched fast: in a bag just inside the doors, behind the plates of a reefer's unit, in the
roof or in the floor. Which end has the doors does not show from the side, so both ends count and the sentence says so.
"""

from dataclasses import dataclass, replace

from scantally.detector.checks.inferred import unknown_lines
from scantally.detector.checks.likeness import area, common
from scantally.detector.checks.sentences import (
    NumberedLine,
    a_thing,
    finding,
    lines_name,
    no_manifest,
    numbered,
    place,
    thing,
)
from scantally.detector.checks.sight import EMPTY, Sight, cleared, described, sights
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.config.iso6346 import normalise_number
from scantally.detector.types import Box, Case, Finding, Group, Severity, Verdict

NAME = "ripoff"

OBSERVATIONS = ("none", "declared", "possible", "at_end", "in_structure")
"""Nothing foreign in these places; something that a line explains; something possible; something seen at an end, or in structure."""

INSIDE = 0.5
"""A thing with more than this share of its box within one load's box lies in the load, not apart from it."""

LENGTHS_M = {"2": 6.058, "3": 9.125, "4": 12.192, "L": 13.716}
"""Outer lengths by the first character of a size/type code (ISO 668 and ISO 6346)."""

LONGEST_M = 13.716
"""Taken where the length is not known: the zones at the ends are then narrower than meant, never wider."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreign:
    """Something that may not belong there. An anomaly becomes one of these too, with words of its own."""

    label: str | None  # of an object of interest, which a line may explain
    words: str  # "a gas cylinder"
    box: Box
    score: float
    sure: bool


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """One finding for each foreign thing in a place of rip-offs, from the surest on."""
    if case.container.box is None:
        text = "No container was located, so the places where rip-offs lie are not known."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text),)
    found = [(thing, _place(thing.box, case, settings)) for thing in _foreign(case, settings)]
    judged = tuple(_judge(case, x, where, settings, goods) for x, where in found if where is not None)
    return judged or (_nothing(case, settings),)


def _foreign(case: Case, settings: CheckSettings) -> list[Foreign]:
    """Candidates in order of falling score: objects of interest. Whoever adds anomalies adds them here."""
    return [
        Foreign(label=label, words=a_thing(label), box=box, score=score, sure=score >= settings.sure)
        for box, score, label, group in case.detections.rows()
        if group is Group.OBJECT and score >= settings.unsure
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """``words`` follow what is there."""

    words: str
    structure: bool


def _place(box: Box, case: Case, settings: CheckSettings, *, apart: bool = True) -> Place | None:
    """The place of rip-offs in which a box lies; None: in none of them, or, where it must lie apart, in or on the load."""
    x0, y0, x1, y1 = case.container.box or (0.0, 0.0, 1.0, 1.0)
    height, middle = max(y1 - y0, 1.0), (box[1] + box[3]) / 2
    if (middle - y0) / height >= settings.floor_band_from and not (apart and _in_load(box, case)):
        return Place(words=f"in or on the floor {place(box, case)}", structure=True)
    if (box[3] - y0) / height <= settings.roof_band_to and not (apart and _over_load(box, case)):
        return Place(words=f"in the roof or right under it {place(box, case)}", structure=True)
    reach = settings.door_zone_m / _length_m(case) * (x1 - x0)
    end = "left" if box[0] - x0 <= x1 - box[2] else "right"
    near = min(max(0.0, box[0] - x0), max(0.0, x1 - box[2]))
    if near + (box[2] - box[0]) / 2 > reach or (apart and _in_load(box, case)):
        return None
    return Place(words=f"just inside the {end} end, where {_at_end(case)} may be, apart from the load", structure=False)


def _length_m(case: Case) -> float:
    code = _size_type(case)
    return LENGTHS_M.get(code[:1], LONGEST_M)


def _at_end(case: Case) -> str:
    """What a container of this type has at its ends. ISO 6346: R and H at the third place are thermal containers."""
    return "the doors or the reefer's unit" if _size_type(case)[2:3] in ("R", "H") else "the doors"


def _size_type(case: Case) -> str:
    return normalise_number(case.container.size_type or (case.manifest.size_type if case.manifest else None) or "")


def _in_load(box: Box, case: Case) -> bool:
    return any(common(box, load) > INSIDE * area(box) for load in _loads(case))


def _over_load(box: Box, case: Case) -> bool:
    """Whether a load reaches up to the thing: it may then lie on the load."""
    below: Box = (box[0], box[1], box[2], box[3] + (box[3] - box[1]))
    return any(common(below, load) > 0 for load in _loads(case))


def _loads(case: Case) -> list[Box]:
    return [box for box, _, label, group in case.detections.rows() if group is Group.LOAD and label != EMPTY]


def _judge(case: Case, seen: Foreign, where: Place, settings: CheckSettings, goods: Goods) -> Finding:
    lines = numbered(case.manifest) if case.manifest else []
    explaining = [line for line in lines if seen.label is not None and seen.label in goods.explained_by(line[1])]
    # Declared goods stand at the doors as anywhere else, but no shipper stows them in the floor.
    if explaining and not where.structure:
        verb = "explain" if len(explaining) > 1 else "explains"
        text = f"{lines_name(explaining, goods)} {verb} the {thing(seen.label or '')} {where.words}"
        boxes = (seen.box,)
        return cleared(
            case, NAME, settings, text, boxes=boxes, lines=explaining, score=seen.score, observation="declared"
        )
    verdict, severity, end, named = _weigh(case, seen, lines, explaining, settings, goods)
    words = seen.words if seen.sure else f"what may be {seen.words}"
    text = f"The scan shows {words} {where.words} ({seen.score:.2f}){end}."
    observation = ("in_structure" if where.structure else "at_end") if seen.sure else "possible"
    return finding(
        case, NAME, verdict, severity, text, boxes=(seen.box,), lines=named, score=seen.score, observation=observation
    )


def _weigh(
    case: Case,
    seen: Foreign,
    lines: list[NumberedLine],
    explaining: list[NumberedLine],
    settings: CheckSettings,
    goods: Goods,
) -> tuple[Verdict, Severity, str, list[NumberedLine]]:
    """Verdict, severity, how the sentence ends, and the lines it rests on."""
    unread = unknown_lines(lines, seen.label or "", settings, goods)
    if case.manifest is None:
        return Verdict.UNKNOWN, Severity.HIGH, f". {no_manifest(case)} that could explain it", []
    if explaining:
        return Verdict.UNKNOWN, Severity.MEDIUM, f"; {lines_name(explaining, goods)} may explain it", explaining
    if unread:
        return (
            Verdict.UNKNOWN,
            Severity.HIGH,
            f"; {lines_name(unread, goods)} may explain it, without a known HS code",
            unread,
        )
    if not seen.sure:
        return Verdict.UNKNOWN, Severity.MEDIUM, "; no line explains that, and the model is not sure of it", []
    return Verdict.SUSPECT, Severity.HIGH, "; no line explains that: it may be a rip-off", []


def _nothing(case: Case, settings: CheckSettings) -> Finding:
    if case.findable is not None and not case.findable:
        text = "The model in use was not taught to find any object of interest, so a rip-off cannot be ruled out."
        return finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text)
    text = "Nothing foreign was seen near the container's ends, in its roof or in its floor"
    return cleared(case, NAME, settings, f"{text}{_passed_over(case, settings)}", observation="none")


def _passed_over(case: Case, settings: CheckSettings) -> str:
    """What lies in one of these places, but in or on the load: `undeclared` speaks of it, and must not seem to be contradicted."""
    told = []
    for sight in sights(case, Group.OBJECT, settings):
        boxes = tuple(box for box in sight.boxes if _place(box, case, settings, apart=False) is not None)
        if boxes:
            told.append(_in_or_on_load(replace(sight, boxes=boxes), case))
    return f"; {' and '.join(told)}" if told else ""


def _in_or_on_load(sight: Sight, case: Case) -> str:
    comma = "," if len(sight.boxes) > 1 else ""  # the place of the leftmost of several stands between commas
    return f"{described(sight, case)}{comma} {'lie' if sight.several else 'lies'} in or on the load"
