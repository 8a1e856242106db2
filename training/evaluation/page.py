"""``evaluation.json`` and ``evaluation.html``: one page that needs no network, no fonts and no other file."""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from scantally.detector.errors import ConfigError
from scantally.detector.report.text import visible
from scantally.training.evaluation.documents import Bin, Curve, Difference, Evaluation, FigureRow, Part
from scantally.training.evaluation.figures import HEADLINE
from scantally.training.evaluation.gallery import galleries
from scantally.training.evaluation.page_words import COLUMN_NOTES, TABLES, figure_words
from scantally.training.evaluation.plots import UNIT_TICKS, Axis, Line, curve_plot, legend, reliability_plot, whisker
from scantally.training.evaluation.run import Result

NAMES = ("evaluation.json", "evaluation.html")

_RATES = Axis(low=0.01, high=10.0, words="false positives per scan", ticks=(0.01, 0.1, 0.5, 1.0, 10.0), log=True)
_PFA = Axis(
    low=0.001, high=1.0, words="share of clean containers (Pfa)", ticks=(0.001, 0.004, 0.01, 0.1, 1.0), log=True
)
_PD = Axis(low=0.0, high=1.0, words="Pd", ticks=UNIT_TICKS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Figures by row and column, as the page shows them."""

    name: str
    title: str
    note: str
    columns: tuple[str, ...]
    notes: dict[str, str]
    rows: tuple[tuple[str, tuple[FigureRow | None, ...]], ...]
    without_interval: tuple[str, ...]
    """Why some of the figures have none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Differences:
    """Differences as the page shows them: those that decide, those that are real, and all."""

    total: int
    better: int
    worse: int
    too_few: int
    headline: tuple[tuple[Difference, Markup], ...]
    real: tuple[tuple[Difference, Markup], ...]
    tables: tuple[tuple[str, tuple[tuple[Difference, Markup], ...]], ...]


def require_folder(out: Path) -> None:
    """Refuse, before long work begins, a place where the files could not be written.

    Raises:
        ConfigError: it is a file, or is named like one.
    """
    if out.is_file() or out.suffix in (".json", ".html"):
        raise ConfigError("--out", f"expected a folder for {' and '.join(NAMES)}, got '{out}'")


def write_evaluation(result: Result, out: Path) -> tuple[Path, ...]:
    """Write both files into ``out``, which is made when it is missing; what was there of an earlier evaluation is replaced.

    Raises:
        ConfigError: they cannot be written.
    """
    texts = (result.evaluation.model_dump_json(indent=1) + "\n", render_page(result))
    paths = tuple(out / name for name in NAMES)
    try:
        out.mkdir(parents=True, exist_ok=True)
        for path, text in zip(paths, texts, strict=True):
            part = path.with_name(f".{path.name}.part")
            part.write_text(text, encoding="utf-8")
            part.replace(path)
    except OSError as e:
        raise ConfigError(str(out), f"the evaluation cannot be written: {e.strerror or e}") from e
    return paths


def render_page(result: Result) -> str:
    """The page of an evaluation; its pictures are cut out of the scans, which are read again."""
    style = _shipped("page.css")
    parts = [
        {
            "part": part,
            "tables": tables(part.figures),
            "froc": _froc(result.evaluation, part),
            "roc": _roc(part.roc),
            **_reliabilities(part),
            "examples": galleries(part, evidence),
            "headline": headline(part),
            "names": None if part.against is None else result.evaluation.names(part.against),
            "differences": None if part.against is None else differing(part.against.differences),
            "drops": None if part.leave_out is None else differing(part.leave_out.differences),
        }
        for part, evidence in zip(result.evaluation.parts, result.evidence, strict=True)
    ]
    return _template().render(
        evaluation=result.evaluation,
        parts=parts,
        style=Markup(style),
        style_hash=Markup(_digest(style)),
    )


def tables(figures: Sequence[FigureRow]) -> list[Table]:
    """The figures laid out, in the order of ``TABLES``."""
    found = []
    for name, (title, note) in TABLES.items():
        rows = [x for x in figures if x.table == name]
        columns = tuple(dict.fromkeys(x.figure for x in rows))
        cells = {(x.row, x.figure): x for x in rows}
        if rows:
            body = tuple(
                (row, tuple(cells.get((row, c)) for c in columns)) for row in dict.fromkeys(x.row for x in rows)
            )
            notes = {c: n for c in columns for start, n in COLUMN_NOTES.items() if c.startswith(start)}
            why = tuple(dict.fromkeys(x.reason for x in rows if x.value is not None and x.low is None and x.reason))
            found.append(
                Table(name=name, title=title, note=note, columns=columns, notes=notes, rows=body, without_interval=why)
            )
    return found


def headline(part: Part) -> list[FigureRow]:
    """The figures that decide, as far as the part has them."""
    found = (part.figure(*key) for key in HEADLINE)
    return [x for x in found if x is not None]


def differing(differences: Sequence[Difference]) -> Differences:
    """The differences that there are, with a drawing of each."""
    known = [x for x in differences if x.difference is not None]
    by_table = [(title, [x for x in known if x.table == name]) for name, (title, _) in TABLES.items()]
    return Differences(
        total=len(known),
        better=sum(x.verdict == "better" for x in known),
        worse=sum(x.verdict == "worse" for x in known),
        too_few=sum(x.verdict == "too few groups to tell" for x in known),
        headline=_drawn([x for x in known if (x.table, x.row, x.figure) in HEADLINE]),
        real=_drawn([x for x in known if x.verdict in ("better", "worse")]),
        tables=tuple((title, _drawn(rows)) for title, rows in by_table if rows),
    )


def _drawn(rows: Sequence[Difference]) -> tuple[tuple[Difference, Markup], ...]:
    """All shares on one axis, which reaches as far as the longest interval; times on one of their own."""

    def reach(times: bool) -> float:
        of_kind = [x for x in rows if x.figure.startswith("seconds") == times]
        return max((abs(v) for x in of_kind for v in (x.difference, x.low, x.high) if v is not None), default=0.0)

    reaches = {times: reach(times) for times in (True, False)}
    return tuple(
        (x, whisker(x.difference or 0.0, x.low, x.high, reaches[x.figure.startswith("seconds")], x.verdict))
        for x in rows
    )


def _froc(evaluation: Evaluation, part: Part) -> tuple[Markup, Markup] | None:
    """All objects of interest in bold; a label whose curve is theirs shares their line."""
    if not part.froc:
        return None
    whole, *others = part.froc
    distinct = [c for c in others if _places(c) != _places(whole)]
    alike = [c.of for c in others if c not in distinct]
    name, lines = ", ".join([whole.of, *alike]), [_line(c, style=k) for k, c in enumerate(distinct, 1)]
    if part.against is not None and part.against_froc is not None:
        this, other = evaluation.names(part.against)
        name = f"{name}, {this}"
        lines.append(_line(part.against_froc, style=7, bold=True, name=f"{part.against_froc.of}, {other}"))
    lines.insert(0, _line(whole, bold=True, name=name))
    return curve_plot(lines, _RATES, _PD, (0.1, 0.5)), legend(lines)


def _places(curve: Curve) -> list[tuple[float, float]]:
    return [(p.at, p.pd) for p in curve.points]


def _roc(curve: Curve | None) -> Markup | None:
    return None if curve is None else curve_plot([_line(curve, bold=True)], _PFA, _PD, (0.004, 0.01))


def _line(curve: Curve, *, style: int = 0, bold: bool = False, name: str | None = None) -> Line:
    points = tuple((p.at, p.pd, p.low, p.high) for p in curve.points)
    return Line(name=f"{name or curve.of} (n={curve.count})", points=points, style=style, bold=bold)


def _reliabilities(part: Part) -> dict[str, list[tuple[str, Markup]]]:
    """Each diagram once, under the names of all whose detections are these: those of groups of labels, then those of labels."""
    names: dict[tuple[Bin, ...], list[str]] = {}
    for diagram in part.reliability:
        names.setdefault(diagram.bins, []).append(diagram.of)
    drawn = [(", ".join(of), _reliability(bins)) for bins, of in names.items()]
    return {
        "of_groups": [x for x in drawn if x[0].startswith("all ")],
        "of_labels": [x for x in drawn if not x[0].startswith("all ")],
    }


def _reliability(bins: Sequence[Bin]) -> Markup:
    return reliability_plot(
        [
            (b.mean_probability, b.right.value, b.right.low, b.right.high, b.count)
            for b in bins
            if b.mean_probability is not None and b.right.value is not None
        ]
    )


def _digest(text: str) -> str:
    """What a Content-Security-Policy names an inline style by (W3C CSP Level 3, 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")


def _shipped(name: str) -> str:
    return resources.files("scantally.training.evaluation").joinpath(name).read_text("utf-8")


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_text
    )
    environment.filters.update(words=figure_words)
    return environment.from_string(_shipped("page.html"))


def _text(value: object) -> object:
    """Markup passes; all else is text from somewhere, with control characters written out."""
    return value if isinstance(value, Markup) else visible(str(value))
