"""A disk in memory that knows what a power cut leaves, and that fails or dies at any call."""

import errno
import io
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Literal

Fault = Literal["ENOSPC", "EIO", "crash before", "crash after"]
FAULTS: tuple[Fault, ...] = ("ENOSPC", "EIO", "crash before", "crash after")


class CrashError(BaseException):
    """The process is gone; nothing runs after it, and every later call raises it again."""


@dataclass(eq=False)
class Node:
    """A file or, with entries, a folder; each with what of it is on the medium."""

    data: bytes = b""
    synced: bytes = b""
    entries: dict[str, "Node"] | None = None
    kept: dict[str, "Node"] = field(default_factory=dict)  # entries on the medium
    written_at: float = 0.0


def folder() -> Node:
    return Node(entries={})


@dataclass
class ModelDisk:
    """What POSIX promises and no more: a file's content is kept by its fsync, a name by the fsync of its folder."""

    root: Node = field(default_factory=folder)
    fault: Fault | None = None
    at: int = -1
    """The call that fails, counted from 0."""

    calls: list[str] = field(default_factory=list)
    now: float = 0.0
    _open: dict[int, Node] = field(default_factory=dict)
    _handles: "itertools.count[int]" = field(default_factory=lambda: itertools.count(3))
    _dead: bool = False

    def make_folder(self, path: Path) -> None:
        with self._call("make_folder"):
            self._entries(path.parent).setdefault(path.name, folder())

    def exists(self, path: Path) -> bool:
        with self._call("exists"):
            return self._find(path) is not None

    def create(self, path: Path) -> int:
        with self._call("create"):
            entries = self._entries(path.parent)
            if path.name in entries:
                raise FileExistsError(errno.EEXIST, "File exists")
            entries[path.name] = Node(written_at=self.now)
            handle = next(self._handles)
            self._open[handle] = entries[path.name]
            return handle

    def write(self, handle: int, data: bytes) -> None:
        node = self._open[handle]
        if self._fails_now() and self.fault in ("ENOSPC", "EIO"):
            node.data += data[: len(data) // 2]  # some of it fits
        with self._call("write"):
            node.data, node.written_at = node.data + data, self.now

    def fsync(self, handle: int) -> None:
        with self._call("fsync"):
            self._open[handle].synced = self._open[handle].data

    def close(self, handle: int) -> None:
        with self._call("close"):
            del self._open[handle]

    def rename(self, old: Path, new: Path) -> None:
        with self._call("rename"):
            target = self._entries(new.parent)
            target[new.name] = self._entries(old.parent).pop(old.name)

    def fsync_folder(self, path: Path) -> None:
        with self._call("fsync_folder"):
            node = self._find(path)
            assert node is not None and node.entries is not None
            node.kept = dict(node.entries)

    def remove(self, path: Path) -> None:
        with self._call("remove"):
            self._entries(path.parent).pop(path.name, None)

    def open(self, path: Path) -> BinaryIO:
        with self._call("open"):
            node = self._find(path)
            if node is None:
                raise FileNotFoundError(errno.ENOENT, "No such file")
            return io.BytesIO(node.data)

    def ages(self, folder: Path) -> Iterable[tuple[Path, float]]:
        with self._call("ages"):
            return [(folder / name, self.now - node.written_at) for name, node in self._entries(folder).items()]

    def free(self, folder: Path) -> int:
        return 1 << 40

    def started_again(self) -> "ModelDisk":
        """After the process died: all that was written is still there."""
        return ModelDisk(root=self.root, now=self.now)

    def power_cut(self, *, lucky_names: bool) -> "ModelDisk":
        """After a power cut: what was not synced is gone. With ``lucky_names`` names had reached the medium by themselves, contents not."""
        return ModelDisk(root=_survivor(self.root, lucky_names), now=self.now)

    def files(self, path: Path) -> dict[str, bytes]:
        """The files in and below a folder, by their path in it."""
        node = self._find(path)
        return {} if node is None else dict(_walk(node, ""))

    def _fails_now(self) -> bool:
        return self._dead or len(self.calls) == self.at

    def _call(self, name: str) -> "_Call":
        return _Call(self, name)

    def _entries(self, path: Path) -> dict[str, Node]:
        node = self._find(path)
        if node is None or node.entries is None:
            raise FileNotFoundError(errno.ENOENT, "No such folder")
        return node.entries

    def _find(self, path: Path) -> Node | None:
        node: Node | None = self.root
        for name in path.parts[1:]:
            node = None if node is None or node.entries is None else node.entries.get(name)
        return node


@dataclass
class _Call:
    """One call: it fails instead of being done, or dies before or after it was."""

    disk: ModelDisk
    name: str

    def __enter__(self) -> None:
        disk, fails = self.disk, self.disk._fails_now()
        if disk._dead or (fails and disk.fault == "crash before"):
            disk._dead = True
            raise CrashError
        disk.calls.append(self.name)
        if fails and disk.fault in ("ENOSPC", "EIO"):
            code = errno.ENOSPC if disk.fault == "ENOSPC" else errno.EIO
            raise OSError(code, "No space left on device" if code == errno.ENOSPC else "Input/output error")

    def __exit__(self, kind: object, *_: object) -> None:
        disk = self.disk
        if kind is None and disk.fault == "crash after" and len(disk.calls) - 1 == disk.at:
            disk._dead = True
            raise CrashError


def _survivor(node: Node, lucky: bool) -> Node:
    if node.entries is None:
        return Node(data=node.synced, synced=node.synced, written_at=node.written_at)
    entries = {name: _survivor(below, lucky) for name, below in (node.entries if lucky else node.kept).items()}
    return Node(entries=entries, kept=dict(entries))


def _walk(node: Node, path: str) -> Iterable[tuple[str, bytes]]:
    if node.entries is None:
        yield path, node.data
        return
    for name, below in node.entries.items():
        yield from _walk(below, f"{path}/{name}" if path else name)
