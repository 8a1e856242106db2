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
from scantally.detector.manifests.text import as_cp1252, encoding_of

MAX_DEPTH = 64
"""Levels; a WCO declaration has about ten."""

MAX_ELEMENTS = 1_000_000

MAX_BROKEN_COMMENTS = 100
"""More are no slip of somebody's pen: the file is refused."""

_OPENING_TAG = re.compile(rb"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
_BEFORE_ROOT = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([\w.-]+)")
_ENCODING = re.compile(rb"\bencoding\s*=\s*[\"']([\w.:-]+)[\"']")
_LONGEST_DECLARATION = 200
"""Bytes in which an XML declaration ends; it has at most three short attributes."""


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
    namespace: str | None  # how the namespaces of children that count begin; None: any or none, and names in any case

    def children(self, name: str) -> list[Self]:
        """Children of a local name."""
        if self.namespace is None:
            found = [e for e in self.element if e.tag.rpartition("}")[2].lower() == name.lower()]
        else:
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
        """Text of the element, or of its first child of a local name; blank is None. Comments in it are passed over.

        Raises:
            ManifestError: where elements stand in the text.
        """
        if name is None:
            self._refuse_elements()
            return (self.element.text or "").strip() or None
        return next((node.text() for node in self.children(name)), None)

    def error(self, problem: str) -> ManifestError:
        """What to raise about this element."""
        return ManifestError(self.source, f"{self.path or self.element.tag}: {problem}")

    def _refuse_elements(self) -> None:
        """Elements within a text would cut it. ASYCUDA's ``<null/>``, alone, is how it writes no value."""
        inner = list(self.element)
        alone = len(inner) == 1 and not any(t and t.strip() for t in (self.element.text, inner[0].text, inner[0].tail))
        if inner and not (alone and len(inner[0]) == 0):
            raise self.error(f"expected text alone, got the element {inner[0].tag.rpartition('}')[2][:40]} in it")

    def _below(self, element: Element, name: str) -> Self:
        path = f"{self.path}.{name}" if self.path else name
        return type(self)(element=element, path=path, source=self.source, namespace=self.namespace)


def local_name(element: Element, namespace: str) -> str | None:
    """The name without its namespace, when that begins with ``namespace``."""
    uri, _, name = element.tag.rpartition("}")
    return name if uri.startswith("{" + namespace) else None


def root_name(raw: bytes) -> str | None:
    """The local name of the root element, found without parsing; None where something else comes first."""
    name = encoding_of(raw)
    text = raw.decode("latin-1" if name == "utf-8" else name, errors="ignore")
    at = 0
    while (before := _BEFORE_ROOT.match(text, at)) is not None:
        at = before.end()
    root = _ROOT.match(text, at)
    return root[1] if root else None


def parse_xml(raw: bytes, source: str) -> tuple[Element, tuple[str, ...]]:
    """The root element, and notes on what had to be skipped or guessed.

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
        text, doubt = _from_cp1252(raw)
        mended, skipped = _without_broken_comments(text)
        notes = (*doubt, *skipped)
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


def _from_cp1252(raw: bytes) -> tuple[bytes, tuple[str, ...]]:
    """UTF-8 of bytes that pass for UTF-8 and are none, read as Windows-1252 with a note; other bytes as they are."""
    declared = _ENCODING.search(raw[:_LONGEST_DECLARATION].partition(b"?>")[0]) if raw.startswith(b"<?xml") else None
    says_utf8 = declared is None or declared[1].lower() in (b"utf-8", b"utf8")
    if not says_utf8 or encoding_of(raw) != "utf-8":
        return raw, ()
    text, notes = as_cp1252(raw)
    return (raw, ()) if text is None else (text.encode(), notes)


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
