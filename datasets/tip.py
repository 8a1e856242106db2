"""Threat image projection: a simulated object put into any scan, so that it looks as if it had been scanned with it.

The object's transmission multiplies into the scan's signal behind what the scan already shows (the polychromatic law with the
local areal density, so that dense cargo hardens the beam for the object too), with the scan's own edge spread, grey curve,
noise, grey steps and darkest grey, along the container's own slope and bounce. What is not known is estimated by
``tip_character`` and stated. Neglected: scatter that the object itself makes, and cargo that it pushes aside.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np

from scantally.datasets.simulator.container_kinds import FLOOR_MM
from scantally.datasets.simulator.project import EDGE_G_CM2
from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.simulator.visibility import contrast_to_noise, summed_up
from scantally.datasets.tip_area import averaged_rows, summed_columns
from scantally.datasets.tip_character import PIXEL_VARIANCE, ScanCharacter, estimate_character
from scantally.datasets.tip_file import as_file, blind_pixels, through_file, values_of_file
from scantally.datasets.tip_place import PLACES, Spot, draw_spot
from scantally.detector.physics.attenuation import Float64
from scantally.detector.physics.transmission import transmission_picture
from scantally.detector.types import Box, FloatArray

__all__ = ["Projection", "ScanCharacter", "estimate_character", "place_and_project", "project_at"]

FINE = 2
"""The object is worked out on a grid so many times finer than the scan's."""

SPOT_TRIES = 8
"""Draws of places that lie within a container, but, where that is cut off, beyond the picture."""

SPREAD_MM = 40.0
"""A slice that is deeper than this is drawn at several depths, as the simulator spreads it."""

MARGIN_PX = 8
"""Around the object: its blurred edge ends within it."""

SEEN_CNR = 1.0
"""Change in standard deviations of a pixel's noise from which it belongs to the box: an eye sees lines and areas fainter than
single pixels of ``INSPECTABLE_CNR``."""

