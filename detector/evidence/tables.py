"""``evidence.yaml`` of a model package: how often each check says what, of containers whose papers are true or untrue in a known way.

Counts, not weights: whoever reads the file sees on how many containers each figure rests. ``scantally calibrate`` writes it.
"""

import math
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from scantally.detector.checks import CHECKS
from scantally.detector.config.files import brief, parse_yaml, read_bytes
from scantally.detector.errors import PackageError
from scantally.detector.types import Document, Finding, Manifest, Severity, Verdict

EVIDENCE = "evidence.yaml"
HONEST = "honest"

SEEN_PERHAPS = ("possible", "in_structure")
"""Observations of an UNKNOWN that say that something may have been seen."""

LOADED, EMPTY = "loaded", "empty"
"""What papers declare of a container. What a check may say depends on it, and so do the ways in which papers can be untrue."""

FAMILIES: dict[str, tuple[str, ...]] = {
    "papers": ("container_number", "manifest_consistency", "description"),
    "load": ("empty", "goods", "missing", "mass", "volume", "duplicate"),
    "objects": ("undeclared", "prohibited", "ripoff", "count", "anomaly"),
}
"""Checks that rest on the same observation say partly the same: within a family evidence is discounted (``weights``). ``package_mass`` is in none and
is not weighed: papers that are simulated take what a package weighs from narrower ranges than real ones have, so that its strength cannot be counted on them."""

_IN_FAMILIES = frozenset(check for checks in FAMILIES.values() for check in checks)

_DECLARED = ("declared", "explained")
"""Words of ``prohibited`` for what the papers name themselves: prohibited or not, that says nothing of whether they are true."""

PSEUDO = 0.5
"""Added to each count (Jeffreys' prior): what was never seen in so many containers is rare, not impossible."""

_VERDICTS = {Verdict.CLEAR: 0, Verdict.UNKNOWN: 1, Verdict.SUSPECT: 2}
_SEVERITIES = {Severity.LOW: 0, Severity.MEDIUM: 1, Severity.HIGH: 2}

_MOST = 10**9  # no such count was ever taken, and every smaller one is exact as a float
_WORD = re.compile(f"({'|'.join(Verdict)})/[a-z][a-z0-9_]*")  # as ``word_of`` writes them
Count = Annotated[int, Field(ge=0, le=_MOST)]


class EvidenceTables(Document):
    """What was counted on containers whose papers declare the same: a load, or none."""

    containers: Mapping[str, Annotated[int, Field(gt=0, le=_MOST)]]
    """Containers of each kind: ``honest``, and the ways in which papers were untrue."""
    observed: Mapping[str, Mapping[str, Mapping[str, Count]]]
    """For each check and word (``word_of``), in how many containers of each kind it was the strongest thing said."""
    weights: Mapping[str, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict)
    """For each family, by how much its evidence counts: fitted, as the strongest word of several is a little too strong."""

    @model_validator(mode="after")
    def _consistent(self) -> "EvidenceTables":
        if HONEST not in self.containers or len(self.containers) < 2:
            raise ValueError(f"containers: expected '{HONEST}' and at least one way of being untrue")
        for check, words in self.observed.items():
            _refuse_unknown(check, words)
            for kind, number in self.containers.items():
                said = sum(counts.get(kind, 0) for counts in words.values())
                if said > number:
                    raise ValueError(f"observed.{check}: {said} of {number} containers of the kind '{kind}'")
            strange = {kind for counts in words.values() for kind in counts} - set(self.containers)
            if strange:
                raise ValueError(f"observed.{check}: '{min(strange)}' is not among the containers")
        return self

    @property
    def ways(self) -> tuple[str, ...]:
        """The ways in which papers may be untrue, in the file's order."""
        return tuple(kind for kind in self.containers if kind != HONEST)

    def log_ratio(self, check: str, word: str, way: str) -> float:
        """Log of how much likelier a word is where papers are untrue in this way than where they are true; 0 where nothing is known.

        An UNKNOWN says nothing, for a picture that cannot be judged is no reason to suspect anybody, but where it says what may have been
        seen; and never does it speak for the papers. A CLEAR never speaks against them: that nothing strange was seen may be rarer where strange
        things are declared, but it is no reason for suspicion.
        """
        words = self.observed.get(check)
        if words is None or word not in words or _says_nothing(word):
            return 0.0
        found = math.log(self._likelihood(words, word, way)) - math.log(self._likelihood(words, word, HONEST))
        if word.startswith(Verdict.CLEAR.value):
            return min(found, 0.0)
        return max(found, 0.0) if word.startswith(Verdict.UNKNOWN.value) else found

    def weighs(self, found: Finding) -> bool:
        """Whether these tables know what a finding says: of what was never counted, such as papers that contradict themselves, a posterior
        knows nothing."""
        return of_papers(found) and word_of(found) in self.observed.get(found.check, {})

    def _likelihood(self, words: Mapping[str, Mapping[str, int]], word: str, kind: str) -> float:
        said = sum(counts.get(kind, 0) for counts in words.values())
        return (words[word].get(kind, 0) + PSEUDO) / (said + PSEUDO * len(words))

    def weight(self, check: str) -> float:
        """By how much the check's evidence counts."""
        return self.weights.get(family_of(check), 1.0)


