"""Text files of OPIXray and HiXray: a row per object, ``name class x1 y1 x2 y2``, corners in px from 0.

Both keep, in each of the folders ``train`` and ``test``: ``train_image/*.jpg``, ``train_annotation/*.txt`` and a list of names,
``train_knife.txt`` or ``train_name.txt``. A text file belongs to the picture of its own name; the name in its rows is not read.
"""

from pathlib import Path

from scantally.datasets.dataset import Split
from scantally.datasets.importers.files import PICTURES, inside, printable, read_lines, shown, walk
from scantally.datasets.importers.omissions import Omissions
from scantally.datasets.importers.source import Source, SourceBox, SourceImage
from scantally.detector.config.files import brief
from scantally.detector.errors import InputError

PARTS: tuple[Split, ...] = ("train", "val", "test")


def read_corner_rows(root: Path, list_name: str) -> Source:
    """The parts ``train``, ``val`` and ``test`` as far as they are there.

    Args:
        root: The folder that holds them.
        list_name: What follows the part's name in the name of its list: ``knife`` for ``train_knife.txt``.

    Raises:
        InputError: no part is there.
    """
    omissions = Omissions()
    there = [part for part in PARTS if (root / part / f"{part}_annotation").is_dir()]
    if not there:
        raise InputError(str(root), "expected train/train_annotation or test/test_annotation, and *_image beside it")
    images = []
    for part in there:
        images += _read_part(root, part, list_name, omissions)
    return Source(images=tuple(images), omissions=omissions)


def _read_part(root: Path, part: Split, list_name: str, omissions: Omissions) -> list[SourceImage]:
    folder = root / part
    pictures = {path.stem: path for path in walk(folder / f"{part}_image", PICTURES, omissions)}
    texts = {path.stem: path for path in walk(folder / f"{part}_annotation", frozenset({".txt"}), omissions)}
    listed = folder / f"{part}_{list_name}.txt"
    for name in read_lines(listed) if listed.is_file() else []:
        stem = Path(name).stem if Path(name).suffix.lower() in PICTURES else name
        if stem not in pictures and stem not in texts:
            omissions.add("image_missing", f"{shown(listed, root)}: {printable(name)}")
    for stem in texts.keys() - pictures.keys():
        omissions.add("image_missing", shown(texts[stem], root))
    for stem in pictures.keys() - texts.keys():
        omissions.add("annotation_missing", shown(pictures[stem], root))
    images = []
    for stem in sorted(pictures.keys() & texts.keys()):
        image = _read_image(root, pictures[stem], texts[stem], part, omissions)
        images += [image] if image else []
    return images


def _read_image(root: Path, picture: Path, text: Path, part: Split, omissions: Omissions) -> SourceImage | None:
    name = shown(text, root)
    if not inside(root, picture) or not inside(root, text):
        omissions.add("path_outside", shown(picture, root))
        return None
    try:
        lines = read_lines(text)
    except InputError as e:
        omissions.add("annotation_damaged", f"{name}: {e.problem}")
        return None
    boxes = []
    for number, line in enumerate(lines, start=1):
        where = f"{name} row {number}"
        box = parse_row(line, where)
        if box is None:
            omissions.add("box_damaged", f"{where}: expected 'name class x1 y1 x2 y2', got {brief(printable(line))}")
        else:
            boxes.append(box)
    return SourceImage(
        path=picture, source=shown(picture, root), boxes=tuple(boxes), lost=len(boxes) < len(lines), split=part
    )


def parse_row(line: str, where: str) -> SourceBox | None:
    """One row; None where it is none. A picture's name may hold blanks, so the row is read from its end."""
    parts = line.rsplit(maxsplit=5)
    if len(parts) != 6:
        return None
    try:
        x0, y0, x1, y1 = (float(part) for part in parts[2:])
    except ValueError:
        return None
    return SourceBox(name=parts[1], box=(x0, y0, x1, y1), where=where)
