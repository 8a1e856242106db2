"""Cross-validation over groups: every scan is judged by a model that never saw its group."""

from collections.abc import Iterator, Sequence

import numpy as np

from scantally.datasets.labelled import LabelledScan


def grouped_folds(scans: Sequence[LabelledScan], folds: int, seed: int) -> list[list[int]]:
    """Indices of the test part of each fold; a group is never divided, and the parts are of nearly equal size.

    Groups go in falling size, equal ones in an order that the seed draws, each to the fold that is smallest by then.

    Raises:
        ValueError: one fold, which would leave nothing to train on, or fewer groups than folds.
    """
    if folds < 2:
        raise ValueError(f"expected at least 2 folds, got {folds}")
    groups: dict[str, list[int]] = {}
    for index, scan in enumerate(scans):
        groups.setdefault(scan.group, []).append(index)
    if len(groups) < folds:
        raise ValueError(f"{len(groups)} groups cannot be divided into {folds} folds")
    names = sorted(groups)
    order = np.random.default_rng(seed).permutation(len(names))
    by_size = sorted((names[i] for i in order), key=lambda name: -len(groups[name]))
    parts: list[list[int]] = [[] for _ in range(folds)]
    for name in by_size:
        smallest = min(range(folds), key=lambda k: len(parts[k]))
        parts[smallest] += groups[name]
    return [sorted(part) for part in parts]


def splits(
    scans: Sequence[LabelledScan], folds: int, seed: int, leave_out: str | None
) -> Iterator[tuple[str, list[int], list[int]]]:
    """Name, training indices and test indices of each split: the folds, then one scanner left out where asked.

    Raises:
        ValueError: see ``grouped_folds``; or no scan is of the scanner, or none is left without it.
    """
    for number, test in enumerate(grouped_folds(scans, folds, seed) if folds else []):
        hidden = set(test)
        yield f"fold{number}", [i for i in range(len(scans)) if i not in hidden], test
    if leave_out is not None:
        test = [i for i, s in enumerate(scans) if s.scanner == leave_out]
        groups = {scans[i].group for i in test}
        train = [i for i, s in enumerate(scans) if s.scanner != leave_out and s.group not in groups]
        if not test or not train:
            known = ", ".join(sorted({s.scanner for s in scans})) or "none"
            raise ValueError(f"cannot leave out scanner '{leave_out}': the scans are of {known}")
        yield f"without-{leave_out}", train, test
