"""A training run: data in, weights out, and a cross-validation that is many of them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from scantally.datasets.canvas import MIN_SIDE
from scantally.datasets.labelled import LabelledScan
from scantally.datasets.simulator.files import make_folder, write_whole
from scantally.detector.config.files import parse_yaml, read_bytes
from scantally.detector.errors import ConfigError
from scantally.detector.formats import read_scan
from scantally.detector.models.infer import Detector
from scantally.detector.models.ort import OrtEngine
from scantally.detector.models.package import Card, LabelCard
from scantally.training.averaging import require_averageable, with_start
from scantally.training.config import TrainConfig, different
from scantally.training.crossval import splits
from scantally.training.detail import lacking, unused
from scantally.training.export import export_onnx
from scantally.training.lock import held
from scantally.training.metrics import Judged
from scantally.training.mining import Mine, miner
from scantally.training.overrides import require_device
from scantally.training.prepare import prepare, too_small
from scantally.training.progress import EPOCHS, read_epochs
from scantally.training.record import RECORD, data_sha256, file_sha256, read_record, run_record
from scantally.training.resume import STATE
from scantally.training.sources import Sources, open_labelled, with_simulated
from scantally.training.start import as_checkpoint, find_start, require_network
from scantally.training.tracking import Tracker, require_tracking
from scantally.training.trainer import FIT, Watch, fit, is_done

CONFIGURATION = "config.yaml"
"""In a run's folder: the configuration that it began with, resolved."""

EVALUATION_THRESHOLD = 0.001
"""Average precision needs the faint detections too."""


def train(config: TrainConfig, data: Path, out: Path, say: Callable[[str], None], track: bool = False) -> Path:
    """Train on everything the configuration names; returns the final weights. ``out`` also gets config and versions.

    A run that was cut off, at whatever moment, goes on from its last whole epoch. ``track`` tells MLflow of it.

    Raises:
        InputError: the data is not there. ConfigError: the run in ``out`` began with another configuration, or is going on now.
    """
    if track:
        require_tracking()
    if not is_done(config, out):
        require_device(config.optimiser)
    begun = _start_of(config, data, _labelled(config, data), say)
    require_own(out)
    with held(out):
        sources = _begin(config, begun, out, say)
        if not track:
            return _train_on(config, sources, begun, out, say)
        with Tracker(config, out) as tracker:
            last = _train_on(config, sources, begun, out, say, tracker.epoch)
            for row in read_epochs(out):
                tracker.epoch(row)
            tracker.record(read_record(out) or {})
    return last


def cross_validate(
    config: TrainConfig, data: Path, out: Path, folds: int, leave_out: str | None, say: Callable[[str], None]
) -> dict[str, list[Judged]]:
    """Train once per split and judge its test part: judged scans by the split's name. Splits done before are taken up.

    Raises:
        InputError: the data is not there. ConfigError: the splits cannot be made from it.
    """
    require_device(config.optimiser)
    labelled = _labelled(config, data)
    try:
        parts = list(splits(labelled.labelled(), folds, config.seed, leave_out))
    except ValueError as e:
        raise ConfigError("cross-validation", str(e)) from e
    begun = _start_of(config, data, labelled, say)
    require_own(out)
    with held(out):
        sources = _begin(config, begun, out, say)
        return {
            name: _judged_split(config, sources, begun, out / name, (train_part, test_part), say)
            for name, train_part, test_part in parts
        }


def require_own(out: Path) -> None:
    """Refuse a folder in which a run would write over what no run wrote, or whose name ultralytics cannot read.

    Raises:
        ConfigError: it is such a folder.
    """
    if not str(out.absolute()).isprintable():
        raise ConfigError("--out", f"{str(out)!r}: expected a path of printable characters")
    if (out / CONFIGURATION).is_file():
        return
    there = [name for name in (STATE, EPOCHS, RECORD, FIT, "start.pt", "dataset.json") if (out / name).exists()]
    if there:
        raise ConfigError(str(out), f"holds {there[0]} and no {CONFIGURATION} of a run: expected another --out")


def _judged_split(
    config: TrainConfig,
    sources: Sources,
    begun: "Begun",
    folder: Path,
    parts: tuple[list[int], list[int]],
    say: Callable[[str], None],
) -> list[Judged]:
    """Train on one part of the labelled scans, unless that was done before, and judge the other."""
    scans, network = sources.labelled(), folder / "model.onnx"
    if not network.exists():
        kept = sources.only([scans[i] for i in parts[0]])
        checkpoint = _train_on(config, kept, begun, folder, say)
        export_onnx(checkpoint, network, {"encoding": config.encoding, "labels": ",".join(config.labels)})
    detector = Detector(engine=OrtEngine(network.read_bytes(), str(network)), card=evaluation_card(config))
    say(f"{folder.name}: judging {len(parts[1])} scans")
    judged = [judge(detector, scans[i]) for i in parts[1]]
    detector.engine.close()
    return judged


