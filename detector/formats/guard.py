"""Decoders are other people's code, and fail in every way on damaged files: one fence around all of them."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

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
    loggers = [logging.getLogger(name) for name in LOGGERS]
    try:
        for logger in loggers:
            logger.addFilter(_drop)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except ScantallyError:
        raise
    except Exception as e:
        raise ScanError(source, f"expected {what} that can be decoded, but it is damaged: {_short(e)}") from e
    finally:
        for logger in loggers:
            logger.removeFilter(_drop)


def _drop(record: logging.LogRecord) -> bool:
    return False


def _short(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 160 else text[:157] + "..."
