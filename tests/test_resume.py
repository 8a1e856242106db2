# ruff: noqa: ANN401 (ultralytics' own signatures)
"""A training that is cut off goes on as if nothing had happened, and leaves weights that can be used."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

pytest.importorskip("torch", reason="trains a network: needs the full environment (make full)")
pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # torch and ultralytics warn about one another
    pytest.mark.timeout(
        900
    ),  # seconds of one core; on a machine that trains at the same time, loading torch alone took minutes
]

import torch

from scantally.detector.errors import ConfigError
from scantally.training import overrides
from scantally.training import trainer as training_trainer
from scantally.training.config import TrainConfig
from scantally.training.progress import read_epochs
from scantally.training.resume import STATE, epochs_done, save_torch
from scantally.training.trainer import ScanTrainer, fit

EPOCHS = 3
CONFIG = {
    "name": "tiny",
    "version": "0.0.1",
    "start_from": "tiny.pt",
    "labels": {"block": "object"},
    "encoding": "log-windows-1",
    "canvas": 64,
    "scout_height": 64,
    "simulated": {"scans": 1},
    "optimiser": {"epochs": EPOCHS, "batch": 2, "workers": 0, "device": "cpu"},
}


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """YOLOv8 at a sixteenth of the width with drawn weights."""
    import ultralytics
    from ultralytics import YOLO

    folder = tmp_path_factory.mktemp("start")
    shape = yaml.safe_load((Path(ultralytics.__file__).parent / "cfg/models/v8/yolov8.yaml").read_text())
    shape["scales"] = {"n": [0.33, 0.0625, 1024]}
    (folder / "yolov8n-tiny.yaml").write_text(yaml.safe_dump(shape))
    torch.manual_seed(0)
    YOLO(str(folder / "yolov8n-tiny.yaml"), task="detect").save(str(folder / "tiny.pt"))
    return folder / "tiny.pt"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six pictures of noise with a bright block in each."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    for part in ("images", "labels"):
        (folder / "train" / part).mkdir(parents=True)
    for number in range(6):
        picture = rng.integers(0, 100, (64, 64, 3), np.uint8)
        x, y = rng.integers(4, 40, 2)
        picture[y : y + 16, x : x + 16] = 250
        cv2.imwrite(str(folder / "train" / "images" / f"{number}.png"), picture)
        row = f"0 {(x + 8) / 64} {(y + 8) / 64} 0.25 0.25\n"
        (folder / "train" / "labels" / f"{number}.txt").write_text(row)
    document = {"path": str(folder), "train": "train/images", "val": "train/images", "names": {0: "block"}}
    (folder / "data.yaml").write_text(yaml.safe_dump(document))
    return folder / "data.yaml"


def said_of(start: Path, data: Path, run: Path, **optimiser: Any) -> list[str]:
    said: list[str] = []
    document = CONFIG | {"optimiser": CONFIG["optimiser"] | optimiser}  # type: ignore[operator]
    fit(TrainConfig.model_validate(document), start, data, run / "fit", validate=False, say=said.append)
    return said


def weights(path: Path) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = torch.load(path, map_location="cpu", weights_only=False)["model"].state_dict()
    return state


def same(one: Path, other: Path) -> bool:
    a, b = weights(one), weights(other)
    return a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a)


@pytest.fixture(scope="module")
def whole(start: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nobody disturbed."""
    run = tmp_path_factory.mktemp("whole")
    said_of(start, data, run)
    return run


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, int, BaseException], None]]:
    """Let the trainer fail in a method, the nth time that it is called."""

    def arrange(name: str, time: int, how: BaseException) -> None:
        calls = {"n": 0}
        original = getattr(ScanTrainer, name)

        def failing(self: ScanTrainer, *args: Any, **kwargs: Any) -> Any:
            calls["n"] += 1
            if calls["n"] == time:
                raise how
            return original(self, *args, **kwargs)

        monkeypatch.setattr(ScanTrainer, name, failing)

    yield arrange
    monkeypatch.undo()


class Killed(BaseException):
    """Stands for a kill: nothing in the program catches it."""


def test_the_same_seed_gives_the_same_weights(whole: Path, start: Path, data: Path, tmp_path: Path) -> None:
    said_of(start, data, tmp_path)
    assert same(whole / "fit/weights/last.pt", tmp_path / "fit/weights/last.pt")
    assert read_epochs(whole) == read_epochs(tmp_path)
    said_of(start, data, tmp_path / "other", lr0=0.01)
    assert not same(whole / "fit/weights/last.pt", tmp_path / "other" / "fit/weights/last.pt")