DEEPEST_G_CM2 = 400.0
"""Largest steel equivalent that is looked up: half a metre, of which nothing is left."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Projection:
    """A scan with an object in it, and the truth about the object.

    ``transmission_HW`` is a new picture in the given scan's terms. ``box`` holds the pixels that visibly change (no area where none
    does); ``cnr`` is the mean contrast over the object in -ln signal per standard deviation of one pixel, ``visible`` the share of
    it over INSPECTABLE_CNR, ``inspectable`` the rule of the simulator's truth on the two. A pixel that was clipped before shows nothing.
    """

    transmission_HW: FloatArray
    box: Box
    cnr: float
    visible: float
    inspectable: bool
    place: str
    stated: tuple[str, ...]


def place_and_project(
    scan_HW: FloatArray,
    character: ScanCharacter,
    sprite: Sprite,
    rng: np.random.Generator,
    places: tuple[str, ...] = PLACES,
) -> Projection | None:
    """Project an object at a drawn place where it could be.

    Args:
        scan_HW: The scan that the character was measured on; not changed.
        character: Of the scan.
        sprite: The object; a pitch of half the scan's or finer is best.
        rng: Decides place and noise.
        places: Which of PLACES may be drawn.

    Returns:
        The projection, which may show nothing (``inspectable``): then draw again. None when the object fits nowhere, for the
        reasons that ``tip_place.draw_spot`` lists: then draw another object.

    Raises:
        ValueError: a place is neither one of PLACES nor ANYWHERE, or the character is another scan's.
    """
    spot = find_spot(scan_HW, character, sprite, rng, places)
    return None if spot is None else project_at(scan_HW, character, sprite, spot, rng)


def find_spot(
    scan_HW: FloatArray,
    character: ScanCharacter,
    sprite: Sprite,
    rng: np.random.Generator,
    places: tuple[str, ...] = PLACES,
) -> Spot | None:
    """A drawn place where the object could be and that lies within the picture; None when there is none."""
    for _ in range(SPOT_TRIES):
        spot = draw_spot(scan_HW, character, sprite, rng, places)
        if spot is None or _leaves(sprite, spot, scan_HW.shape) is None:
            return spot
    return None


def project_at(
    scan_HW: FloatArray, character: ScanCharacter, sprite: Sprite, spot: Spot, rng: np.random.Generator
) -> Projection:
    """Project an object at a given place.

    Raises:
        ValueError: the object does not lie within the scan, or the character is another scan's.
    """
    if character.lines is not None and character.lines.filled_HW.shape != scan_HW.shape:
        raise ValueError(f"a character of {character.lines.filled_HW.shape} px does not belong to {scan_HW.shape} px")
    x0, y0, areal = _on_picture(sprite, spot, scan_HW.shape)
    h, w = (n // FINE for n in next(iter(areal.values())).shape)
    window = (slice(y0, y0 + h), slice(x0, x0 + w))
    whole = scan_HW if character.lines is None else character.lines.without(scan_HW)
    before = np.ascontiguousarray(whole[window])
    signal = character.curve.signal(before)
    through, hit = _through(areal, signal, character)
    primary = np.maximum(signal - np.float32(character.pedestal), 0.0)
    after = signal - primary * (1.0 - through)
    noisy = after + _missing_noise(signal, through, after, character, rng)
    out = whole.copy()
    out[window] = as_file(before, noisy, through, character)
    out = through_file(scan_HW, whole, out, window, character)
    ratio = contrast_to_noise(
        signal, after, values_of_file(character), character.noise.variance, blind_pixels(scan_HW, window, character)
    )
    return _judged(out, ratio, hit, (x0, y0), spot, character)


def _extent(sprite: Sprite, spot: Spot) -> tuple[float, float, float, float]:
    """Scan rows and columns for a pixel of the sprite, and rows from the near upper edge down to its top and its base."""
    frame = spot.frame
    step_y = sprite.pitch_mm * frame.scale(spot.depth_mm) / frame.pitch_mm
    base = frame.below_roof(FLOOR_MM + spot.base_mm, spot.depth_mm)
    return step_y, sprite.pitch_mm / frame.x_pitch_mm, base - sprite.shape[0] * step_y, base


def _leaves(sprite: Sprite, spot: Spot, shape: tuple[int, ...]) -> str | None:
    """What is wrong with an object that does not lie wholly within the picture."""
    extents = [_extent(part, at) for part, at in _by_depth(sprite, spot)]
    step_x, top, base = extents[0][1], min(e[2] for e in extents), max(e[3] for e in extents)
    right, roof = spot.left + sprite.shape[1] * step_x, spot.frame.roof_N
    at = np.clip([int(spot.left) - spot.frame.first, int(right) - spot.frame.first + 1], 0, roof.size)
    part = roof[at[0] : max(at[1], at[0] + 1)] if at[0] < roof.size else roof[-1:]
    upper, lower = float(part.min()) + top, float(part.max()) + base
    if spot.left >= 0 and upper >= 0 and right <= shape[1] and lower <= shape[0]:
        return None
    return (
        f"object from ({spot.left:.0f}, {upper:.0f}) to ({right:.0f}, {lower:.0f}) leaves the scan {shape[1], shape[0]}"
    )


def _on_picture(sprite: Sprite, spot: Spot, shape: tuple[int, ...]) -> tuple[int, int, dict[str, FloatArray]]:
    """Areal density on the fine grid of a window of the scan, along the beam there, and the window's upper left corner."""
    left = _leaves(sprite, spot, shape)
    if left is not None:
        raise ValueError(left)
    frame, parts = spot.frame, _by_depth(sprite, spot)
    extents = [_extent(part, at) for part, at in parts]
    step_x = extents[0][1]
    x0 = max(int(spot.left) - MARGIN_PX, 0)
    x1 = min(int(np.ceil(spot.left + sprite.shape[1] * step_x)) + MARGIN_PX, shape[1])
    at = np.clip(np.arange(x0, x1) - frame.first, 0, frame.roof_N.size - 1)
    roof_w = np.repeat(frame.roof_N[at], FINE)
    y0 = max(int(roof_w.min() + min(e[2] for e in extents)) - MARGIN_PX, 0)
    y1 = min(int(np.ceil(roof_w.max() + max(e[3] for e in extents))) + MARGIN_PX, shape[0])
    at_x = (np.arange((x1 - x0) * FINE + 1) / FINE + x0 - spot.left) / step_x
    rows = np.arange((y1 - y0) * FINE + 1) / FINE + y0 - float(roof_w.mean())  # below the near upper edge
    rise = (frame.height_mm + frame.drop_mm - rows[1:] * frame.pitch_mm) / frame.distance_mm
    slants = np.hypot(1.0, rise).astype(np.float32)[:, None]
    bent = np.float32(FINE) * (roof_w - roof_w.mean())
    areal: dict[str, FloatArray] = {}
    whole: dict[tuple[int, str], Float64] = {}  # a slice stands at several depths, with the same columns at each
    for (part, _), (step_y, _, top, _) in zip(parts, extents, strict=True):
        for name, layer in part.layers.items():
            key = (id(part), name)
            if key not in whole:
                whole[key] = summed_columns(layer, at_x)
            drawn = averaged_rows(whole[key], (rows - top) / step_y)
            areal[name] = areal[name] + drawn if name in areal else drawn
    return x0, y0, {name: _bent(layer * slants, bent) for name, layer in areal.items()}


def _by_depth(sprite: Sprite, spot: Spot) -> tuple[tuple[Sprite, Spot], ...]:
    """A deep object's slices, each spread over its own depths about the spot's; what has none is at one depth."""
    if not sprite.slices:
        return ((sprite, spot),)
    parts = []
    for s in sprite.slices:
        near, far = (spot.depth_mm + (share - 0.5) * sprite.depth_mm for share in (s.near, s.far))
        count = max(1, int(np.ceil((far - near) / SPREAD_MM)))
        part = replace(s.sprite, layers={name: layer / np.float32(count) for name, layer in s.sprite.layers.items()})
        for z in near + (np.arange(count) + 0.5) * (far - near) / count:
            parts.append((part, replace(spot, depth_mm=max(float(z), 0.0))))
    return tuple(parts)


