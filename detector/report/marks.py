"""What is drawn over a scan, for the page and for the overlay alike: boxes, their colours and where their tags stand."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scantally.detector.report.document import Report, ReportFinding
from scantally.detector.report.text import shorten, visible
from scantally.detector.types import Box, Disposition, Group, Severity, Verdict

TAG_CHARACTERS = 32
CROWDED = 24
"""With more boxes than this, tags say only what tells boxes apart, so that they do not hide the picture."""


MOST_DRAWN = 100
"""Detections that are drawn at most, the surest: more of them hide the scan that they are to show."""


class Layer(StrEnum):
    """What can be switched on and off together, in drawing order: later ones lie on top."""

    NOT_JUDGED = "not-judged"
    CLEARED = "cleared"
    LOAD = "load"
    CONTAINERS = "containers"
    OBJECTS = "objects"
    FINDINGS = "findings"


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """How a mark is drawn. ``dash`` in pixels of the screen, () for a full line."""

    colour: str
    ink: str  # of the text on a tag of that colour
    width: float
    dash: tuple[int, ...] = ()


# Okabe and Ito, "Color Universal Design" (2008): told apart with any common colour blindness; some are darkened to carry
# white text at 4.5:1 (WCAG 2.1, 1.4.3). Dashes tell the layers apart without any colour.
STYLES: dict[str, Style] = {
    "suspect": Style(colour="#c03a00", ink="#ffffff", width=4),
    "unknown": Style(colour="#8e2c78", ink="#ffffff", width=3, dash=(10, 5)),
    "clear": Style(colour="#00694d", ink="#ffffff", width=2),
    Layer.NOT_JUDGED: Style(colour="#8e2c78", ink="#ffffff", width=2, dash=(3, 4)),
    Layer.CONTAINERS: Style(colour="#005a96", ink="#ffffff", width=3),
    Layer.LOAD: Style(colour="#56b4e9", ink="#000000", width=2, dash=(14, 4)),
    Layer.OBJECTS: Style(colour="#e69f00", ink="#000000", width=3),
}

DISPOSITION_STYLES = {
    Disposition.INSPECT: Style(colour="#b23400", ink="#ffffff", width=0),
    Disposition.REVIEW: Style(colour="#f0b400", ink="#000000", width=0),
    Disposition.RELEASE: Style(colour="#00694d", ink="#ffffff", width=0),
}

_LAYER_OF_GROUP = {Group.STRUCTURE: Layer.CONTAINERS, Group.LOAD: Layer.LOAD, Group.OBJECT: Layer.OBJECTS}
_VERDICTS = (Verdict.SUSPECT, Verdict.UNKNOWN, Verdict.CLEAR)
_SEVERITIES = (Severity.HIGH, Severity.MEDIUM, Severity.LOW)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """One box with its tag. ``findings`` are the numbers of the findings that it is evidence of (1 weighs most)."""

    layer: Layer
    style: str  # key of STYLES
    box: Box
    tag: str
    findings: tuple[int, ...] = ()

    @property
    def hatched(self) -> bool:
        """Regions that could not be judged are hatched, so that they are not taken for seen."""
        return self.layer is Layer.NOT_JUDGED


def by_weight(report: Report) -> list[ReportFinding]:
    """The findings, those first that speak most against release: finding number i stands at i - 1.

    SUSPECT of high severity; then UNKNOWN that forbids release; then the other SUSPECT, UNKNOWN and CLEAR.
    """
    return sorted(report.findings, key=lambda f: _weight(f, report.release_requires))


def blocks(finding: ReportFinding, report: Report) -> bool:
    """Whether this answer alone forbids release."""
    if finding.verdict is Verdict.UNKNOWN:
        return _forbids(finding, report.release_requires)
    return finding.verdict is Verdict.SUSPECT


def marks(report: Report) -> list[Mark]:
    """All marks of a report in drawing order, clipped to the picture; boxes outside it are left out."""
    crowded = sum(len(f.boxes) for f in report.findings) + len(report.detections) > CROWDED
    seen = [*_not_judged(report), *_containers(report)]
    drawn = [*seen, *_detections(report, crowded), *_findings(report, crowded)]
    width, height = report.scan.width, report.scan.height
    order = list(Layer)
    inside = [(mark, _clipped(mark.box, width, height)) for mark in drawn]
    kept = [_moved(mark, box) for mark, box in inside if box is not None]
    # Small ones on top: under a larger box they could not be clicked.
    return sorted(kept, key=lambda m: (order.index(m.layer), -_area(m.box)))


def number_of(report: Report, index: int) -> str | None:
    """A container's number as the scan gives it, else as its papers do."""
    container = report.containers[index]
    if container.number or container.manifest is None or report.manifest is None:
        return container.number
    return report.manifest.containers[container.manifest].container_number


