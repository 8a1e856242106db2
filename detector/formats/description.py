"""What a Scantally TIFF says about itself: one JSON object in the first page's ImageDescription."""

import json
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, ValidationError

from scantally.detector.config.files import first_problem
from scantally.detector.errors import ScanError
from scantally.detector.types import Document

Positive: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]

ContainerNumber: TypeAlias = Annotated[str, Field(min_length=1, max_length=40)]


class ScanDescription(Document):
    """Every key is optional but ``scantally``, the version of this object: what is absent is unknown.

    ``open_beam`` is the stored grey of the open beam: transmission = grey / open_beam (polarity dark).
    """

    scantally: Literal[1] = 1
    pitch_mm: Positive | tuple[Positive, Positive] | None = None  # a pair is (horizontal, vertical)
    energies_mv: tuple[Positive, ...] | None = Field(default=None, min_length=1, max_length=2)  # low energy first
    calibrated: bool = False
    polarity: Literal["dark", "bright"] | None = None
    open_beam: Positive | None = None
    device: str | None = Field(default=None, max_length=200)
    container_numbers: tuple[ContainerNumber, ...] = Field(default=(), max_length=8)  # from left to right
    time: str | None = Field(default=None, max_length=40)

    def to_text(self) -> str:
        """ASCII JSON with keys in a fixed order, without what is unknown."""
        known = {key: value for key, value in self.model_dump(mode="json", exclude_none=True).items() if value != []}
        return json.dumps(known, ensure_ascii=True, sort_keys=True)


def parse_description(text: str, source: str) -> ScanDescription | None:
    """The description in an ImageDescription, or None where the text is somebody else's.

    Raises:
        ScanError: when the text claims to be ours (a JSON object with the key ``scantally``) and is not valid.
    """
    if not text.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or "scantally" not in value:
        return None
    try:
        return ScanDescription.model_validate(value)
    except ValidationError as e:
        raise ScanError(source, f"ImageDescription: {first_problem(e)}") from e
