"""The few calls of the file system that the store makes, behind one port, so that a test can let any of them fail."""

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol


class Disk(Protocol):
    """What a disk does. Every method may raise OSError."""

    def make_folder(self, path: Path) -> None:
        """Make a folder for its owner alone; its parent exists. One that exists already is no error."""

    def exists(self, path: Path) -> bool:
        """Whether there is something of that name."""

    def create(self, path: Path) -> int:
        """A new file, open for writing; an existing one is an error."""

    def write(self, handle: int, data: bytes) -> None:
        """Write all of ``data``."""

    def fsync(self, handle: int) -> None:
        """Return once the file's content is on the medium."""

    def close(self, handle: int) -> None:
        """Close it."""

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its name in one step, in place of one that has it."""

    def fsync_folder(self, path: Path) -> None:
        """Return once the names in a folder are on the medium."""

    def remove(self, path: Path) -> None:
        """Remove a file; none of that name is no error."""

    def open(self, path: Path) -> BinaryIO:
        """Open a file for reading."""

    def ages(self, folder: Path) -> Iterable[tuple[Path, float]]:
        """The files in a folder, each with the seconds since it was last written to."""

    def free(self, folder: Path) -> int:
        """Bytes that may still be written to the file system of a folder."""


class LocalDisk:
    """The file system of this machine (POSIX)."""

    def make_folder(self, path: Path) -> None:
        """Make a folder with mode 0700."""
        path.mkdir(mode=0o700, exist_ok=True)

    def exists(self, path: Path) -> bool:
        """Whether there is something of that name."""
        return path.exists()

    def create(self, path: Path) -> int:
        """Open a new file with mode 0600."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, handle: int, data: bytes) -> None:
        """Write until all is written: one call of the system may take less."""
        left = memoryview(data)
        while left:
            left = left[os.write(handle, left) :]

    def fsync(self, handle: int) -> None:
        """POSIX fsync."""
        os.fsync(handle)

    def close(self, handle: int) -> None:
        """Close the descriptor."""
        os.close(handle)

    def rename(self, old: Path, new: Path) -> None:
        """POSIX rename, atomic within one file system."""
        old.rename(new)

    def fsync_folder(self, path: Path) -> None:
        """POSIX fsync of the folder."""
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def remove(self, path: Path) -> None:
        """Unlink it."""
        path.unlink(missing_ok=True)

    def open(self, path: Path) -> BinaryIO:
        """Open for reading."""
        return path.open("rb")

    def ages(self, folder: Path) -> Iterable[tuple[Path, float]]:
        """By the machine's clock. If it jumps, a half-written file stays longer, or its writer has to write it again."""
        now = time.time()
        found = []
        for path in folder.iterdir():
            try:
                found.append((path, now - path.stat().st_mtime))
            except FileNotFoundError:  # another process has finished it since
                continue
        return found

    def free(self, folder: Path) -> int:
        """Of what is left to processes without privileges."""
        state = os.statvfs(folder)
        return state.f_bavail * state.f_frsize
