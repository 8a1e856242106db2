"""Boxes as a report writes them."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from scantally.detector.types import Box

BOX_DIGITS = 1  # a tenth of a pixel: below what a network's box means, and equal on one kind of processor

Finite = Annotated[float, Field(allow_inf_nan=False)]
PixelBox = tuple[Finite, Finite, Finite, Finite]


def rounded_boxes(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """Boxes in pixels of the scan, each rounded."""
    return tuple(rounded_box(box) for box in boxes)


def rounded_box(box: Box) -> Box:
    """One box in pixels of the scan, rounded to tenths."""
    # Adding zero turns -0.0 into 0.0, which would otherwise be written with its sign.
    x0, y0, x1, y1 = (round(float(v), BOX_DIGITS) + 0.0 for v in box)
    return x0, y0, x1, y1
