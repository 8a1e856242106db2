"""Is it this container? Number by ISO 6346, agreement of paper and scan, size/type code, and the length that the code names."""

from scantally.detector.checks.sentences import finding, no_manifest, short
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.config.iso6346 import normalise_number, number_problem, size_type_name
from scantally.detector.maps.areal import CUT_OFF, wrong_length
from scantally.detector.types import Case, Finding, Severity, Verdict

NAME = "container_number"

_MISTYPED = 2
"""Signs in which a number that was mistyped differs: one that is wrong, or two that changed places."""


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """Judge the number and the size/type code of one container; of the picture only its length plays a part."""
    return (_number(case), *_filed(case), *_size_type(case))


def _number(case: Case) -> Finding:
    declared = case.manifest.container_number if case.manifest else None
    given = case.container.number
    if declared and given and normalise_number(declared) != normalise_number(given):
        names = f"container {short(declared)}, but the scan is of container {short(given)}"
        return finding(
            case, NAME, Verdict.SUSPECT, Severity.HIGH, f"The manifest is for {names}.{_typing(declared, given)}"
        )
    for number in (declared, given):
        problem = number_problem(number) if number else None
        if problem:
            return finding(case, NAME, Verdict.SUSPECT, Severity.MEDIUM, problem)
    return _agreement(case, declared, given)


def _filed(case: Case) -> tuple[Finding, ...]:
    """Nothing to say unless the scan was inspected under another number than its own file gives: the wrong scan, or the wrong number."""
    given, filed = case.container.number, case.container.filed
    if filed is None:
        return ()
    text = f"The scan's own file names container {short(filed)}, but {short(given or '')} was given for it."
    return (finding(case, NAME, Verdict.SUSPECT, Severity.MEDIUM, text),)


def _typing(declared: str, given: str) -> str:
    """What tells a typing error from a swap of containers: a number that is none, and is nearly the other."""
    one, other = normalise_number(declared), normalise_number(given)
    problem = number_problem(one) or number_problem(other)
    if problem is None:
        return ""
    near = len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) <= _MISTYPED
    return f" {problem} It may be a typing error." if near else f" {problem}"


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
    """Nothing to say where no code is given, or one that is known and that neither scan nor picture contradicts."""
    declared = case.manifest.size_type if case.manifest else None
    given = case.container.size_type
    if declared and given and normalise_number(declared) != normalise_number(given):
        text = f"The manifest gives size/type code {short(declared)}, but the scan's container has {short(given)}."
        return (finding(case, NAME, Verdict.SUSPECT, Severity.MEDIUM, text),)
    code = declared or given
    if code and size_type_name(code) is None:
        text = f"Size/type code '{short(code)}' is not known to ISO 6346, so the kind of container is unknown."
        return (finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, text),)
    wrong = wrong_length(case.container.box, case.pitch_mm, code)
    if wrong is not None and case.container.box is not None and CUT_OFF not in (case.weighing.missing or ""):
        text = f"{wrong[0].upper()}{wrong[1:]}."
        return (finding(case, NAME, Verdict.SUSPECT, Severity.MEDIUM, text, boxes=(case.container.box,)),)
    return ()
