"""Brings the regions that look strange to the container that they lie in, with how they differ from what surrounds them."""

from collections.abc import Sequence
from dataclasses import replace

from scantally.detector.maps.surroundings import step_at
from scantally.detector.types import Anomaly, Box, Case, Scan


def with_anomalies(case: Case, scan: Scan, anomalies: Sequence[Anomaly] | None) -> Case:
    """The case with the anomalies whose middle lies in its container; None stays None, for nobody looked."""
    if anomalies is None:
        return case
    box = case.container.box
    own = [one for one in anomalies if box is None or _centred(one.box, box)]
    return replace(case, anomalies=tuple(replace(one, step=step_at(scan, one.box, box)) for one in own))


def _centred(inner: Box, box: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