class PaperTables(Document):
    """The whole file. Each table is None where too little was counted."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    source: str
    """What the counts were taken on, in words: how many scans, simulated or real, and of which set."""
    loaded: EvidenceTables | None = None
    """Of papers that declare a load."""
    empty: EvidenceTables | None = None
    """Of papers that declare none: papers that name no goods cannot name wrong ones."""

    def of(self, manifest: Manifest) -> EvidenceTables | None:
        """The tables for papers that declare what these do."""
        return self.empty if state_of(manifest) == EMPTY else self.loaded


def _refuse_unknown(check: str, words: Iterable[str]) -> None:
    """What no check can say would never be looked up, and nobody would miss its evidence."""
    if check not in CHECKS:
        raise ValueError(f"observed: expected names of checks, got {brief(check)}")
    strange = next((word for word in words if _WORD.fullmatch(word) is None), None)
    if strange is not None:
        raise ValueError(f"observed.{check}: expected words such as 'clear/agrees', got {brief(strange)}")


def _says_nothing(word: str) -> bool:
    verdict, _, observation = word.partition("/")
    return verdict == Verdict.UNKNOWN.value and observation not in SEEN_PERHAPS


def state_of(manifest: Manifest) -> str:
    """What the papers declare."""
    return EMPTY if manifest.empty is True or not manifest.lines else LOADED


def family_of(check: str) -> str:
    """The family of a check; a check in none is its own."""
    return next((name for name, checks in FAMILIES.items() if check in checks), check)


def of_papers(found: Finding) -> bool:
    """Whether a finding says anything of whether papers are true, in a way that can be counted."""
    return found.check in _IN_FAMILIES and not (found.check == "prohibited" and found.observation in _DECLARED)


def word_of(found: Finding) -> str:
    """What a finding says, as one row of the table: ``suspect/much_heavier``, ``unknown/low``."""
    return f"{found.verdict.value}/{found.observation or found.severity.value}"


def strongest(findings: Iterable[Finding]) -> dict[str, Finding]:
    """For each check the finding that speaks most against the papers: SUSPECT before UNKNOWN before CLEAR, then by severity, then, of
    objects, the one that the model is surest of."""
    best: dict[str, Finding] = {}
    for found in findings:
        if found.check not in best or _against(found) > _against(best[found.check]):
            best[found.check] = found
    return best


def _against(found: Finding) -> tuple[int, int, float]:
    sure = found.score if found.score is not None and found.check in FAMILIES["objects"] else 0.0
    return _VERDICTS[found.verdict], _SEVERITIES[found.severity], sure


def read_tables(folder: Path) -> PaperTables | None:
    """The tables of a package's folder, or None where it has none.

    Raises:
        PackageError: the file cannot be read or is not of this form.
    """
    path = folder / EVIDENCE
    if not path.is_file():
        return None
    return parse_yaml(read_bytes(path, PackageError), str(path), PaperTables, PackageError)
