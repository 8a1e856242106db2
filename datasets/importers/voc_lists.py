"""Lists of pictures by split: Pascal VOC's ``ImageSets`` and SIXray's tables."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from scantally.datasets.dataset import Split
from scantally.datasets.importers.files import (
    PICTURES,
    inside,
    is_file,
    is_folder,
    printable,
    read_lines,
    shown,
    split_of,
)
from scantally.datasets.importers.omissions import Omissions

FLAGGED = re.compile(r"^(.*\S)\s+(?:-?1|0)$")
"""A name with what the lists of one class add: 1 where it is there, -1 where it is not, 0 where it is difficult."""


def read_splits(root: Path, there: Collection[str], omissions: Omissions) -> dict[str, Split | None]:
    """The lists of ``ImageSets/Main`` (``ImageSets`` where there is no such folder) by stem.

    Args:
        root: The source's folder.
        there: Stems of the pictures and annotations that are there.
        omissions: Lists that differ, and lists that are not read although nothing else says the split of what they name.
    """
    lists, others = [], []
    for path in _lists(root):
        if not inside(root, path):
            omissions.add("path_outside", shown(path, root))
        elif not _is_list(path):
            omissions.add("file_passed_over", f"{shown(path, root)}: no list of pictures (.txt)")
        elif path.parent != root and (split := _listed_split(path)) is not None:
            lists.append((split, read_lines(path)))
        else:
            others.append(path)
    found = merge_splits(lists, there, omissions)
    for path in others:
        if any(stem in there and stem not in found for stem in (_stem_of(x, there) for x in read_lines(path))):
            omissions.add("file_passed_over", f"{shown(path, root)}: a list of pictures of which it says no split")
    return found


def merge_splits(
    lists: Sequence[tuple[Split, Sequence[str]]], there: Collection[str], omissions: Omissions
) -> dict[str, Split | None]:
    """The split of each stem that a list names; None, and counted, where lists differ."""
    found: dict[str, set[Split]] = defaultdict(set)
    for split, lines in lists:
        for line in lines:
            found[_stem_of(line, there)].add(split)
    for stem, splits in found.items():
        if len(splits) > 1:
            omissions.add("split_conflict", f"{printable(stem)} ({', '.join(sorted(splits))})")
    return {stem: next(iter(splits)) if len(splits) == 1 else None for stem, splits in found.items()}


def count_missing(splits: Mapping[str, Split | None], there: Collection[str], where: str, omissions: Omissions) -> None:
    """Count the names in lists of which there is neither picture nor annotation."""
    for stem in splits:
        if stem not in there:
            omissions.add("image_missing", f"{where}: {printable(stem)}")


def _stem_of(line: str, there: Collection[str]) -> str:
    """The stem that a line names. A name may hold blanks and end in a number, so the whole line is tried first."""
    flagged = FLAGGED.match(line)
    spellings = [_stem(line), *([_stem(flagged[1])] if flagged else [])]
    return next((x for x in spellings if x in there), spellings[-1])


def _stem(name: str) -> str:
    path = Path(name.replace("\\", "/"))
    return path.stem if path.suffix.lower() in PICTURES else path.name


def _lists(root: Path) -> Iterator[Path]:
    """Text files in ``ImageSets``, and beside everything else those that are called as lists are."""
    for folder in sorted(x for x in root.rglob("ImageSets") if is_folder(x) and inside(root, x)):
        main = folder / "Main" if is_folder(folder / "Main") else folder
        yield from sorted(path for path in main.glob("*") if is_file(path) and not path.name.startswith("."))
    yield from sorted(
        x for x in root.glob("*") if _is_list(x) and is_file(x) and (split_of(x.stem) or x.stem == "trainval")
    )


def _is_list(path: Path) -> bool:
    return path.suffix.lower() == ".txt"


def _listed_split(path: Path) -> Split | None:
    """Only ``train.txt``, ``val.txt`` and ``test.txt``: ``trainval`` is both, ``cat_train`` is of one class."""
    return split_of(path.stem) if path.stem.isalpha() else None
