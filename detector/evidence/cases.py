"""Divides a scan into its containers and brings each together with its manifest."""

from collections.abc import Sequence
from dataclasses import replace

from scantally.detector.config.iso6346 import normalise_number
from scantally.detector.config.penetration import PenetrationSettings
from scantally.detector.config.weighing import WeighingSettings
from scantally.detector.errors import InputError
from scantally.detector.manifests.select import select
from scantally.detector.maps.areal import weigh
from scantally.detector.maps.penetration import penetration
from scantally.detector.types import (
    Box,
    Case,
    ContainerView,
    Detections,
    Group,
    LoadBlock,
    Manifest,
    ManifestFile,
    Penetration,
    Scan,
)

MIN_CONTAINER_SCORE = 0.5
"""A box that is more likely no container than one does not divide the scan."""

NOT_NAMED = "the file lists {listed}; name the {seen} containers of the scan with --container"
NOT_MATCHED = "{given} given for {seen} seen; name each from left to right"
NOT_LISTED = "the file does not list {number}"


def build_cases(
    scan: Scan,
    detections: Detections,
    manifest: ManifestFile | None,
    numbers: Sequence[str],
    settings: PenetrationSettings,
    findable: frozenset[str] | None = None,
    locates: bool = True,
    loads: frozenset[str] | None = None,
    blocks: tuple[LoadBlock, ...] | None = None,
    weighing: WeighingSettings | None = None,
) -> tuple[Case, ...]:
    """One case per container that the scan shows, from left to right; one for the whole scan where it shows none.

    Args:
        scan: the scan.
        detections: all of them, in pixels of the scan.
        manifest: the parsed file, if there is one.
        numbers: container numbers given for this scan, from left to right.
        settings: of the penetration map.
        findable: labels of objects that the model knows.
        locates: whether the model knows containers; one that does not works on the whole scan.
        loads: labels of loads that the model knows.
        blocks: of loads, with all labels' probabilities; None where only detections are known.
        weighing: how the load is weighed; the shipped way when None.

    Raises:
        InputError: a manifest of several containers none of which, or more than one of which, is the scan's.
    """
    views = _views(detections, *([normalise_number(n) for n in some] for some in (numbers, scan.container_numbers)))
    papers = _papers(views, manifest, len(numbers))
    return tuple(
        Case(
            container=view,
            manifest=paper,
            manifest_notes=notes + (manifest.notes_on(paper) + manifest.notes if manifest and paper else ()),
            detections=detections if view.box is None else _inside(detections, view.box),
            penetration=_penetration(scan, view.box, settings, locates),
            pitch_mm=scan.pitch_mm,
            calibrated=scan.calibrated,
            weighing=weigh(
                scan, view.box, paper.size_type if paper else None, weighing or WeighingSettings(), settings
            ),
            findable=findable,
            loads=loads,
            blocks=blocks if blocks is None or view.box is None else _within(blocks, view.box),
        )
        for view, (paper, notes) in zip(views, papers, strict=True)
    )


def _penetration(scan: Scan, box: Box | None, settings: PenetrationSettings, locates: bool) -> Penetration:
    """The map of one container. Where none was found by a model that knows containers, the picture may show anything."""
    seen = penetration(scan.primary_HW, scan.valid_HW, scan.floor, box, settings)
    if box is None and locates and seen.judgeable:
        return replace(seen, judgeable=False, why="no container was found in it")
    return seen


def _views(detections: Detections, numbers: Sequence[str], filed: Sequence[str]) -> list[ContainerView]:
    """Containers from left to right, with the numbers given for them, and those that the scan's file gives where they differ."""
    found: list[tuple[Box | None, float | None]] = [*_containers(detections)] or [(None, None)]
    # Fewer or more numbers than containers cannot be placed: nobody said which is which.
    placed = numbers if len(numbers) == len(found) else [None] * len(found)
    in_file = filed if len(filed) == len(found) else [None] * len(found)
    several = len(found) > 1
    return [
        ContainerView(
            number=number,
            size_type=None,
            box=box,
            score=score,
            place=f"Container {index} of {len(found)}" if several else None,
            filed=other if number is not None and other != number else None,
        )
        for index, ((box, score), number, other) in enumerate(zip(found, placed, in_file, strict=True), 1)
    ]


def _papers(
    views: Sequence[ContainerView], manifest: ManifestFile | None, numbers: int
) -> list[tuple[Manifest | None, tuple[str, ...]]]:
    """For each view its manifest, or None with the reason why there is none."""
    if numbers not in (0, len(views)):
        return [(None, (_not_matched(views, numbers),))] * len(views)
    if manifest is None:
        return [(None, ()) for _ in views]
    if len(views) == 1:
        # A file with one container is that container's, whatever number it gives: another number is a finding, not an error.
        alone = len(manifest.containers) == 1
        return [(manifest.containers[0] if alone else select(manifest, views[0].number), ())]
    return _by_elimination(views, manifest, [_paper_of(view, manifest, len(views)) for view in views])


def _not_matched(views: Sequence[ContainerView], numbers: int) -> str:
    seen = 0 if views[0].box is None else len(views)
    return NOT_MATCHED.format(given=_count(numbers, "number"), seen=_count(seen, "container"))


def _by_elimination(
    views: Sequence[ContainerView], manifest: ManifestFile, found: list[tuple[Manifest | None, tuple[str, ...]]]
) -> list[tuple[Manifest | None, tuple[str, ...]]]:
    """Of a file with as many containers as the scan shows, the last paper belongs to the last container, whatever number it gives:
    as with one container, another number is a finding."""
    without = [k for k, (paper, _) in enumerate(found) if paper is None and views[k].number is not None]
    taken = [paper for paper, _ in found if paper is not None]
    left = [paper for paper in manifest.containers if not any(paper is other for other in taken)]
    if len(manifest.containers) == len(views) and len(without) == len(left) == 1:
        found[without[0]] = (left[0], ())
    return found


def _paper_of(view: ContainerView, manifest: ManifestFile, seen: int) -> tuple[Manifest | None, tuple[str, ...]]:
    if view.number is None:
        return None, (NOT_NAMED.format(seen=seen, listed=len(manifest.containers)),)
    matching = [
        m for m in manifest.containers if m.container_number and normalise_number(m.container_number) == view.number
    ]
    if len(matching) > 1:
        raise InputError(manifest.source, f"lists container {view.number} {len(matching)} times, expected once")
    return (matching[0], ()) if matching else (None, (NOT_LISTED.format(number=view.number),))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _inside(detections: Detections, box: Box) -> Detections:
    """Detections other than containers whose centre lies in the box."""
    return detections.where([group is not Group.STRUCTURE and centred(b, box) for b, _, _, group in detections.rows()])


def _within(blocks: Sequence[LoadBlock], box: Box) -> tuple[LoadBlock, ...]:
    return tuple(block for block in blocks if centred(block.box, box))


def container_boxes(detections: Detections) -> tuple[Box, ...]:
    """Boxes of the containers that divide a scan, from left to right."""
    return tuple(box for box, _ in _containers(detections))


def _containers(detections: Detections) -> list[tuple[Box, float]]:
    rows = [r for r in detections.rows() if r[2] == "container" and r[1] >= MIN_CONTAINER_SCORE]
    return [(r[0], r[1]) for r in sorted(rows, key=lambda r: r[0][0])]


def centred(inner: Box, box: Box) -> bool:
    """Whether a box has its middle in another, in pixels of one scan."""
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return box[0] <= x <= box[2] and box[1] <= y <= box[3]
