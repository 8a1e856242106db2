"""Open beam, padding, dead lines and polarity: made pictures whose truth is known, then the real scans."""

from pathlib import Path

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scantally.detector.config.scanners import GammaCurve, LinearCurve, LogCurve, TableCurve, load_profile
from scantally.detector.formats import ReadOptions, decode_scan, read_scan
from scantally.detector.imaging.openbeam import apply_curve, floor_of, infer_polarity, open_beam_level
from scantally.detector.imaging.padding import Margins, find_dead_lines, find_margins, interpolate_lines
from scantally.detector.types import Scan

Bytes = NDArray[np.uint8]
SCANNER_B = ("5e67b041", "5e67b049", "5e67b04a", "5e67b04c")
NOT_PADDED = ("1a28", "1a82", "1c44")  # of scanner B's names: no black column, by look


def truck(air: int = 243, noise: float = 2.0, seed: int = 0) -> Bytes:
    """A picture like the real ones, 200 x 400: air, container, chassis, a dense load."""
    grey = np.full((200, 400), float(air))
    grey[25:160, 40:330] = 0.85 * air
    grey[25:70, 40:330] = 0.8 * air
    grey[70:160, 60:200] = 3
    grey[150:165, 30:350] = 0.3 * air
    grey[165:200, 60:120] = 8
    grey += np.random.default_rng(seed).normal(0, noise, grey.shape)
    return np.clip(np.rint(grey), 0, 255).astype(np.uint8)


def read(grey: NDArray[np.generic], **keys: object) -> Scan:
    return decode_scan(imagecodecs.png_encode(grey), "a.png", ReadOptions(**keys))  # type: ignore[arg-type]


def air_of(scan: Scan) -> float:
    """Stored grey of the open beam of an 8-bit scan."""
    return 1 / scan.floor


@pytest.mark.parametrize("air", [150, 200, 243, 254, 255])
@pytest.mark.parametrize("noise", [0.0, 2.0, 5.0])
def test_open_beam_of_a_plain_scan(air: int, noise: float) -> None:
    scan = read(truck(air, noise))
    # Clipping at 255 pulls the mean of noisy saturated air down by 0.4 standard deviations.
    assert air_of(scan) == pytest.approx(air, abs=0.5 + 0.5 * noise)
    assert scan.valid_HW.all() and scan.notes == ()


@pytest.mark.parametrize(("left", "right"), [(90, 0), (0, 130), (60, 200), (3, 3), (700, 0)])
def test_black_padding_is_found_to_the_pixel(left: int, right: int) -> None:
    grey = np.pad(truck(), ((0, 0), (left, right)))
    scan = read(grey)
    assert not scan.valid_HW[:, :left].any() and not scan.valid_HW[:, 400 + left :].any()
    assert scan.valid_HW[:, left : left + 400].all()
    assert (scan.transmission_BHW[:, ~scan.valid_HW] == 1.0).all()
    assert air_of(scan) == pytest.approx(243, abs=1.5)


def test_padding_above_and_below() -> None:
    scan = read(np.pad(truck(), ((20, 9), (50, 0))))
    assert scan.notes == ("padding was left out (50 px left, 20 px top, 9 px bottom)",)
    assert scan.valid_HW[20:-9, 50:].all() and scan.valid_HW.sum() == 200 * 400


def test_a_dense_load_at_the_border_is_not_padding() -> None:
    grey = truck()
    grey[25:, :80] = 2
    assert read(grey).valid_HW.all()


