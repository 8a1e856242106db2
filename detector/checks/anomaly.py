"""Anomalies: regions unlike the rest of the load, the declared goods or an empty container, whatever they are; walls and floors that its type has not."""

from scantally.detector.checks.likeness import area, common
from scantally.detector.checks.sentences import amount, finding, others, place, region_size, whole
from scantally.detector.checks.sight import EMPTY, cleared, hidden
from scantally.detector.checks.structure import beyond_goods, floors, walls
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Anomaly, Box, Case, Finding, Group, Severity, Verdict

NAME = "anomaly"

OBSERVATIONS = ("none", "denser", "less_dense", "other", "wall", "floor", "beyond_goods")
"""Nothing strange; something denser than what surrounds it, less dense, or as dense and of another structure; a second wall; a floor thicker
than the container's type has it; something denser than the declared goods can lie."""

STEP = 0.1
"""-ln T by which a region must differ from what surrounds it to be called denser or less dense: a tenth of the beam."""

KNOWN = 0.5
"""An anomaly of which more than this share lies in the box of a detected object (or the other way round) is that object: other checks
speak of it."""


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """One finding for each second wall, for each region stranger than ``anomaly_rate`` allows, the strangest first, for a floor that is too
    thick, and for places denser than the goods."""
    measured = (*floors(case), *beyond_goods(case, settings, goods))
    seen = (*walls(case), *_strange(case, settings), *measured)
    if case.anomalies is None:
        text = "Nothing looked for what does not belong here: the model in use cannot."
        return (*seen, finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text))
    if not case.penetration.judgeable:
        # Rates were counted on containers: what is strange in a picture of something else means nothing.
        text = f"No region can be called strange: {hidden(case, settings)}."
        return (*measured, finding(case, NAME, Verdict.UNKNOWN, Severity.MEDIUM, text, observation="none"))
    if not seen:
        text = f"No region was found that is unlike the rest of the {whole(case)}"
        return (cleared(case, NAME, settings, text, observation="none"),)
    return seen


def _strange(case: Case, settings: CheckSettings) -> tuple[Finding, ...]:
    if not case.penetration.judgeable:
        return ()
    strange = [
        one for one in case.anomalies or () if one.rate <= settings.anomaly_rate and not _known(one, case, settings)
    ]
    return tuple(_suspect(case, one) for one in strange)


def _suspect(case: Case, one: Anomaly) -> Finding:
    observation = observed(one)
    text = (
        f"{region_size(one.box, case).capitalize()}, {place(one.box, case)}, is unlike {_rest(one.box, case)}: {WORDS[observation]}; "
        f"{rarity(one.rate)}."
    )
    return finding(
        case,
        NAME,
        Verdict.SUSPECT,
        Severity.MEDIUM,
        text,
        boxes=(one.box,),
        score=one.score,
        observation=observation,
    )


WORDS = {
    "denser": "it is denser than what surrounds it",
    "less_dense": "it is less dense than what surrounds it",
    "other": "it is as dense as what surrounds it, but looks different",
}


def observed(one: Anomaly) -> str:
    """How a region differs from what surrounds it, in a word."""
    if one.step is None or abs(one.step) < STEP:
        return "other"
    return "denser" if one.step > 0 else "less_dense"


def rarity(rate: float) -> str:
    """How often as strange a region is seen where nothing is wrong."""
    if rate < 0.01:
        return "fewer than one clean scan in a hundred shows one as strange"
    every = 1.0 / rate
    if every < 1.5:
        return "clean scans show about one as strange"
    return f"about one clean scan in {amount(round(every))} shows one as strange"


def _rest(box: Box, case: Case) -> str:
    """What a region is unlike: the load that it lies in, by name where one is sure, else the container."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    rows = [row for row in case.detections.rows() if row[3] is Group.LOAD]
    around = [row for row in rows if row[2] != EMPTY and _holds(row[0], x, y)]
    if around:
        return f"{others(max(around, key=lambda row: row[1])[2])} here"
    if any(row[2] == EMPTY for row in rows):
        return "an empty container"
    return f"the rest of the {whole(case)}"


def _holds(box: Box, x: float, y: float) -> bool:
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]


def _known(one: Anomaly, case: Case, settings: CheckSettings) -> bool:
    """Whether it is an object that the model named."""
    for box, score, _, group in case.detections.rows():
        if group is Group.OBJECT and score >= settings.unsure:
            smaller = min(area(box), area(one.box))
            if common(box, one.box) > KNOWN * smaller:
                return True
    return False
