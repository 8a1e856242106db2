"""When a pixel counts as opaque, and when a container's inside counts as filled."""

from typing import Annotated

from pydantic import Field

from scantally.detector.types import Document

Share = Annotated[float, Field(ge=0, le=1)]


class PenetrationSettings(Document):
    """The rule behind the penetration map. Levels were measured on the 215 containers of the AJNA scans (docs/checks.md)."""

    opaque_levels: float = Field(default=3.5, gt=0, le=100)
    """Opaque: within this many of the file's smallest steps. Black loads in 8-bit scans store the grey values 0 to 3,
    and in them nothing denser can be told apart; the half step keeps grey 3 inside whatever the rounding."""

    opaque_transmission: float = Field(default=3e-3, gt=0, lt=1)
    """Opaque: this or less, however fine the file's steps are. By XCOM, 6 MV get through about 185 mm of steel at 3e-3
    (3.6e-2 at 100 mm, 2.0e-3 at 200 mm, no scatter). Scattered X-rays of some thousandths of the open beam lie over every
    pixel; below that a load looks alike however dense it is, and a lower limit would call it seen. A site that has
    measured its scanner's penetration sets its own value."""

    wall_level: Share = 0.75
    """The walls of an empty container let through at least this much of the open beam: measured 0.77 to 0.90. It bounds the
    brightest part of the inside from below, so that a container filled evenly does not pass for its own bare wall."""

    brightest_percentile: float = Field(default=90, gt=0, le=100)
    """The bare wall is read here; above it are gaps, holes and light detector rows."""

    filled_below: Share = 0.75
    """Filled: darker than this share of the bare wall. The far roof line of an empty container is at 0.78 to 0.95 of it."""

    side_margin: Share = 0.08
    """Part of the box left out at the left, right and top: posts, door bars and the roof rail."""

    floor_band: Share = 0.28
    """Part of the box left out at the bottom. The floor itself takes 0.13 to 0.27; the container guides of a terminal
    trailer stand up to 0.30 and are not load. Low loads that hide below show as opaque instead."""

    min_region_share: Share = 1e-3
    """Opaque regions smaller than this share of the box are specks: about 0.2 m x 0.15 m of a 40-foot side."""

    max_regions: int = Field(default=20, gt=0, le=1000)
    """More boxes than an officer looks at."""

    min_valid_share: Share = 0.5
    """With fewer valid pixels than this, the picture says nothing about the container."""

    black_share: Share = 0.98
    """With more opaque pixels than this, not even the container's outline is there to judge."""

    open_beam_level: Share = 0.95
    """Brighter than any wall: nothing is in the way of the beam."""

    white_share: Share = 0.995
    """With more open beam than this, no container is in the picture."""

    min_contrast: Share = 0.02
    """Darkest to brightest percentile of the picture (1 to 99); an even grey shows nothing."""
