"""The values that flow through Scantally. Arrays are frozen at the border; documents are pydantic models.

Shapes stand in the names: B energy bands (low energy first), H rows, W columns, N detections.
Boxes are ``[x0, y0, x1, y1]`` in pixels of the scan, half open: a box covers columns x0 to x1 - 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

Box: TypeAlias = tuple[float, float, float, float]
FloatArray: TypeAlias = NDArray[np.float32]
BoolArray: TypeAlias = NDArray[np.bool_]
ByteArray: TypeAlias = NDArray[np.uint8]

MIN_TRANSMISSION = 1e-6
"""Smallest transmission a Scan holds: below what any cargo detector resolves, so that -ln T stays finite."""


class Verdict(StrEnum):
    """What a check answers. UNKNOWN is an answer: the check could not tell, and says why."""

    CLEAR = "clear"
    SUSPECT = "suspect"
    UNKNOWN = "unknown"


class Severity(StrEnum):
    """How much a SUSPECT weighs. HIGH alone sends a container to inspection."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Disposition(StrEnum):
    """What Scantally proposes. A human decides."""

    RELEASE = "release"
    REVIEW = "review"
    INSPECT = "inspect"


class Group(StrEnum):
    """What kind of thing a label names."""

    STRUCTURE = "structure"
    LOAD = "load"
    OBJECT = "object"


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """Where a scan came from."""

    source: str
    sha256: str
    format: str
    device: str | None = None
    time: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """One X-ray scan as transmission: 1.0 is open beam, 0 would be opaque.

    ``floor`` is the smallest transmission that the file could store: at and below it, dense and denser look alike.
    ``calibrated`` says that values are proportional to detector dose; otherwise only their order means something.
    """

    transmission_BHW: FloatArray  # (B, H, W) float32 in [MIN_TRANSMISSION, 1], read-only
    valid_HW: BoolArray  # (H, W) bool: False for dead rows and padding
    floor: float
    pitch_mm: float | None
    energies_mv: tuple[float, ...] | None  # one per band, low energy first
    calibrated: bool
    provenance: Provenance
    container_numbers: tuple[str, ...] = ()  # what the file says it shows, from left to right
    notes: tuple[str, ...] = ()  # what the reader noticed and the officer should know

    def __post_init__(self) -> None:
        t, v = self.transmission_BHW, self.valid_HW
        if t.ndim != 3 or t.dtype != np.float32 or not 1 <= t.shape[0] <= 2 or t.size == 0:
            raise ValueError(f"transmission must be (1 or 2, H, W) float32, got {t.shape} {t.dtype}")
        if v.shape != t.shape[1:] or v.dtype != np.bool_:
            raise ValueError(f"valid must be {t.shape[1:]} bool, got {v.shape} {v.dtype}")
        # min and max are NaN when a value is, so one comparison refuses NaN too.
        if not (t.min() > 0.0 and t.max() <= 1.0):
            raise ValueError(f"transmission must lie in (0, 1], got {t.min()} to {t.max()}")
        if self.energies_mv is not None and len(self.energies_mv) != t.shape[0]:
            raise ValueError(f"{t.shape[0]} bands but {len(self.energies_mv)} energies")
        t.flags.writeable = False
        v.flags.writeable = False

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.transmission_BHW.shape[1])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.transmission_BHW.shape[2])

    @property
    def primary_HW(self) -> FloatArray:
        """The band that sees deepest: the highest energy, (H, W)."""
        band: FloatArray = self.transmission_BHW[-1]
        return band


@dataclass(frozen=True, kw_only=True, slots=True)
class Detections:
    """What the model found: parallel arrays, in order of falling score."""

    boxes_N4: FloatArray  # (N, 4) xyxy, pixels of the scan
    scores_N: FloatArray  # (N,) calibrated probabilities in [0, 1]
    labels_N: tuple[str, ...]
    groups_N: tuple[Group, ...]

    def __post_init__(self) -> None:
        n = len(self.labels_N)
        if self.boxes_N4.shape != (n, 4) or self.boxes_N4.dtype != np.float32:
            raise ValueError(f"boxes must be ({n}, 4) float32, got {self.boxes_N4.shape} {self.boxes_N4.dtype}")
        if self.scores_N.shape != (n,) or self.scores_N.dtype != np.float32:
            raise ValueError(f"scores must be ({n},) float32, got {self.scores_N.shape} {self.scores_N.dtype}")
        if len(self.groups_N) != n:
            raise ValueError(f"{n} labels but {len(self.groups_N)} groups")
        self.boxes_N4.flags.writeable = False
        self.scores_N.flags.writeable = False

    def __len__(self) -> int:
        return len(self.labels_N)

    @classmethod
    def of(cls, rows: Sequence[tuple[Box, float, str, Group]]) -> Self:
        """Make detections from (box, score, label, group) rows, sorted by falling score."""
        ordered = sorted(rows, key=lambda r: (-r[1], r[2], r[0]))
        return cls(
            boxes_N4=np.array([r[0] for r in ordered], np.float32).reshape(len(ordered), 4),
            scores_N=np.array([r[1] for r in ordered], np.float32),
            labels_N=tuple(r[2] for r in ordered),
            groups_N=tuple(r[3] for r in ordered),
        )

    def rows(self) -> list[tuple[Box, float, str, Group]]:
        """Back to plain rows, in order."""
        return [
            ((float(b[0]), float(b[1]), float(b[2]), float(b[3])), float(s), label, group)
            for b, s, label, group in zip(self.boxes_N4, self.scores_N, self.labels_N, self.groups_N, strict=True)
        ]

    def where(self, keep: Sequence[bool] | BoolArray) -> Self:
        """The rows for which ``keep`` is true."""
        return type(self).of([row for row, k in zip(self.rows(), keep, strict=True) if k])


