"""The audit's page and document: complete, self-contained, bounded, and nothing from a file's name is taken for markup."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from audited_sets import Row, jpeg, make_set, plain_rows, scene

from scantally.datasets.audit.document import Audit, Example, Finding
from scantally.datasets.audit.figures import quantiles
from scantally.datasets.audit.kinds import KINDS
from scantally.datasets.audit.page import MOST_THUMBS, render_page
from scantally.datasets.audit.plots import bars, histogram, scatter
from scantally.datasets.audit.run import Result, run_audit
from scantally.datasets.audit.thumbs import thumbnail
from scantally.datasets.audit.write import to_json

HOSTILE = '<img src="http://x.example/a.png" onerror="alert(1)">\u202e'


class Page(HTMLParser):
    """Tags with their attributes, and the words between them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def values(self, tag: str, attribute: str) -> list[str]:
        return [v for t, a in self.tags if t == tag and (v := a.get(attribute)) is not None]


def faulty(folder: Path) -> Result:
    """A set with a leak, a damaged file, a box outside, mixed scanners."""
    rows = plain_rows(14)
    rows[-1].raw = rows[0].raw
    rows[2].raw = b"no picture"
    rows[3].boxes = [("knife", (180, 50, 40, 30)), ("gun", (90, 60, 3, 3))]
    rows[4].scanner = "gate"
    make_set(folder, rows, ("knife", "gun"))
    return run_audit(folder)


