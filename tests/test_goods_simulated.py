"""The simulator's goods and the checks' table of goods know nothing of each other, and the simulator's are the wider ones."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pydantic import BaseModel

from scantally.datasets.simulator.files import write_scan
from scantally.datasets.simulator.goods import GOODS, Goods
from scantally.datasets.simulator.loads import LOADS
from scantally.datasets.simulator.loads_bags import SACKED, big_bags
from scantally.datasets.simulator.loads_bales import BALES
from scantally.datasets.simulator.loads_bulk import POURED, SCRAP
from scantally.datasets.simulator.shapes import Frame
from scantally.datasets.simulator.suites import make
from scantally.datasets.simulator.suites_demo import demo
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import GoodsEntry, PackageKind, load_goods
from scantally.detector.evidence.tables import FAMILIES, family_of

ROOT = Path(__file__).parents[1]
TABLE = load_goods()
ROWS = [(goods, label) for label, rows in GOODS.items() if label in LOADS for goods in rows]

SPY = (
    "import sys\n"
    "opened = []\n"
    "sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == 'open' else None)\n"
)
"""Writes down every file that is opened from here on, modules among them."""

SIMULATE = (
    "from scantally.datasets.simulator.suites import make\n"
    "from scantally.datasets.simulator.suites_demo import demo\n"
    "assert make(demo()[0]).manifest.lines\n"
)
INSPECT = (
    "import pathlib\n"
    "from scantally.detector.formats import read_scan\n"
    "from scantally.detector.manifests import read_manifest\n"
    "from scantally.detector.pipeline import open_inspector\n"
    "scan = pathlib.Path(sys.argv[1])\n"
    "found = open_inspector().inspect(read_scan(scan), read_manifest(scan.with_suffix('.manifest.json')))\n"
)


def files_opened(code: str, *given: str) -> set[str]:
    """The project's files that a program opens, as paths in the repository, compiled modules under their source's name."""
    code = f"{SPY}{code}print('\\n'.join(opened))"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *given], capture_output=True, text=True, check=True
    )
    found = set()
    for line in done.stdout.splitlines():
        path = re.sub(r"__pycache__/(.+?)\.[\w-]+\.pyc$", r"\1.py", line)
        if Path(path).is_absolute() and Path(path).resolve().is_relative_to(ROOT):
            found.add(Path(path).resolve().relative_to(ROOT).as_posix())
    return found


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    job = demo()[0]
    write_scan(folder, job.stem, make(job))
    return folder / f"{job.stem}.tif"


# -- who reads what


def test_inspecting_a_scan_reads_nothing_of_the_simulator(sample: Path) -> None:
    opened = files_opened(INSPECT, str(sample))
    assert "configs/goods.yaml" in opened and "detector/checks/undeclared.py" in opened  # what it reads is seen
    assert not [path for path in opened if path.startswith(("datasets/", "training/"))]


def test_simulating_a_scan_reads_nothing_of_the_checks() -> None:
    opened = files_opened(SIMULATE)
    assert "datasets/simulator/goods_flow.py" in opened  # what it reads is seen
    own = re.compile(r"configs/goods\.yaml|detector/(config/(goods|checks)|checks/|pipeline|evidence)")
    assert not [path for path in opened if own.match(path)]


def test_no_module_of_the_detector_reaches_the_simulator() -> None:
    code = (
        "import pkgutil, importlib, sys, scantally.detector as d\n"
        "for m in pkgutil.walk_packages(d.__path__, 'scantally.detector.'): importlib.import_module(m.name)\n"
        "print(sorted(m for m in sys.modules if m.startswith('scantally.datasets')))"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("folders", "never"),
    [
        (("detector", "configs"), r"datasets[./\\]simulator"),
        (("datasets/simulator",), r"goods\.yaml|config[./]goods|detector[./]checks|load_goods"),
    ],
)
def test_neither_side_names_the_other(folders: tuple[str, ...], never: str) -> None:
    paths = [p for f in folders for p in (ROOT / f).rglob("*") if p.suffix in (".py", ".yaml", ".json")]
    assert len(paths) > 20
    for path in paths:
        assert not re.search(never, path.read_text("utf-8")), path


# -- whose are wider


def weight(goods: Goods, label: str) -> float:
    """How usual the checks' table finds that such goods make such a load; 0 where it does not know."""
    entry = TABLE.lookup(goods.hs_code)
    assert entry is not None, goods.hs_code
    return entry.loads.get(label, 0.0)


