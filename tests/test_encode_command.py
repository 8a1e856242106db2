"""Training pictures of whole scans: their bytes are what inference hands to the network, and nothing is dropped without a word."""

import signal
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from audited_sets import Row, jpeg, make_set, plain_rows, png, scene
from conftest import Ran
from numpy.typing import NDArray

from scantally.datasets import encoding
from scantally.detector.formats import read_scan
from scantally.detector.imaging.encode import encode
from scantally.detector.models.infer import Detector
from scantally.detector.models.package import Card
from scantally.detector.models.port import Runtime
from scantally.detector.types import ByteArray, FloatArray

ENCODING = "log-windows-1"
CARD = Card.model_validate(
    {
        "schema": 1,
        "name": "spy",
        "version": "1",
        "description": "",
        "licence": "",
        "encoding": ENCODING,
        "scout_height": 64,
        "detail_pitch_mm": 4.4,
        "labels": [{"name": "knife", "group": "object", "passes": ["detail"]}],
    }
)


class Spy:
    """An engine that finds nothing and remembers what it was handed."""

    def __init__(self) -> None:
        self.pictures: list[ByteArray] = []

    def describe(self) -> Runtime:
        return Runtime(name="spy", version="1", provider="cpu")

    def run(self, picture_HW3: ByteArray) -> FloatArray:
        self.pictures.append(picture_HW3.copy())
        return np.zeros((0, 5), np.float32)

    def close(self) -> None:
        pass


def handed_to_the_network(path: Path) -> ByteArray:
    """The detail pass of an inspection: the whole scan at its own scale, where no container is found."""
    spy = Spy()
    Detector(engine=spy, card=CARD).detect(read_scan(path))
    return spy.pictures[-1]


def as_ultralytics_reads(folder: Path, side: int) -> list[NDArray[np.uint8]]:
    """Through the training's own loader and its own step to a tensor, (H, W, 3)."""
    pytest.importorskip("ultralytics", reason="reads the pictures with the training's own loader: make full")
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.utils import DEFAULT_CFG

    document = yaml.safe_load((folder / "data.yaml").read_text())
    data = {"names": document["names"], "nc": len(document["names"]), "channels": 3}
    images = str(Path(document["path"]) / document["train"])
    loaded = YOLODataset(
        img_path=images, imgsz=side, data=data, augment=False, hyp=DEFAULT_CFG, task="detect", batch_size=1
    )
    return [x["img"].numpy().transpose(1, 2, 0) for x in loaded]


def steep(seed: int, side: int) -> NDArray[np.uint16]:
    """16 bits, most of the load in the low byte, as a dense load is."""
    rng = np.random.default_rng(seed)
    picture = np.full((side, side), 60_000, np.uint16)
    picture[side // 4 :] = rng.integers(20, 240, (side - side // 4, side))
    return picture


@pytest.mark.parametrize("kind", ["jpeg", "png16"])
def test_training_reads_what_inference_hands_to_the_network(
    tmp_path: Path, scantally: Callable[..., Ran], kind: str
) -> None:
    raw = jpeg(scene(1, 160, 160)) if kind == "jpeg" else png(steep(1, 160))
    make_set(tmp_path / "set", [Row(raw=raw, suffix=".jpg" if kind == "jpeg" else ".png", size=(160, 160))])
    assert scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING).code == 0
    (source,) = (tmp_path / "set" / "images").iterdir()
    wanted = handed_to_the_network(source)
    assert wanted.shape == (160, 160, 3)
    assert (wanted[..., 0] != wanted[..., 2]).mean() > 0.3  # else swapped channels would not show
    (got,) = as_ultralytics_reads(tmp_path / "out", 160)
    assert np.array_equal(got, wanted)


def test_sixteen_bits_do_not_go_through_eight(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    picture = steep(2, 160)
    make_set(tmp_path / "set", [Row(raw=png(picture), suffix=".png", size=(160, 160))])
    scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING)
    written = cv2.imread(str(tmp_path / "out" / "images" / "train" / "001.png"))
    assert (picture[40:] >> 8).max() == 0  # eight bits would show one black
    assert len(np.unique(written[48:, :, 1])) > 20


