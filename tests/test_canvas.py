"""Training pictures: the bytes that the network sees are those of inference, and labels lie on what they name."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.datasets import canvas
from scantally.datasets.canvas import (
    MIN_VISIBLE,
    Canvas,
    Recipe,
    cut_labels,
    detail_canvas,
    scout_canvases,
    scout_strip,
)
from scantally.datasets.labelled import Label, LabelledScan
from scantally.detector.imaging.encode import encode
from scantally.detector.imaging.scales import blank, scout_view
from scantally.detector.types import Box, FloatArray

ENCODING = "log-windows-1"
PLAIN = Recipe(encoding=ENCODING, canvas=160, scout_height=64, scout_share=1.0, stretch=0.0)
DRAWN = Recipe(encoding=ENCODING, canvas=160, scout_height=64)
LABELS = ("container", "firearm")


def labelled(picture: FloatArray, *boxes: Box, name: str = "s") -> LabelledScan:
    labels = tuple(Label(label="container", box=b) for b in boxes)
    return LabelledScan(name=name, group=name, scanner="A", labels=labels, open=lambda: picture)


def with_block(height: int, width: int, box: tuple[int, int, int, int]) -> FloatArray:
    """Open beam with one dark block."""
    picture = np.full((height, width), 0.98, np.float32)
    picture[box[1] : box[3], box[0] : box[2]] = 0.05
    return picture


def dark_box(picture: np.ndarray) -> Box:
    """Where the first channel is dark load: box of its pixels."""
    rows, columns = np.nonzero(picture[..., 0] > 200)
    return (float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1))


def test_the_file_holds_what_inference_encodes(tmp_path: Path) -> None:
    """Through ultralytics' own loader and its own step to a tensor: byte for byte, channel by channel."""
    pytest.importorskip("ultralytics", reason="reads the pictures with the training's own loader: make full")
    from ultralytics.data.dataset import YOLODataset
    from ultralytics.utils import DEFAULT_CFG

    t = np.random.default_rng(1).uniform(0.01, 1, (160, 160)).astype(np.float32)
    encoded = encode(t, ENCODING)
    assert (encoded[..., 0] != encoded[..., 2]).mean() > 0.5  # else swapped channels would not show
    item = Label(label="firearm", box=(16.0, 32.0, 80.0, 64.0))
    canvas.write([Canvas(name="a", picture_HW3=encoded, labels=(item,))], tmp_path, LABELS)
    data = {"names": dict(enumerate(LABELS)), "nc": 2, "channels": 3}
    hyp = DEFAULT_CFG
    loaded = YOLODataset(
        img_path=str(tmp_path / "images"), imgsz=160, data=data, augment=False, hyp=hyp, task="detect", batch_size=1
    )[0]
    assert (loaded["img"].numpy().transpose(1, 2, 0) == encoded).all()
    assert loaded["cls"].ravel().tolist() == [1.0]
    assert loaded["bboxes"][0].tolist() == pytest.approx([0.3, 0.3, 0.4, 0.2], abs=1e-6)


def test_an_unvaried_strip_is_what_the_scout_pass_sees() -> None:
    t = np.random.default_rng(2).uniform(0.02, 1, (128, 256)).astype(np.float32)
    strip, _ = scout_strip(labelled(t), PLAIN, np.random.default_rng(0))
    view = scout_view(t, ENCODING, 64)
    assert strip.shape == (64, 128, 3) == view.picture_HW3.shape
    assert (strip == view.picture_HW3).all()


def test_boxes_survive_stacking() -> None:
    """Each strip has one dark block; on the canvas, the label must be the box of the dark pixels at its place."""
    boxes = [(30, 20, 200, 100), (60, 40, 120, 90), (10, 10, 60, 60), (100, 30, 230, 70)]
    scans = [labelled(with_block(128, 256, b), b, name=str(i)) for i, b in enumerate(boxes)]
    made = list(scout_canvases(scans, PLAIN, np.random.default_rng(3), "c"))
    assert [c.name for c in made] == ["c00000", "c00001"]
    assert sum(len(c.labels) for c in made) == 4
    for picture in made:
        assert picture.picture_HW3.shape == (160, 160, 3)
        for item in picture.labels:
            y0, y1 = round(item.box[1]), round(item.box[3])
            near = picture.picture_HW3.copy()
            near[: max(0, y0 - 4)] = near[y1 + 4 :] = 0
            assert dark_box(near) == pytest.approx(item.box, abs=1.5)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_boxes_survive_drawn_height_stretch_and_cut(seed: int) -> None:
    box = (120, 30, 300, 100)
    rng = np.random.default_rng(seed)
    strip, labels = scout_strip(labelled(with_block(128, 420, box), box), DRAWN, rng)
    assert strip.shape[0] <= 64 and strip.shape[1] <= 160
    for item in labels:
        assert dark_box(strip) == pytest.approx(item.box, abs=2.5)
    if not labels:  # dropped only because it was cut away
        assert (strip[..., 0] > 200).sum() < MIN_VISIBLE * 1.2 * strip.shape[0] * 180 * 70 / 128


