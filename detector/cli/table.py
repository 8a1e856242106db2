"""A report as a table on a terminal."""

import io
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from scantally.detector.report.document import Report
from scantally.detector.report.marks import by_weight
from scantally.detector.report.text import visible

STYLES = {"suspect": "bold red", "unknown": "bold yellow", "clear": "green"}
DISPOSITIONS = {"inspect": "bold white on red", "review": "bold black on yellow", "release": "bold white on green"}
WIDTH = 120
"""Columns where there is no terminal to ask."""


def findings_table(report: Report, written: Sequence[Path]) -> str:
    """The findings in order of weight, the disposition above them, and where the page lies."""
    # One buffer, so that tables of several scans never interleave with a progress bar; colours only on a terminal.
    buffer = io.StringIO()
    terminal = Console()
    width = terminal.width if terminal.is_terminal else WIDTH
    console = Console(file=buffer, width=width, force_terminal=terminal.is_terminal, legacy_windows=False)
    verdict = report.disposition.value
    console.print(
        Text(f"{visible(report.source)}  "), Text(f" {verdict.upper()} ", style=DISPOSITIONS[verdict]), sep=""
    )
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="dim")
    for column in ("verdict", "check", "container", "reason"):
        table.add_column(column, overflow="fold")
    for finding in by_weight(report):
        style = STYLES[finding.verdict.value]
        table.add_row(
            Text(finding.verdict.value.upper(), style=style),
            finding.check,
            Text(visible(finding.container or "-")),
            Text(visible(finding.reason)),
        )
    console.print(table)
    for path in written:
        if path.suffix == ".html":
            console.print(Text(f"report: {path}"), soft_wrap=True)
    return buffer.getvalue()
