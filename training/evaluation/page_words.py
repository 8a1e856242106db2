"""What the evaluation's page calls its tables and columns."""

from scantally.training.evaluation.documents import Failure

TABLES: dict[str, tuple[str, str]] = {
    "objects": (
        "Objects of interest",
        (
            "Of the inspectable objects, the share that a box hits (IoU 0.3 or more). For all objects together the place counts, whatever the "
            "label; for one label, boxes of that label alone."
        ),
    ),
    "operating point": (
        "Objects of interest at the package's operating point",
        "What an operator is shown, and what the default configuration takes as seen.",
    ),
    "containers": (
        "Containers",
        (
            "A container's score is the highest probability of an object of interest in it. Clean ones hold none at all, not even one that "
            "nobody could see."
        ),
    ),
    "loads": ("Loads", "Whether containers are found and rightly told empty or loaded, and loads named rightly."),
    "precision": (
        "Average precision (COCO)",
        "mAP50 at an IoU of 0.50, mAP50-95 averaged over 0.50 to 0.95.",
    ),
    "calibration": (
        "Calibration",
        (
            "Expected calibration error: how far probabilities are from the share of detections that is right. Down to the faintest detections "
            "it is small of itself, for most of those are rightly called improbable."
        ),
    ),
    "by size": (
        "Objects by size",
        "The longer side of the object's box. Thresholds are those of all objects together.",
    ),
    "by size in pixels": ("Objects by size in pixels", "The square root of the box's area, in COCO's classes."),
    "by contrast": (
        "Objects by contrast",
        "Mean contrast in −ln T over the object, per standard deviation of one pixel's noise, as the truth gives it.",
    ),
    "by penetration depth": (
        "Objects by penetration depth",
        "Areal density of the load at the object's place (20 g/cm² are 25 mm of steel).",
    ),
    "by scanner": ("Objects by scanner", "Thresholds are those of all scanners together."),
    "by inspectability": (
        "Objects by inspectability",
        "Inspectable means the truth's flag. Those that are not count in no other figure.",
    ),
    "speed": ("Speed", "Reading the file and searching it, one scan after another, on this machine."),
}
"""Title and note of each table, in the page's order."""

COLUMN_NOTES = {
    "Pd, passed on": "boxes from each label's threshold in the card on",
    "false positives per scan, passed on": "boxes from each label's threshold in the card on",
    "ECE of what is passed on": "detections from each label's threshold in the card on",
    "ECE of all detections": "down to p = 0.001",
}

EXAMPLES: dict[Failure, tuple[str, str]] = {
    "miss": ("Worst misses", ""),
    "false alarm": ("Worst false alarms", "Boxes of objects of interest that hit none, the surest first (p ≥ 0.05)."),
    "load": (
        "Loads told wrongly",
        "Containers taken for empty or loaded wrongly, then loads of another type, the surest first.",
    ),
}
"""Title and note of each kind; what a miss is depends on the scans, and the part says it."""


def figure_words(value: float | None) -> str:
    """A figure with three digits."""
    return "–" if value is None else f"{value:.3f}"