class Document(BaseModel):
    """A value that crosses a border: frozen, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


MAX_KG = 10**9
"""No mass that papers state is more: a bill may be of a whole ship, and none carries a million tonnes."""

MAX_COUNT = 10**12
"""Nor is any number of pieces or packages."""

Kg = Annotated[float, Field(ge=0, le=MAX_KG, allow_inf_nan=False)]


class ManifestLine(Document):
    """One line of goods. What the paper does not say is None."""

    number: Annotated[int, Field(ge=0)] | None = None
    hs_code: str | None = None
    description: str | None = None
    quantity: Annotated[float, Field(ge=0, le=MAX_COUNT, allow_inf_nan=False)] | None = None
    packages: Annotated[int, Field(ge=0, le=MAX_COUNT)] | None = None
    package_kind: str | None = None
    marks: str | None = None
    net_mass_kg: Kg | None = None
    gross_mass_kg: Kg | None = None


class Manifest(Document):
    """What the papers say of one container. Masses in kg, always."""

    reference: str | None = None
    container_number: str | None = None
    size_type: str | None = None
    empty: bool | None = None
    seals: tuple[str, ...] = ()
    tare_kg: Kg | None = None
    gross_mass_kg: Kg | None = None
    verified_gross_mass_kg: Kg | None = None
    consignor: str | None = None
    consignee: str | None = None
    lines: tuple[ManifestLine, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestFile:
    """A parsed manifest file: one or more containers, and what the reader noticed."""

    source: str
    sha256: str
    format: str
    containers: tuple[Manifest, ...]
    notes: tuple[str, ...] = ()
    """On the file, or on goods of several containers."""
    own_notes: tuple[tuple[str, ...], ...] = ()
    """On one container each, in the order of ``containers``; empty where there is none on any."""

    def notes_on(self, paper: Manifest) -> tuple[str, ...]:
        """What was noticed about one of the containers: by identity, for two may be declared in the same words."""
        return next((notes for m, notes in zip(self.containers, self.own_notes, strict=False) if m is paper), ())


class Finding(Document):
    """One answer of one check about one container."""

    check: str
    verdict: Verdict
    severity: Severity
    container: str | None = None
    reason: str
    boxes: tuple[Box, ...] = ()
    lines: tuple[int, ...] = ()
    score: float | None = None
    observation: str | None = None
    """What was observed, in one of the few words that the check lists in OBSERVATIONS: the row of the evidence table."""
    tolerated: bool = False
    """Of an UNKNOWN: it rests alone on a part of the container that could not be seen and is small enough (``dense_release``) that a
    release may be proposed all the same."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerView:
    """One container as the scan shows it; ``box`` None means that the scan could not be divided into containers.

    ``place`` names one of several containers that have no number: "Container 1 of 2", from left to right. ``filed`` is the number that the
    scan's file gives, where another one was given for the scan.
    """

    number: str | None
    size_type: str | None
    box: Box | None
    score: float | None = None
    place: str | None = None
    filed: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Penetration:
    """How well the beam got through one container's box.

    ``dense_share`` is the share of valid pixels where the beam was stopped (transmission near the floor), and
    ``dense_boxes`` bounds each such region, largest first. ``judgeable`` is False, with ``why``, when the picture as a whole
    says nothing (all black, all white, no valid pixel).
    """

    dense_share: float
    dense_boxes: tuple[Box, ...]
    filled_share: float  # share of the interior visibly darker than the bare walls
    judgeable: bool = True
    why: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ThickFloor:
    """An even layer over the bare part of a floor, beyond what the container's ISO type has."""

    box: Box
    thicker_mm: float
    bare_share: float  # of the length: where nothing stands, so that the floor is seen


@dataclass(frozen=True, kw_only=True, slots=True)
class Weighing:
    """The mass of one container's load by the scan, with the interval that holds it nine times in ten.

    ``missing`` says what was needed and not there; then nothing was weighed and every figure is None. Where the beam was
    stopped over too much of the load, ``lower_bound_only`` is true: ``mass_kg`` and ``low_kg`` are least values and ``high_kg`` is None.
    """

    mass_kg: float | None = None
    low_kg: float | None = None
    high_kg: float | None = None
    lower_bound_only: bool = False
    opaque_share: float = 0.0  # of the seen mass: behind a stopped beam
    filled_share: float | None = None  # of the inside's side view: shows load, at whatever depth
    room_m3: float | None = None  # free space inside
    tare_kg: tuple[float, float] | None = None  # lightest and heaviest usual tare of such a container
    areal_hw: FloatArray | None = None  # load alone, straight across, g/cm2, on a coarse grid over areal_box
    areal_box: Box | None = None  # pixels of the scan
    floor: ThickFloor | None = None
    missing: str | None = None

    def __post_init__(self) -> None:
        if self.areal_hw is not None:
            self.areal_hw.flags.writeable = False


