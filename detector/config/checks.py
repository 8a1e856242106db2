"""What each check needs to see before it speaks, and which silence forbids a release."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from scantally.detector.config.goods import HsPrefix, Label
from scantally.detector.config.penetration import Share
from scantally.detector.types import Document

CheckName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class CheckSettings(Document):
    """Thresholds of the checks. What each default rests on is in docs/checks.md."""

    sure: Share = 0.5
    """A detection at or above this probability is taken as seen: more likely there than not."""

    unsure: Share = 0.25
    """Between this and ``sure`` a detection is possible: UNKNOWN. Below it, it is not mentioned."""

    filled_empty: Share = 0.08
    """An inside filled up to here looks empty: the fullest of 124 empty AJNA containers reached 0.071."""

    filled_loaded: Share = 0.10
    """An inside filled from here on looks loaded: of 91 loaded AJNA containers, 88 had 0.130 or more."""

    dense_empty: Share = 0.04
    """An opaque share up to here is the container itself (posts, floor, chassis): empty ones reached 0.028."""

    dense_loaded: Share = 0.05
    """An opaque share from here on is load: the three low loads that fill less than ``filled_loaded`` had 0.074 or more."""

    dense_clear: Share = 0.03
    """With a larger opaque share than this, something may hide, and nothing is cleared. Empty ones reached 0.028."""

    dense_high: Share = 0.5
    """With this much opaque, the finding of ``inspectability`` weighs high: most of the load was not seen."""

    large_load: Share = 0.4
    """Load boxes that cover this share of the container must show in the map too, or the model is contradicted. All 78 loaded
    AJNA containers with that much labelled load did; lower loads lie where the map does not look."""

    high_labels: tuple[Label, ...] = ("firearm", "ammunition", "vehicle")
    """Objects that send a container to inspection when no line explains them; the others ask for a review."""

    mass_tolerance: Share = 0.02
    """Line masses may differ from the declared whole by this part of it: rounding and packing material."""

    heaviest_tare_kg: Annotated[float, Field(gt=0)] = 6000.0
    """An empty container whose tare is not declared counts as too heavy above this: a generous bound, not a standard's."""

    prohibited_labels: tuple[Label, ...] = ("firearm", "ammunition")
    """Objects that are reported whether declared or not."""

    prohibited_hs: tuple[HsPrefix, ...] = ("93", "3601", "3602", "3603", "3604")
    """Goods that need a licence or are forbidden: arms and ammunition (chapter 93 of the Harmonized System), propellant
    powders (3601), explosives (3602), fuses and detonators (3603), fireworks (3604). The law differs: a site sets its own."""

    release_requires: tuple[CheckName, ...] = ("empty", "undeclared", "prohibited", "inspectability")
    """An UNKNOWN of one of these forbids a release: each of them answers whether something is in the container that should
    not be. ``container_number``, ``count``, ``manifest_consistency`` and ``calibration`` are about the papers or the
    scanner and leave many honest containers UNKNOWN; their SUSPECT still leads to a review."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        pairs = (("unsure", "sure"), ("filled_empty", "filled_loaded"), ("dense_empty", "dense_loaded"))
        for low, high in (*pairs, ("dense_clear", "dense_high")):
            if getattr(self, low) > getattr(self, high):
                raise ValueError(f"{low} must not be above {high}")
        return self
