"""CLCXray (github.com/GreysonPhoenix/CLCXray): COCO files named as COCO's own of 2017.

``annotations/instances_{train,val,test}2017.json`` with the pictures in ``train2017``, ``val2017`` and ``test2017``.
"""

from pathlib import Path

from scantally.datasets.dataset import SPLITS
from scantally.datasets.importers.coco import Part, count_others, read_parts
from scantally.datasets.importers.files import is_file
from scantally.datasets.importers.omissions import Omissions
from scantally.datasets.importers.source import ReadingOptions, Source
from scantally.detector.errors import InputError


def read(root: Path, options: ReadingOptions) -> Source:
    """Those of the three parts that are there.

    Raises:
        InputError: none is there, or one is damaged.
    """
    parts = []
    for split in SPLITS:
        file, folder = root / "annotations" / f"instances_{split}2017.json", f"{split}2017"
        if is_file(file):
            parts.append(Part(file=file, folders=(root / folder, root / "images" / folder), split=split))
    if not parts:
        raise InputError(str(root / "annotations"), "expected at least one of instances_{train,val,test}2017.json")
    omissions = Omissions()
    count_others(root, parts, omissions)
    return read_parts(root, parts, omissions)
