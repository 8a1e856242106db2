"""Training pictures of whole scans in ultralytics' YOLO layout, encoded by the function that inference calls.

A file of 16 bits becomes float transmission first, as in inference, and 8 bits only by the recipe. Pictures keep their size, however wide. The files hold the
channels in reverse order: ultralytics reads files as BGR and hands the network RGB, so that the network sees channel 0 of the encoding first.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import cv2
import yaml

from scantally.datasets.dataset import IMAGES, SPLITS, Dataset, Image, Split, read_dataset
from scantally.datasets.labelled import Label, open_transmission
from scantally.detector.config.files import load_yaml, read_bytes
from scantally.detector.errors import ConfigError, InputError
from scantally.detector.imaging.encode import RECIPES, encode
from scantally.detector.types import ByteArray

DATA = "data.yaml"

Follow = Callable[[Iterable[str | None], int], Iterable[str | None]]
"""Passes answers on, of so many in all, and shows how far it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One picture to write."""

    source: Path
    split: Split
    stem: str
    labels: tuple[Label, ...]
    ignored: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Encoded:
    """What was written, counted in the files themselves, and what was not."""

    written: dict[Split, int]
    boxes: dict[str, int]
    without_area: dict[str, int]  # by label, boxes with no area inside their picture
    ignored: int  # boxes that are there but not to be learnt: the layout has no word for them
    unread: tuple[str, ...]  # "file: why"
    no_split: int


def encode_dataset(
    folder: Path,
    out: Path,
    recipe: str,
    *,
    split: Split | None = None,
    follow: Follow = lambda answers, total: answers,
) -> Encoded:
    """Write ``images/SPLIT/STEM.png``, ``labels/SPLIT/STEM.txt`` and ``data.yaml`` below ``out``.

    Args:
        folder: A dataset.
        out: Made when it is not there; a split that stands there already is refused, and one that is not finished goes.
        recipe: A name in ``RECIPES``.
        split: This one only.
        follow: Shows progress.

    Raises:
        ConfigError: no such recipe.
        InputError: the dataset cannot be read, is in no split, or ``out`` holds such a split or cannot be written.
    """
    if recipe not in RECIPES:
        raise ConfigError("--encoding", f"no such recipe: '{recipe}', expected one of {', '.join(sorted(RECIPES))}")
    dataset = read_dataset(folder)
    wanted = [split] if split else [x for x in SPLITS if any(image.split == x for image in dataset.images)]
    jobs = [x for x in _jobs(folder, dataset) if x.split in wanted]
    if not jobs:
        what = f"no picture is in the split '{split}'" if split else "no picture is in a split"
        raise InputError(str(folder), f"{what}: expected some; `scantally data split` divides a dataset")
    labels = [x.name for x in sorted(dataset.categories, key=lambda x: x.id)]
    _refuse_there(out, wanted)
    _refuse_other_labels(out / DATA, labels)
    try:
        with _all_or_nothing([out / kind / x for kind in ("images", "labels") for x in wanted]):
            unread = [x for x in follow(_write_all(jobs, out, labels, recipe), len(jobs)) if x is not None]
            _write_yaml(out, labels)
        return _counted(dataset, jobs, unread, out, split)
    except OSError as e:
        raise InputError(str(out), f"cannot be written: {e.strerror or e}") from e


def lacking_splits(out: Path) -> list[Split]:
    """The splits that ultralytics asks for and that are not encoded in this folder."""
    asked: tuple[Split, ...] = ("train", "val")
    return [split for split in asked if not (out / "images" / split).is_dir()]


def yolo_rows(labels: Sequence[Label], names: Sequence[str], width: int, height: int) -> str:
    """Lines of class, centre and size as shares of the picture; boxes are cut to it, those without area left out."""
    rows = []
    for item in labels:
        x0, x1 = (min(max(v, 0.0), float(width)) for v in (item.box[0], item.box[2]))
        y0, y1 = (min(max(v, 0.0), float(height)) for v in (item.box[1], item.box[3]))
        shares = ((x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height)
        if min(round(v, 8) for v in shares[2:]) > 0:  # as it is written
            rows.append(f"{names.index(item.label)} {' '.join(f'{v:.8f}' for v in shares)}\n")
    return "".join(rows)


def write_picture(path: Path, picture_HW3: ByteArray) -> None:
    """Write an encoded picture as PNG whose bytes, read by ultralytics, are the network's input.

    Raises:
        OSError: it cannot be written.
    """
    if not cv2.imwrite(str(path), picture_HW3[..., ::-1]):
        raise OSError(f"{path} could not be written")


@contextmanager
def _all_or_nothing(folders: Sequence[Path]) -> Iterator[None]:
    """These folders go where something fails or ends the work: half a split would stand in the way of the next attempt."""
    try:
        yield
    except BaseException:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _jobs(folder: Path, dataset: Dataset) -> Iterator[Job]:
    """Every picture that is in a split, in the file's order."""
    names = {x.id: x.name for x in dataset.categories}
    labels: dict[int, list[Label]] = {x.id: [] for x in dataset.images}
    ignored: Counter[int] = Counter()
    for item in dataset.annotations:
        x, y, w, h = item.bbox
        if item.iscrowd:
            ignored[item.image_id] += 1
        else:
            labels[item.image_id].append(Label(label=names[item.category_id], box=(x, y, x + w, y + h)))
    for image, stem in zip(dataset.images, _stems(dataset.images), strict=True):
        if image.split is not None:
            yield Job(
                source=folder / image.file_name,
                split=image.split,
                stem=stem,
                labels=tuple(labels[image.id]),
                ignored=ignored[image.id],
            )


