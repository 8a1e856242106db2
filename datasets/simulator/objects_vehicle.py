"""Vehicles as objects: a car or a motorcycle, either end forward."""

import numpy as np

from scantally.datasets.simulator.objects_car import car
from scantally.datasets.simulator.objects_motorcycle import motorcycle
from scantally.datasets.simulator.sprite import Sprite


def vehicle(rng: np.random.Generator, pitch_mm: float) -> Sprite:
    """A car (four draws of five) or a motorcycle; either end forward."""
    canvas = motorcycle(rng, pitch_mm) if rng.random() < 0.2 else car(rng, pitch_mm)
    if rng.random() < 0.5:
        canvas.mirror()
    canvas.mark("vehicle", (0, canvas.width, 0, canvas.height))
    return canvas.sprite("vehicle", count=1, tight=True)
