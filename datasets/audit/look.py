"""What an audit sees of one picture file: whether it decodes, its digests, its grey values, and what it is compared by."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from scantally.datasets.audit.decode import Damage, DamagedError, Grey, decode
from scantally.datasets.audit.likeness import Likeness, likeness
from scantally.detector.config.files import read_bytes, sha256
from scantally.detector.config.iso6346 import number_problem
from scantally.detector.config.limits import Limits
from scantally.detector.config.scanners import Polarity
from scantally.detector.errors import InputError
from scantally.detector.formats.picture import AnyArray
from scantally.detector.imaging.openbeam import infer_polarity

NUMBER = re.compile(r"(?<![A-Z])[A-Z]{3}[UJZ][ _-]?\d{6}[ _-]?\d(?!\d)")
"""A container number (ISO 6346) inside a longer name; its check digit is tested afterwards."""

BLACK = 0.04
"""Shares of the full scale below it are black, as ``infer_polarity`` takes padding; JPEG stores no true zero beside an edge."""

_FIRST, _LAST = slice(None, 2), slice(-2, None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A picture that decodes whole."""

    width: int
    height: int
    bits: int
    sha256: str  # of the file's bytes
    pixels_sha256: str  # of the grey values, their shape and depth
    mean: float  # grey as shown, as a share of the largest that the depth holds, or of the largest there where it holds more
    polarity: Polarity | None  # how dense cargo looks; None where it is not clear
    black_corners: bool  # a border, or what a rotation left behind
    refused: str | None
    container_numbers: tuple[str, ...]
    likeness: Likeness


@dataclass(frozen=True, kw_only=True, slots=True)
class Damaged:
    """A picture that does not decode whole, and why."""

    damage: Damage
    problem: str


Look = Seen | Damaged


def look_at(path: Path, name: str, limits: Limits) -> Look:
    """Read and decode one file. A damaged one is an answer, not an error.

    Args:
        path: The file.
        name: What it was called before the import, where a container's number may stand.
        limits: Bounds on what is read.

    Raises:
        MissingExtraError: the decoder is not installed.
    """
    if not path.is_file():
        return Damaged(damage="missing", problem="no such file")
    try:
        raw = read_bytes(path, InputError, limits.max_scan_bytes)
        grey = decode(raw, path.name, limits)
    except InputError as e:
        return Damaged(damage="unreadable", problem=e.problem)
    except DamagedError as e:
        return Damaged(damage=e.damage, problem=str(e))
    return _seen(grey, sha256(raw), name)


def numbers_in(name: str) -> tuple[str, ...]:
    """Container numbers with a right check digit that stand in a name, in order."""
    found = (re.sub(r"[ _-]", "", x) for x in NUMBER.findall(name.upper()))
    return tuple(dict.fromkeys(x for x in found if number_problem(x) is None))


def _seen(grey: Grey, digest: str, name: str) -> Seen:
    height, width = grey.grey_HW.shape
    shown_HW = _shown(grey)
    return Seen(
        width=width,
        height=height,
        bits=grey.bits,
        sha256=digest,
        pixels_sha256=_pixels_sha256(grey.grey_HW),
        mean=float(shown_HW.mean()),
        polarity=grey.polarity or _polarity(shown_HW),
        black_corners=_black_corners(shown_HW),
        refused=grey.refused,
        container_numbers=tuple(dict.fromkeys((*grey.container_numbers, *numbers_in(name)))),
        likeness=likeness(grey.grey_HW),
    )


def _shown(grey: Grey) -> AnyArray:
    """Shares of the full scale, float32, about a quarter of the size where the picture is large, (h, w)."""
    top = 255.0 if grey.bits == 8 else max(float(grey.grey_HW.max()), 1e-6)
    height, width = grey.grey_HW.shape
    if min(height, width) >= 256:  # means over whole blocks keep the air above a container apart from its roof
        size = (width // 2, height // 2)
        shown_HW = cv2.resize(grey.grey_HW, size, interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(top)
    else:
        shown_HW = grey.grey_HW.astype(np.float32) / np.float32(top)
    return np.asarray(1 - shown_HW if grey.inverted else shown_HW)


def _polarity(shown_HW: AnyArray) -> Polarity | None:
    """As reading a scan judges it: padding left out, the top of a picture shows air."""
    found, clear = infer_polarity(shown_HW)
    return found if clear else None


def _black_corners(shown_HW: AnyArray) -> bool:
    """Whether at least two corners are as good as black: turning a picture leaves such corners, and so does a border."""
    corners_4 = [shown_HW[rows, columns] for rows in (_FIRST, _LAST) for columns in (_FIRST, _LAST)]
    return sum(bool(corner.max() < BLACK) for corner in corners_4) >= 2


def _pixels_sha256(grey_HW: AnyArray) -> str:
    digest = hashlib.sha256(f"{grey_HW.shape} {grey_HW.dtype}".encode())
    digest.update(np.ascontiguousarray(grey_HW).data)
    return digest.hexdigest()
