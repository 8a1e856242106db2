"""Customs declarations (single administrative documents) as ASYCUDA World exports them: root ASYCUDA.

Items are Item; containers are Container, one for each container and item that it holds. Suppplementary_unit_code is
spelt with three p in the exports. Commercial_Description is the trader's text and Description_of_goods the tariff's.
"""

from scantally.detector.config.limits import Limits
from scantally.detector.config.manifests import ColumnMap
from scantally.detector.manifests.asycuda import EMPTY, filled_count, filled_mass, named, one_line, top
from scantally.detector.manifests.cargo import Cargo, Share, merged
from scantally.detector.manifests.measures import PIECES, count, mass_kg, number
from scantally.detector.manifests.reading import Reading
from scantally.detector.manifests.xml_tree import Node, parse_xml
from scantally.detector.types import ManifestLine

ROOTS = ("ASYCUDA",)


def read(raw: bytes, source: str, limits: Limits, columns: ColumnMap) -> Reading:
    """Read one declaration: one document for each container, or a single one where it names none.

    Raises:
        ManifestError: with the path of the fault, such as ``Item[2].Valuation_item.Weight_itm.Gross_weight_itm: ...``.
    """
    root, notes = parse_xml(raw, source)
    declaration = top(root, source, ROOTS)
    cargo = Cargo(source=source)
    items = declaration.children("Item")
    places = _containers(declaration, cargo)
    everywhere = merged([Share(number=s.number) for all_of in places.values() for s in all_of])
    of_all = merged(places.get(None, []))
    for position, item in enumerate(items, 1):
        shares = places.get(position, []) + of_all or everywhere or [Share(number=None)]
        cargo.put(_line(item, position), shares, f"item {position}")
    traders, reference = declaration.child("Traders"), _reference(declaration)
    parties = named(traders, "Exporter"), named(traders, "Consignee")
    for box in cargo.boxes.values():
        box.belongs(reference, *parties)
    if len(cargo.boxes) == 1:
        next(iter(cargo.boxes.values())).say(
            gross_mass_kg=filled_mass(_below(declaration, "Valuation", "Weight", "Gross_weight"))
        )
    return cargo.reading(notes)


def _containers(declaration: Node, cargo: Cargo) -> dict[int | None, list[Share]]:
    """What each container holds of each item; under None, what is in containers whose item is not given."""
    places: dict[int | None, list[Share]] = {}
    for node in declaration.children("Container"):
        identity = one_line(node.text("Container_identity"))
        box = cargo.box(identity)
        box.say(size_type=node.text("Container_type"))
        box.fullness(node.text("Empty_full_indicator"), EMPTY)
        share = Share(
            number=identity,
            packages=filled_count(node.child("Packages_number")),
            gross_mass_kg=filled_mass(node.child("Packages_weight")),
        )
        item = filled_count(node.child("Item_Number"))
        places.setdefault(item, []).append(share if item else Share(number=identity))
    return places


def _line(item: Node, position: int) -> ManifestLine:
    packages = item.child("Packages")
    goods = item.child("Goods_description")
    return ManifestLine(
        number=position,
        hs_code=_hs_code(item),
        description=one_line(goods.text("Commercial_Description") or goods.text("Description_of_goods"))
        if goods
        else None,
        quantity=_quantity(item),
        packages=count(packages.child("Number_of_packages")) if packages else None,
        package_kind=packages.text("Kind_of_packages_code") if packages else None,
        marks=_marks(packages) if packages else None,
        net_mass_kg=mass_kg(_below(item, "Valuation_item", "Weight_itm", "Net_weight_itm")),
        gross_mass_kg=mass_kg(_below(item, "Valuation_item", "Weight_itm", "Gross_weight_itm")),
    )


def _hs_code(item: Node) -> str | None:
    """The commodity code with its national digits, Precision_1, behind it."""
    code = _below(item, "Tarification", "HScode")
    commodity = code.text("Commodity_code") if code else None
    return commodity + (code.text("Precision_1") or "") if code and commodity else None


def _quantity(item: Node) -> float | None:
    """The supplementary quantity in a unit that counts objects; the first, where there are several."""
    tarification = item.child("Tarification")
    for unit in tarification.children("Supplementary_unit") if tarification else []:
        if (unit.text("Suppplementary_unit_code") or "").upper() in PIECES:
            return number(unit.child("Suppplementary_unit_quantity"))
    return None


def _marks(packages: Node) -> str | None:
    return one_line(" ".join(packages.text(f"Marks{i}_of_packages") or "" for i in (1, 2)))


def _reference(declaration: Node) -> str | None:
    """The declarant's own number, else the office's."""
    own = _below(declaration, "Declarant", "Reference", "Number")
    registered = _below(declaration, "Identification", "Registration", "Number")
    return (own.text() if own else None) or (registered.text() if registered else None)


def _below(node: Node, *names: str) -> Node | None:
    """A descendant by its path; None where a step is missing."""
    found: Node | None = node
    for name in names:
        found = found.child(name) if found else None
    return found
