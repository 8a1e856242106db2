"""For tests of threat image projection: what is true of a container that the simulator drew."""

import numpy as np

from scantally.datasets.simulator.container_kinds import FLOOR_MM
from scantally.datasets.simulator.geometry import View
from scantally.datasets.tip_frame import ContainerFrame


def frame_of(view: View) -> ContainerFrame:
    """The container's frame with nothing estimated."""
    first, last = round(view.column(0.0)), round(view.column(6058.0))
    return ContainerFrame(
        box=(first, view.row(2591.0), last, view.row(0.0, 2438.0)),
        first=first,
        roof_N=np.full(last - first, view.row(2591.0), np.float32),
        far_roof_px=view.row(2591.0, 2438.0) - view.row(2591.0),
        floor_px=view.row(FLOOR_MM) - view.row(2591.0),
        length_mm=6058.0,
        height_mm=2591.0,
        pitch_mm=view.pitch_mm,
        x_pitch_mm=view.x_pitch_mm,
        distance_mm=view.distance_mm,
        drop_mm=view.drop_mm,
        empty=False,
        measured=("roof",),
    )
