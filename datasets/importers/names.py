"""Names of the pictures' files in a dataset: flat, each stem once, and the source's own name wherever that is possible."""

from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

MAX_STEM_BYTES = 200
"""Most file systems allow 255 bytes of a name."""


def file_names(sources: Sequence[str]) -> list[str]:
    """A file name for each source path, in order; the same paths give the same names.

    Stems differ even without regard to case, because outputs are named after them. Where two would be alike, the
    folders of the source go before them: ``train/1.jpg`` and ``test/1.jpg`` become ``train__1.jpg`` and ``test__1.jpg``.
    """
    alone = [_plain(PurePosixPath(source).stem) for source in sources]
    often = Counter(stem.casefold() for stem in alone)
    taken: set[str] = set()
    names = []
    for source, stem in zip(sources, alone, strict=True):
        path = PurePosixPath(source)
        if often[stem.casefold()] > 1:
            stem = _plain("__".join((*path.parts[:-1], path.stem)))
        names.append(_free(stem, taken) + _plain(path.suffix.lower()))
    return names


def _plain(text: str) -> str:
    """Without what a path or a shell would take for something else."""
    kept = "".join(c if c.isprintable() and c not in '/\\:*?"<>|' else "_" for c in text)
    return kept.encode("utf-8", "replace")[:MAX_STEM_BYTES].decode("utf-8", "ignore")


def _free(stem: str, taken: set[str]) -> str:
    stem = stem.lstrip("-") or "image"
    number, free = 2, stem
    while free.casefold() in taken:
        free, number = f"{stem}-{number}", number + 1
    taken.add(free.casefold())
    return free
