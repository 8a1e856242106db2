"""Text from files is not ours: file names, manifest descriptions, notes of readers."""

import unicodedata

# Joiners that Persian, Indic scripts and emoji are written with: format characters that hide nothing.
_JOINERS = frozenset("\u200c\u200d")
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Cn", "Co"))  # control, format, surrogate, unassigned, private use


def utf8(text: str) -> str:
    """Text that UTF-8 can hold: bytes of a file's name that were no text are written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def visible(text: str) -> str:
    """Text for a page or a picture: white space made plain, and control and reordering marks written out.

    ``visible("a\\x00b")`` is ``a[U+0000]b``. Hidden marks are shown and not dropped, because an officer should see
    that they are there: marks that reorder text (Unicode Standard Annex 9) can make one name read as another.
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, utf8(text)))


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters, the last one an ellipsis when something was cut."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _shown(c: str) -> str:
    if c in " \t\n\r\v\f\x85\u2028\u2029":
        return " "
    if c not in _JOINERS and unicodedata.category(c) in _HIDDEN:
        return f"[U+{ord(c):04X}]"
    return c
