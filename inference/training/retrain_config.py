"""The configuration of a retraining: read, adapted to a base, and written down as TOML again."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

from inference.networks.description import Description
from inference.training.config import ModelConfig, TrainingConfig
from inference.training.errors import ConfigRefused

RELEASE = "release"
_LABEL_SETS = ("chestxray14", "vindr14")


def check_release(config: TrainingConfig) -> None:
    """Raises ConfigRefused for another kind of data, or a split that the release did not state."""
    if config.data.kind != RELEASE:
        raise ConfigRefused('A retraining reads a release: data.kind must be "release".')
    if config.data.split_csv or config.data.test_list:
        raise ConfigRefused("The release states its split: name neither split_csv nor test_list.")


def adapted(config: TrainingConfig, base: Description) -> TrainingConfig:
    """With the base's architecture, input size and label set, so that its weights fit."""
    network, detector = base.network, base.network.detector
    model = ModelConfig(
        backbone=network.backbone,
        head=network.head,
        hidden_units=network.hidden_units,
        dropout=network.dropout,
        classifier=bool(network.labels),
    )
    if detector is not None:
        model = replace(
            model,
            box_labels="label_set",
            neck=detector.neck,
            neck_channels=detector.channels,
            representation_size=detector.representation_size,
            anchor_sizes_px=detector.anchor_sizes_px,
            shared_regression=detector.shared_regression,
        )
    label_set = base.label_set if base.label_set in _LABEL_SETS else ""
    return replace(
        config,
        size_px=base.preprocessing.size_px,
        model=model,
        data=replace(config.data, label_set=label_set),
    )


def to_toml(config: TrainingConfig) -> str:
    """TOML that ``load_config`` reads back as an equal configuration."""
    table = asdict(config)
    plain = [_line(key, value) for key, value in table.items() if not isinstance(value, dict)]
    sections = [
        "\n".join((f"[{name}]", *(_line(key, value) for key, value in section.items())))
        for name, section in table.items()
        if isinstance(section, dict)
    ]
    return "\n\n".join(("\n".join(plain), *sections)) + "\n"


def _line(key: str, value: Any) -> str:
    return f"{key} = {_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)
