"""One training: optimiser, schedule, average, validation each epoch, exact resume, NaN raises."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from inference.networks.multitask import MultiTaskNetwork, TrainingOutput
from inference.training.batches import Batch, TrainingBatches
from inference.training.config import OptimConfig
from inference.training.ema import MovingAverage
from inference.training.errors import LossNotFinite, ResumeRefused
from inference.training.losses import classification_loss, composite_loss, positive_weights


@dataclass(frozen=True, slots=True)
class Validation:
    """Macro AUROC and mean AP40 (NaN without a detector) of the averaged weights."""

    auroc: float
    ap40: float

    @property
    def score(self) -> float:
        """What the best epoch is chosen by; a missing part counts nothing."""
        return sum(value for value in (self.auroc, self.ap40) if value == value)


@dataclass(frozen=True, slots=True)
class EpochRow:
    """One line of log.csv."""

    epoch: int
    loss: float
    classification: float
    detection: float
    auroc: float
    ap40: float
    seconds: float


Validate = Callable[[MultiTaskNetwork], Validation]
STATE, LOG = "state.pt", "log.csv"


def use_bf16(setting: str, device: torch.device) -> bool:
    """Autocast to bfloat16: "on", "off", or "auto": where the processor computes it natively."""
    if setting != "auto":
        return setting == "on"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    capabilities = torch.backends.cpu.get_cpu_capability()
    flags: Any = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return bool(capabilities.startswith("AVX512") and flags())


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
    ) -> None:
        network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.network = network
        self.batches, self.config, self.seed, self.device = batches, config, seed, device
        self.average: MovingAverage[MultiTaskNetwork] = MovingAverage(network, config.ema_decay)
        self.optimizer = torch.optim.AdamW(
            _groups(self.network, config), weight_decay=config.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            max_lr=[group["lr"] for group in self.optimizer.param_groups],
            total_steps=config.epochs * len(batches),
            pct_start=config.warm_up_share,
        )
        self.weights = positive_weights(
            batches.targets, batches.known, config.positive_weight_cap
        ).to(device)
        self.bf16 = use_bf16(config.bf16, device)
        self.epoch = 0
        self.best = float("-inf")

    def fit(self, validate: Validate, out: Path, say: Callable[[str], None]) -> None:
        """Train the epochs that are left. Writes state.pt, log.csv and best.pt under ``out``."""
        out.mkdir(parents=True, exist_ok=True)
        while self.epoch < self.config.epochs:
            started = time.monotonic()
            classification, detection = self.train_epoch()
            checked = validate(self.average.network)
            row = EpochRow(
                epoch=self.epoch,
                loss=classification + self.config.detection_weight * detection,
                classification=classification,
                detection=detection,
                auroc=checked.auroc,
                ap40=checked.ap40,
                seconds=time.monotonic() - started,
            )
            self._log(row, out / LOG)
            if checked.score > self.best:
                self.best = checked.score
                _save_atomically(self.average.network.state_dict(), out / "best.pt")
            self.save(out / STATE)
            say(" ".join(f"{name}={value:.4g}" for name, value in asdict(row).items()))

    def train_epoch(self) -> tuple[float, float]:
        """One pass. Returns the mean classification and detection losses. Raises LossNotFinite."""
        # The epoch number seeds order and augmentation, so that a resumed run repeats exactly.
        torch.manual_seed(self.seed * 100_003 + self.epoch)
        self.network.train()
        if self.config.freeze_batch_norm:
            _freeze_batch_norm(self.network.backbone)
        totals = torch.zeros(2, dtype=torch.float64)
        for batch in self.batches.epoch():
            totals += torch.tensor(self._step(batch), dtype=torch.float64)
        self.epoch += 1
        classification, detection = (totals / len(self.batches)).tolist()
        return classification, detection

    def _step(self, batch: Batch) -> tuple[float, float]:
        images = batch.images.to(self.device, memory_format=torch.channels_last)
        boxes = [None if item is None else item.to(self.device) for item in batch.boxes]
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            output = self.network(images, boxes)
        assert isinstance(output, TrainingOutput)
        classification = classification_loss(
            output.logits,
            batch.targets.to(self.device),
            batch.known.to(self.device),
            self.weights,
        )
        loss = composite_loss(classification, output.detector_losses, self.config.detection_weight)
        if not bool(torch.isfinite(loss)):
            raise LossNotFinite(f"The loss became {loss.item()} in epoch {self.epoch + 1}.")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), self.config.clip_norm)
        self.optimizer.step()
        self.schedule.step()
        self.average.update(self.network)
        detection = sum(value.item() for value in output.detector_losses.values())
        return classification.item(), detection

    def save(self, path: Path) -> None:
        """Everything that the next epoch depends on; written to a temporary name and renamed."""
        _save_atomically(
            {
                "network": self.network.state_dict(),
                "average": self.average.network.state_dict(),
                "average_updates": self.average.updates,
                "optimizer": self.optimizer.state_dict(),
                "schedule": self.schedule.state_dict(),
                "epoch": self.epoch,
                "best": self.best,
                "seed": self.seed,
                "config": repr(self.config),
            },
            path,
        )

    def resume(self, path: Path) -> None:
        """Raises ResumeRefused for a missing state or one of another configuration or seed."""
        if not path.exists():
            raise ResumeRefused("There is no state to resume from.")
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location=self.device)
        if state["config"] != repr(self.config) or state["seed"] != self.seed:
            raise ResumeRefused("The state was written by another configuration or seed.")
        self.network.load_state_dict(state["network"])
        self.average.network.load_state_dict(state["average"])
        self.average.updates = state["average_updates"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.epoch, self.best = state["epoch"], state["best"]

    @staticmethod
    def _log(row: EpochRow, path: Path) -> None:
        new = not path.exists()
        with path.open("a", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            if new:
                writer.writerow([item.name for item in fields(row)])
            writer.writerow([f"{value:.6g}" for value in asdict(row).values()])


def _groups(network: MultiTaskNetwork, config: OptimConfig) -> list[dict[str, Any]]:
    """Backbone and heads with their rates; norms and biases are not decayed."""
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            key = (name.startswith("backbone."), parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": config.backbone_rate if in_backbone else config.head_rate,
            **({} if decayed else {"weight_decay": 0.0}),
        }
        for (in_backbone, decayed), parameters in groups.items()
    ]


def _freeze_batch_norm(module: nn.Module) -> None:
    """Small batches of large images give poor statistics: keep those of the start weights."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eval()


def _save_atomically(value: Any, path: Path) -> None:
    part = path.with_suffix(".part")
    torch.save(value, part)
    part.replace(path)
