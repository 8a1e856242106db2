"""One cell of a table, and what it says as a number, a mass or a flag."""

import re
from dataclasses import dataclass

from scantally.detector.config.manifests import plain_name
from scantally.detector.errors import ManifestError
from scantally.detector.manifests.numbers import Decimal, meanings, without_kg
from scantally.detector.manifests.reading import AT_MOST_COUNT, AT_MOST_KG, shown
from scantally.detector.types import MAX_COUNT, MAX_KG

_EMPTY = frozenset({"e", "empty", "mt", "mty", "leer", "vazio"})
_FULL = frozenset({"f", "full", "laden", "loaded", "fcl", "lcl", "voll", "cheio"})
_YES = frozenset({"yes", "y", "true", "1"})
_NO = frozenset({"no", "n", "false", "0"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """A filled cell and where it stands."""

    source: str
    row: int
    column: str
    text: str
    decimal: Decimal | None  # the file's decimal sign, None where its numbers leave it open

    def error(self, expected: str, hint: str = "") -> ManifestError:
        """What to raise when the cell is not what was expected."""
        where = f"row {self.row}, column {shown(self.column)}"
        return ManifestError(self.source, f"{where}: expected {expected}, got {shown(self.text)}{hint}")

    def words(self) -> list[str]:
        """The cell's words, such as several seals."""
        return [w for w in re.split(r"[\s,;/|]+", self.text) if w]


def mass(cell: Cell) -> float:
    """A mass in kg; 'kg' may stand behind it, another unit may not."""
    value = _number(cell, without_kg(cell.text), "kg")
    if value > MAX_KG:
        raise cell.error(AT_MOST_KG)
    return value


def real(cell: Cell) -> float:
    """A number of things, 0 or more."""
    value = _number(cell, cell.text, "a number")
    if value > MAX_COUNT:
        raise cell.error(AT_MOST_COUNT)
    return value


def whole(cell: Cell) -> int:
    """A whole number of 0 or more."""
    value = _number(cell, cell.text, "a whole number")
    if value > MAX_COUNT:
        raise cell.error(AT_MOST_COUNT)
    if value != int(value):
        raise cell.error("a whole number")
    return int(value)


def flag(cell: Cell) -> bool:
    """Empty or not. Yes and no answer a column 'empty', not a column 'full/empty'."""
    word = plain_name(cell.text)
    one_sided = "empty" in plain_name(cell.column) and "full" not in plain_name(cell.column)
    if word in _EMPTY or (one_sided and word in _YES):
        return True
    if word in _FULL or (one_sided and word in _NO):
        return False
    raise cell.error("'empty' or 'full'" + (", yes or no" if one_sided else ""))


def _number(cell: Cell, text: str, expected: str) -> float:
    values = meanings(text, cell.decimal)
    if not values:
        raise cell.error(expected)
    if len(values) > 1:
        either = " or ".join(f"{v:g}" for v in values)
        raise cell.error(expected, f", which may mean {either} (the column map can set 'decimal')")
    if values[0] < 0:
        raise cell.error(f"{expected}, 0 or more")
    return values[0]