def _bent(layer: FloatArray, shift_W: FloatArray) -> FloatArray:
    """Columns moved down as the truck's slope and bounce moved the container's."""
    if float(np.abs(shift_W).max()) < 0.05:
        return layer
    h, w = layer.shape
    at_x = np.ascontiguousarray(np.broadcast_to(np.arange(w, dtype=np.float32), (h, w)))
    at_y = np.asarray(np.arange(h, dtype=np.float32)[:, None] - shift_W[None, :], np.float32)
    return np.asarray(cv2.remap(layer, at_x, at_y, cv2.INTER_LINEAR, borderValue=0.0), np.float32)


def _through(
    areal: dict[str, FloatArray], signal: FloatArray, character: ScanCharacter
) -> tuple[FloatArray, FloatArray]:
    """Transmission of the object behind what is there, with the scanner's edge spread, and its areal density, both (h, w)."""
    h, w = signal.shape
    behind = _equivalent(cv2.blur(signal, (5, 5), borderType=cv2.BORDER_REPLICATE), character)
    fine = cv2.resize(behind, (w * FINE, h * FINE), interpolation=cv2.INTER_LINEAR)
    material = character.background
    both = dict(areal)
    both[material] = areal[material] + fine if material in areal else fine
    alone = transmission_picture(character.energy_mv, {material: fine})
    sharp = transmission_picture(character.energy_mv, both) / np.maximum(alone, 1e-12)
    through = cv2.resize(np.minimum(sharp, 1.0), (w, h), interpolation=cv2.INTER_AREA)
    total = np.sum(list(areal.values()), axis=0, dtype=np.float32)
    hit = cv2.resize(total, (w, h), interpolation=cv2.INTER_AREA)
    # The area average brings a pixel's own width; the rest of the measured edge spread is blur.
    sx, sy = (float(np.sqrt(max(s**2 - (1.0 + FINE**-2) * PIXEL_VARIANCE, 0.04))) for s in character.edge_px)
    blurred = cv2.GaussianBlur(through, (0, 0), sigmaX=sx, sigmaY=sy, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32), np.asarray(hit, np.float32)


def _equivalent(signal: FloatArray, character: ScanCharacter) -> FloatArray:
    """Areal density of the background's material that leaves a signal, without the pedestal of scatter, g/cm2."""
    depths, logs = _table(character.energy_mv, character.background)
    primary = (signal - character.pedestal) / (1.0 - character.pedestal)
    wanted = -np.log(np.clip(primary, 1e-9, 1.0))
    return np.asarray(np.interp(wanted, logs, depths), np.float32)


@lru_cache(maxsize=16)
def _table(energy_mv: float, material: str) -> tuple[FloatArray, FloatArray]:
    """Areal densities and the -ln transmission that they have."""
    depths = np.concatenate([np.zeros(1), np.geomspace(0.05, DEEPEST_G_CM2, 250)]).astype(np.float32)
    picture = transmission_picture(energy_mv, {material: depths[None, :]})
    return depths, np.asarray(-np.log(picture[0]), np.float32)


def _missing_noise(
    signal: FloatArray, through: FloatArray, after: FloatArray, character: ScanCharacter, rng: np.random.Generator
) -> FloatArray:
    """What a darker signal's noise has more than the scan's own noise, which the object has weakened with the signal.

    Photon noise goes with the root of the signal, so multiplying it by a transmission t leaves t where sqrt(t) belongs.
    """
    noise = character.noise
    missing = noise.variance(after) - through**2 * noise.variance(signal)
    white = rng.standard_normal(signal.shape, np.float32)
    if noise.smooth_px > 0.0:
        kernel = cv2.getGaussianKernel(9, noise.smooth_px, cv2.CV_32F)
        kernel /= np.float32(np.sqrt(np.sum(kernel**2)))
        white = np.asarray(cv2.sepFilter2D(white, -1, kernel, kernel), np.float32)
    return np.asarray(white * np.sqrt(np.maximum(missing, 0.0)), np.float32)


def _judged(
    out: FloatArray,
    ratio: FloatArray,
    hit: FloatArray,
    corner: tuple[int, int],
    spot: Spot,
    character: ScanCharacter,
) -> Projection:
    """The truth: box, contrast, visible share, and the simulator's rule on them."""
    mask = hit > EDGE_G_CM2
    seen = summed_up(ratio[mask])
    x, y, w, h = cv2.boundingRect((mask & (ratio > SEEN_CNR)).astype(np.uint8))
    x0, y0 = corner
    return Projection(
        transmission_HW=out,
        box=(float(x0 + x), float(y0 + y), float(x0 + x + w), float(y0 + y + h)),
        cnr=seen.cnr,
        visible=seen.visible,
        inspectable=seen.inspectable,
        place=spot.place,
        stated=character.stated(),
    )
