"""Threat image projection: where objects come to lie, and what is read off a scan before (frame, grey curve, noise, edges)."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from scantally.datasets.ajna import load
from scantally.datasets.canvas import Recipe
from scantally.datasets.labelled import Label, LabelledScan
from scantally.datasets.simulator.container_kinds import FLOOR_MM
from scantally.datasets.simulator.objects import OBJECTS, make_object
from scantally.datasets.simulator.plan import Wishes
from scantally.datasets.simulator.scene import SimulatedScan, simulate_scan
from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.tip import Projection, ScanCharacter, estimate_character, place_and_project
from scantally.datasets.tip_curve import GreyCurve
from scantally.datasets.tip_frame import find_frame
from scantally.datasets.tip_jpeg import quantisation_of
from scantally.datasets.tip_place import PLACES, Spot, draw_spot, find_room, stands
from scantally.detector.types import Box, FloatArray
from scantally.training.config import TrainConfig
from scantally.training.detail import detail_canvases
from scantally.training.sources import Source

HONEST = Wishes(deviation_share=0.0)
DRY = ("22G1", "42G1", "45G1")


def boxes(scan: SimulatedScan) -> list[Box]:
    return [c.box for c in scan.truth.containers]


def character_of(scan: SimulatedScan) -> ScanCharacter:
    calibrated = scan.grey_HW is None
    return estimate_character(
        scan.transmission_BHW[-1],
        boxes(scan),
        calibrated=calibrated,
        energy_mv=scan.energies_mv[-1] if calibrated else None,
        pitch_mm=scan.pitch_mm if calibrated else None,
        x_pitch_mm=scan.truth.x_pitch_mm if calibrated else None,
    )


Case = tuple[SimulatedScan, ScanCharacter]


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    """Scans of every look whose containers are ordinary boxes, and what was measured on them."""
    found: list[SimulatedScan] = []
    for index in range(60):
        scan = simulate_scan(321, index, look=("A", "A2", "B", "cal")[index % 4], wishes=HONEST)
        if all(c.size_type in DRY for c in scan.truth.containers):
            found.append(scan)
        if len(found) == 12:
            break
    return [(scan, character_of(scan)) for scan in found]


def test_the_grey_curve_is_found_within_what_it_states(cases: list[Case]) -> None:
    errors, seen = [], 0
    for scan, character in cases:
        if scan.grey_HW is None:
            continue
        curve = character.curve
        assert "grey ~ signal^" in curve.stated() and "container parts" in curve.stated()
        assert abs(curve.gamma - scan.style.gamma) < 2.5 * curve.spread
        errors.append(curve.gamma / scan.style.gamma - 1.0)
        seen += curve.structures
    assert len(errors) >= 6 and seen >= 12
    assert float(np.median(np.abs(errors))) < 0.09
    assert abs(float(np.mean(errors))) < 0.09


def test_a_curve_and_its_inverse_cancel() -> None:
    grey = np.linspace(0.01, 1.0, 50, dtype=np.float32)[None, :]
    curve = GreyCurve(gamma=1.37, gain=1.04)
    assert curve.grey(curve.signal(grey)) == pytest.approx(grey, rel=1e-4)
    assert curve.signal(np.full((1, 1), 0.5, np.float32))[0, 0] == pytest.approx((0.5 / 1.04) ** (1 / 1.37), rel=1e-5)


def test_without_any_part_the_curve_is_only_assumed_and_says_so() -> None:
    character = estimate_character(np.full((400, 600), 0.5, np.float32), [(50.0, 50.0, 500.0, 350.0)])
    assert character.curve.structures == 0 and character.curve.spread >= 0.25
    assert "assumed: no part was found" in character.curve.stated()


def test_pitch_and_squeeze_come_from_the_iso_sizes(cases: list[Case]) -> None:
    right = []
    for scan, character in cases:
        if scan.grey_HW is None:  # the calibrated ones were given their pitch
            continue
        for frame in character.frames:
            assert frame.pitch_mm == pytest.approx(scan.pitch_mm, rel=0.18)
            right.append(abs(frame.x_pitch_mm / scan.truth.x_pitch_mm - 1.0) < 0.06)
    assert len(right) >= 8
    assert np.mean(right) >= 0.85  # 20 ft or 40 ft: now and then a load hides the floor's members


def test_noise_and_edges_are_the_styles() -> None:
    for look in ("A2", "cal"):
        scan = simulate_scan(55, 2, look=look, wishes=HONEST)
        character = character_of(scan)
        style = scan.style
        if look == "cal":
            known = np.sqrt(0.9 / style.quanta + style.electronic**2)
            measured = float(np.sqrt(character.noise.variance(np.array([0.9], np.float32))[0]))
            assert measured == pytest.approx(known, rel=0.35)
        true = float(np.sqrt(style.blur_px**2 + 1 / 12 + 1 / 6))  # blur, the pixel's width, resampling by the warp
        assert character.edge_px[0] == pytest.approx(true, rel=0.3)


def test_objects_lie_inside_on_something_and_never_float(cases: list[Case]) -> None:
    rng = np.random.default_rng(8)
    places: dict[str, int] = dict.fromkeys(PLACES, 0)
    for scan, character in cases:
        picture = scan.transmission_BHW[-1]
        for _ in range(6):
            sprite = make_object(("firearm", "gas_cylinder", "brick_packages")[int(rng.integers(3))], rng, 2.5)
            spot = draw_spot(picture, character, sprite, rng)
            if spot is None:
                continue
            places[spot.place] += 1
            frame = spot.frame
            wide = sprite.shape[1] * sprite.pitch_mm / frame.x_pitch_mm
            assert frame.inside[0] <= spot.left and spot.left + wide <= frame.inside[1] + 1
            assert spot.base_mm >= 0.0
            assert spot.base_mm + sprite.shape[0] * sprite.pitch_mm <= frame.inner_height_mm + 1
            assert held_up(picture, character, spot, wide)
    assert min(places.values()) > 0
    assert sum(places.values()) > 40


def held_up(picture: FloatArray, character: ScanCharacter, spot: Spot, wide: float) -> bool:
    """On the floor, or with load up to its base under at least half of it."""
    room = find_room(picture, character, spot.frame)
    span = room.tops_mm_M[int((spot.left - room.first) / 4) : int((spot.left + wide - room.first) / 4) + 1]
    return spot.base_mm == 0.0 or bool((span >= spot.base_mm - 61.0).mean() >= 0.5)


def test_projected_boxes_lie_in_the_container_of_the_truth(cases: list[Case]) -> None:
    rng = np.random.default_rng(9)
    done = 0
    for scan, character in cases:
        picture = scan.transmission_BHW[-1]
        sprite = make_object("brick_packages", rng, 2.5)
        found = place_and_project(picture, character, sprite, rng)
        if found is None or found.box[2] <= found.box[0]:
            continue
        done += 1
        assert any(
            c[0] <= found.box[0] and found.box[2] <= c[2] and c[1] <= found.box[1] and found.box[3] <= c[3] + 3
            for c in boxes(scan)
        )
        darker = picture - found.transmission_HW
        assert float(darker[darker != 0].mean()) > 0.0
    assert done >= 6


def test_an_empty_container_holds_things_on_its_floor_alone() -> None:
    scan = next(
        s
        for i in range(60)
        if (s := simulate_scan(5, i, look="A", wishes=HONEST)).truth.containers[0].empty
        and s.truth.containers[0].size_type in DRY
    )
    character = estimate_character(scan.transmission_BHW[-1], boxes(scan), empty=[True] * len(boxes(scan)))
    rng = np.random.default_rng(3)
    spots = [
        draw_spot(scan.transmission_BHW[-1], character, make_object("gas_cylinder", rng, 2.5), rng) for _ in range(12)
    ]
    assert {s.place for s in spots if s is not None} == {"floor"}


def test_what_does_not_fit_or_stand_is_not_placed(cases: list[Case]) -> None:
    (scan, character), rng = cases[0], np.random.default_rng(1)
    picture = scan.transmission_BHW[-1]
    huge = Sprite(label="x", layers={"steel": np.ones((1200, 40), np.float32)}, pitch_mm=2.5, mass_kg=1.0)
    assert draw_spot(picture, character, huge, rng) is None
    leaning = np.zeros((200, 200), np.float32)
    for k in range(200):
        leaning[199 - k, max(0, k - 4) : k + 4] = 8.0
    tilted = Sprite(label="x", layers={"steel": leaning}, pitch_mm=2.5, mass_kg=1.0)
    assert not stands(tilted)
    assert draw_spot(picture, character, tilted, rng, ("floor", "top")) is None
    with pytest.raises(ValueError, match="are not all of floor, load, top"):
        draw_spot(picture, character, huge, rng, ("ceiling",))


A2 = ("5e67b057", "5e67b0491a28", "5e67b04a1a82")
"""Beginnings of the names of the scans with look A2 (datasets/labels/ajna_notes.md)."""


def of_look(data_dir: Path, look: str) -> list[LabelledScan]:
    scans = [s for s in load(data_dir / "ajna") if (s.name.startswith(A2)) == (look == "A2")]
    scans = [s for s in scans if s.scanner == ("B" if look == "B" else "A")]
    return scans[:: max(1, len(scans) // 6)]


@pytest.mark.parametrize("look", ["A", "A2", "B"])
def test_real_scans_take_objects_without_a_trace_of_pasting(look: str, data_dir: Path) -> None:
    rng = np.random.default_rng(2)
    done = 0
    for number, scan in enumerate(of_look(data_dir, look)):
        picture = scan.open()
        containers = [x.box for x in scan.labels if x.label == "container"]
        table = quantisation_of(scan.path) if scan.path else None
        character = estimate_character(picture, containers, quantisation_88=table)
        for kind in list(OBJECTS)[number % 2 :: 2]:
            found = place_and_project(picture, character, make_object(kind, rng, 2.2), rng)
            if found is not None and found.inspectable:
                done += 1
                assert_no_trace(picture, found, containers, character)
    assert done >= 5


def assert_no_trace(picture: FloatArray, found: Projection, containers: list[Box], character: ScanCharacter) -> None:
    """No rectangle around it, nothing outside the container, nowhere brighter than before, all on the file's grey steps."""
    box, change = found.box, found.transmission_HW - picture
    assert any(c[0] <= box[0] and box[2] <= c[2] and c[1] - 5 <= box[1] and box[3] <= c[3] + 5 for c in containers)
    x0, y0, x1, y1 = (int(v) for v in box)
    beyond, ring = np.ones((2, *picture.shape), np.bool_)
    for c in containers:  # margin, and blocks of the file's JPEG
        beyond[max(0, int(c[1]) - 24) : int(c[3]) + 24, max(0, int(c[0]) - 24) : int(c[2]) + 24] = False
    assert (change[beyond] == 0.0).all()
    ring[max(0, y0 - 4) : y1 + 4, max(0, x0 - 4) : x1 + 4] = False
    ring &= change != 0.0
    if ring.sum() > 100:  # blocks of the file's JPEG, and what of the object is too faint to belong to the box
        assert abs(float(change[ring].mean())) < 0.02
    assert float(cv2.blur(change, (7, 7)).max()) < 0.02  # nowhere brighter, but for noise
    assert float(change[change != 0.0].mean()) < -0.001
    if character.step > 0.0:
        changed = (
            (change != 0.0) & (found.transmission_HW > character.black) & (found.transmission_HW < character.white)
        )
        changed &= True if character.lines is None else character.lines.followed()
        levels = found.transmission_HW[changed] / character.step
        assert np.abs(levels - np.rint(levels)).max() < 0.02


