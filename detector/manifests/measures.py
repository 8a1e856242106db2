"""Measures in XML: an xs:decimal with a unit code of UN/ECE Recommendation 20."""

import re
from decimal import Decimal

from scantally.detector.errors import ManifestError
from scantally.detector.manifests.reading import AT_MOST_COUNT, AT_MOST_KG, listed, shown
from scantally.detector.manifests.xml_tree import Node
from scantally.detector.types import MAX_COUNT, MAX_KG

# Decimal, so that 2.3 tonnes are 2300 kg and not the float beside it. The pound is exact by definition.
KG = {
    "KGM": Decimal(1),
    "TNE": Decimal(1000),
    "DTN": Decimal(100),
    "GRM": Decimal("0.001"),
    "LBR": Decimal("0.45359237"),
}
"""Kilograms in one of each unit of mass."""

PIECES = frozenset({"NAR", "NMB", "C62", "H87", "EA", "PCE"})
"""Units that count things: only such a TariffQuantity is a quantity of objects, others are litres, pairs or strength."""

_DECIMAL = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")


def mass_kg(node: Node | None) -> float | None:
    """A mass in kg by its unit code, kg where there is none.

    Raises:
        ManifestError: for text, a negative mass or an unknown unit.
    """
    if node is None or node.text() is None:
        return None
    unit = node.element.get("unitCode", "KGM").strip()
    if unit not in KG:
        raise node.error(f"expected a unit of mass ({listed(list(KG), 9)}), got {shown(unit)}")
    value = _decimal(node, "kg" if unit == "KGM" else f"a mass in {unit}")
    if value > MAX_KG / KG[unit]:
        raise _not(node, AT_MOST_KG)
    return float(value * KG[unit])


def quantity(node: Node | None) -> float | None:
    """How many objects, where the unit counts objects; None otherwise."""
    if node is None or node.element.get("unitCode") not in PIECES or node.text() is None:
        return None
    return number(node)


def number(node: Node | None) -> float | None:
    """A plain number without a unit."""
    return None if node is None or node.text() is None else float(_counted(node, "a number"))


def count(node: Node | None) -> int | None:
    """A number of packages; '10.00' is ten."""
    if node is None or node.text() is None:
        return None
    value = _counted(node, "a whole number")
    if value != value.to_integral_value():
        raise _not(node, "a whole number")
    return int(value)


def whole_number(node: Node | None) -> int | None:
    """A sequence number."""
    return count(node)


def _counted(node: Node, expected: str) -> Decimal:
    """A number of things."""
    value = _decimal(node, expected)
    if value > MAX_COUNT:
        raise _not(node, AT_MOST_COUNT)
    return value


def _decimal(node: Node, expected: str) -> Decimal:
    text = node.text() or ""
    if _DECIMAL.fullmatch(text) is None:
        raise _not(node, expected)
    value = Decimal(text)
    if value < 0:
        raise _not(node, f"{expected}, 0 or more")
    return value


def _not(node: Node, expected: str) -> ManifestError:
    return node.error(f"expected {expected}, got {shown(node.text())}")
