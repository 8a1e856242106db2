"""``scantally calibrate``: probabilities, thresholds and reference statistics of a package, as a new version of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scantally.datasets.labelled import LabelledScan
from scantally.detector.config import Config
from scantally.detector.errors import InputError
from scantally.detector.models.infer import calibrated
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import Card, LabelCard, Package, open_package
from scantally.detector.models.reference import (
    COUNT_EDGES,
    PROBABILITY_EDGES,
    Histogram,
    LabelReference,
    Reference,
    edges_of,
)
from scantally.detector.types import BoolArray, FloatArray, Group
from scantally.training.calibration.documents import (
    NO_TARGET,
    Calibration,
    LabelFit,
    Target,
    Threshold,
    require_target,
)
from scantally.training.calibration.fit import Fit, Outcomes, fit_label, match_iou, outcomes
from scantally.training.calibration.observe import Observed, kind_of, observe
from scantally.training.calibration.thresholds import (
    Chosen,
    best_scores,
    false_scores,
    hold_false_alarms,
    hold_miss_rate,
    missed,
)
from scantally.training.judging import FAINT, open_data
from scantally.training.metrics import Judged
from scantally.training.record import SEEN, data_sha256, trained_on

STEP = 1e-6
"""Thresholds are written with this precision."""

TOO_MANY = 1.0
"""False alarms per scan of all chosen labels, from which on hardly a scan would pass without one."""

SIMULATED_FIT = "Probabilities and thresholds were fitted on simulated scans; on real ones they are not known to hold."


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibrated:
    """A package with its new card's labels, statistics of the data, and what was fitted."""

    package: Package
    labels: tuple[LabelCard, ...]
    reference: Reference
    figures: Calibration


def calibrate_package(
    model: Path, data: Path, target: Target | None, say: Callable[[str], None], split: str | None = None
) -> Calibrated:
    """Fit probabilities and thresholds of a package on labelled scans that its training never saw.

    ``split`` takes one split of an imported dataset.

    Raises:
        InputError: the package or the data cannot be used. ConfigError: the target cannot be one, or names a strange label.
    """
    package = open_package(model)
    require_target(target, package.card)
    scans = open_data(data, split)
    if not scans:
        raise InputError(str(data), "expected labelled scans to calibrate on, found none")
    observed = observe(open_detector(package), scans, say)
    fits = _fits(observed.judged, package.card.labels, target)
    labels = tuple(_updated(label, fits[label.name]) for label in package.card.labels)
    digest, kind = data_sha256(scans), kind_of(scans)
    figures = Calibration(
        package=package.title,
        package_sha256=package.sha256,
        command=_command(package, data, split, target),
        data=data.resolve().name,
        data_sha256=digest,
        kind=kind,
        scans=len(scans),
        groups=len({scan.group for scan in scans}),
        target=target,
        labels=fits,
        unknown=_unknown(scans, package.card.labels),
        limits=(*_seen(package.card, scans), *_limits(fits, target, kind)),
    )
    reference = _reference(observed, labels, figures)
    return Calibrated(package=package, labels=labels, reference=reference, figures=figures)


def _fits(judged: Sequence[Judged], labels: Sequence[LabelCard], target: Target | None) -> dict[str, LabelFit]:
    """Each label by its own detections and those of its group."""
    found = {x.name: outcomes(judged, x.name, match_iou(x.group)) for x in labels}
    groups = {g: Outcomes.together([found[x.name] for x in labels if x.group is g]) for g in {x.group for x in labels}}
    return {x.name: _fit(judged, x, target, fit_label(found[x.name], x, groups[x.group])) for x in labels}


def _fit(judged: Sequence[Judged], label: LabelCard, target: Target | None, fit: Fit) -> LabelFit:
    limit = match_iou(label.group)
    best, wrong = best_scores(judged, label.name, limit), false_scores(judged, label.name, limit)
    chosen = _choose(best, wrong, label, target)
    fitted = label.model_copy(update={"a": fit.a, "b": fit.b})
    threshold = label.threshold if chosen is None or chosen.score is None else _as_threshold(chosen, fitted)
    alarms = [s for scan in wrong for s in scan]
    seen = [list(_reported(group, fitted, threshold).astype(float)) for group in best]
    return LabelFit(
        fit=fit,
        threshold=Threshold(
            threshold=threshold,
            chosen=chosen is not None and chosen.score is not None,
            why=NO_TARGET if chosen is None else chosen.why,
            things=sum(len(group) for group in best),
            units=len(best) if chosen is None else chosen.units,
            miss_rate=round(missed(seen, 0.5), 5) if seen else None,
            false_alarms_per_scan=round(float(_reported(alarms, fitted, threshold).sum()) / len(judged), 5),
        ),
    )


