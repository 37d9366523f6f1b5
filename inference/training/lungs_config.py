"""The configuration of a lung segmentation training: one flat TOML file without paths."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inference.training.config import AugmentConfig, read_config, require_rules


@dataclass(frozen=True, slots=True)
class LungsConfig:
    """Shares are of the image side or of the patients; ``flip`` exchanges left and right lung."""

    name: str
    version: str
    size_px: int = 256
    seed: int = 5
    split_seed: int = 3
    validation_share: float = 0.15
    test_share: float = 0.15
    channels: tuple[int, ...] = (16, 32, 64, 96, 128)
    dropout: float = 0.1
    degrees: float = 12.0
    translate: float = 0.08
    scale: float = 0.2
    flip: bool = True
    gamma: float = 0.4
    brightness: float = 0.15
    contrast: float = 0.3
    noise: float = 0.03
    cutout: float = 0.15
    epochs: int = 70
    batch_images: int = 8
    rate: float = 2e-3
    weight_decay: float = 0.01
    warm_up_share: float = 0.15
    ema_decay: float = 0.98
    bf16: str = "auto"

    @property
    def augment(self) -> AugmentConfig:
        return AugmentConfig(
            degrees=self.degrees,
            translate=self.translate,
            scale=self.scale,
            flip=self.flip,
            gamma=self.gamma,
            brightness=self.brightness,
            contrast=self.contrast,
            noise=self.noise,
            cutout=self.cutout,
        )


def load_lungs_config(path: Path) -> LungsConfig:
    """Raises ConfigRefused: missing file, broken TOML, unknown or missing keys, wrong values."""
    config = read_config(LungsConfig, path)
    _check(config)
    return config


def _check(config: LungsConfig) -> None:
    step = 2 ** max(0, len(config.channels) - 1)
    require_rules(
        (
            (
                len(config.channels) >= 2 and min(config.channels) >= 1,
                "channels: two levels or more",
            ),
            (config.size_px >= 32 and config.size_px % step == 0, f"size_px: a multiple of {step}"),
            (0.0 < config.validation_share < 1.0, "validation_share must be between 0 and 1"),
            (0.0 < config.test_share < 1.0, "test_share must be between 0 and 1"),
            (
                config.validation_share + config.test_share < 1.0,
                "no patients would be left to train",
            ),
            (config.epochs >= 1 and config.batch_images >= 1, "epochs and batch_images: 1 or more"),
            (0.0 < config.warm_up_share < 1.0, "warm_up_share must be between 0 and 1"),
            (0.0 <= config.ema_decay < 1.0, "ema_decay must be in [0, 1)"),
            (config.bf16 in ("auto", "on", "off"), "bf16 must be auto, on or off"),
        )
    )
