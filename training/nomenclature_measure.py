"""How well descriptions are read that were never fitted: ``python -m scantally.training.nomenclature_measure LIST [--declarations DIR]``."""

import argparse
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from scantally.datasets.simulator.goods import GOODS
from scantally.detector.checks.description import CONTRADICTS, DISAGREES, OBSERVATIONS, observe
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.files import parse_yaml, read_bytes
from scantally.detector.config.goods import normalise_hs
from scantally.detector.config.nomenclature import Nomenclature, Reading, load_nomenclature
from scantally.detector.manifests import read_manifest
from scantally.detector.types import Document
from scantally.training.calibration.fit import calibration_error

Pair = tuple[str, str]
"""HS code and description."""


class DescriptionList(Document):
    """Pairs of a heading and a description."""

    rows: list[Pair]


OTHERS = 5
"""Chapters, drawn at random, under which each description is declared falsely."""

SUSPECT = (DISAGREES, CONTRADICTS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What one list of honest lines gives."""

    lines: int
    unread: int
    first: int  # of those read: the likeliest chapter is the declared one
    third: int  # ... it is among the three likeliest
    calibration_error: float
    observed: dict[str, int]
    suspects: tuple[Pair, ...]  # honest lines that would be SUSPECT
    false_lines: int
    caught: int
    ms_a_line: float


def measure(pairs: Sequence[Pair], model: Nomenclature, settings: CheckSettings) -> Measured:
    """Read each description under its own chapter and under others."""
    began = time.process_time()
    reads = [(code, text, model.read(text, code[:2])) for code, text in pairs]
    spent = time.process_time() - began
    known = [(code, text, read) for code, text, read in reads if isinstance(read, Reading)]
    tops = [(code[:2], read.top()) for code, _, read in known]
    right = np.array([top[0][0] == chapter for chapter, top in tops], float)
    observed = [observe(read, code[:2], settings) for code, _, read in known]
    false = list(_falsely(known, model, settings))
    return Measured(
        lines=len(pairs),
        unread=len(pairs) - len(known),
        first=int(right.sum()),
        third=sum(chapter in dict(top) for chapter, top in tops),
        calibration_error=calibration_error(np.array([top[0][1] for _, top in tops]), right),
        observed={word: observed.count(word) for word in OBSERVATIONS},
        suspects=tuple((code, text) for (code, text, _), word in zip(known, observed, strict=True) if word in SUSPECT),
        false_lines=len(false),
        caught=sum(word in SUSPECT for word in false),
        ms_a_line=1000 * spent / max(1, len(pairs)),
    )


def _falsely(known: Sequence[tuple[str, str, Reading]], model: Nomenclature, settings: CheckSettings) -> Iterator[str]:
    rng = np.random.default_rng(0)
    for code, text, _ in known:
        others = [chapter for chapter in model.chapters if chapter != code[:2]]
        for chapter in rng.choice(others, OTHERS, replace=False):
            read = model.read(text, str(chapter))
            if isinstance(read, Reading):
                yield observe(read, str(chapter), settings)


def read_list(path: Path) -> list[Pair]:
    """A list of heading and description, as ``tests/data/descriptions.yaml`` holds it.

    Raises:
        ConfigError: the file cannot be used.
    """
    return parse_yaml(b"rows:\n" + read_bytes(path), str(path), DescriptionList).rows


def read_declarations(folder: Path) -> list[Pair]:
    """Every pair of code and description in a folder of declarations, once."""
    lines = [
        line
        for path in sorted(folder.glob("*.xml"))
        for manifest in read_manifest(path).containers
        for line in manifest.lines
    ]
    return sorted(
        {(code, line.description) for line in lines if (code := normalise_hs(line.hs_code)) and line.description}
    )


def simulated() -> list[Pair]:
    """The simulator's goods, worded by others than the list and the names of the trade."""
    return sorted({(goods.hs_code, goods.description) for rows in GOODS.values() for goods in rows})


def row(name: str, found: Measured) -> str:
    """One row of the table in docs/results.md."""
    read = found.lines - found.unread
    cells = (
        name,
        f"{found.lines} ({found.unread} not read)",
        _share(found.first, read),
        _share(found.third, read),
        f"{found.calibration_error:.3f}",
        _share(len(found.suspects), read),
        f"{found.caught / max(1, found.false_lines):.3f} (n = {found.false_lines})",
    )
    return f"| {' | '.join(cells)} |"


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share after Wilson (1927), for lines that are taken as independent."""
    if of == 0:
        return 0.0, 1.0
    z, share = 1.959964, hits / of
    middle, spread = share + z * z / (2 * of), z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, (middle - spread) / (1 + z * z / of)), min(1.0, (middle + spread) / (1 + z * z / of))


def _share(hits: int, of: int) -> str:
    low, high = wilson(hits, of)
    return f"{hits / max(1, of):.3f} [{low:.3f}, {high:.3f}]"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table, what honest lines were observed to be, and the honest lines that would be SUSPECT."""
    parser = argparse.ArgumentParser(prog="scantally.training.nomenclature_measure")
    parser.add_argument("list", type=Path)
    parser.add_argument("--declarations", type=Path)
    asked = parser.parse_args(arguments)
    lists = {"written by hand": read_list(asked.list), "simulator's goods": simulated()}
    if asked.declarations is not None:
        lists["real declarations"] = read_declarations(asked.declarations)
    found = {name: measure(pairs, load_nomenclature(), CheckSettings()) for name, pairs in lists.items()}
    print("\n".join(row(name, figures) for name, figures in found.items()))
    for name, figures in found.items():
        print(f"{name}: {figures.ms_a_line:.2f} ms a line; {figures.observed}")
        print("\n".join(f"  SUSPECT {code}: {text}" for code, text in figures.suspects))


if __name__ == "__main__":
    main()
