"""The configuration of a GAN's training: one flat TOML file without paths."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inference.networks.gan import GanConfig
from inference.training.config import KINDS, DataConfig, TrainingConfig, read_config, require_rules


@dataclass(frozen=True, slots=True)
class GanTrainingConfig:
    """``kind``: of the data, as in ``config.DataConfig``; ``split_seed``: who is held out.

    ``save_every``: steps between saved states.
    """

    name: str = "gan"
    version: str = "0.1.0"
    kind: str = "chestxray14"
    split_seed: int = 20
    seed: int = 7
    size_px: int = 64
    latent: int = 96
    width: int = 16
    widest: int = 256
    steps: int = 2000
    batch_images: int = 32
    generator_rate: float = 2e-4
    discriminator_rate: float = 4e-4
    ema_decay: float = 0.995
    save_every: int = 200
    bf16: str = "off"

    @property
    def network(self) -> GanConfig:
        return GanConfig(self.size_px, self.latent, self.width, self.widest)

    @property
    def training(self) -> TrainingConfig:
        """What names and splits the data of any training here."""
        data = DataConfig(kind=self.kind, split_seed=self.split_seed)
        return TrainingConfig(self.name, self.version, max(self.size_px, 128), self.seed, data=data)


def load_gan_config(path: Path) -> GanTrainingConfig:
    """Raises ConfigRefused: missing file, broken TOML, unknown keys, values out of range."""
    config = read_config(GanTrainingConfig, path)
    check_gan_config(config)
    return config


def check_gan_config(config: GanTrainingConfig) -> None:
    """Raises ConfigRefused for values out of range."""
    require_rules(
        (
            (config.kind in KINDS, f"kind must be one of {', '.join(KINDS)}"),
            (config.steps >= 1 and config.save_every >= 1, "steps and save_every must be positive"),
            (config.batch_images >= 2, "batch_images must be at least 2"),
            (0.0 <= config.ema_decay < 1.0, "ema_decay must be in [0, 1)"),
            (
                config.generator_rate > 0.0 and config.discriminator_rate > 0.0,
                "the rates must be positive",
            ),
            (config.bf16 in ("auto", "on", "off"), "bf16 must be auto, on or off"),
        )
    )
