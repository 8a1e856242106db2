"""From a checkpoint to a model package: ONNX with dynamic axes, gates that it must pass, a card, checksums."""

import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("YOLO_AUTOINSTALL", "false")

import onnx
import onnxruntime
import torch
from pydantic import JsonValue
from ultralytics import YOLO

from scantally.datasets.labelled import LabelledScan
from scantally.datasets.simulator.files import write_whole
from scantally.detector.errors import ConfigError, PackageError
from scantally.detector.models.ort import OrtEngine
from scantally.detector.models.package import WEIGHTS, Card
from scantally.detector.types import ByteArray
from scantally.training.evaluation.run import open_data
from scantally.training.gate import (
    INT8_LOSS,
    MAP_TOLERANCE,
    Parity,
    compare_precision,
    drawn_pictures,
    parity,
    scan_pictures,
)
from scantally.training.neck import FEATURES, with_neck_outputs
from scantally.training.packing import version_folder, write_version
from scantally.training.quantise import quantise
from scantally.training.record import file_sha256
from scantally.training.surroundings import quiet
from scantally.training.torch_engine import TorchEngine
from scantally.training.weights import DAMAGED, first_words, require_weights, save_weights_npz

OPSET = 17
SIZE = 640
PARITY_SCANS = 8
"""Of the gate's data, whose pictures torch and onnxruntime must agree on; mAP is measured on all."""

INT8_SCANS = 40
"""Of the calibration data, spread over it: a scout and a detail picture of each."""

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Gates:
    """Data that a network must prove itself on before it is packed, and that an INT8 variant is calibrated on."""

    gate: Path | None = None
    int8: Path | None = None
    gate_split: str | None = None
    int8_split: str | None = None
    """Of an imported dataset, only this split."""


def export_onnx(checkpoint: Path, out: Path, metadata: dict[str, str]) -> None:
    """Write ``checkpoint`` as ONNX with dynamic height and width and the metadata in the file.

    Raises:
        PackageError: onnxruntime does not reproduce torch's boxes and scores.
    """
    with quiet():
        network = to_onnx(checkpoint, metadata)
        found = parity_of(checkpoint, network)
    problem = found if isinstance(found, str) else found.problem()
    if problem:
        raise PackageError(str(out), f"not written: {problem}")
    write_whole(out, network, durable=True)  # where it is, a cross-validation takes the training for done


def to_onnx(checkpoint: Path, metadata: dict[str, str]) -> bytes:
    """A checkpoint as an ONNX file: detections first, then the outputs of the neck.

    Raises:
        PackageError: the neck's outputs cannot be told in the network.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "model.pt"
        shutil.copy(checkpoint, copy)
        model = YOLO(str(copy))
        made = model.export(
            format="onnx", dynamic=True, simplify=True, opset=OPSET, imgsz=SIZE, device="cpu", verbose=False
        )
        network = onnx.load(str(made))
    neck = TorchEngine(checkpoint).neck
    try:
        with_neck_outputs(network, neck)
    except ValueError as e:
        raise PackageError(str(checkpoint), f"not exported: {e}") from e
    del network.metadata_props[:]
    said = {f"{FEATURES}_stride": str(neck.strides[neck.middle]), "checkpoint_sha256": file_sha256(checkpoint)}
    onnx.helper.set_model_props(network, metadata | said)
    network.producer_name, network.doc_string = "scantally", ""
    onnx.checker.check_model(network)
    return bytes(network.SerializeToString())


def parity_of(checkpoint: Path, network: bytes, pictures: Sequence[ByteArray] = ()) -> Parity | str:
    """How far torch and onnxruntime differ on drawn pictures of several sizes and on these."""
    return parity(TorchEngine(checkpoint), OrtEngine(network, "exported model"), iter([*drawn_pictures(), *pictures]))


def write_package(checkpoint: Path, card: Card, out: Path, gates: Gates, say: Say) -> list[Path]:
    """See ``_write_package``; ultralytics' pages of progress do not show, its warnings do."""
    with quiet():
        return _write_package(checkpoint, card, out, gates, say)


def _write_package(checkpoint: Path, card: Card, out: Path, gates: Gates, say: Say) -> list[Path]:
    """Write the package NAME/VERSION below ``out``, and its INT8 variant NAME-int8/VERSION where it is wanted; their folders.

    Raises:
        ConfigError: the checkpoint is no weights, ``out`` cannot be written, or INT8 is wanted without data for its gate.
        PackageError: the version exists already, the checkpoint was trained on other labels, or a gate was not passed. An INT8
            variant that fails its gate leaves the package itself written.
        InputError: the data of a gate cannot be used.
    """
    require_weights(checkpoint, "weights that a training wrote (.pt)")
    version_folder(out, card)
    if gates.int8 is not None:
        version_folder(out, _int8_card(card, {}))
        if gates.gate is None:
            raise ConfigError("--int8", "expected --gate with it: the data that INT8 must prove itself on")
    original = _opened(checkpoint)
    _require_same_labels(checkpoint, original.names, card)
    scans = [] if gates.gate is None else open_data(gates.gate, gates.gate_split)
    calibration = [] if gates.int8 is None else open_data(gates.int8, gates.int8_split)
    names = ",".join(x.name for x in card.labels)
    network = to_onnx(checkpoint, {"encoding": card.encoding, "labels": names})
    figures = _pass_gates(checkpoint, original, network, card, (gates.gate, scans), say)
    written = card.model_copy(update={"export": figures})
    folder = write_version(out, written, {"model.onnx": network, WEIGHTS: _weights(original)})
    if gates.int8 is None or gates.gate is None:
        return [folder]
    try:
        variant = _write_int8(network, written, out, (gates.gate, scans), (gates.int8, calibration), say)
    except PackageError as e:
        raise PackageError(e.source, f"{e.problem} (the package itself was written: {folder})") from e
    return [folder, variant]


