"""One YAML file says every choice of a training."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from scantally.detector.config.files import parse_yaml, read_bytes
from scantally.detector.imaging.encode import RECIPES
from scantally.detector.imaging.scales import STRIDE
from scantally.detector.models.package import Name
from scantally.detector.types import Document, Group

Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class RealData(Document):
    """Real scans to train on. ``root`` is relative to the data folder."""

    dataset: str = "ajna"
    root: Path = Path("ajna")
    repeats: Positive = 4
    """How often each scan stands in the training set, each time varied anew."""
    detail_negatives: Annotated[int, Field(ge=0)] = 0
    """Detail crops of real scans without any object: what the model must stay silent on."""
    projected_objects: Annotated[int, Field(ge=0)] = 0
    """Detail crops of real scans into which a simulated object is projected."""


class SimulatedData(Document):
    """Simulated scans to train on."""

    scans: Positive
    seed: Annotated[int, Field(ge=0)] = 1
    container_margin: tuple[Share, Share, Share, Share] = (0.0, 0.0, 0.0, 0.0)
    """Air that is added to the boxes of containers at the left, top, right and below, as a share of their size: so that one
    label keeps the convention of the real scans' annotators."""
    detail_crops: Annotated[int, Field(ge=0)] = 1
    """Detail crops around objects of interest, per object."""
    detail_negatives: Annotated[int, Field(ge=0)] = 0
    """Detail crops at random places of loads, in all."""
    object_share: Share | None = None
    """Share of the containers that hide an object of interest; the simulator's own where it is not given."""
    projected_objects: Annotated[int, Field(ge=0)] = 0
    """Detail crops of simulated scans into which one more simulated object is projected."""


class Optimiser(Document):
    """How the weights are moved; passed to ultralytics."""

    epochs: Positive
    batch: Positive = 8
    lr0: Annotated[float, Field(gt=0)] = 0.001
    lrf: Annotated[float, Field(gt=0)] = 0.02
    warmup_epochs: Annotated[float, Field(ge=0)] = 0.5
    weight_decay: Annotated[float, Field(ge=0)] = 0.0005
    scale: Share = 0.15
    translate: Share = 0.04
    fliplr: Share = 0.5
    bf16: bool = True
    """Forward in bfloat16 on a CPU that has instructions for it: 0.16 to 0.18 s a 672 px picture of yolov8n on two cores
    against 0.24 to 0.30 s. Other CPUs always train in float32."""
    workers: Annotated[int, Field(ge=0)] = 2


class TrainConfig(Document):
    """Everything that a training run depends on, beside the data and the versions of the programs."""

    name: Name
    version: Name
    start_from: Path
    """Weights to start from, relative to the data folder."""
    labels: Annotated[dict[Name, Group], Field(min_length=1)]
    scout_only: tuple[Name, ...] = ()
    """Objects of interest that are longer than the network reaches at detail scale: the detail pass does not report them."""
    encoding: str
    canvas: Positive = 672
    scout_height: Positive = 224
    detail_pitch_mm: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 4.4
    seed: Annotated[int, Field(ge=0)] = 0
    real: RealData | None = None
    simulated: SimulatedData | None = None
    optimiser: Optimiser

    def detail_objects(self) -> tuple[str, ...]:
        """The labels that the detail pass may report."""
        return tuple(x for x, group in self.labels.items() if group is Group.OBJECT and x not in self.scout_only)

    @model_validator(mode="after")
    def _consistent(self) -> "TrainConfig":
        if self.encoding not in RECIPES:
            raise ValueError(f"encoding '{self.encoding}' is not one of {', '.join(RECIPES)}")
        if self.canvas % STRIDE or self.scout_height % STRIDE:
            raise ValueError(f"canvas and scout_height must be multiples of {STRIDE}")
        if self.scout_height > self.canvas:
            raise ValueError(f"scout_height {self.scout_height} does not fit into a canvas of {self.canvas}")
        strange = [x for x in self.scout_only if self.labels.get(x) is not Group.OBJECT]
        if strange:
            raise ValueError(f"scout_only names '{strange[0]}', which is no label of the group 'object'")
        if self.real is None and self.simulated is None:
            raise ValueError("expected 'real' or 'simulated' data, or both")
        return self


def load_config(path: Path) -> TrainConfig:
    """Read a training configuration.

    Raises:
        ConfigError: unreadable, an unknown key, a value out of range.
    """
    return parse_yaml(read_bytes(path), str(path), TrainConfig)
