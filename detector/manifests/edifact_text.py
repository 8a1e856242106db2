"""UN/EDIFACT bytes to text: the character sets of ISO 9735 (data element 0001), and what senders put in their place."""

import re

from scantally.detector.errors import ManifestError
from scantally.detector.manifests.reading import shown
from scantally.detector.manifests.text import decode, encoding_of

# UNOX, which switches sets within the text, is not read. UNOY is UTF-8 in practice, and UTF-16 is known by its zero bytes.
CHARACTER_SETS = {
    "UNOA": "ascii",
    "UNOB": "ascii",
    "UNOC": "iso8859-1",
    "UNOD": "iso8859-2",
    "UNOE": "iso8859-5",
    "UNOF": "iso8859-7",
    "UNOG": "iso8859-3",
    "UNOH": "iso8859-4",
    "UNOI": "iso8859-6",
    "UNOJ": "iso8859-8",
    "UNOK": "iso8859-9",
    "UNOL": "iso8859-15",
    "UNOW": "utf-8",
    "UNOY": "utf-8",
}

_HEADER = re.compile(rb"\s*(?:UNA.{6}\s*)?UNB.(\w{4})", re.DOTALL)
_CONTROLS = re.compile("[\x80-\x9f]")


def edifact_text(raw: bytes, source: str) -> tuple[str, tuple[str, ...]]:
    """The text in the character set that UNB names, or in the one that the bytes show, with a note.

    Raises:
        ManifestError: where they are none that is known.
    """
    if encoding_of(raw) != "utf-8":
        return decode(raw, source), ()
    header = _HEADER.match(raw)
    declared = header[1].decode("latin-1") if header else "UNOA"
    codec = CHARACTER_SETS.get(declared, "ascii")
    text = _decoded(raw, codec)
    if raw.isascii() and text is not None:
        return text, ()
    as_utf8 = text if codec == "utf-8" else _decoded(raw, "utf-8")
    if as_utf8 is not None:  # no text of another set is valid UTF-8 by chance
        return as_utf8, () if codec == "utf-8" else (_instead(declared, "UTF-8"),)
    # Letters where ISO 8859 has control characters: the sender wrote Windows-1252 under another name.
    if text is not None and not (codec == "iso8859-1" and _CONTROLS.search(text)):
        return text, ()
    windows = _decoded(raw, "cp1252")
    if windows is None:
        raise ManifestError(source, f"expected text of the character set {shown(declared)} that UNB names, or UTF-8")
    return windows, (_instead(declared, "Windows-1252") + ", so letters with accents may be wrong",)


def _decoded(raw: bytes, codec: str) -> str | None:
    try:
        return raw.decode(codec)
    except UnicodeDecodeError:
        return None


def _instead(declared: str, name: str) -> str:
    return f"the text is not of the character set {declared}: it was read as {name}"
