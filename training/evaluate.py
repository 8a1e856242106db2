"""``scantally evaluate``: a model package judged on labelled scans, read and searched as an operator's scans are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import ConfigError
from scantally.training.assess import chosen_thresholds
from scantally.training.bootstrap import BOOTSTRAPS
from scantally.training.evaluation import Evaluation, Part
from scantally.training.evidence import Evidence, gather
from scantally.training.figures import Key
from scantally.training.judging import Judgement, chosen_scans, judge_with, named_half, open_data
from scantally.training.part import KINDS, Kind, kind_of, make_part

__all__ = ["Options", "Result", "evaluate", "evaluation_text", "named_half", "open_data"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What is judged, and what it is compared with."""

    limit: int = 0
    half: str | None = None
    split: str | None = None
    thresholds_from: Path | None = None
    against: Path | None = None
    leave_out: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """An evaluation, and what its pictures are drawn from: one for each part."""

    evaluation: Evaluation
    evidence: tuple[Evidence, ...]


def evaluate(model: Path, data: Path, options: Options, say: Callable[[str], None]) -> Result:
    """Judge every labelled scan of ``data`` that the options leave.

    Raises:
        InputError: a package or the data cannot be used. ConfigError: an option does not fit the data.
    """
    scans = chosen_scans(data, options.limit, options.half, options.split)
    _require_scanner(scans, options.leave_out)
    validation = _validation(options, scans)
    this = judge_with(model, scans, say)
    other = None if options.against is None else judge_with(options.against, scans, say)
    chosen = None if not validation else judge_with(model, validation, say)
    parts: list[Part] = []
    evidence: list[Evidence] = []
    for kind in KINDS:
        of_kind = this.where(lambda scan, k=kind: kind_of(scan) == k)  # type: ignore[misc]
        if not of_kind.judged:
            continue
        rival = None if other is None else other.where(lambda scan, k=kind: kind_of(scan) == k)  # type: ignore[misc]
        scanner = options.leave_out if any(x.scan.scanner == options.leave_out for x in of_kind.judged) else None
        part, met = make_part(kind, of_kind, rival, _operating(chosen, kind, say), scanner, say)
        parts.append(part)
        evidence.append(met)
    evaluation = Evaluation(
        scantally=version("scantally"),
        package=this.package.title,
        package_sha256=this.package.sha256,
        data=" ".join([data.resolve().name, *(f"({x})" for x in (options.half, options.split) if x)]),
        scans=len(scans),
        seconds_per_scan=round(sum(this.seconds) / len(scans), 4),
        thresholds_from=options.thresholds_from.resolve().name if options.thresholds_from else None,
        bootstrap_draws=BOOTSTRAPS,
        parts=tuple(parts),
    )
    return Result(evaluation=evaluation, evidence=tuple(evidence))


def _require_scanner(scans: Sequence[LabelledScan], scanner: str | None) -> None:
    if scanner is None:
        return
    kinds = {kind_of(x) for x in scans if x.scanner == scanner}
    names = sorted({x.scanner for x in scans})
    if not kinds:
        raise ConfigError("--leave-out", f"no scan is of scanner '{scanner}', expected one of {', '.join(names)}")
    if not any(x.scanner != scanner and kind_of(x) in kinds for x in scans):
        raise ConfigError("--leave-out", f"all scans of that kind are of scanner '{scanner}': nothing to compare with")


def _validation(options: Options, scans: Sequence[LabelledScan]) -> list[LabelledScan]:
    """The scans that thresholds are chosen on; none of them may be judged too."""
    if options.thresholds_from is None:
        return []
    validation = chosen_scans(options.thresholds_from, 0, None, None)
    shared = {x.group for x in scans} & {x.group for x in validation}
    if shared:
        problem = f"shares the group '{min(shared)}' with the judged scans: thresholds must come from others"
        raise ConfigError("--thresholds-from", f"{options.thresholds_from} {problem}")
    missing = {kind_of(x) for x in scans} - {kind_of(x) for x in validation}
    if missing:
        problem = f"has no {min(missing)} scans: simulated and real thresholds are not exchanged"
        raise ConfigError("--thresholds-from", f"{options.thresholds_from} {problem}")
    return validation


def _operating(chosen: Judgement | None, kind: Kind, say: Callable[[str], None]) -> dict[Key, float]:
    if chosen is None:
        return {}
    of_kind = chosen.where(lambda scan: kind_of(scan) == kind)
    return chosen_thresholds(gather(of_kind.judged, of_kind.seconds, of_kind.package.card.labels, say))


def evaluation_text(evaluation: Evaluation) -> str:
    """The figures for people, and what was not measured."""
    head = (
        f"{evaluation.package} on {evaluation.data}: {evaluation.scans} scans, {evaluation.seconds_per_scan:.3f} s each"
    )
    return "\n".join([head, *(line for part in evaluation.parts for line in _part_lines(part))])


def _part_lines(part: Part) -> list[str]:
    lines = [f"{part.kind} scans: {part.scans} in {part.groups} groups"]
    table = ""
    for row in part.figures:
        if row.value is None:
            continue
        if row.table != table:
            lines.append(f"  {row.table}")
            table = row.table
        lines.append(f"    {row.line()}")
    if part.leave_out is not None:
        it = part.leave_out
        lines.append(f"  {it.scanner} ({it.scans} scans) less the other scanners ({it.others} scans). {it.seen}")
        lines += [f"    {x.line()}" for x in it.differences if x.difference is not None]
    if part.against is not None:
        lines.append(f"  against {part.against.package}")
        lines += [f"    {x.line()}" for x in part.against.differences if x.difference is not None]
    return lines + [f"  {sentence}" for sentence in part.absent]
