"""Corners of datasets where something could be dropped without a word: each is counted and named, or an error in one line."""

import gzip
import json
import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import Ran
from dataset_layouts import Pic, draw, voc_object, write_coco, write_voc, write_voc_file, write_yolo, yolo_row
from PIL import Image as Picture

from scantally.datasets.dataset import Dataset
from scantally.datasets.importers.exif import turned_upright
from scantally.datasets.importers.run import Choices, import_dataset
from scantally.detector.errors import InputError

Run = Callable[..., Ran]

KNIFE = ("knife", (4.0, 6.0, 20.0, 10.0))
ROW = yolo_row(0, KNIFE[1], (64, 48))


def imported(layout: str, root: Path) -> Dataset:
    out = root.parent / f"{root.name}-out"
    shutil.rmtree(out, ignore_errors=True)
    return import_dataset(layout, root, out, Choices(), lambda pictures, _: pictures)


def left(dataset: Dataset) -> dict[str, list[str]]:
    return {x.reason: list(x.first) for x in dataset.info.omitted}


def splits(dataset: Dataset) -> dict[str, str | None]:
    return {x.source: x.split for x in dataset.images}


def coco_document(
    image: dict[str, object] | None = None, annotation: dict[str, object] | None = None
) -> dict[str, object]:
    return {
        "images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48, **(image or {})}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": list(KNIFE[1]), **(annotation or {})}],
        "categories": [{"id": 1, "name": "knife"}],
    }


def write_one(root: Path, document: object, picture: str = "a.png") -> Path:
    """A picture and a COCO file beside it."""
    draw(root / picture)
    (root / "a.json").write_text(document if isinstance(document, str) else json.dumps(document))
    return root


# -- values


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("split", "valid", "val"),
        ("split", " Training ", "train"),
        ("split", None, None),
        ("split", "", None),
        ("split", "dev", "dev"),
        ("split", "train2017", "train2017"),
        ("split", 3, 3),
        ("pitch_mm", 4.4, 4.4),
        ("pitch_mm", None, None),
        ("pitch_mm", -1, -1),
        ("pitch_mm", 0, 0),
        ("pitch_mm", math.nan, math.nan),
        ("pitch_mm", math.inf, math.inf),
        ("pitch_mm", 1e300, 1e300),
        ("pitch_mm", 1e-300, 1e-300),
        ("pitch_mm", "4.4", "4.4"),
        ("pitch_mm", True, True),
        ("pitch_mm", 10**400, 10**400),
        ("group", 7, "7"),
        ("group", ["x"], ["x"]),
        ("scanner", 7, "7"),
        ("scanner", {"a": 1}, {"a": 1}),
    ],
)
def test_a_value_of_a_picture_is_read_where_it_is_plain_and_else_counted(
    tmp_path: Path, key: str, value: object, kept: object
) -> None:
    dataset = imported("coco", write_one(tmp_path / "in", coco_document({key: value})))
    (image,) = dataset.images
    said = left(dataset)
    if "value_passed_over" in said:
        (named,) = said["value_passed_over"]
        assert named.startswith(f"a.json: images[0].{key} ") and len(named) < 100
        assert (value is kept or value == kept) and getattr(image, key) in (None, "a", "unknown")
    else:
        assert said == {} and getattr(image, key) == kept


@pytest.mark.parametrize(
    ("value", "crowd", "odd"),
    [
        (1, 1, False),
        (0, 0, False),
        (True, 1, False),
        (None, 0, False),
        ("1", 1, False),
        ("0", 0, False),
        (1.0, 1, False),
        ("true", 1, False),
        (2, 0, True),
        (-1, 0, True),
        ("crowd", 0, True),
        ([1], 0, True),
        (math.nan, 0, True),
        (10**4000, 0, True),
    ],
)
def test_iscrowd_is_read_where_it_is_plain_and_else_counted(
    tmp_path: Path, value: object, crowd: int, odd: bool
) -> None:
    dataset = imported("coco", write_one(tmp_path / "in", coco_document(annotation={"iscrowd": value})))
    assert [x.iscrowd for x in dataset.annotations] == [crowd]
    named = [x.split(" ")[:2] for x in left(dataset).get("value_passed_over", [])]
    assert named == ([["a.json:", "annotations[0].iscrowd"]] if odd else [])


