"""The encoding is a contract between training and inference: its bytes are held, not only its shape."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scantally.detector.imaging.encode import (
    DEEP_ATTENUATION,
    RECIPES,
    SHALLOW_ATTENUATION,
    encode,
    resize,
    working_band,
)
from scantally.detector.types import Provenance, Scan


def ramp() -> np.ndarray:
    return np.exp(-np.linspace(0, 8, 64 * 96, dtype=np.float32)).reshape(64, 96)


def test_recipe_keeps_its_bytes() -> None:
    """A recipe never changes: models in the field depend on it. A better one gets a new name."""
    steps = np.exp(-np.arange(0, 8, 0.125, dtype=np.float64)).astype(np.float32)
    picture = np.repeat(steps[None], 64, axis=0)
    digest = hashlib.sha256(encode(picture, "log-windows-1").tobytes()).hexdigest()
    assert digest == RECORDED


RECORDED = "0f3bf0dd58289c8a5414710ea3ac5057e497a5563e8581c64da63e172ff6475b"


@pytest.mark.parametrize(
    ("attenuation", "shallow", "deep"),
    [
        (0.0, 0, 0),
        (SHALLOW_ATTENUATION / 3, 85, 18),
        (SHALLOW_ATTENUATION, 255, 55),
        (DEEP_ATTENUATION / 2, 255, 128),
        (DEEP_ATTENUATION, 255, 255),
        (12.0, 255, 255),
    ],
)
def test_windows(attenuation: float, shallow: int, deep: int) -> None:
    picture = np.full((40, 40), np.exp(-attenuation), np.float32)
    encoded = encode(picture, "log-windows-1")
    assert encoded[20, 20, 0] == shallow
    assert abs(int(encoded[20, 20, 1]) - deep) <= 1
    assert encoded[20, 20, 2] == 128  # an even picture has no local contrast


def test_sixteen_bit_detail_survives_in_dense_load() -> None:
    """Two loads that an eight-bit file could not tell apart (T of 0.0025 and 0.0030) differ after encoding."""
    picture = np.full((64, 64), 0.0025, np.float32)
    picture[:, 32:] = 0.0030
    encoded = encode(picture, "log-windows-1").astype(int)
    assert encoded[32, 10, 1] - encoded[32, 54, 1] >= 5
    assert encoded[32, 30, 2] > encoded[32, 34, 2]


@given(st.sampled_from(sorted(RECIPES)), st.integers(1, 80), st.integers(1, 80), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_any_transmission_is_encoded(recipe: str, height: int, width: int, seed: int) -> None:
    t = np.random.default_rng(seed).uniform(1e-6, 1.0, (height, width)).astype(np.float32)
    encoded = encode(t, recipe)
    assert encoded.shape == (height, width, 3)
    assert encoded.dtype == np.uint8


def test_darker_never_encodes_brighter() -> None:
    encoded = encode(ramp(), "log-windows-1").reshape(-1, 3).astype(int)
    assert (np.diff(encoded[:, 0]) >= 0).all()
    assert (np.diff(encoded[:, 1]) >= 0).all()


def test_padding_is_open_beam_to_the_network_and_dead_lines_are_not() -> None:
    band = np.full((40, 60), 0.5, np.float32)
    valid = np.ones((40, 60), np.bool_)
    valid[:, 45:] = False  # padding
    valid[20, :45] = False  # a dead row, interpolated by the reader
    scan = Scan(
        transmission_BHW=band[None].copy(),
        valid_HW=valid,
        floor=1 / 255,
        pitch_mm=None,
        energies_mv=None,
        calibrated=False,
        provenance=Provenance(source="x", sha256="0" * 64, format="png"),
    )
    shown = working_band(scan)
    assert (shown[:, 46:] == 1.0).all()
    assert (shown[:, :44] == 0.5).all()


def test_shrinking_averages() -> None:
    stripes = np.tile(np.array([0.2, 0.8], np.float32), (32, 16))
    assert np.allclose(resize(stripes, 16, 16), 0.5)
