"""A configuration as ultralytics' trainer takes it."""

from pathlib import Path
from typing import Any

import torch

from scantally.detector.errors import ConfigError
from scantally.training.config import Optimiser, TrainConfig

BF16_FROM = (8, 0)
"""The compute capability of Ampere, the first with units for bfloat16 (NVIDIA, CUDA C Programming Guide, compute capabilities)."""


def overrides_of(config: TrainConfig, weights: Path, data_yaml: Path, out: Path, validate: bool) -> dict[str, Any]:
    """Every setting of ultralytics that is not left to its default.

    Raises:
        ConfigError: the configuration names a GPU that is not there.
    """
    o = config.optimiser
    return {
        "model": str(weights),
        "data": str(data_yaml),
        "project": str(out.parent.resolve()),
        "name": out.name,
        "exist_ok": True,
        "device": device_of(o),
        "imgsz": config.canvas,
        "epochs": o.epochs,
        "batch": o.batch,
        "nbs": o.batch,
        "workers": o.workers,
        "seed": config.seed,
        "optimizer": "AdamW",
        "lr0": o.lr0,
        "lrf": o.lrf,
        "cos_lr": True,
        "warmup_epochs": o.warmup_epochs,
        "weight_decay": o.weight_decay,
        "scale": o.scale,
        "translate": o.translate,
        "fliplr": o.fliplr,
        # Not true to X-rays: channels are no colours, cargo does not hang upside down, and canvases are packed already.
        **dict.fromkeys(
            ("hsv_h", "hsv_s", "hsv_v", "flipud", "mosaic", "mixup", "cutmix", "copy_paste", "erasing"), 0.0
        ),
        # Else ultralytics adds its own: grey conversion, equalised histograms. Ours act before encoding (training.augment).
        "augmentations": [],
        "close_mosaic": 0,
        "amp": _mixed_precision(o),
        "cls_remap": False,
        "cache": False,
        "val": validate,
        "plots": False,
        "save": True,
        "patience": 0,
    }


def _mixed_precision(o: Optimiser) -> str | bool:
    """What runs beside float32 on the GPUs: bfloat16 where each of them has units for it, as a CPU has instructions.

    Never float16: ultralytics would fetch a network first to see whether the GPU is one that spoils it.
    """
    device = device_of(o)
    if device == "cpu" or not o.bf16:
        return False
    able = all(torch.cuda.get_device_capability(int(x)) >= BF16_FROM for x in device.split(","))
    return "bf16" if able else False


def require_device(o: Optimiser) -> None:
    """Raise ConfigError where the configuration names a GPU that is not there."""
    device_of(o)


def device_of(o: Optimiser) -> str:
    """ultralytics' word for the device.

    Raises:
        ConfigError: a GPU that is not there.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if o.device == "auto":
        return "0" if count else "cpu"
    if o.device != "cpu" and max(int(x) for x in o.device.split(",")) >= count:
        raise ConfigError(
            "optimiser.device", f"expected GPUs below {count}, as this machine has {count}, got '{o.device}'"
        )
    return o.device
