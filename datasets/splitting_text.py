"""A division in a few lines: pictures, groups and boxes of each split, and every label's spread."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from scantally.datasets.dataset import SPLITS, Dataset, Split
from scantally.detector.report.text import shorten, visible


def division_text(dataset: Dataset, shares: Mapping[Split, float], notes: Sequence[str]) -> str:
    """A table of splits, one of labels with their shares, and the notes."""
    lines = [*_splits(dataset, shares), *_labels(dataset), *(f"note: {visible(x)}" for x in notes)]
    return "\n".join(lines)


def _splits(dataset: Dataset, shares: Mapping[Split, float]) -> Iterator[str]:
    split_of = {x.id: x.split for x in dataset.images}
    pictures, boxes = Counter(split_of.values()), Counter(split_of[x.image_id] for x in dataset.annotations)
    yield f"{'split':8}{'pictures':>9}{'share':>8}{'wanted':>8}{'groups':>8}{'boxes':>8}"
    for split in SPLITS:
        if pictures[split] or shares.get(split):
            groups = len({x.group for x in dataset.images if x.split == split})
            share, wanted = pictures[split] / len(dataset.images), shares.get(split, 0.0)
            yield f"{split:8}{pictures[split]:9,}{share:8.1%}{wanted:8.1%}{groups:8,}{boxes[split]:8,}"


def _labels(dataset: Dataset) -> Iterator[str]:
    split_of = {x.id: x.split for x in dataset.images}
    counts: dict[int, Counter[Split | None]] = {x.id: Counter() for x in dataset.categories}
    for item in dataset.annotations:
        if not item.iscrowd:
            counts[item.category_id][split_of[item.image_id]] += 1
    if not counts:
        return
    width = min(32, max(len(x.name) for x in dataset.categories)) + 2
    yield f"{'label':{width}}" + "".join(f"{split:>16}" for split in SPLITS)
    for label in sorted(dataset.categories, key=lambda x: x.name):
        row = counts[label.id]
        total = max(1, sum(row.values()))
        cells = (f"{row[x]:,} ({row[x] / total:.1%})" for x in SPLITS)
        yield f"{shorten(visible(label.name), width - 2):{width}}" + "".join(f"{x:>16}" for x in cells)
