"""Manifests of simulated scans: honest, or wrong in one recorded way."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from stdnum import iso6346

from scantally.datasets.simulator.build import LOAD_DEPTH_MM, Built, Thing
from scantally.datasets.simulator.goods import GOODS, Goods
from scantally.datasets.simulator.plan import ContainerPlan, ScenePlan, Wishes
from scantally.detector.types import Manifest, ManifestLine

DEVIATIONS = (
    "undeclared_object",
    "wrong_container_number",
    "false_empty",
    "false_full",
    "wrong_count",
    "wrong_goods",
    "wrong_mass",
)
"""The ways in which a manifest may be wrong. An undeclared object is wrong by itself and hides no second deviation."""

OWNERS = ("SCTU", "TLYU", "CGSU", "BXRU", "MVLU")
"""Owner codes of the simulator's containers; ISO 6346 wants three letters and a U."""

TARE_KG = {"22G1": 2230.0, "42G1": 3700.0, "45G1": 3900.0, "22T1": 3600.0}
COUNTED = ("sacks", "big_bags", "drums", "tyres", "gas_cylinder", "vehicle", "cartons")


@dataclass(frozen=True, kw_only=True, slots=True)
class Papers:
    """One manifest per container, the containers' true numbers, and what is wrong."""

    manifests: tuple[Manifest, ...]
    numbers: tuple[str, ...]
    deviation: str | None
    deviation_container: int | None


