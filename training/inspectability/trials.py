"""Blocks put into scans at drawn places, and whether the shipped pipeline finds them."""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from scantally.datasets.labelled import LabelledScan, containers_of
from scantally.datasets.simulator.container_kinds import FLOOR_MM, OUTER_WIDTH_MM, WALL_MM
from scantally.datasets.simulator.objects import make_from
from scantally.datasets.simulator.objects_common import NoRoomError
from scantally.datasets.simulator.objects_inclusions import cube
from scantally.datasets.tip_bands import BandsCharacter, estimate_bands, project_bands_at
from scantally.datasets.tip_frame import ContainerFrame
from scantally.datasets.tip_place import ANYWHERE, Spot
from scantally.detector.config.checks import CheckSettings
from scantally.detector.errors import InputError
from scantally.detector.evidence.cases import MIN_CONTAINER_SCORE, centred
from scantally.detector.formats import read_scan
from scantally.detector.maps.inspectability import MATERIALS, Ground, described, ground_of, smallest, steel_mm
from scantally.detector.maps.limits import THREATS, Limits
from scantally.detector.models.infer import Detector
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import open_package
from scantally.detector.types import AnomalyMap, Box, Document, Group, Scan
from scantally.training.projected import TIP_ENERGIES_MV
from scantally.training.scanwise import scanwise

DENSITIES = {"steel": 7.85, "brick": 1.2}
"""In g/cm3; a brick of drugs or explosives has about so much."""

BOUNDS_MM: Mapping[str, tuple[float, float]] = {"steel": (20.0, 400.0), "brick": (40.0, 450.0)}
"""Edges that are tried. Steel of 40 cm weighs half a tonne; bricks beyond 45 cm are found less often than smaller ones (docs/results.md)."""

AROUND = (0.4, 2.5)
"""Times the predicted edge: the edges that a prediction is proven with."""

TOGETHER = 4
"""Blocks that are put into one copy of a scan: a look costs more than a block."""

TRIES = 40
"""Draws of a place before a copy is looked at with fewer."""

APART_PX = 60.0
"""Between two blocks of one copy there is at least so much, and at least the larger one's own size."""

WALLS_MM = 180.0
"""Nearer to the near or the far wall than this no block has its middle."""


