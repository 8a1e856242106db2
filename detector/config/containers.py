"""What an ISO container is by itself: its sizes, and what its parts weigh in the beam.

Outer sizes: ISO 668:2020; what the characters of a size and type code say: ISO 6346:2022, annexes D and E. Inner sizes of dry boxes:
least ones of ISO 1496-1 (5,867 and 11,998 x 2,330 mm, height 241 mm less than outside). Sheets, rails and floors: makers'
specifications of dry boxes built to ISO 1496-1 (side walls of 1.6 mm between outer panels of 2.0 mm, roof of 2.0 mm, plywood of
28 mm on cross members of 122 x 45 x 4 mm) and of reefers (skins of 0.8 to 1.2 and 0.6 to 0.8 mm with foam between them, a floor of
aluminium T bars). Tares: what sellers and carriers state. docs/sources.md says which of them were read.
"""

from dataclasses import dataclass
from typing import Literal

from scantally.detector.config.iso6346 import normalise_number

WIDTH_MM = 2438.0
"""Outer width of every series 1 container (ISO 668)."""

CONTAINER_HEIGHT_MM = 2750.0
"""Between the 2,591 mm and 2,896 mm of ISO 668: used only to guess the scale of a scan whose pitch is unknown."""

Family = Literal["dry", "open_top", "reefer", "flat_rack", "tank"]

_LENGTHS_MM = {"2": 6058.0, "3": 9125.0, "4": 12192.0, "L": 13716.0}
_HEIGHTS_MM = {"0": 2438.0, "2": 2591.0, "4": 2743.0, "5": 2896.0, "C": 2591.0, "E": 2896.0, "L": 2591.0, "N": 2896.0}
_FAMILIES: dict[str, Family] = {"G": "dry", "V": "dry", "U": "open_top", "R": "reefer", "H": "reefer"}
_OTHERS: dict[str, Family] = {"P": "flat_rack", "T": "tank", "K": "tank"}

