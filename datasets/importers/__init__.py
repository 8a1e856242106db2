"""Layouts of datasets: a folder as somebody published it in, its pictures and boxes out.

One row per layout; its module is imported when a dataset of that layout is read. A layout knows which files belong together and what
they say. What is done with that (class maps, groups, checks of boxes, copying) is the same for all: ``datasets.importers.run``.

To add one: a module with ``read(root, options) -> Source``, a row in IMPORTERS, a test.
"""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from scantally.datasets.importers.source import ReadingOptions, Source

__all__ = ["IMPORTERS", "Importer", "reader"]


class Reader(Protocol):
    """What a layout's module offers."""

    def read(self, root: Path, options: ReadingOptions) -> Source:
        """What a folder of this layout holds, or InputError."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Importer:
    """One row: who reads the layout, and what it looks like."""

    module: str
    what: str


IMPORTERS: dict[str, Importer] = {
    "coco": Importer(
        module="scantally.datasets.importers.coco",
        what="COCO JSON (annotations/*.json, or one JSON beside the images of each split, as Roboflow writes it)",
    ),
    "yolo": Importer(
        module="scantally.datasets.importers.yolo",
        what="YOLO rows with ultralytics' data.yaml (or classes.txt): boxes, or polygons whose boxes are taken",
    ),
    "voc": Importer(
        module="scantally.datasets.importers.voc",
        what="Pascal VOC XML: Annotations, JPEGImages and ImageSets, or annotations and images, or both in one folder",
    ),
    "ajna": Importer(
        module="scantally.datasets.importers.ajna",
        what="AJNA container scans: a folder per scan (ID/ID.jpg, ID/ID.txt), or images and labels; adds the load labels",
    ),
    "pidray": Importer(
        module="scantally.datasets.importers.pidray",
        what="PIDray: annotations/xray_train.json and xray_test_{easy,hard,hidden}.json, folders of the same names",
    ),
    "opixray": Importer(
        module="scantally.datasets.importers.opixray",
        what="OPIXray: train and test, each with *_image, *_annotation (rows: name class x1 y1 x2 y2), *_knife.txt",
    ),
    "sixray": Importer(
        module="scantally.datasets.importers.sixray",
        what="SIXray: JPEGImage, Annotation (VOC XML of the positives), ImageSet/{10,100,1000}/{train,test}.csv",
    ),
    "hixray": Importer(
        module="scantally.datasets.importers.hixray",
        what="HiXray: train and test, each with *_image, *_annotation (rows as in OPIXray), *_name.txt",
    ),
    "clcxray": Importer(
        module="scantally.datasets.importers.clcxray",
        what="CLCXray: annotations/instances_{train,val,test}2017.json, folders train2017, val2017, test2017",
    ),
    "cargoxray": Importer(
        module="scantally.datasets.importers.cargoxray",
        what="CargoXray: the authors' tables (images, annotations, categories .json.gz), or a Roboflow export",
    ),
}


def reader(name: str) -> Reader:
    """The reader of a layout, imported now."""
    return cast(Reader, import_module(IMPORTERS[name].module))