@pytest.mark.parametrize("look", ["A", "A2", "B", "cal"])
def test_simulated_scans_of_every_look_take_objects_without_a_trace(look: str, cases: list[Case]) -> None:
    rng = np.random.default_rng(6)
    done = 0
    for scan, character in cases:
        if scan.look != look:
            continue
        picture = scan.transmission_BHW[-1]
        for kind in OBJECTS:
            found = place_and_project(picture, character, make_object(kind, rng, 2.5), rng)
            if found is not None and found.inspectable:
                done += 1
                assert_no_trace(picture, found, boxes(scan), character)
    assert done >= 3


def test_a_guide_in_front_of_the_floor_is_not_the_floor() -> None:
    """A terminal trailer's guides hide the floor over most of a container's length: objects would float on them."""
    frame = find_frame(
        picture := walls_with_floor(guide=(80, 700)), np.ones(picture.shape, np.bool_), WALLS, alone=True
    )
    bare = find_frame(picture := walls_with_floor(), np.ones(picture.shape, np.bool_), WALLS, alone=True)
    assert frame is not None and bare is not None
    assert frame.floor_px == pytest.approx(bare.floor_px, abs=4.0)
    assert bare.floor_px == pytest.approx(487.0, abs=6.0)


def test_boxes_of_one_scan_share_their_geometry() -> None:
    picture = walls_with_floor(guide=(0, 900))
    whole = np.concatenate([picture, walls_with_floor()], axis=1)
    second: Box = (WALLS[0] + picture.shape[1], WALLS[1], WALLS[2] + picture.shape[1], WALLS[3])
    one, two = estimate_character(whole, [WALLS, second]).frames
    assert one.floor_px == pytest.approx(two.floor_px, rel=0.03)
    assert one.pitch_mm == pytest.approx(two.pitch_mm, rel=0.03)


