"""COCO's object detection format (cocodataset.org, "Data format"), in the arrangements in which it is found.

- ``annotations/instances_train.json`` with pictures in ``train``, ``images/train``, ``images`` or beside it;
- ``train/_annotations.coco.json`` with the pictures beside it, as Roboflow exports it;
- Scantally's own ``dataset.json``, whose additional keys are kept.

``bbox`` is x, y, width and height in px; x and y count from 0 at the picture's edge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scantally.datasets.dataset import Split
from scantally.datasets.importers.coco_groups import Groups
from scantally.datasets.importers.files import (
    MAX_JSON_BYTES,
    below,
    inside,
    is_file,
    is_folder,
    printable,
    shown,
    split_of,
    split_of_path,
    walk,
)
from scantally.datasets.importers.omissions import Omissions
from scantally.datasets.importers.rest import count_unnamed
from scantally.datasets.importers.source import ReadingOptions, Source, SourceBox, SourceImage
from scantally.datasets.importers.values import (
    MAX_SIDE,
    is_number,
    stated_flag,
    stated_name,
    stated_pitch,
    stated_split,
)
from scantally.detector.config.files import brief, parse_json, read_bytes
from scantally.detector.errors import InputError

OTHERS = ("captions_", "image_info_", "panoptic_", "person_keypoints_", "stuff_")
"""Beginnings of COCO's files for other tasks; the same pictures stand in ``instances_*.json``."""

TAGS = ("instances_", "annotations_", "coco_")
"""What stands before the name of a folder of pictures."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One JSON file, and the folders in which its pictures may lie, the likeliest first."""

    file: Path
    folders: tuple[Path, ...]
    split: Split | None


def read(root: Path, options: ReadingOptions) -> Source:
    """Every COCO file of detection below ``root`` with its pictures.

    Raises:
        InputError: no such file, or one that is damaged; the message names the place in it.
    """
    omissions = Omissions()
    parts = []
    for path in walk(root, frozenset({".json"}), omissions):
        if path.name.startswith(OTHERS):
            omissions.add("file_passed_over", shown(path, root))
        else:
            parts.append(Part(file=path, folders=_folders(path, root), split=split_of(path.stem)))
    return read_parts(root, parts, omissions)


def read_parts(root: Path, parts: Sequence[Part], omissions: Omissions) -> Source:
    """These COCO files as one source.

    Raises:
        InputError: none of them is COCO, or one is damaged.
    """
    images: list[SourceImage] = []
    groups = Groups(omissions)
    named: set[Path] = set()
    texts: list[tuple[str, str]] = []
    for part in parts:
        if not inside(root, part.file):
            omissions.add("path_outside", shown(part.file, root))
            continue
        document = parse_json(read_bytes(part.file, InputError, MAX_JSON_BYTES), str(part.file))
        if not _is_detection(document):
            omissions.add("file_passed_over", shown(part.file, root))
            continue
        reading = _Reading(part, root, document, omissions)
        images += reading.images()
        named |= reading.named
        groups.add(reading.classes(), shown(part.file, root))
        texts.append((_text(document, "info", "description"), _licence(document)))
    if not texts:
        raise InputError(str(root), "expected a COCO file: JSON with the keys 'images', 'annotations' and 'categories'")
    count_unnamed(root, named, omissions)
    description, licence = texts[0]
    return Source(
        images=tuple(images),
        omissions=omissions,
        known=groups.known,
        description=description,
        licence=licence or "unknown",
    )


def count_others(root: Path, parts: Sequence[Part], omissions: Omissions) -> None:
    """Count the JSON files of ``root/annotations`` that are none of these parts."""
    taken = {part.file for part in parts}
    for path in walk(root / "annotations", frozenset({".json"}), Omissions()):
        if path not in taken:
            omissions.add("file_passed_over", shown(path, root))


def _is_detection(document: object) -> bool:
    return isinstance(document, dict) and {"images", "annotations", "categories"} <= document.keys()


def _folders(file: Path, root: Path) -> tuple[Path, ...]:
    """Where the pictures of a JSON file may lie."""
    tag = file.stem
    for start in TAGS:
        tag = tag.removeprefix(start)
    split = split_of(file.stem)
    names = dict.fromkeys([tag, *([split] if split else [])])
    bases = dict.fromkeys([file.parent, file.parent.parent if file.parent != root else root, root])
    folders = [base / "images" / name for base in bases for name in names]
    folders += [base / name / "images" for base in bases for name in names]
    folders += [base / name for base in bases for name in names]
    folders += [base / "images" for base in bases] + list(bases)
    return tuple(x for x in folders if is_folder(x) and inside(root, x))


