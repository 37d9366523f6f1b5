"""One GAN training: hinge loss, averaged generator, exact resume, NaN raises."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.networks.gan import Discriminator, Generator
from inference.training.ema import MovingAverage
from inference.training.errors import DataRefused, LossNotFinite, ResumeRefused
from inference.training.gan_config import GanTrainingConfig
from inference.training.precision import use_bf16

BETAS = (0.0, 0.9)  # momentum of the gradient makes the two players circle each other


@dataclass(frozen=True, slots=True)
class StepLosses:
    """Hinge losses of one step. Source: Miyato et al., ICLR 2018, equations 16 and 17."""

    generator: float
    discriminator: float


class GanTrainer:
    """``average.network`` holds the generator that is kept."""

    def __init__(
        self, pixels: NDArray[np.uint8], config: GanTrainingConfig, device: torch.device
    ) -> None:
        """pixels (N, S, S): the real images. Raises DataRefused for too few of them."""
        if len(pixels) < config.batch_images:
            raise DataRefused(
                f"A batch needs {config.batch_images} images; {len(pixels)} are here."
            )
        torch.manual_seed(config.seed)
        self.config, self.device, self._pixels = config, device, pixels
        self.generator = Generator(config.network).to(device)
        self.discriminator = Discriminator(config.network).to(device)
        self.average: MovingAverage[Generator] = MovingAverage(self.generator, config.ema_decay)
        self._generator_steps = torch.optim.Adam(
            self.generator.parameters(), config.generator_rate, betas=BETAS
        )
        self._discriminator_steps = torch.optim.Adam(
            self.discriminator.parameters(), config.discriminator_rate, betas=BETAS
        )
        self._bf16 = use_bf16(config.bf16, device)
        self.step = 0

    def fit(self, state: Path, say: Callable[[str], None], seconds: float = 0.0) -> None:
        """The steps that are left, or those that fit into ``seconds`` (0: all). Saves ``state``."""
        started = time.monotonic()
        recent: list[StepLosses] = []
        while self.step < self.config.steps:
            recent.append(self.train_step())
            late = seconds > 0 and time.monotonic() - started >= seconds
            if late or self.step % self.config.save_every == 0 or self.step == self.config.steps:
                self.save(state)
                say(
                    f"step={self.step} generator={np.mean([x.generator for x in recent]):.4g} "
                    f"discriminator={np.mean([x.discriminator for x in recent]):.4g} "
                    f"seconds={time.monotonic() - started:.0f}"
                )
                recent = []
            if late:
                return

    def train_step(self) -> StepLosses:
        """One step of each player. Raises LossNotFinite."""
        # The step number seeds images and latents, so that a resumed run repeats exactly.
        torch.manual_seed(self.config.seed * 10_000_019 + self.step)
        real = self._real()
        self.generator.train()
        discriminator = self._discriminator_step(real)
        generator = self._generator_step(len(real))
        self.average.update(self.generator)
        self.step += 1
        return StepLosses(generator, discriminator)

    def _discriminator_step(self, real: Tensor) -> float:
        with torch.no_grad(), self._numbers():
            made = self.generator(self._latent(len(real))).float()
        with self._numbers():
            scores = self.discriminator(torch.cat((real, made))).float()
        truth, fake = scores.chunk(2)
        loss = (1.0 - truth).relu().mean() + (1.0 + fake).relu().mean()
        return self._learn(loss, self._discriminator_steps)

    def _generator_step(self, count: int) -> float:
        self.discriminator.requires_grad_(False)
        with self._numbers():
            loss = -self.discriminator(self.generator(self._latent(count))).float().mean()
        value = self._learn(loss, self._generator_steps)
        self.discriminator.requires_grad_(True)
        return value

    def _learn(self, loss: Tensor, optimizer: torch.optim.Optimizer) -> float:
        value = loss.item()
        if not np.isfinite(value):
            raise LossNotFinite(f"The loss became {value} in step {self.step + 1}.")
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return value

    def _real(self) -> Tensor:
        """(N, 1, S, S) in [-1, 1]."""
        chosen = torch.randperm(len(self._pixels))[: self.config.batch_images].numpy()
        grey = torch.from_numpy(np.ascontiguousarray(self._pixels[np.sort(chosen)]))[:, None]
        return grey.to(self.device).float() / 127.5 - 1.0

    def _latent(self, count: int) -> Tensor:
        return torch.randn(count, self.config.latent).to(self.device)

    def _numbers(self) -> torch.autocast:
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self._bf16)

    def save(self, path: Path) -> None:
        """Everything that the next step depends on; written to a temporary name and renamed."""
        part = path.with_suffix(".part")
        torch.save(
            {
                "config": repr(self.config),
                "step": self.step,
                "average_updates": self.average.updates,
                **{name: part.state_dict() for name, part in self._parts().items()},
            },
            part,
        )
        part.replace(path)

    def resume(self, path: Path) -> None:
        """Raises ResumeRefused for a missing state or one of another configuration."""
        if not path.exists():
            raise ResumeRefused("There is no state to resume from.")
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location=self.device)
        if state.get("config") != repr(self.config):
            raise ResumeRefused("The state was written by another configuration.")
        for name, part in self._parts().items():
            part.load_state_dict(state[name])
        self.step, self.average.updates = state["step"], state["average_updates"]

    def _parts(self) -> dict[str, Any]:
        return {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "average": self.average.network,
            "generator_steps": self._generator_steps,
            "discriminator_steps": self._discriminator_steps,
        }
