"""How often a floor is called thicker than its type's, and a load denser than its goods, on simulated scans of calibrated scanners
(docs/results.md): where it is so, and where it is not."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from test_prove_mass import located

from scantally.datasets.simulator.container_kinds import CONTAINERS
from scantally.datasets.simulator.files import write_scan
from scantally.datasets.simulator.plan import ContainerPlan, ScenePlan, Wishes
from scantally.datasets.simulator.scene import SimulatedScan, simulate_scan
from scantally.detector.checks.structure import beyond_goods, floors
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import load_goods
from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.config.weighing import WeighingSettings
from scantally.detector.formats import read_scan
from scantally.detector.manifests import read_manifest
from scantally.detector.maps.areal import weigh
from scantally.detector.types import Case, ContainerView, Penetration

SEED_HONEST, SEED_FLOORS, SEED_HIDDEN, SEED_GOODS = 91_511, 91_512, 91_513, 91_514
"""Others than those that the rules were made on (91501, 91502 and 77100 to 77105)."""

CODES = ("22G1", "42G1", "45G1", "22U1", "22R1", "45R1")
FLOORS_MM = ((0.0, 0.0), (100.0, 0.0), (150.0, 0.5), (220.0, 0.6))
"""By how much the floor is raised, and the share of the room below it that is filled."""

pytestmark = pytest.mark.prove


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One container and what was said of it."""

    weighed: bool
    floor: bool
    beyond: bool


def judged(made: SimulatedScan, folder: Path, rng: np.random.Generator) -> Iterator[Row]:
    """Each container of a scan, written, read and weighed."""
    goods, rule = load_goods(), CheckSettings()
    write_scan(folder, "scan", made)
    scan, papers = read_scan(folder / "scan.tif"), read_manifest(folder / "scan.manifest.json")
    for k, container in enumerate(made.truth.containers):
        box, paper = located(container.box, scan, rng), papers.containers[k]
        case = Case(
            container=ContainerView(number=None, size_type=None, box=box),
            manifest=paper,
            penetration=Penetration(dense_share=0.0, dense_boxes=(), filled_share=0.0),
            weighing=weigh(scan, box, paper.size_type, WeighingSettings(), PenetrationSettings()),
            pitch_mm=scan.pitch_mm,
        )
        yield Row(
            weighed=case.weighing.missing is None,
            floor=bool(floors(case)),
            beyond=bool(beyond_goods(case, rule, goods)),
        )


def drawn(seed: int, count: int, wishes: Wishes, folder: Path) -> list[Row]:
    rng = np.random.default_rng(seed)
    return [
        row
        for index in range(count)
        for row in judged(simulate_scan(seed, index, look="cal", wishes=wishes), folder, rng)
    ]


def test_honest_papers_and_ordinary_containers(tmp_path: Path) -> None:
    rows = drawn(SEED_HONEST, 120, Wishes(deviation_share=0.0), tmp_path)
    weighed = [row for row in rows if row.weighed]
    floor, beyond = (sum(getattr(row, what) for row in weighed) for what in ("floor", "beyond"))
    print(
        f"honest: {len(weighed)} containers weighed, {floor} floors called thick, {beyond} loads denser than their goods"
    )
    assert len(weighed) >= 100
    assert floor <= 0.03 * len(weighed) and beyond <= 0.03 * len(weighed)


def test_raised_floors_of_empty_containers(tmp_path: Path) -> None:
    rng = np.random.default_rng(SEED_FLOORS)
    for high, filled in FLOORS_MM:
        rows = []
        for index, code in enumerate(CODES * 2):
            one = ContainerPlan(
                kind=CONTAINERS[code],
                x0_mm=0.0,
                dunnage=bool(rng.random() < 0.3),
                false_floor_mm=high,
                false_floor_filled=filled,
            )
            plan = ScenePlan(containers=(one,), terminal=bool(rng.random() < 0.5))
            rows += judged(simulate_scan(SEED_FLOORS, index, look="cal", plan=plan), tmp_path, rng)
        found = sum(row.floor for row in rows)
        print(f"floors raised by {high:.0f} mm: {found} of {len(rows)} called thick")
        assert found == 0 if high == 0.0 else found >= 0.8 * len(rows)


@pytest.mark.parametrize(("seed", "deviation"), [(SEED_HIDDEN, "hidden_load"), (SEED_GOODS, "wrong_goods")])
def test_other_goods_than_declared(seed: int, deviation: str, tmp_path: Path) -> None:
    """No target: most goods are as dense as others; what is said is that little is found, by how much."""
    rows = drawn(seed, 60, Wishes(deviation=deviation, deviation_share=1.0), tmp_path)
    weighed = [row for row in rows if row.weighed]
    print(
        f"{deviation}: {len(weighed)} containers weighed, {sum(row.beyond for row in weighed)} denser than their goods"
    )
    assert len(weighed) >= 40
