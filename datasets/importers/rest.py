"""What lies in a source's folder and no reader looks at: hidden files, pictures that nothing names. Counted, so that nobody misses it."""

import os
from collections.abc import Iterable
from pathlib import Path

from scantally.datasets.importers.files import FORKS, PICTURES, shown, walk
from scantally.datasets.importers.omissions import Omissions

TEXTS = frozenset({".json", ".txt", ".xml"})
"""Endings of annotations that are found by looking for them."""


def count_hidden(root: Path, omissions: Omissions) -> None:
    """Count pictures and annotations that ``walk`` passes over for their names, and folders that cannot be looked into."""

    def closed(error: OSError) -> None:
        omissions.add("folder_unreadable", f"{shown(Path(error.filename), root)}: {error.strerror}")

    for folder, folders, files in os.walk(root, onerror=closed):
        folders.sort()
        for name in [x for x in folders if _reason(x) is not None]:
            folders.remove(name)
            if _holds_some(Path(folder) / name):
                omissions.add(_reason(name) or "", shown(Path(folder) / name, root) + "/")
        for name in sorted(files):
            reason = _reason(name)
            if reason is not None and _is_of_a_dataset(name):
                omissions.add(reason, shown(Path(folder) / name, root))


def count_unnamed(root: Path, named: Iterable[Path], omissions: Omissions) -> None:
    """Count the pictures below ``root`` that are none of ``named``, by whatever way those were reached."""
    known = set(named)
    places: set[str] = set()
    for path in walk(root, PICTURES, Omissions()):
        if path in known:
            continue
        places = places or {os.path.realpath(x) for x in known}
        if os.path.realpath(path) not in places:
            omissions.add("image_unnamed", shown(path, root))


def _reason(name: str) -> str | None:
    if name.startswith(FORKS):
        return "file_resource_fork"
    return "file_hidden" if name.startswith(".") else None


def _is_of_a_dataset(name: str) -> bool:
    return Path(name).suffix.lower() in PICTURES | TEXTS


def _holds_some(folder: Path) -> bool:
    """Whether anything of a dataset lies in a hidden folder; version control's and editors' own folders hold nothing."""
    return any(_is_of_a_dataset(name) for _, _, files in os.walk(folder) for name in files)
