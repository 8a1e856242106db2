"""Simulated scans as labelled scans: the folder that ``scantally simulate`` writes."""

import functools
from pathlib import Path

import cv2
import numpy as np
from pydantic import ValidationError

from scantally.datasets.labelled import Label, LabelledScan, open_transmission
from scantally.datasets.simulator.truth import Truth, TruthObject
from scantally.detector.config.files import first_problem, read_bytes
from scantally.detector.config.limits import Limits
from scantally.detector.errors import InputError
from scantally.detector.formats import decode_scan
from scantally.detector.formats.tiff import decode as decode_tiff
from scantally.detector.imaging.encode import working_band
from scantally.detector.models.boxes import covered
from scantally.detector.types import FloatArray, Group

TRUTH = ".truth.json"
SCAN_SUFFIX = ".tif"
JPEG_QUALITY = (70, 90)
"""All the real scans have the quantisation table of quality 75."""


def load(folder: Path) -> list[LabelledScan]:
    """All scans of a folder that have a truth file, by name.

    Scans of 8 bits are opened as if they had been stored as JPEG, as the real ones are, each at a quality of its own.
    An object that the truth calls not inspectable is ignored: nobody can learn, or be asked, to see it, and it is no false alarm.

    Raises:
        InputError: no truth file, one that cannot be read, or one without its scan.
    """
    truths = sorted(folder.glob(f"*{TRUTH}"))
    if not truths:
        raise InputError(str(folder), f"expected simulated scans: files STEM.tif with STEM{TRUTH}")
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
    scan = path.with_name(stem + SCAN_SUFFIX)
    if not scan.is_file():
        raise InputError(str(path), f"expected its scan beside it: {stem}.tif")
    return LabelledScan(
        name=stem,
        group=f"simulated-{truth.seed}-{truth.index}",
        scanner=f"simulated-{truth.look}",
        labels=_labels(truth),
        ignored=tuple(_object(x, truth) for x in truth.objects if not x.inspectable),
        pitch_mm=truth.pitch_mm,
        path=scan,
        open=functools.partial(_opened, scan, truth),
    )


def _opened(path: Path, truth: Truth) -> FloatArray:
    """Transmission (H, W) as ``open_transmission`` reads it."""
    if truth.look == "cal":
        return open_transmission(path)
    quality = int(np.random.default_rng((truth.seed, truth.index)).integers(*JPEG_QUALITY))
    grey_BHW = decode_tiff(read_bytes(path, InputError), path.name, Limits()).grey_BHW
    _, raw = cv2.imencode(".jpg", grey_BHW[0], (cv2.IMWRITE_JPEG_QUALITY, quality))
    return working_band(decode_scan(raw.tobytes(), f"{path.stem}.jpg"))


def _labels(truth: Truth) -> tuple[Label, ...]:
    labels = [Label(label="container", box=c.box) for c in truth.containers]
    labels += [Label(label="empty", box=c.box) for c in truth.containers if c.empty]
    labels += [Label(label=x.label, box=x.box, group=Group.LOAD, depth_g_cm2=x.areal_g_cm2) for x in truth.loads]
    labels += [_object(x, truth) for x in truth.objects if x.inspectable]
    return tuple(labels)


def _object(item: TruthObject, truth: Truth) -> Label:
    """An object of interest, with the load at its place: each block of its container counts by the share of the box that it covers."""
    x0, y0, x1, y1 = item.box
    blocks = [load for load in truth.loads if load.container == item.container]
    shares = covered(item.box, np.array([load.box for load in blocks], np.float64).reshape(-1, 4))
    return Label(
        label=item.label,
        box=item.box,
        group=Group.OBJECT,
        size_cm=max((x1 - x0) * truth.x_pitch_mm, (y1 - y0) * truth.pitch_mm) / 10.0,
        contrast=item.cnr,
        depth_g_cm2=float(sum(share * load.areal_g_cm2 for share, load in zip(shares, blocks, strict=True))),
    )
