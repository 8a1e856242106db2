"""Weights files: known to be such before a training or an export rests on them, and a form of them without pickles."""

import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scantally.detector.errors import ConfigError

State: TypeAlias = dict[str, NDArray[Any]]
"""Tensors of a network by their names in torch's state dict."""

NETWORK = "//network"
"""Entry beside the tensors: how the network is built, as JSON. No tensor's name has a slash."""

DAMAGED = (
    KeyError,
    TypeError,
    AttributeError,
    RuntimeError,
    ValueError,
    IndexError,
    EOFError,
    OSError,
    ImportError,
    UnpicklingError,
)
"""What opening a file of weights raises that holds something else, or is damaged."""


def first_words(fault: Exception) -> str:
    """What went wrong, short enough for one line."""
    return (str(fault).strip() or type(fault).__name__).splitlines()[0][:120]


def require_weights(path: Path, why: str) -> None:
    """Refuse what cannot be weights.

    Args:
        path: the file; torch writes a ZIP archive.
        why: who asks for it, for the error.

    Raises:
        ConfigError: no such file, no weights, or damaged ones.
    """
    try:
        if not path.is_file():
            raise ConfigError(str(path), f"no such file: expected {why}")
        if not zipfile.is_zipfile(path):
            raise ConfigError(str(path), f"not a file of PyTorch weights: expected {why}")
        with zipfile.ZipFile(path) as archive:
            altered = archive.testzip()
    except OSError as e:
        raise ConfigError(str(path), f"cannot be read: {e.strerror or e}") from e
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as e:
        raise ConfigError(str(path), f"damaged ({first_words(e)}): expected {why}") from e
    # torch reads numbers whatever their checksum: a training would go on from them without a word.
    if altered is not None:
        raise ConfigError(str(path), f"damaged: the checksum of {altered} in it does not fit: expected {why}")


def save_weights_npz(path: Path, state: Mapping[str, NDArray[Any]], network: Mapping[str, Any]) -> None:
    """Write tensors as a ``weights.npz`` that needs no pickle to be read: floating point in float16, where its range allows.

    Args:
        path: the file.
        state: tensors by name.
        network: how the network is built (ultralytics' model YAML as a mapping).
    """
    entries = {name: _halved(tensor) for name, tensor in state.items()}
    built = np.frombuffer(json.dumps(dict(network), sort_keys=True).encode(), np.uint8)
    np.savez_compressed(path, allow_pickle=False, **entries, **{NETWORK: built})


def load_weights_npz(path: Path) -> State:
    """The tensors of a ``weights.npz``, floating point as float32.

    Raises:
        ConfigError: no such file, or none that ``save_weights_npz`` wrote.
    """
    found = _read_npz(path)
    found.pop(NETWORK)
    return {name: x.astype(np.float32) if x.dtype.kind == "f" else x for name, x in found.items()}


def network_of_npz(path: Path) -> dict[str, Any]:
    """How the network of a ``weights.npz`` is built: what ultralytics' ``DetectionModel`` takes as ``cfg``.

    Raises:
        ConfigError: no such file, or none that ``save_weights_npz`` wrote.
    """
    try:
        built = json.loads(_read_npz(path)[NETWORK].tobytes())
    except ValueError as e:
        raise ConfigError(str(path), f"expected the network's form in JSON: {e}") from e
    if not isinstance(built, dict):
        raise ConfigError(str(path), f"expected the network's form as a mapping, got {type(built).__name__}")
    return built


def _read_npz(path: Path) -> State:
    require_weights(path, "weights that an export wrote (weights.npz)")
    try:
        with np.load(path, allow_pickle=False) as archive:
            found = {name: archive[name] for name in archive.files}
    except (ValueError, OSError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as e:
        raise ConfigError(str(path), f"expected weights that an export wrote (weights.npz): {e}") from e
    if NETWORK not in found or len(found) == 1:
        raise ConfigError(str(path), "expected weights that an export wrote (weights.npz): it holds other things")
    return found


def _halved(tensor: NDArray[Any]) -> NDArray[Any]:
    """A tensor in float16; as it is where float16 would overflow (its largest number is 65,504)."""
    if tensor.dtype.kind != "f":
        return tensor
    with np.errstate(over="ignore"):
        half = tensor.astype(np.float16)
    return half if bool(np.isfinite(half).all()) else tensor