@dataclass(frozen=True, kw_only=True, slots=True)
class LoadBlock:
    """One block of load with the probability of every load label that the model knows, ``empty`` not among them."""

    box: Box
    scores: Mapping[str, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Anomaly:
    """A region that fits neither the rest of its scan nor anything that is usual in cargo, whatever it is."""

    box: Box
    rate: float  # regions as strange as this one in a clean scan, on average
    score: float  # the chance that a clean scan shows none as strange: exp(-rate), as rare things are counted (Poisson)
    step: float | None = (
        None  # median -ln T in it less that of what surrounds it; None: nothing around it could be compared
    )


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class AnomalyMap:
    """How strange each cell of a part of the scan is: on the scale of ``Anomaly.score``, and 0 where it is usual."""

    score_hw: FloatArray
    box: Box  # what the cells cover, in pixels of the scan
    level_hw: FloatArray | None = None  # the log odds behind the scores, minus infinity outside of containers

    def __post_init__(self) -> None:
        self.score_hw.flags.writeable = False
        if self.level_hw is not None:
            self.level_hw.flags.writeable = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SecondWall:
    """A line that looks like a wall across a container, before its end."""

    box: Box
    contrast: float  # in -ln T, to what is beside it, in nearly all rows
    room_mm: float  # from the end's own line


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Inspectability:
    """What could have been seen at each place of one container: edges, in cm, of the smallest blocks that would have been found there.

    Infinite where not even the largest block that was tried would have been. Blocks are cubes that add to what is there; what a block
    pushes aside counts for nothing.
    """

    steel_cm_hw: FloatArray
    brick_cm_hw: FloatArray  # 1.2 g/cm3, organic
    inside_hw: BoolArray  # within the container, between roof and floor
    load_hw: BoolArray  # of it, where load shows
    blind_hw: BoolArray  # of the inside, where even the largest block of interest would have been missed
    stopped_hw: BoolArray  # where the largest block of steel that was tried hardly changes what is seen: little of the beam is left
    box: Box  # what the cells cover, in pixels of the scan
    scaled: bool  # whether the pitch is known; else sizes rest on a usual container's height

    def __post_init__(self) -> None:
        for cells in (self.steel_cm_hw, self.brick_cm_hw, self.inside_hw, self.load_hw, self.blind_hw, self.stopped_hw):
            if cells.shape != self.steel_cm_hw.shape:
                raise ValueError(f"expected cells of one shape, got {cells.shape} and {self.steel_cm_hw.shape}")
            cells.flags.writeable = False


Confusion: TypeAlias = Mapping[str, Mapping[str, float]]
"""P(seen | true) of load blocks: for each true label, how often a block of it that was seen at all was seen as each label."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Earlier:
    """One container of an earlier scan, for telling a load that was seen before."""

    number: str | None  # of the container, on the scan or else on its papers
    time: str | None  # of the scan, as its file says it
    scan_sha256: str
    embedding_D: FloatArray  # of length 1, by the same model as the scan that it is compared with


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class History:
    """What is known of earlier loads: the reports that were read, and what of them can be compared."""

    records: tuple[Earlier, ...]
    others: int  # containers of other models, or without a recognised load: they cannot be compared
    sha256s: tuple[str, ...]  # of each report, in order of the files' names


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """All that a check may see: values in, findings out."""

    container: ContainerView
    manifest: Manifest | None
    manifest_notes: tuple[str, ...] = ()  # why a manifest is missing, or what is odd about it
    detections: Detections = field(default_factory=lambda: Detections.of([]))  # centres inside the container's box
    penetration: Penetration
    pitch_mm: float | None = None
    calibrated: bool = False  # of the scan: grey values are proportional to dose
    weighing: Weighing = Weighing(missing="it was not weighed")
    findable: frozenset[str] | None = None  # objects that the model can find at all; None: every one that is asked for
    blocks: tuple[LoadBlock, ...] | None = None  # centres inside the box, surest first; None: go by detections alone
    loads: frozenset[str] | None = None  # load labels that the model knows; None: every one that is asked for
    confusion: Confusion | None = None  # of this model; None: not measured, so that checks go by scores
    embedding_D: FloatArray | None = None  # of the container's load, of length 1; None: no load, or none from the model
    scan_sha256: str | None = None  # of the scan's file; None: not known
    history: History | None = None  # earlier scans to compare with; None: none were given
    anomalies: tuple[Anomaly, ...] | None = (
        None  # centres inside the box, strangest first; None: nothing looked for any
    )
    second_walls: tuple[SecondWall, ...] = ()
    inspectability: Inspectability | None = (
        None  # None: not known of this model, or there is no container to state it for
    )
