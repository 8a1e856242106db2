"""The scans that a configuration names: real ones, imported datasets, and simulated ones that the run makes itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from scantally.datasets import ajna, dataset
from scantally.datasets import simulated as simulated_data
from scantally.datasets.halves import in_half
from scantally.datasets.labelled import Label, LabelledScan
from scantally.datasets.simulator.files import reserved
from scantally.datasets.simulator.plan import LOAD_WEIGHTS, OBJECT_WEIGHTS, Wishes
from scantally.datasets.simulator.produce import prepare as begin_series
from scantally.datasets.simulator.produce import produce
from scantally.datasets.simulator.suites import SUITES, series
from scantally.detector.errors import ConfigError
from scantally.detector.models.ort import usable_cores
from scantally.detector.types import Group
from scantally.training.config import Crops, ImportedData, SimulatedData, TrainConfig

TRAIN = "train"
"""The part of the benchmark that is for learning: its folder, and the object instances that it may show."""

ALWAYS = ("container", "empty")
"""What simulated scans show, whatever else is wished for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """Scans of one origin, and what is made of them."""

    prefix: str  # of the names of its training pictures
    scans: list[LabelledScan]
    crops: Crops
    repeats: int = 1
    scout: bool = True
    setting: str = ""  # where its choices stand in the configuration


@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """The scans that a configuration names, by origin."""

    real: list[LabelledScan] = field(default_factory=list)
    imported: list[list[LabelledScan]] = field(default_factory=list)
    validation: list[LabelledScan] = field(default_factory=list)
    simulated: list[LabelledScan] = field(default_factory=list)

    def of(self, config: TrainConfig) -> list[Source]:
        """Each origin with the choices that the configuration makes for it."""
        found = []
        if config.real:
            found.append(
                Source(prefix="real", scans=self.real, crops=config.real, repeats=config.real.repeats, setting="real")
            )
        for number, (chosen, scans) in enumerate(zip(config.imported, self.imported, strict=True)):
            found.append(
                Source(
                    prefix=f"set{number}",
                    scans=scans,
                    crops=chosen,
                    repeats=chosen.repeats,
                    scout=chosen.scout,
                    setting=f"imported[{number}]",
                )
            )
        if config.simulated:
            found.append(Source(prefix="sim", scans=self.simulated, crops=config.simulated, setting="simulated"))
        return found

    def labelled(self) -> list[LabelledScan]:
        """The scans that somebody labelled: what a cross-validation divides."""
        return [*self.real, *(scan for scans in self.imported for scan in scans)]

    def only(self, kept: Sequence[LabelledScan]) -> "Sources":
        """These of the labelled scans, and every simulated one; none for validation."""
        chosen = {id(scan) for scan in kept}
        return Sources(
            real=[scan for scan in self.real if id(scan) in chosen],
            imported=[[scan for scan in scans if id(scan) in chosen] for scans in self.imported],
            simulated=self.simulated,
        )

    def all(self) -> list[LabelledScan]:
        """Every scan that is trained on."""
        return [*self.labelled(), *self.simulated]


def open_sources(config: TrainConfig, data: Path, out: Path, say: Callable[[str], None]) -> Sources:
    """Find the scans that the configuration names below ``data``, and make the simulated ones below ``out``.

    Raises:
        InputError: see ``open_labelled``. ConfigError: the simulated scans cannot be written.
    """
    return with_simulated(config, open_labelled(config, data), out, say)


def open_labelled(config: TrainConfig, data: Path) -> Sources:
    """Find the scans below ``data`` that somebody labelled: quick, and what is wrong with them shows before the long work.

    Raises:
        InputError: the data is not there. ConfigError: the dataset's name is unknown, a dataset has no scan to train on, or shows what
            the configuration has no label for.
    """
    real: list[LabelledScan] = []
    if config.real:
        if config.real.dataset != "ajna":
            raise ConfigError("real.dataset", f"expected 'ajna', got '{config.real.dataset}'")
        real = ajna.load(data / config.real.root)
        real = in_half(real, config.real.half) if config.real.half else real
    imported = [_imported(chosen, number, data) for number, chosen in enumerate(config.imported)]
    held = [scan for chosen in config.imported for scan in dataset.load(data / chosen.root, ("val",))]
    found = Sources(real=real, imported=imported, validation=held)
    require_labels(config, [*found.labelled(), *held])
    strange = [name for name in ALWAYS if name not in config.labels] if config.simulated else []
    if strange:
        raise ConfigError("labels", f"simulated scans show {', '.join(strange)}: expected each of them to be named")
    return found


