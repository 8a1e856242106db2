"""CSV manifests: one row per line of goods, rows grouped by container number, columns named by a ColumnMap.

Rows are counted as a spreadsheet counts them: the header is row 1 and blank rows count.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scantally.detector.config.iso6346 import normalise_number
from scantally.detector.config.limits import Limits
from scantally.detector.config.manifests import ColumnMap, plain_name
from scantally.detector.errors import ManifestError
from scantally.detector.manifests.cells import Cell, flag, mass, real, whole
from scantally.detector.manifests.numbers import Decimal, decimal_of, without_kg
from scantally.detector.manifests.reading import Reading, listed, refuse_many_lines, shown
from scantally.detector.manifests.text import decode_or_cp1252
from scantally.detector.types import Manifest, ManifestLine

MAX_COLUMNS = 500

_DELIMITERS = ",;\t|"
_MASSES = ("net_mass_kg", "gross_mass_kg", "tare_kg", "container_gross_mass_kg", "verified_gross_mass_kg")
_NUMBERS = (*_MASSES, "quantity", "packages")
_LINE = tuple(ManifestLine.model_fields)
# The line has a gross_mass_kg of its own, so the container's column has a longer name.
_CONTAINER = {
    "container_gross_mass_kg" if f == "gross_mass_kg" else f: f
    for f in Manifest.model_fields
    if f not in ("lines", "seals")
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Table:
    """The rows below the header, and what each column means."""

    source: str
    header: tuple[str, ...]
    fields: tuple[str | None, ...]  # None: a column that means nothing here
    rows: tuple[tuple[int, list[str]], ...]
    decimal: Decimal | None

    def cells(self, number: int, row: list[str]) -> dict[str, Cell]:
        """The filled cells of a row by field."""
        return {
            name: Cell(source=self.source, row=number, column=column, text=text.strip(), decimal=self.decimal)
            for column, name, text in zip(self.header, self.fields, row, strict=False)
            if name is not None and text.strip()
        }


@dataclass(kw_only=True, slots=True)
class _Group:
    """The rows of one container while they are collected."""

    values: dict[str, Any] = field(default_factory=dict)
    seals: dict[str, None] = field(default_factory=dict)  # a set that keeps the order
    lines: list[ManifestLine] = field(default_factory=list)
    disputed: dict[str, list[int]] = field(default_factory=dict)
    first_rows: dict[str, int] = field(default_factory=dict)


def read(raw: bytes, source: str, limits: Limits, columns: ColumnMap) -> Reading:
    """Read a CSV manifest.

    Raises:
        ManifestError: with row and column, such as ``row 3, column 'Gross kg': expected kg, got '12,5 TN'``.
    """
    text, notes = decode_or_cp1252(raw, source)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ManifestError(source, f"expected text, got a zero byte in line {line}")
    table = _table(text, source, columns)
    groups = _groups(table)
    unknown = [column or "(no name)" for column, name in zip(table.header, table.fields, strict=True) if name is None]
    return Reading(
        containers=tuple(_manifest(g) for g in groups.values()),
        notes=(*notes, *_unknown_note(unknown), *_unnamed_note(groups)),
        own_notes=tuple(tuple(_group_notes(key, group)) for key, group in groups.items()),
    )


def _table(text: str, source: str, columns: ColumnMap) -> _Table:
    known = columns.lookup()
    delimiter, text = _delimiter(text, known)
    records = _records(text, delimiter, source)
    header, fields, header_row = _header(records, source, known)
    rows = []
    for number, row in records:
        rows.append((number, _fit(row, len(header), number, source)))
        refuse_many_lines(len(rows), source)
    if not rows:
        raise ManifestError(source, f"expected rows of goods below the header in row {header_row}, got none")
    return _Table(
        source=source,
        header=header,
        fields=fields,
        rows=tuple(rows),
        decimal=_decimal(rows, fields, columns),
    )


def _delimiter(text: str, known: Mapping[str, str]) -> tuple[str, str]:
    """The delimiter under which most of the header's names are known, and the text without a spreadsheet's 'sep=' line."""
    first, _, rest = text.partition("\n")
    if first.strip().lower() in {f"sep={d}" for d in _DELIMITERS}:
        return first.strip()[4], "\n" + rest  # the empty line keeps the row numbers
    first, _, _ = text.lstrip().partition("\n")

    def score(delimiter: str) -> tuple[int, int]:
        names = [plain_name(name) for name in first[:100_000].split(delimiter)]
        return sum(name in known for name in names), len(names)

    return max(_DELIMITERS, key=score), text


def _records(text: str, delimiter: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Rows that are not blank, with their numbers."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as e:
            raise ManifestError(source, f"row {number}: expected CSV: {e}") from e
        if any(cell.strip() for cell in row):
            yield number, row


def _header(
    records: Iterator[tuple[int, list[str]]], source: str, known: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[str | None, ...], int]:
    number, names = next(records, (0, []))
    if not names:
        raise ManifestError(source, "expected a header row, got blank lines only")
    if len(names) > MAX_COLUMNS:
        raise ManifestError(source, f"row {number}: expected at most {MAX_COLUMNS} columns, got {len(names)}")
    header = tuple(name.strip() for name in names)
    fields = tuple(known.get(plain_name(name)) for name in header)
    for name in filter(None, fields):
        same = [h for h, f in zip(header, fields, strict=True) if f == name]
        if len(same) > 1:
            raise ManifestError(source, f"row {number}: columns {listed([shown(h) for h in same])} all mean {name}")
    if "description" not in fields and "hs_code" not in fields:
        found = listed([shown(h) for h in header], 8)
        problem = f"expected a column for the description or the HS code of the goods, got {found}"
        raise ManifestError(source, f"row {number}: {problem}")
    return header, fields, number


def _fit(row: list[str], width: int, number: int, source: str) -> list[str]:
    """A row of the header's width; blank cells beyond it are what spreadsheets leave behind."""
    if len(row) < width or any(cell.strip() for cell in row[width:]):
        raise ManifestError(source, f"row {number}: expected {width} cells as in the header, got {len(row)}")
    return row[:width]


