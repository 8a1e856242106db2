"""Importing: a source in any layout becomes a dataset folder, whole or not at all."""

import os
import re
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from scantally.datasets.dataset import (
    IMAGES,
    Annotation,
    Category,
    Dataset,
    Image,
    Info,
    write_dataset,
)
from scantally.datasets.importers import IMPORTERS, reader
from scantally.datasets.importers.boxes import Kept, clean
from scantally.datasets.importers.classes import ClassMap, Target, resolve
from scantally.datasets.importers.files import printable, require_folder
from scantally.datasets.importers.grouping import group_of
from scantally.datasets.importers.names import file_names
from scantally.datasets.importers.omissions import REASONS, Omissions
from scantally.datasets.importers.pictures import Job, Prepared, prepare
from scantally.datasets.importers.rest import count_hidden
from scantally.datasets.importers.source import ReadingOptions, Source, SourceImage
from scantally.datasets.whole import refuse_occupied, written_whole
from scantally.detector.config.limits import Limits
from scantally.detector.errors import ConfigError, InputError

AHEAD = 16
"""Pictures per worker that are under way at once: enough to keep it busy, few enough to end quickly."""

Follow = Callable[[Iterable[Prepared], int], Iterable[Prepared]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """What the caller chooses beside layout, source and destination."""

    classes: ClassMap | None = None
    class_file: str = "--classes"
    group_by: re.Pattern[str] | None = None
    scanner: str | None = None
    link: bool = False
    workers: int = 1
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, kw_only=True, slots=True)
class Brought:
    """One picture that is in the dataset now."""

    image: SourceImage
    prepared: Prepared
    group: str
    boxes: tuple[Kept, ...]


def import_dataset(layout: str, root: Path, out: Path, choices: Choices, follow: Follow) -> Dataset:
    """Import a dataset; returns what now stands in ``out/dataset.json``.

    Everything is written to ``OUT.part`` beside it, which becomes ``OUT`` at the end and is removed when the import ends early.

    Args:
        layout: A row of IMPORTERS.
        root: The source's folder; nothing outside it is read, nothing in it is changed.
        out: The folder to make; it may be there if it is empty.
        choices: See Choices.
        follow: Passes the pictures on one by one, and may show progress.

    Raises:
        ConfigError: no such layout, ``out`` holds something, a class without an entry in the class map.
        InputError: the source is not of this layout, its main file is damaged, or no picture of it can be used.
    """
    if layout not in IMPORTERS:
        raise ConfigError("NAME", f"no such layout: {layout!r}, expected one of {', '.join(IMPORTERS)}")
    require_folder(root)
    out = out.resolve()
    refuse_occupied(out, layout)
    source = reader(layout).read(root, _reading(choices))
    count_hidden(root, source.omissions)
    source = _each_once(source)
    if not source.images:
        raise InputError(str(root), _none_left(layout, source))
    names = (box.name for image in source.images for box in image.boxes)
    targets = resolve(names, choices.classes, source.known, choices.class_file)
    with written_whole(out) as part:
        brought = _bring(source, part, choices, targets, follow)
        if not brought:
            raise InputError(str(root), f"none of its {len(source.images)} pictures can be used: {_why(source)}")
        dataset = _assemble(brought, source, targets, layout, out.name, choices)
        write_dataset(dataset, part)
    return dataset


def _reading(choices: Choices) -> ReadingOptions:
    return ReadingOptions(coordinates=choices.classes.coordinates) if choices.classes else ReadingOptions()


def _each_once(source: Source) -> Source:
    """A picture that two lists or files name is taken once, as the first of them says."""
    seen: set[str] = set()
    images = []
    for image in source.images:
        if image.source in seen:
            source.omissions.add("image_repeated", f"{image.source} ({len(image.boxes)} boxes, split {image.split})")
        else:
            images.append(image)
        seen.add(image.source)
    return replace(source, images=tuple(images))


def _bring(
    source: Source, part: Path, choices: Choices, targets: Mapping[str, Target | None], follow: Follow
) -> list[Brought]:
    """Bring every picture in, in the source's order, and judge its boxes."""
    names = file_names([image.source for image in source.images])
    jobs = [
        Job(
            source=image.path,
            target=part / IMAGES / name,
            link=choices.link,
            limits=choices.limits,
            stated=image.stated,
        )
        for image, name in zip(source.images, names, strict=True)
    ]
    brought = []
    # Closed here and not when it is forgotten: its threads write into the folder that a failure removes.
    with closing(_prepared(jobs, choices.workers)) as ready:
        for image, name, prepared in zip(source.images, names, follow(ready, len(jobs)), strict=True):
            if not _is_usable(image, prepared, source.omissions):
                continue
            boxes = clean(image.boxes, (prepared.width, prepared.height), targets, source.omissions)
            if not boxes and (image.boxes or image.lost):
                source.omissions.add("image_emptied", image.source)
            group = printable(group_of(image, choices.group_by, Path(name).stem))
            brought.append(Brought(image=image, prepared=prepared, group=group, boxes=tuple(boxes)))
    return brought


