"""Export: only a network that was reproduced is packed, with its neck's outputs, its weights and an INT8 variant of its own."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

pytest.importorskip("torch", reason="exports a network: needs the full environment (make full)")

import onnx
import torch
import ultralytics
from onnx import numpy_helper
from scored_packages import cell_data
from ultralytics import YOLO
from ultralytics.nn.tasks import DetectionModel

from scantally.detector.errors import ConfigError, PackageError
from scantally.detector.imaging.scales import blank
from scantally.detector.models.load import open_detector
from scantally.detector.models.ort import OrtEngine
from scantally.detector.models.package import Package, default_package, open_package
from scantally.detector.models.port import Runtime
from scantally.detector.types import ByteArray, FloatArray
from scantally.training import export
from scantally.training.card import make_card
from scantally.training.config import TrainConfig
from scantally.training.export import Gates
from scantally.training.gate import Parity, Precision, drawn_pictures, parity
from scantally.training.packing import SIMULATED_LIMIT, with_limits
from scantally.training.torch_engine import TorchEngine
from scantally.training.weights import load_weights_npz, network_of_npz

# Torch, its exporter and ultralytics warn about one another; 20 s of one core each, more where a training runs beside them.
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(900)]

Command = Callable[..., Any]
CONFIG: dict[str, Any] = {
    "name": "tiny",
    "version": "0.0.1",
    "start_from": "weights/tiny.pt",
    "labels": {"container": "structure", "empty": "load", "firearm": "object"},
    "encoding": "log-windows-1",
    "canvas": 128,
    "scout_height": 64,
    "simulated": {"scans": 2},
    "optimiser": {"epochs": 1, "batch": 2, "workers": 0},
}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """YOLOv8 at a sixteenth of the width with drawn weights, in the folders that a training makes."""
    folder = tmp_path_factory.mktemp("run") / "fit" / "weights"
    folder.mkdir(parents=True)
    shape = yaml.safe_load((Path(ultralytics.__file__).parent / "cfg/models/v8/yolov8.yaml").read_text())
    shape["scales"], shape["nc"] = {"n": [0.33, 0.0625, 1024]}, 3
    (folder / "yolov8n-tiny.yaml").write_text(yaml.safe_dump(shape))
    torch.manual_seed(0)
    model = YOLO(str(folder / "yolov8n-tiny.yaml"), task="detect")
    model.model.names = dict(enumerate(CONFIG["labels"]))
    model.save(str(folder / "last.pt"))
    (folder.parents[1] / "record.json").write_text('{"real_scans": 0}')
    return folder / "last.pt"


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return cell_data(tmp_path_factory.mktemp("data") / "cells", 3, 1)


@pytest.fixture(scope="module")
def packages(checkpoint: Path, cells: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny network and its INT8 variant, each through its gate."""
    out = tmp_path_factory.mktemp("packages")
    said: list[str] = []
    card = make_card(TrainConfig.model_validate(CONFIG), None, checkpoint)
    folders = export.write_package(checkpoint, card, out, Gates(gate=cells, int8=cells), said.append)
    assert folders == [out / "tiny" / "0.0.1", out / "tiny-int8" / "0.0.1"]
    assert sum(line.startswith("gate: mAP50-95") for line in said) == 2
    return out


@pytest.fixture
def package(packages: Path) -> Package:
    return open_package(packages / "tiny")


def config_file(folder: Path, **change: Any) -> Path:  # noqa: ANN401
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(CONFIG | change, sort_keys=False))
    return path


def test_a_version_is_written_once(scantally: Command, checkpoint: Path, tmp_path: Path) -> None:
    config, out = config_file(tmp_path), tmp_path / "packages"
    done = scantally("export", checkpoint, "--config", config, "--out", out)
    assert done.code == 0, done.err
    package = open_package(out / "tiny")
    assert sorted(p.name for p in package.path.iterdir()) == ["SHA256SUMS", "card.yaml", "model.onnx", "weights.npz"]
    assert [x.name for x in open_detector(package).card.labels] == list(CONFIG["labels"])
    assert package.card.training["record"] == {"real_scans": 0}
    assert package.card.export["parity"]["pictures"] == 3  # type: ignore[index, call-overload]

    raw = {p.name: p.read_bytes() for p in package.path.iterdir()}
    again = scantally("export", checkpoint, "--config", config, "--out", out)
    said = "exists already: a version of a package is never changed, choose another"
    assert again == (2, "", f"scantally: {package.path}: {said}\n")
    assert {p.name: p.read_bytes() for p in package.path.iterdir()} == raw
    assert [p.name for p in out.iterdir()] == ["tiny"]  # nothing left over from the attempt


