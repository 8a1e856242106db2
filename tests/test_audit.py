"""Audits of datasets made by hand: each fault is found, by its name, and nothing else is."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from audited_sets import Row, jpeg, make_set, plain_rows, png, scene
from conftest import Ran
from hypothesis import given
from hypothesis import strategies as st

from scantally.datasets import cli_audit
from scantally.datasets.audit.document import Audit, Finding
from scantally.datasets.audit.find_boxes import SAME, at_one_place
from scantally.datasets.audit.kinds import KINDS
from scantally.datasets.audit.pairs import NEAR
from scantally.datasets.audit.run import run_audit
from scantally.datasets.dataset import Annotation

Change = Callable[[list[Row]], None]
ROOT = Path(__file__).parents[1]


def audited(folder: Path, rows: list[Row], labels: tuple[str, ...] = ("knife",), *, by_scanner: bool = False) -> Audit:
    make_set(folder, rows, labels)
    return run_audit(folder, by_scanner=by_scanner).audit


def only(audit: Audit, kind: str) -> Finding:
    (found,) = [x for x in audit.findings if x.kind == kind]
    return found


def test_a_sound_set_is_clean(tmp_path: Path) -> None:
    audit = audited(tmp_path, plain_rows())
    assert audit.findings == ()
    assert audit.verdict == "clean"


# -- one fault each


def cut(rows: list[Row]) -> None:
    assert rows[0].raw
    rows[0].raw = rows[0].raw[: len(rows[0].raw) // 2]


def cut_with_end_mark(rows: list[Row]) -> None:
    """What libjpeg, OpenCV and Pillow pass off as whole."""
    cut(rows)
    rows[0].raw = (rows[0].raw or b"") + b"\xff\xd9"


def cut_by_a_little(rows: list[Row]) -> None:
    assert rows[0].raw
    rows[0].raw = rows[0].raw[:-24] + b"\xff\xd9"


def cut_png(rows: list[Row]) -> None:
    rows[0].raw, rows[0].suffix = png(scene(0))[:-500], ".png"


def damaged_png(rows: list[Row]) -> None:
    raw = bytearray(png(scene(0)))
    raw[len(raw) // 2] ^= 0xFF
    rows[0].raw, rows[0].suffix = bytes(raw), ".png"


def text(rows: list[Row]) -> None:
    rows[0].raw = b"no picture"


def empty(rows: list[Row]) -> None:
    rows[0].raw = b""


def missing(rows: list[Row]) -> None:
    rows[0].raw = None


def changed(rows: list[Row]) -> None:
    rows[0].sha256 = "0" * 64


def other_size(rows: list[Row]) -> None:
    rows[0].size = (200, 300)


def colours(rows: list[Row]) -> None:
    grey = scene(0)
    rows[0].raw = jpeg(np.stack([grey, grey // 2, 255 - grey], axis=-1))


def one_grey(rows: list[Row]) -> None:
    rows[0].raw = jpeg(np.full((128, 192), 90, np.uint8))


def outside(rows: list[Row]) -> None:
    rows[0].boxes = [("knife", (170, 50, 40, 30))]


def wholly_outside(rows: list[Row]) -> None:
    rows[0].boxes = [("knife", (-60, 50, 40, 30))]


def no_area(rows: list[Row]) -> None:
    rows[0].boxes.append(("knife", (90, 50, 0, 30)))


def negative_side(rows: list[Row]) -> None:
    rows[0].boxes.append(("knife", (90, 50, -5, 30)))


def tiny(rows: list[Row]) -> None:
    rows[0].boxes.append(("knife", (90, 50, 4.9, 30)))


def twice(rows: list[Row]) -> None:
    rows[0].boxes.append(("knife", (20.3, 50, 40, 29.8)))


def no_boxes(rows: list[Row]) -> None:
    rows[0].boxes = []


def no_split(rows: list[Row]) -> None:
    rows[0].split = None


def same_file(rows: list[Row]) -> None:
    rows[1].raw = rows[0].raw
    rows[1].group = rows[0].group = "a"


def same_file_other_boxes(rows: list[Row]) -> None:
    same_file(rows)
    rows[1].boxes = [("knife", (25, 50, 40, 30))]


def same_pixels(rows: list[Row]) -> None:
    same_file(rows)
    raw = rows[0].raw or b""
    rows[1].raw = raw[:2] + b"\xff\xfe\x00\x06abcd" + raw[2:]  # a comment


def recompressed(rows: list[Row]) -> None:
    rows[1].raw = jpeg(scene(0), 40)


def sixteen_bits(rows: list[Row]) -> None:
    rows[0].raw, rows[0].suffix = png(scene(0).astype(np.uint16) * 257), ".png"


def bright_cargo(rows: list[Row]) -> None:
    rows[0].raw = jpeg(255 - scene(0))


def one_scanner(rows: list[Row]) -> None:
    rows[0].scanner = rows[-1].scanner = "gate"


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (cut, {"file_truncated": 1, "file_changed": 0}),
        (cut_with_end_mark, {"file_truncated": 1}),
        (cut_by_a_little, {"file_truncated": 1}),
        (cut_png, {"file_truncated": 1}),
        (damaged_png, {"file_unreadable": 1}),
        (text, {"file_unreadable": 1}),
        (empty, {"file_unreadable": 1}),
        (missing, {"file_missing": 1}),
        (changed, {"file_changed": 1}),
        (other_size, {"size_differs": 1}),
        (colours, {"refused": 1}),
        (one_grey, {"blank": 1, "polarity_unclear": 1}),
        (outside, {"box_outside": 1}),
        (wholly_outside, {"box_outside": 1}),
        (no_area, {"box_empty": 1}),
        (negative_side, {"box_empty": 1}),
        (tiny, {"box_tiny": 1}),
        (twice, {"box_duplicate": 1}),
        (no_boxes, {"image_unlabelled": 1}),
        (no_split, {"no_split": 1}),
        (same_file, {"duplicate_bytes": 1}),
        (same_file_other_boxes, {"duplicate_bytes": 1, "duplicate_conflict": 1}),
        (same_pixels, {"duplicate_pixels": 1}),
        (recompressed, {"near_duplicate": 1}),
        (sixteen_bits, {"depth_mixed": 1}),
        (bright_cargo, {"polarity_mixed": 1}),
        (one_scanner, {"scanner_shared": 1}),
    ],
)
def test_each_fault_is_found_and_nothing_else(tmp_path: Path, change: Change, kinds: dict[str, int]) -> None:
    rows = plain_rows(13)
    change(rows)
    audit = audited(tmp_path, rows)
    assert {x.kind: x.count for x in audit.findings} == {k: n for k, n in kinds.items() if n}
    assert audit.verdict != "leaks"
    for found in audit.findings:
        assert found.leak is KINDS[found.kind].leak
        assert found.examples[0].files[0].startswith("images/")


def turned(seed: int) -> bytes:
    """A scene as an augmentation turns it: what lies outside of the picture becomes black."""
    picture = scene(seed)
    height, width = picture.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 30, 1)
    return jpeg(np.asarray(cv2.warpAffine(picture, turn, (width, height)), np.uint8))


def test_black_corners_are_named_where_polarity_is_unclear(tmp_path: Path) -> None:
    rows = plain_rows(13)
    rows[0].raw = turned(0)
    found = only(audited(tmp_path / "one", rows), "polarity_unclear")
    why = "with black corners or borders, as rotation leaves them (Roboflow), which is the likely cause."
    assert found.reason == f"1 picture whose top is neither plainly bright nor plainly dark; {why}"
    assert found.examples[0].detail == "black corners or borders"
    assert "`scantally data import`" in found.advice
    one_grey(rows[1:])
    both = only(audited(tmp_path / "two", rows), "polarity_unclear")
    assert both.reason == f"2 pictures whose top is neither plainly bright nor plainly dark; 1 of them {why}"
    one_grey(rows)
    grey = only(audited(tmp_path / "grey", rows), "polarity_unclear")
    assert grey.reason == "2 pictures whose top is neither plainly bright nor plainly dark."


def test_a_damaged_file_is_named_with_what_the_decoder_said(tmp_path: Path) -> None:
    rows = plain_rows()
    cut_with_end_mark(rows)
    (example,) = only(audited(tmp_path, rows), "file_truncated").examples
    assert example.files == ("images/001.jpg",)
    assert "premature end" in example.detail


def test_a_box_may_be_a_pixel_over_the_border(tmp_path: Path) -> None:
    rows = plain_rows()
    rows[0].boxes = [("knife", (-1.0, 0, 194.0, 129.0))]
    assert audited(tmp_path, rows).findings == ()


def test_a_load_may_have_the_box_of_its_container_but_not_of_another_load(tmp_path: Path) -> None:
    labels = ("container", "carton", "sack")
    rows = plain_rows(24)
    for number, row in enumerate(rows):
        row.split = "test" if number < 4 else "train"
        row.boxes = [("container", (9, 9, 90, 90)), (("carton", "sack")[number % 2], (9, 9, 90, 90))]
    rows[5].boxes += [("carton", (9, 9, 90, 90))]
    found = only(audited(tmp_path, rows, labels), "box_conflict")
    assert found.count == 1
    assert {*found.examples[0].detail.split(" and ")} == {"carton", "sack"}


def test_boxes_that_stand_there_again_are_counted_and_not_their_pairs(tmp_path: Path) -> None:
    rows = plain_rows(12)
    rows[0].boxes = [("knife", (20, 50, 40, 30))] * 5 + [("knife", (20.4, 50, 40, 30)), ("knife", (90, 50, 40, 30))]
    rows[1].boxes = [(x, (20, 50, 40, 30)) for x in ("knife", "gun", "knife", "gun", "bolt")]
    audit = audited(tmp_path, rows, ("knife", "gun", "bolt"))
    twice, conflict = only(audit, "box_duplicate"), only(audit, "box_conflict")
    assert (twice.count, conflict.count) == (7, 2)
    assert twice.reason == "7 boxes stand there again with the same label."
    assert [x.detail for x in conflict.examples] == ["knife and gun", "knife and bolt"]


def boxes_of(places: Iterable[tuple[float, ...]]) -> tuple[Annotation, ...]:
    return tuple(
        Annotation(id=n, image_id=1, category_id=1, bbox=place, area=1)  # type: ignore[arg-type]
        for n, place in enumerate(places)
    )


@given(st.lists(st.tuples(*[st.integers(0, 12).map(lambda x: x / 8 + 1e6)] * 4), max_size=30))
def test_no_double_is_missed_and_none_made_up(places: list[tuple[float, ...]]) -> None:
    boxes = boxes_of(places)
    doubles = [x.id for x, first in at_one_place(boxes) if first]
    kept = [x for x in boxes if x.id not in doubles]

    def agree(a: Annotation, b: Annotation) -> bool:
        return all(abs(x - y) <= SAME for x, y in zip(a.bbox, b.bbox, strict=True))

    assert not any(agree(a, b) for a in kept for b in kept if a.id < b.id)
    assert all(any(agree(x, k) and k.id < x.id for k in kept) for x in boxes if x.id in doubles)


@pytest.mark.parametrize(
    "places",
    [
        [(5.0, 5.0, 9.0, 9.0)] * 20_000,
        [(5.0, float(n), 9.0, 9.0) for n in range(20_000)],
        [(5.0, 5.0, 9.0 + n / 10_000, 9.0) for n in range(20_000)],
    ],
    ids=["equal", "in a column", "close together"],
)
def test_many_boxes_of_one_picture_are_compared_with_few(places: list[tuple[float, ...]]) -> None:
    compared = 0

    class Counted(tuple[float, ...]):
        def __iter__(self) -> Iterator[float]:
            nonlocal compared
            compared += 1
            return super().__iter__()

    boxes = tuple(x.model_copy(update={"bbox": Counted(x.bbox)}) for x in boxes_of(places))
    list(at_one_place(boxes))
    assert len(boxes) <= compared < 20 * len(boxes)


def test_labels_are_compared_between_splits(tmp_path: Path) -> None:
    rows = plain_rows(30)
    labels = ("knife", "gun", "bolt")
    for row in rows[:12]:
        row.boxes.append(("bolt", (100, 60, 20, 20)))
    rows[-1].boxes.append(("gun", (100, 60, 20, 20)))
    audit = audited(tmp_path, rows, labels)
    found = {x.kind: x.examples[0].detail for x in audit.findings if x.kind.startswith("label")}
    assert found == {
        "label_unlearnt": "gun: 1 in test",
        "label_unjudged": "bolt: 12 in train",
        "label_rare": "gun: 1 in test",
    }


def test_boxes_that_do_not_count_are_counted_apart(tmp_path: Path) -> None:
    rows = plain_rows(14)
    rows[0].crowd = True
    label = audited(tmp_path, rows).figures.labels["knife"]
    assert (label.boxes, label.crowd) == (13, 1)
    assert label.by_split == {"train": 12, "test": 1}


# -- leaks


def leak_by_file(rows: list[Row]) -> None:
    rows[-1].raw = rows[0].raw


def leak_by_pixels(rows: list[Row]) -> None:
    same_pixels(rows)
    rows[1].split, rows[1].group = "val", "b"


def leak_by_likeness(rows: list[Row]) -> None:
    darker = np.clip(scene(0) * 0.8, 0, 255).astype(np.uint8)
    rows[-1].raw = jpeg(cv2.warpAffine(darker, np.float32([[1, 0, 3], [0, 1, -2]]), (192, 128), borderMode=1), 60)


def leak_by_mirror(rows: list[Row]) -> None:
    rows[-1].raw = jpeg(np.ascontiguousarray(scene(0)[:, ::-1]))


def leak_by_turning(rows: list[Row]) -> None:
    rows[-1].raw = jpeg(np.ascontiguousarray(np.rot90(scene(0))))
    rows[-1].size = (128, 192)
    rows[-1].boxes = [("knife", (20, 50, 40, 30))]


def leak_by_group(rows: list[Row]) -> None:
    rows[0].group = rows[-1].group = "truck 7"


def leak_by_source(rows: list[Row]) -> None:
    rows[0].source, rows[-1].source = "train/box1_jpg.rf.0a1b.jpg", "test/box1_jpg.rf.9f3c.jpg"


def leak_by_container(rows: list[Row]) -> None:
    rows[0].source, rows[-1].source = "2024-05-01 CSQU3054383 a.jpg", "csqu 305438 3_second pass.jpg"


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        (leak_by_file, {"leak_duplicate", "duplicate_bytes"}),
        (leak_by_pixels, {"leak_duplicate", "duplicate_pixels"}),
        (leak_by_likeness, {"leak_near_duplicate", "near_duplicate"}),
        (leak_by_mirror, {"leak_orientation", "near_duplicate"}),
        (leak_by_turning, {"leak_orientation", "near_duplicate"}),
        (leak_by_group, {"leak_group"}),
        (leak_by_source, {"leak_source"}),
        (leak_by_container, {"leak_container"}),
    ],
)
def test_each_leak_is_found_and_ends_with_exit_code_2(
    tmp_path: Path, scantally: Callable[..., Ran], change: Change, kinds: set[str]
) -> None:
    rows = plain_rows()
    change(rows)
    make_set(tmp_path / "set", rows)
    ran = scantally("data", "audit", tmp_path / "set", "--out", tmp_path / "out", "--workers", 1)
    assert ran.code == 2
    audit = Audit.model_validate_json((tmp_path / "out" / "audit.json").read_bytes())
    assert {x.kind for x in audit.findings} == kinds
    assert audit.verdict == "leaks"
    last = ran.err.splitlines()[-1]
    (leak,) = [x for x in audit.findings if x.leak]
    assert last == f"scantally: {tmp_path / 'set'}: {leak.reason.rstrip('.')}"
    assert leak.count == 1


def test_a_placeholder_is_no_container_number(tmp_path: Path) -> None:
    rows = plain_rows()
    rows[0].source, rows[-1].source = "CSQU3054384 a.jpg", "CSQU3054384 b.jpg"  # the check digit is 3
    assert audited(tmp_path, rows).findings == ()


def test_a_scanner_leaks_when_it_is_said_to(tmp_path: Path) -> None:
    rows = plain_rows()
    one_scanner(rows)
    audit = audited(tmp_path, rows, by_scanner=True)
    assert [x.kind for x in audit.findings] == ["leak_scanner"]
    assert audit.findings[0].examples[0].detail == "gate: 1 in train, 1 in test"


def test_pictures_in_no_split_leak_nowhere(tmp_path: Path) -> None:
    rows = plain_rows()
    leak_by_file(rows)
    rows[0].split = None
    assert not any(x.leak for x in audited(tmp_path, rows).findings)


# -- the command


def test_the_command_writes_json_and_page_and_says_the_same(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    rows = plain_rows()
    tiny(rows)
    make_set(tmp_path / "set", rows)
    ran = scantally("data", "audit", tmp_path / "set", "--out", tmp_path / "out", "--json", "--workers", "1")
    assert ran.code == 0
    assert ran.out == (tmp_path / "out" / "audit.json").read_text("utf-8")
    assert json.loads(ran.out)["findings"][0]["kind"] == "box_tiny"
    said = scantally("data", "audit", tmp_path / "set", "--out", tmp_path / "out", "--workers", "1").out
    assert "Boxes of less than 5 px: 1 of 13 boxes have a side of less than 5 px." in said
    assert sorted(x.name for x in (tmp_path / "out").iterdir()) == ["audit.html", "audit.json"]


def test_several_processes_find_what_one_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scantally.datasets.audit.files.ALONE", 1)
    rows = plain_rows()
    cut(rows)
    make_set(tmp_path, rows)
    assert run_audit(tmp_path, workers=2).audit == run_audit(tmp_path, workers=1).audit


def test_a_folder_without_a_dataset_is_refused(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    ran = scantally("data", "audit", tmp_path, "--out", tmp_path / "out")
    assert (ran.code, len(ran.err.splitlines())) == (2, 1)
    make_set(tmp_path / "set", [])
    ran = scantally("data", "audit", tmp_path / "set", "--out", tmp_path / "out")
    assert (ran.code, ran.err.splitlines()) == (
        2,
        [f"scantally: {tmp_path / 'set' / 'dataset.json'}: names no picture: expected at least one"],
    )


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path, scantally: Callable[..., Ran]) -> None:
    make_set(tmp_path / "set", plain_rows(2))
    (tmp_path / "file").write_text("x")
    ran = scantally("data", "audit", tmp_path / "set", "--out", tmp_path / "file" / "out", "--workers", "1")
    assert ran.code == 2
    assert "cannot be written" in ran.err.splitlines()[-1]


def test_the_default_of_the_command_is_that_of_the_search() -> None:
    assert cli_audit.NEAR == NEAR


# -- the documents


def section(name: str) -> str:
    return (ROOT / "docs" / "data.md").read_text().split(f"## {name}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", ["audit", "split", "encode"])
def test_every_option_is_documented(name: str) -> None:
    from test_docs import click_command

    rows = re.findall(r"^\| `(--[a-z-]+)", section(name.capitalize()), re.MULTILINE)
    known = [p.opts[0] for p in click_command("data", name).params if p.opts[0].startswith("--")]
    assert rows == [x for x in known if x != "--help"]


def test_every_kind_of_finding_is_documented_with_its_weight() -> None:
    rows = re.findall(r"^\| (`[a-z_`, ]+`) \| (leak|high|medium|low) \|", section("Audit"), re.MULTILINE)
    said = {kind: weight for kinds, weight in rows for kind in re.findall(r"[a-z_]+", kinds)}
    assert said == {kind: "leak" if row.leak else row.severity.value for kind, row in KINDS.items()}
