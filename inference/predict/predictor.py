"""One model, loaded once in a worker process: a radiograph in, scores, boxes and heat maps out."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.networks.checkpoint import Checkpoint, load_checkpoint
from inference.networks.description import Description
from inference.networks.detector import RawDetections
from inference.networks.errors import OutputNotFinite
from inference.networks.multitask import NetworkOutput
from inference.predict.boxes import Letterbox, clip_box
from inference.predict.explain import heat_maps
from inference.predict.preprocess import letterboxed, normalised
from inference.predict.types import (
    Box,
    BoxDetection,
    HeatMaps,
    ModelDescription,
    ModelIdentity,
    Prediction,
)


@dataclass(frozen=True, slots=True)
class RawPrediction:
    """Before thresholds: final scores, every box with its gated score, and the heat of the grid.

    The evaluation starts here, so that it measures what the application shows.
    """

    scores: tuple[float, ...]
    boxes: tuple[BoxDetection, ...]
    heat: Tensor
    letterbox: Letterbox
    timings_s: tuple[tuple[str, float], ...]


class Predictor:
    """Safe to call from several threads of one process: the network runs one image at a time.

    Load it in the worker process itself: a process that forks after running torch hangs.
    """

    def __init__(self, checkpoint: Checkpoint, device: torch.device) -> None:
        self._checkpoint = checkpoint
        self._about = checkpoint.description
        self._device = device
        self._network = checkpoint.network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._lock = threading.Lock()

    @classmethod
    def load(
        cls, checkpoint: Path, *, sha256: str, device: str = "auto", threads: int | None = None
    ) -> Predictor:
        """A folder as ``networks.checkpoint`` describes it. device: auto, cpu, cuda or cuda:N.

        ``threads``: CPU threads of torch, for the whole process; None or 0 leaves them as they are.
        Raises ModelMissing, ModelHashMismatch or ModelCorrupt (all PortalError).
        """
        if threads:
            torch.set_num_threads(threads)
        return cls(load_checkpoint(checkpoint, sha256=sha256), _device(device))

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity(self._about.name, self._about.version, self._checkpoint.sha256)

    @property
    def box_labels(self) -> tuple[str, ...]:
        """The labels that can get a box; empty for a classifier alone."""
        return self._about.box_labels

    @property
    def box_thresholds(self) -> tuple[float, ...]:
        """From which score on boxes are shown, in the order of ``box_labels``."""
        return self._about.boxes.thresholds

    @property
    def description(self) -> ModelDescription:
        return ModelDescription(
            name=self._about.name,
            version=self._about.version,
            sha256=self._checkpoint.sha256,
            labels=self._about.labels,
            thresholds=self._about.thresholds,
            calibrated=self._about.calibration is not None,
            metrics={metric.name: metric.value for metric in self._about.metrics},
            card=self._checkpoint.card,
        )

    def predict(self, image: NDArray[np.float32]) -> Prediction:
        """image (H, W) float32 in [0, 1], 1 is white. Raises ImageUnusable or OutputNotFinite."""
        raw = self.predict_raw(image)
        started = time.perf_counter()
        maps = HeatMaps(self._about.labels, heat_maps(raw.heat, raw.letterbox))
        timings = (*raw.timings_s, ("heatmaps", time.perf_counter() - started))
        limits = dict(zip(self._about.box_labels, self._about.boxes.thresholds, strict=True))
        return Prediction(
            model=self.identity,
            labels=self._about.labels,
            scores=raw.scores,
            thresholds=self._about.thresholds,
            detections=tuple(item for item in raw.boxes if item.score >= limits[item.label]),
            heatmaps=maps,
            timings_s=timings,
            calibrated=self._about.calibration is not None,
        )

    def predict_raw(self, image: NDArray[np.float32]) -> RawPrediction:
        """As ``predict``, with all boxes (best first) and without heat maps drawn."""
        started = time.perf_counter()
        square, letterbox = letterboxed(image, self._about.preprocessing.size_px)
        images = normalised(square[None, None], self._about.preprocessing)
        images = images.to(self._device, memory_format=torch.channels_last)
        prepared = time.perf_counter()
        with self._lock, torch.inference_mode():
            output: NetworkOutput = self._network.predict(images)
            logits, heat = output.logits[0].double().cpu(), output.heat[0].float().cpu()
        computed = time.perf_counter()
        if not bool(torch.isfinite(logits).all() and torch.isfinite(heat).all()):
            raise OutputNotFinite
        scores = final_scores(logits, self._about)
        boxes: tuple[BoxDetection, ...] = ()
        if output.detections:
            boxes = image_boxes(output.detections[0], scores, self._about, letterbox)
        finished = time.perf_counter()
        timings = (
            ("preprocess", prepared - started),
            ("network", computed - prepared),
            ("boxes", finished - computed),
        )
        return RawPrediction(scores, boxes, heat, letterbox, timings)


def final_scores(logits: Tensor, about: Description) -> tuple[float, ...]:
    """(L,) logits -> sigmoid, calibrated where the checkpoint is."""
    calibration = about.calibration
    if calibration is not None:
        slopes = torch.tensor(calibration.slopes, dtype=logits.dtype)
        logits = slopes * logits + torch.tensor(calibration.offsets, dtype=logits.dtype)
    return tuple(torch.sigmoid(logits).tolist())


def image_boxes(
    raw: RawDetections, scores: tuple[float, ...], about: Description, letterbox: Letterbox
) -> tuple[BoxDetection, ...]:
    """Boxes of one input as detections in original pixels, clipped, scores gated, best first."""
    image_scores = dict(zip(about.labels, scores, strict=True))
    gate = about.boxes.gate
    limits = about.boxes.thresholds
    found: list[BoxDetection] = []
    for corners, score, number in zip(
        raw.boxes.tolist(), raw.scores.tolist(), raw.labels.tolist(), strict=True
    ):
        label = about.box_labels[number - 1]
        box = clip_box(letterbox.to_image(Box(*corners)), letterbox.rows, letterbox.columns)
        if box is not None:
            gated = score ** (1.0 - gate) * image_scores[label] ** gate
            found.append(BoxDetection(label, gated, box, limits[number - 1]))
    return tuple(sorted(found, key=lambda item: -item.score))


def _device(name: str) -> torch.device:
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)