class Trial(Document):
    """One block: where it stood, and what found it."""

    scan: str
    kind: str
    threat: str
    edge_mm: float
    box: Box
    """Its outline, in pixels of the scan."""
    inputs: tuple[float, ...]
    """As ``inspectability.described`` gives them, of the scan without it."""
    steel_mm: float
    """Steel that would attenuate as what stands there does."""
    predicted_mm: float | None = None
    """The edge that was predicted for the place, where one was."""
    by_object: bool = False
    by_anomaly: bool = False

    @property
    def found(self) -> bool:
        """Whether either way found it."""
        return self.by_object or self.by_anomaly


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """What an officer is shown of one scan."""

    containers: tuple[Box, ...]
    objects: tuple[Box, ...]
    anomalies: tuple[Box, ...]
    maps: tuple[AnomalyMap, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What is tried: ``copies`` of each scan; with ``limits`` edges around what they predict, else any between BOUNDS_MM."""

    model: Path
    settings: CheckSettings
    copies: int
    limits: Limits | None = None
    seed: int = 0


def draw_trials(scans: Sequence[LabelledScan], kind: str, plan: Plan, say: Callable[[str], None]) -> Iterator[Trial]:
    """Trials in every scan; the same with any number of processes.

    Raises:
        PackageError: the model cannot be used.
    """
    jobs = [(scan, kind, plan) for scan in scans]
    return scanwise(_tried, jobs, "tried", say, chunksize=2)


_opened: dict[Path, Detector] = {}


def _tried(job: tuple[LabelledScan, str, Plan]) -> list[Trial]:
    labelled, kind, plan = job
    if labelled.path is None:
        return []
    if plan.model not in _opened:  # once a process
        _opened[plan.model] = open_detector(open_package(plan.model))
    rng = np.random.default_rng([zlib.crc32(labelled.name.encode()), plan.seed])
    return trials_in(_opened[plan.model], labelled, read_scan(labelled.path), kind, plan, rng)


def look(detector: Detector, scan: Scan, settings: CheckSettings) -> Seen:
    """Regions at the settings' thresholds, and containers as an inspection takes them."""
    seen = detector.look(scan)
    rows = seen.detections.rows()
    return Seen(
        containers=tuple(b for b, p, label, _ in rows if label == "container" and p >= MIN_CONTAINER_SCORE),
        objects=tuple(b for b, p, _, group in rows if group is Group.OBJECT and p >= settings.unsure),
        anomalies=tuple(a.box for a in seen.anomalies or () if a.rate <= settings.anomaly_rate),
        maps=seen.maps,
    )


def trials_in(
    detector: Detector, labelled: LabelledScan, scan: Scan, kind: str, plan: Plan, rng: np.random.Generator
) -> list[Trial]:
    """Trials in so many copies of a scan; none where no container is seen or nothing can be projected.

    Args:
        detector: of the package.
        labelled: the scan's truth: where containers stand.
        scan: as its file is read.
        kind: of scan, real or simulated.
        plan: what is tried.
        rng: draws places, edges and noise.
    """
    character = character_for(labelled, scan, rng)
    before = look(detector, scan, plan.settings)
    grounds = [(box, ground_of(scan, box, before.maps)) for box in before.containers]
    known = [(box, ground) for box, ground in grounds if ground is not None]
    if character is None or not known:
        return []
    bench = _Bench(name=labelled.name, kind=kind, plan=plan, before=before, grounds=tuple(known), rng=rng)
    made: list[Trial] = []
    for _ in range(plan.copies):
        full, blocks = _with_blocks(scan, character, bench)
        if blocks:
            after = look(detector, full, plan.settings)
            made += [_judged(one, after) for one in blocks]
    return made


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bench:
    """A scan that blocks are put into, as it is without them."""

    name: str
    kind: str
    plan: Plan
    before: Seen
    grounds: tuple[tuple[Box, Ground], ...]
    rng: np.random.Generator


def character_for(labelled: LabelledScan, scan: Scan, rng: np.random.Generator) -> BandsCharacter | None:
    """What the scanner is like, at an energy that is drawn where none is known; None where nothing can be measured."""
    containers = containers_of(labelled)
    known = scan
    if scan.energies_mv is None and scan.transmission_BHW.shape[0] == 1:
        known = replace(scan, energies_mv=(float(rng.choice(TIP_ENERGIES_MV)),))
    if known.pitch_mm is None:
        known = replace(known, pitch_mm=labelled.pitch_mm)
    try:
        found = estimate_bands(known, [b for b, _ in containers], empty=[empty for _, empty in containers])
    except InputError:
        return None
    return found if found.whole.frames else None


def _with_blocks(scan: Scan, character: BandsCharacter, bench: _Bench) -> tuple[Scan, list[Trial]]:
    """A copy with blocks where nothing was found before, none near another."""
    blocks: list[Trial] = []
    for _ in range(TRIES):
        if len(blocks) == TOGETHER:
            break
        frame = character.whole.frames[int(bench.rng.integers(len(character.whole.frames)))]
        drawn = _drawn(frame, bench)
        if drawn is None or any(_near(drawn[0].box, one.box) for one in blocks):
            continue
        trial, spot = drawn
        try:
            scan = _projected(scan, character, trial, spot, bench.rng)
        except (ValueError, NoRoomError):
            continue  # it would leave the picture
        blocks.append(trial)
    return scan, blocks


def _projected(scan: Scan, character: BandsCharacter, trial: Trial, spot: Spot, rng: np.random.Generator) -> Scan:
    pitch = min(spot.frame.pitch_mm, spot.frame.x_pitch_mm) / 2.0
    material, density = MATERIALS[trial.threat], DENSITIES[trial.threat]
    sprite = make_from(lambda order: cube(order, material, density, trial.edge_mm), "cube", rng, pitch)
    return project_bands_at(scan, character, sprite, spot, rng).scan


def _drawn(frame: ContainerFrame, bench: _Bench) -> tuple[Trial, Spot] | None:
    """A block with its middle at a drawn place inside a container, at a drawn depth; None where it has no room."""
    rng, (first, last) = bench.rng, frame.inside
    if last <= first:
        return None
    threat = THREATS[int(rng.integers(len(THREATS)))]
    x, height = float(rng.uniform(first, last)), float(rng.uniform(0.0, frame.inner_height_mm))
    depth = float(rng.uniform(WALLS_MM, OUTER_WIDTH_MM - WALL_MM - WALLS_MM))
    roof = float(frame.roof_N[int(np.clip(x - frame.first, 0, frame.roof_N.size - 1))])
    y = roof + frame.below_roof(FLOOR_MM + height, depth)
    ground = next((g for b, g in bench.grounds if centred((x, y, x, y), b)), None)
    sized = None if ground is None else _sized(ground, threat, x, y, bench)
    if ground is None or sized is None:
        return None
    edge, predicted = sized
    half = edge / 2.0
    left, right = x - half / frame.x_pitch_mm, x + half / frame.x_pitch_mm
    if height - half < 0.0 or height + half > frame.inner_height_mm or left < first or right > last:
        return None
    top, bottom = (roof + frame.below_roof(FLOOR_MM + h, depth) for h in (height + half, height - half))
    box: Box = (left, top, right, bottom)
    if any(centred(other, box) for other in (*bench.before.objects, *bench.before.anomalies)):
        return None
    at = ground.at(x, y)
    places = (np.array([at[0]]), np.array([at[1]]))
    trial = Trial(
        scan=bench.name,
        kind=bench.kind,
        threat=threat,
        edge_mm=edge,
        box=box,
        inputs=tuple(float(v) for v in described(ground, threat, DENSITIES[threat], edge, places)[0]),
        steel_mm=steel_mm(ground, at),
        predicted_mm=predicted,
    )
    return trial, Spot(frame=frame, left=left, base_mm=height - half, depth_mm=depth, place=ANYWHERE)


def _sized(ground: Ground, threat: str, x: float, y: float, bench: _Bench) -> tuple[float, float | None] | None:
    """An edge in mm and the one that was predicted; None where nothing was, and edges are to be drawn around it."""
    rng, limits = bench.rng, bench.plan.limits
    low, high = BOUNDS_MM[threat]
    if limits is None:
        return float(np.exp(rng.uniform(np.log(low), np.log(high)))), None
    row, column = ground.at(x, y)
    found = 10.0 * float(smallest(ground, threat, limits.threats[threat], (np.array([row]), np.array([column])))[0])
    if not np.isfinite(found):
        return None
    return float(np.clip(found * np.exp(rng.uniform(*np.log(AROUND))), low, high)), found


def _near(box: Box, other: Box) -> bool:
    margin = max(APART_PX, box[2] - box[0], other[2] - other[0])
    return (
        box[0] - margin < other[2]
        and other[0] - margin < box[2]
        and box[1] - margin < other[3]
        and other[1] - margin < box[3]
    )


def _judged(trial: Trial, after: Seen) -> Trial:
    return trial.model_copy(
        update={
            "by_object": any(centred(b, trial.box) for b in after.objects),
            "by_anomaly": any(centred(b, trial.box) for b in after.anomalies),
        }
    )
