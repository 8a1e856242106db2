"""From findings to what Scantally proposes."""

from collections.abc import Collection, Iterable

from scantally.detector.config.checks import CheckSettings
from scantally.detector.types import Disposition, Finding, Severity, Verdict

RANK = {Disposition.RELEASE: 0, Disposition.REVIEW: 1, Disposition.INSPECT: 2}


def dispose(findings: Iterable[Finding], settings: CheckSettings) -> Disposition:
    """What to do with the container: the most careful answer that any finding asks for.

    A high SUSPECT asks for inspection; another SUSPECT, or an UNKNOWN of a check in ``release_requires`` (``forbids``), for a review.
    A required check that has no finding at all kept silent, which asks for a review too.
    """
    findings = tuple(findings)
    asked = [_asked(found, settings) for found in findings]
    if set(settings.release_requires) - {found.check for found in findings}:
        asked.append(Disposition.REVIEW)
    return max(asked, key=RANK.__getitem__, default=Disposition.RELEASE)


def forbids(found: Finding, required: Collection[str]) -> bool:
    """Whether an UNKNOWN forbids a release: that of a required check, but where it rests on a part too small to matter."""
    return found.verdict is Verdict.UNKNOWN and found.check in required and not found.tolerated


def _asked(found: Finding, settings: CheckSettings) -> Disposition:
    if found.verdict is Verdict.SUSPECT:
        return Disposition.INSPECT if found.severity is Severity.HIGH else Disposition.REVIEW
    if forbids(found, settings.release_requires):
        return Disposition.REVIEW
    return Disposition.RELEASE
