"""The ways in which a manifest may be wrong: one at a time, on paper in agreement with itself, and recorded."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from scantally.datasets.simulator.goods import GOODS, Goods
from scantally.datasets.simulator.iso_numbers import new_number
from scantally.datasets.simulator.objects import OBJECTS
from scantally.datasets.simulator.papers_lines import Line, drawn, heading, misfit, write_line
from scantally.datasets.simulator.plan import ROAD_PAYLOAD_KG
from scantally.detector.types import Manifest

LOOKS_LIKE = {
    "frozen_cartons": "cartons",
    "electronics": "cartons",
    "cigarettes": "cartons",
    "household": "cartons",
    "engine": "machinery",
    "reels": "coils",
    "big_bags": "sacks",
    "bales": "sacks",
}
"""Labels whose loads may be taken for each other at a glance: a wrong heading among them would not be visible."""

UNLIKE = 1.0
"""Misfit of goods that are physically others: another material, or a density 2.7 times outside their range."""

FALSE_LOAD_KG = (3000.0, 24000.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Deviation:
    """What is wrong with a scan's papers.

    ``container`` counts from 0; ``line`` is the number of the manifest's line that is wrong, None where no line is;
    ``true`` and ``declared`` say what is so and what is written.
    """

    kind: str
    container: int
    true: str
    declared: str
    line: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """One container's manifest in the making; its totals follow from its lines, so it agrees with itself.

    ``secret`` holds lines that honest papers would have and this one keeps silent about: loads behind a cover.
    ``undeclared`` names objects of interest that are never declared.
    """

    container: int
    number: str
    reference: str
    size_type: str
    tare_kg: float
    lines: tuple[Line, ...]
    secret: tuple[Line, ...] = ()
    undeclared: tuple[str, ...] = ()

    @property
    def manifest(self) -> Manifest:
        """The document. The verified gross mass holds the container too (SOLAS VI/2)."""
        gross = round(sum(line.mass_kg for line in self.lines), 1)
        return Manifest(
            reference=self.reference,
            container_number=self.number,
            size_type=self.size_type,
            empty=not self.lines,
            tare_kg=self.tare_kg,
            gross_mass_kg=gross,
            verified_gross_mass_kg=round(gross + self.tare_kg, 1),
            lines=tuple(line.written for line in self.lines),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Means:
    """What a forger has: random numbers, the headings that may be named, labels of loads to invent, numbers in use."""

    rng: np.random.Generator
    headings: frozenset[str] | None
    loads: tuple[str, ...]
    numbers: tuple[str, ...]


def possible(paper: Paper) -> list[str]:
    """The deviations that a manifest can have without a change of what is in the container."""
    if not paper.lines:
        return ["wrong_container_number", "false_full"]
    found = ["wrong_container_number", "false_empty", "wrong_goods", "wrong_mass"]
    if any(line.counted for line in paper.lines):
        found.append("wrong_count")
    if any(_is_object(line) for line in paper.lines):
        found.append("undeclared_object")
    return found


def spoil(paper: Paper, kind: str, means: Means) -> tuple[Paper, Deviation]:
    """The manifest with one thing wrong, and what that is; ``kind`` is one of ``possible``."""
    return SPOILERS[kind](paper, means)


def given(paper: Paper) -> tuple[Paper, Deviation] | None:
    """What is wrong by the scene itself: a load behind a cover, an object that is never declared."""
    if paper.secret:
        return _hidden_load(paper)
    if paper.undeclared:
        true = ", ".join(paper.undeclared)
        return paper, Deviation(kind="undeclared_object", container=paper.container, true=true, declared="nothing")
    return None


def _hidden_load(paper: Paper) -> tuple[Paper, Deviation]:
    """The cover's line takes over the hidden load's mass, as a weighbridge would want it, and so more packages."""
    cover = max(range(len(paper.lines)), key=lambda k: paper.lines[k].mass_kg)
    line, extra = paper.lines[cover], sum(hidden.mass_kg for hidden in paper.secret)
    share = (line.mass_kg + extra) / max(line.mass_kg, 0.1)
    true = ", ".join(f"{hidden.label} {hidden.written.hs_code}" for hidden in paper.secret)
    deviation = Deviation(
        kind="hidden_load",
        container=paper.container,
        true=true,
        declared=f"{line.label} {line.written.hs_code}",
        line=line.written.number,
    )
    return _with_line(paper, cover, _scaled(line, share, packages=True)), deviation


def _wrong_container_number(paper: Paper, means: Means) -> tuple[Paper, Deviation]:
    number = new_number(means.rng, means.numbers)
    return replace(paper, number=number), Deviation(
        kind="wrong_container_number", container=paper.container, true=paper.number, declared=number
    )


def _false_empty(paper: Paper, means: Means) -> tuple[Paper, Deviation]:
    true = ", ".join(line.label for line in paper.lines)
    deviation = Deviation(kind="false_empty", container=paper.container, true=true, declared="empty")
    return replace(paper, lines=()), deviation


def _false_full(paper: Paper, means: Means) -> tuple[Paper, Deviation]:
    table = _named(means, [label for label in means.loads if label in GOODS])
    label, goods = table[int(means.rng.integers(len(table)))]
    mass = float(means.rng.uniform(*FALSE_LOAD_KG))
    line = Line(label=label, things=(), written=write_line(1, goods, mass, None, means.rng))
    declared = f"{label} {goods.hs_code}"
    deviation = Deviation(kind="false_full", container=paper.container, true="empty", declared=declared, line=1)
    return replace(paper, lines=(line,)), deviation


def _wrong_goods(paper: Paper, means: Means) -> tuple[Paper, Deviation]:
    """Goods of another look, which fit the load neither in kind of package nor, where possible, in material or density."""
    which = int(means.rng.integers(len(paper.lines)))
    line = paper.lines[which]
    written = line.written
    others = unlike(line, means)
    goods = others[int(means.rng.integers(len(others)))]
    false = write_line(written.number or 1, goods, line.mass_kg, None, means.rng)
    deviation = Deviation(
        kind="wrong_goods",
        container=paper.container,
        true=f"{line.label} {written.hs_code}",
        declared=goods.hs_code,
        line=written.number,
    )
    kept = false.model_copy(update={"net_mass_kg": written.net_mass_kg, "gross_mass_kg": written.gross_mass_kg})
    return _with_line(paper, which, replace(line, written=kept, things=())), deviation


def unlike(line: Line, means: Means) -> list[Goods]:
    """Goods that nobody who sees the load would take it for."""
    same = {heading(goods) for goods in GOODS[line.label]}
    labels = [label for label in GOODS if look(label) != look(line.label)]
    others = [
        goods
        for _, goods in _named(means, labels)
        if heading(goods) not in same and goods.package_kind != line.written.package_kind
    ]
    made = drawn(line.things)
    return [goods for goods in others if misfit(goods, made) >= UNLIKE] or others


def look(label: str) -> str:
    """The family of labels that a label may be taken for."""
    return LOOKS_LIKE.get(label, label)


def _wrong_mass(paper: Paper, means: Means) -> tuple[Paper, Deviation]:
    """Another mass throughout the paper: goods are weighed in the scan or nowhere."""
    share = float(means.rng.uniform(1.6, 2.6) if means.rng.random() < 0.5 else means.rng.uniform(0.25, 0.6))
    gross = sum(line.mass_kg for line in paper.lines)
    if share > 1.0 and gross * share > ROAD_PAYLOAD_KG:
        share = 1.0 / share
    which = max(range(len(paper.lines)), key=lambda k: paper.lines[k].mass_kg)
    false = _scaled(paper.lines[which], share, packages=False)
    deviation = Deviation(
        kind="wrong_mass",
        container=paper.container,
        true=f"{paper.lines[which].mass_kg:.1f} kg",
        declared=f"{false.mass_kg:.1f} kg",
        line=false.written.number,
    )
    return _with_line(paper, which, false), deviation


def _wrong_count(paper: Paper, means: Means) -> tuple[Paper, Deviation]:
    countable = [k for k, line in enumerate(paper.lines) if line.counted]
    which = countable[int(means.rng.integers(len(countable)))]
    line = paper.lines[which]
    true = line.written.packages or 1
    share = float(means.rng.uniform(1.3, 2.0) if means.rng.random() < 0.5 else means.rng.uniform(0.5, 0.75))
    packages = max(1, round(true * share))
    packages += packages == true
    written = line.written.model_copy(update={"packages": packages, "quantity": float(packages)})
    deviation = Deviation(
        kind="wrong_count",
        container=paper.container,
        true=str(true),
        declared=str(packages),
        line=line.written.number,
    )
    return _with_line(paper, which, replace(line, written=written)), deviation


def _undeclared_object(paper: Paper, means: Means) -> tuple[Paper, Deviation]:
    """Papers keep silent about an object that could have been declared."""
    which = next(k for k, line in enumerate(paper.lines) if _is_object(line))
    rest = [line for k, line in enumerate(paper.lines) if k != which]
    numbered = tuple(replace(x, written=x.written.model_copy(update={"number": k + 1})) for k, x in enumerate(rest))
    true = paper.lines[which].label
    deviation = Deviation(kind="undeclared_object", container=paper.container, true=true, declared="nothing")
    return replace(paper, lines=numbered), deviation


def _is_object(line: Line) -> bool:
    return line.label in OBJECTS


def _named(means: Means, labels: list[str]) -> list[tuple[str, Goods]]:
    """Goods of some labels under headings that may be named."""
    pairs = [(label, goods) for label in labels for goods in GOODS[label]]
    return [(a, g) for a, g in pairs if means.headings is None or heading(g) in means.headings]


def _scaled(line: Line, share: float, *, packages: bool) -> Line:
    """The line with its masses, and perhaps its packages, so many times as great."""
    written = line.written
    update: dict[str, float | int] = {
        key: round((getattr(written, key) or 0.0) * share, 1) for key in ("net_mass_kg", "gross_mass_kg")
    }
    if packages:
        pieces = max(1, round((written.packages or 1) * share))
        update |= {"packages": pieces, "quantity": float(pieces)}
    return replace(line, written=written.model_copy(update=update))


def _with_line(paper: Paper, which: int, line: Line) -> Paper:
    return replace(paper, lines=(*paper.lines[:which], line, *paper.lines[which + 1 :]))


SPOILERS: dict[str, Callable[[Paper, Means], tuple[Paper, Deviation]]] = {
    "undeclared_object": _undeclared_object,
    "wrong_container_number": _wrong_container_number,
    "false_empty": _false_empty,
    "false_full": _false_full,
    "wrong_count": _wrong_count,
    "wrong_goods": _wrong_goods,
    "wrong_mass": _wrong_mass,
}

DEVIATIONS = (*SPOILERS, "hidden_load")
"""All ways in which a manifest may be wrong. A hidden load and an undeclared object leave no room for a second deviation."""
