"""What ``scantally score`` reads of a report: part of docs/report.schema.json, so that other methods need write no more."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from scantally.datasets.simulated import SCAN_SUFFIX
from scantally.detector.config.files import first_problem, read_bytes, sha256
from scantally.detector.errors import InputError
from scantally.detector.types import Box, Disposition, Group, Verdict

MAX_REPORTS_BYTES = 4 * 2**30


def _upright(box: Box) -> Box:
    if box[0] > box[2] or box[1] > box[3]:
        raise ValueError("expected x0 <= x1 and y0 <= y1")
    return box


SaidBox = Annotated[tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat], AfterValidator(_upright)]
"""Corners in scan pixels. One that stands on its head hits nothing, and would count as a miss without a word."""

Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


class _Read(BaseModel):
    """Other keys of a report are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SaidScan(_Read):
    """Which picture was judged."""

    sha256: str


class SaidDetection(_Read):
    """One thing that was detected."""

    label: str
    group: Group
    score: Probability
    box: SaidBox


class SaidFinding(_Read):
    """One answer."""

    verdict: Verdict
    boxes: tuple[SaidBox, ...] = ()
    check: str | None = None
    observation: str | None = None


class SaidBelief(_Read):
    """What is believed of one container's papers: the chance that they are untrue, before and after looking."""

    prior: Annotated[float, Field(gt=0, lt=1)]
    posterior: Probability


class SaidMethod(_Read):
    """What made the report."""

    model: str


class Said(_Read):
    """What a report says of one scan. ``scan``, where it is given, must name the file that is judged."""

    source: str
    disposition: Disposition
    detections: tuple[SaidDetection, ...]
    findings: tuple[SaidFinding, ...]
    scan: SaidScan | None = None
    made_with: SaidMethod | None = None
    evidence: tuple[SaidBelief | None, ...] = ()

    def suspects(self) -> list[tuple[Box, ...]]:
        """The boxes of each SUSPECT finding."""
        return [f.boxes for f in self.findings if f.verdict is Verdict.SUSPECT]

    @property
    def belief(self) -> SaidBelief | None:
        """Of the container that is most in doubt; None where nothing was weighed."""
        known = [x for x in self.evidence if x is not None]
        return max(known, key=lambda x: x.posterior, default=None)

    def objects(self, least: float, label: str | None = None) -> list[Box]:
        """Boxes of detected objects of a label, or of any, from a probability on."""
        wanted = [d for d in self.detections if d.group is Group.OBJECT and d.score >= least]
        return [d.box for d in wanted if label is None or d.label == label]


def read_reports(place: Path, data: Path, stems: Sequence[str]) -> tuple[dict[str, Said], int]:
    """The report of each scan STEM.tif in ``data``, and how many others there were.

    ``place`` is a folder with STEM.json for each (truth and papers may lie there too), or a file with one report a line.

    Raises:
        InputError: a scan has no report, two, or that of another picture, or a file cannot be read.
    """
    wanted, found, others = set(stems), dict[str, Said](), 0
    for said in _reports(place, stems):
        stem = Path(said.source).stem
        if stem in found:
            raise InputError(str(place), f"holds two reports of {stem}, expected one of each scan")
        if stem not in wanted:
            others += 1
            continue
        _require_same_picture(said, data / (stem + SCAN_SUFFIX), place)
        found[stem] = said
    missing = [stem for stem in stems if stem not in found]
    if missing:
        more = f", and {len(missing) - 1} more of {len(stems)} are missing"
        raise InputError(str(place), f"no report of {missing[0]}{more}")
    return found, others


def _require_same_picture(said: Said, scan: Path, place: Path) -> None:
    if said.scan is not None and said.scan.sha256 != sha256(read_bytes(scan, InputError)):
        raise InputError(
            str(place), f"the report of {scan.stem} is of another picture: its sha256 is not that of {scan}"
        )


def _reports(place: Path, stems: Sequence[str]) -> Iterator[Said]:
    if place.is_dir():
        for path in (p for stem in stems if (p := place / f"{stem}.json").exists()):
            yield _said(read_bytes(path, InputError), str(path))
        return
    for number, line in enumerate(read_bytes(place, InputError, MAX_REPORTS_BYTES).splitlines(), 1):
        if line.strip():
            yield _said(line, f"{place}: line {number}")


def _said(raw: bytes, source: str) -> Said:
    try:
        return Said.model_validate_json(raw)
    except ValidationError as e:
        raise InputError(source, f"expected a report: {first_problem(e)}") from e
