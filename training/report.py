"""Figures of a cross-validation, saved and shown."""

import json
from collections.abc import Sequence
from pathlib import Path

from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import load_goods
from scantally.training.evaluation.bootstrap import Figure, share, with_interval
from scantally.training.evaluation.precision import precision_figures
from scantally.training.evaluation.roc import plot
from scantally.training.evaluation.swaps import compare_papers
from scantally.training.metrics import Judged, emptiness_outcomes, load_outcomes

PAPERS = "papers.svg"
"""Beside the figures: how well papers of other loads are told from honest ones."""


def save_cross_validation(judged: dict[str, list[Judged]], path: Path) -> dict[str, dict[str, Figure]]:
    """Figures of the folds together and of each scanner left out; written to ``path`` with what went wrong, scan by scan."""
    folds = [item for name, items in judged.items() if name.startswith("fold") for item in items]
    figures = {"folds": container_figures(folds)} if folds else {}
    figures |= {n: container_figures(items) for n, items in judged.items() if not n.startswith("fold")}
    if folds:
        figures["folds"] |= _papers(folds, path.with_name(PAPERS))
    document = {
        "figures": {
            name: {k: [f.value, f.low, f.high, f.count] for k, f in part.items()} for name, part in figures.items()
        },
        "misjudged": {name: _misjudged(items) for name, items in judged.items()},
    }
    path.write_text(json.dumps(document, indent=1))
    return figures


def _papers(judged: Sequence[Judged], path: Path) -> dict[str, Figure]:
    """How well papers of other loads are told from honest ones; the ROC curves are drawn to ``path``."""
    compared = compare_papers(judged, load_goods(), CheckSettings())
    if compared:
        path.write_text(plot([(name, one.curve) for name, one in compared.items()]))
    return {f"{name}: area under the ROC curve": one.area for name, one in compared.items()}


def container_figures(judged: Sequence[Judged]) -> dict[str, Figure]:
    """Container boxes, empty or loaded, and load type, each with its interval over groups."""
    groups = [item.scan.group for item in judged]
    at_50, at_all = precision_figures(judged, "container")
    emptiness = [emptiness_outcomes(item) for item in judged]
    loads = [load_outcomes(item) for item in judged]
    return {
        "container mAP50": at_50,
        "container mAP50-95": at_all,
        "empty or loaded": with_interval(groups, share(emptiness), at_50.count),
        "load type top-1, loaded containers": with_interval(groups, share(loads), sum(map(len, loads))),
    }


def cross_validation_text(figures: dict[str, dict[str, Figure]]) -> str:
    """A few lines for people."""
    return "\n".join(f"{name}: {key}: {figure}" for name, part in figures.items() for key, figure in part.items())


def _misjudged(judged: Sequence[Judged]) -> list[str]:
    return [item.scan.name for item in judged if not all(emptiness_outcomes(item))]
