"""``scantally data audit``, ``split`` and ``encode``: whether a dataset can be trained on, its division, its training pictures."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scantally.datasets.audit.look import Look

NEAR = 0.9
"""The default of ``datasets.audit.pairs``; here, so that help needs no numpy. A test compares the two."""

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="A dataset: dataset.json and its pictures.")]
Workers = Annotated[int | None, typer.Option(min=1, max=256, help="Processes; by default one per core.")]
Near = Annotated[
    float,
    typer.Option(min=0.5, max=1.0, metavar="SIMILARITY", help="Least similarity of a near-duplicate, 0.5 to 1."),
]


def audit(
    folder: Folder,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for audit.json and audit.html.")],
    workers: Workers = None,
    near: Near = NEAR,
    by_scanner: Annotated[
        bool, typer.Option("--by-scanner", help="A scanner that stands in two splits is a leak, too.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print audit.json, nothing else.")] = False,
) -> None:
    """Audit a dataset: damaged files, bad boxes, duplicates, leaks between splits, balance. Exit code 2 when a split leaks."""
    from scantally.datasets.audit.run import run_audit
    from scantally.datasets.audit.text import audit_text, leak_line
    from scantally.datasets.audit.write import to_json, write_audit
    from scantally.datasets.importers.run import cores
    from scantally.datasets.progress import follow, say

    def shown(looks: "Iterable[Look]", total: int) -> "Iterable[Look]":
        return follow(looks, total, "audited")

    result = run_audit(folder, workers=workers or cores(), near=near, by_scanner=by_scanner, follow=shown)
    write_audit(result, out)
    typer.echo(to_json(result.audit) if json else audit_text(result.audit), nl=not json)
    if result.audit.verdict == "leaks":
        say(f"scantally: {leak_line(result.audit)}")
        raise typer.Exit(2)
