"""Is it this container? Number by ISO 6346, agreement of paper and scan, size/type code."""

from scantally.detector.checks.sentences import finding, no_manifest, short
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.config.iso6346 import normalise_number, number_problem, size_type_name
from scantally.detector.types import Case, Finding, Severity, Verdict

NAME = "container_number"


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """Judge the number and the size/type code of one container; the picture plays no part."""
    return (_number(case), *_size_type(case))


def _number(case: Case) -> Finding:
    declared = case.manifest.container_number if case.manifest else None
    given = case.container.number
    if declared and given and normalise_number(declared) != normalise_number(given):
        names = f"container {short(declared)}, but the scan is of container {short(given)}"
        return finding(case, NAME, Verdict.SUSPECT, Severity.HIGH, f"The manifest is for {names}.")
    for number in (declared, given):
        problem = number_problem(number) if number else None
        if problem:
            return finding(case, NAME, Verdict.SUSPECT, Severity.MEDIUM, problem)
    return _agreement(case, declared, given)


def _agreement(case: Case, declared: str | None, given: str | None) -> Finding:
    """The numbers that are there are valid and do not contradict each other; are there two?"""
    if declared and given:
        text = f"The manifest and the scan name the same container, {normalise_number(declared)}."
        return finding(case, NAME, Verdict.CLEAR, Severity.LOW, text)
    if declared:
        text = f"The manifest names container {normalise_number(declared)}, but no number was given for the scan."
    elif case.manifest is None:
        text = f"{no_manifest(case)}, so its number cannot be compared."
    else:
        text = "The manifest gives no container number."
    return finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text)


def _size_type(case: Case) -> tuple[Finding, ...]:
    """Nothing to say where no code is given, or one that is known and uncontradicted."""
    declared = case.manifest.size_type if case.manifest else None
    given = case.container.size_type
    if declared and given and normalise_number(declared) != normalise_number(given):
        text = f"The manifest gives size/type code {short(declared)}, but the scan's container has {short(given)}."
        return (finding(case, NAME, Verdict.SUSPECT, Severity.MEDIUM, text),)
    code = declared or given
    if code and size_type_name(code) is None:
        text = f"Size/type code '{short(code)}' is not known to ISO 6346, so the kind of container is unknown."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text),)
    return ()
