"""Rows of YOLO text files: a class number, then a box or a polygon as shares of the picture's width and height."""

from collections.abc import Mapping
from pathlib import Path

from scantally.datasets.importers.files import printable, read_lines
from scantally.datasets.importers.omissions import Omissions
from scantally.datasets.importers.source import SourceBox
from scantally.detector.config.files import brief


def read_rows(
    path: Path, name: str, classes: Mapping[int, str], omissions: Omissions, keypoints: int = 0
) -> tuple[tuple[SourceBox, ...], bool]:
    """The boxes of one text file, and whether rows were left out. Rows that cannot be read are counted.

    Args:
        path: The file.
        name: The file's name for messages.
        classes: Names by number.
        omissions: Where rows left out or changed are counted.
        keypoints: Numbers that follow each box and are not read (ultralytics' ``kpt_shape``).

    Raises:
        InputError: the file cannot be read as text.
    """
    boxes, lines = [], read_lines(path)
    for number, line in enumerate(lines, start=1):
        where = f"{name} row {number}"
        try:
            box = _box(line, where, classes, keypoints)
        except ValueError as e:
            omissions.add("box_damaged", f"{where}: {e}")
            continue
        except KeyError as e:
            omissions.add("class_undefined", f"{where}: class {brief(e.args[0])}")
            continue
        if _is_polygon(line, keypoints):
            omissions.add("box_of_polygon", where)
        boxes.append(box)
    return tuple(boxes), len(boxes) < len(lines)


def _box(line: str, where: str, classes: Mapping[int, str], keypoints: int) -> SourceBox:
    parts = line.split()
    try:
        # Some tools write the class as 0.0.
        number, values = float(parts[0]), [float(part) for part in parts[1:]]
    except ValueError:
        raise ValueError(f"expected numbers, got {brief(printable(line))}") from None
    if not number.is_integer():
        raise ValueError(f"expected a class number, got {brief(parts[0])}")
    if len(values) == 4 + keypoints:
        cx, cy, width, height = values[:4]
        box = (cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2)
    elif _is_polygon(line, keypoints):
        across, down = values[0::2], values[1::2]
        box = (min(across), min(down), max(across), max(down))
    else:
        raise ValueError(f"expected four numbers after the class, or the corners of a polygon, got {len(values)}")
    if int(number) not in classes:
        raise KeyError(int(number))
    return SourceBox(name=classes[int(number)], box=box, where=where, unit="share")


def _is_polygon(line: str, keypoints: int) -> bool:
    """Three corners or more; a box with keypoints is none."""
    count = len(line.split()) - 1
    return keypoints == 0 and count >= 6 and count % 2 == 0