WALLS: Box = (40.0, 30.0, 840.0, 640.0)


def walls_with_floor(guide: tuple[int, int] | None = None) -> FloatArray:
    """Two walls with roof line, far roof line and floor; a guide before the floor from one column to another."""
    scan = np.full((720, 880), 1.0, np.float32)
    scan[40:630, 50:830] = 0.85
    scan[40:48, 50:830] = 0.6
    scan[260:268, 50:830] = 0.6
    scan[268:630, 50:830] = 0.9
    if guide:
        scan[470:540, max(50, guide[0]) : min(830, guide[1])] = 0.5
    scan[530:630, 50:830] = 0.45
    for column in range(60, 830, 38):
        scan[535:600, column : column + 8] = 0.25
    scan[40:630, 50:62] = scan[40:630, 818:830] = 0.3
    return scan


def test_a_car_is_in_no_load_and_what_is_heavy_stands_on_the_floor(cases: list[Case]) -> None:
    rng = np.random.default_rng(3)
    seen = 0
    for scan, character in cases:
        picture = scan.transmission_BHW[-1]
        for mass, side in ((400.0, 120), (1200.0, 800)):
            layer = np.full((100, side), 4.0, np.float32)
            sprite = Sprite(label="x", layers={"steel": layer}, pitch_mm=2.5, mass_kg=mass)
            for _ in range(4):
                spot = draw_spot(picture, character, sprite, rng)
                if spot is not None:
                    seen += spot.place == "load"
                    assert spot.base_mm == 0.0 and spot.place in (("floor", "load") if side == 120 else ("floor",))
    assert seen >= 3


