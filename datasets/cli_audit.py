"""``scantally data audit``, ``split`` and ``encode``: whether a dataset can be trained on, its division, its training pictures."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scantally.datasets.audit.look import Look

NEAR = 0.9
"""The default of ``datasets.audit.pairs``; here, so that help needs no numpy. A test compares the two."""


class By(StrEnum):
    """What a division never parts."""

    GROUP = "group"
    SCANNER = "scanner"


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


def split(
    folder: Folder,
    shares: Annotated[
        str, typer.Option(metavar="SPLIT=SHARE,...", help="Shares of the pictures; they add up to 1.")
    ] = "train=0.7,val=0.15,test=0.15",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same split.")] = 0,
    by: Annotated[By, typer.Option(help="What is never parted.")] = By.GROUP,
    keep: Annotated[bool, typer.Option("--keep", help="Pictures that are in a split stay in it.")] = False,
    trust_groups: Annotated[
        bool, typer.Option("--trust-groups", help="Join no groups by near-duplicates; no picture is decoded then.")
    ] = False,
    near: Near = NEAR,
    workers: Workers = None,
) -> None:
    """Divide a dataset into training, validation and test: groups stay whole, labels are spread; dataset.json is rewritten."""
    from scantally.datasets.audit.context import some
    from scantally.datasets.audit.similar import find_similar
    from scantally.datasets.dataset import FILE, read_dataset, write_dataset
    from scantally.datasets.importers.run import cores
    from scantally.datasets.progress import follow
    from scantally.datasets.splitting import divide, parse_shares
    from scantally.datasets.splitting_text import division_text
    from scantally.detector.errors import InputError

    def shown(looks: "Iterable[Look]", total: int) -> "Iterable[Look]":
        return follow(looks, total, "compared")

    wanted, dataset, notes = parse_shares(shares), read_dataset(folder), []
    if not dataset.images:
        raise InputError(str(folder / FILE), "images: expected pictures to divide, there are none")
    pairs: tuple[tuple[int, int], ...] = ()
    if not trust_groups:
        similar = find_similar(folder, dataset, workers=workers or cores(), near=near, follow=shown)
        pairs = similar.pairs
        if similar.unreadable:
            were = "was" if similar.unreadable == 1 else "were"
            notes.append(f"{some(similar.unreadable, 'picture')} cannot be read, and {were} not compared")
        if similar.not_compared:
            notes.append(f"{similar.not_compared:,} pairs of much alike pictures were not compared closely")
    division = divide(dataset, wanted, seed=seed, by=by.value, pairs=pairs, keep=keep)
    write_dataset(division.dataset, folder)
    typer.echo(division_text(division.dataset, wanted, [*division.notes, *notes]))


def encode(
    folder: Folder,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for images, labels and data.yaml.")],
    encoding: Annotated[str, typer.Option(metavar="RECIPE", help="Recipe, as the model package will name it.")],
    split: Annotated[str | None, typer.Option(metavar="train|val|test", help="This split only.")] = None,
) -> None:
    """Write training pictures as the network sees them, in the YOLO layout of ultralytics."""
    from scantally.datasets.audit.context import some
    from scantally.datasets.dataset import named_split
    from scantally.datasets.encoding import DATA, encode_dataset, lacking_splits
    from scantally.datasets.progress import follow

    def shown(answers: "Iterable[str | None]", total: int) -> "Iterable[str | None]":
        return follow(answers, total, "encoded")

    done = encode_dataset(folder, out, encoding, split=named_split(split) if split else None, follow=shown)
    for name, count in done.written.items():
        typer.echo(f"{name}: {some(count, 'picture')}")
    typer.echo("boxes: " + ", ".join(f"{label} {count:,}" for label, count in done.boxes.items()))
    if done.without_area:
        number, which = sum(done.without_area.values()), ", ".join(f"{x} {n:,}" for x, n in done.without_area.items())
        typer.echo(f"left out: {some(number, 'box', 'boxes')} without any area in their picture ({which})")
    if done.ignored:
        typer.echo(f"left out: {some(done.ignored, 'box', 'boxes')} marked as not to be learnt (iscrowd)")
    if done.no_split:
        typer.echo(f"left out: {some(done.no_split, 'picture')} in no split")
    typer.echo(f"not read: {some(len(done.unread), 'picture')}" if done.unread else "not read: none")
    for line in done.unread:
        typer.echo(f"  {line}")
    if lacking := lacking_splits(out):
        names = " and ".join(f"'{x}'" for x in lacking)
        typer.echo(
            f"note: {out / DATA} has no {names}: ultralytics asks for both; encode the rest into the same folder"
        )
