"""onnxruntime as an engine."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime

from scantally.detector.errors import ConfigError, PackageError
from scantally.detector.models.port import Runtime
from scantally.detector.types import ByteArray, FloatArray

PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider", "tensorrt": "TensorrtExecutionProvider"}
"""Names that ``--provider`` takes."""


class OrtEngine:
    """A network in onnxruntime. Implements ``Engine`` and ``Extractor``."""

    def __init__(self, model: bytes, source: str, provider: str = "cpu", threads: int | None = None) -> None:
        """Load a network.

        Raises:
            ConfigError: the provider is unknown, not installed, or not really in use once loaded.
            PackageError: the bytes are not a network with the expected input and output.
        """
        if provider not in PROVIDERS:
            raise ConfigError("--provider", f"expected one of {', '.join(PROVIDERS)}, got '{provider}'")
        self._provider = PROVIDERS[provider]
        options = onnxruntime.SessionOptions()
        # onnxruntime counts the machine's cores, not those that a container or an affinity mask leaves to this process.
        options.intra_op_num_threads = threads or usable_cores()
        options.inter_op_num_threads = 1
        # Sizes differ from scan to scan: a memory pattern for each would only grow.
        options.enable_mem_pattern = False
        options.log_severity_level = 3
        if self._provider not in onnxruntime.get_available_providers():
            available = ", ".join(k for k, v in PROVIDERS.items() if v in onnxruntime.get_available_providers())
            raise ConfigError(
                "--provider", f"'{provider}' is not available in this installation (available: {available})"
            )
        try:
            self._session = onnxruntime.InferenceSession(model, options, providers=[self._provider])
        except Exception as e:
            raise PackageError(source, f"expected an ONNX network that onnxruntime loads: {e}") from e
        # It falls back to the CPU silently; asked-for and used must be the same.
        if self._provider not in self._session.get_providers():
            raise ConfigError("--provider", f"'{provider}' was asked for but onnxruntime fell back to another")
        inputs, outputs = self._session.get_inputs(), self._session.get_outputs()
        if len(inputs) != 1 or not outputs:
            raise PackageError(source, f"expected a network with one input, got {len(inputs)}")
        self._source = source
        self._input, self._output = inputs[0].name, outputs[0].name
        self._extras = tuple(x.name for x in outputs[1:])
        # What is not asked for is not computed: neck maps and embeddings cost an inspection nothing.
        self._asked = onnxruntime.RunOptions()
        self._asked.only_execute_path_to_fetches = True

    def describe(self) -> Runtime:
        """See ``Engine``."""
        return Runtime(name="onnxruntime", version=onnxruntime.__version__, provider=self._provider)

    def metadata(self) -> dict[str, str]:
        """Key and value strings stored in the network's file."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    @property
    def extras(self) -> tuple[str, ...]:
        """See ``Extractor``."""
        return self._extras

    def run(self, picture_HW3: ByteArray) -> FloatArray:
        """See ``Engine``."""
        return np.asarray(self._fetch(picture_HW3, [self._output])[0].T, np.float32)

    def extract(self, picture_HW3: ByteArray, names: Sequence[str]) -> dict[str, FloatArray]:
        """See ``Extractor``."""
        self._require(names)
        found = self._fetch(picture_HW3, list(names)) if names else []
        return {name: np.asarray(value, np.float32) for name, value in zip(names, found, strict=True)}

    def run_with(self, picture_HW3: ByteArray, names: Sequence[str]) -> tuple[FloatArray, dict[str, FloatArray]]:
        """See ``Extractor``."""
        self._require(names)
        rows, *found = self._fetch(picture_HW3, [self._output, *names])
        extras = {name: np.asarray(value, np.float32) for name, value in zip(names, found, strict=True)}
        return np.asarray(rows.T, np.float32), extras

    def _require(self, names: Sequence[str]) -> None:
        missing = [name for name in names if name not in self._extras]
        if missing:
            there = ", ".join(self._extras) or "none"
            raise PackageError(
                self._source, f"expected an output '{missing[0]}' beside the detections (there: {there})"
            )

    def _fetch(self, picture_HW3: ByteArray, names: list[str]) -> list[FloatArray]:
        """These outputs for one picture, each without the axis of the batch."""
        tensor = np.ascontiguousarray(picture_HW3.transpose(2, 0, 1)[None], np.float32)
        tensor /= np.float32(255.0)
        return [value[0] for value in self._session.run(names, {self._input: tensor}, self._asked)]

    def close(self) -> None:
        """See ``Engine``."""
        del self._session


def usable_cores() -> int:
    """Cores that this process may use: affinity mask and cgroup v2 limit."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except (OSError, ValueError):
        return cores
    return cores if quota == "max" else max(1, min(cores, int(quota) // int(period)))
