import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from scantally.detector.errors import ConfigError
from scantally.detector.evidence.inspection import Inspection
from scantally.detector.report import files
from scantally.detector.report.files import output_paths, write_outputs

Make = Callable[..., Inspection]


def listing(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_three_files_and_nothing_else(make: Make, tmp_path: Path) -> None:
    out = tmp_path / "new" / "folder"
    written = write_outputs(make(), out, "gate 7.left")
    assert written == (out / "gate 7.left.json", out / "gate 7.left.html", out / "gate 7.left.png")
    assert listing(out) == ["gate 7.left.html", "gate 7.left.json", "gate 7.left.png"]
    assert json.loads(written[0].read_text())["disposition"] == "inspect"
    assert written[1].read_bytes().startswith(b"<!DOCTYPE html>")
    assert written[2].read_bytes().startswith(b"\x89PNG")


def test_same_inspection_same_bytes(make: Make, tmp_path: Path) -> None:
    first = [p.read_bytes() for p in write_outputs(make(), tmp_path / "a", "s")]
    assert [p.read_bytes() for p in write_outputs(make(), tmp_path / "b", "s")] == first


def test_an_earlier_report_is_replaced(make: Make, black: Inspection, tmp_path: Path) -> None:
    write_outputs(make(), tmp_path, "s")
    path, _, _ = write_outputs(black, tmp_path, "s")
    assert json.loads(path.read_text())["disposition"] == "review" and len(listing(tmp_path)) == 3


@pytest.mark.parametrize("suffix", [".json", ".html", ".png"])
def test_an_input_is_never_replaced(make: Make, tmp_path: Path, suffix: str) -> None:
    given = tmp_path / f"s{suffix}"
    given.write_bytes(b"precious")
    for name in (given, tmp_path / "." / given.name, Path(os.path.relpath(given))):
        with pytest.raises(ConfigError) as error:
            write_outputs(make(), tmp_path, "s", frozenset({name}))
        assert str(error.value) == f"{given}: the report would replace an input: expected another folder for --out"
    assert listing(tmp_path) == [given.name] and given.read_bytes() == b"precious"


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_an_input_behind_a_link_is_never_replaced(tmp_path: Path, link: str) -> None:
    given = tmp_path / "scan.png"
    given.write_bytes(b"precious")
    getattr(tmp_path / "s.png", link)(given)
    with pytest.raises(ConfigError, match="would replace an input"):
        output_paths(tmp_path, "s", frozenset({given}))


@pytest.mark.parametrize("stem", ["", "a/b", "../s", "..", "a\0b"])
def test_a_stem_is_a_plain_name(tmp_path: Path, stem: str) -> None:
    with pytest.raises(ConfigError, match="expected a plain file name to write the report under"):
        output_paths(tmp_path, stem)


def test_a_folder_that_cannot_be_made(make: Make, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigError) as error:
        write_outputs(make(), tmp_path / "file", "s")
    assert str(error.value) == f"{tmp_path / 'file'}: the report cannot be written: File exists"


def test_a_name_that_is_too_long_leaves_nothing_behind(make: Make, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="the report cannot be written: File name too long"):
        write_outputs(make(), tmp_path, "s" * 254)
    assert listing(tmp_path) == []


def test_a_full_disk_leaves_nothing_behind(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def full(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(ConfigError) as error:
        write_outputs(make(), tmp_path, "s")
    assert str(error.value) == f"{tmp_path}: the report cannot be written: No space left on device"
    assert listing(tmp_path) == []
