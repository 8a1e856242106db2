"""``scantally score``: reports, of Scantally or of any method that writes what is read here, against the truth of simulated scans."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from scantally.datasets.simulated import TRUTH, read_truth
from scantally.datasets.simulator.truth import Truth
from scantally.detector.errors import InputError
from scantally.detector.report.text import visible
from scantally.detector.types import Disposition, Document, Group
from scantally.training.evaluation.bootstrap import Figure, Interval, ratio, with_interval
from scantally.training.evaluation.operating import hits
from scantally.training.evaluation.score_papers import OnPapers, paper_figures
from scantally.training.evaluation.scored import Said, read_reports

SURE = 0.5
"""Probability from which a detection counts as a statement."""

CLEAN, DECLARED = "clean", "declared"
"""Stories of honest papers: without and with objects of interest. All others are the truth's deviations."""

UNDECLARED = "undeclared_object"


class Scores(Document):
    """How reports agree with the truth."""

    data: str
    scans: int
    parts: tuple[str, ...]
    """Of the benchmark, as the truth names them."""
    methods: tuple[str, ...]
    """What made the reports, where they say it."""
    passed_over: int
    """Reports of scans that are not in the data."""
    unknown_labels: tuple[str, ...]
    """Labels of detected objects that no object of these scans has: misspelt, perhaps."""
    dispositions: dict[str, dict[str, int]]
    """By story, how many scans were given each disposition."""
    figures: dict[str, Interval]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """What is so, and what was said."""

    truth: Truth
    said: Said

    @property
    def story(self) -> str:
        """``clean``, ``declared``, or how the papers are wrong."""
        return self.truth.deviation or (DECLARED if self.truth.objects else CLEAN)

    @property
    def suspected(self) -> bool:
        """Whether any finding is SUSPECT."""
        return bool(self.said.suspects())

    @property
    def alarmed(self) -> bool:
        """Whether anything was reported: a SUSPECT finding, or an object."""
        return self.suspected or bool(self.said.objects(SURE))


def score_reports(reports: Path, data: Path) -> Scores:
    """Score every scan with a truth in ``data``.

    Raises:
        InputError: a scan has no report, two, or that of another picture, or a file cannot be read.
    """
    truths = sorted(data.glob(f"*{TRUTH}"))
    if not truths:
        raise InputError(str(data), f"expected simulated scans: files STEM.tif with STEM{TRUTH}")
    stems = [path.name.removesuffix(TRUTH) for path in truths]
    said, passed_over = read_reports(reports, data, stems)
    pairs = [Pair(truth=read_truth(path), said=said[stem]) for path, stem in zip(truths, stems, strict=True)]
    table = {story: Counter(p.said.disposition.value for p in pairs if p.story == story) for story in _stories(pairs)}
    papers = paper_figures([OnPapers(truth=p.truth, said=p.said) for p in pairs])
    figures = (*_alarms(pairs), *_declared(pairs), *_deviations(pairs), *papers, *_objects(pairs))
    return Scores(
        data=data.name,
        scans=len(pairs),
        parts=tuple(sorted({p.truth.part for p in pairs if p.truth.part})),
        methods=tuple(sorted({p.said.made_with.model for p in pairs if p.said.made_with})),
        passed_over=passed_over,
        unknown_labels=_unknown_labels(pairs),
        dispositions={s: {d.value: counts[d.value] for d in Disposition} for s, counts in table.items()},
        figures={name: Interval.of(figure) for name, figure in figures},
    )


