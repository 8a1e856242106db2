"""CargoXray (github.com/IS2AI/cargoxray): loads of lorries and railway wagons, as its authors keep it or as Roboflow exports it.

The authors' tables are lists of records, gzipped or not: ``images.json.gz`` (``image_id``, ``file_name`` or ``filepath``, ``width``, ``height``, and
``subset`` in some versions), ``annotations.json.gz`` and ``categories.json.gz``. Two versions of the second are known: ``x, y, w, h`` of the
upper left corner in px with ``category_id``; or, in the older one, ``x, y, width, height`` of the centre as shares with ``label``.
Everything else is read as COCO, YOLO or Pascal VOC, whichever is there.
"""

import gzip
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from scantally.datasets.importers import coco, voc, yolo
from scantally.datasets.importers.files import (
    MAX_JSON_BYTES,
    below,
    inside,
    is_file,
    printable,
    require_inside,
    shown,
    split_of,
    walk,
)
from scantally.datasets.importers.omissions import Omissions
from scantally.datasets.importers.rest import count_unnamed
from scantally.datasets.importers.source import ReadingOptions, Source, SourceBox, SourceImage
from scantally.datasets.importers.values import is_number, stated_size, stated_split
from scantally.detector.config.files import brief, parse_json, read_bytes
from scantally.detector.errors import InputError

Record = dict[str, Any]

UNNAMED = "unnamed"
"""The class of a region that its annotators gave none."""


def read(root: Path, options: ReadingOptions) -> Source:
    """The authors' tables, else whichever usual form is there.

    Raises:
        InputError: none is there, or a table is damaged; the message names the record.
    """
    images = _table(root, "images")
    if images is not None:
        return _read_tables(root, images)
    found = {path.suffix.lower() for path in walk(root, frozenset({".json", ".yaml", ".yml", ".xml"}), Omissions())}
    if ".json" in found:
        return coco.read(root, options)
    if found & {".yaml", ".yml"}:
        return yolo.read(root, options)
    if ".xml" in found:
        return voc.read(root, options)
    raise InputError(
        str(root), "expected images.json.gz with annotations.json.gz, or a COCO, YOLO or Pascal VOC export"
    )


def _read_tables(root: Path, images: list[Record]) -> Source:
    omissions = Omissions()
    annotations = _table(root, "annotations")
    if annotations is None:
        raise InputError(str(root), "expected annotations.json.gz beside images.json.gz")
    categories = {
        key: x.get("name") for key, x in _by_key(_table(root, "categories") or [], "category_id", "categories")
    }
    boxes: dict[int | str, list[SourceBox]] = defaultdict(list)
    lost: set[int | str] = set()
    for number, record in enumerate(annotations):
        box = _box(record, f"annotations[{number}]", categories, omissions)
        key = _key(record, "image_id", "annotations", number)
        if box is None:
            lost.add(key)
        else:
            boxes[key].append(box)
    found = []
    for number, (key, record) in enumerate(_by_key(images, "image_id", "images")):
        image = _image(record, tuple(boxes.pop(key, [])), root, f"images[{number}]", omissions)
        found += [replace(image, lost=key in lost)] if image else []
    for orphan in (box for left in boxes.values() for box in left):
        omissions.add("annotation_orphan", orphan.where)
    count_unnamed(root, [path for record in images if (path := _place(record, root)) is not None], omissions)
    return Source(images=tuple(found), omissions=omissions)


def _by_key(records: list[Record], key: str, table: str) -> Iterator[tuple[int | str, Record]]:
    """Records with their numbers, each of which stands once: of two that share one, no annotation says which it means."""
    seen: set[int | str] = set()
    for number, record in enumerate(records):
        value = _key(record, key, table, number)
        if value in seen:
            raise InputError(f"{table}.json", f"{table}[{number}].{key}: {brief(value)} stands there twice")
        seen.add(value)
        yield value, record


def _image(
    record: Record, boxes: tuple[SourceBox, ...], root: Path, where: str, omissions: Omissions
) -> SourceImage | None:
    name = record.get("file_name", record.get("filepath"))
    if not isinstance(name, str) or not name:
        raise InputError(str(root / "images.json"), f"{where}.file_name: expected a file's name, got {brief(name)}")
    path = _place(record, root)
    if path is None or not inside(root, path):
        omissions.add("image_missing" if path is None else "path_outside", f"{where}: {printable(name)}")
        return None
    subset = record.get("subset")
    split = split_of(subset) if isinstance(subset, str) else None
    split = split or stated_split(subset, f"{where}.subset", omissions)
    stated = stated_size(record.get("width"), record.get("height"), where, omissions)
    return SourceImage(path=path, source=shown(path, root), boxes=boxes, split=split, stated=stated)


def _place(record: Record, root: Path) -> Path | None:
    """Where the picture of a record lies; None where it is not there."""
    name = record.get("file_name", record.get("filepath"))
    places = (root / "images" / name, root / name) if isinstance(name, str) and name else ()
    return next((below(root, x) for x in places if is_file(x)), None)


def _box(record: Record, where: str, categories: Mapping[int | str, object], omissions: Omissions) -> SourceBox | None:
    """Either form of a record; None, and counted, where it is neither."""
    older = "w" not in record
    values = [record.get(key) for key in (("x", "y", "width", "height") if older else ("x", "y", "w", "h"))]
    if not all(is_number(x) for x in values):
        omissions.add("box_damaged", f"{where}: expected x, y, width and height, got {brief(values)}")
        return None
    x, y, width, height = (float(value) for value in values if is_number(value))
    if "label" in record:
        name = record["label"]
    elif isinstance(number := record.get("category_id"), int | str) and number in categories:
        name = categories[number]
    else:
        omissions.add("class_undefined", f"{where}.category_id {brief(record.get('category_id'))}")
        return None
    label = name.strip() if isinstance(name, str) and name.strip() else UNNAMED
    if older:
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        return SourceBox(name=label, box=box, where=where, unit="share")
    return SourceBox(name=label, box=(x, y, x + width, y + height), where=where)


def _table(root: Path, name: str) -> list[Record] | None:
    """A table of records; None where it is not there."""
    path = next((x for x in (root / f"{name}.json.gz", root / f"{name}.json") if is_file(x)), None)
    if path is None:
        return None
    require_inside(root, path)
    document = parse_json(_unzipped(path), str(path))
    if not isinstance(document, list) or not all(isinstance(x, dict) for x in document):
        raise InputError(str(path), f"expected a list of records, got {brief(document)}")
    return document


def _unzipped(path: Path) -> bytes:
    raw = read_bytes(path, InputError, MAX_JSON_BYTES)
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        with gzip.open(path) as file:
            found = file.read(MAX_JSON_BYTES + 1)
    except (OSError, EOFError, zlib.error) as e:
        raise InputError(str(path), f"expected gzip: {e}") from e
    if len(found) > MAX_JSON_BYTES:
        raise InputError(str(path), f"over the limit of {MAX_JSON_BYTES} bytes when unzipped")
    return found


def _key(record: Record, key: str, table: str, number: int) -> int | str:
    value = record.get(key)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise InputError(f"{table}.json", f"{table}[{number}].{key}: expected a number, got {brief(value)}")
    return value
