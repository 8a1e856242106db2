"""Objects projected into whole datasets: what is said of each picture is true, and the rest of it is untouched."""

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from scantally.datasets import simulated
from scantally.datasets.cli_data import data
from scantally.datasets.dataset import IMAGES, load, read_dataset
from scantally.datasets.opening import open_data
from scantally.datasets.projecting import Made, Wanted, projections, write_projections
from scantally.datasets.simulator.files import write_scan
from scantally.datasets.simulator.objects_firearms import FAMILIES
from scantally.datasets.simulator.objects_probes import BULLPUP, PROBES
from scantally.datasets.simulator.plan import Wishes
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.simulator.shapes_solids import Solid
from scantally.datasets.simulator.style import draw_style
from scantally.detector.errors import ConfigError, InputError
from scantally.detector.formats import read_scan

RUN = CliRunner()


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two scans of 8 bits (one empty container, one with a load) and one of 16, without objects."""
    folder = tmp_path_factory.mktemp("scans")
    for index, (look, empty) in enumerate([("A", 1.0), ("A", 0.0), ("cal", 1.0)]):
        wishes = Wishes(
            containers=("22G1",), loads=("cartons",), objects=(), empty_share=empty, tank_share=0.0, pairs=False,
            object_share=0.0, deviation_share=0.0,
        )  # fmt: skip
        style = draw_style(np.random.default_rng(index), look)
        write_scan(folder, f"s{index}", simulate_scan(41, index, style, wishes=wishes))
    return folder


@pytest.fixture(scope="module")
def made(scans: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "projected"
    done = RUN.invoke(
        data, ["project", str(scans), str(out), "--object", "firearm", "--object", "bullpup", "--count", "6"]
    )
    assert done.exit_code == 0, done.output
    assert "6 pictures with one object each" in done.output
    return out


def test_every_picture_has_one_object_and_its_scan_s_labels(made: Path, scans: Path) -> None:
    sources = {scan.name: scan for scan in simulated.load(scans)}
    dataset = read_dataset(made)
    assert len(dataset.images) == 6
    assert {image.source for image in dataset.images} == set(sources)
    for image, scan in zip(dataset.images, load(made), strict=True):
        source = sources[image.source]
        objects = [x for x in scan.labels if x.label == "firearm"]
        assert len(objects) == 1
        assert [x.label for x in scan.labels if x.label != "firearm"] == [x.label for x in source.labels]
        assert (image.group, image.scanner, image.pitch_mm) == (source.group, source.scanner, source.pitch_mm)
        assert hashlib.sha256((made / image.file_name).read_bytes()).hexdigest() == image.sha256


def test_only_the_object_s_place_changes(made: Path, scans: Path) -> None:
    for image, scan in zip(read_dataset(made).images, load(made), strict=True):
        before = cv2.imread(str(scans / f"{image.source}.tif"), cv2.IMREAD_UNCHANGED).astype(np.int64)
        after = cv2.imread(str(made / image.file_name), cv2.IMREAD_UNCHANGED).astype(np.int64)
        assert before.shape == after.shape
        x0, y0, x1, y1 = (int(v) for v in next(x.box for x in scan.labels if x.label == "firearm"))
        inside = np.zeros(before.shape[:2], np.bool_)
        # The box holds what is visible; noise is drawn anew over all that the object changes at all.
        inside[max(0, y0 - 250) : y1 + 250, max(0, x0 - 250) : x1 + 250] = True
        if after.dtype == np.int64 and image.file_name.endswith(".png"):
            assert (before[~inside] == after[~inside]).all()
        assert after[y0:y1, x0:x1].mean() < before[y0:y1, x0:x1].mean() - 0.5
        assert abs(float(after[~inside].mean() / before[~inside].mean()) - 1) < 1e-3


def test_a_file_of_sixteen_bits_stays_one(made: Path) -> None:
    deep = [x for x in read_dataset(made).images if x.source == "s2"]
    assert deep and all(x.file_name.endswith(".tif") for x in deep)
    scan = read_scan(made / deep[0].file_name)
    assert scan.calibrated and scan.pitch_mm is not None and scan.energies_mv


@pytest.mark.parametrize("into", ["empty", "loaded"])
def test_into_one_kind_of_container_only(scans: Path, into: str) -> None:
    wanted = Wanted(objects=("gas_cylinder",), count=2, into=into)  # type: ignore[arg-type]
    found = list(projections(simulated.load(scans), wanted))
    assert len(found) == 2
    for one in found:
        assert any(x.label == "empty" for x in one.scan.labels) is (into == "empty")


def test_the_seed_decides_and_more_begin_with_fewer(scans: Path) -> None:
    opened = simulated.load(scans)
    few, more = (list(projections(opened, Wanted(objects=("firearm",), count=n, seed=5))) for n in (1, 2))
    assert [one.raw for one in few] == [one.raw for one in more[:1]]
    other = next(projections(opened, Wanted(objects=("firearm",), count=1, seed=6)))
    assert other.raw != few[0].raw


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--object", "cannon"], "--object: expected one of firearm, vehicle,"),
        (["--object", "firearm", "--into", "ship"], "--into: expected one of any, empty, loaded, got 'ship'"),
        (["--object", "firearm", "--half", "left"], "--half: expected one of look, held, got 'left'"),
        (["--object", "firearm", "--part", "all"], "--part: expected one of train, test, got 'all'"),
    ],
)
def test_what_does_not_exist_is_named(scans: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    with pytest.raises(ConfigError) as fault:
        RUN.invoke(data, ["project", str(scans), str(tmp_path / "out"), *arguments], catch_exceptions=False)
    assert str(fault.value).startswith(said)
    assert not (tmp_path / "out").exists()


def test_bad_folders_are_refused(scans: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "kept.txt").write_text("x")
    cases = {
        (tmp_path / "none", tmp_path / "out"): "no such folder",
        (scans, tmp_path / "full"): "expected a folder that is empty or not there yet",
    }
    for (root, out), said in cases.items():
        with pytest.raises(InputError, match=said):
            RUN.invoke(data, ["project", str(root), str(out), "--object", "firearm"], catch_exceptions=False)
    assert (tmp_path / "full" / "kept.txt").read_text() == "x"


def test_nothing_to_project_into_is_an_error() -> None:
    with pytest.raises(InputError, match="there are none"):
        list(projections([], Wanted(objects=("firearm",), count=1)))


def test_a_projected_set_can_be_opened_like_any_other(made: Path) -> None:
    assert [x.name for x in open_data(made)] == [Path(x.file_name).stem for x in read_dataset(made).images]
    assert sorted(p.name for p in (made / IMAGES).iterdir()) == sorted(
        Path(x.file_name).name for x in read_dataset(made).images
    )


def length(solids: list[Solid]) -> float:
    corners = np.vstack([s.corners for s in solids])
    return float(np.ptp(corners[:, 0]))


@pytest.mark.parametrize("seed", range(8))
def test_a_bullpup_has_the_length_that_it_states_and_no_family_s_shape(seed: int) -> None:
    solids = BULLPUP.build(np.random.default_rng(seed))
    low, high = BULLPUP.length
    assert low <= length(solids) <= high
    brass = [s for s in solids if s.material == "brass"]
    grip = 20.0  # the grip's front is 20 to 60 mm ahead of the barrel's rear
    assert all(float(s.corners[:, 0].max()) < grip for s in brass)  # the magazine is behind it


def test_no_training_draws_a_probe() -> None:
    assert BULLPUP.name not in {family.name for family in FAMILIES}
    folder = Path(simulated.__file__).parent
    users = {
        path.relative_to(folder.parent).as_posix()
        for path in [*folder.rglob("*.py"), *(folder.parent / "training").rglob("*.py")]
        if "objects_probes import" in path.read_text()
    }
    assert users == {"datasets/projecting.py"}
    assert set(PROBES.values()) and all(label == "firearm" for label, _ in PROBES.values())


def test_an_interrupted_projection_leaves_nothing_behind(scans: Path, tmp_path: Path) -> None:
    wanted = Wanted(objects=("firearm",), count=4)

    def cut_off() -> Iterator[Made]:
        yield from islice(projections(open_data(scans), wanted), 2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_projections(cut_off(), wanted, "scans", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
