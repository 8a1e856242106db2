"""The weights that a training starts from: a checkpoint of ultralytics, or the weights of a model package."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
import yaml
from ultralytics import YOLO

from scantally.detector.errors import ConfigError
from scantally.detector.models.package import default_package, open_package
from scantally.training.config import TrainConfig
from scantally.training.weights import load_weights_npz, network_of_npz, require_weights

SHIPPED = Path("package:default")
"""The default package that is installed with the project."""

WEIGHTS = "weights.npz"


def find_start(config: TrainConfig, data: Path) -> Path:
    """The file that ``start_from`` names: a checkpoint, or the ``weights.npz`` of a package.

    Raises:
        ConfigError: there is none. PackageError: the package is altered.
    """
    path = default_package() if config.start_from == SHIPPED else data / config.start_from
    if path.is_dir():
        path = open_package(path).path / WEIGHTS
        if not path.is_file():
            raise ConfigError(str(path), "no such file: expected a package with weights to go on from")
    require_weights(path, "the weights that 'start_from' names")
    return path


def as_checkpoint(weights: Path, out: Path) -> Path:
    """The weights as ultralytics reads them; those of a package are written to ``out`` in that form."""
    if weights.suffix != ".npz":
        return weights
    network = network_of_npz(weights)
    with TemporaryDirectory() as folder:
        # ultralytics reads the scale of a network from its file's name, unless the file names it.
        shape = Path(folder) / "network.yaml"
        shape.write_text(yaml.safe_dump(network))
        model: Any = YOLO(str(shape), task="detect")
    state = {name: torch.from_numpy(tensor) for name, tensor in load_weights_npz(weights).items()}
    try:
        model.model.load_state_dict(state)
    except RuntimeError as e:
        raise ConfigError(str(weights), f"the weights do not fit the network that the file names: {e}") from e
    out.parent.mkdir(parents=True, exist_ok=True)
    model.save(str(out))
    return out
