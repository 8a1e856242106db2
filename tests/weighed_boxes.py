"""A container drawn by hand for tests of weighing: walls, roof rail, corner posts and one even block, seen by a fan beam from a low source."""

from dataclasses import dataclass

import cv2
import numpy as np

from scantally.detector.physics.transmission import transmission_picture
from scantally.detector.types import MIN_TRANSMISSION, Box, FloatArray, Provenance, Scan

LENGTH, HEIGHT, WIDTH, FLOOR = 6058.0, 2591.0, 2438.0, 165.0
PROVENANCE = Provenance(source="drawn.tif", sha256="0" * 64, format="tiff")


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """An even load on the floor: kg per m3, mm along the container, mm high; it fills the depth from ``near`` to ``far``."""

    density: float
    x: tuple[float, float] = (1000.0, 5000.0)
    high: float = 1500.0
    near: float = 90.0
    far: float = 2340.0
    material: str = "cellulose"

    @property
    def kg(self) -> float:
        return self.density * (self.x[1] - self.x[0]) * (self.high) * (self.far - self.near) / 1e9


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """How it is seen; ``squeeze`` is the share of its true length that x keeps."""

    pitch: float = 12.0
    distance: float = 5500.0
    drop: float = 850.0
    energies: tuple[float, ...] = (6.0,)
    squeeze: float = 1.0
    guide_g_cm2: float = 0.0
    veil: float = 0.0018
    margin: float = 600.0


def draw(*blocks: Block, how: Drawing | None = None) -> tuple[Scan, Box]:
    """A scan of a 22G1 and its box, with the air around it that annotators leave."""
    how = how or Drawing()
    x_pitch = how.pitch / how.squeeze
    width, height = int((LENGTH + 2 * how.margin) / x_pitch), int(3700.0 / how.pitch)
    x_W = (np.arange(width) + 0.5) * x_pitch - how.margin
    y_H = HEIGHT + how.drop + 200.0 - (np.arange(height) + 0.5) * how.pitch  # over the source, in the near wall's plane
    layers = {"steel": _frame(x_W, y_H, how)}
    for block in blocks:
        _add(layers, block, x_W, y_H, how)
    slants = np.sqrt(1.0 + (y_H / how.distance) ** 2).astype(np.float32)
    bands = [transmission_picture(energy, layers, slants_H=slants) for energy in how.energies]
    scan = Scan(
        transmission_BHW=np.stack([np.clip(_veiled(band, how), MIN_TRANSMISSION, 1.0) for band in bands]),
        valid_HW=np.ones((height, width), np.bool_),
        floor=1 / 65535,
        pitch_mm=how.pitch,
        energies_mv=how.energies,
        calibrated=True,
        provenance=PROVENANCE,
    )
    rows = [np.searchsorted(-y_H, -y) for y in (HEIGHT + how.drop, how.drop * _scale(WIDTH, how))]
    wide, high = LENGTH / x_pitch, float(rows[1] - rows[0])
    left, right = how.margin / x_pitch, (how.margin + LENGTH) / x_pitch
    return scan, (left - 0.011 * wide, rows[0] - 0.036 * high, right + 0.011 * wide, rows[1] + 0.012 * high)


def _veiled(band: FloatArray, how: Drawing) -> FloatArray:
    """A share of the surroundings' brightness over each place."""
    around = cv2.GaussianBlur(band, (0, 0), 270.0 / how.pitch, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(band + np.float32(how.veil) * around, np.float32)


def _scale(depth: float, how: Drawing) -> float:
    return how.distance / (how.distance + depth)


def _heights(y_H: FloatArray, depth: float, how: Drawing) -> FloatArray:
    return np.asarray(y_H / _scale(depth, how) - how.drop, np.float32)


def _frame(x_W: FloatArray, y_H: FloatArray, how: Drawing) -> FloatArray:
    """Side walls of 1.8 mm, posts of 30 mm, upper rails of 12 mm, and a floor that weighs what makers' do; roof left away."""
    steel = np.zeros((y_H.size, x_W.size), np.float32)
    along = (x_W > 0.0) & (x_W < LENGTH)
    post = along & ((x_W < 140.0) | (x_W > LENGTH - 140.0))
    for depth in (20.0, WIDTH - 20.0):
        h_H = _heights(y_H, depth, how)
        wall, rail = (h_H > 100.0) & (h_H < HEIGHT), (h_H > HEIGHT - 60.0) & (h_H < HEIGHT)
        steel += np.float32(1.8 * 0.785) * np.outer(wall, along) + np.float32(23.5) * np.outer(wall, post)
        steel += np.float32(9.4) * np.outer(rail, along)
    for depth in np.linspace(60.0, WIDTH - 60.0, 24):
        h_H = _heights(y_H, float(depth), how)
        floor = (h_H > 20.0) & (h_H < FLOOR - 5.0)
        steel += np.float32(5.7 * 231.8 / 24 / 14.0) * np.outer(floor, along)
    if how.guide_g_cm2:
        h_H = _heights(y_H, -40.0, how)
        plate, rim = (h_H > -390.0) & (h_H < 420.0), (h_H > 378.0) & (h_H < 420.0)
        steel += np.float32(how.guide_g_cm2) * np.outer(plate * 1.0 + 0.7 * rim, (x_W > 900.0) & (x_W < 5100.0))
    return steel


def _add(layers: dict[str, FloatArray], block: Block, x_W: FloatArray, y_H: FloatArray, how: Drawing) -> None:
    layer = layers.setdefault(block.material, np.zeros((y_H.size, x_W.size), np.float32))
    columns = (x_W > block.x[0]) & (x_W < block.x[1])
    depths = np.linspace(block.near, block.far, 33)
    step = (block.far - block.near) / 32 / 10.0  # cm
    for depth in (depths[1:] + depths[:-1]) / 2.0:
        h_H = _heights(y_H, float(depth), how)
        layer += np.float32(block.density / 1000.0 * step) * np.outer(
            (h_H > FLOOR) & (h_H < FLOOR + block.high), columns
        )
