"""Lines of simulated manifests: goods that fit what was drawn, with packages and masses that agree with it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scantally.datasets.simulator.build import LOAD_DEPTH_MM, Thing
from scantally.datasets.simulator.goods import GOODS, Goods
from scantally.detector.types import ManifestLine

NEAR_FIT = 0.15
"""Goods whose misfit is so little greater than the best one's are drawn as well."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A manifest's line with what it stands for: a label's things in one container, none for a load that is not there."""

    label: str
    things: tuple[Thing, ...]
    written: ManifestLine

    @property
    def counted(self) -> bool:
        """Whether the simulator knows how many pieces there are."""
        return bool(self.things) and all(t.sprite.count for t in self.things)

    @property
    def mass_kg(self) -> float:
        """Declared gross mass."""
        return self.written.gross_mass_kg or 0.0


def heading(goods: Goods) -> str:
    """The first four digits of the HS code."""
    return goods.hs_code[:4]


def allowed_goods(label: str, headings: frozenset[str] | None) -> tuple[Goods, ...]:
    """Goods of a label under the headings that may be named; None allows all.

    Raises:
        ValueError: none is allowed, so no honest papers could be written.
    """
    found = tuple(g for g in GOODS[label] if headings is None or heading(g) in headings)
    if not found:
        raise ValueError(f"no heading of {label!r} is allowed")
    return found


def honest_line(
    number: int, label: str, things: Sequence[Thing], headings: frozenset[str] | None, rng: np.random.Generator
) -> Line:
    """What honest papers say of a label's things in one container."""
    goods = fitting(allowed_goods(label, headings), things, rng)
    mass = sum(t.sprite.mass_kg for t in things)
    counts = [t.sprite.count for t in things]
    packages = sum(c or 0 for c in counts) if all(counts) else None
    return Line(label=label, things=tuple(things), written=write_line(number, goods, mass, packages, rng))


def write_line(
    number: int, goods: Goods, mass_kg: float, packages: int | None, rng: np.random.Generator
) -> ManifestLine:
    """A line of goods; packages that are not counted follow from the mass of one."""
    one, net = float(rng.uniform(*goods.package_kg)), float(rng.uniform(0.93, 0.99))
    pieces = max(1, round(mass_kg / one)) if packages is None else packages
    return ManifestLine(
        number=number,
        hs_code=goods.hs_code,
        description=goods.description,
        quantity=float(pieces),
        packages=pieces,
        package_kind=goods.package_kind,
        net_mass_kg=round(mass_kg * net, 1),
        gross_mass_kg=round(mass_kg, 1),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """What papers can be compared with: main material, density as stowed (g/cm3), and kg apiece where pieces are counted."""

    material: str
    density: float
    piece_kg: float | None


def drawn(things: Sequence[Thing]) -> Drawn:
    """What a label's things in one container are made of; the biggest stands for all."""
    biggest = max(things, key=lambda t: t.sprite.mass_kg)
    weights = {name: float(layer.sum(dtype=np.float64)) for name, layer in biggest.sprite.layers.items()}
    total = biggest.sprite.total
    seen = total[total > 1.0]
    counts = [t.sprite.count for t in things]
    return Drawn(
        material=max(weights, key=lambda name: weights[name]),
        density=float(seen.mean(dtype=np.float64)) / (LOAD_DEPTH_MM / 10.0) if seen.size else 0.0,
        piece_kg=sum(t.sprite.mass_kg for t in things) / sum(c or 1 for c in counts) if all(counts) else None,
    )


def fitting(table: Sequence[Goods], things: Sequence[Thing], rng: np.random.Generator) -> Goods:
    """Goods whose material, density and package come nearest to what was drawn."""
    # Rounded, so that no machine's last bit decides which goods are drawn.
    made = drawn(things)
    cost = [round(misfit(goods, made), 3) for goods in table]
    best = [g for g, c in zip(table, cost, strict=True) if c <= min(cost) + NEAR_FIT]
    return best[int(rng.integers(len(best)))]


def misfit(goods: Goods, made: Drawn) -> float:
    """0 where everything fits; another material counts like seven times the density."""
    cost = 0.0 if made.material in goods.materials else 2.0
    cost += _outside(made.density, goods.density)
    return cost if made.piece_kg is None else cost + _outside(made.piece_kg, goods.package_kg)


def _outside(value: float, span: tuple[float, float]) -> float:
    """How far a value lies outside a span, as a logarithm."""
    if value <= 0.0:
        return 0.0
    low, high = span
    return float(max(np.log(max(low, 1e-9) / value), np.log(value / high), 0.0))