@pytest.mark.parametrize(
    ("method", "time", "kept"),
    [
        ("resume_training", 1, 0),  # before the first batch
        ("optimizer_step", 2, 0),  # within the first epoch
        ("optimizer_step", 5, 1),  # within the second
        ("save_model", 2, 1),  # after the second, before anything of it was written
        ("final_eval", 1, 3),  # after the last, before the weights were stripped
    ],
)
def test_a_killed_run_ends_as_if_it_had_not_been(
    whole: Path,
    start: Path,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cut: Any,
    method: str,
    time: int,
    kept: int,
) -> None:
    cut(method, time, Killed())
    with pytest.raises(Killed):
        said_of(start, data, tmp_path)
    monkeypatch.undo()
    assert epochs_done(tmp_path / STATE) == kept
    said = said_of(start, data, tmp_path)
    assert said[0] == {0: said[0], 3: f"{tmp_path.name}: trained already"}.get(
        kept, f"going on after epoch {kept} of 3"
    )
    assert same(whole / "fit/weights/last.pt", tmp_path / "fit/weights/last.pt")
    losses = [[(k, v) for k, v in row.items() if k.startswith("train/")] for row in read_epochs(tmp_path)]
    assert losses == [[(k, v) for k, v in row.items() if k.startswith("train/")] for row in read_epochs(whole)]


