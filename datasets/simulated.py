"""Simulated scans as labelled scans: the folder that ``scantally simulate`` writes."""

import functools
from pathlib import Path

from pydantic import ValidationError

from scantally.datasets.labelled import Label, LabelledScan, open_transmission
from scantally.datasets.simulator.truth import Truth
from scantally.detector.config.files import first_problem, read_bytes
from scantally.detector.errors import InputError

TRUTH = ".truth.json"
SCAN_SUFFIXES = (".tif", ".jpg")


def load(folder: Path) -> list[LabelledScan]:
    """All scans of a folder that have a truth file, by name.

    An object that the truth calls not inspectable is ignored: nobody can learn, or be asked, to see it, and it is no false alarm.

    Raises:
        InputError: no truth file, one that cannot be read, or one without its scan.
    """
    truths = sorted(folder.glob(f"*{TRUTH}"))
    if not truths:
        raise InputError(str(folder), f"expected simulated scans: files STEM.tif or STEM.jpg with STEM{TRUTH}")
    return [_labelled(path) for path in truths]


def read_truth(path: Path) -> Truth:
    """The truth beside a simulated scan.

    Raises:
        InputError: the file is missing or is no truth.
    """
    try:
        return Truth.model_validate_json(read_bytes(path, InputError))
    except ValidationError as e:
        raise InputError(str(path), first_problem(e)) from e


def _labelled(path: Path) -> LabelledScan:
    truth = read_truth(path)
    stem = path.name.removesuffix(TRUTH)
    scan = next((p for s in SCAN_SUFFIXES if (p := path.with_name(stem + s)).is_file()), None)
    if scan is None:
        raise InputError(str(path), f"expected its scan beside it: {stem}.tif or {stem}.jpg")
    return LabelledScan(
        name=stem,
        group=f"simulated-{truth.seed}-{truth.index}",
        scanner=f"simulated-{truth.look}",
        labels=_labels(truth),
        ignored=tuple(Label(label=x.label, box=x.box) for x in truth.objects if not x.inspectable),
        pitch_mm=truth.pitch_mm,
        path=scan,
        open=functools.partial(open_transmission, scan),
    )


def _labels(truth: Truth) -> tuple[Label, ...]:
    labels = [Label(label="container", box=c.box) for c in truth.containers]
    labels += [Label(label="empty", box=c.box) for c in truth.containers if c.empty]
    labels += [Label(label=x.label, box=x.box) for x in truth.loads]
    labels += [Label(label=x.label, box=x.box) for x in truth.objects if x.inspectable]
    return tuple(labels)
