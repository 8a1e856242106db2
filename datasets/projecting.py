"""Threat image projection into whole datasets: scans with one simulated object each, to judge a model on.

Every picture is drawn by a random stream of its own, so that the first hundred of a thousand are the hundred of a hundred.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, cast, get_args

import cv2
import numpy as np

from scantally.datasets.dataset import IMAGES, Annotation, Category, Dataset, Image, Info, Omission, write_dataset
from scantally.datasets.labelled import Label, LabelledScan, containers_of
from scantally.datasets.simulator.objects import OBJECTS, make_from, make_object
from scantally.datasets.simulator.objects_probes import PROBES
from scantally.datasets.simulator.sprite import Sprite
from scantally.datasets.tip import Projection, ScanCharacter, estimate_character, place_and_project
from scantally.datasets.tip_bands import BandsCharacter, estimate_bands, place_and_project_bands
from scantally.datasets.tip_jpeg import quantisation_of
from scantally.datasets.whole import refuse_occupied, written_whole
from scantally.detector.errors import ConfigError, InputError
from scantally.detector.formats import read_scan
from scantally.detector.formats.tiff_writer import encode_tiff
from scantally.detector.types import Box, ByteArray, Group, Scan

Into = Literal["any", "empty", "loaded"]
INTO: tuple[Into, ...] = get_args(Into)

IMPORTED_AS = "projection"
"""Where ``dataset.json`` says what layout a dataset was brought in from: from none, it was made."""

DRAWS = 12
"""Objects and places that are drawn for one scan before the next is taken: much cargo lets nothing through."""

FINEST_MM = 2.2
"""Pitch of an object's raster where the scan's own is not known: half of the real scans'."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What is projected: kinds (of OBJECTS or PROBES), whose instances, into which containers."""

    objects: tuple[str, ...]
    count: int
    seed: int = 0
    into: Into = "any"
    part: str | None = "test"

    def __post_init__(self) -> None:
        """Raise ConfigError for what does not exist."""
        known = (*OBJECTS, *PROBES)
        for name in self.objects:
            if name not in known:
                raise ConfigError("--object", f"expected one of {', '.join(known)}, got '{name}'")
        if self.into not in INTO:
            raise ConfigError("--into", f"expected one of {', '.join(INTO)}, got '{self.into}'")


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """One picture: the file's bytes and ending, the object's label and truth, and how many draws were not to be seen."""

    scan: LabelledScan
    raw: bytes
    suffix: str
    size: tuple[int, int]  # width, height
    label: str
    instance: str
    found: Projection
    unseen: int


def projections(scans: Sequence[LabelledScan], wanted: Wanted) -> Iterator[Made]:
    """Scans with one inspectable object each, up to ``wanted.count``; fewer where a whole round of the scans lets nothing through.

    Raises:
        InputError: no scan has a container of the kind that is wanted and a file.
    """
    usable = [scan for scan in scans if scan.path is not None and _containers(scan, wanted.into)]
    if not usable:
        raise InputError("scans", f"none has a container labelled {wanted.into}" if scans else "there are none")
    order = np.random.default_rng(wanted.seed).permutation(len(usable))
    made = tried = since = 0
    while made < wanted.count and since < len(usable):
        scan = usable[int(order[tried % len(usable)])]
        one = _made(scan, wanted, np.random.default_rng([wanted.seed, tried]))
        tried, since = tried + 1, since + 1
        if one is not None:
            yield one
            made, since = made + 1, 0


def _containers(scan: LabelledScan, into: Into) -> list[tuple[Box, bool]]:
    """Boxes of the scan's containers of a kind, and whether each is empty."""
    return [(box, empty) for box, empty in containers_of(scan) if into == "any" or empty is (into == "empty")]


def _made(labelled: LabelledScan, wanted: Wanted, rng: np.random.Generator) -> Made | None:
    target = _target(labelled, _containers(labelled, wanted.into))
    pitch = FINEST_MM if labelled.pitch_mm is None else labelled.pitch_mm / 2
    unseen = 0
    for _ in range(DRAWS):
        label, sprite = _object(wanted.objects[int(rng.integers(len(wanted.objects)))], rng, pitch, wanted.part)
        answer = target.project(sprite, rng)
        if answer is not None and answer[0].inspectable:
            found, raw = answer
            return Made(
                scan=labelled,
                raw=raw,
                suffix=target.suffix,
                size=target.size,
                label=label,
                instance=sprite.instance,
                found=found,
                unseen=unseen,
            )
        unseen += answer is not None
    return None


def _object(name: str, rng: np.random.Generator, pitch_mm: float, part: str | None) -> tuple[str, Sprite]:
    """The label that should find it, and the object."""
    if name in OBJECTS:
        return name, make_object(name, rng, pitch_mm, part)
    label, maker = PROBES[name]
    return label, make_from(maker, name, rng, pitch_mm)


class Target(Protocol):
    """A scan that objects are projected into."""

    @property
    def suffix(self) -> str:
        """Ending of the file that is written."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in px."""

    def project(self, sprite: Sprite, rng: np.random.Generator) -> tuple[Projection, bytes] | None:
        """The projection and the bytes of its file; None where the object fits nowhere."""


def _target(labelled: LabelledScan, containers: Sequence[tuple[Box, bool]]) -> Target:
    path = cast(Path, labelled.path)
    scan, boxes, empty = read_scan(path), [box for box, _ in containers], [vacant for _, vacant in containers]
    grey_HW = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if grey_HW is None or grey_HW.dtype != np.uint8:
        return _Deep(scan=scan, character=estimate_bands(scan, boxes, empty=empty))
    character = estimate_character(
        scan.primary_HW,
        boxes,
        scan.valid_HW,
        empty=empty,
        calibrated=scan.calibrated,
        pitch_mm=labelled.pitch_mm,
        quantisation_88=quantisation_of(path),
    )
    if grey_HW.ndim == 3:
        grey_HW = cv2.cvtColor(grey_HW[..., :3], cv2.COLOR_BGR2GRAY)
    return _EightBit(scan=scan, grey_HW=cast(ByteArray, grey_HW), character=character)


