import errno
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from scantally.datasets.cli import simulate
from scantally.datasets.simulator import files
from scantally.datasets.simulator.files import SUFFIXES, manifest_json, write_whole
from scantally.datasets.simulator.produce import prepare, produce
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.simulator.suites import make, series
from scantally.datasets.simulator.suites_demo import demo
from scantally.datasets.simulator.truth import Truth
from scantally.detector.errors import ConfigError
from scantally.detector.formats import read_scan
from scantally.detector.manifests import read_manifest


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    simulate(folder, suite="demo", workers=2)
    return folder


def truth_of(folder: Path, stem: str) -> Truth:
    return Truth.model_validate_json((folder / f"{stem}.truth.json").read_text())


def test_the_demo_is_four_samples_with_truth_and_manifest(samples: Path) -> None:
    stems = ["false_empty", "honest", "too_dense", "undeclared"]
    assert sorted(p.stem for p in samples.glob("*.tif")) == stems
    for stem in stems:
        truth = truth_of(samples, stem)
        scan = read_scan(samples / f"{stem}.tif")
        assert (scan.width, scan.height) == (truth.width, truth.height)
        assert scan.calibrated
        assert scan.pitch_mm == truth.pitch_mm
        paper = read_manifest(samples / f"{stem}.manifest.json").containers[0]
        assert paper.container_number == truth.containers[0].number


def test_the_demo_tells_four_stories(samples: Path) -> None:
    honest, hidden, empty, dense = (truth_of(samples, s) for s in ("honest", "undeclared", "false_empty", "too_dense"))
    assert (honest.deviation, dense.deviation) == (None, None)
    assert hidden.deviation == "undeclared_object"
    assert [(o.label, o.inspectable) for o in hidden.objects] == [("firearm", True)]
    assert empty.deviation == "false_empty"
    assert empty.loads
    assert json.loads((samples / "false_empty.manifest.json").read_text())["empty"] is True
    assert max(load.areal_g_cm2 for load in dense.loads) > 150.0


def test_any_number_of_workers_writes_the_same_bytes(samples: Path, tmp_path: Path) -> None:
    simulate(tmp_path, suite="demo", workers=1)
    for path in samples.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_an_interrupted_run_goes_on(samples: Path, tmp_path: Path) -> None:
    jobs = demo()
    assert prepare(tmp_path, "demo", jobs) == jobs
    list(produce(tmp_path, jobs[:1], 1))
    (tmp_path / f"{jobs[1].stem}.tif").write_bytes(b"the start of a")  # what a run that was cut off may leave
    assert prepare(tmp_path, "demo", jobs) == jobs[1:]
    list(produce(tmp_path, jobs[1:2], 1))
    assert (tmp_path / f"{jobs[1].stem}.tif").read_bytes() == (samples / f"{jobs[1].stem}.tif").read_bytes()


def test_foreign_files_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "honest.tif").write_bytes(b"mine")
    with pytest.raises(ConfigError, match=r"honest\.tif: is there already and was not made by this command"):
        simulate(tmp_path, suite="demo")
    assert (tmp_path / "honest.tif").read_bytes() == b"mine"
    assert prepare(tmp_path, "s7", series(2, 7))  # another set does not touch it


def test_another_version_is_not_mixed_in(tmp_path: Path) -> None:
    (tmp_path / ".simulated-s1.json").write_text('{"set": "s1", "version": "0.0.0"}\n')
    with pytest.raises(ConfigError, match="these scans were begun by another version"):
        prepare(tmp_path, "s1", series(1, 1))


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, raw: bytes) -> int:
        with self.open("wb") as f:
            f.write(raw[:10])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ConfigError, match=r"x\.tif: cannot be written: No space left on device"):
        write_whole(tmp_path / "x.tif", b"0" * 100)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", [files.MANIFEST, files.TRUTH])
def test_a_disk_that_is_full_between_two_files_leaves_none_of_the_scan(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Path.write_bytes

    def full(self: Path, raw: bytes) -> int:
        if f"x{ending}" in self.name:
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(self, raw)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ConfigError, match="cannot be written: No space left on device"):
        files.write_scan(tmp_path, "x", make(demo()[0]))
    assert list(tmp_path.iterdir()) == []


def command(folder: Path, *more: str) -> list[str]:
    code = "from scantally.detector.cli import main; main()"
    return [sys.executable, "-c", code, "simulate", str(folder), "--suite", "demo", "--workers", "1", *more]


