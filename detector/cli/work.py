"""Inspects one scan after another: the part of ``inspect`` that needs the model and the readers."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from scantally.detector.cli.inputs import Job
from scantally.detector.cli.table import findings_table
from scantally.detector.config import load_config
from scantally.detector.config.scanners import load_profile
from scantally.detector.formats import ReadOptions, read_scan
from scantally.detector.manifests import read_manifest
from scantally.detector.pipeline import Inspector, open_inspector
from scantally.detector.report.document import build_report, to_json
from scantally.detector.report.files import write_outputs
from scantally.detector.types import Disposition

if TYPE_CHECKING:
    from scantally.detector.cli.inspect import Options


class Done(NamedTuple):
    """One scan's report as one line of JSON and as a table for people, and what is proposed."""

    line: str
    table: str
    disposition: Disposition


@dataclass(frozen=True, kw_only=True, slots=True)
class Worker:
    """Everything that is loaded once for all scans of a command line."""

    inspector: Inspector
    reading: ReadOptions
    numbers: tuple[str, ...]
    out: Path | None
    inputs: frozenset[Path]
    """Every scan and manifest of the command line: none of them is ever written over."""

    @classmethod
    def open(cls, options: "Options", out: Path | None, inputs: frozenset[Path]) -> "Worker":
        """Load what the options name.

        Raises:
            InputError: something named cannot be used.
        """
        config = load_config(options.config)
        reading = ReadOptions(
            profile=load_profile(options.scanner) if options.scanner else None,
            pitch_mm=options.pitch_mm,
            energies_mv=options.energies_mv,
            polarity=options.polarity,
            limits=config.limits,
        )
        inspector = open_inspector(options.model, config, options.goods, options.provider, reading, options.history)
        return cls(inspector=inspector, reading=reading, numbers=options.numbers, out=out, inputs=inputs)

    def work(self, job: Job) -> Done:
        """Inspect one scan and write its outputs.

        Raises:
            InputError: the scan or its manifest cannot be used; nothing was written then.
        """
        config = self.inspector.config
        scan = read_scan(job.scan, self.reading)
        manifest = read_manifest(job.manifest, config.limits, config.columns) if job.manifest else None
        inspection = self.inspector.inspect(scan, manifest, self.numbers)
        report = build_report(inspection)
        written: tuple[Path, ...] = ()
        if self.out is not None:
            written = write_outputs(inspection, self.out, job.stem, self.inputs)
        return Done(to_json(report), findings_table(report, written), report.disposition)