def test_a_state_cut_short_counts_as_none(whole: Path, start: Path, data: Path, tmp_path: Path) -> None:
    raw = (whole / STATE).read_bytes()
    for damaged in (b"", raw[: len(raw) // 2], b"no state"):
        (tmp_path / STATE).write_bytes(damaged)
        assert epochs_done(tmp_path / STATE) == 0
    said_of(start, data, tmp_path)
    assert same(whole / "fit/weights/last.pt", tmp_path / "fit/weights/last.pt")


def test_a_state_that_is_altered_or_of_another_training_counts_as_none(
    whole: Path, start: Path, data: Path, tmp_path: Path
) -> None:
    raw = (whole / STATE).read_bytes()
    middle = bytearray(raw)
    middle[int(len(raw) * 0.62)] ^= 0x10
    (tmp_path / STATE).write_bytes(bytes(middle))
    assert epochs_done(tmp_path / STATE) == 0
    state = torch.load(whole / STATE, weights_only=True)
    for change in ({"epoch": 99}, {"epoch": -5}, {"epoch": "x"}, {"epoch": True}, {"epochs": float("nan")}):
        torch.save(state | change, tmp_path / STATE)
        assert epochs_done(tmp_path / STATE) == 0, change
    assert epochs_done(whole / STATE, EPOCHS, 0) == EPOCHS
    assert epochs_done(whole / STATE, EPOCHS + 1, 0) == epochs_done(whole / STATE, EPOCHS, 1) == 0
    torch.save(state | {"seed": 7}, tmp_path / STATE)
    said = said_of(start, data, tmp_path)
    assert said[0] == f"{tmp_path / STATE} is damaged, or of another training: this one begins anew"
    assert same(whole / "fit/weights/last.pt", tmp_path / "fit/weights/last.pt")


def test_ctrl_c_leaves_weights_that_can_be_used(start: Path, data: Path, tmp_path: Path, cut: Any) -> None:
    from ultralytics import YOLO

    cut("optimizer_step", 3, KeyboardInterrupt())
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        fit(TrainConfig.model_validate(CONFIG), start, data, tmp_path / "fit", validate=False, say=said.append)
    path = tmp_path / "fit" / "weights" / "interrupted.pt"
    assert (
        said[-1] == f"stopped; the weights so far are in {path}, and the same command goes on from the last whole epoch"
    )
    assert YOLO(str(path)).model.names == {0: "block"}
    assert not list(path.parent.glob("*.part"))


def test_ctrl_c_before_anything_was_learnt(start: Path, data: Path, tmp_path: Path, cut: Any) -> None:
    cut("_model_train", 1, KeyboardInterrupt())
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        fit(TrainConfig.model_validate(CONFIG), start, data, tmp_path / "fit", validate=False, say=said.append)
    assert said[-1] == "stopped before anything was learnt; the same command begins anew"


def test_what_is_said_and_logged(whole: Path, start: Path, data: Path, tmp_path: Path, capfd: Any) -> None:
    said = said_of(start, data, tmp_path)
    assert [line.split(":")[0] for line in said] == [f"epoch {n} of 3" for n in (1, 2, 3)]
    assert all(line.split(": ")[1].startswith("box ") and ", dfl " in line and "mAP" not in line for line in said)
    assert re.search(r"; \d+ s left$", said[0]) and re.search(r"; took \d+ s$", said[-1])
    rows = read_epochs(tmp_path)
    assert [row["epoch"] for row in rows] == [1, 2, 3]
    assert {"train/box_loss", "train/cls_loss", "lr/pg0"} <= set(rows[0])
    assert capfd.readouterr() == ("", "")


def test_figures_on_validation_pictures_are_said_of_every_epoch(start: Path, data: Path, tmp_path: Path) -> None:
    said: list[str] = []
    fit(TrainConfig.model_validate(CONFIG), start, data, tmp_path / "fit", validate=True, say=said.append)
    rows = read_epochs(tmp_path)
    assert [line.split("; ")[1] for line in said] == [
        f"mAP50 {row['metrics/mAP50(B)']:.3f}, mAP50-95 {row['metrics/mAP50-95(B)']:.3f}" for row in rows
    ]


@pytest.mark.parametrize(("device", "count"), [("0", 0), ("0,1", 1), ("3", 2)])
def test_a_gpu_that_is_not_there(monkeypatch: pytest.MonkeyPatch, device: str, count: int) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
    config = TrainConfig.model_validate(CONFIG | {"optimiser": {"epochs": 1, "device": device}})
    with pytest.raises(ConfigError, match=f"expected GPUs below {count}, as this machine has {count}, got '{device}'"):
        overrides.device_of(config.optimiser)


def test_a_gpu_is_taken_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    config = TrainConfig.model_validate(CONFIG | {"optimiser": {"epochs": 1}})
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert overrides.device_of(config.optimiser) == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert overrides.device_of(config.optimiser) == "0"


def test_several_gpus_get_the_trainer_and_its_callbacks(start: Path, data: Path, tmp_path: Path) -> None:
    """DDP rebuilds the trainer in processes of its own, from what ultralytics pickles: ours must survive that."""
    from ultralytics.utils.dist import ddp_cleanup, generate_ddp_file

    config = TrainConfig.model_validate(CONFIG)
    made = ScanTrainer(overrides=overrides.overrides_of(config, start, data, tmp_path / "fit", False))
    training_trainer._follow(made, training_trainer.Progress(1, print, tmp_path / "log"), print)
    file = generate_ddp_file(made)
    try:
        state = torch.load(Path(file).with_suffix(".pt"), weights_only=False)
        assert state["trainer"] is ScanTrainer
        assert state["args"]["optimizer"] == "AdamW"
        assert len(state["callbacks"]["on_train_batch_end"]) == len(made.callbacks["on_train_batch_end"])
    finally:
        ddp_cleanup(made, file)
    assert json.loads(json.dumps(state["args"]["augmentations"])) == []


def test_a_full_disk_is_called_so(tmp_path: Path) -> None:
    """torch makes a RuntimeError of it, which would look like a fault of ours."""
    from io import BytesIO

    class Full(BytesIO):
        def write(self, raw: Any) -> int:
            if self.tell() + len(raw) > 5000:
                raise OSError(28, "No space left on device")
            return super().write(raw)

    with pytest.raises(OSError, match="No space left on device"):
        save_torch({"weights": torch.zeros(10_000)}, Full())
    with BytesIO() as file:
        save_torch({"weights": torch.ones(9)}, file)
        file.seek(0)
        assert torch.load(file)["weights"].sum() == 9


@pytest.mark.parametrize(
    ("device", "capabilities", "bf16", "expected"),
    [
        ("cpu", {}, True, False),
        ("0", {0: (9, 0)}, True, "bf16"),
        ("0", {0: (9, 0)}, False, False),
        ("0,1", {0: (8, 0), 1: (8, 6)}, True, "bf16"),
        ("0,1", {0: (8, 0), 1: (7, 5)}, True, False),
    ],
)
def test_gpus_never_train_in_float16_for_which_ultralytics_fetches_a_network(
    start: Path,
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    device: str,
    capabilities: dict[int, tuple[int, int]],
    bf16: bool,
    expected: object,
) -> None:
    from ultralytics.cfg import get_cfg

    monkeypatch.setattr(torch.cuda, "is_available", lambda: bool(capabilities))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: len(capabilities))
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda number: capabilities[number])
    config = TrainConfig.model_validate(CONFIG | {"optimiser": {"epochs": 1, "device": device, "bf16": bf16}})
    settings = overrides.overrides_of(config, start, data, Path("fit"), False)
    assert settings["amp"] == expected
    assert get_cfg(overrides=settings).amp == expected
