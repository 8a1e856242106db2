"""What the page says, as plain values: every sentence that is not a check's own is made here."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from scantally.detector.checks.sentences import numbered, percent
from scantally.detector.report.document import Report, ReportFinding
from scantally.detector.report.marks import Mark, blocks, by_weight, container_of, label_words, place_name
from scantally.detector.types import Disposition, Manifest, ManifestLine, Verdict

MEANING = {
    Disposition.INSPECT: "Scantally proposes to open it: a check found something of high weight.",
    Disposition.REVIEW: "Scantally proposes to study scan and papers before release.",
    Disposition.RELEASE: "Scantally proposes release: it could see enough, and what was found weighs too little to hold it.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingView:
    """One finding with its number in order of weight, and the marks that are its evidence."""

    number: int
    finding: ReportFinding
    blocks: bool
    place: str | None  # None where the scan shows one container
    marks: tuple[int, ...]

    @property
    def weight(self) -> str:
        """How much it weighs, where that means something: only what is suspect or forbids release weighs."""
        if self.finding.verdict is Verdict.SUSPECT:
            return f"{self.finding.severity.value} weight"
        return "release needs this answer" if self.blocks else ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unjudged:
    """One thing that could not be judged. ``findings`` are the numbers of those that say so."""

    text: str
    findings: tuple[int, ...] = ()
    marks: tuple[int, ...] = ()
    grave: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class UnjudgedPlace:
    """All that could not be judged of one container, or of the scan."""

    name: str
    dense: str | None
    items: tuple[Unjudged, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LineView:
    """One line of a manifest and the findings that name it."""

    number: int
    line: ManifestLine
    findings: tuple[FindingView, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PapersView:
    """The papers of one container: ``seen`` is what the scan calls it, None when none in the scan goes with it."""

    manifest: Manifest
    seen: str | None
    lines: tuple[LineView, ...]


def finding_views(report: Report, drawn: list[Mark]) -> list[FindingView]:
    """The findings by weight, with numbers from 1."""
    several = len(report.containers) > 1
    views = []
    for number, finding in enumerate(by_weight(report), start=1):
        place = container_of(report, finding) if several else None
        name = finding.container if several else None
        views.append(
            FindingView(
                number=number,
                finding=finding,
                blocks=blocks(finding, report),
                place=name if place is None else place_name(report, place),
                marks=tuple(i for i, mark in enumerate(drawn) if number in mark.findings),
            )
        )
    return views


def counts(report: Report) -> list[tuple[Verdict, int]]:
    """How many findings there are of each verdict, those that weigh most first."""
    order = (Verdict.SUSPECT, Verdict.UNKNOWN, Verdict.CLEAR)
    return [(verdict, sum(f.verdict is verdict for f in report.findings)) for verdict in order]


def unjudged(report: Report, findings: list[FindingView], drawn: list[Mark]) -> list[UnjudgedPlace]:
    """What could not be judged, container by container, then of the scan as a whole; nothing is left out."""
    places = []
    for index, judged in enumerate(report.judged):
        dense = percent(judged.dense_share) if judged.judgeable else None
        items = tuple(_of_container(report, index, findings, drawn))
        places.append(UnjudgedPlace(name=place_name(report, index), dense=dense, items=items))
    loose = _merged(_unknown(v) for v in findings if _is_loose(report, v))
    if loose:  # then no container may be said to have all its answers
        note = (Unjudged(text="Some answers could not be brought to one container: see the scan as a whole."),)
        places = [replace(place, items=place.items or note) for place in places]
    whole = (*loose, *_of_scan(report))
    if whole:
        places.append(UnjudgedPlace(name="The scan as a whole", dense=None, items=whole))
    return places


def papers(report: Report, findings: list[FindingView]) -> list[PapersView]:
    """Each container of the manifest file, its lines beside the findings that name them."""
    if report.manifest is None:
        return []
    views = []
    for index, manifest in enumerate(report.manifest.containers):
        seen = [i for i, container in enumerate(report.containers) if container.manifest == index]
        about = [v for v in findings if container_of(report, v.finding) in (*seen, None)] if seen else []
        named: dict[int, list[FindingView]] = {}
        for view in about:
            for line in dict.fromkeys(view.finding.lines):
                named.setdefault(line, []).append(view)
        lines = tuple(
            LineView(number=int(number), line=line, findings=tuple(named.get(int(number), ())))
            for number, line in numbered(manifest)
        )
        name = ", ".join(place_name(report, i) for i in seen) or None
        views.append(PapersView(manifest=manifest, seen=name, lines=lines))
    return views


def _is_loose(report: Report, view: FindingView) -> bool:
    return view.finding.verdict is Verdict.UNKNOWN and container_of(report, view.finding) is None


def _unknown(view: FindingView) -> Unjudged:
    text = f"{label_words(view.finding.check).capitalize()}: {view.finding.reason}"
    return Unjudged(text=text, findings=(view.number,), marks=view.marks, grave=view.blocks)


def _merged(items: Iterable[Unjudged]) -> list[Unjudged]:
    """The same words about several containers that nothing tells apart are said once."""
    merged: dict[str, Unjudged] = {}
    for item in items:
        if item.text in merged:
            first = merged[item.text]
            item = replace(item, findings=first.findings + item.findings, marks=first.marks + item.marks)
        merged[item.text] = item
    return list(merged.values())


def _of_container(report: Report, index: int, findings: list[FindingView], drawn: list[Mark]) -> Iterator[Unjudged]:
    judged, container = report.judged[index], report.containers[index]
    if not judged.judgeable:
        yield Unjudged(text=f"The picture says nothing here: {judged.why or 'no reason was given'}.", grave=True)
    said = {box for v in findings if v.finding.verdict is Verdict.UNKNOWN for box in v.finding.boxes}
    if not said.issuperset(judged.dense_boxes):
        n = len(judged.dense_boxes)
        where = "one region" if n == 1 else f"{n} regions"
        text = f"The beam was stopped in {where}: what lies there was not seen (hatched in the picture)."
        dense = [i for i, mark in enumerate(drawn) if mark.hatched and mark.box in judged.dense_boxes]
        yield Unjudged(text=text, marks=tuple(dense))
    if container.box is None:
        yield Unjudged(text="No container was found in the scan: the checks looked at the whole picture.", grave=True)
    for view in findings:
        if view.finding.verdict is Verdict.UNKNOWN and container_of(report, view.finding) == index:
            yield _unknown(view)
    shown = () if report.manifest is None else report.manifest.notes  # those stand beside the papers
    for note in judged.manifest_notes:
        if note not in shown:
            yield Unjudged(text=_sentence(note), grave=container.manifest is None)
    if container.manifest is None and not judged.manifest_notes:
        yield Unjudged(text="No papers go with this container.", grave=True)


def _of_scan(report: Report) -> Iterator[Unjudged]:
    scan = report.scan
    if not report.containers:
        yield Unjudged(text="The scan shows no container that could be judged.", grave=True)
    for check in sorted(set(report.release_requires) - {f.check for f in report.findings}):
        text = f"{label_words(check).capitalize()}: the check gave no answer, and release needs one."
        yield Unjudged(text=text, grave=True)
    # The check of that name says it better, once for each thing that is missing.
    unknown = {f.reason for f in report.findings if f.check == "calibration" and f.verdict is Verdict.UNKNOWN}
    said = len(unknown) >= (not scan.calibrated) + (scan.pitch_mm is None)
    if not scan.calibrated and not said:
        yield Unjudged(text="Grey values are not calibrated: darker means denser, but not by how much.")
    if scan.pitch_mm is None and not said:
        yield Unjudged(text="The pixel pitch is unknown: nothing in the picture was measured in millimetres.")
    if scan.bands == 1:
        yield Unjudged(text="The scan has one energy band: materials cannot be told apart.")
    elif scan.energies_mv is None:
        yield Unjudged(text="The energies of the two bands are unknown: materials were not told apart.")
    if scan.valid_share < 1:
        share = percent(1 - scan.valid_share)
        yield Unjudged(text=f"{share} of the picture is padding or dead detector rows (striped grey).")
    for note in scan.notes:
        yield Unjudged(text=_sentence(note))


def _sentence(note: str) -> str:
    """A reader's note as the sentence that it is on the page."""
    return note[:1].upper() + note[1:] + ("" if note.endswith((".", "!", "?")) else ".")
