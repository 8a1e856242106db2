"""The documents are held to the code: their commands run, their links lead somewhere, their tables are complete."""

import importlib
import inspect
import json
import re
import runpy
import shlex
import sys
import tomllib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import typer
import yaml
from dataset_layouts import Pic, draw, write_voc_file
from pydantic import BaseModel

from scantally.datasets.dataset import Annotation, Category, Image, Info
from scantally.datasets.importers import IMPORTERS
from scantally.datasets.importers.classes import ClassMap
from scantally.datasets.simulator.objects import make_object
from scantally.datasets.simulator.suites import SUITES
from scantally.datasets.simulator.truth import Truth
from scantally.datasets.tip import estimate_character, place_and_project
from scantally.datasets.tip_bands import estimate_bands, place_and_project_bands
from scantally.detector import cli
from scantally.detector.checks import CHECKS
from scantally.detector.cli import COMMANDS
from scantally.detector.config import Config
from scantally.detector.config.goods import Goods
from scantally.detector.config.scanners import SHIPPED, ScannerProfile
from scantally.detector.formats import FORMATS, read_scan
from scantally.detector.imaging.encode import RECIPES
from scantally.detector.manifests import MANIFESTS
from scantally.detector.models.package import default_package, open_package

ROOT = Path(__file__).parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

MOST_SCANS = 2
"""A test simulates and judges so many scans where a document says hundreds."""

HEAVY = {"train", "export", "anomalies", "inspectability", "serve"}
"""Commands that take minutes or hours, or do not end by themselves (tests/test_serving_app.py): the documents' lines are parsed, with the files they name, and tests/test_training_commands.py,
tests/test_training_anomalies.py and tests/test_training_inspectability.py run the commands themselves on little data."""

WALKED = "packages/boxes/"
"""The package that is made in the walk-through, whose commands tests/test_walkthrough.py runs one after the other."""

FITTED = {"shipped/cargo/0.5.5", "shipped/cargo/0.5.6", "shipped/cargo/0.5.7"}
"""Packages that heavy lines make: what takes them from there is parsed."""

LONG = {"cargo-1", "papers-1", "gallery"}
"""Suites that take minutes: their lines are parsed, and tests/test_suites.py makes some of their scans."""

SHELLS = {"sh", "console", ""}


class Block(NamedTuple):
    """A fenced or indented block of a page."""

    language: str
    lines: list[str]


def blocks(text: str) -> Iterator[Block]:
    """Fenced blocks with their language, and runs of lines indented by four spaces outside them."""
    language: str | None = None
    lines: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("```"):
            if lines:
                yield Block(language or "", lines)
            language, lines = (line[3:].strip(), []) if language is None else (None, [])
        elif language is not None or line.startswith("    "):
            lines.append(line.removeprefix("    ") if language is None else line)
        elif lines:
            yield Block("", lines)
            lines = []


def commands(text: str, program: str) -> list[list[str]]:
    """The lines of a page's shell blocks that begin with a program's name, split as a shell splits them."""
    lines = (line.removeprefix("$ ") for b in blocks(text) if b.language in SHELLS for line in b.lines)
    return [shlex.split(line, comments=True) for line in lines if line.split(" ")[0] == program]


def inline(text: str) -> list[str]:
    """What stands between single backticks in the prose."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", prose)]


def named_files(text: str) -> dict[str, str]:
    """The page's YAML examples that begin with a comment of their name."""
    found = {}
    for block in blocks(text):
        if block.language == "yaml" and (name := re.fullmatch(r"# (\S+\.yaml)", block.lines[0])):
            found[name[1]] = "\n".join(block.lines)
    return found


def registered() -> dict[str, str]:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"][COMMANDS]
    return dict(table)


