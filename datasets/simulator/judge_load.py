"""Whether a container's load can be judged at all in a scan: how much of it stands where the beam was stopped."""

from collections.abc import Sequence

from scantally.datasets.simulator.style import Style
from scantally.datasets.simulator.truth import DARK_MASS_SHARE, DARK_TRANSMISSION
from scantally.detector.types import Box, FloatArray


def inspectable_containers(
    boxes: Sequence[Box], areal_HW: FloatArray, transmission_BHW: FloatArray, style: Style
) -> tuple[bool, ...]:
    """For each container, the rule of ``truth``: of two energies the one that gets through counts, as for objects.

    Args:
        boxes: containers' boxes in pixels of the scan.
        areal_HW: true areal density of loads and objects, g/cm2.
        transmission_BHW: as the file gives it back.
        style: the scanner.
    """
    dark_HW = transmission_BHW.max(axis=0) <= (1.5 / style.open_grey if style.eight_bit else DARK_TRANSMISSION)
    width = areal_HW.shape[1]
    found = []
    for box in boxes:
        x0, y0, x1, y1 = (int(v) for v in box)
        load_HW = areal_HW[y0:y1, x0:x1]
        hidden = float(load_HW[dark_HW[y0:y1, x0:x1]].sum())
        whole = float(load_HW.sum())
        found.append(hidden <= DARK_MASS_SHARE * whole and box[0] > 0 and box[2] < width)
    return tuple(found)
