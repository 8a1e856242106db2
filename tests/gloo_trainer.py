# ruff: noqa: ANN401 (ultralytics' and torch's own signatures)
"""Two processes on a CPU that train together as two GPUs do: ours and ultralytics' code as it is, with gloo in NCCL's place."""

import datetime
import functools
from typing import Any

import torch
from torch import distributed, nn

from scantally.training import processes
from scantally.training.trainer import ScanTrainer

COUNT = 2


class GlooTrainer(ScanTrainer):
    """A trainer that takes a CPU for two GPUs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.world_size = COUNT
        self.ddp = processes.rank() == -1

    def _setup_ddp(self) -> None:
        self.device = torch.device("cpu")
        distributed.init_process_group(
            backend="gloo", timeout=datetime.timedelta(seconds=300), rank=processes.rank(), world_size=COUNT
        )

    def _setup_train(self) -> None:
        whole = nn.parallel.DistributedDataParallel

        @functools.wraps(whole)
        def without_devices(module: nn.Module, device_ids: Any = None, **kwargs: Any) -> nn.Module:
            return whole(module, **kwargs)

        nn.parallel.DistributedDataParallel = without_devices  # type: ignore[assignment,misc]
        try:
            super()._setup_train()
        finally:
            nn.parallel.DistributedDataParallel = whole  # type: ignore[misc]


class FailingTrainer(GlooTrainer):
    """One whose second part fails within the first epoch, while the first one waits for it."""

    def optimizer_step(self) -> None:
        if processes.rank() == 1:
            raise RuntimeError("this GPU has had enough")
        super().optimizer_step()


class SlowTrainer(GlooTrainer):
    """One that takes its time over each batch."""

    def optimizer_step(self) -> None:
        import time

        super().optimizer_step()
        time.sleep(0.5)
