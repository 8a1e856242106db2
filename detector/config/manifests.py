"""Which column of a CSV manifest means what. A site with other names gives its own map."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, Self

from pydantic import model_validator

from scantally.detector.types import Document

NO_COLUMN = frozenset({"decimal"})
"""Settings of the map that name no column."""


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split("|"))


class ColumnMap(Document):
    """For each field the column names that mean it; letters' case, spaces and punctuation do not matter.

    No name here leaves open what it means: a column 'Gross weight lbs' is counted as unknown and named in a note instead
    of being taken for kg, and so is 'Line', which may be a number or a shipping company.
    """

    reference: tuple[str, ...] = _names(
        "reference | ref | manifest reference | manifest no | manifest number | bill of lading | bl | "
        "b/l no | bl number | bol | bol number | booking | booking number"
    )
    container_number: tuple[str, ...] = _names(
        "container number | container no | container | container id | cntr no | cntr | ctr no | cont no | "
        "equipment number | equipment id | unit number | containernummer | número do contêiner | conteiner"
    )
    size_type: tuple[str, ...] = _names(
        "size type | size/type code | iso code | iso type | container type | equipment type | iso 6346"
    )
    empty: tuple[str, ...] = _names(
        "empty | is empty | declared empty | full/empty | empty/full | f/e | e/f | load status"
    )
    seals: tuple[str, ...] = _names("seals | seal | seal number | seal numbers | seal no | seal nos | lacre")
    tare_kg: tuple[str, ...] = _names("tare kg | tare | tare weight | tare weight kg | tare mass | tara | tara kg")
    container_gross_mass_kg: tuple[str, ...] = _names(
        "container gross mass kg | container gross kg | container gross weight | "
        "container gross weight kg | total gross mass kg | total gross kg | total gross weight | "
        "total gross weight kg"
    )
    verified_gross_mass_kg: tuple[str, ...] = _names(
        "verified gross mass kg | verified gross mass | vgm | vgm kg | vgm weight | vgm weight kg"
    )
    consignor: tuple[str, ...] = _names("consignor | shipper | exporter | sender | consignor name | shipper name")
    consignee: tuple[str, ...] = _names("consignee | receiver | importer | consignee name")
    number: tuple[str, ...] = _names("number | line no | line number | item no | item number | no | pos")
    hs_code: tuple[str, ...] = _names(
        "hs code | hs | hscode | hs number | commodity code | tariff code | tariff number | cn code | "
        "taric | hts | hts code | ncm | zolltarifnummer | código ncm"
    )
    description: tuple[str, ...] = _names(
        "description | goods | goods description | description of goods | cargo description | commodity | "
        "cargo | warenbezeichnung | beschreibung | descrição | mercadoria | descripción | marchandise"
    )
    quantity: tuple[str, ...] = _names("quantity | qty | pieces | pcs | menge | quantidade | cantidad")
    packages: tuple[str, ...] = _names(
        "packages | package count | number of packages | no of packages | no of pkgs | pkgs | colli | "
        "packstücke | bultos"
    )
    package_kind: tuple[str, ...] = _names(
        "package kind | kind of packages | package type | type of packages | pkg type | packaging | "
        "verpackung | embalagem"
    )
    marks: tuple[str, ...] = _names("marks | marks and numbers | marks & nos | shipping marks | marks numbers | marcas")
    net_mass_kg: tuple[str, ...] = _names(
        "net mass kg | net kg | net mass | net weight | net weight kg | net wt kg | nettogewicht | "
        "peso líquido | peso líquido kg | peso neto"
    )
    gross_mass_kg: tuple[str, ...] = _names(
        "gross mass kg | gross kg | gross mass | gross weight | gross weight kg | gross wt kg | "
        "bruttogewicht | peso bruto | peso bruto kg"
    )

    decimal: Literal["auto", ".", ","] = "auto"
    """The decimal sign. 'auto' lets the file's own numbers decide and refuses what they leave open, such as '12.500'."""

    @model_validator(mode="after")
    def _one_meaning_each(self) -> Self:
        """What a site says must not contradict itself; where it contradicts a default, the site is right."""
        meant: dict[str, str] = {}
        for field, name in self._pairs(set_by_site=True):
            other = meant.setdefault(_plain_of_map(name), field)
            if other != field:
                raise ValueError(f"column name '{name}' means both {other} and {field}")
        return self

    def columns(self) -> dict[str, tuple[str, ...]]:
        """Field name to column names."""
        return {f: getattr(self, f) for f in type(self).model_fields if f not in NO_COLUMN}

    def lookup(self) -> dict[str, str]:
        """Plain column name to field name: fields' own names, then the defaults, then what the site set, the last winning."""
        own = {_plain_of_map(field): field for field in self.columns()}
        default = {_plain_of_map(name): field for field, name in self._pairs(set_by_site=False)}
        return own | default | {_plain_of_map(name): field for field, name in self._pairs(set_by_site=True)}

    def _pairs(self, *, set_by_site: bool) -> Iterator[tuple[str, str]]:
        """Each field with each of its names."""
        for field, names in self.columns().items():
            if (field in self.model_fields_set) == set_by_site:
                yield from ((field, name) for name in names)


def plain_name(name: str) -> str:
    """A column name as the map compares it: letters and digits alone, case folded."""
    return "".join(filter(str.isalnum, name.casefold()))


# The same few names for every file; those of a file's header may be long and stay out.
_plain_of_map = lru_cache(maxsize=2048)(plain_name)
