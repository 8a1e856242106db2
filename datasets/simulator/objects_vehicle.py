"""Vehicles as objects: a car or a motorcycle, either end forward."""

from scantally.datasets.simulator.objects_car import car
from scantally.datasets.simulator.objects_common import NoRoomError, Order, finished
from scantally.datasets.simulator.objects_motorcycle import motorcycle
from scantally.datasets.simulator.sprite import Sprite

CAR_WIDTH_MM, MOTORCYCLE_WIDTH_MM = 1700.0, 750.0
"""Width of ordinary cars (1.6 to 1.9 m) and motorcycles (0.7 to 0.9 m), about."""

LEAST_LENGTH_MM = 1900.0
"""Of a motorcycle."""


def vehicle(order: Order) -> Sprite:
    """A car (four draws of five) or a motorcycle; either end forward. Raises NoRoomError where it does not fit."""
    small = order.shape.random() < 0.2
    if order.room[0] < LEAST_LENGTH_MM or order.room[1] < 1000.0:
        raise NoRoomError(f"no vehicle fits {order.room}")
    canvas = motorcycle(order.shape, order.pitch) if small else car(order.shape, order.pitch)
    deep = MOTORCYCLE_WIDTH_MM if small else CAR_WIDTH_MM
    if not order.holds((canvas.width, canvas.height, deep)):
        raise NoRoomError(f"no vehicle of {canvas.width:.0f} mm fits {order.room}")
    if order.rng.random() < 0.5:
        canvas.mirror()
    canvas.mark("vehicle", (0, canvas.width, 0, canvas.height))
    variety = "motorcycle" if small else "car"
    return finished(order, canvas, "vehicle", variety=variety, count=1, depth_mm=deep)
