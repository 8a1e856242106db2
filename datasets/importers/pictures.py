"""One picture file on its way into a dataset: checked by its header, hashed, copied or linked, and made grey where it is in colours.

The work of a thread: decoding, hashing and writing all let other threads run. A grey JPEG is not decoded here; whether all its data
decode is for ``scantally data audit``.
"""

import io
import os
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import cast

import numpy as np

from scantally.datasets.importers.exif import exif_orientation, turned_upright, wants_turning
from scantally.detector.config.files import read_bytes, sha256
from scantally.detector.config.limits import Limits
from scantally.detector.errors import ScanError
from scantally.detector.formats import FORMATS, Decoder, format_of
from scantally.detector.formats.jpeg import Frame, read_frame
from scantally.detector.formats.picture import AnyArray, ColourError

CHROMA_SPREAD = 10
"""Of 255: a block of a small picture whose channels lie further apart is looked at closely."""

CHROMA_SHARE = 0.01
"""So many of such blocks, and the picture is decoded to judge its colours as reading does (5 % of all pixels)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One picture to bring in."""

    source: Path
    target: Path
    """Where it goes; the ending becomes ``.png`` where its luminance is written."""
    link: bool
    limits: Limits
    stated: tuple[int, int] | None = None
    """Width and height that the annotation gives: in whose frame its boxes lie, the stored picture's or the turned one's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Prepared:
    """What became of a picture: its file, or the reason why there is none."""

    width: int = 0
    height: int = 0
    sha256: str = ""
    file: Path | None = None
    converted: bool = False
    turned: bool = False
    """Whether its EXIF orientation asks viewers to turn or mirror it, which reading a scan does not."""
    upright: bool = False
    """Whether it was turned so, because its boxes lie in the turned picture."""
    reason: str = ""
    problem: str = ""


def prepare(job: Job) -> Prepared:
    """Check one picture and write it into the dataset. A picture that cannot be used is an answer, not an error.

    Raises:
        OSError: the dataset cannot be written.
    """
    try:
        raw = read_bytes(job.source, ScanError, job.limits.max_scan_bytes)
        orientation = exif_orientation(raw)
        try:
            width, height = _measure(raw, job.source.name, job.limits)
            if wants_turning(orientation, (width, height), job.stated):
                return _upright(raw, orientation, job)
        except ColourError as e:
            return _converted(e.rgb_HW3, orientation, job)
    except ScanError as e:
        reason = "image_truncated" if "cut short" in e.problem else "image_unreadable"
        return Prepared(reason=reason, problem=e.problem)
    _place(raw, job)
    return Prepared(width=width, height=height, sha256=sha256(raw), file=job.target, turned=orientation != 1)


def _measure(raw: bytes, name: str, limits: Limits) -> tuple[int, int]:
    """Width and height of a picture that reading a scan would accept.

    Raises:
        ColourError: a picture in colours.
        ScanError: not one that is read.
    """
    kind = format_of(raw, name)
    if kind == "jpeg":
        frame = read_frame(raw, name, limits)
        if frame.components == 1 or (frame.precision == 8 and _looks_grey(raw, frame)):
            return frame.width, frame.height
    decoder = cast(Decoder, import_module(FORMATS[kind].module))
    height, width = decoder.decode(raw, name, limits).grey_BHW.shape[1:]
    return width, height


def _looks_grey(raw: bytes, frame: Frame) -> bool:
    """Whether a small decoding (an eighth of each side) shows no colour; whatever fails here is judged by the full one."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(raw)) as picture:
            picture.draft("YCbCr", (max(1, frame.width // 8), max(1, frame.height // 8)))
            if picture.mode != "YCbCr":
                return False
            small_HW3 = np.asarray(picture)
    except (OSError, ValueError, ImportError, SyntaxError):
        return False
    # ITU-R BT.601, as JFIF has it: how far red, green and blue lie from luminance.
    cb_HW, cr_HW = small_HW3[..., 1] - np.float32(128), small_HW3[..., 2] - np.float32(128)
    red_HW, green_HW, blue_HW = 1.402 * cr_HW, -0.344 * cb_HW - 0.714 * cr_HW, 1.772 * cb_HW
    spread_HW = np.maximum(np.maximum(red_HW, green_HW), blue_HW) - np.minimum(np.minimum(red_HW, green_HW), blue_HW)
    return float((spread_HW > CHROMA_SPREAD).mean()) <= CHROMA_SHARE


def _converted(rgb_HW3: AnyArray, orientation: int, job: Job) -> Prepared:
    """Write the luminance of a picture in colours (Y of ITU-R BT.601), without loss and in its own depth."""
    import cv2

    if rgb_HW3.dtype not in (np.uint8, np.uint16):
        raise ScanError(job.source.name, f"a picture in colours of {rgb_HW3.dtype}: expected 8 or 16 bits a channel")
    grey_HW: AnyArray = cv2.cvtColor(np.ascontiguousarray(rgb_HW3), cv2.COLOR_RGB2GRAY)
    height, width = grey_HW.shape
    upright = wants_turning(orientation, (width, height), job.stated)
    written = _write_png(turned_upright(grey_HW, orientation) if upright else grey_HW, job)
    return replace(written, converted=True, upright=upright, turned=orientation != 1)


def _upright(raw: bytes, orientation: int, job: Job) -> Prepared:
    """Write a grey JPEG turned: its boxes lie in the turned picture, and whoever reads a scan reads it as it is stored."""
    decoder = cast(Decoder, import_module(FORMATS["jpeg"].module))
    grey_HW = decoder.decode(raw, job.source.name, job.limits).grey_BHW[-1]
    return replace(_write_png(turned_upright(grey_HW, orientation), job), upright=True, turned=True)


def _write_png(grey_HW: AnyArray, job: Job) -> Prepared:
    import imagecodecs

    written = bytes(imagecodecs.png_encode(np.ascontiguousarray(grey_HW), level=3))
    target = job.target.with_name(job.target.stem + ".png")
    target.write_bytes(written)
    height, width = grey_HW.shape
    return Prepared(width=width, height=height, sha256=sha256(written), file=target)


def _place(raw: bytes, job: Job) -> None:
    if job.link:
        try:
            os.link(job.source.resolve(), job.target)
            return
        except OSError:  # another file system, or one without links
            job.target.unlink(missing_ok=True)
    job.target.write_bytes(raw)
