"""Loads in three dimensions: nothing floats, rolls keep their mass in every slice, and no container is loaded beyond its rating."""

from itertools import pairwise, product

import numpy as np
import pytest
from scipy import ndimage

from scantally.datasets.simulator.build import build
from scantally.datasets.simulator.container import CONTAINERS
from scantally.datasets.simulator.draw_plan import draw_plan
from scantally.datasets.simulator.goods import GOODS
from scantally.datasets.simulator.loads import (
    COUNTED,
    COVERING,
    LEAST_ROOM,
    LOADS,
    PAYLOAD_KG,
    hides_up_to,
    make_load,
    make_load_slices,
)
from scantally.datasets.simulator.loads_pipes import _bundle, _per_mm
from scantally.datasets.simulator.plan import LOAD_WEIGHTS, BlockPlan, ContainerPlan, ScenePlan, Wishes
from scantally.datasets.simulator.shapes import Canvas
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
from scantally.datasets.simulator.sprite import DepthSlice, Sprite
from scantally.datasets.simulator.style import draw_style
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
    # What scrap has thrown on its slope may lie on a corner: 0.003 % at most of the loads that were looked at.
    assert area * (PITCH / 10) ** 2 / 1000 <= 1e-4 * whole.mass_kg


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
        rods = [r for r in slices if abs(r.near + r.far - s.near - s.far) < 1e-4 and "steel" in r.sprite.layers]
        steel = np.sum([r.sprite.layers["steel"] for r in rods], axis=0)
        for part in s.sprite.parts:
            x0, y0, x1, _ = part.box
            hook = steel[: max(int(y0), 1), int((x0 + x1) / 2) - 1 : int((x0 + x1) / 2) + 2].max(axis=1)
            assert (hook[int(100 / PITCH) :] > 1).all()  # from the rail down to the piece


def test_meat_hangs_from_the_ceiling_however_low_it_was_planned_and_however_heavy_it_is() -> None:
    kind = CONTAINERS["45R1"]
    block = BlockPlan(kind="meat", x_mm=kind.front_mm + 50.0, width_mm=10800.0, height_mm=900.0)
    plan = ScenePlan(containers=(ContainerPlan(kind=kind, x0_mm=0.0, blocks=(block,)),), terminal=False)
    for seed in range(3):
        (hung,) = build(plan, draw_style(np.random.default_rng(seed), "cal"), np.random.default_rng(seed)).loads
        assert hung.stand is not None and hung.stand.base_mm == kind.floor_mm
        high = hung.sprite.shape[0] * hung.sprite.pitch_mm
        assert high == pytest.approx(kind.inner_height_mm, abs=hung.sprite.pitch_mm)
        rail = hung.sprite.layers["aluminium"][: int(60 / hung.sprite.pitch_mm)]
        assert (rail.max(axis=0) > 1.0).all()


@pytest.mark.parametrize("seed", range(6))
def test_a_cover_is_as_high_as_what_it_hides(seed: int) -> None:
    rng = np.random.default_rng(seed)
    plan = draw_plan(rng, Wishes(deviation="hidden_load", containers=("22G1", "42G1"), object_share=0.0))
    loads = [thing for thing in build(plan, draw_style(rng, "cal"), rng).loads if thing.container == 0]
    covers = [thing for thing in loads if not thing.hidden]
    assert covers and {thing.label for thing in covers} <= COVERING
    lowest = min(hides_up_to(thing.sprite) for thing in covers)
    for thing in loads:
        if thing.hidden:
            assert thing.sprite.shape[0] * thing.sprite.pitch_mm <= max(lowest, 350.0)


@pytest.mark.parametrize("kind", ["sacks", "cartons", "household"])
def test_a_full_load_leaves_no_step(kind: str) -> None:
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        whole, _ = make_load_slices(kind, rng, 1400.0, 2200.0, 2250.0, PITCH, full=True)
        assert hides_up_to(whole) >= 0.8 * 2200.0


def test_a_manhole_is_round_seen_from_above() -> None:
    """Its slices by depth are wide in the middle and narrow at the near and far rim, on the top of the vessel."""
    for seed in SEEDS:
        _, slices = make_load_slices("tank", np.random.default_rng(seed), 5800.0, 2341.0, 2250.0, PITCH)
        thin = [s for s in slices if (s.far - s.near) * 2250.0 < 200.0]
        rows = [s.sprite.layers["steel"].max(axis=1) > 1.0 for s in thin]
        wide = [float((s.sprite.layers["steel"] > 0.5).sum(axis=1).max()) for s in thin]
        assert len(thin) == 6 and all(r.any() for r in rows)
        assert min(wide[2:4]) > max(wide[0], wide[5])


