"""What an audit says, as a document: ``audit.json``."""

from typing import Annotated, Literal

from pydantic import Field

from scantally.datasets.dataset import Split
from scantally.detector.types import Document, Severity

MOST_EXAMPLES = 1000
"""Examples of one finding that the document lists; ``count`` tells all."""

Where = Split | Literal["none"]


class Example(Document):
    """One case of a finding."""

    files: tuple[str, ...]
    """Pictures, relative to the dataset's folder."""
    detail: str = ""
    box: tuple[float, float, float, float] | None = None
    """``[x0, y0, x1, y1]`` in px of the first picture."""


class Finding(Document):
    """One kind of fault, with every case of it, or the first thousand."""

    kind: str
    """A row of ``datasets.audit.kinds.KINDS``."""
    severity: Severity
    leak: bool
    count: int
    reason: str
    """One sentence with the numbers."""
    advice: str
    examples: tuple[Example, ...]


class Quantiles(Document):
    """How values spread; of no value at all each is None."""

    count: int
    least: float | None
    q05: float | None
    median: float | None
    q95: float | None
    greatest: float | None


class Part(Document):
    """One split in numbers."""

    images: int
    groups: int
    boxes: int
    without_boxes: int


class LabelFigures(Document):
    """One label in numbers. Sizes are those of COCO: small below 32 x 32 px, large from 96 x 96 px."""

    boxes: int
    images: int
    by_split: dict[Where, int]
    crowd: int
    """Boxes that are neither learnt nor counted (``iscrowd``), not among ``boxes``."""
    small: int
    medium: int
    large: int
    side_px: Quantiles
    """Root of the box's area."""
    share: Quantiles
    """Box's area as a share of the picture's."""
    aspect: Quantiles
    """Width to height."""


class NearFigures(Document):
    """How near-duplicates and the dataset's groups agree, in pairs of pictures."""

    pairs: int
    """Near-duplicates, equal pictures included."""
    in_one_group: int
    """Of these, pairs whose pictures are in one group."""
    pairs_of_groups: int
    """All pairs of pictures that are in one group."""


class Figures(Document):
    """The dataset in numbers."""

    images: int
    boxes: int
    groups: int
    splits: dict[Where, Part]
    labels: dict[str, LabelFigures]
    scanners: dict[str, dict[Where, int]]
    bit_depths: dict[str, int]
    polarities: dict[Literal["dark", "bright", "unclear"], int]
    width_px: Quantiles
    height_px: Quantiles
    brightness: Quantiles
    """Mean grey of each picture as it is shown, as a share of the full scale."""
    near: NearFigures


class Audit(Document):
    """The whole answer."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    source: str
    name: str
    verdict: Literal["leaks", "findings", "clean"]
    """``findings``: no leak, but something of medium or high weight."""
    dataset_sha256: str
    """Of ``dataset.json``."""
    near: float
    """Least similarity of what was called a near-duplicate."""
    by_scanner: bool
    version: str
    figures: Figures
    findings: tuple[Finding, ...]
