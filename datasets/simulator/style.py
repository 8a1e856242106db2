"""Scanners: what one of them is like, and how to draw a new one of a family.

The families ``A``, ``A2`` and ``B`` imitate the three looks measured on real scans (datasets/labels/ajna_notes.md); ``cal`` is a
calibrated sixteen-bit scanner, to scale, with ranges assumed within what such scanners reach: 3 to 5 mm of resolution, 200 to 450 mm of steel,
1 to 4 % of contrast ("X-Ray Cargo Inspection: Status and Trends", AIP Conf. Proc., OSTI 21289597). Every draw varies the numbers, so that a
model cannot learn one scanner.
"""

from dataclasses import dataclass, replace

import numpy as np

from scantally.detector.physics.spectra import USUAL_FILTERS, Beam, Filters


@dataclass(frozen=True, kw_only=True, slots=True)
class Style:
    """One scanner on one day. Noise and gains are relative to the open beam."""

    look: str
    energies_mv: tuple[float, ...]
    pitch_mm: float
    height: int
    squeeze: float  # share of its true length that x keeps: 1 is to scale
    distance_mm: float  # from the source to the container's near wall
    drop_mm: float  # from the container's underside down to the source
    yaw_tan: float  # of the fan's angle to the road's normal
    quanta: float  # detected photons per pixel in the open beam: relative noise is 1 / sqrt of it
    electronic: float
    column_flicker: float
    row_gain: float
    blur_px: float
    scatter: float
    smoothing_px: float  # of the noise, after the scan
    gamma: float = 1.0
    open_grey: float = 255.0
    clip_open: bool = False
    wobble_px: float = 1.5
    slope_px: float = 0.0  # how much lower the rear end appears than the front
    speed_drift: float = 0.05
    dashed_rows: tuple[int, ...] = ()
    dark_rows: tuple[int, ...] = ()
    row_offset: float = 0.0  # of single rows: shows as lighter lines in what is black
    padding: tuple[int, int] = (0, 0)
    interlaced: bool = False  # pulses alternate between the energies, so each is seen at every second column
    cargo_scatter: float = 0.0  # signal that once scattered photons give, per -T ln T of the column they come from
    dead_rows: tuple[int, ...] = ()  # detector elements that give nothing, in every band
    filters_mm: Filters = USUAL_FILTERS
    detector: str = "cadmium tungstate"
    detector_mm: float = 30.0

    @property
    def beams(self) -> tuple[Beam, ...]:
        """The accelerator and detector, for each energy."""
        return tuple(
            Beam(energy_mv=e, filters_mm=self.filters_mm, detector=self.detector, detector_mm=self.detector_mm)
            for e in self.energies_mv
        )

    @property
    def eight_bit(self) -> bool:
        """Whether files hold grey values without calibration."""
        return self.look != "cal"


LOOKS = ("A", "A2", "B", "cal")
"""Families of scanners."""

LOOK_WEIGHTS = (0.5, 0.08, 0.22, 0.20)
"""How often each is drawn unless the caller names one."""


def draw_style(rng: np.random.Generator, look: str | None = None) -> Style:
    """Draw a scanner of a family (a key of LOOKS), or of any."""
    chosen = look if look is not None else str(rng.choice(LOOKS, p=LOOK_WEIGHTS))
    if chosen not in LOOKS:
        raise ValueError(f"no such look: {chosen!r}, expected one of {', '.join(LOOKS)}")
    return _calibrated(rng) if chosen == "cal" else _grey(rng, chosen)


def _yaw(rng: np.random.Generator) -> float:
    """Mostly square to the road."""
    return float(rng.normal(0.0, 0.004 if rng.random() < 0.7 else 0.015))


