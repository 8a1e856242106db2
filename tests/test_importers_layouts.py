"""Each layout: a small sample as it is published, and what happens when parts of it are missing, odd or damaged."""

import gzip
import json
import shutil
from pathlib import Path

import pytest
import yaml
from dataset_layouts import (
    Pic,
    alias_bomb,
    draw,
    voc_object,
    write_coco,
    write_voc,
    write_voc_file,
    write_yolo,
    yolo_row,
)
from hypothesis import given
from hypothesis import strategies as st

from scantally.datasets import ajna
from scantally.datasets.dataset import Dataset, load
from scantally.datasets.importers.classes import ClassMap
from scantally.datasets.importers.corner_rows import parse_row
from scantally.datasets.importers.files import split_of
from scantally.datasets.importers.omissions import REASONS
from scantally.datasets.importers.run import Choices, import_dataset
from scantally.datasets.importers.voc_file import parse
from scantally.detector.errors import InputError

ROOT = Path(__file__).parents[1]
TESTS = ("test_importers.py", "test_importers_corners.py", "test_importers_layouts.py")
KNIFE = ("knife", (4.0, 6.0, 20.0, 10.0))
GUN = ("gun", (30.0, 8.0, 12.0, 24.0))
ROW = yolo_row(0, KNIFE[1], (64, 48))


def imported(layout: str, root: Path, choices: Choices | None = None) -> Dataset:
    out = root.parent / f"{root.name}-out"
    shutil.rmtree(out, ignore_errors=True)
    return import_dataset(layout, root, out, choices or Choices(), lambda pictures, _: pictures)


def left(dataset: Dataset) -> dict[str, list[str]]:
    return {x.reason: list(x.first) for x in dataset.info.omitted}


def splits(dataset: Dataset) -> dict[str, str | None]:
    return {x.source: x.split for x in dataset.images}


def boxes(dataset: Dataset) -> dict[str, list[tuple[str, tuple[float, ...]]]]:
    names = {x.id: x.name for x in dataset.categories}
    return {
        image.source: [(names[x.category_id], x.bbox) for x in dataset.annotations if x.image_id == image.id]
        for image in dataset.images
    }


@pytest.mark.parametrize(
    ("words", "split"),
    [
        ("instances_train2017", "train"),
        ("xray_test_hidden", "test"),
        ("valid", "val"),
        ("trainval", None),
        ("train_val", None),
        ("_annotations.coco", None),
        ("constrained", None),
    ],
)
def test_splits_are_read_from_names(words: str, split: str | None) -> None:
    assert split_of(words) == split


# -- COCO


def coco_document(**changes: object) -> dict[str, object]:
    document: dict[str, object] = {
        "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": list(KNIFE[1]), "iscrowd": 0}],
        "categories": [{"id": 1, "name": "knife"}],
    }
    return {**document, **changes}


@pytest.mark.parametrize(
    ("file", "picture"),
    [
        ("annotations/instances_train2017.json", "train2017/a.png"),
        ("annotations/instances_train2017.json", "images/train2017/a.png"),
        ("annotations/train.json", "images/a.png"),
        ("annotations/train.json", "a.png"),
        ("train/_annotations.coco.json", "train/a.png"),
        ("data/train.json", "data/images/a.png"),
        ("train.json", "train/images/a.png"),
    ],
)
def test_coco_pictures_are_found_where_they_usually_lie(tmp_path: Path, file: str, picture: str) -> None:
    root = tmp_path / "in"
    draw(root / picture)
    (root / file).parent.mkdir(parents=True, exist_ok=True)
    (root / file).write_text(json.dumps(coco_document()))
    dataset = imported("coco", root)
    assert boxes(dataset) == {picture: [KNIFE]}
    assert splits(dataset) == {picture: "train"}
    assert left(dataset) == {}


def test_folders_parted_by_backslashes_are_found(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "images" / "a.png")
    named = coco_document(images=[{"id": 1, "file_name": "images\\a.png"}])
    (tmp_path / "in" / "all.json").write_text(json.dumps(named))
    assert boxes(imported("coco", tmp_path / "in")) == {"images/a.png": [KNIFE]}


def coco_fault(tmp_path: Path, document: object) -> str:
    root = tmp_path / "in"
    draw(root / "a.png")
    (root / "a.json").write_text(document if isinstance(document, str) else json.dumps(document))
    with pytest.raises(InputError) as caught:
        imported("coco", root)
    assert "\n" not in str(caught.value) and len(caught.value.problem) < 160
    assert not (tmp_path / "in-out").exists()
    return caught.value.problem


