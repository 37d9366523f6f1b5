"""What a checkpoint says about its weights: the typed form of ``model.json``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TypeVar

from inference.networks.detector import DetectorConfig
from inference.networks.errors import ModelCorrupt
from inference.networks.files import JsonObject, JsonValue
from inference.networks.multitask import NetworkConfig

# Mean and standard deviation of ImageNet, which the published backbones were trained with.
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """Side of the square input in pixels, and how each channel's grey value is normalised.

    A channel holds (grey - mean) / std, grey in [0, 1]: mean 0.5 and std 1/2048 give -1024..1024.
    As many channels as the network has.
    """

    size_px: int
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt: probability = sigmoid(slope * logit + offset), a label each, fitted on ``data``."""

    slopes: tuple[float, ...]
    offsets: tuple[float, ...]
    data: str


@dataclass(frozen=True, slots=True)
class BoxRules:
    """How raw boxes become detections.

    A box scores box_score^(1 - gate) * image_score^gate, where image_score is the classifier's for
    the same label; it is kept when this reaches the label's threshold.
    """

    thresholds: tuple[float, ...] = ()
    gate: float = 0.0


@dataclass(frozen=True, slots=True)
class Metric:
    """A reported number: 95 % interval, and how many images (or true boxes) it rests on."""

    name: str
    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the weights come from. No path of any machine stands here."""

    data: str
    data_sha256: str
    split_sha256: str
    started_from: str
    licence: str
    training: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Description:
    """All of ``model.json`` but the hash of the weights. ``calibration`` None: scores, not
    probabilities. ``thresholds`` follow the network's labels and apply to the final scores."""

    name: str
    version: str
    label_set: str
    network: NetworkConfig
    preprocessing: Preprocessing
    thresholds: tuple[float, ...]
    boxes: BoxRules
    calibration: Calibration | None
    metrics: tuple[Metric, ...]
    provenance: Provenance

    @property
    def labels(self) -> tuple[str, ...]:
        return self.network.labels

    @property
    def box_labels(self) -> tuple[str, ...]:
        return self.network.detector.labels if self.network.detector else ()


def to_json(description: Description) -> JsonObject:
    return asdict(description)


def from_json(table: JsonValue) -> Description:
    """Raises ModelCorrupt for what does not fit."""
    root = JsonReader(table, "model.json")
    detector = root.section("network").optional("detector")
    calibration = root.optional("calibration")
    description = Description(
        name=root.get("name", str),
        version=root.get("version", str),
        label_set=root.get("label_set", str),
        network=_network(root.section("network"), detector),
        preprocessing=_preprocessing(root.section("preprocessing")),
        thresholds=root.row("thresholds", float),
        boxes=BoxRules(
            thresholds=root.section("boxes").row("thresholds", float),
            gate=root.section("boxes").get("gate", float),
        ),
        calibration=None if calibration is None else _calibration(calibration),
        metrics=tuple(read_metric(item) for item in root.sections("metrics")),
        provenance=read_provenance(root.section("provenance")),
    )
    _check(description)
    return description


class JsonReader:
    """Typed access to one JSON object; anything missing or of another type is ModelCorrupt."""

    def __init__(self, value: JsonValue, where: str) -> None:
        if not isinstance(value, dict):
            raise ModelCorrupt(f"{where} is no JSON object.")
        self._table, self._where = value, where

    def get(self, key: str, kind: type[_T]) -> _T:
        return self._typed(self._table.get(key), key, kind)

    def row(self, key: str, kind: type[_T]) -> tuple[_T, ...]:
        values = self._typed(self._table.get(key), key, list)
        return tuple(self._typed(value, key, kind) for value in values)

    def section(self, key: str) -> JsonReader:
        return JsonReader(self._table.get(key), f"{self._where}: {key}")

    def optional(self, key: str) -> JsonReader | None:
        return None if self._table.get(key) is None else self.section(key)

    def get_or(self, key: str, kind: type[_T], default: _T) -> _T:
        """``default`` where it is not named."""
        return self.get(key, kind) if key in self._table else default

    def flag(self, key: str) -> bool:
        """False where it is not named."""
        return key in self._table and self.get(key, bool)

    def sections(self, key: str) -> Iterable[JsonReader]:
        return [JsonReader(value, key) for value in self._typed(self._table.get(key), key, list)]

    def table(self, key: str) -> JsonObject:
        return self._typed(self._table.get(key), key, dict)

    def _typed(self, value: object, key: str, kind: type[_T]) -> _T:
        if kind is float and type(value) is int:
            value = float(value)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ModelCorrupt(f"{self._where}: {key} is missing or of the wrong type.")
        if isinstance(value, float) and not math.isfinite(value):
            raise ModelCorrupt(f"{self._where}: {key} is not a finite number.")
        return value


