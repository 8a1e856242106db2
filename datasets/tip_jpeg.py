"""JPEG (ITU-T T.81) of a scan's own file, applied again to the blocks that an object was projected into.

A scan that came from a JPEG file holds in each 8 x 8 block only the frequencies that the file's quantisation left. A projection
that is merely rounded to grey steps holds all of them, which tells it from the rest of the scan.
"""

import io
from pathlib import Path

import numpy as np

from scantally.detector.config.files import read_bytes
from scantally.detector.errors import InputError
from scantally.detector.types import BoolArray, FloatArray

BLOCK = 8
MIDDLE = 128.0
"""T.81, A.3.1: the level shift of eight-bit samples."""


def quantisation_of(path: Path) -> FloatArray | None:
    """The (8, 8) luminance quantisation table of a JPEG file, None for any other scan.

    Raises:
        InputError: the file cannot be read.
    """
    raw = read_bytes(path, InputError)
    if not raw.startswith(b"\xff\xd8\xff"):
        return None
    from PIL import Image

    try:
        with Image.open(io.BytesIO(raw)) as picture:
            table = getattr(picture, "quantization", {}).get(0)
    except (OSError, ValueError, SyntaxError, ImportError):  # lossless, 12 bit or damaged: nothing to imitate
        return None
    return np.asarray(table, np.float32).reshape(BLOCK, BLOCK) if table and len(table) == BLOCK * BLOCK else None


def cosines() -> FloatArray:
    """The matrix of the orthonormal discrete cosine transform of length 8 (T.81, A.3.3)."""
    k, n = np.arange(BLOCK)[:, None], np.arange(BLOCK)[None, :]
    scale = np.where(k == 0, np.sqrt(1.0 / BLOCK), np.sqrt(2.0 / BLOCK))
    return np.asarray(scale * np.cos((2 * n + 1) * k * np.pi / (2 * BLOCK)), np.float32)


def coefficients(blocks_N88: FloatArray) -> FloatArray:
    """Cosine coefficients of blocks of grey values, (N, 8, 8)."""
    d = cosines()
    return np.asarray(d @ (blocks_N88 - np.float32(MIDDLE)) @ d.T, np.float32)


def recompressed(grey_HW: FloatArray, changed_HW: BoolArray, table_88: FloatArray) -> FloatArray:
    """A picture whose blocks with a changed pixel were quantised; all others keep their values.

    Args:
        grey_HW: Grey values from 0 to 255, on the file's grid of blocks: row and column 0 begin one.
        changed_HW: Which pixels differ from the file's.
        table_88: The file's quantisation table.
    """
    h, w = grey_HW.shape
    padding = ((0, -h % BLOCK), (0, -w % BLOCK))
    whole = np.pad(grey_HW, padding, mode="edge")
    blocks = whole.reshape(whole.shape[0] // BLOCK, BLOCK, -1, BLOCK).swapaxes(1, 2).copy()
    touched = np.pad(changed_HW, padding).reshape(blocks.shape[0], BLOCK, -1, BLOCK).any(axis=(1, 3))
    d = cosines()
    kept = np.rint(coefficients(blocks[touched]) / table_88) * table_88
    blocks[touched] = np.clip(np.rint(d.T @ kept @ d + np.float32(MIDDLE)), 0.0, 255.0)
    return np.asarray(blocks.swapaxes(1, 2).reshape(whole.shape)[:h, :w], np.float32)
