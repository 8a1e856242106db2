"""A training as an MLflow run in a local file."""

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("mlflow", reason="tells MLflow of a training: needs the full environment (make full)")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(900)]  # MLflow makes its tables slowly

from scantally.detector.errors import MissingExtraError
from scantally.training.config import TrainConfig
from scantally.training.tracking import Tracker

CONFIG = TrainConfig.model_validate(
    {
        "name": "tiny",
        "version": "0.0.1",
        "start_from": "tiny.pt",
        "labels": {"block": "object"},
        "encoding": "log-windows-1",
        "simulated": {"scans": 1},
        "optimiser": {"epochs": 3},
    }
)


def client(folder: Path) -> Any:  # noqa: ANN401
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=f"sqlite:///{folder / 'mlflow.db'}")


def test_a_run_is_told_once_however_often_it_was_cut_off(tmp_path: Path) -> None:
    out = tmp_path / "run"
    out.mkdir()
    with pytest.raises(KeyboardInterrupt), Tracker(CONFIG, out) as tracker:
        tracker.epoch({"epoch": 1, "train/box_loss": 3.0})
        raise KeyboardInterrupt
    store = client(tmp_path)
    experiment = store.get_experiment_by_name("tiny")
    (run,) = store.search_runs([experiment.experiment_id])
    assert run.info.status == "KILLED" and run.info.run_name == "run"
    assert run.data.params["optimiser.epochs"] == "3" and run.data.params["labels.block"] == "object"

    with Tracker(CONFIG, out) as tracker:
        for number in (1, 2, 3):
            tracker.epoch({"epoch": number, "train/box_loss": 4.0 - number})
        tracker.record({"commit": None, "versions": {"torch": "2"}})
    (run,) = store.search_runs([experiment.experiment_id])
    assert run.info.status == "FINISHED"
    history = store.get_metric_history(run.info.run_id, "train/box_loss")
    assert [(m.step, m.value) for m in history] == [(1, 3.0), (2, 2.0), (3, 1.0)]
    assert run.data.tags["versions"] == '{"torch": "2"}'

    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(ValueError, match="no data"), Tracker(CONFIG, other):
        raise ValueError("no data")
    assert {r.info.status for r in store.search_runs([experiment.experiment_id])} == {"FINISHED", "FAILED"}


def test_mlflow_is_an_option(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'scantally\[track\]'"):
        Tracker(CONFIG, tmp_path)


def test_nothing_is_reported_to_anybody() -> None:
    import os

    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
