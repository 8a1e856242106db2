"""Several GPUs: ultralytics' DDP, with one process for each, which begin and end with the one that began them.

ultralytics starts them by torch's launcher. That one kills its processes where it is stopped, so that Ctrl-C would leave no weights,
and when it is killed itself they live on and train into a folder that another training may have taken since.
"""

import ctypes
import logging
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from scantally.detector.errors import ConfigError

if TYPE_CHECKING:
    from ultralytics.models.yolo.detect import DetectionTrainer

OWNER = "SCANTALLY_TRAINING_PROCESS"
"""In a part's environment: the process that began it."""

GRACE_S = 60.0
"""How long the first part may take to write the weights so far."""

STOPPED = 128 + signal.SIGINT
"""The exit code of a part that was stopped, as a shell has it."""

FAILED = 1
"""The exit code of a part that raised an error."""

_LOOK_EVERY_S = 0.1
_PR_SET_PDEATHSIG = 1  # linux/prctl.h

Part = subprocess.Popen[bytes]


def rank() -> int:
    """Which part of a training on several GPUs this process is, from 0; -1 where it is the whole."""
    return int(os.environ.get("RANK", "-1"))


def speaks() -> bool:
    """Whether this process is the one that says and writes how far a training is."""
    return rank() in (-1, 0)


def join() -> None:
    """Begin as a part: end when the process that began this one does, however that ends, and say warnings only."""
    from ultralytics.utils import LOGGER

    LOGGER.setLevel(logging.WARNING if speaks() else logging.ERROR)
    prctl = getattr(ctypes.CDLL(None), "prctl", None)  # Linux alone has it
    if prctl is not None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if str(os.getppid()) != os.environ.get(OWNER):  # it ended before it could be asked for that
        raise SystemExit(STOPPED)


def leave(code: int) -> NoReturn:
    """End as a part, with this exit code and without Python's own ending: a thread of torch's that asks for the interpreter while that
    ends aborts the process, and a training that had succeeded would count as failed."""
    for helper in multiprocessing.active_children():
        helper.terminate()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def train_in_parts(trainer: "DetectionTrainer") -> None:
    """Train by DDP: one process for each of the trainer's ``world_size`` GPUs.

    Raises:
        ConfigError: a part failed; what it said stands above.
        KeyboardInterrupt: this process was stopped; the first part has left the weights so far.
    """
    from ultralytics.utils.dist import ddp_cleanup, generate_ddp_file

    file = generate_ddp_file(trainer)
    parts: list[Part] = []
    try:
        _start(parts, file, trainer.world_size)
        _wait(parts)
    except KeyboardInterrupt:
        _let_write(parts[:1])
        raise
    finally:
        for part in parts:
            part.kill()
            part.wait()
        # ultralytics tells its files by the trainer in their names; they are gone where it ended in the middle of making them.
        if Path(file).exists():
            ddp_cleanup(trainer, file)


def _start(parts: list[Part], file: str, count: int) -> None:
    """In sessions of their own: a terminal's Ctrl-C reaches the process that began them, and that one ends them in order."""
    from ultralytics.utils.dist import find_free_network_port

    shared = {
        "WORLD_SIZE": str(count),
        "LOCAL_WORLD_SIZE": str(count),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(find_free_network_port()),
        OWNER: str(os.getpid()),
        "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", str(max(1, len(os.sched_getaffinity(0)) // count))),
    }
    for number in range(count):
        own = {"RANK": str(number), "LOCAL_RANK": str(number)}
        parts.append(
            subprocess.Popen(
                [sys.executable, file],
                env={**os.environ, **shared, **own},
                start_new_session=True,
                stdin=subprocess.DEVNULL,
            )
        )


def _wait(parts: Sequence[Part]) -> None:
    """Until all have ended well; where one fails, the others wait for it for hours.

    Raises:
        ConfigError: one failed.
    """
    ended: list[int] = []  # in the order in which they did: the first one to fail is the one that the others fail for
    for number, part in enumerate(parts):
        threading.Thread(target=_note_end, args=(number, part, ended), daemon=True).start()
    while True:
        so_far = tuple(ended)  # one more may end while these are looked at
        failed = [(number, parts[number].returncode) for number in so_far if parts[number].returncode]
        if failed:
            number, code = failed[0]
            how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
            raise ConfigError(
                "optimiser.device",
                f"the process of the GPU that is number {number} of {len(parts)}, from 0, {how}: what it said stands above",
            )
        if len(so_far) == len(parts):
            return
        time.sleep(_LOOK_EVERY_S)


def _note_end(number: int, part: Part, ended: list[int]) -> None:
    part.wait()
    ended.append(number)


def _let_write(first: Sequence[Part]) -> None:
    """Stop the part that has the averaged weights while the others live: it may have to wait for them before it heeds a signal."""
    for part in first:
        part.terminate()
        try:
            part.wait(GRACE_S)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            return
