"""One YAML file says every choice of a training."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from scantally.datasets.dataset import Split
from scantally.datasets.halves import Half
from scantally.detector.config.files import parse_yaml, read_bytes
from scantally.detector.imaging.encode import RECIPES
from scantally.detector.imaging.scales import STRIDE
from scantally.detector.models.package import Name
from scantally.detector.types import Document, Group

Positive = Annotated[int, Field(gt=0, le=1_000_000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Side = Annotated[int, Field(gt=0, le=4096)]
Canvas = Annotated[int, Field(ge=64, le=4096)]  # less leaves a batch of one picture no value to normalise by
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Rate = Annotated[float, Field(gt=0, le=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Pass = Literal["scout", "detail"]


def _several(value: object) -> object:
    """One split may be named without brackets."""
    return (value,) if isinstance(value, str) else value


def _named(value: object) -> object:
    """The number of a GPU is a number to YAML."""
    return str(value) if type(value) is int else value


class Crops(Document):
    """Which detail crops are cut from the scans of one source."""

    detail_crops: Count = 0
    """Detail crops around each object of interest."""
    detail_negatives: Count = 0
    """Detail crops without any object, in all: what the model must stay silent on."""
    detail_mined: Count = 0
    """Detail crops, in all, around the surest false alarms that the package of ``start_from`` raises on scans without any object."""
    projected_objects: Count = 0
    """Simulated objects that are projected into scans without any, in all; a crop shows one or more of them."""
    projected_within: Share = 0.0
    """The share of the scans drawn for projections whose objects all lie within a load; in the others they lie anywhere."""


class RealData(Crops):
    """The real scans of AJNA with the project's load labels. ``root`` is relative to the data folder."""

    dataset: str = "ajna"
    root: Path = Path("ajna")
    repeats: Positive = 4
    """How often each scan stands in the training set, each time varied anew."""
    half: Half | None = None
    """Only this half of the groups of near-duplicates; the other half can then be judged (``scantally evaluate --half``)."""


class ImportedData(Crops):
    """A dataset that ``scantally data import`` wrote. ``root`` is relative to the data folder."""

    root: Path
    splits: Annotated[tuple[Split, ...], BeforeValidator(_several), Field(min_length=1)] = ("train",)
    """The splits that are trained on; a dataset without any split is taken whole."""
    repeats: Positive = 1
    scout: bool = True
    """Whether its pictures stand on scout strips: not where they show no whole container."""
    detail_crops: Count = 1


class SimulatedData(Crops):
    """Simulated scans to train on."""

    scans: Positive | None = None
    """How many, of all that the simulator draws, or of the suite's; all of the suite's where it is not given."""
    suite: Literal["cargo-1"] | None = None
    """The benchmark's part ``train``, by its rules: its scans, and its object instances alone are projected."""
    seed: Seed = 1
    container_margin: tuple[Share, Share, Share, Share] = (0.0, 0.0, 0.0, 0.0)
    """Air that is added to the boxes of containers at the left, top, right and below, as a share of their size: so that one
    label keeps the convention of the real scans' annotators."""
    detail_crops: Count = 1
    object_share: Share | None = None
    """Share of the containers that hide an object of interest; the simulator's own where it is not given."""

    @model_validator(mode="after")
    def _one_origin(self) -> "SimulatedData":
        if self.scans is None and self.suite is None:
            raise ValueError("expected 'scans' or 'suite'")
        return self


class Augmentation(Document):
    """Variation of the transmission before it is encoded: what differs between scanners of one kind. 0 leaves a thing out."""

    grey_curve: Share = 0.12
    """Half-width of the drawn exponent of transmission."""
    noise: Share = 0.004
    """Largest standard deviation of the scanner's own noise, as a share of open beam."""
    dose: Share = 0.02
    """Largest standard deviation of photon noise at open beam; it goes with the square root of transmission."""
    blur_px: Annotated[float, Field(ge=0, le=8)] = 0.8
    """Largest standard deviation of the blur."""
    stripes: Share = 0.015
    """Largest standard deviation of the gain of detector rows, and of the output from pulse to pulse."""


