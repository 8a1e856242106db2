"""Scanner profiles: what a site knows about its scanner and a picture file does not say."""

from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from scantally.detector.config.files import parse_yaml, read_bytes, shipped
from scantally.detector.errors import ConfigError
from scantally.detector.types import Document

Polarity: TypeAlias = Literal["dark", "bright"]
"""How dense cargo looks in the picture as a viewer shows it."""

Positive: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Fraction: TypeAlias = Annotated[float, Field(ge=0, le=1)]


class LinearCurve(Document):
    """Grey is proportional to the detector's dose: transmission = x, where x = grey / grey of the open beam."""

    kind: Literal["linear"] = "linear"


class GammaCurve(Document):
    """Grey was brightened for the eye: transmission = x ** exponent."""

    kind: Literal["gamma"]
    exponent: Positive


class LogCurve(Document):
    """Grey falls evenly with attenuation: transmission = 10 ** (-decades * (1 - x))."""

    kind: Literal["log"]
    decades: Annotated[float, Field(gt=0, le=6)]


class TableCurve(Document):
    """Measured pairs (x, transmission), rising, from x = 0 to (1, 1); straight lines between them."""

    kind: Literal["table"]
    points: Annotated[tuple[tuple[Fraction, Fraction], ...], Field(min_length=2, max_length=4096)]

    @model_validator(mode="after")
    def _rises(self) -> Self:
        if self.points[0][0] != 0 or self.points[-1] != (1, 1):
            raise ValueError("points must begin at x = 0 and end at (1, 1)")
        if any(b[0] <= a[0] or b[1] < a[1] for a, b in pairwise(self.points)):
            raise ValueError("points must rise: each x above the one before, no transmission below")
        return self


GreyCurve: TypeAlias = Annotated[LinearCurve | GammaCurve | LogCurve | TableCurve, Field(discriminator="kind")]


class Geometry(Document):
    """Where source, load and detector stand, in mm; what is not known is None."""

    source_to_detector_mm: Positive | None = None
    source_to_load_mm: Positive | None = None
    source_height_mm: Annotated[float, Field(allow_inf_nan=False)] | None = None
    direction: Literal["side", "top"] | None = None


class ScannerProfile(Document):
    """One scanner. None means unknown, and unknown stays unknown: whatever needs it answers UNKNOWN."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    description: str = ""
    energies_mv: Annotated[tuple[Positive, ...], Field(min_length=1, max_length=2)] | None = None
    pitch_mm: Positive | None = None
    polarity: Polarity | None = None
    curve: GreyCurve = LinearCurve()
    bit_depth: Annotated[int, Field(ge=8, le=32)] | None = None  # bits that carry grey, not bits in the file
    open_beam: Positive | None = None  # stored grey of the open beam, where it is fixed
    padding: Annotated[float, Field(allow_inf_nan=False)] | None = None  # stored grey outside the scan; None: black
    calibrated: bool = False  # the curve turns grey into something proportional to dose
    geometry: Geometry = Geometry()

    @model_validator(mode="after")
    def _energies_rise(self) -> Self:
        if self.energies_mv and any(b <= a for a, b in pairwise(self.energies_mv)):
            raise ValueError("energies_mv must rise: low energy first")
        return self


SHIPPED = ("generic", "ajna")
"""Profiles that come with Scantally, in configs/scanners/."""


def load_profile(name_or_path: str) -> ScannerProfile:
    """A shipped profile by name, or a site's own by the path of a YAML file.

    Raises:
        ConfigError: no such profile, or one with an unknown key or a value that makes no sense.
    """
    if name_or_path in SHIPPED:
        return parse_yaml(shipped(f"scanners/{name_or_path}.yaml"), f"{name_or_path}.yaml", ScannerProfile)
    path = Path(name_or_path)
    if path.suffix.lower() not in (".yaml", ".yml"):
        known = ", ".join(SHIPPED)
        raise ConfigError(name_or_path, f"no such scanner profile: expected one of {known}, or a .yaml file")
    return parse_yaml(read_bytes(path), str(path), ScannerProfile)
