"""Whether the sizes that the default package states hold, on simulated scans that nothing was fitted on: blocks around them, half of which are found."""

import os
from pathlib import Path

import pytest

pytest.importorskip("sklearn", reason="needs the full environment (make full)")

from scantally.datasets.simulator.files import write_scan
from scantally.datasets.simulator.scene import simulate_scan
from scantally.detector.models.package import default_package
from scantally.training.inspectability.judge import half_found, proof_text, prove

SEED = 91_301
COUNT = int(os.environ.get("SCANTALLY_INSPECTABILITY_SCANS", "120"))
OFF = 0.3
"""By so much of it the edge at which half are found may differ from the predicted one."""

pytestmark = pytest.mark.prove


def test_half_of_the_blocks_are_found_at_the_predicted_edge(tmp_path: Path) -> None:
    folder = tmp_path / "drawn"
    folder.mkdir()
    for index in range(COUNT):
        write_scan(folder, f"s{index:04d}", simulate_scan(SEED, index))
    found = prove(default_package(), (folder,), None, print)
    print(f"\n{proof_text(found)}")
    stated = [one for one in found.crossings if one.trials >= 100]
    assert stated, "expected enough blocks to say anything"
    for one in stated:
        assert one.ratio is not None and 1 - OFF <= one.ratio <= 1 + OFF, one


def test_half_found_is_where_it_should_be() -> None:
    """What the proof rests on can fail: a shifted curve gives the shift."""
    import numpy as np

    rng = np.random.default_rng(0)
    logs_N = rng.uniform(-1.0, 1.0, 4000)
    found_N = (rng.random(4000) < 1 / (1 + np.exp(-4 * (logs_N - np.log(1.5))))).astype(float)
    assert half_found(logs_N, found_N) == pytest.approx(1.5, rel=0.05)
