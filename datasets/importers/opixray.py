"""OPIXray (github.com/OPIXray-author/OPIXray): cutters in baggage, a text file per picture.

``test_knife-1.txt`` to ``-3.txt`` grade the test pictures by occlusion; they name no others and are not read.
"""

from pathlib import Path

from scantally.datasets.importers.corner_rows import read_corner_rows
from scantally.datasets.importers.source import ReadingOptions, Source


def read(root: Path, options: ReadingOptions) -> Source:
    """The parts that are there.

    Raises:
        InputError: none is there.
    """
    return read_corner_rows(root, "knife")
