"""The only module that calls ultralytics' trainer, and what we change in it."""

import os
import traceback
from collections.abc import Callable, Mapping
from copy import copy
from pathlib import Path
from typing import Any, NoReturn

os.environ.setdefault("YOLO_OFFLINE", "1")
os.environ.setdefault("YOLO_AUTOINSTALL", "false")

import torch
from ultralytics.models.yolo.detect import DetectionTrainer, DetectionValidator
from ultralytics.nn.tasks import DetectionModel
from ultralytics.utils.nms import non_max_suppression
from ultralytics.utils.torch_utils import strip_optimizer

from scantally.training.bf16 import CPU_INFO, Bf16DetectionModel, multiplies_bf16
from scantally.training.config import TrainConfig
from scantally.training.overrides import device_of, overrides_of
from scantally.training.processes import FAILED, STOPPED, join, leave, rank, speaks, train_in_parts
from scantally.training.progress import EPOCHS, INTERRUPTED, Progress
from scantally.training.resume import STATE, epochs_done, load_state, save_state, seed_epoch
from scantally.training.surroundings import alone, quiet, stopped_by_signals

Watch = Callable[[Mapping[str, float]], None]

WHEN_STOPPED = "when_stopped"
"""A callback of ours beside ultralytics': the training was stopped. Callbacks go along to the parts of a training on several GPUs."""

FIT, LAST = "fit", Path("weights", "last.pt")
"""In a run's folder: ultralytics' own folder, and in that the final weights."""


