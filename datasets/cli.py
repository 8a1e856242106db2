"""Commands about data: ``scantally simulate``."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from scantally.detector.errors import ConfigError


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write to; made when it is not there.")],
    count: Annotated[int | None, typer.Option(min=1, help="How many scans.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same scans.")] = 0,
    suite: Annotated[str | None, typer.Option(help="A named set of scans instead of --count and --seed.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; by default one per core.")] = None,
    areal: Annotated[bool, typer.Option("--areal", help="Also STEM.areal.tif: true g/cm2 of the load.")] = False,
) -> None:
    """Simulate scans with their truth and manifests: STEM.tif or STEM.jpg, STEM.truth.json, STEM.manifest.json."""
    from scantally.datasets.simulator.produce import conclude, prepare, produce
    from scantally.datasets.simulator.suites import SUITES, series

    if suite is not None and suite not in SUITES:
        raise ConfigError("--suite", f"no such suite: {suite!r}, expected one of {', '.join(sorted(SUITES))}")
    if (suite is None) == (count is None):
        raise ConfigError("simulate", "expected either --count or --suite")
    jobs = SUITES[suite].jobs() if suite is not None else series(count or 0, seed)
    if areal:
        jobs = [replace(job, areal=True) for job in jobs]
    left = prepare(out, (suite or f"s{seed}") + ("-areal" if areal else ""), jobs)
    if len(left) < len(jobs):
        typer.echo(f"{len(jobs) - len(left)} of {len(jobs)} scans are there already", err=True)
    _follow(produce(out, left, workers or _cores()), [job.stem for job in left])
    if suite is not None:
        conclude(out, SUITES[suite])
    typer.echo(f"{len(jobs)} simulated scans in {out}")


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _follow(done: Iterator[str], stems: Sequence[str]) -> None:
    """A progress bar on a terminal, a line for every tenth part elsewhere, both on stderr."""
    if sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track

        for _ in track(done, total=len(stems), description="simulating", console=Console(stderr=True)):
            pass
        return
    step = max(1, len(stems) // 10)
    for number, stem in enumerate(done, start=1):
        if number % step == 0 or number == len(stems):
            typer.echo(f"simulated {number} of {len(stems)} ({stem})", err=True)
