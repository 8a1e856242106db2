"""UN/EDIFACT text to messages, each a tree of segments (ISO 9735). Service characters and escapes are pydifact's work.

pydifact's own interchange classes are not used: they drop what stands before an escaped "'UNA" in a text, and fail in many
ways on damaged files. Its tokenizer and what puts tokens together into segments take any text.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Self, TypeAlias

from pydifact import Characters
from pydifact.exceptions import EDISyntaxError
from pydifact.parser import Parser
from pydifact.token import Token
from pydifact.tokenizer import Tokenizer

from scantally.detector.errors import ManifestError
from scantally.detector.manifests.reading import shown

MAX_SEGMENTS = 1_000_000

MAX_PARTS = 1_000
"""Values and separators of one segment; the longest in use, of free text, has some twenty."""

_TAG = re.compile(r"[A-Z][A-Z0-9]{2}")
_ENVELOPE = frozenset({"UNB", "UNG", "UNH", "UNE", "UNZ"})

_Raw: TypeAlias = list[str | list[str]]


@dataclass(kw_only=True, slots=True)
class Segment:
    """A segment, and those that belong to it."""

    tag: str
    elements: tuple[tuple[str, ...], ...]
    number: int  # within the file, the first (UNB) is 1
    below: list["Segment"] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A segment with its path, such as ``CNI[2].GID[1].MEA``: an index, from 1, stands where siblings share a tag."""

    segment: Segment
    path: str
    source: str

    def value(self, element: int, component: int = 0) -> str | None:
        """A component of an element, both from 0 and the tag not counted; blank is None."""
        elements = self.segment.elements
        parts = elements[element] if element < len(elements) else ()
        return (parts[component].strip() or None) if component < len(parts) else None

    def values(self, element: int) -> list[str]:
        """The components of an element that are not blank."""
        elements = self.segment.elements
        return [part.strip() for part in (elements[element] if element < len(elements) else ()) if part.strip()]

    def children(self, *tags: str) -> list[Self]:
        """The segments below it in their order, those of some tags or all."""
        total = Counter(s.tag for s in self.segment.below)
        seen: Counter[str] = Counter()
        found = []
        for segment in self.segment.below:
            seen[segment.tag] += 1
            if not tags or segment.tag in tags:
                name = segment.tag if total[segment.tag] == 1 else f"{segment.tag}[{seen[segment.tag]}]"
                path = f"{self.path}.{name}" if self.path else name
                found.append(type(self)(segment=segment, path=path, source=self.source))
        return found

    def error(self, problem: str) -> ManifestError:
        """What to raise about this segment."""
        return ManifestError(self.source, f"segment {self.segment.number}, {self.path or self.segment.tag}: {problem}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Nesting:
    """How the flat segments of one type of message become a tree.

    ``opens`` names the tags that open a group, and the groups under which each may stand ("UNH" is the message). Other
    segments belong to the group that is open. ``holds`` limits what a group takes: its end is then where another begins.
    """

    opens: Mapping[str, frozenset[str]] = field(default_factory=dict)
    holds: Mapping[str, frozenset[str]] = field(default_factory=dict)


def messages(text: str, source: str, nesting: Mapping[str, Nesting]) -> tuple[list[Group], tuple[str, ...]]:
    """The messages of a file as trees whose root is UNH, by the nesting of their type, and notes on totals that disagree.

    Raises:
        ManifestError: for text that is no interchange, or one that is cut off.
    """
    envelope = _Envelope(source=source, nesting=nesting)
    for segment in _segments(text, source):
        envelope.add(segment)
    envelope.close()
    found = envelope.found
    several = len(found) > 1
    roots = [Group(segment=s, path=f"UNH[{i}]" if several else "", source=source) for i, s in enumerate(found, 1)]
    return roots, tuple(envelope.notes)


def message_type(header: Segment) -> str:
    """The type that UNH names: CUSCAR, for example."""
    return header.elements[1][0].strip() if len(header.elements) > 1 else ""


@dataclass(kw_only=True, slots=True)
class _Envelope:
    """Interchange (UNB to UNZ), functional groups (UNG to UNE) and messages (UNH to UNT) while they are read."""

    source: str
    nesting: Mapping[str, Nesting]
    found: list[Segment] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stack: list[Segment] = field(default_factory=list)  # the open groups, from the message inwards
    began: int | None = None  # messages before the open interchange
    groups: int = 0
    number: int = 0

    def add(self, segment: Segment) -> None:
        """Take the next segment."""
        self.number = segment.number
        if segment.tag in _ENVELOPE:
            if self.stack:
                raise self._error(f"expected UNT before {segment.tag}")
            self._envelope(segment)
        elif not self.stack:
            raise self._error(f"expected UNH, got {shown(segment.tag)}")
        elif segment.tag == "UNT":
            count = segment.number - self.stack[0].number + 1
            self._compare(segment, count, "segments", f"message {len(self.found)}")
            self.stack.clear()
        else:
            self._attach(segment)

    def close(self) -> None:
        """Refuse a file that ends before its end."""
        if self.stack or self.began is not None:
            expected = "UNT" if self.stack else "UNZ"
            problem = f"expected {expected} after segment {self.number}, got the end of the file: it is cut off"
            raise ManifestError(self.source, problem)

    def _envelope(self, segment: Segment) -> None:
        if segment.tag == "UNH":
            self.stack.append(segment)
            self.found.append(segment)
        elif segment.tag == "UNB":
            self.began, self.groups = len(self.found), 0
        elif segment.tag == "UNG":
            self.groups += 1
        elif segment.tag == "UNZ":
            # UNZ counts functional groups where there are any, else messages.
            if self.began is not None and not self.groups:
                self._compare(segment, len(self.found) - self.began, "messages", "the file")
            self.began = None

    def _attach(self, segment: Segment) -> None:
        rules = self.nesting.get(message_type(self.stack[0]), Nesting())
        parents = rules.opens.get(segment.tag)
        while len(self.stack) > 1 and not self._takes(self.stack[-1].tag, segment.tag, parents, rules):
            self.stack.pop()
        self.stack[-1].below.append(segment)
        if parents is not None:
            self.stack.append(segment)

    @staticmethod
    def _takes(holder: str, tag: str, parents: frozenset[str] | None, rules: Nesting) -> bool:
        if parents is not None:
            return holder in parents
        return holder not in rules.holds or tag in rules.holds[holder]

    def _compare(self, trailer: Segment, count: int, what: str, whole: str) -> None:
        """A note where a trailer's total is not what was found."""
        told = trailer.elements[0][0].strip() if trailer.elements else ""
        if told.isascii() and told.isdigit() and told.lstrip("0") != str(count):
            hint = f"{told[:20]} {what} by its {trailer.tag} and holds {count}"
            self.notes.append(f"{whole} should hold {hint}: something may be missing")

    def _error(self, problem: str) -> ManifestError:
        return ManifestError(self.source, f"segment {self.number}: {problem}")


def _segments(text: str, source: str) -> Iterator[Segment]:
    """The segments, numbered from 1; UNA is none of them."""
    characters, text = _service_characters(text, source)
    if "\0" in text:
        raise ManifestError(
            source, f"expected text, got a zero byte in line {text.count(chr(10), 0, text.index(chr(0))) + 1}"
        )
    if not text.endswith(characters.segment_terminator):
        raise ManifestError(source, f"expected {shown(characters.segment_terminator)} at the end: the file is cut off")
    tokens = _bounded(Tokenizer().get_tokens(text, characters), source)
    number = 0
    try:
        for raw in Parser().convert_tokens_to_raw_segments(tokens):
            number += 1
            yield _segment(raw, number, source)
    except EDISyntaxError as e:
        raise ManifestError(
            source, f"expected the end of segment {number + 1}, got the end of the file: it is cut off"
        ) from e


def _segment(raw: _Raw, number: int, source: str) -> Segment:
    if number > MAX_SEGMENTS:
        raise ManifestError(source, f"expected at most {MAX_SEGMENTS} segments")
    tag = raw[0].strip() if raw and isinstance(raw[0], str) else raw[:1]
    if not isinstance(tag, str) or _TAG.fullmatch(tag) is None:
        raise ManifestError(source, f"segment {number}: expected a tag of three letters, got {shown(tag)}")
    elements = tuple((e,) if isinstance(e, str) else tuple(e) for e in raw[1:])
    return Segment(tag=tag, elements=elements, number=number)


def _service_characters(text: str, source: str) -> tuple[Characters, str]:
    """The characters that separate, from UNA or ISO 9735's own, and the text behind UNA.

    Line breaks are no characters of the text: senders wrap segments at a fixed width, even within a word.
    """
    text = text.lstrip("\ufeff \r\n\t")
    given = ":+.? '"
    if text.startswith("UNA"):
        given, text = text[3:9], text[9:]
    component, data, escape, terminator = given[0:1], given[1:2], given[3:4], given[5:6]
    marks = {c for c in (component, data, terminator) if c and not c.isalnum() and c != " "}
    if len(marks) < 3 or escape in marks or escape.isalnum():
        raise ManifestError(source, f"expected six service characters after UNA, got {shown(given)}")
    if escape == " ":  # a blank says that there is no escape character; this one stands in no text
        given = f"{given[:3]}\ufffe{given[4:]}"
    return Characters.from_str(given), _unwrapped(text, terminator)


def _unwrapped(text: str, terminator: str) -> str:
    """The text without line breaks, and without what old systems put behind its end (0x1A)."""
    for sign in "\r\n".replace(terminator, ""):
        text = text.replace(sign, "")
    return text.rstrip(" \r\n\t\x1a".replace(terminator, ""))


def _bounded(tokens: Iterable[Token], source: str) -> Iterator[Token]:
    """The tokens, without segments of nothing but an end; at most MAX_PARTS in a segment."""
    number, parts = 1, 0
    for token in tokens:
        if token.type is not Token.Type.TERMINATOR:
            parts += 1
            if parts > MAX_PARTS:
                raise ManifestError(source, f"segment {number}: expected at most {MAX_PARTS} values and separators")
        elif parts == 0:
            continue
        else:
            number, parts = number + 1, 0
        yield token
