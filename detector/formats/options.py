"""What the caller says about a scan file, beside the file itself."""

import math
from dataclasses import dataclass, field
from itertools import pairwise

from scantally.detector.config.limits import Limits
from scantally.detector.config.scanners import Polarity, ScannerProfile
from scantally.detector.errors import ConfigError


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadOptions:
    """Options go before what the file says, and that goes before the scanner profile.

    Raises:
        ConfigError: on a pitch, energy or polarity that makes no sense.
    """

    profile: ScannerProfile | None = None
    pitch_mm: float | None = None
    energies_mv: tuple[float, ...] | None = None  # one per band, low energy first
    polarity: Polarity | None = None
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        if self.pitch_mm is not None and not 0 < self.pitch_mm < math.inf:
            raise ConfigError("pixel pitch", f"expected millimetres above 0, got {self.pitch_mm}")
        energies = self.energies_mv
        if energies is not None and not (1 <= len(energies) <= 2 and all(0 < e < math.inf for e in energies)):
            raise ConfigError("energy", f"expected one or two values in MV above 0, got {list(energies)}")
        if energies is not None and any(b <= a for a, b in pairwise(energies)):
            raise ConfigError("energy", f"expected the low energy first, got {list(energies)}")
        if self.polarity not in (None, "dark", "bright"):
            raise ConfigError("polarity", f"expected 'dark' or 'bright', got '{self.polarity}'")
