"""Kinds of ISO containers: outer and inner sizes, and the cavities that a builder of scenes may hide things in.

Outer sizes: ISO 668:2020 (series 1 freight containers), codes: ISO 6346. Inner sizes of dry boxes meet ISO 668's least ones (length
5,867 and 11,998 mm, width 2,330 mm, height 241 mm less than outside); those of reefers, flat racks and open tops are the usual ones of
carriers' equipment guides (a 45R1 is some 11.58 m x 2.29 m x 2.55 m inside, a 45P1 11.65 m between its ends with 2.25 m over its deck).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

OUTER_WIDTH_MM = 2438.0
FLOOR_MM = 165.0
"""Height of a dry box's floor over the container's underside."""

WALL_MM = 75.0
"""From the outer face to the inner one, at the sides."""

END_MM = 80.0
"""From a dry box's outer face to the inner one, at the front and at the doors."""

GOOSENECK_FROM_MM = 9000.0
TUNNEL_MM = 3350.0
"""Length of the gooseneck tunnel, about: ISO 1496-1 has 3,150 to 3,500 mm."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A block of space in a container, in mm: x from its front's outer face, h over its underside, z from its near face."""

    x0_mm: float
    x1_mm: float
    h0_mm: float
    h1_mm: float
    z0_mm: float
    z1_mm: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerType:
    """One size and type; ``code`` is the ISO 6346 size and type code.

    The free space begins ``front_mm`` behind the outer face of the end that stands nearer to the cab, and ``floor_mm`` over the
    underside.
    """

    code: str
    length_mm: float
    height_mm: float
    front_mm: float = END_MM
    rear_mm: float = END_MM
    floor_mm: float = FLOOR_MM
    roof_mm: float = 35.0
    turned: bool = False  # stands with its rear to the front of the trailer

    @property
    def family(self) -> str:
        """dry, open_top, reefer, flat_rack or tank: the third letter of the code says it (ISO 6346, table of types)."""
        return {"G": "dry", "U": "open_top", "R": "reefer", "P": "flat_rack", "T": "tank"}[self.code[2]]

    @property
    def tank(self) -> bool:
        """A vessel in a frame, without floor or walls."""
        return self.family == "tank"

    @property
    def folding(self) -> bool:
        """A flat rack whose complete ends fold down (ISO 6346: P3); those of P1 are fixed."""
        return self.family == "flat_rack" and self.code[3] == "3"

    @property
    def gooseneck(self) -> bool:
        """Forty-foot containers have a tunnel for the trailer's neck."""
        return self.length_mm > GOOSENECK_FROM_MM

    @property
    def walled(self) -> bool:
        """Whether side walls hold the load."""
        return self.family in ("dry", "open_top", "reefer")

    @property
    def inner_height_mm(self) -> float:
        """Free height between floor and roof; on a flat rack, between its deck and the top of its ends."""
        return self.height_mm - self.floor_mm - self.roof_mm

    @property
    def inner_length_mm(self) -> float:
        """Free length between the front wall (a reefer's unit, a flat rack's end) and the doors."""
        return self.length_mm - self.front_mm - self.rear_mm

    def turn(self) -> "ContainerType":
        """The same container the other way round: ``front_mm`` is then the doors' end, as it stands nearer to the cab."""
        return replace(self, front_mm=self.rear_mm, rear_mm=self.front_mm, turned=not self.turned)


def _reefer(code: str, length_mm: float, height_mm: float) -> ContainerType:
    return ContainerType(
        code=code,
        length_mm=length_mm,
        height_mm=height_mm,
        front_mm=510.0,
        rear_mm=95.0,
        floor_mm=REEFER_FLOOR_MM,
        roof_mm=90.0,
    )


def _flat_rack(code: str, length_mm: float, height_mm: float) -> ContainerType:
    long = length_mm > GOOSENECK_FROM_MM
    end = 270.0 if long else 210.0
    deck = 648.0 if long else 370.0
    return ContainerType(
        code=code, length_mm=length_mm, height_mm=height_mm, front_mm=end, rear_mm=end, floor_mm=deck, roof_mm=0.0
    )


CARRIED: dict[str, frozenset[str]] = {
    "reefer": frozenset({"frozen_cartons", "meat", "cartons"}),
    "flat_rack": frozenset({"timber", "sheets", "slabs", "machinery", "coils", "pipes", "vehicles"}),
    "open_top": frozenset({"bulk", "timber", "sheets", "slabs", "machinery", "coils", "pipes", "bales"}),
    "tank": frozenset({"tank"}),
}
"""Kinds of load that a family of containers carries; a dry box takes whatever needs no cold and no vessel."""

ONLY_THERE = frozenset({"frozen_cartons", "meat", "tank"})


