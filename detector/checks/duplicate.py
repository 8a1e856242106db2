"""The same load seen in an earlier scan, by the detector's embedding; the earlier ones come in as a value.

Similarity is the cosine of two embeddings after the mean of the earlier ones is taken off: what all containers have in common says
nothing. The load of the same container seen again is a re-scan; the same load under another number is not.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scantally.detector.checks.sentences import finding, short
from scantally.detector.checks.sight import hidden
from scantally.detector.config.checks import CheckSettings
from scantally.detector.config.goods import Goods
from scantally.detector.config.iso6346 import normalise_number
from scantally.detector.types import Case, Earlier, Finding, FloatArray, History, Severity, Verdict

NAME = "duplicate"

OBSERVATIONS = ("rescan", "new", "alike", "same_load", "same_scan")
"""The same container again; like no earlier load; alike, but it cannot be told; another container's load; another one's scan."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """The earlier load that is most alike, with its similarity in [-1, 1]."""

    record: Earlier
    similarity: float


def check(case: Case, settings: CheckSettings, goods: Goods) -> tuple[Finding, ...]:
    """One finding: about the earlier load that is most alike, or why none can be compared."""
    if case.history is None:
        return (_silent(case, "No earlier reports were given that the load could be compared with"),)
    taken = _same_scan(case, case.history)
    if taken:
        names = " and ".join(sorted(f"container {short(x.number or '')}" for x in taken))
        text = f"This very scan was inspected before as that of {names}."
        return (finding(case, NAME, Verdict.SUSPECT, Severity.HIGH, text, observation="same_scan"),)
    others = [x for x in case.history.records if x.scan_sha256 != case.scan_sha256 and _comparable(x, case)]
    why = _why_not(case, case.history, others, settings)
    if why is not None or case.embedding_D is None:
        return (_silent(case, why or "No load was recognised that could be compared with earlier ones"),)
    similarity_N = similarities(case.embedding_D, others)
    best = int(similarity_N.argmax())
    match = Match(record=others[best], similarity=float(similarity_N[best]))
    return (_answer(case, settings, match, len(others)),)


def _silent(case: Case, text: str) -> Finding:
    return finding(case, NAME, Verdict.UNKNOWN, Severity.LOW, f"{text}.")


def _same_scan(case: Case, history: History) -> list[Earlier]:
    """Earlier papers of this very file that named other containers, and never this one: inspecting a scan twice is no offence."""
    mine, number = [x for x in history.records if x.scan_sha256 == case.scan_sha256 and x.number], _number(case)
    if number is None or any(_same(x.number, number) for x in mine):
        return []
    return mine


def _comparable(record: Earlier, case: Case) -> bool:
    return case.embedding_D is None or record.embedding_D.shape == case.embedding_D.shape


def _why_not(case: Case, history: History, others: list[Earlier], settings: CheckSettings) -> str | None:
    if not case.penetration.judgeable:
        return f"The load cannot be compared with earlier ones: {hidden(case, settings)}"
    if case.embedding_D is not None and len(others) < settings.history_least:
        left = f" ({history.others} more are of another model or show no load)" if history.others else ""
        return (
            f"Earlier loads in the history that can be compared: {len(others)}{left}; what is alike is told from what is the same "
            f"by {settings.history_least} or more"
        )
    return None


def similarities(embedding_D: FloatArray, records: list[Earlier]) -> NDArray[np.float64]:
    """Cosine with each record, (N,) in [-1, 1]; both without the mean of all the other records."""
    earlier_ND = np.stack([x.embedding_D for x in records]).astype(np.float64)
    mean_ND = (earlier_ND.sum(axis=0) - earlier_ND) / max(len(records) - 1, 1)
    return _cosine(embedding_D.astype(np.float64) - mean_ND, earlier_ND - mean_ND)


def _cosine(a_ND: NDArray[np.float64], b_ND: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths_N = np.linalg.norm(a_ND, axis=1) * np.linalg.norm(b_ND, axis=1)
    cosine_N: NDArray[np.float64] = np.einsum("nd,nd->n", a_ND, b_ND) / np.maximum(lengths_N, 1e-12)
    return cosine_N


def _answer(case: Case, settings: CheckSettings, match: Match, compared: int) -> Finding:
    alike = match.similarity
    if alike < settings.alike_load:
        text = f"The load looks like none of the {compared} earlier ones."
        return _finding(case, Verdict.CLEAR, Severity.LOW, text, match, "new")
    name = _name(match.record)
    if alike < settings.same_load:
        text = f"The load resembles that of {name}, but not enough to tell whether it is the same."
        return _finding(case, Verdict.UNKNOWN, Severity.LOW, text, match, "alike")
    number = _number(case)
    if number is None or match.record.number is None:
        text = f"The load looks the same as that of {name}, but without both numbers it cannot be told whether it is a re-scan."
        return _finding(case, Verdict.UNKNOWN, Severity.MEDIUM, text, match, "alike")
    if _same(match.record.number, number):
        text = f"The load looks the same as when this container was{_when(match.record) or ' scanned before'}: it is a re-scan."
        return _finding(case, Verdict.CLEAR, Severity.LOW, text, match, "rescan")
    text = f"The load looks the same as that of {name}, under another number."
    return _finding(case, Verdict.SUSPECT, Severity.MEDIUM, text, match, "same_load")


def _finding(case: Case, verdict: Verdict, severity: Severity, text: str, match: Match, word: str) -> Finding:
    boxes = () if case.container.box is None or word == "new" else (case.container.box,)
    score = min(1.0, max(0.0, match.similarity))
    return finding(case, NAME, verdict, severity, text, boxes=boxes, score=score, observation=word)


def _name(record: Earlier) -> str:
    number = f"container {short(record.number)}" if record.number else "a container without a number"
    return f"{number}{_when(record)} (scan {record.scan_sha256[:12]})"


def _when(record: Earlier) -> str:
    return f" scanned on {short(record.time)}" if record.time else ""


def _number(case: Case) -> str | None:
    return case.container.number or (case.manifest.container_number if case.manifest else None)


def _same(earlier: str | None, number: str) -> bool:
    return earlier is not None and normalise_number(earlier) == normalise_number(number)
