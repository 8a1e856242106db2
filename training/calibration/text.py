"""What a calibration came to, as a table for people."""

from collections.abc import Sequence

from scantally.training.calibration.documents import NO_TARGET, Calibration, LabelFit

HEAD = ("label", "right", "wrong", "a", "b", "ECE before", "after", "threshold", "missed", "of", "alarms/scan", "")


def calibration_text(done: Calibration) -> str:
    """A line on the data, a row per label that the data knows, and what a reader must know.

    ECE before and after the fit are of scans that the fit did not see.
    """
    lines = [f"{done.package} on {done.data}: {done.scans} scans in {done.groups} groups ({done.kind})"]
    if done.target is not None:
        which = ", ".join(done.target.labels) or "all objects of interest"
        lines.append(f"target: a {done.target.kind} of {done.target.value:g} for {which}")
    lines += _table([HEAD, *(_row(name, found) for name, found in done.labels.items() if _seen(found))])
    unseen = [name for name, found in done.labels.items() if not _seen(found)]
    if unseen:
        lines.append(f"never labelled and never detected here, left as they were: {', '.join(unseen)}")
    return "\n".join(lines + [f"! {said}" for said in done.limits])


def _seen(found: LabelFit) -> bool:
    return bool(found.threshold.things or found.fit.right or found.fit.wrong)


def _row(name: str, found: LabelFit) -> tuple[str, ...]:
    fit, threshold = found.fit, found.threshold
    said = [] if fit.adopted else [f"calibration kept: {fit.why}"]
    if threshold.why != NO_TARGET:
        said.append(f"threshold {'chosen' if threshold.chosen else 'kept'}: {threshold.why}")
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
        "; ".join(said),
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns as wide as they need to be: names and remarks to the left, figures to the right."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(HEAD))]
    last = len(HEAD) - 1
    lines = []
    for row in rows:
        cells = [x.ljust(w) if k in (0, last) else x.rjust(w) for k, (x, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(cells).rstrip())
    return lines
