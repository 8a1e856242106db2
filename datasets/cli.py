"""Commands about data: ``scantally simulate``."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from scantally.detector.errors import ConfigError

MOST_SCANS = 1_000_000
"""A scan's name has six digits."""

GREATEST_SEED = 2**53 - 1
"""The greatest number that every reader of JSON takes as it is."""


def simulate(
    out: Annotated[Path, typer.Argument(help="Folder to write to; made when it is not there.")],
    count: Annotated[int | None, typer.Option(min=1, max=MOST_SCANS, help="How many scans.")] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, max=GREATEST_SEED, help="The same seed gives the same scans; else 0.")
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(
            help="A named set instead of --count and --seed: cargo-1 (the benchmark), papers-1 (to count evidence on), demo or gallery."
        ),
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, max=256, help="Processes; by default one per core.")] = None,
    areal: Annotated[bool, typer.Option("--areal", help="Also STEM.areal.tif: true g/cm2 of the load.")] = False,
) -> None:
    """Simulate scans with their truth and manifests: STEM.tif, STEM.truth.json, STEM.manifest.json."""
    from scantally.datasets.simulator.files import reserved
    from scantally.datasets.simulator.produce import conclude, prepare, produce
    from scantally.datasets.simulator.suites import SUITES, series

    if suite is not None and suite not in SUITES:
        raise ConfigError("--suite", f"no such suite: {suite!r}, expected one of {', '.join(sorted(SUITES))}")
    if (suite is None) == (count is None):
        raise ConfigError("simulate", "expected either --count or --suite")
    if suite is not None and seed is not None:
        raise ConfigError("--seed", f"expected none beside --suite: the seeds of {suite} are its own")
    jobs = SUITES[suite].jobs() if suite is not None else series(count or 0, seed or 0)
    if areal:
        jobs = [replace(job, areal=True) for job in jobs]
    with reserved(out):
        left = prepare(out, suite or f"s{seed or 0}", jobs)
        if len(left) < len(jobs):
            _say(f"{len(jobs) - len(left)} of {len(jobs)} scans are there already")
        try:
            with closing(produce(out, left, workers or _cores())) as done:
                _follow(done, [job.stem for job in left])
        except (KeyboardInterrupt, SystemExit):
            _say("ended early: the same command goes on from here")
            raise
        if suite is not None:
            conclude(out, SUITES[suite])
    typer.echo(f"{len(jobs)} simulated scans in {out}")


def _say(line: str) -> None:
    """A line on stderr, if anybody still reads it: the scans are made all the same."""
    with suppress(OSError):
        typer.echo(line, err=True)


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
            _say(f"simulated {number} of {len(stems)} ({stem})")