def test_a_file_that_cannot_grow_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    """A limit on the size of files stands for a full disk: the write begins and fails."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = subprocess.run(
        command(tmp_path / "out"),
        check=False,
        preexec_fn=limit,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert done.stderr == f"scantally: {tmp_path}/out/honest.tif: cannot be written: File too large\n"
    assert [p.name for p in (tmp_path / "out").iterdir()] == [".simulated-demo.json"]


def test_a_killed_run_goes_on_and_ends_in_the_same_bytes(samples: Path, tmp_path: Path) -> None:
    """Killed once between two scans and once within one: no worker lives on, and nothing tells the runs apart."""
    for wanted in ("honest.truth.json", "undeclared.tif"):
        running = subprocess.Popen(command(tmp_path), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        try:
            until(lambda: (tmp_path / wanted).exists())  # noqa: B023
            workers = children(running.pid)
        finally:
            running.send_signal(signal.SIGKILL)
            running.wait()
        assert workers
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers))  # noqa: B023
    assert not (tmp_path / "too_dense.truth.json").exists()
    (tmp_path / ".undeclared.tif.4711.part").write_bytes(b"the start of a")
    subprocess.run(command(tmp_path), check=True, capture_output=True)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {p.name: p.read_bytes() for p in samples.iterdir()}


def until(done: Callable[[], bool], seconds: float = 240.0) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end
        time.sleep(0.005)


def children(pid: int) -> list[int]:
    """Processes that a process started, but for zombies."""
    lines = [p.read_text() for p in Path("/proc").glob("[0-9]*/stat") if p.exists()]
    fields = [(int(line.split()[0]), line.rpartition(") ")[2].split()) for line in lines]
    return [child for child, rest in fields if int(rest[1]) == pid and rest[0] != "Z"]


def test_only_half_written_files_of_these_scans_are_swept(tmp_path: Path) -> None:
    for name in (".honest.tif.12.part", ".other.tif.12.part", "honest.part", ".honest.txt.12.part"):
        (tmp_path / name).write_bytes(b"x")
    files.sweep(tmp_path, ["honest"])
    assert sorted(p.name for p in tmp_path.iterdir()) == [".honest.txt.12.part", ".other.tif.12.part", "honest.part"]


def test_a_worker_that_cannot_write_says_so(tmp_path: Path) -> None:
    jobs = [replace(demo()[0], stem="no-such-folder/x"), demo()[1]]
    with pytest.raises(ConfigError, match=r"x\.tif: cannot be written: No such file or directory"):
        list(produce(tmp_path, jobs, 2))


def test_the_truth_is_written_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(files, "write_whole", lambda path, raw: order.append(path.name))
    files.write_scan(tmp_path, "x", make(demo()[0]))
    assert order == ["x.tif", "x.manifest.json", "x.truth.json"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"suite": "nonsense"}, "no such suite: 'nonsense', expected one of cargo-1, demo, gallery"),
        ({}, "expected either --count or --suite"),
        ({"suite": "demo", "count": 3}, "expected either --count or --suite"),
    ],
)
def test_wrong_options_are_named(tmp_path: Path, arguments: dict[str, object], problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        simulate(tmp_path / "out", **arguments)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(ConfigError, match="out: cannot be made a folder: File exists"):
        simulate(tmp_path / "out", suite="demo")


def test_grey_scans_are_read_as_they_were_simulated(tmp_path: Path) -> None:
    scan = simulate_scan(31, 0, look="B")
    files.write_scan(tmp_path, "b", scan)
    read = read_scan(tmp_path / "b.jpg")
    assert (read.height, read.width) == scan.transmission_BHW.shape[1:]
    assert not read.calibrated
    inside = read.valid_HW & (scan.transmission_BHW[0] < 0.99)
    difference = abs(read.transmission_BHW[0] - scan.transmission_BHW[0])[inside]
    assert float(difference.mean()) < 0.02


def test_two_containers_share_a_manifest_file(tmp_path: Path) -> None:
    index = next(i for i in range(40) if len(simulate_scan(41, i).manifests) == 2)
    scan = simulate_scan(41, index)
    (tmp_path / "x.manifest.json").write_bytes(manifest_json(scan.manifests))
    assert read_manifest(tmp_path / "x.manifest.json").containers == scan.manifests


def test_every_file_of_a_scan_has_a_known_ending(samples: Path) -> None:
    assert {p.name[p.name.index(".") :] for p in samples.iterdir() if not p.name.startswith(".")} <= set(SUFFIXES)
