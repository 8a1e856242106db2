"""The pinned lists are complete, agree with one another, and bring one OpenCV (docs/decisions/0002-one-opencv.md)."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LISTS = ROOT / "requirements"


def pinned(name: str) -> dict[str, str]:
    """Name to exact version; every line must have one."""
    rows = [Requirement(line) for line in (LISTS / name).read_text().splitlines() if line and not line.startswith("#")]
    assert [str(r) for r in rows if not re.fullmatch(r"==[^*,]+", str(r.specifier))] == []
    return {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in rows}


def asked(name: str) -> list[Requirement]:
    lines = [line.split("#")[0].strip() for line in (LISTS / name).read_text().splitlines()]
    return [Requirement(line) for line in lines if line and not line.startswith("-")]


def project() -> dict[str, list[Requirement]]:
    """What pyproject.toml asks for: the base under '', and each extra."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = {"": table["dependencies"], **table["optional-dependencies"]}
    return {name: [Requirement(row) for row in rows] for name, rows in groups.items()}


def test_one_distribution_brings_opencv() -> None:
    assert set(packages_distributions()["cv2"]) == {"opencv-python-headless"}


def test_the_full_list_contains_the_base_list() -> None:
    base, full = pinned("base.txt"), pinned("full.txt")
    assert {name: full.get(name) for name in base} == base


@pytest.mark.parametrize(("made", "sources"), [("base.txt", ["base.in"]), ("full.txt", ["base.in", "full.in"])])
def test_the_lists_hold_what_was_asked_for(made: str, sources: list[str]) -> None:
    have = pinned(made)
    for row in (r for source in sources for r in asked(source)):
        assert row.specifier.contains(have[canonicalize_name(row.name)]), row


@pytest.mark.parametrize("extra", sorted(project()))
def test_the_lists_satisfy_the_project(extra: str) -> None:
    have = pinned("full.txt" if extra else "base.txt")
    for row in project()[extra]:
        assert row.specifier.contains(have[canonicalize_name(row.name)]), row


def test_an_edge_server_gets_nothing_of_the_training() -> None:
    heavy = {"torch", "torchvision", "ultralytics", "opencv-python", "scipy", "scikit-learn", "matplotlib", "onnx"}
    assert heavy.isdisjoint(pinned("base.txt"))
    assert "opencv-python" not in pinned("full.txt")