def scores_text(scores: Scores) -> str:
    """A few lines for people."""
    lines = [f"{scores.data}: {scores.scans} scans"]
    if scores.passed_over:
        lines.append(f"  {scores.passed_over} reports are of other scans and were passed over")
    if scores.unknown_labels:
        lines.append(f"  no object of these scans is labelled {', '.join(scores.unknown_labels)}, which was detected")
    for story, counts in scores.dispositions.items():
        lines.append(f"  {story}: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    lines += [f"  {name}: {figure}" for name, figure in scores.figures.items()]
    return "\n".join(map(visible, lines))  # names come from files


def _stories(pairs: Sequence[Pair]) -> list[str]:
    seen = {p.story for p in pairs}
    return [s for s in (CLEAN, DECLARED) if s in seen] + sorted(seen - {CLEAN, DECLARED})


def _alarms(pairs: Sequence[Pair]) -> Iterator[tuple[str, Figure]]:
    """What honest scans without objects are suspected of, and how often they are held up."""
    clean = [p for p in pairs if p.story == CLEAN]
    yield "clean scans with anything reported", _mean(clean, lambda p: p.alarmed)
    yield "suspicions per clean scan", _mean(clean, lambda p: len(p.said.suspects()))
    yield f"objects at p >= {SURE:g} per clean scan", _mean(clean, lambda p: len(p.said.objects(SURE)))
    yield "clean scans not released", _mean(clean, lambda p: p.said.disposition is not Disposition.RELEASE)
    yield "clean scans to inspect", _mean(clean, lambda p: p.said.disposition is Disposition.INSPECT)


def _declared(pairs: Sequence[Pair]) -> Iterator[tuple[str, Figure]]:
    """How often honest papers that name their objects are suspected."""
    declared = [p for p in pairs if p.story == DECLARED]
    if declared:
        yield "declared scans suspected", _mean(declared, lambda p: p.suspected)


def _deviations(pairs: Sequence[Pair]) -> Iterator[tuple[str, Figure]]:
    """The share of wrong papers that are suspected; of an undeclared object that can be seen, at its place."""
    deviant = [p for p in pairs if p.story not in (CLEAN, DECLARED) and _can_be_found(p)]
    if deviant:
        yield "deviations found", _mean(deviant, _found)
    for story in _stories(deviant):
        where = " at its place" if story == UNDECLARED else ""
        yield f"{story} suspected{where}", _mean([p for p in deviant if p.story == story], _found)


def _can_be_found(pair: Pair) -> bool:
    return pair.story != UNDECLARED or any(x.inspectable for x in pair.truth.objects)


def _found(pair: Pair) -> bool:
    """Whether the deviation is suspected; an undeclared object, by a finding that points at an inspectable one."""
    if pair.story != UNDECLARED:
        return pair.suspected
    true = [x.box for x in pair.truth.objects if x.inspectable]
    return any(hits(box, said) for boxes in pair.said.suspects() for said in boxes for box in true)


def _objects(pairs: Sequence[Pair]) -> Iterator[tuple[str, Figure]]:
    """By label, the share of inspectable objects that a detection of their label hits."""
    for label in _labels(pairs):
        true = [[x.box for x in p.truth.objects if x.inspectable and x.label == label] for p in pairs]
        hit = [
            sum(any(hits(box, said) for said in p.said.objects(SURE, label)) for box in boxes)
            for p, boxes in zip(pairs, true, strict=True)
        ]
        whole = [len(boxes) for boxes in true]
        yield f"{label}: Pd at p >= {SURE:g}", with_interval(_names(pairs), ratio(hit, whole), sum(whole))


def _labels(pairs: Sequence[Pair]) -> list[str]:
    return sorted({x.label for p in pairs for x in p.truth.objects})


def _unknown_labels(pairs: Sequence[Pair]) -> tuple[str, ...]:
    detected = {d.label for p in pairs for d in p.said.detections if d.group is Group.OBJECT}
    return tuple(sorted(detected - set(_labels(pairs))))


def _names(pairs: Sequence[Pair]) -> list[str]:
    return [p.said.source for p in pairs]


def _mean(pairs: Sequence[Pair], what: Callable[[Pair], float]) -> Figure:
    return with_interval(_names(pairs), ratio([what(p) for p in pairs], [1.0] * len(pairs)), len(pairs))
