"""Datasets in other people's layouts, written independently of the importers: small pictures with known boxes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import yaml
from PIL import Image

Rect = tuple[float, float, float, float]  # x, y, width, height in px


@dataclass(frozen=True, kw_only=True)
class Pic:
    """One picture: its name without folder, its size and its boxes by class."""

    name: str
    size: tuple[int, int] = (64, 48)
    boxes: tuple[tuple[str, Rect], ...] = ()
    split: str = "train"


def draw(path: Path, size: tuple[int, int] = (64, 48), seed: int = 0) -> Path:
    """A grey picture, in the format of the path's ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    grey = rng.integers(90, 220, (size[1] // 8 + 1, size[0] // 8 + 1), dtype=np.uint8).repeat(8, 0).repeat(8, 1)
    Image.fromarray(np.ascontiguousarray(grey[: size[1], : size[0]])).save(path)
    return path


def classes_of(pics: Sequence[Pic]) -> list[str]:
    return sorted({name for pic in pics for name, _ in pic.boxes})


def write_coco(root: Path, pics: Sequence[Pic]) -> None:
    """As Roboflow exports it: a file and the pictures in the folder of each split."""
    classes = classes_of(pics)
    for split in dict.fromkeys(pic.split for pic in pics):
        mine = [pic for pic in pics if pic.split == split]
        boxes = [(number, name, rect) for number, pic in enumerate(mine) for name, rect in pic.boxes]
        document = {
            "info": {"description": "drawn"},
            "licenses": [{"id": 1, "name": "CC BY 4.0"}],
            "images": [
                {"id": n, "file_name": pic.name, "width": pic.size[0], "height": pic.size[1]}
                for n, pic in enumerate(mine)
            ],
            "annotations": [
                {
                    "id": n,
                    "image_id": i,
                    "category_id": classes.index(name),
                    "bbox": list(rect),
                    "area": rect[2] * rect[3],
                }
                for n, (i, name, rect) in enumerate(boxes)
            ],
            "categories": [{"id": n, "name": name, "supercategory": "things"} for n, name in enumerate(classes)],
        }
        for n, pic in enumerate(mine):
            draw(root / split / pic.name, pic.size, n)
        (root / split / "_annotations.coco.json").write_text(json.dumps(document))


def write_yolo(root: Path, pics: Sequence[Pic], digits: int = 10) -> None:
    """As ultralytics reads it: ``images/SPLIT``, ``labels/SPLIT`` and ``data.yaml``."""
    classes = classes_of(pics)
    for n, pic in enumerate(pics):
        draw(root / "images" / pic.split / pic.name, pic.size, n)
        label = root / "labels" / pic.split / f"{Path(pic.name).stem}.txt"
        label.parent.mkdir(parents=True, exist_ok=True)
        rows = [yolo_row(classes.index(name), rect, pic.size, digits) for name, rect in pic.boxes]
        label.write_text("\n".join(rows))
    splits = dict.fromkeys(pic.split for pic in pics)
    document: Mapping[str, object] = {"path": ".", "names": classes, **{s: f"images/{s}" for s in splits}}
    (root / "data.yaml").write_text(yaml.safe_dump(document))


def yolo_row(number: int, rect: Rect, size: tuple[int, int], digits: int = 10) -> str:
    x, y, w, h = rect
    shares = ((x + w / 2) / size[0], (y + h / 2) / size[1], w / size[0], h / size[1])
    return " ".join([str(number), *(f"{share:.{digits}f}" for share in shares)])


def write_voc(root: Path, pics: Sequence[Pic], one_based: bool = False) -> None:
    """As the devkit has it; the devkit itself counts pixels from 1 and includes the last."""
    for n, pic in enumerate(pics):
        draw(root / "JPEGImages" / pic.name, pic.size, n)
        write_voc_file(root / "Annotations" / f"{Path(pic.name).stem}.xml", pic, one_based)
    for split in dict.fromkeys(pic.split for pic in pics):
        listed = root / "ImageSets" / "Main" / f"{split}.txt"
        listed.parent.mkdir(parents=True, exist_ok=True)
        listed.write_text("".join(f"{Path(pic.name).stem}\n" for pic in pics if pic.split == split))


def write_voc_file(path: Path, pic: Pic, one_based: bool = False) -> None:
    objects = "".join(voc_object(name, rect, one_based) for name, rect in pic.boxes)
    source = "<source><annotation>PASCAL VOC2007</annotation></source>" if one_based else ""
    size = f"<size><width>{pic.size[0]}</width><height>{pic.size[1]}</height><depth>1</depth></size>"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"<annotation><filename>{escape(pic.name)}</filename>{source}{size}{objects}</annotation>")


def voc_object(name: str, rect: Rect, one_based: bool = False) -> str:
    x, y, w, h = rect
    first = 1 if one_based else 0
    edges = {"xmin": x + first, "ymin": y + first, "xmax": x + w, "ymax": y + h}
    box = "".join(f"<{key}>{value!r}</{key}>" for key, value in edges.items())
    return f"<object><name>{escape(name)}</name><difficult>0</difficult><bndbox>{box}</bndbox></object>"


def alias_bomb(first: str, inner: str = "[{}]") -> str:
    """YAML of nine keys, ``a0`` to ``a8``, each of which stands for nine times what the one before it does."""
    lines = [f"a0: &a0 {first}"]
    for number in range(1, 9):
        lines.append(f"a{number}: &a{number} " + inner.format(", ".join([f"*a{number - 1}"] * 9)))
    return "\n".join(lines) + "\n"
