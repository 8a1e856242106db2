"""One training in a folder at a time: a second one would mix its pictures, its state and its weights with the first one's."""

import fcntl
import os
import platform
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scantally.datasets.simulator.files import make_folder
from scantally.detector.errors import ConfigError

LOCK = "run.lock"
"""In the run's folder. It stays there; what counts is who holds it, and in it stands who that is."""

SAYS_WITHIN_S = 1.0
"""One that has just begun may not have written its name yet."""

LONGEST = 200
"""Characters of the holder's name that are told."""


@contextmanager
def held(out: Path) -> Iterator[None]:
    """Keep a run's folder, which is made when it is missing, for this process.

    The lock is the operating system's and goes with the process, however that ends. It is a record lock (``fcntl.lockf``): it belongs
    to this process alone, so that a child that outlives it holds nothing, and nothing but a second ``train`` asks for it. A file
    system without locks has none.

    Raises:
        ConfigError: it cannot be made a folder, or another process trains there.
    """
    make_folder(out)
    path = out / LOCK
    try:
        file = path.open("a+", encoding="utf-8", errors="replace")
    except OSError as e:
        raise ConfigError(str(path), f"cannot be written: {e.strerror or e}") from e
    with file:
        _take(file.fileno(), out)
        file.truncate(0)
        file.write(f"process {os.getpid()} on {platform.node()} since {time.strftime('%Y-%m-%d %H:%M:%S')}")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _take(file: int, out: Path) -> None:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as e:
        holder = _name_of_holder(file) or "which does not say who it is"
        problem = f"another training writes here ({holder}): expected it to end first, or another --out"
        raise ConfigError(str(out), problem) from e
    except OSError:
        return


def _name_of_holder(file: int) -> str:
    end = time.monotonic() + SAYS_WITHIN_S
    while not (name := os.pread(file, LONGEST, 0).decode("utf-8", "replace")) and time.monotonic() < end:
        time.sleep(0.02)
    return name
