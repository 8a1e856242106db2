"""Cargo manifests of ASYCUDA World: Awmds (a ship's or an agent's manifest) and Awbolds (its bills divided further).

Names are UNCTAD's ("ASYCUDA World XML Manifest and Degroupage Message Format"). A bill of lading is a Bol_segment; its
containers are ctn_segment, its goods Goods_segment. The format has no HS code.
"""

from dataclasses import dataclass

from scantally.detector.config.iso6346 import normalise_number
from scantally.detector.config.limits import Limits
from scantally.detector.config.manifests import ColumnMap
from scantally.detector.manifests.asycuda import EMPTY, filled_count, filled_mass, named, one_line, top
from scantally.detector.manifests.cargo import Cargo, Share
from scantally.detector.manifests.measures import count, mass_kg
from scantally.detector.manifests.reading import Reading
from scantally.detector.manifests.xml_tree import Node, parse_xml
from scantally.detector.types import ManifestLine

ROOTS = ("Awmds", "Awbolds")

_SEALS = ("Marks1", "Marks2", "Marks3", "Seal_number")
_DOUBTFUL = "it is in several bills, and each one's goods weight may be a part or the whole, so it was left out"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """A container of one bill: how many packages and how much mass of the bill's goods it holds."""

    number: str | None
    packages: int | None
    goods_kg: float | None


def read(raw: bytes, source: str, limits: Limits, columns: ColumnMap) -> Reading:
    """Read a manifest: one document for each container, whichever bills name it.

    Raises:
        ManifestError: with the path of the fault, such as ``Bol_segment[2].Goods_segment.Gross_mass: ...``.
    """
    root, notes = parse_xml(raw, source)
    cargo = Cargo(source=source)
    bills: dict[str, list[float | None]] = {}
    for bill in top(root, source, ROOTS).children("Bol_segment"):
        for container in _bill(bill, cargo):
            bills.setdefault(normalise_number(container.number or ""), []).append(container.goods_kg)
    _say_masses(cargo, bills)
    return cargo.reading(notes)


def _say_masses(cargo: Cargo, bills: dict[str, list[float | None]]) -> None:
    """The mass of the goods in each container. Of several bills nobody knows whether each gives its part or the whole."""
    for key, masses in bills.items():
        if len(masses) == 1:
            cargo.boxes[key].say(gross_mass_kg=masses[0])
        elif any(masses):
            cargo.boxes[key].remarks[_DOUBTFUL] = None


def _bill(bill: Node, cargo: Cargo) -> list[_Held]:
    """Add one bill's containers and goods."""
    identity = bill.child("Bol_id")
    reference = identity.text("Bol_reference") if identity else None
    traders = bill.child("Traders_segment")
    parties = (named(traders, "Exporter"), named(traders, "Consignee"))
    held = [_container(node, cargo) for node in bill.children("ctn_segment")]
    goods = bill.children("Goods_segment")
    if goods and not held:
        held = [_Held(number=None, packages=None, goods_kg=None)]
    for container in held:
        cargo.box(container.number).belongs(reference, *parties)
    places = {normalise_number(c.number or ""): c for c in held}
    for node in goods:
        line = _line(node)
        name = f"the goods of bill {reference}" if reference else node.path
        cargo.put(line, _shares(node, line, places, alone=len(goods) == 1), name)
    return held


def _container(node: Node, cargo: Cargo) -> _Held:
    number = one_line(node.text("Ctn_reference"))
    box = cargo.box(number)
    box.say(
        size_type=node.text("Type_of_container"),
        tare_kg=filled_mass(node.child("Empty_weight")),
    )
    box.fullness(node.text("Empty_Full") or node.text("Status"), EMPTY)
    box.seal(node.text(name) for name in _SEALS)
    return _Held(
        number=number,
        packages=filled_count(node.child("Number_of_packages")),
        goods_kg=filled_mass(node.child("Goods_weight") or node.child("Gross_weight")),
    )


def _line(node: Node) -> ManifestLine:
    return ManifestLine(
        description=one_line(node.text("Goods_description")),
        packages=count(node.child("Number_of_packages")),
        package_kind=node.text("Package_type_code"),
        marks=one_line(node.text("Shipping_marks")),
        gross_mass_kg=mass_kg(node.child("Gross_mass")),
    )


def _shares(node: Node, line: ManifestLine, places: dict[str, _Held], *, alone: bool) -> list[Share]:
    """The containers of a line: those that it names, else all of its bill.

    The containers' own numbers of packages count when the bill has no other line and they add up to the line's.
    """
    references = [r for c in node.children("Container_item_references") for r in c.children("Ctn_item_reference")]
    named_ones = dict.fromkeys(normalise_number(r.text() or "") for r in references)
    linked = [places[key] for key in named_ones if key and key in places] or list(places.values())
    packages = [c.packages for c in linked]
    counted = alone and len(linked) > 1 and None not in packages and sum(p or 0 for p in packages) == line.packages
    return [Share(number=c.number, packages=c.packages if counted else None) for c in linked]
