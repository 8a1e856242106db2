"""Firearms as they are found: alone in any pose, a few in a bundle, or many in a case."""

import numpy as np

from scantally.datasets.simulator.loads_pallet import PINE
from scantally.datasets.simulator.objects_firearms import FAMILIES, Family
from scantally.datasets.simulator.shapes import MM_PER_CM, Canvas
from scantally.datasets.simulator.shapes_solids import Matrix, Solid, draw_solids, extent, rotation
from scantally.datasets.simulator.sprite import Sprite


def firearm(rng: np.random.Generator, pitch_mm: float) -> Sprite:
    """One firearm (half of the draws), a bundle of two to six, or a case of four to twelve of one family."""
    form = rng.choice(["single", "bundle", "case"], p=[0.5, 0.3, 0.2])
    if form == "single":
        return single(rng, pitch_mm, _family(rng))
    return _several(rng, pitch_mm, cased=form == "case")


def _family(rng: np.random.Generator) -> Family:
    return FAMILIES[int(rng.integers(len(FAMILIES)))]


def single(rng: np.random.Generator, pitch_mm: float, family: Family, pose: Matrix | None = None) -> Sprite:
    """One firearm of a family, in a drawn pose unless one is given."""
    canvas = _draw(family.build(rng), any_pose(rng) if pose is None else pose, pitch_mm)
    canvas.mark("firearm", (0, canvas.width, 0, canvas.height))
    return canvas.sprite("firearm", count=1, tight=True)


def any_pose(rng: np.random.Generator) -> Matrix:
    """Lengthwise in the view more often than not; turned about the beam at will; seldom end-on, which few could name."""
    yaw = rng.uniform(0, 2 * np.pi) if rng.random() < 0.5 else rng.normal(0, 0.15) + np.pi * rng.integers(2)
    pitch = float(np.clip(rng.normal(0, 0.45), -1.2, 1.2))
    roll = rng.normal(0, 0.5) + np.pi * rng.integers(2)
    return rotation(float(yaw), pitch, float(roll))


def _draw(solids: list[Solid], pose: Matrix, pitch_mm: float, fine: int = 2) -> Canvas:
    turned = [s.moved(pose, (0.0, 0.0, 0.0)) for s in solids]
    low, high = extent(turned)
    canvas = Canvas.of(float(high[0] - low[0]) + 2 * pitch_mm, float(high[1] - low[1]) + 2 * pitch_mm, pitch_mm)
    shift = (pitch_mm - float(low[0]), pitch_mm - float(low[1]), 0.0)
    draw_solids(canvas, [s.moved(np.eye(3), shift) for s in turned], fine)
    return canvas


def _several(rng: np.random.Generator, pitch_mm: float, *, cased: bool) -> Sprite:
    """Like firearms side by side, some turned about, a little askew; two drawn stamps serve for all."""
    family = _family(rng)
    base = rotation(rng.normal(0, 0.04), rng.normal(0, 0.08), rng.normal(0, 0.15))
    about = rotation(np.pi, 0, 0)
    one = family.build(rng)
    stamps = [_draw(one, pose, pitch_mm, fine=1) for pose in (base, about @ base)]
    n = int(rng.integers(4, 13)) if cased else int(rng.integers(2, 7))
    wide, high = max(s.width for s in stamps), max(s.height for s in stamps)
    step = high * rng.uniform(0.25, 0.9)
    # A case is carried by two men: about half a metre high, so the rest lies one behind another.
    levels = min(int(np.ceil(n / rng.integers(1, 4))), int(450 / step) + 1)
    margin = 60.0 if cased else 20.0
    canvas = Canvas.of(wide * 1.08 + 2 * margin, high + step * (levels - 1) + 2 * margin, pitch_mm)
    for i in range(n):
        _lay(rng, canvas, stamps[int(rng.integers(2))], margin, (i % levels) * step)
    if cased:
        _case(canvas)
    return canvas.sprite("firearm", count=n, tight=True)


def _lay(rng: np.random.Generator, canvas: Canvas, stamp: Canvas, margin: float, up: float) -> None:
    room = canvas.width - 2 * margin - stamp.width
    x, y = margin + max(room, 0) * rng.random(), margin + up
    canvas.stamp(stamp, x, y)
    canvas.mark("firearm", (x, x + stamp.width, y, y + stamp.height))


def _case(canvas: Canvas) -> None:
    """A transport case of 18 mm boards, 150 to 420 mm deep, with battens and two steel bands."""
    w, h = canvas.width, canvas.height
    deep = min(max(0.4 * w, 150.0), 420.0)
    canvas.box("cellulose", (0, w, 0, h), 2 * 18 * PINE / MM_PER_CM)
    for span in ((0, 18, 0, h), (w - 18, w, 0, h), (0, w, 0, 18), (0, w, h - 18, h)):
        canvas.box("cellulose", span, deep * PINE / MM_PER_CM)
    for share in (0.15, 0.78):
        canvas.box("cellulose", (share * w, share * w + 70, 0, h), 2 * 18 * PINE / MM_PER_CM)
        canvas.box("steel", (share * w + 28, share * w + 42, 0, h), 1.0)
