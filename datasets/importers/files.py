"""Files of a source: found, read within bounds, and never followed out of its folder."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

from scantally.datasets.dataset import Split
from scantally.datasets.importers.omissions import Omissions
from scantally.detector.config.files import read_bytes
from scantally.detector.errors import InputError
from scantally.detector.formats import SCAN_SUFFIXES

UNREAD = frozenset(
    [
        ".avif",
        ".bmp",
        ".dng",
        ".exr",
        ".gif",
        ".hdr",
        ".heic",
        ".heif",
        ".j2k",
        ".jp2",
        ".jpx",
        ".jxl",
        ".npy",
        ".pgm",
        ".pnm",
        ".ppm",
        ".psd",
        ".raw",
        ".tga",
        ".webp",
    ]
)
"""Endings of pictures in formats that Scantally does not read."""

PICTURES = SCAN_SUFFIXES | UNREAD
"""Endings of pictures; some are not read, but all of them are counted."""

FORKS = ("._", "__MACOSX")
"""Beginnings of what macOS writes beside files on foreign disks and into archives: no picture, whatever it is called."""

MAX_TEXT_BYTES = 16 * 1024**2
"""Of one annotation file of one picture, or of a list."""

MAX_JSON_BYTES = 1024**3
"""Of one annotation file of a whole dataset."""

_SPLITS: dict[str, Split] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}


def require_folder(root: Path) -> None:
    """Refuse what is no folder.

    Raises:
        InputError: naming it.
    """
    if not is_folder(root):
        raise InputError(str(root), "expected a folder" if is_file(root) else "no such folder")


def shown(path: Path, root: Path) -> str:
    """A path relative to the source's folder, in text that every file can hold."""
    text = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    return printable(text)


def printable(text: str) -> str:
    """Text with what cannot be printed or encoded written out."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode() for c in text)


def inside(root: Path, path: Path) -> bool:
    """Whether a path, links followed, stays below the source's folder."""
    try:
        place, top = os.path.realpath(path), os.path.realpath(root)
    except (OSError, ValueError):
        return False
    return place == top or place.startswith(top.rstrip(os.sep) + os.sep)


def below(root: Path, path: Path) -> Path:
    """A path that stays below the source's folder, written from it without ``..``: one file has one name, however it was reached."""
    if path.is_relative_to(root) and ".." not in path.relative_to(root).parts:
        return path
    top = root.resolve()
    # A linked file keeps its own name as long as that lies below the folder.
    places = ([path.parent.resolve() / path.name] if path.name != ".." else []) + [path.resolve()]
    return next((root / place.relative_to(top) for place in places if place.is_relative_to(top)), path)


def is_file(path: Path) -> bool:
    """Whether a file is there; a name that no file can have is not there."""
    return os.path.isfile(path)  # noqa: PTH113 (Path.is_file raises where a name is too long)


def is_folder(path: Path) -> bool:
    """Whether a folder is there; a name that no folder can have is not there."""
    return os.path.isdir(path)  # noqa: PTH112 (as above)


def require_inside(root: Path, path: Path) -> None:
    """Refuse a file without which a source cannot be read where a link leads out of the source's folder.

    Raises:
        InputError: naming it.
    """
    if not inside(root, path):
        raise InputError(str(path), f"leads out of {root}: expected a file of the dataset itself")


def by_format(path: Path) -> bool:
    """Sorts pictures in formats that are not read behind the others: of two files of one name, the one that is read counts."""
    return path.suffix.lower() in UNREAD


def walk(root: Path, endings: frozenset[str], omissions: Omissions) -> Iterator[Path]:
    """Files below a folder by their endings, in order of path; hidden ones are passed over (``rest.count_hidden`` counts them).

    A linked folder inside the source is not followed: it is found where it lies, or counted where it leads out.
    """
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(x for x in folders if not x.startswith((".", *FORKS)))
        for name in folders:
            place = Path(folder) / name
            if place.is_symlink() and not inside(root, place):
                omissions.add("path_outside", shown(place, root))
        for name in sorted(files):
            path = Path(folder) / name
            if not name.startswith(".") and path.suffix.lower() in endings:
                yield path


def read_text(path: Path, limit: int = MAX_TEXT_BYTES) -> str:
    """A text file; an empty one is no error here, because many layouts write one for a picture without boxes.

    Raises:
        InputError: not there, not readable, over the limit, binary.
    """
    raw = b"" if is_file(path) and not path.stat().st_size else read_bytes(path, InputError, limit)
    if b"\0" in raw:
        raise InputError(str(path), "expected text, got a binary file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        raise InputError(str(path), f"expected UTF-8 text: {e.reason} at byte {e.start}") from e


def read_lines(path: Path) -> list[str]:
    """The lines of a text file that are not blank, stripped."""
    return [line.strip() for line in read_text(path).splitlines() if line.strip()]


def split_word(word: str) -> Split | None:
    """The split that is called so; None where none is."""
    return _SPLITS.get(word.strip().lower())


def split_of(words: str) -> Split | None:
    """The split that a name states: ``instances_train2017`` is train; None where it states none, or several."""
    found = {_SPLITS[word] for word in re.findall(r"[a-z]+", words.lower()) if word in _SPLITS}
    return found.pop() if len(found) == 1 else None


def split_of_path(path: Path, root: Path) -> Split | None:
    """The split that a folder on the way states, the nearest to the file first."""
    for part in reversed(path.relative_to(root).parts[:-1]):
        if (found := split_of(part)) is not None:
            return found
    return None
