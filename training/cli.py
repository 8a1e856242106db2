"""``scantally train``, ``evaluate`` and ``export``. torch is imported only when one of them runs."""

import os
from pathlib import Path
from typing import Annotated

import typer

from scantally.detector.errors import ConfigError, MissingExtraError

DataFolder = Annotated[
    Path | None, typer.Option("--data", metavar="DIR", help="Folder of datasets and weights; else $SCANTALLY_DATA.")
]


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="Training configuration (YAML).")],
    data: DataFolder = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder of the run; else runs/NAME.")] = None,
    folds: Annotated[int, typer.Option(min=0, help="Cross-validate over so many grouped folds instead.")] = 0,
    leave_out: Annotated[
        str | None, typer.Option(metavar="SCANNER", help="Also train without this scanner and judge on it.")
    ] = None,
) -> None:
    """Train a detector, or cross-validate a configuration on the real scans."""
    _require_training()
    from scantally.training.config import load_config
    from scantally.training.report import cross_validation_text, save_cross_validation
    from scantally.training.run import cross_validate
    from scantally.training.run import train as run_training

    chosen = load_config(config)
    folder = out or Path("runs") / chosen.name
    if folds == 0 and leave_out is None:
        weights = run_training(chosen, _data(data), folder, _say)
        _say(f"weights: {weights}")
        return
    judged = cross_validate(chosen, _data(data), folder, folds, leave_out, _say)
    figures = save_cross_validation(judged, folder / "crossval.json")
    typer.echo(cross_validation_text(figures))


def export(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="Weights that a training wrote (.pt).")],
    config: Annotated[Path, typer.Option(metavar="FILE", help="The training configuration.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Packages are written below here, as NAME/VERSION.")],
    card: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Description, licence, thresholds, figures and limits (YAML).")
    ] = None,
) -> None:
    """Write a model package from a checkpoint, once onnxruntime reproduces it."""
    _require_training()
    from scantally.training.card import make_card
    from scantally.training.config import load_config
    from scantally.training.export import write_package

    folder = write_package(checkpoint, make_card(load_config(config), card, checkpoint), out)
    _say(f"package: {folder}")


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a model package.")],
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="Folder of AJNA scans, or of simulated scans with truth.")
    ],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the figures here as JSON.")] = None,
    limit: Annotated[int, typer.Option(min=0, help="Judge only the first so many scans; 0: all.")] = 0,
    half: Annotated[
        str | None, typer.Option(metavar="look|held", help="Judge only this half of the groups of near-duplicates.")
    ] = None,
) -> None:
    """Judge a model package on labelled scans, read and searched as an operator's scans are."""
    _require_training()
    from scantally.training.evaluate import evaluate_package, figures_text

    figures = evaluate_package(model, data, limit, _say, half)
    typer.echo(figures_text(figures))
    if out is not None:
        _write(out, figures.model_dump_json(indent=1))


def score(
    reports: Annotated[
        Path, typer.Argument(metavar="REPORTS", help="Folder of STEM.json reports, or a file with one report a line.")
    ],
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder of the simulated scans with their truth.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the figures here as JSON.")] = None,
) -> None:
    """Compare reports with the truth: what was found, what was not, and how often honest scans were held up."""
    from scantally.training.score import score_reports, scores_text

    scores = score_reports(reports, data)
    typer.echo(scores_text(scores))
    if out is not None:
        _write(out, scores.model_dump_json(indent=1))


def calibrate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a model package.")],
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder of labelled scans that the training never saw.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the fit as notes for export (YAML).")] = None,
) -> None:
    """Fit the step from a network's scores to probabilities, per label."""
    _require_training()
    from scantally.training.calibrate import calibrate_package, notes_text

    fits = calibrate_package(model, data, _say)
    if out is not None:
        _write(out, notes_text(fits))
    for name, fit in fits.items():
        typer.echo(f"{name}: {fit.model_dump_json()}")


def _require_training() -> None:
    """Say which extra is missing instead of failing inside an import."""
    from importlib.util import find_spec

    for name in ("torch", "ultralytics", "onnx", "faster_coco_eval"):
        if find_spec(name) is None:
            raise MissingExtraError(f"training ({name})", "train")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as e:
        raise ConfigError(str(path), f"cannot be written: {e.strerror or e}") from e


def _data(given: Path | None) -> Path:
    named = given or (Path(os.environ["SCANTALLY_DATA"]) if os.environ.get("SCANTALLY_DATA") else None)
    if named is None or not named.is_dir():
        raise ConfigError("--data", f"expected the folder of datasets and weights, got '{named}'")
    return named


def _say(text: str) -> None:
    typer.echo(text, err=True)
