"""What an import left out or changed: every reason with a name, counted, and the first of each by name."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Literal

from scantally.datasets.dataset import Omission

FIRST = 10
"""So many of each reason are kept by name."""

LONGEST = 300
"""Characters of a name; a damaged file may state one of any length."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """Why something is not in the dataset as it was in the source."""

    effect: Literal["left out", "changed"]
    what: str


REASONS: dict[str, Reason] = {
    "file_passed_over": Reason(effect="left out", what="a file among the annotations that holds no boxes of pictures"),
    "file_hidden": Reason(
        effect="left out", what="a picture, an annotation or a folder of them whose name begins with a dot"
    ),
    "file_resource_fork": Reason(
        effect="left out", what="a file that macOS wrote beside another one (._NAME, __MACOSX)"
    ),
    "folder_unreadable": Reason(effect="left out", what="a folder that cannot be looked into"),
    "image_missing": Reason(effect="left out", what="an annotation or list names a picture that is not there"),
    "image_unreadable": Reason(
        effect="left out", what="no picture that Scantally reads: damaged, too small, another format"
    ),
    "image_truncated": Reason(effect="left out", what="a picture file that ends before its end mark"),
    "image_size_differs": Reason(effect="left out", what="the picture has another size than its annotation says"),
    "image_unnamed": Reason(effect="left out", what="a picture in the folder that no annotation and no list names"),
    "image_repeated": Reason(effect="left out", what="a picture that was named before: the first entry counts"),
    "path_outside": Reason(effect="left out", what="a path that leads out of the dataset's folder"),
    "annotation_missing": Reason(
        effect="left out", what="a picture without the annotation that this layout has for each"
    ),
    "annotation_damaged": Reason(effect="left out", what="an annotation file that cannot be read, with its picture"),
    "annotation_orphan": Reason(effect="left out", what="an annotation that belongs to no picture"),
    "box_damaged": Reason(effect="left out", what="a row or an object without a class and four numbers"),
    "box_not_finite": Reason(effect="left out", what="a box with NaN or an infinite number"),
    "box_inverted": Reason(effect="left out", what="a box whose second corner lies before its first"),
    "box_empty": Reason(effect="left out", what="a box without area"),
    "box_outside": Reason(effect="left out", what="a box wholly outside its picture"),
    "box_duplicate": Reason(effect="left out", what="a second box of the same label at the same place"),
    "class_undefined": Reason(effect="left out", what="a box of a class number that the source does not define"),
    "class_left_out": Reason(effect="left out", what="a box of a class that the class map leaves out"),
    "box_clipped": Reason(effect="changed", what="a box partly outside its picture, cut off at the edge"),
    "box_difficult": Reason(effect="changed", what="a box marked as difficult: neither learnt nor counted"),
    "box_of_polygon": Reason(effect="changed", what="a polygon of which the box around it is kept"),
    "image_converted": Reason(effect="changed", what="a picture in colours, kept as its luminance (PNG)"),
    "image_turned": Reason(
        effect="changed",
        what="a JPEG that viewers turn or mirror (EXIF orientation), kept as stored: do its boxes lie right?",
    ),
    "image_upright": Reason(
        effect="changed",
        what="a JPEG turned upright as its EXIF orientation says (PNG), because its annotation states that size",
    ),
    "image_without_labels": Reason(effect="changed", what="a picture without a label file, kept as one without boxes"),
    "image_emptied": Reason(effect="changed", what="a picture whose every box was left out, kept without boxes"),
    "value_passed_over": Reason(
        effect="changed", what="a split, flag, size, pixel pitch or name that means nothing here, taken as not stated"
    ),
    "supercategory_differs": Reason(
        effect="changed",
        what="a class with another supercategory than before: the first that is one of our groups counts",
    ),
    "split_missing": Reason(
        effect="changed", what="a picture that is in no list of a source that has lists, kept without a split"
    ),
    "split_conflict": Reason(effect="changed", what="a picture in lists of several splits, kept without a split"),
}


class Omissions:
    """Counts as an import goes on; the order of reasons is that of REASONS."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._first: dict[str, list[str]] = defaultdict(list)

    def add(self, reason: str, name: str) -> None:
        """Count one thing by its name: a file, or a place in a file."""
        if reason not in REASONS:
            raise KeyError(reason)
        self._counts[reason] += 1
        if len(self._first[reason]) < FIRST:
            self._first[reason].append(name if len(name) <= LONGEST else name[: LONGEST - 3] + "...")

    def count(self, reason: str) -> int:
        """How often so far."""
        return self._counts[reason]

    def listed(self) -> tuple[Omission, ...]:
        """As they stand in ``dataset.json``."""
        return tuple(
            Omission(reason=x, count=self._counts[x], first=tuple(self._first[x])) for x in REASONS if self._counts[x]
        )
