"""Findings about the set as a whole: labels per split, polarity, bit depth, scanners, pictures without boxes or split."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from scantally.datasets.audit.context import Context, finding, some, where
from scantally.datasets.audit.document import Example, Finding, Where
from scantally.datasets.audit.find_leaks import shared_scanners

RARE = 10
"""Fewer boxes of a label than this tell next to nothing of it."""

BLACK_CORNERS = "black corners or borders"


def find(context: Context, by_scanner: bool) -> Iterator[Finding]:
    """Findings about the set, each kind at most once."""
    yield from _labels(context)
    yield from _mixed(context)
    shared = [] if by_scanner else shared_scanners(context)
    if shared:
        yield finding("scanner_shared", f"{some(len(shared), 'scanner')} in more than one split.", shared, len(shared))
    total = some(len(context.dataset.images), "picture")
    bare = [x for x, y in zip(context.dataset.images, context.boxes, strict=True) if not y]
    if bare:
        examples = (Example(files=(x.file_name,), detail=where(x)) for x in bare)
        yield finding("image_unlabelled", f"{len(bare):,} of {total} without a box.", examples, len(bare))
    loose = [x for x in context.dataset.images if x.split is None]
    if loose:
        examples = (Example(files=(x.file_name,)) for x in loose)
        yield finding("no_split", f"{len(loose):,} of {total} in no split.", examples, len(loose))


def _labels(context: Context) -> Iterator[Finding]:
    counts = _counts(context)
    splits = {image.split for image in context.dataset.images}
    if "train" in splits:
        missed = [x for x, by in counts.items() if not by["train"] and (by["val"] or by["test"])]
        yield from _about(counts, "label_unlearnt", missed, "in validation or test that no training picture has")
    if "test" in splits:
        unseen = [x for x, by in counts.items() if not by["test"] and by["train"]]
        yield from _about(counts, "label_unjudged", unseen, "in training that no test picture has")
    rare = [x for x, by in counts.items() if sum(by.values()) < RARE]
    yield from _about(counts, "label_rare", rare, f"with fewer than {RARE} boxes")


def _about(counts: dict[str, Counter[Where]], kind: str, labels: list[str], words: str) -> Iterator[Finding]:
    if labels:
        examples = [Example(files=(), detail=f"{x}: {_told(counts[x])}") for x in labels]
        yield finding(kind, f"{some(len(labels), 'label')} {words}.", examples, len(labels))


def _told(by_split: Counter[Where]) -> str:
    told = (f"{n:,} in {'no split' if x == 'none' else x}" for x, n in by_split.items() if n)
    return ", ".join(told) or "no box at all"


def _counts(context: Context) -> dict[str, Counter[Where]]:
    """Boxes of each label by split, those that are not counted left out."""
    counts: dict[str, Counter[Where]] = {x.name: Counter() for x in context.dataset.categories}
    for image, boxes in zip(context.dataset.images, context.boxes, strict=True):
        for item in boxes:
            if not item.iscrowd:
                counts[context.names[item.category_id]][where(image)] += 1
    return counts


def _mixed(context: Context) -> Iterator[Finding]:
    """Polarity and bit depth: the pictures of the rarer kinds are the examples."""
    polarity: dict[str, list[str]] = defaultdict(list)
    depth: dict[str, list[str]] = defaultdict(list)
    unclear: list[Example] = []
    for index, image in enumerate(context.dataset.images):
        look = context.seen(index)
        if look is None:
            continue
        if look.polarity is None:
            unclear.append(Example(files=(image.file_name,), detail=BLACK_CORNERS if look.black_corners else ""))
        else:
            polarity[f"dense cargo is {look.polarity}"].append(image.file_name)
        depth[f"{look.bits} bits"].append(image.file_name)
    for kind, found in (("polarity_mixed", polarity), ("depth_mixed", depth)):
        if len(found) > 1:
            rows = sorted(found.items(), key=lambda x: -len(x[1]))
            text = ", ".join(f"{words} in {some(len(files), 'picture')}" for words, files in rows)
            examples = (Example(files=(file,), detail=words) for words, files in rows[1:] for file in files)
            yield finding(kind, f"{text[0].upper()}{text[1:]}.", examples, sum(len(x) for _, x in rows[1:]))
    if unclear:
        yield finding("polarity_unclear", _unclear(unclear), unclear, len(unclear))


def _unclear(examples: list[Example]) -> str:
    """How many, and why as far as it can be seen."""
    text = f"{some(len(examples), 'picture')} whose top is neither plainly bright nor plainly dark"
    black = sum(x.detail == BLACK_CORNERS for x in examples)
    if not black:
        return f"{text}."
    those = "" if black == len(examples) == 1 else "all of them " if black == len(examples) else f"{black:,} of them "
    return f"{text}; {those}with {BLACK_CORNERS}, as rotation leaves them (Roboflow), which is the likely cause."
