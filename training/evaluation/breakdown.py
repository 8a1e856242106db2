"""Classes that figures are broken down by. Where the dataset does not tell a thing's size, contrast or depth, it is in none of them."""

from collections.abc import Callable
from dataclasses import dataclass

from scantally.datasets.labelled import Label

STEEL_G_CM3 = 7.87
"""NIST XCOM's density of iron: depths are also given as a thickness of steel."""

SIZE_CM = (15.0, 30.0, 60.0, 120.0)
SIZE_PX = (32.0, 96.0)
"""COCO's small, medium and large: square roots of the box's area."""
CONTRAST = (5.0, 10.0, 20.0, 50.0)
DEPTH_G_CM2 = (1.0, 20.0, 40.0, 80.0, 160.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """What to break down by: the edges between classes, and where a thing lies on them (None: not known)."""

    table: str
    edges: tuple[float, ...]
    unit: str
    of: Callable[[Label], float | None]
    absent: str

    def classes(self) -> list[str]:
        """Names of the classes, low first."""
        first, last = f"below {self.edges[0]:g}{self.unit}", f"{self.edges[-1]:g}{self.unit} and more"
        between = [f"{a:g} to {b:g}{self.unit}" for a, b in zip(self.edges, self.edges[1:], strict=False)]
        return [first, *between, last]

    def class_of(self, thing: Label) -> int | None:
        """Index of the class that a thing is in; a class begins with its lower edge."""
        value = self.of(thing)
        return None if value is None else sum(value >= edge for edge in self.edges)


def _side_px(thing: Label) -> float:
    x0, y0, x1, y1 = thing.box
    return float(max(0.0, (x1 - x0) * (y1 - y0)) ** 0.5)


AXES = (
    Axis(
        table="by size",
        edges=SIZE_CM,
        unit=" cm",
        of=lambda x: x.size_cm,
        absent="the data does not tell the objects' size in cm",
    ),
    Axis(table="by size in pixels", edges=SIZE_PX, unit=" px", of=_side_px, absent=""),
    Axis(
        table="by contrast",
        edges=CONTRAST,
        unit="",
        of=lambda x: x.contrast,
        absent="the data does not tell the objects' contrast",
    ),
    Axis(
        table="by penetration depth",
        edges=DEPTH_G_CM2,
        unit=" g/cm²",
        of=lambda x: x.depth_g_cm2,
        absent="the data does not tell the load at the objects' place",
    ),
)
