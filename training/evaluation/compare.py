"""Differences of figures, with the draws that tell whether they are real."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from scantally.detector.models.package import Card
from scantally.training.evaluation.documents import Difference, Verdict
from scantally.training.evaluation.doubles import Row
from scantally.training.evaluation.figures import Figures, Key, lower_is_better
from scantally.training.evaluation.sampling import TOO_FEW, Sampled, Values, interval


def differences(these: Figures, others: Figures, *, repeated: Collection[Row] = ()) -> tuple[Difference, ...]:
    """This side less the other, for every figure that either side has. Both must have been drawn with the same rows of weights.

    A difference is called real where its 95 % interval does not hold 0. Rows that are ``repeated`` elsewhere are left out.
    """
    keys = dict.fromkeys([*these, *others])
    absent = Sampled.missing("one side has no such figure")
    return tuple(
        _difference(key, these.get(key, absent), others.get(key, absent))
        for key in keys
        if (key.table, key.row) not in repeated
    )


def _difference(key: Key, this: Sampled, other: Sampled) -> Difference:
    a, b = this.value(), other.value()
    unlike = Difference(
        table=key.table, row=key.row, figure=key.figure, this=a.value, other=b.value, verdict="not compared"
    )
    if a.value is None or b.value is None:
        return unlike.model_copy(update={"reason": a.reason if a.value is None else b.reason})
    less_R = this.values_R - other.values_R
    low, high, reason = interval(less_R, min(this.groups, other.groups))
    verdict = _verdict(low, high, lower_is_better(key.figure))
    if reason == TOO_FEW:
        verdict = "too few groups to tell"
    whole = round(float(less_R[0]), 5)
    return unlike.model_copy(
        update={"difference": whole, "low": low, "high": high, "verdict": verdict, "reason": reason}
    )


def _verdict(low: float | None, high: float | None, lower_better: bool) -> Verdict:
    if low is None or high is None or low <= 0 <= high:
        return "no difference shown"
    return "better" if (low > 0) != lower_better else "worse"


def seen_in_training(card: Card, scanner: str) -> str:
    """What the card's record of its training says of a scanner, in a sentence."""
    record = card.training.get("record")
    named = record.get("scanners") if isinstance(record, dict) else None
    if not isinstance(named, list):
        return (
            f"The package's card does not say which scanners it was trained on: it may have seen {scanner} in training, "
            "and these figures then say nothing of an unseen scanner."
        )
    if scanner in named:
        return f"The package was trained on scans of {scanner}: these figures say nothing of an unseen scanner."
    listed = ", ".join(str(x) for x in named) or "none"
    return f"The package's card lists the scanners that it was trained on ({listed}); {scanner} is not among them."


def masked(rows_RN: Values, mask_N: NDArray[np.bool_]) -> Values:
    """The rows of weights for some of the scans alone."""
    return np.asarray(rows_RN * mask_N, np.float64)
