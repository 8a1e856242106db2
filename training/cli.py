"""``scantally train``, ``export`` and ``calibrate``. torch is imported only when one of them runs."""

import os
from pathlib import Path
from typing import Annotated

import typer

from scantally.detector.errors import ConfigError
from scantally.training.console import require, require_apart, require_files, require_folders, say, write

LIBRARIES = ("torch", "ultralytics", "onnx", "faster_coco_eval", "albumentations")

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
    track: Annotated[
        bool, typer.Option("--track", help="Tell MLflow, in the file mlflow.db beside the run's folder.")
    ] = False,
) -> None:
    """Train a detector, or cross-validate a configuration on the real scans."""
    require("training", *LIBRARIES)
    from scantally.training.config import load_config
    from scantally.training.report import cross_validation_text, save_cross_validation
    from scantally.training.run import cross_validate
    from scantally.training.run import train as run_training

    chosen = load_config(config)
    folder = out or Path("runs") / chosen.name
    if folds == 0 and leave_out is None:
        weights = run_training(chosen, _data(data), folder, say, track)
        say(f"weights: {weights}")
        return
    try:
        judged = cross_validate(chosen, _data(data), folder, folds, leave_out, say)
    except KeyboardInterrupt:
        say(f"stopped: the same command takes up the folds that are done in {folder}")
        raise
    figures = save_cross_validation(judged, folder / "crossval.json")
    typer.echo(cross_validation_text(figures))


def export(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="Weights that a training wrote (.pt).")],
    config: Annotated[Path, typer.Option(metavar="FILE", help="The training configuration.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Packages are written below here, as NAME/VERSION.")],
    card: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Description, licence, thresholds, figures and limits (YAML).")
    ] = None,
    gate: Annotated[
        Path | None,
        typer.Option(metavar="DATA", help="Labelled scans on which torch and onnxruntime must reach the same mAP."),
    ] = None,
    int8: Annotated[
        Path | None,
        typer.Option(metavar="DATA", help="Also write NAME-int8, calibrated on these scans, if it keeps its mAP."),
    ] = None,
    gate_split: Annotated[
        str | None, typer.Option(metavar="train|val|test", help="Only this split of the dataset of --gate.")
    ] = None,
    int8_split: Annotated[
        str | None, typer.Option(metavar="train|val|test", help="Only this split of the dataset of --int8.")
    ] = None,
) -> None:
    """Write a model package from a checkpoint, once onnxruntime reproduces it."""
    require("training", *LIBRARIES)
    from scantally.training.card import make_card
    from scantally.training.config import load_config
    from scantally.training.export import Gates, write_package

    require_folders({"--out": out})
    made = make_card(load_config(config), card, checkpoint)
    for limit in made.fails:
        if limit.startswith("The training was cut off"):
            say(f"note: {limit} The card says so.")
    for folder in write_package(
        checkpoint, made, out, Gates(gate=gate, int8=int8, gate_split=gate_split, int8_split=int8_split), say
    ):
        say(f"package: {folder}")


def calibrate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a model package.")],
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DATA]", help="Folder of labelled scans that the training never saw; else --evidence alone."
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the calibrated package below here, as NAME/VERSION.")
    ] = None,
    version: Annotated[str | None, typer.Option(metavar="V", help="Version of the calibrated package.")] = None,
    split: Annotated[
        str | None, typer.Option(metavar="train|val|test", help="Only this split of an imported dataset.")
    ] = None,
    miss_rate: Annotated[
        float | None,
        typer.Option(metavar="A", help="Thresholds that miss at most this share, by conformal risk control."),
    ] = None,
    false_alarms: Annotated[
        float | None,
        typer.Option(metavar="X", help="Thresholds with at most so many false alarms of a label in a scan."),
    ] = None,
    label: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="The target is for this label; else for all objects of interest."),
    ] = None,
    card: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Description, figures and limits for the new card (YAML).")
    ] = None,
    figures: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what was fitted here as JSON.")] = None,
    notes: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the fit as notes for an export (YAML).")
    ] = None,
    evidence: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Simulated scans with papers: count how strongly each check speaks, too."),
    ] = None,
) -> None:
    """Fit probabilities, thresholds and reference statistics, and write them as a new version of the package."""
    require("training", *LIBRARIES)
    from scantally.training.calibration.documents import chosen_target
    from scantally.training.calibration.package import (
        notes_text,
        require_papers,
        require_place,
        with_evidence,
        write_calibrated,
        write_with_evidence,
    )
    from scantally.training.calibration.run import calibrate_package
    from scantally.training.calibration.text import calibration_text

    require_apart({"--figures": figures, "--notes": notes}, (model, data, evidence, card))
    require_files({"--figures": figures, "--notes": notes})
    require_folders({"--out": out})
    target = chosen_target(miss_rate, false_alarms, tuple(label or ()))
    place = require_place(model, out, version, card)
    if evidence is not None and place is None:
        raise ConfigError("--evidence", "expected --out and --version with it")
    if evidence is not None:
        require_papers(evidence)
    if data is None:
        if evidence is None or place is None or target or split or figures or notes:
            raise ConfigError("DATA", "expected labelled scans to fit on; without them --evidence alone can be counted")
        folder, told = write_with_evidence(model, place, evidence, say)
        typer.echo(told, nl=False)
        say(f"package: {folder}")
        return
    done = calibrate_package(model, data, target, say, split)
    typer.echo(calibration_text(done.figures))
    if figures is not None:
        write(figures, done.figures.model_dump_json(indent=1))
    if notes is not None:
        write(notes, notes_text(done))
    if place is not None:
        tables, told = with_evidence(done, place, evidence, say) if evidence else (None, "")
        typer.echo(told, nl=False)
        say(f"package: {write_calibrated(done, place, tables)}")


def _data(given: Path | None) -> Path:
    wanted = "expected the folder of datasets and weights"
    if given is None and not os.environ.get("SCANTALLY_DATA"):
        raise ConfigError("--data", f"{wanted}: give it, or name it in SCANTALLY_DATA")
    named = Path(os.environ["SCANTALLY_DATA"]) if given is None else given
    if not named.is_dir():
        raise ConfigError("SCANTALLY_DATA" if given is None else "--data", f"{wanted}, got '{named}'")
    return named