def test_floor_heights_agree_with_the_simulators_own(cases: list[Case]) -> None:
    off = []
    for scan, character in cases:
        for frame in character.frames:
            style, pitch = scan.style, scan.pitch_mm
            k = style.distance_mm / (style.distance_mm + 1200.0)
            height = {"22G1": 2591.0, "42G1": 2591.0, "45G1": 2896.0}[scan.truth.containers[0].size_type]
            true = ((height + style.drop_mm) - (FLOOR_MM + style.drop_mm) * k) / pitch
            off.append((frame.below_roof(FLOOR_MM, 1200.0) - true) * pitch)
    assert float(np.median(np.abs(off))) < 100.0  # mm: within the floor's own band of some 300


def test_training_shows_projected_objects_that_can_be_seen(cases: list[Case]) -> None:
    real = [
        LabelledScan(
            name=f"s{k}",
            group="g",
            scanner="a",
            labels=tuple(Label(label="container", box=b) for b in boxes(scan)),
            open=lambda scan=scan: scan.transmission_BHW[-1],  # type: ignore[misc]
        )
        for k, (scan, _) in enumerate(cases[:4])
    ]
    config = TrainConfig.model_validate(
        {
            "name": "tiny",
            "version": "0.0.1",
            "start_from": "weights/tiny.pt",
            "labels": {"container": "structure", "gas_cylinder": "object"},
            "encoding": "log-windows-1",
            "canvas": 320,
            "scout_height": 64,
            "real": {"dataset": "ajna", "root": "ajna", "projected_objects": 4},
            "optimiser": {"epochs": 1, "batch": 2, "workers": 0},
        }
    )
    assert config.real is not None
    sources = [Source(prefix="real", scans=real, crops=config.real)]
    recipe = Recipe(encoding="log-windows-1", canvas=320, scout_height=64)
    made = [list(detail_canvases(config, sources, recipe, np.random.default_rng(5))) for _ in range(2)]
    assert len(made[0]) >= 2
    for one, again in zip(*made, strict=True):
        assert (one.picture_HW3 == again.picture_HW3).all() and one.labels == again.labels
        assert {x.label for x in one.labels} <= {"gas_cylinder"}
    assert any(c.labels for c in made[0])
