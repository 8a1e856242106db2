"""An evaluation as lines for people: the figures of whole groups of labels and of each label; breakdowns are in the files."""

from collections.abc import Iterator, Sequence

from scantally.training.evaluation.documents import Difference, Evaluation, FigureRow, Part
from scantally.training.evaluation.figures import (
    CALIBRATION,
    CONTAINERS,
    HEADLINE,
    LOADS,
    OBJECTS,
    OPERATING,
    PRECISION,
    SPEED,
)

SHOWN = (OBJECTS, OPERATING, CONTAINERS, LOADS, PRECISION, CALIBRATION, SPEED)


def evaluation_text(evaluation: Evaluation) -> str:
    """The figures, the differences that are real, and what was not measured."""
    e = evaluation
    lines = [f"{e.package} on {e.data}: {e.scans} scans, {e.seconds_per_scan:.3f} s each"]
    for part in e.parts:
        lines += [f"{part.kind} scans: {part.scans} in {part.groups} groups", *_figures(part)]
        if part.leave_out is not None:
            it = part.leave_out
            lines.append(f"  {it.scanner} ({it.scans} scans) less the other scanners ({it.others} scans). {it.seen}")
            lines += _differences(it.differences)
        if part.against is not None:
            lines.append(f"  less {part.against.package}, on the same scans")
            lines += _differences(part.against.differences)
        lines += [f"  note: {sentence}" for sentence in part.absent]
    return "\n".join(lines)


def _figures(part: Part) -> Iterator[str]:
    for table in SHOWN:
        rows = [x for x in part.figures if x.table == table and (x.value is not None or _decides(x))]
        if rows:
            yield f"  {table}"
        yield from (f"    {x.line()}" for x in rows)


def _differences(differences: Sequence[Difference]) -> Iterator[str]:
    known = [x for x in differences if x.difference is not None]
    told = [x for x in known if _decides(x) or x.verdict in ("better", "worse")]
    yield from (f"    {x.line()}" for x in told)
    yield f"    {len(known) - len(told)} other figures: no difference shown"


def _decides(x: FigureRow | Difference) -> bool:
    return (x.table, x.row, x.figure) in HEADLINE