def with_simulated(config: TrainConfig, found: Sources, out: Path, say: Callable[[str], None]) -> Sources:
    """The sources with the simulated scans too, which are made below ``out``.

    Raises:
        ConfigError: they cannot be written.
    """
    made = _simulated(config, config.simulated, out, say) if config.simulated else []
    return replace(found, simulated=made)


def require_labels(config: TrainConfig, scans: Sequence[LabelledScan]) -> None:
    """What is labelled and not named would be taught to be background.

    Raises:
        ConfigError: there is such a thing.
    """
    strange = sorted({x.label for scan in scans for x in scan.labels} - set(config.labels))
    if strange:
        unseen = sorted(set(config.labels) - {x.label for scan in scans for x in (*scan.labels, *scan.ignored)})
        never = f" ({', '.join(unseen[:3])} is named and never shown)" if len(unseen) == len(strange) == 1 else ""
        raise ConfigError(
            "labels", f"the data also shows {', '.join(strange)}: expected each of them to be named{never}"
        )
    for name, group in sorted({(x.label, x.group) for scan in scans for x in scan.labels if x.group is not None}):
        if config.labels[name] is not group:
            said = f"{name}: the data calls it {group.value}, the configuration {config.labels[name].value}"
            raise ConfigError("labels", f"{said}: expected the same group in both")


def _imported(chosen: ImportedData, number: int, data: Path) -> list[LabelledScan]:
    folder = data / chosen.root
    parted = any(image.split is not None for image in dataset.read_dataset(folder).images)
    scans = dataset.load(folder, chosen.splits if parted else None)
    if not scans:
        raise ConfigError(f"imported[{number}].splits", f"{folder} has no picture of {', '.join(chosen.splits)}")
    return scans


def wishes_of(config: TrainConfig) -> Wishes:
    """What the simulator draws for a configuration: the loads and objects that it has labels for, and no others."""
    loads = tuple(name for name in LOAD_WEIGHTS if config.labels.get(name) is Group.LOAD)
    objects = tuple(name for name in OBJECT_WEIGHTS if config.labels.get(name) is Group.OBJECT)
    usual = Wishes()
    return Wishes(
        loads=loads,
        objects=objects,
        empty_share=usual.empty_share if loads else 1.0,
        object_share=_object_share(config, usual.object_share) if objects else 0.0,
        tank_share=usual.tank_share if "tank" in config.labels else 0.0,
    )


def _object_share(config: TrainConfig, usual: float) -> float:
    wanted = config.simulated.object_share if config.simulated else None
    return usual if wanted is None else wanted


def _simulated(config: TrainConfig, wanted: SimulatedData, out: Path, say: Callable[[str], None]) -> list[LabelledScan]:
    """Simulate what the configuration names below ``out``; what is there already is kept."""
    folder = out / "simulated"
    if wanted.suite:
        jobs = [job for job in SUITES[wanted.suite].jobs() if job.stem.startswith(f"{TRAIN}/")][: wanted.scans]
    else:
        jobs = series(wanted.scans or 0, wanted.seed, wishes_of(config))
    with reserved(folder):
        left = begin_series(folder, wanted.suite or f"s{wanted.seed}", jobs)
        say(f"simulating {len(left)} of {len(jobs)} scans")
        for number, _ in enumerate(produce(folder, left, usable_cores()), 1):
            if number % 100 == 0:
                say(f"simulated {number} of {len(left)}")
    return [
        widened(scan, wanted.container_margin)
        for scan in simulated_data.load(folder / TRAIN if wanted.suite else folder)
    ]


def widened(scan: LabelledScan, margin: tuple[float, float, float, float]) -> LabelledScan:
    """The scan with air around its containers' boxes (and around ``empty``, which has the container's box)."""

    def wide(item: Label) -> Label:
        if item.label not in ("container", "empty"):
            return item
        x0, y0, x1, y1 = item.box
        w, h = x1 - x0, y1 - y0
        box = (x0 - margin[0] * w, y0 - margin[1] * h, x1 + margin[2] * w, y1 + margin[3] * h)
        return replace(item, box=box)

    return replace(scan, labels=tuple(wide(item) for item in scan.labels))
