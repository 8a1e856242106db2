"""Several GPUs, stood for by two processes on a CPU: everything but NCCL and CUDA is what runs on them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

pytest.importorskip("torch", reason="trains a network: needs the full environment (make full)")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(900)]

from gloo_trainer import FailingTrainer, GlooTrainer
from test_resume import CONFIG, data, same, start, weights  # noqa: F401 (fixtures)

from scantally.detector.errors import ConfigError
from scantally.training import trainer as training_trainer
from scantally.training.config import TrainConfig
from scantally.training.progress import Progress, read_epochs
from scantally.training.resume import STATE, epochs_done
from scantally.training.trainer import fit

WHOLE = """
import sys
from pathlib import Path
import yaml
sys.path[:0] = [sys.argv[1]]
from gloo_trainer import SlowTrainer
from scantally.training import trainer
from scantally.training.config import TrainConfig
from scantally.training.console import say
trainer.ScanTrainer = SlowTrainer
start, data, run = (Path(x) for x in sys.argv[2:5])
config = TrainConfig.model_validate(yaml.safe_load(sys.argv[5]))
trainer.fit(config, start, data, run / "fit", validate=False, say=say)
"""


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch, start: Path, data: Path) -> Callable[..., None]:  # noqa: F811
    """Train in a folder with a kind of trainer for so many epochs."""

    def train(run: Path, kind: type[GlooTrainer] = GlooTrainer, epochs: int = 2, validate: bool = False) -> None:
        monkeypatch.setattr(training_trainer, "ScanTrainer", kind)
        fit(config_of(epochs), start, data, run / "fit", validate=validate, say=print)

    return train


def config_of(epochs: int) -> TrainConfig:
    optimiser = CONFIG["optimiser"] | {"epochs": epochs, "bf16": False}  # type: ignore[operator]
    return TrainConfig.model_validate(CONFIG | {"optimiser": optimiser})


def stat_of(pid: int) -> list[str]:
    """The state and the parent of a process, and more; nothing where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def process_alive(pid: int) -> bool:
    """Whether a process runs: one that ended and was not waited for does not."""
    return stat_of(pid)[:1] not in ([], ["Z"])


def parts_of(pid: int) -> list[int]:
    """The processes that a process began."""
    return [int(x.name) for x in Path("/proc").glob("[0-9]*") if stat_of(int(x.name))[1:2] == [str(pid)]]


