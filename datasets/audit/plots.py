"""Plots as inline SVG: bars, histograms and scatters, in a fixed frame, with their numbers in tool tips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

WIDTH, HEIGHT = 420, 230
LEFT, RIGHT, TOP, BOTTOM = 48, 10, 12, 40
BINS = 24
MOST_POINTS = 1500
"""Points of a scatter; of more, every n-th is drawn and the caption says so."""

COLOURS = ("#005a96", "#e69f00", "#00694d", "#8e2c78", "#56b4e9", "#c03a00", "#6b6b6b")
"""Okabe and Ito, some darkened, as on the report's page."""

Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """Values to places along one side of the frame."""

    low: float
    high: float
    log: bool
    start: float
    stop: float

    def place(self, value: float) -> float:
        """Where a value stands, in px; at the border where it lies outside (zero on a logarithmic axis)."""
        low, high, at = (_scaled(x, self.log) for x in (self.low, self.high, min(max(value, self.low), self.high)))
        return self.start + (self.stop - self.start) * (at - low) / (high - low)

    def ticks(self) -> list[float]:
        """Round values along the axis."""
        if self.log:
            powers = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
            steps = (1, 2, 5) if len(powers) <= 3 else (1,)
            return [x for p in powers for s in steps if self.low <= (x := s * 10.0**p) <= self.high]
        step = _round_step((self.high - self.low) / 5)
        return [step * i for i in range(ceil(self.low / step - 1e-9), floor(self.high / step + 1e-9) + 1)]


def bars(rows: Mapping[str, Mapping[str, int]], series: Sequence[str], title: str) -> Markup:
    """Horizontal bars: for each row one of every series, with its number; a row of zeros still stands there."""
    band, gap = 13, 9
    names = max((len(x) for x in rows), default=0)
    left = min(190, 20 + 7 * names)
    height = TOP + sum(band * len(series) + gap for _ in rows) + 4
    most = max((n for row in rows.values() for n in row.values()), default=0) or 1
    parts, y = [], float(TOP)
    for name, row in rows.items():
        shown = name if len(name) <= 24 else name[:23] + "…"
        parts.append(_text(left - 6, y + band * len(series) / 2 + 4, shown, "end"))
        for index, one in enumerate(series):
            count = row.get(one, 0)
            length = (WIDTH - left - 60) * count / most
            box = Markup('<rect x="{}" y="{:.1f}" width="{:.1f}" height="{}" fill="{}"><title>{}</title></rect>')
            colour = COLOURS[index % len(COLOURS)]
            parts.append(box.format(left, y, max(length, 0.8), band - 2, colour, f"{name}, {one}: {count:,}"))
            parts.append(_text(left + length + 4, y + band - 3, f"{count:,}", "start"))
            y += band
        y += gap
    return _svg(parts, title, height)


def histogram(series: Mapping[str, Values], title: str, unit: str, *, log: bool = False, zero: bool = False) -> Markup:
    """Stacked bars of how often values occur, in up to 24 equal steps (equal ratios with ``log``)."""
    filled = {name: values for name, values in series.items() if values.size}
    if not filled:
        return _empty(title)
    x = _axis(np.concatenate(list(filled.values())), log, LEFT, WIDTH - RIGHT, zero)
    edges = np.geomspace(x.low, x.high, BINS + 1) if log else np.linspace(x.low, x.high, BINS + 1)
    counts = {name: np.histogram(np.clip(v, x.low, x.high), edges)[0] for name, v in filled.items()}
    most = max(1, int(np.sum(list(counts.values()), axis=0).max()))
    y = Axis(low=0, high=most, log=False, start=HEIGHT - BOTTOM, stop=TOP)
    parts = _frame(x, y, unit)
    base = np.zeros(BINS)
    for index, (name, count) in enumerate(counts.items()):
        colour = COLOURS[index % len(COLOURS)]
        for number in np.flatnonzero(count):
            low, high = float(edges[number]), float(edges[number + 1])
            top, foot = y.place(float(base[number] + count[number])), y.place(float(base[number]))
            tip = f"{name}: {count[number]:,} from {low:.4g} to {high:.4g}"
            parts.append(_bar(x.place(low), top, x.place(high), foot, colour, tip))
        base += count
    return _svg(parts, title, HEIGHT)


