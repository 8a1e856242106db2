"""``simulate --areal``: the true areal density of the load, pixel for pixel over the scan."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tifffile

from scantally.datasets.simulator.areal import encode_areal
from scantally.datasets.simulator.container import CONTAINERS
from scantally.datasets.simulator.files import write_scan
from scantally.datasets.simulator.plan import BlockPlan, ContainerPlan, ScenePlan, Wishes
from scantally.datasets.simulator.scene import SimulatedScan, simulate_scan
from scantally.datasets.simulator.style import draw_style
from scantally.detector.cli.inputs import collect

BLOCK = BlockPlan(kind="sacks", x_mm=400.0, width_mm=3000.0, height_mm=1500.0)
HONEST = Wishes(deviation_share=0.0)


def scan(look: str, *blocks: BlockPlan, **changes: object) -> SimulatedScan:
    style = replace(draw_style(np.random.default_rng(3), look), pitch_mm=12.0, height=330, dashed_rows=(), **changes)  # type: ignore[arg-type]
    container = ContainerPlan(kind=CONTAINERS["22G1"], x0_mm=0.0, blocks=blocks)
    return simulate_scan(7, 0, style, plan=ScenePlan(containers=(container,), terminal=False), wishes=HONEST)


def test_it_lies_where_the_load_lies_in_the_scan() -> None:
    loaded = scan("B", BLOCK, padding=(30, 50), wobble_px=2.0, slope_px=8.0)
    areal = loaded.areal_HW
    assert areal.shape == loaded.transmission_BHW.shape[1:]
    assert not areal[:, :30].any()
    rows, columns = np.nonzero(areal > 1.0)
    box = loaded.truth.loads[0].box
    assert (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1) == pytest.approx(box, abs=3.0)


def test_it_holds_the_load_alone() -> None:
    assert not scan("cal").areal_HW.any()


def test_its_mean_is_that_of_the_truth() -> None:
    """Straight across the container the truth counts, along the slanted beam the picture: some per cent more."""
    loaded = scan("cal", BLOCK, wobble_px=0.0, slope_px=0.0)
    areal = loaded.areal_HW
    ratio = float(areal[areal > 0.25].mean()) / loaded.truth.loads[0].areal_g_cm2
    assert 1.0 < ratio < 1.12


def test_the_file_gives_back_the_numbers(tmp_path: Path) -> None:
    areal = np.random.default_rng(0).random((20, 30), np.float32) * 300
    path = tmp_path / "x.areal.tif"
    path.write_bytes(encode_areal(areal))
    assert encode_areal(areal) == path.read_bytes()
    assert np.array_equal(tifffile.imread(path), areal)


def test_it_is_written_on_request_only(tmp_path: Path) -> None:
    made = scan("cal", BLOCK)
    write_scan(tmp_path, "plain", made)
    write_scan(tmp_path, "more", replace(made, with_areal=True))
    assert {p.name for p in tmp_path.glob("*.tif")} == {"plain.tif", "more.tif", "more.areal.tif"}
    assert [job.scan.name for job in collect([tmp_path], None, None)] == ["more.tif", "plain.tif"]


def test_the_command_writes_it(tmp_path: Path, scantally: Callable[..., object]) -> None:
    scantally("simulate", tmp_path, "--suite", "demo", "--areal", "--workers", 1)
    stems = {p.name.removesuffix(".truth.json") for p in tmp_path.glob("*.truth.json")}
    assert len(stems) == 4
    assert {p.name.removesuffix(".areal.tif") for p in tmp_path.glob("*.areal.tif")} == stems