@pytest.mark.parametrize(
    ("bbox", "got"),
    [
        ([1, 2, 3], "[1, 2, 3]"),
        (None, "None"),
        ([1, 2, 3, "4"], "[1, 2, 3, '4']"),
        ([1, 2, 3, True], "[1, 2, 3, True]"),
    ],
)
def test_a_damaged_box_of_coco_is_named_by_its_path(tmp_path: Path, bbox: object, got: str) -> None:
    document = coco_document(annotations=[{"image_id": 1, "category_id": 1, "bbox": bbox}])
    assert coco_fault(tmp_path, document) == f"annotations[0].bbox: expected four numbers, got {got}"


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("{", "expected JSON: Expecting property name enclosed in double quotes at line 1 column 2"),
        ("", "the file is empty (0 bytes)"),
        ("[" * 100_000, "expected JSON: "),
        ({"images": []}, "expected a COCO file: JSON with the keys 'images', 'annotations' and 'categories'"),
        (coco_document(images={}), "images: expected a list, got {}"),
        (coco_document(images=[7]), "images[0]: expected an object, got 7"),
        (coco_document(images=[{"id": 1}]), "images[0].file_name: expected a file's name, got None"),
        (coco_document(images=[{"file_name": "a.png"}]), "images[0].id: expected a number, got None"),
        (
            coco_document(images=[{"id": 1, "file_name": "a.png", "width": "64", "height": 48}]),
            "images[0]: expected width and height in px, got ['64', 48]",
        ),
        (
            coco_document(images=[{"id": 1, "file_name": "a.png"}, {"id": 1, "file_name": "b.png"}]),
            "images[1].id: 1 stands there twice",
        ),
        (coco_document(categories=[{"id": 1, "name": 5}]), "categories[0].name: expected a class's name, got 5"),
        (coco_document(categories=[{"id": 1, "name": "a"}] * 2), "categories[1].id: 1 stands there twice"),
        (coco_document(annotations=[{"bbox": [1, 2, 3, 4]}]), "annotations[0].image_id: expected a number, got None"),
    ],
)
def test_a_damaged_coco_file_is_an_error_that_names_the_place(tmp_path: Path, document: object, problem: str) -> None:
    assert coco_fault(tmp_path, document).startswith(problem)


@pytest.mark.parametrize(
    ("once", "twice", "problem"),
    [
        ('"id": 1, "name"', '"id": 7, "id": 1, "name"', "'id' stands twice in {'id': 1, 'name': 'knife'}"),
        ('"categories": ', '"categories": [], "categories": ', "'categories' stands twice in {'images': [{'id': 1, "),
        ('"iscrowd": 0', '"iscrowd": 0, "bbox": [1, 2, 3, 4]', "'bbox' stands twice in {'id': 1, 'image_id': 1, "),
    ],
)
def test_a_key_that_stands_twice_in_coco_is_an_error(tmp_path: Path, once: str, twice: str, problem: str) -> None:
    text = json.dumps(coco_document())
    assert once in text
    said = coco_fault(tmp_path, text.replace(once, twice))
    assert said.startswith(f"expected each key once: {problem}"), said


def test_what_coco_holds_beside_good_boxes_is_counted(tmp_path: Path) -> None:
    root = tmp_path / "in"
    draw(root / "a.png")
    draw(root / "clean.png")
    one = {"image_id": 1, "category_id": 1, "bbox": list(KNIFE[1])}
    document = coco_document(
        images=[
            {"id": 1, "file_name": "a.png"},
            {"id": 2, "file_name": "clean.png", "width": 0, "height": 0},
            {"id": 3, "file_name": "gone.png", "width": 64, "height": 48},
        ],
        annotations=[
            one,
            {**one, "iscrowd": 1, "bbox": [1, 1, 5, 5]},
            {**one, "image_id": 9},
            {**one, "category_id": 9},
            {**one, "bbox": [1, 2, float("nan"), 4]},
            {**one, "bbox": [1, 2, -3, 4]},
            {**one, "bbox": [60, 2, 10, 4]},
            one,
            {**one, "image_id": 3},
        ],
    )
    (root / "a.json").write_text(json.dumps(document))
    (root / "captions_train.json").write_text("{}")
    (root / "other.json").write_text("[]")
    dataset = imported("coco", root)
    assert boxes(dataset) == {
        "a.png": [KNIFE, ("knife", (1, 1, 5, 5)), ("knife", (60, 2, 4, 4))],
        "clean.png": [],
    }
    assert [x.iscrowd for x in dataset.annotations] == [0, 1, 0]
    assert left(dataset) == {
        "file_passed_over": ["captions_train.json", "other.json"],
        "image_missing": ["a.json: gone.png"],
        "annotation_orphan": ["a.json: annotations[2].image_id 9"],
        "class_undefined": ["a.json: annotations[3].category_id 9"],
        "box_not_finite": ["a.json: annotations[4]"],
        "box_inverted": ["a.json: annotations[5]"],
        "box_duplicate": ["a.json: annotations[7]"],
        "box_clipped": ["a.json: annotations[6]"],
    }


def test_whole_numbers_of_any_length_are_no_crash(tmp_path: Path) -> None:
    document = json.dumps(coco_document()).replace("20.0", "1" + "0" * 400)
    assert coco_fault(tmp_path, document).startswith("annotations[0].bbox: expected four numbers, got [")


def test_a_picture_in_two_coco_files_is_taken_once(tmp_path: Path) -> None:
    root = tmp_path / "in"
    draw(root / "images" / "a.png")
    for split in ("train", "test"):
        (root / f"{split}.json").write_text(json.dumps(coco_document()))
    dataset = imported("coco", root)
    assert splits(dataset) == {"images/a.png": "test"}
    assert left(dataset) == {"image_repeated": ["images/a.png (1 boxes, split train)"]}


# -- YOLO


def yolo_root(tmp_path: Path, document: object, rows: str = ROW) -> Path:
    root = tmp_path / "in"
    draw(root / "train" / "images" / "a.png")
    (root / "train" / "labels").mkdir()
    (root / "train" / "labels" / "a.txt").write_text(rows)
    text = document if isinstance(document, str) else yaml.safe_dump(document)
    (root / "data.yaml").write_text(text)
    return root


