"""A detector's own scores on labelled scans, as inference would find them, and statistics of those scans."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import InputError
from scantally.detector.formats import read_scan
from scantally.detector.models.infer import Detector
from scantally.detector.models.package import Card
from scantally.detector.models.reference import image_statistics
from scantally.training.judging import FAINT
from scantally.training.metrics import Judged


@dataclass(frozen=True, kw_only=True, slots=True)
class Observed:
    """Scans with everything that was found in them, in the network's own scores, and statistics of each scan."""

    judged: list[Judged]
    images: list[dict[str, float]]


def observe(detector: Detector, scans: Sequence[LabelledScan], say: Callable[[str], None]) -> Observed:
    """Search every scan for the faintest detections too; containers lead the detail pass as they do in inference.

    Raises:
        InputError: a scan has no file, or it cannot be read.
    """
    raw = replace(detector, card=uncalibrated(detector.card), steer=steering_score(detector.card))
    judged: list[Judged] = []
    images: list[dict[str, float]] = []
    for number, scan in enumerate(scans, 1):
        if scan.path is None:
            raise InputError(scan.name, "has no file to read")
        picture = read_scan(scan.path)
        judged.append(Judged(scan=scan, found=raw.detect(picture)))
        images.append(image_statistics(picture))
        if number % 25 == 0 or number == len(scans):
            say(f"{number} of {len(scans)} scans searched")
    return Observed(judged=judged, images=images)


def uncalibrated(card: Card) -> Card:
    """The card with the network's own scores, down to the faintest."""
    raw = {"a": 1.0, "b": 0.0, "threshold": FAINT}
    return card.model_copy(update={"labels": tuple(x.model_copy(update=raw) for x in card.labels)})


def steering_score(card: Card) -> float:
    """The network's own score at which a container reaches the card's threshold; 0 without containers."""
    for label in card.labels:
        if label.name == "container" and 0 < label.threshold < 1:
            logit = (math.log(label.threshold / (1 - label.threshold)) - label.b) / label.a
            return 1 / (1 + math.exp(-logit)) if abs(logit) < 60 else float(logit > 0)
    return 0.0


def kind_of(scans: Sequence[LabelledScan]) -> Literal["real", "simulated"]:
    """Whether figures on these scans are figures on simulated ones: one simulated scan is enough."""
    return "simulated" if any(scan.scanner.startswith("simulated") for scan in scans) else "real"