def test_cartons_are_stowed_level_but_for_the_last_rows() -> None:
    """In four containers of five the tops of the first three quarters of the length lie within a tenth of the room."""
    level = []
    for seed in range(20):
        whole = make_load("cartons", np.random.default_rng(seed), 5850.0, 2350.0, 2250.0, PITCH)
        there = whole.total[:, : int(0.75 * whole.shape[1])] > THERE
        tops = (there.shape[0] - np.argmax(there, axis=0))[there.mean(axis=0) > 0.1]
        level.append(float(np.quantile(tops, 0.95) - np.quantile(tops, 0.05)) * PITCH < 235.0)
    assert 0.7 <= np.mean(level) < 1.0  # some carry the goods of several shippers


@pytest.mark.parametrize("seed", range(12))
def test_cartons_fill_their_pallets_and_stand_on_each_other(seed: int) -> None:
    """No step between a carton and what bears it, on one pallet or on two."""
    rng = np.random.default_rng(seed)
    _, slices = make_load_slices("cartons", rng, 2400.0, 2350.0, 2250.0, 5.0)
    for one in slices:
        there = one.sprite.total[::-1] > THERE
        tops = there.shape[0] - np.argmax(there[::-1], axis=0)
        holes = (tops - there.sum(axis=0))[there.any(axis=0)]
        if (one.near, one.far) != (0.0, 1.0):  # pallets alone have air between their boards
            lowest = np.argmax(there, axis=0)[there.any(axis=0)]
            assert float((holes - lowest <= (144 + 60) / 5.0).mean()) > 0.85  # but where leaning columns part


def test_a_removal_weighs_what_removals_weigh_and_its_furniture_is_solid() -> None:
    """Some 40 to 200 kg on a cubic metre of the room (removers reckon 7 lb on a cubic foot, 112); heavier boxes lie low."""
    for seed in range(4):
        whole, slices = slices_of("household", seed)
        assert 35.0 < whole.mass_kg / (5.85 * 2.35 * 2.25) < 220.0
        heights = np.arange(whole.shape[0])[::-1, None] * PITCH
        assert float((whole.total * heights).sum() / whole.total.sum()) < 0.5 * hides_or_top(slices)


def hides_or_top(slices: tuple[DepthSlice, ...]) -> float:
    """The top of the highest thing, mm."""
    there = solid(slices).any(axis=(0, 2))
    return float(np.flatnonzero(there).max()) * PITCH


def test_what_a_load_hides_is_its_top_but_for_a_tenth_of_its_width() -> None:
    wall = np.zeros((100, 40), np.float32)
    wall[20:, :37] = 5.0
    made = Sprite(label="x", layers={"steel": wall}, pitch_mm=10.0, mass_kg=1.0)
    assert hides_up_to(made) == 800.0
    wall[:, 30:37] = 0.0
    assert hides_up_to(made) == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_no_container_is_overloaded(kind: str) -> None:
    """ISO 1496-1: 30,480 kg with the container; forty feet bear no more than twenty."""
    for seed, width in ((0, 5850.0), (1, 11900.0), (2, 11900.0)):
        assert make_load(kind, np.random.default_rng(seed), width, 2350.0, 2250.0, 10.0).mass_kg <= 1.05 * PAYLOAD_KG


MOST_SLICES = {"meat": 10, "tank": 13}
"""Meat: for each of five rails one of metal and one of meat; tanks: six of the vessel, one of its fittings, six of the manhole."""


@pytest.mark.parametrize("kind", KINDS)
def test_slices_lie_in_the_room_and_are_few(kind: str) -> None:
    for seed in SEEDS:
        _, slices = slices_of(kind, seed)
        assert 1 <= len(slices) <= MOST_SLICES.get(kind, 8)
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


@pytest.mark.parametrize("kind", ["sacks", "cartons", "bales", "drums", "household", "reels"])
def test_a_full_block_reaches_higher_than_the_others(kind: str) -> None:
    """As stowed up to the roof; no heavier than a container bears."""
    tops: dict[bool, list[float]] = {True: [], False: []}
    for full, seed in product((True, False), range(6)):
        load, _ = make_load_slices(kind, np.random.default_rng(seed), 5850.0, 2200.0, 2250.0, 16.0, full=full)
        tops[full].append(float((load.total > THERE).any(axis=1).sum()) * load.pitch_mm / 2200.0)
        assert load.mass_kg < 1.3 * PAYLOAD_KG
    assert np.median(tops[True]) >= np.median(tops[False])
    assert np.median(tops[True]) > 0.75, tops


def test_two_containers_in_three_are_stowed_as_high_as_the_goods_allow() -> None:
    rng, wishes = np.random.default_rng(3), Wishes(deviation_share=0.0, empty_share=0.0, tank_share=0.0)
    blocks = [c.blocks for _ in range(400) for c in draw_plan(rng, wishes).containers if c.blocks]
    assert all(len({b.full for b in found}) == 1 for found in blocks)
    assert 0.58 < np.mean([found[0].full for found in blocks]) < 0.72
