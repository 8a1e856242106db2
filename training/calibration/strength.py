"""How strongly each check's answers speak: counted on scans whose papers are known to be true, or untrue in a known way.

Writes what ``detector/evidence/tables.py`` reads. The discount of each family is fitted by cross-fitting: the tables that a container is
judged by were counted without its fold, so that a table's own luck does not pass for knowledge.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.optimize import minimize

from scantally.datasets.simulated import SCAN_SUFFIX, TRUTH, read_truth
from scantally.datasets.simulator.truth import Truth
from scantally.detector.checks import run_checks
from scantally.detector.cli.inputs import beside
from scantally.detector.config.decision import DecisionSettings
from scantally.detector.errors import InputError
from scantally.detector.evidence.belief import telling
from scantally.detector.evidence.tables import (
    EMPTY,
    FAMILIES,
    HONEST,
    LOADED,
    EvidenceTables,
    PaperTables,
    family_of,
    of_papers,
    state_of,
    strongest,
    word_of,
)
from scantally.detector.formats import read_scan
from scantally.detector.manifests import read_manifest
from scantally.detector.models.boxes import iou
from scantally.detector.pipeline import Inspector
from scantally.detector.types import Case

FOLDS = 5
SAME = 0.5
"""Intersection over union from which a container that was found is one of the truth's."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What the checks said of one container, and what is true of its papers. ``inspectable`` is the truth's word, not the product's."""

    scan: str
    kind: str  # HONEST, or the way in which its papers are untrue
    words: Mapping[str, str]  # of the checks that speak of papers: what the scanner could see says nothing of them
    inspectable: bool
    state: str = LOADED  # what the papers declare: LOADED or EMPTY


def listen(inspector: Inspector, folder: Path, say: Callable[[str], None]) -> list[Said]:
    """Inspect every simulated scan of a folder with its papers, and note what each check said of each container.

    A container that was not found, or has no papers, is left out.

    Raises:
        InputError: no simulated scan with papers is there.
    """
    pairs = list(with_papers(folder))
    found: list[Said] = []
    for number, (path, papers) in enumerate(pairs, 1):
        found += _said(inspector, _scan_of(path), papers, read_truth(path))
        if number % 100 == 0:
            say(f"papers of {number} of {len(pairs)} scans checked")
    if not found:
        raise InputError(str(folder), "expected simulated scans with papers beside them (scantally simulate)")
    return found


def with_papers(folder: Path) -> Iterator[tuple[Path, Path]]:
    """The truth and the papers of each simulated scan of a folder that has papers, by name.

    Raises:
        ManifestError: two files claim to be one scan's papers.
    """
    for path in sorted(folder.glob(f"*{TRUTH}")):
        papers = beside(_scan_of(path))
        if papers is not None:
            yield path, papers


def _scan_of(truth: Path) -> Path:
    return truth.with_name(truth.name.removesuffix(TRUTH) + SCAN_SUFFIX)


def _said(inspector: Inspector, scan_path: Path, papers: Path, truth: Truth) -> Iterator[Said]:
    inspection = inspector.inspect(read_scan(scan_path), read_manifest(papers))
    for case in inspection.cases:
        index = _true_container(case, truth)
        if index is None or case.manifest is None:
            continue
        findings = run_checks(case, inspector.config.checks, inspector.goods)
        yield Said(
            scan=scan_path.stem,
            kind=truth.deviation if truth.deviation and truth.deviation_container == index else HONEST,
            words={check: word_of(one) for check, one in strongest(findings).items() if of_papers(one)},
            inspectable=_inspectable(truth, index),
            state=state_of(case.manifest),
        )


def _true_container(case: Case, truth: Truth) -> int | None:
    if case.container.box is None:
        return None
    overlap = iou(case.container.box, np.array([c.box for c in truth.containers], np.float64))
    return int(overlap.argmax()) if float(overlap.max()) >= SAME else None