class _Reading:
    """One COCO document on its way."""

    def __init__(self, part: Part, root: Path, document: dict[str, Any], omissions: Omissions) -> None:
        self._part, self._root, self._document, self._omissions = part, root, document, omissions
        self._name = shown(part.file, root)
        self._categories = self._read_categories()
        self.named: set[Path] = set()

    def classes(self) -> list[tuple[str, str | None]]:
        """Names and supercategories."""
        return list(self._categories.values())

    def images(self) -> list[SourceImage]:
        """The document's pictures that are there, with their boxes."""
        entries = self._list("images")
        stated: dict[int | str, SourceImage | None] = {}
        for number, entry in enumerate(entries):
            where = f"images[{number}]"
            key = self._key(entry, "id", where)
            if key in stated:
                raise self._fault(f"{where}.id: {brief(key)} stands there twice")
            stated[key] = self._image(entry, where)
        boxes, lost = self._boxes(stated)
        there = [(key, image) for key, image in stated.items() if image is not None]
        return [replace(image, boxes=tuple(boxes[key]), lost=key in lost) for key, image in there]

    def _image(self, entry: Mapping[str, Any], where: str) -> SourceImage | None:
        name = entry.get("file_name")
        if not isinstance(name, str) or not name:
            raise self._fault(f"{where}.file_name: expected a file's name, got {brief(name)}")
        path = self._find(name)
        if path is None:
            return None
        # The keys that dataset.json adds; from elsewhere they are taken only where they mean the same.
        at, odd = f"{self._name}: {where}", self._omissions
        split = stated_split(entry.get("split"), f"{at}.split", odd)
        return SourceImage(
            path=path,
            source=shown(path, self._root),
            boxes=(),
            split=split or self._part.split or split_of_path(path, self._root),
            stated=self._size(entry, where),
            group=stated_name(entry.get("group"), f"{at}.group", odd),
            scanner=stated_name(entry.get("scanner"), f"{at}.scanner", odd),
            pitch_mm=stated_pitch(entry.get("pitch_mm"), f"{at}.pitch_mm", odd),
        )

    def _find(self, name: str) -> Path | None:
        # Files written on Windows part folders by backslashes, which may also be part of a name.
        spellings = dict.fromkeys([name, name.replace("\\", "/")])
        found = [path for x in spellings for folder in self._part.folders if is_file(path := folder / x)]
        if found:
            self.named.add(below(self._root, found[0]))
        if found and inside(self._root, found[0]):
            return below(self._root, found[0])
        leads_out = bool(found) or name.startswith("/") or ".." in name.replace("\\", "/").split("/")
        reason = "path_outside" if leads_out else "image_missing"
        self._omissions.add(reason, f"{self._name}: {printable(name)}")
        return None

    def _size(self, entry: Mapping[str, Any], where: str) -> tuple[int, int] | None:
        stated = [entry.get("width"), entry.get("height")]
        if stated == [None, None] or stated == [0, 0]:
            return None
        sides = [int(x) for x in stated if is_number(x) and float(x).is_integer() and 0 < x < MAX_SIDE]
        if len(sides) != 2:
            raise self._fault(f"{where}: expected width and height in px, got {brief(stated)}")
        return sides[0], sides[1]

    def _boxes(
        self, images: Mapping[int | str, SourceImage | None]
    ) -> tuple[dict[int | str, list[SourceBox]], set[int | str]]:
        """The boxes of each picture, and the pictures of which boxes are left out."""
        lost: set[int | str] = set()
        boxes: dict[int | str, list[SourceBox]] = {key: [] for key in images}
        for number, entry in enumerate(self._list("annotations")):
            where = f"annotations[{number}]"
            key = self._key(entry, "image_id", where)
            category = self._key(entry, "category_id", where)
            if key not in images:
                self._omissions.add("annotation_orphan", f"{self._name}: {where}.image_id {brief(key)}")
                continue
            box = self._box(entry, where)
            if category not in self._categories:
                self._omissions.add("class_undefined", f"{self._name}: {where}.category_id {brief(category)}")
                lost.add(key)
                continue
            at = f"{self._name}: {where}"
            crowd = stated_flag(entry.get("iscrowd"), False, f"{at}.iscrowd", self._omissions)
            sure = stated_flag(entry.get("sure"), True, f"{at}.sure", self._omissions)
            boxes[key].append(SourceBox(name=self._categories[category][0], box=box, where=at, crowd=crowd, sure=sure))
        return boxes, lost

    def _box(self, entry: Mapping[str, Any], where: str) -> tuple[float, float, float, float]:
        value = entry.get("bbox")
        if not (isinstance(value, list) and len(value) == 4 and all(is_number(x) for x in value)):
            raise self._fault(f"{where}.bbox: expected four numbers, got {brief(value)}")
        x, y, width, height = (float(part) for part in value)
        return (x, y, x + width, y + height)

    def _read_categories(self) -> dict[int | str, tuple[str, str | None]]:
        found: dict[int | str, tuple[str, str | None]] = {}
        for number, entry in enumerate(self._list("categories")):
            where = f"categories[{number}]"
            key, name = self._key(entry, "id", where), entry.get("name")
            if not isinstance(name, str) or not name.strip():
                raise self._fault(f"{where}.name: expected a class's name, got {brief(name)}")
            if key in found:
                raise self._fault(f"{where}.id: {brief(key)} stands there twice")
            above = entry.get("supercategory")
            stated = above if isinstance(above, str) or above is None else brief(above)
            found[key] = (name.strip(), stated or None)
        return found

    def _list(self, key: str) -> list[dict[str, Any]]:
        value = self._document[key]
        if not isinstance(value, list):
            raise self._fault(f"{key}: expected a list, got {brief(value)}")
        for number, entry in enumerate(value):
            if not isinstance(entry, dict):
                raise self._fault(f"{key}[{number}]: expected an object, got {brief(entry)}")
        return value

    def _key(self, entry: Mapping[str, Any], key: str, where: str) -> int | str:
        value = entry.get(key)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self._fault(f"{where}.{key}: expected a number, got {brief(value)}")
        return value

    def _fault(self, problem: str) -> InputError:
        return InputError(str(self._part.file), problem)


def _text(document: Mapping[str, Any], outer: str, key: str) -> str:
    value = document.get(outer)
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""


def _licence(document: Mapping[str, Any]) -> str:
    own = _text(document, "info", "licence")
    listed = document.get("licenses")
    names = [x.get("name") for x in listed if isinstance(x, dict)] if isinstance(listed, list) else []
    return own or ", ".join(x for x in names if isinstance(x, str))
