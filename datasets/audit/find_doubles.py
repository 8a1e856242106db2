"""Findings about pictures that are there more than once, inside one split or in several: see leaks for the latter."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from scantally.datasets.audit.context import Context, finding, some
from scantally.datasets.audit.document import Example, Finding
from scantally.datasets.audit.likeness import ORIENTATIONS
from scantally.datasets.audit.pairs import MAX_CANDIDATES, Pair

Cluster = tuple[int, ...]

BOX_STEP = 1.0
"""px to which boxes are rounded before those of two equal pictures are compared."""


def find(context: Context) -> Iterator[Finding]:
    """Findings about doubles, each kind at most once."""
    same_bytes, same_pixels = duplicates(context)
    for kind, clusters, words in (
        ("duplicate_bytes", same_bytes, "have the bytes of another one"),
        ("duplicate_pixels", same_pixels, "have the pixels of another one in a different file"),
    ):
        if clusters:
            extra = sum(len(x) - 1 for x in clusters)
            yield finding(kind, f"{some(extra, 'picture')} {words}.", _examples(context, clusters), len(clusters))
    conflicts = [x for x in (*same_bytes, *same_pixels) if len({_boxes(context, i) for i in x}) > 1]
    if conflicts:
        text = f"{some(len(conflicts), 'set')} of equal pictures with different boxes."
        yield finding("duplicate_conflict", text, _examples(context, conflicts), len(conflicts))
    apart = [x for x in near_pairs(context) if context.image(x.first).group != context.image(x.second).group]
    if apart:
        text = f"{some(len(apart), 'pair')} of near-duplicates in different groups."
        yield finding("near_duplicate", text, (pair_example(context, x) for x in apart), len(apart))
    if context.found.not_compared:
        left = context.found.not_compared
        text = f"{left:,} pairs of much alike pictures were not compared closely; the {MAX_CANDIDATES:,} most alike ones were."
        yield finding("not_compared", text, (), left)


def duplicates(context: Context) -> tuple[list[Cluster], list[Cluster]]:
    """Places of pictures with the same bytes, and of those with the same pixels but not all with the same bytes."""
    by_bytes: dict[str, list[int]] = defaultdict(list)
    by_pixels: dict[str, list[int]] = defaultdict(list)
    for index in range(len(context.looks)):
        look = context.seen(index)
        if look is not None:
            by_bytes[look.sha256].append(index)
            by_pixels[look.pixels_sha256].append(index)
    same_bytes = [tuple(x) for x in by_bytes.values() if len(x) > 1]
    firsts = {x[0] for x in by_bytes.values()}
    # One picture of each set of equal bytes stands for all of them.
    same_pixels = [tuple(i for i in x if i in firsts) for x in by_pixels.values()]
    return same_bytes, [x for x in same_pixels if len(x) > 1]


def near_pairs(context: Context) -> list[Pair]:
    """Near-duplicates that are not equal in every pixel."""
    pairs = []
    for pair in context.found.pairs:
        first, second = context.seen(pair.first), context.seen(pair.second)
        if first is None or second is None or first.pixels_sha256 != second.pixels_sha256:
            pairs.append(pair)
    return pairs


def pair_example(context: Context, pair: Pair) -> Example:
    """A pair with its likeness and its splits."""
    images = context.image(pair.first), context.image(pair.second)
    turned = f", the second {ORIENTATIONS[pair.orientation]}" if pair.orientation else ""
    places = " and ".join(x.split or "no split" for x in images)
    detail = f"similarity {pair.similarity:.2f}{turned}; {places}"
    return Example(files=tuple(x.file_name for x in images), detail=detail)


def _examples(context: Context, clusters: Sequence[Cluster]) -> Iterator[Example]:
    for cluster in clusters:
        yield Example(files=tuple(context.image(i).file_name for i in cluster))


def _boxes(context: Context, index: int) -> tuple[tuple[float, ...], ...]:
    """What two equal pictures must agree in."""
    return tuple(sorted((item.category_id, *(round(x / BOX_STEP) for x in item.bbox)) for item in context.boxes[index]))
