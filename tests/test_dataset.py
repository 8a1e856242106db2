"""``dataset.json``: what is written is read again, what is damaged is named by its path, and others can read it."""

import contextlib
import hashlib
import io
import json
from pathlib import Path

import numpy as np
import pytest
from dataset_layouts import draw
from hypothesis import given
from hypothesis import strategies as st

from scantally.datasets.dataset import (
    FILE,
    Annotation,
    Category,
    Dataset,
    Image,
    Info,
    is_dataset,
    load,
    read_dataset,
    write_dataset,
)
from scantally.detector.errors import InputError
from scantally.detector.types import Group


def an_image(number: int = 1, **changes: object) -> Image:
    values: dict[str, object] = {
        "id": number,
        "file_name": f"images/{number}.png",
        "width": 64,
        "height": 48,
        "sha256": "0" * 64,
        "source": f"{number}.png",
        "group": str(number),
    }
    return Image.model_validate({**values, **changes})


def a_dataset(**changes: object) -> Dataset:
    values: dict[str, object] = {
        "info": Info(name="d", imported_as="coco"),
        "images": (an_image(1, split="train", scanner="A", pitch_mm=4.4), an_image(2, split="test")),
        "annotations": (
            Annotation(id=1, image_id=1, category_id=1, bbox=(1, 2, 30, 20), area=600),
            Annotation(id=2, image_id=1, category_id=2, bbox=(4, 5, 6, 7), area=42, sure=False),
            Annotation(id=3, image_id=1, category_id=2, bbox=(8, 9, 6, 7), area=42, iscrowd=1),
        ),
        "categories": (
            Category(id=1, name="container", supercategory=Group.STRUCTURE),
            Category(id=2, name="knife", supercategory=Group.OBJECT),
        ),
    }
    return Dataset.model_validate({**values, **changes})


# -- writing and reading


def test_what_is_written_is_read_again_and_has_the_same_bytes(tmp_path: Path) -> None:
    write_dataset(a_dataset(), tmp_path / "a")
    again = read_dataset(tmp_path / "a")
    assert again == a_dataset()
    write_dataset(again, tmp_path / "b")
    assert (tmp_path / "a" / FILE).read_bytes() == (tmp_path / "b" / FILE).read_bytes()
    assert [x.name for x in (tmp_path / "a").iterdir()] == [FILE]
    assert is_dataset(tmp_path / "a") and not is_dataset(tmp_path)


numbers = st.floats(-1e6, 1e6, allow_nan=False)


@given(
    boxes=st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=4),
    words=st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
def test_any_numbers_and_any_text_come_back(
    boxes: list[tuple[float, float, float, float]], words: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("d")
    annotations = [
        Annotation(id=n, image_id=1, category_id=1, bbox=box, area=box[2] * box[3]) for n, box in enumerate(boxes)
    ]
    info = Info(name=words, imported_as="coco", description=words, classes={words: None})
    dataset = a_dataset(info=info, annotations=tuple(annotations), images=(an_image(1, group=words, source=words),))
    write_dataset(dataset, folder)
    assert read_dataset(folder) == dataset


def test_other_readers_of_coco_read_it(tmp_path: Path) -> None:
    faster_coco_eval = pytest.importorskip("faster_coco_eval")
    write_dataset(a_dataset(), tmp_path)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = faster_coco_eval.COCO(str(tmp_path / FILE))
    assert sorted(coco.imgs) == [1, 2]
    assert [coco.cats[k]["name"] for k in sorted(coco.cats)] == ["container", "knife"]
    assert [a["bbox"] for a in coco.loadAnns(coco.getAnnIds(imgIds=[1], iscrowd=False))] == [
        [1, 2, 30, 20],
        [4, 5, 6, 7],
    ]


# -- damaged files


def changed(tmp_path: Path, *path: str | int, value: object) -> str:
    """The message when one value of a good file is replaced."""
    write_dataset(a_dataset(), tmp_path)
    document = json.loads((tmp_path / FILE).read_text())
    place = document
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    (tmp_path / FILE).write_text(json.dumps(document))
    with pytest.raises(InputError) as caught:
        read_dataset(tmp_path)
    assert caught.value.source == str(tmp_path / FILE)
    return caught.value.problem


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        (("annotations", 0, "bbox"), [1, 2, 3], "key 'annotations[0].bbox[3]' is missing"),
        (("annotations", 0, "bbox", 1), "x", "annotations[0].bbox[1]: input should be a valid number"),
        (("annotations", 1, "image_id"), 7, "annotations[1].image_id: no image has the id 7"),
        (("annotations", 1, "category_id"), 7, "annotations[1].category_id: no category has the id 7"),
        (("annotations", 1, "id"), 1, "annotations[1]: 1 stands there twice"),
        (("images", 1, "id"), 1, "images[1]: 1 stands there twice"),
        (("images", 1, "file_name"), "images/1.png", "images[1]: 'images/1.png' stands there twice"),
        (
            ("images", 0, "file_name"),
            "../1.png",
            "images[0].file_name: expected a path inside the folder, got '../1.png'",
        ),
        (("images", 0, "file_name"), "/etc/passwd", "images[0].file_name: expected a path inside the folder"),
        (("images", 0, "file_name"), "a\\..\\1.png", "images[0].file_name: expected a path inside the folder"),
        (("images", 0, "file_name"), "", "images[0].file_name: expected a path inside the folder"),
        (("images", 0, "width"), 0, "images[0].width: input should be greater than 0"),
        (("images", 0, "split"), "dev", "images[0].split: input should be 'train', 'val' or 'test'"),
        (("images", 0, "pitch_mm"), -1, "images[0].pitch_mm: input should be greater than or equal to 0.001"),
        (("images", 0, "pitch_mm"), 1e300, "images[0].pitch_mm: input should be less than or equal to 1000"),
        (
            ("annotations", 0, "bbox", 2),
            1e308,
            "annotations[0].bbox[2]: input should be less than or equal to 1000000000",
        ),
        (
            ("annotations", 0, "area"),
            1e308,
            "annotations[0].area: input should be less than or equal to 10000000000000",
        ),
        (("categories", 1, "name"), "container", "categories[1]: 'container' stands there twice"),
        (("categories", 0, "supercategory"), "thing", "categories[0].supercategory: input should be"),
        (("info", "more"), 1, "unknown key 'info.more'"),
    ],
)
def test_a_fault_is_named_by_its_path(tmp_path: Path, path: tuple[str | int, ...], value: object, problem: str) -> None:
    said = changed(tmp_path, *path, value=value)
    assert said.startswith(problem) and len(said) < 150, said


