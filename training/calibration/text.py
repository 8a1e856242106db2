"""What a calibration came to, as a table for people."""

import textwrap
from collections.abc import Sequence

from scantally.detector.report.text import visible
from scantally.training.calibration.documents import NO_TARGET, Calibration, LabelFit, Target

HEAD = ("label", "right", "wrong", "a", "b", "ECE before", "after", "threshold", "missed", "of", "alarms/scan")
WIDTH = 120


def calibration_text(done: Calibration) -> str:
    """A line on the data, a row per label that the data knows with remarks below it, and what a reader must know.

    ECE before and after the fit are of scans that the fit did not see.
    """
    lines = [f"{done.package} on {done.data}: {done.scans} scans in {done.groups} groups ({done.kind})"]
    if done.target is not None:
        lines += _wrapped(_target(done, done.target))
    rows = {name: found for name, found in done.labels.items() if _seen(found)}
    head, *table = _table([HEAD, *(_row(name, found) for name, found in rows.items())])
    lines.append(head)
    for line, found in zip(table, rows.values(), strict=True):
        lines += [line, *(part for said in _remarks(found) for part in _wrapped(said, "    "))]
    unseen = [name for name, found in done.labels.items() if not _seen(found)]
    if unseen:
        lines += _wrapped(f"never labelled and never detected here, left as they were: {', '.join(unseen)}")
    limits = list(done.limits)
    if done.unknown:
        named = ", ".join(f"{name} ({count})" for name, count in done.unknown.items())
        limits.insert(0, f"labelled here, unknown to the package, and in nothing above: {named}")
    lines += [part for said in limits for part in _wrapped(f"! {said}")]
    return "\n".join(map(visible, lines))  # names come from files


def _target(done: Calibration, target: Target) -> str:
    """What was asked for, and what it costs: a miss rate is bought with false alarms."""
    which = ", ".join(target.labels) or "all objects of interest"
    chosen = [x.threshold.false_alarms_per_scan for x in done.labels.values() if x.threshold.chosen]
    costs = f"; it costs {sum(chosen):.2f} false alarms per scan" if chosen and target.kind == "miss rate" else ""
    return f"target: {target.words} for {which}{costs}"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        visible(text),
        WIDTH,
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _seen(found: LabelFit) -> bool:
    return bool(found.threshold.things or found.fit.right or found.fit.wrong)


def _row(name: str, found: LabelFit) -> tuple[str, ...]:
    fit, threshold = found.fit, found.threshold
    return (
        name,
        str(fit.right),
        str(fit.wrong),
        f"{fit.a:g}",
        f"{fit.b:g}",
        _number(fit.ece_before),
        _number(fit.ece_after),
        f"{threshold.threshold:g}",
        _number(threshold.miss_rate),
        str(threshold.things),
        _number(threshold.false_alarms_per_scan),
    )


def _remarks(found: LabelFit) -> list[str]:
    fit, threshold = found.fit, found.threshold
    said = [] if fit.adopted else [f"calibration kept: {fit.why}"]
    if threshold.why != NO_TARGET:
        said.append(f"threshold {'chosen' if threshold.chosen else 'kept'}: {threshold.why}")
    return said


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns as wide as they need to be: names to the left, figures to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(HEAD))]
    lines = []
    for row in rows:
        cells = [x.ljust(w) if k == 0 else x.rjust(w) for k, (x, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(cells).rstrip())
    return lines
