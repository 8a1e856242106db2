"""How dense a place is beside what surrounds it."""

import numpy as np

from scantally.detector.types import Box, Scan

RING = 0.75
"""What surrounds a box: as far as this share of its longer side on every side."""

CORE = 0.2
"""Of a box this share is left out on every side: what is strange in it need not fill it."""

_LEAST = 30  # pixels on either side of the comparison


def step_at(scan: Scan, box: Box, within: Box | None = None) -> float | None:
    """Median -ln T in the core of a box less the median around it; None where too little is there to compare.

    Medians, so that a post or an edge that runs through either does not decide.

    Args:
        scan: the scan; its band that sees deepest is compared.
        box: in pixels of the scan.
        within: what surrounds the box ends here.
    """
    x0, y0, x1, y1 = box
    margin = RING * max(x1 - x0, y1 - y0)
    limit = within or (0.0, 0.0, float(scan.width), float(scan.height))
    wide = _cells((x0 - margin, y0 - margin, x1 + margin, y1 + margin), limit, scan)
    core = _cells(
        (x0 + CORE * (x1 - x0), y0 + CORE * (y1 - y0), x1 - CORE * (x1 - x0), y1 - CORE * (y1 - y0)), limit, scan
    )
    dark_HW = -np.log(scan.primary_HW[wide])
    valid_HW = scan.valid_HW[wide].copy()
    inner = valid_HW & _mask(core, wide, valid_HW.shape)
    outer = valid_HW & ~_mask(_cells(box, limit, scan), wide, valid_HW.shape)
    if np.count_nonzero(inner) < _LEAST or np.count_nonzero(outer) < _LEAST:
        return None
    return float(np.median(dark_HW[inner]) - np.median(dark_HW[outer]))


def _cells(box: Box, limit: Box, scan: Scan) -> tuple[slice, slice]:
    """Rows and columns of the scan that a box covers within a limit."""
    left, right = (int(np.clip(round(x), max(0, limit[0]), min(scan.width, limit[2]))) for x in (box[0], box[2]))
    top, bottom = (int(np.clip(round(y), max(0, limit[1]), min(scan.height, limit[3]))) for y in (box[1], box[3]))
    return slice(top, bottom), slice(left, right)


def _mask(
    part: tuple[slice, slice], whole: tuple[slice, slice], shape: tuple[int, ...]
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where the part lies in the whole."""
    mask = np.zeros(shape, np.bool_)
    rows, columns = (
        slice(max(0, p.start - w.start), max(0, p.stop - w.start)) for p, w in zip(part, whole, strict=True)
    )
    mask[rows, columns] = True
    return mask
