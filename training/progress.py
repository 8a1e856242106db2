"""What a person sees of a training while it runs: a bar on a terminal, lines elsewhere, and one JSON line an epoch on disk."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scantally.datasets.simulator.files import write_whole

LINE_EVERY_S = 60.0
"""Between two lines of one epoch where there is no terminal."""

INTERRUPTED = "interrupted.pt"
"""The averaged weights of a training that was stopped, beside ``last.pt``."""

EPOCHS = "epochs.jsonl"

MEASURED = {"mAP50": "metrics/mAP50(B)", "mAP50-95": "metrics/mAP50-95(B)"}
"""Figures on the validation pictures, by ultralytics' names for them."""


class Progress:
    """Counts batches over all epochs and says how far the training is."""

    def __init__(self, epochs: int, say: Callable[[str], None], log: Path) -> None:
        self._epochs, self._say, self._log = epochs, say, log
        self._batches = 1
        self._started = self._last = time.monotonic()
        self._done_here = 0
        self._epoch = 0
        self._bar: Any = None
        self._task: Any = None

    def begin(self, first_epoch: int, batches: int) -> None:
        """The training starts at this epoch (from 0), with so many batches an epoch. Lines of later epochs are forgotten."""
        self._batches, self._started = max(1, batches), time.monotonic()
        self._log.parent.mkdir(parents=True, exist_ok=True)
        kept = "".join(f"{json.dumps(row)}\n" for row in read_epochs(self._log.parent)[:first_epoch])
        write_whole(self._log, kept.encode(), durable=True)
        # Not before: on the way to the processes of several GPUs a bar could not go along.
        if sys.stderr.isatty():
            self._bar = _bar()
            self._task = self._bar.add_task(
                "training", total=self._epochs * self._batches, completed=first_epoch * self._batches
            )
            self._bar.start()

    def batch(self, epoch: int, number: int, losses: Mapping[str, float]) -> None:
        """A batch is done: ``number`` counts from 1 within the epoch (from 0)."""
        self._done_here += 1
        self._epoch = epoch
        if self._bar is not None:
            self._bar.update(
                self._task, advance=1, description=f"epoch {epoch + 1} of {self._epochs}, {_shown(losses)}"
            )
            return
        now = time.monotonic()
        if number < self._batches and now - self._last >= LINE_EVERY_S:
            self._last = now
            share = 100 * number // self._batches
            left = self._left(epoch * self._batches + number)
            self._say(f"epoch {epoch + 1} of {self._epochs}, {share} %: {_shown(losses)}; {left}")

    def epoch(self, epoch: int, figures: Mapping[str, float]) -> dict[str, float]:
        """An epoch (from 0) is done: a line with its losses and, where there are validation pictures, its mAP on them; and one more
        line of JSON, which is returned."""
        row = {"epoch": epoch + 1, **{k: round(float(v), 6) for k, v in figures.items()}}
        with self._log.open("a") as file:
            file.write(json.dumps(row) + "\n")
        losses = {k.removeprefix("train/"): v for k, v in row.items() if k.startswith("train/")}
        measured = [f"{name} {row[key]:.3f}" for name, key in MEASURED.items() if key in row]
        self._last = time.monotonic()
        said = "; ".join(
            [_shown(losses), *([", ".join(measured)] if measured else []), self._left((epoch + 1) * self._batches)]
        )
        self._tell(f"epoch {epoch + 1} of {self._epochs}: {said}")
        return row

    def _left(self, done: int) -> str:
        """How long the rest will take, after so many batches of all epochs."""
        rest = self._epochs * self._batches - done
        if rest <= 0:
            return f"took {_minutes(time.monotonic() - self._started)}"
        return f"{_minutes(rest * (time.monotonic() - self._started) / max(1, self._done_here))} left"

    def _tell(self, line: str) -> None:
        """Above the bar, where there is one."""
        if self._bar is None:
            self._say(line)
        else:
            self._bar.console.print(line, highlight=False, markup=False)

    def end(self) -> None:
        """No more is to come."""
        if self._bar is not None:
            self._bar.stop()


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def read_epochs(folder: Path) -> list[dict[str, float]]:
    """The figures of each epoch of a run."""
    path = folder / EPOCHS
    lines = path.read_bytes().splitlines() if path.is_file() else []
    rows: list[dict[str, float]] = []
    for line in lines:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):  # the run was killed while it wrote this line
            break
        if not isinstance(row, dict):
            break
        rows.append(row)
    return rows


def _shown(losses: Mapping[str, float]) -> str:
    return ", ".join(f"{name.replace('_loss', '')} {value:.3f}" for name, value in losses.items())


def _bar() -> Any:  # noqa: ANN401 (rich is imported only where a bar is drawn)
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))
