"""The report as a document: every key is published in docs/report.schema.json and keeps its meaning."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from pydantic import ConfigDict, Field

from scantally.detector.evidence.inspection import Inspection, MadeWith
from scantally.detector.manifests.reading import bounded
from scantally.detector.report.anomaly_document import ReportAnomaly, anomaly_documents
from scantally.detector.report.belief_document import ReportBelief, Share, belief_document
from scantally.detector.report.compared_document import ReportCompared, compared_document
from scantally.detector.report.history import pack
from scantally.detector.report.inspectability_document import ReportInspectability, inspectability_document
from scantally.detector.report.pixels import PixelBox, rounded_box, rounded_boxes
from scantally.detector.report.text import utf8
from scantally.detector.types import (
    Case,
    Detections,
    Disposition,
    Document,
    Finding,
    Group,
    Manifest,
    ManifestFile,
    Scan,
    Severity,
    Verdict,
)

SCORE_DIGITS = 4


class ReportScan(Document):
    """The scan that was inspected, without its pixels."""

    sha256: str
    width: int
    height: int
    pitch_mm: float | None
    energies_mv: tuple[float, ...] | None
    calibrated: bool
    format: str
    bands: int
    device: str | None
    time: str | None
    valid_share: Share
    """Share of the picture's pixels that show the scene: the rest is padding or dead detector rows."""
    notes: tuple[str, ...]


class ReportManifest(Document):
    """The papers that were given, line by line; without those of other containers where each of the scan's has its own."""

    source: str
    sha256: str
    format: str
    containers: tuple[Manifest, ...]
    notes: tuple[str, ...]


class ReportContainer(Document):
    """One container, from left to right through the scan. ``box`` null: the scan could not be divided."""

    number: str | None
    size_type: str | None
    box: PixelBox | None
    score: float | None
    manifest: int | None
    """Index of its papers in ``manifest.containers``; null: none belong to it."""


class ReportJudged(Document):
    """How far the picture of one container can be judged: the same order as ``containers``."""

    container: str | None
    judgeable: bool
    why: str | None
    dense_share: Share
    """Share of the container's valid pixels where the beam was stopped."""
    filled_share: Share
    dense_boxes: tuple[PixelBox, ...]
    manifest_notes: tuple[str, ...]


class ReportDetection(Document):
    """One thing that the model found."""

    label: str
    group: Group
    score: Share
    box: PixelBox


class ReportFinding(Document):
    """One answer of one check."""

    check: str
    verdict: Verdict
    severity: Severity
    container: str | None
    reason: str
    boxes: tuple[PixelBox, ...]
    lines: tuple[int, ...]
    score: float | None
    observation: str | None = None
    """What was observed, in one of the check's own words: the row of the package's evidence tables."""
    tolerated: bool = False
    """Of an UNKNOWN of a check in ``release_requires``: it rests on a part of the container so small that it forbids no release."""


class ReportEmbedding(Document):
    """What a container's load looks like to the model, for comparing it with later scans."""

    container: str | None
    """Its number on the scan, or else on its papers."""
    values: str
    """Base64 of signed bytes: a vector of which only the direction means something, and only beside others of the same model."""


