"""What a site believes before it looks, and what its errors cost: from these and the evidence follows the disposition."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from scantally.detector.types import Document

Chance = Annotated[float, Field(ge=1e-6, le=1 - 1e-6)]
Cost = Annotated[float, Field(ge=0, le=1e9)]
Way = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class DecisionSettings(Document):
    """Prior and costs. Only the ratios of the costs matter."""

    prior: Chance = 0.02
    """Share of the containers whose papers are not true, before anything is looked at. A site that knows its own sets it."""

    ways: Mapping[Way, Annotated[float, Field(ge=0.001, le=1000)]] = Field(default_factory=dict)
    """How likely each way of being untrue is against the others, by the names in ``evidence.yaml``; 1 where none is given."""

    cost_miss: Cost = 100.0
    """Releasing a container whose papers are not true."""

    cost_review: Cost = 1.0
    """A second look at the pictures and papers."""

    cost_inspect: Cost = 6.0
    """Opening a container."""

    review_misses: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Share of untrue papers that a second look does not find either: assumed, until decisions of officers tell."""

    @model_validator(mode="after")
    def _inspection_costs_more(self) -> Self:
        if self.cost_inspect < self.cost_review:
            raise ValueError("cost_inspect: expected at least cost_review")
        return self
