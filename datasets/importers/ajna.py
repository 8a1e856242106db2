"""The AJNA container scans, as upstream keeps them or as ``images`` and ``labels``, with the project's labels of their loads.

Upstream (github.com/IvanBrasilico/ajna_bbox): a folder per scan, ``bases/baseline/ID/ID.jpg`` with YOLO rows in ``ID.txt`` beside it, as
labelImg writes them; ``classes.txt`` may be missing, the one class is ``container``. Every scan shows a container, so one
without rows is left out. Scanner, group of near-duplicates and load come from ``datasets/labels`` for the scans named there.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from scantally.datasets import ajna
from scantally.datasets.importers.classes import Target
from scantally.datasets.importers.files import PICTURES, is_file, require_inside, shown, walk
from scantally.datasets.importers.omissions import Omissions
from scantally.datasets.importers.source import ReadingOptions, Source, SourceBox, SourceImage
from scantally.datasets.importers.yolo import count_orphans, label_file, read_class_names, read_images
from scantally.detector.errors import InputError
from scantally.detector.types import Group

CONTAINER = "container"


def read(root: Path, options: ReadingOptions) -> Source:
    """Every scan below ``root`` that has rows, with what the project knows of it.

    Raises:
        InputError: there are no pictures, or none has rows.
    """
    omissions = Omissions()
    pictures = list(walk(root, PICTURES, omissions))
    labelled = [path for path in pictures if is_file(label_file(path, root))]
    if not labelled:
        raise InputError(
            str(root), "expected scans (ID/ID.jpg or images/ID.jpg) with YOLO rows (ID/ID.txt or labels/ID.txt)"
        )
    for path in pictures:
        if not is_file(label_file(path, root)):
            omissions.add("annotation_missing", shown(path, root))
    images = list(read_images(root, [(path, None) for path in labelled], _classes(root), omissions))
    count_orphans(root, pictures, [], omissions)
    loads = ajna.load_labels()
    known = {CONTAINER: Target(label=CONTAINER, group=Group.STRUCTURE)}
    known |= {x.label: Target(label=x.label, group=Group.LOAD) for labels in loads.values() for x in labels}
    return Source(
        images=tuple(_with_knowledge(image) for image in images if _has_rows(image, omissions)),
        omissions=omissions,
        known=known,
        description="AJNA: container scans of Brazilian customs, with Scantally's load labels and groups",
        licence="GPL-3.0 (github.com/IvanBrasilico/ajna_bbox)",
    )


def _has_rows(image: SourceImage, omissions: Omissions) -> bool:
    if not image.boxes:
        omissions.add("annotation_missing", f"{image.source}: its text file has no rows")
    return bool(image.boxes)


def _classes(root: Path) -> dict[int, str]:
    places: Sequence[Path] = [
        root / "classes.txt",
        root / "labels" / "classes.txt",
        *sorted(root.glob("*/classes.txt")),
    ]
    path = next(filter(is_file, places), None)
    if path is None:
        return {0: CONTAINER}
    require_inside(root, path)
    return read_class_names(path)


def _with_knowledge(image: SourceImage) -> SourceImage:
    """Add the load labels, and say scanner and group; a scan that ``datasets/labels`` does not name keeps its boxes."""
    name = Path(image.source).name
    scanner, group = ajna.known_groups().get(name, (None, None))
    loads = tuple(
        SourceBox(name=x.label, box=x.box, where=f"load label of {name}", sure=x.sure)
        for x in ajna.load_labels().get(name, [])
    )
    return replace(image, boxes=(*image.boxes, *loads), scanner=scanner, group=group)
