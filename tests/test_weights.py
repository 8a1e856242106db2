"""Weights without pickles: written, read again, and refused where they are something else."""

from pathlib import Path

import numpy as np
import pytest

from scantally.detector.errors import ConfigError
from scantally.training.weights import load_weights_npz, network_of_npz, save_weights_npz

STATE = {
    "model.0.conv.weight": np.linspace(-2, 2, 24, dtype=np.float32).reshape(2, 3, 2, 2),
    "model.0.bn.running_var": np.array([1e5, 3.0], np.float32),  # over what float16 holds
    "model.0.bn.num_batches_tracked": np.array(7, np.int64),
}


def test_weights_come_back(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    save_weights_npz(path, STATE, {"nc": 3, "scales": {"n": [0.33, 0.25, 1024]}})
    back = load_weights_npz(path)
    assert set(back) == set(STATE)
    weight = back["model.0.conv.weight"]
    assert weight.dtype == np.float32 and np.abs(weight - STATE["model.0.conv.weight"]).max() < 1e-3
    assert (back["model.0.bn.running_var"] == STATE["model.0.bn.running_var"]).all()
    assert back["model.0.bn.num_batches_tracked"] == 7
    assert network_of_npz(path) == {"nc": 3, "scales": {"n": [0.33, 0.25, 1024]}}


def test_the_same_weights_give_the_same_bytes(tmp_path: Path) -> None:
    for name in "ab":
        save_weights_npz(tmp_path / f"{name}.npz", STATE, {"nc": 3})
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    with pytest.raises(ConfigError, match=r"no such file: expected weights that an export wrote \(weights\.npz\)"):
        load_weights_npz(path)
    path.write_bytes(b"no archive")
    with pytest.raises(ConfigError, match="not a file of PyTorch weights"):
        load_weights_npz(path)
    np.savez(path, x=np.ones(3))
    with pytest.raises(ConfigError, match="it holds other things"):
        load_weights_npz(path)
    np.savez(path, x=np.array([{"a": 1}], object))  # a pickle is never opened
    with pytest.raises(ConfigError, match="expected weights that an export wrote"):
        load_weights_npz(path)
    whole = tmp_path / "whole.npz"
    save_weights_npz(whole, STATE, {})
    path.write_bytes(whole.read_bytes()[:-40])
    with pytest.raises(ConfigError, match="expected weights"):
        load_weights_npz(path)
    raw = bytearray(whole.read_bytes())
    raw[60:90] = bytes(30)
    path.write_bytes(raw)
    with pytest.raises(ConfigError, match="expected weights that an export wrote"):
        load_weights_npz(path)