@dataclass(frozen=True, kw_only=True, slots=True)
class _EightBit:
    """The file's own grey values, with new ones where the object is; without loss, as the file's JPEG is in the projection."""

    scan: Scan
    grey_HW: ByteArray
    character: ScanCharacter
    suffix: str = ".png"

    @property
    def size(self) -> tuple[int, int]:
        return self.grey_HW.shape[1], self.grey_HW.shape[0]

    def project(self, sprite: Sprite, rng: np.random.Generator) -> tuple[Projection, bytes] | None:
        before = self.scan.primary_HW
        found = place_and_project(before, self.character, sprite, rng)
        if found is None:
            return None
        changed = found.transmission_HW != before
        level = np.clip(np.rint(found.transmission_HW[changed] / self.character.step), 0, 255)
        grey = self.grey_HW.copy()
        grey[changed] = 255 - level if self._dense_is_bright() else level
        return found, cv2.imencode(".png", grey)[1].tobytes()

    def _dense_is_bright(self) -> bool:
        grey, seen = self.grey_HW[self.scan.valid_HW].astype(np.float32), self.scan.primary_HW[self.scan.valid_HW]
        return float(((grey - grey.mean()) * (seen - seen.mean())).mean()) < 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Deep:
    """Sixteen bits and all energies, written as calibrated scans are."""

    scan: Scan
    character: BandsCharacter
    suffix: str = ".tif"

    @property
    def size(self) -> tuple[int, int]:
        rows, columns = self.scan.primary_HW.shape
        return columns, rows

    def project(self, sprite: Sprite, rng: np.random.Generator) -> tuple[Projection, bytes] | None:
        found = place_and_project_bands(self.scan, self.character, sprite, rng)
        if found is None:
            return None
        raw = encode_tiff(
            found.scan.transmission_BHW,
            pitch_mm=found.scan.pitch_mm,
            energies_mv=found.scan.energies_mv,
            calibrated=found.scan.calibrated,
            device=found.scan.provenance.device,
            container_numbers=found.scan.container_numbers,
        )
        return found.best, raw


def write_projections(made: Iterable[Made], wanted: Wanted, source: str, out: Path) -> Dataset:
    """Write pictures and ``dataset.json`` below ``out``, which must not exist or be empty: whole, or not at all.

    Raises:
        ConfigError: there is something in the folder, or it cannot be made.
    """
    out = out.resolve()
    refuse_occupied(out, IMPORTED_AS)
    images: list[Image] = []
    boxes: list[tuple[int, Label, bool]] = []  # picture, label, and whether it counts
    unseen = 0
    with written_whole(out) as part:
        for number, one in enumerate(made):
            name = f"{IMAGES}/{number:05d}-{one.instance}{one.suffix}"
            (part / name).write_bytes(one.raw)
            images.append(_image(number, name, one))
            own = Label(label=one.label, box=one.found.box, group=Group.OBJECT)
            boxes += [(number, item, True) for item in (*one.scan.labels, own)]
            boxes += [(number, item, False) for item in one.scan.ignored]
            unseen += one.unseen
        dataset = _dataset(images, boxes, unseen, wanted, source)
        write_dataset(dataset, part)
    return dataset


def _image(number: int, name: str, one: Made) -> Image:
    return Image(
        id=number,
        file_name=name,
        width=one.size[0],
        height=one.size[1],
        sha256=hashlib.sha256(one.raw).hexdigest(),
        source=one.scan.name,
        group=one.scan.group,
        scanner=one.scan.scanner,
        pitch_mm=one.scan.pitch_mm,
    )


def _dataset(
    images: Sequence[Image], boxes: Sequence[tuple[int, Label, bool]], unseen: int, wanted: Wanted, source: str
) -> Dataset:
    names = dict.fromkeys(item.label for _, item, _ in boxes)
    numbers = {name: number for number, name in enumerate(names, start=1)}
    groups = {item.label: item.group or _group_of(item.label) for _, item, _ in boxes}
    left_out = Omission(reason="projection not inspectable, drawn again", count=unseen, first=()) if unseen else None
    what = f"{', '.join(wanted.objects)} projected into {wanted.into} containers of {source}, seed {wanted.seed}"
    return Dataset(
        info=Info(
            name=source,
            imported_as=IMPORTED_AS,
            description=f"simulated objects: {what}, instances of the part {wanted.part or 'train and test'}",
            omitted=(left_out,) if left_out else (),
        ),
        images=tuple(images),
        annotations=tuple(_annotation(k, box, numbers) for k, box in enumerate(boxes)),
        categories=tuple(Category(id=numbers[n], name=n, supercategory=groups[n]) for n in names),
    )


def _group_of(label: str) -> Group:
    return Group.STRUCTURE if label == "container" else Group.OBJECT if label in OBJECTS else Group.LOAD


def _annotation(number: int, box: tuple[int, Label, bool], numbers: dict[str, int]) -> Annotation:
    image, item, counts = box
    x0, y0, x1, y1 = item.box
    return Annotation(
        id=number,
        image_id=image,
        category_id=numbers[item.label],
        bbox=(x0, y0, x1 - x0, y1 - y0),
        area=(x1 - x0) * (y1 - y0),
        iscrowd=0 if counts else 1,
        sure=item.sure,
    )
