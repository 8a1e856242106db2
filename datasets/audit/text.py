"""An audit in a few lines, for a terminal."""

from collections.abc import Iterator

from scantally.datasets.audit.context import some
from scantally.datasets.audit.document import Audit, Finding
from scantally.datasets.audit.kinds import KINDS
from scantally.detector.report.text import shorten, visible

SHOWN = 3
"""Examples of a finding that the summary names."""

WIDTH = 110

VERDICTS = {
    "leaks": "A split leaks: figures on this split would be better than the model.",
    "findings": "No leak was found. See to the findings before you train.",
    "clean": "No leak and nothing grave was found.",
}


def audit_text(audit: Audit) -> str:
    """Numbers, labels, findings with their first examples, and the verdict last."""
    return "\n".join(_lines(audit))


def leak_line(audit: Audit) -> str:
    """What leaks and how much, in one line."""
    told = "; ".join(x.reason.rstrip(".") for x in audit.findings if x.leak)
    return f"{audit.source}: {told}"


def _lines(audit: Audit) -> Iterator[str]:
    f = audit.figures
    yield f"{visible(audit.name)}: {some(f.images, 'picture')}, {some(f.boxes, 'box', 'boxes')}, {some(f.groups, 'group')}"
    for name, part in f.splits.items():
        words = "no split" if name == "none" else name
        yield f"  {words:9} {some(part.images, 'picture')}, {some(part.boxes, 'box', 'boxes')}, {some(part.groups, 'group')}"
    if f.labels:
        width = max(map(len, f.labels))
        yield "labels"
    for title, label in f.labels.items():
        sizes = f"{label.small:,} small, {label.medium:,} medium, {label.large:,} large"
        yield f"  {title:{width}}  {some(label.boxes, 'box', 'boxes')} in {some(label.images, 'picture')}: {sizes}"
    yield "findings" if audit.findings else "findings: none"
    for row in audit.findings:
        yield from _finding(row)
    yield VERDICTS[audit.verdict]


def _finding(row: Finding) -> Iterator[str]:
    yield f"  {'LEAK' if row.leak else row.severity.upper():6}  {KINDS[row.kind].title}: {row.reason}"
    for example in row.examples[:SHOWN]:
        files = " and ".join(example.files[:2]) + (" ..." if len(example.files) > 2 else "")
        yield "          " + shorten(visible(": ".join(x for x in (files, example.detail) if x)), WIDTH)
    if row.count > SHOWN and len(row.examples) > SHOWN:
        yield f"          and {row.count - SHOWN:,} more"
