"""The grey curve of a scan without calibration, from container parts whose thickness is known.

Model: grey over the open beam's grey = gain * signal ** gamma, cut at 1. Every ISO dry container shows side walls, a roof, a
plywood floor on rails and corner fittings; their thickness is known to some 10 %, the beam's geometry gives the way through
them, and the polychromatic law the signal. Gain (an open beam beyond white), gamma and the thickness of each part are fitted
together, each with its spread, so that what is not known shows as the spread of gamma.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from scantally.datasets.simulator.container_kinds import OUTER_WIDTH_MM
from scantally.datasets.tip_frame import ContainerFrame, level
from scantally.detector.physics.attenuation import Float64
from scantally.detector.physics.transmission import spectrum_of, transmission
from scantally.detector.types import FloatArray

STEEL, PLYWOOD = 7.85, 0.70
"""g/cm3: plain carbon steel; container plywood of tropical hardwood, 0.65 to 0.8 (assumed mean)."""

SHEET_MM, ROOF_MM, RAIL_MM, PLY_MM, CASTING_MM = 1.85, 1.8, 3.2, 28.0, 55.0
"""Makers' specifications of ISO 1496-1 dry containers: side panels 1.6 and 2.0 mm, and some 3 % more way through the corrugation;
roof 1.6 to 2.0; bottom rail 3.2; floor 28. Corner fittings (ISO 1161, walls of about 28 mm, with openings): 30 to 90 mm in all, assumed."""

PARTS: Mapping[str, float] = {"sheet": 0.08, "roof": 0.12, "floor": 0.18, "casting": 0.45}
"""Relative spread of each part's thickness over containers (standard deviation), the floor's with that of the grazing angle."""

ASSUMED_ENERGIES_MV = (4.0, 6.0, 9.0)
USUAL_ENERGY_MV = 6.0

LEAST_PLATEAU = 0.62
"""Relative grey below which an even area is load: two walls leave 0.75 to 0.92 in any look seen so far."""

LEAST_FLOOR = 0.38
"""Darker than this the trailer stands behind the floor, and tells nothing of its thickness."""

GAMMA_PRIOR, GAIN_PRIOR = (1.1, 0.3), (0.03, 0.02)
"""Mean and standard deviation before anything is seen: gamma; and log gain where the open beam is clipped."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GreyCurve:
    """Grey over the open beam's grey = min(1, gain * signal ** gamma). ``spread`` is the standard deviation of gamma.

    ``structures`` counts the parts it was estimated from: 0 where it is known (calibrated) or only assumed.
    """

    gamma: float = 1.0
    spread: float = 0.0
    gain: float = 1.0
    structures: int = 0
    energy_mv: float = USUAL_ENERGY_MV
    calibrated: bool = False

    def signal(self, grey: FloatArray) -> FloatArray:
        """Linear signal of relative grey values, any shape."""
        if self.gamma == 1.0 and self.gain == 1.0:
            return grey
        out = grey * np.float32(1.0 / self.gain)
        return np.asarray(cv2.pow(out, 1.0 / self.gamma), np.float32).reshape(grey.shape)

    def grey(self, signal: FloatArray) -> FloatArray:
        """Relative grey of linear signals, not cut."""
        if self.gamma == 1.0 and self.gain == 1.0:
            return signal
        out = np.asarray(cv2.pow(np.maximum(signal, 0.0), self.gamma), np.float32).reshape(signal.shape)
        return np.asarray(out * np.float32(self.gain), np.float32)

    def stated(self) -> str:
        """One sentence for whoever reads the result."""
        if self.calibrated:
            return "grey values are calibrated transmission"
        seen = f"estimated from {self.structures} container parts" if self.structures else "assumed: no part was found"
        return f"grey ~ signal^{self.gamma:.2f} (+-{self.spread:.2f}, {seen}, for a {self.energy_mv:g} MV beam)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Structure:
    """One measured part: its relative grey, its relative error, and what the beam crosses there, in g/cm2 per part."""

    name: str
    grey: float
    error: float
    crossed: tuple[tuple[str, str, float], ...]  # (part of PARTS, material, areal density)


