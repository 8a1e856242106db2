"""The whole way: a scan and its manifest in, an inspection out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path

from scantally.detector.checks import CHECKS, run_checks
from scantally.detector.checks.disposition import RANK, dispose
from scantally.detector.config import Config
from scantally.detector.config.files import sha256
from scantally.detector.config.goods import Goods, load_goods
from scantally.detector.errors import ConfigError
from scantally.detector.evidence.anomalies import with_anomalies
from scantally.detector.evidence.belief import Belief, believe
from scantally.detector.evidence.cases import build_cases, centred, container_boxes
from scantally.detector.evidence.comparison import compare
from scantally.detector.evidence.decision import decide
from scantally.detector.evidence.inspectability import with_inspectability
from scantally.detector.evidence.inspection import Inspection, MadeWith
from scantally.detector.evidence.looked import Looked
from scantally.detector.evidence.tables import PaperTables, read_tables
from scantally.detector.formats import ReadOptions
from scantally.detector.maps.limits import Limits, read_limits
from scantally.detector.models.infer import Detector
from scantally.detector.models.load import open_detector
from scantally.detector.models.package import Package, default_package, open_package
from scantally.detector.report.belief_view import WAYS
from scantally.detector.report.history import read_history
from scantally.detector.types import Case, Disposition, Finding, History, ManifestFile, Scan


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspector:
    """A detector, a configuration and a goods table, loaded once and used for many scans."""

    detector: Detector
    config: Config
    goods: Goods
    made_with: MadeWith
    history: History | None = None
    tables: PaperTables | None = None
    limits: Limits | None = None

    def inspect(self, scan: Scan, manifest: ManifestFile | None, numbers: Sequence[str] = ()) -> Inspection:
        """Inspect one scan.

        Args:
            scan: the scan.
            manifest: what its papers say, if there are any.
            numbers: container numbers known for this scan, from left to right; none to take those that the scan's file says.

        Raises:
            InputError: the manifest and the numbers do not say which container is meant.
        """
        return self.judge(scan, self.look(scan), manifest, numbers)

    def read_as(self, reading: ReadOptions) -> "Inspector":
        """The same inspector for scans that are read in another way: what it is made with says so."""
        config_sha256 = _digest(self.config, self.goods, reading)
        return replace(self, made_with=self.made_with.model_copy(update={"config_sha256": config_sha256}))

    def look(self, scan: Scan) -> Looked:
        """What the model says of a scan, whatever its papers say. An empty container has no load to embed."""
        seen = self.detector.look(scan)
        loaded = [
            box for box in container_boxes(seen.detections) if any(centred(block.box, box) for block in seen.blocks)
        ]
        return Looked(sighting=seen, embeddings={box: self.detector.embed(scan, box) for box in loaded})

    def judge(
        self, scan: Scan, looked: Looked, manifest: ManifestFile | None, numbers: Sequence[str] = ()
    ) -> Inspection:
        """The checks, given what the model said before: see ``inspect``.

        Raises:
            InputError: the manifest and the numbers do not say which container is meant.
        """
        seen = looked.sighting
        cases = build_cases(
            scan,
            seen.detections,
            manifest,
            numbers or scan.container_numbers,
            self.config.penetration,
            self.detector.objects,
            self.detector.locates,
            self.detector.loads,
            seen.blocks,
            self.config.weighing,
        )
        settings = self.config.checks
        cases = tuple(self._known(scan, looked, with_anomalies(case, scan, seen.anomalies)) for case in cases)
        known = self.limits, settings, self.config.penetration
        cases = tuple(with_inspectability(case, scan, *known, seen.maps) for case in cases)
        found = [run_checks(case, settings, self.goods) for case in cases]
        judged = [self._judge(case, findings) for case, findings in zip(cases, found, strict=True)]
        return Inspection(
            scan=scan,
            detections=seen.detections,
            manifest=manifest,
            cases=cases,
            findings=tuple(one for findings in found for one in findings),
            disposition=max((answer for _, answer in judged), key=RANK.__getitem__),
            made_with=self.made_with,
            release_requires=frozenset(settings.release_requires),
            history=None if self.history is None else self.history.sha256s,
            beliefs=tuple(belief for belief, _ in judged),
            comparisons=tuple(compare(case, settings, self.goods) for case in cases),
            anomalies=seen.anomalies,
            maps=seen.maps,
        )

    def _judge(self, case: Case, findings: tuple[Finding, ...]) -> tuple[Belief | None, Disposition]:
        """By the weight of the evidence where there are papers and tables to weigh it by, else by the findings alone."""
        checks, decision = self.config.checks, self.config.decision
        tables = None if self.tables is None or case.manifest is None else self.tables.of(case.manifest)
        if tables is None:
            return None, dispose(findings, checks)
        belief = believe(findings, case.manifest, tables, decision)
        return belief, decide(belief.posterior, findings, checks, decision, tables.weighs)

    def _known(self, scan: Scan, looked: Looked, case: Case) -> Case:
        """The case with its load's embedding and the history to compare it with."""
        box = case.container.box
        embedding_D = None if box is None else looked.embeddings.get(box)
        return replace(case, embedding_D=embedding_D, scan_sha256=scan.provenance.sha256, history=self.history)


