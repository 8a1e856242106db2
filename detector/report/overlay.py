"""The picture that stands for the report where no page can be shown: the scan with its boxes, named and hatched."""

import io
from collections.abc import Iterator
from functools import lru_cache

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from scantally.detector.report.document import Report
from scantally.detector.report.layout import place_tags
from scantally.detector.report.marks import DISPOSITION_STYLES, STYLES, Layer, Mark, Style, marks, not_drawn, number_of
from scantally.detector.report.page_view import counts
from scantally.detector.report.picture import MAX_PIXELS
from scantally.detector.report.text import shorten, visible
from scantally.detector.types import Box, ByteArray

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

_NOMINAL_WIDTH = 1200  # px: sizes below are chosen for a picture this wide and grow with it
_NOMINAL_HEIGHT = 300  # px: a very wide scan must not drown in its tags
_TEXT = 13
_PAD = 4
_BAR = 34
_HATCH = 14

_KEY = (
    ("suspect", "SUSPECT"),
    ("unknown", "UNKNOWN"),
    ("clear", "CLEAR"),
    (Layer.NOT_JUDGED, "not judged"),
    (Layer.CONTAINERS, "container"),
    (Layer.LOAD, "load"),
    (Layer.OBJECTS, "object"),
)


def render_overlay(report: Report, grey: ByteArray) -> bytes:
    """PNG of the grey view, (h, w) uint8 of any scale, under all boxes, with a head line and a key.

    What is CLEAR is left out of the picture, so that what is not CLEAR can be seen.
    """
    picture = _at_least(grey, _NOMINAL_WIDTH)
    unit = min(picture.width / _NOMINAL_WIDTH, max(1.0, picture.height / _NOMINAL_HEIGHT))
    shown = [mark for mark in marks(report) if mark.layer is not Layer.CLEARED]
    _draw_marks(picture, shown, picture.width / report.scan.width, unit)
    bar = round(_BAR * unit)
    canvas = Image.new("RGB", (picture.width, picture.height + 2 * bar), "#ffffff")
    canvas.paste(picture, (0, bar))
    _draw_head(canvas, report, unit)
    _draw_key(canvas, report, shown, unit)
    out = io.BytesIO()
    canvas.save(out, "PNG", compress_level=4)
    return out.getvalue()


def _at_least(grey: ByteArray, width: int) -> Image.Image:
    """The picture in RGB; small ones are enlarged, so that tags do not cover them."""
    factor = min(width / grey.shape[1], (MAX_PIXELS / grey.size) ** 0.5)
    if factor > 1:
        size = (round(grey.shape[1] * factor), round(grey.shape[0] * factor))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC)
    return Image.fromarray(grey).convert("RGB")


def _draw_marks(picture: Image.Image, shown: list[Mark], scale: float, unit: float) -> None:
    draw, font = ImageDraw.Draw(picture), _font(round(_TEXT * unit))
    pad = _PAD * unit
    placed = [
        Mark(layer=m.layer, style=m.style, box=_scaled(m.box, scale), tag=m.tag, findings=m.findings) for m in shown
    ]

    def size(tag: str) -> tuple[float, float]:
        return draw.textlength(tag, font=font) + 2 * pad, _TEXT * unit * 1.2 + 1.5 * pad

    frame = (0.0, 0.0, float(picture.width), float(picture.height))
    tags = place_tags(placed, size, frame)
    for mark in placed:
        if mark.hatched:
            _hatch(picture, mark.box, STYLES[mark.style].colour, unit)
        _outline(draw, mark.box, STYLES[mark.style], unit)
    for mark, place in zip(placed, tags, strict=True):
        style = STYLES[mark.style]
        draw.rectangle(place, fill=style.colour, outline="#ffffff", width=max(1, round(unit / 2)))
        middle = (place[1] + place[3]) / 2
        draw.text((place[0] + pad, middle), mark.tag, font=font, fill=style.ink, anchor="lm")