def _decimal(rows: list[tuple[int, list[str]]], fields: tuple[str | None, ...], columns: ColumnMap) -> Decimal | None:
    if columns.decimal != "auto":
        return columns.decimal
    at = [i for i, name in enumerate(fields) if name in _NUMBERS]
    return decimal_of(without_kg(row[i]) for _, row in rows for i in at)


def _groups(table: _Table) -> dict[str, _Group]:
    """Rows by container, in the order in which containers appear."""
    groups: dict[str, _Group] = {}
    for number, row in table.rows:
        cells = table.cells(number, row)
        key = normalise_number(cells["container_number"].text) if "container_number" in cells else ""
        group = groups.setdefault(key, _Group())
        for name, cell in cells.items():
            _collect(group, name, cell)
        line = {name: _value(name, cell) for name, cell in cells.items() if name in _LINE}
        if line:
            group.lines.append(ManifestLine(**line))
    return groups


def _collect(group: _Group, name: str, cell: Cell) -> None:
    """Add a container's value to its group."""
    if name == "seals":
        group.seals |= dict.fromkeys(cell.words())
    if name == "container_number":
        group.values.setdefault(name, cell.text)  # rows of a group may spell it differently
    elif name in _CONTAINER:
        _agree(group, name, cell)


def _agree(group: _Group, name: str, cell: Cell) -> None:
    """Keep the first value and remember the rows that disagree: nobody can tell which of them is right."""
    value = _value(name, cell)
    if group.values.setdefault(name, value) != value:
        group.disputed.setdefault(name, [group.first_rows[name]]).append(cell.row)
    group.first_rows.setdefault(name, cell.row)


def _value(name: str, cell: Cell) -> Any:  # noqa: ANN401 - fields differ in type, and the document checks it
    if name in _MASSES:
        return mass(cell)
    if name == "quantity":
        return real(cell)
    if name in ("number", "packages"):
        return whole(cell)
    return flag(cell) if name == "empty" else cell.text


def _manifest(group: _Group) -> Manifest:
    values = {_CONTAINER[name]: v for name, v in group.values.items() if name not in group.disputed}
    return Manifest(**values, seals=tuple(group.seals), lines=tuple(group.lines))


def _unknown_note(unknown: list[str]) -> tuple[str, ...]:
    if not unknown:
        return ()
    one = len(unknown) == 1
    what = (
        "1 column was not read, because its name is"
        if one
        else f"{len(unknown)} columns were not read, because their names are"
    )
    return (f"{what} not in the column map: {listed([shown(u) for u in unknown], 8)}",)


def _group_notes(key: str, group: _Group) -> Iterator[str]:
    where = f"container {key[:20]}: " if key else ""
    for name, rows in group.disputed.items():
        yield f"{where}rows {listed(rows)} disagree on {name}, so it was left out"


def _unnamed_note(groups: dict[str, _Group]) -> tuple[str, ...]:
    if "" not in groups or len(groups) == 1:
        return ()
    lines = len(groups[""].lines)
    return ("1 line of goods names no container" if lines == 1 else f"{lines} lines of goods name no container",)
