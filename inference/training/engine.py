"""One training: optimiser, schedule, average, validation each epoch, exact resume, NaN raises."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from inference.networks.multitask import MultiTaskNetwork, TrainingOutput
from inference.training.batches import Batch, TrainingBatches
from inference.training.config import OptimConfig
from inference.training.distributed import ALONE, World
from inference.training.ema import MovingAverage
from inference.training.errors import LossNotFinite, ResumeRefused, TrainingStopped
from inference.training.freezing import set_trainable
from inference.training.history import LOG, EpochRow, read_log, write_log
from inference.training.losses import Criterion, composite_loss, criterion_for
from inference.training.optimisers import make_optimizer, make_schedule
from inference.training.precision import autocast_type
from inference.training.progress import (
    Ending,
    Progress,
    Report,
    ShouldStop,
    never,
    unheard,
)

STATE, BEST, EPOCH = "state.pt", "best.pt", "epoch-{}.pt"


@dataclass(frozen=True, slots=True)
class Validation:
    """Macro AUROC and mean AP40 (NaN without classifier or detector), and the loss."""

    auroc: float
    ap40: float
    loss: float = math.nan

    @property
    def score(self) -> float:
        """What the best epoch is chosen by; a missing part counts nothing."""
        return sum(value for value in (self.auroc, self.ap40) if value == value)


Validate = Callable[[MultiTaskNetwork], Validation]


class Trainer:
    """``fit`` runs all epochs that are left; then ``average.network`` holds the final weights."""

    def __init__(
        self,
        network: MultiTaskNetwork,
        batches: TrainingBatches,
        config: OptimConfig,
        *,
        seed: int,
        device: torch.device,
        world: World = ALONE,
    ) -> None:
        network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network = network
        self.batches, self.config, self.seed, self.device = batches, config, seed, device
        self.world = world
        batches.divide(world)
        self.average: MovingAverage[MultiTaskNetwork] = MovingAverage(network, config.ema_decay)
        self.optimizer = make_optimizer(network, config)
        self.schedule = make_schedule(self.optimizer, config, config.epochs * len(batches))
        criterion = criterion_for(batches.targets, batches.known, config)
        self.criterion = Criterion(criterion.weights.to(device), criterion.focal_gamma)
        self.number_type = autocast_type(config, device)
        scaled = self.number_type == torch.float16
        self.scaler = torch.amp.GradScaler(device.type, enabled=scaled)
        self.epoch = self.best_epoch = 0
        self.best = float("-inf")
        self._running: nn.Module = network

    def fit(
        self,
        validate: Validate,
        out: Path,
        say: Callable[[str], None],
        *,
        report: Report = unheard,
        should_stop: ShouldStop = never,
    ) -> Ending:
        """Train the epochs that are left. Writes state.pt, log.csv and best.pt under ``out``.

        ``should_stop`` is asked before every step (of several processes: before every epoch); what
        the unfinished epoch learned is lost, and a resumed run repeats it.
        """
        out.mkdir(parents=True, exist_ok=True)
        rows = read_log(out / LOG, up_to=self.epoch)
        while self.epoch < self.config.epochs:
            if self._stale:
                return Ending.EARLY
            if self.world.agree(should_stop()):
                return Ending.STOPPED
            started = time.monotonic()
            try:
                losses = self.train_epoch(should_stop if self.world.size == 1 else never)
            except TrainingStopped:
                return Ending.STOPPED
            if self.world.main:
                checked = validate(self.average.network)
                rows = (*rows, self._row(losses, checked, time.monotonic() - started))
                self._keep(checked, rows, out)
                say(" ".join(f"{name}={value:.4g}" for name, value in asdict(rows[-1]).items()))
                report(Progress(rows, self.config.epochs, self.best_epoch))
            self._share_best()
        return Ending.FINISHED

    @property
    def _stale(self) -> bool:
        patience = self.config.patience
        return patience > 0 and self.epoch - self.best_epoch >= patience

    def _row(self, losses: tuple[float, float], checked: Validation, seconds: float) -> EpochRow:
        classification, detection = losses
        return EpochRow(
            epoch=self.epoch,
            loss=classification + self.config.detection_weight * detection,
            classification=classification,
            detection=detection,
            auroc=checked.auroc,
            ap40=checked.ap40,
            seconds=seconds,
            validation_loss=checked.loss,
            rate=max(float(rate) for rate in self.schedule.get_last_lr()),
        )

    def _keep(self, checked: Validation, rows: tuple[EpochRow, ...], out: Path) -> None:
        if checked.score > self.best:
            self.best, self.best_epoch = checked.score, self.epoch
            _save_atomically(self.average.network.state_dict(), out / BEST)
        if self.config.keep_epochs:
            _save_atomically(self.average.network.state_dict(), out / EPOCH.format(self.epoch))
            old = EPOCH.format(self.epoch - self.config.keep_epochs)
            (out / old).unlink(missing_ok=True)
        write_log(rows, out / LOG)
        self.save(out / STATE)

    def _share_best(self) -> None:
        """Process 0 alone validates; all must stop in the same epoch."""
        if self.world.agree(self.best_epoch == self.epoch):
            self.best_epoch = self.epoch

    def train_epoch(self, should_stop: ShouldStop = never) -> tuple[float, float]:
        """One pass. Returns the mean classification and detection losses.

        Raises LossNotFinite, and TrainingStopped where ``should_stop`` says so.
        """
        # The epoch number seeds order and augmentation, so that a resumed run repeats exactly.
        torch.manual_seed(self.seed * 100_003 + self.epoch)
        self.network.train()
        set_trainable(self.network.backbone, self.config, self.epoch)
        self._running = self.world.wrap(self.network)
        totals = torch.zeros(2, dtype=torch.float64)
        for batch in self.batches.epoch():
            if should_stop():
                raise TrainingStopped
            totals += torch.tensor(self._step(batch), dtype=torch.float64)
        self.epoch += 1
        classification, detection = self.world.mean(totals / len(self.batches)).tolist()
        return classification, detection

    def _step(self, batch: Batch) -> tuple[float, float]:
        images = batch.images.to(self.device, memory_format=torch.channels_last)
        boxes = [None if item is None else item.to(self.device) for item in batch.boxes]
        lower = self.number_type != torch.float32
        with torch.autocast(
            self.device.type, self.number_type if lower else torch.bfloat16, enabled=lower
        ):
            output = self._running(images, boxes)
        assert isinstance(output, TrainingOutput)
        classification = self.criterion(
            output.logits, batch.targets.to(self.device), batch.known.to(self.device)
        )
        loss = composite_loss(classification, output.detector_losses, self.config.detection_weight)
        if not bool(torch.isfinite(loss)):
            raise LossNotFinite(f"The loss became {loss.item()} in epoch {self.epoch + 1}.")
        if loss.requires_grad:
            self._learn(loss)
        self.schedule.step()
        self.average.update(self.network)
        detection = sum(value.item() for value in output.detector_losses.values())
        return classification.item(), detection

    def _learn(self, loss: Tensor) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        self.scaler.unscale_(self.optimizer)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip_norm)
        # Too high a loss scale gives infinite gradients: the scaler skips that step itself.
        if not self.scaler.is_enabled() and not bool(torch.isfinite(norm)):
            raise LossNotFinite(f"A gradient became {norm.item()} in epoch {self.epoch + 1}.")
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def save(self, path: Path) -> None:
        """Everything that the next epoch depends on; written to a temporary name and renamed."""
        _save_atomically(
            {
                "network": self.network.state_dict(),
                "average": self.average.network.state_dict(),
                "average_updates": self.average.updates,
                "optimizer": self.optimizer.state_dict(),
                "schedule": self.schedule.state_dict(),
                "scaler": self.scaler.state_dict(),
                "epoch": self.epoch,
                "best": self.best,
                "best_epoch": self.best_epoch,
                "seed": self.seed,
                "config": self.config.signature,
            },
            path,
        )

    def resume(self, path: Path) -> None:
        """Raises ResumeRefused for a missing state or one of another configuration or seed."""
        if not path.exists():
            raise ResumeRefused("There is no state to resume from.")
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location=self.device)
        if state["config"] != self.config.signature or state["seed"] != self.seed:
            raise ResumeRefused("The state was written by another configuration or seed.")
        self.network.load_state_dict(state["network"])
        self.average.network.load_state_dict(state["average"])
        self.average.updates = state["average_updates"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.scaler.load_state_dict(state.get("scaler", {}))
        self.epoch, self.best = state["epoch"], state["best"]
        self.best_epoch = state.get("best_epoch", self.epoch)


def _save_atomically(value: Any, path: Path) -> None:
    part = path.with_suffix(".part")
    torch.save(value, part)
    part.replace(path)
