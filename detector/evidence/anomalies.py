"""Brings the regions that look strange to the container that they lie in, with how they differ from what surrounds them."""

from collections.abc import Sequence
from dataclasses import replace

from scantally.detector.evidence.cases import centred
from scantally.detector.maps.surroundings import step_at
from scantally.detector.types import Anomaly, Case, Scan


def with_anomalies(case: Case, scan: Scan, anomalies: Sequence[Anomaly] | None) -> Case:
    """The case with the anomalies whose middle lies in its container; None stays None, for nobody looked."""
    if anomalies is None:
        return case
    box = case.container.box
    own = [one for one in anomalies if box is None or centred(one.box, box)]
    return replace(case, anomalies=tuple(replace(one, step=step_at(scan, one.box, box)) for one in own))
