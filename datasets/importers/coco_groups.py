"""What the supercategories of a source's COCO files say of its classes."""

from collections.abc import Sequence

from scantally.datasets.importers.classes import Target, valid_name
from scantally.datasets.importers.files import printable
from scantally.datasets.importers.omissions import Omissions
from scantally.detector.config.files import brief
from scantally.detector.types import Group


class Groups:
    """The groups that a ``dataset.json`` of our own states; any other supercategory says nothing to us."""

    def __init__(self, omissions: Omissions) -> None:
        self.known: dict[str, Target] = {}
        self._omissions = omissions
        self._first: dict[str, tuple[str, str]] = {}

    def add(self, classes: Sequence[tuple[str, str | None]], file: str) -> None:
        """The classes of one file with their supercategories.

        Where those of two files differ, the classes may mean different things, and whoever merges them ought to know it.
        """
        for name, above in classes:
            if above is None:
                continue
            before, where = self._first.setdefault(name, (above, file))
            if before != above:
                said = f"{name} is {brief(above)}, {brief(before)} in {where}"
                self._omissions.add("supercategory_differs", f"{file}: {printable(said)}")
            if above in {str(group) for group in Group} and valid_name(name) == name:
                self.known.setdefault(name, Target(label=name, group=Group(above)))
