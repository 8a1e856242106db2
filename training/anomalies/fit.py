"""Fitting the head: what is usual in the map, then three small convolutions that tell solids from all else."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from scantally.detector.models.anomaly_head import DISTANCES, STATISTICS, Head, described, inputs_of
from scantally.training.anomalies.samples import LEFT_OUT, STRANGE, USUAL, Sample

AXES = 32
HIDDEN = 48
LAYERS = 3
CELLS_A_SAMPLE = 200
"""Cells of each view from which is learnt what is usual."""

EPOCHS = 14
BATCH = 4
RATE = 2e-3
DECAY = 1e-2
DROPPED = 0.1
WIDE = 80
"""Columns of a view that one step sees."""

FOCUS = 2.0
"""Focal loss (Lin et al. 2017): cells that are told well already count little."""

USUAL_WEIGHT = 0.35
STRAIGHT = (0.4, 0.0, 0.0, 0.3)
"""Log odds for each standard deviation of a distance: nearest single cell, third nearest; nearest mean of 3 x 3, third nearest."""

LEAST_CELLS = 100
START = -4.0
"""Log odds before anything was learnt: strange cells are rare."""

Half = NDArray[np.float16]
Pair = tuple[Half, NDArray[np.int8]]


class Net(nn.Module):
    """The head as torch fits it; ``head_of`` turns it into arrays."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.drop = nn.Dropout2d(DROPPED)
        self.first = nn.Conv2d(inputs, HIDDEN, 1)
        self.middle = nn.ModuleList([nn.Conv2d(HIDDEN, HIDDEN, 3, padding=2**k, dilation=2**k) for k in range(LAYERS)])
        self.last = nn.Conv2d(HIDDEN, 1, 1)
        nn.init.constant_(self.last.bias if self.last.bias is not None else torch.zeros(1), START)

    def forward(self, inputs_BIHW: torch.Tensor) -> torch.Tensor:
        """Log odds, (B, h, w)."""
        cells = torch.relu(self.first(self.drop(inputs_BIHW)))
        for layer in self.middle:
            cells = torch.relu(layer(cells))
        answer: torch.Tensor = self.last(cells)[:, 0]
        return answer


def usual(samples: Sequence[Sample], seed: int = 0) -> Head:
    """Mean, deviation and principal axes of the map where nothing strange is; the rest of the head says nothing yet.

    Axes are divided by the root of their deviation, half way to making all alike: the first hold most of what loads differ in, and the
    last are noise.
    """
    rng = np.random.default_rng(seed)
    cells_NC = np.concatenate([_usual_cells(one, rng) for one in samples]).astype(np.float64)
    mean_C, deviation_C = cells_NC.mean(axis=0), np.maximum(cells_NC.std(axis=0), 1e-4)
    normal_NC = (cells_NC - mean_C) / deviation_C
    values_C, vectors_CC = np.linalg.eigh(normal_NC.T @ normal_NC / len(normal_NC))
    order = np.argsort(values_C)[::-1][: min(AXES, values_C.size)]
    scale_K = np.maximum(values_C[order], 1e-6) ** 0.25
    channels, axes = mean_C.size, order.size
    return Head(
        mean_C=mean_C.astype(np.float32),
        deviation_C=deviation_C.astype(np.float32),
        axes_CK=(vectors_CC[:, order] / scale_K).astype(np.float32),
        first_IM=np.zeros((inputs_of(channels, axes), HIDDEN), np.float32),
        first_M=np.zeros(HIDDEN, np.float32),
        middle_L33MM=np.zeros((LAYERS, 3, 3, HIDDEN, HIDDEN), np.float32),
        middle_LM=np.zeros((LAYERS, HIDDEN), np.float32),
        last_M=np.zeros(HIDDEN, np.float32),
        last=START,
        straight_D=np.zeros(DISTANCES, np.float32),
    )


def _usual_cells(sample: Sample, rng: np.random.Generator) -> NDArray[np.float32]:
    cells = np.flatnonzero((sample.target_HW == USUAL).ravel())
    picked = rng.choice(cells, min(CELLS_A_SAMPLE, cells.size), replace=False)
    flat_CN = sample.features_CHW.reshape(sample.features_CHW.shape[0], -1)
    return np.asarray(flat_CN[:, picked].T, np.float32)


