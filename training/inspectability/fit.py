"""Fitting what tells whether a block would be found: one small network for each kind, on trials."""

from collections.abc import Callable, Sequence

import numpy as np
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.neural_network import MLPClassifier

from scantally.detector.maps.limits import THREATS, Limit
from scantally.training.inspectability.trials import BOUNDS_MM, DENSITIES, Trial

HIDDEN = 8
ALPHA = 5.0
"""Decay of the weights: with less, the look of single scans and of kinds of load is learnt (folds over both; docs/results.md)."""

FOLDS = 5
FEWEST = 200
"""Trials of a kind; fewer fit nothing."""

LEAST_DEVIATION = 1e-3


def fit_limits(trials: Sequence[Trial], say: Callable[[str], None]) -> dict[str, Limit]:
    """A network for each kind of block, and in words how well it does on scans that it did not see.

    Raises:
        ValueError: there are too few trials, or all of them were found, or none.
    """
    return {threat: _fitted([t for t in trials if t.threat == threat], threat, say) for threat in THREATS}


def _fitted(trials: Sequence[Trial], threat: str, say: Callable[[str], None]) -> Limit:
    found_N = np.array([t.found for t in trials], np.bool_)
    scans = [t.scan for t in trials]
    few = ValueError(
        f"expected at least {FEWEST} trials with {threat}, found and not found in several of at least {FOLDS} scans, got {len(trials)}"
    )
    if len(trials) < FEWEST or len(set(scans)) < FOLDS:
        raise few
    folds = list(GroupKFold(FOLDS).split(found_N, groups=scans))
    if any(found_N[learn].all() or not found_N[learn].any() for learn, _ in folds):
        raise few
    inputs_NI = np.array([t.inputs for t in trials], np.float64)
    mean_I, deviation_I = inputs_NI.mean(axis=0), np.maximum(inputs_NI.std(axis=0), LEAST_DEVIATION)
    normal_NI = (inputs_NI - mean_I) / deviation_I
    net = MLPClassifier((HIDDEN,), activation="tanh", solver="lbfgs", alpha=ALPHA, max_iter=3000, random_state=0)
    held_N = cross_val_predict(net, normal_NI, found_N, cv=folds, method="predict_proba")[:, 1]
    share = float(found_N.mean())
    none = log_loss(found_N, np.full(found_N.size, share))
    say(
        f"{threat}: {len(trials)} trials, {share:.3f} found; log loss {log_loss(found_N, held_N):.3f} in folds over scans, {none:.3f} by the share alone"
    )
    net.fit(normal_NI, found_N)
    (first_IM, last_M1), (first_M, last_1) = net.coefs_, net.intercepts_
    return Limit(
        density_g_cm3=DENSITIES[threat],
        smallest_mm=BOUNDS_MM[threat][0],
        largest_mm=BOUNDS_MM[threat][1],
        trials=len(trials),
        found=int(found_N.sum()),
        mean_I=_rounded(mean_I),
        deviation_I=_rounded(deviation_I),
        first_IM=tuple(_rounded(row) for row in first_IM),
        first_M=_rounded(first_M),
        last_M=_rounded(last_M1[:, 0]),
        last=float(last_1[0]),
    )


def _rounded(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> tuple[float, ...]:
    """Seven digits: as many as are reckoned with."""
    return tuple(float(f"{v:.7g}") for v in values)
