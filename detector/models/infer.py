"""From a scan to detections: one scout pass over the whole scan, detail passes over the cargo, one list without doubles."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scantally.detector.config.containers import CONTAINER_HEIGHT_MM
from scantally.detector.imaging.encode import working_band
from scantally.detector.imaging.scales import STRIDE, View, detail_view, scout_view
from scantally.detector.models.anomalies import Field, find_anomalies
from scantally.detector.models.anomaly_file import AnomalyModel
from scantally.detector.models.blocks import FAINT, load_blocks
from scantally.detector.models.boxes import Row, iou, merge_seams, suppress, suppress_across
from scantally.detector.models.embed import FEATURES, embed
from scantally.detector.models.package import Card, LabelCard
from scantally.detector.models.port import Engine, Extractor
from scantally.detector.types import Anomaly, AnomalyMap, Box, Detections, FloatArray, Group, LoadBlock, Scan

MAX_VIEW_PIXELS = 6_000_000
"""Pixels of one detail view. More is cut into tiles; yolov8n took 81 bytes a pixel at 6 million pixels
(peak of the process, onnxruntime on a CPU)."""

TILE_OVERLAP = 512
"""Overlap of tiles in view pixels: more than most objects of interest are long at detail scale (2.2 m at 4.4 mm)."""

CARGO_MARGIN = 0.02
"""A container's box is widened by this share on each side before the detail pass looks into it."""

REACH = 600.0
"""Pixels of the scout view: of a container that is wider there the network, which was trained on pictures of 672, boxes about 690 only
(docs/results.md). It is then looked for in a smaller view, too."""

NEARLY = 0.85
"""What is so much as wide as ``REACH`` in the smaller view may be what the first view had wider."""

SAME_IN_VIEWS = 0.5

SMALLER = 480.0
"""So wide is the widest container, as the first view has it, in the smaller one: what was cut off has room as well."""

SAME_LABEL_IOU = 0.55
SAME_LOAD_IOU = 0.7
SEAM_TOUCH = 4.0


