"""Importing whatever the layout: classes, groups, boxes, pictures, and that nothing is lost without a word."""

import json
import math
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from conftest import Ran
from dataset_layouts import Pic, draw, write_coco, write_voc, write_yolo, yolo_row
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Picture

from scantally.datasets.dataset import FILE, Dataset, load, read_dataset
from scantally.datasets.importers import IMPORTERS, reader
from scantally.datasets.importers.boxes import clean
from scantally.datasets.importers.classes import ClassMap, Target, load_class_map, resolve, valid_name
from scantally.datasets.importers.grouping import ROBOFLOW, compile_pattern
from scantally.datasets.importers.names import file_names
from scantally.datasets.importers.omissions import FIRST, REASONS, Omissions
from scantally.datasets.importers.pictures import Job, Prepared, prepare
from scantally.datasets.importers.run import Choices, import_dataset
from scantally.datasets.importers.source import SourceBox
from scantally.detector.config.limits import Limits
from scantally.detector.errors import ConfigError, InputError
from scantally.detector.formats import read_scan
from scantally.detector.types import Group

Run = Callable[..., Ran]

KNIFE = ("knife", (4.0, 6.0, 20.0, 10.0))
GUN = ("gun", (30.0, 8.0, 12.0, 24.0))


def imported(layout: str, root: Path, out: Path, choices: Choices | None = None) -> Dataset:
    return import_dataset(layout, root, out, choices or Choices(), lambda pictures, _: pictures)


def counts(dataset: Dataset) -> dict[str, int]:
    return {x.reason: x.count for x in dataset.info.omitted}


def first(dataset: Dataset, reason: str) -> str:
    return next(x.first[0] for x in dataset.info.omitted if x.reason == reason)


@pytest.fixture
def coco(tmp_path: Path) -> Path:
    """Three pictures in two splits, one of them clean."""
    pics = [
        Pic(name="a.png", boxes=(KNIFE, GUN)),
        Pic(name="b.png", boxes=(KNIFE,), split="test"),
        Pic(name="c.png", split="test"),
    ]
    write_coco(tmp_path / "coco", pics)
    return tmp_path / "coco"


def edit(root: Path, change: str, value: object, split: str = "train") -> None:
    """Replace one value of a split's COCO file: ``annotations.0.bbox``."""
    file = root / split / "_annotations.coco.json"
    document = json.loads(file.read_text())
    place, path = document, change.split(".")
    for part in path[:-1]:
        place = place[int(part) if part.isdigit() else part]
    last = path[-1]
    if value is None:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    file.write_text(json.dumps(document))


# -- the command


