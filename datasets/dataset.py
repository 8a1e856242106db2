"""A dataset as Scantally keeps it: a folder with ``dataset.json`` (COCO, with a few keys more) and the original picture files.

COCO's object detection format (cocodataset.org, "Data format") is what most tools read; its readers pass over keys that they do not
know. The added keys say what a scan needs and COCO has no words for: which scans must not be parted, which scanner made them, how
their grey values are to be read. Picture files are kept byte for byte, so that 16 bits stay 16 bits.
"""

import functools
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from scantally.datasets.labelled import Label, LabelledScan, open_transmission
from scantally.detector.config.files import first_problem, read_bytes, refuse_keys_twice, sha256
from scantally.detector.errors import ConfigError, InputError
from scantally.detector.models.package import Name
from scantally.detector.types import Document, Group

FILE = "dataset.json"
IMAGES = "images"

Split = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")

Whole = Annotated[int, Field(gt=0)]
MOST_PX = 1e9
"""No picture is so large; numbers up to here can be added and multiplied without care."""

LEAST_PITCH_MM, MOST_PITCH_MM = 0.001, 1000.0
"""Far below and far above the pixel pitch of any scanner: what lies beyond is a mistake or another unit."""

Px = Annotated[float, Field(ge=-MOST_PX, le=MOST_PX, allow_inf_nan=False)]
Area = Annotated[float, Field(ge=-(MOST_PX**2), le=MOST_PX**2, allow_inf_nan=False)]


class Image(Document):
    """One picture file, relative to the dataset's folder, with what is known of it."""

    id: int
    file_name: str
    width: Whole
    height: Whole
    sha256: str
    source: str
    """The file as the imported dataset named it."""
    group: str
    """Pictures of one group show the same thing, or were made from one picture: a split never parts them."""
    scanner: str = "unknown"
    split: Split | None = None
    pitch_mm: Annotated[float, Field(ge=LEAST_PITCH_MM, le=MOST_PITCH_MM, allow_inf_nan=False)] | None = None


class Annotation(Document):
    """One box, ``[x, y, width, height]`` in px. ``iscrowd`` 1: there, but neither to be learnt nor to be counted."""

    id: int
    image_id: int
    category_id: int
    bbox: tuple[Px, Px, Px, Px]
    area: Area
    iscrowd: Literal[0, 1] = 0
    sure: bool = True


class Category(Document):
    """One label. ``supercategory`` is its group: structure, load or object."""

    id: int
    name: Name
    supercategory: Group


class Omission(Document):
    """What an import left out, and why: how often, and the first of them by name."""

    reason: str
    count: Whole
    first: tuple[str, ...]


class Info(Document):
    """Where a dataset comes from."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    name: str
    imported_as: str
    """The layout that it was read in, a row of ``datasets.importers.IMPORTERS``; ``projection``: ``datasets/projecting.py`` made it."""
    description: str = ""
    licence: str = "unknown"
    classes: dict[str, str | None] = Field(default_factory=dict)
    """The source's class names and the label that each became; None: left out, and counted."""
    unseen: tuple[str, ...] = ()
    """Names of the class map that the source never uses."""
    omitted: tuple[Omission, ...] = ()


class Dataset(Document):
    """Everything in ``dataset.json``."""

    info: Info
    images: tuple[Image, ...]
    annotations: tuple[Annotation, ...]
    categories: tuple[Category, ...]

    @model_validator(mode="after")
    def _consistent(self) -> "Dataset":
        _require_unique("images", [x.id for x in self.images])
        _require_unique("images", [x.file_name for x in self.images])
        _require_unique("annotations", [x.id for x in self.annotations])
        _require_unique("categories", [x.id for x in self.categories])
        _require_unique("categories", [x.name for x in self.categories])
        images, categories = {x.id for x in self.images}, {x.id for x in self.categories}
        for number, item in enumerate(self.annotations):
            if item.image_id not in images:
                raise ValueError(f"annotations[{number}].image_id: no image has the id {item.image_id}")
            if item.category_id not in categories:
                raise ValueError(f"annotations[{number}].category_id: no category has the id {item.category_id}")
        for number, image in enumerate(self.images):
            if not _stays_inside(image.file_name):
                raise ValueError(
                    f"images[{number}].file_name: expected a path inside the folder, got '{image.file_name}'"
                )
        return self


def named_split(name: str, option: str = "--split") -> Split:
    """The split of a name.

    Raises:
        ConfigError: there is none; other datasets' name for validation is told from ours.
    """
    for split in SPLITS:
        if split == name:
            return split
    hint = " (validation is called val here)" if name.startswith("valid") else ""
    raise ConfigError(option, f"expected one of {', '.join(SPLITS)}, got '{name}'{hint}")