def fit(samples: Sequence[Sample], say: Callable[[str], None], epochs: int = EPOCHS, seed: int = 0) -> Head:
    """A head that tells the solids of these samples from everything else in them.

    Raises:
        ValueError: no sample has a strange cell.
    """
    if not samples:  # the network saw no container in any of the scans
        raise ValueError("no solid could be projected into these scans")
    base = usual(samples, seed)
    pairs = [_pair(one, base) for one in samples if np.count_nonzero(one.inside_HW) >= LEAST_CELLS]
    if not any((target == STRANGE).any() for _, target in pairs):
        raise ValueError("no solid could be projected into these scans")
    torch.manual_seed(seed)
    net, rng = Net(base.inputs), np.random.default_rng(seed)
    batch = min(BATCH, len(pairs))
    steps = epochs * (len(pairs) // batch)
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps + 1)
    for epoch in range(epochs):
        losses = []
        order = rng.permutation(len(pairs))
        for first in range(0, len(order) - batch + 1, batch):
            loss = _loss(net, [pairs[int(k)] for k in order[first : first + batch]], rng)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
        say(f"head: epoch {epoch + 1} of {epochs}, loss {np.mean(losses):.3f}")
    return head_of(net.eval(), base, straight(pairs))


def _pair(sample: Sample, head: Head) -> Pair:
    inputs = described(
        sample.features_CHW.astype(np.float32), sample.statistics_HW9.astype(np.float32), sample.inside_HW, head
    )
    return inputs.transpose(2, 0, 1).astype(np.float16), sample.target_HW


def _loss(net: Net, pairs: Sequence[Pair], rng: np.random.Generator) -> torch.Tensor:
    """Focal loss over parts of some views, each mirrored half of the time."""
    rows = max(inputs.shape[1] for inputs, _ in pairs)
    parts = [_part(inputs, target, rows, rng) for inputs, target in pairs]
    odds = net(torch.from_numpy(np.stack([x for x, _ in parts]).astype(np.float32)))
    target = torch.from_numpy(np.stack([t for _, t in parts]).astype(np.int64))
    used = target != LEFT_OUT
    odds, truth = odds[used], (target[used] == STRANGE).float()
    right = torch.sigmoid(torch.where(truth > 0, odds, -odds))
    each = nn.functional.binary_cross_entropy_with_logits(odds, truth, reduction="none")
    weight = torch.where(truth > 0, 1.0, USUAL_WEIGHT) * (1.0 - right) ** FOCUS
    total: torch.Tensor = (each * weight).sum() / (20.0 * len(pairs) + truth.sum())
    return total


def _part(inputs: Half, target: NDArray[np.int8], rows: int, rng: np.random.Generator) -> Pair:
    """``WIDE`` columns, mostly with a strange cell among them, padded below and beside."""
    columns = target.shape[1]
    strange = np.flatnonzero((target == STRANGE).any(axis=0))
    if strange.size and rng.random() < 0.8:
        first = int(strange[rng.integers(strange.size)]) - int(rng.integers(WIDE))
    else:
        first = int(rng.integers(-8, max(1, columns - WIDE + 8)))
    first = int(np.clip(first, 0, max(0, columns - WIDE)))
    part_IHW = np.zeros((inputs.shape[0], rows, WIDE), np.float16)
    part_HW = np.full((rows, WIDE), LEFT_OUT, np.int8)
    cut = target[:, first : first + WIDE]
    part_IHW[:, : cut.shape[0], : cut.shape[1]] = inputs[:, :, first : first + WIDE]
    part_HW[: cut.shape[0], : cut.shape[1]] = cut
    return (part_IHW[:, :, ::-1], part_HW[:, ::-1]) if rng.random() < 0.5 else (part_IHW, part_HW)


def straight(pairs: Sequence[Pair]) -> NDArray[np.float32]:
    """How much the distances count by themselves, (4,): STRAIGHT for a standard deviation of each over usual cells."""
    usual_ND = np.concatenate([_distances(inputs)[:, target == USUAL].T for inputs, target in pairs]).astype(np.float64)
    return np.asarray(np.array(STRAIGHT) / np.maximum(usual_ND.std(axis=0), 1e-3), np.float32)


def _distances(inputs: Half) -> Half:
    return inputs[-STATISTICS - DISTANCES : -STATISTICS]


def head_of(net: Net, base: Head, straight_D: NDArray[np.float32]) -> Head:
    """The fitted net as arrays, with what is usual from ``base``."""

    weights = {name: np.asarray(value.detach().numpy(), np.float32) for name, value in net.state_dict().items()}
    return Head(
        mean_C=base.mean_C,
        deviation_C=base.deviation_C,
        axes_CK=base.axes_CK,
        first_IM=np.ascontiguousarray(weights["first.weight"][:, :, 0, 0].T),
        first_M=weights["first.bias"],
        middle_L33MM=np.stack([weights[f"middle.{k}.weight"].transpose(2, 3, 1, 0) for k in range(LAYERS)]),
        middle_LM=np.stack([weights[f"middle.{k}.bias"] for k in range(LAYERS)]),
        last_M=weights["last.weight"][0, :, 0, 0],
        last=float(weights["last.bias"][0]),
        straight_D=straight_D,
    )
