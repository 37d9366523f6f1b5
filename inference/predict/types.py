"""What the application gets from a model: frozen values, the same from a worker or a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # it brings torch, which most users of these types do without
    from inference.networks.description import Calibration


@dataclass(frozen=True, slots=True)
class Box:
    """xyxy in pixels of the original image, origin top left."""

    x_min: float
    y_min: float
    x_max: float
    y_max: float

    def as_xyxy(self) -> tuple[float, float, float, float]:
        return self.x_min, self.y_min, self.x_max, self.y_max


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """``sha256`` is that of the whole checkpoint (networks/checkpoint.py says of which bytes)."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class BoxDetection:
    """``score`` in [0, 1]; ``box`` lies inside the original image.

    ``threshold``: from which score on this label's boxes are shown.
    """

    label: str
    score: float
    box: Box
    threshold: float


@dataclass(frozen=True, slots=True)
class HeatMaps:
    """maps (L, h, w) uint8, one a label. Each stretches over the whole original image.

    A map is scaled by its own maximum to 0..255: it says where, not how much.
    """

    labels: tuple[str, ...]
    maps: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Prediction:
    """``scores`` and ``thresholds`` follow ``labels``; they are probabilities if ``calibrated``.

    ``runtime``: what computed the network, as ``predict.runtime`` names it.
    """

    model: ModelIdentity
    labels: tuple[str, ...]
    scores: tuple[float, ...]
    thresholds: tuple[float, ...]
    detections: tuple[BoxDetection, ...]
    heatmaps: HeatMaps
    timings_s: tuple[tuple[str, float], ...]
    calibrated: bool
    runtime: str


@dataclass(frozen=True, slots=True)
class ModelDescription:
    """What a person or the registry wants to know. ``metrics``: name to value, as in the card.

    ``calibration`` None: the outputs are scores, not probabilities.
    """

    name: str
    version: str
    sha256: str
    labels: tuple[str, ...]
    thresholds: tuple[float, ...]
    calibration: Calibration | None
    metrics: dict[str, float]
    card: str
