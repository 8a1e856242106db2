"""From judged scans of one kind, simulated or real, to their part of an evaluation."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scantally.datasets.labelled import LabelledScan
from scantally.detector.models.package import Card, LabelCard
from scantally.detector.types import Group
from scantally.training.evaluation.assess import all_figures, chosen_thresholds, operating_thresholds
from scantally.training.evaluation.breakdown import AXES
from scantally.training.evaluation.compare import differences, masked, seen_in_training
from scantally.training.evaluation.confusion import Confusion, confuse
from scantally.training.evaluation.containers import number_of
from scantally.training.evaluation.curves import FROC_NOTE, container_curve, froc_curves, pooled, reliabilities
from scantally.training.evaluation.documents import Comparison, Curve, Example, FigureRow, LeftOut, Part, Threshold
from scantally.training.evaluation.doubles import counted_once, without_doubles
from scantally.training.evaluation.evidence import ALL_OBJECTS, SURE, Evidence, gather
from scantally.training.evaluation.examples import false_alarms, misses, misses_order, wrong_loads
from scantally.training.evaluation.figures import RATES, Figures, Operating
from scantally.training.evaluation.operating import HIT_IOU
from scantally.training.evaluation.reliability import MATCH_IOU
from scantally.training.evaluation.sampling import Values, weight_rows
from scantally.training.judging import Judgement

Say = Callable[[str], None]
Kind = Literal["simulated", "real"]
KINDS: tuple[Kind, ...] = ("simulated", "real")


def kind_of(scan: LabelledScan) -> Kind:
    """Whether a scan was simulated: its scanner's name says so, as ``datasets.simulated`` gives it."""
    return "simulated" if scan.scanner.startswith("simulated-") else "real"


@dataclass(frozen=True, kw_only=True, slots=True)
class Side:
    """A package's detections in the judged scans, and in those that its thresholds are chosen on, where these are others."""

    judgement: Judgement
    validation: Judgement | None = None

    def of_kind(self, kind: Kind) -> "Side":
        """The scans of one kind alone."""

        def wanted(scan: LabelledScan) -> bool:
            return kind_of(scan) == kind

        validation = None if self.validation is None else self.validation.where(wanted)
        return Side(judgement=self.judgement.where(wanted), validation=validation)

    def evidence(self, labels: Sequence[LabelCard], say: Say) -> Evidence:
        """Of these labels alone."""
        return gather(self.judgement.judged, self.judgement.seconds, labels, say)

    def operating(self, labels: Sequence[LabelCard], say: Say) -> Operating:
        """Thresholds that the validation scans choose."""
        if self.validation is None:
            return {}
        return chosen_thresholds(gather(self.validation.judged, self.validation.seconds, labels, say))


def make_part(kind: Kind, this: Side, other: Side | None, leave_out: str | None, say: Say) -> tuple[Part, Evidence]:
    """Everything that these scans tell of a package; the other side judged the same scans."""
    labels, judged = this.judgement.package.card.labels, this.judgement.judged
    evidence, operating = this.evidence(labels, say), this.operating(labels, say)
    rows_RN = weight_rows([item.scan.group for item in judged])
    figures = without_doubles(all_figures(evidence, rows_RN, operating, say), labels)
    against, other_curve = (None, None) if other is None else _against(this, other, rows_RN, say)
    curves, seconds = froc_curves(evidence, rows_RN), evidence.seconds_N
    marks = evidence.marks[ALL_OBJECTS]
    examples, missed_at = _examples(evidence, rows_RN, operating)
    part = Part(
        kind=kind,
        scans=len(judged),
        groups=len({item.scan.group for item in judged}),
        scanners=_counts(item.scan.scanner for item in judged),
        clean_containers=number_of(evidence.containers, rows_RN, evidence.containers.clean_K),
        objects=_counts(x.label for x, counted in zip(marks.objects, marks.counted_O, strict=True) if counted),
        not_inspectable=_counts(
            x.label for x, counted in zip(marks.objects, marks.counted_O, strict=True) if not counted
        ),
        unknown=_unknown(evidence),
        seconds_median=round(float(np.median(seconds)), 4),
        seconds_95th=round(float(np.percentile(seconds, 95)), 4),
        figures=figure_rows(figures),
        froc=curves,
        froc_note=FROC_NOTE if curves else "",
        roc=container_curve(evidence, rows_RN),
        reliability=reliabilities(evidence, rows_RN),
        confusion=_confusion(evidence),
        examples=examples,
        misses=missed_at,
        thresholds=_thresholds(operating or chosen_thresholds(evidence), figures),
        absent=tuple(_absent(evidence, figures, operating)),
        against=against,
        against_froc=other_curve,
        leave_out=None
        if leave_out is None
        else _leave_out(this.judgement.package.card, evidence, rows_RN, operating, leave_out, say),
    )
    return part, evidence


def figure_rows(figures: Figures) -> tuple[FigureRow, ...]:
    """The figures as they are written down."""
    return tuple(
        FigureRow(table=key.table, row=key.row, figure=key.figure, **sampled.value().model_dump())
        for key, sampled in figures.items()
    )


