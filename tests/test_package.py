"""Model packages: whole and unaltered, or refused with one line before a scan is looked at."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

from scantally.detector.config.files import sha256
from scantally.detector.errors import ConfigError, PackageError
from scantally.detector.imaging.encode import RECIPES
from scantally.detector.models.infer import Detector
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import (
    Card,
    LabelCard,
    default_package,
    open_package,
    write_checksums,
)
from scantally.detector.types import Group

onnx = pytest.importorskip("onnx", reason="builds networks by hand: needs the full environment (make full)")

Command = Callable[..., Any]
CARD: dict[str, Any] = {
    "schema": 1,
    "name": "hand-made",
    "version": "1.0",
    "description": "A network that finds nothing.",
    "licence": "AGPL-3.0-or-later",
    "encoding": "log-windows-1",
    "scout_height": 64,
    "detail_pitch_mm": 4.4,
    "labels": [
        {"name": "container", "group": "structure"},
        {"name": "empty", "group": "load"},
        {"name": "firearm", "group": "object", "passes": ["scout", "detail"]},
    ],
}


def network(count: int, sides: tuple[int | str, int | str] = ("h", "w"), **said: str) -> bytes:
    """An ONNX network that takes a picture and answers two boxes with a score of 0 for each label."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    boxes = helper.make_tensor("boxes", kind, [1, 4 + count, 2], np.zeros(2 * (4 + count), np.float32))
    nodes = [
        helper.make_node("ReduceMin", ["images"], ["least"], keepdims=0),
        helper.make_node("Sub", ["least", "least"], ["nothing"]),
        helper.make_node("Add", ["boxes", "nothing"], ["output0"]),
    ]
    graph = helper.make_graph(
        nodes,
        "nothing",
        [helper.make_tensor_value_info("images", kind, [1, 3, *sides])],
        [helper.make_tensor_value_info("output0", kind, None)],
        [boxes],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, said)
    return bytes(model.SerializeToString())


def make(folder: Path, model: bytes | None = None, **card: object) -> Path:
    """A package in ``folder``; what is given replaces parts of the card."""
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(network(3) if model is None else model)
    (folder / "card.yaml").write_text(yaml.safe_dump(CARD | card))
    write_checksums(folder)
    return folder


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return make(tmp_path / "hand-made" / "1.0")


def problem(path: Path) -> str:
    with pytest.raises(PackageError) as caught:
        open_detector(open_package(path))
    assert "\n" not in str(caught.value) and str(path) in caught.value.source
    return caught.value.problem


def test_the_default_package_opens_and_its_network_fits_its_card() -> None:
    package = open_package(default_package())
    detector = open_detector(package)
    assert package.card.encoding in RECIPES
    assert package.card.labels[0] == detector.card.labels[0]
    assert next(x for x in package.card.labels if x.name == "container").group is Group.STRUCTURE
    assert next(x for x in package.card.labels if x.name == "empty").group is Group.LOAD
    assert len([x for x in package.card.labels if x.group is Group.LOAD]) >= 8


def test_a_package_is_opened_by_its_version_or_by_its_name(package: Path) -> None:
    assert open_package(package) == open_package(package.parent)
    assert open_package(package).title == "hand-made/1.0"
    (package.parent / "notes.txt").write_text("not a version")
    assert open_package(package.parent).path == package


def test_of_several_versions_one_must_be_named(package: Path) -> None:
    make(package.parent / "2.0", version="2.0")
    assert problem(package.parent) == "expected one model package NAME/VERSION, found 2 versions here"
    assert open_package(package.parent / "2.0").title == "hand-made/2.0"


def test_the_digest_is_over_names_and_bytes_and_not_over_their_order(package: Path, tmp_path: Path) -> None:
    first = open_package(package).sha256
    listed = (package / "SHA256SUMS").read_text().splitlines(keepends=True)
    (package / "SHA256SUMS").write_text("".join(reversed(listed)))
    assert open_package(package).sha256 == first
    assert open_package(make(tmp_path / "other", description="Another.")).sha256 != first
    (package / "readme.txt").write_text("")  # even an empty file counts
    write_checksums(package)
    with pytest.raises(PackageError, match=r"readme\.txt: the file is empty"):
        open_package(package)
    (package / "readme.txt").write_text("x")
    write_checksums(package)
    assert open_package(package).sha256 != first