def click_command(*words: str) -> typer.core.TyperCommand | typer.core.TyperGroup:
    """A subcommand as it is registered in pyproject.toml; of a group with subcommands of its own, the one that is named."""
    module, _, function = registered()[words[0]].partition(":")
    command = cli._as_command(words[0], getattr(importlib.import_module(module), function))
    if isinstance(command, typer.core.TyperGroup) and len(words) > 1:
        command = command.commands[words[1]]
    assert isinstance(command, typer.core.TyperCommand | typer.core.TyperGroup), words
    return command


def depth(name: str) -> int:
    """How many words name a command: two where the first is a group."""
    return 2 if isinstance(click_command(name), typer.core.TyperGroup) else 1


# -- the reader of pages itself


def test_commands_are_found_in_every_kind_of_block() -> None:
    text = "x `scantally a --b` y\n\n    scantally one 'a b'  # why\n\n```sh\nscantally two\nmake demo\n```\n```python\nscantally = 3\n```\n"
    assert commands(text, "scantally") == [["scantally", "one", "a b"], ["scantally", "two"]]
    assert commands(text, "make") == [["make", "demo"]]
    assert inline(text) == ["scantally a --b"]


def test_named_files_are_found() -> None:
    assert named_files("```yaml\n# a.yaml\nx: 1\n```\n```yaml\ny: 2\n```") == {"a.yaml": "# a.yaml\nx: 1"}


# -- commands


def test_every_registered_command_loads() -> None:
    for name in registered():
        assert click_command(name).help, name


def test_every_registered_command_is_shown() -> None:
    shown = {line[1] for page in PAGES for line in commands(page.read_text(), "scantally")}
    assert shown == set(registered())


@pytest.mark.parametrize("name", NAMES)
def test_make_targets_exist(name: str) -> None:
    text = (ROOT / name).read_text()
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = [c[1:] for c in commands(text, "make")] + [c.split()[1:] for c in inline(text) if c.startswith("make ")]
    assert [t for line in said for t in line if "=" not in t and not t.startswith("-") and t not in targets] == []


@pytest.mark.parametrize("name", NAMES)
def test_commands_in_the_prose_have_these_options(name: str) -> None:
    for said in inline((ROOT / name).read_text()):
        words = said.split()
        if words[0] != "scantally" or len(words) == 1:
            continue
        command = click_command(*words[1 : 1 + depth(words[1])])
        known = {o for p in command.params for o in (*p.opts, *p.secondary_opts)} | {"--help"}
        assert [w for w in words[2:] if w.startswith("--") and w not in known] == [], said


def test_readme_lists_every_option_of_inspect() -> None:
    rows = re.findall(r"^\| `(--[a-z-]+)", (ROOT / "README.md").read_text(), re.MULTILINE)
    known = [p.opts[0] for p in click_command("inspect").params if p.opts[0].startswith("--")]
    assert rows == [o for o in known if o != "--help"]


def test_every_option_of_import_is_documented() -> None:
    page = (ROOT / "docs" / "data.md").read_text().split("## Import")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(--[a-z-]+)[^|]*\|", page, re.MULTILINE)
    known = [p.opts[0] for p in click_command("data", "import").params if p.opts[0].startswith("--")]
    assert rows == [o for o in known if o != "--help"]


def test_every_key_of_a_dataset_is_documented() -> None:
    page = (ROOT / "docs" / "data.md").read_text()
    lists = {"info": Info, "images[]": Image, "annotations[]": Annotation, "categories[]": Category}
    names = [f"{at}.{f.alias or name}" for at, model in lists.items() for name, f in model.model_fields.items()]
    assert [name for name in names if f"`{name}`" not in page] == []


def test_the_help_of_simulate_lists_every_suite() -> None:
    option = next(p for p in click_command("simulate").params if "--suite" in p.opts)
    said = set(re.findall(r"[\w-]+", getattr(option, "help", "")))
    assert set(SUITES) <= said