def test_import_and_list_on_the_command_line(scantally: Run, coco: Path, tmp_path: Path) -> None:
    ran: Ran = scantally("data", "import", "coco", coco, tmp_path / "out")
    assert ran.code == 0
    assert ran.out.splitlines()[:6] == [
        "coco: 3 pictures in 3 groups, 3 boxes, 1 scanner",
        "splits: train 1, test 2",
        "classes:",
        "  gun (object): 1 box",
        "  knife (object): 2 boxes",
        "left out: nothing",
    ]
    assert ran.err.splitlines()[-1] == "imported 3 of 3"
    listed = scantally("data", "list")
    assert [line.split()[0] for line in listed.out.splitlines()] == list(IMPORTERS)
    as_json = json.loads(scantally("data", "list", "--json").out)
    assert {x["name"]: x["what"] for x in as_json} == {name: row.what for name, row in IMPORTERS.items()}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["cocoa", "IN", "OUT"], "NAME: no such layout: 'cocoa', expected one of coco, yolo, voc"),
        (["coco", "NOWHERE", "OUT"], "nowhere: no such folder"),
        (["coco", "IN", "OUT", "--group-by", "("], "--group-by: expected a regular expression, got '('"),
        (
            ["coco", "IN", "OUT", "--group-by", "a"],
            "--group-by: expected a pattern with a group in round brackets, got 'a'",
        ),
        (["coco", "IN", "OUT", "--classes", "NOWHERE"], "nowhere: no such file"),
        (["coco", "IN", "OUT", "--scanner", " "], "--scanner: expected a name"),
        (["voc", "IN", "OUT"], "expected Pascal VOC annotations (.xml), one for each picture"),
        (["yolo", "IN", "OUT"], "expected data.yaml (ultralytics), or classes.txt, with the names of the classes"),
        (["pidray", "IN", "OUT"], "expected at least one of xray_train.json"),
        (["ajna", "IN", "OUT"], "expected scans (ID/ID.jpg or images/ID.jpg)"),
        (["opixray", "IN", "OUT"], "expected train/train_annotation or test/test_annotation"),
        (["sixray", "IN", "OUT"], "expected pictures named P… and N…"),
        (["clcxray", "IN", "OUT"], "expected at least one of instances_{train,val,test}2017.json"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    scantally: Run,
    coco: Path,
    tmp_path: Path,
    arguments: list[str],
    problem: str,
) -> None:
    places = {"IN": coco, "OUT": tmp_path / "out", "NOWHERE": tmp_path / "nowhere"}
    ran: Ran = scantally("data", "import", *(places.get(x, x) for x in arguments))
    assert ran.code == 2 and ran.out == ""
    assert len(ran.err.splitlines()) == 1 and problem in ran.err, ran.err
    assert not (tmp_path / "out").exists() and not (tmp_path / "out.part").exists()


def test_every_layout_has_a_reader() -> None:
    for name in IMPORTERS:
        assert callable(reader(name).read), name


# -- the destination


def test_a_folder_with_something_in_it_is_never_written_to(coco: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match="expected a folder that is empty or not there yet"):
        imported("coco", coco, out)
    assert [x.name for x in out.iterdir()] == ["mine.txt"]
    (out / "mine.txt").unlink()
    imported("coco", coco, out)
    before = (out / FILE).read_bytes()
    with pytest.raises(ConfigError, match=r"the dataset 'out' \(coco, 3 pictures\) was imported here before: remove"):
        imported("coco", coco, out)
    with pytest.raises(ConfigError, match=r"the dataset 'out' \(coco, 3 pictures\) stands here: remove the folder"):
        imported("voc", coco, out)
    assert (out / FILE).read_bytes() == before


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_import_that_ends_early_leaves_nothing(coco: Path, tmp_path: Path, error: type[BaseException]) -> None:
    def interrupted(pictures: Iterator[Prepared], _: int) -> Iterator[Prepared]:
        yield next(pictures)
        assert (tmp_path / "out.part").is_dir() and not (tmp_path / "out").exists()
        raise error

    with pytest.raises(error):
        import_dataset("coco", coco, tmp_path / "out", Choices(), interrupted)  # type: ignore[arg-type]
    assert sorted(x.name for x in tmp_path.iterdir()) == ["coco"]


def test_a_place_below_a_file_is_refused(coco: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="/file: expected a folder to write to, this is a file"):
        imported("coco", coco, tmp_path / "file" / "out")
    with pytest.raises(ConfigError, match=r"/file/deep/out\.part: cannot be made"):
        imported("coco", coco, tmp_path / "file" / "deep" / "out")


def test_a_scanner_s_name_of_odd_bytes_is_written_out(coco: Path, tmp_path: Path) -> None:
    edit(coco, "images.0.scanner", "\ud800")
    assert {x.scanner for x in imported("coco", coco, tmp_path / "a").images} == {"\\ud800", "unknown"}
    named = imported("coco", coco, tmp_path / "b", Choices(scanner="\udcff"))
    assert {x.scanner for x in named.images} == {"\\udcff"}


