"""``scantally evaluate`` and ``score``: how good a package is, or the reports of any method. Imported only when one of them runs."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from scantally.training.console import require, require_apart, require_files, require_folders, say, write


def evaluate(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a model package.")],
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="Folder of an imported dataset, of AJNA scans, or of simulated scans."),
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write evaluation.json and evaluation.html here.")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="OTHER", help="Another package, judged on the same scans and compared.")
    ] = None,
    leave_out: Annotated[
        str | None, typer.Option(metavar="SCANNER", help="Compare this scanner's scans with those of the others.")
    ] = None,
    thresholds_from: Annotated[
        Path | None,
        typer.Option(metavar="VALIDATION", help="Choose thresholds on these scans, not on the judged ones."),
    ] = None,
    thresholds_split: Annotated[
        str | None, typer.Option(metavar="train|val|test", help="Only this split of the dataset of --thresholds-from.")
    ] = None,
    measured: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the figures here as a part of notes for a card (YAML).")
    ] = None,
    limit: Annotated[int, typer.Option(min=0, help="Judge only the first so many scans; 0: all.")] = 0,
    half: Annotated[
        str | None, typer.Option(metavar="look|held", help="Judge only this half of the groups of near-duplicates.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="train|val|test", help="Judge only this split of an imported dataset.")
    ] = None,
    everything: Annotated[
        bool,
        typer.Option("--all", help="Print the figures of each label and all differences, not only those that decide."),
    ] = False,
) -> None:
    """Judge a model package on labelled scans, read and searched as an operator's scans are."""
    require("evaluation", "onnx", "faster_coco_eval")
    from scantally.training.evaluation.measured import measured as as_measured
    from scantally.training.evaluation.measured import measured_text
    from scantally.training.evaluation.page import require_folder, write_evaluation
    from scantally.training.evaluation.run import Options
    from scantally.training.evaluation.run import evaluate as run
    from scantally.training.evaluation.text import evaluation_text

    require_apart({"--out": out, "--measured": measured}, (model, against))
    require_apart({"--measured": measured}, (data, thresholds_from))
    if out is not None:
        require_folder(out)
    require_folders({"--out": out})
    require_files({"--measured": measured})
    options = Options(
        limit=limit,
        half=half,
        split=split,
        thresholds_from=thresholds_from,
        thresholds_split=thresholds_split,
        against=against,
        leave_out=leave_out,
    )
    result = run(model, data, options, say)
    typer.echo(evaluation_text(result.evaluation, everything))
    if out is None and not everything:
        say("more: --all prints the figures of each label, --out DIR writes all of them with pictures")
    if measured is not None:
        write(measured, measured_text(as_measured(result.evaluation, shlex.join(["scantally", *sys.argv[1:]]))))
    if out is not None:
        for path in write_evaluation(result, out):
            say(f"written: {path}")


def score(
    reports: Annotated[
        Path, typer.Argument(metavar="REPORTS", help="Folder of STEM.json reports, or a file with one report a line.")
    ],
    data: Annotated[Path, typer.Argument(metavar="DATA", help="Folder of the simulated scans with their truth.")],
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the figures here as JSON.")] = None,
) -> None:
    """Compare reports with the truth: what was found, what was not, and how often honest scans were held up."""
    from scantally.training.evaluation.score import score_reports, scores_text

    require_apart({"--out": out}, (reports, data))
    require_files({"--out": out})
    scores = score_reports(reports, data)
    typer.echo(scores_text(scores))
    if out is not None:
        write(out, scores.model_dump_json(indent=1))
