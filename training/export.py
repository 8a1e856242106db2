"""From a checkpoint to a model package: ONNX with dynamic axes, a parity gate, a card, checksums."""

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import yaml

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("YOLO_AUTOINSTALL", "false")

import onnx
import torch
from ultralytics import YOLO

from scantally.detector.errors import ConfigError, PackageError
from scantally.detector.imaging.scales import STRIDE
from scantally.detector.models.ort import OrtEngine
from scantally.detector.models.package import Card, write_checksums
from scantally.detector.types import ByteArray
from scantally.training.weights import require_weights

SCORE_TOLERANCE = 2e-3
BOX_TOLERANCE_PX = 0.5
"""Largest differences between torch and onnxruntime that the gate lets through, where a score is above 0.05."""

OPSET = 17


def export_onnx(checkpoint: Path, out: Path, metadata: dict[str, str]) -> None:
    """Write ``checkpoint`` as ONNX with dynamic height and width and the metadata in the file.

    Raises:
        PackageError: onnxruntime does not reproduce torch's boxes and scores.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "model.pt"
        shutil.copy(checkpoint, copy)
        model = YOLO(str(copy))
        made = model.export(
            format="onnx", dynamic=True, simplify=True, opset=OPSET, imgsz=640, device="cpu", verbose=False
        )
        network = onnx.load(str(made))
    del network.metadata_props[:]
    onnx.helper.set_model_props(network, metadata)
    network.producer_name, network.doc_string = "scantally", ""
    onnx.save(network, str(out))
    problem = parity_problem(checkpoint, out.read_bytes())
    if problem:
        out.unlink()
        raise PackageError(str(out), f"not written: {problem}")


def parity_problem(checkpoint: Path, network: bytes) -> str | None:
    """What differs between torch and onnxruntime on drawn pictures of several sizes; None when the gate is passed."""
    rng = np.random.default_rng(0)
    torch_model = YOLO(str(checkpoint)).model.eval().float()
    engine = OrtEngine(network, "exported model")
    for height, width in ((224, 736), (640, 640), (7 * STRIDE, 3 * STRIDE)):
        picture: ByteArray = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
        picture[height // 4 : height // 2, width // 4 : width // 2] = 255
        tensor = torch.from_numpy(picture.transpose(2, 0, 1)[None].copy()).float() / 255
        with torch.no_grad():
            output = torch_model(tensor)
        expected = (output[0] if isinstance(output, (tuple, list)) else output)[0].numpy().T
        got = engine.run(picture)
        if got.shape != expected.shape:
            return f"onnxruntime gives {got.shape}, torch {expected.shape} for {height} x {width} px"
        score_gap = float(np.abs(got[:, 4:] - expected[:, 4:]).max())
        seen = expected[:, 4:].max(axis=1) > 0.05
        box_gap = float(np.abs(got[seen, :4] - expected[seen, :4]).max()) if seen.any() else 0.0
        if score_gap > SCORE_TOLERANCE or box_gap > BOX_TOLERANCE_PX:
            return f"scores differ by {score_gap:.4f} and boxes by {box_gap:.2f} px for {height} x {width} px"
    return None


def write_package(checkpoint: Path, card: Card, out: Path) -> Path:
    """Write the package NAME/VERSION below ``out`` and return its folder.

    Raises:
        ConfigError: the checkpoint is no weights, or ``out`` cannot be written.
        PackageError: the version exists already, the checkpoint was trained on other labels, or the parity gate was not
            passed.
    """
    require_weights(checkpoint, "weights that a training wrote (.pt)")
    folder = out / card.name / card.version
    if folder.exists():
        raise PackageError(str(folder), "exists already: a version of a package is never changed, choose another")
    _require_same_labels(checkpoint, card)
    with tempfile.TemporaryDirectory(dir=_existing(out)) as scratch:
        new = Path(scratch) / "package"
        new.mkdir()
        names = [x.name for x in card.labels]
        export_onnx(checkpoint, new / "model.onnx", {"encoding": card.encoding, "labels": ",".join(names)})
        write_card(new / "card.yaml", card)
        write_checksums(new)
        folder.parent.mkdir(parents=True, exist_ok=True)
        new.rename(folder)
    return folder


def write_card(path: Path, card: Card) -> None:
    """Write a card as YAML in the order of its fields."""
    document = card.model_dump(mode="json", by_alias=True)
    path.write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110), encoding="utf-8")


def _require_same_labels(checkpoint: Path, card: Card) -> None:
    """A card whose labels stand in another order than the checkpoint's would name every box wrongly."""
    trained = list(YOLO(str(checkpoint)).names.values())
    carded = [x.name for x in card.labels]
    if trained != carded:
        at = next((i for i, (a, b) in enumerate(zip(trained, carded, strict=False)) if a != b), None)
        what = f"{len(trained)} labels" if at is None else f"'{trained[at]}' as label {at}"
        expected = f"{len(carded)}" if at is None else f"'{carded[at]}'"
        raise PackageError(str(checkpoint), f"was trained with {what}, but the card says {expected}")


def _existing(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise ConfigError(str(folder), f"cannot be made a folder: {e.strerror or e}") from e
    return folder
