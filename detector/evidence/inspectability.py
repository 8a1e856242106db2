"""Brings what could have been seen to each container."""

from collections.abc import Sequence
from dataclasses import replace

from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.maps.inspectability import inspectability
from scantally.detector.maps.limits import Limits
from scantally.detector.types import AnomalyMap, Case, Scan


def with_inspectability(
    case: Case,
    scan: Scan,
    limits: Limits | None,
    checks: CheckSettings,
    settings: PenetrationSettings,
    maps: Sequence[AnomalyMap] = (),
) -> Case:
    """The case with the smallest blocks that would have been found in its container.

    Without them where the model's were not measured, where there is no container, and where the settings ask for more than those that
    they were measured at: then fewer blocks are found than was counted.
    """
    box = case.container.box
    if limits is None or box is None or not case.penetration.judgeable:
        return case
    if checks.anomaly_rate < limits.anomaly_rate or checks.unsure > limits.unsure:
        return case
    largest = {"steel": checks.threat_steel_cm, "brick": checks.threat_brick_cm}
    return replace(case, inspectability=inspectability(scan, box, limits, settings, largest, maps))
