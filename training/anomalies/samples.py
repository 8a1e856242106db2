"""What a head learns from: scans with solids of no particular kind projected into them, as the network's map shows them."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scantally.datasets.halves import Half, in_half
from scantally.datasets.labelled import Label, LabelledScan
from scantally.datasets.opening import open_data
from scantally.datasets.simulator.objects import make_from
from scantally.datasets.simulator.objects_inclusions import inclusion
from scantally.datasets.tip import ScanCharacter, place_and_project
from scantally.datasets.tip_place import ANYWHERE, PLACES
from scantally.detector.errors import InputError
from scantally.detector.models.anomalies import Field, inside
from scantally.detector.models.infer import EMPTY, Detector
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import open_package
from scantally.detector.types import BoolArray, Box, FloatArray, Group
from scantally.training.calibration.observe import kind_of
from scantally.training.projected import character_of, touches
from scantally.training.scanwise import scanwise

Target = NDArray[np.int8]

FEWEST, MOST = 2, 5
"""Solids that are projected into one scan."""

TRIES = 12
WITHIN_SHARE = 0.4
"""Of a loaded scan's solids, about so many lie within the load."""

ANYWHERE_SHARE = 0.3
"""Of all solids so many hang anywhere: a head that sees them stand and lie alone calls a black block in the air usual."""

APART_PX = 12.0
"""Cells so near to a solid's box, but not in it, teach neither: its blurred edge reaches there."""

STRANGE, USUAL, LEFT_OUT = 1, 0, -1


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Sample:
    """One view: the network's map and what its picture shows (half precision), what lies inside, and which cells are strange."""

    features_CHW: NDArray[np.float16]
    statistics_HW9: NDArray[np.float16]
    inside_HW: BoolArray
    target_HW: Target


def scans_of(folder: Path, half: Half | None) -> Sequence[LabelledScan]:
    """Labelled scans of a folder; of real ones only a half, where one is named. Raises InputError where there are none."""
    scans = open_data(folder)
    if half is not None and scans and kind_of(scans) == "real":
        scans = in_half(scans, half)
    if not scans:
        raise InputError(str(folder), "expected labelled scans, found none")
    return scans


def draw_samples(
    model: Path, scans: Sequence[LabelledScan], repeats: int, say: Callable[[str], None]
) -> Iterator[Sample]:
    """Samples of every scan, each drawn ``repeats`` times with other solids; the same with any number of processes.

    Raises:
        PackageError: the model cannot be used.
    """
    jobs = [(str(model), scan, number) for scan in scans for number in range(repeats)]
    return scanwise(_drawn, jobs, "drawn", say, chunksize=4)


_opened: dict[str, Detector] = {}


def _drawn(job: tuple[str, LabelledScan, int]) -> list[Sample]:
    model, scan, number = job
    if model not in _opened:  # once a process
        _opened[model] = open_detector(open_package(Path(model)))
    rng = np.random.default_rng([zlib.crc32(scan.name.encode()), number])
    return samples_of(_opened[model], scan, rng)


def samples_of(detector: Detector, scan: LabelledScan, rng: np.random.Generator) -> list[Sample]:
    """A scan with solids in it; nothing where the network sees no container, or the scan is too small to project into."""
    picture = scan.open()
    try:
        character = character_of(scan, picture, rng)
    except InputError:
        return []
    picture, solids = _with_solids(picture, character, scan, rng)
    fields, containers = detector.fields(picture, scan.pitch_mm)
    if not containers:
        return []
    known = [x.box for x in (*scan.labels, *scan.ignored) if x.group is Group.OBJECT]
    return [_sample(field, containers, solids, known) for field in fields]


def _with_solids(
    picture: FloatArray, character: ScanCharacter, scan: LabelledScan, rng: np.random.Generator
) -> tuple[FloatArray, list[Box]]:
    loaded = any(x.group is Group.LOAD and x.label != EMPTY for x in scan.labels)
    pitch = (scan.pitch_mm or 4.4) / 2.0
    labels: list[Label] = []
    wanted = int(rng.integers(FEWEST, MOST + 1))
    for _ in range(TRIES):
        if len(labels) == wanted:
            break
        solid = make_from(inclusion, "inclusion", rng, pitch)
        found = place_and_project(picture, character, solid, rng, _places(loaded, rng))
        if found is None or not found.inspectable or touches(found.box, labels):
            continue
        picture = found.transmission_HW
        labels.append(Label(label="inclusion", box=found.box))
    return picture, [x.box for x in labels]


def _places(loaded: bool, rng: np.random.Generator) -> tuple[str, ...]:
    drawn = rng.random()
    if drawn < ANYWHERE_SHARE:
        return (ANYWHERE,)
    return ("load",) if loaded and drawn < ANYWHERE_SHARE + WITHIN_SHARE else PLACES


def _sample(field: Field, containers: Sequence[Box], solids: Sequence[Box], known: Sequence[Box]) -> Sample:
    inside_HW = inside(field, containers)
    return Sample(
        features_CHW=field.features_CHW.astype(np.float16),
        statistics_HW9=field.statistics_HW9.astype(np.float16),
        inside_HW=inside_HW,
        target_HW=target_of(field, inside_HW, solids, known),
    )


def target_of(field: Field, inside_HW: BoolArray, solids: Sequence[Box], known: Sequence[Box]) -> Target:
    """Which cells are strange: those in a solid's box. Cells around it, and of objects that the scan's truth names, are left out."""
    rows, columns = inside_HW.shape
    x0, y0, x1, y1 = field.box
    x_W = x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns
    y_H = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
    target_HW = np.full((rows, columns), USUAL, np.int8)
    for box in (*known, *solids):
        near = APART_PX if box in solids else 2.5 * APART_PX
        target_HW[np.ix_(_between(y_H, box[1] - near, box[3] + near), _between(x_W, box[0] - near, box[2] + near))] = (
            LEFT_OUT
        )
    for box in solids:
        if x0 <= (box[0] + box[2]) / 2 <= x1 and y0 <= (box[1] + box[3]) / 2 <= y1:
            target_HW[np.ix_(_covered(y_H, box[1], box[3]), _covered(x_W, box[0], box[2]))] = STRANGE
    target_HW[~inside_HW] = LEFT_OUT
    return target_HW


def _between(at_N: NDArray[np.float64], low: float, high: float) -> NDArray[np.intp]:
    return np.flatnonzero((at_N > low) & (at_N < high))


def _covered(at_N: NDArray[np.float64], low: float, high: float) -> NDArray[np.intp]:
    """Cells whose middle lies between; the nearest one where none does."""
    found = _between(at_N, low, high)
    return found if found.size else np.array([int(np.abs(at_N - (low + high) / 2).argmin())])