def estimate_curve(
    scan_HW: FloatArray, frames: Sequence[ContainerFrame], energy_mv: float | None = None, *, clipped: bool = False
) -> GreyCurve:
    """Fit the curve to all parts of all containers.

    Args:
        scan_HW: Relative grey.
        frames: The containers.
        energy_mv: Of the beam; None: 6 MV is assumed, and the difference between 4 and 9 MV goes into the spread.
        clipped: Whether the open beam is cut at white, so that its true grey is not known.
    """
    found = [s for f in frames for s in structures(scan_HW, f)]
    if energy_mv is not None:
        return _fit(found, energy_mv, clipped)
    curves = [_fit(found, e, clipped) for e in ASSUMED_ENERGIES_MV]
    among = float(np.std([c.gamma for c in curves]))
    usual = curves[ASSUMED_ENERGIES_MV.index(USUAL_ENERGY_MV)]
    return GreyCurve(
        gamma=usual.gamma,
        spread=float(np.hypot(usual.spread, among)),
        gain=usual.gain,
        structures=usual.structures,
        energy_mv=USUAL_ENERGY_MV,
    )


def structures(scan_HW: FloatArray, frame: ContainerFrame) -> list[Structure]:
    """The parts of known thickness that a container shows."""
    rows = int(frame.floor_px + 60)
    flat = level(scan_HW, frame.roof_N, frame.first, rows)
    left, right = (int(x - frame.first) for x in frame.inside)
    if right - left < 40:
        return []
    inner = flat[:, left:right]
    walls, roof = _walls(inner, frame), _roof(inner, frame)
    if walls is not None and (roof is None or walls.grey < roof.grey + 0.01):
        walls = None  # darker than wall and roof together: an even load
    found = (walls, roof, _floor(inner, frame), _casting(flat, frame))
    return [s for s in found if s is not None]


def _slant(frame: ContainerFrame, below_px: float) -> float:
    """How much longer than straight across the way at a row is."""
    rise = (frame.height_mm + frame.drop_mm - below_px * frame.pitch_mm) / frame.distance_mm
    return float(np.hypot(1.0, rise))


def _walls(inner: FloatArray, frame: ContainerFrame) -> Structure | None:
    """Both side walls, between the far roof line and the floor, where nothing stands."""
    y0, y1 = int(frame.far_roof_px + 18), int(frame.floor_px - 12)
    grey = _brightest_plateau(inner[y0:y1])
    if grey is None:
        return None
    slant = _slant(frame, (y0 + y1) / 2.0)
    return Structure(name="walls", grey=grey, error=0.01, crossed=(("sheet", "steel", 2.0 * slant * _areal(SHEET_MM)),))


def _roof(inner: FloatArray, frame: ContainerFrame) -> Structure | None:
    """The near wall and, at an angle, the roof: between the two roof lines."""
    y0, y1 = int(90.0 / frame.pitch_mm), int(frame.far_roof_px - 12)
    grey = _brightest_plateau(inner[y0:y1])
    if grey is None:
        return None
    row = (y0 + y1) / 2.0
    slant = _slant(frame, row)
    rise = np.sqrt(slant**2 - 1.0)
    crossed = (
        ("sheet", "steel", slant * _areal(SHEET_MM)),
        ("roof", "steel", slant / float(rise) * _areal(ROOF_MM)),
    )
    return Structure(name="roof", grey=grey, error=0.01, crossed=crossed)


def _floor(inner: FloatArray, frame: ContainerFrame) -> Structure | None:
    """Plywood at a grazing angle, the near bottom rail and the far wall, between the cross members."""
    y0, y1 = int(frame.floor_px + 10), int(frame.floor_px + 28)
    above = float(np.percentile(inner[y0 - 26 : y0 - 18], 80))
    grey = float(np.percentile(np.median(inner[y0:y1], axis=0), 75))
    if "floor" not in frame.measured or above < 0.7 or not LEAST_FLOOR < grey < 0.85:
        return None
    slant = _slant(frame, (y0 + y1) / 2.0)
    rise = float(np.sqrt(slant**2 - 1.0))
    across = min(slant * PLY_MM / max(rise, 1e-3), OUTER_WIDTH_MM)
    crossed = (
        ("floor", "cellulose", across * PLYWOOD / 10.0),
        ("sheet", "steel", slant * (_areal(SHEET_MM) + _areal(RAIL_MM))),
    )
    return Structure(name="floor", grey=grey, error=0.03, crossed=crossed)


