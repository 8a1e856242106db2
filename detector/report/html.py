"""The page: one HTML file that needs no network, no fonts and no other file."""

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from importlib import resources
from math import floor, log10
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from scantally.detector.checks.sentences import percent
from scantally.detector.report.belief_view import WIDTH, belief_views, ticks
from scantally.detector.report.compared_view import comparisons
from scantally.detector.report.document import Report
from scantally.detector.report.heat import heat_pictures
from scantally.detector.report.inspectability_document import blind_outline
from scantally.detector.report.layout import place_tags
from scantally.detector.report.marks import MOST_DRAWN, STYLES, Layer, Mark, label_words, marks, not_drawn, number_of
from scantally.detector.report.page_view import (
    MEANING,
    FindingView,
    counts,
    finding_views,
    papers,
    unjudged,
)
from scantally.detector.report.picture import colour_table, colour_view, grey_view, jpeg, legend, png, scale_for
from scantally.detector.report.text import shorten, visible
from scantally.detector.types import AnomalyMap, Box, ByteArray, Scan, Severity, Verdict

_NOMINAL_WIDTH = 1150  # px of the screen that the picture is at least expected to have: tags are placed for it
_TAG_HEIGHT, _TAG_PAD = 19.0, 10.0  # px at the page's tag font
LONG_TEXT = 280
"""Text from files beyond this many characters is folded."""

_LAYERS = (
    (Layer.FINDINGS, "Findings", True),
    (Layer.NOT_JUDGED, "Not judged", True),
    (Layer.CONTAINERS, "Containers", True),
    (Layer.LOAD, "Load", True),
    (Layer.OBJECTS, "Objects", True),
    (Layer.CLEARED, "Cleared", False),  # off: a box around what is in order hides what is not
)


def render_html(
    report: Report, scan: Scan, grey: ByteArray | None = None, maps: Sequence[AnomalyMap] | None = None
) -> str:
    """The page for a report and the scan it was made from; ``grey`` is its grey view, when it is made already.

    ``maps`` say how strange each place is; None where nothing looked, and then the page has no heat map.

    Every text is escaped, and control and reordering characters are written out (``visible``).
    """
    drawn = marks(report)
    findings = finding_views(report, drawn)
    unit = scan.width / _NOMINAL_WIDTH
    style, script = _shipped("page.css"), _shipped("page.js")
    return _template().render(
        report=report,
        findings=findings,
        unjudged=unjudged(report, findings, drawn),
        papers=papers(report, findings),
        comparisons=comparisons(report, drawn),
        beliefs=belief_views(report),
        chances=ticks(),
        scale_width=WIDTH,
        containers=_containers(report),
        counts=counts(report),
        meaning=MEANING[report.disposition],
        boxes=list(enumerate(drawn)),
        tags=_tags(drawn, unit, report),
        layers=_layers(drawn),
        unit=unit,
        grave=_grave(findings),
        hidden=not_drawn(report),
        most_drawn=MOST_DRAWN,
        shrunk=scale_for(scan),
        grey=_data_uri("image/png", png(grey_view(scan) if grey is None else grey)),
        colour=_data_uri("image/jpeg", jpeg(colour_view(scan))),
        looked=maps is not None,
        heat=[(_data_uri("image/png", one.raw), one.box) for one in heat_pictures(maps or ())],
        blind=[outline for outline in (blind_outline(one) for one in report.inspectability if one) if outline],
        sized=any(report.inspectability),
        stops=_stops(),
        ticks=legend(scan),
        style=Markup(style),
        script=Markup(script),
        style_hash=_hash(style),
        script_hash=_hash(script),
    )


def _grave(findings: list[FindingView]) -> int | None:
    """The number of the first finding that asks for inspection by itself."""
    asked = (x for x in findings if x.finding.verdict is Verdict.SUSPECT and x.finding.severity is Severity.HIGH)
    return next((x.number for x in asked), None)