def test_the_page_needs_nothing_from_elsewhere(tmp_path: Path) -> None:
    page = Page(render_page(faulty(tmp_path)))
    assert {"script", "iframe", "object", "form"}.isdisjoint(tag for tag, _ in page.tags)
    for tag, attributes in page.tags:
        for name in ("src", "href", "xlink:href"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:", "#")), (tag, value)
    (policy,) = [x for x in page.values("meta", "content") if "default-src" in x]
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")


def test_every_finding_stands_on_the_page_and_is_linked(tmp_path: Path) -> None:
    result = faulty(tmp_path)
    page = Page(render_page(result))
    ids = set(page.values("article", "id"))
    assert ids == {x.removeprefix("#") for x in page.values("a", "href")}
    assert len(ids) == len(result.audit.findings) > 4
    words = " ".join(" ".join(page.words).split())
    for finding in result.audit.findings:
        assert KINDS[finding.kind].title in words
        assert finding.reason in words
    assert "A SPLIT LEAKS" in words


def test_names_from_files_are_text(tmp_path: Path) -> None:
    rows = plain_rows()
    for row in (rows[0], rows[-1]):
        row.group = row.scanner = HOSTILE
    make_set(tmp_path, rows)
    text = render_page(run_audit(tmp_path))
    assert HOSTILE not in text
    assert "[U+202E]" in text
    assert all(x.startswith("data:") for x in Page(text).values("img", "src"))


def test_pictures_on_the_page_are_bounded(tmp_path: Path) -> None:
    rows = plain_rows(14)
    make_set(tmp_path, rows)
    result = run_audit(tmp_path)
    examples = tuple(
        Example(files=tuple(f"images/{n:03d}.jpg" for n in range(1, 15)), box=(1, 1, 9, 9)) for _ in range(50)
    )
    many = tuple(
        Finding(kind=k, severity=v.severity, leak=v.leak, count=50, reason="r", advice=v.advice, examples=examples)
        for k, v in KINDS.items()
    )
    text = render_page(Result(audit=result.audit.model_copy(update={"findings": many}), context=result.context))
    assert 0 < len(Page(text).values("img", "src")) <= MOST_THUMBS
    assert len(text) < 3_000_000


def test_an_empty_looking_set_has_a_page(tmp_path: Path) -> None:
    make_set(tmp_path, [Row(raw=b"x", boxes=[]), Row(raw=None, boxes=[], split="test")])
    result = run_audit(tmp_path)
    assert {x.kind for x in result.audit.findings} >= {"file_unreadable", "file_missing"}
    assert "Nothing to show." in render_page(result)


def test_the_document_keeps_to_its_schema_and_reads_back(tmp_path: Path) -> None:
    audit = faulty(tmp_path).audit
    text = to_json(audit)
    jsonschema.validate(json.loads(text), Audit.model_json_schema(by_alias=True))
    assert Audit.model_validate_json(text) == audit
    assert json.loads(text)["schema"] == 1


def test_the_same_set_gives_the_same_document_and_page(tmp_path: Path) -> None:
    first, second = faulty(tmp_path / "a"), run_audit(tmp_path / "a")
    assert to_json(first.audit) == to_json(second.audit)
    assert render_page(first) == render_page(second)


def test_figures_are_counted(tmp_path: Path) -> None:
    figures = faulty(tmp_path).audit.figures
    assert (figures.images, figures.boxes, figures.groups) == (14, 15, 14)
    assert figures.splits["train"].images == 13
    assert (figures.labels["knife"].medium, figures.labels["gun"].small) == (14, 1)
    assert figures.labels["knife"].side_px.median == pytest.approx(34.64, abs=0.01)
    assert figures.labels["gun"].aspect.median == 1.0
    assert figures.scanners == {"gate": {"train": 1}, "unknown": {"train": 12, "test": 1}}
    assert (figures.near.pairs, figures.near.in_one_group) == (1, 0)


def test_quantiles() -> None:
    assert quantiles([]).median is None
    found = quantiles(range(101))
    assert (found.count, found.least, found.q05, found.median, found.q95, found.greatest) == (101, 0, 5, 50, 95, 100)


@pytest.mark.parametrize("values", [[], [5.0], [0.0, 0.0], [1e-7, 1e6], [3.0] * 500, list(range(4000))])
def test_plots_of_odd_values_are_drawn_within_their_frame(values: list[float]) -> None:
    array = np.array(values, np.float64)
    drawn = [
        histogram({"<a>": array}, "t", "px", log=True),
        histogram({"<a>": array, "b": array}, "t", "px"),
        scatter({"<a>": (array, array)}, "t", ("px", "px"), log=True),
        scatter({"<a>": (array, array)}, "t", ("px", "px"), log=False),
    ]
    for svg in drawn:
        assert "<a>" not in svg and "nan" not in svg
        numbers = re.findall(r' (?:x|y|cx|cy|x1|x2|y1|y2)="([-\d.e+]+)"', svg)
        assert all(-1 <= float(x) <= 421 for x in numbers)
        assert svg.count("<circle") <= 1501


def test_bars_show_each_count() -> None:
    svg = bars({"knife": {"train": 1200, "test": 0}, "<b>": {}}, ["train", "test"], "t")
    assert ">1,200</text>" in svg
    assert svg.count(">0</text>") == 3
    assert "&lt;b&gt;" in svg


def test_a_small_box_is_shown_large(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg(scene(1, 640, 640)))
    whole, part = thumbnail(tmp_path / "a.jpg"), thumbnail(tmp_path / "a.jpg", (300, 300, 306, 306))
    assert whole and part and whole != part
    outside = thumbnail(tmp_path / "a.jpg", (-900.0, 1e9, -890.0, 1e9 + 4))
    assert outside is not None
    (tmp_path / "b.jpg").write_bytes(b"x")
    assert thumbnail(tmp_path / "b.jpg") is None


@pytest.mark.skipif(not shutil.which("chromium"), reason="no chromium on the path: draws the page")
def test_a_browser_draws_the_page_without_complaint(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(render_page(faulty(tmp_path / "set")), "utf-8")
    line = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--v=0"]
    shot = f"--screenshot={tmp_path / 'a.png'}"
    done = subprocess.run([*line, shot, f"file://{tmp_path / 'a.html'}"], capture_output=True, timeout=200, check=True)
    assert (tmp_path / "a.png").stat().st_size > 10_000
    assert b"CONSOLE" not in done.stderr
