"""A training run: data in, weights out, and a cross-validation that is many of them."""

import json
from collections.abc import Callable
from pathlib import Path

import yaml

from scantally.datasets.canvas import MIN_SIDE
from scantally.datasets.labelled import LabelledScan
from scantally.detector.config.files import load_yaml
from scantally.detector.errors import ConfigError
from scantally.detector.formats import read_scan
from scantally.detector.models.infer import Detector
from scantally.detector.models.ort import OrtEngine
from scantally.detector.models.package import Card, LabelCard
from scantally.training.averaging import require_averageable, with_start
from scantally.training.config import TrainConfig, different
from scantally.training.crossval import splits
from scantally.training.export import export_onnx
from scantally.training.metrics import Judged
from scantally.training.mining import miner
from scantally.training.prepare import prepare, too_small
from scantally.training.progress import read_epochs
from scantally.training.record import data_sha256, file_sha256, run_record
from scantally.training.sources import Sources, open_sources
from scantally.training.start import as_checkpoint, find_start
from scantally.training.tracking import Tracker
from scantally.training.trainer import Watch, fit

EVALUATION_THRESHOLD = 0.001
"""Average precision needs the faint detections too."""


def train(config: TrainConfig, data: Path, out: Path, say: Callable[[str], None], track: bool = False) -> Path:
    """Train on everything the configuration names; returns the final weights. ``out`` also gets config and versions.

    A run that was cut off, at whatever moment, goes on from its last whole epoch. ``track`` tells MLflow of it.

    Raises:
        InputError: the data is not there. ConfigError: the run in ``out`` began with another configuration.
    """
    sources = _begin(config, data, out, say)
    if not track:
        return _train_on(config, sources, data, out, say)
    with Tracker(config, out) as tracker:
        last = _train_on(config, sources, data, out, say, tracker.epoch)
        for row in read_epochs(out):
            tracker.epoch(row)
        tracker.record(json.loads((out / "record.json").read_bytes()))
    return last


def cross_validate(
    config: TrainConfig, data: Path, out: Path, folds: int, leave_out: str | None, say: Callable[[str], None]
) -> dict[str, list[Judged]]:
    """Train once per split and judge its test part: judged scans by the split's name. Splits done before are taken up.

    Raises:
        InputError: the data is not there. ConfigError: the splits cannot be made from it.
    """
    sources = _begin(config, data, out, say)
    scans = sources.labelled()
    try:
        parts = list(splits(scans, folds, config.seed, leave_out))
    except ValueError as e:
        raise ConfigError("cross-validation", str(e)) from e
    judged: dict[str, list[Judged]] = {}
    for name, train_part, test_part in parts:
        folder = out / name
        network = folder / "model.onnx"
        if not network.exists():
            kept = sources.only([scans[i] for i in train_part])
            checkpoint = _train_on(config, kept, data, folder, say)
            export_onnx(checkpoint, network, {"encoding": config.encoding, "labels": ",".join(config.labels)})
        detector = Detector(engine=OrtEngine(network.read_bytes(), str(network)), card=evaluation_card(config))
        say(f"{name}: judging {len(test_part)} scans")
        judged[name] = [judge(detector, scans[i]) for i in test_part]
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
        LabelCard(name=name, group=group, threshold=threshold, passes=config.passes_of(name))
        for name, group in config.labels.items()
    ]


def _train_on(
    config: TrainConfig,
    sources: Sources,
    data: Path,
    out: Path,
    say: Callable[[str], None],
    watch: Watch | None = None,
) -> Path:
    weights = find_start(config, data)
    out.mkdir(parents=True, exist_ok=True)
    count = len(sources.all())
    say(f"{out.name}: writing training pictures of {count} scans")
    _require_same_data(sources, weights, out)
    data_yaml, counts = prepare(config, sources, out / "data", miner(config, data, say))
    small = too_small(config, sources)
    for label, number in small.items():
        say(
            f"{label}: {number} boxes are under {MIN_SIDE:g} px at the detail scale and are not learnt (detail_pitch_mm)"
        )
    record = json.dumps(run_record(sources, weights, counts) | {"too_small": small}, indent=1)
    (out / "record.json").write_text(record)
    epochs = config.optimiser.epochs
    say(f"{out.name}: training for {epochs} epoch{'' if epochs == 1 else 's'}")
    start = as_checkpoint(weights, out / "start.pt")
    last = fit(config, start, data_yaml, out / "fit", validate=bool(sources.validation), say=say, watch=watch)
    return with_start(last, start, config.start_share)


def _begin(config: TrainConfig, data: Path, out: Path, say: Callable[[str], None]) -> Sources:
    """Find the scans, and save the resolved configuration or make sure that the run that is here began with the same.

    Raises:
        ConfigError: it began with another.
    """
    path = out / "config.yaml"
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
    if path.exists() and path.read_text() != text:
        problem = f"this run began with another configuration ({_difference(path, config)}): expected another --out"
        raise ConfigError(str(out), problem)
    require_averageable(config, data)
    sources = open_sources(config, data, out, say)
    out.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return sources


def _require_same_data(sources: Sources, weights: Path, out: Path) -> None:
    """A run goes on only with the data and the start that it began with: its pictures are there, and its record names them.

    Raises:
        ConfigError: they have changed since.
    """
    try:
        record = json.loads((out / "record.json").read_bytes())
    except (OSError, ValueError):
        return
    now = {"data_sha256": data_sha256(sources.all()), "weights_sha256": file_sha256(weights)}
    changed = [key for key, value in now.items() if isinstance(record, dict) and record.get(key) not in (None, value)]
    if changed:
        what = "data" if changed[0].startswith("data") else "weights that it starts from"
        raise ConfigError(str(out), f"the {what} have changed since this run began: expected another --out")


def _difference(path: Path, config: TrainConfig) -> str:
    try:
        before = load_yaml(path.read_text())
    except (yaml.YAMLError, RecursionError, ValueError):
        return "its file is not the one that was written"
    return different(before, config.model_dump(mode="json")) or "its file was altered"
