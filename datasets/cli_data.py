"""``scantally data``: what datasets there are to be made, and making them."""

import json as json_text
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from scantally.datasets import cli_audit
from scantally.detector.errors import ConfigError

data = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Bring datasets of scans into one form, check them, and part them for training.",
)


@data.command("list")
def list_layouts(
    json: Annotated[bool, typer.Option("--json", help="Print the layouts as JSON, nothing else.")] = False,
) -> None:
    """List the layouts that can be imported."""
    from scantally.datasets.importers import IMPORTERS

    if json:
        typer.echo(json_text.dumps([{"name": name, "what": row.what} for name, row in IMPORTERS.items()]))
        return
    width = max(map(len, IMPORTERS))
    for name, row in IMPORTERS.items():
        typer.echo(f"{name:{width}}  {row.what}")


@data.command("import")
def import_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The layout, as `scantally data list` names it.")],
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="The dataset's folder; nothing in it is changed.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to make: dataset.json and images.")],
    classes: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Class map (YAML); without it, classes keep their names.")
    ] = None,
    group_by: Annotated[
        str | None,
        typer.Option(metavar="PATTERN", help="Regular expression; its first group, in a file's name, is the group."),
    ] = None,
    scanner: Annotated[str | None, typer.Option(metavar="NAME", help="The scanner that made the pictures.")] = None,
    link: Annotated[bool, typer.Option("--link/--copy", help="Hard links instead of copies of the pictures.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Threads; by default one per core.")] = None,
) -> None:
    """Import a dataset: pictures, boxes, groups and splits in one form, and a count of everything left out."""
    from scantally.datasets.importers.classes import load_class_map
    from scantally.datasets.importers.grouping import compile_pattern
    from scantally.datasets.importers.pictures import Prepared
    from scantally.datasets.importers.report import import_text
    from scantally.datasets.importers.run import Choices, cores, import_dataset
    from scantally.datasets.progress import follow

    if scanner is not None and not scanner.strip():
        raise ConfigError("--scanner", "expected a name")
    choices = Choices(
        classes=load_class_map(classes) if classes else None,
        class_file=str(classes or "--classes"),
        group_by=compile_pattern(group_by) if group_by is not None else None,
        scanner=scanner,
        link=link,
        workers=workers or cores(),
    )

    def shown(pictures: Iterable[Prepared], total: int) -> Iterable[Prepared]:
        return follow(pictures, total, "imported")

    dataset = import_dataset(name, root, out, choices, shown)
    typer.echo(import_text(dataset, out))


data.command("audit")(cli_audit.audit)
data.command("split")(cli_audit.split)
data.command("encode")(cli_audit.encode)
