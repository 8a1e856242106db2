"""Variation of training pictures that is true to X-rays: the one module that knows albumentations.

It acts on transmission before encoding, where dose, grey curve and detector gain mean something; on the encoded picture they would
not. There is no hue, no colour and no upside-down cargo: channels of an encoded picture are no colours, and gravity shows in every load.
Mirroring, shift and scale are drawn by ultralytics in every epoch; simulated objects are projected by ``training.projected``.
"""

import os

# albumentations asks for its newest version when it is imported; nothing is fetched at run time.
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"

from typing import Any

import albumentations as A
import numpy as np

from scantally.datasets.canvas import Vary
from scantally.detector.types import FloatArray
from scantally.training.config import Augmentation

LEAST = np.float32(1e-6)
"""Transmission is above zero: its logarithm is taken."""

OFTEN = 0.5
"""Share of the pictures that get a dose, a blur or stripes of their own; grey curve and noise are drawn for each."""

NO_BLUR_PX = 1e-3
"""A standard deviation that moves nothing; the kernels of the least ones that a float holds would be divided by 0."""


def variation(chosen: Augmentation) -> Vary:
    """The variation of a configuration, as ``datasets.canvas`` calls it: drawn by the generator alone, never by hidden state."""
    return _Variation(chosen)


class _Variation:
    """The pipeline of a configuration; it travels to other processes as the configuration."""

    def __init__(self, chosen: Augmentation) -> None:
        self._chosen = chosen
        self._pipeline = A.Compose(_steps(chosen))

    def __call__(self, transmission_HW: FloatArray, rng: np.random.Generator) -> FloatArray:
        self._pipeline.set_random_seed(int(rng.integers(2**31)))
        varied: FloatArray = self._pipeline(image=transmission_HW)["image"]
        return np.clip(varied, LEAST, np.float32(1.0))

    def __reduce__(self) -> tuple[type["_Variation"], tuple[Augmentation]]:
        return _Variation, (self._chosen,)


def _steps(chosen: Augmentation) -> list[A.BasicTransform]:
    steps: list[A.BasicTransform] = [GreyCurve(chosen.grey_curve, p=1.0)]
    if chosen.blur_px > NO_BLUR_PX:
        # The kernel reaches three standard deviations.
        steps.append(A.GaussianBlur(blur_limit=0, sigma_limit=(0.0, chosen.blur_px), p=OFTEN))
    if chosen.dose:
        steps.append(Dose(chosen.dose, p=OFTEN))
    if chosen.stripes:
        steps.append(Stripes(chosen.stripes, p=OFTEN))
    steps.append(ElectronicNoise(chosen.noise, p=1.0))
    return steps


class _Drawn(A.ImageOnlyTransform):  # type: ignore[misc,unused-ignore]
    """A transform of one strength, of which a share is drawn for each picture."""

    def __init__(self, strength: float, p: float) -> None:
        super().__init__(p=p)
        self.strength = strength

    def get_params(self) -> dict[str, Any]:
        """Albumentations' hook: what is drawn once a picture."""
        return {"share": self.py_random.uniform(0.0, 1.0), "rng": self.random_generator}


class GreyCurve(_Drawn):
    """Another exponent of transmission, within 1 ± strength: another scanner's grey curve."""

    def apply(self, img: FloatArray, share: float, **params: Any) -> FloatArray:  # noqa: ANN401 (albumentations' signature)
        """(H, W) float32 to the same."""
        return np.asarray(img ** np.float32(1.0 + (2.0 * share - 1.0) * self.strength), np.float32)


class ElectronicNoise(_Drawn):
    """The scanner's own noise: the same everywhere."""

    def apply(self, img: FloatArray, share: float, rng: np.random.Generator, **params: Any) -> FloatArray:  # noqa: ANN401
        """(H, W) float32 to the same."""
        return img + rng.standard_normal(img.shape, np.float32) * np.float32(share * self.strength)


class Dose(_Drawn):
    """Photon noise of a smaller dose: counts are Poisson, so the standard deviation goes with the square root of transmission."""

    def apply(self, img: FloatArray, share: float, rng: np.random.Generator, **params: Any) -> FloatArray:  # noqa: ANN401
        """(H, W) float32 to the same."""
        sigma = np.sqrt(np.maximum(img, LEAST)) * np.float32(share * self.strength)
        return img + rng.standard_normal(img.shape, np.float32) * sigma


class Stripes(_Drawn):
    """Gain of each detector row, and output of each pulse (a column), off by a little."""

    def apply(self, img: FloatArray, share: float, rng: np.random.Generator, **params: Any) -> FloatArray:  # noqa: ANN401
        """(H, W) float32 to the same."""
        sigma = np.float32(share * self.strength)
        rows = 1.0 + sigma * rng.standard_normal((img.shape[0], 1), np.float32)
        columns = 1.0 + sigma * rng.standard_normal((1, img.shape[1]), np.float32)
        return np.asarray(img * rows * columns, np.float32)