def _casting(flat: FloatArray, frame: ContainerFrame) -> Structure | None:
    """The near upper corner fittings: 178 x 118 mm."""
    high, wide = int(118.0 / frame.pitch_mm), int(178.0 / frame.x_pitch_mm)
    if high < 8 or wide < 8:
        return None
    corners = [flat[3 : high - 2, 3 : wide - 2], flat[3 : high - 2, -wide + 2 : -3]]
    grey = float(np.median([np.median(c) for c in corners]))
    if not 0.01 < grey < 0.4:
        return None
    areal = _slant(frame, high / 2.0) * _areal(CASTING_MM)
    return Structure(name="casting", grey=grey, error=0.05, crossed=(("casting", "steel", areal),))


def _areal(steel_mm: float) -> float:
    return STEEL * steel_mm / 10.0


def _brightest_plateau(part: FloatArray) -> float | None:
    """Grey that many flat blocks at the bright end share; None where too few do."""
    if part.shape[0] < 24 or part.shape[1] < 24:
        return None
    small = cv2.resize(part, (part.shape[1] // 8, part.shape[0] // 8), interpolation=cv2.INTER_AREA)
    values = np.sort(small.ravel())
    top = float(np.percentile(values, 97))
    near = values[(values > 0.94 * top) & (values < 1.02 * top)]
    if near.size < 0.05 * values.size or not LEAST_PLATEAU < top < 0.985:
        return None
    return float(np.median(near))


def _fit(found: Sequence[Structure], energy_mv: float, clipped: bool) -> GreyCurve:
    """Most likely log gain, gamma and thickness factors, with the spread of gamma (Gauss-Newton on a Gaussian model)."""
    names = list(PARTS)
    prior = np.array([GAIN_PRIOR[0] if clipped else 0.0, GAMMA_PRIOR[0], *(1.0 for _ in names)])
    sd = np.array([GAIN_PRIOR[1] if clipped else 0.003, GAMMA_PRIOR[1], *PARTS.values()])
    state, precision = prior.copy(), np.diag(sd**-2.0)
    for _ in range(4):
        rows, rest, weight = _linearised(found, names, state, energy_mv)
        precision = np.diag(sd**-2.0) + rows.T @ (rows * weight[:, None])
        step = rows.T @ (weight * rest) - (state - prior) / sd**2
        state = state + np.linalg.solve(precision, step)
        state[1:] = np.clip(state[1:], 0.3, 3.0)
    covariance = np.linalg.inv(precision)
    return GreyCurve(
        gamma=float(state[1]),
        spread=float(np.sqrt(covariance[1, 1])),
        gain=float(np.exp(max(state[0], 0.0))),
        structures=len(found),
        energy_mv=energy_mv,
    )


def _linearised(
    found: Sequence[Structure], names: Sequence[str], state: Float64, energy_mv: float
) -> tuple[Float64, Float64, Float64]:
    """Derivatives, residuals and weights of log grey at a state of the fit."""
    spectrum = spectrum_of(energy_mv)
    rows, rest = np.zeros((len(found), state.size)), np.zeros(len(found))
    weight = np.array([s.error**-2.0 for s in found])
    for i, s in enumerate(found):

        def log_signal(scaled: Float64, s: Structure = s) -> float:
            areal: dict[str, float] = {}
            for part, material, g_cm2 in s.crossed:
                areal[material] = areal.get(material, 0.0) + g_cm2 * float(scaled[names.index(part)])
            return float(np.log(transmission(spectrum, areal)))

        here = log_signal(state[2:])
        rows[i, 0], rows[i, 1] = 1.0, here
        for j in range(len(names)):
            moved = state[2:].copy()
            moved[j] += 0.02
            rows[i, 2 + j] = state[1] * (log_signal(moved) - here) / 0.02
        rest[i] = np.log(s.grey) - state[0] - state[1] * here
    return rows, rest, weight
