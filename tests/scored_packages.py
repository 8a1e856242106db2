"""A package whose network scores what is drawn: a dark square of each grey becomes a box of a label, as sure as it is dark.

Only for tests that need a detector with known scores through the whole way of inference, without a training.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import yaml
from onnx import TensorProto, helper, numpy_helper

from scantally.datasets.simulator.truth import Truth, TruthObject
from scantally.detector.imaging.encode import DEEP_ATTENUATION, SHALLOW_ATTENUATION
from scantally.detector.models.package import write_checksums

SIDE = 32
"""Pixels of a cell: each cell of the picture gives one box of its own size."""

GAIN = 1 / (1 - SHALLOW_ATTENUATION / DEEP_ATTENUATION)
"""An attenuation that just fills the first window of the encoding has a score of 1."""


def cell_network(labels: int) -> bytes:
    """Each 32 x 32 px cell gives a box on itself; every label's score is the darkness of the cell.

    From the two windows of the encoding, so that it falls to 0 again where nothing can be seen through any more.
    """
    kind, node = TensorProto.FLOAT, helper.make_node
    weights = np.zeros((1, 3, SIDE, SIDE), np.float32)
    weights[0, 0], weights[0, 1] = GAIN / SIDE**2, -GAIN / SIDE**2
    whole = {"flat": [1, 1, -1], "axis_y": [0, 1, 3], "axis_x": [0, 1, 2], "nought": 0, "step": 1}
    constants = [numpy_helper.from_array(np.array(value, np.int64), name) for name, value in whole.items()]
    constants.append(numpy_helper.from_array(weights, "weights"))
    constants += [numpy_helper.from_array(np.float32(v), n) for n, v in (("side", SIDE), ("half", SIDE / 2))]
    nodes = [
        node("Conv", ["images", "weights"], ["mean"], strides=[SIDE, SIDE]),  # (1, 1, h, w)
        node("Reshape", ["mean", "flat"], ["score"]),
        node("Shape", ["mean"], ["shape"]),
    ]
    for axis, start in (("y", 2), ("x", 3)):
        nodes += [
            node("Shape", ["mean"], [f"{axis}_n"], start=start, end=start + 1),
            node("Squeeze", [f"{axis}_n"], [f"{axis}_count"]),
            node("Range", ["nought", f"{axis}_count", "step"], [f"{axis}_index"]),
            node("Cast", [f"{axis}_index"], [f"{axis}_number"], to=kind),
            node("Mul", [f"{axis}_number", "side"], [f"{axis}_corner"]),
            node("Add", [f"{axis}_corner", "half"], [f"{axis}_centre"]),
            node("Unsqueeze", [f"{axis}_centre", f"axis_{axis}"], [f"{axis}_line"]),
            node("Expand", [f"{axis}_line", "shape"], [f"{axis}_grid"]),
            node("Reshape", [f"{axis}_grid", "flat"], [f"{axis}_all"]),
        ]
    nodes += [
        node("Sub", ["x_all", "x_all"], ["none"]),
        node("Add", ["none", "side"], ["size"]),
        node("Concat", ["x_all", "y_all", "size", "size", *["score"] * labels], ["output0"], axis=1),
    ]
    inputs = [helper.make_tensor_value_info("images", kind, [1, 3, "h", "w"])]
    outputs = [helper.make_tensor_value_info("output0", kind, None)]
    graph = helper.make_graph(nodes, "cells", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def cell_package(folder: Path, **card: Any) -> Path:  # noqa: ANN401
    """The package ``cells/1.0`` in ``folder``: one label ``firearm`` that the detail pass looks for."""
    folder.mkdir(parents=True)
    document = {
        "schema": 1,
        "name": "cells",
        "version": "1.0",
        "description": "Each dark cell is a firearm.",
        "licence": "AGPL-3.0-or-later",
        "encoding": "log-windows-1",
        "scout_height": 64,
        "detail_pitch_mm": 4.4,
        "labels": [{"name": "firearm", "group": "object", "passes": ["detail"]}],
    } | card
    (folder / "model.onnx").write_bytes(cell_network(len(document["labels"])))
    (folder / "card.yaml").write_text(yaml.safe_dump(document))
    write_checksums(folder)
    return folder


def cell_data(folder: Path, scans: int, seed: int, share: float = 0.7, faintest: float = 0.1) -> Path:
    """Simulated scans in the folder's form. One in eight cells is dark; it is a firearm with the probability ``share`` x darkness.

    Its darkness, from ``faintest`` to 1, is the score that a ``cell_package`` gives it. Below the cells lies an opaque floor, so
    that every scan shows what dark is.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(scans):
        rng = np.random.default_rng((seed, index))
        dark = np.where(rng.random((3, 8)) < 0.125, rng.uniform(faintest, 1.0, (3, 8)), 0.0)
        is_gun = rng.random((3, 8)) < share * dark
        grey = np.full((6 * SIDE, 10 * SIDE), 60000.0)  # a cell of open beam all around
        depth = np.vstack([SHALLOW_ATTENUATION * dark, np.full((1, 8), DEEP_ATTENUATION)])
        grey[SIDE:-SIDE, SIDE:-SIDE] *= np.exp(-np.kron(depth, np.ones((SIDE, SIDE))))
        cv2.imwrite(str(folder / f"c{index:04d}.tif"), np.round(grey).astype(np.uint16))
        truth = Truth(
            seed=seed,
            index=index,
            look="cal",
            width=10 * SIDE,
            height=6 * SIDE,
            pitch_mm=4.4,
            x_pitch_mm=4.4,
            energies_mv=(6.0,),
            containers=(),
            loads=(),
            objects=tuple(_gun(int(row), int(column)) for row, column in np.argwhere(is_gun)),
        )
        (folder / f"c{index:04d}.truth.json").write_text(truth.model_dump_json())
    return folder


def _gun(row: int, column: int) -> TruthObject:
    x, y = (column + 1) * SIDE, (row + 1) * SIDE
    return TruthObject(
        container=0,
        label="firearm",
        box=(x, y, x + SIDE, y + SIDE),
        mass_kg=1.0,
        materials=("steel",),
        place="load",
        cnr=9.0,
        visible=1.0,
        inspectable=True,
    )
