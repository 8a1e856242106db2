"""What an import came to, for whoever ran it."""

from collections import Counter
from collections.abc import Sized
from pathlib import Path

from scantally.datasets.dataset import FILE, SPLITS, Dataset
from scantally.datasets.importers.omissions import REASONS

NAMED = 3
"""So many of each reason are printed; dataset.json names more."""


def import_text(dataset: Dataset, out: Path) -> str:
    """A summary in lines: counts, classes, and everything that was left out or changed."""
    info = dataset.info
    groups, scanners = {x.group for x in dataset.images}, {x.scanner for x in dataset.images}
    counts = f"{_count(dataset.images, 'picture')} in {_count(groups, 'group')}, {_count(dataset.annotations, 'box')}"
    lines = [f"{info.imported_as}: {counts}, {_count(scanners, 'scanner')}", f"splits: {_splits(dataset)}"]
    lines += ["classes:", *_classes(dataset)]
    for effect in ("left out", "changed"):
        chosen = [x for x in info.omitted if REASONS[x.reason].effect == effect]
        lines += [f"{effect}:"] if chosen else [f"{effect}: nothing"]
        for item in chosen:
            lines.append(f"  {item.reason} {item.count}: {REASONS[item.reason].what}")
            lines += [f"    {name}" for name in item.first[:NAMED]]
            lines += [f"    … {item.count - NAMED} more"] if item.count > NAMED else []
    return "\n".join([*lines, f"written: {out / FILE}"])


def _splits(dataset: Dataset) -> str:
    often = Counter(image.split for image in dataset.images)
    stated = [f"{split} {often[split]}" for split in SPLITS if often[split]]
    return ", ".join([*stated, *([f"none {often[None]}"] if often[None] else [])])


def _classes(dataset: Dataset) -> list[str]:
    """A line per label with the source's classes that it stands for, then the classes that the map leaves out."""
    label_of = {x.id: x.name for x in dataset.categories}
    often = Counter(label_of[x.category_id] for x in dataset.annotations)
    lines = []
    for category in dataset.categories:
        names = [name for name, label in dataset.info.classes.items() if label == category.name]
        was = "" if names == [category.name] else f", from {', '.join(map(repr, names))}"
        lines.append(f"  {category.name} ({category.supercategory}): {_count(range(often[category.name]), 'box')}{was}")
    unused = [name for name, label in dataset.info.classes.items() if label is not None and label not in often]
    lines += [f"  {name!r}: none of its boxes is left" for name in unused]
    return [
        *lines,
        *(f"  {name!r}: left out by the class map" for name, x in dataset.info.classes.items() if x is None),
        *(f"  {name!r}: stands in the class map, but no box is of that class" for name in dataset.info.unseen),
    ]


def _count(things: Sized, noun: str) -> str:
    number = len(things)
    plural = noun + ("es" if noun.endswith("x") else "s")
    return f"{number:,} {noun if number == 1 else plural}"
