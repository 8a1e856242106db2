"""Containers while the papers that name them are collected.

Several bills of lading may share one container, and one bill may fill several. What the papers say of a container is put
together; where they contradict each other it is left out, with a note.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from scantally.detector.config.iso6346 import normalise_number
from scantally.detector.errors import ManifestError
from scantally.detector.manifests.reading import AT_MOST_COUNT, AT_MOST_KG, Reading, listed, refuse_many_lines, shown
from scantally.detector.types import MAX_COUNT, MAX_KG, Manifest, ManifestLine

AMOUNTS = ("quantity", "packages", "net_mass_kg", "gross_mass_kg")
"""Of a line: what cannot be divided among containers when the file does not say how."""

_EMPTY_WORDS = frozenset(
    {"empty", "empties", "mty", "mt", "vide", "vides", "vacio", "vacios", "vacío", "vacíos", "vazio", "leer"}
)
_CONTAINER_WORDS = frozenset(
    {
        "container",
        "containers",
        "ctr",
        "ctrs",
        "ctn",
        "ctns",
        "cntr",
        "cntrs",
        "unit",
        "units",
        "conteneur",
        "conteneurs",
    }
    | {"contenedor", "contenedores", "contentor", "returned", "return", "repositioning", "used", "x"}
    | {"hc", "hq", "gp", "dv", "dc", "st", "std", "ot", "fr", "rf", "rh", "tk", "ft", "feet", "only"}
)
_WORD = re.compile(r"[^\W\d_]+")


Number = TypeVar("Number", int, float)


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One of the containers that hold a line, and how much of the line, where the file says so."""

    number: str | None
    packages: int | None = None
    gross_mass_kg: float | None = None


@dataclass(kw_only=True, slots=True)
class Box:
    """What the papers say of one container so far."""

    number: str | None
    values: dict[str, Any] = field(default_factory=dict)
    disputed: dict[str, None] = field(default_factory=dict)  # sets that keep the order
    remarks: dict[str, None] = field(default_factory=dict)
    seals: dict[str, None] = field(default_factory=dict)
    references: dict[str, None] = field(default_factory=dict)
    consignors: dict[str, None] = field(default_factory=dict)
    consignees: dict[str, None] = field(default_factory=dict)
    lines: list[ManifestLine] = field(default_factory=list)

    def say(self, **values: str | float | bool | None) -> None:
        """Keep what a paper says of the container; None says nothing."""
        for name, value in values.items():
            if value is not None and self.values.setdefault(name, value) != value:
                self.disputed[name] = None

    def seal(self, numbers: Iterable[str | None]) -> None:
        """Add seals, each once."""
        self.seals |= dict.fromkeys(n for n in numbers if n)

    def belongs(self, reference: str | None, consignor: str | None = None, consignee: str | None = None) -> None:
        """Add the bill that names the container, and its parties."""
        for known, value in (
            (self.references, reference),
            (self.consignors, consignor),
            (self.consignees, consignee),
        ):
            if value is not None:
                known[value] = None

    def fullness(self, code: str | None, meanings: dict[str, bool]) -> None:
        """Keep whether it is empty by a code; one that means nothing is remarked."""
        meaning = meanings.get((code or "").upper())
        self.say(empty=meaning)
        if code is not None and meaning is None:
            self.remarks[f"the code {shown(code)} for full or empty is not known, so it may be either"] = None

    @property
    def agreed(self) -> dict[str, Any]:
        """What no two papers contradict."""
        return {name: value for name, value in self.values.items() if name not in self.disputed}

    @property
    def name(self) -> str:
        """How notes call it."""
        return f"container {self.number[:20]}" if self.number else "container without a number"

    def notes(self) -> tuple[str, ...]:
        """What an officer should know of this container's papers."""
        disputed = (f"the papers disagree on {name}, so it was left out" for name in self.disputed)
        return tuple(f"{self.name}: {note}" for note in (*self.remarks, *disputed))

    @property
    def is_empty(self) -> bool:
        """Whether the papers agree that it is."""
        return self.values.get("empty") is True and "empty" not in self.disputed

    def goods(self) -> list[ManifestLine]:
        """The lines, without those by which a bill only says that an empty container is empty."""
        return [line for line in self.lines if not (self.is_empty and only_says_empty(line.description))]

    def empty_notes(self) -> Iterable[str]:
        """That lines were left out by which a bill only says that the container is empty."""
        said = len(self.lines) - len(self.goods())
        if said:
            lines = "1 line of goods says" if said == 1 else f"{said} lines of goods say"
            yield f"{self.name}: {lines} only that it is empty, as declared, and no more: left out"

    def manifest(self) -> Manifest:
        """The document."""
        return Manifest(
            reference=_together(self.references),
            container_number=self.number,
            seals=tuple(self.seals),
            consignor=_together(self.consignors),
            consignee=_together(self.consignees),
            lines=tuple(self.goods()),
            **self.agreed,
        )


