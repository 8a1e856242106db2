"""Findings about picture files: gone, cut short, changed, of another size, refused by inference, of one grey."""

from collections.abc import Iterator

from scantally.datasets.audit.context import Context, finding, some
from scantally.datasets.audit.document import Example, Finding
from scantally.datasets.audit.look import Damaged, Seen

WORDS = {"missing": "missing", "truncated": "cut short or damaged", "unreadable": "unreadable"}


def find(context: Context) -> Iterator[Finding]:
    """Findings about files, each kind at most once."""
    yield from _damaged(context)
    pairs = [(x, y) for x, y in zip(context.dataset.images, context.looks, strict=True) if isinstance(y, Seen)]
    changed = [Example(files=(x.file_name,)) for x, y in pairs if x.sha256 != y.sha256]
    if changed:
        text = f"The bytes of {some(len(changed), 'file')} are not those whose SHA-256 dataset.json records."
        yield finding("file_changed", text, changed, len(changed))
    sized = [
        Example(files=(x.file_name,), detail=f"dataset.json says {x.width} x {x.height}, it is {y.width} x {y.height}")
        for x, y in pairs
        if (x.width, x.height) != (y.width, y.height)
    ]
    if sized:
        text = f"{some(len(sized), 'picture')} of another size than dataset.json says."
        yield finding("size_differs", text, sized, len(sized))
    refused = [Example(files=(x.file_name,), detail=y.refused) for x, y in pairs if y.refused is not None]
    if refused:
        text = f"{some(len(refused), 'picture')} that inference would refuse."
        yield finding("refused", text, refused, len(refused))
    blank = [Example(files=(x.file_name,)) for x, y in pairs if y.likeness.print_SS is None]
    if blank:
        yield finding("blank", f"{some(len(blank), 'picture')} of one grey.", blank, len(blank))


def _damaged(context: Context) -> Iterator[Finding]:
    for damage, words in WORDS.items():
        examples = [
            Example(files=(image.file_name,), detail=look.problem)
            for image, look in zip(context.dataset.images, context.looks, strict=True)
            if isinstance(look, Damaged) and look.damage == damage
        ]
        if examples:
            of = some(len(context.looks), "picture file")
            yield finding(f"file_{damage}", f"{len(examples):,} of {of} {words}.", examples, len(examples))