@pytest.mark.parametrize(
    "train",
    [
        {"train": "train/images"},
        {"train": ["train/images"]},
        {"train": "../train/images"},  # as Roboflow writes it
        {"path": "train", "train": "images"},
        {"path": "../elsewhere", "train": "train/images"},
        {"train": "list.txt"},
        {"train": "train/list.txt"},
    ],
)
@pytest.mark.parametrize("names", [["knife"], {0: "knife"}, {"0": "knife", "5": "gun"}])
def test_yolo_pictures_are_found_however_they_are_named(
    tmp_path: Path, train: dict[str, object], names: object
) -> None:
    root = yolo_root(tmp_path, {**train, "names": names, "roboflow": {"license": "CC BY 4.0"}})
    (root / "list.txt").write_text("./train/images/a.png\n\n")
    (root / "train" / "list.txt").write_text("./images/a.png\n")
    dataset = imported("yolo", root)
    assert boxes(dataset) == {"train/images/a.png": [KNIFE]}
    assert splits(dataset) == {"train/images/a.png": "train"}
    assert (left(dataset), dataset.info.licence) == ({}, "CC BY 4.0")


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ("a: [", "expected YAML: "),
        ("- a", "expected a mapping of keys to values, got list"),
        ({"names": ["a"]}, "expected at least one of the keys 'train', 'val' and 'test'"),
        ({"train": "train/images"}, "names: expected a list of classes, or numbers with classes, got None"),
        ({"train": "train/images", "names": {"a": "b"}}, "names: expected class numbers, got 'a'"),
        ({"train": 5, "names": ["a"]}, "train: expected a folder or a text file, got 5"),
        ({"train": "nowhere", "names": ["a"]}, "train: expected a folder or a text file below "),
        ({"train": "/etc", "names": ["a"]}, "train: expected a folder or a text file below "),
        ("train: train/images\nnames: {0: a, 0: b}\n", "expected YAML: key 0 stands twice, in lines 2 and 2"),
        ({"train": "train/images", "names": {0: "a", "0": "b"}}, "names: class 0 stands there twice"),
        ({"train": "train/images", "names": ["a", None]}, "names: expected the name of class 1, got None"),
        ({"train": "train/images", "names": ["a", " "]}, "names: expected the name of class 1, got ' '"),
        ({"train": "train/images", "names": ["a", ["b"]]}, "names: expected the name of class 1, got ['b']"),
        ({"train": "train/images", "names": [False]}, "names: expected the name of class 0 in quotes, got False"),
        ({"train": "train/images", "nc": 10**10}, "nc: expected 1 to 100000 classes, got 10000000000"),
        ({"train": "train/images", "nc": 0}, "nc: expected 1 to 100000 classes, got 0"),
        ({"train": "train/images", "names": ["a"], "kpt_shape": "x"}, "kpt_shape: expected numbers above 0, got 'x'"),
    ],
)
def test_a_damaged_data_yaml_is_an_error_that_names_the_key(tmp_path: Path, document: object, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        imported("yolo", yolo_root(tmp_path, document))
    assert caught.value.problem.startswith(problem)


def test_a_data_yaml_that_grows_by_aliases_is_refused(tmp_path: Path) -> None:
    bomb = alias_bomb("[x, x, x, x, x, x, x, x, x]") + "train: train/images\nnames: [a]\nkpt_shape: *a8\n"
    with pytest.raises(InputError, match="expected YAML: its aliases repeat more than 100,000 values"):
        imported("yolo", yolo_root(tmp_path, bomb))


@pytest.mark.parametrize("top", ["in", "elsewhere/../in", "absolute"])
def test_a_picture_that_lists_reach_by_several_ways_is_taken_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, top: str
) -> None:
    root = tmp_path / "in"
    draw(root / "images" / "b.png")
    draw(root / "images" / "a.png")
    (root / "labels").mkdir()
    (root / "lists").mkdir()
    (tmp_path / "elsewhere").mkdir()
    for name in "ab":
        (root / "labels" / f"{name}.txt").write_text(ROW)
    (root / "lists" / "train.txt").write_text("../images/a.png\n")
    (root / "val.txt").write_text(f"images/a.png\nimages/b.png\n{root}/images/b.png\n")
    (root / "data.yaml").write_text("train: lists/train.txt\nval: val.txt\ntest: lists/../images\nnames: [knife]\n")
    monkeypatch.chdir(tmp_path)
    choices, out = Choices(), tmp_path / "out"
    dataset = import_dataset("yolo", root if top == "absolute" else Path(top), out, choices, lambda x, _: x)
    assert splits(dataset) == {"images/a.png": "train", "images/b.png": "val"}
    again = [("a", "val"), ("b", "val"), ("a", "test"), ("b", "test")]
    assert left(dataset) == {"image_repeated": [f"images/{x}.png (1 boxes, split {split})" for x, split in again]}


def test_a_picture_that_coco_files_reach_by_several_ways_is_taken_once(tmp_path: Path) -> None:
    root = tmp_path / "in"
    draw(root / "images" / "a.png")
    (root / "annotations").mkdir()
    for split, name in (("train", "../images/a.png"), ("test", "a.png")):
        images = [{"id": 1, "file_name": name, "width": 64, "height": 48}]
        (root / "annotations" / f"{split}.json").write_text(json.dumps(coco_document(images=images)))
    dataset = imported("coco", root)
    assert list(splits(dataset)) == ["images/a.png"]
    assert list(left(dataset)) == ["image_repeated"]