def test_what_a_killed_import_left_is_named(coco: Path, tmp_path: Path) -> None:
    (tmp_path / "out.part").mkdir()
    with pytest.raises(
        ConfigError, match=r"out\.part: another import writes here, or one was killed: remove this folder"
    ):
        imported("coco", coco, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("link", [False, True])
def test_pictures_are_copied_or_linked_byte_for_byte(coco: Path, tmp_path: Path, link: bool) -> None:
    dataset = imported("coco", coco, tmp_path / "out", Choices(link=link))
    for image in dataset.images:
        there, here = coco / image.source, tmp_path / "out" / image.file_name
        assert here.read_bytes() == there.read_bytes()
        assert here.samefile(there) is link


def test_any_number_of_workers_gives_the_same(tmp_path: Path) -> None:
    write_yolo(tmp_path / "in", [Pic(name=f"{n:03}.png", boxes=(KNIFE,)) for n in range(80)])
    one, many = (imported("yolo", tmp_path / "in", tmp_path / str(n) / "out", Choices(workers=n)) for n in (1, 3))
    assert one == many and len(one.images) == 80


# -- classes


def test_without_a_map_each_class_is_an_object_of_its_own_name(coco: Path, tmp_path: Path) -> None:
    edit(coco, "categories.0.name", "Handgun (metal)")
    dataset = imported("coco", coco, tmp_path / "out")
    assert dataset.info.classes == {"Handgun (metal)": "Handgun-metal", "knife": "knife"}
    assert [(x.name, x.supercategory) for x in dataset.categories] == [("Handgun-metal", "object"), ("knife", "object")]


def test_a_map_renames_groups_and_leaves_out(coco: Path, tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text(
        "classes:\n  knife: {label: container, group: structure}\n  gun: null\n  saw: saw\n"
    )
    dataset = imported("coco", coco, tmp_path / "out", Choices(classes=load_class_map(tmp_path / "map.yaml")))
    assert [(x.name, x.supercategory) for x in dataset.categories] == [("container", "structure")]
    assert dataset.info.classes == {"gun": None, "knife": "container"}
    assert counts(dataset) == {"class_left_out": 1}
    assert first(dataset, "class_left_out") == "train/_annotations.coco.json: annotations[1]: gun"


def test_a_class_that_no_box_is_of_is_told(coco: Path, tmp_path: Path) -> None:
    from scantally.datasets.importers.report import import_text

    choices = Choices(classes=ClassMap.model_validate({"classes": {"gun": None, "knife": "knife", "knive": "knife"}}))
    dataset = imported("coco", coco, tmp_path / "out", choices)
    assert dataset.info.unseen == ("knive",)
    assert (
        "  'knive': stands in the class map, but no box is of that class" in import_text(dataset, tmp_path).splitlines()
    )


def test_a_class_that_the_map_lacks_is_named(coco: Path, tmp_path: Path) -> None:
    choices = Choices(classes=ClassMap(classes={"gun": None}), class_file="map.yaml")
    with pytest.raises(ConfigError) as caught:
        imported("coco", coco, tmp_path / "out", choices)
    assert str(caught.value) == ("map.yaml: classes: expected an entry (a label, or null to leave it out) for 'knife'")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("classes:\n  a: {label: a, grup: load}\n", "unknown key 'classes.a.grup'"),
        ("classes:\n  a: {label: 'a b'}\n", "classes.a.label: string should match pattern"),
        (
            "classes:\n  a: {label: a, group: thing}\n",
            "classes.a.group: input should be 'structure', 'load' or 'object'",
        ),
        ("classes:\n  1: a\n", "classes[1]: expected text as a key, got 1"),
        ("classes: {}\n", "classes: dictionary should have at least 1 item"),
        ("klasses: {a: b}\n", "key 'classes' is missing, and key 'klasses' is unknown"),
        ("coordinates: auto\n", "key 'classes' is missing"),
        ("coordinates: top\nclasses: {a: b}\n", "coordinates: input should be 'auto', 'zero-based' or 'one-based'"),
        ("classes: {a: b, c: {label: b, group: load}}", "classes.c: the label 'b' is in two groups, object and load"),
        ("- a\n", "expected a mapping of keys to values, got list"),
        ("a: [\n", "expected YAML: "),
        ("classes:\n  a: b\n  a: null\n", "expected YAML: key 'a' stands twice, in lines 2 and 3"),
    ],
)
def test_a_damaged_map_is_named_by_its_key(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "map.yaml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_class_map(tmp_path / "map.yaml")
    assert caught.value.problem.startswith(problem), caught.value.problem


@given(st.text(max_size=100))
def test_any_text_becomes_a_valid_name(text: str) -> None:
    assert Target(label=valid_name(text)).label


@given(st.sets(st.text(max_size=5), max_size=8))
def test_two_classes_never_become_one(names: set[str]) -> None:
    found = resolve(names, None, {}, "x")
    assert len({target.label for target in found.values() if target}) == len(names)


def test_what_a_layout_knows_stands_unless_the_map_says_otherwise() -> None:
    known = {"container": Target(label="container", group=Group.STRUCTURE)}
    assert resolve(["container"], None, known, "x") == known
    assert resolve(["container"], ClassMap(classes={"a": None}), known, "x") == known
    assert resolve(["container"], ClassMap(classes={"container": None}), known, "x") == {"container": None}


# -- groups


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("25-08-2023_jpg.rf.9144bfe031e73bde5baa492eaaf48b93.jpg", "25-08-2023"),
        ("a.b_PNG.rf.AbC123.jpg", "a.b"),
        ("a_jpg.jpg", None),
        ("a.rf.123.jpg", None),
        ("_jpg.rf.123.jpg", None),
    ],
)
def test_roboflow_names_tell_the_source_picture(name: str, group: str | None) -> None:
    found = ROBOFLOW.match(name)
    assert (found[1] if found else None) == group


