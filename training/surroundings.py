"""What is around a training while it runs: signals, ultralytics' voice and its trackers."""

import logging
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from ultralytics import settings
from ultralytics.utils import LOGGER


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """SIGTERM, and the SIGHUP of a terminal that closes, stop a training as Ctrl-C does; what ``nohup`` started goes on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        # A batch of a large network takes a while, and then the weights are written.
        os.write(2, b"stopping\n")
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    heeded = [n for n in numbers if signal.getsignal(n) is not signal.SIG_IGN]
    before = {number: signal.signal(number, stop) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def alone() -> Iterator[None]:
    """Nothing leaves the machine: ultralytics' statistics and the trackers that it would call are off while we train."""
    names = ("sync", "clearml", "comet", "dvc", "hub", "mlflow", "neptune", "raytune", "tensorboard", "wandb")
    before = {name: settings[name] for name in names if name in settings}
    settings.update(dict.fromkeys(before, False))
    try:
        yield
    finally:
        settings.update(before)


@contextmanager
def quiet() -> Iterator[None]:
    """ultralytics prints pages; ``Progress`` says what matters. Its warnings still show."""
    before = LOGGER.level
    LOGGER.setLevel(logging.WARNING)
    try:
        yield
    finally:
        LOGGER.setLevel(before)
