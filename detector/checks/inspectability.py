"""How much of the container the scan could show at all: what was not to be seen cannot be cleared."""

from dataclasses import dataclass

import numpy as np

from scantally.detector.checks.sentences import finding, percent, whole
from scantally.detector.checks.sight import tolerable
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.maps.inspectability import bounds
from scantally.detector.types import BoolArray, Box, Case, Finding, FloatArray, Inspectability, Severity, Verdict

NAME = "inspectability"

LEAST_LOAD = 0.05
"""With less of the inside filled than this, shares are of the whole inside: a few crates are no load to take shares of."""

MOST_BOXES = 3
LEAST_PLACE = 0.05
"""Regions smaller than this share of the inside are not bounded one by one; they count."""

_IN_TOLERANCE = "; so little does not hold up a release by this site's settings"
_THAT_TOLERANCE = "; what cannot be judged does not hold up a release by this site's settings"
_HELP = {
    "beam": "a scan from another side or with higher energy, or a look inside, would show what is there",
    "clutter": "a scan from another side, or a look inside, would show what is there",
}
_NOT_KNOWN = " Which blocks would have been found is not known: it was not measured for this model at these settings, or cannot be told of such a scan."


@dataclass(frozen=True, kw_only=True, slots=True)
class Unjudged:
    """What of a container cannot be judged, and what the rest shows."""

    share: float
    of: str
    boxes: tuple[Box, ...]
    stopped: bool  # mostly because the beam was
    median_cm: tuple[float, float]  # edges of steel and brick that half of the places show


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """UNKNOWN with the regions that could not be judged, or CLEAR where the beam got through and blocks of interest would have shown."""
    seen = case.penetration
    if not seen.judgeable:
        text = f"The scan cannot be judged because {seen.why or 'its map says so'}."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.HIGH, text),)
    blind = None if case.inspectability is None else unjudged(case.inspectability)
    dense, missed = seen.dense_share > settings.dense_clear, blind is not None and blind.share > settings.unjudged_clear
    rest = _NOT_KNOWN
    if blind is not None and case.inspectability is not None:
        rest = _shown(blind, case.inspectability, told=missed)
    through = f"The beam got through {percent(1 - seen.dense_share)} of the {whole(case)}"
    if not dense and not missed:
        return (finding(case, NAME, Verdict.CLEAR, Severity.LOW, f"{through}.{rest}"),)
    parts = (
        [f"{percent(seen.dense_share).capitalize()} of the {whole(case)} is too dense to see through"]
        if dense
        else [through]
    )
    if blind is not None and missed:
        parts.append(
            f"{percent(blind.share)} of {blind.of} cannot be judged, because {_largest(settings)} there is more likely to be missed than found"
        )
    little = tolerable(case, settings) and (blind is None or blind.share <= settings.unjudged_release)
    helps = _HELP["beam" if dense or (blind is not None and blind.stopped) else "clutter"]
    tolerance = "" if not little else _THAT_TOLERANCE if missed else _IN_TOLERANCE
    text = f"{(', and ' if dense else ', but ').join(parts)}; {helps}{tolerance}.{rest}"
    heavy = Severity.HIGH if seen.dense_share >= settings.dense_high else Severity.MEDIUM
    severity = Severity.LOW if little else heavy
    boxes = (*(seen.dense_boxes if dense else ()), *(blind.boxes if blind is not None and missed else ()))
    return (finding(case, NAME, Verdict.UNKNOWN, severity, text, boxes=boxes, tolerated=little),)


def unjudged(seen: Inspectability) -> Unjudged:
    """What cannot be judged of a container's load, or of its inside where there is hardly any."""
    loaded = np.count_nonzero(seen.load_hw) >= LEAST_LOAD * np.count_nonzero(seen.inside_hw)
    judged_hw = seen.load_hw if loaded else seen.inside_hw
    total = max(1, int(np.count_nonzero(judged_hw)))
    missed_hw = seen.blind_hw & judged_hw
    return Unjudged(
        share=float(np.count_nonzero(missed_hw) / total),
        of="the load" if loaded else "the inside",
        boxes=bounds(missed_hw, seen.box, LEAST_PLACE * np.count_nonzero(seen.inside_hw), MOST_BOXES),
        stopped=bool(np.count_nonzero(missed_hw & seen.stopped_hw) > 0.5 * np.count_nonzero(missed_hw)),
        median_cm=(_median(seen.steel_cm_hw, judged_hw), _median(seen.brick_cm_hw, judged_hw)),
    )


def _median(edge_cm_hw: FloatArray, judged_hw: BoolArray) -> float:
    return float(np.median(edge_cm_hw[judged_hw])) if judged_hw.any() else float("inf")


def _largest(settings: CheckSettings) -> str:
    """``a steel block of 30 cm or a brick of 40 cm (1.2 g/cm³)``."""
    steel, brick = settings.threat_steel_cm, settings.threat_brick_cm
    words = [f"a steel block of {steel:g} cm"] if steel is not None else []
    words += [f"a brick of {brick:g} cm (1.2 g/cm³)"] if brick is not None else []
    return " or ".join(words)


def _shown(blind: Unjudged, seen: Inspectability, *, told: bool) -> str:
    """What half of the places would have shown, and the share that cannot be judged where it was not told, as a sentence after another."""
    words = [
        f"{name} of {edge:.0f} cm"
        for name, edge in zip(("steel", "bricks"), blind.median_cm, strict=True)
        if np.isfinite(edge)
    ]
    little = "" if told or blind.share == 0.0 else f"; {percent(blind.share)} of {blind.of} cannot be judged"
    rough = "" if seen.scaled else " Sizes are rough: the pixel pitch is not known."
    if not words:
        return f" Half of {blind.of} would not have shown any block that was tried{little}.{rough}"
    return f" Half of {blind.of} would have shown {' and '.join(words)} or more{little}.{rough}"
