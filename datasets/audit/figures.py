"""A dataset in numbers: per split, per label, per scanner, and how sizes and grey spread."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scantally.datasets.audit.context import Context, where
from scantally.datasets.audit.document import Figures, LabelFigures, NearFigures, Part, Quantiles, Where
from scantally.datasets.audit.find_boxes import is_empty
from scantally.datasets.audit.look import Seen
from scantally.datasets.dataset import SPLITS, Annotation, Image

SMALL, LARGE = 32.0**2, 96.0**2
"""Areas in px between which an object is of medium size (COCO, "Detection Evaluation")."""

WHERES: tuple[Where, ...] = (*SPLITS, "none")

Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """Boxes of one label, those without area left out; all (N,)."""

    width_px: Values
    height_px: Values
    share: Values

    @property
    def area_px(self) -> Values:
        """In px of the picture."""
        return self.width_px * self.height_px


def figures(context: Context) -> Figures:
    """Count everything."""
    images, boxes = context.dataset.images, context.boxes
    looks = [x for x in context.looks if isinstance(x, Seen)]
    scanners: dict[str, Counter[Where]] = defaultdict(Counter)
    for image in images:
        scanners[image.scanner][where(image)] += 1
    return Figures(
        images=len(images),
        boxes=sum(len(x) for x in boxes),
        groups=len({x.group for x in images}),
        splits={x: part for x in WHERES if (part := _part(x, images, boxes)).images},
        labels={x: _label(context, x) for x in sorted(context.names.values())},
        scanners={x: dict(scanners[x]) for x in sorted(scanners)},
        bit_depths={str(k): n for k, n in sorted(Counter(x.bits for x in looks).items())},
        polarities=_polarities(looks),
        width_px=quantiles([x.width for x in looks]),
        height_px=quantiles([x.height for x in looks]),
        brightness=quantiles([x.mean for x in looks]),
        near=_near(context),
    )


def sizes(context: Context, label: str) -> Sizes:
    """Sizes of a label's boxes."""
    rows = [(*item.bbox[2:], image.width * image.height) for image, item in _of(context, label) if not is_empty(item)]
    table = np.array(rows, np.float64).reshape(-1, 3)
    return Sizes(width_px=table[:, 0], height_px=table[:, 1], share=table[:, 0] * table[:, 1] / table[:, 2])


def quantiles(values: Iterable[float] | Values) -> Quantiles:
    """Least, 5 %, 50 %, 95 % and greatest of values."""
    array = np.sort(np.array(values if isinstance(values, np.ndarray) else list(values), np.float64))
    if array.size == 0:
        return Quantiles(count=0, least=None, q05=None, median=None, q95=None, greatest=None)
    least, q05, median, q95, greatest = (_rounded(x) for x in np.quantile(array, (0, 0.05, 0.5, 0.95, 1)))
    return Quantiles(count=array.size, least=least, q05=q05, median=median, q95=q95, greatest=greatest)


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _of(context: Context, label: str) -> list[tuple[Image, Annotation]]:
    """A label's boxes that count, each with its picture."""
    return [
        (image, item)
        for image, boxes in zip(context.dataset.images, context.boxes, strict=True)
        for item in boxes
        if context.names[item.category_id] == label and not item.iscrowd
    ]


def _label(context: Context, label: str) -> LabelFigures:
    found = _of(context, label)
    size = sizes(context, label)
    by_split = Counter(where(image) for image, _ in found)
    crowd = sum(context.names[x.category_id] == label and bool(x.iscrowd) for x in context.dataset.annotations)
    return LabelFigures(
        boxes=len(found),
        images=len({image.id for image, _ in found}),
        by_split={x: by_split[x] for x in WHERES if by_split[x]},
        crowd=crowd,
        small=int((size.area_px < SMALL).sum()),
        medium=int(((size.area_px >= SMALL) & (size.area_px < LARGE)).sum()),
        large=int((size.area_px >= LARGE).sum()),
        side_px=quantiles(np.sqrt(size.area_px)),
        share=quantiles(size.share),
        aspect=quantiles(size.width_px / size.height_px),
    )


def _part(name: Where, images: Sequence[Image], boxes: Sequence[tuple[Annotation, ...]]) -> Part:
    chosen = [(x, y) for x, y in zip(images, boxes, strict=True) if where(x) == name]
    return Part(
        images=len(chosen),
        groups=len({x.group for x, _ in chosen}),
        boxes=sum(len(y) for _, y in chosen),
        without_boxes=sum(not y for _, y in chosen),
    )


def _near(context: Context) -> NearFigures:
    groups = Counter(x.group for x in context.dataset.images)
    agree = sum(context.image(x.first).group == context.image(x.second).group for x in context.found.pairs)
    pairs_of_groups = sum(n * (n - 1) // 2 for n in groups.values())
    return NearFigures(pairs=len(context.found.pairs), in_one_group=agree, pairs_of_groups=pairs_of_groups)


def _polarities(looks: Sequence[Seen]) -> dict[Literal["dark", "bright", "unclear"], int]:
    counts = Counter(x.polarity for x in looks)
    return {"dark": counts["dark"], "bright": counts["bright"], "unclear": counts[None]}
