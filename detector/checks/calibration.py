"""What the scan cannot say because its grey values or its pixel pitch are not known."""

from scantally.detector.checks.sentences import finding
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.types import Case, Finding, Severity, Verdict

NAME = "calibration"


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """One UNKNOWN for each thing that is missing, or one CLEAR."""
    missing = []
    if not case.calibrated:
        missing.append(
            "The grey values of this scan are not calibrated, so masses and materials cannot be judged from it; "
            "a scanner profile with a grey curve would mend that."
        )
    if case.pitch_mm is None:
        missing.append(
            "The pixel pitch of this scan is not known, so lengths cannot be given in metres; "
            "a scanner profile or --pitch-mm would mend that."
        )
    if not missing:
        return (finding(case, NAME, Verdict.CLEAR, Severity.LOW, "The scan's grey values and pixel pitch are known."),)
    return tuple(finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text) for text in missing)