@dataclass(kw_only=True, slots=True)
class Cargo:
    """The containers of a file by number, and what an officer should know about how they were read."""

    source: str
    boxes: dict[str, Box] = field(default_factory=dict)
    named: dict[str, Box] = field(default_factory=dict)  # those that one message names: its reader empties this first
    split: dict[str, None] = field(default_factory=dict)  # names of goods in several containers, amounts unknown
    counted: dict[str, None] = field(default_factory=dict)  # the same, with the packages of each container
    size: int = 0

    def box(self, number: str | None) -> Box:
        """The container of a number, new where it was not named before; without a number, the one for all such goods."""
        key = normalise_number(number or "")
        if key not in self.boxes:
            self._grow(1)
            self.boxes[key] = Box(number=number)
        return self.named.setdefault(key, self.boxes[key])

    def put(self, line: ManifestLine, shares: Sequence[Share], name: str) -> None:
        """Put a line into the containers that hold it; into several without amounts that nobody gave for each.

        Raises:
            ManifestError: over the bound of lines in one file, or of what one container may hold.
        """
        shares = merged(shares)
        self._grow(len(shares))
        if len(shares) > 1:
            line = line.model_copy(update=dict.fromkeys(AMOUNTS))
            counted = all(share.packages is not None for share in shares)
            (self.counted if counted else self.split)[name[:60]] = None
        for share in shares:
            self._refuse_much(share, name)
            known: dict[str, float] = {}
            if share.packages is not None:
                known["packages"] = share.packages
            if share.gross_mass_kg is not None and line.gross_mass_kg is None:
                known["gross_mass_kg"] = share.gross_mass_kg
            self.box(share.number).lines.append(line.model_copy(update=known) if known else line)

    def reading(self, notes: Iterable[str] = ()) -> Reading:
        """The result.

        Raises:
            ManifestError: when the file names neither containers nor goods.
        """
        if not self.boxes:
            raise ManifestError(self.source, "expected containers or goods, got none")
        boxes = self.boxes.values()
        return Reading(
            containers=tuple(box.manifest() for box in boxes),
            notes=(*notes, *self._notes()),
            own_notes=tuple((*box.notes(), *box.empty_notes()) for box in boxes),
        )

    def _refuse_much(self, share: Share, name: str) -> None:
        """Each amount was bounded when it was read, their sum was not."""
        for amount, most, expected in (
            (share.packages, MAX_COUNT, AT_MOST_COUNT),
            (share.gross_mass_kg, MAX_KG, AT_MOST_KG),
        ):
            if amount is not None and amount > most:
                problem = f"{name[:60]}: expected {expected} in one container, got {amount:g} in all"
                raise ManifestError(self.source, problem)

    def _grow(self, by: int) -> None:
        self.size += by
        refuse_many_lines(self.size, self.source)

    def _notes(self) -> Iterable[str]:
        if self.split:
            what = listed(list(self.split))
            yield f"several containers hold {what}: listed in each, without quantities and masses"
        if self.counted:
            what = listed(list(self.counted))
            yield f"several containers hold {what}: listed in each with its packages, without quantities and masses"
        if "" in self.boxes and len(self.boxes) > 1:
            lost = len(self.boxes[""].lines)
            yield "1 line of goods names no container" if lost == 1 else f"{lost} lines of goods name no container"


def only_says_empty(description: str | None) -> bool:
    """Whether a description names no goods but an empty container, as bills of empty containers must have some text."""
    words = {word.lower() for word in _WORD.findall(description or "")}
    return bool(words & _EMPTY_WORDS) and words <= _EMPTY_WORDS | _CONTAINER_WORDS


def merged(shares: Sequence[Share]) -> list[Share]:
    """One share for each container; amounts of one container are added where all of them are given."""
    found: dict[str, Share] = {}
    for share in shares:
        key = normalise_number(share.number or "")
        other = found.get(key)
        if other is not None:
            share = Share(
                number=other.number,
                packages=_both(other.packages, share.packages),
                gross_mass_kg=_both(other.gross_mass_kg, share.gross_mass_kg),
            )
        found[key] = share
    return list(found.values())


def _both(a: Number | None, b: Number | None) -> Number | None:
    """The sum, where both are known."""
    return None if a is None or b is None else a + b


def _together(values: Iterable[str]) -> str | None:
    """Different texts in one, cut where there are many."""
    return listed(list(values)) or None
