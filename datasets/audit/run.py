"""The audit of a dataset: look at every file, compare all pairs, collect the findings."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from scantally.datasets.audit import find_boxes, find_doubles, find_files, find_leaks, find_set
from scantally.datasets.audit.context import Context, make_context
from scantally.datasets.audit.document import Audit, Finding
from scantally.datasets.audit.figures import figures
from scantally.datasets.audit.files import look_at_all
from scantally.datasets.audit.kinds import KINDS
from scantally.datasets.audit.look import Look, Seen
from scantally.datasets.audit.pairs import NEAR, find_pairs
from scantally.datasets.dataset import FILE, read_dataset
from scantally.detector.config.files import read_bytes, sha256
from scantally.detector.errors import InputError
from scantally.detector.types import Severity

Follow = Callable[[Iterable[Look], int], Iterable[Look]]
"""Passes looks on, of so many in all, and shows how far it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What an audit found, and what it looked at."""

    audit: Audit
    context: Context


def run_audit(
    folder: Path,
    *,
    workers: int = 1,
    near: float = NEAR,
    by_scanner: bool = False,
    follow: Follow = lambda looks, total: looks,
) -> Result:
    """Audit a dataset.

    Args:
        folder: With ``dataset.json`` and its pictures.
        workers: Processes that decode pictures.
        near: Least similarity of a near-duplicate.
        by_scanner: Whether a scanner that stands in two splits is a leak.
        follow: Shows progress.

    Raises:
        InputError: ``dataset.json`` cannot be read, or names no picture.
    """
    dataset = read_dataset(folder)
    if not dataset.images:
        raise InputError(str(folder / FILE), "names no picture: expected at least one")
    looks = tuple(follow(look_at_all(folder, dataset.images, workers), len(dataset.images)))
    found = find_pairs([x.likeness if isinstance(x, Seen) else None for x in looks], near)
    context = make_context(folder, dataset, looks, found)
    findings = _ordered(_findings(context, by_scanner))
    audit = Audit(
        source=str(folder),
        name=dataset.info.name,
        verdict=_verdict(findings),
        dataset_sha256=sha256(read_bytes(folder / FILE, InputError)),
        near=near,
        by_scanner=by_scanner,
        version=version("scantally"),
        figures=figures(context),
        findings=findings,
    )
    return Result(audit=audit, context=context)


def _findings(context: Context, by_scanner: bool) -> Iterable[Finding]:
    yield from find_leaks.find(context, by_scanner)
    yield from find_files.find(context)
    yield from find_boxes.find(context)
    yield from find_doubles.find(context)
    yield from find_set.find(context, by_scanner)


def _ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Leaks first, then by weight, then in the order of the table."""
    rank = {kind: number for number, kind in enumerate(KINDS)}
    weight = {Severity.HIGH: 0, Severity.MEDIUM: 1, Severity.LOW: 2}
    return tuple(sorted(findings, key=lambda x: (not x.leak, weight[x.severity], rank[x.kind])))


def _verdict(findings: Iterable[Finding]) -> Literal["leaks", "findings", "clean"]:
    if any(x.leak for x in findings):
        return "leaks"
    return "findings" if any(x.severity is not Severity.LOW for x in findings) else "clean"
