"""``scantally anomalies``: fit what finds anomalies, or judge it. torch is imported only when it is fitted."""

from pathlib import Path
from typing import Annotated

import typer

from scantally.detector.errors import ConfigError
from scantally.training.console import chosen_half, require, require_apart, require_files, require_folders, say, write


def anomalies(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a model package.")],
    learn: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Labelled scans into which solids are projected to learn from."),
    ] = None,
    clean: Annotated[
        list[Path] | None,
        typer.Option(metavar="DIR", help="Labelled scans on whose clean ones false alarms are counted."),
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
        list[Path] | None, typer.Option(metavar="DIR", help="Judge on these labelled scans, instead of fitting.")
    ] = None,
    figures: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what was judged here as JSON.")] = None,
) -> None:
    """Fit what finds anomalies in a package's maps and count its false alarms, as a new version; or judge a package that has it."""
    chosen = chosen_half(half)
    require_apart({"--figures": figures}, (model, card, *(learn or ()), *(clean or ()), *(judge or ())))
    require_files({"--figures": figures})
    require_folders({"--out": out})
    if judge:
        if learn or clean or out or version or card:
            raise ConfigError("--judge", "expected it without what fits: --learn, --clean, --out, --version, --card")
        from scantally.training.anomalies.judge import judge_package, judged_text

        found = judge_package(model, tuple(judge), chosen, say)
        typer.echo(judged_text(found), nl=False)
        if figures is not None:
            write(figures, found.model_dump_json(indent=1))
        return
    if figures is not None:
        raise ConfigError("--figures", "expected --judge with it")
    if not learn or not clean:
        raise ConfigError("--learn" if not learn else "--clean", "expected --learn and --clean to fit, or --judge")
    require("training", "torch")
    from scantally.training.anomalies.run import Wanted, add_anomalies
    from scantally.training.calibration.package import require_place

    place = require_place(model, out, version, card)
    if place is None:
        raise ConfigError("--out", "expected --out and --version together")
    say(f"package: {add_anomalies(model, Wanted(learn=tuple(learn), clean=tuple(clean), half=chosen), place, say)}")