class Report(Document):
    """All that Scantally says about one scan."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True
    )

    version: Literal[1] = Field(default=1, alias="schema")
    source: str
    scan: ReportScan
    manifest: ReportManifest | None
    containers: tuple[ReportContainer, ...]
    judged: tuple[ReportJudged, ...]
    detections: tuple[ReportDetection, ...]
    anomalies: tuple[ReportAnomaly, ...]
    findings: tuple[ReportFinding, ...]
    disposition: Disposition
    release_requires: tuple[str, ...]
    """Checks whose UNKNOWN alone keeps a container from being released."""
    made_with: MadeWith
    embeddings: tuple[ReportEmbedding | None, ...] = ()
    """In the order of ``containers``; null where no load was recognised, or the model gives no embedding."""
    history: tuple[str, ...] | None = None
    """SHA-256 of each earlier report that the load was compared with; null: none was given."""
    evidence: tuple[ReportBelief | None, ...] = ()
    """How strongly the evidence speaks, in the order of ``containers``; null without papers, or without tables to weigh it by."""
    comparisons: tuple[tuple[ReportCompared, ...], ...] = ()
    """As declared and as seen, in the order of ``containers``: the container as a whole, then its lines; of very many, those that fit least."""
    inspectability: tuple[ReportInspectability | None, ...] = ()
    """Which blocks would have been found where, in the order of ``containers``; null where that is not known."""


def build_report(inspection: Inspection) -> Report:
    """Write an inspection down. A pure function: the same inspection gives an equal report."""
    cases = inspection.cases
    manifest = None if inspection.manifest is None else _of_scan(inspection.manifest, cases)
    return Report(
        source=utf8(inspection.scan.provenance.source),
        scan=_scan(inspection.scan),
        manifest=None if manifest is None else _manifest(manifest),
        containers=tuple(_container(case, manifest) for case in cases),
        judged=tuple(_judged(case) for case in cases),
        detections=_detections(inspection.detections),
        anomalies=anomaly_documents(inspection.anomalies or ()),
        findings=tuple(_finding(finding) for finding in inspection.findings),
        disposition=inspection.disposition,
        release_requires=tuple(sorted(inspection.release_requires)),
        made_with=inspection.made_with,
        embeddings=tuple(_embedding(case) for case in cases),
        history=inspection.history,
        evidence=tuple(None if belief is None else belief_document(belief) for belief in inspection.beliefs),
        comparisons=tuple(compared_document(rows) for rows in inspection.comparisons),
        inspectability=tuple(
            None if case.inspectability is None else inspectability_document(case.inspectability) for case in cases
        ),
    )


def to_json(report: Report, *, indent: bool = False) -> str:
    """The report as JSON, keys in the order of the schema: on one line for streams, indented for files.

    Other than ASCII is escaped, so that neither a line separator nor a terminal's control code in a name from a
    manifest can break a line or a screen.
    """
    value = report.model_dump(mode="json")
    if indent:
        return json.dumps(value, indent=2, allow_nan=False) + "\n"
    return json.dumps(value, separators=(",", ":"), allow_nan=False)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a written report, as published in docs/report.schema.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Report.model_json_schema(mode="serialization")}


def _scan(scan: Scan) -> ReportScan:
    origin = scan.provenance
    return ReportScan(
        sha256=origin.sha256,
        width=scan.width,
        height=scan.height,
        pitch_mm=scan.pitch_mm,
        energies_mv=scan.energies_mv,
        calibrated=scan.calibrated,
        format=utf8(origin.format),
        bands=int(scan.transmission_BHW.shape[0]),
        device=None if origin.device is None else utf8(origin.device),
        time=None if origin.time is None else utf8(origin.time),
        valid_share=round(float(scan.valid_HW.mean()), SCORE_DIGITS),
        notes=tuple(map(utf8, scan.notes)),
    )


def _of_scan(manifest: ManifestFile, cases: Sequence[Case]) -> ManifestFile:
    """The file without the papers of other containers, where every container of the scan has its own: a file of a whole ship holds
    hundreds, of other people's goods."""
    used = [i for i, paper in enumerate(manifest.containers) if any(case.manifest is paper for case in cases)]
    left = len(manifest.containers) - len(used)
    if not left or any(case.manifest is None for case in cases) or not used:
        return manifest
    others = "1 other container" if left == 1 else f"{left} other containers"
    return replace(
        manifest,
        containers=tuple(manifest.containers[i] for i in used),
        own_notes=tuple(manifest.notes_on(manifest.containers[i]) for i in used),
        notes=(*manifest.notes, f"the file lists {others}, which the scan does not show: left out of this report"),
    )


def _manifest(manifest: ManifestFile) -> ReportManifest:
    own = bounded([note for notes in manifest.own_notes for note in notes])
    return ReportManifest(
        source=utf8(manifest.source),
        sha256=manifest.sha256,
        format=utf8(manifest.format),
        containers=manifest.containers,
        notes=tuple(map(utf8, (*own, *manifest.notes))),
    )


def _container(case: Case, manifest: ManifestFile | None) -> ReportContainer:
    view = case.container
    papers = () if manifest is None else manifest.containers
    # By identity before equality: two containers of one file may be declared in the same words.
    same = [i for i, p in enumerate(papers) if p is case.manifest] or [
        i for i, p in enumerate(papers) if p == case.manifest
    ]
    return ReportContainer(
        number=None if view.number is None else utf8(view.number),
        size_type=None if view.size_type is None else utf8(view.size_type),
        box=None if view.box is None else rounded_box(view.box),
        score=_score(view.score),
        manifest=same[0] if same else None,
    )


def _embedding(case: Case) -> ReportEmbedding | None:
    if case.embedding_D is None:
        return None
    number = case.container.number or (case.manifest.container_number if case.manifest else None)
    return ReportEmbedding(container=None if number is None else utf8(number), values=pack(case.embedding_D))


def _judged(case: Case) -> ReportJudged:
    seen = case.penetration
    return ReportJudged(
        container=None if case.container.number is None else utf8(case.container.number),
        judgeable=seen.judgeable,
        why=None if seen.why is None else utf8(seen.why),
        dense_share=round(seen.dense_share, SCORE_DIGITS),
        filled_share=round(seen.filled_share, SCORE_DIGITS),
        dense_boxes=rounded_boxes(seen.dense_boxes),
        manifest_notes=tuple(map(utf8, case.manifest_notes)),
    )


def _detections(found: Detections) -> tuple[ReportDetection, ...]:
    return tuple(
        ReportDetection(label=utf8(label), group=group, score=round(score, SCORE_DIGITS), box=rounded_box(box))
        for box, score, label, group in found.rows()
    )


def _finding(finding: Finding) -> ReportFinding:
    return ReportFinding(
        check=finding.check,
        verdict=finding.verdict,
        severity=finding.severity,
        container=finding.container,
        reason=finding.reason,
        boxes=rounded_boxes(finding.boxes),
        lines=finding.lines,
        score=_score(finding.score),
        observation=finding.observation,
        tolerated=finding.tolerated,
    )


def _score(score: float | None) -> float | None:
    return None if score is None else round(float(score), SCORE_DIGITS) + 0.0
