"""What the manifest's goods look like in a scan: a table from HS code to expected load, objects and countable things.

The shipped table is ``configs/goods.yaml``. A site's own file of the same form replaces entries one by one, each as a whole:
what the site wrote is then all that counts, and a new version of the shipped table cannot change it.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, InstanceOf, StringConstraints, field_serializer, model_validator

from scantally.detector.config.files import brief, parse_yaml, read_bytes, shipped
from scantally.detector.config.nomenclature import Nomenclature, load_nomenclature
from scantally.detector.errors import ConfigError
from scantally.detector.types import Document, ManifestLine

HsPrefix = Annotated[str, StringConstraints(pattern=r"^([0-9]{2}){1,6}$")]
KindCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{2}$")]
KindCodes = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{2}( [0-9A-Z]{2})*$")]
PackageMass = Annotated[float, Field(gt=0, le=40_000)]
"""kg: none is heavier than what a container may hold."""

Label = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Title = Annotated[str, StringConstraints(min_length=3, max_length=80, strip_whitespace=True)]
Weight = Annotated[float, Field(gt=0, le=1)]
Density = Annotated[float, Field(ge=20, le=8000)]
"""kg/m3 as stowed: 20 is loose foam, 8,000 a container filled with lead ingots."""

SourceKey = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*$")]
JUDGEMENT = "judgement"
"""The source of a figure for which nothing was found to cite."""

# Pairs of digits, which dots, blanks or hyphens may part: 0901.11, 0901.11.00, 09.01, 2523 29 00. A spreadsheet that takes a code
# for a number writes 90111.0 for 0901.11: a single digit behind a point is no part of a code.
_CODE = re.compile(r"[0-9]{2}(?:(?:\.\s*|[\s\-]+)?[0-9]{2}){0,5}")


class GoodsEntry(Document):
    """What goods of one HS prefix look like."""

    title: Title
    loads: Mapping[Label, Weight] = Field(default_factory=dict)
    """Load labels that such goods usually make, each with how usual it is: 1 the rule, 0.3 now and then."""

    density: tuple[Density, Density] | None = None
    """kg of packed goods in each m3 that the load takes up, lowest and highest; None where nothing is known of it."""

    source: SourceKey = JUDGEMENT
    """What ``density`` rests on: a key of ``Goods.sources``, or ``judgement``."""

    packages: tuple[KindCode, ...] = ()
    """Usual kinds of package (codes of UNECE Recommendation 21)."""

    package_kg: Mapping[KindCodes, tuple[PackageMass, PackageMass]] = Field(default_factory=dict)
    """What one package of such goods weighs, lowest and highest gross kg, by its kind; several kinds are parted by blanks."""

    objects: tuple[Label, ...] = ()
    """Objects of interest that a line of such goods explains."""

    countable: Label | None = None
    """The one of ``objects`` of which each declared piece is one: it can be counted."""

    strange: tuple[Label, ...] = ()
    """Loads and objects that would surprise an officer under such a code."""

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        _check_countable(self.objects, self.countable)
        _check_masses(self.package_kg.values())
        if self.density is not None and self.density[0] >= self.density[1]:
            raise ValueError(
                f"density must rise from lowest to highest, got {self.density[0]:g} to {self.density[1]:g}"
            )
        codes = [code for several in self.package_kg for code in several.split()]
        twice = next((code for code in codes if codes.count(code) > 1), None)
        if twice is not None:
            raise ValueError(f"package_kg: '{twice}' stands twice")
        both = set(self.strange) & {*self.loads, *self.objects}
        if both:
            raise ValueError(f"'{min(both)}' cannot be both expected and strange")
        return self


class PackageKind(Document):
    """What a kind of package looks like."""

    title: Title
    load: Label | None = None
    kg: tuple[PackageMass, PackageMass] | None = None
    """What one weighs with its content, lowest and highest, whatever goods are in it; None where that says nothing."""
    objects: tuple[Label, ...] = ()
    countable: Label | None = None

    @model_validator(mode="after")
    def _countable_is_explained(self) -> Self:
        _check_countable(self.objects, self.countable)
        _check_masses(() if self.kg is None else (self.kg,))
        return self


class Goods(Document):
    """The whole table. The longest prefix that fits a code is the entry that counts, alone."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    sources: Mapping[SourceKey, Annotated[str, StringConstraints(min_length=10)]] = Field(default_factory=dict)
    """Where densities come from: a short key and the publication."""

    goods: Mapping[HsPrefix, GoodsEntry] = Field(default_factory=dict)
    package_kinds: Mapping[KindCode, PackageKind] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _has_its_keys(cls, value: Any) -> Any:  # noqa: ANN401 (what YAML holds)
        """A site's file whose entries stand at the top is told where they belong."""
        stray = [key for key in value if key not in cls.model_fields] if isinstance(value, dict) else []
        if stray and "goods" not in value and "package_kinds" not in value:
            raise ValueError(f"expected the keys goods, package_kinds or sources at the top, got {brief(stray[0])}")
        return value

    nomenclature: InstanceOf[Nomenclature] | None = Field(default=None, repr=False)
    """What descriptions are read with; not part of a file. Written out, it is its digest."""

    @field_serializer("nomenclature")
    def _as_digest(self, held: Nomenclature | None) -> str | None:
        return None if held is None else held.sha256

    def lookup(self, code: str | None) -> GoodsEntry | None:
        """The entry for an HS code of any length, or None for a code that is absent, unreadable or in no entry."""
        plain = normalise_hs(code)
        return None if plain is None else next((self.goods[p] for p in _prefixes(plain) if p in self.goods), None)

    def kind(self, text: str | None) -> PackageKind | None:
        """The entry for a kind of package, given by its code or by its title in the singular or plural; None if unknown."""
        words = " ".join((text or "").split())
        if words.upper() in self.package_kinds:
            return self.package_kinds[words.upper()]
        names = (words.casefold(), words.casefold().removesuffix("s"))
        return next((kind for kind in self.package_kinds.values() if kind.title.casefold() in names), None)

    def explained_by(self, line: ManifestLine) -> frozenset[str]:
        """Labels of the objects that a line explains, by its goods or by its kind of package."""
        entry, kind = self.lookup(line.hs_code), self.kind(line.package_kind)
        return frozenset((entry.objects if entry else ()) + (kind.objects if kind else ()))

    def package_kg(self, line: ManifestLine) -> tuple[float, float] | None:
        """What one package of a line usually weighs, lowest and highest gross kg: of its goods, or else of any; None where it is not known."""
        entry, kind = self.lookup(line.hs_code), self.kind(line.package_kind)
        if kind is None:
            return None
        code = next(code for code, one in self.package_kinds.items() if one is kind)
        own = entry.package_kg if entry is not None else {}
        return next((span for codes, span in own.items() if code in codes.split()), kind.kg)

    def counted(self, line: ManifestLine) -> tuple[str, float | None] | None:
        """Label and declared number of the things in a line that can be counted; the number is None when not declared.

        Goods are counted by their quantity, or else by packages; kinds of package by packages alone, unless the goods are
        known to be something else: cylinders of wallpaper are no gas cylinders.
        """
        entry, kind = self.lookup(line.hs_code), self.kind(line.package_kind)
        if kind is not None and kind.countable is not None and (entry is None or kind.countable in entry.objects):
            return kind.countable, line.packages
        if entry is not None and entry.countable is not None:
            return entry.countable, line.packages if line.quantity is None else line.quantity
        return None

    def overridden_by(self, site: "Goods") -> "Goods":
        """This table with the entries of another in place of its own."""
        return Goods(
            sources={**self.sources, **site.sources},
            goods={**self.goods, **site.goods},
            package_kinds={**self.package_kinds, **site.package_kinds},
            nomenclature=self.nomenclature,
        )

    def labels(self) -> Iterator[tuple[str, str]]:
        """Every label of the table, with its place."""
        for prefix, entry in self.goods.items():
            for field in ("loads", "objects", "strange"):
                yield from ((f"goods.{prefix}.{field}", label) for label in getattr(entry, field))
        for code, kind in self.package_kinds.items():
            yield from ((f"package_kinds.{code}.load", label) for label in (kind.load,) if label is not None)
            yield from ((f"package_kinds.{code}.objects", label) for label in kind.objects)

    def uncited(self) -> tuple[str, str] | None:
        """The first entry that names a source which the table does not list, as (prefix, source); None: all are listed."""
        known = {JUDGEMENT, *self.sources}
        return next(((p, entry.source) for p, entry in self.goods.items() if entry.source not in known), None)


