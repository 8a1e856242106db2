"""What the scan shows of one container, and what it cannot show."""

from collections.abc import Sequence
from dataclasses import dataclass

from scantally.detector.checks.sentences import NumberedLine, finding, is_plural, percent, place, plural, thing, whole
from scantally.detector.config.checks import CheckSettings
from scantally.detector.types import Box, Case, Finding, Group, Severity, Verdict

SURENESS = (("certain", 0.9), ("sure", 0.7), ("likely", 0.0))
"""Words for how sure the model is of what it calls seen, each from its probability on: rows of the evidence tables, as a firearm at
0.95 says more than one at 0.55."""

EMPTY = "empty"
"""The load label that says there is no load; its box is the container's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """Detections of one label that are equally sure, from left to right."""

    label: str
    sure: bool
    boxes: tuple[Box, ...]
    score: float  # the highest

    @property
    def several(self) -> bool:
        """Whether a sentence speaks of it in the plural."""
        return len(self.boxes) > 1 or is_plural(self.label)


def sureness(sight: Sight) -> str:
    """How sure the model is, in a word."""
    if not sight.sure:
        return "possible"
    return next(word for word, least in SURENESS if sight.score >= least)


def sights(case: Case, group: Group, settings: CheckSettings) -> list[Sight]:
    """Detections of a group by label, sure ones before possible ones."""
    kept: dict[tuple[bool, str], list[tuple[Box, float]]] = {}
    for box, score, label, of in case.detections.rows():
        if of is group and score >= settings.unsure:
            kept.setdefault((score < settings.sure, label), []).append((box, score))
    return [
        Sight(
            label=label,
            sure=not possible,
            boxes=tuple(sorted(box for box, _ in found)),
            score=max(score for _, score in found),
        )
        for (possible, label), found in sorted(kept.items())
    ]


def described(sight: Sight, case: Case) -> str:
    """``the firearm seen 3.1 m from the left end of the container``, ``the 2 possible firearms seen, the leftmost ...``."""
    where, possible = place(sight.boxes[0], case), "" if sight.sure else "possible "
    if len(sight.boxes) == 1:
        return f"the {possible}{thing(sight.label)} seen {where}"
    return f"the {len(sight.boxes)} {possible}{plural(sight.label)} seen, the leftmost {where}"


def hidden(case: Case, settings: CheckSettings) -> str | None:
    """Why what was not seen may be there all the same, without a full stop; None when the beam got through."""
    seen = case.penetration
    if not seen.judgeable:
        return f"the scan cannot be judged because {seen.why or 'its map says so'}"
    if seen.dense_share > settings.dense_clear:
        return f"{percent(seen.dense_share)} of the {whole(case)} is too dense to see through, and something may hide there"
    return None


def tolerable(case: Case, settings: CheckSettings) -> bool:
    """Whether what could not be seen of the container is so little that it alone forbids no release."""
    return case.penetration.judgeable and case.penetration.dense_share <= settings.dense_release


def opaque_share(box: Box, case: Case) -> float:
    """The share of a box that the regions cover in which the beam was stopped: their outlines are boxes, so it is an upper bound."""
    x0, y0, x1, y1 = box
    covered = 0.0
    for a0, b0, a1, b1 in case.penetration.dense_boxes:
        covered += max(0.0, min(x1, a1) - max(x0, a0)) * max(0.0, min(y1, b1) - max(y0, b0))
    return min(1.0, covered / max((x1 - x0) * (y1 - y0), 1e-9))


def cleared(
    case: Case,
    check: str,
    settings: CheckSettings,
    reason: str,
    *,
    boxes: Sequence[Box] = (),
    lines: Sequence[NumberedLine] = (),
    score: float | None = None,
    observation: str | None = None,
) -> Finding:
    """CLEAR when the whole container could be seen, else UNKNOWN that says why; ``reason`` has no full stop."""
    why = hidden(case, settings)
    if why is None:
        text, verdict, severity, shown = f"{reason}.", Verdict.CLEAR, Severity.LOW, tuple(boxes)
    else:
        text, verdict, shown = f"{reason}, but {why}.", Verdict.UNKNOWN, (*boxes, *case.penetration.dense_boxes)
        severity = Severity.LOW if tolerable(case, settings) else Severity.MEDIUM
    return finding(
        case,
        check,
        verdict,
        severity,
        text,
        boxes=shown,
        lines=lines,
        score=score,
        observation=observation,
        tolerated=why is not None and tolerable(case, settings),
    )