def test_pre_commit_runs_what_make_check_runs() -> None:
    recipe = re.search(r"^check:.*\n((?:\t.+\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    checks = [line.strip().replace("$(BIN)", ".venv/bin") for line in recipe[1].splitlines()]
    repos = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in repos] == ["local"]  # nothing is fetched
    entries = [hook["entry"] for hook in repos[0]["hooks"]]
    assert len(entries) == len(checks)
    assert [c for c in checks if not any(c in entry for entry in entries)] == []


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a reader has in the repository's folder after ``make demo``."""
    folder = tmp_path_factory.mktemp("samples") / "demo"
    assert run(["scantally", "simulate", str(folder / "scans"), "--suite", "demo", "--workers", "1"]) == 0
    return folder


def write_boxes_sample(root: Path) -> None:
    """Stands for somebody's Pascal VOC dataset of small things in boxes, as Roboflow exports it."""
    for number in range(4):
        name = f"scan{number // 2}_jpg.rf.{number:032x}"
        draw(root / "images" / f"{name}.jpg", (160, 120), number)
        box = ("ym", (20.0 + number, 30.0, 12.0, 9.0))
        write_voc_file(root / "annotations" / f"{name}.xml", Pic(name=f"{name}.jpg", size=(160, 120), boxes=(box,)))


def run(line: list[str]) -> int:
    """Run a command line in this process as the console script does; returns its exit code."""
    before, sys.argv = sys.argv, line
    try:
        cli.main()
    except SystemExit as e:
        return e.code if isinstance(e.code, int) else 0 if e.code is None else 1
    finally:
        sys.argv = before
    return 0


def small(line: list[str]) -> list[str]:
    """The same command on less data."""
    line = [
        str(min(int(w), MOST_SCANS)) if before == "--count" else w for before, w in zip(["", *line], line, strict=False)
    ]
    extra = {"evaluate": ("--limit", str(MOST_SCANS)), "simulate": ("--workers", "1")}.get(line[1])
    return line if extra is None or extra[0] in line else [*line, *extra]


def parse(line: list[str]) -> None:
    """Let the command's own parser read its arguments: unknown options and missing arguments raise."""
    end = 1 + depth(line[1])
    click_command(*line[1:end]).make_context(line[end - 1], list(line[end:]))


def suites_of(line: list[str]) -> set[str]:
    """The suite that a line names, which must exist."""
    named = {word for before, word in pairwise(line) if before == "--suite"}
    assert named <= set(SUITES)
    return named


EXAMPLES = [n for n in NAMES if any(b.language == "python" for b in blocks((ROOT / n).read_text()))]
"""Pages with python blocks: each block runs by itself, in a folder where the page's own commands were run."""


@pytest.mark.parametrize(
    "name", [n for n in NAMES if commands((ROOT / n).read_text(), "scantally") and n not in EXAMPLES]
)
def test_commands_run(
    name: str, samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / name).read_text()
    for file, content in named_files(text).items():
        (tmp_path / file).write_text(content)
    for folder in ("configs", "detector"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "scans").symlink_to(samples / "scans")
    (tmp_path / "papers-1").symlink_to(samples / "scans")
    (tmp_path / "cargo-1").mkdir()
    for part in ("test", "validation"):
        (tmp_path / "cargo-1" / part).symlink_to(samples / "scans")
    write_boxes_sample(tmp_path / "voc_boxes")
    # Stands for what `export` writes in the line before; tests/test_training_commands.py exports one.
    version = yaml.safe_load((ROOT / "configs" / "training" / "cargo.yaml").read_text())["version"]
    (tmp_path / "packages" / "cargo").mkdir(parents=True)
    (tmp_path / "packages" / "cargo" / version).symlink_to(open_package(default_package()).path)
    monkeypatch.chdir(tmp_path)
    done: set[str] = set()
    for line in commands(text, "scantally"):
        parse(line)
        for path in (Path(w) for w in line if w.startswith("configs/") or w in named_files(text)):
            assert path.is_file(), path
        if (
            line[1] in HEAVY
            or any(w.startswith(WALKED) for w in line)
            or FITTED & set(line)
            or (LONG & suites_of(line))
            or str(small(line)) in done
        ):
            continue
        assert run(small(line)) == 0, f"{shlex.join(line)}\n{capsys.readouterr().err}"
        done.add(str(small(line)))


