"""PIDray (github.com/bywang2018/security-dataset): COCO files of a training set and of a test set in three grades of difficulty.

``annotations/xray_train.json``, ``xray_test_easy.json``, ``xray_test_hard.json`` and ``xray_test_hidden.json``; the pictures lie in
``train``, ``easy``, ``hard`` and ``hidden``. All three grades are the split ``test``; ``source`` keeps the grade.
"""

from pathlib import Path

from scantally.datasets.dataset import Split
from scantally.datasets.importers.coco import Part, count_others, read_parts
from scantally.datasets.importers.files import is_file
from scantally.datasets.importers.omissions import Omissions
from scantally.datasets.importers.source import ReadingOptions, Source
from scantally.detector.errors import InputError

PARTS: tuple[tuple[str, str, Split], ...] = (
    ("xray_train.json", "train", "train"),
    ("xray_test_easy.json", "easy", "test"),
    ("xray_test_hard.json", "hard", "test"),
    ("xray_test_hidden.json", "hidden", "test"),
)


def read(root: Path, options: ReadingOptions) -> Source:
    """Those of the four parts that are there.

    Raises:
        InputError: none is there, or one is damaged.
    """
    parts = [
        Part(file=root / "annotations" / name, folders=(root / folder, root / "images" / folder), split=split)
        for name, folder, split in PARTS
        if is_file(root / "annotations" / name)
    ]
    if not parts:
        expected = ", ".join(name for name, _, _ in PARTS)
        raise InputError(str(root / "annotations"), f"expected at least one of {expected}")
    omissions = Omissions()
    count_others(root, parts, omissions)
    return read_parts(root, parts, omissions)
