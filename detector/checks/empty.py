"""Declared empty or full, against what the scan shows, both ways."""

from dataclasses import dataclass, replace
from enum import Enum

from scantally.detector.checks.mass import declared_lines_kg
from scantally.detector.checks.sentences import a_thing, finding, no_manifest, percent
from scantally.detector.checks.sight import EMPTY, Sight, cleared, hidden, sights
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Box, Case, Finding, Group, Severity, Verdict

NAME = "empty"

OBSERVATIONS = (
    "empty_as_declared",
    "loaded_as_declared",
    "loaded",
    "bare",
    "too_little",
    "cannot_tell_empty",
    "cannot_tell_load",
    "no_papers",
    "unsaid",
)
"""Words for what is declared against what is seen: a load that was not declared, none where one was, or which of the two cannot be told."""


class State(Enum):
    """How the inside looks to one witness."""

    EMPTY = "empty"
    LOADED = "loaded"
    UNCLEAR = "unclear"


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What the scan shows: ``what`` continues ``the scan shows``, or says why it cannot be told."""

    state: State
    what: str
    boxes: tuple[Box, ...] = ()
    score: float | None = None
    leans: State | None = None  # of an unclear look: what it would be if the other witness said so


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """Compare the declaration with the picture. Never CLEAR where the picture cannot be judged."""
    manifest, look = case.manifest, _look(case, settings)
    if manifest is None:
        return (_unknown(case, look, f"{no_manifest(case)} to compare with; {_shown(look)}.", "no_papers"),)
    if manifest.empty is True:
        return (_declared_empty(case, settings, look),)
    if manifest.empty is False or manifest.lines:
        return (_declared_full(case, settings, look),)
    return (_unknown(case, look, f"The manifest says neither empty nor full; {_shown(look)}.", "unsaid"),)


def _declared_empty(case: Case, settings: CheckSettings, look: Look) -> Finding:
    # An object in a container that is said to be empty counts as load here, however empty the rest looks.
    objects = [sight for sight in sights(case, Group.OBJECT, settings) if sight.sure]
    if objects:
        look = _loaded_with(objects)
    if look.state is State.LOADED:
        text = f"The container is declared empty, but the scan shows {look.what}."
        return _finding(case, Verdict.SUSPECT, Severity.HIGH, text, look, "loaded")
    if look.state is State.UNCLEAR:
        text = f"The container is declared empty, but it cannot be told whether it is: {look.what}."
        return _unknown(case, look, text, "cannot_tell_empty")
    if case.manifest is not None and case.manifest.lines:
        text = f"The container is declared empty, yet the manifest lists goods; {_shown(look)}."
        return _unknown(case, look, text, "unsaid")
    if look.score is None:
        text = f"The container is declared empty and {_shown(look)}, but the model recognised nothing to confirm it."
        return _unknown(case, look, text, "cannot_tell_empty")
    text = f"The container is declared empty, and {_shown(look)}"
    return cleared(case, NAME, settings, text, score=look.score, observation="empty_as_declared")


def _declared_full(case: Case, settings: CheckSettings, look: Look) -> Finding:
    objects = sights(case, Group.OBJECT, settings)
    if look.state is State.EMPTY and objects:
        # A car or a crate of cigarettes is load: whether a line explains it is another check's matter.
        sure = [sight for sight in objects if sight.sure]
        look = _loaded_with(sure) if sure else replace(_possible(objects), leans=None)
    if look.state is State.EMPTY:
        return _bare(case, settings, look)
    if look.state is State.UNCLEAR:
        text = f"The manifest declares a load, but it cannot be told whether there is one: {look.what}."
        return _unknown(case, look, text, "cannot_tell_load")
    # Dense parts hide nothing from this question: they are load.
    text = f"The manifest declares a load, and {_shown(look)}."
    return _finding(case, Verdict.CLEAR, Severity.LOW, text, look, "loaded_as_declared")


def _bare(case: Case, settings: CheckSettings, look: Look) -> Finding:
    """A load is declared and none is seen."""
    declared = None if case.manifest is None else declared_lines_kg(case.manifest)
    if declared is not None and declared < settings.least_seen_kg:
        text = f"The manifest declares a load of {declared:,.0f} kg and {_shown(look)}: so little may not show."
        return _finding(case, Verdict.UNKNOWN, Severity.LOW, text, look, "too_little")
    text = f"The manifest declares a load, but {_shown(look)}."
    return _finding(case, Verdict.SUSPECT, Severity.MEDIUM, text, look, "bare")


def _look(case: Case, settings: CheckSettings) -> Look:
    """Put the model's word and the penetration map together; where they contradict each other, it is unclear."""
    if not case.penetration.judgeable:
        return Look(state=State.UNCLEAR, what=hidden(case, settings) or "")
    word, measured = _model(case, settings), _map(case, settings)
    if word is None:
        return measured or Look(state=State.UNCLEAR, what="nothing was recognised and no container was located")
    if measured is not None and measured.state is word.leans:
        return replace(measured, score=word.score)
    if measured is None or measured.state is word.state or word.state is State.UNCLEAR:
        return word
    if word.state is State.EMPTY and measured.state is State.UNCLEAR:
        return word
    if word.state is State.LOADED and (measured.state is State.UNCLEAR or _is_small(word, case, settings)):
        return word
    against = measured.what if measured.state is State.UNCLEAR else f"the grey values show {measured.what}"
    return Look(state=State.UNCLEAR, what=f"the model sees {word.what}, but {against}", boxes=word.boxes)