def carried(kind: ContainerType, loads: Sequence[str]) -> tuple[str, ...]:
    """Those of some kinds of load that a container of this kind carries."""
    if kind.family in CARRIED:
        return tuple(load for load in loads if load in CARRIED[kind.family])
    return tuple(load for load in loads if load not in ONLY_THERE)


REEFER_FLOOR_MM = 260.0
"""Top of a reefer's T floor: cross members, some 60 to 80 mm of foam and 63 mm high T bars."""

CONTAINERS: dict[str, ContainerType] = {
    "22G1": ContainerType(code="22G1", length_mm=6058.0, height_mm=2591.0),
    "42G1": ContainerType(code="42G1", length_mm=12192.0, height_mm=2591.0),
    "45G1": ContainerType(code="45G1", length_mm=12192.0, height_mm=2896.0),
    "22U1": ContainerType(code="22U1", length_mm=6058.0, height_mm=2591.0, roof_mm=90.0),
    "42U1": ContainerType(code="42U1", length_mm=12192.0, height_mm=2591.0, roof_mm=90.0),
    "22R1": _reefer("22R1", 6058.0, 2591.0),
    "45R1": _reefer("45R1", 12192.0, 2896.0),
    "22P1": _flat_rack("22P1", 6058.0, 2591.0),
    "45P1": _flat_rack("45P1", 12192.0, 2896.0),
    "22P3": _flat_rack("22P3", 6058.0, 2591.0),
    "45P3": _flat_rack("45P3", 12192.0, 2896.0),
    "22T1": ContainerType(code="22T1", length_mm=6058.0, height_mm=2591.0, floor_mm=210.0),
}


def cavities(kind: ContainerType) -> dict[str, Span]:
    """The closed spaces of a container's own structure, by name; empty for a tank, whose frame is open.

    Their x counts from the end nearer to the cab, so that it may be added to the place where a container stands.

    ``floor`` lies under the floor (between cross members, or in a reefer's T bars and foam), ``roof`` against the inner side of
    the roof (or in a reefer's foam), ``front`` before the front wall's inner face, ``doors`` in the doors' folds or foam,
    ``unit`` in a reefer's refrigeration unit.
    """
    if kind.turned:
        return {name: _mirrored(span, kind.length_mm) for name, span in _cavities(kind.turn()).items()}
    return _cavities(kind)


def _mirrored(span: Span, length_mm: float) -> Span:
    return replace(span, x0_mm=length_mm - span.x1_mm, x1_mm=length_mm - span.x0_mm)


def _cavities(kind: ContainerType) -> dict[str, Span]:
    if kind.tank:
        return {}
    if kind.family == "flat_rack":
        return {"floor": _across(kind.front_mm, kind.length_mm - kind.rear_mm, 120.0, kind.floor_mm - 70.0, 250.0)}
    if kind.family == "reefer":
        return _reefer_cavities(kind)
    free = (kind.front_mm, kind.length_mm - kind.rear_mm)
    tunnel = TUNNEL_MM + 200.0 if kind.gooseneck else 0.0
    top = kind.height_mm - 100.0
    found = {
        "floor": _across(free[0] + tunnel, free[1], 22.0, FLOOR_MM - 28.0, 75.0),
        "front": _across(45.0, kind.front_mm, FLOOR_MM, top, 150.0),
        "doors": _across(kind.length_mm - 60.0, kind.length_mm - 20.0, FLOOR_MM, top, 100.0),
    }
    if kind.family == "dry":
        found["roof"] = _across(free[0] + 250.0, free[1] - 250.0, kind.height_mm - 85.0, kind.height_mm - 24.0, 90.0)
    return found


def _reefer_cavities(kind: ContainerType) -> dict[str, Span]:
    free = (kind.front_mm, kind.length_mm - kind.rear_mm)
    top = kind.height_mm - kind.roof_mm
    return {
        "unit": _across(25.0, 400.0, 230.0, kind.height_mm - 230.0, 200.0),
        "floor": _across(free[0] + 20.0, free[1] - 100.0, kind.floor_mm - 125.0, kind.floor_mm - 8.0, 90.0),
        "roof": _across(free[0], free[1], top, kind.height_mm - 6.0, 90.0),
        "front": _across(410.0, kind.front_mm, kind.floor_mm, top, 90.0),
        "doors": _across(kind.length_mm - 90.0, kind.length_mm - 12.0, kind.floor_mm, top, 120.0),
    }


def _across(x0: float, x1: float, h0: float, h1: float, rim: float) -> Span:
    """A span over the container's width less a rim at both sides."""
    return Span(x0_mm=x0, x1_mm=x1, h0_mm=h0, h1_mm=h1, z0_mm=rim, z1_mm=OUTER_WIDTH_MM - rim)
