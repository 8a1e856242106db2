"""What a card says of an evaluation: its figures as the ``measured`` entries of notes (``training.card``)."""

from collections.abc import Iterable

import yaml
from pydantic import JsonValue

from scantally.training.evaluation.documents import Evaluation, FigureRow, Part
from scantally.training.evaluation.figures import CALIBRATION, CONTAINERS, LOADS, OBJECTS, OPERATING, PRECISION

TABLES = (OBJECTS, OPERATING, CONTAINERS, PRECISION, LOADS, CALIBRATION)
POOLED = ("all ", "mean of ")
OF_LABELS = ("Pd at 0.1", "Pd at 0.5", "mAP50", "load type top-1")
"""Of single labels a card gives these figures; of all together it gives all."""

COLUMNS = "value, low, high (95 % bootstrap over groups; null where there are too few), n"


def measured(evaluation: Evaluation, command: str, what: str | None = None) -> list[JsonValue]:
    """An entry for each part of an evaluation; ``what`` says in words what the scans are, else their folder's name."""
    return [
        _entry(evaluation, part, command, what or f"{part.kind} scans of {evaluation.data}")
        for part in evaluation.parts
    ]


def measured_text(entries: Iterable[JsonValue]) -> str:
    """The entries as a file of notes holds them."""
    return yaml.safe_dump(
        {"measured": list(entries)}, sort_keys=False, allow_unicode=True, width=130, default_flow_style=None
    )


def _entry(evaluation: Evaluation, part: Part, command: str, what: str) -> JsonValue:
    return {
        "what": what,
        "kind": part.kind,
        "columns": COLUMNS,
        "command": command,
        "package_sha256": evaluation.package_sha256,
        "scans": part.scans,
        "groups": part.groups,
        "figures": {f"{x.row}: {x.figure}": [x.value, x.low, x.high, x.count] for x in part.figures if _told(x)},
    }


def _told(x: FigureRow) -> bool:
    if x.value is None or x.table not in TABLES:
        return False
    return x.row.startswith(POOLED) or x.figure.startswith(OF_LABELS)
