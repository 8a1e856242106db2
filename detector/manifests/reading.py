"""What every manifest reader shares: its result, its bounds, and how it shows what it found."""

from collections.abc import Sequence
from dataclasses import dataclass

from scantally.detector.errors import ManifestError
from scantally.detector.types import MAX_COUNT, MAX_KG, Manifest

MAX_LINES = 100_000
"""Lines of goods over all containers of a file. A full ship's manifest has some tens of thousands."""

MAX_NOTES = 20

MAX_SHOWN = 40
"""Characters of a value that a message repeats."""

AT_MOST_KG = f"at most {MAX_KG:,} kg"
AT_MOST_COUNT = f"at most {MAX_COUNT:,}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What one format's reader makes of the bytes."""

    containers: tuple[Manifest, ...]
    notes: tuple[str, ...] = ()
    own_notes: tuple[
        tuple[str, ...], ...
    ] = ()  # on one container each, in their order; empty where there is none on any


def shown(value: object) -> str:
    """A value as a message quotes it, cut where it is long."""
    text = repr(value)
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 3] + "..."


def listed(values: Sequence[object], most: int = 5) -> str:
    """Values in a sentence: at most ``most`` of them, then how many more there are."""
    named = ", ".join(str(v) for v in values[:most])
    return named if len(values) <= most else f"{named} and {len(values) - most} more"


def bounded(notes: Sequence[str]) -> tuple[str, ...]:
    """Notes for people: at most MAX_NOTES, then how many more there are."""
    more = len(notes) - MAX_NOTES
    return tuple(notes) if more <= 0 else (*notes[:MAX_NOTES], f"and {more} more notes of this kind")


def refuse_many_lines(count: int, source: str) -> None:
    """Bound the memory that a small but hostile file can claim.

    Raises:
        ManifestError: over MAX_LINES.
    """
    if count > MAX_LINES:
        raise ManifestError(source, f"{count} lines of goods are more than the {MAX_LINES} that one file may hold")


def numbered(manifest: Manifest) -> Manifest:
    """Number the lines that the paper does not number: 1 to n, or on from the highest where some have a number.

    A number that stands twice stays: that is for a check to report.
    """
    if all(line.number is not None for line in manifest.lines):
        return manifest
    free = max((line.number for line in manifest.lines if line.number is not None), default=0) + 1
    lines = []
    for line in manifest.lines:
        if line.number is None:
            line, free = line.model_copy(update={"number": free}), free + 1
        lines.append(line)
    return manifest.model_copy(update={"lines": tuple(lines)})