def _choose(
    best: list[list[float]], wrong: list[list[float]], label: LabelCard, target: Target | None
) -> Chosen | None:
    """The threshold that meets the target, in the network's own scores; None where the target is not for this label."""
    wanted = target is not None and (label.name in target.labels if target.labels else label.group is Group.OBJECT)
    if target is None or not wanted:
        return None
    if not best and not any(wrong):
        return Chosen(score=None, why="never labelled and never detected in this data", units=0)
    if target.kind == "miss rate":
        return hold_miss_rate(best, target.value)
    return hold_false_alarms(wrong, target.value)


def _as_threshold(chosen: Chosen, label: LabelCard) -> float:
    """A chosen score as a probability of the new calibration, rounded so that the score itself passes, or does not."""
    probability = float(_probabilities([max(chosen.score or 0.0, FAINT)], label)[0])
    if chosen.above:
        return min(1.0, round(float(np.ceil(probability / STEP) + 1) * STEP, 6))
    return max(0.0, round(float(np.floor(probability / STEP) - 1) * STEP, 6))


def _probabilities(scores: Sequence[float], label: LabelCard) -> FloatArray:
    return calibrated(np.array(scores, np.float32), label)


def _reported(scores: Sequence[float], label: LabelCard, threshold: float) -> BoolArray:
    """Which of these scores the label's threshold lets through."""
    return np.asarray(_probabilities(scores, label) >= threshold, np.bool_)


def _updated(label: LabelCard, found: LabelFit) -> LabelCard:
    return label.model_copy(update={"a": found.fit.a, "b": found.fit.b, "threshold": found.threshold.threshold})


def _unknown(scans: Sequence[LabelledScan], labels: Sequence[LabelCard]) -> dict[str, int]:
    known = {x.name for x in labels}
    things = (x.label for scan in scans for x in (*scan.labels, *scan.ignored))
    return dict(sorted(Counter(name for name in things if name not in known).items()))


def _limits(fits: dict[str, LabelFit], target: Target | None, kind: str) -> tuple[str, ...]:
    """What a reader of the card must know of the fit."""
    said = [SIMULATED_FIT] if kind == "simulated" else []
    alarms = sum(x.threshold.false_alarms_per_scan for x in fits.values() if x.threshold.chosen)
    if alarms >= TOO_MANY:
        said.append(
            f"TOO MANY FALSE ALARMS FOR USE: {alarms:.1f} in a scan at the chosen thresholds. The network does not see these objects "
            "well enough for this target: train it longer or on more data, or choose thresholds by --false-alarms."
        )
    for name, found in fits.items():
        if target and not found.threshold.chosen and found.threshold.why != NO_TARGET:
            where = f"the threshold of '{name}' stays at {found.threshold.threshold:g}"
            said.append(f"{target.words.capitalize()} could not be held: {where} ({found.threshold.why}).")
    unsure = Config().checks.unsure
    faint = {n: x.threshold for n, x in fits.items() if x.threshold.chosen and x.threshold.threshold < unsure}
    if faint:
        names = ", ".join(f"{n} ({x.false_alarms_per_scan:.2f} false alarms per scan)" for n, x in faint.items())
        said.append(
            f"Thresholds of {names} are below the default checks.unsure ({unsure:g}): no check speaks of all they report, "
            "unless a site sets checks.unsure (and checks.sure) as low."
        )
    return tuple(said)


def _seen(card: Card, scans: Sequence[LabelledScan]) -> tuple[str, ...]:
    number = trained_on(card, scans)
    return (SEEN.format(number=number, whole=len(scans)),) if number else ()


def _reference(observed: Observed, labels: Sequence[LabelCard], figures: Calibration) -> Reference:
    names = observed.images[0].keys()
    image = {n: Histogram.of([x[n] for x in observed.images], edges_of(n)) for n in names}
    return Reference(
        schema=1,
        data=figures.data,
        data_sha256=figures.data_sha256,
        kind=figures.kind,
        scans=figures.scans,
        image=image,
        labels={label.name: _label_reference(observed.judged, label) for label in labels},
    )


def _label_reference(judged: Sequence[Judged], label: LabelCard) -> LabelReference:
    per_scan = []
    for item in judged:
        scores = np.array([s for _, s, name, _ in item.found.rows() if name == label.name], np.float32)
        per_scan.append([float(p) for p in calibrated(scores, label) if p >= label.threshold])
    return LabelReference(
        probabilities=Histogram.of([p for scan in per_scan for p in scan], PROBABILITY_EDGES),
        per_scan=Histogram.of([len(scan) for scan in per_scan], COUNT_EDGES),
    )


def _command(package: Package, data: Path, split: str | None, target: Target | None) -> str:
    words = ["scantally calibrate", package.title, data.resolve().name]
    if split is not None:
        words.append(f"--split {split}")
    if target is not None:
        words.append(f"--{'miss-rate' if target.kind == 'miss rate' else 'false-alarms'} {target.value:g}")
        words += [f"--label {name}" for name in target.labels]
    return " ".join(words)