@pytest.mark.parametrize("below", ["", "x/y"])
def test_a_place_that_is_a_file_is_told_first(
    scantally: Command, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str
) -> None:
    monkeypatch.setattr(export, "TorchEngine", lambda *given: pytest.fail("opened"))
    (tmp_path / "out").write_text("")
    done = scantally("export", checkpoint, "--config", config_file(tmp_path), "--out", tmp_path / "out" / below)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith(f"scantally: --out: {tmp_path / 'out' / below}: expected a folder, ")


def test_the_export_says_its_own_lines_alone(scantally: Command, checkpoint: Path, tmp_path: Path) -> None:
    from ultralytics.utils import LOGGER

    told: list[str] = []
    ear = logging.Handler()
    ear.emit = lambda record: told.append(record.getMessage())  # type: ignore[method-assign]
    LOGGER.addHandler(ear)
    try:
        done = scantally("export", checkpoint, "--config", config_file(tmp_path), "--out", tmp_path / "out")
    finally:
        LOGGER.removeHandler(ear)
    assert done.code == 0, done.err
    assert (done.out, done.err.splitlines()) == (
        "",
        ["gate: torch and onnxruntime on the same pictures", f"package: {tmp_path / 'out' / 'tiny' / '0.0.1'}"],
    )
    assert told == []


def test_the_gate_sees_one_weight_pushed(checkpoint: Path, package: Package, tmp_path: Path) -> None:
    found = export.parity_of(checkpoint, package.model)
    assert isinstance(found, Parity) and found.problem() is None
    network = onnx.load_from_string(package.model)
    weight = next(w for w in network.graph.initializer if "cv3" in w.name and w.name.endswith("bias"))
    weight.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(weight) + 3.0, weight.name))
    altered = export.parity_of(checkpoint, network.SerializeToString())
    assert isinstance(altered, Parity)
    problem = altered.problem()
    assert problem is not None and problem.startswith("scores differ by ")

    # And a network that fails it is not written.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "to_onnx", lambda checkpoint, metadata: network.SerializeToString())
        card = make_card(TrainConfig.model_validate(CONFIG), None, checkpoint)
        with pytest.raises(PackageError, match="not written: scores differ by"):
            export.write_package(checkpoint, card, tmp_path, Gates(), lambda text: None)
    assert list(tmp_path.iterdir()) == []


def test_boxes_count_only_where_something_is_seen(checkpoint: Path, package: Package) -> None:
    """And a network with another number of labels is told by the shape of its answer."""
    engine = OrtEngine(package.model, "x")
    other = OrtEngine(open_package(default_package()).model, "x")
    assert isinstance(parity(engine, other, drawn_pictures()), str)
    assert parity(engine, engine, drawn_pictures()) == Parity(
        pictures=3, largest_score_difference=0.0, largest_box_difference_px=0.0
    )


# -- outputs of the neck