def scatter(series: Mapping[str, tuple[Values, Values]], title: str, units: tuple[str, str], *, log: bool) -> Markup:
    """Points, x and y of each series."""
    filled = {name: xy for name, xy in series.items() if xy[0].size}
    if not filled:
        return _empty(title)
    x = _axis(np.concatenate([a for a, _ in filled.values()]), log, LEFT, WIDTH - RIGHT, False)
    y = _axis(np.concatenate([b for _, b in filled.values()]), log, HEIGHT - BOTTOM, TOP, False)
    parts = _frame(x, y, units[0])
    parts.append(_text(4, 10, units[1], "start"))
    every = max(1, -(-sum(a.size for a, _ in filled.values()) // MOST_POINTS))
    for index, (name, (across, down)) in enumerate(filled.items()):
        dot = Markup('<circle cx="{:.1f}" cy="{:.1f}" r="2.6" fill="{}" fill-opacity=".45"><title>{}</title></circle>')
        for a, b in zip(across[::every], down[::every], strict=True):
            tip = f"{name}: {a:.4g} x {b:.4g}"
            parts.append(dot.format(x.place(float(a)), y.place(float(b)), COLOURS[index % len(COLOURS)], tip))
    note = f"One of {every} is drawn." if every > 1 else ""
    return _svg(parts, title, HEIGHT, note)


def _axis(values: Values, log: bool, start: float, stop: float, zero: bool) -> Axis:
    low, high = float(values.min()), float(values.max())
    if log:
        low, high = max(low, 1e-6), max(high, 1e-6)
        return Axis(low=low / 1.05, high=high * 1.05, log=True, start=start, stop=stop)
    spread = (high - low) or abs(high) or 1.0
    low, high = (0.0, max(high, 1.0)) if zero else (low - 0.03 * spread, high + 0.03 * spread)
    return Axis(low=low, high=high, log=False, start=start, stop=stop)


def _frame(x: Axis, y: Axis, unit: str) -> list[Markup]:
    floor_, parts = HEIGHT - BOTTOM, []
    for value in y.ticks():
        at = y.place(value)
        line = Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>')
        parts += [line.format(LEFT, WIDTH - RIGHT, at, at), _text(LEFT - 5, at + 4, f"{value:,.6g}", "end")]
    for value in x.ticks():
        at = x.place(value)
        line = Markup('<line class="axis" x1="{:.1f}" x2="{:.1f}" y1="{}" y2="{}"/>')
        parts += [line.format(at, at, floor_, floor_ + 4), _text(at, floor_ + 16, f"{value:,.6g}", "middle")]
    line = Markup('<line class="axis" x1="{}" x2="{}" y1="{}" y2="{}"/>')
    return [*parts, line.format(LEFT, WIDTH - RIGHT, floor_, floor_), _text(WIDTH - RIGHT, HEIGHT - 6, unit, "end")]


def _bar(left: float, top: float, right: float, foot: float, colour: str, tip: str) -> Markup:
    box = Markup('<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="{}"><title>{}</title></rect>')
    return box.format(left, top, max(right - left - 0.8, 0.8), foot - top, colour, tip)


def _text(x: float, y: float, words: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, words)


def _svg(parts: Sequence[Markup], title: str, height: float, note: str = "") -> Markup:
    head = Markup('<svg viewBox="0 0 {} {:.0f}" role="img" aria-label="{}">').format(WIDTH, height, title)
    tail = Markup("</svg>") + (Markup("<small>{}</small>").format(note) if note else "")
    return head + Markup("").join(parts) + tail


def _empty(title: str) -> Markup:
    return Markup('<p class="none" aria-label="{}">Nothing to show.</p>').format(title)


def _scaled(value: float, log: bool) -> float:
    return log10(max(value, 1e-12)) if log else value


def _round_step(step: float) -> float:
    power = 10.0 ** floor(log10(step))
    return next(s * power for s in (1, 2, 5, 10) if s * power >= step * (1 - 1e-9))
