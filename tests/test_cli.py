"""The command line as its users meet it: exit codes, what goes where, and what is refused before work begins."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import cv2
import jsonschema
import numpy as np
import pytest

from scantally.detector import cli
from scantally.detector.cli import inputs
from scantally.detector.cli import inspect as inspect_command
from scantally.detector.cli.work import Done, Worker
from scantally.detector.formats import SCAN_SUFFIXES

Command = Callable[..., Any]
PROGRAM = Path(sys.executable).with_name("scantally")
SCHEMA = json.loads((Path(__file__).parents[1] / "docs" / "report.schema.json").read_text())
PAPERS = {"container_number": "CSQU3054383", "lines": [{"number": 1, "description": "paper"}]}


def write_scan(path: Path, dark: int = 9000) -> Path:
    """A small scan: open beam, and a dark block in it."""
    grey = np.full((96, 320), 60000, np.uint16)
    grey[20:80, 40:280] = dark
    assert cv2.imwrite(str(path), grey)
    return path


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    return write_scan(folder / "truck.png")


def process(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [str(PROGRAM), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, check=False)


SUFFIXES = ".png, .jpg, .jpeg, .jpe, .jfif, .tif, .tiff, .dcm, .dicom"


def listing(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []


def test_a_table_for_people_on_stdout_and_nothing_on_stderr(scantally: Command, scan: Path) -> None:
    done = scantally("inspect", scan)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("truck.png  ")
    assert "UNKNOWN" in done.out and "calibration" in done.out


def test_json_is_one_whole_report_per_line_and_nothing_else(scantally: Command, tmp_path: Path) -> None:
    scans = [write_scan(tmp_path / f"{name}.png", dark) for name, dark in (("a", 9000), ("b", 30000), ("c", 500))]
    done = scantally("inspect", *scans, "--json")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("\n") and done.out.isascii()
    reports = [json.loads(line) for line in done.out.splitlines()]
    assert [r["source"] for r in reports] == ["a.png", "b.png", "c.png"]
    for report in reports:
        jsonschema.validate(report, SCHEMA)


def test_what_json_prints_is_what_out_writes(scantally: Command, scan: Path, tmp_path: Path) -> None:
    done = scantally("inspect", scan, "--json", "--out", tmp_path / "out")
    assert json.loads(done.out) == json.loads((tmp_path / "out" / "truck.json").read_text())
    assert listing(tmp_path / "out") == ["truck.html", "truck.json", "truck.png"]


def test_as_a_whole_process_twice_with_the_same_bytes(scan: Path, tmp_path: Path) -> None:
    first = process("inspect", scan, "--json", "--out", tmp_path / "one")
    assert (first.returncode, first.stderr, first.stdout.count("\n")) == (0, "", 1)
    second = process("inspect", scan, "--json", "--out", tmp_path / "two")
    assert second.stdout == first.stdout
    for name in listing(tmp_path / "one"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_one_bad_file_does_not_stop_the_rest(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    write_scan(folder / "a.png")
    (folder / "b.png").write_text("hello")
    write_scan(folder / "c.png")
    (folder / "notes.txt").write_text("no scan")
    done = process("inspect", folder, tmp_path / "gone.png", "--json", "--out", tmp_path / "out")
    assert done.returncode == 2
    assert [json.loads(line)["source"] for line in done.stdout.splitlines()] == ["a.png", "c.png"]
    assert done.stderr.splitlines() == [
        f"scantally: {folder}: 1 file is not named as scans ({SUFFIXES}) and passed over: notes.txt",
        f"scantally: {folder / 'b.png'}: a text file that begins with 'hello': expected PNG content, as its name says",
        f"scantally: {tmp_path / 'gone.png'}: no such file",
        "scantally: 2 of 4 scans failed",
    ]
    assert listing(tmp_path / "out") == sorted(f"{stem}{end}" for stem in "ac" for end in (".json", ".html", ".png"))


def test_plain_lines_of_progress_where_there_is_no_terminal(scantally: Command, tmp_path: Path) -> None:
    scans = [write_scan(tmp_path / f"{name}.png") for name in "ab"]
    done = scantally("inspect", *scans)
    assert done.err == "[1/2] a.png\n[2/2] b.png\n"
    assert done.out.index("a.png  ") < done.out.index("b.png  ")


def test_many_tables_end_with_how_often_what_is_proposed(scantally: Command, tmp_path: Path) -> None:
    scans = [write_scan(tmp_path / f"{name}.png") for name in "ab"]
    (tmp_path / "c.png").write_text("hello")
    done = scantally("inspect", *scans, tmp_path / "c.png")
    assert done.out.splitlines()[-1] == "2 scans: 0 inspect, 2 review, 0 release"
    assert "release\n" not in scantally("inspect", scans[0]).out  # one table needs no summary


def test_our_own_fault_in_one_scan_does_not_lose_the_others(
    scantally: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans = [write_scan(tmp_path / f"{name}.png") for name in "abc"]
    work = Worker.work

    def breaks(self: Worker, job: inputs.Job) -> Done:
        if job.stem == "b":
            raise ZeroDivisionError("of our own making")
        return work(self, job)

    monkeypatch.setattr(Worker, "work", breaks)
    done = scantally("inspect", *scans, "--json")
    assert done.code == 1
    assert [json.loads(line)["source"] for line in done.out.splitlines()] == ["a.png", "c.png"]
    assert "Traceback" in done.err
    said = f"scantally: {scans[1]}: internal error, please report it with the lines above: of our own making"
    assert done.err.splitlines()[-2:] == [said, "scantally: 1 of 3 scans failed"]


def test_a_folder_stands_for_its_scans_by_name(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.tif", "c.manifest.json", "d.txt", "e.jpe"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "f.png").mkdir()
    assert [j.scan.name for j in inputs.collect([tmp_path], None, None)] == ["a.tif", "b.PNG", "e.jpe"]
    assert set(inputs.SCAN_SUFFIXES) == SCAN_SUFFIXES


def test_pictures_of_reports_are_no_scans(tmp_path: Path) -> None:
    for name in ("a.tif", "a.json", "a.html", "a.png", "b.png", "b.json", "c.png", "c.html"):
        (tmp_path / name).write_bytes(b"x")
    assert [job.scan.name for job in inputs.collect([tmp_path], None, tmp_path)] == ["a.tif", "b.png", "c.png"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_behind_the_output_is_named(scan: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [str(PROGRAM), "inspect", str(scan), "--json"],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "scantally: the output cannot be written: No space left on device"


def test_files_of_a_folder_that_are_passed_over_are_named(tmp_path: Path) -> None:
    for name in ("a.tif", "a.manifest.json", "p.csv", "q.manifest.edi", "r.html", ".hidden.bmp"):
        (tmp_path / name).write_bytes(b"")
    assert inputs.passed_over([tmp_path, tmp_path / "a.tif"]) == []
    for name in ("e.bmp", "d.raw", "c", "b.zip"):
        (tmp_path / name).write_bytes(b"")
    expected = f"{tmp_path}: 4 files are not named as scans ({SUFFIXES}) and passed over: b.zip, c, d.raw, ..."
    assert inputs.passed_over([tmp_path]) == [expected]


def test_a_folder_without_scans_is_refused(scantally: Command, tmp_path: Path) -> None:
    done = scantally("inspect", tmp_path)
    expected = f"the folder holds no scans (expected {SUFFIXES})"
    assert (done.code, done.out, done.err) == (2, "", f"scantally: {tmp_path}: {expected}\n")


def test_two_scans_of_one_stem_are_refused_before_work(scantally: Command, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        write_scan(tmp_path / folder / "x.png")
    done = scantally("inspect", tmp_path / "a", tmp_path / "b", "--out", tmp_path / "out")
    both = f"{tmp_path / 'a' / 'x.png'} and {tmp_path / 'b' / 'x.png'}"
    assert done == (2, "", f"scantally: --out: {both} would both write x.json: inspect them in two runs\n")
    assert not (tmp_path / "out").exists()
    assert scantally("inspect", tmp_path / "a", tmp_path / "b", "--json").code == 0  # nothing is written: no clash


@pytest.mark.parametrize("ending", ["json", "csv"])
def test_the_manifest_beside_the_scan_is_taken(scantally: Command, scan: Path, ending: str) -> None:
    text = {"json": json.dumps(PAPERS), "csv": "container_number,description\nCSQU3054383,paper\n"}[ending]
    papers = scan.with_name(f"truck.manifest.{ending}")
    papers.write_text(text)
    report = json.loads(scantally("inspect", scan, "--json").out)
    assert report["manifest"]["source"] == papers.name
    assert [c["container_number"] for c in report["manifest"]["containers"]] == ["CSQU3054383"]


def test_without_a_manifest_there_is_none(scantally: Command, scan: Path) -> None:
    scan.with_name("truck2.manifest.json").write_text(json.dumps(PAPERS))
    assert json.loads(scantally("inspect", scan, "--json").out)["manifest"] is None


def test_a_named_manifest_goes_before_the_one_beside(scantally: Command, scan: Path, tmp_path: Path) -> None:
    scan.with_name("truck.manifest.json").write_text("{broken")
    named = tmp_path / "papers.json"
    named.write_text(json.dumps(PAPERS))
    done = scantally("inspect", scan, "--manifest", named, "--json")
    assert json.loads(done.out)["manifest"]["source"] == named.name


def test_two_manifests_beside_a_scan_are_refused(scantally: Command, scan: Path) -> None:
    for ending in ("json", "csv"):
        scan.with_name(f"truck.manifest.{ending}").write_text("")
    done = scantally("inspect", scan)
    names = "truck.manifest.csv, truck.manifest.json"
    assert done == (
        2,
        "",
        f"scantally: {scan}: expected one manifest beside the scan, found {names}: choose by --manifest\n",
    )


def test_a_wrong_container_number_is_a_finding(scantally: Command, scan: Path) -> None:
    report = json.loads(scantally("inspect", scan, "--container", "CSQU3054384", "--json").out)
    finding = next(f for f in report["findings"] if f["check"] == "container_number")
    assert finding["verdict"] == "suspect"


def test_more_numbers_than_containers_clear_nothing(scantally: Command, scan: Path) -> None:
    """In this picture no container is found, so it is not known that the numbers are wrong."""
    numbers = [x for _ in range(9) for x in ("--container", "CSQU3054383")]
    report = json.loads(scantally("inspect", scan, *numbers, "--json").out)
    assert report["disposition"] == "review"
    assert "9 numbers given for 0 containers seen; name each from left to right" in report["findings"][0]["reason"]


@pytest.mark.parametrize(
    ("option", "value", "problem"),
    [
        ("--polarity", "grey", "--polarity: expected 'dark' or 'bright', got 'grey'"),
        ("--energy-mv", "six", "--energy-mv: expected one or two numbers such as 6 or 4,6, got 'six'"),
        ("--energy-mv", "", "--energy-mv: expected one or two numbers such as 6 or 4,6, got ''"),
        ("--energy-mv", "6,4", "energy: expected the low energy first, got [6.0, 4.0]"),
        ("--energy-mv", "1,2,3", "energy: expected one or two values in MV above 0, got [1.0, 2.0, 3.0]"),
        ("--energy-mv", "nan", "energy: expected one or two values in MV above 0, got [nan]"),
        ("--energy-mv", "4,6", "{scan}: holds 1 energy band(s), but 2 energies were given"),
        ("--pitch-mm", "0", "pixel pitch: expected millimetres above 0, got 0.0"),
        ("--pitch-mm", "-4", "pixel pitch: expected millimetres above 0, got -4.0"),
        ("--pitch-mm", "inf", "pixel pitch: expected millimetres above 0, got inf"),
        ("--scanner", "none", "none: no such scanner profile: expected one of generic, ajna, or a .yaml file"),
        ("--provider", "tpu", "--provider: expected one of cpu, cuda, tensorrt, got 'tpu'"),
        ("--model", "/nowhere", "/nowhere: no such folder"),
        ("--config", "/nowhere.yaml", "/nowhere.yaml: no such file"),
        ("--goods", "/nowhere.yaml", "/nowhere.yaml: no such file"),
        ("--manifest", "/nowhere.json", "/nowhere.json: no such file"),
    ],
)
def test_wrong_values_of_options(
    scantally: Command, scan: Path, tmp_path: Path, option: str, value: str, problem: str
) -> None:
    done = scantally("inspect", scan, option, value, "--json", "--out", tmp_path / "out")
    assert done == (2, "", f"scantally: {problem.format(scan=scan)}\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["frob"], "No such command 'frob'"),
        (["inspect", "--frob", "x.png"], "No such option: --frob"),
        (["inspect"], "Missing argument 'SCAN...'"),
        (["inspect", "x.png", "--pitch-mm", "wide"], "Invalid value for '--pitch-mm'"),
        (["simulate"], "Missing argument"),
        (["simulate", "x", "--count", "0"], "Invalid value for '--count'"),
    ],
)
def test_wrong_usage(scantally: Command, arguments: list[str], problem: str) -> None:
    done = scantally(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"scantally: {problem}") and done.err.count("\n") == 1
    command = "scantally" if arguments[0] == "frob" else f"scantally {arguments[0]}"
    assert done.err.endswith(f" (see '{command} --help')\n")


def test_wrong_usage_of_a_group(scantally: Command) -> None:
    problem = "No such command 'frob' (see 'scantally data --help')"
    assert scantally("data", "frob") == (2, "", f"scantally: {problem}\n")
    assert scantally("data", "split", "--by", "x\ny", "a").err.count("\n") == 1
    for alone in ((), ("data",)):
        done = scantally(*alone)
        assert done.code == 2 and "Usage: scantally" in done.err and "Commands:" in done.err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_told_to_end_cleans_up(
    scantally: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: signal.Signals
) -> None:
    """Told twice, as a terminal that closes does: the second time must not cut the cleaning short."""
    before = signal.getsignal(number)

    def told(*given: object) -> None:
        try:
            signal.raise_signal(number)
        finally:
            signal.raise_signal(number)
            (tmp_path / "cleaned").touch()

    monkeypatch.setattr(inspect_command, "collect", told)
    assert scantally("inspect", "a.png") == (128 + number, "", "")
    assert (tmp_path / "cleaned").exists()
    assert signal.getsignal(number) is before


def test_a_command_that_nohup_started_goes_on(scantally: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        monkeypatch.setattr(inspect_command, "collect", lambda *given: signal.raise_signal(signal.SIGHUP) or [])
        assert scantally("inspect", "a.png").code == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_version_and_help(scantally: Command) -> None:
    assert scantally("--version") == (0, f"scantally {metadata.version('scantally')}\n", "")
    shown = scantally("--help")
    assert (shown.code, shown.err) == (0, "")
    for name in cli._registered():
        assert f"\n  {name} " in shown.out
        assert scantally(name, "--help").code == 0


def test_a_name_too_long_for_the_file_system_is_bad_input(scantally: Command) -> None:
    for name in ("x" * 300, "x" * 300 + "/a.png"):
        assert scantally("inspect", name) == (2, "", f"scantally: {name}: cannot be read: File name too long\n")


def test_a_name_that_is_no_text(scantally: Command, tmp_path: Path) -> None:
    strange = tmp_path / os.fsdecode(b"\xff\xfe.png")
    try:
        shutil.copy(write_scan(tmp_path / "a.png"), strange)
    except OSError:
        pytest.skip("this file system takes only names that are UTF-8")
    done = process("inspect", strange, "--json", "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["source"] == "\\udcff\\udcfe.png"


@pytest.mark.parametrize("where", ["scan", "manifest", "another scan's manifest"])
def test_an_input_is_never_written_over(scantally: Command, scan: Path, tmp_path: Path, where: str) -> None:
    folder, papers = scan.parent, scan.with_name("truck.json")
    arguments: list[str | Path] = [scan]
    if where == "manifest":
        scan = scan.rename(scan.with_suffix(".scan"))
        papers.write_text(json.dumps(PAPERS))
        arguments = [scan, "--manifest", papers]
    if where == "another scan's manifest":
        scan = scan.rename(scan.with_suffix(".scan"))
        scan.with_name("truck.manifest.json").write_text(json.dumps(PAPERS))
        arguments = [shutil.copy(scan, tmp_path / "truck.manifest.scan"), scan]
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    done = scantally("inspect", *arguments, "--out", folder)
    assert done.code == 2 and "would replace an input: expected another folder for --out" in done.err
    after = {p.name: p.read_bytes() for p in folder.iterdir()}
    assert {name: after[name] for name in before} == before


def test_beside_its_input_where_nothing_is_replaced(scantally: Command, scan: Path) -> None:
    other = scan.rename(scan.with_suffix(".scan"))
    raw = other.read_bytes()
    assert scantally("inspect", other, "--out", other.parent).code == 0
    assert other.read_bytes() == raw
    assert listing(other.parent) == ["truck.html", "truck.json", "truck.png", "truck.scan"]


def test_a_folder_that_cannot_be_written(scantally: Command, scan: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for out, problem in ((tmp_path / "file", "File exists"), (tmp_path / "file" / "x", "Not a directory")):
        done = scantally("inspect", scan, "--out", out)
        assert done == (2, "", f"scantally: {out}: the report cannot be written: {problem}\n")


def test_a_disk_that_is_full(scantally: Command, scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = scantally("inspect", scan, "--out", tmp_path / "out")
    assert done == (2, "", f"scantally: {tmp_path / 'out'}: the report cannot be written: No space left on device\n")
    assert listing(tmp_path / "out") == []


def test_a_reader_that_has_seen_enough(tmp_path: Path) -> None:
    scans = [str(write_scan(tmp_path / f"{i}.png")) for i in range(4)]
    command = [str(PROGRAM), "inspect", *scans, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None and running.stderr is not None
        assert running.stdout.read(1) == b"{"
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(60) == 0


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("train c.yaml", "training (torch)"),
        ("calibrate m d", "training (torch)"),
        ("export c.pt --config c.yaml --out o", "training (torch)"),
        ("evaluate m d", "evaluation (onnx)"),
    ],
)
def test_a_missing_extra_is_named(scantally: Command, monkeypatch: pytest.MonkeyPatch, line: str, what: str) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said = f"{what} needs an optional part: install it with  pip install 'scantally[train]'"
    assert scantally(*line.split()) == (2, "", f"scantally: {said}\n")


WITHOUT_TORCH = """
import sys

