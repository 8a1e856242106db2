"""What the checks add to a scan, in processor time: ``make prove``, or with ``-s`` to see the figures of docs/results.md."""

import time
from pathlib import Path

import numpy as np
import pytest

from scantally.datasets.simulator.files import write_scan
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.simulator.style import draw_style
from scantally.detector.checks import run_checks
from scantally.detector.evidence.belief import believe
from scantally.detector.formats import read_scan
from scantally.detector.manifests import read_manifest
from scantally.detector.pipeline import open_inspector

pytestmark = [pytest.mark.prove, pytest.mark.timeout(1800)]

SCANS = 40
MOST_S = 0.020


def test_the_checks_add_under_twenty_milliseconds_to_a_scan(tmp_path: Path) -> None:
    inspector = open_inspector()
    took, whole = [], []
    for index in range(SCANS):
        stem = f"scan-{index:03d}"
        write_scan(tmp_path, stem, simulate_scan(5, index, draw_style(np.random.default_rng([5, index]))))
        scan, papers = read_scan(tmp_path / f"{stem}.tif"), read_manifest(tmp_path / f"{stem}.manifest.json")
        begun = time.perf_counter()
        cases = inspector.inspect(scan, papers).cases
        whole.append(time.perf_counter() - begun)
        begun = time.process_time()
        for case in cases:
            found = run_checks(case, inspector.config.checks, inspector.goods)
            tables = None if inspector.tables is None or case.manifest is None else inspector.tables.of(case.manifest)
            if tables is not None:
                believe(found, case.manifest, tables, inspector.config.decision)
        took.append(time.process_time() - begun)
    median, most = np.median(took) * 1000, np.percentile(took, 95) * 1000
    print(
        f"checks and belief: {median:.1f} ms in the median, {most:.1f} ms in 19 of 20; a scan: {np.median(whole) * 1000:.0f} ms"
    )
    assert np.median(took) < MOST_S
