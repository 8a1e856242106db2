"""The mean of the weights that a training started from and those that it ended with.

A training that goes on with little data takes something away from what the package knew; between the two ends lie weights that do the new
without forgetting the old (Wortsman et al. 2022, *Robust fine-tuning of zero-shot models*, CVPR).
"""

from pathlib import Path

import torch
from ultralytics import YOLO

from scantally.detector.errors import ConfigError
from scantally.detector.models.package import open_package
from scantally.training.config import TrainConfig
from scantally.training.start import start_path

AVERAGED = "averaged.pt"


def require_averageable(config: TrainConfig, data: Path) -> None:
    """Make sure, before any work, that the start is of the form that the training ends with; nothing where no share is asked for.

    Raises:
        ConfigError: ``start_from`` is no package, or one of other labels. PackageError: it is altered.
    """
    if not config.start_share:
        return
    path = start_path(config, data)
    if not path.is_dir():
        raise ConfigError("start_from", f"start_share needs a package to start from, got '{config.start_from}'")
    package = open_package(path)
    if [x.name for x in package.card.labels] != list(config.labels):
        problem = f"start_share: expected the labels of {package.title}, in its order"
        raise ConfigError("labels", problem)


def with_start(last: Path, start: Path, share: float) -> Path:
    """Write ``averaged.pt`` beside the last weights: ``share`` of the start's and the rest of the last's, statistics of batches too.

    Args:
        last: checkpoint of the trained network.
        start: checkpoint that the training started from.
        share: of the start, in [0, 1); at 0 nothing is written.

    Returns:
        The checkpoint to take.

    Raises:
        ConfigError: the two are not of one form.
    """
    if not share:
        return last
    ended, began = YOLO(str(last)), YOLO(str(start)).model.state_dict()
    state = ended.model.state_dict()
    if {name: x.shape for name, x in state.items()} != {name: x.shape for name, x in began.items()}:
        raise ConfigError(str(start), "start_share: the network is not of the form that the training ended with")
    mean = {
        name: torch.lerp(x.float(), began[name].float(), share) if x.is_floating_point() else x
        for name, x in state.items()
    }
    ended.model.load_state_dict(mean)
    out = last.with_name(AVERAGED)
    part = out.with_suffix(".part.pt")
    ended.save(str(part))
    part.replace(out)
    return out
