"""What hangs on an engine: machines, manifolds, turbo, filter and mount. Lengths in mm, x along the crankshaft, y up, z across."""

from collections.abc import Sequence

import numpy as np

from scantally.datasets.simulator.shapes_solids import Solid, Vector, ball, block, cylinder, tube

STEEL, IRON, ALUMINIUM, COPPER, PLASTIC = 7.85, 7.2, 2.70, 8.96, 1.10  # g/cm3: as in loads_machinery; polyamide 1.14
KEPT = 0.72
"""Of the parts, so many are still on a used engine (assumed)."""


def hung_on(rng: np.random.Generator, bore: float, long: float, row: int, banks: int) -> list[Solid]:
    """Alternator, starter, compressor, manifolds, turbo, filter, mounts: each may be gone from a used engine.

    ``bore`` and ``long`` (of the block) in mm, ``row`` cylinders in each of ``banks``.
    """
    side = 1.0 if rng.random() < 0.5 else -1.0
    out = bore * (1.9 if banks == 1 else 2.3)
    there = rng.random(7) < KEPT
    ports = [(k + 0.5) * long / row for k in range(row)]
    high = bore * 3.3
    groups: list[list[Solid]] = [
        _machine((-bore * 0.4, bore * 1.2, side * out), 150.0, 66.0),
        _machine((long - 150, -bore * 0.4, -side * bore * 1.7), 190.0, 40.0),
        _machine((0.0, -bore * 0.2, side * out), 160.0, 60.0),
        _exhaust(bore, ports, high, side),
        _intake(bore, ports, high, side),
        _turbo(bore, (long * 0.6, high - bore * 0.9, side * bore * 1.6)),
        _filter_and_mount(bore, long, side),
    ]
    return [s for group, keep in zip(groups, there, strict=True) if keep for s in group]


def _exhaust(bore: float, ports: Sequence[float], high: float, side: float) -> list[Solid]:
    """An iron pipe from each port into one along the head."""
    pipes = [
        s
        for x in ports
        for s in tube("steel", IRON, (x, high, side * bore * 0.7), bore * 0.9, bore * 0.24, bore * 0.19, "z")
    ]
    start = (ports[0], high - 20, side * bore * 1.5)
    return [*pipes, *tube("steel", IRON, start, ports[-1] - ports[0], bore * 0.3, bore * 0.24)]


def _intake(bore: float, ports: Sequence[float], high: float, side: float) -> list[Solid]:
    """A plastic pipe to each port from a plenum along the head."""
    pipes = [
        s
        for x in ports
        for s in tube("polyethylene", PLASTIC, (x, high, -side * bore * 1.8), bore * 1.2, bore * 0.3, bore * 0.26, "z")
    ]
    start = (ports[0] - 30, high + 40, -side * bore * 1.7)
    return [
        *pipes,
        *tube("polyethylene", PLASTIC, start, ports[-1] - ports[0] + 60, bore * 0.5, bore * 0.44),
    ]


def _turbo(bore: float, at: Vector) -> list[Solid]:
    """An iron turbine housing and an aluminium compressor beside it."""
    x, y, z = at
    return [
        ball("steel", IRON * 0.7, (x, y, z), (bore * 0.5, bore * 0.75, bore * 0.75)),
        ball("aluminium", ALUMINIUM * 0.6, (x + bore, y, z), (bore * 0.4, bore * 0.8, bore * 0.8)),
    ]


def _filter_and_mount(bore: float, long: float, side: float) -> list[Solid]:
    at = (long * 0.4, bore * 0.3, -side * bore * 1.7)
    low, high = (long * 0.5, bore * 0.2, side * bore * 1.2), (long * 0.65, bore * 0.9, side * bore * 2.1)
    return [
        *tube("steel", STEEL, at, 110, 40, 39.2, "z"),
        cylinder("cellulose", 0.4, at, 105, 36, "z"),
        block("steel", IRON * 0.5, low, high),
    ]


def _machine(at: Vector, long: float, r: float) -> list[Solid]:
    """A small electric machine: aluminium or steel housing, laminated iron with copper windings, shaft and pulley."""
    x, y, z = at
    return [
        *tube("aluminium", ALUMINIUM, (x, y, z), long, r, r - 5),
        *tube("steel", STEEL * 0.85, (x + long * 0.25, y, z), long * 0.45, r - 6, r * 0.55),
        *tube("copper", COPPER * 0.45, (x + long * 0.15, y, z), long * 0.65, r * 0.8, r * 0.5),
        cylinder("steel", STEEL * 0.7, (x + long * 0.2, y, z), long * 0.55, r * 0.48),
        cylinder("steel", STEEL, (x - 34, y, z), long + 34, 9),
        *tube("steel", STEEL, (x - 34, y, z), 26, r * 0.45, r * 0.32),
    ]
