"""What an audit may find: one row for each kind, with how much it weighs and what to do about it."""

from dataclasses import dataclass

from scantally.detector.types import Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of finding."""

    severity: Severity
    title: str
    advice: str
    leak: bool = False  # what was learnt stands in the split that judges it


KINDS: dict[str, Kind] = {
    # -- leaks
    "leak_duplicate": Kind(
        severity=Severity.HIGH,
        leak=True,
        title="The same picture in two splits",
        advice="Split again: `scantally data split` joins duplicates before it divides.",
    ),
    "leak_near_duplicate": Kind(
        severity=Severity.HIGH,
        leak=True,
        title="Near-duplicates in two splits",
        advice="Look at the pairs. Split again; `scantally data split` keeps them together.",
    ),
    "leak_orientation": Kind(
        severity=Severity.HIGH,
        leak=True,
        title="Mirrored or turned copies in two splits",
        advice="Split again, and augment after the split, not before.",
    ),
    "leak_source": Kind(
        severity=Severity.HIGH,
        leak=True,
        title="Augmented copies of one source in two splits",
        advice="Their names give one source picture. Import with the source as the group, and split again.",
    ),
    "leak_group": Kind(
        severity=Severity.HIGH,
        leak=True,
        title="One group in two splits",
        advice="Split again: `scantally data split` never parts a group.",
    ),
    "leak_container": Kind(
        severity=Severity.HIGH,
        leak=True,
        title="One container in two splits",
        advice="Import with the container's number as the group, and split again.",
    ),
    "leak_scanner": Kind(
        severity=Severity.HIGH,
        leak=True,
        title="One scanner in training and in what judges it",
        advice="Split with `--by scanner` where the figures shall hold for an unseen scanner.",
    ),
    # -- files
    "file_missing": Kind(
        severity=Severity.HIGH, title="Picture files are missing", advice="Copy them, or import again without them."
    ),
    "file_truncated": Kind(
        severity=Severity.HIGH,
        title="Pictures are cut short",
        advice="Fetch them again from where they came. Many readers fill the rest with grey and say nothing.",
    ),
    "file_unreadable": Kind(
        severity=Severity.HIGH, title="Pictures cannot be read", advice="Fetch them again, or import without them."
    ),
    "file_changed": Kind(
        severity=Severity.HIGH,
        title="Files are not those that were imported",
        advice="Their SHA-256 is another. Import again, so that the record is true.",
    ),
    "size_differs": Kind(
        severity=Severity.HIGH,
        title="Pictures have another size than the labels were made for",
        advice="Every box on them is in doubt. Import again from the pictures that were labelled.",
    ),
    "refused": Kind(
        severity=Severity.MEDIUM,
        title="Pictures that inference would not read",
        advice="Import again: pictures in colours become grey then.",
    ),
    "blank": Kind(severity=Severity.MEDIUM, title="Pictures of one grey", advice="They show nothing. Leave them out."),
    # -- boxes
    "box_outside": Kind(
        severity=Severity.MEDIUM,
        title="Boxes reach out of the picture",
        advice="Look at some. Cut them where the object goes on, mend the labels where the box is misplaced.",
    ),
    "box_empty": Kind(severity=Severity.MEDIUM, title="Boxes without area", advice="Remove them, or draw them anew."),
    "box_duplicate": Kind(
        severity=Severity.MEDIUM,
        title="The same box twice",
        advice="Remove one of each: it counts as a miss in every evaluation.",
    ),
    "box_conflict": Kind(
        severity=Severity.MEDIUM,
        title="One box with two labels",
        advice="Decide which is right; where both are (a container and its load), leave them.",
    ),
    "box_tiny": Kind(
        severity=Severity.LOW,
        title="Boxes of less than 5 px",
        advice="Canvases for training drop them. Train at a finer scale, or do without.",
    ),
    # -- doubles
    "duplicate_bytes": Kind(
        severity=Severity.MEDIUM,
        title="The same file twice",
        advice="Keep one of each: doubles weigh twice in training and in every figure.",
    ),
    "duplicate_pixels": Kind(
        severity=Severity.MEDIUM, title="The same pixels in different files", advice="Keep one of each."
    ),
    "duplicate_conflict": Kind(
        severity=Severity.HIGH,
        title="The same picture with different boxes",
        advice="One of the two is wrong, or both are incomplete. Look at each pair.",
    ),
    "near_duplicate": Kind(
        severity=Severity.LOW,
        title="Near-duplicates that are in different groups",
        advice="Give them one group. `scantally data split` joins them unless it is told to trust the groups.",
    ),
    "not_compared": Kind(
        severity=Severity.MEDIUM,
        title="Pairs that nobody compared closely",
        advice="The pictures are much alike, and only the most alike pairs were compared. Audit parts of the set.",
    ),
    # -- the set as a whole
    "label_unlearnt": Kind(
        severity=Severity.HIGH,
        title="Labels that training lacks",
        advice="A model cannot learn them. Split again, label more, or leave them out.",
    ),
    "label_unjudged": Kind(
        severity=Severity.MEDIUM,
        title="Labels that no test picture has",
        advice="No figure will say how well they are found. Split again or label more.",
    ),
    "label_rare": Kind(
        severity=Severity.LOW,
        title="Labels with few boxes",
        advice="Figures of a label with fewer than 10 boxes say next to nothing. Label more.",
    ),
    "polarity_mixed": Kind(
        severity=Severity.MEDIUM,
        title="Dense cargo is dark in some pictures and bright in others",
        advice="Look at both. Reading turns bright ones round where it is sure; give `polarity` in a scanner profile where it is not.",
    ),
    "polarity_unclear": Kind(
        severity=Severity.LOW,
        title="It is not clear whether dense cargo is dark or bright",
        advice="Reading takes it for dark: where that is right, nothing is to be done. Where dense cargo is bright, invert those "
        "pictures before `scantally data import`, for training reads no scanner profile; an inspection takes `--polarity bright`. "
        "Of pictures that were turned by an augmentation, import the ones from before it.",
    ),
    "depth_mixed": Kind(
        severity=Severity.LOW,
        title="Different bit depths",
        advice="Eight bits hide what lies in dense places. Judge each depth for itself.",
    ),
    "scanner_shared": Kind(
        severity=Severity.LOW,
        title="A scanner stands in training and in test",
        advice="The figures hold for these scanners. To learn how an unseen one does, split with `--by scanner`.",
    ),
    "image_unlabelled": Kind(
        severity=Severity.LOW,
        title="Pictures without boxes",
        advice="They teach what is nothing. Make sure that nobody forgot to label them.",
    ),
    "no_split": Kind(
        severity=Severity.MEDIUM,
        title="Pictures that are in no split",
        advice="Split the set: `scantally data split`. Whether a split leaks cannot be said before.",
    ),
}
"""Every kind, in the order in which findings of equal weight are told."""
