"""Variation of training pictures: true to X-rays, and drawn by the generator alone."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

pytest.importorskip("albumentations", reason="varies training pictures: needs the full environment (make full)")

from scantally.training.augment import OFTEN, variation
from scantally.training.config import Augmentation

NOTHING = Augmentation(grey_curve=0, noise=0, dose=0, blur_px=0, stripes=0)


def ramp(rows: int = 80, columns: int = 120) -> np.ndarray:
    return np.linspace(1e-6, 1, rows * columns, dtype=np.float32).reshape(rows, columns)


def only(**strength: float) -> Augmentation:
    return NOTHING.model_copy(update=strength)


@example(grey_curve=0, noise=0, dose=0, blur_px=5e-324, stripes=0, seed=523)
@given(
    grey_curve=st.floats(0, 1),
    noise=st.floats(0, 1),
    dose=st.floats(0, 1),
    blur_px=st.floats(0, 8),
    stripes=st.floats(0, 1),
    seed=st.integers(0, 2**31),
)
def test_what_comes_out_is_a_transmission(
    grey_curve: float, noise: float, dose: float, blur_px: float, stripes: float, seed: int
) -> None:
    chosen = Augmentation(grey_curve=grey_curve, noise=noise, dose=dose, blur_px=blur_px, stripes=stripes)
    out = variation(chosen)(ramp(40, 50), np.random.default_rng(seed))
    assert out.shape == (40, 50) and out.dtype == np.float32
    assert out.min() >= np.float32(1e-6) and out.max() <= 1.0


def test_nothing_chosen_changes_nothing() -> None:
    assert (variation(NOTHING)(ramp(), np.random.default_rng(0)) == ramp()).all()


def test_the_picture_given_is_left_alone() -> None:
    picture = ramp()
    picture.flags.writeable = False
    variation(Augmentation())(picture, np.random.default_rng(0))
    assert (picture == ramp()).all()


def test_the_generator_alone_decides() -> None:
    one, other = variation(Augmentation()), variation(Augmentation())
    first = [one(ramp(), np.random.default_rng(seed)) for seed in range(5)]
    for _ in range(3):
        other(ramp(), np.random.default_rng(99))  # what was drawn before does not matter
    again = [other(ramp(), np.random.default_rng(seed)) for seed in range(5)]
    assert all((a == b).all() for a, b in zip(first, again, strict=True))
    assert any((first[0] != later).any() for later in first[1:])


def drawn(chosen: Augmentation, picture: np.ndarray, count: int = 60) -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    vary = variation(chosen)
    return [vary(picture, rng) for _ in range(count)]


def test_a_grey_curve_is_an_exponent_within_its_bounds() -> None:
    picture = np.full((4, 4), 0.5, np.float32)
    exponents = [float(np.log(out[0, 0]) / np.log(0.5)) for out in drawn(only(grey_curve=0.2), picture)]
    assert 0.8 - 1e-6 <= min(exponents) < 0.85 and 1.15 < max(exponents) <= 1.2 + 1e-6


def test_photon_noise_goes_with_the_root_of_transmission() -> None:
    dark, bright = np.full((200, 200), 0.04, np.float32), np.full((200, 200), 0.64, np.float32)
    pairs = zip(drawn(only(dose=0.02), dark), drawn(only(dose=0.02), bright), strict=True)
    ratios = [b.std() / a.std() for a, b in pairs if (a != dark).any()]
    assert len(ratios) == pytest.approx(60 * OFTEN, abs=15)
    assert np.median(ratios) == pytest.approx(4.0, rel=0.05)  # sqrt(0.64 / 0.04)


def test_stripes_run_along_rows_and_columns() -> None:
    flat = np.full((100, 90), 0.5, np.float32)
    striped = [out for out in drawn(only(stripes=0.05), flat) if (out != flat).any()]
    assert striped
    for out in striped:
        log = np.log(out.astype(np.float64))
        rest = log - log.mean(0, keepdims=True) - log.mean(1, keepdims=True) + log.mean()
        assert np.abs(rest).max() < 1e-5


def test_blur_keeps_the_mean_and_softens_an_edge() -> None:
    edge = np.full((60, 60), 0.2, np.float32)
    edge[:, 30:] = 0.8
    softened = [out for out in drawn(only(blur_px=2.0), edge) if (out != edge).any()]
    assert softened
    for out in softened:
        assert out[:, 20:40].mean() == pytest.approx(0.5, abs=0.01)
        assert np.abs(np.diff(out[30])).max() < 0.6
