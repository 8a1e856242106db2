"""MLflow, where somebody wants it: one run a training, in a local SQLite file beside the run's folder. Nothing leaves the machine."""

import json
import os
from collections.abc import Mapping
from importlib import util
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from scantally.detector.errors import MissingExtraError
from scantally.training.config import TrainConfig

# MLflow reports its use to its makers unless these say no; it reads them when it is imported.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("DO_NOT_TRACK", "true")

STORE = "mlflow.db"
RUN_FILE = "mlflow-run"
"""In the run's folder: the MLflow run that a resumed training goes on with."""

SIGN = "train/box_loss"
"""A figure that every epoch has: which epochs a resumed run has told already."""

LONGEST = 500
"""Characters of a parameter's value that every MLflow store takes."""


def require_tracking() -> None:
    """Say that MLflow is missing before the work, not after.

    Raises:
        MissingExtraError: it is.
    """
    if util.find_spec("mlflow") is None:
        raise MissingExtraError("tracking with MLflow", "track")


class Tracker:
    """One training as an MLflow run; used as a context, whose end says how the training ended."""

    def __init__(self, config: TrainConfig, out: Path) -> None:
        """Open the store ``mlflow.db`` beside ``out``.

        Raises:
            MissingExtraError: MLflow is not installed.
        """
        try:
            from mlflow import MlflowClient
        except ImportError as e:
            raise MissingExtraError("tracking with MLflow", "track") from e
        self._client: Any = MlflowClient(tracking_uri=f"sqlite:///{(out.parent / STORE).resolve()}")
        self._out = out
        self._run = self._begin(config)
        self._told = {m.step for m in self._client.get_metric_history(self._run, SIGN)}

    def _begin(self, config: TrainConfig) -> str:
        known = self._out / RUN_FILE
        if known.is_file():
            run = known.read_text().strip()
            self._client.update_run(run, status="RUNNING")
            return run
        found = self._client.get_experiment_by_name(config.name)
        experiment = found.experiment_id if found else self._client.create_experiment(config.name)
        run = str(self._client.create_run(experiment, run_name=self._out.name).info.run_id)
        for key, value in _flat(config.model_dump(mode="json")).items():
            self._client.log_param(run, key, value[:LONGEST])
        known.write_text(run)
        return run

    def epoch(self, figures: Mapping[str, float]) -> None:
        """Figures of an epoch; ``epoch`` among them counts from 1."""
        step = int(figures["epoch"])
        if step in self._told:
            return
        self._told.add(step)
        for name, value in figures.items():
            if name != "epoch":
                self._client.log_metric(self._run, name, float(value), step=step)

    def record(self, record: Mapping[str, object]) -> None:
        """What the run rests on, as tags."""
        for key, value in record.items():
            text = value if isinstance(value, str) else json.dumps(value)
            self._client.set_tag(self._run, key, text)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        status = "FINISHED" if kind is None else "KILLED" if kind is KeyboardInterrupt else "FAILED"
        self._client.set_terminated(self._run, status)


def _flat(value: Any, above: str = "") -> dict[str, str]:  # noqa: ANN401 (a tree of JSON values)
    if isinstance(value, dict) and value:
        return {k: v for key, item in value.items() for k, v in _flat(item, f"{above}{key}.").items()}
    return {above.removesuffix("."): value if isinstance(value, str) else json.dumps(value)}
