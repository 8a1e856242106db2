"""Vehicles as objects: a car or a motorcycle, either end forward."""

from scantally.datasets.simulator.objects_car import car_by_depth
from scantally.datasets.simulator.objects_common import NoRoomError, Order, finished
from scantally.datasets.simulator.objects_motorcycle import motorcycle
from scantally.datasets.simulator.shapes import WHOLE, Canvas
from scantally.datasets.simulator.sprite import Sprite

CAR_WIDTH_MM, MOTORCYCLE_WIDTH_MM = 1700.0, 750.0
"""Width of ordinary cars (1.6 to 1.9 m) and motorcycles (0.7 to 0.9 m), about."""

LEAST_LENGTH_MM = 1900.0
"""Of a motorcycle."""

FINEST_MM = 4.4
"""Vehicles are not drawn at a finer pitch than this: about a pixel of the finest scan, and a quarter of the work."""

BODY = (0.38, 0.62)
"""Share of its width in which a motorcycle's wheels, frame and engine lie; only its bars reach out."""


def by_its_middle(body: Canvas) -> Canvas:
    """A body in the middle of its depth."""
    canvas = Canvas(width_px=body.width_px, height_px=body.height_px, pitch=body.pitch)
    canvas.turn_to(*BODY)
    canvas.stamp(body, 0.0, 0.0)
    canvas.turn_to(*WHOLE)
    return canvas


def vehicle(order: Order) -> Sprite:
    """A car (four draws of five) or a motorcycle; either end forward. Raises NoRoomError where it does not fit."""
    small = order.shape.random() < 0.2
    if order.room[0] < LEAST_LENGTH_MM or order.room[1] < 1000.0:
        raise NoRoomError(f"no vehicle fits {order.room}")
    pitch = max(order.pitch, FINEST_MM)
    canvas = by_its_middle(motorcycle(order.shape, pitch)) if small else car_by_depth(order.shape, pitch)
    deep = MOTORCYCLE_WIDTH_MM if small else CAR_WIDTH_MM
    if not order.holds((canvas.width, canvas.height, deep)):
        raise NoRoomError(f"no vehicle of {canvas.width:.0f} mm fits {order.room}")
    if order.rng.random() < 0.5:
        canvas.mirror()
    canvas.mark("vehicle", (0, canvas.width, 0, canvas.height))
    variety = "motorcycle" if small else "car"
    return finished(order, canvas, "vehicle", variety=variety, count=1, depth_mm=deep)
