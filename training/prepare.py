"""Turns a training configuration into canvases on disk."""

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from scantally.datasets import canvas
from scantally.datasets.labelled import LabelledScan
from scantally.datasets.simulator.files import write_whole
from scantally.detector.errors import ConfigError
from scantally.training.augment import variation
from scantally.training.config import Crops, TrainConfig
from scantally.training.cutting import scale_of
from scantally.training.detail import detail_canvases
from scantally.training.mining import Mine, nothing
from scantally.training.sources import Source, Sources, require_labels

DONE = "pictures.json"
"""Written last: its presence says that the pictures are all there."""

BEGUN = "pictures.begun"
"""Written first: the folder is a run's own, and may be cleared when the run was cut off."""

TOKENS = 4
"""ultralytics runs a validation even where none is used: it gets this many pictures, and nobody reads what it says of them."""


def recipe_of(config: TrainConfig, vary: canvas.Vary = canvas.as_it_is) -> canvas.Recipe:
    """The part of the configuration that canvases are made by."""
    return canvas.Recipe(encoding=config.encoding, canvas=config.canvas, scout_height=config.scout_height, vary=vary)


def prepare(config: TrainConfig, sources: Sources, out: Path, mine: Mine = nothing) -> tuple[Path, dict[str, int]]:
    """Write canvases of all scans below ``out`` and return the path of ultralytics' data file, and counts per label.

    ``mine`` finds the false alarms that get crops of their own (``detail_mined``).

    Pictures of an earlier run that are all there are kept; those of a run that was cut off are made anew.

    Raises:
        ConfigError: the scans show something that the configuration has no label for; no picture comes of them; or the folder
            holds something that no run wrote.
    """
    require_labels(config, [*sources.all(), *sources.validation])
    counts = _counts_of(out)
    if counts is None:
        _begin_anew(out)
        counts = _train_pictures(config, sources.of(config), out / "train", mine)
        _validation_pictures(config, sources.validation, out / "val")
        written = {"counts": counts, "files": _digest(out)}
        write_whole(out / DONE, json.dumps(written, indent=1).encode(), durable=True)
    return _data_file(config, out), counts


def _data_file(config: TrainConfig, out: Path) -> Path:
    """What ultralytics reads: it wants whole paths, so it is written anew each time, in case the folder was moved.

    Raises:
        ConfigError: there is no picture to learn from.
    """
    images, validation = (
        sorted(str(p.resolve()) for p in (out / part / "images").glob("*.png")) for part in ("train", "val")
    )
    if not images:
        raise ConfigError(
            "data", "no training picture comes of it: expected labelled things, scout strips or negatives"
        )
    write_whole(out / "val.txt", "\n".join(validation or images[:TOKENS]).encode(), durable=True)
    document = {
        "path": str(out.resolve()),
        "train": "train/images",
        "val": "val.txt",
        "names": dict(enumerate(config.labels)),
    }
    write_whole(out / "data.yaml", yaml.safe_dump(document).encode(), durable=True)
    return out / "data.yaml"


def _digest(out: Path) -> str:
    """Of the names and sizes of all pictures and their labels: a picture that is gone or cut shows, at no cost."""
    files = sorted(p for part in ("train", "val") for p in (out / part).glob("*/*.*") if p.suffix in (".png", ".txt"))
    listed = "".join(f"{p.relative_to(out).as_posix()} {p.stat().st_size}\n" for p in files)
    return hashlib.sha256(listed.encode(errors="surrogateescape")).hexdigest()


def _begin_anew(out: Path) -> None:
    """An empty folder; what a run that was cut off left there goes, and nothing else.

    Raises:
        ConfigError: it holds something that no run wrote.
    """
    begun = out / BEGUN
    if out.exists() and not begun.is_file() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(str(out), "holds what no training wrote: expected another --out, whose 'data' is free")
    if out.exists():
        shutil.rmtree(out)
    out.mkdir(parents=True)
    begun.touch()


def _counts_of(out: Path) -> dict[str, int] | None:
    """How often each label stands in pictures that are all there, as they were written; None where they are not."""
    try:
        written = json.loads((out / DONE).read_bytes())
        counts, files = written["counts"], written["files"]
    except (OSError, ValueError, RecursionError, KeyError, TypeError):
        return None
    whole = isinstance(counts, dict) and all(isinstance(count, int) for count in counts.values())
    return counts if whole and files == _digest(out) else None


def _train_pictures(config: TrainConfig, sources: Sequence[Source], folder: Path, mine: Mine) -> dict[str, int]:
    rng = np.random.default_rng(config.seed)
    recipe = recipe_of(config, variation(config.augmentation))
    labels = list(config.labels)
    strips = [scan for source in sources if source.scout for scan in source.scans * source.repeats]
    counts = canvas.write(canvas.scout_canvases(strips, recipe, rng, "scout"), folder, labels)
    more = canvas.write(detail_canvases(config, sources, recipe, rng, mine), folder, labels)
    return {label: counts[label] + more[label] for label in labels}


def _validation_pictures(config: TrainConfig, scans: Sequence[LabelledScan], folder: Path) -> None:
    """Canvases of the scans held for validation, without any variation."""
    if not scans:
        return
    rng = np.random.default_rng(config.seed)
    recipe = recipe_of(config)
    labels = list(config.labels)
    if any(chosen.scout for chosen in config.imported):
        canvas.write(canvas.scout_canvases(scans, recipe, rng, "scout"), folder, labels)
    held = [Source(prefix="val", scans=list(scans), crops=Crops(detail_crops=1))]
    canvas.write(detail_canvases(config, held, recipe, rng), folder, labels)


def too_small(config: TrainConfig, sources: Sources) -> dict[str, int]:
    """By label of the detail pass, how many of its boxes are too small at the detail scale to be learnt from: no picture shows them."""
    wanted = set(config.detail_labels())
    sizes = [
        (item.label, min(item.box[2] - item.box[0], item.box[3] - item.box[1]) * scale_of(scan, config))
        for scan in sources.all()
        for item in scan.labels
        if item.label in wanted
    ]
    return dict(sorted(Counter(label for label, side in sizes if side < canvas.MIN_SIDE).items()))
