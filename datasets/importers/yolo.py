"""YOLO rows in ultralytics' arrangement (docs.ultralytics.com/datasets/detect): a YAML file names folders of pictures and classes.

``train``, ``val`` and ``test`` are each a folder, a list of them, or a text file that lists pictures. A picture's rows stand in a text
file of its name, in the folder ``labels`` where the picture's is called ``images``, else beside it. A picture without such a file shows
nothing, as in ultralytics; it is counted, because a lost file looks the same. Without a YAML file, ``classes.txt`` (labelImg,
Label Studio) names the classes.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from scantally.datasets.dataset import Split
from scantally.datasets.importers.files import (
    PICTURES,
    below,
    inside,
    is_file,
    is_folder,
    printable,
    read_lines,
    read_text,
    require_inside,
    shown,
    split_of_path,
    walk,
)
from scantally.datasets.importers.omissions import Omissions
from scantally.datasets.importers.rest import count_unnamed
from scantally.datasets.importers.source import ReadingOptions, Source, SourceImage
from scantally.datasets.importers.yolo_rows import read_rows
from scantally.detector.config.files import brief, load_yaml
from scantally.detector.errors import InputError

NAMED = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
MOST_CLASSES = 100_000
"""So many classes without names; the largest published sets have some ten thousand."""

KEYS: dict[str, Split] = {"train": "train", "val": "val", "valid": "val", "test": "test"}


def read(root: Path, options: ReadingOptions) -> Source:
    """The pictures that the YAML file names, with their boxes.

    Raises:
        InputError: neither a YAML file nor ``classes.txt``, or one that is damaged; the message names the key.
    """
    omissions = Omissions()
    file = _find_yaml(root)
    if file is None:
        return _read_without_yaml(root, omissions)
    document = _parse(file)
    classes, keypoints = _classes(document, file), _keypoints(document, file)
    images: list[SourceImage] = []
    named: list[Path] = []
    lists: list[Path] = []
    for key, split in KEYS.items():
        if document.get(key) is not None:
            paths = list(_pictures(document, key, file, root, lists, omissions))
            named += paths
            images += read_images(root, [(path, split) for path in paths], classes, omissions, keypoints)
    count_unnamed(root, named, omissions)
    count_orphans(root, named, lists, omissions)
    return Source(images=tuple(images), omissions=omissions, licence=_licence(document))


def read_images(
    root: Path,
    pictures: Iterable[tuple[Path, Split | None]],
    classes: Mapping[int, str],
    omissions: Omissions,
    keypoints: int = 0,
) -> Iterator[SourceImage]:
    """Pictures with the rows of their text files."""
    for path, split in pictures:
        name, labels = shown(path, root), label_file(path, root)
        outside = [x for x in (path, labels) if not inside(root, x)]
        if outside:
            omissions.add("path_outside", shown(outside[0], root))
            continue
        if not is_file(labels):
            omissions.add("image_without_labels", name)
            yield SourceImage(path=path, source=name, boxes=(), split=split)
            continue
        try:
            boxes, lost = read_rows(labels, shown(labels, root), classes, omissions, keypoints)
        except InputError as e:
            omissions.add("annotation_damaged", f"{shown(labels, root)}: {e.problem}")
            continue
        yield SourceImage(path=path, source=name, boxes=boxes, lost=lost, split=split)


def label_file(picture: Path, root: Path) -> Path:
    """The text file of a picture: in ``labels`` instead of the last ``images`` on its way, else beside it."""
    parts = list(picture.relative_to(root).parts) if picture.is_relative_to(root) else list(picture.parts)
    places = [number for number, part in enumerate(parts[:-1]) if part == "images"]
    beside = picture.with_suffix(".txt")
    if not places:
        return beside
    parts[places[-1]] = "labels"
    apart = root.joinpath(*parts).with_suffix(".txt")
    return beside if is_file(beside) and not is_file(apart) else apart


def read_class_names(path: Path) -> dict[int, str]:
    """``classes.txt``: a name a line, numbered from 0.

    Raises:
        InputError: a blank line before a name: whether it has a number is not the same for all programs, and of it hang all others.
    """
    names = [line.strip() for line in read_text(path).splitlines()]
    while names and not names[-1]:
        names.pop()
    if "" in names:
        raise InputError(
            str(path), f"line {names.index('') + 1} is blank: expected a class's name, for its number is its line"
        )
    return dict(enumerate(names))


def _find_yaml(root: Path) -> Path | None:
    file = _choose_yaml(root)
    if file is not None:
        require_inside(root, file)
    return file


def _choose_yaml(root: Path) -> Path | None:
    named = [root / name for name in NAMED if is_file(root / name)]
    others = sorted(path for ending in ("*.yaml", "*.yml") for path in root.glob(ending))
    if named or not others:
        return named[0] if named else None
    if len(others) > 1:
        names = ", ".join(path.name for path in others)
        raise InputError(str(root), f"expected one YAML file or {NAMED[0]}, found {names}")
    return others[0]


def _parse(file: Path) -> dict[str, Any]:
    try:
        document = load_yaml(read_text(file))
    except (yaml.YAMLError, RecursionError, ValueError) as e:
        raise InputError(str(file), f"expected YAML: {e}") from e
    if not isinstance(document, dict):
        raise InputError(str(file), f"expected a mapping of keys to values, got {type(document).__name__}")
    if not any(document.get(key) for key in KEYS):
        raise InputError(str(file), "expected at least one of the keys 'train', 'val' and 'test'")
    return document


def _classes(document: Mapping[str, Any], file: Path) -> dict[int, str]:
    names = document.get("names")
    if names is None and isinstance(count := document.get("nc"), int):
        if not 0 < count <= MOST_CLASSES:
            raise InputError(str(file), f"nc: expected 1 to {MOST_CLASSES} classes, got {brief(count)}")
        return {number: str(number) for number in range(count)}
    pairs = (
        list(enumerate(names)) if isinstance(names, list) else list(names.items()) if isinstance(names, dict) else []
    )
    if not pairs:
        raise InputError(str(file), f"names: expected a list of classes, or numbers with classes, got {brief(names)}")
    found: dict[int, str] = {}
    for number, name in pairs:
        if isinstance(number, bool) or not str(number).isdecimal():
            raise InputError(str(file), f"names: expected class numbers, got {brief(number)}")
        if int(number) in found:
            raise InputError(str(file), f"names: class {int(number)} stands there twice")
        found[int(number)] = _class_name(name, int(number), file)
    return found


def _class_name(name: object, number: int, file: Path) -> str:
    """YAML takes a class called ``1`` for a number, which is still its name; of ``no`` nobody can tell how it was written."""
    if isinstance(name, bool):
        raise InputError(str(file), f"names: expected the name of class {number} in quotes, got {name}")
    if not isinstance(name, str | int | float) or not str(name).strip():
        raise InputError(str(file), f"names: expected the name of class {number}, got {brief(name)}")
    return str(name).strip()


def _keypoints(document: Mapping[str, Any], file: Path) -> int:
    shape = document.get("kpt_shape")
    if shape is None:
        return 0
    if not (isinstance(shape, list) and shape and all(isinstance(x, int) and x > 0 for x in shape)):
        raise InputError(str(file), f"kpt_shape: expected numbers above 0, got {brief(shape)}")
    return math.prod(shape)


def _pictures(
    document: Mapping[str, Any], key: str, file: Path, root: Path, lists: list[Path], omissions: Omissions
) -> Iterator[Path]:
    """The pictures of one split, in order of folder and path; text files that list them are added to ``lists``."""
    value = document[key]
    for entry in value if isinstance(value, list) else [value]:
        if not isinstance(entry, str) or not entry:
            raise InputError(str(file), f"{key}: expected a folder or a text file, got {brief(entry)}")
        place = _place(entry, document, root)
        if place is None:
            raise InputError(str(file), f"{key}: expected a folder or a text file below {root}, got {brief(entry)}")
        if is_folder(place):
            yield from walk(place, PICTURES, omissions)
        else:
            lists.append(place)
            yield from _listed(place, root, omissions)


def _place(entry: str, document: Mapping[str, Any], root: Path) -> Path | None:
    """Where an entry is: below ``path``, below the YAML file, or, as Roboflow writes it, one ``../`` too high."""
    above = document.get("path")
    bases = [root / above] if isinstance(above, str) and above else []
    without = entry
    while without.startswith("../"):
        without = without[3:]
    for base, name in [*((base, entry) for base in [*bases, root]), (root, without)]:
        place = base / name
        if inside(root, place) and (is_folder(place) or is_file(place)):
            return below(root, place)
    return None


def _listed(file: Path, root: Path, omissions: Omissions) -> Iterator[Path]:
    """A text file of pictures, relative to itself where they begin with ``./`` (as in ultralytics), else to the source."""
    for line in read_lines(file):
        candidates = [file.parent / line, root / line]
        path = next((x for x in candidates if is_file(x)), None)
        if path is None or not inside(root, path):
            reason = "image_missing" if path is None else "path_outside"
            omissions.add(reason, f"{shown(file, root)}: {printable(line)}")
        else:
            yield below(root, path)


def _read_without_yaml(root: Path, omissions: Omissions) -> Source:
    file = next((x for x in (root / "classes.txt", root / "labels" / "classes.txt") if is_file(x)), None)
    if file is None:
        raise InputError(str(root), f"expected {NAMED[0]} (ultralytics), or classes.txt, with the names of the classes")
    require_inside(root, file)
    pictures = list(walk(root, PICTURES, omissions))
    images = read_images(root, [(x, split_of_path(x, root)) for x in pictures], read_class_names(file), omissions)
    source = Source(images=tuple(images), omissions=omissions)
    count_orphans(root, pictures, [], omissions)
    return source


def count_orphans(root: Path, pictures: Iterable[Path], lists: Iterable[Path], omissions: Omissions) -> None:
    """Count the text files to which no picture belongs, in ``labels`` folders and wherever the rows of pictures lie."""
    used = {label_file(picture, root) for picture in pictures}
    places = {label.parent for label in used if is_file(label)}
    known = used | set(lists)
    for path in walk(root, frozenset({".txt"}), Omissions()):
        folders = path.relative_to(root).parts[:-1]
        rows = "labels" in folders or path.parent in places or path.stem in folders[-1:]
        if rows and path not in known and not path.name.lower().startswith(("classes.", "readme")):
            omissions.add("annotation_orphan", shown(path, root))


def _licence(document: Mapping[str, Any]) -> str:
    """Roboflow states it."""
    roboflow = document.get("roboflow")
    found = roboflow.get("license") if isinstance(roboflow, dict) else document.get("license")
    return found if isinstance(found, str) and found else "unknown"