def test_groups_by_pattern_and_scanner_by_option(tmp_path: Path) -> None:
    names = ["t1_a.png", "t1_b.png", "t2_a.png", "other.png"]
    write_yolo(tmp_path / "in", [Pic(name=name, boxes=(KNIFE,)) for name in names])
    choices = Choices(group_by=compile_pattern(r"^(t\d+)_"), scanner="B")
    dataset = imported("yolo", tmp_path / "in", tmp_path / "out", choices)
    assert {Path(x.source).name: x.group for x in dataset.images} == {
        "t1_a.png": "t1",
        "t1_b.png": "t1",
        "t2_a.png": "t2",
        "other.png": "other",
    }
    assert {x.scanner for x in dataset.images} == {"B"}


def test_pictures_of_one_name_are_kept_apart(tmp_path: Path) -> None:
    pics = [Pic(name="1.png", boxes=(KNIFE,), split=split) for split in ("train", "test")]
    write_yolo(tmp_path / "in", [*pics, Pic(name="2.png", boxes=(KNIFE,))])
    dataset = imported("yolo", tmp_path / "in", tmp_path / "out")
    assert [x.file_name for x in dataset.images] == [
        "images/images__train__1.png",
        "images/2.png",
        "images/images__test__1.png",
    ]
    assert len({x.group for x in dataset.images}) == 3
    assert len(load(tmp_path / "out")) == 3


@given(st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=30), unique=True, max_size=6))
def test_file_names_are_one_part_and_differ_without_regard_to_case(parts: list[str]) -> None:
    names = file_names([f"{part}/{other}.png" for part, other in zip(parts, reversed(parts), strict=True)])
    assert all("/" not in x and "\\" not in x and x.isprintable() and not x.startswith("-") for x in names)
    stems = [Path(x).stem.casefold() for x in names]
    assert len(set(stems)) == len(stems)


# -- boxes


