"""Which scans a configuration trains on, and how the network's start is found."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import cv2
import numpy as np
import pytest
import yaml

pytest.importorskip("torch", reason="prepares a training: needs the full environment (make full)")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(900)]

from scantally.datasets.dataset import Annotation, Category, Dataset, Image, Info, read_dataset, write_dataset
from scantally.detector.errors import ConfigError, InputError
from scantally.detector.types import Group
from scantally.training.config import TrainConfig
from scantally.training.prepare import DONE, prepare
from scantally.training.record import run_record
from scantally.training.sources import Sources, open_sources

CONFIG: dict[str, Any] = {
    "name": "boxes",
    "version": "0.0.1",
    "start_from": "weights/tiny.pt",
    "labels": {"fault": "object"},
    "passes": {"fault": ["detail"]},
    "encoding": "log-windows-1",
    "canvas": 128,
    "scout_height": 64,
    "imported": [{"root": "boxes", "scout": False, "detail_negatives": 2}],
    "optimiser": {"epochs": 1},
}
SPLITS = ("train", "train", "val", "test", "train")


def dataset(folder: Path, splits: tuple[str | None, ...] = SPLITS) -> Path:
    """Pictures of 96 x 80 px with a dark block each; the last one has none."""
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    images, boxes = [], []
    for number, split in enumerate(splits):
        picture = rng.integers(150, 200, (80, 96), np.uint8)
        picture[20:40, 30:60] = 60
        name = f"images/{number}.png"
        cv2.imwrite(str(folder / name), picture)
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        images.append(
            Image(
                id=number,
                file_name=name,
                width=96,
                height=80,
                sha256=digest,
                source=name,
                group=f"g{number}",
                scanner="ab"[number % 2],
                split=split,  # type: ignore[arg-type]
            )
        )
        if number < len(splits) - 1:
            boxes.append(Annotation(id=number, image_id=number, category_id=1, bbox=(30, 20, 30, 20), area=600))
    write_dataset(
        Dataset(
            info=Info(name="boxes", imported_as="voc"),
            images=tuple(images),
            annotations=tuple(boxes),
            categories=(Category(id=1, name="fault", supercategory=Group.OBJECT),),
        ),
        folder,
    )
    return folder


def opened(data: Path, **change: Any) -> Sources:  # noqa: ANN401
    return open_sources(TrainConfig.model_validate(CONFIG | change), data, data / "run", print)


def test_only_the_splits_asked_for_are_trained_on(tmp_path: Path) -> None:
    dataset(tmp_path / "boxes")
    found = opened(tmp_path)
    assert [scan.name for scan in found.labelled()] == ["0", "1", "4"]
    assert [scan.name for scan in found.validation] == ["2"]
    more = opened(tmp_path, imported=[{"root": "boxes", "splits": ["train", "test"]}])
    assert [scan.name for scan in more.labelled()] == ["0", "1", "3", "4"]


def test_a_dataset_without_splits_is_taken_whole(tmp_path: Path) -> None:
    dataset(tmp_path / "boxes", (None,) * 4)
    assert len(opened(tmp_path).labelled()) == 4


def test_a_split_without_pictures_is_refused(tmp_path: Path) -> None:
    dataset(tmp_path / "boxes", ("val", "test"))
    with pytest.raises(ConfigError, match=r"imported\[0\]\.splits: .*boxes has no picture of train"):
        opened(tmp_path)
    with pytest.raises(InputError, match=r"none/dataset\.json: no such file"):
        opened(tmp_path, imported=[{"root": "none"}])


def test_pictures_smaller_than_a_canvas_stand_on_one_each(tmp_path: Path) -> None:
    dataset(tmp_path / "boxes")
    config = TrainConfig.model_validate(CONFIG)
    data, counts = prepare(config, opened(tmp_path), tmp_path / "pictures")
    assert counts == {"fault": 2}
    names = sorted(p.stem for p in (tmp_path / "pictures/train/images").iterdir())
    assert names == ["set0-0-0-0", "set0-1-0-0", "set0neg00000", "set0neg00001"]
    row = (tmp_path / "pictures/train/labels/set0-0-0-0.txt").read_text().split()
    assert [float(x) * 128 for x in row[1:]] == pytest.approx([45, 30, 30, 20], abs=0.01)
    document = yaml.safe_load(data.read_text())
    held = Path(document["path"], document["val"]).read_text().splitlines()
    assert [Path(p).stem for p in held] == ["val-2-0-0"]


def test_pictures_that_are_there_are_kept_and_half_of_them_are_not(tmp_path: Path) -> None:
    dataset(tmp_path / "boxes")
    config, sources, out = TrainConfig.model_validate(CONFIG), opened(tmp_path), tmp_path / "pictures"
    _, counts = prepare(config, sources, out)
    first = {p.name: p.read_bytes() for p in (out / "train/images").iterdir()}
    kept = out / "train/images/set0-0-0-0.png"
    before = kept.stat().st_mtime_ns
    assert prepare(config, sources, out)[1] == counts and kept.stat().st_mtime_ns == before
    (out / DONE).unlink()
    kept.write_bytes(b"half a pic")
    assert prepare(config, sources, out)[1] == counts
    assert {p.name: p.read_bytes() for p in (out / "train/images").iterdir()} == first


def test_the_record_knows_the_data_by_content(tmp_path: Path) -> None:
    dataset(tmp_path / "boxes")
    weights = tmp_path / "weights.pt"
    weights.write_bytes(b"weights")
    record = run_record(opened(tmp_path), weights, {"fault": 2})
    assert (record["imported_scans"], record["real_scans"], record["simulated_scans"]) == (3, 0, 0)
    assert record["scanners"] == ["a", "b"]
    assert record["weights_sha256"] == hashlib.sha256(b"weights").hexdigest()
    assert run_record(opened(tmp_path), weights, {"fault": 2}) == record
    path = tmp_path / "boxes/images/0.png"
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(
        InputError, match=r"0\.png: is not the picture that dataset\.json describes \(another SHA-256\)"
    ):
        opened(tmp_path)
    again = read_dataset(tmp_path / "boxes")
    first = again.images[0].model_copy(update={"sha256": hashlib.sha256(path.read_bytes()).hexdigest()})
    write_dataset(again.model_copy(update={"images": (first, *again.images[1:])}), tmp_path / "boxes")
    assert run_record(opened(tmp_path), weights, {"fault": 2})["data_sha256"] != record["data_sha256"]


def test_a_fold_trains_on_what_it_keeps(tmp_path: Path) -> None:
    dataset(tmp_path / "boxes")
    found = opened(tmp_path)
    kept = found.only(found.labelled()[:2])
    assert [scan.name for scan in kept.all()] == ["0", "1"] and kept.validation == []


def test_weights_of_a_package_become_a_checkpoint(tmp_path: Path) -> None:
    import torch
    import ultralytics
    from ultralytics import YOLO

    from scantally.training.start import as_checkpoint, find_start
    from scantally.training.weights import save_weights_npz

    shape = yaml.safe_load((Path(ultralytics.__file__).parent / "cfg/models/v8/yolov8.yaml").read_text())
    shape["scales"], shape["nc"] = {"n": [0.33, 0.0625, 1024]}, 3
    (tmp_path / "yolov8n-tiny.yaml").write_text(yaml.safe_dump(shape))
    torch.manual_seed(3)
    before = YOLO(str(tmp_path / "yolov8n-tiny.yaml"), task="detect").model
    state = {name: tensor.numpy() for name, tensor in before.state_dict().items()}
    save_weights_npz(tmp_path / "weights.npz", state, before.yaml)

    made = as_checkpoint(tmp_path / "weights.npz", tmp_path / "run" / "start.pt")
    after = YOLO(str(made)).model
    assert after.yaml["nc"] == 3
    for name, tensor in after.state_dict().items():
        assert np.allclose(tensor.float().numpy(), state[name], rtol=1e-3, atol=1e-3), name
    # A network for 3 labels that started from one for 80 keeps the class branch of 80, and its form does not say so.
    coco = YOLO(str(tmp_path / "yolov8n-tiny.yaml"), task="detect")
    coco.model = type(before)(shape | {"nc": 80}, verbose=False)
    before.load(coco.model)
    state = {name: tensor.numpy() for name, tensor in before.state_dict().items()}
    assert state["model.22.cv3.0.0.conv.weight"].shape[0] == 80
    save_weights_npz(tmp_path / "wide.npz", state, before.yaml)
    after = YOLO(str(as_checkpoint(tmp_path / "wide.npz", tmp_path / "run" / "wide.pt"))).model
    assert {k: tuple(v.shape) for k, v in after.state_dict().items()} == {k: v.shape for k, v in state.items()}
    assert after(torch.zeros(1, 3, 64, 64))[0].shape[1] == 4 + 3

    assert as_checkpoint(tmp_path / "other.pt", tmp_path / "x") == tmp_path / "other.pt"

    config = TrainConfig.model_validate(CONFIG)
    with pytest.raises(ConfigError, match=r"tiny\.pt: no such file: expected the weights that 'start_from' names"):
        find_start(config, tmp_path)
    bare = config.model_copy(update={"start_from": Path("weights.npz")})
    assert find_start(bare, tmp_path) == tmp_path / "weights.npz"


def test_a_run_goes_on_only_with_its_own_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scantally.training import run
    from scantally.training.run import train

    monkeypatch.setattr(run, "fit", lambda *given, **named: Path("last.pt"))
    monkeypatch.setattr(run, "require_network", lambda weights: None)
    dataset(tmp_path / "boxes")
    out = tmp_path / "run"
    config = TrainConfig.model_validate(CONFIG)
    with pytest.raises(ConfigError, match=r"tiny\.pt: no such file"):
        train(config, tmp_path, out, print)
    assert not out.exists()
    (tmp_path / "weights").mkdir()
    with ZipFile(tmp_path / "weights" / "tiny.pt", "w") as file:
        file.writestr("data.pkl", b"")
    train(config, tmp_path, out, print)
    assert TrainConfig.model_validate(yaml.safe_load((out / "config.yaml").read_text())) == config
    train(config, tmp_path, out, print)
    other = TrainConfig.model_validate(CONFIG | {"seed": 5})
    with pytest.raises(
        ConfigError, match=r"run: this run began with another configuration \(seed\): expected another --out"
    ):
        train(other, tmp_path, out, print)
    (out / "config.yaml").write_text("seed: 0\nseed: 1\n")
    with pytest.raises(ConfigError, match=r"config\.yaml: expected YAML: key .seed. stands twice, in lines 1 and 2"):
        train(other, tmp_path, out, print)


def test_the_benchmark_is_trained_on_by_its_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scantally.datasets.simulator import objects
    from scantally.datasets.simulator.parts import parts
    from scantally.training import projected, sources

    suite = sources.SUITES["cargo-1"]
    jobs = suite.jobs()
    few = [next(job for job in jobs if job.stem.startswith(f"{part}/")) for part in ("train", "validation", "test")]
    few.append(next(job for job in jobs if job.stem == "train/train-0001"))
    monkeypatch.setitem(sources.SUITES, "cargo-1", replace(suite, jobs=lambda: few))
    labels = {"container": "structure", "empty": "load"}
    labels |= dict.fromkeys(parts()["train"].loads, "load") | dict.fromkeys(parts()["train"].objects, "object")
    simulated = {"suite": "cargo-1", "scans": 1, "projected_objects": 1}  # the first of the two that are for training
    config = TrainConfig.model_validate(
        CONFIG | {"imported": [], "passes": {}, "labels": labels, "simulated": simulated}
    )
    found = open_sources(config, tmp_path, tmp_path / "run", print)
    assert [scan.name for scan in found.simulated] == ["train-0000"]
    assert sorted(p.name for p in (tmp_path / "run/simulated").iterdir() if p.is_dir()) == ["train"]

    asked: list[str | None] = []

    def make(kind: str, rng: np.random.Generator, pitch_mm: float, part: str | None = None) -> Any:  # noqa: ANN401
        asked.append(part)
        return objects.make_object(kind, rng, pitch_mm, part)

    monkeypatch.setattr(projected, "make_object", make)
    prepare(config, found, tmp_path / "pictures")
    assert set(asked) == {"train"}


def test_half_of_the_real_scans_can_be_left_to_judge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scantally.datasets.halves import half_of
    from scantally.datasets.labelled import LabelledScan
    from scantally.training import sources

    blank = np.ones((8, 8), np.float32)
    scans = [LabelledScan(name=f"s{k}", group=str(k), scanner="A", labels=(), open=lambda: blank) for k in range(30)]
    monkeypatch.setattr(sources.ajna, "load", lambda folder: scans)
    chosen = {}
    for half in ("look", "held", None):
        config = TrainConfig.model_validate(CONFIG | {"imported": [], "real": {"half": half}})
        chosen[half] = [scan.name for scan in open_sources(config, tmp_path, tmp_path / "run", print).real]
    assert chosen[None] == [scan.name for scan in scans]
    assert sorted(chosen["look"] + chosen["held"]) == sorted(chosen[None])
    assert 5 < len(chosen["look"]) < 25
    assert {half_of(name.removeprefix("s")) for name in chosen["look"]} == {"look"}


def test_boxes_that_no_picture_can_show_are_counted(tmp_path: Path) -> None:
    from scantally.training.prepare import too_small

    dataset(tmp_path / "boxes")
    found = opened(tmp_path)
    assert too_small(TrainConfig.model_validate(CONFIG), found) == {}
    small = [replace(scan, pitch_mm=1.0) for scan in found.imported[0]]  # boxes of 30 x 20 px become 6.8 x 4.5
    assert too_small(TrainConfig.model_validate(CONFIG), Sources(imported=[small])) == {"fault": 2}


def test_a_run_does_not_go_on_with_other_data(tmp_path: Path) -> None:
    from scantally.training.run import _require_same_data

    dataset(tmp_path / "boxes")
    weights = tmp_path / "weights.pt"
    weights.write_bytes(b"weights")
    _require_same_data(opened(tmp_path), weights, tmp_path)  # nothing has begun
    (tmp_path / "record.json").write_text(json.dumps(run_record(opened(tmp_path), weights, {})))
    _require_same_data(opened(tmp_path), weights, tmp_path)
    with pytest.raises(ConfigError, match="the data have changed since this run began: expected another --out"):
        _require_same_data(
            opened(tmp_path, imported=[{"root": "boxes", "splits": ["train", "test"]}]), weights, tmp_path
        )
    weights.write_bytes(b"others")
    with pytest.raises(ConfigError, match="the weights that it starts from have changed"):
        _require_same_data(opened(tmp_path), weights, tmp_path)


def test_a_package_knows_the_pictures_that_it_was_trained_on(tmp_path: Path) -> None:
    from types import SimpleNamespace

    from scantally.datasets.dataset import load
    from scantally.training.record import trained_on

    dataset(tmp_path / "boxes")
    (tmp_path / "weights.pt").write_bytes(b"weights")
    record = run_record(opened(tmp_path), tmp_path / "weights.pt", {"fault": 2})
    card: Any = SimpleNamespace(training={"record": record})
    assert trained_on(card, load(tmp_path / "boxes", ("train",))) == 3
    assert trained_on(card, load(tmp_path / "boxes", ("test",))) == 0
    assert trained_on(card, load(tmp_path / "boxes")) == 3
    assert trained_on(SimpleNamespace(training={}), load(tmp_path / "boxes")) == 0  # type: ignore[arg-type]