@pytest.mark.parametrize(
    ("raw", "problem"), [(b"", "empty"), (b"{", "EOF"), (b"\xff\xfe", "invalid JSON"), (b"[]", "object")]
)
def test_what_is_no_dataset_is_refused(tmp_path: Path, raw: bytes, problem: str) -> None:
    (tmp_path / FILE).write_bytes(raw)
    with pytest.raises(InputError, match=f"(?i){problem}"):
        read_dataset(tmp_path)


def test_a_key_that_stands_twice_is_named(tmp_path: Path) -> None:
    write_dataset(a_dataset(), tmp_path)
    text = (tmp_path / FILE).read_text()
    (tmp_path / FILE).write_text(text.replace('"split": "train"', '"split": "test", "split": "train"'))
    with pytest.raises(InputError, match=r"dataset\.json: expected each key once: 'split' stands twice in \{'id': 1, "):
        read_dataset(tmp_path)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": ' * 100_000, '{"info": ' + "[" * 150 + "]" * 150 + "}"])
def test_a_dataset_that_is_nested_without_end_is_an_error_in_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text)
    with pytest.raises(InputError) as caught:
        read_dataset(tmp_path)
    assert len(str(caught.value)) < 300


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"dataset\.json: no such file"):
        read_dataset(tmp_path)


# -- as labelled scans


def test_load_gives_scans_with_labels_and_ignores_crowds(tmp_path: Path) -> None:
    made = a_dataset()
    images = []
    for number, image in enumerate(made.images, 1):
        path = tmp_path / "images" / f"{number}.png"
        draw(path)
        images.append(image.model_copy(update={"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}))
    write_dataset(made.model_copy(update={"images": tuple(images)}), tmp_path)
    one, two = load(tmp_path)
    assert (one.name, one.group, one.scanner, one.pitch_mm) == ("1", "1", "A", 4.4)
    assert [(x.label, x.box, x.sure) for x in one.labels] == [
        ("container", (1, 2, 31, 22), True),
        ("knife", (4, 5, 10, 12), False),
    ]
    assert [x.label for x in one.ignored] == ["knife"]
    assert (two.labels, two.scanner) == ((), "unknown")
    pixels = one.open()
    assert pixels.shape == (48, 64) and pixels.dtype == np.float32
    assert [x.name for x in load(tmp_path, ["test"])] == ["2"]
    assert [x.name for x in load(tmp_path, ["val"])] == []


def test_load_names_a_picture_that_is_gone(tmp_path: Path) -> None:
    write_dataset(a_dataset(), tmp_path)
    with pytest.raises(InputError, match=r"1\.png: no such file: expected the picture that dataset\.json names"):
        load(tmp_path)