def _stems(images: Sequence[Image]) -> Iterator[str]:
    """A name for each picture: its file's, with folders and ending where others have the same."""
    often = Counter(PurePosixPath(x.file_name).stem for x in images)
    for image in images:
        path = PurePosixPath(image.file_name)
        alone = often[path.stem] == 1
        yield path.stem if alone else image.file_name.removeprefix(f"{IMAGES}/").replace("/", "__")


def _write_all(jobs: Sequence[Job], out: Path, labels: Sequence[str], recipe: str) -> Iterator[str | None]:
    """For each picture None, or why it was not written."""
    for split in {x.split for x in jobs}:
        (out / "images" / split).mkdir(parents=True)
        (out / "labels" / split).mkdir(parents=True)
    for job in jobs:
        try:
            transmission_HW = open_transmission(job.source)
        except InputError as e:
            yield str(e)
            continue
        height, width = transmission_HW.shape
        write_picture(out / "images" / job.split / f"{job.stem}.png", encode(transmission_HW, recipe))
        rows = yolo_rows(job.labels, labels, width, height)
        (out / "labels" / job.split / f"{job.stem}.txt").write_text(rows)
        yield None


def _refuse_there(out: Path, wanted: Sequence[Split]) -> None:
    for split in wanted:
        for kind in ("images", "labels"):
            if (out / kind / split).exists():
                raise InputError(str(out / kind / split), "is there already: expected another folder, or remove it")


def _refuse_other_labels(path: Path, labels: Sequence[str]) -> None:
    """A second split may be written beside the first one; class numbers must mean the same in both."""
    if not path.is_file():
        return
    try:
        before = load_yaml(read_bytes(path, InputError).decode())
    except (yaml.YAMLError, RecursionError, ValueError) as e:
        raise InputError(str(path), "is there already and is no YAML: expected another folder") from e
    if not isinstance(before, dict) or before.get("names") != dict(enumerate(labels)):
        raise InputError(str(path), "is there already with other labels: expected another folder")


def _write_yaml(out: Path, labels: Sequence[str]) -> None:
    """Every split that stands in the folder; ultralytics asks for train and val."""
    names = dict(enumerate(labels))
    there: dict[str, str] = {split: f"images/{split}" for split in SPLITS if (out / "images" / split).is_dir()}
    document: dict[str, object] = {"path": str(out.resolve()), **there, "names": names}
    (out / DATA).write_text(yaml.safe_dump(document, sort_keys=False, allow_unicode=True), encoding="utf-8")


def _counted(dataset: Dataset, jobs: Sequence[Job], unread: Sequence[str], out: Path, only: Split | None) -> Encoded:
    done = [x for x in jobs if (out / "images" / x.split / f"{x.stem}.png").is_file()]
    names = [x.name for x in sorted(dataset.categories, key=lambda x: x.id)]
    labelled = Counter(label.label for x in done for label in x.labels)
    boxes: Counter[str] = Counter()
    for job in done:
        rows = (out / "labels" / job.split / f"{job.stem}.txt").read_text(encoding="ascii").splitlines()
        boxes.update(names[int(row.split()[0])] for row in rows)
    written: Counter[Split] = Counter(x.split for x in done)
    return Encoded(
        written={x: written[x] for x in SPLITS if written[x]},
        boxes={x.name: boxes[x.name] for x in dataset.categories},
        without_area=dict(sorted((labelled - boxes).items())),
        ignored=sum(x.ignored for x in done),
        unread=tuple(unread),
        no_split=0 if only else sum(x.split is None for x in dataset.images),
    )