def test_rows_of_yolo_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    rows = [
        ROW,
        "0 0.5 0.5 0.2",
        "0 0.5 0.5 0.2 0.2 0.9",
        "knife 0.5 0.5 0.2 0.2",
        "0.5 0.5 0.5 0.2 0.2",
        "nan 0.5 0.5 0.2 0.2",
        "7 0.5 0.5 0.2 0.2",
        "0 nan 0.5 0.2 0.2",
        "0 0.5 0.5 -0.2 0.2",
        "0 0.5 0.5 0 0.2",
        "0 320 240 10 10",
        "0 0.1 0.1 0.6 0.1 0.6 0.9 0.1 0.9",
    ]
    dataset = imported("yolo", yolo_root(tmp_path, {"train": "train/images", "names": ["knife"]}, "\n".join(rows)))
    assert boxes(dataset) == {"train/images/a.png": [KNIFE, ("knife", (6.4, 4.8, 32, 38.4))]}
    at = "train/labels/a.txt row"
    assert left(dataset) == {
        "box_damaged": [
            f"{at} 2: expected four numbers after the class, or the corners of a polygon, got 3",
            f"{at} 3: expected four numbers after the class, or the corners of a polygon, got 5",
            f"{at} 4: expected numbers, got 'knife 0.5 0.5 0.2 0.2'",
            f"{at} 5: expected a class number, got '0.5'",
            f"{at} 6: expected a class number, got 'nan'",
        ],
        "class_undefined": [f"{at} 7: class 7"],
        "box_not_finite": [f"{at} 8"],
        "box_inverted": [f"{at} 9"],
        "box_empty": [f"{at} 10"],
        "box_outside": [f"{at} 11"],
        "box_of_polygon": [f"{at} 12"],
    }


@pytest.mark.parametrize("rows", ["0 0.5 0.5", "7 0.5 0.5 0.2 0.2"])
def test_a_picture_of_yolo_of_which_every_row_is_left_out_is_counted(tmp_path: Path, rows: str) -> None:
    dataset = imported("yolo", yolo_root(tmp_path, {"train": "train/images", "names": ["knife"]}, rows))
    assert left(dataset)["image_emptied"] == ["train/images/a.png"]


def test_keypoints_behind_a_box_are_not_read(tmp_path: Path) -> None:
    document = {"train": "train/images", "names": ["knife"], "kpt_shape": [2, 3]}
    dataset = imported("yolo", yolo_root(tmp_path, document, f"{ROW} 0.1 0.1 2 0.2 0.2 2\n{ROW}"))
    assert boxes(dataset) == {"train/images/a.png": [KNIFE]}
    assert list(left(dataset)) == ["box_damaged"]


@pytest.mark.parametrize("raw", [b"\xff\xfe\x00", b"0 0.5\x00", b"\x80abc"])
def test_a_damaged_label_file_leaves_its_picture_out(tmp_path: Path, raw: bytes) -> None:
    root = yolo_root(tmp_path, {"train": "train/images", "names": ["knife"]})
    draw(root / "train" / "images" / "b.png")
    (root / "train" / "labels" / "b.txt").write_bytes(raw)
    dataset = imported("yolo", root)
    assert list(boxes(dataset)) == ["train/images/a.png"]
    assert left(dataset)["annotation_damaged"][0].startswith("train/labels/b.txt: expected ")


def test_a_picture_without_labels_is_clean_and_counted_and_an_empty_file_is_clean(tmp_path: Path) -> None:
    root = yolo_root(tmp_path, {"train": "train/images", "val": "none.txt", "names": ["knife"]})
    draw(root / "train" / "images" / "b.png")
    draw(root / "train" / "images" / "c.png")
    (root / "train" / "labels" / "c.txt").write_text("")
    (root / "train" / "labels" / "gone.txt").write_text(ROW)
    (root / "none.txt").write_text("train/images/gone.png\n../x.png\n")
    draw(tmp_path / "x.png")
    dataset = imported("yolo", root)
    assert {k: len(v) for k, v in boxes(dataset).items()} == {f"train/images/{x}.png": int(x == "a") for x in "abc"}
    assert left(dataset) == {
        "image_missing": ["none.txt: train/images/gone.png"],
        "path_outside": ["none.txt: ../x.png"],
        "annotation_orphan": ["train/labels/gone.txt"],
        "image_without_labels": ["train/images/b.png"],
    }


def test_classes_txt_stands_in_for_data_yaml(tmp_path: Path) -> None:
    root = yolo_root(tmp_path, {})
    (root / "data.yaml").unlink()
    (root / "classes.txt").write_text("knife\ngun\n")
    dataset = imported("yolo", root)
    assert (boxes(dataset), splits(dataset)) == ({"train/images/a.png": [KNIFE]}, {"train/images/a.png": "train"})


def test_two_yaml_files_are_not_guessed_between(tmp_path: Path) -> None:
    root = yolo_root(tmp_path, {"train": "train/images", "names": ["a"]})
    (root / "data.yaml").rename(root / "one.yaml")
    assert len(imported("yolo", root).images) == 1
    (root / "two.yaml").write_text("")
    with pytest.raises(InputError, match=r"expected one YAML file or data\.yaml, found one\.yaml, two\.yaml"):
        imported("yolo", root)


# -- Pascal VOC


