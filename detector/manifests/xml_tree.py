"""XML from strangers: no document types, no entities, bounded depth and size, and nodes that know their path."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from scantally.detector.errors import ManifestError
from scantally.detector.manifests.reading import listed

MAX_DEPTH = 64
"""Levels; a WCO declaration has about ten."""

MAX_ELEMENTS = 1_000_000

MAX_BROKEN_COMMENTS = 100
"""More are no slip of somebody's pen: the file is refused."""

_OPENING_TAG = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")


class _TooMuchError(ValueError):
    """A bound was passed while parsing."""


class _Bounded(TreeBuilder):
    """A tree builder that stops a file which is all depth or all elements."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._count = 0

    def start(self, tag: str, attrs: dict[str, str], /) -> Element:
        """Open an element."""
        self._depth += 1
        self._count += 1
        if self._depth > MAX_DEPTH:
            raise _TooMuchError(f"expected at most {MAX_DEPTH} levels of elements")
        if self._count > MAX_ELEMENTS:
            raise _TooMuchError(f"expected at most {MAX_ELEMENTS} elements")
        return super().start(tag, attrs)

    def end(self, tag: str, /) -> Element:
        """Close an element."""
        self._depth -= 1
        return super().end(tag)


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """An element with the path that messages show; an index, from 1 as in XPath, stands where siblings share a name."""

    element: Element
    path: str
    source: str
    namespace: str  # how the namespaces of children that count begin

    def children(self, name: str) -> list[Self]:
        """Children of a local name."""
        found = [e for e in self.element if local_name(e, self.namespace) == name]
        one = len(found) == 1
        return [self._below(e, f"{name}[{i}]" if not one else name) for i, e in enumerate(found, 1)]

    def child(self, name: str) -> Self | None:
        """The one child of a local name.

        Raises:
            ManifestError: where there are several: nobody can tell which one counts.
        """
        found = self.children(name)
        if len(found) > 1:
            raise self.error(f"expected one {name}, got {len(found)}")
        return found[0] if found else None

    def text(self, name: str | None = None) -> str | None:
        """Text of the element, or of its first child of a local name; blank is None."""
        if name is None:
            return (self.element.text or "").strip() or None
        return next((node.text() for node in self.children(name)), None)

    def error(self, problem: str) -> ManifestError:
        """What to raise about this element."""
        return ManifestError(self.source, f"{self.path}: {problem}")

    def _below(self, element: Element, name: str) -> Self:
        return type(self)(element=element, path=f"{self.path}.{name}", source=self.source, namespace=self.namespace)


def local_name(element: Element, namespace: str) -> str | None:
    """The name without its namespace, when that begins with ``namespace``."""
    uri, _, name = element.tag.rpartition("}")
    return name if uri.startswith("{" + namespace) else None


def parse_xml(raw: bytes, source: str) -> tuple[Element, tuple[str, ...]]:
    """The root element, and notes on what had to be skipped.

    A comment that breaks XML's rules (people forget the second hyphen of its end) is skipped up to the next end of a
    comment, and a note says which lines that were: what a comment swallows may have been meant to be read.

    Raises:
        ManifestError: for anything that is not XML, or is more than a manifest needs.
    """
    try:
        return _parse(raw, source), ()
    except ManifestError as first:
        if not isinstance(first.__cause__, ParseError):
            raise
        mended, notes = _without_broken_comments(raw)
        if not notes:
            raise
        try:
            return _parse(mended, source), notes
        except ManifestError:
            raise first from first.__cause__


def _parse(raw: bytes, source: str) -> Element:
    parser = DefusedXMLParser(target=_Bounded(), forbid_dtd=True)
    try:
        parser.feed(raw)
        root: Element = parser.close()
    except DefusedXmlException as e:
        raise ManifestError(
            source, "expected plain XML: a document type, an entity or an outside reference is refused"
        ) from e
    except _TooMuchError as e:
        raise ManifestError(source, str(e)) from e
    except ParseError as e:
        raise ManifestError(source, f"expected XML: {e}") from e
    except (LookupError, ValueError) as e:  # what the XML declaration names as encoding
        raise ManifestError(source, f"expected XML in UTF-8 or UTF-16: {e}") from e
    return root


def _without_broken_comments(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """The bytes with each broken comment blanked, lines kept, and a note for each."""
    if b"<![CDATA[" in raw:  # there '<!--' may be text
        return raw, ()
    kept: list[bytes] = []
    notes: list[str] = []
    done, line = 0, 1
    for start, end in _comments(raw):
        inside = raw[start + 4 : end - 3]
        if b"--" not in inside:
            continue
        line += raw.count(b"\n", done, start)
        if len(notes) == MAX_BROKEN_COMMENTS:
            return raw, ()
        breaks = inside.count(b"\n")
        notes.append(_skipped(inside, line, line + breaks))
        kept += [raw[done:start], b"\n" * breaks]
        done, line = end, line + breaks
    return b"".join([*kept, raw[done:]]), tuple(notes)


def _comments(raw: bytes) -> Iterator[tuple[int, int]]:
    """Start and end of each comment. A search from where the last one ended, so that no file makes it quadratic."""
    start = raw.find(b"<!--")
    while start >= 0 and (end := raw.find(b"-->", start + 4)) >= 0:
        yield start, end + 3
        start = raw.find(b"<!--", end + 3)


def _skipped(inside: bytes, first: int, last: int) -> str:
    names = list(dict.fromkeys(name.decode("ascii", "replace")[:40] for name in _OPENING_TAG.findall(inside)))
    swallowed = f"; it swallows {listed(names)}" if names else ""
    return f"lines {first} to {last} are a comment that is not well-formed XML and were not read{swallowed}"
