"""The outputs beside the detections: a map of the network's neck, and an embedding pooled from all its levels."""

from collections.abc import Sequence
from dataclasses import dataclass

import onnx
from onnx import TensorProto, helper

FEATURES = "features"
EMBEDDING = "embedding"


@dataclass(frozen=True, kw_only=True, slots=True)
class Neck:
    """What feeds the head: for each of its levels, finest first, the layer, its channels and its stride in pixels."""

    head: int
    layers: tuple[int, ...]
    channels: tuple[int, ...]
    strides: tuple[int, ...]

    @property
    def middle(self) -> int:
        """The level whose map is the output ``features``."""
        return len(self.layers) // 2


def with_neck_outputs(network: onnx.ModelProto, neck: Neck) -> None:
    """Add the outputs ``features`` and ``embedding`` to a network that was exported with its layers' names, in place.

    Raises:
        ValueError: the neck's levels cannot be told in the network.
    """
    maps = [_map_of(network, layer, neck.head) for layer in neck.layers]
    graph = network.graph
    node = helper.make_node
    graph.node.append(node("Identity", [maps[neck.middle]], [FEATURES], name="/features"))
    pooled = []
    for number, name in enumerate(maps):
        graph.node.append(node("GlobalAveragePool", [name], [f"/embedding/{number}"], name=f"/embedding/pool{number}"))
        pooled.append(f"/embedding/{number}")
    graph.node.append(node("Concat", pooled, ["/embedding/levels"], name="/embedding/concat", axis=1))
    graph.node.append(node("Flatten", ["/embedding/levels"], [EMBEDDING], name="/embedding/flatten", axis=1))
    _declare(graph, FEATURES, ["batch", neck.channels[neck.middle], "rows", "columns"])
    _declare(graph, EMBEDDING, ["batch", sum(neck.channels)])


def _declare(graph: onnx.GraphProto, name: str, shape: Sequence[int | str]) -> None:
    graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)))


def _map_of(network: onnx.ModelProto, layer: int, head: int) -> str:
    """The tensor that a layer hands to the head."""
    inside = {o for x in network.graph.node if x.name.startswith(f"/model.{layer}/") for o in x.output}
    taken = {
        i for x in network.graph.node if x.name.startswith(f"/model.{head}/") and x.op_type == "Conv" for i in x.input
    }
    found = sorted(inside & taken)
    if len(found) != 1:
        raise ValueError(f"expected one map from layer {layer} to the head, found {len(found)}")
    name: str = found[0]
    return name
