"""The gates that a network passes before a package is written: the same answers as the one it was made from."""

from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import numpy as np

from scantally.datasets.labelled import LabelledScan
from scantally.detector.errors import InputError
from scantally.detector.imaging.scales import STRIDE, detail_view, scout_view
from scantally.detector.models.infer import Detector, detail_scale
from scantally.detector.models.package import Card
from scantally.detector.models.port import Engine
from scantally.detector.types import Box, ByteArray, Document
from scantally.training.calibration.observe import kind_of
from scantally.training.evaluation.precision import average_precision
from scantally.training.judging import faint, judge_timed
from scantally.training.metrics import Judged
from scantally.training.record import data_sha256

SCORE_TOLERANCE = 2e-3
BOX_TOLERANCE_PX = 0.5
"""Largest differences between torch and onnxruntime that the gate lets through, boxes where a score is above 0.05."""

SEEN = 0.05

MAP_TOLERANCE = 2e-3
"""Largest difference of mAP50 and of mAP50-95 between torch and onnxruntime."""

INT8_LOSS = 0.01
"""Largest loss of mAP50 and of mAP50-95 that an INT8 variant may have."""

CROP = 640
"""Side of a detail picture, in pixels."""


class Parity(Document):
    """The largest differences over pictures."""

    pictures: int
    largest_score_difference: float
    largest_box_difference_px: float

    def problem(self) -> str | None:
        """What is over the tolerance; None where the gate is passed."""
        scores, boxes = self.largest_score_difference, self.largest_box_difference_px
        if scores <= SCORE_TOLERANCE and boxes <= BOX_TOLERANCE_PX:
            return None
        return f"scores differ by {scores:.4f} and boxes by {boxes:.2f} px over {self.pictures} pictures"


class Precision(Document):
    """mAP of two engines on the same scans; means over the labels that the scans show."""

    data: str
    data_sha256: str
    kind: Literal["real", "simulated"]
    scans: int
    labels: int
    engines: tuple[str, str]
    map50: tuple[float, float]
    map50_95: tuple[float, float]
    seconds_per_scan: tuple[float, float]

    @property
    def losses(self) -> tuple[float, float]:
        """How much mAP50 and mAP50-95 fall from the first engine to the second."""
        return self.map50[0] - self.map50[1], self.map50_95[0] - self.map50_95[1]

    def difference_problem(self) -> str | None:
        """Whether the engines differ by more than ``MAP_TOLERANCE``, either way."""
        worst = max(abs(x) for x in self.losses)
        return f"{self._both()}: at most {MAP_TOLERANCE} may lie between them" if worst > MAP_TOLERANCE + 1e-9 else None

    def loss_problem(self) -> str | None:
        """Whether the second engine loses more than ``INT8_LOSS``."""
        lost = max(self.losses)
        return f"{self._both()}: at most {INT8_LOSS} may be lost" if lost > INT8_LOSS + 1e-9 else None

    def _both(self) -> str:
        first, second = self.engines
        return (
            f"mAP50 {self.map50[0]:.4f} in {first} and {self.map50[1]:.4f} in {second}, "
            f"mAP50-95 {self.map50_95[0]:.4f} and {self.map50_95[1]:.4f}, on {self.scans} scans of {self.data}"
        )


