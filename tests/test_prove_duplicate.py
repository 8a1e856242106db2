"""Loads that were seen before, on real and simulated scans: error rates of the check's thresholds. Prints its figures."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from scantally.datasets import ajna
from scantally.datasets.simulator.scene import SimulatedScan, simulate_scan
from scantally.datasets.simulator.style import draw_style
from scantally.detector.checks.duplicate import similarities
from scantally.detector.config.checks import CheckSettings
from scantally.detector.models.embed import embed
from scantally.detector.models.infer import Detector
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import default_package, open_package
from scantally.detector.report.history import pack, unpack
from scantally.detector.types import Box, Earlier, FloatArray

pytestmark = [pytest.mark.prove, pytest.mark.timeout(3600)]

SAME, ALIKE = CheckSettings().same_load, CheckSettings().alike_load
TWICE = ("0291953", "aec05d0")
"""Ends of the names of the two real scans of one load, on different trailers (datasets/labels/ajna_notes.md)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One loaded container; ``again_D`` is of the same load in another picture."""

    scan: str
    group: str
    embedding_D: FloatArray
    again_D: FloatArray | None


@pytest.fixture(scope="module")
def detector() -> Detector:
    return open_detector(open_package(default_package()))


def embedded(detector: Detector, band_HW: FloatArray, box: Box) -> FloatArray:
    found = embed(detector.engine, detector.card.encoding, band_HW, box)
    assert found is not None
    # As a report keeps it.
    return unpack(pack(found))


def passed_again(band_HW: FloatArray, box: Box, rng: np.random.Generator) -> FloatArray:
    """The container as another pass might show it: edges off by 1.2 %, uneven speed, wobble, another grey curve, noise."""
    x0, y0, x1, y1 = box
    off = rng.normal(0, 0.012, 4) * np.tile([x1 - x0, y1 - y0], 2)
    left, top, right, bottom = (max(0, round(v)) for v in np.array(box) + off)
    cut = np.ascontiguousarray(band_HW[top:bottom, left:right])
    rows, columns = cut.shape
    u, phase = np.linspace(0, 1, columns), rng.uniform(0, 2 * np.pi)
    along = (u + rng.normal(0, 0.03) * np.sin(np.pi * u) * np.sin(2 * np.pi * u + phase) / 3) * (columns - 1)
    down = np.arange(rows)[:, None] + rng.normal(0, 2) * np.sin(12 * u + phase)[None]
    across = np.broadcast_to(along[None], cut.shape)
    moved = cv2.remap(
        cut, across.astype(np.float32), down.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    curved = np.clip(moved, 1 / 255, 1) ** np.exp(rng.normal(0, 0.08))
    noisy = curved + rng.normal(0, 0.01, cut.shape) * np.sqrt(curved)
    return np.asarray(np.clip(noisy, 1 / 512, 1), np.float32)


def compared(now_D: FloatArray, history: list[Seen]) -> NDArray[np.float64]:
    """Similarity to each of the history, as the check works it out."""
    records = [Earlier(number=None, time=None, scan_sha256="", embedding_D=x.embedding_D) for x in history]
    return similarities(now_D, records)


def real(detector: Detector, root: Path) -> list[Seen]:
    rng, found = np.random.default_rng(1), []
    for scan in ajna.load(root):
        empty = [x.box for x in scan.labels if x.label == "empty"]
        boxes = [x.box for x in scan.labels if x.label == "container"]
        loaded = [b for b in boxes if not any(b[0] <= (e[0] + e[2]) / 2 <= b[2] for e in empty)]
        band = scan.open() if loaded else np.zeros((1, 1), np.float32)
        for box in loaded:
            again = passed_again(band, box, rng)
            whole = (0.0, 0.0, float(again.shape[1]), float(again.shape[0]))
            now = embedded(detector, band, box)
            found.append(
                Seen(scan=scan.name, group=scan.group, embedding_D=now, again_D=embedded(detector, again, whole))
            )
    return found


def told(what: str, now: list[Seen], history: int, seed: int) -> tuple[float, float]:
    """Print error rates with histories of so many loads; returns false alarms a pair and the share of loads found again."""
    rng = np.random.default_rng(seed)
    apart: list[float] = []
    alike: list[float] = []
    again: list[float] = []
    twice: list[float] = []
    for one in now:
        others = [x for x in now if x.scan != one.scan]
        kept = [others[k] for k in rng.permutation(len(others))[:history]]
        for other, value in zip(kept, compared(one.embedding_D, kept), strict=True):
            if {one.scan[-7:], other.scan[-7:]} == set(TWICE):
                twice.append(value)
            else:
                (alike if one.group == other.group else apart).append(value)
        if one.again_D is not None:
            again.append(compared(one.again_D, [*kept, one])[-1])
    rates = [float(np.mean(np.array(x) >= at)) for x in (apart, again) for at in (ALIKE, SAME)]
    print(
        f"{what}, history of {min(history, len(now) - 1)}: {len(apart)} pairs, at {ALIKE} {rates[0]:.5f}, at {SAME} {rates[1]:.5f}, "
        f"highest {max(apart):.3f}; {len(again)} seen again, found at {ALIKE} {rates[2]:.3f}, at {SAME} {rates[3]:.3f}; of one group "
        f"{len(alike)} pairs, at {SAME} {np.mean(np.array(alike or [0]) >= SAME):.3f}; twice {np.round(twice, 3)}"
    )
    return rates[1], rates[3]


def test_real_loads(detector: Detector, data_dir: Path) -> None:
    now = real(detector, data_dir / "ajna")
    assert len(now) == 91
    for history in (10, 20, 40, 90):
        false, found = told("real", now, history, history)
        assert false <= 2e-3 and found >= 0.9


def container(scan: SimulatedScan, index: int) -> tuple[FloatArray, Box]:
    x0, y0, x1, y1 = scan.truth.containers[index].box
    return np.ascontiguousarray(scan.transmission_BHW[-1]), (float(x0), float(y0), float(x1), float(y1))


def test_simulated_loads_by_another_scanner_of_the_same_kind(detector: Detector) -> None:
    now = []
    for number in range(30):
        first = simulate_scan(79, number)
        again = simulate_scan(79, number, draw_style(np.random.default_rng((5, number)), first.look))
        for index in sorted({x.container for x in first.truth.loads}):
            one, other = (embedded(detector, *container(scan, index)) for scan in (first, again))
            now.append(Seen(scan=str(number), group=str(number), embedding_D=one, again_D=other))
    false, found = told("simulated", now, 90, 0)
    assert false <= 2e-3 and found >= 0.8
