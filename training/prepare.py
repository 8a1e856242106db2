"""Turns a training configuration into canvases on disk."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from scantally.datasets import canvas
from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import ConfigError
from scantally.training.config import TrainConfig
from scantally.training.detail import detail_canvases


def recipe_of(config: TrainConfig) -> canvas.Recipe:
    """The part of the configuration that canvases are made by."""
    return canvas.Recipe(encoding=config.encoding, canvas=config.canvas, scout_height=config.scout_height)


def prepare(
    config: TrainConfig, real: Sequence[LabelledScan], simulated: Sequence[LabelledScan], out: Path
) -> tuple[Path, dict[str, int]]:
    """Write canvases of all scans below ``out`` and return the path of ultralytics' data file, and counts per label.

    Raises:
        ConfigError: the scans show something that the configuration has no label for.
    """
    _require_labels(config, (*real, *simulated))
    rng = np.random.default_rng(config.seed)
    recipe = recipe_of(config)
    labels = list(config.labels)
    folder = out / "train"
    counts = dict.fromkeys(labels, 0)
    strips = list(real) * (config.real.repeats if config.real else 0) + list(simulated)
    _add(counts, canvas.write(canvas.scout_canvases(strips, recipe, rng, "scout"), folder, labels))
    _add(counts, canvas.write(detail_canvases(config, real, simulated, recipe, rng), folder, labels))
    data = out / "data.yaml"
    names = dict(enumerate(labels))
    images = sorted(str(p.resolve()) for p in (folder / "images").glob("*.png"))
    # ultralytics runs a validation even where none is used: the last weights are taken, whatever four pictures say.
    (out / "val.txt").write_text("\n".join(images[:4]))
    document = {"path": str(out.resolve()), "train": "train/images", "val": "val.txt", "names": names}
    data.write_text(yaml.safe_dump(document))
    return data, counts


def _require_labels(config: TrainConfig, scans: Sequence[LabelledScan]) -> None:
    """What is labelled and not named would be taught to be background."""
    strange = sorted({x.label for scan in scans for x in scan.labels} - set(config.labels))
    if strange:
        raise ConfigError("labels", f"the data also shows {', '.join(strange)}: expected each of them to be named")


def _add(total: dict[str, int], more: dict[str, int]) -> None:
    for label, count in more.items():
        total[label] += count