@pytest.mark.parametrize(
    ("box", "unit", "kept", "reasons"),
    [
        ((1, 2, 11, 22), "px", (1, 2, 10, 20), {}),
        ((0, 0, 64, 48), "px", (0, 0, 64, 48), {}),
        ((-5, 2, 11, 50), "px", (0, 2, 11, 46), {"box_clipped": 1}),
        ((-0.001, 0, 64.001, 48), "px", (0, 0, 64, 48), {}),
        ((0.25, 0.25, 0.75, 0.5), "share", (16, 12, 32, 12), {}),
        ((-0.1, 0, 0.5, 1.2), "share", (0, 0, 32, 48), {"box_clipped": 1}),
        ((5, 5, 5, 9), "px", None, {"box_empty": 1}),
        ((9, 5, 5, 9), "px", None, {"box_inverted": 1}),
        ((5, 9, 9, 5), "px", None, {"box_inverted": 1}),
        ((64, 5, 70, 9), "px", None, {"box_outside": 1}),
        ((-9, 5, 0, 9), "px", None, {"box_outside": 1}),
        ((100, 100, 400, 400), "share", None, {"box_outside": 1}),
        ((math.nan, 5, 9, 9), "px", None, {"box_not_finite": 1}),
        ((0, 5, math.inf, 9), "px", None, {"box_not_finite": 1}),
        ((1e308, 0, 1.7e308, 1), "share", None, {"box_not_finite": 1}),
    ],
)
def test_boxes_that_are_kept_cut_and_left_out(
    box: tuple[float, float, float, float], unit: str, kept: tuple[float, ...] | None, reasons: dict[str, int]
) -> None:
    omissions = Omissions()
    one = SourceBox(name="a", box=box, where="here", unit="px" if unit == "px" else "share")
    found = clean([one], (64, 48), {"a": Target(label="a")}, omissions)
    assert [x.bbox for x in found] == ([] if kept is None else [kept])
    assert {x.reason: x.count for x in omissions.listed()} == reasons


def test_a_box_that_stands_twice_is_kept_once() -> None:
    omissions = Omissions()
    boxes = [SourceBox(name=n, box=(1, 2, 3, 4), where=w) for n, w in (("a", "1"), ("b", "2"), ("a", "3"), ("c", "4"))]
    targets = {"a": Target(label="a"), "b": Target(label="b"), "c": Target(label="a")}
    assert [x.label for x in clean(boxes, (9, 9), targets, omissions)] == ["a", "b"]
    assert [(x.reason, x.count, x.first) for x in omissions.listed()] == [("box_duplicate", 2, ("3", "4"))]


any_number = st.floats(allow_nan=True, allow_infinity=True) | st.floats(-100, 200)


@given(
    st.lists(st.tuples(any_number, any_number, any_number, any_number), max_size=5), st.sampled_from(["px", "share"])
)
def test_what_is_kept_lies_inside_and_what_is_not_is_counted(
    boxes: list[tuple[float, float, float, float]], unit: str
) -> None:
    omissions = Omissions()
    source = [SourceBox(name="a", box=b, where="x", unit="px" if unit == "px" else "share") for b in boxes]
    found = clean(source, (64, 48), {"a": Target(label="a")}, omissions)
    for x, y, w, h in (x.bbox for x in found):
        assert 0 <= x < x + w <= 64 + 1e-6 and 0 <= y < y + h <= 48 + 1e-6
    left_out = sum(x.count for x in omissions.listed() if REASONS[x.reason].effect == "left out")
    assert len(found) + left_out == len(boxes)


def test_every_reason_keeps_the_first_names_only() -> None:
    omissions = Omissions()
    for number in range(FIRST + 5):
        omissions.add("box_empty", str(number))
    (only,) = omissions.listed()
    assert (only.count, only.first) == (FIRST + 5, tuple(map(str, range(FIRST))))
    with pytest.raises(KeyError):
        omissions.add("no_such_reason", "x")


# -- pictures


def prepared(path: Path, tmp_path: Path, limits: Limits | None = None) -> Prepared:
    (tmp_path / "made").mkdir(exist_ok=True)
    return prepare(Job(source=path, target=tmp_path / "made" / path.name, link=False, limits=limits or Limits()))


