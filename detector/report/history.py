"""Earlier reports as history: the embeddings that they hold, for telling a load that was seen before."""

import base64
import binascii
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from scantally.detector.config.files import first_problem, read_bytes, refuse_keys_twice, sha256
from scantally.detector.errors import ConfigError
from scantally.detector.types import Earlier, FloatArray, History

OPTION = "--history"

MAX_REPORT_BYTES = 64 * 1024**2
"""More than any report holds: papers of 16 MiB are written into it once."""

LEVELS = 127
"""Embeddings are written as one signed byte a value, in units of the largest one / 127."""


class _Tolerant(BaseModel):
    """A part of a report: keys that are not needed here may come and go between versions."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Scan(_Tolerant):
    sha256: str
    time: str | None = None


class _MadeWith(_Tolerant):
    model_sha256: str


class _Embedding(_Tolerant):
    container: str | None
    values: str


class _Report(_Tolerant):
    version: Literal[1] = Field(alias="schema")
    scan: _Scan
    containers: tuple[_Tolerant, ...]
    embeddings: tuple[_Embedding | None, ...] = ()
    made_with: _MadeWith


def read_history(folder: Path, model_sha256: str) -> History:
    """Read every report (``*.json``) directly in a folder.

    Args:
        folder: where ``inspect --out`` wrote reports.
        model_sha256: of the package in use; embeddings of different models mean different things.

    Raises:
        ConfigError: the folder cannot be read, or a file in it is no report.
    """
    records: list[Earlier] = []
    digests: list[str] = []
    others = 0
    for path in _reports(folder):
        raw = read_bytes(path, ConfigError, MAX_REPORT_BYTES)
        report = _parse(raw, path)
        digests.append(sha256(raw))
        mine = _earlier(report, path) if report.made_with.model_sha256 == model_sha256 else []
        records += mine
        others += len(report.containers) - len(mine)
    return History(records=tuple(records), others=others, sha256s=tuple(digests))


def pack(embedding_D: FloatArray) -> str:
    """An embedding as base64 of signed bytes; only its direction is kept."""
    largest = float(np.abs(embedding_D).max(initial=0.0)) or 1.0
    return base64.b64encode(np.round(embedding_D / largest * LEVELS).astype(np.int8).tobytes()).decode("ascii")


def unpack(text: str) -> FloatArray:
    """The embedding that ``pack`` wrote, of length 1.

    Raises:
        ValueError: not base64, or no direction.
    """
    try:
        values_D = np.frombuffer(base64.b64decode(text, validate=True), np.int8).astype(np.float32)
    except binascii.Error as e:
        raise ValueError(f"expected base64: {e}") from e
    length = float(np.linalg.norm(values_D))
    if length == 0:
        raise ValueError("expected an embedding other than zero")
    embedding_D: FloatArray = values_D / np.float32(length)
    return embedding_D


def _reports(folder: Path) -> list[Path]:
    try:
        found = sorted(p for p in folder.iterdir() if p.suffix == ".json" and p.name[0] != "." and p.is_file())
    except OSError as e:
        raise ConfigError(OPTION, f"expected a folder of reports, '{folder}' cannot be read: {e.strerror or e}") from e
    return found


def _parse(raw: bytes, path: Path) -> _Report:
    refuse_keys_twice(raw, str(path), ConfigError)
    try:
        report = _Report.model_validate_json(raw)
    except ValidationError as e:
        raise ConfigError(str(path), f"expected a report of an earlier scan: {first_problem(e)}") from e
    if len(report.embeddings) not in (0, len(report.containers)):
        expected = f"expected one for each of {len(report.containers)} containers"
        raise ConfigError(str(path), f"embeddings: {expected}, got {len(report.embeddings)}")
    return report


def _earlier(report: _Report, path: Path) -> list[Earlier]:
    try:
        return [
            Earlier(
                number=x.container,
                time=report.scan.time,
                scan_sha256=report.scan.sha256,
                embedding_D=unpack(x.values),
            )
            for x in report.embeddings
            if x is not None
        ]
    except ValueError as e:
        raise ConfigError(str(path), f"embeddings: {e}") from e
