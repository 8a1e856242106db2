"""An INT8 variant of a network: static quantisation (QDQ) by onnxruntime, with pictures encoded as inference encodes them."""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static

from scantally.detector.types import ByteArray, FloatArray


class PictureReader(CalibrationDataReader):  # type: ignore[misc,unused-ignore]
    """Hands encoded pictures to onnxruntime's calibration, one at a time."""

    def __init__(self, pictures: Iterator[ByteArray], name: str) -> None:
        self._pictures, self._name = pictures, name
        self.count = 0

    def get_next(self) -> dict[str, FloatArray] | None:
        """The next picture as the network's input, (1, 3, H, W) in [0, 1]; None after the last."""
        picture = next(self._pictures, None)
        if picture is None:
            return None
        self.count += 1
        return {self._name: np.ascontiguousarray(picture.transpose(2, 0, 1)[None], np.float32) / np.float32(255)}


def quantise(network: bytes, pictures: Iterator[ByteArray]) -> tuple[bytes, int]:
    """The network with its convolutions in INT8, but for those of the head, and the number of pictures that were used.

    The head stays in float32: its scores and box distances are what eight bits hurt most.

    Raises:
        ValueError: there are no pictures.
    """
    model = onnx.load_from_string(network)
    reader = PictureReader(pictures, model.graph.input[0].name)
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        source.write_bytes(network)
        logging.getLogger("root").setLevel(logging.ERROR)
        quantize_static(
            str(source),
            str(target),
            reader,
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=head_nodes(model),
            calibrate_method=CalibrationMethod.MinMax,
        )
        quantised = onnx.load(str(target))
    del quantised.metadata_props[:]
    onnx.helper.set_model_props(quantised, {x.key: x.value for x in model.metadata_props})
    quantised.producer_name, quantised.doc_string = "scantally", ""
    return quantised.SerializeToString(), reader.count


def head_nodes(model: onnx.ModelProto) -> list[str]:
    """The nodes of the network's last layer, which ultralytics names by its number."""
    numbers = [
        int(x.name.split("/")[1].removeprefix("model.")) for x in model.graph.node if x.name.startswith("/model.")
    ]
    last = f"/model.{max(numbers, default=-1)}/"
    return [x.name for x in model.graph.node if x.name.startswith(last)]