def test_checksums_are_those_of_sha256sum(package: Path) -> None:
    lines = [f"{sha256((package / n).read_bytes())}  {n}\n" for n in ("card.yaml", "model.onnx")]
    assert (package / "SHA256SUMS").read_text() == "".join(lines)


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no checksums": (lambda p: (p / "SHA256SUMS").unlink(), "no such file"),
    "empty checksums": (lambda p: (p / "SHA256SUMS").write_text(""), "the file is empty (0 bytes)"),
    "no network": (lambda p: (p / "model.onnx").unlink(), "no such file"),
    "no card": (lambda p: (p / "card.yaml").unlink(), "no such file"),
    "a byte more": (
        lambda p: (p / "model.onnx").write_bytes((p / "model.onnx").read_bytes() + b"\0"),
        "was altered: its SHA-256 is not the one in SHA256SUMS",
    ),
    "another card": (
        lambda p: (p / "card.yaml").write_text((p / "card.yaml").read_text().replace("nothing", "all")),
        "was altered: its SHA-256 is not the one in SHA256SUMS",
    ),
    "a file more": (lambda p: (p / "run.py").write_text("1"), "'run.py' is not listed in SHA256SUMS"),
    "a hidden file more": (lambda p: (p / ".x").write_text("1"), "'.x' is not listed in SHA256SUMS"),
    "a folder more": (lambda p: (p / "sub").mkdir(), "'sub' is not listed in SHA256SUMS"),
    "checksums of nothing": (
        lambda p: (p / "SHA256SUMS").write_text(f"{'0' * 64}  x\n"),
        "expected 'model.onnx' in SHA256SUMS",
    ),
    "a way out": (
        lambda p: (p / "SHA256SUMS").write_text(f"{'0' * 64}  ../x\n"),
        "line 1: expected a SHA-256, two spaces and a file's name",
    ),
    "no checksum": (
        lambda p: (p / "SHA256SUMS").write_bytes(b"\xff\xfe\n"),
        "line 1: expected a SHA-256, two spaces and a file's name",
    ),
    "a file twice": (
        lambda p: (p / "SHA256SUMS").write_text(f"{'0' * 64}  x\n" * 2),
        "line 2: expected a SHA-256, two spaces and a file's name",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_package_that_is_not_what_was_approved(package: Path, kind: str) -> None:
    breaks, said = BROKEN[kind]
    breaks(package)
    assert problem(package) == said


@pytest.mark.parametrize("where", ["folder", "file", "empty"])
def test_no_package_at_all(tmp_path: Path, where: str) -> None:
    path = tmp_path / "x"
    if where == "file":
        path.write_text("x")
    if where == "empty":
        path.mkdir()
    said = {
        "folder": "no such folder",
        "file": "expected the folder of a model package",
        "empty": "expected one model package NAME/VERSION, found 0 versions here",
    }
    assert problem(path) == said[where]


CARDS: dict[str, tuple[dict[str, object], str]] = {
    "unknown key": ({"colour": "red"}, "unknown key 'colour'"),
    "another schema": ({"schema": 2}, "schema: input should be 1, got 2"),
    "no labels": ({"labels": []}, "labels: tuple should have at least 1 item"),
    "unknown recipe": ({"encoding": "x-1"}, "encoding 'x-1' is unknown to this version of Scantally"),
    "a name that leads out": ({"name": "../x"}, "name: string should match pattern"),
    "a version that is a number": ({"version": 1.0}, "version: input should be a valid string, got 1.0"),
    "no height": ({"scout_height": 0}, "scout_height: input should be greater than 0, got 0"),
    "endless height": ({"scout_height": 10**9}, "scout_height: input should be less than or equal to 4096"),
    "endless pitch": ({"detail_pitch_mm": float("inf")}, "detail_pitch_mm: input should be a finite number, got inf"),
}
LABELS: dict[str, tuple[dict[str, object], str]] = {
    "unknown key": ({"colour": 1}, "unknown key 'labels[0].colour'"),
    "unknown group": (
        {"group": "thing"},
        "labels[0].group: input should be 'structure', 'load' or 'object', got 'thing'",
    ),
    "sure of too much": ({"threshold": 1.5}, "labels[0].threshold: input should be less than or equal to 1, got 1.5"),
    "sure of nothing": ({"threshold": float("nan")}, "labels[0].threshold"),
    "never finds": ({"a": float("nan")}, "labels[0].a"),
    "upside down": ({"a": -1.0}, "labels[0].a: input should be greater than 0, got -1.0"),
    "shifted away": ({"b": float("-inf")}, "labels[0].b: input should be a finite number, got -inf"),
    "never looks": ({"passes": []}, "labels[0].passes: tuple should have at least 1 item"),
    "unknown pass": ({"passes": ["third"]}, "labels[0].passes[0]: input should be 'scout' or 'detail', got 'third'"),
}


@pytest.mark.parametrize("kind", CARDS)
def test_a_card_that_cannot_be(tmp_path: Path, kind: str) -> None:
    change, said = CARDS[kind]
    assert problem(make(tmp_path / "p", **change)).startswith(said)


@pytest.mark.parametrize("kind", LABELS)
def test_a_label_that_cannot_be(tmp_path: Path, kind: str) -> None:
    change, said = LABELS[kind]
    labels = [CARD["labels"][0] | change, *CARD["labels"][1:]]
    assert problem(make(tmp_path / "p", labels=labels)).startswith(said)


def test_a_label_stands_once(tmp_path: Path) -> None:
    assert problem(make(tmp_path / "p", labels=[CARD["labels"][0]] * 3)) == "a label stands twice in 'labels'"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"schema: [1", "expected YAML: while parsing"),
        (b"- 1\n", "expected a mapping of keys to values, got list"),
        (b"\xff\xfe\xff", "expected UTF-8 text"),
        (b"a: &a [*a, *a]\nb: *a\n", "key 'schema' is missing"),
        (b"name: !!python/object/apply:os.system [echo]\n", "expected YAML"),
    ],
)
def test_a_damaged_card(package: Path, text: bytes, said: str) -> None:
    (package / "card.yaml").write_bytes(text)
    write_checksums(package)
    assert said in problem(package)


