"""Rows that tell what another row tells already: shown twice they are noise, counted twice they make a difference look like several."""

from collections.abc import Iterator, Sequence

import numpy as np

from scantally.detector.models.package import LabelCard
from scantally.detector.types import Group
from scantally.training.evaluation.evidence import ALL_OBJECTS
from scantally.training.evaluation.figures import (
    ALL_LABELS,
    ALL_LOADS,
    BY_SCANNER,
    BY_TRUTH,
    CALIBRATION,
    HEADLINE,
    LOADS,
    OBJECTS,
    OPERATING,
    PRECISION,
    Figures,
)
from scantally.training.evaluation.sampling import Sampled

Row = tuple[str, str]
"""A table and a row of it."""

_DECIDING: tuple[Row, ...] = tuple(dict.fromkeys((key.table, key.row) for key in HEADLINE))


def without_doubles(figures: Figures, labels: Sequence[LabelCard]) -> Figures:
    """The figures less the rows of a label, or of a group of labels, that repeat another. Rows that decide all stay."""
    left_out = set(_doubles_of_labels(figures, labels)) - set(_DECIDING)
    return {key: value for key, value in figures.items() if (key.table, key.row) not in left_out}


def counted_once(labels: Sequence[LabelCard], *sides: Figures) -> frozenset[Row]:
    """Rows that repeat another on every side: their differences must not be counted beside those of that other row."""
    return frozenset.intersection(*(_doubles(side, labels) for side in sides))


def _doubles(figures: Figures, labels: Sequence[LabelCard]) -> frozenset[Row]:
    whole = (OBJECTS, ALL_OBJECTS)
    repeated = [row for row in _rows(figures) if row[0] in (BY_SCANNER, BY_TRUTH) and _same(figures, whole, row)]
    return frozenset([*_doubles_of_labels(figures, labels), *repeated])


def _doubles_of_labels(figures: Figures, labels: Sequence[LabelCard]) -> Iterator[Row]:
    """Of rows that stand for the same set of labels and hold the same figures, all but the one that decides."""
    present = _rows(figures)
    for table in (OBJECTS, OPERATING, LOADS, PRECISION, CALIBRATION):
        by_set: dict[frozenset[str], list[Row]] = {}
        for name, members in _sets(table, labels).items():
            if (table, name) in present:
                by_set.setdefault(members, []).append((table, name))
        for rows in by_set.values():
            kept, *others = sorted(rows, key=lambda row: row not in _DECIDING)
            yield from (row for row in others if _same(figures, kept, row))


def _sets(table: str, labels: Sequence[LabelCard]) -> dict[str, frozenset[str]]:
    """For what labels each row of a table stands; the rows of groups come first."""

    def of_group(group: Group) -> frozenset[str]:
        # The table of loads does not ask for the type of what is empty.
        return frozenset(x.name for x in labels if x.group is group and not (table == LOADS and x.name == "empty"))

    groups = {
        ALL_OBJECTS: of_group(Group.OBJECT),
        ALL_LOADS: of_group(Group.LOAD),
        ALL_LABELS: frozenset(x.name for x in labels),
    }
    prefix = "mean of " if table == PRECISION else ""
    return {f"{prefix}{row}": names for row, names in groups.items() if names} | {
        x.name: frozenset([x.name]) for x in labels
    }


def _rows(figures: Figures) -> dict[Row, None]:
    return dict.fromkeys((key.table, key.row) for key in figures)


def _same(figures: Figures, one: Row, other: Row) -> bool:
    """Whether all figures of the other row are those of the first."""
    first = {key.figure: value for key, value in figures.items() if (key.table, key.row) == one}
    second = {key.figure: value for key, value in figures.items() if (key.table, key.row) == other}
    return all(figure in first and _equal(first[figure], value) for figure, value in second.items())


def _equal(a: Sampled, b: Sampled) -> bool:
    if np.isnan(a.values_R[0]) or np.isnan(b.values_R[0]):
        return bool(np.isnan(a.values_R[0]) and np.isnan(b.values_R[0]))
    return np.array_equal(a.values_R, b.values_R, equal_nan=True)
