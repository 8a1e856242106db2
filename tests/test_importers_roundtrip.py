"""What is written in a layout and imported is what was written: any classes, boxes, splits and sizes."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from dataset_layouts import Pic, write_coco, write_voc, write_yolo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scantally.datasets.dataset import Dataset, read_dataset
from scantally.datasets.importers.run import Choices, import_dataset

Boxes = set[tuple[str, tuple[float, ...]]]

CLASSES = ("knife", "gun", "Multi-tool_Knife", "liquid 1")


@st.composite
def pictures(draw: st.DrawFn, digits: int) -> list[Pic]:
    """A few small pictures with whole boxes, or boxes with so many digits, inside them; no two boxes alike."""
    pics = []
    for number in range(draw(st.integers(1, 4))):
        width, height = draw(st.integers(32, 90)), draw(st.integers(32, 90))
        boxes: dict[tuple[str, tuple[float, float, float, float]], None] = {}
        for _ in range(draw(st.integers(0, 3))):
            step = 10**-digits
            x, y = draw(st.integers(0, (width - 2) * 10**digits)), draw(st.integers(0, (height - 2) * 10**digits))
            w, h = draw(st.integers(1, width * 10**digits - x)), draw(st.integers(1, height * 10**digits - y))
            rect = (round(x * step, digits), round(y * step, digits), round(w * step, digits), round(h * step, digits))
            boxes[draw(st.sampled_from(CLASSES)), rect] = None
        split = draw(st.sampled_from(["train", "val", "test"]))
        pics.append(Pic(name=f"p{number}.png", size=(width, height), boxes=tuple(boxes), split=split))
    return pics


def imported(layout: str, root: Path, out: Path, choices: Choices | None = None) -> Dataset:
    return import_dataset(layout, root, out, choices or Choices(), lambda pictures, _: pictures)


def told(dataset: Dataset) -> dict[str, tuple[object, ...]]:
    """A dataset in the writers' words, by the pictures' stems."""
    names = {label: name for name, label in dataset.info.classes.items()}
    labels = {x.id: names[x.name] for x in dataset.categories}
    return {
        Path(image.source).name: (
            (image.width, image.height),
            image.split,
            {(labels[x.category_id], x.bbox) for x in dataset.annotations if x.image_id == image.id},
        )
        for image in dataset.images
    }


def wanted(pics: Sequence[Pic]) -> dict[str, tuple[object, ...]]:
    return {pic.name: (pic.size, pic.split, set(pic.boxes)) for pic in pics}


@pytest.mark.parametrize(
    ("layout", "write", "digits"),
    [
        ("coco", write_coco, 2),
        ("yolo", write_yolo, 2),
        ("voc", write_voc, 0),
        ("voc", write_voc, 2),
        ("voc", partial(write_voc, one_based=True), 0),
    ],
    ids=["coco", "yolo", "voc", "voc with fractions", "voc of the devkit"],
)
def test_what_was_written_is_imported(
    layout: str, write: Callable[[Path, Sequence[Pic]], None], digits: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(pictures(digits))
    def check(pics: list[Pic]) -> None:
        folder = tmp_path_factory.mktemp("round")
        write(folder / "in", pics)
        if not any(pic.boxes for pic in pics) and layout == "yolo":
            return  # data.yaml needs a class
        dataset = imported(layout, folder / "in", folder / "out")
        assert told(dataset) == wanted(pics)
        assert dataset.info.omitted == ()
        assert read_dataset(folder / "out") == dataset
        for image in dataset.images:
            written = (folder / "out" / image.file_name).read_bytes()
            assert written == (folder / "in" / image.source).read_bytes()
        # Scantally's own form is COCO: imported again, it is the same but for what names the source.
        again = imported("coco", folder / "out", folder / "again")
        assert told(again) == {
            f"{Path(k).stem}.png": (*v[:2], renamed(v[2], dataset)) for k, v in told(dataset).items()
        }
        assert [(x.group, x.scanner, x.sha256) for x in again.images] == [
            (x.group, x.scanner, x.sha256) for x in dataset.images
        ]

    check()


def renamed(boxes: object, dataset: Dataset) -> Boxes:
    assert isinstance(boxes, set)
    return {(dataset.info.classes[name] or "", rect) for name, rect in boxes}