def _against(this: Side, other: Side, rows_RN: Values, say: Say) -> tuple[Comparison, Curve | None]:
    """Both packages on the labels that both know."""
    ours, theirs = ({x.name: x for x in side.judgement.package.card.labels} for side in (this, other))
    shared = [name for name, label in ours.items() if name in theirs and theirs[name].group is label.group]
    figures, curve = [], None
    for side, known in ((this, ours), (other, theirs)):
        labels = [known[name] for name in shared]
        evidence = side.evidence(labels, say)
        figures.append(all_figures(evidence, rows_RN, side.operating(labels, say), say))
        curve = pooled(froc_curves(evidence, rows_RN))
    comparison = Comparison(
        package=other.judgement.package.title,
        package_sha256=other.judgement.package.sha256,
        labels=tuple(shared),
        differences=differences(*figures, repeated=counted_once([ours[name] for name in shared], *figures)),
    )
    return comparison, curve


def _leave_out(
    card: Card, evidence: Evidence, rows_RN: Values, operating: Operating, scanner: str, say: Say
) -> LeftOut:
    of_it_N = np.array([item.scan.scanner == scanner for item in evidence.judged])
    sides = [all_figures(evidence, masked(rows_RN, mask_N), operating, say) for mask_N in (of_it_N, ~of_it_N)]
    return LeftOut(
        scanner=scanner,
        scans=int(of_it_N.sum()),
        others=int((~of_it_N).sum()),
        seen=seen_in_training(card, scanner),
        differences=differences(*sides, repeated=counted_once(evidence.labels, *sides)),
    )


def _confusion(e: Evidence) -> tuple[Confusion, ...]:
    """Loads from their thresholds on, objects from where the default configuration is sure of them."""
    loads = {x.name: x.threshold for x in e.labels if x.group is Group.LOAD}
    objects = {x.name: max(x.threshold, SURE) for x in e.labels if x.group is Group.OBJECT}
    tables = (
        confuse(e.judged, Group.LOAD, loads, MATCH_IOU),
        confuse(e.judged, Group.OBJECT, objects, HIT_IOU),
    )
    return tuple(x for x in tables if x is not None)


def _examples(e: Evidence, rows_RN: Values, operating: Operating) -> tuple[tuple[Example, ...], str]:
    """With what a miss is: counted at the lower rate of false positives, or where the scans are too few for it, at ``SURE``."""
    chosen_R = operating_thresholds(e.marks[ALL_OBJECTS], rows_RN, ALL_OBJECTS, RATES[0], operating)
    threshold = float(np.nextafter(SURE, 0.0)) if chosen_R is None else float(chosen_R[0])
    where = f"p ≥ {SURE:g}, for so few scans" if chosen_R is None else f"{RATES[0]:g} false positives per scan"
    said = f"Inspectable objects not found at {where}, {misses_order(e, threshold)}."
    return (*misses(e, threshold), *false_alarms(e), *wrong_loads(e)), said


def _unknown(e: Evidence) -> dict[str, int]:
    known = {x.name for x in e.labels}
    return _counts(
        x.label for item in e.judged for x in (*item.scan.labels, *item.scan.ignored) if x.label not in known
    )


def _absent(e: Evidence, figures: Figures, operating: Operating) -> Iterator[str]:
    """What was not measured, in sentences."""
    marks = e.marks[ALL_OBJECTS]
    counted = [x for x, seen in zip(marks.objects, marks.counted_O, strict=True) if seen]
    if not e.objects:
        yield "The package knows no objects of interest: nothing is said of any."
    elif not counted:
        yield "The scans show no inspectable object of interest that the package knows: no Pd was measured, only false alarms."
    for axis in AXES:
        if counted and axis.absent and all(axis.of(x) is None for x in counted):
            yield f"No figures {axis.table}: {axis.absent}."
    if counted and not operating:
        yield (
            "Thresholds of Pd at a rate of false positives, or at a Pfa, were chosen on the judged scans themselves. On other scans the "
            "same thresholds give other rates: --thresholds-from takes them from validation data instead."
        )
    shown = {x.label for item in e.judged for x in item.scan.labels}
    unseen = [x.name for x in e.labels if x.name not in shown]
    if unseen:
        yield f"The scans show none of these labels of the package: {', '.join(unseen)}."
    unknown = _unknown(e)
    if unknown:
        listed = ", ".join(f"{name} ({count})" for name, count in unknown.items())
        yield f"The scans show labels that the package does not know, of which no figure says anything: {listed}."
    if len({item.scan.group for item in e.judged}) < 2:
        yield "All scans are of one group: no interval can be given."
    reasons = dict.fromkeys(
        f"{key.figure}: {x.value().reason}."
        for key, x in figures.items()
        if key.row == ALL_OBJECTS and np.isnan(x.values_R[0])
    )
    if counted:
        yield from reasons


def _thresholds(operating: Operating, figures: Figures) -> tuple[Threshold, ...]:
    """Of the rows that are shown."""
    rows = {(key.table, key.row) for key in figures}
    return tuple(
        Threshold(table=key.table, row=key.row, figure=key.figure, threshold=round(value, 5))
        for key, value in operating.items()
        if (key.table, key.row) in rows
    )


def _counts(names: Iterator[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
