"""Everything that a training needs to go on as if it had never stopped: written whole after every epoch.

ultralytics' own checkpoints keep the averaged weights in half precision and nothing of the weights that are moved, so a run resumed
from them ends elsewhere. Here the state is exact, and every epoch draws from the seed and its own number alone (``seed_epoch``), so a
resumed run ends with the same weights as one that was never stopped.
"""

import os
import pickle
import random
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import torch

from scantally.training.processes import rank

if TYPE_CHECKING:
    from ultralytics.models.yolo.detect import DetectionTrainer

STATE = "state.pt"
NOT_WHOLE = (pickle.UnpicklingError, zipfile.BadZipFile, zlib.error)
VERSION = 2
KEYS = frozenset({"epoch", "epochs", "seed", "model", "ema", "updates", "optimizer", "scaler", "best_fitness"})


def seed_epoch(trainer: "DetectionTrainer", epoch: int) -> None:
    """Let everything that an epoch draws depend on the run's seed, the epoch's number and the part of several GPUs alone."""
    part = (rank(),) if rank() >= 0 else ()
    words = np.random.SeedSequence((trainer.args.seed, epoch, *part)).generate_state(4)
    random.seed(int(words[0]))
    np.random.seed(int(words[1]))
    torch.manual_seed(int(words[2]))
    loader = trainer.train_loader
    if loader.generator is not None:
        loader.generator.manual_seed(int(words[3]))
    if hasattr(loader.sampler, "set_epoch"):  # of several GPUs: ultralytics sets it once the order is drawn
        loader.sampler.set_epoch(epoch)
    # The iterator has drawn the order of this epoch's pictures already.
    loader.reset()


def save_state(trainer: "DetectionTrainer", path: Path) -> None:
    """Write the state after an epoch, whole or not at all, even if the machine fails in the middle."""
    state = {
        "version": VERSION,
        "epoch": trainer.epoch,
        "epochs": trainer.epochs,
        "seed": trainer.args.seed,
        "model": _bare(trainer.model).state_dict(),
        "ema": trainer.ema.ema.state_dict(),
        "updates": trainer.ema.updates,
        "optimizer": trainer.optimizer.state_dict(),
        "scaler": trainer.scaler.state_dict(),
        "best_fitness": None if trainer.best_fitness is None else float(trainer.best_fitness),
    }
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        save_torch(state, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def save_torch(state: object, file: BinaryIO) -> None:
    """``torch.save`` into an open file, with the file's own error: torch makes a RuntimeError without a reason of a full disk.

    Raises:
        OSError: it cannot be written.
    """
    kept = _KeepsError(file)
    try:
        torch.save(state, kept)  # type: ignore[arg-type]
    except RuntimeError:
        if kept.error is not None:
            raise kept.error from None
        raise


class _KeepsError:
    """A file that remembers why a write failed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.error: OSError | None = None

    def write(self, raw: bytes) -> int:
        """Pass bytes on."""
        try:
            return self._file.write(raw)
        except OSError as e:
            self.error = e
            raise

    def flush(self) -> None:
        """Pass on."""
        self._file.flush()


def load_state(trainer: "DetectionTrainer", path: Path) -> int:
    """Put a saved state into a trainer that is set up but has not begun; the epoch to go on with (from 0).

    A file that cannot be read, or is of another version, counts as none: the training begins anew.
    """
    state = _read(path, trainer.device)
    if state is None or (state["epochs"], state["seed"]) != (trainer.epochs, trainer.args.seed):
        return 0
    _bare(trainer.model).load_state_dict(state["model"])
    trainer.ema.ema.load_state_dict(state["ema"])
    trainer.ema.updates = state["updates"]
    trainer.optimizer.load_state_dict(state["optimizer"])
    trainer.scaler.load_state_dict(state["scaler"])
    trainer.best_fitness = state["best_fitness"]
    return int(state["epoch"]) + 1


def epochs_done(path: Path, epochs: int | None = None, seed: int | None = None) -> int:
    """How many epochs a saved state has behind it; 0 where there is none, or one of a training of another seed or length."""
    state = _read(path, torch.device("cpu"))
    if state is None or epochs not in (None, state["epochs"]) or seed not in (None, state["seed"]):
        return 0
    return int(state["epoch"]) + 1


def _read(path: Path, device: torch.device) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        with zipfile.ZipFile(path) as archive:  # torch does not look at the checksums
            if archive.testzip() is not None:
                return None
        state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, TypeError, AttributeError, *NOT_WHOLE):
        return None
    return state if isinstance(state, dict) and _is_whole(state) else None


def _is_whole(state: dict[str, Any]) -> bool:
    """Whether it has all its parts, of this version, and counts epochs as a training does."""
    if state.get("version") != VERSION or not set(state) >= KEYS:
        return False
    epoch, epochs = state["epoch"], state["epochs"]
    return type(epoch) is int and type(epochs) is int and 0 <= epoch < epochs


def _bare(model: torch.nn.Module) -> torch.nn.Module:
    """The model itself, where DDP wraps it."""
    inner = getattr(model, "module", model)
    return inner if isinstance(inner, torch.nn.Module) else model
