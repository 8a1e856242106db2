"""Training in bfloat16 on a CPU: docs/decisions/0006-training-in-bf16.md."""

from pathlib import Path
from typing import Any

import torch
from ultralytics.nn.tasks import DetectionModel


class Bf16DetectionModel(DetectionModel):  # type: ignore[misc,unused-ignore]
    """A detection model whose training forward runs in bfloat16; loss and evaluation stay in float32."""

    def predict(self, x: torch.Tensor, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (ultralytics' own signature)
        """Forward pass; see ultralytics."""
        if not self.training:
            return super().predict(x, *args, **kwargs)
        with torch.autocast(x.device.type, torch.bfloat16):
            return _to_float(super().predict(x, *args, **kwargs))


CPU_INFO = Path("/proc/cpuinfo")


def multiplies_bf16(cpu_info: Path) -> bool:
    """Whether the processor has instructions for bfloat16: without them PyTorch emulates it, some twenty times slower.

    Args:
        cpu_info: A text in the form of Linux's ``/proc/cpuinfo``; where there is none, the answer is no.
    """
    try:
        lines = cpu_info.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    # "flags" on x86, "Features" on ARM
    flags = {flag for line in lines if line.startswith(("flags", "Features")) for flag in line.split()}
    return bool(flags & {"avx512_bf16", "amx_bf16", "bf16"})


def _to_float(value: Any) -> Any:  # noqa: ANN401 (a tree of tensors)
    if isinstance(value, torch.Tensor):
        return value.float() if value.is_floating_point() else value
    if isinstance(value, dict):
        return {k: _to_float(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_to_float(v) for v in value)
    return value