def test_features_and_embedding_are_those_of_torch(checkpoint: Path, package: Package) -> None:
    engine, original = OrtEngine(package.model, "x"), TorchEngine(checkpoint)
    assert engine.extras == ("features", "embedding")
    assert engine.metadata()["features_stride"] == "16"
    for picture in drawn_pictures():
        found, expected = engine.extract(picture, ["embedding", "features"]), original.extract(picture)
        assert list(found) == ["embedding", "features"]
        for name, value in found.items():
            assert value.shape == expected[name].shape and value.dtype == np.float32
            assert np.abs(value - expected[name]).max() < 1e-3 * max(1.0, np.abs(expected[name]).max())
        assert found["features"].shape[1:] == (picture.shape[0] // 16, picture.shape[1] // 16)
        assert found["embedding"].ndim == 1
    only = engine.extract(next(iter(drawn_pictures())), ["embedding"])
    assert list(only) == ["embedding"] and engine.extract(blank(64, 64, "log-windows-1"), []) == {}


def test_a_network_without_such_outputs_still_runs() -> None:
    import onnx

    network = onnx.load_from_string(open_package(default_package()).model)
    assert [x.name for x in network.graph.output[1:]] == ["features", "embedding"]
    del network.graph.output[1:]
    engine = OrtEngine(network.SerializeToString(), "x")
    assert engine.extras == () and engine.run(blank(64, 64, "log-windows-1")).ndim == 2
    with pytest.raises(PackageError, match=r"expected an output 'embedding' beside the detections \(there: none\)"):
        engine.extract(blank(64, 64, "log-windows-1"), ["embedding"])


# -- weights


def test_a_training_can_start_from_the_weights_of_a_package(checkpoint: Path, package: Package) -> None:
    path = package.path / "weights.npz"
    state = {name: torch.from_numpy(np.array(x)) for name, x in load_weights_npz(path).items()}
    model = DetectionModel(network_of_npz(path), verbose=False)
    model.load_state_dict(state, strict=True)
    model.eval()
    original = TorchEngine(checkpoint)
    picture = next(iter(drawn_pictures()))
    with torch.no_grad():
        tensor = torch.from_numpy(picture.transpose(2, 0, 1)[None].copy()).float() / 255
        answer = model(tensor)[0][0].numpy().T
    assert np.abs(answer[:, 4:] - original.run(picture)[:, 4:]).max() < 2e-3


# -- gates on data


def test_the_figures_of_the_gates_are_in_the_cards(packages: Path, cells: Path) -> None:
    whole, small = open_package(packages / "tiny"), open_package(packages / "tiny-int8")
    precision = Precision.model_validate(whole.card.export["precision"])
    assert (precision.data, precision.scans, precision.labels, precision.engines) == (
        "cells",
        3,
        1,
        ("torch", "onnxruntime"),
    )
    assert whole.card.export["parity"]["pictures"] == 3 + 2 * 3  # type: ignore[index, call-overload]
    assert SIMULATED_LIMIT in whole.card.fails
    int8 = small.card.export["int8"]
    assert (int8["calibrated_on"], int8["pictures"]) == ("cells", 6)  # type: ignore[index, call-overload]
    assert Precision.model_validate(int8["precision"]).engines == ("float32", "INT8")  # type: ignore[index, call-overload]
    assert small.title == "tiny-int8/0.0.1" and small.model != whole.model
    assert b"QuantizeLinear" in small.model and b"QuantizeLinear" not in whole.model
    assert OrtEngine(small.model, "x").extras == ("features", "embedding")


def test_the_int8_variant_inspects_as_any_other(scantally: Command, packages: Path, cells: Path) -> None:
    done = scantally("inspect", cells / "c0000.tif", "--model", packages / "tiny-int8", "--json")
    assert done.code == 0 and '"model":"tiny-int8/0.0.1"' in done.out


def reached(first: float, second: float) -> Precision:
    return Precision(
        data="x",
        data_sha256="0",
        kind="simulated",
        scans=9,
        labels=1,
        engines=("a", "b"),
        map50=(0.5, 0.5),
        map50_95=(first, second),
        seconds_per_scan=(1.0, 1.0),
    )


@pytest.mark.parametrize(
    ("first", "second", "same", "kept"),
    [
        (0.5, 0.5, True, True),
        (0.5, 0.498, True, True),
        (0.5, 0.4979, False, True),
        (0.4979, 0.5, False, True),
        (0.5, 0.49, False, True),
        (0.5, 0.4899, False, False),
        (0.3, 0.9, False, True),
    ],
)
def test_what_the_gates_let_through(first: float, second: float, same: bool, kept: bool) -> None:
    assert (reached(first, second).difference_problem() is None) == same
    assert (reached(first, second).loss_problem() is None) == kept


def test_what_loses_precision_is_not_written(checkpoint: Path, cells: Path, tmp_path: Path) -> None:
    card = make_card(TrainConfig.model_validate(CONFIG), None, checkpoint)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(export, "compare_precision", lambda *given: reached(0.5, 0.4))
        with pytest.raises(
            PackageError, match=r"not written: mAP50 0\.5000 in a and 0\.5000 in b, mAP50-95 0\.5000 and 0\.4"
        ):
            export.write_package(checkpoint, card, tmp_path, Gates(gate=cells), lambda text: None)
        assert list(tmp_path.iterdir()) == []
        patch.setattr(
            export, "compare_precision", lambda first, *given: reached(0.5, 0.4 + 0.1 * (first[0] == "torch"))
        )
        with pytest.raises(PackageError, match=r"tiny-int8/0\.0\.1: not written: .* at most 0\.01 may be lost"):
            export.write_package(checkpoint, card, tmp_path, Gates(gate=cells, int8=cells), lambda text: None)
    assert [p.name for p in tmp_path.iterdir()] == ["tiny"]  # the package itself passed its gate


def test_gates_that_cannot_be(scantally: Command, checkpoint: Path, cells: Path, tmp_path: Path) -> None:
    config, out = config_file(tmp_path), tmp_path / "out"
    line = ("export", checkpoint, "--config", config, "--out", out)
    done = scantally(*line, "--int8", cells)
    assert done == (2, "", "scantally: --int8: expected --gate with it: the data that INT8 must prove itself on\n")
    done = scantally(*line, "--gate", cells, "--gate-split", "val")
    assert done == (2, "", f"scantally: --split: {cells} has no dataset.json: only a dataset has splits\n")
    done = scantally(*line, "--gate", tmp_path / "none")
    assert done.code == 2 and done.err.startswith(f"scantally: {tmp_path / 'none'}: ")
    bare = cell_data(tmp_path / "bare", 1, 5, share=0.0)
    done = scantally(*line, "--gate", bare)
    assert done.code == 2 and "expected scans that show a label of 'tiny', to measure mAP on" in done.err
    assert not out.exists()


# -- what a card says of itself


def test_figures_on_simulated_scans_bring_their_limit(package: Package) -> None:
    bare = package.card.model_copy(update={"export": {}, "fails": ()})
    assert with_limits(bare).fails == ()
    shown = bare.model_copy(update={"measured": ({"what": "x", "kind": "simulated"},)})
    assert with_limits(shown).fails == (SIMULATED_LIMIT,)
    said = shown.model_copy(update={"fails": (f"No contraband was seen. {SIMULATED_LIMIT}",)})
    assert with_limits(said) == said
    real = bare.model_copy(update={"measured": ({"what": "x", "kind": "real, held out"},)})
    assert with_limits(real).fails == ()


def test_a_network_that_gives_no_numbers_passes_no_gate() -> None:
    class Broken:
        def describe(self) -> Runtime:
            return Runtime(name="broken", version="0", provider="cpu")

        def run(self, picture_HW3: ByteArray) -> FloatArray:
            return np.full((4, 6), np.nan, np.float32)

    assert parity(Broken(), Broken(), drawn_pictures()) == "broken gives boxes or scores that are no numbers"  # type: ignore[arg-type]


def test_files_that_are_no_checkpoints(checkpoint: Path, tmp_path: Path) -> None:
    import torch

    card = make_card(TrainConfig.model_validate(CONFIG), None, checkpoint)
    torch.save({"epoch": 1}, tmp_path / "state.pt")
    damaged = bytearray(checkpoint.read_bytes())
    damaged[2000:40000] = bytes(38000)
    (tmp_path / "damaged.pt").write_bytes(damaged)
    for name, said in (
        ("state.pt", r"not weights that a training wrote \(\.pt\), or damaged: "),
        ("damaged.pt", "damaged: the checksum of .* in it does not fit: expected weights that a training wrote"),
    ):
        with pytest.raises(ConfigError, match=rf"{name}: {said}"):
            export.write_package(tmp_path / name, card, tmp_path / "out", Gates(), print)


def test_a_network_of_another_kind_makes_no_package(checkpoint: Path, tmp_path: Path) -> None:
    card = make_card(TrainConfig.model_validate(CONFIG), None, checkpoint)
    fewer = card.model_copy(update={"labels": card.labels[:-1]})
    network = export.to_onnx(checkpoint, {})
    export._require_boxes(network, card)
    with pytest.raises(PackageError, match=r"not written: the network is of another kind: expected .* values a box"):
        export._require_boxes(network, fewer)
