"""Opens a folder of labelled scans, whatever wrote it."""

from pathlib import Path

from scantally.datasets import ajna, dataset, simulated
from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import InputError

EXPECTED = (
    f"expected simulated scans (STEM.tif with STEM{simulated.TRUTH}), a dataset ({dataset.FILE}) "
    "or AJNA's layout (images and labels)"
)
BRING_IN = f"has no {dataset.FILE}: bring it in first with `scantally data import LAYOUT {{folder}} OUT`"

SIGNS = ("data.yaml", "classes.txt", "images", "annotations", "Annotations", "JPEGImages", "ImageSets", "*.xml")
"""What folders of other layouts hold (COCO, YOLO, Pascal VOC)."""

PARTS = ("train", "valid", "val", "test")
"""Their folders of splits; simulated suites have them too, but with a truth beside each scan."""

MOST_NAMED = 3


def open_data(folder: Path) -> list[LabelledScan]:
    """The labelled scans of a folder: a dataset that ``scantally data import`` wrote, AJNA's layout, or what
    ``scantally simulate`` writes.

    Raises:
        InputError: it is none of them; the message says what it seems to be, and what to do.
    """
    if not folder.exists():
        raise InputError(str(folder), "no such folder")
    if not folder.is_dir():
        raise InputError(str(folder), "is a file: expected a folder of labelled scans")
    if dataset.is_dataset(folder):
        return dataset.load(folder)
    if _is_simulated(folder):
        return simulated.load(folder)
    if _is_ajna(folder):
        return ajna.load(folder)
    raise InputError(str(folder), _hint(folder))


def _is_simulated(folder: Path) -> bool:
    return any(folder.glob(f"*{simulated.TRUTH}"))


def _is_ajna(folder: Path) -> bool:
    """Whether it holds at least one of the known scans: any other layout may have a folder ``images`` too."""
    known = ajna.known_groups()
    return any(path.name in known for path in (folder / "images").glob("*.jpg"))


def _is_openable(folder: Path) -> bool:
    return dataset.is_dataset(folder) or _is_simulated(folder) or _is_ajna(folder)


def _hint(folder: Path) -> str:
    """Why a folder cannot be opened: it holds what can, or lies in it, or has another layout, or none."""
    below = sorted(x.name for x in folder.iterdir() if x.is_dir() and _is_openable(x))
    if below:
        named = ", ".join(below[:MOST_NAMED]) + (", ..." if len(below) > MOST_NAMED else "")
        return f"{EXPECTED}; such data lie one folder deeper: {named}"
    parent = folder.resolve().parent
    if dataset.is_dataset(parent) or (folder.name in ("images", "labels") and _is_ajna(parent)):
        return f"{EXPECTED}; it is a part of such data: name the folder above it"
    if any(any(folder.glob(sign)) for sign in SIGNS) or any((folder / part).is_dir() for part in PARTS):
        return BRING_IN.format(folder=folder)
    return EXPECTED