NETWORKS: dict[str, tuple[Callable[[], bytes], str]] = {
    "rubbish": (lambda: b"rubbish" * 99, "expected an ONNX network that onnxruntime loads"),
    "cut short": (lambda: network(3)[:-40], "expected an ONNX network that onnxruntime loads"),
    "too few labels": (lambda: network(2), "expected 7 values a box (4 and 3 labels of the card), got (2, 6)"),
    "too many labels": (lambda: network(4), "expected 7 values a box (4 and 3 labels of the card), got (2, 8)"),
    "one size": (lambda: network(3, (640, 640)), "expected a network that takes 64 x 96 px pictures"),
    "labels in another order": (
        lambda: network(3, labels="container,firearm,empty", encoding="log-windows-1"),
        "was made for labels 'container,firearm,empty', but the card says 'container,empty,firearm'",
    ),
    "another encoding": (
        lambda: network(3, encoding="log-windows-0"),
        "was made for encoding 'log-windows-0', but the card says 'log-windows-1'",
    ),
}


@pytest.mark.parametrize("kind", NETWORKS)
def test_a_network_that_the_card_does_not_describe(tmp_path: Path, kind: str) -> None:
    made, said = NETWORKS[kind]
    assert problem(make(tmp_path / "p", made())).startswith(said)


def test_a_network_that_the_card_describes(package: Path) -> None:
    assert isinstance(open_detector(open_package(package)), Detector)


def test_an_unknown_provider_is_not_the_packages_fault(package: Path) -> None:
    with pytest.raises(ConfigError, match="--provider: expected one of cpu, cuda, tensorrt, got 'tpu'"):
        open_detector(open_package(package), "tpu")


@pytest.mark.parametrize("kind", ["a byte more", "no network", "rubbish", "too few labels", "unknown key"])
def test_through_the_command(scantally: Command, tmp_path: Path, kind: str) -> None:
    folder = make(tmp_path / "p", NETWORKS[kind][0]() if kind in NETWORKS else None, **CARDS.get(kind, ({}, ""))[0])
    if kind in BROKEN:
        BROKEN[kind][0](folder)
    scan = tmp_path / "a.png"
    cv2.imwrite(str(scan), np.full((96, 320), 60000, np.uint16))
    done = scantally("inspect", scan, "--model", folder, "--json", "--out", tmp_path / "out")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"scantally: {folder}") and done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["rubbish", "one size"])
def test_onnxruntime_itself_writes_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str) -> None:
    """An operator sees our one line, and not a second one from a library."""
    problem(make(tmp_path / "p", NETWORKS[kind][0]()))
    assert capfd.readouterr() == ("", "")


def test_a_package_that_finds_nothing_never_releases(scantally: Command, package: Path, tmp_path: Path) -> None:
    scan = tmp_path / "a.png"
    cv2.imwrite(str(scan), np.full((96, 320), 60000, np.uint16))
    done = scantally("inspect", scan, "--model", package, "--json")
    assert done.code == 0 and '"disposition":"review"' in done.out
    assert '"model":"hand-made/1.0"' in done.out and open_package(package).sha256 in done.out


def test_a_card_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_card = pytest.importorskip("scantally.training.packing", reason="needs the full environment").write_card
    card = Card.model_validate(
        CARD
        | {
            "description": "Ünïcode: and a colon, 100 %",
            "training": {"record": {"weights": None, "share": 0.1}},
            "measured": [{"figure": "mAP50", "value": 0.99, "interval": [0.98, 1.0]}],
            "fails": ["dense loads", "#not a comment"],
        }
    )
    write_card(tmp_path / "card.yaml", card)
    (tmp_path / "model.onnx").write_bytes(network(3))
    write_checksums(tmp_path)
    assert open_package(tmp_path).card == card


def test_defaults_of_a_label() -> None:
    label = LabelCard(name="x", group=Group.LOAD)
    assert (label.threshold, label.a, label.b, label.passes) == (0.25, 1.0, 0.0, ("scout",))


def test_a_copied_package_is_the_same_package(package: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(package, tmp_path / "elsewhere"))
    assert open_package(copy).sha256 == open_package(package).sha256
