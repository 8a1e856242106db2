"""Which pictures of a dataset are near-duplicates of each other, for whoever must keep them together."""

from dataclasses import dataclass
from pathlib import Path

from scantally.datasets.audit.files import look_at_all
from scantally.datasets.audit.look import Seen
from scantally.datasets.audit.pairs import NEAR, find_pairs
from scantally.datasets.audit.run import Follow
from scantally.datasets.dataset import Dataset


@dataclass(frozen=True, kw_only=True, slots=True)
class Similar:
    """Pairs of near-duplicates by their ids, and how much could not be compared."""

    pairs: tuple[tuple[int, int], ...]
    unreadable: int  # pictures
    not_compared: int  # pairs


def find_similar(
    folder: Path,
    dataset: Dataset,
    *,
    workers: int = 1,
    near: float = NEAR,
    follow: Follow = lambda looks, total: looks,
) -> Similar:
    """Look at every picture and compare all pairs, in the order of their names: that of the file does not matter."""
    images = sorted(dataset.images, key=lambda x: x.file_name)
    looks = list(follow(look_at_all(folder, images, workers), len(images)))
    found = find_pairs([x.likeness if isinstance(x, Seen) else None for x in looks], near)
    pairs = {(images[x.first].id, images[x.second].id) for x in found.pairs}
    firsts: dict[str, int] = {}
    for image, look in zip(images, looks, strict=True):
        if isinstance(look, Seen):  # pictures of one grey have no print, and equal ones belong together all the same
            pairs.add((firsts.setdefault(look.pixels_sha256, image.id), image.id))
    return Similar(
        pairs=tuple(sorted(x for x in pairs if x[0] != x[1])),
        unreadable=sum(not isinstance(x, Seen) for x in looks),
        not_compared=found.not_compared,
    )
