"""What went wrong, as the page shows it: each example with its picture and with where its words stand."""

import base64
from dataclasses import dataclass

from markupsafe import Markup

from scantally.detector.types import Box
from scantally.training.evaluation.documents import Example, Marked, Part
from scantally.training.evaluation.evidence import Evidence
from scantally.training.evaluation.examples import pictures
from scantally.training.evaluation.page_words import EXAMPLES, figure_words

_BROAD = 2.2  # a picture this many times as wide as high takes two columns
_LETTERS = 0.6  # width of a letter in parts of its height


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """What is written by the box that a picture is about, in pixels of the scan."""

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """An example with its picture: ``frame`` is what there is of its crop, in pixels of the scan."""

    example: Example
    frame: Box
    picture: Markup
    broad: bool
    boxes: tuple[Marked, ...]
    """In the order of drawing: what the picture is about lies on top."""
    words: tuple[Words, ...]


def galleries(part: Part, evidence: Evidence) -> list[tuple[str, str, list[Shown]]]:
    """Title, note and pictures of each kind of failure of which there are any."""
    made = pictures(part.examples, evidence.judged)
    shown = [_shown(x, frame, raw) for x, (frame, raw) in zip(part.examples, made, strict=True)]
    kinds = [
        (title, note or part.misses, [x for x in shown if x.example.kind == kind])
        for kind, (title, note) in EXAMPLES.items()
    ]
    return [x for x in kinds if x[2]]


def _shown(example: Example, frame: Box, raw: bytes) -> Shown:
    width, height = frame[2] - frame[0], frame[3] - frame[1]
    broad = width > _BROAD * height
    return Shown(
        example=example,
        frame=frame,
        picture=Markup(f"data:image/jpeg;base64,{base64.b64encode(raw).decode('ascii')}"),
        broad=broad,
        boxes=tuple(sorted(example.boxes, key=lambda b: (b.judged, b.what))),
        words=tuple(
            _words(b, text, frame, max(width / (40 if broad else 20), height / 22))
            for b in example.boxes
            if b.judged and (text := _said(example, b))
        ),
    )


def _said(example: Example, box: Marked) -> str:
    if box.score is not None:
        return f"p = {figure_words(box.score)}"
    return "missed" if example.kind == "miss" else ""


def _words(box: Marked, text: str, frame: Box, size: float) -> Words:
    """Above the box, or below it where the picture ends there; always within the picture."""
    x0, y0, _, y1 = box.box
    above, below = y0 - 0.4 * size, min(y1 + 1.1 * size, frame[3] - 0.2 * size)
    y = above if above - size >= frame[1] else below
    x = max(frame[0], min(x0, frame[2] - _LETTERS * size * len(text)))
    return Words(text=text, x=round(x, 1), y=round(y, 1), size=round(size, 1))