def begun(start: Path, data: Path, run: Path, epochs: int) -> "subprocess.Popen[str]":  # noqa: F811
    """A training in two parts in a process of its own, with its first epoch behind it."""
    text = yaml.safe_dump(config_of(epochs).model_dump(mode="json"))
    process = subprocess.Popen(
        [sys.executable, "-c", WHOLE, str(Path(__file__).parent), str(start), str(data), str(run), text],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 300
    while not (run / STATE).exists():
        assert process.poll() is None and time.monotonic() < end, process.communicate()
        time.sleep(0.1)
    return process


def test_two_parts_train_one_network_and_speak_once(
    trained: Callable[..., None],
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    start: Path,  # noqa: F811
) -> None:
    trained(tmp_path, validate=True)
    shown = capfd.readouterr()
    said = shown.out.splitlines()
    assert shown.err == ""
    assert [line.split(":")[0] for line in said] == ["epoch 1 of 2", "epoch 2 of 2"]
    assert all("mAP50" in line for line in said)
    assert [row["epoch"] for row in read_epochs(tmp_path)] == [1, 2]
    assert epochs_done(tmp_path / STATE) == 2
    assert weights(tmp_path / "fit/weights/last.pt").keys() == weights(start).keys()
    assert not same(tmp_path / "fit/weights/last.pt", start)


def test_parts_end_with_the_process_that_began_them_and_a_later_run_ends_as_if_nothing_had_been(
    trained: Callable[..., None],
    start: Path,  # noqa: F811
    data: Path,  # noqa: F811
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    trained(whole, epochs=3)
    process = begun(start, data, cut, 3)
    parts = parts_of(process.pid)
    assert len(parts) == 2 and all(map(process_alive, parts))
    process.kill()
    process.communicate()
    assert gone(parts)
    done = epochs_done(cut / STATE)
    assert 1 <= done < 3
    capfd.readouterr()
    trained(cut, epochs=3)
    assert capfd.readouterr().out.startswith(f"going on after epoch {done} of 3\n")
    assert same(whole / "fit/weights/last.pt", cut / "fit/weights/last.pt")
    assert [row["epoch"] for row in read_epochs(cut)] == [1, 2, 3]


def test_a_stopped_training_leaves_the_weights_so_far_and_no_part(start: Path, data: Path, tmp_path: Path) -> None:  # noqa: F811
    process = begun(start, data, tmp_path, 50)
    parts = parts_of(process.pid)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=120)
    path = tmp_path / "fit" / "weights" / "interrupted.pt"
    assert f"stopped; the weights so far are in {path}" in said
    assert said.count("stopped;") == 1
    assert not same(path, start)
    assert gone(parts)


def test_one_part_that_fails_ends_the_others(
    trained: Callable[..., None], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = set(parts_of(os.getpid()))
    with pytest.raises(ConfigError, match=r"number 1 of 2, from 0, ended with exit code 1: what it said stands above"):
        trained(tmp_path, kind=FailingTrainer)
    assert "this GPU has had enough" in capfd.readouterr().err
    assert gone([part for part in parts_of(os.getpid()) if part not in before])


def test_a_part_ends_without_python_s_own_ending() -> None:
    """In which a thread of torch's that asks for the interpreter aborts the process."""
    text = "import atexit, os, sys; from scantally.training.processes import leave; atexit.register(os.abort); print('done'); leave({})"
    for code in (0, 1):
        ended = subprocess.run([sys.executable, "-c", text.format(code)], check=False, capture_output=True, text=True)
        assert (ended.returncode, ended.stdout) == (code, "done\n")


def test_the_order_of_pictures_is_drawn_anew_in_each_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """ultralytics names the epoch to the sampler only once its order is drawn."""
    from types import SimpleNamespace

    import torch
    from torch.utils.data import DistributedSampler
    from ultralytics.data.build import InfiniteDataLoader

    from scantally.training.resume import seed_epoch

    pictures = list(range(64))
    orders = {}
    for number in (0, 1):
        monkeypatch.setenv("RANK", str(number))
        sampler: DistributedSampler[int] = DistributedSampler(pictures, num_replicas=2, rank=number)  # type: ignore[arg-type]
        loader = InfiniteDataLoader(dataset=pictures, sampler=sampler, generator=torch.Generator())
        trainer = SimpleNamespace(args=SimpleNamespace(seed=3), train_loader=loader)
        for epoch in (4, 5, 4):
            seed_epoch(trainer, epoch)  # type: ignore[arg-type]
            order = [int(x) for x in loader]
            assert orders.setdefault((number, epoch), order) == order
    assert orders[0, 4] != orders[0, 5]
    assert {*orders[0, 4]} | {*orders[1, 4]} == {*pictures}
    assert not {*orders[0, 4]} & {*orders[1, 4]}


def test_a_bar_does_not_stand_in_the_way_of_several_gpus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A terminal's bar has locks, which cannot go along to another process."""
    import cloudpickle

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = Progress(2, print, tmp_path / "epochs.jsonl")
    assert cloudpickle.loads(cloudpickle.dumps(progress))._epochs == 2
    progress.begin(0, 4)
    progress.batch(0, 1, {"box_loss": 1.0})
    progress.end()


def gone(parts: list[int], within_s: float = 10.0) -> bool:
    """Whether these processes end."""
    end = time.monotonic() + within_s
    while any(map(process_alive, parts)) and time.monotonic() < end:
        time.sleep(0.05)
    return not any(map(process_alive, parts))