@pytest.mark.parametrize(("value", "sure", "odd"), [(False, False, 0), ("no", False, 0), ("perhaps", True, 1)])
def test_doubts_of_an_annotator_are_read_or_counted(tmp_path: Path, value: object, sure: bool, odd: int) -> None:
    dataset = imported("coco", write_one(tmp_path / "in", coco_document(annotation={"sure": value})))
    assert [x.sure for x in dataset.annotations] == [sure]
    assert len(left(dataset).get("value_passed_over", [])) == odd


def test_supercategories_that_differ_between_files_are_named(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for number, above in enumerate(["weapon", None, "load", "structure", "weapon"]):
        document = coco_document({"file_name": f"{number}.png"})
        document["categories"] = [{"id": 1, "name": "knife", "supercategory": above}]
        draw(root / f"{number}.png")
        (root / f"{number}.json").write_text(json.dumps(document))
    dataset = imported("coco", root)
    assert left(dataset) == {
        "supercategory_differs": [
            "2.json: knife is 'load', 'weapon' in 0.json",
            "3.json: knife is 'structure', 'weapon' in 0.json",
        ]
    }
    assert [x.supercategory for x in dataset.categories] == ["load"]


def test_values_of_voc_that_mean_nothing_are_counted(tmp_path: Path) -> None:
    root = tmp_path / "in"
    write_voc(root, [Pic(name="a.png", boxes=(KNIFE,))])
    file = root / "Annotations" / "a.xml"
    text = file.read_text().replace("<difficult>0", "<difficult>maybe").replace("<width>64", "<width>wide")
    file.write_text(text)
    dataset = imported("voc", root)
    assert left(dataset)["value_passed_over"] == [
        "Annotations/a.xml object[1].difficult 'maybe'",
        "Annotations/a.xml size ['wide', '48']",
    ]
    assert [x.iscrowd for x in dataset.annotations] == [0]


@pytest.mark.parametrize("width", ["1e308", "inf", "nan", "-3", "64.5", "9" * 5000])
def test_a_size_of_voc_that_no_picture_has_is_counted(tmp_path: Path, width: str) -> None:
    write_voc(tmp_path / "in", [Pic(name="a.png", boxes=(KNIFE,))])
    file = tmp_path / "in" / "Annotations" / "a.xml"
    file.write_text(file.read_text().replace("<width>64", f"<width>{width}"))
    (named,) = left(imported("voc", tmp_path / "in"))["value_passed_over"]
    assert named.startswith("Annotations/a.xml size [") and len(named) < 100


@pytest.mark.parametrize(
    ("objects", "said"),
    [
        (f"<objects>{voc_object(*KNIFE)}</objects>", "a.xml object: expected 'object' directly in 'annotation'"),
        (voc_object(*KNIFE).replace("object>", "Object>"), "a.xml Object: expected 'object' directly in 'annotation'"),
        (
            voc_object(*KNIFE).replace("</object>", "<bndbox><xmin>1</xmin></bndbox></object>"),
            "a.xml object[1].bndbox: expected one, got several",
        ),
    ],
)
def test_objects_of_voc_at_unusual_places_are_counted(tmp_path: Path, objects: str, said: str) -> None:
    draw(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "a.xml").write_text(f"<annotation>{objects}</annotation>")
    assert left(imported("voc", tmp_path / "in")) == {"box_damaged": [said], "image_emptied": ["a.png"]}


# -- files that no reader looks at


@pytest.mark.parametrize(
    ("layout", "write"), [("coco", write_coco), ("yolo", write_yolo), ("voc", write_voc), ("cargoxray", write_voc)]
)
def test_hidden_files_and_pictures_that_nothing_names_are_counted(
    tmp_path: Path, layout: str, write: Callable[[Path, list[Pic]], None]
) -> None:
    root = tmp_path / "in"
    write(root, [Pic(name="a.png", boxes=(KNIFE,))])
    folder = next(root.rglob("a.png")).parent
    draw(folder / ".x.jpg")
    (folder / "._a.png").write_bytes(b"\0\5\x16\7")
    draw(folder / ".thumbs" / "a.jpg")
    (root / ".git").mkdir()
    (root / ".git" / "HEAD").write_text("")
    (root / ".DS_Store").write_text("")
    (root / "__MACOSX").mkdir()
    (root / "__MACOSX" / "._a.png").write_text("")
    for ending in ("heic", "gif", "webp", "avif", "pgm", "npy"):
        (folder / f"more.{ending}").write_bytes(b"?")
    draw(root / "figures" / "plot.png")
    at = folder.relative_to(root).as_posix()
    said = left(imported(layout, root))
    assert said.pop("file_hidden") == [f"{at}/.thumbs/", f"{at}/.x.jpg"]
    assert said.pop("file_resource_fork") == ["__MACOSX/", f"{at}/._a.png"]
    others = {f"{at}/more.{x}" for x in ("heic", "gif", "webp", "avif", "pgm", "npy")} | {"figures/plot.png"}
    assert {x.split(": ")[0] for names in said.values() for x in names} == others, said


def test_a_folder_that_cannot_be_looked_into_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "in"
    write_voc(root, [Pic(name="a.png", boxes=(KNIFE,))])
    (root / "closed").mkdir()
    scandir = os.scandir

    def closed(path: object) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", closed)
    assert left(imported("voc", root)) == {"folder_unreadable": ["closed: Permission denied"]}


def test_jfif_is_a_jpeg(tmp_path: Path) -> None:
    root = tmp_path / "in"
    write_voc(root, [Pic(name="a.jpg", boxes=(KNIFE,))])
    (root / "JPEGImages" / "a.jpg").rename(root / "JPEGImages" / "a.jfif")
    dataset = imported("voc", root)
    assert ([x.file_name for x in dataset.images], left(dataset)) == (["images/a.jfif"], {})


@pytest.mark.parametrize("layout", ["voc", "opixray"])
def test_of_two_pictures_of_one_name_the_one_that_is_read_counts(tmp_path: Path, layout: str) -> None:
    root = tmp_path / "in"
    if layout == "voc":
        write_voc(root, [Pic(name="a.png", boxes=(KNIFE,))])
        folder = root / "JPEGImages"
    else:
        folder = root / "train" / "train_image"
        draw(folder / "a.png")
        (root / "train" / "train_annotation").mkdir()
        (root / "train" / "train_annotation" / "a.txt").write_text("a knife 4 6 24 16\n")
    (folder / "a.bmp").write_bytes(b"BM")
    dataset = imported(layout, root)
    at = folder.relative_to(root).as_posix()
    assert (list(splits(dataset)), left(dataset)) == ([f"{at}/a.png"], {"annotation_missing": [f"{at}/a.bmp"]})


def test_annotations_of_other_parts_are_counted(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for layout, file, folder in (("pidray", "xray_train", "train"), ("clcxray", "instances_train2017", "train2017")):
        draw(root / folder / "a.png")
        (root / "annotations").mkdir(exist_ok=True)
        (root / "annotations" / f"{file}.json").write_text(json.dumps(coco_document()))
        (root / "annotations" / "xray_val.json").write_text("{}")
        assert "annotations/xray_val.json" in left(imported(layout, root))["file_passed_over"]


def test_rows_beside_no_picture_are_counted(tmp_path: Path) -> None:
    root = tmp_path / "in"
    draw(root / "train" / "a.png")
    (root / "train" / "a.txt").write_text(ROW)
    (root / "train" / "gone.txt").write_text(ROW)
    (root / "train" / "list.txt").write_text("./a.png\n")
    (root / "data.yaml").write_text("train: train/list.txt\nnames: [knife]\n")
    (root / "README.txt").write_text("")
    assert left(imported("yolo", root)) == {"annotation_orphan": ["train/gone.txt"]}
    draw(root / "x" / "x.png")
    (root / "x" / "x.txt").write_text(ROW)
    (root / "y").mkdir()
    (root / "y" / "y.txt").write_text(ROW)
    said = left(imported("ajna", root))
    assert said["annotation_orphan"] == ["train/gone.txt", "train/list.txt", "y/y.txt"]


# -- lists and class files


def test_names_in_voc_lists_may_hold_blanks(tmp_path: Path) -> None:
    root = tmp_path / "in"
    names = ("scan 1", "scan -1", "my scan", "plain", "a  b", "scan", "dotted.1 0")
    write_voc(root, [Pic(name=f"{name}.png", boxes=(KNIFE,)) for name in names])
    lines = [
        "scan 1",
        "scan -1  1",
        "my scan.png",
        "plain 0",
        "a  b -1",
        "scan",
        r"JPEGImages\dotted.1 0",
        "lost one 1",
    ]
    (root / "ImageSets" / "Main" / "train.txt").write_text("\n".join(lines))
    dataset = imported("voc", root)
    assert splits(dataset) == {f"JPEGImages/{name}.png": "train" for name in names}
    assert left(dataset) == {"image_missing": ["ImageSets: lost one"]}


def test_lists_of_voc_that_say_no_split_are_counted_where_they_alone_name_a_picture(tmp_path: Path) -> None:
    root = tmp_path / "in"
    write_voc(root, [Pic(name=f"{name}.png", boxes=(KNIFE,)) for name in "abc"])
    main = root / "ImageSets" / "Main"
    (main / "train.txt").write_text("a\n")
    (main / "trainval.txt").write_text("a\nb\n")
    (main / "knife_train.txt").write_text("a 1\n")
    (main / "knife_val.txt").write_text("c -1\n")
    (root / "val.txt").write_text("c\n")
    (root / "requirements.txt").write_text("c\n")
    dataset = imported("voc", root)
    assert list(splits(dataset).values()) == ["train", None, None]
    why = "a list of pictures of which it says no split"
    lists = ("ImageSets/Main/knife_val.txt", "ImageSets/Main/trainval.txt", "val.txt")
    assert left(dataset) == {
        "file_passed_over": [f"{x}: {why}" for x in lists],
        "split_missing": ["JPEGImages/b.png", "JPEGImages/c.png"],
    }


def test_pictures_that_no_list_names_are_counted_where_there_are_lists(tmp_path: Path) -> None:
    root = tmp_path / "voc"
    write_voc(root, [Pic(name=f"{name}.png", boxes=(KNIFE,)) for name in "abc"])
    main = root / "ImageSets" / "Main"
    (main / "train.txt").write_text("b\n")
    (main / "test.TXT").write_text("c\n")
    (main / "val.txt.bak").write_text("a\n")
    (root / "Annotations" / "c.xml").rename(root / "Annotations" / "c2.xml")
    dataset = imported("voc", root)
    assert list(splits(dataset).values()) == [None, "train", "test"]
    assert left(dataset) == {
        "file_passed_over": ["ImageSets/Main/val.txt.bak: no list of pictures (.txt)"],
        "split_missing": ["JPEGImages/a.png"],
    }
    shutil.rmtree(root / "ImageSets")
    assert left(imported("voc", root)) == {}

    root = tmp_path / "sixray"
    for name in ("P1", "N1", "N2"):
        draw(root / "JPEGImage" / f"{name}.png")
    write_voc_file(root / "Annotation" / "P1.xml", Pic(name="P1.png", boxes=(KNIFE,)))
    (root / "ImageSet" / "10").mkdir(parents=True)
    (root / "ImageSet" / "10" / "train.CSV").write_text("name\nP1\nN1\n")
    dataset = imported("sixray", root)
    assert (list(splits(dataset).values()), left(dataset)) == (
        ["train", "train", None],
        {"split_missing": ["JPEGImage/N2.png"]},
    )


@pytest.mark.parametrize(
    ("text", "line"), [("\nknife\n", 1), ("knife\n\ngun\n", 2), ("knife\ngun\n \t\n\nbolt", 3), ("knife\n\x0cgun", 2)]
)
@pytest.mark.parametrize("layout", ["yolo", "ajna"])
def test_a_blank_line_among_class_names_is_an_error(tmp_path: Path, text: str, line: int, layout: str) -> None:
    root = tmp_path / "in"
    draw(root / "images" / "a.png")
    (root / "labels").mkdir()
    (root / "labels" / "a.txt").write_text(ROW)
    (root / "classes.txt").write_text(text)
    with pytest.raises(
        InputError, match=rf"classes\.txt: line {line} is blank: expected a class's name, for its number"
    ):
        imported(layout, root)
    (root / "classes.txt").write_text("knife\ngun\n\n \n")
    assert left(imported(layout, root)) == {}


# -- damage


def test_where_all_annotations_are_damaged_the_error_says_so(tmp_path: Path) -> None:
    root = tmp_path / "in"
    write_voc(root, [Pic(name="a.png", boxes=(KNIFE,)), Pic(name="b.png", boxes=(KNIFE,))])
    for name in "ab":
        (root / "Annotations" / f"{name}.xml").write_text("<annotation>")
    with pytest.raises(InputError) as caught:
        imported("voc", root)
    begin = "all 2 annotation files are damaged, first Annotations/a.xml: expected XML: no element found"
    assert caught.value.problem.startswith(begin)
    (root / "Annotations" / "b.xml").unlink()
    with pytest.raises(
        InputError, match=r"the only annotation file is damaged, first Annotations/a\.xml: expected XML"
    ):
        imported("voc", root)
    (root / "Annotations" / "a.xml").write_text("<annotation/>")
    shutil.rmtree(root / "JPEGImages")
    with pytest.raises(InputError, match=r"no pictures of the layout 'voc': .*; image_missing 2, first Annotations/a"):
        imported("voc", root)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes in folders exist on POSIX only")
def test_a_pipe_is_no_empty_annotation(tmp_path: Path) -> None:
    root = tmp_path / "in"
    for name in "ab":
        draw(root / "train" / "train_image" / f"{name}.png")
    (root / "train" / "train_annotation").mkdir()
    (root / "train" / "train_annotation" / "a.txt").write_text("a knife 4 6 24 16\n")
    os.mkfifo(root / "train" / "train_annotation" / "b.txt")
    dataset = imported("opixray", root)
    assert left(dataset) == {"annotation_damaged": ["train/train_annotation/b.txt: expected a file"]}


# -- links out of the folder


def outside(root: Path, *names: str) -> None:
    """Replace files of a source by links to copies that lie elsewhere."""
    for name in names:
        elsewhere = root.parent / "elsewhere" / name
        elsewhere.parent.mkdir(parents=True, exist_ok=True)
        (root / name).rename(elsewhere)
        (root / name).symlink_to(elsewhere)


def test_annotations_that_are_links_out_of_the_folder_are_not_read(tmp_path: Path) -> None:
    root = tmp_path / "voc"
    write_voc(root, [Pic(name=f"{x}.png", boxes=(KNIFE,), split=s) for x, s in (("a", "train"), ("b", "test"))])
    outside(root, "Annotations/b.xml", "ImageSets/Main/train.txt")
    dataset = imported("voc", root)
    assert splits(dataset) == {"JPEGImages/a.png": None}
    assert left(dataset) == {
        "path_outside": ["ImageSets/Main/train.txt", "Annotations/b.xml"],
        "split_missing": ["JPEGImages/a.png"],
    }

    root = tmp_path / "coco"
    write_coco(root, [Pic(name=f"{x}.png", boxes=(KNIFE,), split=s) for x, s in (("a", "train"), ("b", "test"))])
    outside(root, "test/_annotations.coco.json")
    dataset = imported("coco", root)
    assert splits(dataset) == {"train/a.png": "train"}
    assert left(dataset) == {"path_outside": ["test/_annotations.coco.json"], "image_unnamed": ["test/b.png"]}

    root = tmp_path / "yolo"
    write_yolo(root, [Pic(name=f"{x}.png", boxes=(KNIFE,)) for x in "ab"])
    outside(root, "labels/train/b.txt")
    assert left(imported("yolo", root)) == {"path_outside": ["labels/train/b.txt"]}


@pytest.mark.parametrize("file", ["data.yaml", "classes.txt"])
def test_a_main_file_that_is_a_link_out_of_the_folder_is_refused(tmp_path: Path, file: str) -> None:
    root = tmp_path / "in"
    write_yolo(root, [Pic(name="a.png", boxes=(KNIFE,))])
    (root / "classes.txt").write_text("knife\n")
    outside(root, file)
    if file == "classes.txt":
        (root / "data.yaml").unlink()
    with pytest.raises(InputError, match=rf"{file}: leads out of .*: expected a file of the dataset itself"):
        imported("yolo", root)


def test_a_table_that_is_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "in"
    draw(root / "images" / "a.png")
    (root / "images.json").write_text('[{"image_id": 1, "file_name": "a.png"}]')
    (root / "annotations.json").write_text("[]")
    outside(root, "annotations.json")
    with pytest.raises(InputError, match=r"annotations\.json: leads out of "):
        imported("cargoxray", root)


def test_lists_of_other_layouts_that_are_links_out_of_the_folder_are_not_read(tmp_path: Path) -> None:
    root = tmp_path / "opixray"
    draw(root / "train" / "train_image" / "a.png")
    (root / "train" / "train_annotation").mkdir()
    (root / "train" / "train_annotation" / "a.txt").write_text("a knife 4 6 24 16\n")
    (root / "train" / "train_knife.txt").write_text("a\nlost\n")
    outside(root, "train/train_knife.txt")
    assert left(imported("opixray", root)) == {"path_outside": ["train/train_knife.txt"]}

    root = tmp_path / "sixray"
    draw(root / "JPEGImage" / "P1.png")
    write_voc_file(root / "Annotation" / "P1.xml", Pic(name="P1.png", boxes=(KNIFE,)))
    (root / "ImageSet" / "10").mkdir(parents=True)
    (root / "ImageSet" / "10" / "train.csv").write_text("name\nP1\n")
    outside(root, "ImageSet/10/train.csv")
    assert left(imported("sixray", root)) == {"path_outside": ["ImageSet/10/train.csv"]}


# -- values without bounds


LONG = "x" * 300


@pytest.mark.parametrize(
    "document",
    [
        {"train": LONG, "names": ["a"]},
        {"train": f"images/{LONG}", "path": LONG, "names": ["a"]},
        {"train": "images/train", "val": [LONG], "names": ["a"]},
    ],
)
def test_names_that_are_too_long_for_a_file_are_an_error_in_data_yaml(tmp_path: Path, document: object) -> None:
    root = tmp_path / "in"
    write_yolo(root, [Pic(name="a.png", boxes=(KNIFE,))])
    (root / "data.yaml").write_text(json.dumps(document))
    with pytest.raises(InputError, match=r": expected a folder or a text file below .*, got 'x|'images/x"):
        imported("yolo", root)


def test_names_that_are_too_long_for_a_file_are_missing_pictures(tmp_path: Path) -> None:
    root = tmp_path / "voc"
    write_voc(root, [Pic(name="a.png", boxes=(KNIFE,))])
    (root / "ImageSets" / "Main" / "train.txt").write_text(f"a\n{LONG}\n")
    write_voc_file(root / "Annotations" / "b.xml", Pic(name=f"{LONG}.png", boxes=(KNIFE,)))
    assert sorted(left(imported("voc", root))) == ["image_missing"]
    root = tmp_path / "yolo"
    write_yolo(root, [Pic(name="a.png", boxes=(KNIFE,))])
    (root / "train.txt").write_text(f"images/train/a.png\n{LONG}.png\n")
    (root / "data.yaml").write_text("train: train.txt\nnames: [knife]\n")
    assert list(left(imported("yolo", root))) == ["image_missing"]


@pytest.mark.parametrize("place", ["root", "out", "classes", "layout"])
def test_names_that_are_too_long_on_the_command_line_are_one_line(tmp_path: Path, scantally: Run, place: str) -> None:
    write_voc(tmp_path / "in", [Pic(name="a.png", boxes=(KNIFE,))])
    root, out = tmp_path / ("in" if place != "root" else LONG), tmp_path / ("out" if place != "out" else LONG)
    more = ["--classes", tmp_path / LONG] if place == "classes" else []
    ran = scantally("data", "import", LONG if place == "layout" else "voc", root, out, *more)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1), ran.err


@pytest.mark.parametrize(
    "bbox", [[1e308, 1e308, 1e308, 1e308], [-1e308, 0, 1e308, 9], [1e300, 0, 9, 9], [0, 0, 1e-320, 5]]
)
def test_boxes_beyond_all_bounds_are_counted(tmp_path: Path, bbox: list[float]) -> None:
    dataset = imported("coco", write_one(tmp_path / "in", coco_document(annotation={"bbox": bbox})))
    assert dataset.annotations == () and len(left(dataset)) == 2 and "image_emptied" in left(dataset)


DEEP = "[" * 3000 + "]" * 3000


@pytest.mark.parametrize(
    "text",
    [
        DEEP,
        json.dumps(coco_document()).replace('"name"', f'"deep": {DEEP}, "name"'),
        json.dumps(coco_document()).replace("64", DEEP),
        json.dumps(coco_document()).replace("64", "[" * 500 + "]" * 500),
        json.dumps(coco_document()).replace("[4.0, 6.0, 20.0, 10.0]", "[" * 500 + "]" * 500),
        json.dumps(coco_document()).replace("64", "9" * 5000),
    ],
)
def test_json_without_end_is_an_error_in_one_line(tmp_path: Path, scantally: Run, text: str) -> None:
    write_one(tmp_path / "in", text)
    ran = scantally("data", "import", "coco", tmp_path / "in", tmp_path / "out")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1) and len(ran.err) < 400, ran.err
    (tmp_path / "in" / "images.json.gz").write_bytes(gzip.compress(DEEP.encode()))
    ran = scantally("data", "import", "cargoxray", tmp_path / "in", tmp_path / "out")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1), ran.err


