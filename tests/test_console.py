"""What the commands of training and evaluation refuse to write over."""

from pathlib import Path

import pytest

from scantally.detector.errors import ConfigError
from scantally.training.console import require_apart


def test_an_output_never_takes_the_place_of_an_input(tmp_path: Path) -> None:
    folder, file = tmp_path / "data", tmp_path / "reports.jsonl"
    folder.mkdir()
    require_apart({"--figures": tmp_path / "f.json", "--notes": None}, (folder, file, None))
    for path in (folder, folder / "dataset.json", folder / "deep" / "x", tmp_path / "data" / ".." / "reports.jsonl"):
        with pytest.raises(ConfigError, match=r"--figures: .* would be written over or into the input"):
            require_apart({"--figures": path}, (folder, file))


def test_two_outputs_are_two_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"--notes: .* is written by --figures too: expected another file"):
        require_apart({"--figures": tmp_path / "x", "--notes": tmp_path / "x"}, ())
