"""A training is one TOML file without paths: data, start weights and output are arguments."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

from inference.training.errors import ConfigRefused


@dataclass(frozen=True, slots=True)
class DataConfig:
    """``kind`` chestxray14 reads files under the data folder; kind phantoms makes its images."""

    kind: str = "chestxray14"
    labels_csv: str = "labels.csv"
    boxes_csv: str = "boxes.csv"
    images: str = "images"
    soft_targets_csv: str = ""
    soft_share: float = 0.5
    phantoms: int = 64
    validation_share: float = 0.14
    test_share: float = 0.20
    split_seed: int = 20


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """``box_labels`` "none": a classifier alone; "label_set": the boxed labels of the data."""

    backbone: str = "mobilenet_v2"
    head: str = "linear"
    hidden_units: int = 512
    dropout: float = 0.2
    box_labels: str = "none"
    neck: str = "pyramid"
    neck_channels: int = 128
    representation_size: int = 256
    anchor_sizes_px: tuple[float, ...] = (32.0, 64.0, 128.0, 256.0)
    shared_regression: bool = False


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """Shares are of the image side. ``flip``: off where labels or boxes carry laterality."""

    degrees: float = 10.0
    translate: float = 0.10
    scale: float = 0.15
    flip: bool = True
    gamma: float = 0.25
    brightness: float = 0.15
    contrast: float = 0.15
    noise: float = 0.01
    cutout: float = 0.2


@dataclass(frozen=True, slots=True)
class OptimConfig:
    epochs: int = 16
    batch_images: int = 24
    backbone_rate: float = 4e-4
    head_rate: float = 2e-3
    weight_decay: float = 0.02
    warm_up_share: float = 0.15
    ema_decay: float = 0.995
    clip_norm: float = 5.0
    positive_weight_cap: float = 5.0
    label_smoothing: float = 0.05
    detection_weight: float = 1.0
    freeze_batch_norm: bool = False
    bf16: str = "auto"


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    name: str
    version: str
    size_px: int = 320
    seed: int = 7
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)


def load_config(path: Path) -> TrainingConfig:
    """Raises ConfigRefused: missing file, broken TOML, unknown keys, values out of range."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigRefused(f"The configuration cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigRefused(f"The configuration is not TOML: {error}") from error
    config: TrainingConfig = _build(TrainingConfig, table, "")
    _check(config)
    return config


def _build(kind: type[Any], table: dict[str, Any], where: str) -> Any:
    hints = get_type_hints(kind)
    unknown = sorted(set(table) - set(hints))
    if unknown:
        raise ConfigRefused(f"Unknown keys{where}: {', '.join(unknown)}.")
    values = {key: _value(hints[key], value, key) for key, value in table.items()}
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigRefused(f"Missing keys{where}: {error}.") from error


def _value(expected: Any, value: Any, key: str) -> Any:
    if dataclasses.is_dataclass(expected) and isinstance(value, dict):
        return _build(expected, value, f" in [{key}]")  # type: ignore[arg-type]
    if expected == tuple[float, ...] and isinstance(value, list):
        return tuple(float(item) for item in value)
    if expected is float and type(value) is int:
        return float(value)
    if not isinstance(expected, type) or type(value) is not expected:
        raise ConfigRefused(f"{key} = {value!r} has the wrong type.")
    return value


def _check(config: TrainingConfig) -> None:
    data, optim = config.data, config.optim
    rules = (
        (config.size_px >= 32 and config.size_px % 32 == 0, "size_px must be a multiple of 32"),
        (data.kind in ("chestxray14", "phantoms"), "data.kind must be chestxray14 or phantoms"),
        (0.0 < data.validation_share < 1.0, "data.validation_share must be between 0 and 1"),
        (0.0 < data.test_share < 1.0, "data.test_share must be between 0 and 1"),
        (data.validation_share + data.test_share < 1.0, "no patients would be left to train on"),
        (config.model.box_labels in ("none", "label_set"), "model.box_labels: none or label_set"),
        (optim.epochs >= 1 and optim.batch_images >= 1, "epochs and batch_images must be positive"),
        (0.0 < optim.warm_up_share < 1.0, "optim.warm_up_share must be between 0 and 1"),
        (0.0 <= optim.ema_decay < 1.0, "optim.ema_decay must be in [0, 1)"),
        (optim.bf16 in ("auto", "on", "off"), "optim.bf16 must be auto, on or off"),
    )
    broken = [message for holds, message in rules if not holds]
    if broken:
        raise ConfigRefused("; ".join(broken) + ".")
