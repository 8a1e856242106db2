"""Scantally's own manifest JSON: exactly the keys of ``Manifest``, or ``{"containers": [...]}`` of such objects.

Values are taken at their word: a mass written as text, a number for a flag, an unknown or repeated key are errors.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias, TypeVar

from pydantic import ValidationError

from scantally.detector.config.limits import Limits
from scantally.detector.config.manifests import ColumnMap
from scantally.detector.errors import ManifestError
from scantally.detector.manifests.reading import Reading, refuse_many_lines, shown
from scantally.detector.manifests.text import decode
from scantally.detector.types import Document, Manifest, ManifestLine

MAX_DIGITS = 15
"""Of a whole number: every such number is exact as a float too."""

MAX_KEYS = 100
"""Of one object; the largest, a manifest, has eleven."""

Model = TypeVar("Model", bound=Document)
_Location: TypeAlias = tuple[int | str, ...]

_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

# pydantic's kinds of fault, as what was expected instead.
_EXPECTED = {
    "float_type": "a number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "string_type": "text",
    "string_unicode": "valid Unicode text",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "an object",
    "greater_than_equal": "0 or more",
    "finite_number": "a finite number",
}


def read(raw: bytes, source: str, limits: Limits, columns: ColumnMap) -> Reading:
    """Read manifest JSON. ``limits`` and ``columns`` are part of every reader's signature and not needed here.

    Raises:
        ManifestError: with the path of the first fault, such as ``lines[2].gross_mass_kg: expected a number, got '5'``.
    """
    value = _load(decode(raw, source), source)
    if not isinstance(value, dict):
        raise ManifestError(source, f"expected a JSON object with the key 'lines' or 'containers', got {_kind(value)}")
    refuse_many_lines(_count_lines(value), source)
    if "containers" not in value:
        return Reading(containers=(_manifest(value, (), source),))
    containers = value["containers"]
    unknown = [key for key in value if key != "containers"]
    if unknown:
        raise ManifestError(source, f"unknown key {shown(unknown[0])} beside 'containers'")
    if not isinstance(containers, tuple) or not containers:
        raise ManifestError(source, f"containers: expected a list of at least one manifest, got {_kind(containers)}")
    return Reading(containers=tuple(_manifest(each, ("containers", i), source) for i, each in enumerate(containers)))


def write_json(manifest: Manifest) -> bytes:
    """Canonical JSON of one manifest: UTF-8, keys in the order of the document, what is unknown left out."""
    value = manifest.model_dump(mode="json", exclude_none=True)
    if not manifest.seals:
        del value["seals"]
    return (json.dumps(value, ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Strict:
    """What json.loads is to refuse, or to hand on in another form."""

    source: str

    def constant(self, name: str) -> NoReturn:
        """NaN and Infinity, which Python would take."""
        raise ManifestError(self.source, f"expected JSON: {name} is not a number there")

    def whole(self, digits: str) -> int:
        """A whole number of ordinary size."""
        if len(digits) > MAX_DIGITS:
            problem = f"expected whole numbers of at most {MAX_DIGITS} digits, got one of {len(digits)}"
            raise ManifestError(self.source, problem)
        return int(digits)

    def pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """An object whose keys differ; its lists as the tuples that strict documents ask for."""
        if len(pairs) > MAX_KEYS:
            raise ManifestError(self.source, f"expected objects of at most {MAX_KEYS} keys, got one of {len(pairs)}")
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                raise ManifestError(self.source, f"key {shown(key)} stands twice in one object")
            seen[key] = tuple(value) if isinstance(value, list) else value
        return seen


def _load(text: str, source: str) -> object:
    strict = _Strict(source=source)
    try:
        value: object = json.loads(
            text, object_pairs_hook=strict.pairs, parse_constant=strict.constant, parse_int=strict.whole
        )
    except json.JSONDecodeError as e:
        raise ManifestError(source, f"expected JSON: {e.msg} at line {e.lineno} column {e.colno}") from e
    except RecursionError as e:
        raise ManifestError(source, "expected JSON of a few levels: it is nested too deep") from e
    _refuse_half_characters(value, text, source)
    return value


def _refuse_half_characters(value: object, text: str, source: str) -> None:
    """Half of a character outside the basic plane, written as an escape, is no text and could not be written back."""
    if _SURROGATE.search(text) is None:
        return
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as e:
        half = f"\\u{ord(e.object[e.start]):04x}"
        raise ManifestError(source, f"expected valid Unicode text: the escape {half} stands alone") from e


def _count_lines(value: dict[str, Any]) -> int:
    """Lines of goods, and containers, that a not yet checked value claims to hold."""
    several = value.get("containers")
    objects = several if isinstance(several, tuple) else (value,)
    lines = [o.get("lines") for o in objects if isinstance(o, dict)]
    return len(objects) - 1 + sum(len(each) for each in lines if isinstance(each, tuple))


def _manifest(value: object, at: _Location, source: str) -> Manifest:
    """Check one manifest: its lines one by one, so that a file full of faults costs no more than its first."""
    if isinstance(value, dict) and isinstance(value.get("lines"), tuple):
        lines = (_checked(ManifestLine, each, (*at, "lines", i), source) for i, each in enumerate(value["lines"]))
        value = value | {"lines": tuple(lines)}
    return _checked(Manifest, value, at, source)


def _checked(model: type[Model], value: object, at: _Location, source: str) -> Model:
    try:
        return model.model_validate(value, strict=True)
    except ValidationError as e:
        fault = e.errors(include_url=False)[0]
        path = _path((*at, *fault["loc"]))
        if fault["type"] == "extra_forbidden":
            problem = f"unknown key '{path}' (known here: {', '.join(model.model_fields)})"
        elif fault["type"] == "missing":
            problem = f"key '{path}' is missing"
        else:
            expected = _expected(fault["type"], fault.get("ctx", {})) or fault["msg"]
            problem = f"{path}: expected {expected}, got {_kind(fault['input'])}"
        raise ManifestError(source, problem) from e


def _expected(kind: str, bounds: Mapping[str, Any]) -> str | None:
    """What was expected in place of a fault; None for one that is not known."""
    return f"at most {bounds['le']:,.0f}" if kind == "less_than_equal" else _EXPECTED.get(kind)


def _path(loc: _Location) -> str:
    path = ""
    for part in loc:
        path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
    # A key comes from the file: it may be a novel.
    return path if len(path) <= 120 else path[:117] + "..."


def _kind(value: object) -> str:
    """A value as JSON calls it."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return shown(value)