@pytest.mark.parametrize("ending", ["png", "tif"])
def test_sixteen_bits_stay_sixteen_bits(tmp_path: Path, ending: str) -> None:
    grey = np.arange(64 * 48, dtype=np.uint16).reshape(48, 64) * 21
    cv2.imwrite(str(tmp_path / f"a.{ending}"), grey)
    found = prepared(tmp_path / f"a.{ending}", tmp_path)
    assert (found.width, found.height, found.converted) == (64, 48, False)
    assert found.file is not None and found.file.read_bytes() == (tmp_path / f"a.{ending}").read_bytes()


def colours(width: int = 64, height: int = 48) -> np.ndarray:
    rng = np.random.default_rng(0)
    return rng.integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8).repeat(8, 0).repeat(8, 1)


@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
def test_a_picture_in_colours_becomes_its_luminance(tmp_path: Path, ending: str) -> None:
    Picture.fromarray(colours()).save(tmp_path / f"a.{ending}")
    with pytest.raises(InputError, match="a colour picture"):
        read_scan(tmp_path / f"a.{ending}")
    found = prepared(tmp_path / f"a.{ending}", tmp_path)
    assert found.converted and found.file == tmp_path / "made" / "a.png"
    luminance = np.asarray(Picture.open(tmp_path / f"a.{ending}").convert("L")).astype(int)
    assert np.abs(np.asarray(Picture.open(found.file)).astype(int) - luminance).max() <= 2
    assert read_scan(found.file).width == 64


def test_sixteen_bit_colours_keep_their_depth(tmp_path: Path) -> None:
    deep = colours().astype(np.uint16) * 257
    cv2.imwrite(str(tmp_path / "a.png"), deep)
    found = prepared(tmp_path / "a.png", tmp_path)
    assert found.converted and found.file is not None
    written = cv2.imread(str(found.file), cv2.IMREAD_UNCHANGED)
    assert written.dtype == np.uint16 and len(np.unique(written)) > 30


@pytest.mark.parametrize("ending", ["jpg", "png"])
def test_grey_in_three_channels_is_kept_as_it_is(tmp_path: Path, ending: str) -> None:
    Picture.open(draw(tmp_path / "grey.png")).convert("RGB").save(tmp_path / f"a.{ending}", quality=60)
    found = prepared(tmp_path / f"a.{ending}", tmp_path)
    assert found.file is not None and not found.converted
    assert found.file.read_bytes() == (tmp_path / f"a.{ending}").read_bytes()
    read_scan(found.file)


def test_thin_coloured_lines_over_a_grey_scan_leave_it_as_it_is(tmp_path: Path) -> None:
    pixels = np.asarray(Picture.open(draw(tmp_path / "grey.png", (320, 240))).convert("RGB")).copy()
    pixels[100:103] = (255, 0, 0)
    Picture.fromarray(pixels).save(tmp_path / "a.jpg", quality=90)
    found = prepared(tmp_path / "a.jpg", tmp_path)
    assert found.file is not None and not found.converted
    assert read_scan(found.file).notes


