"""HiXray (github.com/HiXray-author/HiXray): eight classes in airport baggage, a text file per picture as in OPIXray."""

from pathlib import Path

from scantally.datasets.importers.corner_rows import read_corner_rows
from scantally.datasets.importers.source import ReadingOptions, Source


def read(root: Path, options: ReadingOptions) -> Source:
    """The parts that are there.

    Raises:
        InputError: none is there.
    """
    return read_corner_rows(root, "name")
