"""What every part of an audit looks at, and how it tells what it found."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from scantally.datasets.audit.document import MOST_EXAMPLES, Example, Finding, Where
from scantally.datasets.audit.kinds import KINDS
from scantally.datasets.audit.look import Look, Seen
from scantally.datasets.audit.pairs import Found
from scantally.datasets.dataset import Annotation, Dataset, Image


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """A dataset with a look at each picture, in the dataset's order."""

    folder: Path
    dataset: Dataset
    looks: tuple[Look, ...]
    found: Found
    boxes: tuple[tuple[Annotation, ...], ...]  # for each picture
    names: dict[int, str]  # labels by category id

    def seen(self, index: int) -> Seen | None:
        """The look at a picture that decodes, else None."""
        look = self.looks[index]
        return look if isinstance(look, Seen) else None

    def image(self, index: int) -> Image:
        """A picture's row."""
        return self.dataset.images[index]


def make_context(folder: Path, dataset: Dataset, looks: Sequence[Look], found: Found) -> Context:
    """Bring boxes to their pictures."""
    by_image: dict[int, list[Annotation]] = {image.id: [] for image in dataset.images}
    for item in dataset.annotations:
        by_image[item.image_id].append(item)
    return Context(
        folder=folder,
        dataset=dataset,
        looks=tuple(looks),
        found=found,
        boxes=tuple(tuple(by_image[image.id]) for image in dataset.images),
        names={x.id: x.name for x in dataset.categories},
    )


def finding(kind: str, reason: str, examples: Iterable[Example], count: int) -> Finding:
    """A finding of a kind; of its cases the first thousand are kept."""
    row = KINDS[kind]
    return Finding(
        kind=kind,
        severity=row.severity,
        leak=row.leak,
        count=count,
        reason=reason,
        advice=row.advice,
        examples=tuple(islice(examples, MOST_EXAMPLES)),
    )


def where(image: Image) -> Where:
    """A picture's split, ``none`` where it is in none."""
    return image.split or "none"


def some(count: int, one: str, many: str | None = None) -> str:
    """``1 picture``, ``2,400 pictures``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