def test_a_load_that_fades_at_the_border_is_not_padding() -> None:
    grey = truck()
    grey[:, :60] = np.minimum(np.arange(60)[None, :] // 2, 200)
    assert read(grey).valid_HW.all()


def test_bright_dead_rows_do_not_fool_the_open_beam() -> None:
    grey = truck()
    grey[[40, 41, 90, 130]] = 255
    scan = read(grey)
    assert air_of(scan) == pytest.approx(243, abs=1.5)
    assert np.flatnonzero(~scan.valid_HW.any(axis=1)).tolist() == [40, 41, 90, 130]
    # The load behind the dead row at 90 is black on both sides, and so is what fills it.
    assert float(scan.transmission_BHW[0, 90, 70:190].max()) < 0.1


def test_black_dead_lines() -> None:
    grey = truck()
    grey[50] = 0
    grey[:, 333] = 0
    scan = read(grey)
    assert not scan.valid_HW[50].any() and not scan.valid_HW[:, 333].any()
    assert scan.valid_HW.sum() == 199 * 399
    assert float(scan.transmission_BHW[0, 10, 333]) > 0.97
    assert scan.notes == ("dead or weak detector lines were left out (1 rows, 1 columns)",)


def test_thick_constant_structure_is_not_a_dead_line() -> None:
    grey = truck()
    grey[100:112] = 120
    assert read(grey).valid_HW.all()


def test_a_gap_between_two_beams_is_not_a_weak_row() -> None:
    grey = truck(noise=1.0)
    gap = np.array([40] * 5 + [80, 130, 150, 155, 156, 158, 130, 80] + [40] * 5)
    grey[150:168] = gap[:, None] + np.random.default_rng(1).integers(-4, 5, (18, 400))
    assert read(grey).valid_HW.all()


def test_a_small_area_of_air_is_enough() -> None:
    grey = truck(noise=1.0)[25:160, 40:330].copy()
    grey[:16, :40] = 243
    assert air_of(read(grey)) == pytest.approx(243, abs=1.5)


def test_all_black_is_a_scan_at_the_floor() -> None:
    scan = read(np.zeros((64, 96), np.uint8))
    assert (scan.transmission_BHW == np.float32(scan.floor)).all() and scan.valid_HW.all()
    assert scan.floor == pytest.approx(1 / 255)
    assert scan.notes[-1] == "the picture is black: nothing can be judged"


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_all_white_is_open_beam(kind: type[np.unsignedinteger]) -> None:
    scan = read(np.full((64, 96), np.iinfo(kind).max, kind))
    assert (scan.transmission_BHW == 1).all() and scan.valid_HW.all()


def test_all_dense_has_no_open_beam_and_says_so() -> None:
    grey = np.random.default_rng(0).integers(2, 30, (96, 160)).astype(np.uint8)
    scan = read(grey)
    assert scan.notes[-1].startswith("no open beam was found")
    assert float(scan.transmission_BHW.max()) == pytest.approx(29 / 255)
    assert scan.valid_HW.all()


def test_no_flat_area_has_no_open_beam() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (96, 160)).astype(np.uint8)
    assert read(grey).notes[-1].startswith("no open beam was found")


@given(
    air=st.integers(120, 255),
    left=st.integers(0, 60),
    right=st.integers(0, 60),
    dead=st.sets(st.integers(30, 140), max_size=3),
    upside=st.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_open_beam_whatever_stands_around_it(air: int, left: int, right: int, dead: set[int], upside: bool) -> None:
    grey = truck(air, 1.0)
    grey[sorted(dead)] = 255
    grey = np.pad(grey, ((0, 0), (left, right)))
    scan = read(255 - grey if upside else grey)
    assert air_of(scan) == pytest.approx(air, abs=2.5)


def test_polarity() -> None:
    signal = truck().astype(np.float32) / 255
    assert infer_polarity(signal) == ("dark", True)
    assert infer_polarity(1 - signal) == ("bright", True)
    assert infer_polarity(np.full((64, 64), 0.5, np.float32)) == ("dark", False)


def test_margins() -> None:
    padded = np.zeros((50, 60), np.bool_)
    assert find_margins(padded, ~padded) == Margins()
    assert find_margins(~padded, padded) == Margins()  # all black: a black picture, not an empty one
    padded[:, :7] = True
    assert find_margins(padded, ~padded) == Margins(left=7)
    assert find_margins(padded, np.zeros_like(padded)) == Margins()  # nothing bright beside it
    padded[:, :2] = False
    assert find_margins(padded, ~padded) == Margins()


def test_open_beam_level_needs_valid_blocks() -> None:
    assert open_beam_level(np.ones((64, 64), np.float32), np.zeros((64, 64), np.bool_)) is None
    assert open_beam_level(np.ones((64, 64), np.float32), np.ones((64, 64), np.bool_)) == pytest.approx(1.0)


def test_dead_lines_of_a_tiny_picture() -> None:
    rows, columns = find_dead_lines(np.ones((4, 4), np.float32), 1.0)
    assert not rows.any() and not columns.any()


def test_interpolation_is_a_straight_line() -> None:
    values = np.tile(np.arange(10, dtype=np.float32), (1, 6, 1))
    dead = np.zeros(10, np.bool_)
    dead[[0, 4, 5]] = True
    broken = values.copy()
    broken[:, :, dead] = 99
    filled = interpolate_lines(broken, np.zeros(6, np.bool_), dead)
    np.testing.assert_allclose(filled[0, 0], [1, 1, 2, 3, 4, 5, 6, 7, 8, 9])


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        (LinearCurve(), [0, 0.25, 0.5, 1]),
        (GammaCurve(kind="gamma", exponent=2), [0, 0.0625, 0.25, 1]),
        (LogCurve(kind="log", decades=4), [1e-4, 1e-3, 1e-2, 1]),
        (TableCurve(kind="table", points=((0, 0), (0.5, 0.1), (1, 1))), [0, 0.05, 0.1, 1]),
    ],
)
def test_curves(curve: LinearCurve | GammaCurve | LogCurve | TableCurve, expected: list[float]) -> None:
    np.testing.assert_allclose(apply_curve(np.array([0, 0.25, 0.5, 1], np.float32), curve), expected, rtol=1e-5)


