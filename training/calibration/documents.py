"""What a calibration is to hold, and what came of it: documents that go into the card and are written as figures."""

from typing import Literal

from pydantic import Field

from scantally.detector.errors import ConfigError
from scantally.detector.models.package import Card
from scantally.detector.types import Document
from scantally.training.calibration.fit import Fit

NO_TARGET = "no target"


class Target(Document):
    """What thresholds are to hold, and for which labels; without labels, for all objects of interest."""

    kind: Literal["miss rate", "false alarms per scan"]
    value: float
    labels: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """``a miss rate of 0.2``, ``0.5 false alarms per scan``."""
        return f"a miss rate of {self.value:g}" if self.kind == "miss rate" else f"{self.value:g} false alarms per scan"


class Threshold(Document):
    """The threshold of one label, and what it means on the data that it was chosen on."""

    threshold: float
    chosen: bool
    why: str
    things: int
    units: int
    miss_rate: float | None = None
    false_alarms_per_scan: float


class LabelFit(Document):
    """What came of one label."""

    fit: Fit
    threshold: Threshold


class Calibration(Document):
    """What was fitted on what: written into the card, and as figures."""

    package: str
    package_sha256: str
    command: str
    data: str
    data_sha256: str
    kind: Literal["real", "simulated"]
    scans: int
    groups: int
    target: Target | None
    labels: dict[str, LabelFit]
    unknown: dict[str, int] = Field(default_factory=dict)
    """Labels that the scans show and the package does not know, and how often: nothing was fitted for them."""
    limits: tuple[str, ...]


def chosen_target(miss_rate: float | None, false_alarms: float | None, labels: tuple[str, ...]) -> Target | None:
    """The target that the command line names, if it names one.

    Raises:
        ConfigError: it names two, or labels without a target.
    """
    if miss_rate is not None and false_alarms is not None:
        raise ConfigError("--miss-rate", "expected one target, got --false-alarms too")
    if miss_rate is not None:
        return Target(kind="miss rate", value=miss_rate, labels=labels)
    if false_alarms is not None:
        return Target(kind="false alarms per scan", value=false_alarms, labels=labels)
    if labels:
        raise ConfigError("--label", "expected --miss-rate or --false-alarms with it")
    return None


def require_target(target: Target | None, card: Card) -> None:
    """Refuse a target that nothing can meet.

    Raises:
        ConfigError: a value out of range, or a label that the card does not have.
    """
    if target is None:
        return
    if target.kind == "miss rate" and not 0 < target.value < 1:
        raise ConfigError("--miss-rate", f"expected a share between 0 and 1, got {target.value:g}")
    if not 0 <= target.value < float("inf"):
        raise ConfigError("--false-alarms", f"expected false alarms per scan, 0 or more, got {target.value:g}")
    strange = sorted(set(target.labels) - {x.name for x in card.labels})
    if strange:
        known = ", ".join(x.name for x in card.labels)
        raise ConfigError("--label", f"expected labels of the package ({known}), got '{strange[0]}'")
