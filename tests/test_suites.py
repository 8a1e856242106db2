"""The benchmark's parts keep apart what they promise to keep apart, and its scans are what their stories say."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scantally.datasets import simulated
from scantally.datasets.simulator import suites_benchmark, suites_papers
from scantally.datasets.simulator.files import write_scan
from scantally.datasets.simulator.gallery import page, toned
from scantally.datasets.simulator.goods import GOODS
from scantally.datasets.simulator.loads import LOADS
from scantally.datasets.simulator.objects import OBJECTS
from scantally.datasets.simulator.papers_lines import allowed_goods, heading
from scantally.datasets.simulator.parts import (
    OPEN,
    OPEN_LOADS,
    OPEN_OBJECTS,
    SEEN,
    UNSEEN,
    Part,
    Scanner,
    draw_scanner,
    parts,
    reserved_headings,
)
from scantally.datasets.simulator.plan import LOAD_WEIGHTS, OBJECT_WEIGHTS
from scantally.datasets.simulator.produce import conclude, prepare, produce
from scantally.datasets.simulator.style import Style
from scantally.datasets.simulator.suites import SUITES, make
from scantally.datasets.simulator.suites_benchmark import NAME, benchmark, wishes_for
from scantally.datasets.simulator.suites_gallery import gallery
from scantally.detector.errors import ConfigError
from scantally.detector.formats import read_scan

ROOT = Path(__file__).parents[1]
PARTS = parts()
JOBS = benchmark()


def others(name: str) -> list[Part]:
    return [part for other, part in PARTS.items() if other != name]


def test_the_suite_has_the_promised_size() -> None:
    folders = Counter(job.stem.split("/")[0] for job in JOBS)
    assert folders == {"train": 2000, "validation": 600, "test": 1000, "test-open": 300}
    assert {name: part.count for name, part in PARTS.items()} == folders
    assert len({job.stem for job in JOBS}) == len(JOBS)
    assert PARTS["test"].stories["clean"] >= 500


def test_no_two_scans_share_a_seed() -> None:
    assert len({part.seed for part in PARTS.values()}) == len(PARTS)
    assert len({(job.seed, job.index) for job in JOBS}) == len(JOBS)
    assert all(job.index < 100_000 for job in JOBS)  # a second draw takes another index


def test_evidence_is_counted_on_scans_of_their_own_by_the_rules_of_validation() -> None:
    mine, jobs = suites_papers.part(), suites_papers.papers()
    assert mine.seed not in {part.seed for part in PARTS.values()}
    assert replace(mine, seed=0, stories={}) == replace(PARTS["validation"], seed=0, stories={})
    assert Counter(job.story for job in jobs) == dict(mine.stories)
    assert min(mine.stories[way] for way in PARTS["train"].stories if way not in ("clean", "declared")) >= 100
    assert {job.seed for job in jobs} == {mine.seed} and len({job.stem for job in jobs}) == mine.count == 1460
    assert suites_papers.describe()["parts"] == {"papers": suites_benchmark.described(mine)}


def test_a_scan_to_count_evidence_on_tells_its_story() -> None:
    job = next(job for job in suites_papers.papers() if job.story == "false_empty")
    truth = make(job).truth
    assert (truth.part, truth.deviation, truth.seed) == ("papers", "false_empty", suites_papers.SEED)


def test_stories_are_dealt_out_in_no_order() -> None:
    for name, part in PARTS.items():
        mine = [job.story for job in JOBS if job.stem.startswith(f"{name}/")]
        assert Counter(mine) == dict(part.stories)
        assert mine != sorted(mine, key=list(part.stories).index)
        half = mine[: len(mine) // 2]
        assert 0.35 < half.count("clean") / part.stories["clean"] < 0.65


def test_open_types_are_in_the_open_part_alone() -> None:
    assert set(OPEN_LOADS) <= set(LOADS) and set(OPEN_OBJECTS) <= set(OBJECTS)
    for part in others(OPEN):
        assert not set(part.loads) & set(OPEN_LOADS)
        assert not set(part.objects) & set(OPEN_OBJECTS)
    assert PARTS[OPEN].loads == OPEN_LOADS and PARTS[OPEN].objects == OPEN_OBJECTS
    assert {*PARTS["train"].loads, *OPEN_LOADS} == set(LOAD_WEIGHTS)
    assert {*PARTS["train"].objects, *OPEN_OBJECTS} == set(OBJECT_WEIGHTS)
    assert PARTS["test"].loads == PARTS["train"].loads == PARTS["validation"].loads


def test_three_in_ten_headings_of_the_test_part_are_in_no_other() -> None:
    mine = PARTS["test"].headings
    elsewhere = frozenset[str]().union(*(part.headings for part in others("test")))
    assert len(mine - elsewhere) >= 0.3 * len(mine)
    assert mine <= {heading(goods) for table in GOODS.values() for goods in table}


def test_honest_papers_stay_possible_without_the_headings_held_back() -> None:
    """Every material of a kind of load or object can be declared in every part that holds the kind."""
    for part in PARTS.values():
        for label in {*part.loads, *part.objects} & set(GOODS):
            allowed = allowed_goods(label, part.headings)
            needed = {m for goods in GOODS[label] if heading(goods) not in reserved_headings() for m in goods.materials}
            assert needed <= {m for goods in allowed for m in goods.materials}


def test_instances_of_the_test_parts_are_others() -> None:
    assert {name: part.instances for name, part in PARTS.items()} == {
        "train": "train",
        "validation": "train",
        "test": "test",
        OPEN: "test",
    }
    for part in PARTS.values():
        assert wishes_for(part, "undeclared_object").instances == part.instances


def fits(style: Style, cell: Scanner) -> bool:
    """Whether a scanner lies in a cell."""
    inside = [low <= x <= high for x, (low, high) in ((style.pitch_mm, cell.pitch_mm), (style.quanta, cell.quanta))]
    return style.look == cell.look and style.energies_mv == cell.energies_mv and all(inside)


def test_no_scanner_of_the_test_part_is_like_one_that_training_sees() -> None:
    assert PARTS["test"].scanners is UNSEEN
    assert all(part.scanners is SEEN for part in others("test"))
    rng = np.random.default_rng(5)
    for mine, theirs in ((UNSEEN, SEEN), (SEEN, UNSEEN)):
        seen = set()
        for _ in range(150):
            name, style = draw_scanner(rng, mine)
            assert fits(style, mine[name])
            assert not any(fits(style, cell) for cell in theirs.values())
            assert 600 <= style.height <= 1000
            seen.add(name)
        assert seen == set(mine)


def first(part: str, story: str) -> int:
    return next(k for k, job in enumerate(JOBS) if job.stem.startswith(f"{part}/") and job.story == story)


CASES = [(name, story) for name, part in PARTS.items() for story in part.stories if name in ("test", OPEN)]


@pytest.mark.parametrize(("part", "story"), [*CASES, ("train", "clean"), ("train", "hidden_load")])
def test_a_scan_tells_its_story(part: str, story: str) -> None:
    truth = make(JOBS[first(part, story)]).truth
    mine = PARTS[part]
    assert (truth.part, truth.seed) == (part, mine.seed)
    assert truth.scanner in mine.scanners
    assert {x.label for x in truth.loads} <= {*mine.loads, "tank"}
    assert {o.label for o in truth.objects} <= set(mine.objects)
    assert {str(x.hs_code)[:4] for x in truth.loads} <= mine.headings
    if story in ("clean", "declared"):
        assert truth.deviation is None
        assert bool(truth.objects) == (story == "declared")
        assert all(o.declared for o in truth.objects)
    else:
        assert truth.deviation == story
    if part == OPEN and story != "false_full":
        assert any(x.label in OPEN_LOADS for x in truth.loads) or any(o.label in OPEN_OBJECTS for o in truth.objects)


@pytest.fixture(scope="module")
def few() -> list[int]:
    return [
        first("train", "clean"),
        first("validation", "false_full"),
        first("test", "wrong_goods"),
        first(OPEN, "clean"),
    ]


def test_parts_become_folders_and_any_number_of_workers_writes_the_same(few: list[int], tmp_path: Path) -> None:
    jobs = [JOBS[k] for k in few]
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        left = prepare(folder, NAME, jobs)
        assert left == jobs
        assert list(produce(folder, left, workers)) == [job.stem for job in jobs]
        conclude(folder, SUITES[NAME])
    one, two = (
        {p.relative_to(tmp_path / w): p.read_bytes() for p in (tmp_path / w).rglob("*") if p.is_file()} for w in "12"
    )
    assert one == two
    assert {p.parts[0] for p in one} == {
        "train",
        "validation",
        "test",
        "test-open",
        "suite.json",
        ".simulated-cargo-1.json",
    }
    assert prepare(tmp_path / "1", NAME, jobs) == []
    scan = simulated.load(tmp_path / "1" / "train")[0]
    assert any(label.label == "container" for label in scan.labels)


def test_the_suite_describes_itself(tmp_path: Path) -> None:
    conclude(tmp_path, SUITES[NAME])
    said = json.loads((tmp_path / "suite.json").read_text())
    assert said["suite"] == NAME
    assert said["inspectable"] == {"cnr_at_least": 3.0, "visible_share_at_least": 0.3}
    assert {"scantally", "numpy"} <= set(said["versions"])
    assert {name: part["count"] for name, part in said["parts"].items()} == {n: p.count for n, p in PARTS.items()}
    assert {name: part["seed"] for name, part in said["parts"].items()} == {n: p.seed for n, p in PARTS.items()}
    assert said["parts"]["test"]["headings"] == sorted(PARTS["test"].headings)


def test_the_description_is_of_a_whole_suite_and_of_nobody_else(tmp_path: Path) -> None:
    jobs = JOBS[:1]
    (tmp_path / "suite.json").write_text("mine")
    with pytest.raises(ConfigError, match=r"suite\.json: is there already and was not made by this command"):
        prepare(tmp_path, NAME, jobs)
    (tmp_path / "suite.json").unlink()
    assert prepare(tmp_path, NAME, jobs) == jobs
    conclude(tmp_path, SUITES[NAME])
    assert prepare(tmp_path, NAME, jobs) == jobs
    assert not (tmp_path / "suite.json").exists()


OTHER_PROCESSOR = {
    "OPENBLAS_CORETYPE": "Nehalem",
    "NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F AVX512CD AVX512_SKX AVX512_CLX AVX512_CNL AVX512_ICL",
    "OPENCV_CPU_DISABLE": "AVX2,AVX512-SKX,FMA3",
    "OPENCV_IPP": "disabled",
}
"""What makes numpy, BLAS and OpenCV take the code that they have for an older processor."""


@pytest.mark.parametrize("story", ["undeclared_object", "wrong_count"])
def test_another_processor_writes_the_same_truth_and_nearly_the_same_pixels(story: str, tmp_path: Path) -> None:
    job = JOBS[first("test", story)]
    scan = make(job)
    write_scan(tmp_path / "here", _folder(tmp_path / "here", job.stem), scan)
    _folder(tmp_path / "there", job.stem)
    code = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from scantally.datasets.simulator.files import write_scan\n"
        "from scantally.datasets.simulator.suites import make\n"
        "from scantally.datasets.simulator.suites_benchmark import benchmark\n"
        f"job = benchmark()[{first('test', story)}]\n"
        "write_scan(Path(sys.argv[1]), job.stem, make(job))"
    )
    there = str(tmp_path / "there")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, there],
        check=False,
        env=os.environ | OTHER_PROCESSOR,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    for ending in (".truth.json", ".manifest.json"):
        texts = [(tmp_path / w / (job.stem + ending)).read_bytes() for w in ("here", "there")]
        assert texts[0] == texts[1], ending
    difference = differences(*(tmp_path / w / (job.stem + ".tif") for w in ("here", "there")))
    assert difference.max() <= 1


def _folder(folder: Path, stem: str) -> str:
    (folder / stem).parent.mkdir(parents=True)
    return stem


def differences(one: Path, two: Path) -> NDArray[np.int64]:
    """Differences of stored grey values."""
    a, b = (np.stack(cv2.imreadmulti(str(p), flags=cv2.IMREAD_UNCHANGED)[1]).astype(np.int64) for p in (one, two))
    return np.asarray(np.abs(a - b), np.int64)


# -- the gallery


def test_the_gallery_shows_every_row_of_the_tables() -> None:
    stems = {job.stem for job in gallery()}
    assert {f"load-{kind}" for kind in LOADS} | {f"object-{kind}" for kind in OBJECTS} <= stems
    assert (ROOT / "docs" / "gallery.md").read_text("utf-8") == page()
    pictures = {p.stem: p for p in (ROOT / "docs" / "pictures" / "gallery").iterdir()}
    assert set(pictures) == stems
    assert sum(p.stat().st_size for p in pictures.values()) < 3_000_000
    assert all(re.fullmatch(r"[a-z]+-\w+\.jpg", p.name) for p in pictures.values())


def test_a_piece_of_the_gallery_shows_what_it_is_called() -> None:
    for stem in ("load-sacks", "object-gas_cylinder", "cover-sacks"):
        truth = make(next(job for job in gallery() if job.stem == stem)).truth
        sort, _, name = stem.partition("-")
        shown = truth.objects if sort == "object" else [x for x in truth.loads if not x.hidden]
        assert {x.label for x in shown} == {name}
        assert truth.pitch_mm == 4.0


def test_tones_run_from_white_to_black() -> None:
    grey = toned(np.linspace(1.0, 1e-4, 500, dtype=np.float32).reshape(10, 50))
    assert (int(grey.max()), int(grey.min())) == (255, 0)
    assert np.all(np.diff(grey.reshape(-1).astype(int)) <= 0)


def test_a_gallery_piece_is_a_scan_that_reads(tmp_path: Path) -> None:
    job = next(job for job in gallery() if job.stem == "object-gas_cylinder")
    write_scan(tmp_path, job.stem, make(job))
    assert read_scan(tmp_path / f"{job.stem}.tif").pitch_mm == 4.0