def read_dataset(folder: Path) -> Dataset:
    """Read ``folder/dataset.json``.

    Raises:
        InputError: missing, no JSON, a key that stands twice, or not of this form; the message names the first fault by its path.
    """
    path = folder / FILE
    if not path.exists():
        how = "other data become a dataset by `scantally data import LAYOUT FOLDER OUT`"
        raise InputError(str(path), f"no such file: expected a dataset; {how}")
    raw = read_bytes(path, InputError)
    refuse_keys_twice(raw, str(path))
    try:
        return Dataset.model_validate_json(raw)
    except ValidationError as e:
        raise InputError(str(path), _problem(e)) from e


def _problem(error: ValidationError) -> str:
    """The first fault; one that concerns several parts of the document names its own place, and needs no value."""
    fault = error.errors(include_url=False)[0]
    if fault["type"] == "value_error" and not fault["loc"]:
        return str(fault["ctx"]["error"])
    return first_problem(error)


def write_dataset(dataset: Dataset, folder: Path) -> None:
    """Write ``folder/dataset.json`` whole or not at all; the same dataset gives the same bytes.

    Raises:
        InputError: it cannot be written; what stands there is kept.
    """
    part, text = folder / f"{FILE}.part", _text(dataset)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8")
        part.replace(folder / FILE)
    except OSError as e:
        with suppress(OSError):
            part.unlink()
        raise InputError(str(folder / FILE), f"cannot be written: {e.strerror or e}") from e


def _text(dataset: Dataset) -> str:
    """A line for each picture, box and label, so that people and ``diff`` can read it."""
    encode = json.JSONEncoder(ensure_ascii=False).encode
    document = dataset.model_dump(mode="json", by_alias=True)
    blocks = [f'"info": {json.dumps(document["info"], indent=1, ensure_ascii=False)}']
    for key in ("images", "annotations", "categories"):
        blocks.append(f'"{key}": [\n' + ",\n".join(map(encode, document[key])) + "\n]")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def is_dataset(folder: Path) -> bool:
    """Whether a folder holds a dataset of this form."""
    return os.path.isfile(folder / FILE)  # noqa: PTH113 (Path.is_file raises where a name is too long)


def load(folder: Path, splits: Sequence[Split] | None = None) -> list[LabelledScan]:
    """The scans of a dataset as labelled scans, in the file's order; of these splits only, where they are given.

    Raises:
        InputError: the dataset cannot be read, or a picture file is missing or another one than the dataset describes: its boxes would
            lie on something else.
    """
    dataset = read_dataset(folder)
    categories = {x.id: x for x in dataset.categories}
    by_image: dict[int, list[Annotation]] = {image.id: [] for image in dataset.images}
    for item in dataset.annotations:
        by_image[item.image_id].append(item)
    chosen = [x for x in dataset.images if splits is None or x.split in splits]
    return [_labelled(folder, image, by_image[image.id], categories) for image in chosen]


def _labelled(
    folder: Path, image: Image, annotations: Sequence[Annotation], categories: dict[int, Category]
) -> LabelledScan:
    path = folder / image.file_name
    if not path.is_file():
        raise InputError(str(path), f"no such file: expected the picture that {FILE} names")
    if sha256(read_bytes(path, InputError)) != image.sha256:
        problem = (
            f"is not the picture that {FILE} describes (another SHA-256): expected the dataset to be imported anew"
        )
        raise InputError(str(path), problem)
    return LabelledScan(
        name=PurePosixPath(image.file_name).stem,
        group=image.group,
        scanner=image.scanner,
        labels=tuple(_label(x, categories) for x in annotations if not x.iscrowd),
        ignored=tuple(_label(x, categories) for x in annotations if x.iscrowd),
        pitch_mm=image.pitch_mm,
        path=path,
        open=functools.partial(open_transmission, path),
    )


def _label(item: Annotation, categories: dict[int, Category]) -> Label:
    x, y, w, h = item.bbox
    category = categories[item.category_id]
    return Label(label=category.name, box=(x, y, x + w, y + h), sure=item.sure, group=category.supercategory)


def _require_unique(what: str, values: Sequence[int | str]) -> None:
    seen: set[int | str] = set()
    for number, value in enumerate(values):
        if value in seen:
            raise ValueError(f"{what}[{number}]: {value!r} stands there twice")
        seen.add(value)


def _stays_inside(name: str) -> bool:
    """A dataset from elsewhere must not lead out of its folder."""
    parts = PurePosixPath(name).parts
    return bool(parts) and not PurePosixPath(name).is_absolute() and ".." not in parts and "\\" not in name
