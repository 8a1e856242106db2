"""Cars of several bodies, seen from the side. mm, x from the front bumper, y from the ground."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from scantally.datasets.simulator.loads_machinery import engine
from scantally.datasets.simulator.objects_car_bodies import BODIES, Body, Points
from scantally.datasets.simulator.shapes import MM_PER_CM, WHOLE, Canvas
from scantally.datasets.simulator.shapes_solids import (
    Solid,
    ball,
    block,
    cylinder,
    draw_solids,
    extent,
    prism,
    rotation,
    tube,
)
from scantally.detector.types import FloatArray

# g/cm3: CRC Handbook; tyre compound; seat foam 0.05 (moulded polyurethane: 0.045 to 0.060); petrol 0.74 (EN 228).
STEEL, ALUMINIUM, RUBBER, FOAM, PETROL, GLASS, PLASTIC, LEAD = 7.85, 2.70, 1.15, 0.05, 0.74, 2.50, 1.0, 11.3
Outline = NDArray[np.float64]


# Shares of a car's width: outer panels with doors and panes; wheels, sills and pillars; engine, seats and tank.
SKIN, WHEELS, MIDDLE = (0.0, 0.05), (0.02, 0.14), (0.4, 0.6)
LEAST_ACROSS_MM = 1050.0
"""Parts that are as deep as this reach across the car; others lie at its sides or about its middle."""


def car(rng: np.random.Generator, pitch: float) -> Canvas:
    """A car with its front to the left, at one depth."""
    return car_by_depth(rng, pitch).flat()


def car_by_depth(rng: np.random.Generator, pitch: float) -> Canvas:
    """A car with its front to the left, cut by depth: near side, middle, far side, and what reaches across."""
    canvas = _drawn(rng, pitch)
    for near, far in (SKIN, WHEELS):
        canvas.turn_to(near, far)
        drawn = canvas.layers
        canvas.turn_to(round(1.0 - far, 5), round(1.0 - near, 5))
        for material, areal in drawn.items():
            areal *= np.float32(0.5)
            canvas.layers[material] = areal  # shared by both sides: nothing more is drawn there
    canvas.turn_to(*WHOLE)
    return canvas


def _drawn(rng: np.random.Generator, pitch: float) -> Canvas:
    """Both sides together at the near one."""
    body = BODIES[int(rng.integers(len(BODIES)))]
    length, height = float(rng.uniform(*body.length)), float(rng.uniform(*body.height))
    canvas = Canvas.of(length, height, pitch)
    jitter = rng.normal(0, 0.005, (len(body.outline), 2))
    outline = smooth(np.clip(np.asarray(body.outline) + jitter, 0, 1) * (length, height))
    outline = (outline - outline.min(axis=0) * (1, 0)) * (length / np.ptp(outline[:, 0]), height / outline[:, 1].max())
    wheel = float(rng.uniform(*body.wheel))
    axles = [share * length for share in body.axles]
    _shell(rng, canvas, outline, body, [(x, wheel) for x in axles])
    ends = (underside(outline, 45.0), underside(outline, length - 48.0))
    outer = _structure(body, length, height, wheel, ends)
    inner = [*_drivetrain(rng, body, length, height, wheel), *_cabin(rng, body, length, height, wheel)]
    outer += [s for x in axles for s in _wheels(rng, x, wheel)]
    for zone, solids in ((WHEELS, outer), (MIDDLE, inner)):
        across = [s for s in solids if np.ptp(s.corners[:, 2]) >= LEAST_ACROSS_MM]
        canvas.turn_to(*WHOLE)
        draw_solids(canvas, across, fine=1)
        canvas.turn_to(*zone)
        draw_solids(canvas, [s for s in solids if np.ptp(s.corners[:, 2]) < LEAST_ACROSS_MM], fine=1)
    _clutter(rng, canvas, (0.04 * length, axles[0] + 1.3 * wheel, wheel, 0.56 * height), 26)
    _clutter(rng, canvas, (axles[0] + wheel, axles[1], 0.25 * height, body.belt * height), 22)
    return canvas


def smooth(points: Outline, rounds: int = 2) -> Outline:
    """Corners cut at a quarter and three quarters of each edge (Chaikin 1974), which rounds a closed outline."""
    for _ in range(rounds):
        ahead = np.roll(points, -1, axis=0)
        points = np.stack([0.75 * points + 0.25 * ahead, 0.25 * points + 0.75 * ahead], axis=1).reshape(-1, 2)
    return points


def paint(canvas: Canvas, inside: Sequence[Outline], outside: Sequence[Outline] = ()) -> FloatArray:
    """Share of each pixel that closed outlines cover less what others cut away, (h, w); rows upwards."""
    mask = np.zeros((canvas.height_px, canvas.width_px), np.uint8)
    for outlines, colour in ((inside, 255), (outside, 0)):
        for outline in outlines:
            fixed = np.round((outline / canvas.pitch - 0.5) * 16).astype(np.int32)
            cv2.fillPoly(mask, [fixed], colour, lineType=cv2.LINE_AA, shift=4)
    cover: FloatArray = mask.astype(np.float32) * np.float32(1 / 255)
    return cover


def _shell(
    rng: np.random.Generator, canvas: Canvas, outline: Outline, body: Body, arches: Sequence[tuple[float, float]]
) -> None:
    """Sheet of 0.7 to 0.9 mm: two sides of outer skin, inner skin and trim; roof and bonnet, curved across, as a dark rim."""
    angle = np.linspace(0, 2 * np.pi, 40)
    ring = np.column_stack([np.cos(angle), np.sin(angle)]) * 1.13
    cover = paint(canvas, [outline], [ring * wheel + (x, wheel) for x, wheel in arches])
    panes = paint(canvas, [smooth(np.asarray(w) * (canvas.width, canvas.height), 1) for w in body.windows])
    sides, top = _sheet_path(rng, canvas.pitch, cover, panes, float(rng.uniform(0.7, 0.9)))
    everywhere = canvas.window(0, canvas.width - 1e-3, 0, canvas.height - 1e-3)
    canvas.add("steel", everywhere, top * np.float32(STEEL / MM_PER_CM))
    canvas.turn_to(*SKIN)
    canvas.add("steel", everywhere, sides * np.float32(STEEL / MM_PER_CM))
    pane = float(rng.uniform(3.2, 4.0)) * 2 * GLASS / MM_PER_CM  # both sides; panes of 3 to 4 mm
    canvas.add("glass", everywhere, panes * np.float32(pane))
    # Door trim, liners and carpets: about 6 mm of plastic on each side below the windows.
    below = (everywhere.y_H1 < body.belt * canvas.height) * np.float32(2 * 6 * PLASTIC / MM_PER_CM)
    canvas.add("polyethylene", everywhere, cover * below)


def _sheet_path(
    rng: np.random.Generator, pitch: float, cover: FloatArray, panes: FloatArray, sheet: float
) -> tuple[FloatArray, FloatArray]:
    """Steel in mm: sides with rims towards the windows (pillars and frames are folded boxes), and what curves across."""
    crown = rng.uniform(22, 40)  # how far a panel's curve across spreads its edge
    sides, top = cover * np.float32(4.4 * sheet), np.zeros_like(cover)
    full = sheet * rng.uniform(900, 1400) / crown
    for path, region, spread, most in ((top, cover, crown, full), (sides, 1 - panes, 16.0, 5 * sheet)):
        away = cv2.distanceTransform((region > 0.5).astype(np.uint8), cv2.DIST_L2, 3)
        near = (away > 0) & (away < 5 * spread / pitch)
        path[near] += cover[near] * np.exp(away[near] * np.float32(-pitch / spread)) * np.float32(most)
    sheets = 1 - panes
    return sides * sheets, top * sheets


def underside(outline: Outline, x: float) -> float:
    """Height of the lowest place of a closed outline at a place along the car; 0 where it does not reach."""
    ahead = np.roll(outline, -1, axis=0)
    low, high = np.minimum(outline[:, 0], ahead[:, 0]), np.maximum(outline[:, 0], ahead[:, 0])
    met = (low <= x) & (x <= high) & (high > low)
    share = (x - outline[met, 0]) / (ahead[met, 0] - outline[met, 0])
    heights = outline[met, 1] + share * (ahead[met, 1] - outline[met, 1])
    return float(heights.min()) if heights.size else 0.0


def _structure(body: Body, length: float, height: float, wheel: float, ends: tuple[float, float]) -> list[Solid]:
    """Floor, sills, cross members, firewall, door beams, strut towers, bumper beams, subframes."""
    front, rear = (a * length for a in body.axles)
    low = 0.17 * height
    start, end = front + 1.2 * wheel, rear - 1.1 * wheel
    bumpers = [max(share * height, end + 10.0) for share, end in zip((0.26, 0.28), ends, strict=True)]
    doors = [(w[0][0] * length, w[-1][0] * length) for w in body.windows[:2]]
    # Tall bodies stand on a ladder frame: two rails of 4 mm box section, together 26 mm of steel over 120 mm of height.
    frame = (
        [block("steel", STEEL, (0.06 * length, low - 70, 0), (0.95 * length, low + 50, 26))] if height > 1600 else []
    )
    return [
        *frame,
        block("steel", STEEL * 0.15, (rear - 130, wheel - 130, 0), (rear + 130, wheel + 130, 300)),
        block("steel", STEEL * 0.036, (start, low, 0), (end, low + 40, 1350)),
        block("steel", STEEL * 0.10, (start, low - 15, 0), (end, low + 75, 170)),
        block("steel", STEEL * 0.02, (rear - wheel, low + 160, 0), (length * 0.96, low + 200, 1200)),
        *(
            block("steel", STEEL * 0.05, (x, low, 0), (x + 70, low + 75, 1250))
            for x in np.linspace(start + 300, end - 200, 3)
        ),
        block("steel", STEEL * 0.036, (start - 60, low, 0), (start - 20, height * 0.60, 1300)),
        *(block("steel", STEEL, (a + 40, height * 0.38, 0), (b - 30, height * 0.38 + 32, 7)) for a, b in doors),
        *(
            block("steel", STEEL * 0.12, (x - 5, low, 0), (x + 75, body.belt * height, 120))
            for _, b in doors
            for x in (b,)
        ),
        *(block("steel", STEEL * 0.10, (x - 85, wheel, 0), (x + 85, height * 0.52, 60)) for x in (front, rear)),
        *(
            block("steel", STEEL * 0.09, (x - 240, wheel * 0.55, 0), (x + 240, wheel * 0.55 + 70, 420))
            for x in (front, rear)
        ),
        block("steel", STEEL * 0.04, (15, bumpers[0], 0), (75, bumpers[0] + 110, 1150)),
        block("steel", STEEL * 0.04, (length - 75, bumpers[1], 0), (length - 20, bumpers[1] + 110, 1150)),
        block("steel", STEEL * 0.11, (80, 0.30 * height, 0), (front + 200, 0.30 * height + 90, 140)),
    ]


def _wheels(rng: np.random.Generator, x: float, r: float) -> list[Solid]:
    """Both wheels of an axle and what joins them, each part twice as deep: tyre, rim with spokes, disc, hub, spring."""
    rim, wide = r * rng.uniform(0.60, 0.70), rng.uniform(165, 235)
    metal, density = ("aluminium", ALUMINIUM) if rng.random() < 0.6 else ("steel", STEEL * 0.45)
    parts = [
        *tube("rubber", RUBBER, (x, r, 0), 2 * wide, r, r - 13, "z"),
        *tube("rubber", RUBBER, (x, r, 0), 2 * 18, r - 13, rim, "z"),
        *tube(metal, density, (x, r, 0), 2 * wide, rim, rim - 6, "z"),
        cylinder("steel", STEEL, (x, r, 0), 2 * 20, rim * 0.72, "z"),
        cylinder("steel", STEEL * 0.8, (x, r, 0), 2 * 80, rim * 0.27, "z"),
        cylinder("steel", STEEL * 0.12, (x, r, 0), 1200, 28, "z"),
        *tube("steel", STEEL * 0.5, (x, r * 1.15, 0), r * 1.1, 62, 48, "y"),
        cylinder("steel", STEEL * 0.6, (x, r, 0), r * 1.5, 22, "y"),
    ]
    turned, n = rng.uniform(0, np.pi), int(rng.choice([5, 6, 7, 10]))
    for k in range(n):
        spoke = block(metal, density, (rim * 0.2, -16, 0), (rim - 6, 16, 2 * 22))
        parts.append(spoke.moved(rotation(turned + 2 * np.pi * k / n, 0, 0), (x, r, 0.0)))
    return parts


def _drivetrain(rng: np.random.Generator, body: Body, length: float, height: float, wheel: float) -> list[Solid]:
    """Engine and gearbox about the front axle, battery, radiator, tank, exhaust."""
    front, rear = (a * length for a in body.axles)
    low = wheel * 0.62
    across = rng.random() < 0.7  # a transverse engine is seen on its end
    motor = engine(rng, (560.0 if across else 760.0, height * 0.42, 520.0))
    edge, _ = extent(motor)
    place = (front - (250 if across else 280) - float(edge[0]), low - float(edge[1]), 0.0)
    battery, tank = length * 0.06, (rear - 520, low + rng.uniform(60, 180))
    return [
        *(s.moved(np.eye(3), place) for s in motor),
        block("aluminium", ALUMINIUM * 0.6, (front - 60, low, 0), (front + (240 if across else 620), low + 250, 330)),
        block("lead", LEAD * 0.28, (battery, low + 230, 0), (battery + 175, low + 405, 230)),  # 15 to 20 kg
        block("aluminium", ALUMINIUM * 0.25, (length * 0.03, low + 30, 0), (length * 0.03 + 38, low + 430, 560)),
        block("polyethylene", PETROL, (tank[0], low, 0), (tank[0] + 360, tank[1], 750)),
        block("polyethylene", PLASTIC, (tank[0] - 10, low - 10, 0), (tank[0] + 370, low + 200, 16)),
        *_exhaust(rng, front + 300, length * 0.97, low - 15),
    ]


def _exhaust(rng: np.random.Generator, x0: float, x1: float, y: float) -> list[Solid]:
    muffler = x1 - rng.uniform(450, 900)
    return [
        *tube("steel", STEEL, (x0, y, 0), x1 - x0, 26, 24.4),
        *tube("steel", STEEL, (muffler, y + 25, 0), 400, 90, 87.5),
        *tube("steel", STEEL, (x0 + 150, y, 0), 280, 60, 57),
    ]


def _cabin(rng: np.random.Generator, body: Body, length: float, height: float, wheel: float) -> list[Solid]:
    """Seats, their frames and rails, dashboard, steering wheel, sometimes a spare wheel."""
    floor = 0.19 * height
    first = body.windows[0]
    seat = (first[0][0] * 0.35 + first[-1][0] * 0.65) * length - 150
    rows = [seat, seat + 820.0]
    dash = first[0][0] * length - 40
    tilt = rotation(np.radians(-25), np.pi / 2, 0)
    spare = tube("rubber", RUBBER, (length * 0.90, floor + 60, 0), 130, wheel * 0.9, wheel * 0.62, "y")
    return [
        *(s for x in rows for s in _seat(x, floor, height * 0.56)),
        block("polyethylene", PLASTIC * 0.10, (dash - 170, height * 0.48, 0), (dash + 200, height * 0.63, 1300)),
        block("steel", STEEL * 0.05, (dash, height * 0.52, 0), (dash + 55, height * 0.52 + 55, 1300)),
        *(
            s.moved(tilt, (dash + 330, height * 0.58, 0.0))
            for s in tube("steel", STEEL * 0.6, (0, 0, 0), 22, 185, 168, "z")
        ),
        *(spare if rng.random() < 0.6 else []),
    ]


def _seat(x: float, y: float, top: float) -> list[Solid]:
    """Two seats behind each other: cushion, back leaning to the rear, head rest; 20 mm tube frames."""
    back: Points = [(x + 380, y + 180), (x + 500, y + 190), (x + 620, y + top), (x + 530, y + top)]
    frame: Points = [(x + 470, y + 130), (x + 495, y + 130), (x + 612, y + top), (x + 588, y + top)]
    return [
        block("polyethylene", FOAM, (x - 40, y + 90, 0), (x + 460, y + 240, 1000)),
        prism("polyethylene", FOAM, back, (0, 1000)),
        prism("steel", STEEL, frame, (0, 9)),
        block("steel", STEEL, (x - 20, y + 70, 0), (x + 480, y + 92, 14)),
        ball("polyethylene", FOAM * 1.5, (x + 590, y + top + 70, 250), (48, 90, 280)),
        cylinder("steel", STEEL, (x + 588, y + top - 40, 0), 100, 7, "y"),
    ]


def _clutter(rng: np.random.Generator, canvas: Canvas, span: tuple[float, float, float, float], n: int) -> None:
    """What no list names: hoses, brackets, motors, looms, hinges; small bodies strewn over a region, about 1 kg each."""
    x0, x1, y0, y1 = span
    parts: list[Solid] = []
    for _ in range(n):
        at = (float(rng.uniform(x0, x1)), float(rng.uniform(y0, y1)), 0.0)
        turn = rotation(float(rng.normal(0, 0.6)), 0, 0)
        if rng.random() < 0.5:
            piece = block(
                "steel", STEEL * 0.5, (0, 0, 0), (rng.uniform(30, 160), rng.uniform(12, 60), rng.uniform(8, 60))
            )
        elif rng.random() < 0.5:
            piece = cylinder("rubber", RUBBER, (0, 0, 0), rng.uniform(80, 420), rng.uniform(10, 26))
        else:
            piece = cylinder("aluminium", ALUMINIUM * 0.8, (0, 0, 0), rng.uniform(40, 120), rng.uniform(25, 60), "z")
        parts.append(piece.moved(turn, at))
    draw_solids(canvas, parts, fine=1)
