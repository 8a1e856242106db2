"""The walk-through of docs/training.md, command for command, on a small part of the dataset that it is about."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scantally.datasets.dataset import read_dataset
from scantally.detector.models.package import open_package

ROOT = Path(__file__).parents[1]
PICTURES = 24
MISSING = "needs the X-ray pictures of boxes in SCANTALLY_DATA/voc_boxes (docs/training.md says whose)"


@pytest.fixture
def voc_boxes(tmp_path: Path) -> Path:
    """A part of the real dataset."""
    source = Path(os.environ.get("SCANTALLY_DATA", "/nowhere")) / "voc_boxes"
    if not source.is_dir():
        pytest.skip(MISSING)
    pytest.importorskip("torch", reason="trains a network: needs the full environment (make full)")
    folder = tmp_path / "voc_boxes"
    for part, suffix in (("images", ".jpg"), ("annotations", ".xml")):
        (folder / part).mkdir(parents=True)
        for path in sorted((source / part).glob(f"*{suffix}"))[:PICTURES]:
            shutil.copy(path, folder / part)
    return folder


def walk() -> tuple[str, list[list[str]]]:
    """The section's text and its commands."""
    text = (ROOT / "docs" / "training.md").read_text().split("## A walk through\n")[1].split("\n## ")[0]
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return text, [shlex.split(line) for block in blocks for line in block.splitlines()]


def small_configuration(folder: Path) -> None:
    """The configuration of the walk-through, with pictures and epochs that take seconds."""
    document = yaml.safe_load((ROOT / "configs" / "training" / "boxes.yaml").read_text())
    document |= {"canvas": 160, "scout_height": 64, "start_from": str(folder / "tiny.pt")}
    document["optimiser"] |= {"epochs": 1, "batch": 4}
    document["imported"][0]["repeats"] = 1
    (folder / "configs" / "training").mkdir(parents=True)
    (folder / "configs" / "training" / "boxes.yaml").write_text(yaml.safe_dump(document))


START = """
from pathlib import Path
import yaml
import ultralytics
from ultralytics import YOLO

cfg = yaml.safe_load((Path(ultralytics.__file__).parent / "cfg/models/v8/yolov8.yaml").read_text())
cfg["scales"] = {"n": [0.33, 0.0625, 1024]}
Path("yolov8n-tiny.yaml").write_text(yaml.safe_dump(cfg))
YOLO("yolov8n-tiny.yaml", task="detect").save("tiny.pt")
"""


def run(line: list[str], folder: Path) -> str:
    offline = {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "false", "YOLO_CONFIG_DIR": str(folder), "MPLBACKEND": "agg"}
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, env=os.environ | offline, check=False)
    assert done.returncode == 0, f"{shlex.join(line)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.mark.timeout(1800)  # a minute and a half of one core, most of it loading torch six times
def test_every_command_of_the_walk_through(voc_boxes: Path) -> None:
    folder = voc_boxes.parent
    text, lines = walk()
    named = re.findall(r"```yaml\n# (\S+)\n(.*?)```", text, re.DOTALL)
    for name, content in named:
        (folder / name).write_text(content)
    small_configuration(folder)
    run([sys.executable, "-c", START], folder)
    assert [line[:3] if line[1] == "data" else line[:2] for line in lines] == [
        ["scantally", "data", "import"],
        ["scantally", "data", "audit"],
        ["scantally", "data", "split"],
        ["scantally", "data", "audit"],
        ["scantally", "train"],
        ["scantally", "export"],
        ["scantally", "calibrate"],
        ["scantally", "evaluate"],
        ["scantally", "inspect"],
    ]
    for line in lines:
        run([sys.executable, "-c", "from scantally.detector.cli import main; main()", *line[1:]], folder)

    dataset = read_dataset(folder / "data" / "boxes")
    assert len(dataset.images) == PICTURES
    assert {x.split for x in dataset.images} == {"train", "val", "test"}
    assert [x.name for x in dataset.categories] == ["foreign_body"]
    assert (folder / "audit" / "audit.html").is_file()
    package = open_package(folder / "packages" / "boxes" / "0.1.1")
    assert package.card.training["record"]["imported_scans"] == sum(x.split == "train" for x in dataset.images)  # type: ignore[index, call-overload]
    evaluation = json.loads((folder / "figures" / "evaluation.json").read_text())
    assert package.sha256 in json.dumps(evaluation)
    assert (folder / "figures" / "evaluation.html").is_file()
    assert len(list((folder / "reports").glob("*.json"))) == PICTURES


def test_the_shipped_configuration_is_the_one_that_is_walked_through() -> None:
    from scantally.training.config import load_config

    config = load_config(ROOT / "configs" / "training" / "boxes.yaml")
    text, _ = walk()
    mapped = yaml.safe_load(re.findall(r"```yaml\n# classes\.yaml\n(.*?)```", text, re.DOTALL)[0])["classes"]["ym"]
    assert config.labels == {mapped["label"]: mapped["group"]}
    assert config.detail_labels() == tuple(config.labels)
    assert f"packages/{config.name}/{config.version} " in text
