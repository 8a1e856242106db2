import errno
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scantally.datasets.cli import simulate
from scantally.datasets.simulator import files
from scantally.datasets.simulator.draw_plan import draw_plan
from scantally.datasets.simulator.files import SUFFIXES, manifest_json, write_whole
from scantally.datasets.simulator.plan import Wishes
from scantally.datasets.simulator.produce import prepare, produce
from scantally.datasets.simulator.scene import simulate_scan
from scantally.datasets.simulator.suites import make, series
from scantally.datasets.simulator.suites_demo import demo
from scantally.datasets.simulator.truth import Truth
from scantally.datasets.simulator.workers import undisturbed
from scantally.detector.cli import main
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
    list(produce(tmp_path, jobs[:1], 10**9))  # no more workers than scans
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
    prepare(tmp_path, "s1", series(1, 1))
    mark = tmp_path / ".simulated-s1.json"
    begun = json.loads(mark.read_text())
    here = begun["versions"]["scantally"]
    mark.write_text(json.dumps(begun | {"versions": begun["versions"] | {"scantally": "0.0.0"}}))
    problem = f"these scans were begun by scantally 0.0.0, this is {here}; expected the same again, or another folder"
    with pytest.raises(ConfigError, match=re.escape(f"{mark}: {problem}") + "$"):
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


@pytest.mark.parametrize("lost", [".tif", files.MANIFEST, files.TRUTH])
@pytest.mark.parametrize("emptied", [False, True])
def test_a_scan_that_lost_a_file_is_made_anew(lost: str, emptied: bool, samples: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(samples, folder)
    assert prepare(folder, "demo", demo()) == []
    (folder / f"honest{lost}").unlink()
    if emptied:  # as a power cut may leave it
        (folder / f"honest{lost}").touch()
    assert [job.stem for job in prepare(folder, "demo", demo())] == ["honest"]


def test_areal_density_is_one_of_the_files_that_may_be_lost(samples: Path) -> None:
    assert files.is_complete(samples, "honest")
    assert not files.is_complete(samples, "honest", areal=True)


def test_an_old_truth_goes_before_its_scan_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.truth.json").write_text("old")
    there: list[bool] = []
    monkeypatch.setattr(files, "write_whole", lambda path, raw: there.append((tmp_path / "x.truth.json").exists()))
    files.write_scan(tmp_path, "x", make(demo()[0]))
    assert there == [False] * 3


def test_what_the_mark_says_must_be_what_is_asked_for(tmp_path: Path) -> None:
    prepare(tmp_path, "s1", series(2, 1))
    prepare(tmp_path, "s1", series(5, 1))  # more of the same
    with_areal = [replace(job, areal=True) for job in series(2, 1)]
    with pytest.raises(ConfigError, match="were begun without --areal, this is with it; expected the same again"):
        prepare(tmp_path, "s1", with_areal)
    with pytest.raises(ConfigError, match="were begun with other wishes for the scenes; expected the same again"):
        prepare(tmp_path, "s1", series(2, 1, Wishes(object_share=1.0)))
    prepare(tmp_path / "a", "s1", with_areal)
    with pytest.raises(ConfigError, match="were begun with --areal, this is without; expected the same again"):
        prepare(tmp_path / "a", "s1", series(2, 1))
    prepare(tmp_path / "a", "s2", series(2, 2))  # another seed's set may be without
    prepare(tmp_path / "b", "s1", series(2, 1, Wishes(headings=frozenset("edcba"))))
    prepare(tmp_path / "b", "s1", series(2, 1, Wishes(headings=frozenset("abcde"))))


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"\xff\xfe", "begun by another version of Scantally, which left another mark"),
        (b'{"set": "s1", "version": "0.0.0"}', "begun by another version"),
        (b'{"versions": 3}', "begun by another version"),
        (b"[]", "begun by another version"),
        (None, "cannot be read: Is a dir"),
    ],
)
def test_a_damaged_mark_is_one_line(raw: bytes | None, problem: str, tmp_path: Path) -> None:
    mark = tmp_path / ".simulated-s1.json"
    mark.mkdir() if raw is None else mark.write_bytes(raw)
    with pytest.raises(ConfigError, match=problem):
        prepare(tmp_path, "s1", series(1, 1))


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path) -> None:
    with files.reserved(tmp_path), pytest.raises(ConfigError, match="another run is writing simulated scans there"):
        simulate(tmp_path, count=1)
    assert list(tmp_path.iterdir()) == []
    with files.reserved(tmp_path):
        pass