TARE_KG = {
    ("dry", "20"): (2050.0, 2500.0),
    ("dry", "30"): (2800.0, 3300.0),
    ("dry", "40"): (3600.0, 4150.0),
    ("dry", "45"): (4550.0, 4950.0),
    ("open_top", "20"): (2200.0, 2600.0),
    ("open_top", "40"): (3600.0, 4300.0),
    ("reefer", "20"): (2800.0, 3200.0),
    ("reefer", "40"): (4200.0, 5000.0),
    ("flat_rack", "20"): (2500.0, 3000.0),
    ("flat_rack", "40"): (4800.0, 5900.0),
    ("tank", "20"): (3200.0, 4200.0),
}
"""Lightest and heaviest usual tare by family and length in feet, kg; what is not listed is not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Structure:
    """A family's structure: what the beam crosses beside the load.

    ``walls_g_cm2`` are both side walls together, straight across; ``roof_g_cm2`` and ``floor_g_cm2`` straight down. ``front_mm`` and
    ``rear_mm`` reach from the outer face of an end to where nothing of the end stands in the beam.
    """

    walls_g_cm2: float
    roof_g_cm2: float
    floor_g_cm2: float
    floor_mm: float  # height of the floor's top over the underside
    roof_mm: float  # from the top down to the free room
    end_mm: float  # from an end's outer face to where it no longer stands in the beam
    wall_end_mm: float  # from an end's outer face to the free room
    unit_mm: float = 0.0  # of the end that holds a refrigeration unit, from its outer face


_STEEL = 0.785  # g/cm2 of a millimetre

STRUCTURES: dict[Family, Structure] = {
    # Walls: two sheets of 1.6 to 2.0 mm, their slopes some 5 % longer. Floor: plywood 1.9, cross members 2.1, rails 1.4, pockets or
    # tunnel 0.3. The ends reach to the corner posts' inner edges and the plain strips of wall beside them.
    "dry": Structure(
        walls_g_cm2=2 * 1.8 * _STEEL,
        roof_g_cm2=1.8 * _STEEL,
        floor_g_cm2=5.7,
        floor_mm=165.0,
        roof_mm=35.0,
        end_mm=270.0,
        wall_end_mm=80.0,
    ),
    "open_top": Structure(
        walls_g_cm2=2 * 1.8 * _STEEL,
        roof_g_cm2=0.1,
        floor_g_cm2=5.7,
        floor_mm=165.0,
        roof_mm=90.0,
        end_mm=270.0,
        wall_end_mm=80.0,
    ),
    # Walls: two skins of together 1.6 mm, frames and linings as much as 0.3 mm, 65 mm of foam of 45 kg/m3. Floor: T bars and plates of
    # aluminium 2.6, steel sheet, cross members and rails 5.5, foam.
    "reefer": Structure(
        walls_g_cm2=2 * (1.9 * _STEEL + 0.3),
        roof_g_cm2=0.9 * _STEEL + 0.7,
        floor_g_cm2=9.0,
        floor_mm=260.0,
        roof_mm=90.0,
        end_mm=330.0,
        wall_end_mm=95.0,
        unit_mm=520.0,
    ),
    # The base of a flat rack, without its ends: 1.8 t and 4 t over the deck's area.
    "flat_rack": Structure(
        walls_g_cm2=0.0,
        roof_g_cm2=0.0,
        floor_g_cm2=14.5,
        floor_mm=370.0,
        roof_mm=0.0,
        end_mm=290.0,
        wall_end_mm=240.0,
    ),
    "tank": Structure(
        walls_g_cm2=0.0,
        roof_g_cm2=0.0,
        floor_g_cm2=2.0,
        floor_mm=165.0,
        roof_mm=0.0,
        end_mm=120.0,
        wall_end_mm=120.0,
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Build:
    """One size and type of container, outer sizes in mm."""

    family: Family
    length_mm: float
    height_mm: float
    structure: Structure
    tare_kg: tuple[float, float] | None  # lightest and heaviest usual one

    @property
    def room_mm(self) -> tuple[float, float]:
        """Free length and height inside; between the ends and over the deck of a flat rack."""
        part = self.structure
        length = self.length_mm - part.wall_end_mm - max(part.wall_end_mm, part.unit_mm)
        return length, self.height_mm - part.floor_mm - part.roof_mm

    @property
    def room_m3(self) -> float:
        """Free space inside: 33 m3 in a dry box of 20 ft, 76 in a high cube of 40 ft."""
        length, height = self.room_mm
        return length * height * INNER_WIDTH_MM[self.family] / 1e9


INNER_WIDTH_MM: dict[Family, float] = {
    "dry": 2330.0,
    "open_top": 2330.0,
    "reefer": 2290.0,
    "flat_rack": 2400.0,
    "tank": 2330.0,
}
"""Free width: ISO 1496-1 for dry boxes; usual ones of carriers' equipment guides for the others."""

FORTY_FOOT_DECK_MM = 648.0
"""A flat rack of 40 ft stands on deeper girders than one of 20 ft (carriers' equipment guides)."""


def build_of(size_type: str | None) -> Build | None:
    """The container that an ISO 6346 size and type code names; None when it says too little or names another kind."""
    code = normalise_number(size_type or "")
    family = {**_FAMILIES, **_OTHERS}.get(code[2:3])
    length, height = _LENGTHS_MM.get(code[:1]), _HEIGHTS_MM.get(code[1:2])
    if len(code) != 4 or family is None or length is None or height is None:
        return None
    feet = str(round(length / 304.8))
    return Build(
        family=family,
        length_mm=length,
        height_mm=height,
        structure=_structure(family, length),
        tare_kg=TARE_KG.get((family, feet)),
    )


def _structure(family: Family, length_mm: float) -> Structure:
    part = STRUCTURES[family]
    if family != "flat_rack" or length_mm < 9000.0:
        return part
    return Structure(
        walls_g_cm2=0.0,
        roof_g_cm2=0.0,
        floor_g_cm2=part.floor_g_cm2,
        floor_mm=FORTY_FOOT_DECK_MM,
        roof_mm=0.0,
        end_mm=part.end_mm,
        wall_end_mm=part.wall_end_mm,
    )
