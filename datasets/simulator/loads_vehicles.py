"""Vehicles as cargo: cars chocked and lashed on the floor, motorcycles, and halves of cars for parts."""

import numpy as np

from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.objects_car import car
from scantally.datasets.simulator.objects_motorcycle import motorcycle
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas, Depths, Frame
from scantally.datasets.simulator.shapes_depth import rows_of
from scantally.datasets.simulator.shapes_solids import draw_solids, prism

CAR_WIDE = (1650.0, 1900.0)  # mm: bodies of 3.6 to 5.4 m (objects_car_bodies) are so wide
BIKE_WIDE = 800.0
HALF = 1300.0  # mm: the shortest cut of a car that is shipped for its parts; assumed

SIDES = 0.42
"""Share of a car's mass below its middle, wheels and sills, that lies at either side; above, roof and glass spread evenly: assumed."""


def vehicles(rng: np.random.Generator, frame: Frame) -> Canvas:
    """One to three cars, or motorcycles, or cut cars where there is no room for a whole one; each is counted."""
    canvas = Canvas.of(frame.width, frame.height, frame.pitch)
    if frame.depth >= CAR_WIDE[0] and rng.random() >= 0.2:
        _cars(rng, canvas, frame)
    if canvas.is_empty():  # every car was too tall
        _motorcycles(rng, canvas, frame)
    return canvas


def _cars(rng: np.random.Generator, canvas: Canvas, frame: Frame) -> None:
    """Cars behind each other as long as they fit, at least 10 cm apart."""
    wide = float(min(rng.uniform(*CAR_WIDE), frame.depth))
    x, most = float(rng.uniform(0, 120)), int(rng.integers(1, 4))
    for _ in range(most):
        body = _facing(rng, car(rng, canvas.pitch))
        if body.height > canvas.height:
            continue
        if x + body.width > canvas.width:
            part = _cut(body, canvas.width - x)
            if part is None:
                return
            body = part
        _stand(canvas, body, x, _across(wide, frame.depth))
        _block(canvas, body, x, frame.depth)
        x += body.width + float(rng.uniform(100, 600))


def _facing(rng: np.random.Generator, body: Canvas) -> Canvas:
    if rng.random() < 0.5:
        body.mirror()
    return body


def _cut(body: Canvas, room: float) -> Canvas | None:
    """The part of a car that fits, cut across: nose or tail with its wheels. None where that is too short to be one."""
    if room < HALF:
        return None
    part = Canvas.of(min(room, 0.55 * body.width), body.height, body.pitch)
    part.stamp(body, 0.0, 0.0)
    return part


def _across(wide: float, depth: float) -> list[tuple[Depths, bool]]:
    """Near side, middle and far side of a car; True for the sides."""
    near, far = rows_of(1, depth, wide)[0]
    side = (far - near) * 0.06  # doors, sills and most of a wheel are about so deep
    middle = (near + far) / 2  # engine, seats and axles stand about the middle
    return [((near, near + side), True), ((middle - side, middle + side), False), ((far - side, far), True)]


def _stand(canvas: Canvas, body: Canvas, x: float, slices: list[tuple[Depths, bool]]) -> None:
    """Share a car out to its sides and its middle."""
    rise = (np.arange(body.height_px, dtype=np.float32) + 0.5) / body.height_px
    share = np.clip(SIDES - (rise - 0.5) * 0.9, 0.14, SIDES)[:, None].astype(np.float32)
    sides, middle = Canvas.of(body.width, body.height, body.pitch), Canvas.of(body.width, body.height, body.pitch)
    for material, areal in body.layers.items():
        sides.layer(material)[:] = areal[: sides.height_px, : sides.width_px] * share[: sides.height_px]
        middle.layer(material)[:] = areal[: sides.height_px, : sides.width_px] * (1 - 2 * share[: sides.height_px])
    for depths, outer in slices:
        canvas.turn_to(*depths)
        canvas.stamp(sides if outer else middle, x, 0.0)
        if not outer:
            canvas.mark("vehicle", (x, x + body.width, 0.0, body.height))


def _block(canvas: Canvas, body: Canvas, x: float, depth: float) -> None:
    """Timber before and behind the wheels, nailed to the floor (CTU Code, annex 7): 100 mm square, as long as the car is wide."""
    ends = [x + share * body.width for share in (0.06, 0.30, 0.68, 0.92)]
    canvas.turn_to(*rows_of(1, depth, CAR_WIDE[0])[0])
    for at in ends:
        left = min(max(at, 0.0), canvas.width - 100)
        canvas.box("cellulose", (left, left + 100, 0, 100), PINE * min(depth, CAR_WIDE[0]) * 0.6 / MM_PER_CM)
        chock = [(left, 100.0), (left + 100, 100.0), (left + 50, 160.0)]
        draw_solids(canvas, [prism("cellulose", PINE, chock, (0, 250.0))], fine=1)


def _motorcycles(rng: np.random.Generator, canvas: Canvas, frame: Frame) -> None:
    """Motorcycles along the container, in one or two rows, often in a steel frame each."""
    rows = max(1, min(int(frame.depth // BIKE_WIDE), 2))
    framed = rng.random() < 0.5
    for near, far in rows_of(rows, frame.depth, min(BIKE_WIDE, frame.depth)):
        thin = 0.12 * (far - near)  # wheels, frame and engine lie about the middle plane; only bars reach out
        x = float(rng.uniform(0, 150))
        while True:
            body = _facing(rng, motorcycle(rng, canvas.pitch))
            if x + body.width > canvas.width or body.height > canvas.height:
                break
            canvas.turn_to((near + far) / 2 - thin, (near + far) / 2 + thin)
            canvas.stamp(body, x, 0.0)
            canvas.mark("vehicle", (x, x + body.width, 0.0, body.height))
            if framed:
                _crate(canvas, x, body)
            x += body.width + float(rng.uniform(60, 300))


def _crate(canvas: Canvas, x: float, body: Canvas) -> None:
    """A frame of 30 x 1.5 mm square tube around a motorcycle."""
    right, top = x + body.width, body.height
    tube = 4 * 30 * 1.5 / 30 * 2 * 7.85 / MM_PER_CM  # g/cm2 of the two tubes, near and far
    for left in (x, (x + right) / 2, right - 30):
        canvas.box("steel", (left, left + 30, 0, top), tube)
    for low in (0.0, top - 30):
        canvas.box("steel", (x, right, low, low + 30), tube)
