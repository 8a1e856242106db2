"""The card of a package that is about to be written."""

from collections.abc import Collection
from pathlib import Path

from pydantic import Field, JsonValue, ValidationError

from scantally.detector.config.files import first_problem, parse_yaml, read_bytes
from scantally.detector.errors import ConfigError
from scantally.detector.models.package import Card
from scantally.detector.types import Document
from scantally.training.config import TrainConfig, different, load_config
from scantally.training.progress import INTERRUPTED, read_epochs
from scantally.training.record import RECORD, read_record
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
        ConfigError: the run trained with another configuration; the notes cannot be read, speak of a label that the configuration
            does not have, or give it a value that a card cannot hold; or the record is damaged.
    """
    notes = (
        read_notes(notes_path, config.labels, f"the configuration '{config.name}'")
        if notes_path
        else CardNotes(description=f"Trained by the configuration '{config.name}'; nothing was measured.")
    )
    run = _run_folder(checkpoint)
    _require_same(config, run)
    done = _done(checkpoint, run, config)
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
        "training": {"config": config.model_dump(mode="json"), "record": (run and read_record(run)) or {}, **done},
        "measured": notes.measured,
        "fails": (*notes.fails, *_cut_off(done, config)),
    }
    try:
        return Card.model_validate(document)
    except ValidationError as e:
        raise ConfigError(str(notes_path), first_problem(e)) from e


def read_notes(path: Path, labels: Collection[str], owner: str) -> CardNotes:
    """The notes in a file.

    Args:
        path: a YAML file.
        labels: what the notes may speak of.
        owner: whose labels they are, for the error.

    Raises:
        ConfigError: they cannot be read, or speak of another label.
    """
    notes = parse_yaml(read_bytes(path), str(path), CardNotes)
    strange = sorted({*notes.thresholds, *notes.calibration} - set(labels))
    if strange:
        raise ConfigError(str(path), f"'{strange[0]}' is not a label of {owner}")
    return notes


def annotated(card: Card, path: Path) -> Card:
    """A calibrated card with the notes of whoever answers for it: what they say goes before what was there.

    Thresholds of the notes go before those that a target chose; a calibration is fitted, not noted.

    Raises:
        ConfigError: the notes cannot be read or do not fit the card.
    """
    notes = read_notes(path, [x.name for x in card.labels], f"the package '{card.name}'")
    if notes.calibration:
        raise ConfigError(str(path), "key 'calibration' is for an export: here the calibration is fitted")
    labels = [x.model_dump() | {"threshold": notes.thresholds.get(x.name, x.threshold)} for x in card.labels]
    limits = card.calibration.get("limits", [])
    document = card.model_dump(by_alias=True) | {
        "description": notes.description,
        "licence": notes.licence,
        "labels": labels,
        "measured": notes.measured,
        "fails": (*notes.fails, *(str(x) for x in (limits if isinstance(limits, list) else []))),
    }
    try:
        return Card.model_validate(document)
    except ValidationError as e:
        raise ConfigError(str(path), first_problem(e)) from e


def _run_folder(checkpoint: Path) -> Path | None:
    """The run's folder, of RUN/fit/weights/last.pt; None where the checkpoint lies elsewhere."""
    above = list(checkpoint.resolve().parents)
    return above[2] if len(above) > 2 and (above[2] / RECORD).is_file() else None


def _require_same(config: TrainConfig, run: Path | None) -> None:
    """A card must not say that the weights were trained otherwise than they were; name and version may be chosen at the export.

    Raises:
        ConfigError: the run's own configuration says something else.
    """
    path = None if run is None else run / "config.yaml"
    if path is None or not path.is_file():
        return
    trained = load_config(path).model_dump(mode="json")
    given = config.model_dump(mode="json") | {key: trained[key] for key in ("name", "version")}
    other = different(trained, given)
    if other:
        problem = f"the run trained with another configuration ({other}): expected --config {path}"
        raise ConfigError(str(run), problem)


def _done(checkpoint: Path, run: Path | None, config: TrainConfig) -> dict[str, JsonValue]:
    """How far the training had come when these weights were written."""
    epochs = len(read_epochs(run)) if run is not None else 0
    if not epochs and checkpoint.name != INTERRUPTED:
        return {}
    return {"epochs_done": min(epochs, config.optimiser.epochs), "interrupted": checkpoint.name == INTERRUPTED}


def _cut_off(done: dict[str, JsonValue], config: TrainConfig) -> tuple[str, ...]:
    """What a reader of the card must know of a training that did not come to its end."""
    whole = config.optimiser.epochs
    if not done or (not done["interrupted"] and done["epochs_done"] == whole):
        return ()
    return (f"The training was cut off after {done['epochs_done']} of {whole} epochs.",)
