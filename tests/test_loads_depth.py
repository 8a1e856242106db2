"""Loads in three dimensions: nothing floats, rolls keep their mass in every slice, and no container is loaded beyond its rating."""

from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from scantally.datasets.simulator.goods import GOODS
from scantally.datasets.simulator.loads import COUNTED, LEAST_ROOM, LOADS, PAYLOAD_KG, make_load, make_load_slices
from scantally.datasets.simulator.loads_pipes import _bundle, _per_mm
from scantally.datasets.simulator.plan import LOAD_WEIGHTS
from scantally.datasets.simulator.shapes import Canvas, DepthSlice
from scantally.datasets.simulator.shapes_depth import (
    Roll,
    crosswise,
    draw_deep,
    even,
    lengthwise,
    round_rows,
    rows_of,
    upright,
)
from scantally.datasets.simulator.shapes_solids import ball, block, cylinder, draw_solids, rotation, tube
from scantally.datasets.simulator.sprite import Sprite
from scantally.detector.physics.materials import MATERIALS

KINDS = sorted(LOADS)
PITCH = 8.0
SEEDS = range(4)
THERE = 0.05  # g/cm2: less than a sheet of board
TOUCH_PX = 3  # bodies are put to the nearest pixel, and rounded ones touch on a line


def slices_of(kind: str, seed: int, width: float = 5850.0) -> tuple[Sprite, tuple[DepthSlice, ...]]:
    return make_load_slices(kind, np.random.default_rng(seed), width, 2350.0, 2250.0, PITCH)


def solid(slices: tuple[DepthSlice, ...]) -> np.ndarray:
    """Where mass is: (cells of depth between all slices' ends, rows from the floor up, columns)."""
    ends = sorted({e for s in slices for e in (s.near, s.far)})
    cells = list(pairwise(ends))
    full = np.zeros((len(cells), *slices[0].sprite.shape), np.bool_)
    for s in slices:
        there = s.sprite.total[::-1] > THERE
        for k, (near, far) in enumerate(cells):
            if s.near < far - 1e-9 and s.far > near + 1e-9:
                full[k] |= there
    return full


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_floats(kind: str, seed: int) -> None:
    """All mass hangs together, over at most three pixels of air, with something that stands on the floor."""
    whole, slices = slices_of(kind, seed)
    full = solid(slices)
    grown = ndimage.binary_dilation(full, np.ones((1, 2 * TOUCH_PX + 1, 1), np.bool_))
    pieces, _ = ndimage.label(grown)
    grounded = np.unique(pieces[:, 0])
    loose = full & ~np.isin(pieces, grounded[grounded > 0])
    area = sum(float((s.sprite.total[::-1] * loose_in(loose, slices, s)).sum()) for s in slices)
    assert area * (PITCH / 10) ** 2 / 1000 <= 0.005 * whole.mass_kg


def loose_in(loose: np.ndarray, slices: tuple[DepthSlice, ...], one: DepthSlice) -> np.ndarray:
    """Where a slice's mass is loose in every cell of depth that it covers."""
    ends = sorted({e for s in slices for e in (s.near, s.far)})
    mine = [k for k, near in enumerate(ends[:-1]) if one.near - 1e-9 <= near < one.far - 1e-9]
    where: np.ndarray = loose[mine].all(axis=0)
    return where


@pytest.mark.parametrize("kind", sorted(COUNTED - {"meat"}))
def test_counted_parts_stand_on_something(kind: str) -> None:
    """Under each part, in the depths that it reaches, is the floor, or mass right below its lower edge."""
    for seed in SEEDS:
        _, slices = slices_of(kind, seed)
        for one in slices:
            near = [s.sprite.total[::-1] for s in slices if s.near < one.far and s.far > one.near]
            below = np.max(near, axis=0) > THERE
            rows = below.shape[0]
            for part in one.sprite.parts:
                x0, _, x1, y1 = part.box
                foot = round(rows - y1)
                under = below[max(foot - TOUCH_PX, 0) : max(foot, 1), int(x0) : max(int(np.ceil(x1)), int(x0) + 1)]
                assert foot <= TOUCH_PX or under.any(), (seed, part)


@pytest.mark.parametrize("seed", SEEDS)
def test_meat_hangs_from_something(seed: int) -> None:
    _, slices = slices_of("meat", seed)
    assert sum(len(s.sprite.parts) for s in slices) > 10
    for s in slices:
        steel = s.sprite.layers["steel"]
        for part in s.sprite.parts:
            x0, y0, x1, _ = part.box
            hook = steel[: max(int(y0), 1), int((x0 + x1) / 2) - 1 : int((x0 + x1) / 2) + 2].max(axis=1)
            assert (hook[int(100 / PITCH) :] > 1).all()  # from the rail down to the piece


@pytest.mark.parametrize("kind", KINDS)
def test_no_container_is_overloaded(kind: str) -> None:
    """ISO 1496-1: 30,480 kg with the container; forty feet bear no more than twenty."""
    for seed, width in ((0, 5850.0), (1, 11900.0), (2, 11900.0)):
        assert make_load(kind, np.random.default_rng(seed), width, 2350.0, 2250.0, 10.0).mass_kg <= 1.05 * PAYLOAD_KG


@pytest.mark.parametrize("kind", KINDS)
def test_slices_lie_in_the_room_and_are_few(kind: str) -> None:
    for seed in SEEDS:
        _, slices = slices_of(kind, seed)
        assert 1 <= len(slices) <= 8
        assert all(0 <= s.near < s.far <= 1 for s in slices)
        assert all(layer.min() >= 0 for s in slices for layer in s.sprite.layers.values())