class Optimiser(Document):
    """How the weights are moved; passed to ultralytics."""

    epochs: Positive
    batch: Positive = 8
    lr0: Rate = 0.001
    lrf: Rate = 0.02
    warmup_epochs: Annotated[float, Field(ge=0, le=1000)] = 0.5
    weight_decay: Share = 0.0005
    scale: Share = 0.15
    translate: Share = 0.04
    fliplr: Share = 0.5
    bf16: bool = True
    """Forward in bfloat16 on a CPU that has instructions for it, and on GPUs that have units for it; others train in float32."""
    device: Annotated[str, BeforeValidator(_named), Field(pattern=r"^(auto|cpu|\d+(,\d+)*)$")] = "auto"
    """``auto`` (a GPU where there is one), ``cpu``, or the numbers of the GPUs; several train by DDP."""
    workers: Count = 2


class TrainConfig(Document):
    """Everything that a training run depends on, beside the data and the versions of the programs."""

    name: Name
    version: Name
    start_from: Path
    """Weights to start from, relative to the data folder: a checkpoint (.pt) or a model package; ``package:default`` is the one
    that is installed."""
    start_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """How much of the weights of the package that the training starts from stays in the result, by averaging; needs the same labels."""
    labels: Annotated[dict[Name, Group], Field(min_length=1)]
    passes: dict[Name, Annotated[tuple[Pass, ...], Field(min_length=1)]] = Field(default_factory=dict)
    """By label, the passes that report it, where that is not the usual: objects of interest both, all else the scout."""
    encoding: str
    canvas: Canvas = 672
    scout_height: Side = 224
    detail_pitch_mm: Annotated[float, Field(ge=0.5, le=100, allow_inf_nan=False)] = 4.4
    detail_tiles: Annotated[int, Field(ge=1, le=4)] = 1
    """A detail picture shows so many by so many crops, around what is small enough for one: more objects for the same work."""
    seed: Seed = 0
    real: RealData | None = None
    imported: tuple[ImportedData, ...] = ()
    simulated: SimulatedData | None = None
    augmentation: Augmentation = Augmentation()
    optimiser: Optimiser

    def passes_of(self, label: str) -> tuple[Pass, ...]:
        """The passes that report a label."""
        usual: tuple[Pass, ...] = ("scout", "detail") if self.labels[label] is Group.OBJECT else ("scout",)
        return self.passes.get(label, usual)

    def detail_labels(self) -> tuple[str, ...]:
        """The labels that the detail pass may report."""
        return tuple(x for x in self.labels if "detail" in self.passes_of(x))

    def mines(self) -> bool:
        """Whether false alarms of the package that the training starts from are asked for."""
        return any(x.detail_mined for x in (self.real, *self.imported, self.simulated) if x is not None)

    @model_validator(mode="after")
    def _consistent(self) -> "TrainConfig":
        if self.encoding not in RECIPES:
            raise ValueError(f"encoding '{self.encoding}' is not one of {', '.join(RECIPES)}")
        if self.canvas % STRIDE or self.scout_height % STRIDE:
            raise ValueError(f"canvas and scout_height must be multiples of {STRIDE}")
        if self.scout_height > self.canvas:
            raise ValueError(f"scout_height {self.scout_height} does not fit into a canvas of {self.canvas}")
        for label in self.passes:
            if label not in self.labels:
                raise ValueError(f"passes.{label} is no label of this configuration")
        if self.mines() and self.start_from.suffix == ".pt":
            raise ValueError("detail_mined needs a package in start_from: a checkpoint says nothing of its labels")
        if self.start_share and self.start_from.suffix == ".pt":
            raise ValueError("start_share needs a package in start_from: a checkpoint says nothing of its labels")
        if not (self.real or self.imported or self.simulated):
            raise ValueError("expected data: 'real', 'imported' or 'simulated', or several of them")
        return self


def load_config(path: Path) -> TrainConfig:
    """Read a training configuration.

    Raises:
        ConfigError: unreadable, an unknown key, a value out of range.
    """
    return parse_yaml(read_bytes(path), str(path), TrainConfig)


def different(before: object, now: object) -> str:
    """The first key whose value differs between two documents, as ``optimiser.epochs``; empty where none does."""
    if before == now:
        return ""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*now, *before]):
            if before.get(key) != now.get(key):
                return ".".join(x for x in (str(key), different(before.get(key), now.get(key))) if x)
    if isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        number = next(k for k, (a, b) in enumerate(zip(before, now, strict=True)) if a != b)
        return ".".join(x for x in (str(number), different(before[number], now[number])) if x)
    return ""
