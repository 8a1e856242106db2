"""How the mass of a load is read off a scan, and how far the reading may be off."""

from pydantic import Field

from scantally.detector.config.penetration import Share
from scantally.detector.types import Document


class WeighingSettings(Document):
    """The rule behind the areal map. What each error rests on is in docs/checks.md."""

    cell_mm: float = Field(default=12.0, ge=1, le=50)
    """Side of the map's cells, about: finer than any package, and a third of the pixels each way."""

    source_to_load_mm: float = Field(default=5500.0, ge=500, le=50_000)
    """From the source to the container's near wall. A site that knows its scanner sets its own; what it adds to the error is in
    ``geometry_error``: the longer way of the slanted beam and the greater size of what a pixel covers nearly cancel."""

    source_below_mm: float = Field(default=850.0, ge=-1000, le=3000)
    """How far the source stands below the container's underside."""

    veil: Share = 0.0018
    """Share of its surroundings' brightness that lies over every pixel: scatter and glare. Scanners are specified to show
    several hundred millimetres of steel, which needs less than some thousandths."""

    veil_reach_mm: float = Field(default=270.0, ge=10, le=2000)
    """How far such light reaches."""

    deepest_transmission: Share = 6e-4
    """Below this the beam counts as stopped, whatever the veil: 6 MV behind about 245 mm of steel (XCOM, no scatter). A site that has
    measured its scanner's penetration sets its own value."""

    opaque_veils: float = Field(default=4.0, gt=1, le=100)
    """The beam counts as stopped where less than so many times the veil is left: what is seen there is mostly veil."""

    opaque_mass: Share = 0.25
    """With more of the seen mass than this behind a stopped beam, the mass is a lower bound only."""

    metal_share: Share = 0.2
    """Share of metal in an unknown load, where one energy cannot tell: between cellulose and steel the answer moves by some
    per cent only."""

    geometry_error: Share = 0.03
    """Standard error by the unknown distances of source and load, as a part of the mass."""

    material_error: Share = 0.035
    """Standard error by the unknown material, as a part of the mass: water and plastics stop 4 to 7 % more than cellulose, metals 3 to
    7 % less at 6 MV (XCOM)."""

    structure_error: Share = 0.06
    """Standard error of the empty container's structure, as a part of its tare."""

    guide_error: Share = 0.4
    """Standard error of what was taken for a trailer's side guide, as a part of it."""

    deviations: float = Field(default=1.645, ge=0.1, le=10)
    """Half the interval in standard errors: 1.645 for 90 %."""

    filled_g_cm2: float = Field(default=1.5, ge=0.01, le=100)
    """More than this beyond the bare walls is load."""
