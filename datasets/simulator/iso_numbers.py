"""Container numbers of the simulator."""

from collections.abc import Container

import numpy as np
from stdnum import iso6346

OWNERS = ("SCTU", "TLYU", "CGSU", "BXRU", "MVLU")
"""Owner codes of the simulator's containers; ISO 6346 wants three letters and a U."""


def new_number(rng: np.random.Generator, taken: Container[str] = ()) -> str:
    """A number with a valid check digit (ISO 6346) that is not among those taken."""
    while True:
        stem = OWNERS[int(rng.integers(len(OWNERS)))] + f"{int(rng.integers(1_000_000)):06d}"
        number = stem + str(iso6346.calc_check_digit(stem))
        if number not in taken:
            return number
