"""UN/EDIFACT CUSCAR (customs cargo report), D.95B and later: containers (EQD), consignments (CNI), goods items (GID).

A goods item names its containers by SGP, with the packages in each. One consignment may hold several bills, each begun
by an RFF. Codes are those of the UN/EDIFACT code list (UNCL), named by data element.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from scantally.detector.config.goods import normalise_hs
from scantally.detector.manifests.cargo import Cargo, Share
from scantally.detector.manifests.edifact_segments import Group, Nesting
from scantally.detector.manifests.edifact_values import (
    BILLS,
    FULLNESS,
    GROSS,
    NET,
    container,
    mass,
    party,
    reference,
    whole,
)
from scantally.detector.types import ManifestLine

NESTING = Nesting(
    opens={
        "EQD": frozenset({"UNH", "CNI"}),
        "CNI": frozenset({"UNH"}),
        "GID": frozenset({"UNH", "CNI"}),
        "SGP": frozenset({"GID"}),
    },
    holds={"SGP": frozenset({"MEA"})},
)

# Data element 3035, party qualifier; the first NAD of each kind counts.
_CONSIGNORS = ("CZ", "OS", "EX")
_CONSIGNEES = ("CN", "IM")

_DIGITS_OF_HS = range(4, 13)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bill:
    """What holds for the goods that follow."""

    reference: str | None = None
    consignor: str | None = None
    consignee: str | None = None


def read_cuscar(message: Group, cargo: Cargo) -> Iterable[str]:
    """Add one message to the cargo; notes come back."""
    beginning = next(iter(message.children("BGM")), None)
    cargo.named.clear()
    everywhere = _equipment(message, cargo)
    consignments = message.children("CNI") or [message]
    for consignment in consignments:
        own = _equipment(consignment, cargo) if consignment is not message else []
        only = len(consignments) == 1 or len(everywhere) == 1
        _consignment(consignment, own or (everywhere if only else []), cargo)
    number = beginning.value(1) if beginning else None
    for box in cargo.named.values():
        if not box.references:
            box.belongs(number)
    if beginning and beginning.value(2) == "1":  # data element 1225, message function
        yield f"the message {(number or 'without a number')[:40]} cancels what it lists (BGM with function 1)"


def _equipment(holder: Group, cargo: Cargo) -> list[str | None]:
    """The numbers of the containers among a group's EQD, each once."""
    numbers: dict[str | None, None] = {}
    for equipment in holder.children("EQD"):
        box = container(equipment, cargo)
        if box is not None:
            box.fullness(equipment.value(5), FULLNESS)
            numbers[box.number] = None  # as the container was first spelt
    return list(numbers)


def _consignment(consignment: Group, unnamed: list[str | None], cargo: Cargo) -> None:
    """Add a consignment; ``unnamed`` are the containers of goods that name none.

    The first RFF to a bill names it, and one behind goods begins another bill. Without any, CNI's document does.
    """
    document = consignment.value(1) if consignment.segment.tag == "CNI" else None
    bill, has_goods = _Bill(), False
    for group in consignment.children("RFF", "NAD", "GID"):
        if group.segment.tag != "GID":
            bill, has_goods = _amended(bill, group, has_goods=has_goods)
            continue
        _goods(group, bill if bill.reference else replace(bill, reference=document), unnamed, cargo)
        has_goods = True
        for later in group.children("RFF", "NAD"):  # a goods item has neither: they begin the next bill
            bill, has_goods = _amended(bill, later, has_goods=has_goods)
    if not has_goods:
        for number in unnamed:
            cargo.box(number).belongs(bill.reference or document, bill.consignor, bill.consignee)


def _amended(bill: _Bill, group: Group, *, has_goods: bool) -> tuple[_Bill, bool]:
    """The bill after an RFF or NAD, and whether it has goods yet."""
    if group.segment.tag == "NAD":
        return _with_party(bill, group), has_goods
    number = reference(group, BILLS)
    if number is not None and has_goods:
        return _Bill(reference=number), False
    return (replace(bill, reference=number) if number and bill.reference is None else bill), has_goods


def _with_party(bill: _Bill, name: Group) -> _Bill:
    role = name.value(0)
    if role in _CONSIGNORS and bill.consignor is None:
        return replace(bill, consignor=party(name))
    if role in _CONSIGNEES and bill.consignee is None:
        return replace(bill, consignee=party(name))
    return bill


def _goods(item: Group, bill: _Bill, unnamed: list[str | None], cargo: Cargo) -> None:
    placed = [
        Share(number=split.value(0), packages=whole(split, 1), gross_mass_kg=mass(split, GROSS))
        for split in item.children("SGP")
        if split.value(0) is not None
    ]
    shares = placed or [Share(number=number) for number in unnamed] or [Share(number=None)]
    cargo.put(_line(item), shares, f"the goods of bill {bill.reference}" if bill.reference else item.path)
    for share in shares:
        cargo.box(share.number).belongs(bill.reference, bill.consignor, bill.consignee)


def _line(item: Group) -> ManifestLine:
    """GID is a number and packages (7224) with their type (7065); in some messages, PAC gives them."""
    package = next(iter(item.children("PAC")), None)
    packages, kind = whole(item, 1), item.value(1, 1)
    if package is not None and packages is None:
        packages, kind = whole(package, 0), kind or package.value(2)
    return ManifestLine(
        hs_code=_hs_code(item),
        description=_text(f for f in item.children("FTX") if f.value(0) == "AAA"),
        packages=packages,
        package_kind=kind,
        marks=" ".join(part for mark in item.children("PCI") for part in mark.values(1)) or None,
        net_mass_kg=mass(item, NET),
        gross_mass_kg=mass(item, GROSS),
    )


def _text(texts: Iterable[Group]) -> str | None:
    """The free text (C108) of FTX, whose components are lines."""
    return " ".join(part for text in texts for part in text.values(3)) or None


def _hs_code(item: Group) -> str | None:
    """The first code of CST (7361) that can be a commodity code; others name procedures and regimes."""
    for status in item.children("CST"):
        for element in range(1, 6):
            code = status.value(element) or ""
            digits = code.replace(".", "").replace(" ", "")
            if digits.isascii() and digits.isdigit() and len(digits) in _DIGITS_OF_HS:
                return normalise_hs(code) or code  # one that cannot be read is for a check to report
    return None