def run_examples(name: str) -> list[dict[str, Any]]:
    """Run a page's commands and python blocks in the current folder; returns what each block leaves defined."""
    text = (ROOT / name).read_text()
    for line in commands(text, "scantally"):
        assert run(small(line)) == 0, shlex.join(line)
    left = []
    for number, block in enumerate(b for b in blocks(text) if b.language == "python"):
        script = Path(f"example{number}.py")
        script.write_text("\n".join(block.lines))
        left.append(runpy.run_path(str(script)))
    return left


def test_the_examples_of_projection_write_what_they_projected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert EXAMPLES == ["docs/tip.md"]
    monkeypatch.chdir(tmp_path)
    one, two = run_examples("docs/tip.md")
    assert one["found"].inspectable
    assert two["found"].best.inspectable
    assert len(two["found"].bands) == 2
    before, wanted = one["scan"].primary_HW, one["found"].transmission_HW
    written = read_scan(tmp_path / "projected.png").primary_HW
    assert float(np.abs(written - wanted).max()) < 0.5 * one["character"].step
    assert (np.abs(before - wanted) > one["character"].step).sum() > 100
    again = read_scan(tmp_path / "projected.tif")
    assert float(np.abs(again.transmission_BHW - two["found"].scan.transmission_BHW).max()) < 1e-4
    assert (again.pitch_mm, again.energies_mv, again.calibrated) == (two["truth"].pitch_mm, (6.0, 9.0), True)


def test_every_argument_of_projection_is_in_the_table() -> None:
    said = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "tip.md").read_text(), re.MULTILINE))
    functions = (estimate_character, place_and_project, make_object, estimate_bands, place_and_project_bands)
    known = {name for function in functions for name in inspect.signature(function).parameters}
    assert said == known - {"character", "sprite"}  # what the functions before give


@pytest.mark.parametrize(
    "line",
    [
        "scantally inspect",
        "scantally inspect a.png --no-such-option",
        "scantally simulate a --count many",
        "scantally train",
        "scantally data import coco a",
        "scantally data list --no-such-option",
    ],
)
def test_a_wrong_command_would_be_seen(line: str) -> None:
    with pytest.raises(typer._click.exceptions.UsageError):
        parse(line.split())


def test_an_unknown_command_would_be_seen() -> None:
    with pytest.raises(KeyError):
        parse(["scantally", "tally"])
    with pytest.raises(KeyError):
        parse(["scantally", "data", "tally"])


# -- tables


def documented(page: str) -> dict[str, list[str]]:
    """The table rows of a page, by the first code in their first cell."""
    rows = re.findall(r"^\| (.+) \|$", (ROOT / "docs" / page).read_text(), re.MULTILINE)
    cells = [[cell.strip() for cell in row.split(" | ")] for row in rows]
    return {row[0].strip("`"): row[1:] for row in cells}


def test_every_setting_is_documented_with_its_default() -> None:
    said = {k: row for k, row in documented("configuration.md").items() if re.fullmatch(r"\w+\.\w+", k)}
    real = {
        f"{part}.{key}": f"`{json.dumps(value, ensure_ascii=False)}`"
        for part, settings in Config().model_dump(mode="json").items()
        for key, value in settings.items()
    }
    assert {k: row[0] for k, row in said.items()} == real
    assert [k for k, row in said.items() if len(row) != 2 or len(row[1]) < 9] == []