def container_numbers(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    """Numbers with valid check digits (ISO 6346)."""
    return tuple(_number(rng) for _ in range(count))


def write_papers(
    plan: ScenePlan, built: Built, numbers: tuple[str, ...], wishes: Wishes, rng: np.random.Generator
) -> Papers:
    """Write the manifests, and perhaps make one of them wrong."""
    honest = [_honest(c, numbers[i], _declared(built, i), rng) for i, c in enumerate(plan.containers)]
    hidden = [i for i in range(len(honest)) if _hidden(built, i)]
    if hidden:
        return _papers(honest, numbers, "undeclared_object", hidden[0])
    if wishes.deviation is None and rng.random() >= wishes.deviation_share:
        return _papers(honest, numbers, None, None)
    which = 0 if wishes.deviation else int(rng.integers(len(honest)))
    possible = _possible(honest[which], _declared(built, which))
    kind = wishes.deviation or possible[int(rng.integers(len(possible)))]
    honest[which] = _spoilt(honest[which], kind, rng)
    return _papers(honest, numbers, kind, which)


def _papers(manifests: list[Manifest], numbers: tuple[str, ...], kind: str | None, which: int | None) -> Papers:
    return Papers(manifests=tuple(manifests), numbers=numbers, deviation=kind, deviation_container=which)


def _number(rng: np.random.Generator) -> str:
    stem = OWNERS[int(rng.integers(len(OWNERS)))] + f"{int(rng.integers(1_000_000)):06d}"
    return stem + str(iso6346.calc_check_digit(stem))


def _declared(built: Built, container: int) -> list[Thing]:
    """Loads, and objects that are ordinary goods when they are declared."""
    things = [*built.loads, *built.objects]
    return [t for t in things if t.container == container and t.label in GOODS]


def _hidden(built: Built, container: int) -> bool:
    return any(t.container == container and t.label not in GOODS for t in built.objects)


def _honest(container: ContainerPlan, number: str, things: list[Thing], rng: np.random.Generator) -> Manifest:
    by_label: dict[str, list[Thing]] = defaultdict(list)
    for thing in things:
        by_label[thing.label].append(thing)
    lines = tuple(_line(k + 1, label, group, rng) for k, (label, group) in enumerate(by_label.items()))
    tare = TARE_KG[container.kind.code]
    mass = sum(line.gross_mass_kg or 0.0 for line in lines)
    return Manifest(
        reference=f"SIM{int(rng.integers(10_000_000)):07d}",
        container_number=number,
        size_type=container.kind.code,
        empty=not things,
        tare_kg=tare,
        gross_mass_kg=round(mass, 1),
        verified_gross_mass_kg=round(mass + tare, 1),
        lines=lines,
    )


def _line(number: int, label: str, things: list[Thing], rng: np.random.Generator) -> ManifestLine:
    goods = _fitting(label, things, rng)
    mass = sum(t.sprite.mass_kg for t in things)
    counts = [t.sprite.count for t in things]
    one = float(rng.uniform(*goods.package_kg))
    counted = label in COUNTED and all(c is not None for c in counts)
    packages = sum(c or 0 for c in counts) if counted else max(1, round(mass / one))
    return ManifestLine(
        number=number,
        hs_code=goods.hs_code,
        description=goods.description,
        quantity=float(packages),
        packages=packages,
        package_kind=goods.package_kind,
        net_mass_kg=round(mass * float(rng.uniform(0.93, 0.99)), 1),
        gross_mass_kg=round(mass, 1),
    )


def _fitting(label: str, things: list[Thing], rng: np.random.Generator) -> Goods:
    """Goods of the load's kind whose material, density and package come nearest to what was drawn."""
    cost = [_misfit(goods, label, things) for goods in GOODS[label]]
    best = [g for g, c in zip(GOODS[label], cost, strict=True) if c <= min(cost) + 0.15]
    return best[int(rng.integers(len(best)))]


def _misfit(goods: Goods, label: str, things: list[Thing]) -> float:
    """0 where everything fits; another material counts like seven times the density."""
    biggest = max(things, key=lambda t: t.sprite.mass_kg)
    weights = {name: float(layer.sum()) for name, layer in biggest.sprite.layers.items()}
    total = biggest.sprite.total
    density = float(total[total > 1.0].mean()) / (LOAD_DEPTH_MM / 10.0) if (total > 1.0).any() else 0.0
    cost = 0.0 if max(weights, key=lambda name: weights[name]) in goods.materials else 2.0
    cost += _outside(density, goods.density)
    counts = [t.sprite.count for t in things]
    if label in COUNTED and all(counts):
        cost += _outside(sum(t.sprite.mass_kg for t in things) / sum(c or 1 for c in counts), goods.package_kg)
    return cost


def _outside(value: float, span: tuple[float, float]) -> float:
    """How far a value lies outside a span, as a logarithm."""
    if value <= 0.0:
        return 0.0
    low, high = span
    return float(max(np.log(max(low, 1e-9) / value), np.log(value / high), 0.0))


def _possible(manifest: Manifest, things: list[Thing]) -> list[str]:
    if manifest.empty:
        return ["wrong_container_number", "false_full"]
    counted = any(t.label in COUNTED and t.sprite.count for t in things)
    return ["wrong_container_number", "false_empty", "wrong_goods", "wrong_mass", *(["wrong_count"] if counted else [])]


def _spoilt(manifest: Manifest, kind: str, rng: np.random.Generator) -> Manifest:
    """The manifest with one thing wrong."""
    if kind == "wrong_container_number":
        return manifest.model_copy(update={"container_number": _number(rng)})
    if kind == "false_empty":
        update = {"empty": True, "lines": (), "gross_mass_kg": 0.0, "verified_gross_mass_kg": manifest.tare_kg}
        return manifest.model_copy(update=update)
    if kind == "false_full":
        return _false_full(manifest, rng)
    first = manifest.lines[0]
    return manifest.model_copy(update={"lines": (_spoilt_line(first, kind, rng), *manifest.lines[1:])})


def _false_full(manifest: Manifest, rng: np.random.Generator) -> Manifest:
    table = GOODS["cartons"]
    goods = table[int(rng.integers(len(table)))]
    packages = int(rng.integers(200, 1200))
    mass = round(packages * float(rng.uniform(*goods.package_kg)), 1)
    line = ManifestLine(
        number=1,
        hs_code=goods.hs_code,
        description=goods.description,
        quantity=float(packages),
        packages=packages,
        package_kind=goods.package_kind,
        net_mass_kg=round(mass * 0.95, 1),
        gross_mass_kg=mass,
    )
    update = {"empty": False, "lines": (line,), "gross_mass_kg": mass}
    return manifest.model_copy(update=update | {"verified_gross_mass_kg": round(mass + (manifest.tare_kg or 0.0), 1)})


def _spoilt_line(line: ManifestLine, kind: str, rng: np.random.Generator) -> ManifestLine:
    if kind == "wrong_count":
        packages = max(1, round((line.packages or 1) * float(rng.choice([0.5, 0.7, 1.4, 2.0]))))
        if packages == line.packages:
            packages += 1
        return line.model_copy(update={"packages": packages, "quantity": float(packages)})
    if kind == "wrong_mass":
        share = float(rng.choice([0.3, 0.5, 1.8, 2.5]))
        masses = {k: round((getattr(line, k) or 0.0) * share, 1) for k in ("net_mass_kg", "gross_mass_kg")}
        return line.model_copy(update=masses)
    others = [g for table in GOODS.values() for g in table if g.hs_code[:2] != (line.hs_code or "")[:2]]
    goods = others[int(rng.integers(len(others)))]
    return line.model_copy(
        update={"hs_code": goods.hs_code, "description": goods.description, "package_kind": goods.package_kind}
    )
