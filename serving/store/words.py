"""Texts from outside, made fit for both databases: PostgreSQL keeps no NUL, and neither keeps half a character."""

from contextlib import suppress

from scantally.detector.config.iso6346 import normalise_number
from scantally.detector.errors import InputError, one_line

_LONGEST_NAME = 255
_LONGEST_KEY = 255
_LONGEST_CONTAINER = 40


def file_name(text: str) -> str:
    """A file's name for messages and for telling its format: one line, without folders, cut in front so that its ending stays."""
    return one_line(text.replace("\\", "/").rpartition("/")[2])[-_LONGEST_NAME:] or "unnamed"


def container_number(text: str) -> str:
    """A container number as it is compared. Its check digit may be wrong: that is for a check to say.

    Raises:
        InputError: it is empty, too long, or holds signs that do not print.
    """
    number = normalise_number(text)
    if not number or len(number) > _LONGEST_CONTAINER or not number.isprintable():
        problem = f"expected 1 to {_LONGEST_CONTAINER} printable characters, got {text[:_LONGEST_CONTAINER]!r}"
        raise InputError("container number", problem)
    return number


def container_numbers(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Several container numbers, each once, in their order. Raises as ``container_number`` does."""
    return tuple(dict.fromkeys(container_number(text) for text in texts))


def usable_numbers(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Those of several texts that are container numbers, each once: of what was read somewhere, any may be none."""
    found = []
    for text in texts:
        with suppress(InputError):
            found.append(container_number(text))
    return tuple(dict.fromkeys(found))


def request_key(text: str | None) -> str | None:
    """An Idempotency-Key, as it came.

    Raises:
        InputError: it is empty, too long, or holds signs that do not print.
    """
    if text is not None and (not text or len(text) > _LONGEST_KEY or not text.isprintable()):
        raise InputError("Idempotency-Key", f"expected 1 to {_LONGEST_KEY} printable characters")
    return text
