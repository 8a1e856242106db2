"""A training run: data in, weights out, and a cross-validation that is many of them."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

import yaml

from scantally.datasets import ajna
from scantally.datasets import simulated as simulated_data
from scantally.datasets.labelled import Label, LabelledScan
from scantally.datasets.simulator.files import reserved
from scantally.datasets.simulator.plan import LOAD_WEIGHTS, OBJECT_WEIGHTS, Wishes
from scantally.datasets.simulator.produce import prepare as begin_series
from scantally.datasets.simulator.produce import produce
from scantally.datasets.simulator.suites import series
from scantally.detector.errors import ConfigError
from scantally.detector.formats import read_scan
from scantally.detector.models.infer import Detector
from scantally.detector.models.ort import OrtEngine, usable_cores
from scantally.detector.models.package import Card, LabelCard
from scantally.detector.types import Group
from scantally.training.config import SimulatedData, TrainConfig
from scantally.training.crossval import splits
from scantally.training.export import export_onnx
from scantally.training.metrics import Judged
from scantally.training.prepare import prepare
from scantally.training.trainer import fit
from scantally.training.weights import require_weights

EVALUATION_THRESHOLD = 0.001
"""Average precision needs the faint detections too."""

@dataclass(frozen=True, kw_only=True, slots=True)
class Sources:
    """The scans that a configuration names."""

    real: list[LabelledScan]
    simulated: list[LabelledScan]


def open_sources(config: TrainConfig, data: Path, out: Path, say: Callable[[str], None]) -> Sources:
    """Find the real scans that the configuration names below ``data``, and make the simulated ones below ``out``.

    Raises:
        InputError: the data is not there. ConfigError: the dataset's name is unknown.
    """
    real: list[LabelledScan] = []
    if config.real:
        if config.real.dataset != "ajna":
            raise ConfigError("real.dataset", f"expected 'ajna', got '{config.real.dataset}'")
        real = ajna.load(data / config.real.root)
    return Sources(real=real, simulated=_simulated(config, config.simulated, out, say) if config.simulated else [])


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
    jobs = series(wanted.scans, wanted.seed, wishes_of(config))
    with reserved(folder):
        left = begin_series(folder, f"s{wanted.seed}", jobs)
        say(f"simulating {len(left)} of {len(jobs)} scans")
        for _ in produce(folder, left, usable_cores()):
            pass
    return [widened(scan, wanted.container_margin) for scan in simulated_data.load(folder)]


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


def train(config: TrainConfig, data: Path, out: Path, say: Callable[[str], None]) -> Path:
    """Train on everything the configuration names; returns the final weights. ``out`` also gets config and versions."""
    sources = open_sources(config, data, out, say)
    return _train_on(config, sources.real, sources.simulated, data, out, say)


def cross_validate(
    config: TrainConfig, data: Path, out: Path, folds: int, leave_out: str | None, say: Callable[[str], None]
) -> dict[str, list[Judged]]:
    """Train once per split and judge its test part: judged scans by the split's name. Splits done before are taken up.

    Raises:
        InputError: the data is not there. ConfigError: the splits cannot be made from it.
    """
    sources = open_sources(config, data, out, say)
    try:
        parts = list(splits(sources.real, folds, config.seed, leave_out))
    except ValueError as e:
        raise ConfigError("cross-validation", str(e)) from e
    judged: dict[str, list[Judged]] = {}
    for name, train_part, test_part in parts:
        folder = out / name
        network = folder / "model.onnx"
        if not network.exists():
            real = [sources.real[i] for i in train_part]
            checkpoint = _train_on(config, real, sources.simulated, data, folder, say)
            export_onnx(checkpoint, network, {"encoding": config.encoding, "labels": ",".join(config.labels)})
        detector = Detector(engine=OrtEngine(network.read_bytes(), str(network)), card=evaluation_card(config))
        say(f"{name}: judging {len(test_part)} scans")
        judged[name] = [judge(detector, sources.real[i]) for i in test_part]
        detector.engine.close()
    return judged


def judge(detector: Detector, scan: LabelledScan) -> Judged:
    """Run a detector on a labelled scan, read from its file as an operator's scan is."""
    if scan.path is None:
        raise ValueError(f"{scan.name} has no file to read")
    return Judged(scan=scan, found=detector.detect(read_scan(scan.path)))


def evaluation_card(config: TrainConfig) -> Card:
    """A card with low thresholds, as figures of merit need."""
    return Card.model_validate(
        {
            "schema": 1,
            "name": config.name,
            "version": config.version,
            "description": "for evaluation",
            "licence": "AGPL-3.0-or-later",
            "encoding": config.encoding,
            "scout_height": config.scout_height,
            "detail_pitch_mm": config.detail_pitch_mm,
            "labels": label_cards(config, EVALUATION_THRESHOLD),
        }
    )


def label_cards(config: TrainConfig, threshold: float) -> list[LabelCard]:
    """The labels of a configuration as a card lists them."""
    return [
        LabelCard(
            name=name,
            group=group,
            threshold=threshold,
            passes=("scout", "detail") if name in config.detail_objects() else ("scout",),
        )
        for name, group in config.labels.items()
    ]


def _train_on(
    config: TrainConfig,
    real: Sequence[LabelledScan],
    simulated: Sequence[LabelledScan],
    data: Path,
    out: Path,
    say: Callable[[str], None],
) -> Path:
    out.mkdir(parents=True, exist_ok=True)
    weights = data / config.start_from
    require_weights(weights, "the weights that 'start_from' names")
    say(f"{out.name}: writing training pictures of {len(real)} real and {len(simulated)} simulated scans")
    data_yaml, counts = prepare(config, real, simulated, out / "data")
    _write_record(config, real, simulated, weights, counts, out)
    say(f"{out.name}: training for {config.optimiser.epochs} epochs")
    return fit(config, weights, data_yaml, out / "fit", validate=False)


def _write_record(
    config: TrainConfig,
    real: Sequence[LabelledScan],
    simulated: Sequence[LabelledScan],
    weights: Path,
    counts: dict[str, int],
    out: Path,
) -> None:
    """What a reader needs to repeat the run: resolved configuration, data, weights and versions."""
    (out / "config.yaml").write_text(yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False))
    names = "".join(f"{s.name} {s.group}\n" for s in (*real, *simulated))
    record = {
        "weights_sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        "scans_sha256": hashlib.sha256(names.encode()).hexdigest(),
        "real_scans": len(real),
        "simulated_scans": len(simulated),
        "labels_in_pictures": counts,
        "python": platform.python_version(),
        "commit": source_commit(),
        "versions": {n: metadata.version(n) for n in ("torch", "ultralytics", "numpy", "scantally")},
    }
    (out / "record.json").write_text(json.dumps(record, indent=1))


def source_commit() -> str | None:
    """The commit that the code was at, marked where files differ from it; None outside a git checkout."""
    git = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"]
    try:
        return subprocess.run(git, check=True, capture_output=True, text=True, timeout=20).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
