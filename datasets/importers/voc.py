"""Pascal VOC: an XML file per picture, in the arrangements in which it is found.

- the devkit's: ``Annotations``, ``JPEGImages``, ``ImageSets/Main/{train,val,test}.txt``;
- ``annotations`` and ``images``; or both kinds of file in one folder per split, as Roboflow exports it.

The devkit counts pixels from 1 and includes the last one ("PASCAL VOC2012 development kit", section 4.1); labelImg, CVAT and Roboflow
write edges that count from 0. A file does not say which it is, so ``coordinates`` decides: ``auto`` takes the devkit's rule for
files whose ``source/annotation`` begins with "PASCAL VOC", as all of the devkit's do, and edges from 0 for all others.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from scantally.datasets.dataset import Split
from scantally.datasets.importers.files import (
    MAX_TEXT_BYTES,
    PICTURES,
    inside,
    read_lines,
    shown,
    split_of,
    split_of_path,
    walk,
)
from scantally.datasets.importers.omissions import Omissions
from scantally.datasets.importers.source import Coordinates, ReadingOptions, Source, SourceBox, SourceImage
from scantally.detector.config.files import brief, read_bytes
from scantally.detector.errors import InputError
from scantally.detector.types import Box

DEVKIT = "PASCAL VOC"


@dataclass(frozen=True, kw_only=True, slots=True)
class Annotation:
    """One XML file."""

    filename: str
    size: tuple[int, int] | None
    boxes: tuple[SourceBox, ...]
    damaged: tuple[str, ...]
    """Places of objects that cannot be read."""


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
    splits = _read_splits(root, omissions)
    images, left = pair(root, pictures, annotations, options.coordinates, omissions, splits)
    for path in left:
        omissions.add("annotation_missing", shown(path, root))
    _count_missing(splits, [*pictures, *annotations], omissions)
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
    images, used = [], set()
    for path in annotations:
        name = shown(path, root)
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
        split = splits[path.stem] if path.stem in splits else split_of_path(picture, root)
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
    for box in found.boxes:
        if box.crowd:
            omissions.add("box_difficult", box.where)


def parse(raw: bytes, source: str, coordinates: Coordinates) -> Annotation:
    """One XML file.

    Raises:
        InputError: no XML, a document type (which nobody needs here), or another root than ``annotation``.
    """
    try:
        root = fromstring(raw, forbid_dtd=True)
    except (
        ParseError,
        DefusedXmlException,
        ValueError,
        RecursionError,
        LookupError,
    ) as e:  # LookupError: an encoding that nobody knows
        raise InputError(source, f"expected XML: {e or type(e).__name__}") from e
    if root.tag != "annotation":
        raise InputError(source, f"expected the element 'annotation', got '{root.tag}'")
    one_based = coordinates == "one-based" or (
        coordinates == "auto" and (root.findtext("source/annotation") or "").strip().startswith(DEVKIT)
    )
    boxes, damaged = [], []
    for number, item in enumerate(root.iterfind("object"), start=1):
        where = f"{source} object[{number}]"
        try:
            boxes.append(_box(item, where, one_based))
        except ValueError as e:
            damaged.append(f"{where}{e}")
    filename = (root.findtext("filename") or "").strip()
    return Annotation(filename=filename, size=_size(root), boxes=tuple(boxes), damaged=tuple(damaged))


def _box(item: Element, where: str, one_based: bool) -> SourceBox:
    name = (item.findtext("name") or "").strip()
    if not name:
        raise ValueError(".name: expected a class")
    x0, y0, x1, y1 = (_number(item, f"bndbox/{edge}") for edge in ("xmin", "ymin", "xmax", "ymax"))
    box: Box = (x0 - 1, y0 - 1, x1, y1) if one_based else (x0, y0, x1, y1)
    difficult = (item.findtext("difficult") or "").strip() == "1"
    return SourceBox(name=name, box=box, where=where, crowd=difficult)


def _number(item: Element, path: str) -> float:
    text = (item.findtext(path) or "").strip()
    try:
        return float(text)
    except ValueError:
        raise ValueError(f".{path.replace('/', '.')}: expected a number, got {brief(text)}") from None


def _size(root: Element) -> tuple[int, int] | None:
    """Stated width and height; some tools write 0 where they do not know."""
    try:
        width, height = (int(float(root.findtext(f"size/{side}") or "0")) for side in ("width", "height"))
    except (ValueError, OverflowError):
        return None
    return (width, height) if width > 0 and height > 0 else None


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


def _read_splits(root: Path, omissions: Omissions) -> dict[str, Split | None]:
    """The lists of ``ImageSets/Main`` (``ImageSets`` where there is no such folder) by stem."""
    folders = sorted(x for x in root.rglob("ImageSets") if x.is_dir() and inside(root, x))
    lists = [path for folder in folders for path in _lists(folder / "Main" if (folder / "Main").is_dir() else folder)]
    return merge_splits([(split, read_lines(path)) for path in lists if (split := _listed_split(path))], omissions)


def _lists(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.glob("*.txt") if path.is_file())


def _listed_split(path: Path) -> Split | None:
    """Only ``train.txt``, ``val.txt`` and ``test.txt``: ``trainval`` is both, ``cat_train`` is of one class."""
    return split_of(path.stem) if path.stem.isalpha() else None


def merge_splits(lists: Sequence[tuple[Split, Sequence[str]]], omissions: Omissions) -> dict[str, Split | None]:
    """The split of each stem that a list names; None, and counted, where lists differ."""
    found: dict[str, set[Split]] = defaultdict(set)
    for split, lines in lists:
        for line in lines:
            name = Path(line.split()[0])
            found[name.stem if name.suffix.lower() in PICTURES else name.name].add(split)
    for stem, splits in found.items():
        if len(splits) > 1:
            omissions.add("split_conflict", f"{stem} ({', '.join(sorted(splits))})")
    return {stem: next(iter(splits)) if len(splits) == 1 else None for stem, splits in found.items()}


def _count_missing(splits: Mapping[str, Split | None], files: Sequence[Path], omissions: Omissions) -> None:
    """Names in lists of which there is neither picture nor annotation."""
    there = {path.stem for path in files}
    for stem in splits:
        if stem not in there:
            omissions.add("image_missing", f"ImageSets: {stem}")
