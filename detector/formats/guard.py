"""Decoders are other people's code, and fail in every way on damaged files: one fence around all of them."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from scantally.detector.errors import ScanError, ScantallyError

LOGGERS = ("tifffile", "pydicom", "PIL")


@contextmanager
def guarded(source: str, what: str) -> Iterator[None]:
    """Turn whatever a decoder raises into one line, and keep its warnings and log lines to itself.

    Args:
        source: Name of the file.
        what: What was expected, with its article: "a PNG image".

    Raises:
        ScanError: instead of anything that is not already ours.
    """
    _silence_loggers()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ScantallyError:
        raise
    except ImportError as e:
        raise ScanError(source, f"{what} needs a library that is not installed: pip install {e.name}") from e
    except MemoryError as e:
        raise ScanError(source, f"{what} that needs more memory than there is") from e
    except Exception as e:
        raise ScanError(source, f"expected {what} that can be decoded, but it is damaged: {_short(e)}") from e


@cache
def _silence_loggers() -> None:
    """Once for the process: what these libraries log of a damaged file is in the ScanError already."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.addHandler(logging.NullHandler())
        logger.propagate = False


def _short(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else text[:157] + "..."