def normalise_hs(code: str | None) -> str | None:
    """The digits of an HS code, or None when it is not one.

    Codes have pairs of digits: 2 to 6 of the Harmonized System, up to 12 with national ones. An odd number of digits
    means that one was lost, mostly a leading zero in a spreadsheet: guessing would name other goods.
    """
    written = (code or "").strip()
    return re.sub(r"[\s.\-]", "", written) if _CODE.fullmatch(written) else None


def load_goods(site: Path | None = None, known: Collection[str] | None = None) -> Goods:
    """The shipped table with the nomenclature, and with a site's entries in place of shipped ones.

    Args:
        site: the site's file.
        known: labels of the model package, which a site may name beside those of the shipped table; None: any is taken.

    Raises:
        ConfigError: when the site's file cannot be used.
    """
    table = parse_yaml(shipped("goods.yaml"), "goods.yaml", Goods)
    table = table.model_copy(update={"nomenclature": load_nomenclature()})
    if site is None:
        return _cited(table, "goods.yaml")
    own = parse_yaml(read_bytes(site), str(site), Goods)
    if known is not None:
        _require_known_labels(own, {label for _, label in table.labels()} | set(known), str(site))
    return _cited(table.overridden_by(own), str(site))


def _require_known_labels(own: Goods, known: Collection[str], source: str) -> None:
    """A misspelt label would never be seen, and nobody would miss it."""
    for place, label in own.labels():
        if label not in known:
            raise ConfigError(source, f"{place}: expected one of {', '.join(sorted(known))}, got '{label}'")


def _cited(table: Goods, source: str) -> Goods:
    """The table, once every entry's source is listed: a site may cite the shipped sources and its own."""
    missing = table.uncited()
    if missing is not None:
        prefix, name = missing
        raise ConfigError(source, f"goods.{prefix}.source: expected '{JUDGEMENT}' or a key of sources, got '{name}'")
    return table


def _prefixes(plain: str) -> Iterator[str]:
    """Longest first, pair by pair."""
    return (plain[:n] for n in range(len(plain), 0, -2))


def _check_masses(spans: Iterable[tuple[float, float]]) -> None:
    for low, high in spans:
        if low >= high:
            raise ValueError(f"a package's mass must rise from lowest to highest, got {low:g} to {high:g}")


def _check_countable(objects: tuple[str, ...], countable: str | None) -> None:
    if countable is not None and countable not in objects:
        raise ValueError(f"countable '{countable}' is not among the objects")
