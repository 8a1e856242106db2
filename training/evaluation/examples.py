"""The worst misses and false alarms: which they are, and the pictures that show them."""

from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from scantally.datasets.labelled import Label
from scantally.detector.formats import read_scan
from scantally.detector.models.boxes import iou
from scantally.detector.report.picture import grey_view, jpeg, scale_for
from scantally.detector.types import Box, ByteArray, Group
from scantally.training.evaluation.breakdown import STEEL_G_CM3
from scantally.training.evaluation.documents import Example, Failure, Mark, Marked
from scantally.training.evaluation.evidence import ALL_OBJECTS, Evidence
from scantally.training.evaluation.operating import HIT_IOU
from scantally.training.metrics import Judged, says_empty, surest_load

MOST = 12
"""Examples of each kind."""

SHOWN = 0.05
"""Probability from which a box is drawn, or is a false alarm worth a picture: fainter ones would cover what is to be seen."""

_CONTEXT = 3.0  # the part of the scan that is shown is so many times as wide and high as the box
_LEAST_PX = 200.0
_LARGEST_PX = 900  # of the longer side of a picture


def misses(e: Evidence, threshold: float) -> tuple[Example, ...]:
    """Inspectable objects whose surest box is not above the threshold: the clearest first, for those are the hardest to excuse."""
    marks = e.marks[ALL_OBJECTS]
    missed = _missed(e, threshold)
    order = sorted(missed, key=lambda o: _clarity(marks.objects[o]), reverse=True)[:MOST]
    found = []
    for o in order:
        thing, item, score = marks.objects[o], e.judged[marks.scan_O[o]], float(marks.score_O[o])
        said = f"surest box on it p = {score:.3f}" if score else "no box on it at all"
        detail = ", ".join([*_known(thing), said])
        found.append(_example("miss", item, f"{thing.label} missed", detail, (thing.label, thing.box), e.objects))
    return tuple(found)


def _missed(e: Evidence, threshold: float) -> NDArray[np.intp]:
    marks = e.marks[ALL_OBJECTS]
    return np.flatnonzero(marks.counted_O & (marks.score_O <= threshold))


def misses_order(e: Evidence, threshold: float) -> str:
    """In what order the misses stand: what is known of them decides it."""
    known = [e.marks[ALL_OBJECTS].objects[o].contrast is not None for o in _missed(e, threshold)]
    if not any(known):
        return "the largest first"
    return "of the highest contrast first" + (
        "" if all(known) else ", then those of unknown contrast, the largest first"
    )


def false_alarms(e: Evidence) -> tuple[Example, ...]:
    """The surest boxes of objects of interest where none lies."""
    marks = e.marks[ALL_OBJECTS]
    return tuple(
        _example(
            "false alarm",
            e.judged[alarm.scan],
            f"{alarm.label} at p = {round(alarm.score, 4):.3f}",
            _beside(e.judged[alarm.scan], alarm.box, e.objects),
            (alarm.label, alarm.box),
            e.objects,
        )
        for alarm in marks.false[:MOST]
        if alarm.score >= SHOWN
    )


def _beside(item: Judged, box: Box, objects: Sequence[str]) -> str:
    """Whether there is nothing, or an object that the box is too loose for, or that has a surer box: another fault, and another cure."""
    near = [
        (_iou(box, x.box), x.label)
        for x in (*item.scan.labels, *item.scan.ignored)
        if x.label in objects or x.group is Group.OBJECT
    ]
    overlap, label = max(near, default=(0.0, ""))
    if overlap > 0:
        return f"beside a true {label}: IoU {overlap:.2f}, and {HIT_IOU:g} is a hit"
    return "on nothing"


def _iou(a: Box, b: Box) -> float:
    return float(iou(a, np.array([b], np.float64))[0])


def wrong_loads(e: Evidence) -> tuple[Example, ...]:
    """Containers taken for empty or loaded wrongly, then loads of another type than was said, surest first.

    A package that knows no container, or no load, says nothing of either: nothing of it is wrong then.
    """
    labels = tuple(x.name for x in e.labels if x.name not in e.objects)
    told = e.cannot_tell_emptiness is None
    emptiness = [x for item in e.judged if told for x in _wrong_emptiness(item, labels)]
    types = sorted((x for item in e.judged for x in _wrong_types(item, labels)), key=lambda x: -x[0])
    return tuple([*emptiness, *(x for _, x in types)][:MOST])


def _wrong_emptiness(item: Judged, labels: Sequence[str]) -> Iterator[Example]:
    empty = [x.box for x in item.scan.labels if x.label == "empty"]
    for thing in item.scan.labels:
        said = says_empty(item.found, thing.box) if thing.label == "container" else None
        truly = any(_overlap(thing.box, box) > 0.5 for box in empty)
        if thing.label == "container" and said is not truly:
            words = {None: "not told empty or loaded", True: "taken for empty", False: "taken for loaded"}[said]
            title = f"{'empty' if truly else 'loaded'} container {words}"
            yield _example("load", item, title, "", (thing.label, thing.box), labels, context=1.05)


