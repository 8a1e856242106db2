"""Opens a folder of labelled scans, whatever wrote it."""

from pathlib import Path

from scantally.datasets import ajna, dataset, simulated
from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import InputError


def open_data(folder: Path) -> list[LabelledScan]:
    """The labelled scans of a folder: a dataset that ``scantally data import`` wrote, AJNA's layout, or what
    ``scantally simulate`` writes.

    Raises:
        InputError: it is none of them.
    """
    if not folder.is_dir():
        raise InputError(str(folder), "expected a folder of labelled scans")
    if dataset.is_dataset(folder):
        return dataset.load(folder)
    return ajna.load(folder) if (folder / "images").is_dir() else simulated.load(folder)
