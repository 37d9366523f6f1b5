"""A training is one TOML file without paths: data, start weights and output are arguments."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from inference.training.errors import ConfigRefused

KINDS = ("chestxray14", "vinbigdata", "coco", "chexpert", "release", "phantoms")
_LATER = "later"
Rule = tuple[bool, str]
Config = TypeVar("Config")


@dataclass(frozen=True, slots=True)
class DataConfig:
    """Where the images and what is said of them lie, as names below the data folder.

    ``kind``: see KINDS; phantoms makes its images. ``annotations``: the table or JSON of the kinds
    that have one, empty for its usual name. ``label_set``: map the labels to "chestxray14" or
    "vindr14"; empty keeps the data's own. ``reader_fusion``, ``fusion_iou``, ``min_readers``: how
    several readers of an image become one truth. ``uncertain``, ``uncertain_target``: what a label
    in doubt means, ``blank``: what one means that nobody mentions. ``sizes_csv``: original sizes of
    images that were resized. ``split_csv``: a split to honour in place of a drawn one;
    ``test_list``: a text file of the image names that are for testing, the rest is drawn.
    """

    kind: str = "chestxray14"
    labels_csv: str = "labels.csv"
    boxes_csv: str = "boxes.csv"
    images: str = "images"
    soft_targets_csv: str = ""
    soft_share: float = 0.5
    phantoms: int = 64
    validation_share: float = 0.15
    test_share: float = 0.15
    split_seed: int = 20
    annotations: str = ""
    metadata_csv: str = ""
    sizes_csv: str = ""
    split_csv: str = ""
    test_list: str = ""
    label_set: str = ""
    reader_fusion: str = "wbf"
    fusion_iou: float = 0.4
    min_readers: int = 1
    uncertain: str = "ignore"
    uncertain_target: float = 0.7
    blank: str = "unknown"


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """``box_labels`` "none": a classifier alone; "label_set": the boxed labels of the data.

    ``classifier`` false: a detector alone, which scores no whole image.
    """

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
    classifier: bool = True


@dataclass(frozen=True, slots=True)
class AugmentConfig:
    """Shares are of the image side. ``flip`` is refused where a label names a side of the body.

    ``mixup``: alpha of its beta distribution, 0 for none (a classifier alone). ``copy_paste``:
    share of the images that get a lesion of another patient (where boxes are trained).
    """

    degrees: float = 10.0
    translate: float = 0.10
    scale: float = 0.15
    flip: bool = True
    gamma: float = 0.25
    brightness: float = 0.15
    contrast: float = 0.15
    noise: float = 0.01
    cutout: float = 0.2
    mixup: float = 0.0
    copy_paste: float = 0.0


def _later(default: str | float | int | bool) -> Any:
    """A setting that states written before it existed do not name; its default is what they did."""
    return field(default=default, metadata={_LATER: True})


@dataclass(frozen=True, slots=True)
class OptimConfig:
    """How the weights are found.

    ``positive_weight``: "sqrt", "ratio" (negatives / positives) or "none", at most the cap.
    ``bf16``: autocast "on", "off" or "auto", which is where the processor computes it natively; a
    CUDA device without it gets float16 with loss scaling, as with ``fp16`` true.
    ``freeze_epochs``: so many epochs train the heads alone; then the last ``train_top`` stages of
    the backbone train too (0: all). ``patience``: stop after so many epochs without a better score
    (0: never). ``keep_epochs``: the averaged weights of so many last epochs stay, for a mean of
    them.
    """

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
    fp16: bool = _later(False)
    optimizer: str = _later("adamw")
    momentum: float = _later(0.9)
    schedule: str = _later("onecycle")
    loss: str = _later("bce")
    focal_gamma: float = _later(2.0)
    positive_weight: str = _later("sqrt")
    freeze_epochs: int = _later(0)
    train_top: int = _later(0)
    patience: int = _later(0)
    keep_epochs: int = _later(0)

    @property
    def signature(self) -> str:
        """What a saved state is recognised by; the same as before for settings left at defaults."""
        said = [
            f"{item.name}={getattr(self, item.name)!r}"
            for item in dataclasses.fields(self)
            if _LATER not in item.metadata or getattr(self, item.name) != item.default
        ]
        return f"OptimConfig({', '.join(said)})"


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
    config = read_config(TrainingConfig, path)
    require_rules((*_data_rules(config.data), *_model_rules(config), *_optim_rules(config.optim)))
    return config


def read_config(kind: type[Config], path: Path) -> Config:
    """The TOML file as a dataclass ``kind``, its values not yet judged.

    Raises ConfigRefused: missing file, broken TOML, unknown or missing keys, wrong types.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigRefused(f"The configuration cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigRefused(f"The configuration is not TOML: {error}") from error
    config: Config = _build(kind, table, "")
    return config


def require_rules(rules: Iterable[Rule]) -> None:
    """(holds, message) each. Raises ConfigRefused with every message that does not hold."""
    broken = [message for holds, message in rules if not holds]
    if broken:
        raise ConfigRefused("; ".join(broken) + ".")


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
    if expected == tuple[int, ...] and isinstance(value, list):
        return tuple(_value(int, item, key) for item in value)
    if expected is float and type(value) is int:
        return float(value)
    if not isinstance(expected, type) or type(value) is not expected:
        raise ConfigRefused(f"{key} = {value!r} has the wrong type.")
    return value


def _one_of(name: str, value: str, known: tuple[str, ...]) -> Rule:
    return value in known, f"{name} must be one of {', '.join(known)}"


def _share(name: str, value: float) -> Rule:
    return 0.0 <= value <= 1.0, f"{name} must be in [0, 1]"


def _data_rules(data: DataConfig) -> tuple[Rule, ...]:
    return (
        _one_of("data.kind", data.kind, KINDS),
        (0.0 < data.validation_share < 1.0, "data.validation_share must be between 0 and 1"),
        (0.0 < data.test_share < 1.0, "data.test_share must be between 0 and 1"),
        (data.validation_share + data.test_share < 1.0, "no patients would be left to train on"),
        _one_of("data.label_set", data.label_set, ("", "chestxray14", "vindr14")),
        _one_of("data.reader_fusion", data.reader_fusion, ("wbf", "nms", "union", "none")),
        (0.0 < data.fusion_iou <= 1.0, "data.fusion_iou must be in (0, 1]"),
        (data.min_readers >= 1, "data.min_readers must be positive"),
        _one_of("data.uncertain", data.uncertain, ("ignore", "zeros", "ones", "smooth")),
        _share("data.uncertain_target", data.uncertain_target),
        _one_of("data.blank", data.blank, ("unknown", "negative")),
        _share("data.soft_share", data.soft_share),
        (not (data.split_csv and data.test_list), "data.split_csv and data.test_list: one of them"),
    )


def _model_rules(config: TrainingConfig) -> tuple[Rule, ...]:
    model, augment = config.model, config.augment
    boxed = model.box_labels == "label_set"
    return (
        (config.size_px >= 32 and config.size_px % 32 == 0, "size_px must be a multiple of 32"),
        _one_of("model.box_labels", model.box_labels, ("none", "label_set")),
        (model.classifier or boxed, "without a classifier model.box_labels must be label_set"),
        (augment.mixup >= 0.0, "augment.mixup must not be negative"),
        (augment.mixup == 0.0 or not boxed, "augment.mixup has no meaning for boxes"),
        _share("augment.copy_paste", augment.copy_paste),
        (augment.copy_paste == 0.0 or boxed, "augment.copy_paste needs a detector"),
    )


def _optim_rules(optim: OptimConfig) -> tuple[Rule, ...]:
    return (
        (optim.epochs >= 1 and optim.batch_images >= 1, "epochs and batch_images must be positive"),
        (0.0 < optim.warm_up_share < 1.0, "optim.warm_up_share must be between 0 and 1"),
        (0.0 <= optim.ema_decay < 1.0, "optim.ema_decay must be in [0, 1)"),
        _one_of("optim.bf16", optim.bf16, ("auto", "on", "off")),
        (not (optim.fp16 and optim.bf16 == "on"), "optim.bf16 and optim.fp16 exclude each other"),
        _one_of("optim.optimizer", optim.optimizer, ("adamw", "sgd")),
        (0.0 <= optim.momentum < 1.0, "optim.momentum must be in [0, 1)"),
        _one_of("optim.schedule", optim.schedule, ("onecycle", "cosine")),
        _one_of("optim.loss", optim.loss, ("bce", "focal")),
        (optim.focal_gamma >= 0.0, "optim.focal_gamma must not be negative"),
        _one_of("optim.positive_weight", optim.positive_weight, ("sqrt", "ratio", "none")),
        (0 <= optim.freeze_epochs <= optim.epochs, "optim.freeze_epochs: from 0 to epochs"),
        (optim.train_top >= 0, "optim.train_top must not be negative"),
        (optim.patience >= 0, "optim.patience must not be negative"),
        (optim.keep_epochs >= 0, "optim.keep_epochs must not be negative"),
        (0.0 <= optim.label_smoothing < 1.0, "optim.label_smoothing must be in [0, 1)"),
        (optim.clip_norm > 0.0, "optim.clip_norm must be positive"),
    )
