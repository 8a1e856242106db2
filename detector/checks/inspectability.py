"""How much of the container the scan could show at all: dense regions cannot be cleared."""

from scantally.detector.checks.sentences import finding, percent, whole
from scantally.detector.checks.sight import tolerable
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Case, Finding, Severity, Verdict

NAME = "inspectability"

_IN_TOLERANCE = "; so little does not hold up a release by this site's settings"


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """UNKNOWN with the dense regions, or CLEAR when the beam got through nearly everywhere."""
    seen = case.penetration
    if not seen.judgeable:
        text = f"The scan cannot be judged because {seen.why or 'its map says so'}."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.HIGH, text),)
    if seen.dense_share <= settings.dense_clear:
        text = f"The beam got through {percent(1 - seen.dense_share)} of the {whole(case)}."
        return (finding(case, NAME, Verdict.CLEAR, Severity.LOW, text),)
    little = tolerable(case, settings)
    text = (
        f"{percent(seen.dense_share).capitalize()} of the {whole(case)} is too dense to see through; a scan from another side "
        f"or with higher energy, or a look inside, would show what is there{_IN_TOLERANCE if little else ''}."
    )
    dense = Severity.HIGH if seen.dense_share >= settings.dense_high else Severity.MEDIUM
    severity = Severity.LOW if little else dense
    return (finding(case, NAME, Verdict.UNKNOWN, severity, text, boxes=seen.dense_boxes, tolerated=little),)
