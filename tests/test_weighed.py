"""A package with tables of evidence: papers are weighed, and the disposition follows from what errors cost."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from scantally.datasets.simulator.produce import prepare, produce
from scantally.datasets.simulator.suites_demo import demo
from scantally.detector.config import Config
from scantally.detector.config.decision import DecisionSettings
from scantally.detector.evidence.tables import EVIDENCE
from scantally.detector.formats import read_scan
from scantally.detector.manifests import read_manifest
from scantally.detector.models.package import default_package, open_package, write_checksums
from scantally.detector.pipeline import Inspector, open_inspector
from scantally.detector.report.document import build_report, to_json
from scantally.detector.types import Disposition

TABLES: dict[str, Any] = {
    "schema": 1,
    "source": "made by hand",
    "loaded": {
        "containers": {"honest": 200, "wrong_container_number": 50},
        "observed": {
            "container_number": {
                "clear/low": {"honest": 199, "wrong_container_number": 2},
                "suspect/high": {"honest": 1, "wrong_container_number": 48},
            }
        },
    },
}


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    honest = [job for job in demo() if job.stem == "honest"]
    for _ in produce(folder, prepare(folder, "demo", honest), 1):
        pass
    return folder


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = open_package(default_package())
    folder = tmp_path_factory.mktemp("packages") / source.card.name / source.card.version
    shutil.copytree(source.path, folder)
    (folder / EVIDENCE).write_text(yaml.safe_dump(TABLES))
    write_checksums(folder)
    return folder


@pytest.fixture(scope="module")
def inspector(package: Path) -> Inspector:
    return open_inspector(package)


def report(inspector: Inspector, samples: Path, papers: Path | None) -> dict[str, Any]:
    manifest = None if papers is None else read_manifest(papers)
    inspection = inspector.inspect(read_scan(samples / "honest.tif"), manifest)
    value: dict[str, Any] = json.loads(to_json(build_report(inspection)))
    return value


def papers_of(samples: Path, folder: Path, **changes: object) -> Path:
    document = json.loads((samples / "honest.manifest.json").read_text())
    path = folder / "honest.manifest.json"
    path.write_text(json.dumps({**document, **changes}))
    return path


def test_true_papers_become_likelier(inspector: Inspector, samples: Path, tmp_path: Path) -> None:
    value = report(inspector, samples, papers_of(samples, tmp_path))
    (evidence,) = value["evidence"]
    assert evidence["posterior"] < evidence["prior"] == DecisionSettings().prior
    assert [step["check"] for step in evidence["steps"]] == ["container_number"]
    assert value["disposition"] == "release"


def test_another_container_s_papers_become_suspect(inspector: Inspector, samples: Path, tmp_path: Path) -> None:
    value = report(inspector, samples, papers_of(samples, tmp_path, container_number="MSKU9070323"))
    (evidence,) = value["evidence"]
    assert evidence["posterior"] > 0.4 > evidence["prior"]
    assert evidence["ways"][0]["way"] == "wrong_container_number"
    assert value["disposition"] == "inspect"


def test_without_papers_nothing_is_weighed(inspector: Inspector, samples: Path) -> None:
    value = report(inspector, samples, None)
    assert value["evidence"] == [None]
    assert value["disposition"] == "review"


def test_without_tables_nothing_is_weighed(samples: Path, tmp_path: Path, package: Path) -> None:
    bare = tmp_path / "cargo" / package.name
    shutil.copytree(package, bare)
    (bare / EVIDENCE).unlink()
    write_checksums(bare)
    assert report(open_inspector(bare), samples, papers_of(samples, tmp_path))["evidence"] == [None]


def test_what_errors_cost_decides(package: Path, samples: Path, tmp_path: Path) -> None:
    papers = papers_of(samples, tmp_path)
    scan, manifest = read_scan(samples / "honest.tif"), read_manifest(papers)
    for settings, expected in [
        (DecisionSettings(), Disposition.RELEASE),
        (DecisionSettings(prior=0.9, cost_miss=1000.0), Disposition.INSPECT),
        (DecisionSettings(cost_miss=1e5, review_misses=0.0), Disposition.REVIEW),
    ]:
        chosen = open_inspector(package, Config(decision=settings))
        assert chosen.inspect(scan, manifest).disposition is expected, settings