@pytest.mark.parametrize("text", [f"classes: {DEEP}", "classes: {a: " + "[" * 200 + "]" * 200 + "}"])
def test_yaml_without_end_is_an_error_in_one_line(tmp_path: Path, scantally: Run, text: str) -> None:
    write_one(tmp_path / "in", coco_document())
    (tmp_path / "map.yaml").write_text(text)
    ran = scantally("data", "import", "coco", tmp_path / "in", tmp_path / "out", "--classes", tmp_path / "map.yaml")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1) and len(ran.err) < 400, ran.err


def test_what_is_counted_is_named_in_a_few_words(tmp_path: Path) -> None:
    root = tmp_path / "in"
    document = coco_document()
    images = document["images"]
    assert isinstance(images, list)
    images.append({"id": 2, "file_name": "y" * 5000 + ".png"})
    (named,) = left(imported("coco", write_one(root, document)))["image_missing"]
    assert len(named) == 300 and named.endswith("y...")
    root = tmp_path / "yolo"
    write_yolo(root, [Pic(name="a.png", boxes=(KNIFE,))])
    (root / "labels" / "train" / "a.txt").write_text("1e308 0.5 0.5 0.1 0.1")
    assert len(left(imported("yolo", root))["class_undefined"][0]) < 120


def test_sizes_of_cargoxray_that_no_picture_has_are_counted(tmp_path: Path) -> None:
    root = tmp_path / "in"
    sizes = [{}, {"width": None, "height": None}, {"width": 64, "height": True}, {"width": 10**4000, "height": 48}]
    for number in range(4):
        draw(root / "images" / f"{number}.png")
    images = [{"image_id": n, "file_name": f"{n}.png", **size} for n, size in enumerate(sizes)]
    images[0]["subset"] = "dev"
    (root / "images.json").write_text(json.dumps(images))
    (root / "annotations.json").write_text("[]")
    (root / "categories.json").write_text("[]")
    named = left(imported("cargoxray", root))["value_passed_over"]
    assert [x.split(" ")[0] for x in named] == ["images[0].subset", "images[2]:", "images[3]:"]


