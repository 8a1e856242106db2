"""What the scanner adds: noise, gains, dead rows, scatter, blur, two interlaced energies, uneven motion."""

from dataclasses import replace

import numpy as np
import pytest

from scantally.datasets.simulator.scanner import (
    Warp,
    acquire,
    draw_warp,
    expose,
    noise_deviation,
    optics,
    smooth_noise,
    to_grey,
)
from scantally.datasets.simulator.style import Style, draw_style
from scantally.detector.types import FloatArray

QUIET = {
    "electronic": 0.0, "row_gain": 0.0, "column_flicker": 0.0, "scatter": 0.0, "cargo_scatter": 0.0, "dead_rows": (),
    "interlaced": False, "wobble_px": 0.0, "slope_px": 0.0, "speed_drift": 0.0, "quanta": 1e12,
}  # fmt: skip


def quiet(**changes: object) -> Style:
    """A calibrated scanner without any fault but those that are asked for."""
    return replace(draw_style(np.random.default_rng(3), "cal"), **(QUIET | changes))  # type: ignore[arg-type]


def still(width: int) -> Warp:
    return draw_warp(np.random.default_rng(0), width, quiet())


def flat(value: float, height: int = 500, width: int = 800) -> FloatArray:
    return np.full((height, width), value, np.float32)


@pytest.mark.parametrize("transmission", [1.0, 0.3, 0.01])
def test_signal_to_noise_goes_with_the_root_of_dose(transmission: float) -> None:
    """Over four decades of dose: 400,000 pixels tell the deviation to 0.1 %."""
    ratios = []
    for number, dose in enumerate((1e3, 1e4, 1e5, 1e6, 1e7)):
        noisy = expose(flat(transmission), quiet(quanta=dose), np.random.default_rng(number)).astype(np.float64)
        ratios.append(noisy.mean() / noisy.std() / np.sqrt(dose))
    assert ratios == pytest.approx([np.sqrt(transmission)] * 5, rel=0.03)
    assert max(ratios) / min(ratios) < 1.03


@pytest.mark.parametrize("look", ["cal", "A", "B"])
def test_noise_is_free_of_bias(look: str) -> None:
    """The mean stays where it was, to four standard errors; in thick cargo too, where noise is larger than the signal."""
    style = replace(draw_style(np.random.default_rng(5), look), quanta=2e3, electronic=1e-3, row_offset=0.0, dark_rows=(),
                    dead_rows=(), row_gain=0.0, column_flicker=0.0)  # fmt: skip
    for transmission in (0.8, 0.05, 1e-4):
        noisy = expose(flat(transmission), style, np.random.default_rng(1)).astype(np.float64)
        correlated = 3.0 if style.smoothing_px > 0 else 1.0  # neighbours share their noise
        assert abs(noisy.mean() - transmission) < 4.0 * correlated * noisy.std() / np.sqrt(noisy.size)


def test_electronic_noise_does_not_depend_on_the_beam() -> None:
    style = quiet(electronic=3e-3)
    deviations = [float(expose(flat(t), style, np.random.default_rng(2)).std()) for t in (0.9, 0.1, 1e-5)]
    assert deviations == pytest.approx([3e-3] * 3, rel=0.01)
    assert float(noise_deviation(flat(0.5), style)[0, 0]) == pytest.approx(3e-3, rel=0.01)


def test_column_flicker_has_its_stated_deviation() -> None:
    style = quiet(column_flicker=0.01)
    columns = [expose(flat(0.5, 4, 4000), style, np.random.default_rng(n))[0] / 0.5 - 1.0 for n in range(30)]
    assert float(np.std(columns)) == pytest.approx(0.01, rel=0.04)
    picture = expose(flat(0.5, 40, 300), style, np.random.default_rng(1))
    assert np.ptp(picture, axis=0).max() < 1e-5  # the same over a whole column


def test_row_gains_have_their_stated_deviation() -> None:
    style = quiet(row_gain=0.01)
    picture = expose(flat(0.5, 8000, 3), style, np.random.default_rng(4))
    assert float(np.std(picture[:, 0] / 0.5 - 1.0)) == pytest.approx(0.01, rel=0.04)
    assert np.ptp(picture, axis=1).max() < 1e-5


def test_slow_noise_has_unit_deviation() -> None:
    draws = [smooth_noise(np.random.default_rng(n), 5000, 40.0) for n in range(40)]
    assert float(np.std(draws)) == pytest.approx(1.0, rel=0.04)
    assert float(np.std(np.diff(draws))) < 0.05


def test_dead_rows_give_nothing() -> None:
    picture = expose(flat(0.7, 50, 60), quiet(dead_rows=(7, 30, 999)), np.random.default_rng(0))
    assert np.flatnonzero(picture.max(axis=1) < 1e-6).tolist() == [7, 30]


