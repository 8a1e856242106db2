"""All that the model says of a scan, kept apart from what the checks make of it: papers that come later are checked without the model.

As bytes it is an npz archive: one JSON document of everything that is not an array, and the arrays. What is read back is equal to the bit.
"""

import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, ValidationError

from scantally.detector.config.files import first_problem
from scantally.detector.errors import InputError
from scantally.detector.models.infer import Sighting
from scantally.detector.types import Anomaly, AnomalyMap, Box, Detections, Document, FloatArray, Group, LoadBlock

_MOST_BYTES = 1 << 30
_TEXT = "document"
_DAMAGED = (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Looked:
    """What the network makes of a scan, with the embedding of each container's load."""

    sighting: Sighting
    embeddings: Mapping[Box, FloatArray | None]
    """By container box; None where there is none, nothing where the container shows no load."""


class _Row(Document):
    box: Box
    score: float
    label: str
    group: Group


class _Block(Document):
    box: Box
    scores: dict[str, float]


class _Anomaly(Document):
    box: Box
    rate: float
    score: float


class _Map(Document):
    box: Box
    levels: bool


class _Embedding(Document):
    box: Box
    known: bool


class _Text(Document):
    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    rows: tuple[_Row, ...]
    blocks: tuple[_Block, ...]
    anomalies: tuple[_Anomaly, ...] | None
    maps: tuple[_Map, ...]
    embeddings: tuple[_Embedding, ...]


def write_looked(looked: Looked) -> bytes:
    """The archive's bytes."""
    seen = looked.sighting
    text = _Text(
        rows=tuple(_Row(box=b, score=p, label=label, group=group) for b, p, label, group in seen.detections.rows()),
        blocks=tuple(_Block(box=block.box, scores=dict(block.scores)) for block in seen.blocks),
        anomalies=None
        if seen.anomalies is None
        else tuple(_Anomaly(box=one.box, rate=one.rate, score=one.score) for one in seen.anomalies),
        maps=tuple(_Map(box=one.box, levels=one.level_hw is not None) for one in seen.maps),
        embeddings=tuple(
            _Embedding(box=box, known=embedding is not None) for box, embedding in looked.embeddings.items()
        ),
    )
    arrays: dict[str, NDArray[Any]] = {_TEXT: np.frombuffer(text.model_dump_json(by_alias=True).encode(), np.uint8)}
    for number, one in enumerate(seen.maps):
        arrays[f"scores{number}"] = one.score_hw
        if one.level_hw is not None:
            arrays[f"levels{number}"] = one.level_hw
    for number, embedding in enumerate(looked.embeddings.values()):
        if embedding is not None:
            arrays[f"embedding{number}"] = embedding
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)  # type: ignore[arg-type]
    return out.getvalue()


def read_looked(raw: bytes, source: str) -> Looked:
    """Read an archive back.

    Raises:
        InputError: it is damaged or not of this form.
    """
    try:
        arrays = _unpacked(raw)
        text = _Text.model_validate(json.loads(arrays[_TEXT].tobytes()))
        return _looked(text, arrays)
    except ValidationError as e:
        raise InputError(source, first_problem(e)) from e
    except _DAMAGED as e:
        raise InputError(source, f"expected what a model made of a scan: {e}") from e


def _unpacked(raw: bytes) -> dict[str, NDArray[Any]]:
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        if sum(member.file_size for member in packed.infolist()) > _MOST_BYTES:
            raise ValueError(f"more than {_MOST_BYTES} bytes unpacked")
    with np.load(io.BytesIO(raw), allow_pickle=False) as packed:
        return {name: np.asarray(packed[name]) for name in packed.files}


def _looked(text: _Text, arrays: Mapping[str, NDArray[Any]]) -> Looked:
    sighting = Sighting(
        detections=Detections.of([(row.box, row.score, row.label, row.group) for row in text.rows]),
        blocks=tuple(LoadBlock(box=block.box, scores=block.scores) for block in text.blocks),
        anomalies=None
        if text.anomalies is None
        else tuple(Anomaly(box=one.box, rate=one.rate, score=one.score) for one in text.anomalies),
        maps=tuple(
            AnomalyMap(
                score_hw=_plane(arrays[f"scores{k}"]),
                box=one.box,
                level_hw=_plane(arrays[f"levels{k}"]) if one.levels else None,
            )
            for k, one in enumerate(text.maps)
        ),
    )
    embeddings = {
        one.box: _floats(arrays[f"embedding{k}"], 1) if one.known else None for k, one in enumerate(text.embeddings)
    }
    return Looked(sighting=sighting, embeddings=embeddings)


def _plane(array: NDArray[Any]) -> FloatArray:
    return _floats(array, 2)


def _floats(array: NDArray[Any], sides: int) -> FloatArray:
    if array.dtype != np.float32 or array.ndim != sides:
        raise ValueError(f"expected {sides} sides of float32, got {array.ndim} of {array.dtype}")
    return array
