"""What a layout's reader hands over: pictures with boxes as the source states them, nothing judged yet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from scantally.datasets.dataset import Split
from scantally.datasets.importers.classes import Target
from scantally.datasets.importers.omissions import Omissions
from scantally.detector.types import Box

Coordinates = Literal["auto", "zero-based", "one-based"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingOptions:
    """What the caller says about how a source is to be read."""

    coordinates: Coordinates = "auto"
    """Of Pascal VOC files; see ``datasets.importers.voc``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceBox:
    """One box of the source: two corners, in px of the stated picture or as shares of its width and height."""

    name: str
    """The class, as the source names it."""
    box: Box
    where: str
    """File and place in it, for whoever looks up what was left out."""
    unit: Literal["px", "share"] = "px"
    crowd: bool = False
    sure: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceImage:
    """One picture of the source. What the source does not say is None."""

    path: Path
    source: str
    """Relative to the source's folder."""
    boxes: tuple[SourceBox, ...]
    lost: bool = False
    """Whether the reader left boxes out: without any other, the picture only looks clean."""
    split: Split | None = None
    stated: tuple[int, int] | None = None
    """Width and height that the annotation gives."""
    group: str | None = None
    scanner: str | None = None
    pitch_mm: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A whole source."""

    images: tuple[SourceImage, ...]
    omissions: Omissions
    known: Mapping[str, Target] = field(default_factory=dict)
    """What the layout itself knows of its classes; a class map goes before it."""
    description: str = ""
    licence: str = "unknown"
