"""Customs declarations of the WCO Data Model (DEC): Declaration, GoodsShipment, GovernmentAgencyGoodsItem.

Names are the WCO Data Model's. Where roles differ from a bill of lading's: the consignor is the Consignor, else the
Exporter; the consignee is the Consignee, else the Importer. Masses without a unit are kg, as the model's national guides
say (HMRC, data elements 6/1 and 6/5).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from scantally.detector.config.iso6346 import normalise_number
from scantally.detector.config.limits import Limits
from scantally.detector.config.manifests import ColumnMap
from scantally.detector.errors import ManifestError
from scantally.detector.manifests.cargo import AMOUNTS, Box
from scantally.detector.manifests.measures import count, mass_kg, quantity, whole_number
from scantally.detector.manifests.reading import AT_MOST_COUNT, Reading, listed, refuse_many_lines, shown
from scantally.detector.manifests.xml_tree import Node, local_name, parse_xml
from scantally.detector.types import MAX_COUNT, Manifest, ManifestLine

NAMESPACE = "urn:wco:datamodel:"

# UN/EDIFACT data element 8169, full or empty indicator: what FullnessCode says.
_EMPTY = {"4": True, "5": False, "7": False, "8": False}


@dataclass(kw_only=True, slots=True)
class _Container(Box):
    """One TransportEquipment while its lines are collected."""

    sequence: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Declared:
    """What a declaration says for all of its shipments, looked up once however many there are."""

    node: Node
    equipment: tuple[Node, ...]  # that has a number
    totals: tuple[Node, ...]
    reference: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Papers:
    """What holds for every container of a shipment; the total mass only where there is one container."""

    reference: str | None
    consignor: str | None
    consignee: str | None
    total_kg: float | None


def read(raw: bytes, source: str, limits: Limits, columns: ColumnMap) -> Reading:
    """Read one or several declarations.

    Raises:
        ManifestError: with the path of the fault, such as
            ``Declaration.GoodsShipment.GovernmentAgencyGoodsItem[2].Commodity.GoodsMeasure.GrossMassMeasure: ...``.
    """
    root, notes = parse_xml(raw, source)
    found = [e for e in root.iter() if local_name(e, NAMESPACE) == "Declaration"]
    if not found:
        expected = f"expected a Declaration of the WCO Data Model (namespace {NAMESPACE}...)"
        others = "or ASYCUDA World's Awmds, Awbolds or ASYCUDA"
        raise ManifestError(source, f"{expected} {others}, got {shown(root.tag)}")
    more = list(notes)
    read_so_far: list[tuple[Manifest, tuple[str, ...]]] = []
    size = 0
    for i, element in enumerate(found, 1):
        path = "Declaration" if len(found) == 1 else f"Declaration[{i}]"
        declared = _declaration(Node(element=element, path=path, source=source, namespace=NAMESPACE), more)
        size += sum(1 + len(m.lines) for m, _ in declared)
        refuse_many_lines(size, source)
        read_so_far += declared
    return Reading(
        containers=tuple(m for m, _ in read_so_far),
        notes=tuple(more),
        own_notes=tuple(own for _, own in read_so_far),
    )


def _declaration(node: Node, notes: list[str]) -> list[tuple[Manifest, tuple[str, ...]]]:
    """The document of each container, with the notes on it."""
    shipments = node.children("GoodsShipment")
    if not shipments:
        raise node.error("expected a GoodsShipment, got none")
    declared = _Declared(
        node=node,
        equipment=tuple(_numbered(node.children("Consignment"))),
        totals=tuple(node.children("TotalGrossMassMeasure")),
        reference=node.text("FunctionalReferenceID") or node.text("ID"),
    )
    refuse_many_lines(len(declared.equipment) * len(shipments), node.source)
    loads: list[tuple[Node, list[_Container]]] = []
    size = 0
    for shipment in shipments:
        containers = _shipment(declared, shipment, notes)
        size += sum(1 + len(container.lines) for container in containers)
        refuse_many_lines(size, node.source)
        loads.append((shipment, containers))
    alone = sum(len(containers) for _, containers in loads) == 1
    parties = {role: _party([node], role) for role in ("Consignor", "Exporter", "Consignee", "Importer")}
    return [
        (_manifest(container, papers), container.notes())
        for shipment, containers in loads
        for papers in [_papers(declared, parties, shipment, alone=alone)]
        for container in containers
    ]


def _shipment(declared: _Declared, shipment: Node, notes: list[str]) -> list[_Container]:
    """The containers of one shipment with their lines."""
    items = shipment.children("GovernmentAgencyGoodsItem")
    refuse_many_lines(len(items), shipment.source)
    equipment = [*declared.equipment, *_numbered(shipment.children("Consignment"))]
    containers = _containers([*equipment, *(e for item in items for e in _equipment_of(item))])
    refuse_many_lines(len(containers) + len(items), shipment.source)
    _load(items, containers, notes)
    return list(containers.values())


def _numbered(consignments: Iterable[Node]) -> Iterator[Node]:
    """The equipment of consignments; without a number it names no container."""
    return (e for c in consignments for e in c.children("TransportEquipment") if e.text("ID") is not None)


def _containers(equipment: Iterable[Node]) -> dict[str, _Container]:
    """Containers by normalised number. Equipment that has a sequence number alone refers to one named elsewhere."""
    containers: dict[str, _Container] = {}
    for node in equipment:
        number = node.text("ID")
        if number is None:
            continue
        sequence = node.text("SequenceNumeric")
        container = containers.setdefault(normalise_number(number), _Container(number=number, sequence=sequence))
        container.say(size_type=node.text("CharacteristicCode"))
        container.fullness(node.text("FullnessCode"), _EMPTY)
        container.seal(seal.text("ID") for seal in node.children("Seal"))
    return containers or {"": _Container(number=None)}


def _equipment_of(item: Node) -> list[Node]:
    commodity = item.child("Commodity")
    return item.children("TransportEquipment") + (commodity.children("TransportEquipment") if commodity else [])


def _load(items: list[Node], containers: dict[str, _Container], notes: list[str]) -> None:
    """Put each line into its containers; where several hold it, without amounts, since nobody says how much is in each."""
    everywhere = list(containers.values())
    by_sequence: dict[str, list[_Container]] = {}
    for each in everywhere:
        if each.sequence is not None:
            by_sequence.setdefault(each.sequence, []).append(each)
    unlinked: list[int] = []
    shared: list[int] = []
    copies = 0
    for position, item in enumerate(items, 1):
        linked = _links(item, containers, by_sequence)
        places = linked or everywhere
        copies += len(places)
        refuse_many_lines(copies, item.source)
        line = _line(item)
        if len(places) > 1:
            (shared if linked else unlinked).append(position if line.number is None else line.number)
            line = line.model_copy(update=dict.fromkeys(AMOUNTS))
        for container in places:
            container.lines.append(line)
    notes += _doubtful(items, by_sequence)
    if unlinked:
        which = f"which of the {len(containers)} containers holds {_items(unlinked)}"
        notes.append(f"the file does not say {which}: listed in each, without quantities and masses")
    if shared:
        notes.append(f"several containers hold {_items(shared)}: listed in each, without quantities and masses")


def _links(item: Node, containers: dict[str, _Container], by_sequence: dict[str, list[_Container]]) -> list[_Container]:
    """The containers that an item names, by number or by the sequence number of the equipment: every one that has it."""
    found: dict[int, _Container] = {}
    for node in _equipment_of(item):
        number, sequence = node.text("ID"), node.text("SequenceNumeric")
        named = [containers[normalise_number(number)]] if number else by_sequence.get(sequence or "", [])
        found |= {id(container): container for container in named}
    return list(found.values())


def _doubtful(items: list[Node], by_sequence: dict[str, list[_Container]]) -> Iterator[str]:
    """A note on each sequence number that items refer to and that several containers have."""
    used = {node.text("SequenceNumeric") or "" for item in items for node in _equipment_of(item) if not node.text("ID")}
    for sequence, containers in by_sequence.items():
        if sequence in used and len(containers) > 1:
            numbers = listed([(c.number or "")[:20] for c in containers])
            yield f"the sequence number {shown(sequence)} is that of several containers: {numbers}"


def _line(item: Node) -> ManifestLine:
    packaging = item.children("Packaging")
    counts = [count(p.child("QuantityQuantity")) for p in packaging]
    commodity = item.child("Commodity")
    measure = commodity.child("GoodsMeasure") if commodity else None
    packages = sum(c for c in counts if c is not None) if counts and None not in counts else None
    if packages is not None and packages > MAX_COUNT:
        raise item.error(f"expected {AT_MOST_COUNT} packages, got {packages} in all")
    return ManifestLine(
        number=whole_number(item.child("SequenceNumeric")),
        hs_code=_hs_code(commodity) if commodity else None,
        description=commodity.text("Description") if commodity else None,
        quantity=quantity(measure.child("TariffQuantity")) if measure else None,
        packages=packages,
        package_kind=_joined(p.text("TypeCode") for p in packaging),
        marks=_joined(p.text("MarksNumbersID") for p in packaging),
        net_mass_kg=mass_kg(measure.child("NetNetWeightMeasure")) if measure else None,
        gross_mass_kg=mass_kg(measure.child("GrossMassMeasure")) if measure else None,
    )


def _hs_code(commodity: Node) -> str | None:
    """The commodity code: TSP (eight digits of the combined nomenclature) with TRC (two of TARIC) behind it, else HS.

    IdentificationTypeCode is UN/EDIFACT data element 7143. TRA and GN are additional codes and name no goods.
    """
    codes: dict[str, str] = {}
    for node in commodity.children("Classification"):
        kind, code = node.text("IdentificationTypeCode"), node.text("ID")
        if kind is not None and code is not None:
            codes.setdefault(kind, code)
    if "TSP" in codes:
        return codes["TSP"] + codes.get("TRC", "")
    return codes.get("HS")


def _papers(declared: _Declared, parties: Mapping[str, str | None], shipment: Node, *, alone: bool) -> _Papers:
    """The shipment's own papers come before the declaration's ``parties`` and totals."""
    own = shipment.children("Consignment")
    totals = [*(t for c in own for t in c.children("TotalGrossMassMeasure")), *declared.totals] if alone else []

    def party(role: str) -> str | None:
        return _party([shipment, *own], role) or parties[role]

    return _Papers(
        reference=declared.reference,
        consignor=party("Consignor") or party("Exporter"),
        consignee=party("Consignee") or party("Importer"),
        total_kg=mass_kg(totals[0]) if totals else None,
    )


def _manifest(container: _Container, papers: _Papers) -> Manifest:
    return Manifest(
        reference=papers.reference,
        container_number=container.number,
        seals=tuple(container.seals),
        gross_mass_kg=papers.total_kg,
        consignor=papers.consignor,
        consignee=papers.consignee,
        lines=tuple(container.lines),
        **container.agreed,
    )


def _party(holders: Iterable[Node], role: str) -> str | None:
    """Name, else identifier, of the first that fills the role."""
    parties = (party for holder in holders for party in holder.children(role))
    return next((name for party in parties if (name := party.text("Name") or party.text("ID"))), None)


def _joined(texts: Iterable[str | None]) -> str | None:
    """Different texts in their order, in one."""
    return ", ".join(dict.fromkeys(t for t in texts if t is not None)) or None


def _items(numbers: list[int]) -> str:
    return f"item {numbers[0]}" if len(numbers) == 1 else f"items {listed(numbers)}"