@pytest.mark.parametrize(
    ("annotation", "picture", "split"),
    [
        ("Annotations/a.xml", "JPEGImages/a.png", None),
        ("annotations/a.xml", "images/a.png", None),
        ("train/a.xml", "train/a.png", "train"),
        ("valid/annotations/a.xml", "valid/images/a.png", "val"),
        ("a.xml", "a.png", None),
    ],
)
def test_voc_pictures_are_found_where_they_usually_lie(
    tmp_path: Path, annotation: str, picture: str, split: str | None
) -> None:
    root = tmp_path / "in"
    draw(root / picture)
    write_voc_file(root / annotation, Pic(name="a.png", boxes=(KNIFE,)))
    dataset = imported("voc", root)
    assert (boxes(dataset), splits(dataset), left(dataset)) == ({picture: [KNIFE]}, {picture: split}, {})


def test_voc_pictures_of_one_name_go_to_the_annotation_beside_them(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for split, box in (("train", KNIFE), ("test", GUN)):
        draw(root / split / "images" / "1.png")
        write_voc_file(root / split / "annotations" / "1.xml", Pic(name="1.png", boxes=(box,)))
    assert boxes(imported("voc", root)) == {"test/images/1.png": [GUN], "train/images/1.png": [KNIFE]}


def test_the_name_in_a_voc_file_finds_a_picture_of_another_name(tmp_path: Path) -> None:
    root = tmp_path / "in"
    draw(root / "images" / "scan 1.png")
    write_voc_file(root / "annotations" / "1.xml", Pic(name="scan 1.png", boxes=(KNIFE,)))
    assert boxes(imported("voc", root)) == {"images/scan 1.png": [KNIFE]}


ONE = voc_object("knife", (3, 5, 20, 10), one_based=True)


@pytest.mark.parametrize(
    ("coordinates", "devkit", "box"),
    [
        ("auto", False, (4, 6, 23, 15)),
        ("auto", True, (3, 5, 23, 15)),
        ("one-based", False, (3, 5, 23, 15)),
        ("zero-based", True, (4, 6, 23, 15)),
    ],
)
def test_pixels_of_voc_count_from_one_only_where_the_devkit_wrote_them(
    coordinates: str, devkit: bool, box: tuple[float, ...]
) -> None:
    source = "<source><database>x</database><annotation>PASCAL VOC2012</annotation></source>" if devkit else ""
    found = parse(f"<annotation>{source}{ONE}</annotation>".encode(), "a", coordinates)  # type: ignore[arg-type]
    assert found.boxes[0].box == box


def test_the_class_map_says_how_voc_counts(tmp_path: Path) -> None:
    write_voc(tmp_path / "in", [Pic(name="a.png", boxes=(KNIFE,))])
    choices = Choices(classes=ClassMap.model_validate({"classes": {"knife": "knife"}, "coordinates": "one-based"}))
    assert boxes(imported("voc", tmp_path / "in", choices)) == {"JPEGImages/a.png": [("knife", (3, 5, 21, 11))]}


@pytest.mark.parametrize(
    ("objects", "problem"),
    [
        ("<object/>", "object[1].name: expected a class"),
        ("<object><name>a</name></object>", "object[1].bndbox.xmin: expected a number, got ''"),
        (ONE.replace("<ymin>6</ymin>", "<ymin>six</ymin>"), "object[1].bndbox.ymin: expected a number, got 'six'"),
    ],
)
def test_an_object_of_voc_that_cannot_be_read_is_counted(tmp_path: Path, objects: str, problem: str) -> None:
    draw(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "a.xml").write_text(f"<annotation>{objects}{voc_object(*GUN)}</annotation>")
    dataset = imported("voc", tmp_path / "in")
    assert boxes(dataset) == {"a.png": [GUN]}
    assert left(dataset) == {"box_damaged": [f"a.xml {problem}"]}


def test_a_picture_of_voc_of_which_every_object_is_left_out_is_counted(tmp_path: Path) -> None:
    draw(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "a.xml").write_text(f"<annotation>{ONE.replace('<xmin>4<', '<xmin>5,5<')}</annotation>")
    assert list(left(imported("voc", tmp_path / "in"))) == ["box_damaged", "image_emptied"]


BOMB = '<!DOCTYPE a [<!ENTITY b "cccc"><!ENTITY d "&b;&b;">]><annotation>&d;</annotation>'
LEAK = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><annotation><filename>&b;</filename></annotation>'


@pytest.mark.parametrize(
    "text",
    [
        "<annotation>",
        "",
        '<?xml version="1.0" encoding="foo"?><annotation/>',
        "<other/>",
        BOMB,
        LEAK,
        "\0",
        "<a" * 5000,
    ],
)
def test_a_damaged_voc_file_among_many_leaves_its_picture_out(tmp_path: Path, text: str) -> None:
    write_voc(tmp_path / "in", [Pic(name="a.png", boxes=(KNIFE,)), Pic(name="b.png", boxes=(KNIFE,))])
    (tmp_path / "in" / "Annotations" / "b.xml").write_text(text)
    dataset = imported("voc", tmp_path / "in")
    assert list(boxes(dataset)) == ["JPEGImages/a.png"]
    assert list(left(dataset)) == ["annotation_damaged"]
    assert left(dataset)["annotation_damaged"][0].startswith("Annotations/b.xml: ")


def test_voc_lists_and_what_is_missing(tmp_path: Path) -> None:
    root = tmp_path / "in"
    names = ("a", "b", "c", "d.e")
    write_voc(root, [Pic(name=f"{n}.png", boxes=(KNIFE,), split="train" if n != "b" else "test") for n in names])
    main = root / "ImageSets" / "Main"
    (main / "trainval.txt").write_text("a\nb\n")
    (main / "knife_test.txt").write_text("a 1\nb -1\n")
    (main / "val.txt").write_text("c 1\nlost -1\n")
    draw(root / "JPEGImages" / "alone.png")
    write_voc_file(root / "Annotations" / "gone.xml", Pic(name="gone.png", boxes=(KNIFE,)))
    hard = (root / "Annotations" / "a.xml").read_text().replace("<difficult>0", "<difficult>1")
    (root / "Annotations" / "a.xml").write_text(hard)
    dataset = imported("voc", root)
    assert splits(dataset) == {
        "JPEGImages/a.png": "train",
        "JPEGImages/b.png": "test",
        "JPEGImages/c.png": None,
        "JPEGImages/d.e.png": "train",
    }
    assert [x.iscrowd for x in dataset.annotations] == [1, 0, 0, 0]
    assert left(dataset) == {
        "image_missing": ["Annotations/gone.xml", "ImageSets: lost"],
        "annotation_missing": ["JPEGImages/alone.png"],
        "box_difficult": ["Annotations/a.xml object[1]"],
        "split_conflict": ["c (train, val)"],
    }


@given(st.binary(max_size=200))
def test_any_bytes_are_an_annotation_or_an_error(raw: bytes) -> None:
    try:
        parse(raw, "a.xml", "auto")
    except InputError as e:
        assert "\n" not in str(e)


# -- AJNA


@pytest.mark.parametrize("layout", ["{id}/{id}.jpg {id}/{id}.txt", "images/{id}.jpg labels/{id}.txt"])
def test_ajna_in_both_arrangements(tmp_path: Path, layout: str) -> None:
    root = tmp_path / "in"
    known = "5e67b029635812f4b0291685"
    for name in (known, "unknown", "norows", "nofile"):
        picture, text = (root / part.format(id=name) for part in layout.split())
        draw(picture, (1600, 640))
        text.parent.mkdir(parents=True, exist_ok=True)
        if name != "nofile":
            text.write_text("" if name == "norows" else "0 0.5 0.5 0.5 0.5")
    dataset = imported("ajna", root)
    at = {x.source.split("/")[-1]: (x.scanner, x.group) for x in dataset.images}
    assert at == {f"{known}.jpg": ajna.known_groups()[f"{known}.jpg"], "unknown.jpg": ("unknown", "unknown")}
    assert {x.name: x.supercategory for x in dataset.categories} == {"container": "structure", "machinery": "load"}
    picture = next(x for x in boxes(dataset) if known in x)
    assert [name for name, _ in boxes(dataset)[picture]] == ["container", "machinery"]
    assert [x.sure for x in dataset.annotations] == [True, False, True]
    assert {k: len(v) for k, v in left(dataset).items()} == {"annotation_missing": 2}


def test_ajna_as_published_gives_what_its_own_reader_gives(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "in").symlink_to(data_dir / "ajna")
    imported("ajna", tmp_path / "in")
    ours, theirs = load(tmp_path / "in-out"), ajna.load(data_dir / "ajna")
    assert len(ours) == len(theirs) == 196
    for a, b in zip(sorted(ours, key=lambda x: x.name), sorted(theirs, key=lambda x: x.name), strict=True):
        assert (a.name, a.group, a.scanner) == (b.name, b.group, b.scanner)
        assert [(x.label, x.sure) for x in a.labels] == [(x.label, x.sure) for x in b.labels]
        for x, y in zip(a.labels, b.labels, strict=True):
            assert x.box == pytest.approx(y.box, abs=1e-5)


def test_voc_boxes_as_published(data_dir: Path, tmp_path: Path) -> None:
    (tmp_path / "in").symlink_to(data_dir / "voc_boxes")
    dataset = imported("voc", tmp_path / "in")
    assert (len(dataset.images), len(dataset.annotations), dataset.info.omitted) == (254, 719, ())
    assert {x.name for x in dataset.categories} == {"ym"}
    names = {x.source.split("/")[-1].split("_jpg")[0] for x in dataset.images}
    assert {x.group for x in dataset.images} == names


# -- the others, as they are published


def test_pidray(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for file, folder in (("xray_train", "train"), ("xray_test_easy", "easy"), ("xray_test_hidden", "hidden")):
        draw(root / folder / "a.png")
        (root / "annotations").mkdir(exist_ok=True)
        (root / "annotations" / f"{file}.json").write_text(json.dumps(coco_document()))
    dataset = imported("pidray", root)
    assert splits(dataset) == {"train/a.png": "train", "easy/a.png": "test", "hidden/a.png": "test"}
    assert boxes(dataset) == {name: [KNIFE] for name in splits(dataset)}
    assert len({x.group for x in dataset.images}) == 3


def test_clcxray(tmp_path: Path) -> None:
    root = tmp_path / "in"
    (root / "annotations").mkdir(parents=True)
    for split in ("train", "val", "test"):
        draw(root / f"{split}2017" / f"{split}.png")
        document = coco_document(images=[{"id": 1, "file_name": f"{split}.png", "width": 64, "height": 48}])
        (root / "annotations" / f"instances_{split}2017.json").write_text(json.dumps(document))
    assert splits(imported("clcxray", root)) == {f"{x}2017/{x}.png": x for x in ("train", "val", "test")}


@pytest.mark.parametrize(("layout", "listed"), [("opixray", "knife"), ("hixray", "name")])
def test_corner_rows(tmp_path: Path, layout: str, listed: str) -> None:
    root = tmp_path / "in"
    rows = {
        "a": "a.jpg Folding_Knife 4 6 24 16\na.jpg Scissor 30 8 42 32\n",
        "b": "b.jpg Scissor 1 2 three 4\n",
        "c": "",
    }
    for part in ("train", "test"):
        for name, text in rows.items():
            draw(root / part / f"{part}_image" / f"{part}{name}.jpg")
            path = root / part / f"{part}_annotation" / f"{part}{name}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    draw(root / "test" / "test_image" / "alone.jpg")
    (root / "train" / "train_annotation" / "orphan.txt").write_text(rows["a"])
    (root / "train" / "train_annotation" / "bad.txt").write_bytes(b"\xff\xfe\0")
    draw(root / "train" / "train_image" / "bad.jpg")
    (root / "train" / f"train_{listed}.txt").write_text("traina\ntrainb.jpg\nlost\n")
    dataset = imported(layout, root)
    found = boxes(dataset)
    assert found["train/train_image/traina.jpg"] == [("Folding_Knife", KNIFE[1]), ("Scissor", GUN[1])]
    assert found["test/test_image/testc.jpg"] == []
    assert {v for k, v in splits(dataset).items() if k.startswith("test/")} == {"test"}
    assert left(dataset) == {
        "image_missing": [f"train/train_{listed}.txt: lost", "train/train_annotation/orphan.txt"],
        "annotation_missing": ["test/test_image/alone.jpg"],
        "annotation_damaged": ["train/train_annotation/bad.txt: expected text, got a binary file"],
        "box_damaged": [
            f"{x}/{x}_annotation/{x}b.txt row 1: expected 'name class x1 y1 x2 y2', got 'b.jpg Scissor 1 2 three 4'"
            for x in ("train", "test")
        ],
        "image_emptied": [f"{x}/{x}_image/{x}b.jpg" for x in ("train", "test")],
    }


@pytest.mark.parametrize(
    ("files", "kept", "said"),
    [
        ("a.PNG a.png a.txt", "a.PNG", {"annotation_missing": ["a.png"]}),
        ("a.jpg a.png a.txt", "a.jpg", {"annotation_missing": ["a.png"]}),
        ("a.png sub/a.png a.txt", "a.png", {"annotation_missing": ["sub/a.png"]}),
        ("a.png a.txt sub/a.txt", "a.png", {"annotation_orphan": ["sub/a.txt"]}),
        ("a.png sub/a.png a.txt sub/a.txt", "a.png sub/a.png", {}),
        ("sub/a.png a.txt", "sub/a.png", {}),
    ],
)
def test_corner_rows_of_one_name_are_counted(tmp_path: Path, files: str, kept: str, said: dict[str, list[str]]) -> None:
    place = {".txt": "train/train_annotation"}
    for name in files.split():
        path = tmp_path / "in" / place.get(Path(name).suffix, "train/train_image") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".txt":
            path.write_text("a Knife 4 6 24 16\n")
        else:
            draw(path)
    (tmp_path / "in" / "train" / "train_annotation").mkdir(exist_ok=True)
    dataset = imported("opixray", tmp_path / "in")
    assert sorted(boxes(dataset)) == [f"train/train_image/{x}" for x in kept.split()]
    places = {"annotation_missing": "train/train_image/", "annotation_orphan": "train/train_annotation/"}
    assert left(dataset) == {k: [places[k] + x for x in names] for k, names in said.items()}


def test_the_first_names_of_what_is_missing_come_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "in" / "train"
    for number in range(15):
        draw(folder / "train_image" / f"{number:02}.png")
    (folder / "train_annotation").mkdir()
    (folder / "train_annotation" / "00.txt").write_text("")
    said = left(imported("opixray", tmp_path / "in"))["annotation_missing"]
    assert said == [f"train/train_image/{number:02}.png" for number in range(1, 11)]


def test_a_row_is_read_from_its_end() -> None:
    found = parse_row("my scan 1.jpg Knife 1 2 3 4", "x")
    assert found is not None and (found.name, found.box) == ("Knife", (1, 2, 3, 4))
    assert parse_row("a.jpg 1 2 3 4", "x") is None


def test_sixray(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for name in ("P00001", "P00002", "P00003", "N00001", "N00002", "Q1"):
        draw(root / "JPEGImage" / f"{name}.jpg")
    write_voc_file(root / "Annotation" / "P00001.xml", Pic(name="P00001.jpg", boxes=(KNIFE,)))
    write_voc_file(root / "Annotation" / "P00003.xml", Pic(name="P00003.jpg", boxes=(GUN,)))
    lists = {"10/train": ["P00001", "N00001"], "10/test": ["P00003"], "100/test": ["N00001", "N00099"]}
    for name, stems in lists.items():
        path = root / "ImageSet" / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("name,Gun,Knife\n" + "".join(f"{stem},-1,1\n" for stem in stems))
    dataset = imported("sixray", root)
    assert boxes(dataset) == {
        "JPEGImage/P00001.jpg": [KNIFE],
        "JPEGImage/P00003.jpg": [GUN],
        "JPEGImage/N00001.jpg": [],
        "JPEGImage/N00002.jpg": [],
    }
    assert list(splits(dataset).values()) == ["train", "test", None, None]
    assert left(dataset) == {
        "image_missing": ["ImageSet: N00099"],
        "annotation_missing": ["JPEGImage/P00002.jpg", "JPEGImage/Q1.jpg"],
        "split_missing": ["JPEGImage/N00002.jpg"],
        "split_conflict": ["N00001 (test, train)"],
    }


def cargoxray_tables(root: Path, older: bool, zipped: bool = True) -> None:
    draw(root / "images" / "00001.png")
    draw(root / "images" / "00002.png")
    shape = {"width": 64, "height": 48}
    names = ("filepath", "images/") if older else ("file_name", "")
    images = [{"image_id": n, names[0]: f"{names[1]}{n:05}.png", "subset": "val", **shape} for n in (1, 2, 3)]
    box = {"x": 14 / 64, "y": 11 / 48, "width": 20 / 64, "height": 10 / 48, "label": "shoes"}
    newer = {"x": 4, "y": 6, "w": 20, "h": 10, "category_id": 5}
    annotations = [
        {"id": 0, "image_id": 1, **(box if older else newer)},
        {"id": 1, "image_id": 1, **(box if older else newer), "y": "x"},
        {"id": 2, "image_id": 9, **(box if older else newer)},
        {"id": 3, "image_id": 1, **({**box, "label": None} if older else {**newer, "category_id": 8})},
    ]
    tables = {"images": images, "annotations": annotations, "categories": [{"category_id": 5, "name": "shoes"}]}
    for name, records in tables.items():
        raw = json.dumps(records).encode()
        (root / f"{name}.json{'.gz' if zipped else ''}").write_bytes(gzip.compress(raw) if zipped else raw)


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("older", [True, False])
def test_the_tables_of_cargoxray(tmp_path: Path, older: bool, zipped: bool) -> None:
    cargoxray_tables(tmp_path / "in", older, zipped)
    dataset = imported("cargoxray", tmp_path / "in")
    shoes = ("shoes", KNIFE[1])
    assert boxes(dataset) == {
        "images/00001.png": [shoes, ("unnamed", KNIFE[1])] if older else [shoes],
        "images/00002.png": [],
    }
    assert set(splits(dataset).values()) == {"val"}
    said = left(dataset)
    assert said.pop("image_missing")[0].startswith("images[2]: ")
    assert said.pop("box_damaged")[0].startswith("annotations[1]: expected x, y, width and height, got [")
    assert said.pop("annotation_orphan") == ["annotations[2]"]
    assert said == ({} if older else {"class_undefined": ["annotations[3].category_id 8"]})


def test_boxes_of_cargoxray_that_cannot_be_read_leave_no_clean_picture_behind(tmp_path: Path) -> None:
    root = tmp_path / "in"
    cargoxray_tables(root, older=False)
    box = {"image_id": 2, "x": 4, "y": 6, "w": 20, "h": 10, "category_id": 5}
    for change, reason in (({"w": "9"}, "box_damaged"), ({"category_id": [1]}, "class_undefined")):
        (root / "annotations.json.gz").write_text(json.dumps([{**box, **change}]))
        said = left(imported("cargoxray", root))
        assert len(said[reason]) == 1 and said["image_emptied"] == ["images/00002.png"]


@pytest.mark.parametrize(
    ("file", "raw", "problem"),
    [
        (
            "images.json.gz",
            b'[{"image_id":1,"file_name":"00001.png"},{"image_id":1,"file_name":"00002.png"}]',
            "images[1].image_id: 1 stands there twice",
        ),
        (
            "categories.json.gz",
            b'[{"category_id":5,"name":"a"},{"category_id":5,"name":"b"}]',
            "categories[1].category_id: 5 stands there twice",
        ),
        ("annotations.json.gz", b"\x1f\x8bxx", "expected gzip: "),
        ("annotations.json.gz", gzip.compress(b"[" * 9)[:-4], "expected gzip: "),
        ("annotations.json.gz", gzip.compress(b"{}"), "expected a list of records, got {}"),
        (
            "annotations.json.gz",
            gzip.compress(b'[{"x":1,"y":1,"w":1,"h":1,"category_id":5}]'),
            "annotations[0].image_id",
        ),
        ("images.json.gz", b'[{"image_id":1}]', "images[0].file_name: expected a file's name, got None"),
    ],
)
def test_a_damaged_table_is_an_error(tmp_path: Path, file: str, raw: bytes, problem: str) -> None:
    cargoxray_tables(tmp_path / "in", older=False)
    (tmp_path / "in" / file).write_bytes(raw)
    with pytest.raises(InputError) as caught:
        imported("cargoxray", tmp_path / "in")
    assert caught.value.problem.startswith(problem)


@pytest.mark.parametrize("write", [write_coco, write_yolo, write_voc])
def test_exports_of_cargoxray_are_read_by_their_form(tmp_path: Path, write: object) -> None:
    assert callable(write)
    write(tmp_path / "in", [Pic(name="a.png", boxes=(KNIFE,)), Pic(name="b.png", boxes=(GUN,), split="test")])
    dataset = imported("cargoxray", tmp_path / "in")
    assert sorted(x for found in boxes(dataset).values() for x in found) == [GUN, KNIFE]
    assert {x.split for x in dataset.images} == {"train", "test"}


def test_cargoxray_of_no_known_form(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(
        InputError, match=r"expected images\.json\.gz with annotations\.json\.gz, or a COCO, YOLO or Pascal"
    ):
        imported("cargoxray", tmp_path / "in")


# -- the page


def test_every_reason_is_tested_and_documented() -> None:
    tests = "".join((ROOT / "tests" / name).read_text() for name in TESTS)
    assert [x for x in REASONS if f'"{x}"' not in tests] == []
    page = (ROOT / "docs" / "data.md").read_text()
    assert [x for x in REASONS if f"| `{x}` |" not in page] == []
