"""The folder of a training: one run in it at a time, files that are there whole or not at all, and faults that are told before the work."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("torch", reason="begins trainings: needs the full environment (make full)")
pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(900)]

from test_sources import CONFIG, dataset

from scantally.detector.errors import ConfigError
from scantally.training import run as run_module
from scantally.training.card import make_card
from scantally.training.config import TrainConfig
from scantally.training.lock import LOCK, held
from scantally.training.prepare import DONE
from scantally.training.progress import EPOCHS, read_epochs

Command = Callable[..., Any]
HOLDER = """
import sys, time
from pathlib import Path
from scantally.training.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration, its data and its start; nothing is trained, so that only what is around it is tested."""
    from zipfile import ZipFile

    dataset(tmp_path / "boxes")
    (tmp_path / "weights").mkdir()
    with ZipFile(tmp_path / "weights" / "tiny.pt", "w") as file:
        file.writestr("data.pkl", b"")
    (tmp_path / "boxes.yaml").write_text(yaml.safe_dump(CONFIG))
    monkeypatch.setattr(run_module, "fit", lambda *given, **named: Path("last.pt"))
    monkeypatch.setattr(run_module, "require_network", lambda weights: None)
    return tmp_path


@pytest.fixture
def holder(begun: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that trains in the folder ``run``."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(begun / "run")], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        yield other
        other.kill()


def trained(scantally: Command, begun: Path, **change: Any) -> Any:  # noqa: ANN401
    (begun / "boxes.yaml").write_text(yaml.safe_dump(CONFIG | change))
    return scantally("train", begun / "boxes.yaml", "--data", begun, "--out", begun / "run")


def refused(done: Any, said: str) -> None:  # noqa: ANN401
    """Exit code 2 and one line."""
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1), done
    assert done.err.startswith(f"scantally: {said}"), done.err


def test_a_second_training_in_a_folder_is_refused_until_the_first_is_gone(
    scantally: Command, begun: Path, holder: "subprocess.Popen[str]"
) -> None:
    said = f"{begun / 'run'}: another training writes here (process {holder.pid} on "
    refused(trained(scantally, begun), said)
    refused(scantally("train", begun / "boxes.yaml", "--data", begun, "--out", begun / "run", "--folds", 2), said)
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert trained(scantally, begun).code == 0  # the system took the lock from the dead


def test_children_of_a_run_hold_nothing_and_are_not_held_up(begun: Path) -> None:
    with held(begun / "run"):
        child = os.fork()
        if child == 0:
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert (begun / "run" / LOCK).read_text().startswith(f"process {os.getpid()} on ")
    assert (begun / "run" / LOCK).read_text() == ""


def test_a_folder_that_cannot_be_one(scantally: Command, begun: Path) -> None:
    (begun / "run").write_text("a file")
    refused(trained(scantally, begun), f"{begun / 'run'}: cannot be made a folder: ")


@pytest.mark.parametrize("name", ["config.yaml", "record.json", DONE])
def test_a_full_disk_leaves_no_half_files(
    scantally: Command, begun: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    original = os.fsync

    def full(file: int) -> None:
        if f".{name}." in str(Path(f"/proc/self/fd/{file}").readlink()):
            raise OSError(errno.ENOSPC, "No space left on device")
        original(file)

    monkeypatch.setattr(os, "fsync", full)
    done = trained(scantally, begun)
    assert done.code == 2
    assert done.err.splitlines()[-1].endswith(f"{name}: cannot be written: No space left on device")
    assert not [p for p in (begun / "run").rglob("*") if name in p.name]
    monkeypatch.setattr(os, "fsync", original)
    assert trained(scantally, begun).code == 0


DEEP = b"[" * 100_000
DAMAGED: dict[str, tuple[bytes, str]] = {
    "cut": (b"name: tiny\nlabels: {", "expected YAML"),
    "no UTF-8": (b"name: \xff", "expected UTF-8 text"),
    "nested": (DEEP, "expected YAML"),
    "empty": (b"", "the file is empty"),
    "a list": (b"- 1\n", "expected a mapping of keys to values, got list"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_configuration_of_a_run(scantally: Command, begun: Path, kind: str) -> None:
    raw, said = DAMAGED[kind]
    (begun / "run").mkdir()
    (begun / "run" / "config.yaml").write_bytes(raw)
    refused(trained(scantally, begun), f"{begun / 'run' / 'config.yaml'}: {said}")


@pytest.mark.parametrize("raw", [b'{"data_sha256": "', b"\xff\xfe{", DEEP, b"", b"[1]"])
def test_a_damaged_record_of_a_run(scantally: Command, begun: Path, raw: bytes) -> None:
    assert trained(scantally, begun).code == 0
    record = begun / "run" / "record.json"
    record.write_bytes(raw)
    refused(trained(scantally, begun), f"{record}: expected the record of a training run (JSON)")
    with pytest.raises(ConfigError, match="expected the record of a training run"):
        make_card(TrainConfig.model_validate(CONFIG), None, begun / "run" / "fit" / "weights" / "last.pt")


@pytest.mark.parametrize("raw", [b"\xff\n", DEEP, b"3\n", b"{"])
def test_damaged_figures_of_epochs_are_no_epochs(begun: Path, raw: bytes) -> None:
    (begun / EPOCHS).write_bytes(b'{"epoch": 1}\n' + raw)
    assert read_epochs(begun) == [{"epoch": 1}]


@pytest.mark.parametrize("raw", [DEEP, b"\xff", b'{"fault"', b"[]", b'{"fault": "x"}'])
def test_pictures_whose_count_is_damaged_are_made_anew(scantally: Command, begun: Path, raw: bytes) -> None:
    assert trained(scantally, begun).code == 0
    done = begun / "run" / "data" / DONE
    whole = done.read_bytes()
    done.write_bytes(raw)
    assert trained(scantally, begun).code == 0
    assert done.read_bytes() == whole


# -- what can be told before the work is


def untouched(begun: Path) -> None:
    """Nothing was simulated or drawn."""
    assert not (begun / "run").exists() or {p.name for p in (begun / "run").iterdir()} <= {LOCK}


NAMED = {"labels": {"fault": "object", "container": "structure", "empty": "load"}}
SIMULATED = {"simulated": {"scans": 500_000}, **NAMED}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"start_from": "weights/none.pt"}, "DATA/weights/none.pt: no such file: expected the weights that"),
        (
            {"optimiser": {"epochs": 1, "device": "7"}},
            "optimiser.device: expected GPUs below 0, as this machine has 0, got '7'",
        ),
        ({"labels": {"fault": "object"}}, "labels: simulated scans show container, empty: expected each of them"),
        (
            {"labels": {"other": "object"}, "passes": {}},
            "labels: the data also shows fault: expected each of them to be named",
        ),
        (
            {"imported": [{"root": "boxes", "detail_mined": 3}], "start_from": "boxes"},
            "DATA/boxes",
        ),
    ],
)
def test_what_cannot_be_is_told_before_a_scan_is_simulated(
    scantally: Command, begun: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], said: str
) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    refused(trained(scantally, begun, **(SIMULATED | change)), said.replace("DATA", str(begun)))
    untouched(begun)


@pytest.mark.parametrize("options", [("--folds", "9"), ("--leave-out", "nope")])
def test_splits_that_cannot_be_are_told_before_a_scan_is_simulated(
    scantally: Command, begun: Path, options: tuple[str, ...]
) -> None:
    (begun / "boxes.yaml").write_text(yaml.safe_dump(CONFIG | SIMULATED))
    refused(
        scantally("train", begun / "boxes.yaml", "--data", begun, "--out", begun / "run", *options),
        "cross-validation: ",
    )
    untouched(begun)


@pytest.mark.parametrize("setting", ["detail_negatives", "projected_objects", "detail_mined"])
def test_crops_that_no_scan_can_give(scantally: Command, begun: Path, setting: str) -> None:
    """Pictures without any object were wanted, and every one shows one: their number would be 0, and nobody would know."""
    from scantally.detector.models.package import default_package

    document = json.loads((begun / "boxes" / "dataset.json").read_text())
    document["annotations"].append({**document["annotations"][0], "id": 9, "image_id": 4})
    (begun / "boxes" / "dataset.json").write_text(json.dumps(document))
    wanted = {"imported": [{"root": "boxes", "scout": False, setting: 2}], "start_from": str(default_package())}
    labels = {"labels": {"fault": "object", "firearm": "object"}}
    refused(
        trained(scantally, begun, **wanted, **labels),
        f"imported[0].{setting}: 2 wanted, but every one of its 3 scans shows an object: expected 0, or scans without any",
    )
    untouched(begun)


def test_objects_that_nobody_can_project(scantally: Command, begun: Path) -> None:
    refused(
        trained(scantally, begun, imported=[{"root": "boxes", "projected_objects": 2}]),
        "imported[0].projected_objects: 2 wanted, but the simulator makes none of the labels of the detail pass (fault): "
        "expected 0, or one of ",
    )


def bad_starts(folder: Path) -> dict[str, str]:
    """Files that torch wrote or that look so, and what is said of each."""
    from zipfile import ZipFile

    import torch

    torch.save({"x": torch.ones(3)}, folder / "tensors.pt")
    torch.save(torch.nn.Linear(3, 3), folder / "linear.pt")
    with ZipFile(folder / "zip.pt", "w") as file:
        file.writestr("a", "b")
    return dict.fromkeys(("tensors.pt", "linear.pt", "zip.pt"), "not weights of a network of ultralytics (.pt)")


def test_a_start_that_is_no_network_is_told_before_a_scan_is_simulated(
    scantally: Command, begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scantally.training.start import require_network

    monkeypatch.setattr(run_module, "require_network", require_network)
    for name, said in bad_starts(begun / "weights").items():
        path = begun / "weights" / name
        refused(trained(scantally, begun, start_from=f"weights/{name}", **SIMULATED), f"{path}: {said}")
        untouched(begun)


def test_a_network_for_another_end_is_no_start(tmp_path: Path) -> None:
    from ultralytics import YOLO

    from scantally.training.start import require_network

    for kind, fits in (("yolov8n-cls", False), ("yolov8n-seg", False), ("yolov8n-pose", True), ("yolov8n", True)):
        path = tmp_path / f"{kind}.pt"
        YOLO(f"{kind}.yaml").save(str(path))
        if fits:
            require_network(path)
        else:
            with pytest.raises(
                ConfigError, match="expected a network that detects or finds poses, got one that ends in"
            ):
                require_network(path)


def test_a_holder_that_has_not_said_its_name_yet_is_waited_for(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from scantally.training import lock

    names = iter([b"", b"", b"process 7 on here"])
    monkeypatch.setattr(os, "pread", lambda *given: next(names))
    assert lock._name_of_holder(0) == "process 7 on here"
    monkeypatch.setattr(lock, "SAYS_WITHIN_S", 0.05)
    monkeypatch.setattr(os, "pread", lambda *given: b"")
    assert lock._name_of_holder(0) == ""


def test_a_configuration_of_the_same_content_is_the_same(scantally: Command, begun: Path) -> None:
    """Written by an earlier version, which knew fewer keys, or with a remark in it."""
    assert trained(scantally, begun).code == 0
    path = begun / "run" / "config.yaml"
    document = yaml.safe_load(path.read_text())
    del document["start_share"]
    path.write_text(f"# a remark\n{yaml.safe_dump(document)}")
    assert trained(scantally, begun).code == 0
    path.write_text(yaml.safe_dump(document | {"start_share": 0.25, "start_from": "package:default"}))
    refused(trained(scantally, begun), f"{begun / 'run'}: this run began with another configuration (start_from)")


def test_no_folder_of_data_is_named(scantally: Command, begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCANTALLY_DATA", raising=False)
    wanted = "expected the folder of datasets and weights"
    refused(scantally("train", begun / "boxes.yaml"), f"--data: {wanted}: give it, or name it in SCANTALLY_DATA")
    refused(scantally("train", begun / "boxes.yaml", "--data", begun / "no"), f"--data: {wanted}, got '{begun / 'no'}'")
    monkeypatch.setenv("SCANTALLY_DATA", str(begun / "none"))
    refused(scantally("train", begun / "boxes.yaml"), f"SCANTALLY_DATA: {wanted}, got '{begun / 'none'}'")


def test_pictures_of_a_run_that_were_changed_are_made_again(scantally: Command, begun: Path) -> None:
    assert trained(scantally, begun).code == 0
    data = begun / "run" / "data"
    before = {p.relative_to(data): p.read_bytes() for p in data.glob("train/*/*.*")}
    pictures = sorted(data.glob("train/images/*.png"))
    for change in (
        pictures[0].unlink,
        lambda: pictures[0].write_bytes(pictures[0].read_bytes()[:50]),
        lambda: next(data.glob("train/labels/*.txt")).write_text("7 nan 5 5 5"),
        (data / "data.yaml").unlink,
        lambda: (data / "val.txt").write_text("gone"),
    ):
        change()
        assert trained(scantally, begun).code == 0
        assert {p.relative_to(data): p.read_bytes() for p in data.glob("train/*/*.*")} == before
        assert str(data) in (data / "data.yaml").read_text() and "gone" not in (data / "val.txt").read_text()


def test_a_run_that_was_moved_goes_on_with_its_own_pictures(scantally: Command, begun: Path) -> None:
    assert trained(scantally, begun).code == 0
    (begun / "run").rename(begun / "moved")
    done = scantally("train", begun / "boxes.yaml", "--data", begun, "--out", begun / "moved")
    assert done.code == 0
    assert str(begun / "moved" / "data") in (begun / "moved" / "data" / "data.yaml").read_text()


@pytest.mark.parametrize("name", ["state.pt", "epochs.jsonl", "record.json", "fit", "start.pt", "dataset.json"])
def test_what_no_run_wrote_is_not_written_over(scantally: Command, begun: Path, name: str) -> None:
    (begun / "run").mkdir()
    (begun / "run" / name).write_text("mine")
    refused(
        trained(scantally, begun), f"{begun / 'run'}: holds {name} and no config.yaml of a run: expected another --out"
    )
    assert [p.name for p in (begun / "run").iterdir()] == [name]


def test_a_folder_whose_name_ultralytics_cannot_read(scantally: Command, begun: Path) -> None:
    for name in (b"o\xff".decode(errors="surrogateescape"), "o\nx"):
        done = scantally("train", begun / "boxes.yaml", "--data", begun, "--out", begun / name)
        assert (done.code, done.err.count("\n")) == (2, 1)
        assert "expected a path of printable characters" in done.err


def test_pictures_that_are_not_used_are_counted(scantally: Command, begun: Path) -> None:
    imported = CONFIG["imported"][0] | {"detail_negatives": 0}
    said = "run: 1 of 3 pictures shows no object and is not used (imported[0].detail_negatives)"
    assert said in trained(scantally, begun, imported=[imported]).err
    assert (
        "is not used" not in trained(scantally, begun, imported=[imported | {"detail_negatives": 2}], version="2").err
    )


def test_a_label_in_another_group_than_the_data_says(scantally: Command, begun: Path) -> None:
    said = "labels: fault: the data calls it object, the configuration load: expected the same group in both"
    refused(trained(scantally, begun, labels={"fault": "load"}), said)


def test_what_yaml_makes_of_a_word_or_a_number_is_taken(begun: Path) -> None:
    imported = CONFIG["imported"][0]
    config = TrainConfig.model_validate(
        CONFIG | {"imported": [imported | {"splits": "train"}], "optimiser": {"epochs": 1, "device": 0}}
    )
    assert (config.imported[0].splits, config.optimiser.device) == (("train",), "0")


def test_misspelt_names_are_told_with_what_is_known(scantally: Command, begun: Path) -> None:
    refused(
        trained(scantally, begun, labels={"fualt": "object"}, passes={}),
        "labels: the data also shows fault: expected each of them to be named (fualt is named and never shown)",
    )
    said = "start_from: expected 'package:default' or a path below the data folder, got 'package:defalt'"
    refused(trained(scantally, begun, start_from="package:defalt"), said)
