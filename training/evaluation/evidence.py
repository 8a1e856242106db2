"""What became of every detection and every labelled thing: worked out once, whatever is then counted, weighted or drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scantally.detector.models.package import Card, LabelCard
from scantally.detector.types import Group
from scantally.training.evaluation.containers import ContainerScores, score_containers
from scantally.training.evaluation.froc import Marks, find_marks
from scantally.training.evaluation.operating import HIT_IOU
from scantally.training.evaluation.precision import Matches, matches
from scantally.training.evaluation.reliability import MATCH_IOU, Outcomes, outcomes
from scantally.training.evaluation.sampling import Sampled, Values
from scantally.training.metrics import Judged, emptiness_outcomes, load_types

SURE = 0.5
"""Probability from which the default configuration takes an object as seen."""

ALL_OBJECTS = "all objects of interest"


def objects_of(card: Card) -> frozenset[str]:
    """The labels of a package's objects of interest: those whose group is ``object``."""
    return frozenset(x.name for x in card.labels if x.group is Group.OBJECT)


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadTypes:
    """L labelled blocks of load: of which scan and label, and whether the surest load type found there is theirs."""

    scan_L: NDArray[np.int64]
    label_L: NDArray[np.str_]
    right_L: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """N judged scans, laid on their truth in every way that figures need."""

    judged: tuple[Judged, ...]
    seconds_N: Values
    labels: tuple[LabelCard, ...]
    marks: dict[str, Marks]
    """By label of an object of interest, and all of them."""
    passed_on: Marks
    sure: Marks
    """All objects of interest, by the boxes from each label's threshold on, and by those from ``SURE`` on."""
    containers: ContainerScores
    precision: dict[str, Matches]
    """Of the labels that any scan shows."""
    outcomes: Outcomes
    emptiness: tuple[tuple[bool, ...], ...]
    loads: LoadTypes

    @property
    def objects(self) -> tuple[str, ...]:
        """Labels of objects of interest, in the card's order."""
        return tuple(x.name for x in self.labels if x.group is Group.OBJECT)

    @property
    def loads_known(self) -> tuple[str, ...]:
        """Labels of loads, ``empty`` aside, in the card's order."""
        return tuple(x.name for x in self.labels if x.group is Group.LOAD and x.name != "empty")

    @property
    def cannot_tell_emptiness(self) -> str | None:
        """Why the package cannot tell an empty container from a loaded one; None where it can."""
        if not any(x.name == "container" for x in self.labels):
            return "the package knows no container"
        return None if any(x.group is Group.LOAD for x in self.labels) else "the package knows no load"

    def figure(self, values_R: Values, rows_RN: Values, scans: NDArray[np.int64], counted: str) -> Sampled:
        """A figure that rests on things, each given by the index of its scan; the first row of weights says which scans are meant."""
        meant = scans[rows_RN[0, scans] > 0]
        return Sampled(values_R=values_R, count=meant.size, counted=counted, groups=self.groups(rows_RN, scans))

    def groups(self, rows_RN: Values, scans: NDArray[np.int64]) -> int:
        """How many groups there are among these scans (indices), of those that the first row of weights counts."""
        return len({self.judged[k].scan.group for k in np.unique(scans[rows_RN[0, scans] > 0])})

    def threshold_of(self, label: str) -> float:
        """From which probability the package passes a label on."""
        return next(x.threshold for x in self.labels if x.name == label)


def gather(
    judged: Sequence[Judged], seconds: Sequence[float], labels: Sequence[LabelCard], say: Callable[[str], None]
) -> Evidence:
    """Match what was found with what is there, for these labels; detections of others are passed over."""
    say(f"matching the detections of {len(judged)} scans")
    names = {x.name for x in labels}
    judged = tuple(_of(item, dict.fromkeys(names, 0.0)) for item in judged)
    objects = frozenset(x.name for x in labels if x.group is Group.OBJECT)
    shown = {x.label for item in judged for x in item.scan.labels}
    limits = {x.name: HIT_IOU if x.name in objects else MATCH_IOU for x in labels}
    return Evidence(
        judged=judged,
        seconds_N=np.asarray(seconds, np.float64),
        labels=tuple(labels),
        marks={ALL_OBJECTS: find_marks(judged, objects, pooled=True)}
        | {x.name: find_marks(judged, frozenset([x.name])) for x in labels if x.name in objects},
        passed_on=_said(judged, objects, {x.name: x.threshold for x in labels}),
        sure=_said(judged, objects, {x.name: max(x.threshold, SURE) for x in labels}),
        containers=score_containers(judged, objects),
        precision={x.name: matches(judged, x.name) for x in labels if x.name in shown},
        outcomes=outcomes(judged, limits),
        emptiness=tuple(tuple(emptiness_outcomes(item)) for item in judged),
        loads=_load_types(judged, frozenset(x.name for x in labels if x.group is Group.LOAD)),
    )


def _said(judged: Sequence[Judged], objects: frozenset[str], least: dict[str, float]) -> Marks:
    return find_marks([_of(item, least) for item in judged], objects, pooled=True)


def _of(item: Judged, least: dict[str, float]) -> Judged:
    """The scan with the detections of some labels alone, each from its probability on."""
    rows = zip(item.found.labels_N, item.found.scores_N, strict=True)
    keep = [name in least and float(score) >= least[name] for name, score in rows]
    return item if all(keep) else replace(item, found=item.found.where(keep))


def _load_types(judged: Sequence[Judged], loads: frozenset[str]) -> LoadTypes:
    rows = [(number, name, right) for number, item in enumerate(judged) for name, right in load_types(item, loads)]
    return LoadTypes(
        scan_L=np.array([r[0] for r in rows], np.int64),
        label_L=np.array([r[1] for r in rows], np.str_),
        right_L=np.array([r[2] for r in rows], np.bool_),
    )
