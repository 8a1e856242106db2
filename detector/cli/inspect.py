"""``scantally inspect``: scans and manifests in, reports out."""

import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from scantally.detector.cli.inputs import Job, collect, passed_over
from scantally.detector.errors import ConfigError, InputError, MissingExtraError

if TYPE_CHECKING:
    from scantally.detector.types import Disposition

OUR_FAULT = 1
BAD_INPUT = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What the command line says beside the scans."""

    numbers: tuple[str, ...]
    scanner: str | None
    pitch_mm: float | None
    energies_mv: tuple[float, ...] | None
    polarity: Literal["dark", "bright"] | None
    model: Path | None
    provider: str
    config: Path | None
    goods: Path | None
    history: Path | None


def command(
    scans: Annotated[list[Path], typer.Argument(metavar="SCAN...", help="Scan files, or folders of them.")],
    manifest: Annotated[Path | None, typer.Option(help="Manifest file; else STEM.manifest.* beside each scan.")] = None,
    container: Annotated[
        list[str] | None, typer.Option(metavar="NUMBER", help="Container number; repeat it from left to right.")
    ] = None,
    scanner: Annotated[str | None, typer.Option(metavar="PROFILE", help="Scanner profile: a name or a file.")] = None,
    pitch_mm: Annotated[float | None, typer.Option(metavar="X", help="Pixel pitch in mm.")] = None,
    energy_mv: Annotated[str | None, typer.Option(metavar="X[,Y]", help="Energy in MV, low one first.")] = None,
    polarity: Annotated[str | None, typer.Option(metavar="dark|bright", help="How dense cargo looks.")] = None,
    model: Annotated[Path | None, typer.Option(metavar="PACKAGE", help="Folder of a model package.")] = None,
    provider: Annotated[str, typer.Option(metavar="NAME", help="Where the model runs: cpu, cuda, tensorrt.")] = "cpu",
    config: Annotated[Path | None, typer.Option(metavar="FILE", help="Configuration file.")] = None,
    goods: Annotated[Path | None, typer.Option(metavar="FILE", help="The site's additions to the goods table.")] = None,
    history: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Earlier reports: is it a load that was seen before?")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write STEM.json, STEM.html, STEM.png here.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one report per scan and line, nothing else.")] = False,
) -> None:
    """Inspect scans: find containers, loads and objects, check them against the manifest, and say why."""
    if polarity not in (None, "dark", "bright"):
        raise ConfigError("--polarity", f"expected 'dark' or 'bright', got '{polarity}'")
    options = Options(
        numbers=tuple(container or ()),
        scanner=scanner,
        pitch_mm=pitch_mm,
        energies_mv=_energies(energy_mv),
        polarity=polarity,  # type: ignore[arg-type]
        model=model,
        provider=provider,
        config=config,
        goods=goods,
        history=history,
    )
    jobs = collect(scans, manifest, out)
    if len(jobs) > 1 and (manifest is not None or container):
        named = "--manifest" if manifest is not None else "--container"
        raise ConfigError(
            named, f"names the papers of one scan, but {len(jobs)} scans are given: inspect them one by one"
        )
    for line in passed_over(scans):
        print(f"scantally: {line}", file=sys.stderr)
    failures, code = _run(jobs, options, out, json)
    for failure in failures:
        print(f"scantally: {failure}", file=sys.stderr)
    if failures and len(jobs) > 1:
        print(f"scantally: {len(failures)} of {len(jobs)} scans failed", file=sys.stderr)
    if code:
        raise typer.Exit(code)


def _run(jobs: Sequence[Job], options: Options, out: Path | None, as_json: bool) -> tuple[list[str], int]:
    """Inspect every job; one that fails does not stop the rest. Returns what failed, a line each, and the exit code."""
    from scantally.detector.cli.work import Worker
    from scantally.detector.report.text import visible

    inputs = frozenset(p for job in jobs for p in (job.scan, job.manifest) if p is not None)
    worker = Worker.open(options, out, inputs)
    failures: list[str] = []
    shown: list[str] = []
    proposed: Counter[Disposition] = Counter()
    code = 0
    with _progress(len(jobs), as_json) as step:
        for job in jobs:
            try:
                line, table, disposition = worker.work(job)
            except (InputError, MissingExtraError) as e:
                failures.append(str(e))
                code = code or BAD_INPUT
            except Exception as e:  # noqa: BLE001 (one scan's fault of ours must not lose the reports of the others)
                traceback.print_exc()
                failures.append(f"{job.scan}: internal error, please report it with the lines above: {e}")
                code = OUR_FAULT
            else:
                proposed[disposition] += 1
                if as_json:
                    print(line, flush=True)
                else:
                    shown.append(table)
            step(visible(job.scan.name))
    for text in shown:
        print(text)
    if shown and len(jobs) > 1:
        print(_summary(proposed))
    return failures, code


def _summary(proposed: "Counter[Disposition]") -> str:
    """``254 scans: 0 inspect, 254 review, 0 release``: of many tables nobody counts the heads."""
    from scantally.detector.types import Disposition

    total = proposed.total()
    counts = ", ".join(
        f"{proposed[x]:,} {x.value}" for x in (Disposition.INSPECT, Disposition.REVIEW, Disposition.RELEASE)
    )
    return f"{total:,} {'scan' if total == 1 else 'scans'}: {counts}"


@contextmanager
def _progress(total: int, quiet: bool) -> Iterator[Callable[[str], None]]:
    """A progress bar on a terminal, plain lines elsewhere, both on stderr; nothing for a single scan."""
    if quiet or total < 2:
        yield lambda name: None
        return
    if not sys.stderr.isatty():
        done = 0

        def plain(name: str) -> None:
            nonlocal done
            done += 1
            print(f"[{done}/{total}] {name}", file=sys.stderr)

        yield plain
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("inspecting", total=total)
        yield lambda name: bar.update(task, advance=1, description=name)


def _energies(text: str | None) -> tuple[float, ...] | None:
    if text is None:
        return None
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ConfigError("--energy-mv", f"expected one or two numbers such as 6 or 4,6, got '{text}'") from None
