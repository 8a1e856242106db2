"""``inspectability.json`` of a model package: what tells from a place's surroundings whether a block would be found there.

A small network (one hidden layer) for each kind of block, fitted on blocks put into scans (``training.inspectability``).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import Field, ValidationError, model_validator

from scantally.detector.config.files import first_problem, read_bytes
from scantally.detector.errors import PackageError
from scantally.detector.types import Document, FloatArray

INSPECTABILITY = "inspectability.json"

INPUTS = (
    *("edge", "step", "clutter", "clutter_along", "clutter_near", "contrast_here"),
    *("attenuation", "fine", "coarse", "noise", "height", "rim", "strange"),
)
"""What the network is given of a place for one block, in this order (``inspectability.described``)."""

THREATS = ("steel", "brick")

_MOST_HIDDEN = 256
Finite = Annotated[float, Field(allow_inf_nan=False, ge=-1e6, le=1e6)]
Row = tuple[Finite, ...]


class Limit(Document):
    """One kind of block: what it is, the edges that were tried, and the network; I inputs, M hidden values."""

    density_g_cm3: Annotated[float, Field(gt=0, le=25)]
    smallest_mm: Annotated[float, Field(gt=0, le=3000)]
    largest_mm: Annotated[float, Field(gt=0, le=3000)]
    """No block beyond these was tried: of others nothing is said."""
    trials: Annotated[int, Field(gt=0)]
    found: Annotated[int, Field(ge=0)]
    mean_I: Row
    deviation_I: tuple[Annotated[float, Field(ge=1e-6, le=1e6)], ...]
    first_IM: tuple[Row, ...]
    first_M: Row
    last_M: Row
    last: Finite

    @model_validator(mode="after")
    def _consistent(self) -> "Limit":
        hidden = len(self.first_M)
        if not 0 < hidden <= _MOST_HIDDEN:
            raise ValueError(f"expected 1 to {_MOST_HIDDEN} hidden values, got {hidden}")
        sizes = {len(self.mean_I), len(self.deviation_I), len(self.first_IM)}
        if sizes != {len(INPUTS)}:
            raise ValueError(f"expected {len(INPUTS)} inputs, got {max(sizes - {len(INPUTS)})}")
        if any(len(row) != hidden for row in self.first_IM) or len(self.last_M) != hidden:
            raise ValueError(f"expected {hidden} hidden values throughout")
        if self.smallest_mm >= self.largest_mm:
            raise ValueError("expected a largest edge above the smallest")
        return self

    def log_odds(self, inputs_NI: FloatArray) -> FloatArray:
        """Of being found, (N,)."""
        normal_NI = (inputs_NI - _array(self.mean_I)) / _array(self.deviation_I)
        hidden_NM = np.tanh(normal_NI @ _array(self.first_IM) + _array(self.first_M))
        return np.asarray(hidden_NM @ _array(self.last_M) + np.float32(self.last), np.float32)


def _array(values: tuple[float, ...] | tuple[Row, ...]) -> FloatArray:
    return np.asarray(values, np.float32)


class Limits(Document):
    """The whole file."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    fitted_on: str
    """In words: the scans that blocks were put into, and how many of them are real."""
    anomaly_rate: Annotated[float, Field(ge=0, le=1)]
    unsure: Annotated[float, Field(ge=0, le=1)]
    """The thresholds of ``checks`` at which a block counted as found."""
    threats: Mapping[str, Limit]

    @model_validator(mode="after")
    def _complete(self) -> "Limits":
        if set(self.threats) != set(THREATS):
            raise ValueError(f"expected the threats {' and '.join(THREATS)}")
        return self


def read_limits(folder: Path) -> Limits | None:
    """The file of a package; None where it has none.

    Raises:
        PackageError: the file is not of this form.
    """
    path = folder / INSPECTABILITY
    if not path.is_file():
        return None
    raw = read_bytes(path, PackageError)
    try:
        return Limits.model_validate_json(raw)
    except ValidationError as e:
        raise PackageError(str(path), first_problem(e)) from e
