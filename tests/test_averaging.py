"""Weights between the start and the end of a training."""

from pathlib import Path

import numpy as np
import pytest
import torch
import ultralytics
import yaml
from ultralytics import YOLO

from scantally.detector.errors import ConfigError
from scantally.detector.models.package import default_package, open_package
from scantally.training import run
from scantally.training.averaging import require_averageable, with_start
from scantally.training.config import TrainConfig

LABELS = {x.name: x.group.value for x in open_package(default_package()).card.labels}
CONFIG = {
    "name": "t",
    "version": "1",
    "start_from": "package:default",
    "start_share": 0.5,
    "labels": LABELS,
    "encoding": "log-windows-1",
    "simulated": {"scans": 2},
    "optimiser": {"epochs": 1},
}


def network(path: Path, seed: int, width: float = 0.0625) -> Path:
    shape = yaml.safe_load((Path(ultralytics.__file__).parent / "cfg/models/v8/yolov8.yaml").read_text())
    shape["scales"], shape["nc"] = {"n": [0.33, width, 1024]}, 3
    form = path.with_name("yolov8n-tiny.yaml")
    form.write_text(yaml.safe_dump(shape))
    torch.manual_seed(seed)
    made = YOLO(str(form), task="detect")
    for name, x in made.model.named_buffers():
        if name.endswith("running_mean"):
            x.fill_(float(seed))
    made.save(str(path))
    return path


def state_of(path: Path) -> dict[str, np.ndarray]:
    return {name: x.float().numpy() for name, x in YOLO(str(path)).model.state_dict().items()}


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_the_result_lies_between_the_two(tmp_path: Path, share: float) -> None:
    last, start = network(tmp_path / "last.pt", 1), network(tmp_path / "start.pt", 2)
    before = last.read_bytes()
    made = with_start(last, start, share)
    assert made == tmp_path / "averaged.pt" and last.read_bytes() == before
    ended, began, mean = state_of(last), state_of(start), state_of(made)
    for name, x in mean.items():
        if not name.endswith("num_batches_tracked"):
            assert np.allclose(x, (1 - share) * ended[name] + share * began[name], atol=2e-3, rtol=2e-3), name
    moved = "model.0.bn.running_mean"
    assert np.allclose(mean[moved], 1 + share, atol=1e-3), "statistics of batches are averaged too"
    assert sorted(x.name for x in tmp_path.glob("*.pt")) == ["averaged.pt", "last.pt", "start.pt"]


def test_without_a_share_the_last_weights_are_taken(tmp_path: Path) -> None:
    last = network(tmp_path / "last.pt", 1)
    assert with_start(last, tmp_path / "there is none.pt", 0) == last
    assert not (tmp_path / "averaged.pt").exists()


def test_networks_of_two_forms_are_refused(tmp_path: Path) -> None:
    last, start = network(tmp_path / "last.pt", 1), network(tmp_path / "start.pt", 1, width=0.125)
    with pytest.raises(ConfigError, match=r"start\.pt: start_share: the network is not of the form"):
        with_start(last, start, 0.5)
    assert not (tmp_path / "averaged.pt").exists()


def test_a_start_that_cannot_be_averaged_is_refused_before_any_work(tmp_path: Path) -> None:
    require_averageable(TrainConfig.model_validate(CONFIG), tmp_path)
    turned = TrainConfig.model_validate(CONFIG | {"labels": dict(reversed(LABELS.items()))})
    with pytest.raises(ConfigError, match=r"labels: start_share: expected the labels of cargo/.*, in its order"):
        run.train(turned, tmp_path, tmp_path / "out", lambda text: None)
    assert not (tmp_path / "out").exists()
    require_averageable(turned.model_copy(update={"start_share": 0.0}), tmp_path)
    (tmp_path / "weights.npz").write_bytes(b"")
    bare = TrainConfig.model_validate(CONFIG | {"start_from": "weights.npz"})
    with pytest.raises(ConfigError, match="start_from: start_share needs a package to start from"):
        require_averageable(bare, tmp_path)


@pytest.mark.parametrize("change", [{"start_from": "x.pt"}, {"start_share": 1}, {"start_share": -0.1}])
def test_the_configuration_says_what_a_share_needs(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="start_share"):
        TrainConfig.model_validate(CONFIG | change)


def test_a_training_returns_the_averaged_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "fit").mkdir()
    last, start = network(tmp_path / "fit" / "last.pt", 1), network(tmp_path / "start.pt", 2)
    monkeypatch.setattr(run, "find_start", lambda config, data: start)
    monkeypatch.setattr(run, "as_checkpoint", lambda weights, out: start)
    monkeypatch.setattr(run, "fit", lambda *args, **rest: last)
    small = CONFIG | {"simulated": {"scans": 1, "seed": 3}}
    made = run.train(TrainConfig.model_validate(small), tmp_path, tmp_path / "run", lambda text: None)
    assert made == last.with_name("averaged.pt") and made.is_file()
