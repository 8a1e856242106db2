"""How alike two pictures are, whichever way round: a perceptual hash finds candidates, a small print of the edges decides.

The hash is pHash (Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions"): 64 low frequencies, each above their
median or not. Scans are much alike (each shows a container), so a hash alone joins what does not belong together: a distance of 16 bits, which
copies shifted by 2 % reach, holds 3,299 of the 18,969 pairs of real scans in different groups (docs/data.md). The print keeps edges of the
middle of the scale, bounded so that padding does not outweigh the load, and two prints are correlated over small shifts.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from scantally.detector.formats.picture import AnyArray
from scantally.detector.types import ByteArray, FloatArray

ORIENTATIONS = (
    "as it is",
    "mirrored",
    "upside down",
    "turned by 180°",
    "turned and mirrored",
    "turned by 90°",
    "turned by 270°",
    "turned back and mirrored",
)
"""What was done to a picture: bit 2 of the number transposes it, bit 0 then reverses its columns, bit 1 its rows."""

INVERSE = (0, 1, 2, 3, 4, 6, 5, 7)
"""The orientation that undoes each."""

PRINT = 96
"""Side of a print in px."""

SHIFT = 5
"""Prints are compared over so many px to each side: 5 % of the picture."""

FINE, COARSE = 1.0, 4.0
"""Standard deviations, in px of a print, between which edges are kept."""

BOUND = 2.0
"""Edges count for at most so many times the mean edge: the border of black padding is the strongest edge of many pictures."""

HASH_SIDE = 32
COARSE_SIDE = 16

Hashes = NDArray[np.uint64]
Prints = NDArray[np.int8]


@dataclass(frozen=True, kw_only=True, slots=True)
class Likeness:
    """What a picture is compared by."""

    hashes_8: Hashes  # (8,) one for each orientation of the picture
    print_SS: Prints | None  # (PRINT, PRINT) edges, scaled to fill int8; None for a picture of one grey


def likeness(grey_HW: AnyArray) -> Likeness:
    """Hash and print of a picture of any size and depth."""
    small_SS = cv2.resize(_bytes(grey_HW), (PRINT, PRINT), interpolation=cv2.INTER_AREA).astype(np.float32)
    edges_SS = cv2.GaussianBlur(small_SS, (0, 0), FINE) - cv2.GaussianBlur(small_SS, (0, 0), COARSE)
    most = BOUND * float(np.abs(edges_SS).mean())
    if float(small_SS.std()) < 1.0 or most == 0.0:
        return Likeness(hashes_8=np.zeros(8, np.uint64), print_SS=None)
    bounded_SS = np.clip(edges_SS * np.float32(127 / most), -127, 127)
    return Likeness(hashes_8=_hashes(small_SS), print_SS=np.rint(bounded_SS).astype(np.int8))


def oriented(array_NSS: AnyArray, orientation: int) -> AnyArray:
    """Pictures (..., S, S) in another orientation."""
    if orientation & 4:
        array_NSS = np.swapaxes(array_NSS, -1, -2)
    if orientation & 1:
        array_NSS = array_NSS[..., ::-1]
    if orientation & 2:
        array_NSS = array_NSS[..., ::-1, :]
    return array_NSS


def coarse(prints_NSS: Prints) -> FloatArray:
    """Prints shrunk to a unit vector each, (N, COARSE_SIDE**2), for a first comparison of all with all."""
    side = PRINT // COARSE_SIDE
    blocks = prints_NSS.reshape(-1, COARSE_SIDE, side, COARSE_SIDE, side).astype(np.float32)
    return _unit(blocks.mean(axis=(2, 4)).reshape(len(prints_NSS), -1))


def similarity(first_NSS: Prints, second_NSS: Prints) -> FloatArray:
    """Largest correlation of each pair of prints over shifts of up to SHIFT px, (N,), 1 for equal ones."""
    size = (PRINT, PRINT)
    one, two = (_unit(x.reshape(len(x), -1).astype(np.float32)).reshape(-1, *size) for x in (first_NSS, second_NSS))
    over_NSS = np.fft.irfft2(np.fft.rfft2(one) * np.conj(np.fft.rfft2(two)), s=size)
    near = np.r_[-SHIFT : SHIFT + 1]
    best_N = over_NSS[:, near[:, None], near].reshape(len(over_NSS), -1).max(axis=1)
    return np.asarray(best_N, np.float32)


def _bytes(grey_HW: AnyArray) -> ByteArray:
    """Eight bits for comparing, whatever the depth: the largest value becomes 255."""
    if grey_HW.dtype == np.uint8:
        return grey_HW
    top = float(grey_HW.max())
    return np.asarray(grey_HW * np.float32(255.0 / top if top > 0 else 0.0)).astype(np.uint8)


def _hashes(small_SS: FloatArray) -> Hashes:
    """Turning a picture turns its frequencies: one transform gives the hashes of all eight orientations."""
    low_88 = cv2.dct(cv2.resize(small_SS, (HASH_SIDE, HASH_SIDE), interpolation=cv2.INTER_AREA))[:8, :8]
    return np.array([_pack(_turned(low_88, x)) for x in range(8)], np.uint64)


def _turned(low_88: FloatArray, orientation: int) -> FloatArray:
    """Reversing an axis changes the sign of its odd frequencies (type II cosine transform)."""
    signs_8 = _signs()
    if orientation & 4:
        low_88 = low_88.T
    if orientation & 1:
        low_88 = low_88 * signs_8
    if orientation & 2:
        low_88 = low_88 * signs_8[:, None]
    return low_88


@cache
def _signs() -> FloatArray:
    return np.array([1, -1] * 4, np.float32)


def _pack(low_88: FloatArray) -> np.uint64:
    flat_64 = low_88.ravel()
    bits_64 = flat_64 > np.median(flat_64[1:])
    bits_64[0] = False  # the mean, which brightness changes
    return np.uint64(int.from_bytes(np.packbits(bits_64).tobytes(), "big"))


def _unit(rows_NK: FloatArray) -> FloatArray:
    """Rows without their mean, of length 1."""
    centred_NK = rows_NK - rows_NK.mean(axis=1, keepdims=True)
    length_N = np.maximum(np.linalg.norm(centred_NK, axis=1, keepdims=True), 1e-6)
    return np.asarray(centred_NK / length_N, np.float32)
