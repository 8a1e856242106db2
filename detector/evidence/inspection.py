"""What one inspection produced, before it is written down as a report."""

from dataclasses import dataclass

from scantally.detector.evidence.belief import Belief
from scantally.detector.evidence.comparison import Compared
from scantally.detector.models.port import Runtime
from scantally.detector.types import (
    Anomaly,
    AnomalyMap,
    Case,
    Detections,
    Disposition,
    Document,
    Finding,
    ManifestFile,
    Scan,
)

__all__ = ["Inspection", "MadeWith", "Runtime"]


class MadeWith(Document):
    """All that a report depends on beside its inputs. Same inputs, same MadeWith: same report."""

    version: str
    model: str
    """Name and version of the model package, NAME/VERSION."""
    model_sha256: str
    config_sha256: str
    runtime: Runtime


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspection:
    """One scan, what was found in it, and what the checks said. ``cases`` go from left to right through the scan."""

    scan: Scan
    detections: Detections
    manifest: ManifestFile | None
    cases: tuple[Case, ...]
    findings: tuple[Finding, ...]
    disposition: Disposition
    made_with: MadeWith
    release_requires: frozenset[str] = frozenset()
    """Checks whose UNKNOWN alone forbids release: the report marks them, so that it explains its own disposition."""
    history: tuple[str, ...] | None = None
    """SHA-256 of each earlier report that was read as history; None: none was given."""
    beliefs: tuple[Belief | None, ...] = ()
    """For each case how strongly the evidence speaks; None where there are no papers, or no tables to weigh it by."""
    comparisons: tuple[tuple[Compared, ...], ...] = ()
    """For each case its papers beside the scan: the container, then its lines; nothing without papers."""
    anomalies: tuple[Anomaly, ...] | None = None
    """Regions that look strange, strangest first, wherever they lie; None: nothing looked for any."""
    maps: tuple[AnomalyMap, ...] = ()
    """How strange everything is that was looked at."""
