"""Outlines, windows and sizes of cars, as shares of length and height."""

from dataclasses import dataclass

Points = list[tuple[float, float]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """A car's side as shares of its length and height; sizes in mm after makers' data sheets of common cars."""

    length: tuple[float, float]
    height: tuple[float, float]
    outline: Points  # from the front's lower edge over the roof to the rear's lower edge
    windows: tuple[Points, ...]
    axles: tuple[float, float]
    wheel: tuple[float, float]  # tyre's outer radius
    belt: float  # height of the windows' lower edge


_NOSE: Points = [(0.02, 0.14), (0.0, 0.22), (0.0, 0.40), (0.015, 0.48)]
BODIES = (
    Body(  # hatchback: 3.6 to 4.4 m, as VW Polo 4,053 x 1,461 or Fiat Uno 3,820 x 1,480
        length=(3600, 4400),
        height=(1420, 1540),
        outline=[
            *_NOSE,
            (0.08, 0.57),
            (0.24, 0.65),
            (0.37, 0.94),
            (0.44, 0.99),
            (0.62, 1.0),
            (0.84, 0.94),
            (0.95, 0.64),
            (0.99, 0.56),
            (1.0, 0.24),
            (0.97, 0.15),
        ],
        windows=(
            [(0.28, 0.66), (0.385, 0.91), (0.53, 0.94), (0.53, 0.65)],
            [(0.56, 0.65), (0.56, 0.94), (0.78, 0.91), (0.87, 0.68)],
        ),
        axles=(0.19, 0.82),
        wheel=(280, 325),
        belt=0.65,
    ),
    Body(  # saloon: 4.3 to 5.0 m, as Toyota Corolla 4,630 x 1,435 or BMW 5 4,936 x 1,479
        length=(4300, 5000),
        height=(1400, 1500),
        outline=[
            *_NOSE,
            (0.08, 0.58),
            (0.26, 0.67),
            (0.39, 0.94),
            (0.45, 0.99),
            (0.56, 1.0),
            (0.70, 0.95),
            (0.83, 0.71),
            (0.97, 0.67),
            (1.0, 0.5),
            (1.0, 0.26),
            (0.97, 0.16),
        ],
        windows=(
            [(0.30, 0.68), (0.40, 0.92), (0.52, 0.94), (0.52, 0.67)],
            [(0.55, 0.67), (0.55, 0.94), (0.67, 0.92), (0.77, 0.71)],
        ),
        axles=(0.19, 0.79),
        wheel=(305, 340),
        belt=0.67,
    ),
    Body(  # sport utility vehicle: 4.2 to 4.95 m, as Toyota RAV4 4,600 x 1,685 or Land Cruiser 4,950 x 1,880
        length=(4200, 4950),
        height=(1620, 1880),
        outline=[
            (0.02, 0.19),
            (0.0, 0.26),
            (0.0, 0.50),
            (0.02, 0.58),
            (0.23, 0.66),
            (0.33, 0.93),
            (0.38, 0.98),
            (0.5, 1.0),
            (0.90, 0.98),
            (0.97, 0.68),
            (0.99, 0.6),
            (1.0, 0.3),
            (0.98, 0.2),
        ],
        windows=(
            [(0.28, 0.68), (0.35, 0.91), (0.49, 0.94), (0.49, 0.67)],
            [(0.52, 0.67), (0.52, 0.94), (0.69, 0.94), (0.69, 0.68)],
            [(0.72, 0.68), (0.72, 0.94), (0.88, 0.93), (0.93, 0.69)],
        ),
        axles=(0.19, 0.79),
        wheel=(345, 400),
        belt=0.67,
    ),
    Body(  # pick-up: 5.0 to 5.4 m, as Toyota Hilux 5,325 x 1,815
        length=(5000, 5400),
        height=(1700, 1830),
        outline=[
            (0.01, 0.22),
            (0.0, 0.28),
            (0.0, 0.54),
            (0.02, 0.59),
            (0.2, 0.66),
            (0.30, 0.94),
            (0.34, 0.99),
            (0.5, 1.0),
            (0.57, 0.97),
            (0.60, 0.66),
            (0.61, 0.65),
            (0.99, 0.65),
            (1.0, 0.6),
            (0.99, 0.28),
        ],
        windows=(
            [(0.25, 0.67), (0.32, 0.91), (0.42, 0.94), (0.42, 0.67)],
            [(0.45, 0.67), (0.45, 0.94), (0.55, 0.93), (0.575, 0.68)],
        ),
        axles=(0.17, 0.77),
        wheel=(360, 400),
        belt=0.66,
    ),
)
