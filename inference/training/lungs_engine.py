"""The training loop of the lung segmentation: exact resume, average weights, NaN raises."""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from inference.networks.unet import UNet
from inference.training.ema import MovingAverage
from inference.training.errors import LossNotFinite, ResumeRefused
from inference.training.lungs_config import LungsConfig
from inference.training.lungs_data import LungData, augmented
from inference.training.precision import use_bf16

STATE, LOG, BEST = "state.pt", "log.csv", "best.pt"
GREY_MEAN, GREY_STD = 0.5, 0.25
Validate = Callable[[UNet], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class LungEpoch:
    """One line of log.csv; Dice of the cleaned masks of the averaged weights."""

    epoch: int
    loss: float
    validation_loss: float
    validation_dice: float
    seconds: float


def network_input(pixels: Tensor) -> Tensor:
    """(N, 1, S, S) grey in [0, 1] -> what the network sees."""
    return (pixels - GREY_MEAN) / GREY_STD


def segmentation_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Cross entropy a pixel plus one minus the soft Dice of each lung. Source: Milletari et al.,
    3DV 2016 (with plain sums in the denominator)."""
    logits = logits.float()
    shares = torch.sigmoid(logits)
    overlap = 2.0 * (shares * masks).sum(dim=(2, 3)) + 1.0
    total = shares.sum(dim=(2, 3)) + masks.sum(dim=(2, 3)) + 1.0
    entropy = functional.binary_cross_entropy_with_logits(logits, masks)
    return entropy + (1.0 - overlap / total).mean()


class LungTrainer:
    """``fit`` runs the epochs that are left; the best averaged weights lie in best.pt."""

    def __init__(
        self, network: UNet, data: LungData, indices: tuple[int, ...], config: LungsConfig
    ) -> None:
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = network.to(self.device)
        self.config = config
        self.pixels = torch.from_numpy(data.pixels[list(indices)])
        self.masks = torch.from_numpy(data.masks[list(indices)])
        self.average: MovingAverage[UNet] = MovingAverage(network, config.ema_decay)
        self.optimizer = torch.optim.AdamW(
            network.parameters(), lr=config.rate, weight_decay=config.weight_decay
        )
        self.steps = -(-len(indices) // config.batch_images)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer,
            max_lr=config.rate,
            total_steps=config.epochs * self.steps,
            pct_start=config.warm_up_share,
        )
        self.bf16 = use_bf16(config.bf16, self.device)
        self.epoch, self.best = 0, float("-inf")

    def fit(self, validate: Validate, out: Path, say: Callable[[str], None]) -> None:
        """Writes state.pt, log.csv and best.pt under ``out``. Raises LossNotFinite."""
        out.mkdir(parents=True, exist_ok=True)
        while self.epoch < self.config.epochs:
            started = time.monotonic()
            loss = self.train_epoch()
            validation_loss, validation_dice = validate(self.average.network)
            row = LungEpoch(
                self.epoch, loss, validation_loss, validation_dice, time.monotonic() - started
            )
            _log(row, out / LOG)
            if validation_dice > self.best:
                self.best = validation_dice
                _save(self.average.network.state_dict(), out / BEST)
            self.save(out / STATE)
            say(" ".join(f"{name}={value:.4g}" for name, value in asdict(row).items()))

    def train_epoch(self) -> float:
        """One pass over the images; the mean loss. Raises LossNotFinite."""
        # The epoch seeds order and augmentation, so that a resumed run repeats exactly.
        torch.manual_seed(self.config.seed * 100_003 + self.epoch)
        self.network.train()
        total = 0.0
        for chosen in torch.randperm(len(self.pixels)).split(self.config.batch_images):
            grey = self.pixels[chosen][:, None].float() / 255.0
            grey, masks = augmented(grey, self.masks[chosen].float(), self.config.augment)
            total += self._step(grey, masks) * len(chosen)
        self.epoch += 1
        return total / len(self.pixels)

    def _step(self, grey: Tensor, masks: Tensor) -> float:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            logits = self.network(network_input(grey).to(self.device))
        loss = segmentation_loss(logits, masks.to(self.device))
        if not bool(torch.isfinite(loss)):
            raise LossNotFinite(f"The loss became {loss.item()} in epoch {self.epoch + 1}.")
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        self.average.update(self.network)
        return loss.item()

    def save(self, path: Path) -> None:
        """Everything that the next epoch depends on."""
        _save(
            {
                "network": self.network.state_dict(),
                "average": self.average.network.state_dict(),
                "average_updates": self.average.updates,
                "optimizer": self.optimizer.state_dict(),
                "schedule": self.schedule.state_dict(),
                "epoch": self.epoch,
                "best": self.best,
                "config": repr(self.config),
            },
            path,
        )

    def resume(self, path: Path) -> None:
        """Raises ResumeRefused for a missing state or one of another configuration."""
        if not path.exists():
            raise ResumeRefused("There is no state to resume from.")
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location=self.device)
        if state["config"] != repr(self.config):
            raise ResumeRefused("The state was written by another configuration.")
        self.network.load_state_dict(state["network"])
        self.average.network.load_state_dict(state["average"])
        self.average.updates = state["average_updates"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.schedule.load_state_dict(state["schedule"])
        self.epoch, self.best = state["epoch"], state["best"]


def _log(row: LungEpoch, path: Path) -> None:
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        if new:
            writer.writerow([item.name for item in fields(row)])
        writer.writerow([f"{value:.6g}" for value in asdict(row).values()])


def _save(value: Any, path: Path) -> None:
    part = path.with_suffix(".part")
    torch.save(value, part)
    part.replace(path)
