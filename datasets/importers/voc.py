"""Pascal VOC: an XML file per picture, in the arrangements in which it is found.

- the devkit's: ``Annotations``, ``JPEGImages``, ``ImageSets/Main/{train,val,test}.txt``;
- ``annotations`` and ``images``; or both kinds of file in one folder per split, as Roboflow exports it.

The devkit counts pixels from 1 and includes the last one ("PASCAL VOC2012 development kit", section 4.1); labelImg, CVAT and Roboflow
write edges that count from 0. A file does not say which it is, so ``coordinates`` decides: ``auto`` takes the devkit's rule for
files whose ``source/annotation`` begins with "PASCAL VOC", as all of the devkit's do, and edges from 0 for all others.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from scantally.datasets.dataset import Split
from scantally.datasets.importers.files import (
    MAX_TEXT_BYTES,
    PICTURES,
    by_format,
    inside,
    shown,
    split_of_path,
    walk,
)
from scantally.datasets.importers.omissions import Omissions
from scantally.datasets.importers.source import Coordinates, ReadingOptions, Source, SourceImage
from scantally.datasets.importers.voc_file import Annotation, parse
from scantally.datasets.importers.voc_lists import count_missing, read_splits
from scantally.detector.config.files import read_bytes
from scantally.detector.errors import InputError


def read(root: Path, options: ReadingOptions) -> Source:
    """Every XML file below ``root`` with its picture, and pictures without one counted.

    Raises:
        InputError: there is no XML file.
    """
    omissions = Omissions()
    files = list(walk(root, PICTURES | {".xml"}, omissions))
    pictures = [path for path in files if path.suffix.lower() in PICTURES]
    annotations = [path for path in files if path.suffix.lower() == ".xml"]
    if not annotations:
        raise InputError(str(root), "expected Pascal VOC annotations (.xml), one for each picture")
    there = {path.stem for path in files}
    splits = read_splits(root, there, omissions)
    images, left = pair(root, pictures, annotations, options.coordinates, omissions, splits)
    for path in left:
        omissions.add("annotation_missing", shown(path, root))
    count_missing(splits, there, "ImageSets", omissions)
    return Source(images=images, omissions=omissions)


def pair(
    root: Path,
    pictures: Sequence[Path],
    annotations: Sequence[Path],
    coordinates: Coordinates,
    omissions: Omissions,
    splits: Mapping[str, Split | None],
) -> tuple[tuple[SourceImage, ...], list[Path]]:
    """Bring XML files and pictures together.

    Returns:
        The pictures that have an annotation, in its order, and the pictures that have none.
    """
    by_stem: dict[str, list[Path]] = defaultdict(list)
    for path in pictures:
        by_stem[path.stem].append(path)
    for paths in by_stem.values():
        paths.sort(key=by_format)
    images, used = [], set()
    for path in annotations:
        name = shown(path, root)
        if not inside(root, path):
            omissions.add("path_outside", name)
            used.update(by_stem.get(path.stem, []))
            continue
        try:
            found = parse(read_bytes(path, InputError, MAX_TEXT_BYTES), name, coordinates)
        except InputError as e:
            omissions.add("annotation_damaged", f"{name}: {e.problem}")
            used.update(by_stem[path.stem] if len(by_stem[path.stem]) == 1 else [])
            continue
        picture = _picture_of(path, found, by_stem)
        if picture is None:
            omissions.add("image_missing", name)
            continue
        used.add(picture)
        if not inside(root, picture):
            omissions.add("path_outside", shown(picture, root))
            continue
        _count(found, omissions)
        stem = path.stem if path.stem in splits else picture.stem
        split = splits[stem] if stem in splits else split_of_path(picture, root)
        if splits and split is None and stem not in splits:
            omissions.add("split_missing", shown(picture, root))
        images.append(
            SourceImage(
                path=picture,
                source=shown(picture, root),
                boxes=found.boxes,
                lost=bool(found.damaged),
                split=split,
                stated=found.size,
            )
        )
    return tuple(images), [path for path in pictures if path not in used]


def _count(found: Annotation, omissions: Omissions) -> None:
    for where in found.damaged:
        omissions.add("box_damaged", where)
    for where in found.odd:
        omissions.add("value_passed_over", where)
    for box in found.boxes:
        if box.crowd:
            omissions.add("box_difficult", box.where)


def _picture_of(annotation: Path, found: Annotation, by_stem: Mapping[str, list[Path]]) -> Path | None:
    """By the file's own name, else by the name that it states; of several the one that lies nearest."""
    stated = Path(found.filename.replace("\\", "/")).stem
    candidates = by_stem.get(annotation.stem) or by_stem.get(stated) or []
    return max(candidates, key=lambda path: _nearness(path, annotation), default=None)


def _nearness(picture: Path, annotation: Path) -> tuple[int, int]:
    """How many folders two files share from the top, then how many from the bottom."""
    a, b = picture.parent.parts, annotation.parent.parts
    return _shared(a, b), _shared(tuple(reversed(a)), tuple(reversed(b)))


def _shared(a: Sequence[str], b: Sequence[str]) -> int:
    count = 0
    for left, right in zip(a, b, strict=False):
        if left != right:
            break
        count += 1
    return count
