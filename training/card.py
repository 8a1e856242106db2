"""The card of a package that is about to be written."""

import json
from pathlib import Path

from pydantic import Field, JsonValue, ValidationError

from scantally.detector.config.files import first_problem, parse_yaml, read_bytes
from scantally.detector.errors import ConfigError
from scantally.detector.models.package import Card
from scantally.detector.types import Document
from scantally.training.config import TrainConfig
from scantally.training.run import label_cards

DEFAULT_THRESHOLD = 0.25


class CardNotes(Document):
    """What the network's file cannot say: written by whoever answers for the package."""

    description: str
    licence: str = "AGPL-3.0-or-later"
    thresholds: dict[str, float] = Field(default_factory=dict)
    """Per label, where it differs from the default."""
    calibration: dict[str, tuple[float, float]] = Field(default_factory=dict)
    """Per label a and b of probability = sigmoid(a * logit(score) + b), where fitted."""
    measured: tuple[dict[str, JsonValue], ...] = ()
    fails: tuple[str, ...] = ()


def make_card(config: TrainConfig, notes_path: Path | None, checkpoint: Path) -> Card:
    """Join the training's configuration, its record beside the checkpoint, and the notes into a card.

    Raises:
        ConfigError: the notes cannot be read, speak of a label that the configuration does not have, or give it a value
            that a card cannot hold; or the record is damaged.
    """
    notes = (
        parse_yaml(read_bytes(notes_path), str(notes_path), CardNotes)
        if notes_path
        else CardNotes(description=f"Trained by the configuration '{config.name}'; nothing was measured.")
    )
    strange = sorted({*notes.thresholds, *notes.calibration} - set(config.labels))
    if strange:
        raise ConfigError(str(notes_path), f"'{strange[0]}' is not a label of the configuration '{config.name}'")
    labels = []
    for label in label_cards(config, DEFAULT_THRESHOLD):
        a, b = notes.calibration.get(label.name, (1.0, 0.0))
        threshold = notes.thresholds.get(label.name, DEFAULT_THRESHOLD)
        labels.append(label.model_copy(update={"a": a, "b": b, "threshold": threshold}))
    document = {
        "schema": 1,
        "name": config.name,
        "version": config.version,
        "description": notes.description,
        "licence": notes.licence,
        "encoding": config.encoding,
        "scout_height": config.scout_height,
        "detail_pitch_mm": config.detail_pitch_mm,
        "labels": [x.model_dump() for x in labels],
        "training": {"config": config.model_dump(mode="json"), "record": _record(checkpoint)},
        "measured": notes.measured,
        "fails": notes.fails,
    }
    try:
        return Card.model_validate(document)
    except ValidationError as e:
        raise ConfigError(str(notes_path), first_problem(e)) from e


def _record(checkpoint: Path) -> JsonValue:
    """The run's record, from the run's folder: RUN/fit/weights/last.pt; empty where the checkpoint lies elsewhere."""
    above = list(checkpoint.resolve().parents)
    path = above[2] / "record.json" if len(above) > 2 else None
    if path is None or not path.is_file():
        return {}
    try:
        record: JsonValue = json.loads(path.read_bytes())
    except ValueError as e:
        raise ConfigError(str(path), f"expected the record of a training run (JSON): {e}") from e
    return record
