"""``scantally data``: what datasets there are to be made, and making them."""

import json as json_text
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from scantally.datasets import cli_audit
from scantally.detector.errors import ConfigError

Choice = TypeVar("Choice", bound=str)

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


@data.command("project")
def project_command(
    root: Annotated[
        Path, typer.Argument(metavar="ROOT", help="Labelled scans: a dataset, AJNA's layout, or simulated.")
    ],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to make: dataset.json and images.")],
    objects: Annotated[
        list[str], typer.Option("--object", metavar="NAME", help="What is projected; may be given several times.")
    ],
    count: Annotated[int, typer.Option(min=1, max=100_000, help="How many pictures, with one object each.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same pictures.")] = 0,
    into: Annotated[str, typer.Option(metavar="any|empty|loaded", help="Into which containers.")] = "any",
    half: Annotated[
        str | None, typer.Option(metavar="look|held", help="Only scans of this half of the groups of near-duplicates.")
    ] = None,
    part: Annotated[
        str | None, typer.Option(metavar="train|test", help="Whose numbered instances of objects; else of both.")
    ] = "test",
) -> None:
    """Project simulated objects into scans, one into each picture, as a dataset to judge a model on (docs/tip.md)."""
    from scantally.datasets.halves import HALVES, in_half
    from scantally.datasets.opening import open_data
    from scantally.datasets.progress import follow
    from scantally.datasets.projecting import INTO, Wanted, projections, write_projections

    def chosen(option: str, value: str, known: Sequence[Choice]) -> Choice:
        for name in known:
            if name == value:
                return name
        raise ConfigError(option, f"expected one of {', '.join(known)}, got '{value}'")

    wanted = Wanted(
        objects=tuple(objects),
        count=count,
        seed=seed,
        into=chosen("--into", into, INTO),
        part=None if part is None else chosen("--part", part, ("train", "test")),
    )
    scans = open_data(root)
    scans = scans if half is None else in_half(scans, chosen("--half", half, HALVES))
    made = follow(projections(scans, wanted), count, "projected")
    dataset = write_projections(made, wanted, root.resolve().name, out)
    typer.echo(f"{len(dataset.images)} pictures with one object each: {out}")
    for item in dataset.info.omitted:
        typer.echo(f"{item.reason}: {item.count}")
    if len(dataset.images) < count:
        typer.echo(f"fewer than the {count} wanted: no scan let more objects be seen")


data.command("audit")(cli_audit.audit)
data.command("split")(cli_audit.split)
data.command("encode")(cli_audit.encode)
