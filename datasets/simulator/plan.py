"""What stands where: a scene before it is drawn, and how often each thing is."""

from dataclasses import dataclass

from scantally.datasets.simulator.container import OUTER_WIDTH_MM, ContainerType
from scantally.datasets.simulator.hiding_places import STRUCTURE

LOAD_WEIGHTS: dict[str, float] = {
    "bulk": 1.0,
    "sacks": 1.3,
    "big_bags": 1.0,
    "cartons": 1.6,
    "timber": 0.8,
    "sheets": 0.9,
    "slabs": 0.9,
    "machinery": 1.1,
    "tyres": 0.8,
    "drums": 1.2,
    "bales": 0.9,
    "coils": 0.6,
    "pipes": 0.7,
    "reels": 0.9,
    "vehicles": 0.5,
    "household": 0.6,
    "frozen_cartons": 3.0,
    "meat": 1.0,
}
"""How often each load is drawn among those that a container carries (assumed, but that frozen cartons fill most reefers); tanks apart: those
come with their own container."""

OBJECT_WEIGHTS: dict[str, float] = {
    "firearm": 0.24,
    "gas_cylinder": 0.10,
    "brick_packages": 0.14,
    "vehicle": 0.06,
    "ammunition": 0.08,
    "cigarettes": 0.09,
    "engine": 0.06,
    "shield": 0.06,
    "electronics": 0.08,
    "currency": 0.09,
}
"""How often each object of interest is drawn (assumed: what training needs, not what crosses borders)."""

CONTAINER_WEIGHTS: dict[str, float] = {
    "22G1": 0.30,
    "42G1": 0.20,
    "45G1": 0.30,
    "22U1": 0.02,
    "42U1": 0.02,
    "22R1": 0.03,
    "45R1": 0.08,
    "22P1": 0.025,
    "45P3": 0.025,
}
"""How often each container is drawn, tanks apart (assumed; reefers are more frequent in the real scans of look B)."""

ROAD_PAYLOAD_KG = 27000.0
"""What a road train carries in one container: 44 t with a forty-foot box in combined transport (directive 96/53/EC), less about 13 t of
tractor and chassis and 4 t of box. No load is drawn heavier than this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BlockPlan:
    """A block of load: from x (mm inside the container's own length), so wide and at most so high.

    It fills the depth between two shares of the container's width, 0 at the near wall; ``hidden`` is a load behind a ``cover``;
    a ``full`` block is stowed up to its height wherever its goods are light enough.
    """

    kind: str
    x_mm: float
    width_mm: float
    height_mm: float
    near: float = 0.0
    far: float = 1.0
    hidden: bool = False
    cover: bool = False
    full: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectPlan:
    """An object of interest: where between its place's ends it lies along x, above the floor and in depth, as shares.

    ``hidden``: no papers name it, whatever it is. ``part`` says whose instances are drawn (see ``objects.make_object``).
    """

    kind: str
    place: str  # a word of hiding_places.PLACES
    x_share: float
    height_share: float
    depth_mm: float
    bag: bool = False
    hidden: bool = False
    part: str | None = None

    @property
    def depth_share(self) -> float:
        """Where between the near wall (0) and the far one (1)."""
        return min(max(self.depth_mm / OUTER_WIDTH_MM, 0.0), 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class ContainerPlan:
    """One container with what is in it."""

    kind: ContainerType
    x0_mm: float
    blocks: tuple[BlockPlan, ...] = ()
    objects: tuple[ObjectPlan, ...] = ()
    dunnage: bool = False
    false_wall_mm: float = 0.0  # length of the room that a false wall cuts off at the front
    false_wall: str = "plywood"  # or steel
    false_floor_mm: float = 0.0  # by how much boards on joists raise the floor; loads are not lifted with it
    false_floor_filled: float = 0.0  # of the room below the boards: taken up by organic goods

    @property
    def empty(self) -> bool:
        """Nothing in it but dunnage; what hides in its structure or in a tyre does not count."""
        return not self.blocks and all(o.place in STRUCTURE for o in self.objects)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScenePlan:
    """A trailer with one or two containers."""

    containers: tuple[ContainerPlan, ...]
    terminal: bool
    margins_mm: tuple[float, float] | None = None  # road shown before and after; drawn when None

    @property
    def length_mm(self) -> float:
        """From the first container's front to the last one's doors."""
        last = self.containers[-1]
        return last.x0_mm + last.kind.length_mm


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """What a caller wants of the scenes; the defaults are for training."""

    empty_share: float = 0.3
    object_share: float = 0.45
    tank_share: float = 0.05
    loads: tuple[str, ...] = tuple(LOAD_WEIGHTS)
    objects: tuple[str, ...] = tuple(OBJECT_WEIGHTS)
    containers: tuple[str, ...] = tuple(CONTAINER_WEIGHTS)
    pairs: bool = True
    deviation_share: float = 0.5
    deviation: str | None = None  # this one (a word of papers.DEVIATIONS), in the first container
    headings: frozenset[str] | None = None  # first four digits of the HS codes that papers may name; None: all
    instances: str | None = None  # the part of the benchmark whose object instances are drawn; None: any