def _opened(checkpoint: Path) -> TorchEngine:
    """The network of a checkpoint.

    Raises:
        ConfigError: the file holds something else, or is damaged.
    """
    try:
        return TorchEngine(checkpoint)
    except DAMAGED as e:
        raise ConfigError(
            str(checkpoint), f"not weights that a training wrote (.pt), or damaged: {first_words(e)}"
        ) from e


def _require_boxes(network: bytes, card: Card) -> None:
    """A network of another kind, for keypoints say, answers too, and nothing could open its package.

    Raises:
        PackageError: it does not give a box and a score for each label.
    """
    values = OrtEngine(network, "exported model").run(next(drawn_pictures())).shape[1]
    if values != 4 + len(card.labels):
        problem = f"expected {4 + len(card.labels)} values a box (4 and {len(card.labels)} labels), got {values}"
        raise PackageError(card.name, f"not written: the network is of another kind: {problem}")


def _pass_gates(
    checkpoint: Path,
    original: TorchEngine,
    network: bytes,
    card: Card,
    data: tuple[Path | None, Sequence[LabelledScan]],
    say: Say,
) -> dict[str, JsonValue]:
    """The figures of the gates that a network passed, for its card.

    Raises:
        PackageError: one was not passed.
    """
    path, scans = data
    _require_boxes(network, card)
    say("gate: torch and onnxruntime on the same pictures")
    found = parity_of(checkpoint, network, list(scan_pictures(scans, card, PARITY_SCANS)))
    problem = found if isinstance(found, str) else found.problem()
    if problem or isinstance(found, str):
        raise PackageError(card.name, f"not written: {problem}")
    figures: dict[str, JsonValue] = {
        "checkpoint_sha256": file_sha256(checkpoint),
        "opset": OPSET,
        "versions": {"torch": str(torch.__version__), "onnx": onnx.__version__, "onnxruntime": onnxruntime.__version__},
        "parity": found.model_dump(mode="json"),
    }
    if path is None:
        return figures
    engine = OrtEngine(network, "exported model")
    reached = compare_precision(("torch", original), ("onnxruntime", engine), card, (path.resolve().name, scans), say)
    problem = reached.difference_problem()
    if problem:
        raise PackageError(card.name, f"not written: {problem}")
    say(
        f"gate: mAP50-95 {reached.map50_95[0]:.4f} in torch, {reached.map50_95[1]:.4f} in onnxruntime (at most {MAP_TOLERANCE} apart)"
    )
    return figures | {"kind": reached.kind, "precision": reached.model_dump(mode="json")}


def _write_int8(
    network: bytes,
    card: Card,
    out: Path,
    gate: tuple[Path, Sequence[LabelledScan]],
    calibration: tuple[Path, Sequence[LabelledScan]],
    say: Say,
) -> Path:
    """Quantise a network, hold it against the one in float32, and write it as a package of its own.

    Raises:
        PackageError: it loses too much.
    """
    say("INT8: calibrating")
    quantised, pictures = quantise(network, scan_pictures(calibration[1], card, INT8_SCANS))
    engines = OrtEngine(network, "exported model"), OrtEngine(quantised, "INT8 model")
    data = (gate[0].resolve().name, gate[1])
    reached = compare_precision(("float32", engines[0]), ("INT8", engines[1]), card, data, say)
    problem = reached.loss_problem()
    variant = _int8_card(card, {})
    if problem:
        raise PackageError(f"{variant.name}/{variant.version}", f"not written: {problem}")
    say(
        f"gate: mAP50-95 {reached.map50_95[0]:.4f} in float32, {reached.map50_95[1]:.4f} in INT8 (at most {INT8_LOSS} lost)"
    )
    figures: dict[str, JsonValue] = {
        "kind": reached.kind,
        "int8": {
            "calibrated_on": calibration[0].resolve().name,
            "pictures": pictures,
            "precision": reached.model_dump(mode="json"),
        },
    }
    return write_version(out, _int8_card(card, figures), {"model.onnx": quantised})


def _int8_card(card: Card, figures: dict[str, JsonValue]) -> Card:
    """The card of the INT8 variant. What was measured was measured of the network in float32."""
    changed = {
        "name": f"{card.name}-int8",
        "description": f"{card.description} This is its INT8 variant: figures under 'measured' are of the one in float32.",
        "export": card.export | figures,
    }
    return Card.model_validate(card.model_dump(by_alias=True) | changed)


def _weights(original: TorchEngine) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / WEIGHTS
        save_weights_npz(path, original.state(), original.form())
        return path.read_bytes()


def _require_same_labels(checkpoint: Path, trained: Sequence[str], card: Card) -> None:
    """A card whose labels stand in another order than the checkpoint's would name every box wrongly."""
    carded = [x.name for x in card.labels]
    if list(trained) != carded:
        at = next((i for i, (a, b) in enumerate(zip(trained, carded, strict=False)) if a != b), None)
        what = f"{len(trained)} labels" if at is None else f"'{trained[at]}' as label {at}"
        expected = f"{len(carded)}" if at is None else f"'{carded[at]}'"
        raise PackageError(str(checkpoint), f"was trained with {what}, but the card says {expected}")
