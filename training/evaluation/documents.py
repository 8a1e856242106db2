"""What an evaluation says: the document that ``evaluation.json`` holds and ``evaluation.html`` shows."""

from typing import Literal

from scantally.detector.types import Box, Document
from scantally.training.evaluation.confusion import Confusion
from scantally.training.evaluation.sampling import Value

Verdict = Literal["better", "worse", "no difference shown", "too few groups to tell", "not compared"]
Mark = Literal["true", "not inspectable", "found"]
Failure = Literal["miss", "false alarm", "load"]


class FigureRow(Value):
    """A figure and its place: table, row and column."""

    table: str
    row: str
    figure: str

    def line(self) -> str:
        """For people."""
        return f"{self.row}: {self.figure}: {self}"


class Difference(Document):
    """A figure of one side less that of the other, drawn together; ``verdict`` is about this side."""

    table: str
    row: str
    figure: str
    this: float | None
    other: float | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    verdict: Verdict
    reason: str | None = None

    def line(self) -> str:
        """For people."""
        if self.difference is None:
            return f"{self.row}: {self.figure}: not compared: {self.reason}"
        within = "" if self.low is None else f" [{self.low:+.3f}, {self.high:+.3f}]"
        why = f" ({self.reason})" if self.reason and self.verdict == "no difference shown" else ""
        sides = f"{self.this:.3f} against {self.other:.3f}"
        return f"{self.row}: {self.figure}: {sides}: {self.difference:+.3f}{within}: {self.verdict}{why}"


class Point(Document):
    """A point of a curve: ``at`` false positives per scan, or of the clean containers. Only pooled curves have intervals."""

    at: float
    pd: float
    low: float | None = None
    high: float | None = None
    threshold: float


class Curve(Document):
    """Pd against what it costs, up to where the faintest detections end (``ends_at``)."""

    of: str
    count: int
    counted: str
    ends_at: float
    points: tuple[Point, ...]


class Bin(Document):
    """Detections whose probabilities lie in one tenth: their mean probability, and the share of them that is right."""

    low: float
    count: int
    mean_probability: float | None
    right: Value


class Reliability(Document):
    """A reliability diagram: all detections down to the faintest."""

    of: str
    bins: tuple[Bin, ...]


class Threshold(Document):
    """The probability above which a figure was read."""

    table: str
    row: str
    figure: str
    threshold: float


class Marked(Document):
    """A box of a picture."""

    label: str
    box: Box
    what: Mark
    score: float | None = None
    judged: bool = False
    """Whether this is the box that the picture is about."""


class Example(Document):
    """Something that went wrong, and where: ``crop`` is the part of the scan that is worth a look, ``boxes`` what lies in it."""

    kind: Failure
    scan: str
    scanner: str
    title: str
    detail: str
    crop: Box
    boxes: tuple[Marked, ...]


class Comparison(Document):
    """Another package, judged on the same scans."""

    package: str
    package_sha256: str
    labels: tuple[str, ...]
    """Those that both packages know: all figures here are of these alone."""
    differences: tuple[Difference, ...]


class LeftOut(Document):
    """The figures of one scanner's scans, less those of the others'."""

    scanner: str
    scans: int
    others: int
    seen: str
    """What the package's card says of whether it saw this scanner in training."""
    differences: tuple[Difference, ...]


class Part(Document):
    """The simulated scans, or the real ones: they are never taken together."""

    kind: Literal["simulated", "real"]
    scans: int
    groups: int
    scanners: dict[str, int]
    clean_containers: int
    objects: dict[str, int]
    """By label, inspectable objects of interest that the package knows."""
    not_inspectable: dict[str, int]
    unknown: dict[str, int]
    """Labels that the scans show and the package does not know."""
    seconds_median: float
    seconds_95th: float
    figures: tuple[FigureRow, ...]
    froc: tuple[Curve, ...]
    froc_note: str = ""
    """Between which rates the FROC curves are drawn."""
    roc: Curve | None
    reliability: tuple[Reliability, ...]
    confusion: tuple[Confusion, ...]
    examples: tuple[Example, ...]
    misses: str
    """Which objects count as missed among the examples, and in what order they stand."""
    thresholds: tuple[Threshold, ...]
    absent: tuple[str, ...]
    """What was not measured, and why."""
    against: Comparison | None = None
    against_froc: Curve | None = None
    leave_out: LeftOut | None = None

    def figure(self, table: str, row: str, figure: str) -> FigureRow | None:
        """One figure, where there is such a one."""
        return next((x for x in self.figures if (x.table, x.row, x.figure) == (table, row, figure)), None)


class Evaluation(Document):
    """A package judged on labelled scans."""

    schema_version: int = 1
    scantally: str
    package: str
    package_sha256: str
    data: str
    scans: int
    scans_sha256: str
    """Of the judged scans' names and groups, one line each."""
    seconds_per_scan: float
    thresholds_from: str | None
    """The data on which the thresholds were chosen; None: on the judged scans themselves."""
    bootstrap_draws: int
    parts: tuple[Part, ...]

    def names(self, other: Comparison) -> tuple[str, str]:
        """What to call this package and another; where both have one title, the beginning of each one's hash tells them apart."""
        if self.package != other.package:
            return self.package, other.package
        return f"{self.package} ({self.package_sha256[:8]})", f"{other.package} ({other.package_sha256[:8]})"