def _network(table: JsonReader, detector: JsonReader | None) -> NetworkConfig:
    return NetworkConfig(
        labels=table.row("labels", str),
        backbone=table.get("backbone", str),
        head=table.get("head", str),
        hidden_units=table.get("hidden_units", int),
        dropout=table.get("dropout", float),
        detector=None if detector is None else _detector(detector),
        # Checkpoints from before this was a choice do not name it.
        input_channels=table.get_or("input_channels", int, 3),
    )


def _detector(table: JsonReader) -> DetectorConfig:
    return DetectorConfig(
        labels=table.row("labels", str),
        neck=table.get("neck", str),
        channels=table.get("channels", int),
        representation_size=table.get("representation_size", int),
        anchor_sizes_px=table.row("anchor_sizes_px", float),
        anchor_ratios=table.row("anchor_ratios", float),
        detections_per_image=table.get("detections_per_image", int),
        # Checkpoints from before this was a choice do not name it.
        shared_regression=table.flag("shared_regression"),
    )


def _preprocessing(table: JsonReader) -> Preprocessing:
    return Preprocessing(
        table.get("size_px", int), table.row("mean", float), table.row("std", float)
    )


def _calibration(table: JsonReader) -> Calibration:
    return Calibration(
        table.row("slopes", float), table.row("offsets", float), table.get("data", str)
    )


def read_metric(table: JsonReader) -> Metric:
    return Metric(
        table.get("name", str),
        table.get("value", float),
        table.get("low", float),
        table.get("high", float),
        table.get("n", int),
    )


def read_provenance(table: JsonReader) -> Provenance:
    return Provenance(
        data=table.get("data", str),
        data_sha256=table.get("data_sha256", str),
        split_sha256=table.get("split_sha256", str),
        started_from=table.get("started_from", str),
        licence=table.get("licence", str),
        training=table.table("training"),
    )


def _check(description: Description) -> None:
    labels, boxed = len(description.labels), len(description.box_labels)
    calibration = description.calibration
    size = description.preprocessing.size_px
    rules = (
        (labels + boxed > 0, "there are no labels"),
        (len(set(description.labels)) == labels, "labels are repeated"),
        (len(description.thresholds) == labels, "there must be one threshold a label"),
        (len(description.boxes.thresholds) == boxed, "there must be one threshold a boxed label"),
        (0.0 <= description.boxes.gate <= 1.0, "the gate must be in [0, 1]"),
        (
            labels == 0 or set(description.box_labels) <= set(description.labels),
            "a boxed label has no score",
        ),
        (size >= 32 and size % 32 == 0, "the input size must be a multiple of 32"),
        (
            calibration is None or len(calibration.slopes) == len(calibration.offsets) == labels,
            "there must be one calibration a label",
        ),
        (
            len(description.preprocessing.mean)
            == len(description.preprocessing.std)
            == description.network.input_channels,
            "mean and std must have as many channels as the network",
        ),
    )
    broken = [message for holds, message in rules if not holds]
    if broken:
        raise ModelCorrupt(f"model.json: {'; '.join(broken)}.")
