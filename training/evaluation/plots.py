"""Plots as SVG text: curves on a logarithmic axis, reliability diagrams, differences with their intervals.

Drawn here rather than by a plotting library: the page then needs no fonts, follows its style sheet and stays small.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

from markupsafe import Markup, escape

WIDTH, HEIGHT = 560, 330
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 12, 44
STYLES = (
    ("#000000", ""),
    ("#0072b2", ""),
    ("#d55e00", ""),
    ("#009e73", ""),
    ("#cc79a7", ""),
    ("#7a5c00", ""),
    ("#0072b2", "6 3"),
    ("#d55e00", "6 3"),
    ("#009e73", "6 3"),
    ("#cc79a7", "6 3"),
    ("#7a5c00", "6 3"),
    ("#56b4e9", "2 3"),
)
"""Colours of Okabe and Ito and dashes, so that neither alone tells two lines apart."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of (x, y, low, high); intervals are drawn as a band where there are any."""

    name: str
    points: tuple[tuple[float, float, float | None, float | None], ...]
    style: int = 0
    bold: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """An axis from low to high: linear, or logarithmic."""

    low: float
    high: float
    words: str
    ticks: tuple[float, ...]
    log: bool = False

    def share(self, value: float) -> float:
        """Where a value lies, from 0 to 1; values beyond the ends lie on them."""
        if self.log:
            value, low, high = log10(max(value, self.low)), log10(self.low), log10(self.high)
        else:
            low, high = self.low, self.high
        return min(1.0, max(0.0, (value - low) / (high - low)))


UNIT_TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)


def curve_plot(lines: Sequence[Line], x: Axis, y: Axis, marks: Sequence[float] = (), names: bool = False) -> Markup:
    """Lines over an x axis, with dotted verticals at ``marks``; with ``names`` in the lower right corner, where a page has no legend."""
    parts = [_frame(x, y)]
    for at in marks:
        place = _x(x, at)
        parts.append(f'<line class="mark-line" x1="{place:.1f}" x2="{place:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
    for line in lines:
        band = [p for p in line.points if p[2] is not None and p[3] is not None]
        if len(band) > 1:
            upper = [f"{_x(x, p[0]):.1f},{_y(y, p[3] or 0.0):.1f}" for p in band]
            lower = [f"{_x(x, p[0]):.1f},{_y(y, p[2] or 0.0):.1f}" for p in reversed(band)]
            parts.append(f'<polygon points="{" ".join(upper + lower)}" fill="{_colour(line)}" opacity="0.13"/>')
    for line in lines:
        points = " ".join(f"{_x(x, px):.1f},{_y(y, py):.1f}" for px, py, _, _ in line.points)
        width = 3 if line.bold else 1.6
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{_colour(line)}" stroke-width="{width}"'
            f' stroke-dasharray="{STYLES[line.style % len(STYLES)][1]}"/>'
        )
    parts += _names(lines) if names else []
    return _svg(parts, f"{y.words} over {x.words}")


def _names(lines: Sequence[Line]) -> list[str]:
    """What the lines are, one above another in the lower right corner of the picture."""
    found, right = [], WIDTH - RIGHT - 12
    for k, line in enumerate(reversed(lines)):
        at = HEIGHT - BOTTOM - 12 - 16 * k
        found.append(f'<text x="{right - 36}" y="{at}" text-anchor="end">{escape(line.name)}</text>')
        found.append(
            f'<line x1="{right - 30}" x2="{right}" y1="{at - 4}" y2="{at - 4}" stroke="{_colour(line)}"'
            f' stroke-width="{3 if line.bold else 1.8}" stroke-dasharray="{STYLES[line.style % len(STYLES)][1]}"/>'
        )
    return found


