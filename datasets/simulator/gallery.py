"""The pictures and the page ``docs/gallery.md`` from the suite ``gallery``."""

from pathlib import Path

import cv2
import numpy as np

from scantally.datasets.simulated import read_truth
from scantally.datasets.simulator.jobs import Job
from scantally.datasets.simulator.suites_gallery import gallery
from scantally.detector.formats import read_scan
from scantally.detector.types import Box, ByteArray, FloatArray

TONE = 0.75
"""Exponent of attenuation over the deepest: lifts what is thin."""

WIDTH = {"container": 560, "load": 560, "cover": 560, "object": 400}
MOST_SCALE = {"object": 2.5}
"""Small objects are shown larger than they were scanned."""

LEAST_MARGIN_PX = 30.0
TITLES = {
    "container": ("Containers", "Empty, each type of the table `CONTAINERS`; tank containers are among the loads."),
    "load": ("Loads", "Each type of the table `LOADS`, in a container that carries such goods."),
    "cover": ("A load behind a cover", "Machines beyond a wall of sacks, and a full row of sacks by the doors."),
    "object": ("Objects of interest", "Each type of the table `OBJECTS`, on the floor of an empty container; cut out."),
}

WORDS: dict[str, str] = {
    "22G1": "20 ft dry box",
    "42G1": "40 ft dry box",
    "45G1": "40 ft dry box, high cube",
    "22U1": "20 ft open top",
    "42U1": "40 ft open top",
    "22R1": "20 ft reefer",
    "45R1": "40 ft reefer, high cube",
    "22P1": "20 ft flat rack, fixed ends",
    "45P1": "40 ft flat rack, high cube, fixed ends",
    "22P3": "20 ft flat rack, folding ends",
    "45P3": "40 ft flat rack, high cube, folding ends",
    "bulk": "loose goods in a heap",
    "sacks": "filled sacks, stacked or on pallets",
    "big_bags": "flexible containers of half a tonne and more",
    "cartons": "goods in cardboard boxes",
    "timber": "boards in bundles, or logs",
    "sheets": "plates in stacks or on edge",
    "slabs": "slabs and blocks of stone",
    "tank": "a liquid in a tank container",
    "machinery": "machines on skids or in crates",
    "tyres": "tyres, stacked",
    "drums": "steel drums of 200 l",
    "bales": "pressed bales",
    "coils": "coils of strip",
    "pipes": "pipes in bundles",
    "reels": "paper, film or cloth on reels, cable on drums",
    "vehicles": "cars as cargo",
    "frozen_cartons": "frozen food in boxes",
    "meat": "carcasses that hang under the ceiling",
    "household": "a removal: furniture and boxes",
    "firearm": "pistols, rifles and machine guns",
    "vehicle": "a car or a motorcycle",
    "gas_cylinder": "cylinders for compressed gas",
    "brick_packages": "wrapped packages the size of a brick",
    "ammunition": "cartridges in boxes and crates",
    "cigarettes": "cartons and cases of cigarettes",
    "engine": "engines and gear boxes",
    "shield": "lead or steel that hides what lies in it or behind it",
    "electronics": "devices and batteries in boxes",
    "currency": "bundles of bank notes",
}
"""What the tables' codes and labels mean. Codes after ISO 6346."""

HEAD = """# Gallery

Everything here is simulated. Each picture is a calibrated 6 MV scan at a high dose, shown as attenuation: white is the open beam, black
the densest place. Scans of the benchmark and of training have less dose, other energies, and often several things in one place.

This page and its pictures are made from the simulator's tables, in the folder of the repository. The second line overwrites this page and
all of its pictures:

```sh
scantally simulate gallery --suite gallery
python -c "from scantally.datasets.simulator.gallery import draw; draw('gallery', 'docs')"
```
"""


def draw(scans: Path | str, docs: Path | str) -> None:
    """Write ``gallery.md`` and its pictures into the documents' folder, from the folder of the suite's scans."""
    folder = Path(docs) / "pictures" / "gallery"
    folder.mkdir(parents=True, exist_ok=True)
    for job in gallery():
        write_picture(Path(scans), job, folder / f"{job.stem}.jpg")
    (Path(docs) / "gallery.md").write_text(page(), "utf-8")


def page() -> str:
    """The page's text."""
    parts, last = [HEAD], ""
    for job in gallery():
        sort, _, name = job.stem.partition("-")
        if sort != last:
            title, text = TITLES[sort]
            parts.append(f"\n## {title}\n\n{text}\n")
            last = sort
        heading = name.replace("_", " ") if sort == "cover" else f"{name.replace('_', ' ')}: {WORDS[name]}"
        parts.append(f"\n### {heading}\n\n![{sort} {name}](pictures/gallery/{job.stem}.jpg)\n")
    return "".join(parts)


def write_picture(scans: Path, job: Job, path: Path) -> None:
    """Cut out what a scan is there to show, as a small JPEG."""
    truth = read_truth(scans / f"{job.stem}.truth.json")
    transmission = read_scan(scans / f"{job.stem}.tif").transmission_BHW[-1]
    sort = job.stem.partition("-")[0]
    box = truth.objects[0].box if sort == "object" else truth.containers[0].box
    shown = toned(_cut(transmission, box, 0.3 if sort == "object" else 0.02))
    scale = min(MOST_SCALE.get(sort, 1.0), WIDTH[sort] / shown.shape[1])
    how = cv2.INTER_AREA if scale <= 1.0 else cv2.INTER_CUBIC
    small = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=how)
    if not cv2.imwrite(str(path), small, [cv2.IMWRITE_JPEG_QUALITY, 82]):
        raise OSError(f"{path} cannot be written")


def toned(transmission_HW: FloatArray) -> ByteArray:
    """Attenuation as grey, white for the open beam and black for the densest half per cent."""
    attenuation = -np.log(np.clip(transmission_HW, 1e-6, 1.0))
    deepest = max(float(np.quantile(attenuation, 0.995)), 0.1)
    dark = np.clip(attenuation / deepest, 0.0, 1.0) ** TONE
    return np.asarray(np.rint(255.0 * (1.0 - dark)), np.uint8)


def _cut(picture: FloatArray, box: Box, margin: float) -> FloatArray:
    """The box with a margin: a share of its longer side, or the least margin."""
    edge = max(margin * max(box[2] - box[0], box[3] - box[1]), LEAST_MARGIN_PX)
    height, width = picture.shape
    x0, y0 = max(0, int(box[0] - edge)), max(0, int(box[1] - edge))
    x1, y1 = min(width, int(box[2] + edge) + 1), min(height, int(box[3] + edge) + 1)
    return picture[y0:y1, x0:x1]
