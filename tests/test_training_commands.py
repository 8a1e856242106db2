"""``scantally train``, ``export`` and ``evaluate`` as a newcomer types them, on as little data as they take."""

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

from scantally.detector.models.package import open_package

CARGO = Path(__file__).parents[1] / "configs" / "training" / "cargo.yaml"
LABELS = yaml.safe_load(CARGO.read_text())["labels"]  # simulated scans show any of them
CONFIG = {
    "name": "tiny",
    "version": "0.0.1",
    "start_from": "weights/tiny.pt",
    "labels": LABELS,
    "encoding": "log-windows-1",
    "canvas": 128,
    "scout_height": 64,
    "simulated": {"scans": 2, "seed": 3, "detail_negatives": 2},
    "optimiser": {"epochs": 1, "batch": 2, "workers": 0},
}
# YOLOv8 (the layers of ultralytics' yolov8.yaml) at a sixteenth of the width: quick, and good for nothing else.
START = """
from pathlib import Path
import yaml
import ultralytics
from ultralytics import YOLO

cfg = yaml.safe_load((Path(ultralytics.__file__).parent / "cfg/models/v8/yolov8.yaml").read_text())
cfg["scales"] = {"n": [0.33, 0.0625, 1024]}
Path("yolov8n-tiny.yaml").write_text(yaml.safe_dump(cfg))
YOLO("yolov8n-tiny.yaml", task="detect").save("data/weights/tiny.pt")
"""


def run(*line: str, folder: Path) -> str:
    """Run a program in a folder; its standard output, or a failure that shows what it said."""
    offline = {"YOLO_OFFLINE": "1", "YOLO_AUTOINSTALL": "false", "YOLO_CONFIG_DIR": str(folder), "MPLBACKEND": "agg"}
    done = subprocess.run(line, cwd=folder, capture_output=True, text=True, env=os.environ | offline, check=False)
    assert done.returncode == 0, f"{' '.join(line)}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def scantally(*line: str, folder: Path) -> str:
    return run(sys.executable, "-c", "from scantally.detector.cli import main; main()", *line, folder=folder)


def test_from_a_configuration_to_a_package_that_inspects(tmp_path: Path) -> None:
    (tmp_path / "data" / "weights").mkdir(parents=True)
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(CONFIG, sort_keys=False))
    run(sys.executable, "-c", START, folder=tmp_path)

    scantally("train", "tiny.yaml", "--data", "data", "--out", "run", folder=tmp_path)
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    assert (record["real_scans"], record["simulated_scans"]) == (0, 2)
    assert record["labels_in_pictures"]["container"] >= 2
    assert record["commit"] is None or len(record["commit"].split("-")[0]) == 40

    checkpoint = "run/fit/weights/last.pt"
    scantally("export", checkpoint, "--config", "tiny.yaml", "--out", "packages", folder=tmp_path)
    package = open_package(tmp_path / "packages" / "tiny" / "0.0.1")
    assert [x.name for x in package.card.labels] == list(LABELS)
    assert package.card.training["record"] == record

    said = scantally("evaluate", str(package.path), "run/simulated", "--out", "judged", "--limit", "1", folder=tmp_path)
    figures = json.loads((tmp_path / "judged" / "evaluation.json").read_text())
    assert figures["scans"] == 1
    assert figures["package_sha256"] == package.sha256
    assert said.startswith("tiny/0.0.1 on simulated: 1 scans")

    reports = scantally("inspect", "run/simulated", "--model", str(package.path), "--json", folder=tmp_path)
    assert [json.loads(line)["made_with"]["model_sha256"] for line in reports.splitlines()] == [package.sha256] * 2