def drawn_pictures() -> Iterator[ByteArray]:
    """Noise of several sizes with a bright block: no padding, no shape that a network could know."""
    rng = np.random.default_rng(0)
    for height, width in ((224, 736), (640, 640), (7 * STRIDE, 3 * STRIDE)):
        picture: ByteArray = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
        picture[height // 4 : height // 2, width // 4 : width // 2] = 255
        yield picture


def scan_pictures(scans: Sequence[LabelledScan], card: Card, most: int) -> Iterator[ByteArray]:
    """The scout picture and a detail picture around a labelled thing of ``most`` scans, encoded as inference encodes them."""
    rng = np.random.default_rng(0)
    for index in np.linspace(0, len(scans) - 1, min(most, len(scans))).round().astype(int):
        scan = scans[index]
        band = scan.open()
        yield scout_view(band, card.encoding, card.scout_height).picture_HW3
        if card.detail_pitch_mm is not None:
            scale = detail_scale(scan.pitch_mm, [], card.detail_pitch_mm)
            yield detail_view(band, card.encoding, _around(scan, band.shape, CROP / scale, rng), scale).picture_HW3


def _around(scan: LabelledScan, shape: tuple[int, ...], side: float, rng: np.random.Generator) -> Box:
    """A square of the scan, as far as it reaches, around the middle of a drawn label; of the scan without labels."""
    boxes = [x.box for x in scan.labels] or [(0.0, 0.0, float(shape[1]), float(shape[0]))]
    x0, y0, x1, y1 = boxes[int(rng.integers(len(boxes)))]
    left = float(np.clip((x0 + x1 - side) / 2, 0, max(0.0, shape[1] - side)))
    top = float(np.clip((y0 + y1 - side) / 2, 0, max(0.0, shape[0] - side)))
    return (left, top, min(left + side, shape[1]), min(top + side, shape[0]))


def parity(expected: Engine, got: Engine, pictures: Iterator[ByteArray]) -> Parity | str:
    """Hold one engine against another on pictures: the largest differences, or that the answers have different shapes."""
    count, score_gap, box_gap = 0, 0.0, 0.0
    for picture in pictures:
        right, answer = expected.run(picture), got.run(picture)
        if right.shape != answer.shape:
            size = f"{picture.shape[0]} x {picture.shape[1]} px"
            return f"{got.describe().name} gives {answer.shape}, {expected.describe().name} {right.shape} for {size}"
        seen = right[:, 4:].max(axis=1) > SEEN
        if not (np.isfinite(right).all() and np.isfinite(answer).all()):
            broken = expected if not np.isfinite(right).all() else got
            return f"{broken.describe().name} gives boxes or scores that are no numbers"
        score_gap = max(score_gap, float(np.abs(answer[:, 4:] - right[:, 4:]).max()))
        box_gap = max(box_gap, float(np.abs(answer[seen, :4] - right[seen, :4]).max(initial=0.0)))
        count += 1
    return Parity(
        pictures=count, largest_score_difference=round(score_gap, 7), largest_box_difference_px=round(box_gap, 5)
    )


def compare_precision(
    first: tuple[str, Engine],
    second: tuple[str, Engine],
    card: Card,
    data: tuple[str, Sequence[LabelledScan]],
    say: Callable[[str], None],
) -> Precision:
    """mAP of two engines, through the whole way of inference, on the same labelled scans.

    Args:
        first, second: an engine with its name.
        card: of both.
        data: the scans, with their name.
        say: takes progress.

    Raises:
        InputError: a scan cannot be used, or none shows a label of the card.
    """
    name, scans = data
    labels = _shown(card, scans)
    if not labels:
        raise InputError(name, f"expected scans that show a label of '{card.name}', to measure mAP on")
    figures = []
    for title, engine in (first, second):
        judged, seconds = judge_timed(faint(Detector(engine=engine, card=card)), scans, say, title)
        figures.append((*_mean_precision(judged, labels), sum(seconds) / len(scans)))
    (map50_a, map_a, seconds_a), (map50_b, map_b, seconds_b) = figures
    return Precision(
        data=name,
        data_sha256=data_sha256(scans),
        kind=kind_of(scans),
        scans=len(scans),
        labels=len(labels),
        engines=(first[0], second[0]),
        map50=(round(map50_a, 5), round(map50_b, 5)),
        map50_95=(round(map_a, 5), round(map_b, 5)),
        seconds_per_scan=(round(seconds_a, 3), round(seconds_b, 3)),
    )


def _shown(card: Card, scans: Sequence[LabelledScan]) -> list[str]:
    there = {x.label for scan in scans for x in scan.labels}
    return [x.name for x in card.labels if x.name in there]


def _mean_precision(judged: Sequence[Judged], labels: Sequence[str]) -> tuple[float, float]:
    """mAP50 and mAP50-95."""
    each = [average_precision(judged, name) for name in labels]
    return float(np.mean([x[0] for x in each])), float(np.mean([x[1] for x in each]))