def damaged(path: Path, kind: str) -> Path:
    """A picture file that is damaged in one way."""
    Picture.open(draw(path.with_name("good.png"))).save(path)
    raw = path.read_bytes()
    rng = random.Random(0)
    path.write_bytes(
        {
            "empty": b"",
            "text": b"not a picture",
            "half": raw[: len(raw) // 2],
            "no end": raw[:-2],
            "head only": raw[:20],
            "noise": bytes(rng.randrange(256) for _ in range(500)),
            "gif": b"GIF89a" + raw,
        }[kind]
    )
    return path


@pytest.mark.parametrize("ending", ["jpg", "png", "tif"])
@pytest.mark.parametrize("kind", ["empty", "text", "half", "no end", "head only", "noise", "gif"])
def test_a_damaged_picture_is_left_out_with_its_reason(tmp_path: Path, ending: str, kind: str) -> None:
    found = prepared(damaged(tmp_path / f"a.{ending}", kind), tmp_path)
    assert found.file is None and found.problem
    truncated = kind in ("half", "no end", "head only")
    assert found.reason == ("image_truncated" if truncated else "image_unreadable"), found.problem
    assert list((tmp_path / "made").iterdir()) == []


@pytest.mark.parametrize(("orientation", "colours"), [(1, False), (3, False), (6, True), (8, False), (99, False)])
def test_a_picture_that_viewers_turn_is_counted(tmp_path: Path, orientation: int, colours: bool) -> None:
    path = draw(tmp_path / "in" / "train" / "a.jpg")
    exif = Picture.Exif()
    exif[0x0112] = orientation
    Picture.new("RGB" if colours else "L", (64, 48), "red" if colours else 90).save(path, exif=exif)
    stored = path.read_bytes()
    write_coco(tmp_path / "in", [Pic(name="a.jpg", boxes=(KNIFE,))])
    path.write_bytes(stored)
    dataset = imported("coco", tmp_path / "in", tmp_path / "out")
    assert counts(dataset).get("image_turned", 0) == int(1 < orientation < 9)
    assert (dataset.images[0].width, dataset.images[0].height) == (64, 48)


@pytest.mark.parametrize("exif", [b"", b"II", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\x09\0", b"x" * 40])
def test_damaged_exif_data_turn_nothing(tmp_path: Path, exif: bytes) -> None:
    path = tmp_path / "a.jpg"
    Picture.new("L", (64, 48), 90).save(path, exif=b"Exif\0\0" + exif)
    done = prepare(Job(source=path, target=tmp_path / "b.jpg", link=False, limits=Limits()))
    assert done.file is not None and not done.turned


def test_limits_hold_for_pictures(tmp_path: Path) -> None:
    path = draw(tmp_path / "a.jpg", (100, 100))
    assert "over the limit of 100 bytes" in prepared(path, tmp_path, Limits(max_scan_bytes=100)).problem
    assert "over the limit of 99 pixels" in prepared(path, tmp_path, Limits(max_pixels=99)).problem
    assert "too small" in prepared(draw(tmp_path / "b.png", (20, 20)), tmp_path).problem


def test_an_import_counts_every_kind_of_picture(tmp_path: Path) -> None:
    root = tmp_path / "in"
    write_yolo(root, [Pic(name=f"{name}.jpg", boxes=(KNIFE,)) for name in ("good", "cut", "colour", "text", "gone")])
    images = root / "images" / "train"
    (images / "cut.jpg").write_bytes((images / "cut.jpg").read_bytes()[:-30])
    (images / "text.jpg").write_text("text")
    (images / "gone.jpg").unlink()
    Picture.fromarray(colours()).save(images / "colour.jpg")
    dataset = imported("yolo", root, tmp_path / "out")
    assert sorted(Path(x.file_name).name for x in dataset.images) == ["colour.png", "good.jpg"]
    assert counts(dataset) == {
        "image_unreadable": 1,
        "image_truncated": 1,
        "annotation_orphan": 1,
        "image_converted": 1,
    }
    assert first(dataset, "annotation_orphan") == "labels/train/gone.txt"
    assert first(dataset, "image_unreadable").startswith("images/train/text.jpg: a text file that begins with 'text'")
    for image in dataset.images:
        read_scan(tmp_path / "out" / image.file_name)


def test_a_source_of_which_nothing_can_be_used_is_an_error(tmp_path: Path) -> None:
    write_yolo(tmp_path / "in", [Pic(name="a.png", boxes=(KNIFE,))])
    (tmp_path / "in" / "images" / "train" / "a.png").write_text("text")
    with pytest.raises(
        InputError, match=r"none of its 1 pictures can be used: image_unreadable, first images/train/a\.png"
    ):
        imported("yolo", tmp_path / "in", tmp_path / "out")
    assert sorted(x.name for x in tmp_path.iterdir()) == ["in"]


def test_a_picture_of_another_size_than_annotated_is_left_out(coco: Path, tmp_path: Path) -> None:
    edit(coco, "images.0.width", 32)
    dataset = imported("coco", coco, tmp_path / "out")
    assert first(dataset, "image_size_differs") == "train/a.png: 64 x 48 px, annotated as 32 x 48"
    assert sorted(x.name for x in (tmp_path / "out" / "images").iterdir()) == ["b.png", "c.png"]


def test_a_picture_whose_boxes_are_all_left_out_is_counted(coco: Path, tmp_path: Path) -> None:
    edit(coco, "annotations.0.bbox", [4, 6, 0, 9], split="test")
    dataset = imported("coco", coco, tmp_path / "out")
    assert counts(dataset) == {"box_empty": 1, "image_emptied": 1}
    assert first(dataset, "image_emptied") == "test/b.png"


def test_a_picture_whose_classes_are_all_undefined_is_counted(coco: Path, tmp_path: Path) -> None:
    edit(coco, "annotations.0.category_id", 99, split="test")
    dataset = imported("coco", coco, tmp_path / "out")
    assert counts(dataset) == {"class_undefined": 1, "image_emptied": 1}


# -- paths


@pytest.mark.parametrize("name", ["../outside.png", "../../outside.png", "train/../../outside.png", "ABSOLUTE"])
def test_no_path_leads_out_of_the_source(coco: Path, tmp_path: Path, name: str) -> None:
    outside = draw(tmp_path / "outside.png")
    edit(coco, "images.0.file_name", str(outside) if name == "ABSOLUTE" else name)
    dataset = imported("coco", coco, tmp_path / "out")
    assert counts(dataset) == {"path_outside": 1, "image_unnamed": 1}
    assert len(dataset.images) == 2


def test_links_out_of_the_source_are_not_followed(tmp_path: Path) -> None:
    root = tmp_path / "in"
    write_voc(root, [Pic(name="a.png", boxes=(KNIFE,)), Pic(name="b.png", boxes=(KNIFE,))])
    draw(tmp_path / "elsewhere" / "b.png")
    (root / "JPEGImages" / "b.png").unlink()
    (root / "JPEGImages" / "b.png").symlink_to(tmp_path / "elsewhere" / "b.png")
    (root / "more").symlink_to(tmp_path / "elsewhere")
    dataset = imported("voc", root, tmp_path / "out")
    assert [x.source for x in dataset.images] == ["JPEGImages/a.png"]
    assert {x.reason: sorted(x.first) for x in dataset.info.omitted} == {"path_outside": ["JPEGImages/b.png", "more"]}


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 5000 + ".png", "\ud800.png", "CON", "."])
def test_names_that_no_file_has_are_missing_pictures(coco: Path, tmp_path: Path, name: str) -> None:
    edit(coco, "images.0.file_name", name)
    dataset = imported("coco", coco, tmp_path / "out")
    assert counts(dataset) == {"image_missing": 1, "image_unnamed": 1}
    assert read_dataset(tmp_path / "out") == dataset


@pytest.mark.skipif(os.sep != "/", reason="names of bytes that are no text exist on POSIX only")
def test_names_of_odd_bytes_are_imported(tmp_path: Path) -> None:
    root = tmp_path / "in"
    write_yolo(root, [Pic(name="a.png", boxes=(KNIFE,))])
    for folder, ending in (("images", "png"), ("labels", "txt")):
        there = root / folder / "train" / f"a.{ending}"
        there.rename(os.fsdecode(os.fsencode(there.parent) + b"/\xff\n$(x)." + ending.encode()))
    dataset = imported("yolo", root, tmp_path / "out")
    (image,) = dataset.images
    assert (tmp_path / "out" / image.file_name).is_file() and image.file_name.isprintable()
    assert read_dataset(tmp_path / "out") == dataset


def test_a_row_is_written_as_expected() -> None:
    assert yolo_row(1, (16, 12, 32, 24), (64, 48), 3) == "1 0.500 0.500 0.500 0.500"