EMPTY = "empty"
"""The load label that says there is no load."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """What the network makes of one scan."""

    detections: Detections
    blocks: tuple[LoadBlock, ...]  # of loads, surest first
    anomalies: tuple[Anomaly, ...] | None = None  # strangest first; None: nothing looked for any
    maps: tuple[AnomalyMap, ...] = ()  # of what was looked at for anomalies


@dataclass(frozen=True, kw_only=True, slots=True)
class Detector:
    """A network with its card: what turns a scan into detections."""

    engine: Engine
    card: Card
    steer: float = 0.0
    """Score from which a container leads the other passes to it, where that is more than its threshold: figures of merit ask
    for fainter containers, and must not look elsewhere for that."""
    strange: AnomalyModel | None = None
    """What finds anomalies, where the package has it."""

    @property
    def objects(self) -> frozenset[str]:
        """Labels of objects of interest that the network knows."""
        return self._labels(Group.OBJECT)

    @property
    def loads(self) -> frozenset[str]:
        """Labels of loads that the network knows."""
        return self._labels(Group.LOAD)

    def _labels(self, group: Group) -> frozenset[str]:
        return frozenset(x.name for x in self.card.labels if x.group is group)

    @property
    def locates(self) -> bool:
        """Whether the network knows containers."""
        return any(x.name == "container" for x in self.card.labels)

    def detect(self, scan: Scan) -> Detections:
        """All detections from each label's threshold on, in pixels of the scan."""
        return self.look(scan).detections

    def look(self, scan: Scan) -> Sighting:
        """Detections, and the load blocks of the scout pass with every label's probability."""
        band = working_band(scan)
        scout, blocks = self._scout(band)
        containers = [r for r in suppress(scout, SAME_LABEL_IOU) if r.label == "container" and r.score >= self.steer]
        detail, fields = self._detail(band, containers, scan.pitch_mm, maps=self.strange is not None)
        rows = suppress(scout + detail, SAME_LABEL_IOU)
        groups = {x.name: x.group for x in self.card.labels}
        loads = suppress_across([r for r in rows if groups[r.label] is Group.LOAD], SAME_LOAD_IOU)
        others = [r for r in rows if groups[r.label] is not Group.LOAD]
        found = Detections.of([(r.box, r.score, r.label, groups[r.label]) for r in others + loads])
        if self.strange is None or not fields:
            return Sighting(detections=found, blocks=blocks)
        maps, anomalies = find_anomalies(fields, [row.box for row in containers], self.strange)
        return Sighting(detections=found, blocks=blocks, anomalies=anomalies, maps=maps)

    def fields(self, band_HW: FloatArray, pitch_mm: float | None) -> tuple[list[Field], list[Box]]:
        """The network's maps of the detail views, and the boxes of the containers that led to them: what anomalies are found in.

        Args:
            band_HW: the scan's working band.
            pitch_mm: of the scan, or None.
        """
        scout, _ = self._scout(band_HW)
        containers = [r for r in suppress(scout, SAME_LABEL_IOU) if r.label == "container" and r.score >= self.steer]
        return self._detail(band_HW, containers, pitch_mm, maps=True)[1], [row.box for row in containers]

    def embed(self, scan: Scan, container: Box) -> FloatArray | None:
        """The embedding of one container's load; None where the network has no map to make it from. See ``embed``."""
        return embed(self.engine, self.card.encoding, working_band(scan), container)

    def _scout(self, band: FloatArray) -> tuple[list[Row], tuple[LoadBlock, ...]]:
        """Scout rows and load blocks; none when the package has no label for this pass."""
        if not any("scout" in x.passes for x in self.card.labels):
            return [], ()
        view = scout_view(band, self.card.encoding, self.card.scout_height)
        raw = self.engine.run(view.picture_HW3)
        rows = self._rows(raw, view, "scout")
        sure = [row for row in rows if row.label == "container" and row.score >= self.steer]
        widest = max((_width(row.box) * view.scale_x for row in sure), default=0.0)
        if widest <= REACH:
            return rows, load_blocks(*self._load_scores(raw, view))
        return self._wide(band, (raw, view, rows), round(self.card.scout_height * SMALLER / widest))

    def _wide(
        self, band: FloatArray, first: tuple[FloatArray, View, list[Row]], height: int
    ) -> tuple[list[Row], tuple[LoadBlock, ...]]:
        """The same with a smaller view beside the first one: what is wider than the network reaches comes from there."""
        raw, view, rows = first
        reach = REACH / view.scale_x
        small = scout_view(band, self.card.encoding, height)
        small_raw = self.engine.run(small.picture_HW3)
        wide = [row for row in self._rows(small_raw, small, "scout") if _width(row.box) > NEARLY * reach]
        cut = [row for row in rows if _width(row.box) > reach and any(_same(row, other) for other in wide)]
        instead = [row for row in wide if _width(row.box) > reach or any(_same(row, other) for other in cut)]
        kept = [row for row in rows if row not in cut]
        near, far = self._load_scores(raw, view), self._load_scores(small_raw, small)
        from_near = near[0][:, 2] - near[0][:, 0] <= reach
        from_far = far[0][:, 2] - far[0][:, 0] > NEARLY * reach
        if not from_far.any():
            return kept + instead, load_blocks(*near)
        boxes_N4 = np.concatenate([near[0][from_near], far[0][from_far]])
        return kept + instead, load_blocks(boxes_N4, np.concatenate([near[1][from_near], far[1][from_far]]), near[2])

    def _load_scores(self, raw: FloatArray, view: View) -> tuple[FloatArray, FloatArray, list[str]]:
        """Boxes (N, 4) in scan pixels, probabilities (N, L), and the L labels of loads that this pass may report."""
        wanted = [
            (4 + k, label)
            for k, label in enumerate(self.card.labels)
            if label.group is Group.LOAD and label.name != EMPTY and "scout" in label.passes
        ]
        if not wanted:
            return np.zeros((0, 4), np.float32), np.zeros((0, 0), np.float32), []
        scores_NL = np.stack([calibrated(raw[:, k], label) for k, label in wanted], axis=1)
        keep = scores_NL.max(axis=1) >= FAINT
        return view.to_scan(corners(raw[keep, :4])), scores_NL[keep], [label.name for _, label in wanted]

    def _detail(
        self, band: FloatArray, containers: Sequence[Row], pitch_mm: float | None, *, maps: bool
    ) -> tuple[list[Row], list[Field]]:
        """Detail rows, and the network's maps where they are asked for; none when the package has no label for this pass."""
        if self.card.detail_pitch_mm is None or not any("detail" in x.passes for x in self.card.labels):
            return [], []
        rows, columns = band.shape
        scale = detail_scale(pitch_mm, containers, self.card.detail_pitch_mm)
        found: list[Row] = []
        fields: list[Field] = []
        for region in cargo_regions(containers, rows, columns):
            tiles = cut_tiles(region, scale)
            looked = [self._looked(detail_view(band, self.card.encoding, t, scale), maps=maps) for t in tiles]
            per_tile = [one for one, _ in looked]
            fields += [field for _, field in looked if field is not None]
            found += merge_seams(per_tile, tiles, SEAM_TOUCH / scale, (float(columns), float(rows)))
        return found, fields

    def _looked(self, view: View, *, maps: bool) -> tuple[list[Row], Field | None]:
        """One detail picture through the network, once for both."""
        if not maps or not isinstance(self.engine, Extractor) or FEATURES not in self.engine.extras:
            return self._rows(self.engine.run(view.picture_HW3), view, "detail"), None
        raw, extras = self.engine.run_with(view.picture_HW3, [FEATURES])
        return self._rows(raw, view, "detail"), Field(features_CHW=extras[FEATURES], view=view)

    def _rows(self, raw: FloatArray, view: View, which: str) -> list[Row]:
        """Rows of one pass above their thresholds, in scan pixels, without doubles."""
        rows: list[Row] = []
        for index, label in enumerate(self.card.labels):
            if which not in label.passes:
                continue
            probability = calibrated(raw[:, 4 + index], label)
            keep = np.flatnonzero(probability >= label.threshold)
            if not keep.size:
                continue
            boxes = view.to_scan(corners(raw[keep, :4]))
            rows += [
                Row(box=(float(b[0]), float(b[1]), float(b[2]), float(b[3])), score=float(s), label=label.name)
                for b, s in zip(boxes, probability[keep], strict=True)
                if b[2] - b[0] > 1.0 and b[3] - b[1] > 1.0
            ]
        return suppress(rows, SAME_LABEL_IOU)