def test_the_mass_of_a_package_is_not_weighed_as_evidence() -> None:
    """The simulator's ranges of it are narrower than what the check expects, so that its honest papers would prove nothing about the check.

    A setting that is new here must be compared with the simulator's ranges before its name is added.
    """

    def numbers(model: type[BaseModel]) -> set[str]:
        return {name for name, field in model.model_fields.items() if "float" in str(field.annotation)}

    assert set(GoodsEntry.model_fields) == {
        *("title", "loads", "density", "source", "packages", "package_kg", "objects", "countable", "strange")
    }
    assert set(PackageKind.model_fields) == {"title", "load", "kg", "objects", "countable"}
    assert family_of("package_mass") not in FAMILIES
    # Limits of what a detection, a place, a reading, a likeness or a weighing says; none is of goods or of packages.
    kinds = (
        r"sure|unsure|filled_|dense_|large_load|fit_|foreign_share|smallest_block|missing_share|description_"
        r"|block_dense|least_seen|door_zone|floor_band|roof_band|same_load|alike_load|mass_off|mass_error|volume_|package_mass_|inferred_|anomaly_rate|denser_than|threat_|unjudged_"
    )
    limits = {name for name in CheckSettings.model_fields if re.match(kinds, name)}
    assert numbers(CheckSettings) - limits == {"mass_tolerance", "heaviest_tare_kg"}


def test_simulated_densities_reach_beyond_what_the_checks_expect() -> None:
    """A load drawn inside a check's own range would prove nothing about the check."""
    beyond, apart = [], []
    for goods, _ in ROWS:
        entry = TABLE.lookup(goods.hs_code)
        assert entry is not None and entry.density is not None, goods.hs_code
        low, high = (1000.0 * density for density in goods.density)
        beyond.append(low < entry.density[0] or high > entry.density[1])
        apart.append(high < entry.density[0] or low > entry.density[1])
    assert np.mean(beyond) > 0.8
    assert not any(apart)  # and both speak of the same goods


def test_most_loads_hold_goods_that_the_checks_find_unusual_there() -> None:
    labels = {load for entry in TABLE.goods.values() for load in entry.loads} - {"empty"}
    assert {load for _, load in ROWS} == labels
    unusual = {load for goods, load in ROWS if weight(goods, load) < 1.0}
    assert len(unusual) >= len(labels) - 3


def test_the_simulator_packs_goods_in_ways_that_the_checks_do_not_know() -> None:
    # The checks' table covers 300 headings and every load label, so what it does not know is the rare way.
    weights = np.array([weight(goods, label) for goods, label in ROWS])
    assert np.mean(weights == 0.0) > 0.05
    assert np.mean(weights < 1.0) > 0.3
    kinds = TABLE.package_kinds
    usual = [
        any(TABLE.kind(goods.package_kind) is kinds[code] for code in entry.packages if code in kinds)
        for goods, _ in ROWS
        if (entry := TABLE.lookup(goods.hs_code)) is not None
    ]
    assert np.mean(usual) < 0.5


def test_the_two_tables_word_their_goods_otherwise() -> None:
    titles = {entry.title.lower() for entry in TABLE.goods.values()}
    assert np.mean([goods.description.lower() in titles for goods, _ in ROWS]) < 0.05


# -- published stowage factors

CUBIC_FEET = 0.0278696
"""m3/t of one cubic foot for a long ton (2,240 lb)."""