def _outline(draw: ImageDraw.ImageDraw, box: Box, style: Style, unit: float) -> None:
    """A box in its colour on a white casing: one of the two stands out from any grey."""
    width = max(2, round(style.width * unit))
    draw.rectangle(box, outline="#ffffff", width=width + 2 * max(1, round(unit)))
    inner = max(1, round(unit))
    x0, y0, x1, y1 = box[0] + inner, box[1] + inner, box[2] - inner, box[3] - inner
    if x1 - x0 < 2 * width or y1 - y0 < 2 * width:
        draw.rectangle(box, outline=style.colour, width=max(1, width // 2))
        return
    for ax, ay, bx, by in ((x0, y0, x1, y0), (x0, y1 - width, x1, y1 - width)):
        for start, end in _dashes(ax, bx, style.dash, unit):
            draw.rectangle((start, ay, end, by + width), fill=style.colour)
    for ax, ay, _, by in ((x0, y0, x0, y1), (x1 - width, y0, x1 - width, y1)):
        for start, end in _dashes(ay, by, style.dash, unit):
            draw.rectangle((ax, start, ax + width, end), fill=style.colour)


def _dashes(start: float, end: float, dash: tuple[int, ...], unit: float) -> Iterator[tuple[float, float]]:
    if not dash:
        yield start, end
        return
    on, off = dash[0] * unit, dash[1] * unit
    while start < end:
        yield start, min(start + on, end)
        start += on + off


def _hatch(picture: Image.Image, box: Box, colour: str, unit: float) -> None:
    """Diagonal lines in a colour between white ones, cut off at the box."""
    x0, y0 = round(box[0]), round(box[1])
    x1, y1 = max(x0 + 1, round(box[2])), max(y0 + 1, round(box[3]))
    rows, columns = np.ogrid[y0:y1, x0:x1]
    # Along x + y = constant; a step across the lines is sqrt 2 of it, which the shares below take in.
    phase = (rows + columns) % (_HATCH * unit) / unit
    for paint, low, high in (("#ffffff", 0.0, 5.6), (colour, 1.4, 4.2)):
        picture.paste(paint, (x0, y0), Image.fromarray((phase >= low) & (phase < high)))


def _draw_head(canvas: Image.Image, report: Report, unit: float) -> None:
    """Disposition, file and containers on the left; whose decision it is on the right."""
    draw, bar, style = ImageDraw.Draw(canvas), round(_BAR * unit), DISPOSITION_STYLES[report.disposition]
    draw.rectangle((0, 0, canvas.width, bar), fill=style.colour)
    big, small = _font(round(18 * unit)), _font(round(_TEXT * unit))
    word = report.disposition.value.upper()
    draw.text((10 * unit, bar / 2), word, font=big, fill=style.ink, anchor="lm")
    closing = "Scantally proposes. A human decides."
    left = 30 * unit + draw.textlength(word, font=big)
    right = canvas.width - draw.textlength(closing, font=small) - 30 * unit
    numbers = [number_of(report, i) for i in range(len(report.containers))]
    text = " · ".join([shorten(visible(report.source), 60), *(visible(n) for n in numbers if n)])
    while text and left + draw.textlength(text, font=small) > right:
        text = shorten(text, len(text) - 1) if len(text) > 1 else ""
    draw.text((left, bar / 2), text, font=small, fill=style.ink, anchor="lm")
    draw.text((canvas.width - 10 * unit, bar / 2), closing, font=small, fill=style.ink, anchor="rm")


def _draw_key(canvas: Image.Image, report: Report, shown: list[Mark], unit: float) -> None:
    """A swatch and a word for each style that is in the picture, and how many findings there are of each verdict."""
    draw, font, bar = ImageDraw.Draw(canvas), _font(round(_TEXT * unit)), round(_BAR * unit)
    present, x, middle = {mark.style for mark in shown}, 10 * unit, canvas.height - bar / 2
    for style, word in _KEY:
        if style in present:
            swatch = (x, middle - 8 * unit, x + 26 * unit, middle + 8 * unit)
            if style is Layer.NOT_JUDGED:
                _hatch(canvas, swatch, STYLES[style].colour, unit / 2)
            _outline(draw, swatch, STYLES[style], unit)
            draw.text((x + 32 * unit, middle), word, font=font, fill="#000000", anchor="lm")
            x += 48 * unit + draw.textlength(word, font=font)
    # All findings, with boxes or without: a picture without boxes is not a scan without findings.
    text = "Findings: " + ", ".join(f"{n} {verdict}" for verdict, n in counts(report))
    if hidden := not_drawn(report):
        text = f"{hidden} fainter detections not drawn. {text}"
    draw.text((canvas.width - 10 * unit, middle), text, font=font, fill="#000000", anchor="rm")


def _scaled(box: Box, scale: float) -> Box:
    return box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale


@lru_cache(maxsize=8)
def _font(size: int) -> Font:
    """Pillow's own font, so that the picture does not depend on what is installed."""
    return ImageFont.load_default(max(1, size))
