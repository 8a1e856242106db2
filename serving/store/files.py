"""Files by their content: ``files/ab/abcdef…`` is named by its SHA-256, so equal content is kept once and a name never lies.

A file is written under a temporary name, synced, renamed, and the folder synced. Until the rename there is no file, from then on
there is the whole one; ``put`` returns once both file and name are on the medium. An interrupted one leaves a temporary file.
"""

import errno
import hashlib
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from scantally.serving.store.disk import Disk, LocalDisk
from scantally.serving.store.errors import FileLostError, StoreFailedError, StoreFullError, TooLargeError

HALF_WRITTEN_S = 3_600.0
"""A temporary file that nobody has written to for so long is nobody's: no upload rests for an hour."""

_FULL = {errno.ENOSPC, errno.EDQUOT}
_NAME = re.compile(r"[0-9a-f]{64}")
_PIECE = 1 << 20  # bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Stored:
    """A file that is on the medium."""

    sha256: str
    size: int  # bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class FileStore:
    """The files below one folder; any number of processes may use it at once."""

    folder: Path
    disk: Disk = field(default_factory=LocalDisk)

    def put(self, chunks: Iterable[bytes], limit: int) -> Stored:
        """Keep content of at most ``limit`` bytes. Content that is there already is written again, which heals a damaged file.

        Raises:
            TooLargeError: there is more of it.
            StoreFullError, StoreFailedError: it cannot be kept; a file of that name, if there was one, is as whole as before.
        """
        # Files of one day are many; the random name needs no look at what is there.
        part = self._parts / secrets.token_hex(16)
        try:
            stored = self._write(part, chunks, limit)
            self._publish(part, stored.sha256)
        except BaseException:
            with suppress(OSError):
                self.disk.remove(part)
            raise
        return stored

    def open(self, sha256: str) -> BinaryIO:
        """A file to read, unchecked.

        Raises:
            FileLostError: there is none.
        """
        try:
            return self.disk.open(self._path(sha256))
        except FileNotFoundError:
            raise FileLostError(f"file {sha256} is missing") from None
        except OSError as e:
            raise StoreFailedError(f"file {sha256} cannot be read: {e.strerror or e}") from e

    def read(self, sha256: str) -> bytes:
        """All bytes of a file, checked against its name.

        Raises:
            FileLostError: it is missing, or not what it was.
        """
        with self.open(sha256) as file, _told(f"file {sha256}"):
            raw = file.read()
        if hashlib.sha256(raw).hexdigest() != sha256:
            raise FileLostError(f"file {sha256} is damaged: its content has another SHA-256")
        return raw

    def has(self, sha256: str) -> bool:
        """Whether there is a file of that name; its content is not looked at."""
        with _told(f"file {sha256}"):
            return self.disk.exists(self._path(sha256))

    def verify(self, sha256: str) -> bool:
        """Whether the file is there and whole."""
        digest = hashlib.sha256()
        try:
            with self.open(sha256) as file, _told(f"file {sha256}"):
                while piece := file.read(_PIECE):
                    digest.update(piece)
        except FileLostError:
            return False
        return digest.hexdigest() == sha256

    def sweep(self, older_than_s: float = HALF_WRITTEN_S) -> int:
        """Remove what interrupted ``put`` calls left, and say how many files. Younger ones may be another process's work."""
        removed = 0
        with _told(str(self._parts)):
            for path, age_s in self.disk.ages(self._parts):
                if age_s > older_than_s:
                    self.disk.remove(path)
                    removed += 1
        return removed

    def free_bytes(self) -> int:
        """Bytes that may still be written."""
        with _told(str(self.folder)):
            return self.disk.free(self.folder)

    @property
    def _parts(self) -> Path:
        return self.folder / "parts"

    def _path(self, sha256: str) -> Path:
        if not _NAME.fullmatch(sha256):
            raise FileLostError("no file has such a name; expected 64 hex digits")
        return self.folder / sha256[:2] / sha256

    def _write(self, part: Path, chunks: Iterable[bytes], limit: int) -> Stored:
        digest, size = hashlib.sha256(), 0
        with _told(str(part)):
            handle = self.disk.create(part)
        try:
            # What the chunks raise is their sender's fault and not the disk's.
            for chunk in chunks:
                size += len(chunk)
                if size > limit:
                    raise TooLargeError(limit)
                digest.update(chunk)
                with _told(str(part)):
                    self.disk.write(handle, chunk)
            with _told(str(part)):
                self.disk.fsync(handle)
        except BaseException:
            with suppress(OSError):
                self.disk.close(handle)
            raise
        with _told(str(part)):
            self.disk.close(handle)
        return Stored(sha256=digest.hexdigest(), size=size)

    def _publish(self, part: Path, sha256: str) -> None:
        path = self._path(sha256)
        with _told(str(path)):
            self.disk.make_folder(path.parent)
            self.disk.rename(part, path)
            self.disk.fsync_folder(path.parent)
            # Also where another process made the folder: it may have died before it synced this one.
            self.disk.fsync_folder(self.folder)


def open_files(folder: Path, disk: Disk | None = None) -> FileStore:
    """The files in ``folder / "files"``; folders that are missing are made, with mode 0700, and synced.

    Raises:
        StoreFullError, StoreFailedError: a folder cannot be made.
    """
    store = FileStore(folder=folder / "files", disk=disk or LocalDisk())
    with _told(str(folder)):
        _make(store.disk, folder)
        for path in (store.folder, store._parts):
            store.disk.make_folder(path)
            store.disk.fsync_folder(path.parent)
    return store


def _make(disk: Disk, folder: Path) -> None:
    """Make a folder and those above it that are missing, each synced in the one above."""
    if not disk.exists(folder.parent):
        _make(disk, folder.parent)
    disk.make_folder(folder)
    # A folder that we may not list is somebody else's; he made ours and saw to it.
    with suppress(PermissionError):
        disk.fsync_folder(folder.parent)


@contextmanager
def _told(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        error = StoreFullError if e.errno in _FULL else StoreFailedError
        raise error(f"{what}: {e.strerror or e}") from e