def keys(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        inner = [t for t in (field.annotation, *getattr(field.annotation, "__args__", ())) if isinstance(t, type)]
        for part in inner:
            if issubclass(part, BaseModel):
                yield from keys(part, f"{prefix}{name}.")


def test_every_field_of_the_truth_is_in_the_table() -> None:
    text = (ROOT / "docs" / "simulator.md").read_text()
    rows = re.findall(
        r"^\| `([a-z_.0-9]+)` \| .{5,} \|$", text.split("## Truth and papers")[1].split("\n## ")[0], re.MULTILINE
    )
    assert rows == list(keys(Truth))


def test_every_key_of_a_training_configuration_is_documented() -> None:
    from scantally.training.config import TrainConfig

    text = (ROOT / "docs" / "training.md").read_text()
    assert [key for key in keys(TrainConfig) if f"`{key}`" not in text] == []


def test_examples_of_files_are_valid() -> None:
    from scantally.training.card import CardNotes

    models: dict[str, type[BaseModel]] = {"site.yaml": Config, "gate.yaml": ScannerProfile, "notes.yaml": CardNotes}
    models |= {"classes.yaml": ClassMap, "boxes-site.yaml": Config, "goods.yaml": Goods}
    found = [(name, raw) for page in PAGES for name, raw in named_files(page.read_text()).items()]
    assert {name for name, _ in found} == set(models)
    for name, raw in found:
        models[name].model_validate(yaml.safe_load(raw))


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("formats.md", sorted(FORMATS)),
        ("formats.md", sorted(ScannerProfile.model_fields)),
        ("formats.md", sorted(SHIPPED)),
        ("manifests.md", sorted(MANIFESTS)),
        ("checks.md", sorted(CHECKS)),
        ("data.md", sorted(IMPORTERS)),
        ("decisions/0004-encoding.md", sorted(RECIPES)),
        (
            "architecture.md",
            ["FORMATS", "MANIFESTS", "CHECKS", "RECIPES", "LOADS", "OBJECTS", "SHIPPED", "IMPORTERS", COMMANDS],
        ),
    ],
)
def test_every_row_is_documented(page: str, names: list[str]) -> None:
    text = (ROOT / "docs" / page).read_text().lower()
    # Formats have their usual names in the text, tables and keys stand as code.
    assert [n for n in names if not re.search(rf"(?<![\w]){re.escape(n.lower())}(?![\w])", text)] == []


def test_architecture_names_every_layer_as_the_contract_does() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(c["layers"] for c in contracts if c.get("containers") == ["scantally.detector"])
    assert " > ".join(layers) in " ".join((ROOT / "docs" / "architecture.md").read_text().split())


def test_every_decision_is_listed_and_told_in_the_same_parts() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    index = (ROOT / "docs" / "decisions" / "README.md").read_text()
    assert pages
    for page in pages:
        text = page.read_text()
        assert f"]({page.name})" in index
        assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.MULTILINE) == [
            "Context",
            "Choice",
            "Why",
            "Measured",
            "Consequence",
        ]
        assert text.startswith(f"# {page.name[:4]}: ")


# -- links and paths


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    local = [link.split("#")[0] for link in links if not re.match(r"https?://|#", link)]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("name", NAMES)
def test_files_of_the_project_that_a_page_names_exist(name: str) -> None:
    folders = "configs|datasets|detector|docs|requirements|serving|tests|training"
    said = [c for c in inline((ROOT / name).read_text()) if re.fullmatch(rf"({folders})/[\w./-]+\.\w+", c)]
    assert [c for c in said if "NAME" not in c and not (ROOT / c).exists()] == []


ABSOLUTE = r"(?<![\w.:/)\]])/(?:home|root|work|tmp|usr|opt|var|etc|mnt|srv|Users)\b\S*|~/\S+|\b[A-Z]:\\\S+"


@pytest.mark.parametrize("path", ["/home/ann/x", "`/tmp`", "see ~/x", "C:\\scans"])
def test_an_absolute_path_would_be_seen(path: str) -> None:
    assert re.search(ABSOLUTE, path)


@pytest.mark.parametrize("name", NAMES)
def test_no_page_names_a_machine(name: str) -> None:
    assert re.findall(ABSOLUTE, (ROOT / name).read_text()) == []
