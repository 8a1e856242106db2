"""One XML file of Pascal VOC: the objects of one picture. How its pixels count: ``datasets.importers.voc``."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from scantally.datasets.importers.files import printable
from scantally.datasets.importers.source import Coordinates, SourceBox
from scantally.datasets.importers.values import MAX_SIDE
from scantally.detector.config.files import brief
from scantally.detector.errors import InputError
from scantally.detector.types import Box

DEVKIT = "PASCAL VOC"

_DIFFICULT = {"": False, "0": False, "false": False, "unspecified": False, "1": True, "true": True}


@dataclass(frozen=True, kw_only=True, slots=True)
class Annotation:
    """One XML file."""

    filename: str
    size: tuple[int, int] | None
    boxes: tuple[SourceBox, ...]
    damaged: tuple[str, ...]
    """Places of objects that cannot be read."""
    odd: tuple[str, ...]
    """Places of values that mean nothing here."""


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
    boxes, damaged, odd = [], [], list[str]()
    for number, item in enumerate(root.iterfind("object"), start=1):
        where = f"{source} object[{number}]"
        try:
            boxes.append(_box(item, where, one_based, odd))
        except ValueError as e:
            damaged.append(f"{where}{e}")
    damaged += [f"{source} {tag}: expected 'object' directly in 'annotation'" for tag in _misplaced(root)]
    return Annotation(
        filename=(root.findtext("filename") or "").strip(),
        size=_size(root, source, odd),
        boxes=tuple(boxes),
        damaged=tuple(damaged),
        odd=tuple(odd),
    )


def _misplaced(root: Element) -> list[str]:
    """Elements that look like objects, but stand deeper or are spelt otherwise."""
    right = {id(item) for item in root.iterfind("object")}
    return [x.tag for x in root.iter() if x.tag.rpartition("}")[2].lower() == "object" and id(x) not in right]


def _box(item: Element, where: str, one_based: bool, odd: list[str]) -> SourceBox:
    name = (item.findtext("name") or "").strip()
    if not name:
        raise ValueError(".name: expected a class")
    if len(item.findall("bndbox")) > 1:
        raise ValueError(".bndbox: expected one, got several")
    x0, y0, x1, y1 = (_number(item, f"bndbox/{edge}") for edge in ("xmin", "ymin", "xmax", "ymax"))
    box: Box = (x0 - 1, y0 - 1, x1, y1) if one_based else (x0, y0, x1, y1)
    difficult = (item.findtext("difficult") or "").strip()
    if difficult.lower() not in _DIFFICULT:
        odd.append(f"{where}.difficult {printable(brief(difficult))}")
    return SourceBox(name=name, box=box, where=where, crowd=_DIFFICULT.get(difficult.lower(), False))


def _number(item: Element, path: str) -> float:
    text = (item.findtext(path) or "").strip()
    try:
        return float(text)
    except ValueError:
        raise ValueError(f".{path.replace('/', '.')}: expected a number, got {brief(text)}") from None


def _size(root: Element, source: str, odd: list[str]) -> tuple[int, int] | None:
    """Stated width and height; some tools write 0 where they do not know."""
    texts = [(root.findtext(f"size/{side}") or "").strip() for side in ("width", "height")]
    try:
        width, height = (float(text or "0") for text in texts)
    except ValueError:
        width, height = -1.0, -1.0
    if width == height == 0:
        return None
    if 0 < width < MAX_SIDE and 0 < height < MAX_SIDE and width.is_integer() and height.is_integer():
        return int(width), int(height)
    odd.append(f"{source} size {printable(brief(texts))}")
    return None
