"""Text files of OPIXray and HiXray: a row per object, ``name class x1 y1 x2 y2``, corners in px from 0.

Both keep, in each of the folders ``train`` and ``test``: ``train_image/*.jpg``, ``train_annotation/*.txt`` and a list of names,
``train_knife.txt`` or ``train_name.txt``. A text file belongs to the picture of its own name; the name in its rows is not read.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from scantally.datasets.dataset import Split
from scantally.datasets.importers.files import PICTURES, by_format, inside, printable, read_lines, shown, walk
from scantally.datasets.importers.omissions import Omissions
from scantally.datasets.importers.rest import count_unnamed
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
    images, pictures = [], list[Path]()
    for part in there:
        found = sorted(walk(root / part / f"{part}_image", PICTURES, omissions), key=by_format)
        pictures += found
        images += _read_part(root, part, found, list_name, omissions)
    count_unnamed(root, pictures, omissions)
    return Source(images=tuple(images), omissions=omissions)


def _read_part(
    root: Path, part: Split, pictures: Sequence[Path], list_name: str, omissions: Omissions
) -> list[SourceImage]:
    folder = root / part
    texts = list(walk(folder / f"{part}_annotation", frozenset({".txt"}), omissions))
    there = {path.stem for path in (*pictures, *texts)}
    listed = folder / f"{part}_{list_name}.txt"
    if listed.is_file() and not inside(root, listed):
        omissions.add("path_outside", shown(listed, root))
    for name in read_lines(listed) if listed.is_file() and inside(root, listed) else []:
        stem = Path(name).stem if Path(name).suffix.lower() in PICTURES else name
        if stem not in there:
            omissions.add("image_missing", f"{shown(listed, root)}: {printable(name)}")
    text_of = _paired(folder, pictures, texts)
    _count_alone(root, pictures, texts, text_of, omissions)
    images = []
    for picture in sorted(text_of, key=lambda path: (path.stem, path)):
        image = _read_image(root, picture, text_of[picture], part, omissions)
        images += [image] if image else []
    return images


def _paired(folder: Path, pictures: Sequence[Path], texts: Sequence[Path]) -> dict[Path, Path]:
    """The text file of each picture, each used once: of the same folders and name where there is one, else of the name."""

    def whole(path: Path) -> str:
        return "/".join(path.relative_to(folder).with_suffix("").parts[1:])

    def stem(path: Path) -> str:
        return path.stem

    found: dict[Path, Path] = {}
    for key in (whole, stem):
        waiting: dict[str, Path] = {}
        for picture in pictures:
            if picture not in found:
                waiting.setdefault(key(picture), picture)
        used = set(found.values())
        for text in texts:
            if text not in used and (match := waiting.pop(key(text), None)) is not None:
                found[match] = text
    return found


def _count_alone(
    root: Path, pictures: Sequence[Path], texts: Sequence[Path], text_of: Mapping[Path, Path], omissions: Omissions
) -> None:
    """Text files without a picture, and pictures without a text file of their own."""
    used, stems = set(text_of.values()), {path.stem for path in pictures}
    for text in texts:
        if text not in used:
            # Of a second text file the picture is there, and has another.
            omissions.add("annotation_orphan" if text.stem in stems else "image_missing", shown(text, root))
    for picture in pictures:
        if picture not in text_of:
            omissions.add("annotation_missing", shown(picture, root))


def _read_image(root: Path, picture: Path, text: Path, part: Split, omissions: Omissions) -> SourceImage | None:
    name = shown(text, root)
    outside = [path for path in (picture, text) if not inside(root, path)]
    if outside:
        omissions.add("path_outside", shown(outside[0], root))
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
