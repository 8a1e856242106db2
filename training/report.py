"""Figures of a cross-validation, saved and shown."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from scantally.training.metrics import Figure, Judged, average_precision, emptiness_outcomes, top_load, with_interval


def save_cross_validation(judged: dict[str, list[Judged]], path: Path) -> dict[str, dict[str, Figure]]:
    """Figures of the folds together and of each scanner left out; written to ``path`` with what went wrong, scan by scan."""
    folds = [item for name, items in judged.items() if name.startswith("fold") for item in items]
    figures = {"folds": container_figures(folds)} if folds else {}
    figures |= {n: container_figures(items) for n, items in judged.items() if not n.startswith("fold")}
    document = {
        "figures": {
            name: {k: [f.value, f.low, f.high, f.count] for k, f in part.items()} for name, part in figures.items()
        },
        "misjudged": {name: _misjudged(items) for name, items in judged.items()},
    }
    path.write_text(json.dumps(document, indent=1))
    return figures


def container_figures(judged: Sequence[Judged]) -> dict[str, Figure]:
    """Container boxes, empty or loaded, and load type, each with its interval over groups."""
    containers = sum(x.label == "container" for item in judged for x in item.scan.labels)
    loaded = len(_load_outcomes(judged))
    return {
        "container mAP50": with_interval(judged, lambda j: average_precision(j, "container")[0], containers),
        "container mAP50-95": with_interval(judged, lambda j: average_precision(j, "container")[1], containers),
        "empty or loaded": with_interval(judged, lambda j: share(emptiness_outcomes(j)), containers),
        "load type top-1, loaded containers": with_interval(judged, lambda j: share(_load_outcomes(j)), loaded),
    }


def cross_validation_text(figures: dict[str, dict[str, Figure]]) -> str:
    """A few lines for people."""
    return "\n".join(f"{name}: {key}: {figure}" for name, part in figures.items() for key, figure in part.items())


def _load_outcomes(judged: Sequence[Judged]) -> list[bool]:
    """For each load block that is no empty container: is the surest load type found at its place the labelled one?"""
    return [
        top_load(item.found, true.box) == true.label
        for item in judged
        for true in item.scan.labels
        if true.label not in ("container", "empty")
    ]


def _misjudged(judged: Sequence[Judged]) -> list[str]:
    return [item.scan.name for item in judged if not all(emptiness_outcomes([item]))]


def share(outcomes: Sequence[bool]) -> float:
    """Share of outcomes that are true; nan where there are none."""
    return float(np.mean(outcomes)) if outcomes else float("nan")