def test_wide_scans_keep_their_size_and_boxes_their_place(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    row = Row(
        raw=jpeg(scene(3, 2600, 96)),
        size=(2600, 96),
        boxes=[("knife", (1300, 24, 260, 48)), ("gun", (2590, 90, 40, 40))],
    )
    make_set(tmp_path / "set", [row], ("knife", "gun"))
    scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING)
    assert cv2.imread(str(tmp_path / "out/images/train/001.png")).shape == (96, 2600, 3)
    lines = (tmp_path / "out/labels/train/001.txt").read_text().splitlines()
    rows = [[float(v) for v in line.split()] for line in lines]
    assert rows[0] == pytest.approx([0, 0.55, 0.5, 0.1, 0.5])
    assert rows[1] == pytest.approx([1, 2595 / 2600, 93 / 96, 10 / 2600, 6 / 96], abs=1e-8)  # cut to the picture


def test_splits_are_folders_and_data_yaml_names_them(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    rows = plain_rows(4)
    rows[1].split, rows[2].split = "val", None
    make_set(tmp_path / "set", rows, ("knife", "gun"))
    ran = scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING)
    assert ran.out.splitlines() == [
        "train: 1 picture",
        "val: 1 picture",
        "test: 1 picture",
        "boxes: knife 3, gun 0",
        "left out: 1 picture in no split",
        "not read: none",
    ]
    assert yaml.safe_load((tmp_path / "out" / "data.yaml").read_text()) == {
        "path": str(tmp_path / "out"),
        "train": "images/train",
        "val": "images/val",
        "test": "images/test",
        "names": {0: "knife", 1: "gun"},
    }


def test_the_boxes_that_are_counted_are_those_that_were_written(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    outside = [("knife", (200, 10, 20, 20)), ("gun", (10, 10, 0, 5)), ("gun", (10.0, 10.0, 1e-7, 20.0))]
    row = Row(raw=jpeg(scene(4, 160, 160)), size=(160, 160), boxes=[("knife", (150, 20, 40, 40)), *outside])
    make_set(tmp_path / "set", [row], ("knife", "gun"))
    ran = scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING)
    rows = (tmp_path / "out/labels/train/001.txt").read_text().splitlines()
    assert [line.split()[0] for line in rows] == ["0"]
    assert ran.out.splitlines()[1:3] == [
        "boxes: knife 1, gun 0",
        "left out: 3 boxes without any area in their picture (gun 2, knife 1)",
    ]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_encoding_that_is_told_to_end_leaves_nothing(
    tmp_path: Path, scantally: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    make_set(tmp_path / "set", plain_rows(3))
    pictures = iter(range(9))

    def ended(*given: object) -> object:
        if next(pictures) == 1:
            signal.raise_signal(number)
        return encode(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(encoding, "encode", ended)
    ran = scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING)
    assert ran.code == 128 + number
    assert not [p for p in (tmp_path / "out").rglob("*") if p.is_file()]
    monkeypatch.undo()
    assert scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING).code == 0


