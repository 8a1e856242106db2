"""What the simulator is asked to make, small enough to be handed to a worker process."""

from dataclasses import dataclass

from scantally.datasets.simulator.plan import Wishes


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One scan to make: which files (a stem, perhaps in a folder), and what to draw it from.

    ``suite`` names a set whose own function makes it, and ``story`` the scan's part in that set.
    """

    stem: str
    seed: int
    index: int
    suite: str | None = None
    story: str = ""
    wishes: Wishes | None = None
    areal: bool = False  # write the true areal density beside it