def _is_small(load: Look, case: Case, settings: CheckSettings) -> bool:
    """So little load, by its boxes, that an empty-looking map is no argument against it."""
    x0, y0, x1, y1 = case.container.box or (0.0, 0.0, 0.0, 0.0)
    whole = (x1 - x0) * (y1 - y0)
    covered = sum((box[2] - box[0]) * (box[3] - box[1]) for box in load.boxes)
    return covered < settings.large_load * whole


def _model(case: Case, settings: CheckSettings) -> Look | None:
    """What the model saw of the load; None when it saw nothing of it."""
    seen = sights(case, Group.LOAD, settings)
    empty = [sight for sight in seen if sight.label == EMPTY]
    loads = [sight for sight in seen if sight.label != EMPTY]
    sure_loads = [sight for sight in loads if sight.sure]
    # A car in an otherwise empty container looks like both: a load that is seen is a load.
    if sure_loads:
        return _loaded_with(sure_loads)
    if any(sight.sure for sight in empty):
        return Look(state=State.EMPTY, what="an empty container", score=max(sight.score for sight in empty))
    return _possible(seen) if seen else None


def _possible(seen: list[Sight]) -> Look:
    names = " or ".join(a_thing(sight.label) if sight.label != EMPTY else "an empty container" for sight in seen)
    loads = [sight for sight in seen if sight.label != EMPTY]
    leans = State.LOADED if len(loads) == len(seen) else None if loads else State.EMPTY
    what = f"the model is not sure that it sees {names}"
    score = max(sight.score for sight in seen)
    return Look(state=State.UNCLEAR, what=what, boxes=_boxes(loads), score=score, leans=leans)


def _map(case: Case, settings: CheckSettings) -> Look | None:
    """What the shares of filled and opaque pixels say; None without a container's box, for which they were measured."""
    seen = case.penetration
    if case.container.box is None:
        return None
    filled = f"{percent(seen.filled_share)} of the inside is darker than bare walls"
    if seen.filled_share >= settings.filled_loaded or seen.dense_share >= settings.dense_loaded:
        what = f"a load ({filled}, {percent(seen.dense_share)} of the container is opaque)"
        return Look(state=State.LOADED, what=what, boxes=seen.dense_boxes)
    if seen.filled_share <= settings.filled_empty and seen.dense_share <= settings.dense_empty:
        return Look(state=State.EMPTY, what=f"an empty container ({filled})")
    return Look(state=State.UNCLEAR, what=f"the grey values fit neither an empty container nor a load ({filled})")


def _loaded_with(seen: list[Sight]) -> Look:
    return Look(state=State.LOADED, what=_names(seen), boxes=_boxes(seen), score=max(sight.score for sight in seen))


def _names(seen: list[Sight]) -> str:
    return " and ".join(a_thing(sight.label) for sight in seen)


def _boxes(seen: list[Sight]) -> tuple[Box, ...]:
    return tuple(box for sight in seen for box in sight.boxes)


def _shown(look: Look) -> str:
    if look.state is State.UNCLEAR:
        return f"it cannot be told whether it is empty: {look.what}"
    return f"the scan shows {look.what}"


def _unknown(case: Case, look: Look, text: str, word: str) -> Finding:
    return _finding(case, Verdict.UNKNOWN, Severity.MEDIUM, text, look, word)


def _finding(case: Case, verdict: Verdict, severity: Severity, text: str, look: Look, word: str) -> Finding:
    return finding(case, NAME, verdict, severity, text, boxes=look.boxes, score=look.score, observation=word)