def _prepared(jobs: Sequence[Job], workers: int) -> Generator[Prepared, None, None]:
    """Prepare pictures in threads, results in order, a bounded number ahead."""
    pool = ThreadPoolExecutor(workers)
    waiting: deque[Future[Prepared]] = deque()
    try:
        for job in jobs:
            waiting.append(pool.submit(prepare, job))
            if len(waiting) >= workers * AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _is_usable(image: SourceImage, prepared: Prepared, omissions: Omissions) -> bool:
    if prepared.file is None:
        omissions.add(prepared.reason, f"{image.source}: {prepared.problem}")
        return False
    size = (prepared.width, prepared.height)
    if image.stated is not None and image.stated != size:
        said = f"{size[0]} x {size[1]} px, annotated as {image.stated[0]} x {image.stated[1]}"
        omissions.add("image_size_differs", f"{image.source}: {said}")
        prepared.file.unlink()
        return False
    if prepared.converted:
        omissions.add("image_converted", image.source)
    if prepared.upright:
        omissions.add("image_upright", image.source)
    elif prepared.turned:
        omissions.add("image_turned", image.source)
    return True


def _assemble(
    brought: Sequence[Brought],
    source: Source,
    targets: Mapping[str, Target | None],
    layout: str,
    name: str,
    choices: Choices,
) -> Dataset:
    labels = sorted({box.label for item in brought for box in item.boxes})
    groups = {target.label: target.group for target in targets.values() if target is not None}
    ids = {label: number for number, label in enumerate(labels, start=1)}
    info = Info(
        name=printable(name),
        imported_as=layout,
        description=printable(source.description),
        licence=printable(source.licence),
        classes={printable(k): None if v is None else v.label for k, v in targets.items()},
        unseen=_unseen(choices, targets),
        omitted=source.omissions.listed(),
    )
    return Dataset(
        info=info,
        images=tuple(_image(number, item, choices) for number, item in enumerate(brought, start=1)),
        annotations=tuple(_annotations(brought, ids)),
        categories=tuple(Category(id=ids[x], name=x, supercategory=groups[x]) for x in labels),
    )


def _unseen(choices: Choices, targets: Mapping[str, Target | None]) -> tuple[str, ...]:
    """Names in the class map that no box has: misspelt, perhaps."""
    given = choices.classes.classes if choices.classes else {}
    return tuple(sorted(printable(name) for name in given if name not in targets))


def _image(number: int, item: Brought, choices: Choices) -> Image:
    assert item.prepared.file is not None
    return Image(
        id=number,
        file_name=f"{IMAGES}/{item.prepared.file.name}",
        width=item.prepared.width,
        height=item.prepared.height,
        sha256=item.prepared.sha256,
        source=item.image.source,
        group=item.group,
        scanner=printable(choices.scanner or item.image.scanner or "unknown"),
        split=item.image.split,
        pitch_mm=item.image.pitch_mm,
    )


def _annotations(brought: Sequence[Brought], ids: Mapping[str, int]) -> Iterator[Annotation]:
    number = 0
    for image_id, item in enumerate(brought, start=1):
        for box in item.boxes:
            number += 1
            yield Annotation(
                id=number,
                image_id=image_id,
                category_id=ids[box.label],
                bbox=box.bbox,
                area=round(box.bbox[2] * box.bbox[3], 6),
                iscrowd=1 if box.crowd else 0,
                sure=box.sure,
            )


def _why(source: Source) -> str:
    most = max(source.omissions.listed(), key=lambda x: x.count)
    return f"{most.reason}, first {most.first[0]}"


def _none_left(layout: str, source: Source) -> str:
    """Why there are no pictures: damaged annotations before all else, for then the layout is right."""
    left = {x.reason: x for x in source.omissions.listed() if REASONS[x.reason].effect == "left out"}
    damaged = left.pop("annotation_damaged", None)
    if damaged is not None:
        files = "the only annotation file is" if damaged.count == 1 else f"all {damaged.count} annotation files are"
        return f"{files} damaged, first {damaged.first[0]}"
    reasons = "".join(f"; {x.reason} {x.count}, first {x.first[0]}" for x in left.values())
    return f"no pictures of the layout '{layout}': expected {IMPORTERS[layout].what}{reasons}"


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