def test_floor() -> None:
    assert floor_of(1 / 255, 200 / 255, LinearCurve()) == pytest.approx(1 / 200)
    assert floor_of(0.0, 1.0, LinearCurve()) == 1e-6
    assert floor_of(1 / 65_535, 1.0, GammaCurve(kind="gamma", exponent=3)) == 1e-6


@pytest.fixture(scope="module")
def real(data_dir: Path) -> list[tuple[Path, Scan]]:
    profile = ReadOptions(profile=load_profile("generic"))
    files = sorted((data_dir / "ajna" / "images").glob("*.jpg"))
    assert len(files) == 196
    return [(file, _thin(read_scan(file, profile))) for file in files]


def _thin(scan: Scan) -> Scan:
    """Every second row and column: enough to judge, and 196 scans fit in memory."""
    return Scan(
        transmission_BHW=scan.transmission_BHW[:, ::2, ::2].copy(),
        valid_HW=scan.valid_HW[::2, ::2].copy(),
        floor=scan.floor,
        pitch_mm=scan.pitch_mm,
        energies_mv=scan.energies_mv,
        calibrated=scan.calibrated,
        provenance=scan.provenance,
        notes=scan.notes,
    )


def test_real_scans_have_an_open_beam(real: list[tuple[Path, Scan]]) -> None:
    # By look: 254 to 255 (saturated) on one scanner, 235 to 250 on the others.
    levels = {file.name: air_of(scan) for file, scan in real}
    assert min(levels.values()) >= 232 and max(levels.values()) <= 255
    for file, scan in real:
        assert not any("open beam" in note or "dense cargo" in note for note in scan.notes), file.name
        # The strip right of the trailer and above the container is air.
        assert float((scan.primary_HW > 0.96).mean()) > 0.05, file.name
        assert not scan.calibrated and scan.pitch_mm is None and scan.energies_mv is None


def test_padding_of_real_scans(real: list[tuple[Path, Scan]]) -> None:
    padded = {file.name for file, scan in real if any("padding" in note for note in scan.notes)}
    assert {name for name in padded if not name.startswith(SCANNER_B)} == set()
    masked = {file.name[-8:-4] for file, _ in real if file.name.startswith(SCANNER_B) and file.name not in padded}
    assert masked == set(NOT_PADDED)


def test_no_cargo_is_masked_in_real_scans(real: list[tuple[Path, Scan]], data_dir: Path) -> None:
    """Inside the upstream container boxes, only dead rows and drawn lines may be invalid."""
    for file, scan in real:
        text = (data_dir / "ajna" / "labels" / f"{file.stem}.txt").read_text()
        for line in text.splitlines():
            x, y, w, h = (float(word) for word in line.split()[1:])
            # The boxes have 10 to 25 px of margin, which may reach into the padding.
            x0, x1 = (round((x + side * w / 2) * scan.width) - side * 15 for side in (-1, 1))
            y0, y1 = (round((y + side * h / 2) * scan.height) for side in (-1, 1))
            inside = scan.valid_HW[max(y0, 0) : y1, max(x0, 0) : x1]
            good_rows = inside.mean(axis=1)
            assert float(np.median(good_rows)) > 0.99, file.name
            assert float((good_rows < 0.5).mean()) < 0.05, file.name


def test_real_scans_turned_round_are_seen_as_such(data_dir: Path) -> None:
    wrong = []
    for file in sorted((data_dir / "ajna" / "images").glob("*.jpg"))[::4]:
        grey = imagecodecs.jpeg8_decode(file.read_bytes())[..., 1]
        for turned in (grey, 255 - grey):
            seen, clear = infer_polarity(turned.astype(np.float32) / 255)
            if (seen, clear) != ("dark" if turned is grey else "bright", True):
                wrong.append((file.name, seen, clear))
    assert wrong == []
