"""``anomaly.npz`` of a model package: the head that finds anomalies, and how often it errs on clean scans."""

import io
import json
import tokenize
import zipfile
import zlib
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError, model_validator

from scantally.detector.config.files import first_problem
from scantally.detector.errors import PackageError
from scantally.detector.models.anomaly_head import DISTANCES, Head, inputs_of
from scantally.detector.types import Document

ANOMALY = "anomaly.npz"

_FACTS = "facts"
_ARRAYS = (
    "mean_C",
    "deviation_C",
    "axes_CK",
    "first_IM",
    "first_M",
    "middle_L33MM",
    "middle_LM",
    "last_M",
    "last",
    "straight_D",
)
_MOST_BYTES = 64 * 1024**2
_DAMAGED = (
    *(ValueError, KeyError, OSError, EOFError, RuntimeError, MemoryError, SyntaxError),
    *(zipfile.BadZipFile, zlib.error, tokenize.TokenError),  # numpy parses the head of an array as Python
)
_LEAST_DEVIATION = 1e-6


class Facts(Document):
    """What a head was fitted on, and how many regions it finds in clean scans."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    fitted_on: str
    """In words: how many scans of which sets, and what was projected into them."""
    counted_on: str
    """In words: the clean scans that the rates were counted on, and whether they are real or simulated."""
    clean_scans: Annotated[int, Field(gt=0)]
    levels: tuple[Annotated[float, Field(allow_inf_nan=False)], ...] = Field(min_length=2)
    """Log odds, rising."""
    rates: tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...] = Field(min_length=2)
    """For each level, regions of a clean scan that reach it, on average; falling."""

    @model_validator(mode="after")
    def _consistent(self) -> "Facts":
        if len(self.levels) != len(self.rates):
            raise ValueError(f"expected as many rates as levels, got {len(self.rates)} and {len(self.levels)}")
        if any(b <= a for a, b in zip(self.levels, self.levels[1:], strict=False)):
            raise ValueError("expected levels that rise")
        if any(b > a for a, b in zip(self.rates, self.rates[1:], strict=False)):
            raise ValueError("expected rates that do not rise")
        return self

    def rate(self, level: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
        """Regions per clean scan from a level on, any shape; between two levels the logarithm is taken as straight."""
        levels, rates = np.asarray(self.levels), np.asarray(self.rates)
        read = np.exp(np.interp(level, levels, np.log(rates)))
        # exp(log(r)) may lie one step below r, and a rate below all that were counted has no level.
        return np.asarray(np.clip(read, rates[-1], rates[0]), np.float64)

    def level(self, rate: float) -> float:
        """The lowest known level at which a clean scan shows at most so many regions; infinite where none is known."""
        levels, rates = np.asarray(self.levels), np.asarray(self.rates)
        if rate < rates[-1]:
            return float("inf")
        # Where several levels are as rare, interpolation gives the last of them.
        return float(min(np.interp(-np.log(rate), -np.log(rates), levels), levels[rates <= rate][0]))


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AnomalyModel:
    """The whole file."""

    head: Head
    facts: Facts


def write_anomaly(model: AnomalyModel) -> bytes:
    """The file's bytes."""
    arrays = {name: np.asarray(getattr(model.head, name), np.float32) for name in _ARRAYS}
    facts = np.frombuffer(model.facts.model_dump_json(by_alias=True).encode(), np.uint8)
    out = io.BytesIO()
    np.savez(out, facts=facts, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def read_anomaly(raw: bytes, source: str) -> AnomalyModel:
    """Read the file of a package.

    Raises:
        PackageError: it is damaged, its arrays do not fit together, or its facts are not of this form.
    """
    try:
        arrays = _unpacked(raw)
        facts = Facts.model_validate(json.loads(arrays.pop(_FACTS).tobytes()))
    except ValidationError as e:
        raise PackageError(source, first_problem(e)) from e
    except _DAMAGED as e:
        raise PackageError(source, f"expected the arrays of a head that finds anomalies: {e}") from e
    problem = _problem(arrays)
    if problem is not None:
        raise PackageError(source, problem)
    last = float(arrays.pop("last"))
    return AnomalyModel(head=Head(last=last, **arrays), facts=facts)


def _unpacked(raw: bytes) -> dict[str, NDArray[Any]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        if sum(member.file_size for member in packed.infolist()) > _MOST_BYTES:
            raise ValueError(f"more than {_MOST_BYTES} bytes unpacked")
    with np.load(io.BytesIO(raw), allow_pickle=False) as packed:
        return {name: np.asarray(packed[name]) for name in (_FACTS, *_ARRAYS)}


def _problem(arrays: dict[str, NDArray[Any]]) -> str | None:
    """What does not fit together, or None."""
    for name in _ARRAYS:
        if arrays[name].dtype != np.float32 or not np.isfinite(arrays[name]).all():
            return f"expected finite float32 numbers in '{name}'"
    if arrays["axes_CK"].ndim != 2 or arrays["middle_LM"].ndim != 2:
        return "expected matrices in 'axes_CK' and 'middle_LM'"
    channels, axes = arrays["axes_CK"].shape
    layers, hidden = arrays["middle_LM"].shape
    expected: dict[str, tuple[int, ...]] = {
        "mean_C": (channels,),
        "deviation_C": (channels,),
        "first_IM": (inputs_of(channels, axes), hidden),
        "first_M": (hidden,),
        "middle_L33MM": (layers, 3, 3, hidden, hidden),
        "last_M": (hidden,),
        "last": (),
        "straight_D": (DISTANCES,),
    }
    for name, shape in expected.items():
        if arrays[name].shape != shape:
            return f"expected '{name}' of shape {shape}, got {arrays[name].shape}"
    if (arrays["deviation_C"] < _LEAST_DEVIATION).any():
        return f"expected deviations of at least {_LEAST_DEVIATION} in 'deviation_C'"
    return None