def _containers(report: Report) -> list[tuple[str | None, str | None, bool]]:
    """Number, size and type of each container, and whether they are known from its papers alone."""
    rows = []
    for index, container in enumerate(report.containers):
        papers = None
        if report.manifest is not None and container.manifest is not None:
            papers = report.manifest.containers[container.manifest]
        kind = container.size_type or (papers.size_type if papers else None)
        number = number_of(report, index)
        rows.append((number, kind, number is not None and container.number is None))
    return rows


def _layers(drawn: list[Mark]) -> list[dict[str, Any]]:
    """The switches: name, words, whether it starts on, how many boxes it shows."""
    return [
        {"name": layer.value, "words": words, "on": on, "count": sum(mark.layer is layer for mark in drawn)}
        for layer, words, on in _LAYERS
    ]


def _tags(drawn: list[Mark], unit: float, report: Report) -> list[dict[str, Any]]:
    """Where each tag is pinned (scan pixels), and its rectangle from there in pixels of the screen."""

    def size(tag: str) -> tuple[float, float]:
        return (_text_width(tag) + _TAG_PAD) * unit, _TAG_HEIGHT * unit

    frame = (0.0, 0.0, float(report.scan.width), float(report.scan.height))
    places = place_tags(drawn, size, frame)
    return [_pinned(mark, place, unit) for mark, place in zip(drawn, places, strict=True)]


def _text_width(text: str) -> float:
    """About how wide a bold sans serif of 12.5 px writes it; the page then makes it exactly so (textLength)."""
    return sum(8.8 if c.isupper() or c.isdigit() else 4.4 if c in " .,:ijl" else 7.8 for c in text)


def _pinned(mark: Mark, place: Box, unit: float) -> dict[str, Any]:
    """Pinned by the corner that is nearest to its box, so that it stays with the box when the picture is enlarged."""
    right = abs(place[2] - mark.box[2]) < abs(place[0] - mark.box[0])
    above = abs(place[3] - mark.box[1]) < 1e-3 or abs(place[3] - mark.box[3]) < 1e-3
    width, height = (place[2] - place[0]) / unit, (place[3] - place[1]) / unit
    return {
        "x": place[2] if right else place[0],
        "y": place[3] if above else place[1],
        "left": -width if right else 0.0,
        "top": -height if above else 0.0,
        "width": width,
        "height": height,
        "text": width - _TAG_PAD,
    }


def _stops() -> list[tuple[float, str]]:
    """The colour scale at 33 places, as (share, #rrggbb)."""
    table = colour_table()
    picked = [(i / 32, table[round(i * 255 / 32)]) for i in range(33)]
    return [(at, f"#{int(c[2]):02x}{int(c[1]):02x}{int(c[0]):02x}") for at, c in picked]


def _data_uri(kind: str, raw: bytes) -> Markup:
    return Markup(f"data:{kind};base64,{base64.b64encode(raw).decode('ascii')}")


def _hash(text: str) -> Markup:
    """What a Content-Security-Policy (W3C CSP Level 3, 2.3.1) names an inline script or style by."""
    return Markup("sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii"))


def _shipped(name: str) -> str:
    return resources.files("scantally.detector.report").joinpath(name).read_text("utf-8")


@lru_cache(maxsize=1)
def _template() -> Template:
    """The page's template. ``finalize`` sees every value before it is escaped: no text can be forgotten."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_shown
    )
    environment.filters.update(
        percent=percent, shorten=shorten, words=label_words, px=_px, amount=_amount, trans=_trans
    )
    environment.globals.update(styles=STYLES, long_text=LONG_TEXT, Verdict=Verdict)
    return environment.from_string(_shipped("page.html"))


def _shown(value: object) -> object:
    """Markup passes; all else is text from somewhere."""
    return value if isinstance(value, Markup) else visible(str(value))


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _amount(value: float | None) -> str:
    """A quantity with thousands set apart: ``18,200`` or ``6,400.5``; a dash where the papers say nothing."""
    return "–" if value is None else f"{value:,.3f}".rstrip("0").rstrip(".")


def _trans(value: float) -> str:
    return f"{100 * value:.{max(0, 1 - floor(log10(100 * value)))}f} %"