def place_name(report: Report, index: int) -> str:
    """What a container is called: its number, else its place in the scan."""
    number = number_of(report, index)
    if number:
        return visible(number)
    return "Container" if len(report.containers) == 1 else f"Container {index + 1} of {len(report.containers)}"


def label_words(label: str) -> str:
    """A label or a check's name as words: ``gas_cylinder`` is read as *gas cylinder*."""
    return visible(label).replace("_", " ")


def container_of(report: Report, finding: ReportFinding) -> int | None:
    """Index of the container that a finding speaks of: by its number, else by where its evidence lies."""
    if len(report.containers) == 1:
        return 0
    if finding.container is not None:
        names = [(number_of(report, i), place_name(report, i)) for i in range(len(report.containers))]
        named = [i for i, known in enumerate(names) if finding.container in known]
        if len(named) == 1:
            return named[0]
    for x0, y0, x1, y1 in finding.boxes[:1]:
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        for i, container in enumerate(report.containers):
            b = container.box
            if b is not None and b[0] <= x < b[2] and b[1] <= y < b[3]:
                return i
    return None


def _forbids(finding: ReportFinding, required: Sequence[str]) -> bool:
    """As ``checks.disposition.forbids`` has it of findings: a report says it of itself."""
    return finding.verdict is Verdict.UNKNOWN and finding.check in required and not finding.tolerated


def _weight(finding: ReportFinding, required: Sequence[str]) -> tuple[int, int, int]:
    verdict, severity = _VERDICTS.index(finding.verdict), _SEVERITIES.index(finding.severity)
    if finding.verdict is Verdict.SUSPECT and finding.severity is Severity.HIGH:
        return 0, 0, 0
    if _forbids(finding, required):
        return 1, 0, severity
    return 2, verdict, severity


def _not_judged(report: Report) -> Iterable[Mark]:
    whole = (0.0, 0.0, float(report.scan.width), float(report.scan.height))
    for container, judged in zip(report.containers, report.judged, strict=True):
        if not judged.judgeable:
            box = container.box or whole
            yield Mark(layer=Layer.NOT_JUDGED, style=Layer.NOT_JUDGED, box=box, tag="cannot be judged")
        for box in judged.dense_boxes:
            yield Mark(layer=Layer.NOT_JUDGED, style=Layer.NOT_JUDGED, box=box, tag="beam stopped")


def _containers(report: Report) -> Iterable[Mark]:
    for index, container in enumerate(report.containers):
        if container.box is not None:
            kind = f" {visible(container.size_type)}" if container.size_type else ""
            tag = shorten(place_name(report, index) + kind, TAG_CHARACTERS)
            yield Mark(layer=Layer.CONTAINERS, style=Layer.CONTAINERS, box=container.box, tag=tag)


def not_drawn(report: Report) -> int:
    """How many of the faintest detections have no box in the picture; the report as JSON has them all."""
    return max(0, len(report.detections) - MOST_DRAWN)


def _detections(report: Report, crowded: bool) -> Iterable[Mark]:
    drawn = {container.box for container in report.containers}
    for detection in sorted(report.detections, key=lambda x: -x.score)[:MOST_DRAWN]:
        layer = _LAYER_OF_GROUP[detection.group]
        if layer is Layer.CONTAINERS and detection.box in drawn:
            continue  # drawn already, with its number
        score = "" if crowded else f" {detection.score:.2f}"
        tag = shorten(label_words(detection.label), TAG_CHARACTERS - 5) + score
        yield Mark(layer=layer, style=layer, box=detection.box, tag=tag)


def _findings(report: Report, crowded: bool) -> Iterable[Mark]:
    """One mark for each different box: several findings about one place share it, in the style of the heaviest."""
    shared: dict[tuple[Layer, Box], list[int]] = {}
    ordered = by_weight(report)
    for number, finding in enumerate(ordered, start=1):
        layer = Layer.CLEARED if finding.verdict is Verdict.CLEAR else Layer.FINDINGS
        for box in dict.fromkeys(finding.boxes):
            shared.setdefault((layer, box), []).append(number)
    for (layer, box), numbers in shared.items():
        first = ordered[numbers[0] - 1]
        check = label_words(first.check) if len(numbers) == 1 and not crowded else ""
        tag = shorten(f"{', '.join(map(str, numbers))} {check}".strip(), TAG_CHARACTERS)
        yield Mark(layer=layer, style=first.verdict.value, box=box, tag=tag, findings=tuple(numbers))


def _clipped(box: Box, width: int, height: int) -> Box | None:
    x0, y0, x1, y1 = max(box[0], 0.0), max(box[1], 0.0), min(box[2], float(width)), min(box[3], float(height))
    return (x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _moved(mark: Mark, box: Box) -> Mark:
    return Mark(layer=mark.layer, style=mark.style, box=box, tag=mark.tag, findings=mark.findings)
