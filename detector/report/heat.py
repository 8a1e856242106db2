"""The heat map: how strange each place of the scan is, as a picture that lies over it."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from scantally.detector.report.picture import png
from scantally.detector.types import AnomalyMap, Box

FAINTEST = 0.35
"""Of the scale of scores: below, nothing is drawn. A clean scan then shows about one such place."""

_STRONGEST = 150  # of 255: the picture under it must stay readable
_FINER = 4  # cells are drawn so many times finer, so that they do not look like pixels of the scan
_COOL, _HOT = np.array((0, 190, 255), np.float32), np.array((0, 0, 225), np.float32)  # BGR: amber to red


@dataclass(frozen=True, kw_only=True, slots=True)
class Heat:
    """A picture with an alpha channel as PNG, and the place that it covers, in pixels of the scan."""

    raw: bytes
    box: Box


def heat_pictures(maps: Sequence[AnomalyMap]) -> list[Heat]:
    """A picture of each map in which anything is to be drawn."""
    return [
        Heat(raw=png(_painted(one)), box=one.box) for one in maps if float(one.score_hw.max(initial=0.0)) > FAINTEST
    ]


def _painted(one: AnomalyMap) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """(h, w, 4) uint8 BGRA: the stranger, the redder and the less transparent."""
    rows, columns = one.score_hw.shape
    fine = cv2.resize(one.score_hw, (columns * _FINER, rows * _FINER), interpolation=cv2.INTER_LINEAR)
    share = np.clip((fine - FAINTEST) / (1.0 - FAINTEST), 0.0, 1.0)[..., None]
    colour = _COOL * (1.0 - share) + _HOT * share
    return np.concatenate([colour, share**0.7 * _STRONGEST], axis=2).round().astype(np.uint8)
