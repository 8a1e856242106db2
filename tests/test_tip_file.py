"""What a projection leaves in a scan as its file holds it: stuck and weak detector rows, grey steps, JPEG."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scantally.datasets.ajna import load
from scantally.datasets.simulator.objects import make_object
from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.tip import Projection, estimate_character, place_and_project, project_at
from scantally.datasets.tip_character import Noise, ScanCharacter
from scantally.datasets.tip_curve import GreyCurve
from scantally.datasets.tip_frame import ContainerFrame
from scantally.datasets.tip_jpeg import coefficients, quantisation_of, recompressed
from scantally.datasets.tip_lines import Lines, find_lines
from scantally.datasets.tip_place import Spot
from scantally.detector.types import BoolArray, FloatArray

STEP = 1 / 255
SHAPE = (480, 900)
FRAME = ContainerFrame(
    box=(60.0, 40.0, 840.0, 440.0),
    first=60,
    roof_N=np.full(780, 40.0, np.float32),
    far_roof_px=150.0,
    floor_px=340.0,
    length_mm=6058.0,
    height_mm=2591.0,
    pitch_mm=7.0,
    x_pitch_mm=7.8,
    distance_mm=5000.0,
    drop_mm=850.0,
    empty=False,
    measured=("roof",),
)
SPOT = Spot(frame=FRAME, left=400.0, base_mm=300.0, depth_mm=1200.0, place="load")
PLATE = Sprite(label="plate", layers={"steel": np.full((240, 240), 15.0, np.float32)}, pitch_mm=4.0, mass_kg=1.0)


def scan_of(**rows: float) -> FloatArray:
    """Air, and walls with a little noise; ``stuck`` is a row of one value, ``weak`` one that adds a share of the open beam."""
    rng = np.random.default_rng(7)
    scan = np.full(SHAPE, 1.0, np.float32)
    scan[40:440, 60:840] = 0.8
    scan += 0.01 * rng.standard_normal(SHAPE, np.float32)
    if "weak" in rows:
        dashes = np.repeat(rng.random(SHAPE[1] // 10) < 0.7, 10)
        scan[300, dashes] += rows["weak"] * (1.0 - scan[300, dashes])
    scan = np.asarray(np.rint(np.clip(scan, 0.004, 1.0) / STEP) * STEP, np.float32)
    if "stuck" in rows:
        scan[280] = rows["stuck"]
    return scan


def character_of(scan: FloatArray, **more: object) -> ScanCharacter:
    known = ScanCharacter(
        curve=GreyCurve(),
        noise=Noise(dark=1e-4, photon=0.0),
        edge_px=(0.8, 0.8),
        step=STEP,
        black=STEP,
        white=1.0,
        pedestal=0.0,
        frames=(FRAME,),
        lines=find_lines(scan, np.ones(scan.shape, np.bool_)),
    )
    return replace(known, **more)  # type: ignore[arg-type]


def projected(scan: FloatArray, **more: object) -> Projection:
    return project_at(scan, character_of(scan, **more), PLATE, SPOT, np.random.default_rng(1))


@pytest.mark.parametrize("value", [0.004, 0.5, 1.0])
def test_a_stuck_row_keeps_its_values_and_does_not_show_the_object(value: float) -> None:
    scan = scan_of(stuck=value)
    assert find_lines(scan, np.ones(scan.shape, np.bool_)).rows_R == (280,)
    found, whole = projected(scan), projected(scan_of())
    assert (found.transmission_HW[280] == scan[280]).all()
    beside = found.transmission_HW[279, 410:520] / scan[279, 410:520]
    assert float(beside.max()) < 0.75
    high = whole.box[3] - whole.box[1]
    assert found.visible == pytest.approx(whole.visible * (1.0 - 1.0 / high), abs=0.004)
    assert found.visible < whole.visible


def test_a_weak_row_adds_its_share_of_the_open_beam_to_the_object_too() -> None:
    scan, clean = scan_of(weak=0.6), scan_of()
    lines = find_lines(scan, np.ones(scan.shape, np.bool_))
    assert lines.rows_R == (300,)
    found, whole = projected(scan), projected(clean)
    dashed = np.flatnonzero(scan[300] > clean[300] + 0.05)
    inside = dashed[(dashed > 415) & (dashed < 515)]
    gaps = np.setdiff1d(np.arange(416, 515), dashed)
    with_object = whole.transmission_HW[300, inside].mean()
    expected = with_object + 0.6 * (1.0 - with_object)
    assert inside.size > 30 and gaps.size > 10
    assert float(found.transmission_HW[300, inside].mean()) == pytest.approx(float(expected), abs=0.03)
    assert float(found.transmission_HW[300, gaps].mean()) == pytest.approx(float(with_object), abs=0.03)
    steps = found.transmission_HW[300] / STEP
    assert np.abs(steps - np.rint(steps)).max() < 0.01


@pytest.mark.parametrize(
    ("what", "made"),
    [
        (
            "a rail: no row of a detector reaches only over the container",
            lambda s: s.__setitem__(np.s_[200:202, 60:840], 0.4),
        ),
        ("a bright gap in a load", lambda s: s.__setitem__(np.s_[300, 100:300], 0.99)),
        ("nothing", lambda _: None),
    ],
)
def test_what_stands_in_the_scan_is_no_detector_row(what: str, made: object) -> None:
    scan = scan_of()
    made(scan)  # type: ignore[operator]
    assert find_lines(scan, np.ones(scan.shape, np.bool_)).rows_R == (), what


def test_what_the_reader_filled_in_is_filled_in_again_and_counts_as_not_seen() -> None:
    scan = scan_of()
    scan[290] = 0.5 * (scan[289] + scan[291])
    valid = np.ones(SHAPE, np.bool_)
    valid[290] = False
    lines = find_lines(scan, valid)
    found = projected(scan, lines=lines)
    out = found.transmission_HW
    assert out[290, 420:510] == pytest.approx(0.5 * (out[289, 420:510] + out[291, 420:510]), abs=1e-5)
    assert found.visible < projected(scan).visible


def test_real_scans_of_the_port_with_dashed_rows_have_them_found(data_dir: Path) -> None:
    scans = [s for s in load(data_dir / "ajna") if s.scanner == "B"][:6]
    rows = [set(find_lines(p := s.open(), np.ones(p.shape, np.bool_)).rows_R) for s in scans]
    assert (
        sum(bool(r & {*range(247, 252), *range(479, 484), 496, 497}) for r in rows) >= 5
    )  # ajna_notes.md: y = 250, 480, 497


def jpeg_of(grey_HW: np.ndarray, quality: int) -> bytes:
    raw = io.BytesIO()
    Image.fromarray(grey_HW).save(raw, "JPEG", quality=quality)
    return raw.getvalue()


@pytest.mark.parametrize("quality", [75, 92])
def test_recompressing_is_what_a_jpeg_file_does(quality: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    grey = np.clip(np.add.outer(np.arange(50) * 2, np.arange(70)) + rng.normal(0, 9, (50, 70)), 0, 255).astype(np.uint8)
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg_of(grey, quality))
    table = quantisation_of(path)
    assert table is not None
    decoded = np.asarray(Image.open(path), np.float32)
    mine = recompressed(grey.astype(np.float32), np.ones(grey.shape, np.bool_), table)
    off, lost = np.abs(mine - decoded)[:48, :64], np.abs(grey - decoded)[:48, :64]
    assert float((off > 3.0).mean()) < 0.08  # coefficients halfway between two steps fall either way
    assert float(off.mean()) < 0.2 * float(lost.mean())


def test_only_blocks_with_a_changed_pixel_are_recompressed() -> None:
    rng = np.random.default_rng(3)
    grey = np.asarray(np.rint(rng.uniform(40, 200, (40, 44))), np.float32)
    changed: BoolArray = np.zeros(grey.shape, np.bool_)
    changed[9, 17] = True
    out = recompressed(grey, changed, np.full((8, 8), 20.0, np.float32))
    outside = np.ones(grey.shape, np.bool_)
    outside[8:16, 16:24] = False
    assert (out[outside] == grey[outside]).all()
    assert (out[~outside] != grey[~outside]).mean() > 0.5


@pytest.mark.parametrize("raw", [b"II*\0 no jpeg", b"\xff\xd8\xff\xe0 damaged"])
def test_other_files_have_no_table(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(raw)
    assert quantisation_of(path) is None


def off_lattice(grey_HW: FloatArray, blocks_yx: BoolArray, table: FloatArray) -> float:
    """How far cosine coefficients lie from multiples of the quantisation, in mean over blocks: a decoded file's lie close."""
    h, w = (n // 8 * 8 for n in grey_HW.shape)
    blocks = grey_HW[:h, :w].reshape(h // 8, 8, -1, 8).swapaxes(1, 2)[blocks_yx]
    blocks = blocks[(blocks.min(axis=(1, 2)) > 3) & (blocks.max(axis=(1, 2)) < 230)]
    ratio = coefficients(np.asarray(blocks, np.float32)) / table
    return float(np.abs(ratio - np.rint(ratio))[:, table >= 4].mean())


def test_a_projection_into_a_real_scan_has_the_files_own_jpeg(data_dir: Path) -> None:
    rng = np.random.default_rng(4)
    figures: dict[str, list[float]] = {"around": [], "with": [], "without": []}
    for scan in load(data_dir / "ajna")[3::24]:
        assert scan.path is not None
        picture, table = scan.open(), quantisation_of(scan.path)
        assert table is not None
        containers = [x.box for x in scan.labels if x.label == "container"]
        character = estimate_character(picture, containers, quantisation_88=table)
        sprite, seed = make_object("brick_packages", rng, 2.2), int(rng.integers(1 << 30))
        for name, used in (("with", character), ("without", replace(character, quantisation_88=None))):
            found = place_and_project(picture, used, sprite, np.random.default_rng(seed))
            if found is None or not found.inspectable:
                continue
            changed = found.transmission_HW != picture
            h, w = (n // 8 * 8 for n in picture.shape)
            touched = changed[:h, :w].reshape(h // 8, 8, -1, 8).any(axis=(1, 3))
            if touched.sum() < 30:
                continue
            figures[name].append(off_lattice(np.rint(found.transmission_HW / character.step), touched, table))
            figures["around"].append(off_lattice(np.rint(picture / character.step), ~touched, table))
    assert min(len(f) for f in figures.values()) >= 4
    around, with_it, without = (float(np.median(figures[k])) for k in ("around", "with", "without"))
    assert with_it < 1.5 * around < without / 2.0
    print(f"off the quantisation's lattice: around {around:.3f}, projected {with_it:.3f}, without JPEG {without:.3f}")


def test_lines_without_rows_change_nothing() -> None:
    scan = scan_of()
    none = Lines(rows_R=(), deaf_RW=np.zeros((0, SHAPE[1]), np.float32), filled_HW=np.zeros(SHAPE, np.bool_))
    assert (projected(scan, lines=none).transmission_HW == projected(scan, lines=None).transmission_HW).all()