STOWED = [  # label, HS code, m3/t from and to; sources: docs/sources.md
    ("bulk", "100199", 44 * CUBIC_FEET, 49 * CUBIC_FEET),
    ("bulk", "100590", 49 * CUBIC_FEET, 53 * CUBIC_FEET),
    ("bulk", "170114", 42 * CUBIC_FEET, 44 * CUBIC_FEET),
    ("bulk", "250700", 38 * CUBIC_FEET, 40 * CUBIC_FEET),
    ("bulk", "440122", 2.5, 2.5),
    ("sacks", "090111", 1.70, 2.09),
    ("sacks", "100630", 1.34, 1.60),
    ("sacks", "110100", 51 * CUBIC_FEET, 59 * CUBIC_FEET),
    ("sacks", "180100", 1.92, 2.40),
    ("bales", "520100", 60 * CUBIC_FEET, 130 * CUBIC_FEET),
    ("bales", "530310", 65 * CUBIC_FEET, 65 * CUBIC_FEET),
    ("bales", "470321", 1.13, 1.70),
    ("cartons", "630260", 3.10, 3.10),
    ("cartons", "640399", 7.08, 7.08),
    ("cartons", "848210", 0.71, 0.71),
    ("cartons", "870899", 3.86, 3.86),
]
DRAWN = {"bulk": POURED, "sacks": SACKED}


@pytest.mark.parametrize(("label", "code", "low", "high"), STOWED)
def test_densities_span_the_published_stowage_factors(label: str, code: str, low: float, high: float) -> None:
    goods = next(g for g in GOODS[label] if g.hs_code == code)
    assert goods.density[0] < 1 / high <= 1 / low < goods.density[1]


@pytest.mark.parametrize(("label", "code", "low", "high"), [row for row in STOWED if row[0] in ("bulk", "sacks")])
def test_what_flows_is_drawn_as_dense_as_published(label: str, code: str, low: float, high: float) -> None:
    goods = next(g for g in GOODS[label] if g.hs_code == code)
    ranges = [kind.density for kind in DRAWN[label] if kind.material in goods.materials]
    assert any(a <= 1 / high and 1 / low <= b for a, b in ranges)


def test_bales_are_drawn_as_dense_as_their_standards_ask() -> None:
    """Cotton 360 to 450 kg/m3 and sisal 620 (ISO 8115, 49 CFR 172.102), cans 14 to 50 lb/ft3 (ISRI)."""
    for material, low, high in (("textile", 0.360, 0.450), ("cellulose", 0.620, 0.620), ("aluminium", 0.224, 0.801)):
        assert any(b.density[0] <= low and high <= b.density[1] for b in BALES if b.material == material), material


def test_no_big_bag_holds_more_than_two_tonnes() -> None:
    """A stretch with room for one bag; sandbag-like fillings would else weigh over 3 t."""
    masses = []
    for seed in range(60):
        frame = Frame(width=1000.0, height=1600.0, depth=1100.0, pitch=10.0)
        masses.append(big_bags(np.random.default_rng(seed), frame).mass_kg())
    assert max(masses) < 2050.0
    assert max(masses) > 1200.0 and min(masses) < 500.0


# -- the page of sources


def rows_of_the_page() -> list[list[str]]:
    lines = (ROOT / "docs" / "sources.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return [row for row in rows if row[0] not in ("what", "goods")]


def test_each_figure_is_read_or_named_or_assumed() -> None:
    rows = rows_of_the_page()
    assert len(rows) > 80
    for row in rows:
        assert row[-1] in ("read", "read (parts)", "named", "assumed"), row
        assert row[-2], row  # a source, or the reason


def test_the_page_states_the_ranges_that_are_drawn() -> None:
    """Bulk, sacks and bales that were read of: the third column is a range of the tables."""
    drawn = {kind.density for kind in (*POURED, *SCRAP, *SACKED)} | {bale.density for bale in BALES}
    stated = [row for row in rows_of_the_page() if len(row) == 5 and row[-1] == "read" and row[2][:1].isdigit()]
    assert len(stated) > 20
    for row in stated:
        found = re.match(r"([\d.]+) to ([\d.]+)", row[2])
        assert found and (float(found[1]), float(found[2])) in drawn, row
