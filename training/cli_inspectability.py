"""``scantally inspectability``: measure which blocks a package would have found where, or prove what it states."""

from pathlib import Path
from typing import Annotated

import typer

from scantally.detector.errors import ConfigError
from scantally.training.console import chosen_half, require, require_apart, require_files, require_folders, say, write


def inspectability(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a model package.")],
    learn: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="Labelled scans into which blocks are put to learn from.")
    ] = None,
    half: Annotated[
        str | None, typer.Option(metavar="look|held", help="Of real scans only this half of the groups.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the package below here, as NAME/VERSION.")
    ] = None,
    version: Annotated[str | None, typer.Option(metavar="V", help="Version of the new package.")] = None,
    card: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Description, figures and limits for the new card (YAML).")
    ] = None,
    judge: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Prove the stated sizes on these labelled scans, instead of fitting."),
    ] = None,
    figures: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what was proven here as JSON.")] = None,
) -> None:
    """Measure which blocks of steel and bricks a package would have found where, as a new version; or prove what it states."""
    chosen = chosen_half(half)
    require_apart({"--figures": figures}, (model, card, *(learn or ()), *(judge or ())))
    require_files({"--figures": figures})
    require_folders({"--out": out})
    if not learn and not judge:
        raise ConfigError("--learn", "expected --learn to fit, or --judge")
    if learn and judge:
        raise ConfigError("--judge", "expected it without --learn")
    require("training", "sklearn", "torch")
    if judge:
        if out or version or card:
            raise ConfigError("--judge", "expected it without what fits: --out, --version, --card")
        from scantally.training.inspectability.judge import proof_text, prove

        found = prove(model, tuple(judge), chosen, say)
        typer.echo(proof_text(found), nl=False)
        if figures is not None:
            write(figures, found.model_dump_json(indent=1))
        return
    if figures is not None:
        raise ConfigError("--figures", "expected --judge with it")
    from scantally.training.calibration.package import require_place
    from scantally.training.inspectability.run import Wanted, add_inspectability

    place = require_place(model, out, version, card)
    if place is None:
        raise ConfigError("--out", "expected --out and --version together")
    say(f"package: {add_inspectability(model, Wanted(learn=tuple(learn or ()), half=chosen), place, say)}")