class ScanTrainer(DetectionTrainer):  # type: ignore[misc,unused-ignore]
    """ultralytics' trainer that goes on exactly where it was cut off. Its state lies beside ``save_dir``, which is ultralytics' own.

    Of a training on several GPUs it is the whole, which begins the parts, and each of them.
    """

    bf16 = False
    """Whether the forward pass runs in bfloat16, with channels last in memory: 0.10 s a 672 px picture of yolov8n on two
    cores with bfloat16 instructions against 0.12 s with channels first. A class of its own, as DDP rebuilds trainers by class."""

    last: Path
    best: Path

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (ultralytics' own arguments)
        if rank() >= 0:
            join()
        super().__init__(*args, **kwargs)

    def train(self) -> None:
        """Train here, or in parts, or as one of them."""
        if self.ddp:
            train_in_parts(self)
        elif rank() == -1:
            super().train()
        else:
            self._train_as_part()

    def _train_as_part(self) -> NoReturn:
        """What stops the whole is sent on to the first part, which has the averaged weights."""
        code = 0
        with stopped_by_signals():
            try:
                super().train()
            except KeyboardInterrupt:
                code = STOPPED
                if speaks():
                    self.run_callbacks(WHEN_STOPPED)
            except Exception:  # noqa: BLE001 (the whole learns of it by what is said and the exit code)
                # At once: while it tidied up, the others would learn that it is gone, and might end before it with an error of their own.
                traceback.print_exc()
                leave(FAILED)
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()
        leave(code)

    @property
    def state_file(self) -> Path:
        """Where the state is."""
        return Path(self.save_dir).parent / STATE

    def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> DetectionModel:  # noqa: ANN401
        """Build the model from ``cfg`` and load ``weights``; see ultralytics."""
        cfg = as_detector(cfg)
        if not self.bf16:
            return super().get_model(cfg, weights, False)
        model = self.set_model_names_for_load(
            Bf16DetectionModel(cfg, nc=self.data["nc"], ch=self.data["channels"], verbose=False)
        )
        if weights:
            model.load(weights)
        return model.to(memory_format=torch.channels_last)

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """A batch as ultralytics prepares it; for bfloat16 with the pictures' channels last in memory."""
        ready: dict[str, Any] = super().preprocess_batch(batch)
        if self.bf16:
            ready["img"] = ready["img"].contiguous(memory_format=torch.channels_last)
        return ready

    def get_validator(self) -> DetectionValidator:
        """What measures the figures of an epoch."""
        return _PatientValidator(
            self.test_loader, save_dir=self.save_dir, args=copy(self.args), _callbacks=self.callbacks
        )

    def resume_training(self, ckpt: Any) -> None:  # noqa: ANN401
        """Called by ultralytics when all is set up: take up the state that is there."""
        self.start_epoch = load_state(self, self.state_file)

    def _model_train(self) -> None:
        """Called by ultralytics at the start of every epoch."""
        super()._model_train()
        seed_epoch(self, self.epoch)

    def save_model(self) -> bool:
        """Write the averaged weights, and the state to go on from; neither is ever seen half written."""
        self.write_weights(self.last)
        save_state(self, self.state_file)
        return True

    def write_weights(self, path: Path) -> None:
        """The averaged weights as they are now, in ultralytics' form."""
        last, best, part = self.last, self.best, path.with_suffix(".part")
        self.last, self.best = part, part
        try:
            super().save_model()
        finally:
            self.last, self.best = last, best
        part.replace(path)

    def final_eval(self) -> None:
        """The last weights are taken, never the best of many by validation, so that a held-out part stays held out."""
        if speaks():
            _strip(self.last)


class _PatientValidator(DetectionValidator):  # type: ignore[misc,unused-ignore]
    """One whose figures do not depend on how busy the machine is: ultralytics' drops what it finds after so many seconds."""

    def postprocess(self, preds: torch.Tensor) -> list[dict[str, torch.Tensor]]:
        """Suppress doubles of (N, 4 + L, A) predictions: a mapping of boxes, scores and classes for each picture."""
        found = non_max_suppression(
            preds,
            self.args.conf,
            self.args.iou,
            multi_label=True,
            agnostic=self.args.single_cls or self.args.agnostic_nms,
            max_det=self.args.max_det,
            end2end=self.end2end,
            max_time_img=float("inf"),
        )
        return [{"bboxes": x[:, :4], "conf": x[:, 4], "cls": x[:, 5], "extra": x[:, 6:]} for x in found]


class Bf16Trainer(ScanTrainer):
    """Trains a ``Bf16DetectionModel``."""

    bf16 = True


def fit(
    config: TrainConfig,
    weights: Path,
    data_yaml: Path,
    out: Path,
    validate: bool,
    say: Callable[[str], None],
    watch: Watch | None = None,
) -> Path:
    """Train, or go on with a training that was cut off, and return the path of the final averaged weights.

    ``watch`` is told the figures of every epoch as it ends, unless several GPUs train in processes of their own.

    Raises:
        ConfigError: the GPUs that the configuration names are not there.
        KeyboardInterrupt: it was stopped by Ctrl-C or SIGTERM; the weights so far are in ``weights/interrupted.pt``.
    """
    last = out / LAST
    if is_done(config, out.parent):
        say(f"{out.parent.name}: trained already")
        with quiet():
            _strip(last)
        return last
    o = config.optimiser
    if (out.parent / STATE).is_file() and not epochs_done(out.parent / STATE, o.epochs, config.seed):
        say(f"{out.parent / STATE} is damaged, or of another training: this one begins anew")
    bf16 = o.bf16 and device_of(o) == "cpu" and multiplies_bf16(CPU_INFO)
    with alone(), quiet(), stopped_by_signals():
        trainer = (Bf16Trainer if bf16 else ScanTrainer)(
            overrides=overrides_of(config, weights, data_yaml, out, validate)
        )
        _follow(trainer, Progress(o.epochs, say, out.parent / EPOCHS), say, None if trainer.ddp else watch)
        try:
            trainer.train()
        except KeyboardInterrupt:
            if not trainer.ddp:
                trainer.run_callbacks(WHEN_STOPPED)
            raise
    return last


def is_done(config: TrainConfig, run: Path) -> bool:
    """Whether a run has all its epochs behind it and its weights are there."""
    done = epochs_done(run / STATE, config.optimiser.epochs, config.seed)
    return (run / FIT / LAST).is_file() and done >= config.optimiser.epochs


def as_detector(form: Any) -> Any:  # noqa: ANN401 (a network's form as ultralytics has it: a mapping, a name or None)
    """The form of a network with a head that detects: of a network for poses the backbone and neck stay, and its keypoints go."""
    if not isinstance(form, dict) or form.get("head", [[None] * 4])[-1][2] != "Pose":
        return form
    *head, last = form["head"]
    kept = {key: value for key, value in form.items() if key != "kpt_shape"}
    return kept | {"head": [*head, [last[0], last[1], "Detect", ["nc"]]]}


def _follow(trainer: ScanTrainer, progress: Progress, say: Callable[[str], None], watch: Watch | None = None) -> None:
    """Say and write how far the training is; of several parts the first one does."""
    counted = {"batch": 0}

    def start(t: ScanTrainer) -> None:
        if t.device.type == "cpu" and rank() == -1:
            # ultralytics leaves one core idle; on two cores that is half the speed.
            torch.set_num_threads(len(os.sched_getaffinity(0)))
        if not speaks():
            return
        if t.start_epoch:
            say(f"going on after epoch {t.start_epoch} of {t.epochs}")
        progress.begin(t.start_epoch, len(t.train_loader))

    def epoch_start(t: ScanTrainer) -> None:
        counted["batch"] = 0

    def batch_end(t: ScanTrainer) -> None:
        counted["batch"] += 1
        if speaks():
            progress.batch(t.epoch, counted["batch"], {k: float(v) for k, v in (t.tloss or {}).items()})

    def epoch_end(t: ScanTrainer) -> None:
        if not speaks():
            return
        measured = t.metrics if t.args.val else {}
        row = progress.epoch(t.epoch, {**t.label_loss_items(t.tloss), **measured, **t.lr})
        if watch is not None:
            watch(row)

    trainer.add_callback("on_train_start", start)
    trainer.add_callback("on_train_epoch_start", epoch_start)
    trainer.add_callback("on_train_batch_end", batch_end)
    trainer.add_callback("on_fit_epoch_end", epoch_end)
    trainer.add_callback("teardown", lambda t: progress.end())
    trainer.add_callback(WHEN_STOPPED, lambda t: _leave_weights(t, say))


def _leave_weights(trainer: ScanTrainer, say: Callable[[str], None]) -> None:
    """What was learnt so far, for whoever needs a model now; the run itself goes on from its last whole epoch."""
    if trainer.ema is None or not trainer.ema.updates:
        say("stopped before anything was learnt; the same command begins anew")
        return
    path = Path(trainer.wdir) / INTERRUPTED
    trainer.write_weights(path)
    _strip(path)
    say(f"stopped; the weights so far are in {path}, and the same command goes on from the last whole epoch")


def _strip(path: Path) -> None:
    """Keep only what inference needs of a checkpoint; the file is never seen half written."""
    part = path.with_suffix(".part")
    strip_optimizer(path, s=str(part))
    part.replace(path)