def open_inspector(
    package: Path | None = None,
    config: Config | None = None,
    goods: Path | None = None,
    provider: str = "cpu",
    reading: ReadOptions | None = None,
    history: Path | None = None,
) -> Inspector:
    """Choose every part of an inspection, in this one place.

    Args:
        package: folder of a model package; None for the one that is installed with Scantally.
        config: None for the defaults.
        goods: a site's additions to the goods table.
        provider: a name in ``models.ort.PROVIDERS``.
        reading: how the scans are read: a profile or an option changes what is found, so it counts as configuration.
        history: a folder of earlier reports, for telling a load that was seen before.

    Raises:
        InputError: a package, file or option that cannot be used.
    """
    config = config or Config()
    _require_known_checks(config)
    opened = open_package(package or default_package())
    table = load_goods(goods, {x.name for x in opened.card.labels})
    tables = read_tables(opened.path)
    _require_known_labels(config, opened)
    _require_known_ways(config, tables)
    detector = open_detector(opened, provider)
    made_with = MadeWith(
        version=metadata.version("scantally"),
        model=opened.title,
        model_sha256=opened.sha256,
        config_sha256=_digest(config, table, reading or ReadOptions()),
        runtime=detector.engine.describe(),
    )
    known = None if history is None else read_history(history, opened.sha256)
    return Inspector(
        detector=detector,
        config=config,
        goods=table,
        made_with=made_with,
        history=known,
        tables=tables,
        limits=read_limits(opened.path),
    )


def _require_known_checks(config: Config) -> None:
    """A misspelt check would forbid every release, and nobody would know why."""
    strange = [name for name in config.checks.release_requires if name not in CHECKS]
    if strange:
        raise ConfigError("checks.release_requires", f"expected names among {', '.join(CHECKS)}, got '{strange[0]}'")


def _require_known_labels(config: Config, package: Package) -> None:
    """A misspelt label would never be seen, and nobody would miss it. The defaults are of the default package, and are not asked of others."""
    known = {x.name for x in package.card.labels}
    for setting in ("high_labels", "prohibited_labels"):
        if setting in config.checks.model_fields_set:
            strange = [name for name in getattr(config.checks, setting) if name not in known]
            if strange:
                expected = f"expected labels of the package {package.title} ({', '.join(sorted(known))})"
                raise ConfigError(f"checks.{setting}", f"{expected}, got '{strange[0]}'")


def _require_known_ways(config: Config, tables: PaperTables | None) -> None:
    """A misspelt way would leave every chance as it is, and nobody would notice."""
    counted = [] if tables is None else [t for t in (tables.loaded, tables.empty) if t is not None]
    known = dict.fromkeys(way for t in counted for way in t.ways) or WAYS
    strange = [way for way in config.decision.ways if way not in known]
    if strange:
        raise ConfigError("decision.ways", f"expected names among {', '.join(sorted(known))}, got '{strange[0]}'")


def _digest(config: Config, goods: Goods, reading: ReadOptions) -> str:
    """One SHA-256 over everything that a site or a command line chose."""
    profile = reading.profile.model_dump_json() if reading.profile else ""
    options = repr((reading.pitch_mm, reading.energies_mv, reading.polarity))
    return sha256(f"{config.sha256}\0{goods.model_dump_json()}\0{profile}\0{options}".encode())
