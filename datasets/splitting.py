"""Division of a dataset into training, validation and test: groups are never parted, labels are spread as the shares say.

Iterative stratification (Sechidis, Tsoumakas and Vlahavas 2011, "On the Stratification of Multi-Label Data"), on groups instead of single
pictures: the label with the fewest boxes left goes first, its groups from the largest on, each to the split that lacks the label most. A split
that has its share of pictures gets no more, so that a share is missed by less than the largest group.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from scantally.datasets.dataset import SPLITS, Dataset, Image, Split
from scantally.detector.errors import ConfigError, InputError

By = Literal["group", "scanner"]

BARE = ""
"""Stands for a label where a picture has no box: such pictures are spread, too."""

MISSED = 0.02
"""A share that is missed by more than this of all pictures is told."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """Pictures that must stay together."""

    name: str
    images: tuple[int, ...]  # ids
    counts: Mapping[str, int]  # boxes of each label; BARE counts pictures without any
    order: str  # among equal units: drawn by the seed, whatever the order in the file


@dataclass(frozen=True, kw_only=True, slots=True)
class Division:
    """What a dataset became, and what could not be had."""

    dataset: Dataset
    notes: tuple[str, ...]


def parse_shares(text: str) -> dict[Split, float]:
    """``train=0.7,val=0.15,test=0.15`` as shares.

    Raises:
        ConfigError: another form, an unknown or repeated split, a negative share, or a sum that is not 1.
    """
    shares: dict[Split, float] = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        split = next((x for x in SPLITS if x == name.strip()), None)
        try:
            share = float(value)
        except ValueError:
            share = -1.0
        if split is None or split in shares or not 0 <= share <= 1:
            hint = " (validation is called val here)" if name.strip().startswith("valid") else ""
            got = f"got '{part.strip()}' in '{text}'{hint}"
            raise ConfigError("--shares", f"expected train=0.7,val=0.15,test=0.15, {got}")
        shares[split] = share
    if abs(sum(shares.values()) - 1) > 1e-6:
        raise ConfigError("--shares", f"expected a sum of 1, got {sum(shares.values()):g}")
    return shares


def divide(
    dataset: Dataset,
    shares: Mapping[Split, float],
    *,
    seed: int = 0,
    by: By = "group",
    pairs: Iterable[tuple[int, int]] = (),
    keep: bool = False,
) -> Division:
    """Put every picture into a split. The same pictures, seed and choices give the same answer in any order of the file.

    Args:
        dataset: Any; its splits are overwritten unless they are kept.
        shares: Of pictures, adding up to 1.
        seed: Decides between equal groups.
        by: What is never parted; a group is not parted by scanner either.
        pairs: Ids of pictures that are near-duplicates: their groups become one, and are named so.
        keep: Pictures that are in a split stay there, and their groups go with them.

    Raises:
        InputError: with ``keep``, where what must stay together is in two splits already.
    """
    joined = _join_groups(dataset, pairs)
    units = _units(joined, seed, by)
    fixed = _fixed(joined, units) if keep else {}
    place = _spread(units, fixed, shares)
    split_of = {image: split for unit in units for image in unit.images for split in (place[unit.name],)}
    images = tuple(x.model_copy(update={"split": split_of[x.id]}) for x in joined.images)
    divided = joined.model_copy(update={"images": images})
    return Division(dataset=divided, notes=tuple(_notes(dataset, divided, units, shares)))


def clusters(names: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """For each name the least name of those that pairs link it to, itself included."""
    parent = {x: x for x in names}

    def root(x: str) -> str:
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for first, second in pairs:
        low, high = sorted((root(first), root(second)))
        parent[high] = low
    return {x: root(x) for x in parent}


def _join_groups(dataset: Dataset, pairs: Iterable[tuple[int, int]]) -> Dataset:
    """The dataset with one group, of the least name, where near-duplicates were in several."""
    group = {x.id: x.group for x in dataset.images}
    root = clusters(group.values(), ((group[a], group[b]) for a, b in pairs))
    images = tuple(x.model_copy(update={"group": root[x.group]}) for x in dataset.images)
    return dataset.model_copy(update={"images": images})


def _units(dataset: Dataset, seed: int, by: By) -> list[Unit]:
    """What is never parted, in an order of its own: by name."""
    names = {x.id: x.name for x in dataset.categories}
    counts: dict[int, Counter[str]] = {x.id: Counter() for x in dataset.images}
    for item in dataset.annotations:
        if not item.iscrowd:
            counts[item.image_id][names[item.category_id]] += 1
    members: dict[str, list[Image]] = defaultdict(list)
    key = _keys(dataset, by)
    for image in dataset.images:
        members[key[image.group]].append(image)
    return [_unit(name, members[name], counts, seed) for name in sorted(members)]


def _keys(dataset: Dataset, by: By) -> dict[str, str]:
    """The unit of each group: itself, or all the scanners that its pictures and theirs come from."""
    if by == "group":
        return {x.group: x.group for x in dataset.images}
    scanner = {f"s {x.scanner}" for x in dataset.images} | {f"g {x.group}" for x in dataset.images}
    root = clusters(scanner, ((f"s {x.scanner}", f"g {x.group}") for x in dataset.images))
    return {x.group: root[f"g {x.group}"] for x in dataset.images}


def _unit(name: str, images: Sequence[Image], counts: Mapping[int, Counter[str]], seed: int) -> Unit:
    total: Counter[str] = Counter()
    for image in images:
        total += counts[image.id] or Counter({BARE: 1})
    files = "\n".join(sorted(x.file_name for x in images))
    order = hashlib.sha256(f"{seed}\n{files}".encode("utf-8", "backslashreplace")).hexdigest()
    return Unit(name=name, images=tuple(x.id for x in images), counts=total, order=order)


def _fixed(dataset: Dataset, units: Sequence[Unit]) -> dict[str, Split]:
    """Units of which a picture is in a split already."""
    split_of = {x.id: x.split for x in dataset.images}
    fixed: dict[str, Split] = {}
    for unit in units:
        found = {split for x in unit.images if (split := split_of[x]) is not None}
        if len(found) > 1:
            where = " and ".join(x for x in SPLITS if x in found)
            problem = f"pictures that must stay together are in {where} already: split without --keep"
            raise InputError(f"group '{unit.name}'", problem)
        if found:
            fixed[unit.name] = found.pop()
    return fixed


def _spread(units: Sequence[Unit], fixed: Mapping[str, Split], shares: Mapping[Split, float]) -> dict[str, Split]:
    """The split of each unit."""
    need = _Need(units, shares)
    place: dict[str, Split] = {}
    for unit in units:
        if unit.name in fixed:
            place[unit.name] = fixed[unit.name]
            need.take(unit, fixed[unit.name])
    left = {x.name: x for x in units if x.name not in fixed}
    while left:
        remaining: Counter[str] = Counter()
        for unit in left.values():
            remaining.update(unit.counts)
        label = min(remaining, key=lambda x: (remaining[x], x))
        holders = [x for x in left.values() if x.counts.get(label)]
        for unit in sorted(holders, key=lambda x: (-x.counts[label], -len(x.images), x.order)):
            split = need.choose(label, unit.order)
            place[unit.name] = split
            need.take(unit, split)
            del left[unit.name]
    return place


class _Need:
    """What each split still lacks, of pictures and of each label."""

    def __init__(self, units: Sequence[Unit], shares: Mapping[Split, float]) -> None:
        labels: Counter[str] = Counter()
        for unit in units:
            labels.update(unit.counts)
        total = sum(len(x.images) for x in units)
        self.images = {split: share * total for split, share in shares.items() if share > 0}
        self.labels = {split: {x: shares[split] * n for x, n in labels.items()} for split in self.images}

    def choose(self, label: str, order: str) -> Split:
        """Of the splits that lack pictures the one that lacks the label most, then pictures most, then a drawn one."""
        lacking = [x for x in self.images if self.images[x] > 1e-9] or list(self.images)
        turn = int(order, 16)

        def rank(split: Split) -> tuple[float, float, int]:
            drawn = (SPLITS.index(split) + turn) % len(SPLITS)
            return round(self.labels[split][label], 6), round(self.images[split], 6), drawn

        return max(lacking, key=rank)

    def take(self, unit: Unit, split: Split) -> None:
        """Count a unit as given to a split; one that was kept may be in a split without a share."""
        if split not in self.images:
            return
        self.images[split] -= len(unit.images)
        for label, count in unit.counts.items():
            self.labels[split][label] -= count


def _notes(before: Dataset, after: Dataset, units: Sequence[Unit], shares: Mapping[Split, float]) -> Iterable[str]:
    """What was joined, and which shares were missed, with the reason."""
    groups = len({x.group for x in before.images}), len({x.group for x in after.images})
    if groups[0] != groups[1]:
        ways = "--near says how alike they must be, --trust-groups joins none"
        yield f"near-duplicates joined {groups[0]:,} groups to {groups[1]:,}, as dataset.json says now ({ways})"
    total = len(after.images)
    have = Counter(x.split for x in after.images)
    largest = max((len(x.images) for x in units), default=0)
    for split in SPLITS:
        share, got = shares.get(split, 0.0), have[split] / max(total, 1)
        if abs(got - share) > MISSED:
            why = f"what must stay together is up to {largest:,} of {total:,} pictures"
            yield f"{split} has {got:.1%} instead of {share:.1%} of the pictures: {why}"
