"""Training and export: what cannot be right is refused with one line, and only a network that was reproduced is packed.

The whole way from a configuration to a package that inspects is in test_training_commands.py.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest
import yaml
from pydantic import ValidationError

from scantally.detector.config.files import parse_yaml
from scantally.detector.errors import ConfigError, InputError
from scantally.training.bf16 import multiplies_bf16
from scantally.training.config import TrainConfig, load_config
from scantally.training.weights import require_weights

Command = Callable[..., Any]
ROOT = Path(__file__).parents[1]
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


def written(folder: Path, change: dict[str, Any] | None = None) -> Path:
    path = folder / "tiny.yaml"
    path.write_text(yaml.safe_dump(CONFIG | (change or {})))
    return path


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "unknown key": ({"colour": 1}, "unknown key 'colour'"),
    "unknown key below": ({"optimiser": {"epochs": 1, "momentum": 1}}, "unknown key 'optimiser.momentum'"),
    "no epochs": ({"optimiser": {}}, "key 'optimiser.epochs' is missing"),
    "zero epochs": ({"optimiser": {"epochs": 0}}, "optimiser.epochs: input should be greater than 0, got 0"),
    "no labels": ({"labels": {}}, "labels: dictionary should have at least 1 item after validation, not 0, got {}"),
    "unknown group": (
        {"labels": {"x": "thing"}},
        "labels.x: input should be 'structure', 'load' or 'object', got 'thing'",
    ),
    "a name that leads out": ({"name": "../../x"}, "name: string should match pattern"),
    "a version that is a number": ({"version": 0.1}, "version: input should be a valid string, got 0.1"),
    "unknown recipe": ({"encoding": "x"}, "encoding 'x' is not one of log-windows-1"),
    "odd canvas": ({"canvas": 100}, "canvas and scout_height must be multiples of 32"),
    "strips higher than the canvas": ({"scout_height": 160}, "scout_height 160 does not fit into a canvas of 128"),
    "passes of nothing": ({"passes": {"x": ["scout"]}}, "passes.x is no label of this configuration"),
    "no pass": ({"passes": {"empty": []}}, "passes.empty: tuple should have at least 1 item after validation, not 0"),
    "an unknown pass": ({"passes": {"empty": ["third"]}}, "passes.empty[0]: input should be 'scout' or 'detail'"),
    "an unknown split": (
        {"imported": [{"root": "x", "splits": ["spare"]}]},
        "imported[0].splits[0]: input should be 'train', 'val' or 'test', got 'spare'",
    ),
    "too much blur": (
        {"augmentation": {"blur_px": 9}},
        "augmentation.blur_px: input should be less than or equal to 8",
    ),
    "an unknown device": (
        {"optimiser": {"epochs": 1, "device": "gpu"}},
        "optimiser.device: string should match pattern",
    ),
    "no data": ({"simulated": None}, "expected data: 'real', 'imported' or 'simulated', or several of them"),
    "simulated scans of no origin": ({"simulated": {}}, "simulated: value error, expected 'scans' or 'suite'"),
    "negative seed": ({"seed": -1}, "seed: input should be greater than or equal to 0, got -1"),
    "a pitch of nothing": (
        {"detail_pitch_mm": 1e-9},
        "detail_pitch_mm: input should be greater than or equal to 0.5, got 1e-09",
    ),
    "endless pitch": ({"detail_pitch_mm": float("inf")}, "detail_pitch_mm: input should be a finite number, got inf"),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_configuration_that_cannot_be(tmp_path: Path, kind: str) -> None:
    change, said = FAULTS[kind]
    path = written(tmp_path, change)
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert caught.value.source == str(path)
    assert said in caught.value.problem


@pytest.mark.parametrize("path", sorted((ROOT / "configs" / "training").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_shipped_configuration_can_be_read(path: Path) -> None:
    config = load_config(path)
    assert config.labels.get("container", "structure") == "structure"
    assert config.name == path.stem


def test_weights_are_known_by_their_content(tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    with pytest.raises(ConfigError, match=r"x\.pt: no such file: expected weights to try"):
        require_weights(path, "weights to try")
    path.write_text("no weights")
    with pytest.raises(ConfigError, match=r"x\.pt: not a file of PyTorch weights: expected weights to try"):
        require_weights(path, "weights to try")
    with ZipFile(path, "w") as file:
        file.writestr("x/data/0", b"weights" * 99)
    require_weights(path, "weights to try")
    path.write_bytes(path.read_bytes().replace(b"weightsweights", b"weightsweighed"))  # torch itself would not notice
    with pytest.raises(ConfigError, match=r"x\.pt: damaged: the checksum of x/data/0 in it does not fit"):
        require_weights(path, "weights to try")


# From here on, torch.


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """YOLOv8 at a sixteenth of the width with drawn weights, in the folders that a training makes."""
    pytest.importorskip("torch", reason="exports a network: needs the full environment (make full)")
    import torch
    import ultralytics
    from ultralytics import YOLO

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


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["container", "firearm", "empty"], "was trained with 'empty' as label 1, but the card says 'firearm'"),
        (["container", "empty"], "was trained with 3 labels, but the card says 2"),
    ],
)
def test_a_card_for_other_labels(
    scantally: Command, checkpoint: Path, tmp_path: Path, labels: list[str], said: str
) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(CONFIG | {"labels": {x: CONFIG["labels"][x] for x in labels}}, sort_keys=False))
    done = scantally("export", checkpoint, "--config", path, "--out", tmp_path / "out")
    assert done == (2, "", f"scantally: {checkpoint}: {said}\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ("description: x\nthresholds: {gun: 0.3}\n", "'gun' is not a label of the configuration 'tiny'"),
        ("description: x\ncalibration: {gun: [1, 0]}\n", "'gun' is not a label of the configuration 'tiny'"),
        ("description: x\nthresholds: {firearm: 3}\n", "labels[2].threshold: input should be less than or equal to 1"),
        ("description: x\ncalibration: {firearm: [0, 1]}\n", "labels[2].a: input should be greater than 0"),
        ("thresholds: {}\n", "key 'description' is missing"),
    ],
)
def test_notes_that_do_not_fit(scantally: Command, checkpoint: Path, tmp_path: Path, notes: str, said: str) -> None:
    path = tmp_path / "notes.yaml"
    path.write_text(notes)
    config = tmp_path / "tiny.yaml"
    config.write_text(yaml.safe_dump(CONFIG, sort_keys=False))
    done = scantally("export", checkpoint, "--config", config, "--out", tmp_path / "out", "--card", path)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"scantally: {path}: {said}") and done.err.count("\n") == 1


def test_no_checkpoint(scantally: Command, checkpoint: Path, tmp_path: Path) -> None:
    config, bad = written(tmp_path), tmp_path / "bad.pt"
    expected = "expected weights that a training wrote (.pt)"
    done = scantally("export", bad, "--config", config, "--out", tmp_path / "out")
    assert done == (2, "", f"scantally: {bad}: no such file: {expected}\n")
    bad.write_text("bad")
    done = scantally("export", bad, "--config", config, "--out", tmp_path / "out")
    assert done == (2, "", f"scantally: {bad}: not a file of PyTorch weights: {expected}\n")


def test_a_damaged_record(checkpoint: Path, tmp_path: Path) -> None:
    from scantally.training.card import make_card

    config = TrainConfig.model_validate(CONFIG)
    assert make_card(config, None, Path("/x.pt")).training["record"] == {}  # not from a run's folder
    (tmp_path / "record.json").write_text("{")
    with pytest.raises(ConfigError, match=r"record\.json: expected the record of a training run"):
        make_card(config, None, tmp_path / "fit" / "weights" / "last.pt")


def test_a_training_that_cannot_begin(scantally: Command, checkpoint: Path, tmp_path: Path) -> None:
    config, data = written(tmp_path), tmp_path / "data"
    line = ("train", config, "--out", tmp_path / "run")
    assert scantally(*line, "--data", data).err == (
        f"scantally: --data: expected the folder of datasets and weights, got '{data}'\n"
    )
    data.mkdir()
    real = tmp_path / "real.yaml"
    real.write_text(yaml.safe_dump(CONFIG | {"simulated": None, "real": {"dataset": "ajna", "root": "none"}}))
    done = scantally("train", real, "--data", data, "--out", tmp_path / "run")
    assert done.code == 2 and done.err.startswith(f"scantally: {data / 'none'}: expected a folder 'images'")
    real.write_text(yaml.safe_dump(CONFIG | {"simulated": None, "real": {"dataset": "other"}}))
    done = scantally("train", real, "--data", data, "--out", tmp_path / "run")
    assert done == (2, "", "scantally: real.dataset: expected 'ajna', got 'other'\n")


def test_what_is_seen_and_not_named_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    """A load that the configuration has no label for would be taught to be background."""
    from scantally.datasets.labelled import Label, LabelledScan
    from scantally.training.prepare import prepare
    from scantally.training.sources import Sources

    def unread() -> Any:  # noqa: ANN401
        raise AssertionError("refused before a picture is read")

    tank = Label(label="tank", box=(0, 0, 9, 9))
    scan = LabelledScan(name="s", group="s", scanner="A", labels=(tank,), open=unread)
    with pytest.raises(ConfigError, match="labels: the data also shows tank: expected each of them to be named"):
        prepare(TrainConfig.model_validate(CONFIG), Sources(simulated=[scan]), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("folds", [1, 3])
def test_folds_that_cannot_be(
    scantally: Command, checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folds: int
) -> None:
    from scantally.datasets import ajna
    from scantally.datasets.labelled import LabelledScan

    scans = [LabelledScan(name=n, group=n, scanner="A", labels=(), open=lambda: None) for n in "ab"]  # type: ignore[arg-type, return-value]
    monkeypatch.setattr(ajna, "load", lambda root: scans)
    config = tmp_path / "real.yaml"
    config.write_text(yaml.safe_dump(CONFIG | {"simulated": None, "real": {"root": "."}}))
    done = scantally("train", config, "--data", tmp_path, "--out", tmp_path / "run", "--folds", str(folds))
    said = {1: "expected at least 2 folds, got 1", 3: "2 groups cannot be divided into 3 folds"}[folds]
    assert done == (2, "", f"scantally: cross-validation: {said}\n")


def test_evaluation_without_data(scantally: Command, checkpoint: Path, tmp_path: Path) -> None:
    from scantally.datasets.opening import EXPECTED
    from scantally.detector.models.package import default_package

    done = scantally("evaluate", default_package(), tmp_path)
    assert done == (2, "", f"scantally: {tmp_path}: {EXPECTED}\n")
    done = scantally("evaluate", default_package(), tmp_path / "none")
    assert done == (2, "", f"scantally: {tmp_path / 'none'}: no such folder\n")


def test_damaged_real_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scantally.datasets import ajna

    for folder in ("images", "labels"):
        (tmp_path / folder).mkdir()
    name = next(iter(ajna.known_groups()))
    image, boxes = tmp_path / "images" / name, (tmp_path / "labels" / name).with_suffix(".txt")
    image.write_bytes(b"no jpeg")
    with pytest.raises(InputError, match="expected a JPEG scan"):
        ajna.load(tmp_path)
    monkeypatch.setattr(ajna, "_size", lambda path: (100, 50))
    with pytest.raises(InputError, match=r"\.txt: expected the container boxes of the scan beside it, one row each"):
        ajna.load(tmp_path)
    boxes.write_text("0 0.5 0.5 1.0\n")
    with pytest.raises(InputError, match=r"\.txt: line 1: expected five numbers, got '0 0\.5 0\.5 1\.0'"):
        ajna.load(tmp_path)
    boxes.write_text("0 0.5 0.5 1.0 0.5\n")
    assert ajna.load(tmp_path)[0].labels[0].box == (0, 12.5, 100, 37.5)
    (tmp_path / "images" / "other.jpg").write_bytes(b"x")
    with pytest.raises(InputError, match="is not among the scans that datasets/labels describes"):
        ajna.load(tmp_path)


def test_damaged_simulated_data(tmp_path: Path) -> None:
    from scantally.datasets import simulated

    path = tmp_path / "s.truth.json"
    for text, said in (("", "the file is empty"), ("{", "invalid JSON"), ('{"seed": 1}', "key 'index' is missing")):
        path.write_text(text)
        with pytest.raises(InputError, match=said):
            simulated.load(tmp_path)
    truth = {"seed": 1, "index": 0, "look": "A", "width": 9, "height": 9, "pitch_mm": 4.0, "x_pitch_mm": 4.0}
    path.write_text(json.dumps(truth | {"energies_mv": [6], "containers": [], "loads": [], "objects": []}))
    with pytest.raises(InputError, match=r"expected its scan beside it: s\.tif"):
        simulated.load(tmp_path)


def test_simulated_scans_of_eight_bits_are_opened_as_jpegs_and_others_as_they_are(tmp_path: Path) -> None:
    from scantally.datasets import simulated
    from scantally.datasets.labelled import open_transmission
    from scantally.datasets.simulator.files import write_scan
    from scantally.datasets.simulator.scene import simulate_scan

    for look in ("A", "cal"):
        write_scan(tmp_path, look, simulate_scan(2, 0, look=look))
    grey, calibrated = simulated.load(tmp_path)
    assert grey.path is not None and calibrated.path is not None
    assert (calibrated.open() == open_transmission(calibrated.path)).all()
    lossless, opened = open_transmission(grey.path), grey.open()
    assert opened.shape == lossless.shape
    assert (opened == grey.open()).all()
    levels = 255 * abs(opened - lossless)
    assert 0.2 < float(levels.mean()) < 2.0
    assert float(np.percentile(levels, 99)) < 12
    grey.path.write_bytes(grey.path.read_bytes()[:3000])
    with pytest.raises(InputError, match="cut short"):
        grey.open()


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[1] / "configs" / "cards").glob("*.yaml")), ids=str)
def test_every_shipped_card_of_notes_can_be_read(path: Path) -> None:
    from scantally.training.card import CardNotes

    notes = parse_yaml(path.read_bytes(), str(path), CardNotes)
    assert notes.measured and notes.fails


@pytest.mark.parametrize(
    ("text", "able"),
    [
        ("processor : 0\nflags\t\t: fpu avx2 fma\n", False),
        ("flags\t\t: fpu avx512f avx512_bf16 avx512_vnni\n", True),
        ("flags\t\t: avx512f amx_tile amx_bf16\n", True),
        ("Features\t: fp asimd bf16 i8mm\n", True),
        ("model name\t: avx512_bf16\n", False),
        ("", False),
    ],
)
def test_bfloat16_is_used_where_the_processor_has_it(tmp_path: Path, text: str, able: bool) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text(text)
    assert multiplies_bf16(info) is able


def test_bfloat16_is_not_used_where_the_processor_says_nothing(tmp_path: Path) -> None:
    assert not multiplies_bf16(tmp_path / "none")


def test_only_what_has_a_label_is_simulated(checkpoint: Path, tmp_path: Path) -> None:
    from scantally.training.sources import wishes_of

    labels = {"container": "structure", "empty": "load", "drums": "load", "firearm": "object", "own": "object"}
    wishes = wishes_of(load_config(written(tmp_path, {"labels": labels})))
    assert (wishes.loads, wishes.objects, wishes.tank_share) == (("drums",), ("firearm",), 0.0)
    wishes = wishes_of(load_config(written(tmp_path, {"labels": {"container": "structure", "empty": "load"}})))
    assert (wishes.loads, wishes.objects) == ((), ())
    assert (wishes.empty_share, wishes.object_share) == (1.0, 0.0)


def test_a_card_says_how_the_weights_were_really_trained(tmp_path: Path) -> None:
    from scantally.training.card import make_card
    from scantally.training.config import load_config

    config, weights = TrainConfig.model_validate(CONFIG), tmp_path / "fit" / "weights"
    (tmp_path / "record.json").write_text("{}")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config.model_dump(mode="json")))
    (tmp_path / "epochs.jsonl").write_text('{"epoch": 0}\n')
    card = make_card(config.model_copy(update={"version": "9.0.0"}), None, weights / "last.pt")
    assert (card.version, card.training["epochs_done"], card.training["interrupted"]) == ("9.0.0", 1, False)
    assert not any("cut off" in line for line in card.fails)
    more = config.optimiser.model_copy(update={"epochs": 7})
    other = config.model_copy(update={"optimiser": more})
    with pytest.raises(
        ConfigError, match=r"trained with another configuration \(optimiser\.epochs\): expected --config .*config\.yaml"
    ):
        make_card(other, None, weights / "last.pt")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(other.model_dump(mode="json")))
    cut = make_card(load_config(tmp_path / "config.yaml"), None, weights / "interrupted.pt")
    assert "The training was cut off after 1 of 7 epochs." in cut.fails


def test_a_run_s_folder_is_cleared_only_where_a_run_wrote_it(tmp_path: Path) -> None:
    from scantally.training.prepare import prepare
    from scantally.training.sources import Sources

    config = TrainConfig.model_validate(CONFIG)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.txt").write_text("kept")
    with pytest.raises(ConfigError, match="holds what no training wrote: expected another --out"):
        prepare(config, Sources(), tmp_path / "data")
    assert (tmp_path / "data" / "mine.txt").read_text() == "kept"
    with pytest.raises(ConfigError, match="no training picture comes of it"):
        prepare(config, Sources(), tmp_path / "new")
    with pytest.raises(ConfigError, match="no training picture comes of it"):  # what it began is its own
        prepare(config, Sources(), tmp_path / "new")


@pytest.mark.parametrize(
    "change",
    [
        {"seed": 2**32},
        {"canvas": 32_000_000},
        {"optimiser": {"epochs": 1, "lr0": 2}},
        {"optimiser": {"epochs": 1, "lr0": float("inf")}},
        {"simulated": {"scans": 10**12}},
    ],
)
def test_values_that_nobody_can_train_with(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TrainConfig.model_validate(CONFIG | change)


def test_a_damaged_state_counts_as_none(tmp_path: Path) -> None:
    import torch

    from scantally.training.resume import epochs_done

    path = tmp_path / "state.pt"
    for content in (b"hello", b"", b"PK"):
        path.write_bytes(content)
        assert epochs_done(path) == 0
    torch.save({"version": 1, "epoch": 3}, path)
    assert epochs_done(path) == 0


def test_a_network_for_poses_gives_its_backbone() -> None:
    from scantally.training.trainer import as_detector

    pose = {
        "nc": 1,
        "kpt_shape": [17, 3],
        "backbone": [1],
        "head": [[-1, 1, "Conv", [8]], [[1], 1, "Pose", ["nc", "kpt_shape"]]],
    }
    assert as_detector(pose) == {"nc": 1, "backbone": [1], "head": [[-1, 1, "Conv", [8]], [[1], 1, "Detect", ["nc"]]]}
    assert pose["kpt_shape"] == [17, 3]
    detect = {"nc": 1, "head": [[[1], 1, "Detect", ["nc"]]]}
    assert as_detector(detect) is detect and as_detector(None) is None and as_detector("yolov8n.yaml") == "yolov8n.yaml"