def test_scatter_depends_on_what_stands_in_the_beam() -> None:
    """Nothing scatters in open air; cargo that half of the photons pass scatters most; behind steel its floor is left."""
    style = quiet(cargo_scatter=0.01, blur_px=0.5)
    assert optics(flat(1.0), style) == pytest.approx(1.0, abs=1e-6)
    added = [float(optics(flat(t), style)[200, 400]) - t for t in (0.9, 0.37, 1e-3)]
    assert added == pytest.approx([0.01 * -t * np.log(t) for t in (0.9, 0.37, 1e-3)], rel=0.02)
    block = flat(1.0)
    block[250:, 200:400] = 0.37
    block[100:140, 200:400] = 1e-6
    lit = optics(block, style)
    assert lit[120, 300] > 1e-4
    assert float(lit[120, 700]) == pytest.approx(1.0, abs=1e-5)  # other columns stand in the fan at other times


def test_blur_has_its_stated_width() -> None:
    line = flat(1.0, 60, 201)
    line[:, 100] = 0.0
    dip = 1.0 - optics(line, quiet(blur_px=2.0))[30].astype(np.float64)
    x = np.arange(201)
    assert dip.sum() == pytest.approx(1.0, rel=1e-3)
    assert np.sqrt(np.sum(dip * (x - 100.0) ** 2)) == pytest.approx(2.0, rel=0.03)


def test_each_band_of_an_interlaced_scan_has_every_second_column() -> None:
    ramp = np.tile(np.linspace(0.2, 0.9, 101, dtype=np.float32) ** 2, (20, 1))
    whole = acquire(ramp, still(101), quiet(), np.random.default_rng(0))
    for band in (0, 1):
        seen = acquire(ramp, still(101), quiet(interlaced=True), np.random.default_rng(0), band)
        assert seen.shape == ramp.shape
        assert seen[:, band::2] == pytest.approx(whole[:, band::2], abs=1e-5)
        between = seen[:, 1 - band :: 2][:, 1:-1]
        left, right = whole[:, band::2], whole[:, band::2]
        start = 0 if band else 1
        count = between.shape[1]
        assert between == pytest.approx(
            (left[:, start : start + count] + right[:, start + 1 : start + 1 + count]) / 2, abs=1e-5
        )


@pytest.mark.parametrize("width", [64, 65])
def test_interlacing_keeps_any_width(width: int) -> None:
    picture = flat(0.5, 8, width)
    for band in (0, 1):
        seen = acquire(picture, still(width), quiet(interlaced=True), np.random.default_rng(0), band)
        assert seen == pytest.approx(picture, abs=1e-5)


def test_bands_of_an_interlaced_scan_disagree_at_edges_only() -> None:
    """A post one column wide stands in one band alone: the well-known colour fringe of moving trucks."""
    post = flat(1.0, 30, 100)
    post[:, 40] = 0.1
    low, high = (
        acquire(post, still(100), quiet(interlaced=True, blur_px=0.2), np.random.default_rng(b), b) for b in (0, 1)
    )
    assert low[10, 40] < 0.2
    assert high[10, 40] > 0.95
    assert low[:, 60:] == pytest.approx(high[:, 60:], abs=1e-5)


def test_the_bands_have_noise_of_their_own() -> None:
    style = quiet(interlaced=True, quanta=1e4)
    low, high = (acquire(flat(0.5), still(800), style, np.random.default_rng(b), b) for b in (0, 1))
    assert abs(np.corrcoef(low[:, 0::2].ravel(), high[:, 1::2].ravel())[0, 1]) < 0.01
    measured, between = float(low[:, 0::2].std()), float(low[:, 1:-1:2].std())
    assert measured == pytest.approx(np.sqrt(0.5 / 1e4), rel=0.02)
    assert between == pytest.approx(measured / np.sqrt(2.0), rel=0.02)


@pytest.mark.parametrize("seed", range(6))
def test_boxes_go_with_the_warp(seed: int) -> None:
    """Within a pixel, wherever the box stands, with strong drift, wobble and slope."""
    style = quiet(wobble_px=2.2, slope_px=10.0, speed_drift=0.08)
    rng = np.random.default_rng(seed)
    warp = draw_warp(rng, 1200, style)
    x, y, w, h = (int(v) for v in rng.integers((20, 30, 20, 20), (1000, 150, 120, 60)))
    picture = np.ones((260, 1200), np.float32)
    picture[y : y + h, x : x + w] = 0.0
    rows, columns = np.nonzero(warp.apply(picture) < 0.5)
    found = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert found == pytest.approx(warp.box((x, y, x + w, y + h)), abs=1.0)


def test_a_still_truck_is_not_warped() -> None:
    picture = np.random.default_rng(0).random((40, 300), dtype=np.float32)
    assert still(300).apply(picture) == pytest.approx(picture, abs=1e-4)


def test_grey_values_follow_curve_padding_and_clipping() -> None:
    style = replace(
        draw_style(np.random.default_rng(3), "B"), gamma=2.0, open_grey=200.0, padding=(3, 5), dashed_rows=()
    )
    ramp = np.tile(np.linspace(-0.1, 2.0, 211, dtype=np.float32), (4, 1))
    grey = to_grey(ramp, style, np.random.default_rng(0))
    assert grey.shape == (4, 219)
    assert not grey[:, :3].any()
    assert not grey[:, -5:].any()
    inside = grey[0, 3:-5]
    assert inside[0] == 0
    assert inside[-1] == 255
    assert int(inside[60]) == pytest.approx(200.0 * 0.25, abs=1)  # transmission 0.5