def _wrong_types(item: Judged, labels: Sequence[str]) -> Iterator[tuple[float, Example]]:
    for thing in item.scan.labels:
        surest = None if thing.label in ("container", "empty") else surest_load(item.found, thing.box)
        if surest is not None and thing.label in labels and surest[0] != thing.label:
            said, score = surest
            title = f"{thing.label} taken for {said} at p = {score:.3f}"
            place = (thing.label, thing.box)
            yield score, _example("load", item, title, ", ".join(_known(thing)), place, labels, context=1.2)


def _known(thing: Label) -> list[str]:
    """What the truth tells of it."""
    words = []
    if thing.contrast is not None:
        words.append(f"contrast {thing.contrast:.1f}")
    if thing.size_cm is not None:
        words.append(f"{thing.size_cm:.0f} cm")
    if thing.depth_g_cm2 is not None:
        steel_mm = 10 * thing.depth_g_cm2 / STEEL_G_CM3
        words.append(f"load {thing.depth_g_cm2:.0f} g/cm² ({steel_mm:.0f} mm steel)")
    return words


def _clarity(thing: Label) -> tuple[float, float]:
    """Contrast where it is known, then size."""
    x0, y0, x1, y1 = thing.box
    return (-1.0 if thing.contrast is None else thing.contrast), (x1 - x0) * (y1 - y0)


def _example(
    kind: Failure,
    item: Judged,
    title: str,
    detail: str,
    judged: tuple[str, Box],
    labels: Sequence[str],
    context: float = _CONTEXT,
) -> Example:
    """``judged`` is the label and place of what went wrong: a box that was found in a false alarm, else something true."""
    label, box = judged
    crop = _around(box, context)
    truth: tuple[tuple[Mark, tuple[Label, ...]], ...] = (
        ("true", item.scan.labels),
        ("not inspectable", item.scan.ignored),
    )
    boxes = [
        Marked(label=x.label, box=x.box, what=what, judged=kind != "false alarm" and x.box == box and x.label == label)
        for what, things in truth
        for x in things
        if (x.label in labels or (kind != "load" and x.group is Group.OBJECT)) and _overlap(x.box, crop) > 0
    ]
    boxes += [
        Marked(
            label=name,
            box=found,
            what="found",
            score=round(score, 4),
            judged=kind == "false alarm" and found == box and name == label,
        )
        for found, score, name, _ in item.found.rows()
        if name in labels and score >= SHOWN and _overlap(found, crop) > 0
    ]
    return Example(
        kind=kind,
        scan=item.scan.name,
        scanner=item.scan.scanner,
        title=title,
        detail=detail,
        crop=crop,
        boxes=tuple(boxes),
    )


def _around(box: Box, context: float) -> Box:
    """The box with what lies around it; it may reach beyond the scan, where the picture is cut off."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    width, height = (max(_LEAST_PX, context * (box[k + 2] - box[k])) for k in (0, 1))
    half_w, half_h = max(width, 0.8 * height) / 2, max(height, 0.5 * width) / 2
    return (x - half_w, y - half_h, x + half_w, y + half_h)


def _overlap(box: Box, other: Box) -> float:
    """Share of ``box`` that lies in the other."""
    w, h = (min(box[k + 2], other[k + 2]) - max(box[k], other[k]) for k in (0, 1))
    return max(0.0, w) * max(0.0, h) / max((box[2] - box[0]) * (box[3] - box[1]), 1e-9)


def pictures(examples: Sequence[Example], judged: Sequence[Judged]) -> list[tuple[Box, bytes]]:
    """For each example the part of the scan that there is (in its pixels), and a JPEG of it. Each scan is read once."""
    by_name = {item.scan.name: item.scan.path for item in judged}
    made: dict[int, tuple[Box, bytes]] = {}
    for name in dict.fromkeys(x.scan for x in examples):
        path = by_name[name]
        if path is None:
            continue
        scan = read_scan(path)
        grey, scale = grey_view(scan), scale_for(scan)
        for k, example in enumerate(examples):
            if example.scan == name:
                made[k] = _cut(grey, example.crop, scale)
    return [made[k] for k in range(len(examples))]


def _cut(grey: ByteArray, crop: Box, scale: float) -> tuple[Box, bytes]:
    rows, columns = grey.shape
    x0, x1 = (int(np.clip(round(v * scale), 0, columns)) for v in (crop[0], crop[2]))
    y0, y1 = (int(np.clip(round(v * scale), 0, rows)) for v in (crop[1], crop[3]))
    part = grey[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
    factor = min(1.0, _LARGEST_PX / max(part.shape))
    if factor < 1:
        size = (max(1, round(part.shape[1] * factor)), max(1, round(part.shape[0] * factor)))
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    return (x0 / scale, y0 / scale, x1 / scale, y1 / scale), jpeg(part)