def _grey(rng: np.random.Generator, look: str) -> Style:
    b, low = look == "B", look != "A"  # B and A2 stand lower below the container
    noise = {"A": (6e4, 3e5), "A2": (6e3, 1.6e4), "B": (4e3, 1.5e4)}[look]
    return Style(
        look=look,
        energies_mv=(float(rng.choice([4.0, 6.0])) if b else 6.0,),
        pitch_mm=float(rng.uniform(4.4, 4.75) + {"A": 0.0, "A2": 0.4, "B": 0.8}[look]),
        height=800,
        squeeze=float(rng.uniform(0.35, 0.8) if rng.random() < 0.85 else rng.uniform(0.3, 1.0)),
        distance_mm=float(rng.uniform(4600.0, 5300.0)),
        drop_mm=float(rng.uniform(1150.0, 1450.0) if low else rng.uniform(650.0, 950.0)),
        yaw_tan=_yaw(rng),
        quanta=float(np.exp(rng.uniform(*np.log(noise)))),
        electronic={"A": 5e-4, "A2": 2e-3, "B": 2e-3}[look],
        column_flicker=float(rng.uniform(0.00085, 0.0034)) * (3.0 if look == "A2" else 1.0),
        row_gain=float(rng.uniform(0.0005, 0.002)) * (7.0 if look != "A" else 1.0),
        blur_px=float(rng.uniform(0.55, 0.95)),
        scatter=float(rng.uniform(0.02, 0.05) if b else rng.uniform(0.003, 0.012)),
        smoothing_px=0.0 if look == "A2" else float(rng.uniform(0.4, 0.8)),
        gamma={"A": 1.0, "A2": 1.4, "B": 1.07}[look] * float(rng.uniform(0.9, 1.1)),
        open_grey=float({"A": 264.0, "A2": 240.0, "B": 243.0}[look] + rng.uniform(-2.5, 3.5)),
        clip_open=look == "A",
        wobble_px=float(rng.uniform(0.3, 2.2)),
        slope_px=float(rng.normal(0.0, 9.0)),
        speed_drift=float(rng.uniform(0.0, 0.08)),
        dashed_rows=_rows(rng, 3, 8, 800) if b else (),
        dark_rows=_dark_rows(rng, look),
        row_offset=float(rng.uniform(0.005, 0.03)) if look == "A" and rng.random() < 0.3 else 0.0,
        padding=_padding(rng) if b else (0, 0),
    )


def _calibrated(rng: np.random.Generator) -> Style:
    energies = [(6.0,), (9.0,), (4.0, 6.0), (6.0, 9.0)][int(rng.integers(4))]
    pitch = float(rng.uniform(4.0, 5.5))
    drawn = Style(
        look="cal",
        energies_mv=energies,
        pitch_mm=round(pitch, 2),
        height=int(3650.0 / pitch),
        squeeze=1.0,
        distance_mm=float(rng.uniform(4500.0, 6500.0)),
        drop_mm=float(rng.uniform(400.0, 1300.0)),
        yaw_tan=float(rng.normal(0.0, 0.003)),
        quanta=float(np.exp(rng.uniform(np.log(2e4), np.log(2e5)))),
        electronic=float(np.exp(rng.uniform(np.log(3e-5), np.log(3e-4)))),
        column_flicker=float(rng.uniform(0.0005, 0.003)),
        row_gain=float(rng.uniform(0.0003, 0.002)),
        blur_px=float(rng.uniform(0.5, 0.9)),
        scatter=float(rng.uniform(0.0005, 0.004)),
        smoothing_px=0.0,
        wobble_px=float(rng.uniform(0.1, 1.0)),
        slope_px=float(rng.normal(0.0, 4.0)),
        speed_drift=0.0,
    )
    return replace(
        drawn,
        interlaced=len(energies) == 2 and bool(rng.random() < 0.5),
        cargo_scatter=float(np.exp(rng.uniform(np.log(1e-5), np.log(5e-4)))),  # assumed: what correction leaves
        dead_rows=_rows(rng, 1, 3, drawn.height) if rng.random() < 0.08 else (),
    )


def _rows(rng: np.random.Generator, low: int, high: int, height: int) -> tuple[int, ...]:
    return tuple(sorted(int(y) for y in rng.integers(5, height - 5, int(rng.integers(low, high + 1)))))


def _dark_rows(rng: np.random.Generator, look: str) -> tuple[int, ...]:
    if look == "A":
        return ()
    if look == "A2":
        return (*_rows(rng, 2, 6, 30), *(770 + y for y in _rows(rng, 2, 5, 30)))
    return _rows(rng, 5, 14, 800)


def _padding(rng: np.random.Generator) -> tuple[int, int]:
    left, right = (int(rng.uniform(60, 400)) if rng.random() < 0.75 else 0 for _ in range(2))
    return left, right