def legend(lines: Sequence[Line]) -> Markup:
    """A list of what the lines are."""
    rows = [
        f'<li><svg width="30" height="10" aria-hidden="true"><line x1="0" x2="30" y1="5" y2="5" stroke="{_colour(line)}"'
        f' stroke-width="{3 if line.bold else 1.8}" stroke-dasharray="{STYLES[line.style % len(STYLES)][1]}"/></svg>'
        f" {escape(line.name)}</li>"
        for line in lines
    ]
    return Markup(f'<ul class="legend">{"".join(rows)}</ul>')


def reliability_plot(bins: Sequence[tuple[float, float, float | None, float | None, int]]) -> Markup:
    """Points of (mean probability, share right, low, high, count) and the diagonal on which they should lie."""
    x = Axis(low=0.0, high=1.0, words="mean probability", ticks=UNIT_TICKS)
    y = Axis(low=0.0, high=1.0, words="share that is right", ticks=UNIT_TICKS)
    parts = [_frame(x, y)]
    diagonal = f'x1="{_x(x, 0):.1f}" y1="{_y(y, 0):.1f}" x2="{_x(x, 1):.1f}" y2="{_y(y, 1):.1f}"'
    parts.append(f'<line class="mark-line" {diagonal}/>')
    for probability, share, low, high, count in bins:
        px = _x(x, probability)
        if low is not None and high is not None:
            parts.append(
                f'<line class="whisker" x1="{px:.1f}" x2="{px:.1f}" y1="{_y(y, low):.1f}" y2="{_y(y, high):.1f}"/>'
            )
        parts.append(f'<circle cx="{px:.1f}" cy="{_y(y, share):.1f}" r="4.5" fill="#0072b2"/>')
        below = -8 if share < 0.1 else 13
        parts.append(f'<text class="small" x="{px + 7:.1f}" y="{_y(y, share) + below:.1f}">{count:,}</text>')
    return _svg(parts, "share right over probability")


def whisker(value: float, low: float | None, high: float | None, reach: float, verdict: str) -> Markup:
    """A difference and its interval on a line from -reach to reach, with 0 in the middle."""

    def place(v: float) -> float:
        return 80 + 76 * min(1.0, max(-1.0, v / reach)) if reach > 0 else 80.0

    colour = {"better": "#00694d", "worse": "#c03a00"}.get(verdict, "#545b63")
    parts = ['<line class="mark-line" x1="80" x2="80" y1="0" y2="16"/>']
    if low is not None and high is not None:
        parts.append(
            f'<line x1="{place(low):.1f}" x2="{place(high):.1f}" y1="8" y2="8" stroke="{colour}" stroke-width="2"/>'
        )
    parts.append(f'<circle cx="{place(value):.1f}" cy="8" r="4" fill="{colour}"/>')
    return Markup(
        f'<svg class="whisker" viewBox="0 0 160 16" width="160" height="16" aria-hidden="true">{"".join(parts)}</svg>'
    )


def _colour(line: Line) -> str:
    return STYLES[line.style % len(STYLES)][0]


def _x(axis: Axis, value: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * axis.share(value)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * axis.share(value)


def _frame(x: Axis, y: Axis) -> str:
    """Both axes with ticks, grid and words."""
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = [f'<rect class="frame" x="{LEFT}" y="{TOP}" width="{right - LEFT}" height="{bottom - TOP}"/>']
    for tick in x.ticks:
        at = _x(x, tick)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{bottom}"/>')
        parts.append(f'<text x="{at:.1f}" y="{bottom + 16}" text-anchor="middle">{tick:g}</text>')
    for tick in y.ticks:
        at = _y(y, tick)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{tick:g}</text>')
    middle = (TOP + bottom) / 2
    parts.append(f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{escape(x.words)}</text>')
    parts.append(
        f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{escape(y.words)}</text>'
    )
    return "".join(parts)


def _svg(parts: Sequence[str], words: str) -> Markup:
    inside = "".join(parts)
    return Markup(
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(words)}">{inside}</svg>'
    )
