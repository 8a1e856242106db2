"""What a worker keeps loaded: the inspector, how scans are read, and what becomes of one scan and its papers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from scantally.detector.config import Config, load_config
from scantally.detector.config.files import sha256
from scantally.detector.config.iso6346 import normalise_number
from scantally.detector.config.scanners import load_profile
from scantally.detector.errors import InputError
from scantally.detector.evidence.looked import Looked, read_looked, write_looked
from scantally.detector.formats import ReadOptions, decode_scan
from scantally.detector.manifests import parse_manifest
from scantally.detector.pipeline import Inspector, open_inspector
from scantally.detector.report.document import build_report, to_json
from scantally.detector.report.html import render_html
from scantally.detector.types import Manifest, ManifestFile
from scantally.serving.store.scans import ScanOptions

_MOST_READINGS = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """Which model, configuration, goods and scanner a site works with; None is what ships."""

    model: Path | None = None
    config: Path | None = None
    goods: Path | None = None
    scanner: str | None = None
    provider: str = "cpu"


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """A manifest's bytes and the name that they came under."""

    raw: bytes
    name: str
    container: str | None = None  # that it was sent for; None: it came with the scan and says by itself


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What a scan was turned into: the report, its page, what the model said, and what is proposed."""

    report: bytes  # JSON, UTF-8
    page: bytes  # HTML, UTF-8
    looked: bytes  # for papers that come later: evidence.looked
    disposition: str
    package: str
    containers: tuple[str, ...]  # numbers that the scan and its papers name


class Bench:
    """Loaded once for many scans."""

    def __init__(self, parts: Parts) -> None:
        """Load everything.

        Raises:
            InputError: something named cannot be used.
        """
        self._config: Config = load_config(parts.config)
        self._profile = load_profile(parts.scanner) if parts.scanner else None
        self._first = open_inspector(
            parts.model, self._config, parts.goods, parts.provider, self._options(ScanOptions())
        )
        self._inspectors: dict[ScanOptions, Inspector] = {}

    @property
    def package(self) -> str:
        """Name and version of the model package in use."""
        return self._first.made_with.model

    def made_with(self, reading: ScanOptions) -> object:
        """What reports of scans that are read so are made with, as they say it."""
        return self._inspector(reading).made_with.model_dump(mode="json")

    def inspect(
        self,
        raw: bytes,
        name: str,
        reading: ScanOptions,
        papers: Sequence[Paper],
        numbers: Sequence[str],
        kept: bytes | None = None,
    ) -> Made:
        """Inspect one scan; with ``kept``, what the model said of it before, without the model.

        Args:
            raw: the scan's file.
            name: the name that it came under.
            reading: how it is read.
            papers: its manifests, the newest first: of two that speak of one container the first counts.
            numbers: container numbers known for it, from left to right.
            kept: of an earlier ``Made``.

        Raises:
            InputError: the scan or its manifest cannot be used.
        """
        inspector = self._inspector(reading)
        scan = decode_scan(raw, name, self._options(reading))
        manifest = joined([self._manifest(paper) for paper in papers])
        before = self._kept(kept, name)
        looked = before or inspector.look(scan)
        inspection = inspector.judge(scan, looked, manifest, numbers)
        report = build_report(inspection)
        maps = None if inspection.anomalies is None else inspection.maps
        return Made(
            report=to_json(report).encode(),
            page=render_html(report, scan, maps=maps).encode(),
            looked=write_looked(looked) if kept is None or before is None else kept,
            disposition=report.disposition.value,
            package=inspector.made_with.model,
            containers=tuple(c.number for c in report.containers if c.number),
        )

    @staticmethod
    def _kept(kept: bytes | None, name: str) -> Looked | None:
        try:
            return None if kept is None else read_looked(kept, name)
        except InputError:
            return None  # damaged, or of another version: the model can say it again

    def _manifest(self, paper: Paper) -> ManifestFile:
        found = parse_manifest(paper.raw, paper.name, self._config.limits, self._config.columns)
        if paper.container is None or len(found.containers) != 1 or found.containers[0].container_number:
            return found
        named = found.containers[0].model_copy(update={"container_number": paper.container})
        return replace(found, containers=(named,))

    def _options(self, reading: ScanOptions) -> ReadOptions:
        return ReadOptions(
            profile=self._profile,
            pitch_mm=reading.pitch_mm,
            energies_mv=reading.energies_mv,
            polarity=reading.polarity,
            limits=self._config.limits,
        )

    def _inspector(self, reading: ScanOptions) -> Inspector:
        """One network for all ways of reading: only what a report says that it was made with differs."""
        found = self._inspectors.get(reading)
        if found is None:
            if len(self._inspectors) >= _MOST_READINGS:
                self._inspectors.clear()
            found = self._inspectors[reading] = self._first.read_as(self._options(reading))
        return found


def joined(files: Sequence[ManifestFile]) -> ManifestFile | None:
    """One manifest of several files: the papers of each container, from the first file that has them."""
    if len(files) < 2:
        return files[0] if files else None
    known: dict[str, Manifest] = {}
    notes: dict[str, tuple[str, ...]] = {}
    for file in files:
        for number, paper in enumerate(file.containers):
            name = normalise_number(paper.container_number or "") or f"{len(known)} without a number"
            if name not in known:
                known[name] = paper
                notes[name] = file.own_notes[number] if number < len(file.own_notes) else ()
    return ManifestFile(
        source=" and ".join(file.source for file in files),
        sha256=sha256("".join(file.sha256 for file in files).encode()),
        format=files[0].format,
        containers=tuple(known.values()),
        notes=tuple(note for file in files for note in file.notes),
        own_notes=tuple(notes.values()),
    )


def problem_of(error: Exception) -> str:
    """What a person is told of a scan that failed, on one line."""
    if isinstance(error, InputError):
        return str(error)
    return f"internal error: {type(error).__name__}: {' '.join(str(error).split())}"
