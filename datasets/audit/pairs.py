"""Pairs of pictures that show the same, among all pairs of a dataset and in all eight orientations."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scantally.datasets.audit.likeness import INVERSE, Likeness, Prints, coarse, oriented, similarity
from scantally.detector.types import FloatArray

NEAR = 0.9
"""Least similarity of a near-duplicate. Measured in docs/data.md."""

MAX_DISTANCE = 18
"""Bits of 64 that the hashes of a candidate may differ by: copies shifted by 2 % differ by up to 17 on the pictures tried."""

LEAST_COARSE = 0.6
"""Least similarity of a candidate's coarse prints."""

MAX_CANDIDATES = 40_000
"""Most pairs that are compared closely, the most alike first. How many were left out is said."""

FEW = 0.01
"""Share of near hashes below which only their coarse prints are compared, and not all."""

BLOCK = 512
BATCH = 256

Indices = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Two pictures by their places in the dataset, first before second."""

    first: int
    second: int
    similarity: float
    orientation: int  # of the second, so that it looks like the first; see likeness.ORIENTATIONS


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """The near-duplicates among all pairs, and how many candidates nobody looked at closely."""

    pairs: tuple[Pair, ...]
    not_compared: int


def find_pairs(items: Sequence[Likeness | None], near: float = NEAR) -> Found:
    """All pairs of pictures with at least this similarity, each once, by their places.

    Args:
        items: A likeness for each picture; None for one that could not be decoded.
        near: Least similarity, in (0, 1].
    """
    kept = [(i, x.hashes_8, x.print_SS) for i, x in enumerate(items) if x is not None and x.print_SS is not None]
    if len(kept) < 2:
        return Found(pairs=(), not_compared=0)
    places_N = np.array([i for i, _, _ in kept])
    hashes_N8, prints_NSS = np.stack([h for _, h, _ in kept]), np.stack([p for _, _, p in kept])
    rows = np.concatenate(list(_candidates(hashes_N8, prints_NSS)))
    order = np.lexsort((rows["j"], rows["i"], -rows["score"]))
    chosen = rows[order[:MAX_CANDIDATES]]
    alike_C = _compare(prints_NSS, chosen)
    pairs = _best(chosen, alike_C, places_N, near)
    return Found(pairs=tuple(pairs), not_compared=max(0, len(rows) - MAX_CANDIDATES))


_ROW = np.dtype([("i", np.int32), ("j", np.int32), ("orientation", np.int8), ("score", np.float32)])


def _candidates(hashes_N8: NDArray[np.uint64], prints_NSS: Prints) -> Iterator[NDArray[np.void]]:
    """Pairs whose hashes and coarse prints are near, in blocks of rows: the memory stays bounded."""
    total = len(hashes_N8)
    coarse_NK = coarse(prints_NSS)
    for start in range(0, total, BLOCK):
        stop = min(start + BLOCK, total)
        rows_R = np.arange(start, stop)
        for orientation in range(8):
            distance_RN = np.bitwise_count(hashes_N8[start:stop, :1] ^ hashes_N8[None, start:, orientation])
            near_RN = (distance_RN <= MAX_DISTANCE) & (rows_R[:, None] < np.arange(start, total))
            if not near_RN.any():
                continue
            # To turn the few rows back is the same as to turn all columns.
            turned_RK = coarse(oriented(prints_NSS[start:stop], INVERSE[orientation]))
            i, j, score_F = _alike(near_RN, turned_RK, coarse_NK[start:])
            found = np.empty(len(i), _ROW)
            found["i"], found["j"] = i + start, j + start
            found["orientation"], found["score"] = orientation, score_F
            yield found
    yield np.empty(0, _ROW)


def _alike(
    near_RN: NDArray[np.bool_], rows_RK: FloatArray, columns_NK: FloatArray
) -> tuple[Indices, Indices, FloatArray]:
    """Rows and columns of near hashes whose coarse prints agree, and how much, (F,) each."""
    i, j = np.nonzero(near_RN)
    if len(i) < FEW * near_RN.size:  # in most sets few hashes are near: to compare those alone is less work
        score_F = np.einsum("fk,fk->f", rows_RK[i], columns_NK[j])
    else:
        score_F = (rows_RK @ columns_NK.T)[i, j]
    kept = score_F >= LEAST_COARSE
    return i[kept], j[kept], np.asarray(score_F[kept], np.float32)


def _compare(prints_NSS: Prints, rows: NDArray[np.void]) -> FloatArray:
    """Similarity of each candidate, (C,)."""
    alike_C = np.empty(len(rows), np.float32)
    for orientation in range(8):
        of_it = np.flatnonzero(rows["orientation"] == orientation)
        for begin in range(0, len(of_it), BATCH):
            batch = of_it[begin : begin + BATCH]
            second = oriented(prints_NSS[rows["j"][batch]], orientation)
            alike_C[batch] = similarity(prints_NSS[rows["i"][batch]], np.ascontiguousarray(second))
    return alike_C


def _best(rows: NDArray[np.void], alike_C: FloatArray, places_N: Indices, near: float) -> Iterable[Pair]:
    """Of a pair that is near in several orientations the most alike, and of equal ones the plainest."""
    found: dict[tuple[int, int], Pair] = {}
    for index in np.flatnonzero(alike_C >= near):
        first, second = int(places_N[rows["i"][index]]), int(places_N[rows["j"][index]])
        alike, orientation = min(1.0, round(float(alike_C[index]), 4)), int(rows["orientation"][index])
        pair = Pair(first=first, second=second, similarity=alike, orientation=orientation)
        known = found.get((first, second))
        if known is None or (-alike, orientation) < (-known.similarity, known.orientation):
            found[(first, second)] = pair
    return sorted(found.values(), key=lambda x: (-x.similarity, x.first, x.second))
