"""What is really in a simulated scan: the document beside it."""

from typing import Annotated

from pydantic import Field

from scantally.detector.types import Box, Document

INSPECTABLE_CNR = 3.0
INSPECTABLE_SHARE = 0.3
"""An object is inspectable when this share of it changes the picture by three times the noise: the rule is fixed here, so
that no score can hide behind what the product claims that it could not see."""

DARK_TRANSMISSION = 1e-3
DARK_MASS_SHARE = 0.25
"""A container is inspectable when at most this share of its load's mass stands where the file stores so little of the beam or less (of 8
bits: no more than the darkest two grey values), and the picture does not cut it off."""

Share = Annotated[float, Field(ge=0, le=1)]


class TruthContainer(Document):
    """A container as it stands in the scan."""

    number: str
    size_type: str
    box: Box
    empty: bool
    inspectable: bool = True  # older truths do not say it


class TruthPart(Document):
    """A piece of a load that can be counted."""

    label: str
    box: Box


class TruthLoad(Document):
    """A block of load; ``container`` counts from 0, and ``parts`` are its countable pieces (one box per piece and depth)."""

    container: int
    label: str
    box: Box
    mass_kg: float
    count: int | None
    areal_g_cm2: float  # mean over the block's seen pixels
    materials: tuple[str, ...]
    parts: tuple[TruthPart, ...] = ()
    hs_code: str | None = None  # of honest papers; None for a load that no papers name
    hidden: bool = False  # behind a cover load


class TruthObject(Document):
    """An object of interest. ``cnr`` is the mean contrast over the object in -ln T per standard deviation of one pixel."""

    container: int
    label: str
    box: Box
    mass_kg: float
    materials: tuple[str, ...]
    place: str  # a word of hiding_places.PLACES
    variety: str = ""  # what kind of its class: a revolver, a case of cigarettes
    instance: str = ""  # which instance (objects.make_object): none is in two parts of a benchmark
    pose: tuple[float, float, float] | None = None  # yaw about the beam, pitch, roll in degrees, where it is one body's
    cnr: float
    visible: Share
    inspectable: bool
    declared: bool = False  # named by a line of the manifest


class Truth(Document):
    """Everything in one scan. Boxes are in pixels of the scan."""

    schema_version: int = 1
    seed: int
    index: int
    look: str
    width: int
    height: int
    pitch_mm: float
    x_pitch_mm: float
    energies_mv: tuple[float, ...]
    containers: tuple[TruthContainer, ...]
    loads: tuple[TruthLoad, ...]
    objects: tuple[TruthObject, ...]
    deviation: str | None = None  # the one way in which the manifest is wrong
    deviation_container: int | None = None
    deviation_line: int | None = None  # number of the manifest's line that is wrong
    deviation_true: str | None = None  # what is so, in words or figures
    deviation_declared: str | None = None  # what the manifest says instead
    part: str | None = None  # of the benchmark
    scanner: str | None = None  # of the benchmark

    def numbers_from_left(self) -> tuple[str, ...]:
        """The containers' numbers as they stand in the picture."""
        return tuple(c.number for c in sorted(self.containers, key=lambda c: c.box[0]))
