"""Puts blocks into scans, fits what says where they are found, and writes it into a new version of a package."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from scantally.datasets.halves import Half
from scantally.detector.config.checks import CheckSettings
from scantally.detector.errors import InputError
from scantally.detector.maps.limits import INSPECTABILITY, Limits
from scantally.detector.models.package import open_package
from scantally.training.anomalies.samples import scans_of
from scantally.training.calibration.observe import kind_of
from scantally.training.calibration.package import Place, kept_files, versioned, write_package_files
from scantally.training.inspectability.fit import fit_limits
from scantally.training.inspectability.trials import Plan, Trial, draw_trials

COPIES = {"simulated": 3, "real": 8}
"""Of each scan, with other blocks in each: real scans are few."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Folders of scans to put blocks into; of real scans only a half, where one is named."""

    learn: tuple[Path, ...]
    half: Half | None = None


def add_inspectability(model: Path, wanted: Wanted, place: Place, say: Callable[[str], None]) -> Path:
    """Write the package with a fitted ``inspectability.json`` as a new version, with nothing else changed; its folder.

    Raises:
        ConfigError: the place cannot be written, or the notes do not fit.
        InputError: the scans or the package cannot be used.
    """
    package = open_package(model)
    trials, told = gather(model, wanted, say)
    limits = limits_of(trials, " and ".join(told), wanted, say)
    files = kept_files(package) | {INSPECTABILITY: limits.model_dump_json(by_alias=True, indent=1).encode()}
    return write_package_files(place, versioned(package.card, place.version), files)


def gather(
    model: Path, wanted: Wanted, say: Callable[[str], None], limits: Limits | None = None
) -> tuple[list[Trial], list[str]]:
    """Trials in every folder, and in words what they were made in. With ``limits`` edges are drawn around what they predict."""
    trials: list[Trial] = []
    told = []
    for folder in wanted.learn:
        scans = scans_of(folder, wanted.half)
        kind = kind_of(scans)
        plan = Plan(
            model=model, settings=CheckSettings(), copies=COPIES[kind], limits=limits, seed=0 if limits is None else 1
        )
        trials += draw_trials(scans, kind, plan, say)
        told.append(f"{len(scans)} {kind} scans of {folder.resolve().name}")
    return trials, told


def limits_of(trials: list[Trial], told: str, wanted: Wanted, say: Callable[[str], None]) -> Limits:
    """The fitted limits of trials at the shipped thresholds. Raises InputError where the trials are too few."""
    settings = CheckSettings()
    try:
        fitted = fit_limits(trials, say)
    except ValueError as e:
        raise InputError(str(wanted.learn[0]), str(e)) from e
    return Limits(
        fitted_on=f"{told}, with blocks put into them",
        anomaly_rate=settings.anomaly_rate,
        unsure=settings.unsure,
        threats=fitted,
    )
