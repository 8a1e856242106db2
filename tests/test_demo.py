"""The four samples that a newcomer sees first, from simulation to report: what ``make demo`` promises to show."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scantally.datasets.simulator.produce import prepare, produce
from scantally.datasets.simulator.suites_demo import demo
from scantally.detector.formats import read_scan
from scantally.detector.manifests import read_manifest
from scantally.detector.models.boxes import iou
from scantally.detector.pipeline import open_inspector
from scantally.detector.report.document import build_report
from scantally.detector.types import Verdict


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    for _ in produce(folder, prepare(folder, "demo", demo()), 1):
        pass
    return folder


@pytest.fixture(scope="module")
def reports(samples: Path) -> dict[str, dict[str, Any]]:
    inspector = open_inspector()
    found = {}
    for job in demo():
        scan = read_scan(samples / f"{job.stem}.tif")
        manifest = read_manifest(samples / f"{job.stem}.manifest.json")
        found[job.stem] = build_report(inspector.inspect(scan, manifest)).model_dump(mode="json")
    return found


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {f["check"]: f["verdict"] for f in report["findings"]}


def test_each_sample_gets_its_disposition(reports: dict[str, dict[str, Any]]) -> None:
    assert {name: r["disposition"] for name, r in reports.items()} == {
        "honest": "release",
        "undeclared": "inspect",
        "false_empty": "inspect",
        "too_dense": "review",
    }


def test_the_undeclared_object_is_boxed_where_it_is(reports: dict[str, dict[str, Any]], samples: Path) -> None:
    truth = json.loads((samples / "undeclared.truth.json").read_text())["objects"][0]
    finding = next(f for f in reports["undeclared"]["findings"] if f["check"] == "undeclared")
    assert finding["verdict"] == "suspect" and finding["severity"] == "high"
    assert iou(tuple(truth["box"]), np.array(finding["boxes"], np.float64)).max() > 0.5
    prohibited = [
        f for f in reports["undeclared"]["findings"] if f["check"] == "prohibited" and f["verdict"] == "suspect"
    ]
    assert [f["boxes"] for f in prohibited] == [finding["boxes"]]  # a fainter second one is possible, and UNKNOWN


def test_the_number_in_the_scan_is_compared_with_the_papers(reports: dict[str, dict[str, Any]], samples: Path) -> None:
    assert {verdicts(r)["container_number"] for r in reports.values()} == {"clear"}
    scan, manifest = read_scan(samples / "honest.tif"), read_manifest(samples / "honest.manifest.json")
    inspector = open_inspector()
    other = replace(scan, container_numbers=("CSQU3054383",))
    finding = next(f for f in inspector.inspect(other, manifest).findings if f.check == "container_number")
    assert finding.verdict is Verdict.SUSPECT
    assert finding.reason.endswith("but the scan is of container CSQU3054383.")
    told = inspector.inspect(other, manifest, scan.container_numbers)  # what the caller knows goes first
    assert next(f for f in told.findings if f.check == "container_number").verdict is Verdict.CLEAR


def test_declared_empty_and_is_not(reports: dict[str, dict[str, Any]]) -> None:
    finding = next(f for f in reports["false_empty"]["findings"] if f["check"] == "empty")
    assert finding["verdict"] == "suspect" and finding["boxes"]


def test_too_dense_is_unknown_and_clears_nothing(reports: dict[str, dict[str, Any]]) -> None:
    said = verdicts(reports["too_dense"])
    assert (said["inspectability"], said["undeclared"], said["prohibited"]) == ("unknown", "unknown", "unknown")
    assert reports["too_dense"]["judged"][0]["dense_boxes"]


def test_the_container_is_found_whole(reports: dict[str, dict[str, Any]], samples: Path) -> None:
    for name, report in reports.items():
        truth = json.loads((samples / f"{name}.truth.json").read_text())["containers"][0]
        (container,) = report["containers"]
        assert iou(tuple(truth["box"]), np.array([container["box"]], np.float64))[0] > 0.8, name
