"""``scantally evaluate``: a model package judged on labelled scans, read and searched as an operator's scans are."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import ConfigError
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import open_package
from scantally.training.evaluation.bootstrap import BOOTSTRAPS
from scantally.training.evaluation.documents import Evaluation, Part
from scantally.training.evaluation.evidence import Evidence
from scantally.training.evaluation.part import KINDS, Side, kind_of, make_part
from scantally.training.judging import chosen_scans, judge_with, named_half, open_data
from scantally.training.record import SEEN, trained_on

__all__ = ["Options", "Result", "evaluate", "named_half", "open_data"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What is judged, and what it is compared with."""

    limit: int = 0
    half: str | None = None
    split: str | None = None
    thresholds_from: Path | None = None
    thresholds_split: str | None = None
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
    require_rival(options.against, model, say)
    scans = chosen_scans(data, options.limit, options.half, options.split)
    _require_scanner(scans, options.leave_out)
    validation = _validation(options, scans)
    this = _side(model, scans, validation, say)
    other = None if options.against is None else _side(options.against, scans, validation, say)
    parts: list[Part] = []
    evidence: list[Evidence] = []
    for kind in (k for k in KINDS if any(kind_of(scan) == k for scan in scans)):
        leave_out = (
            options.leave_out if any(x.scanner == options.leave_out for x in scans if kind_of(x) == kind) else None
        )
        rival = None if other is None else other.of_kind(kind)
        part, met = make_part(kind, this.of_kind(kind), rival, leave_out, say)
        seen = trained_on(this.judgement.package.card, [x for x in scans if kind_of(x) == kind])
        if seen:
            part = part.model_copy(update={"absent": (SEEN.format(number=seen, whole=part.scans), *part.absent)})
        parts.append(part)
        evidence.append(met)
    package = this.judgement.package
    evaluation = Evaluation(
        scantally=version("scantally"),
        package=package.title,
        package_sha256=package.sha256,
        data=" ".join([data.resolve().name, *(f"({x})" for x in (options.half, options.split) if x)]),
        scans=len(scans),
        scans_sha256=hashlib.sha256("".join(f"{x.name} {x.group}\n" for x in scans).encode()).hexdigest(),
        seconds_per_scan=round(sum(this.judgement.seconds) / len(scans), 4),
        thresholds_from=_named(options.thresholds_from, options.thresholds_split),
        bootstrap_draws=BOOTSTRAPS,
        parts=tuple(parts),
    )
    return Result(evaluation=evaluation, evidence=tuple(evidence))


def require_rival(package: Path | None, model: Path, say: Callable[[str], None]) -> None:
    """Refuse another package that cannot be opened, before hours are spent on the first one, and say if it is the first one.

    Raises:
        PackageError: it cannot.
    """
    if package is None:
        return
    other = open_package(package)
    open_detector(other).engine.close()
    if other.sha256 == open_package(model).sha256:
        say(f"note: --against names the package that is judged ({other.title}): they will not differ")


def _named(data: Path | None, split: str | None) -> str | None:
    return None if data is None else " ".join([data.resolve().name, *([f"({split})"] if split else [])])


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
        if options.thresholds_split is not None:
            raise ConfigError("--thresholds-split", "expected --thresholds-from with it")
        return []
    validation = chosen_scans(options.thresholds_from, 0, None, options.thresholds_split)
    shared = {x.group for x in scans} & {x.group for x in validation}
    if shared:
        problem = (
            f"shares the group '{min(shared)}' with the judged scans: thresholds must come from others (--thresholds-split "
            "takes one split of a dataset)"
        )
        raise ConfigError("--thresholds-from", f"{options.thresholds_from} {problem}")
    missing = {kind_of(x) for x in scans} - {kind_of(x) for x in validation}
    if missing:
        problem = f"has no {min(missing)} scans: simulated and real thresholds are not exchanged"
        raise ConfigError("--thresholds-from", f"{options.thresholds_from} {problem}")
    return validation


def _side(
    model: Path, scans: Sequence[LabelledScan], validation: Sequence[LabelledScan], say: Callable[[str], None]
) -> Side:
    """A package's detections in the scans that are judged, and in those that thresholds are chosen on."""
    return Side(
        judgement=judge_with(model, scans, say),
        validation=judge_with(model, validation, say) if validation else None,
    )