def test_one_split_after_the_other(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    make_set(tmp_path / "set", plain_rows(3))
    line = ("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING, "--split")
    assert scantally(*line, "train").code == 0
    assert "test" not in yaml.safe_load((tmp_path / "out" / "data.yaml").read_text())
    assert scantally(*line, "test").code == 0
    assert {"train", "test"} <= set(yaml.safe_load((tmp_path / "out" / "data.yaml").read_text()))
    again = scantally(*line, "test")
    assert (again.code, again.err.splitlines()) == (
        2,
        [f"scantally: {tmp_path / 'out/images/test'}: is there already: expected another folder, or remove it"],
    )


def test_what_cannot_be_read_is_counted_and_named(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    rows = plain_rows(5)
    rows[0].raw, rows[2].raw = (rows[0].raw or b"")[:900] + b"\xff\xd9", None
    rows[3].crowd = True
    make_set(tmp_path / "set", rows)
    ran = scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING)
    assert ran.code == 0
    said = ran.out.splitlines()
    assert said[:5] == [
        "train: 2 pictures",
        "test: 1 picture",
        "boxes: knife 2",
        "left out: 1 box marked as not to be learnt (iscrowd)",
        "not read: 2 pictures",
    ]
    assert [x.split(":")[0].strip() for x in said[5:7]] == [
        str(tmp_path / f"set/images/{n}.jpg") for n in ("001", "003")
    ]
    lacking = f"note: {tmp_path / 'out' / 'data.yaml'} has no 'val': ultralytics asks for both; "
    assert said[7:] == [f"{lacking}encode the rest into the same folder"]
    written = sorted(x.stem for x in (tmp_path / "out").glob("*/*/*.*"))
    assert written == ["002", "002", "004", "004", "005", "005"]
    assert (tmp_path / "out" / "labels" / "train" / "004.txt").read_text() == ""


def test_equal_names_in_two_folders_stay_apart(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    make_set(tmp_path / "set", plain_rows(2))
    text = (tmp_path / "set" / "dataset.json").read_text()
    (tmp_path / "set" / "images" / "a").mkdir()
    (tmp_path / "set" / "images" / "002.jpg").rename(tmp_path / "set" / "images" / "a" / "001.jpg")
    (tmp_path / "set" / "dataset.json").write_text(text.replace("images/002.jpg", "images/a/001.jpg"))
    scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING)
    assert [x.name for x in sorted((tmp_path / "out/images").glob("*/*"))] == ["a__001.jpg.png", "001.jpg.png"]


def other_labels(folder: Path) -> None:
    folder.mkdir()
    (folder / "data.yaml").write_text("names: {0: gun}\n")


def no_yaml(folder: Path) -> None:
    folder.mkdir()
    (folder / "data.yaml").write_text("names: [")


def a_file(folder: Path) -> None:
    folder.write_text("")


@pytest.mark.parametrize(
    ("before", "problem"),
    [
        (other_labels, "is there already with other labels: expected another folder"),
        (no_yaml, "is there already and is no YAML: expected another folder"),
        (a_file, "cannot be written: Not a directory"),
    ],
)
def test_a_place_with_something_else_is_refused(
    tmp_path: Path, scantally: Callable[..., Ran], before: Callable[[Path], None], problem: str
) -> None:
    make_set(tmp_path / "set", plain_rows(2))
    before(tmp_path / "out")
    ran = scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING)
    assert ran.code == 2
    assert ran.err.splitlines()[-1].endswith(problem)
    assert not (tmp_path / "out" / "images").exists()


def test_a_set_without_splits_and_an_unknown_recipe_are_refused(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    rows = plain_rows(2)
    rows[1].split = "train"
    make_set(tmp_path / "set", rows)
    ran = scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING, "--split", "val")
    assert ran.code == 2
    assert "no picture is in the split 'val'" in ran.err
    ran = scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", "log-windows-0")
    assert ran.err == "scantally: --encoding: no such recipe: 'log-windows-0', expected one of log-windows-1\n"


def test_files_are_eight_bit_png_of_three_channels(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    make_set(tmp_path / "set", plain_rows(1))
    scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING)
    (file,) = (tmp_path / "out/images").glob("*/*.png")
    raw = file.read_bytes()
    assert struct.unpack(">IIBB", raw[16:26]) == (192, 128, 8, 2)
    assert zlib.crc32(raw[12:29]) == struct.unpack(">I", raw[29:33])[0]


@pytest.mark.parametrize(("name", "hint"), [("valid", " (validation is called val here)"), ("Train", "")])
def test_a_split_of_another_name(tmp_path: Path, scantally: Callable[..., Ran], name: str, hint: str) -> None:
    make_set(tmp_path / "set", plain_rows(3))
    ran = scantally("data", "encode", tmp_path / "set", tmp_path / "out", "--encoding", ENCODING, "--split", name)
    assert (ran.code, ran.err) == (2, f"scantally: --split: expected one of train, val, test, got '{name}'{hint}\n")


def test_a_folder_that_is_no_dataset_yet(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    said = f"scantally: {tmp_path / 'dataset.json'}: no such file: expected a dataset; other data become a dataset by "
    for line in (
        ("encode", tmp_path, tmp_path / "out", "--encoding", ENCODING),
        ("audit", tmp_path, "--out", tmp_path),
    ):
        ran = scantally("data", *line)
        assert (ran.code, ran.err) == (2, f"{said}`scantally data import LAYOUT FOLDER OUT`\n")
