"""An evaluation as lines for people: the figures that decide, or those of whole groups of labels and of each label; breakdowns are in the files."""

from collections import Counter
from collections.abc import Iterator, Sequence

from scantally.detector.report.text import visible
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
from scantally.training.evaluation.sampling import LEAST_GROUPS

SHOWN = (OBJECTS, OPERATING, CONTAINERS, LOADS, PRECISION, CALIBRATION, SPEED)


def evaluation_text(evaluation: Evaluation, everything: bool = False) -> str:
    """The figures that decide, those differences and the real ones, and what was not measured; or all of each."""
    e = evaluation
    lines = [f"{e.package} on {e.data}: {e.scans} scans, {e.seconds_per_scan:.3f} s each"]
    for part in e.parts:
        lines += [f"{part.kind} scans: {part.scans} in {part.groups} groups", *_figures(part, everything)]
        if part.leave_out is not None:
            it = part.leave_out
            lines.append(
                f"  {it.scanner} ({it.scans} scans) compared with the other scanners ({it.others} scans). {it.seen}"
            )
            lines += _differences(it.differences, everything)
        if part.against is not None:
            this, other = e.names(part.against)
            lines.append(f"  {this} compared with {other}, on the same scans")
            lines += _differences(part.against.differences, everything)
        lines += [f"  note: {sentence}" for sentence in part.absent]
    return "\n".join(map(visible, lines))  # names come from files


def _figures(part: Part, everything: bool) -> Iterator[str]:
    shown = [x for x in part.figures if _decides(x) or (everything and x.value is not None)]
    for table in SHOWN:
        rows = [x for x in shown if x.table == table]
        if rows:
            yield f"  {table}"
        yield from (f"    {x.line()}" for x in rows)
    if any(x.value is not None and x.low is None for x in shown):
        yield f"  no interval in brackets: the figure rests on fewer than {LEAST_GROUPS} groups, or on what most draws lack"


def _differences(differences: Sequence[Difference], everything: bool) -> Iterator[str]:
    known = [x for x in differences if x.difference is not None]
    told = [x for x in known if everything or _decides(x) or x.verdict in ("better", "worse")]
    yield from (f"    {x.line()}" for x in told)
    others = Counter(x.verdict for x in known) - Counter(x.verdict for x in told)
    yield from (f"    {count} other figures: {verdict}" for verdict, count in others.items())


def _decides(x: FigureRow | Difference) -> bool:
    return (x.table, x.row, x.figure) in HEADLINE