def _inspectable(truth: Truth, index: int) -> bool:
    """Whether nothing that matters is beyond seeing: the undeclared objects of the container, by the truth's rule."""
    return all(x.inspectable for x in truth.objects if x.container == index and not x.declared)


def count(said: Sequence[Said]) -> EvidenceTables:
    """The tables of what was said of containers whose papers declare the same.

    Raises:
        InputError: there are no honest papers among them, or none that are untrue.
    """
    kinds = Counter(one.kind for one in said)
    if HONEST not in kinds or len(kinds) < 2:
        raise InputError("evidence", "expected containers with true papers and with untrue ones")
    observed: dict[str, dict[str, Counter[str]]] = {}
    for one in said:
        for check, word in one.words.items():
            observed.setdefault(check, {}).setdefault(word, Counter())[one.kind] += 1
    return EvidenceTables(
        containers={kind: kinds[kind] for kind in (HONEST, *sorted(set(kinds) - {HONEST}))},
        observed={
            check: {word: dict(sorted(counts.items())) for word, counts in sorted(words.items())}
            for check, words in sorted(observed.items())
        },
    )


def fold_of(scan: str) -> int:
    """The fold of a scan: containers of one scan are in one."""
    return zlib.crc32(scan.encode()) % FOLDS


def estimate(said: Sequence[Said], source: str) -> tuple[PaperTables, NDArray[np.float64] | None]:
    """Tables with fitted discounts, and for each container the chance (N,) of untrue papers that it would have got out of fold, by a prior
    that is the share among those whose papers declare the same.

    With so few containers that a fold's rest lacks true or untrue papers, nothing is fitted and the chances are None.

    Raises:
        InputError: there are no containers with true papers and with untrue ones.
    """
    count(said)  # of all: else there is nothing to tell apart
    tables: dict[str, EvidenceTables] = {}
    chance_N: NDArray[np.float64] | None = np.full(len(said), np.nan)
    for state in (LOADED, EMPTY):
        places = [k for k, one in enumerate(said) if one.state == state]
        some = [said[k] for k in places]
        if len({one.kind == HONEST for one in some}) < 2:
            chance_N = None if some else chance_N
            continue
        tables[state], chance_n = _estimate(some)
        if chance_N is not None and chance_n is not None:
            chance_N[places] = chance_n
        else:
            chance_N = None
    return PaperTables(source=source, loaded=tables.get(LOADED), empty=tables.get(EMPTY)), chance_N


def _estimate(said: Sequence[Said]) -> tuple[EvidenceTables, NDArray[np.float64] | None]:
    """The same for containers whose papers declare the same."""
    whole = count(said)
    rests = [[x for x in said if fold_of(x.scan) != k] for k in range(FOLDS)]
    if any(len({x.kind == HONEST for x in rest}) < 2 for rest in rests):
        return whole, None
    parts = [count(rest) for rest in rests]
    ways = sorted({x.kind for x in said} - {HONEST})
    prior_K = np.array([sum(x.kind == way for x in said) for way in (HONEST, *ways)], np.float64) / len(said)
    log_NFK = np.stack([_by_family(x, parts[fold_of(x.scan)], ways) for x in said])
    untrue_N = np.array([x.kind != HONEST for x in said])

    def posterior(weights_F: NDArray[np.float64]) -> NDArray[np.float64]:
        log_NK = np.einsum("f,nfk->nk", weights_F, log_NFK) + np.log(prior_K)
        chance_NK = np.exp(log_NK - log_NK.max(axis=1, keepdims=True))
        return np.asarray(np.clip(1 - chance_NK[:, 0] / chance_NK.sum(axis=1), 1e-9, 1 - 1e-9), np.float64)

    def loss(weights_F: NDArray[np.float64]) -> float:
        chance_N = posterior(weights_F)
        return float(-np.log(np.where(untrue_N, chance_N, 1 - chance_N)).mean())

    bounds = [(0.0, 1.0)] * len(FAMILIES)
    fitted = minimize(loss, np.full(len(FAMILIES), 0.7), method="L-BFGS-B", bounds=bounds, options={"eps": 0.01})
    weights = {name: round(float(w), 3) for name, w in zip(FAMILIES, fitted.x, strict=True)}
    return whole.model_copy(update={"weights": weights}), posterior(fitted.x)


