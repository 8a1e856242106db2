"""Class maps: which of our labels, in which group, becomes of each class that the source names."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictStr

from scantally.detector.config.files import MAX_CONFIG_BYTES, parse_yaml, read_bytes
from scantally.detector.errors import ConfigError
from scantally.detector.models.package import Name
from scantally.detector.types import Document, Group

SHOWN = 12
"""So many unknown classes are named in an error."""


class Target(Document):
    """One of our labels."""

    label: Name
    group: Group = Group.OBJECT


def _short_form(value: Any) -> Any:  # noqa: ANN401 (what YAML holds)
    """A label alone is an object of interest."""
    return {"label": value} if isinstance(value, str) else value


class ClassMap(Document):
    """A class map file."""

    classes: dict[StrictStr, Annotated[Target | None, BeforeValidator(_short_form)]] = Field(min_length=1)
    """The source's class name to a label (with its group, else ``object``), or to null: leave out, and count."""
    coordinates: Literal["auto", "zero-based", "one-based"] = "auto"
    """How Pascal VOC files count pixels."""


def load_class_map(path: Path) -> ClassMap:
    """Read a class map (YAML).

    Raises:
        ConfigError: no such file, an unknown key, a label that is no name, one label in two groups.
    """
    found = parse_yaml(read_bytes(path, ConfigError, MAX_CONFIG_BYTES), str(path), ClassMap)
    _refuse_two_groups(found.classes, str(path))
    return found


def resolve(
    names: Iterable[str], given: ClassMap | None, known: Mapping[str, Target], source: str
) -> dict[str, Target | None]:
    """The target of each class that occurs, in order of name.

    Without a map, a class that the layout does not know becomes an object of interest of its own name, made into a valid one.

    Raises:
        ConfigError: a map is given and lacks a class; the message names it. Or one label would be in two groups.
    """
    mapped: dict[str, Target | None] = {**known, **(given.classes if given else {})}
    ordered = sorted(set(names))
    missing = [name for name in ordered if name not in mapped]
    if given is not None and missing:
        shown = ", ".join(repr(name) for name in missing[:SHOWN]) + (", …" if len(missing) > SHOWN else "")
        raise ConfigError(source, f"classes: expected an entry (a label, or null to leave it out) for {shown}")
    taken = {target.label for name in ordered if (target := mapped.get(name)) is not None}
    for name in missing:
        label = _free(valid_name(name), taken)
        taken.add(label)
        mapped[name] = Target(label=label)
    found = {name: mapped[name] for name in ordered}
    _refuse_two_groups(found, source)
    return found


def valid_name(text: str) -> str:
    """A label's name (letters, digits, ``.``, ``_``, ``-``) that is as near to a text as it can be."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", plain.strip()).strip("-")
    name = re.sub(r"^[^A-Za-z0-9]+", "", name)[:80]
    return name or "class"


def _free(name: str, taken: set[str]) -> str:
    """Two classes never become one label because their names look alike."""
    number, free = 2, name
    while free in taken:
        ending = f"-{number}"
        number, free = number + 1, name[: 80 - len(ending)] + ending
    return free


def _refuse_two_groups(classes: Mapping[str, Target | None], source: str) -> None:
    groups: dict[str, Group] = {}
    for name, target in classes.items():
        if target is not None and groups.setdefault(target.label, target.group) is not target.group:
            both = f"{groups[target.label]} and {target.group}"
            raise ConfigError(source, f"classes.{name}: the label '{target.label}' is in two groups, {both}")
