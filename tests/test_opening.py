"""What is said of folders that cannot be opened as labelled scans."""

from pathlib import Path

import pytest
from audited_sets import make_set, plain_rows

from scantally.datasets import ajna
from scantally.datasets.opening import EXPECTED, open_data
from scantally.detector.errors import InputError


def refused(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        open_data(folder)
    assert str(caught.value).startswith(f"{folder}: ") and "\n" not in str(caught.value)
    return caught.value.problem


def test_what_is_not_there_or_no_folder(tmp_path: Path) -> None:
    assert refused(tmp_path / "none") == "no such folder"
    (tmp_path / "file").write_text("")
    assert refused(tmp_path / "file") == "is a file: expected a folder of labelled scans"


def test_a_folder_of_nothing_that_is_known(tmp_path: Path) -> None:
    said = (
        "expected simulated scans (STEM.tif with STEM.truth.json), a dataset (dataset.json) "
        "or AJNA's layout (images and labels)"
    )
    assert refused(tmp_path) == said


@pytest.mark.parametrize(
    "file",
    [
        "images/a.jpg",  # VOC or YOLO
        "data.yaml",
        "JPEGImages/a.jpg",
        "annotations/instances_train.json",
        "train/_annotations.coco.json",
        "a.xml",
    ],
)
def test_another_layout_is_to_be_brought_in_first(tmp_path: Path, file: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x")
    assert refused(tmp_path) == (
        f"has no dataset.json: bring it in first with `scantally data import LAYOUT {tmp_path} OUT`"
    )


def test_data_one_folder_deeper_are_named(tmp_path: Path) -> None:
    make_set(tmp_path / "boxes", plain_rows())
    (tmp_path / "images").mkdir()
    assert refused(tmp_path) == f"{EXPECTED}; such data lie one folder deeper: boxes"
    for name in ("a", "b", "c"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "s.truth.json").write_text("{}")
    assert refused(tmp_path).endswith("one folder deeper: a, b, boxes, ...")


def test_a_part_of_a_dataset_is_not_the_dataset(tmp_path: Path) -> None:
    make_set(tmp_path, plain_rows())
    assert len(open_data(tmp_path)) == len(plain_rows())
    assert refused(tmp_path / "images") == f"{EXPECTED}; it is a part of such data: name the folder above it"


def test_one_known_scan_makes_it_ajna_and_others_are_named(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "0.jpg").write_bytes(b"x")
    (tmp_path / "images" / next(iter(ajna.known_groups()))).write_bytes(b"x")
    with pytest.raises(InputError, match=r"0\.jpg: is not among the scans that datasets/labels describes"):
        open_data(tmp_path)