def _by_family(one: Said, tables: EvidenceTables, ways: Sequence[str]) -> NDArray[np.float64]:
    """(families, 1 + ways): log ratios against true papers."""
    log_FK = np.zeros((len(FAMILIES), 1 + len(ways)))
    counted = [way for way in ways if way in tables.containers]
    columns = [0, *(1 + ways.index(way) for way in counted)]
    for check, log in telling(one.words, tables, counted).items():
        log_FK[list(FAMILIES).index(family_of(check)), columns] += log
    return log_FK


def as_drawn(said: Sequence[Said]) -> DecisionSettings:
    """A prior that is the share of untrue papers among these containers, and of each way as it stands among them."""
    kinds = Counter(one.kind for one in said)
    honest = kinds.pop(HONEST, 0)
    return DecisionSettings(prior=sum(kinds.values()) / (honest + sum(kinds.values())), ways=dict(kinds))


def calibration_error(chance_N: NDArray[np.float64], untrue_N: NDArray[np.bool_], bins: int = 10) -> float:
    """Expected calibration error with bins of equal counts (Naeini et al. 2015): mean difference of what was said and what was so."""
    order = np.argsort(chance_N, kind="stable")
    parts = np.array_split(order, bins)
    gaps = [abs(float(chance_N[p].mean() - untrue_N[p].mean())) * p.size for p in parts if p.size]
    return sum(gaps) / max(chance_N.size, 1)


def tables_yaml(tables: PaperTables) -> bytes:
    """``evidence.yaml``."""
    head = (
        "# How often each check says what, of containers whose papers are true (honest) or untrue in one known way: counts of\n"
        "# containers, and by how much the evidence of each family of checks counts. Read by scantally.detector.evidence.tables.\n"
    )
    document = tables.model_dump(mode="json", by_alias=True)
    return (head + yaml.safe_dump(document, sort_keys=False, width=110)).encode()


def told(said: Sequence[Said], tables: PaperTables, chance_N: NDArray[np.float64] | None) -> str:
    """What was counted, and how good the belief is out of fold, in lines."""
    untrue_N = np.array([x.kind != HONEST for x in said])
    counted = Counter(x.kind for x in said)
    kinds = ", ".join(f"{kind} {counted[kind]}" for kind in (HONEST, *sorted(set(counted) - {HONEST})))
    if chance_N is None:
        return f"evidence of {len(said)} containers: {kinds}\nbelief: too few containers to fit and to judge it\n"
    error = calibration_error(chance_N, untrue_N)
    return (
        f"evidence of {len(said)} containers: {kinds}\n"
        f"evidence counts by family: {_weights(tables)}\n"
        f"belief out of fold: ECE {error:.3f}, area under the curve {area_under(chance_N, untrue_N):.3f}\n"
    )


def _weights(tables: PaperTables) -> str:
    """``declared loaded: papers 0.6, load 0.53; declared empty: ...``."""
    states = ((LOADED, tables.loaded), (EMPTY, tables.empty))
    return "; ".join(
        f"declared {state}: " + ", ".join(f"{family} {weight:g}" for family, weight in found.weights.items())
        for state, found in states
        if found is not None
    )


def area_under(chance_N: NDArray[np.float64], untrue_N: NDArray[np.bool_]) -> float:
    """The chance that untrue papers get a higher value than true ones; equal values count half (Hanley and McNeil 1982)."""
    high, low = chance_N[untrue_N], np.sort(chance_N[~untrue_N])
    below = np.searchsorted(low, high, side="left") + np.searchsorted(low, high, side="right")
    return float(below.mean() / 2 / low.size)