def judge(detector: Detector, scan: LabelledScan) -> Judged:
    """Run a detector on a labelled scan, read from its file as an operator's scan is."""
    if scan.path is None:
        raise ValueError(f"{scan.name} has no file to read")
    seen = detector.look(read_scan(scan.path))
    return Judged(scan=scan, found=seen.detections, blocks=seen.blocks)


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """What a training rests on, as far as it is quickly found and checked."""

    labelled: Sources
    weights: Path
    mine: Mine


def _labelled(config: TrainConfig, data: Path) -> Sources:
    """The labelled scans, and everything that can be wrong with them, before anything is written or simulated.

    Raises:
        InputError: they are not there. ConfigError: they do not fit the configuration.
    """
    labelled = open_labelled(config, data)
    _require_crops(config, labelled)
    return labelled


def _start_of(config: TrainConfig, data: Path, labelled: Sources, say: Callable[[str], None]) -> Begun:
    """What the training goes on from.

    Raises:
        InputError: it is not there, or cannot do what the configuration asks for.
    """
    require_averageable(config, data)
    weights = find_start(config, data)
    require_network(weights)
    return Begun(labelled=labelled, weights=weights, mine=miner(config, data, say))


def _require_crops(config: TrainConfig, sources: Sources) -> None:
    for setting, problem in lacking(config, sources.of(config)):
        raise ConfigError(setting, problem)


def _train_on(
    config: TrainConfig,
    sources: Sources,
    begun: Begun,
    out: Path,
    say: Callable[[str], None],
    watch: Watch | None = None,
) -> Path:
    make_folder(out)
    _require_same_data(sources, begun.weights, out)
    say(f"{out.name}: writing training pictures of {len(sources.all())} scans")
    # The whole has them; a part of it, in a cross-validation, may not.
    for setting, problem in lacking(config, sources.of(config)):
        say(f"{out.name}: {setting}: {problem}")
    for setting, number, whole in unused(config, sources.of(config)):
        shown = "shows no object and is" if number == 1 else "show no object and are"
        say(f"{out.name}: {number} of {whole} pictures {shown} not used ({setting}.detail_negatives)")
    data_yaml, counts = prepare(config, sources, out / "data", begun.mine)
    small = too_small(config, sources)
    for label, number in small.items():
        say(
            f"{label}: {number} boxes are under {MIN_SIDE:g} px at the detail scale and are not learnt (detail_pitch_mm)"
        )
    # The record of a training that is done names the versions and the commit that made it, not those that look at it later.
    if not is_done(config, out) or read_record(out) is None:
        record = json.dumps(run_record(sources, begun.weights, counts) | {"too_small": small}, indent=1)
        write_whole(out / RECORD, record.encode(), durable=True)
    epochs = config.optimiser.epochs
    say(f"{out.name}: training for {epochs} epoch{'' if epochs == 1 else 's'}")
    start = as_checkpoint(begun.weights, out / "start.pt")
    last = fit(config, start, data_yaml, out / FIT, validate=bool(sources.validation), say=say, watch=watch)
    return with_start(last, start, config.start_share)


def _begin(config: TrainConfig, begun: Begun, out: Path, say: Callable[[str], None]) -> Sources:
    """Save the resolved configuration, or make sure that the run that is here began with the same, and simulate what it names.

    Raises:
        ConfigError: it began with another.
    """
    path = out / CONFIGURATION
    text = yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False)
    if path.exists():
        _require_same_configuration(path, text, config)
    read_record(out)
    sources = with_simulated(config, begun.labelled, out, say)
    _require_crops(config, sources)
    write_whole(path, text.encode(), durable=True)
    return sources


def _require_same_configuration(path: Path, text: str, config: TrainConfig) -> None:
    raw = read_bytes(path)
    if raw == text.encode():
        return
    trained = parse_yaml(raw, str(path), TrainConfig).model_dump(mode="json")
    other = different(trained, config.model_dump(mode="json"))
    if not other:  # written by an earlier version, which knew fewer keys, or with a remark put in
        return
    problem = f"this run began with another configuration ({other}): expected another --out"
    raise ConfigError(str(path.parent), problem)


def _require_same_data(sources: Sources, weights: Path, out: Path) -> None:
    """A run goes on only with the data and the start that it began with: its pictures are there, and its record names them.

    Raises:
        ConfigError: they have changed since, or the record is damaged.
    """
    record = read_record(out) or {}
    now = {"data_sha256": data_sha256(sources.all()), "weights_sha256": file_sha256(weights)}
    changed = [key for key, value in now.items() if record.get(key) not in (None, value)]
    if changed:
        what = "data" if changed[0].startswith("data") else "weights that it starts from"
        raise ConfigError(str(out), f"the {what} have changed since this run began: expected another --out")
