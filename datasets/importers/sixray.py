"""SIXray (github.com/MeioJane/SIXray): six classes in baggage of subway stations, and very many pictures without any.

``JPEGImage`` (or folders ``0`` to ``20``) holds the pictures: ``P…`` show objects, ``N…`` none. ``Annotation`` (``positive-Annotation``) has a
Pascal VOC file for each ``P…``. ``ImageSet/{10,100,1000}/{train,test}.csv`` list three nested subsets: a picture's split is the one
that the lists agree on. An ``N…`` is a picture without boxes; a ``P…`` without its file is left out.
"""

from collections.abc import Collection
from pathlib import Path

from scantally.datasets.dataset import Split
from scantally.datasets.importers.files import PICTURES, inside, is_file, read_lines, shown, split_of, walk
from scantally.datasets.importers.omissions import Omissions
from scantally.datasets.importers.source import ReadingOptions, Source, SourceImage
from scantally.datasets.importers.voc import pair
from scantally.datasets.importers.voc_lists import count_missing, merge_splits
from scantally.detector.errors import InputError

SUBSETS = ("10", "100", "1000")


def read(root: Path, options: ReadingOptions) -> Source:
    """Positives with their boxes, negatives without.

    Raises:
        InputError: there are no pictures of SIXray's names.
    """
    omissions = Omissions()
    files = list(walk(root, PICTURES | {".xml"}, omissions))
    pictures = [path for path in files if path.suffix.lower() in PICTURES]
    annotations = [path for path in files if path.suffix.lower() == ".xml"]
    if not any(path.stem[:1] in ("P", "N") for path in pictures):
        raise InputError(str(root), "expected pictures named P… and N…, as in JPEGImage")
    there = {path.stem for path in files}
    splits = _splits(root, there, omissions)
    positives, left = pair(root, pictures, annotations, options.coordinates, omissions, splits)
    negatives = [image for path in left if (image := _negative(path, root, splits, omissions)) is not None]
    count_missing(splits, there, "ImageSet", omissions)
    return Source(images=(*positives, *negatives), omissions=omissions)


def _negative(path: Path, root: Path, splits: dict[str, Split | None], omissions: Omissions) -> SourceImage | None:
    name = shown(path, root)
    if not path.stem.startswith("N"):
        omissions.add("annotation_missing", name)
        return None
    if not inside(root, path):
        omissions.add("path_outside", name)
        return None
    if splits and path.stem not in splits:
        omissions.add("split_missing", name)
    return SourceImage(path=path, source=name, boxes=(), split=splits.get(path.stem))


def _splits(root: Path, there: Collection[str], omissions: Omissions) -> dict[str, Split | None]:
    """The first column of each list, below its heading."""
    lists = []
    for subset in SUBSETS:
        for file in sorted((root / "ImageSet" / subset).glob("*")):
            if file.suffix.lower() != ".csv" or not is_file(file):
                continue
            if not inside(root, file):
                omissions.add("path_outside", shown(file, root))
                continue
            split = split_of(file.stem)
            names = [line.split(",")[0].strip() for line in read_lines(file)]
            lists += [(split, [x for x in names if x and x.lower() != "name"])] if split else []
    return merge_splits(lists, there, omissions)