FORBIDDEN = {"torch", "torchvision", "ultralytics", "onnx", "faster_coco_eval", "scipy", "matplotlib"}

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in FORBIDDEN:
            raise ModuleNotFoundError(f"the edge has no {name}", name=name)

sys.meta_path.insert(0, Blocker())
from scantally.detector.cli import main

def run(*arguments):
    sys.argv = ["scantally", *arguments]
    try:
        main()
    except SystemExit as e:
        assert not e.code, (arguments, e.code)

run("--help")
for name in ("inspect", "simulate", "data", "train", "evaluate", "score", "calibrate", "export", "anomalies", "inspectability", "serve"):
    run(name, "--help")
run("simulate", "made", "--count", "1", "--workers", "1")
run("inspect", sys.argv_scan, "--out", "out")
COMMANDS = {
    f"scantally.training.{name}" for name in ("cli", "cli_evaluate", "cli_anomalies", "cli_inspectability", "console")
}
assert not [m for m in sys.modules if m.startswith("scantally.training.") and m not in COMMANDS]
"""


def test_the_edge_needs_no_torch(scan: Path, tmp_path: Path) -> None:
    script = WITHOUT_TORCH.replace("sys.argv_scan", repr(str(scan)))
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert listing(tmp_path / "out") == ["truck.html", "truck.json", "truck.png"]


def test_every_registered_command_loads() -> None:
    commands = {
        *("inspect", "simulate", "data", "train", "evaluate", "score", "calibrate", "export"),
        *("anomalies", "inspectability", "serve"),
    }
    assert commands == set(cli._registered())
    for entry in cli._registered().values():
        assert callable(entry.load())


def test_a_progress_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with inspect_command._progress(2, False) as step:
        step("a.png")
        step("b.png")
    assert "b.png" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--manifest", "--container"])
def test_papers_of_one_scan_are_not_taken_for_several(
    scantally: Command, scan: Path, tmp_path: Path, option: str
) -> None:
    """One container cannot be two scans: what names one is refused for a folder."""
    papers = tmp_path / "papers.json"
    papers.write_text(json.dumps(PAPERS))
    value = papers if option == "--manifest" else "CSQU3054383"
    done = scantally("inspect", scan, scan, option, value)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"scantally: {option}: names the papers of one scan, but 2 scans are given: inspect them one by one\n"
    )


def test_a_closed_stdout_is_no_fault(scan: Path) -> None:
    program = Path(sys.executable).with_name("scantally")
    done = subprocess.run(
        f"'{program}' inspect '{scan}' --json >&-", shell=True, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
