"""Fits what finds anomalies, counts its false alarms, and writes both into a new version of a package."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from scantally.datasets.halves import Half
from scantally.detector.errors import InputError
from scantally.detector.evidence.tables import EVIDENCE
from scantally.detector.maps.limits import INSPECTABILITY
from scantally.detector.models.anomaly_file import ANOMALY, AnomalyModel, write_anomaly
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import open_package
from scantally.training.anomalies.count import count_on
from scantally.training.anomalies.fit import fit
from scantally.training.anomalies.samples import Sample, draw_samples, scans_of
from scantally.training.calibration.observe import kind_of
from scantally.training.calibration.package import Place, kept_files, versioned, write_package_files

REAL_REPEATS = 5
"""Real scans are few: each is drawn so often, with other solids."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Folders to learn from and to count false alarms on; of real scans only a half, where one is named."""

    learn: tuple[Path, ...]
    clean: tuple[Path, ...]
    half: Half | None = None


def add_anomalies(model: Path, wanted: Wanted, place: Place, say: Callable[[str], None]) -> Path:
    """Write the package with a fitted ``anomaly.npz`` as a new version, with nothing else changed; its folder.

    Raises:
        ConfigError: the place cannot be written, or the notes do not fit.
        InputError: the scans or the package cannot be used.
    """
    package = open_package(model)
    samples: list[Sample] = []
    told = []
    for folder in wanted.learn:
        scans = scans_of(folder, wanted.half)
        repeats = 1 if kind_of(scans) == "simulated" else REAL_REPEATS
        samples += draw_samples(package.path, scans, repeats, say)
        told.append(f"{len(scans)} {kind_of(scans)} scans of {folder.resolve().name}")
    try:
        head = fit(samples, say)
    except ValueError as e:
        raise InputError(str(wanted.learn[0]), str(e)) from e
    detector = replace(open_detector(package), strange=None)
    sets = [(folder.resolve().name, scans_of(folder, wanted.half)) for folder in wanted.clean]
    facts = count_on(detector, head, sets, f"{' and '.join(told)}, with solids projected into them", say)
    card = versioned(package.card, place.version)
    files = kept_files(package)
    # Evidence that was counted without these anomalies knows nothing of what their check says, nor do sizes of what would be found.
    files.pop(EVIDENCE, None)
    files.pop(INSPECTABILITY, None)
    return write_package_files(place, card, files | {ANOMALY: write_anomaly(AnomalyModel(head=head, facts=facts))})
