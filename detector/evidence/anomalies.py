"""Brings the regions that look strange to the container that they lie in, with how they differ from what surrounds them, and walls too many."""

from collections.abc import Sequence
from dataclasses import replace

from scantally.detector.evidence.cases import centred
from scantally.detector.maps.second_wall import second_walls
from scantally.detector.maps.surroundings import step_at
from scantally.detector.types import Anomaly, Case, Scan


def with_anomalies(case: Case, scan: Scan, anomalies: Sequence[Anomaly] | None) -> Case:
    """The case with walls where its type has none, and the anomalies whose middle lies in its container; None stays None: nobody looked."""
    box = case.container.box
    if box is not None and case.penetration.judgeable:
        case = replace(case, second_walls=second_walls(scan, box))
    if anomalies is None:
        return case
    own = [one for one in anomalies if box is None or centred(one.box, box)]
    return replace(case, anomalies=tuple(replace(one, step=step_at(scan, one.box, box)) for one in own))