@pytest.mark.parametrize("kind", sorted(COUNTED))
def test_pieces_are_counted(kind: str) -> None:
    for seed in SEEDS:
        whole, _ = slices_of(kind, seed)
        assert whole.count == len(whole.parts) > 0


@pytest.mark.parametrize("kind", sorted(LEAST_ROOM))
def test_a_load_fits_into_its_least_room(kind: str) -> None:
    room = LEAST_ROOM[kind]
    masses = [make_load(kind, np.random.default_rng(seed), *room, 10.0).mass_kg for seed in range(6)]
    assert min(masses) > 0


ROLLS = (
    Roll(material="steel", density=7.8, radius=600.0, inner=254.0, length=400.0),
    Roll(material="cellulose", density=0.7, radius=635.0, inner=38.0, length=1500.0),
    Roll(material="aluminium", density=2.6, radius=320.0, inner=0.0, length=90.0),
)


@pytest.mark.parametrize("roll", ROLLS)
@pytest.mark.parametrize("pitch", [4.0, 5.0, 9.0])
def test_rolls_weigh_volume_times_density(roll: Roll, pitch: float) -> None:
    expected = np.pi * (roll.radius**2 - roll.inner**2) * roll.length / 1000 * roll.density / 1000
    near, far = round_rows(2, 2600.0, 2 * roll.radius)
    for draw, row in ((upright, near), (upright, far), (lengthwise, near), (lengthwise, far)):
        canvas = Canvas.of(3000, 3000, pitch)
        draw(canvas, roll, 1000.0, 203.0, row)
        assert canvas.mass_kg() == pytest.approx(expected, rel=0.01)
    canvas = Canvas.of(3000, 3000, pitch)
    crosswise(canvas, roll, 1000.0, 203.0, (0.1, 0.5))
    assert canvas.mass_kg() == pytest.approx(expected, rel=0.01)


def test_the_nearest_row_is_round_in_depth() -> None:
    """The slice next to the near wall shows only the middle of a standing roll, the middle one its whole width."""
    roll = ROLLS[1]
    row = round_rows(1, 2250.0, 2 * roll.radius)[0]
    canvas = Canvas.of(2000, 1600, 5.0)
    upright(canvas, roll, 1000.0, 0.0, row)
    wide = [int((s.sprite.total > 0).any(axis=0).sum()) for s in canvas.depth_slices("reels")]
    assert wide[0] < wide[1] < wide[2] and wide[2] * 5.0 == pytest.approx(2 * roll.radius, abs=15)


def test_a_bundle_weighs_what_its_pipes_weigh() -> None:
    roll = Roll(material="brass", density=8.5, radius=54.0, inner=50.0, length=0.0)
    canvas = Canvas.of(6000, 1500, 5.0)
    _bundle(np.random.default_rng(1), canvas, roll, (0.0, 0.0), (5800.0, 6, 5))
    pipes = 3 * 6 + 2 * 5  # every other layer lies in the grooves and is one shorter
    areal = canvas.sprite("x").layers["brass"]
    mass = float(areal.sum(dtype=np.float64)) * 0.5**2 / 1000
    assert mass == pytest.approx(pipes * 5800 * _per_mm(roll), rel=0.022)  # ends are up to 120 mm short
    assert mass <= pipes * 5800 * _per_mm(roll) * 1.001


def test_slices_of_solids_add_up() -> None:
    turn = rotation(0.4, 0.3, 0.9)
    bodies = [
        *tube("steel", 7.85, (0, 0, 0), 400, 120, 90, "y"),
        cylinder("water", 1.0, (-200, 50, 30), 300, 80),
        ball("granite", 2.7, (50, 100, 80), (90, 120, 150)),
        block("water", 1.0, (-100, -100, -100), (100, 100, 100)),
    ]
    moved = [b.moved(turn, (600.0, 600.0, 700.0)) for b in bodies]
    whole, cut = Canvas.of(1300, 1300, 5.0), Canvas.of(1300, 1300, 5.0)
    draw_solids(whole, moved, fine=1)
    draw_deep(cut, moved, 1400.0, even(5))
    assert cut.mass_kg() == pytest.approx(whole.mass_kg(), rel=1e-4)
    assert 3 <= len(cut.depth_slices("x")) <= 5


@pytest.mark.parametrize(("count", "deep"), [(1, 800.0), (3, 700.0), (3, 750.0), (4, 585.0), (2, 2250.0)])
def test_rows_lie_behind_each_other(count: int, deep: float) -> None:
    rows = rows_of(count, 2250.0, deep)
    assert len(rows) == count
    assert all(far - near == pytest.approx(deep / 2250.0, abs=1e-4) for near, far in rows)
    assert rows == sorted(rows) and rows[0][0] >= 0 and rows[-1][1] <= 1


def test_goods_are_broad_enough() -> None:
    """Six headings for every load, so that the benchmark can keep some for its test part; codes of six digits, each once a kind."""
    for kind in LOADS:
        codes = [g.hs_code for g in GOODS[kind]]
        assert len(codes) == len(set(codes)), kind
        assert len({c[:4] for c in codes}) >= 6, kind
        assert all(len(c) == 6 and c.isdigit() and 1 <= int(c[:2]) <= 97 for c in codes)
        for g in GOODS[kind]:
            assert 0 < g.package_kg[0] <= g.package_kg[1] and g.density[0] < g.density[1]
            assert set(g.materials) <= set(MATERIALS)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_drawn_can_be_declared(kind: str) -> None:
    """Some goods are made of what most of the load is made of."""
    declared = {m for g in GOODS[kind] for m in g.materials}
    for seed in range(6):
        layers = slices_of(kind, seed)[0].layers
        assert max(layers, key=lambda m: float(layers[m].sum())) in declared


def test_every_planned_load_can_be_made() -> None:
    assert set(LOAD_WEIGHTS) <= set(LOADS)
