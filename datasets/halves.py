"""Real scans in two halves: one to look at while the simulator is tuned, one that stays unseen until it is judged."""

import hashlib
from collections.abc import Sequence
from typing import Literal, get_args

from scantally.datasets.labelled import LabelledScan

Half = Literal["look", "held"]
HALVES: tuple[Half, ...] = get_args(Half)


def half_of(group: str) -> Half:
    """The half of a group of near-duplicates: decided by its name alone, so that nobody chooses it and it never moves."""
    return HALVES[hashlib.sha256(group.encode()).digest()[0] % 2]


def in_half(scans: Sequence[LabelledScan], half: Half) -> list[LabelledScan]:
    """The scans whose group is in a half, in their order."""
    return [scan for scan in scans if half_of(scan.group) == half]