def _same(one: Row, other: Row) -> bool:
    """Whether two views speak of one thing."""
    return one.label == other.label and float(iou(one.box, np.array([other.box], np.float64))[0]) > SAME_IN_VIEWS


def _width(box: Box) -> float:
    return box[2] - box[0]


def corners(centres_N4: FloatArray) -> FloatArray:
    """(N, 4) centre x, centre y, width, height to (N, 4) x0, y0, x1, y1."""
    half = centres_N4[:, 2:] / 2
    return np.concatenate([centres_N4[:, :2] - half, centres_N4[:, :2] + half], axis=1)


def calibrated(score_N: FloatArray, label: LabelCard) -> FloatArray:
    """Platt scaling (Platt 1999): probability = sigmoid(a * logit(score) + b), (N,) float32."""
    s = np.clip(score_N.astype(np.float64), 1e-7, 1 - 1e-7)
    logit = np.log(s / (1 - s))
    return (1.0 / (1.0 + np.exp(-(label.a * logit + label.b)))).astype(np.float32)


def detail_scale(pitch_mm: float | None, containers: Sequence[Row], wanted_mm: float) -> float:
    """View pixels per scan pixel that bring the scan to the wanted pitch.

    Without a pitch, the heights of the containers give one good enough to choose a scale (never to state a length); scales
    within a quarter of 1 are left at 1, because resampling costs sharpness and the network was trained with such variation.
    """
    if pitch_mm is None:
        heights = [r.box[3] - r.box[1] for r in containers]
        if not heights:
            return 1.0
        pitch_mm = CONTAINER_HEIGHT_MM / float(np.median(heights))
    scale = pitch_mm / wanted_mm
    return 1.0 if 0.8 <= scale <= 1.25 else float(np.clip(scale, 0.1, 4.0))


def cargo_regions(containers: Sequence[Row], rows: int, columns: int) -> list[Box]:
    """Where the detail pass looks: each container with a margin, overlapping ones joined; the whole scan without any."""
    if not containers:
        return [(0.0, 0.0, float(columns), float(rows))]
    regions: list[Box] = []
    for box in sorted(r.box for r in containers):
        mx, my = CARGO_MARGIN * (box[2] - box[0]), CARGO_MARGIN * (box[3] - box[1])
        wide = (max(0.0, box[0] - mx), max(0.0, box[1] - my), min(columns, box[2] + mx), min(rows, box[3] + my))
        if regions and wide[0] < regions[-1][2]:
            last = regions.pop()
            wide = (last[0], min(last[1], wide[1]), max(last[2], wide[2]), max(last[3], wide[3]))
        regions.append(wide)
    return regions


def cut_tiles(region: Box, scale: float) -> list[Box]:
    """The region itself where memory allows, else equal parts along x that overlap by ``TILE_OVERLAP`` view pixels."""
    x0, y0, x1, y1 = region
    width, height = (x1 - x0) * scale, (y1 - y0) * scale
    limit = max(2 * TILE_OVERLAP, MAX_VIEW_PIXELS / max(height, STRIDE))
    if width <= limit:
        return [region]
    count = int(np.ceil((width - TILE_OVERLAP) / (limit - TILE_OVERLAP)))
    side = (width + (count - 1) * TILE_OVERLAP) / count / scale
    step = side - TILE_OVERLAP / scale
    return [(x0 + i * step, y0, min(x1, x0 + i * step + side), y1) for i in range(count)]