@given(st.floats(0.3, 2.0), st.integers(0, 150), st.integers(0, 60))
@settings(max_examples=25, deadline=None)
def test_boxes_survive_a_detail_crop(scale: float, x: int, y: int) -> None:
    box = (150, 60, 230, 110)
    t = with_block(160, 320, box)
    made = detail_canvas(t, [Label(label="firearm", box=box)], (x, y), scale, PLAIN, np.random.default_rng(0), "d")
    assert made.picture_HW3.shape == (160, 160, 3)
    for item in made.labels:
        assert dark_box(made.picture_HW3) == pytest.approx(item.box, abs=2.0)


def test_beyond_the_scan_a_crop_is_open_beam() -> None:
    t = np.full((40, 50), 0.2, np.float32)
    made = detail_canvas(t, [], (0, 0), 1.0, PLAIN, np.random.default_rng(0), "d")
    assert (made.picture_HW3[40:] == blank(120, 160, ENCODING)).all()
    assert (made.picture_HW3[:, 50:] == blank(160, 110, ENCODING)).all()


WINDOW = (100.0, 0.0, 260.0, 64.0)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((110, 10, 200, 50), (10, 10, 100, 50)),
        ((60, 10, 200, 50), (0, 10, 100, 50)),  # cut at the left; most of it shows
        ((200, -10, 300, 70), (100, 0, 160, 64)),  # 60 of 100 columns and 64 of 80 rows: 48 %
        ((0, 10, 129, 50), None),  # 29 of 129 columns: under 30 %
        ((250, 10, 290, 50), None),  # 10 of 40
        ((0, 0, 90, 64), None),  # outside
        ((110, 10, 114, 50), None),  # too narrow to learn from
        ((110, 10, 115, 50), (10, 10, 15, 50)),
    ],
)
def test_labels_are_cut_to_what_shows(box: Box, expected: Box | None) -> None:
    kept = cut_labels([Label(label="container", box=box, sure=False)], WINDOW)
    assert [x.box for x in kept] == ([] if expected is None else [expected])
    assert all(x.label == "container" and not x.sure for x in kept)


def test_the_same_seed_gives_the_same_canvases() -> None:
    box = (30, 20, 200, 100)
    scans = [labelled(with_block(128, 256, box), box, name=str(i)) for i in range(5)]
    first, again, other = (list(scout_canvases(scans, DRAWN, np.random.default_rng(seed), "c")) for seed in (7, 7, 8))
    assert [c.labels for c in first] == [c.labels for c in again]
    assert all((a.picture_HW3 == b.picture_HW3).all() for a, b in zip(first, again, strict=True))
    assert [c.labels for c in first] != [c.labels for c in other]


def test_every_scan_is_on_one_canvas() -> None:
    scans = [labelled(with_block(128, 200, (40, 20, 150, 100)), (40, 20, 150, 100), name=str(i)) for i in range(11)]
    made = list(scout_canvases(scans, DRAWN, np.random.default_rng(0), "c"))
    assert sum(len(c.labels) for c in made) == 11
    assert list(scout_canvases([], DRAWN, np.random.default_rng(0), "c")) == []


def test_what_is_written_is_counted(tmp_path: Path) -> None:
    empty = Canvas(name="b", picture_HW3=blank(160, 160, ENCODING), labels=())
    item = Label(label="container", box=(0.0, 0.0, 160.0, 80.0))
    full = Canvas(name="a", picture_HW3=blank(160, 160, ENCODING), labels=(item, item))
    assert canvas.write([full, empty], tmp_path, LABELS) == {"container": 2, "firearm": 0}
    assert (tmp_path / "labels" / "a.txt").read_text() == "0 0.500000 0.250000 1.000000 0.500000\n" * 2
    assert (tmp_path / "labels" / "b.txt").read_text() == ""
    assert cv2.imread(str(tmp_path / "images" / "b.png")).shape == (160, 160, 3)


def test_a_picture_that_cannot_be_written(tmp_path: Path) -> None:
    picture = Canvas(name="no/such/folder", picture_HW3=blank(32, 32, ENCODING), labels=())
    with pytest.raises(FileNotFoundError, match="folder"):
        canvas.write([picture], tmp_path, LABELS)