def test_scans_are_made_though_nobody_reads_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(text: str, *, err: bool = False) -> None:
        if err:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    monkeypatch.setattr("typer.echo", closed)
    simulate(tmp_path, count=1, seed=31)
    assert files.is_complete(tmp_path, "s31-000000")


@pytest.mark.parametrize(
    ("option", "value"),
    [("--count", 10**6 + 1), ("--count", 0), ("--seed", 2**53), ("--workers", 257), ("--workers", 0)],
)
def test_numbers_have_bounds(option: str, value: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = ["--count", "1"] if option != "--count" else []
    monkeypatch.setattr(sys, "argv", ["scantally", "simulate", str(tmp_path / "out"), *more, option, str(value)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert not (tmp_path / "out").exists()


def test_a_signal_waits_for_the_end_of_what_must_not_be_disturbed() -> None:
    done = False
    with pytest.raises(KeyboardInterrupt), undisturbed():
        signal.raise_signal(signal.SIGINT)
        done = True
    assert done


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


@pytest.mark.parametrize(
    ("number", "times", "code"), [(signal.SIGINT, 1, 130), (signal.SIGINT, 2, 130), (signal.SIGTERM, 1, 143)]
)
def test_a_run_that_is_told_to_end_leaves_whole_scans(number: int, times: int, code: int, tmp_path: Path) -> None:
    """The whole group of processes is told, as a terminal and ``timeout`` do; an impatient user tells it twice."""
    running = subprocess.Popen(
        command(tmp_path), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, text=True
    )
    until(lambda: (tmp_path / "honest.truth.json").exists())
    workers = children(running.pid)
    for _ in range(times):
        os.killpg(running.pid, number)
        time.sleep(0.05)
    said = running.communicate(timeout=240)[1]
    assert running.returncode == code
    assert "ended early: the same command goes on from here\n" in said
    assert "Traceback" not in said
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in workers), 10.0)
    pictures = {p.stem for p in tmp_path.glob("*.tif")}
    assert pictures == {p.name.split(".")[0] for p in tmp_path.iterdir()} - {""}
    assert all(files.is_complete(tmp_path, stem) for stem in pictures)
    assert list(tmp_path.glob(".*.part")) == []


def test_a_worker_that_was_killed_is_one_line(tmp_path: Path) -> None:
    """As the system does when memory runs out."""
    running = subprocess.Popen(command(tmp_path), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    until(lambda: (tmp_path / "honest.truth.json").exists())
    (tmp_path / ".undeclared.tif.4711.part").write_bytes(b"the start of a")  # what it may have left
    for pid in children(running.pid):
        if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
    said = running.communicate(timeout=240)[1]
    assert running.returncode == 2
    assert said.splitlines()[-1] == (
        f"scantally: {tmp_path}: a worker process was killed, perhaps for want of memory: run it again to go on, "
        "with fewer --workers"
    )
    assert "Traceback" not in said
    assert list(tmp_path.glob(".*.part")) == []


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
    for name in (
        ".honest.tif.12.part",
        ".honest.areal.tif.12.part",
        "..mark.json.12.part",
        ".part",
        ".other.tif.12.part",
        "honest.part",
        ".honest.txt.12.part",
    ):
        (tmp_path / name).write_bytes(b"x")
    files.sweep(tmp_path, ["honest"], [".mark.json"])
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        ".honest.txt.12.part",
        ".other.tif.12.part",
        ".part",
        "honest.part",
    ]


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
        ({"suite": "demo", "seed": 3}, "--seed: expected none beside --suite: the seeds of demo are its own"),
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
    read = read_scan(tmp_path / "b.tif")
    assert (read.height, read.width) == scan.transmission_BHW.shape[1:]
    assert not read.calibrated
    inside = read.valid_HW & (scan.transmission_BHW[0] < 0.99)
    difference = abs(read.transmission_BHW[0] - scan.transmission_BHW[0])[inside]
    assert float(difference.mean()) < 0.02


def test_two_containers_share_a_manifest_file(tmp_path: Path) -> None:
    plans = (draw_plan(np.random.default_rng(seed), Wishes()) for seed in range(100))
    scan = simulate_scan(41, 0, plan=next(plan for plan in plans if len(plan.containers) == 2))
    assert len(scan.manifests) == 2
    (tmp_path / "x.manifest.json").write_bytes(manifest_json(scan.manifests))
    assert read_manifest(tmp_path / "x.manifest.json").containers == scan.manifests


def test_every_file_of_a_scan_has_a_known_ending(samples: Path) -> None:
    assert {p.name[p.name.index(".") :] for p in samples.iterdir() if not p.name.startswith(".")} <= set(SUFFIXES)
