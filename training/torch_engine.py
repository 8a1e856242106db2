"""A checkpoint as an engine: torch itself, to hold exported networks against."""

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("YOLO_AUTOINSTALL", "false")

import numpy as np
import torch
from numpy.typing import NDArray
from ultralytics import YOLO

from scantally.detector.errors import ConfigError
from scantally.detector.models.port import Runtime
from scantally.detector.types import ByteArray, FloatArray
from scantally.training.neck import EMBEDDING, FEATURES, Neck


class TorchEngine:
    """A trained network in torch, on the CPU in float32. Implements ``Engine``, and ``extract`` as ``Extractor`` has it."""

    def __init__(self, checkpoint: Path) -> None:
        """Load a checkpoint of ultralytics."""
        model = YOLO(str(checkpoint))
        self.names: list[str] = list(model.names.values())
        self._model = model.model.eval().float()
        self.neck = _neck(self._model)

    def describe(self) -> Runtime:
        """See ``Engine``."""
        return Runtime(name="torch", version=str(torch.__version__), provider="cpu")

    def run(self, picture_HW3: ByteArray) -> FloatArray:
        """See ``Engine``."""
        output = self._forward(picture_HW3)
        found = output[0] if isinstance(output, (tuple, list)) else output
        return np.asarray(found[0].numpy().T, np.float32)

    def extract(self, picture_HW3: ByteArray) -> dict[str, FloatArray]:
        """Neck map and embedding of one picture; see ``Extractor``."""
        caught: list[list[torch.Tensor]] = []
        hook = self._model.model[self.neck.head].register_forward_pre_hook(
            lambda _, given: caught.append(list(given[0]))
        )
        try:
            self._forward(picture_HW3)
        finally:
            hook.remove()
        maps = caught[0]
        embedding = torch.cat([x.mean(dim=(2, 3)) for x in maps], dim=1)
        return {FEATURES: maps[self.neck.middle][0].numpy(), EMBEDDING: embedding[0].numpy()}

    def state(self) -> dict[str, NDArray[Any]]:
        """The weights by name."""
        return {name: tensor.numpy() for name, tensor in self._model.state_dict().items()}

    def form(self) -> dict[str, Any]:
        """How the network is built: what ultralytics' ``DetectionModel`` takes as ``cfg``."""
        form = getattr(self._model, "yaml", None)
        if not isinstance(form, dict):
            raise ConfigError("checkpoint", "does not say how its network is built: expected one that a training wrote")
        return dict(form)

    def close(self) -> None:
        """See ``Engine``."""
        del self._model

    def _forward(self, picture_HW3: ByteArray) -> Any:  # noqa: ANN401 (ultralytics' own)
        tensor = torch.from_numpy(picture_HW3.transpose(2, 0, 1)[None].copy()).float() / 255
        with torch.no_grad():
            return self._model(tensor)


def _neck(model: Any) -> Neck:  # noqa: ANN401 (ultralytics' own)
    head = model.model[-1]
    return Neck(
        head=len(model.model) - 1,
        layers=tuple(int(x) for x in head.f),
        channels=tuple(int(branch[0].conv.in_channels) for branch in head.cv2),
        strides=tuple(int(x) for x in head.stride),
    )
