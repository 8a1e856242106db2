"""The audit as one HTML page that needs no network, no script and no other file."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

import numpy as np
from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from scantally.datasets.audit.context import Context
from scantally.datasets.audit.document import Audit, Example, Finding, Quantiles
from scantally.datasets.audit.figures import WHERES, sizes
from scantally.datasets.audit.kinds import KINDS
from scantally.datasets.audit.plots import COLOURS, bars, histogram, scatter
from scantally.datasets.audit.run import Result
from scantally.datasets.audit.text import VERDICTS
from scantally.datasets.audit.thumbs import thumbnail
from scantally.detector.report.text import shorten, visible

EXAMPLES = 8
"""Examples of one finding that the page shows; audit.json lists up to a thousand."""

PICTURES = 3
"""Thumbnails of one example."""

MOST_THUMBS = 120
"""Thumbnails of a page, about 6 KB each."""

NO_PICTURE = {"file_missing", "file_truncated", "file_unreadable", "no_split"}
"""Kinds whose pictures cannot be shown, or would tell nothing."""

MOST_SERIES = len(COLOURS) - 1
"""Labels or scanners with a colour of their own; the rest share the last."""

REST = "all others"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """An example with its thumbnails; None for a picture that cannot be decoded or would be one too many."""

    example: Example
    thumbs: tuple[Markup | None, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One finding on the page."""

    number: int
    finding: Finding
    title: str
    shown: tuple[Shown, ...]


def render_page(result: Result) -> str:
    """The page of an audit. Every text is escaped, and control and reordering characters are written out."""
    style = _shipped("page.css")
    names = sorted(result.context.names.values())
    return _template().render(
        audit=result.audit,
        meaning=VERDICTS[result.audit.verdict],
        cards=list(_cards(result)),
        plots=list(_plots(result)),
        labels_legend=_legend(_series(result.audit, names)),
        scanner_legend=_legend(_scanner_series(result.audit)),
        wheres=[x for x in WHERES if x in result.audit.figures.splits],
        info=result.context.dataset.info,
        style=Markup(style),
        style_hash=_hash(style),
    )


def _cards(result: Result) -> Iterator[Card]:
    left = MOST_THUMBS
    for number, finding in enumerate(result.audit.findings, start=1):
        shown = []
        for example in finding.examples[:EXAMPLES]:
            wanted = 0 if finding.kind in NO_PICTURE else min(left, PICTURES, len(example.files))
            shown.append(_shown(result.context, example, wanted))
            left -= wanted
        yield Card(number=number, finding=finding, title=KINDS[finding.kind].title, shown=tuple(shown))


def _shown(context: Context, example: Example, wanted: int) -> Shown:
    """The box is drawn on the example's first picture alone: it is the one that has it."""
    boxes = [example.box, *([None] * len(example.files))]
    files = example.files[:wanted]
    return Shown(
        example=example, thumbs=tuple(thumbnail(context.folder / f, b) for f, b in zip(files, boxes, strict=False))
    )


def _plots(result: Result) -> Iterator[tuple[str, str, Markup]]:
    """Caption, what to read from it, and the plot."""
    audit, context = result.audit, result.context
    figures = audit.figures
    series = _series(audit, sorted(context.names.values()))
    found = {name: [sizes(context, label) for label in labels] for name, labels in series.items()}
    width, height, share = (
        {name: np.concatenate([getattr(s, what) for s in parts]) for name, parts in found.items()}
        for what in ("width_px", "height_px", "share")
    )
    balance = {name: {str(k): n for k, n in x.by_split.items()} for name, x in figures.labels.items()}
    splits = [x for x in WHERES if x in figures.splits]
    yield "Boxes per label and split", "by split", bars(balance, splits, "Boxes per label and split")
    side = {name: np.sqrt(width[name] * height[name]) for name in found}
    yield "Box size", "by label", histogram(side, "Box size", "root of the area, px", log=True)
    yield "Box as a share of the picture", "by label", histogram(share, "Share", "share of the area", log=True)
    aspect = {name: width[name] / height[name] for name in found}
    yield "Box aspect", "by label", histogram(aspect, "Box aspect", "width to height", log=True)
    both = {name: (width[name], height[name]) for name in found}
    yield "Box width and height", "by label", scatter(both, "Boxes", ("width, px", "height, px"), log=True)
    yield from _of_pictures(result)


def _of_pictures(result: Result) -> Iterator[tuple[str, str, Markup]]:
    """Plots by scanner."""
    context, series = result.context, _scanner_series(result.audit)
    of = {scanner: name for name, scanners in series.items() for scanner in scanners}
    rows: dict[str, list[tuple[float, float, float]]] = {name: [] for name in series}
    for index, image in enumerate(context.dataset.images):
        look = context.seen(index)
        if look is not None:
            rows[of[image.scanner]].append((look.width, look.height, look.mean))
    table = {name: np.array(x, np.float64).reshape(-1, 3) for name, x in rows.items()}
    sizes_ = {name: (x[:, 0], x[:, 1]) for name, x in table.items()}
    yield "Picture width and height", "by scanner", scatter(sizes_, "Pictures", ("width, px", "height, px"), log=False)
    grey = {name: x[:, 2] for name, x in table.items()}
    words = "mean grey, share of the full scale"
    yield "Brightness of pictures", "by scanner", histogram(grey, "Brightness", words)


def _series(audit: Audit, names: list[str]) -> dict[str, list[str]]:
    """The most frequent labels each by itself, the rest together."""
    ordered = sorted(names, key=lambda x: (-audit.figures.labels[x].boxes, x))
    return _grouped(ordered)


def _scanner_series(audit: Audit) -> dict[str, list[str]]:
    return _grouped(sorted(audit.figures.scanners, key=lambda x: (-sum(audit.figures.scanners[x].values()), x)))


def _grouped(ordered: list[str]) -> dict[str, list[str]]:
    series = {name: [name] for name in ordered[:MOST_SERIES]}
    if len(ordered) > MOST_SERIES:
        series[REST] = ordered[MOST_SERIES:]
    return series


def _legend(series: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(name, COLOURS[index]) for index, name in enumerate(series)]


def _quantiles(value: Quantiles) -> str:
    if value.median is None:
        return "–"
    return f"{value.q05:,.4g} / {value.median:,.4g} / {value.q95:,.4g}"


def _advice(text: str) -> Markup:
    """Our own sentence; what stands in backticks is code."""
    parts = text.split("`")
    return Markup("").join(Markup("<code>{}</code>").format(x) if i % 2 else x for i, x in enumerate(parts))


def _hash(text: str) -> Markup:
    """What a Content-Security-Policy (W3C CSP Level 3, 2.3.1) names an inline style by."""
    return Markup("sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii"))


def _shipped(name: str) -> str:
    return resources.files("scantally.datasets.audit").joinpath(name).read_text("utf-8")


@lru_cache(maxsize=1)
def _template() -> Template:
    """The page's template. ``finalize`` sees every value before it is escaped: no text can be forgotten."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_plain
    )
    environment.filters.update(shorten=shorten, quantiles=_quantiles)
    environment.globals.update(split_colour=COLOURS.__getitem__, advice=_advice)
    return environment.from_string(_shipped("page.html"))


def _plain(value: object) -> object:
    """Markup passes; all else is text from somewhere."""
    return value if isinstance(value, Markup) else visible(str(value))