# -- pictures that viewers turn


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("colours", [False, True])
def test_a_picture_is_turned_where_its_annotation_states_the_turned_size(
    tmp_path: Path, orientation: int, colours: bool
) -> None:
    stored = np.kron(np.arange(48, dtype=np.uint8).reshape(6, 8) * 4 + 20, np.ones((8, 8), np.uint8))
    if colours:
        stored = np.stack([stored, stored // 2, 255 - stored], axis=-1)
    exif = Picture.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "in" / "a.jpg"
    path.parent.mkdir()
    Picture.fromarray(stored).save(path, exif=exif, quality=100, subsampling=0)
    from PIL import ImageOps

    shown = ImageOps.exif_transpose(Picture.open(path)).convert("L")
    for turned in (False, True):
        size = shown.size if turned else (64, 48)
        (tmp_path / "in" / "a.json").write_text(
            json.dumps(coco_document({"file_name": "a.jpg", "width": size[0], "height": size[1]}))
        )
        dataset = imported("coco", tmp_path / "in")
        (image,) = dataset.images
        upright = turned and orientation >= 5
        expected = "image_upright" if upright else "image_turned" if orientation > 1 else None
        assert [x for x in left(dataset) if x != "image_converted"] == ([expected] if expected else [])
        assert (image.width, image.height) == size
        if upright:
            written = np.asarray(Picture.open(tmp_path / "in-out" / image.file_name)).astype(int)
            assert image.file_name == "images/a.png"
            assert np.abs(written - np.asarray(shown).astype(int)).max() <= 2


def test_turning_follows_the_standard() -> None:
    grey_HW = np.arange(6, dtype=np.uint8).reshape(2, 3)
    for orientation in range(1, 9):
        assert turned_upright(grey_HW, orientation).shape == ((3, 2) if orientation >= 5 else (2, 3))
    assert turned_upright(grey_HW, 6).tolist() == [[3, 0], [4, 1], [5, 2]]
    assert turned_upright(grey_HW, 8).tolist() == [[2, 5], [1, 4], [0, 3]]
