"""Containers without a roof: open tops under their tarpaulin, and flat racks.

A flat rack's sizes are the usual ones of carriers' equipment guides: forty-foot decks stand on girders some 0.6 m high, twenty-foot
ones on some 0.35 m. Thicknesses of girders, ends and planks are assumed from the tares (2.7 and 5.5 t).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.canvas import Canvas
from scantally.datasets.simulator.container_dry import end_strips, floor, front_wall, walls
from scantally.datasets.simulator.container_kinds import OUTER_WIDTH_MM, ContainerType
from scantally.datasets.simulator.container_parts import corners, doors, eyelets, fitting, rails

SOFTWOOD_SHARE = 0.33
"""Deck planks of softwood (0.5 g/cm3) over the density of cellulose's cell wall substance (1.5)."""

PLANK_MM = 60.0

POSTS = (90.0, OUTER_WIDTH_MM - 90.0)
"""Depths of the posts' middles."""

GAP_MM = 40.0
"""Clearance between a folding end's foot and the base, so that it can turn (assumed)."""


def draw_open_top(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """A box whose roof is a tarpaulin on loose bows; now and then it is rolled away."""
    walls(canvas, kind, x0, rng)
    if rng.random() < 0.75:
        _tarpaulin(canvas, kind, x0, rng)
    floor(canvas, kind, x0, rng)
    front_wall(canvas, kind, x0)
    doors(canvas, kind, x0, rng)
    rails(canvas, kind, x0)
    for depth in (
        45.0,
        OUTER_WIDTH_MM - 45.0,
    ):  # the top rail of an open top is stiffer: nothing ties it to the other side
        canvas.bar("steel", 8.0, x0 + 100.0, x0 + kind.length_mm - 100.0, kind.height_mm - 130.0, kind.height_mm, depth)
    end_strips(canvas, kind, x0, rng)
    eyelets(canvas, kind, x0, rng)
    corners(canvas, kind, x0)


def _tarpaulin(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """PVC cloth of about 0.9 kg/m2 on bows of 27 mm tube, its rim hanging down over the rails."""
    top, x1 = kind.height_mm - 12.0, x0 + kind.length_mm
    canvas.slab("polyethylene", 1.0, x0 + 60.0, x1 - 60.0, top, 60.0, OUTER_WIDTH_MM - 60.0)
    for depth in (5.0, OUTER_WIDTH_MM - 5.0):
        canvas.bar("polyethylene", 1.0, x0 + 60.0, x1 - 60.0, top - float(rng.uniform(140.0, 260.0)), top, depth)
    spacing = float(rng.uniform(520.0, 680.0))
    for x in np.arange(x0 + 350.0, x1 - 250.0, spacing):
        at = float(x) + float(rng.normal(0.0, 15.0))
        canvas.crease("steel", 3.5, at, 27.0, top - 30.0, 60.0, OUTER_WIDTH_MM - 60.0)
        canvas.web("steel", 4.0, at, top - 50.0, top - 20.0, 60.0, OUTER_WIDTH_MM - 60.0)


def draw_flat_rack(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    """A deck of planks on girders between two ends, fixed or folding; no walls and no roof."""
    _girders(canvas, kind, x0)
    _deck(canvas, kind, x0, rng)
    for x, inward in ((x0, 1.0), (x0 + kind.length_mm, -1.0)):
        (_folding_end if kind.folding else _fixed_end)(canvas, kind, x, inward)
    _lashing_points(canvas, kind, x0)
    corners(canvas, kind, x0)


def _girders(canvas: Canvas, kind: ContainerType, x0: float) -> None:
    """Two I-beams along the sides; over the trailer's neck a forty-foot one is shallower."""
    top = kind.floor_mm - PLANK_MM
    for depth in (110.0, OUTER_WIDTH_MM - 110.0):
        neck = x0 + (3600.0 if kind.gooseneck else 0.0)
        x1 = x0 + kind.length_mm
        canvas.bar("steel", 8.0, x0 + 60.0, x1 - 60.0, 15.0, top, depth)
        canvas.bar("steel", 110.0, x0 + 60.0, x1 - 60.0, top - 18.0, top, depth)
        canvas.bar("steel", 110.0, x0 + 60.0, x1 - 60.0, 10.0, 28.0, depth)
        for x in np.arange(neck + 300.0, x1 - 200.0, 1200.0):  # stiffeners
            canvas.bar("steel", 90.0, float(x), float(x) + 10.0, 28.0, top - 18.0, depth)


def _deck(canvas: Canvas, kind: ContainerType, x0: float, rng: np.random.Generator) -> None:
    near, far, x1 = 60.0, OUTER_WIDTH_MM - 60.0, x0 + kind.length_mm
    wood = PLANK_MM * SOFTWOOD_SHARE * float(rng.uniform(0.85, 1.15))
    canvas.slab("cellulose", wood, x0 + 120.0, x1 - 120.0, kind.floor_mm - PLANK_MM / 2.0, near, far)
    top = kind.floor_mm - PLANK_MM
    spacing = float(rng.uniform(420.0, 620.0))
    for x in np.arange(x0 + 260.0, x1 - 200.0, spacing):
        low = 0.45 * top if kind.gooseneck and float(x) < x0 + 3500.0 else max(20.0, top - 320.0)
        canvas.member(float(x) - 40.0, float(x) + 40.0)
        canvas.web("steel", 6.0, float(x), low, top, 120.0, OUTER_WIDTH_MM - 120.0)
        canvas.slab("steel", 6.0, float(x) - 40.0, float(x) + 40.0, top, 120.0, OUTER_WIDTH_MM - 120.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Corner:
    """One end of a flat rack: its outer face, the sign of the way to the container's middle, and the posts' two heights."""

    x: float
    inward: float
    foot: float
    top: float

    def across(self, a: float, b: float) -> tuple[float, float]:
        """From the x at ``a`` mm behind the outer face to that at ``b``, the smaller first."""
        ends = (self.x + self.inward * a, self.x + self.inward * b)
        return min(ends), max(ends)


def _fixed_end(canvas: Canvas, kind: ContainerType, x: float, inward: float) -> None:
    """Posts that are one with the base, a knee plate at each foot and a folded wall between them (ISO 6346: P1)."""
    deep, deck = kind.front_mm - 60.0, kind.floor_mm
    end = _Corner(x=x, inward=inward, foot=100.0, top=kind.height_mm - 60.0)
    for depth in POSTS:
        _post(canvas, end, deep, depth)
        knee = ((deep, deck - 60.0), (deep + 420.0, deck - 60.0), (deep + 420.0, deck + 20.0), (deep, deck + 640.0))
        xs, hs = (np.array([end.x + inward * a for a, _ in knee]), np.array([h for _, h in knee]))
        canvas.outline("steel", 16.0, xs, hs, depth)
        canvas.strut(
            "steel",
            90.0,
            end.x + inward * (deep + 415.0),
            deck + 20.0,
            end.x + inward * deep,
            deck + 640.0,
            14.0,
            depth,
        )
    canvas.end_wall("steel", 3.5, *end.across(40.0, 130.0), deck, end.top, 170.0, OUTER_WIDTH_MM - 170.0)
    _cross_beams(canvas, kind, end, (deck - 40.0, end.top - 70.0), deep)


def _folding_end(canvas: Canvas, kind: ContainerType, x: float, inward: float) -> None:
    """A frame that turns on pins at the deck and is locked upright by bolts; its feet stand clear of the base (ISO 6346: P3).

    Folded down it lies on the deck, so the base has corner fittings of its own right under the gap, and springs help to lift it.
    """
    deep, deck = kind.front_mm - 20.0, kind.floor_mm
    gap = deck + 10.0, deck + 10.0 + GAP_MM
    end = _Corner(x=x, inward=inward, foot=gap[1], top=kind.height_mm - 60.0)
    for z, way in ((0.0, 1.0), (OUTER_WIDTH_MM, -1.0)):
        fitting(canvas, (x - inward * 4.0, gap[0], z), (inward, -1.0, way))
    for depth in POSTS:
        _post(canvas, end, deep, depth)
        canvas.bar("steel", 40.0, *end.across(0.0, deep + 60.0), 100.0, deck - 118.0, depth)
        canvas.strut(  # hinge lugs from the base to the post's inner side, about the pin
            "steel",
            50.0,
            x + inward * (deep + 55.0),
            deck - 140.0,
            x + inward * (deep + 55.0),
            deck + 210.0,
            130.0,
            depth,
        )
        canvas.disc("steel", 150.0, x + inward * (deep + 55.0), deck + 90.0, 38.0, depth)
        canvas.bar("steel", 55.0, *end.across(deep - 90.0, deep + 130.0), deck + 290.0, deck + 345.0, depth)  # bolt
        canvas.bar("steel", 35.0, *end.across(deep, deep + 70.0), deck + 250.0, deck + 385.0, depth)  # and its guide
        canvas.annulus("steel", 120.0, x + inward * (deep + 210.0), deck - 150.0, (52.0, 70.0), depth)  # lifting spring
    canvas.end_wall("steel", 2.5, *end.across(90.0, 150.0), gap[1] + 60.0, end.top, 170.0, OUTER_WIDTH_MM - 170.0)
    _cross_beams(canvas, kind, end, (gap[1] + 20.0, (gap[1] + end.top) / 2.0, end.top - 70.0), deep)


def _post(canvas: Canvas, end: _Corner, deep: float, depth: float) -> None:
    """A welded box, thick plates before and behind."""
    canvas.bar("steel", 20.0, *end.across(0.0, deep), end.foot, end.top, depth)
    for a in (0.0, deep - 14.0):
        canvas.bar("steel", 130.0, *end.across(a, a + 14.0), end.foot, end.top, depth)


def _cross_beams(canvas: Canvas, kind: ContainerType, end: _Corner, feet: Sequence[float], deep: float) -> None:
    """Beams across the end, each 120 mm high from its lower edge."""
    for h in feet:
        low, high = h, min(h + 120.0, kind.height_mm)
        canvas.end_wall("steel", 8.0, *end.across(30.0, deep - 20.0), low, high, 170.0, OUTER_WIDTH_MM - 170.0)


def _lashing_points(canvas: Canvas, kind: ContainerType, x0: float) -> None:
    """Rings and stake pockets along the deck's rims."""
    for x in np.linspace(x0 + 700.0, x0 + kind.length_mm - 700.0, 16 if kind.gooseneck else 8):
        for depth in (20.0, OUTER_WIDTH_MM - 20.0):
            canvas.bar("steel", 10.0, float(x), float(x) + 90.0, kind.floor_mm - 210.0, kind.floor_mm - 10.0, depth)
            canvas.ring("steel", 16.0, float(x) + 260.0, kind.floor_mm - 60.0, 45.0, depth, up=False)
