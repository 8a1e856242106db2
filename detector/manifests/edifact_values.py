"""Values of EDIFACT segments that cargo messages share: masses (MEA), counts, containers (EQD), seals and bills."""

import re
from decimal import Decimal

from scantally.detector.errors import ManifestError
from scantally.detector.manifests.cargo import Box, Cargo
from scantally.detector.manifests.edifact_segments import Group
from scantally.detector.manifests.measures import KG
from scantally.detector.manifests.reading import AT_MOST_COUNT, AT_MOST_KG, listed, shown
from scantally.detector.types import MAX_COUNT, MAX_KG

# Data element 6313, measured attribute. An empty one beside a unit of mass is taken for the gross mass.
GROSS = ("G", "AAB", "AAD", "")
NET = ("N", "AAA", "AAC", "AAL")
TARE = ("T",)
VERIFIED = ("VGM",)

# Data element 8169, full or empty indicator. 1, 2, 3 and 6 speak of free volume and answer nothing here.
FULLNESS = {"4": True, **dict.fromkeys(("5", "7", "8", "9", "10", "11", "12", "13"), False)}

BILLS = ("BM", "BH", "MB", "HWB", "AWB", "MWB", "AAM")
"""Data element 1153, reference qualifier: bills of lading and waybills, house and master."""

# Data element 6311, measurement purpose: measurement, weights, item weight, consignment measurement.
_WEIGHTS = (None, "AAE", "WT", "AAI", "AAX")

_CONTAINERS = frozenset({"CN", "SW", "TE", ""})  # data element 8053: container, swap body, trailer

# ISO 9735: a comma or a point is the decimal sign, and nothing separates thousands.
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,18}(?:[.,][0-9]{0,18})?|[.,][0-9]{1,18})")


def mass(group: Group, attributes: tuple[str, ...]) -> float | None:
    """The first mass in kg among the MEA of a group that measures one of the attributes; 0 says nothing.

    Raises:
        ManifestError: for a value that is no number of 0 or more, or a unit that is none of mass.
    """
    measures = [m for m in group.children("MEA") if m.value(0) in _WEIGHTS]
    for attribute in attributes:
        for measure in measures:
            if (measure.value(1) or "") == attribute and (value := _mass(measure, attribute)):
                return value
    return None


def whole(group: Group, element: int, component: int = 0) -> int | None:
    """A whole number of 0 or more.

    Raises:
        ManifestError: for anything else.
    """
    text = group.value(element, component)
    if text is None:
        return None
    value = _number(group, text, "a whole number")
    if value > MAX_COUNT:
        raise group.error(f"expected {AT_MOST_COUNT}, got {shown(text)}")
    if value != value.to_integral_value():
        raise group.error(f"expected a whole number, got {shown(text)}")
    return int(value)


def container(equipment: Group, cargo: Cargo) -> Box | None:
    """The container of an EQD with what the segments below it say; None for a chassis and the like.

    EQD is equipment type (8053), identification (8260), size and type (8155), supplier, status, full or empty (8169).
    """
    if (equipment.value(0) or "") not in _CONTAINERS:
        return None
    box = cargo.box(equipment.value(1))
    box.say(
        size_type=equipment.value(2),
        tare_kg=mass(equipment, TARE),
        gross_mass_kg=mass(equipment, GROSS) or mass(equipment, NET),
        verified_gross_mass_kg=mass(equipment, VERIFIED),
    )
    box.seal(seal.value(0) for seal in equipment.children("SEL"))
    return box


def reference(group: Group, qualifiers: tuple[str, ...]) -> str | None:
    """The number that an RFF gives, where its qualifier is one of some."""
    return group.value(0, 1) if group.value(0) in qualifiers else None


def party(group: Group) -> str | None:
    """The name of a NAD: party name (C080), else the first line of name and address (C058), else the code (C082)."""
    return " ".join(group.values(3)) or next(iter(group.values(2)), None) or group.value(1)


def _mass(measure: Group, attribute: str) -> float | None:
    """MEA is purpose (6311), attribute (6313), and unit (6411) with value (6314)."""
    unit, text = measure.value(2), measure.value(2, 1)
    if text is None or (attribute == "" and unit not in KG):
        return None  # without an attribute, it may measure anything
    if unit not in KG:
        raise measure.error(f"expected a unit of mass ({listed(list(KG), 9)}), got {shown(unit)}")
    value = _number(measure, text, "a number") * KG[unit]
    if value > MAX_KG:
        raise measure.error(f"expected {AT_MOST_KG}, got {shown(text)}")
    return float(value)


def _number(group: Group, text: str, expected: str) -> Decimal:
    if _NUMBER.fullmatch(text) is None:
        raise group.error(f"expected {expected}, got {shown(text)}")
    value = Decimal(text.replace(",", "."))
    if value < 0:
        raise _negative(group, text, expected)
    return value


def _negative(group: Group, text: str, expected: str) -> ManifestError:
    return group.error(f"expected {expected}, 0 or more, got {shown(text)}")
