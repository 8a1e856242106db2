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
from scantally.training.surroundings import quiet
from scantally.training.weights import DAMAGED, first_words, load_weights_npz, network_of_npz, require_weights

SHIPPED = Path("package:default")
"""The default package that is installed with the project."""

WEIGHTS = "weights.npz"

HEADS = ("Detect", "Pose")
"""How the names of the heads end that a detector can be made of."""


def find_start(config: TrainConfig, data: Path) -> Path:
    """The file that ``start_from`` names: a checkpoint, or the ``weights.npz`` of a package.

    Raises:
        ConfigError: there is none. PackageError: the package is altered.
    """
    path = start_path(config, data)
    if path.is_dir():
        path = open_package(path).path / WEIGHTS
        if not path.is_file():
            raise ConfigError(str(path), "no such file: expected a package with weights to go on from")
    require_weights(path, "the weights that 'start_from' names")
    return path


def start_path(config: TrainConfig, data: Path) -> Path:
    """The place that ``start_from`` names: a file, or the folder of a package."""
    if config.start_from == SHIPPED:
        return default_package()
    if str(config.start_from).startswith("package:"):
        raise ConfigError(
            "start_from", f"expected '{SHIPPED}' or a path below the data folder, got '{config.start_from}'"
        )
    return data / config.start_from


def require_network(weights: Path) -> None:
    """Refuse a checkpoint that no detector can be made of, before hours go by that rest on it.

    Raises:
        ConfigError: it is damaged, or holds something else.
    """
    if weights.suffix == ".npz":
        return
    try:
        with quiet():
            form: Any = getattr(YOLO(str(weights)).model, "yaml", None)
        head = str(form["head"][-1][2])
    except DAMAGED as e:
        problem = f"not weights of a network of ultralytics (.pt), or damaged: {first_words(e)}"
        raise ConfigError(str(weights), problem) from e
    if not head.endswith(HEADS):
        raise ConfigError(str(weights), f"expected a network that detects or finds poses, got one that ends in {head}")


def as_checkpoint(weights: Path, out: Path) -> Path:
    """The weights as ultralytics reads them; those of a package are written to ``out`` in that form."""
    if weights.suffix != ".npz":
        return weights
    network = network_of_npz(weights)
    model = _built(network)
    state = {name: torch.from_numpy(tensor) for name, tensor in load_weights_npz(weights).items()}
    _widen_class_branch(model.model, network, state)
    try:
        model.model.load_state_dict(state)
    except RuntimeError as e:
        raise ConfigError(str(weights), f"the weights do not fit the network that the file names: {e}") from e
    out.parent.mkdir(parents=True, exist_ok=True)
    model.save(str(out))
    return out


def _built(network: dict[str, Any]) -> Any:  # noqa: ANN401 (ultralytics' YOLO)
    """The network with drawn weights."""
    with TemporaryDirectory() as folder:
        shape = Path(folder) / "network.yaml"
        shape.write_text(yaml.safe_dump(network))
        return YOLO(str(shape), task="detect")


def _widen_class_branch(model: Any, network: dict[str, Any], state: dict[str, torch.Tensor]) -> None:  # noqa: ANN401
    """Give the head's class branch the width that the weights have.

    ultralytics makes it as wide as the number of classes asks for (``max(c, min(nc, 100))``), but keeps the width of the weights that a
    training started from: a network for 31 labels that came from COCO's 80 has a branch for 80, and nothing in its form says so.
    """
    head = model.model[-1]
    stem = f"model.{head.i}.cv3.0.0.conv.weight"
    if stem not in state or state[stem].shape == model.state_dict()[stem].shape:
        return
    wide = _built(network | {"nc": int(state[stem].shape[0])}).model.model[-1]
    for branch in wide.cv3:
        branch[-1] = torch.nn.Conv2d(branch[-1].in_channels, head.nc, 1)
    head.cv3 = wide.cv3
