"""Leaks: what training saw stands in the split that judges it. Every two of training, validation and test must be apart."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePosixPath

from scantally.datasets.audit.context import Context, finding, some
from scantally.datasets.audit.document import Example, Finding
from scantally.datasets.audit.find_doubles import duplicates, near_pairs, pair_example
from scantally.datasets.dataset import SPLITS, Image
from scantally.datasets.importers.grouping import ROBOFLOW

UNKNOWN = "unknown"
"""The scanner of a picture of which none is known."""


def find(context: Context, by_scanner: bool) -> Iterator[Finding]:
    """Leaks, each kind at most once; ``by_scanner`` makes one of a scanner that stands in two splits."""
    same_bytes, same_pixels = duplicates(context)
    doubles = [x for x in (*same_bytes, *same_pixels) if len(_splits(context.image(i) for i in x)) > 1]
    if doubles:
        examples = [_cluster(context, x) for x in doubles]
        yield finding(
            "leak_duplicate", f"{some(len(doubles), 'picture')} in more than one split.", examples, len(doubles)
        )
    yield from _near(context)
    for kind, what, key in (
        ("leak_source", "source picture", _source),
        ("leak_group", "group", lambda image: (image.group,)),
    ):
        yield from _shared(context, kind, what, key)
    yield from _containers(context)
    if by_scanner:
        yield from _shared(context, "leak_scanner", "scanner", _scanner)


def shared_scanners(context: Context) -> list[Example]:
    """Scanners that stand in more than one split."""
    return list(_shared_keys(context.dataset.images, _scanner))


def _near(context: Context) -> Iterator[Finding]:
    parted = [x for x in near_pairs(context) if len(_splits((context.image(x.first), context.image(x.second)))) > 1]
    plain, turned = [x for x in parted if not x.orientation], [x for x in parted if x.orientation]
    if plain:
        text = f"{some(len(plain), 'pair')} of near-duplicates, one picture of each in another split."
        yield finding("leak_near_duplicate", text, (pair_example(context, x) for x in plain), len(plain))
    if turned:
        text = f"{some(len(turned), 'pair')} of mirrored or turned copies, one picture of each in another split."
        yield finding("leak_orientation", text, (pair_example(context, x) for x in turned), len(turned))


def _containers(context: Context) -> Iterator[Finding]:
    numbers = {
        image.file_name: look.container_numbers
        for index, image in enumerate(context.dataset.images)
        if (look := context.seen(index)) is not None
    }
    yield from _shared(context, "leak_container", "container", lambda image: numbers.get(image.file_name, ()))


def _shared(context: Context, kind: str, what: str, key: Callable[[Image], tuple[str, ...]]) -> Iterator[Finding]:
    examples = list(_shared_keys(context.dataset.images, key))
    if examples:
        yield finding(kind, f"{some(len(examples), what)} in more than one split.", examples, len(examples))


def _shared_keys(images: Iterable[Image], key: Callable[[Image], tuple[str, ...]]) -> Iterator[Example]:
    """Keys that pictures of more than one split have, with the first picture of each split."""
    by_key: dict[str, list[Image]] = defaultdict(list)
    for image in images:
        for value in key(image):
            by_key[value].append(image)
    for value, members in by_key.items():
        splits = _splits(members)
        if len(splits) > 1:
            counts = ", ".join(f"{sum(x.split == s for x in members)} in {s}" for s in splits)
            firsts = tuple(next(x.file_name for x in members if x.split == s) for s in splits)
            yield Example(files=firsts, detail=f"{value}: {counts}")


def _cluster(context: Context, cluster: tuple[int, ...]) -> Example:
    images = [context.image(i) for i in cluster]
    return Example(files=tuple(x.file_name for x in images), detail=", ".join(_splits(images)))


def _splits(images: Iterable[Image]) -> list[str]:
    """The splits that pictures are in, in the usual order."""
    found = {x.split for x in images}
    return [x for x in SPLITS if x in found]


def _source(image: Image) -> tuple[str, ...]:
    """The picture that a Roboflow export was made from, by its name."""
    found = ROBOFLOW.match(PurePosixPath(image.source).name) or ROBOFLOW.match(PurePosixPath(image.file_name).name)
    return (found.group(1),) if found else ()


def _scanner(image: Image) -> tuple[str, ...]:
    return () if image.scanner == UNKNOWN else (image.scanner,)
