"""One kind of goods, as papers name it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Goods:
    """One kind of goods: HS code, wording, kind of package, kg per package, main materials, g/cm3 as stowed."""

    hs_code: str
    description: str
    package_kind: str
    package_kg: tuple[float, float]
    materials: tuple[str, ...]
    density: tuple[float, float] = (0.0, 20.0)


def row(
    code: str, text: str, kind: str, kg: tuple[float, float], materials: str, density: tuple[float, float] = (0.0, 20.0)
) -> Goods:
    """A row of a table; ``materials`` are separated by spaces."""
    return Goods(
        hs_code=code,
        description=text,
        package_kind=kind,
        package_kg=kg,
        materials=tuple(materials.split()),
        density=density,
    )


LOT = (8000.0, 28000.0)
"""Kilograms of goods that fill a container unpacked."""

CARTON = (6.0, 30.0)
"""Kilograms that one or two persons lift."""
