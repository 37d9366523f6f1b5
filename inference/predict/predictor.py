"""One model, loaded once in a worker process: a radiograph in, scores, boxes and heat maps out."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.networks.checkpoint import Checkpoint, load_checkpoint
from inference.networks.description import Description
from inference.networks.detector import RawDetections
from inference.predict.boxes import Letterbox, clip_box
from inference.predict.explain import heat_maps
from inference.predict.preprocess import letterboxed, normalised
from inference.predict.runtime import ImageOutput, Runtime
from inference.predict.runtime_choice import Place, RuntimeChoice, open_runtime, resolved_device
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
    """Safe to call from several threads of one process: the network runs for one at a time.

    Load it in the worker process itself: a process that forks after running torch hangs.
    """

    def __init__(self, checkpoint: Checkpoint, runtime: Runtime) -> None:
        self._about = checkpoint.description
        self._sha256 = checkpoint.sha256
        self._card = checkpoint.card
        self._runtime = runtime
        self._lock = threading.Lock()

    @classmethod
    def load(
        cls,
        checkpoint: Path,
        *,
        sha256: str,
        device: str = "auto",
        threads: int | None = None,
        choice: RuntimeChoice | None = None,
    ) -> Predictor:
        """A folder as ``networks.checkpoint`` describes it. device: auto, cpu, cuda or cuda:N.

        ``threads``: CPU threads, for the whole process; None or 0 leaves them as they are.
        ``choice``: None is torch eager, the reference.
        Raises ModelMissing, ModelHashMismatch or ModelCorrupt (all PortalError), or
        RuntimeUnavailable where the choice leaves nothing.
        """
        if threads:
            torch.set_num_threads(threads)
        loaded = load_checkpoint(checkpoint, sha256=sha256)
        place = Place(resolved_device(device), threads or 0)
        return cls(loaded, open_runtime(loaded, place, choice or RuntimeChoice()))

    @property
    def runtime(self) -> str:
        """What computes the network, as ``predict.runtime`` names it."""
        return self._runtime.name

    @property
    def identity(self) -> ModelIdentity:
        return ModelIdentity(self._about.name, self._about.version, self._sha256)

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
            sha256=self._sha256,
            labels=self._about.labels,
            thresholds=self._about.thresholds,
            calibration=self._about.calibration,
            metrics={metric.name: metric.value for metric in self._about.metrics},
            card=self._card,
        )

    def predict(self, image: NDArray[np.float32]) -> Prediction:
        """image (H, W) float32 in [0, 1], 1 is white. Raises ImageUnusable or OutputNotFinite."""
        return self.predict_batch((image,))[0]

    def predict_batch(self, images: Sequence[NDArray[np.float32]]) -> list[Prediction]:
        """As ``predict``, in order; the sizes may differ. One unusable image refuses them all.

        On a GPU the images share one pass; on a CPU they are computed one by one, so that what an
        image gets does not depend on its company.
        """
        return [self._finished(raw) for raw in self.predict_raw_batch(images)]

    def predict_raw(self, image: NDArray[np.float32]) -> RawPrediction:
        """As ``predict``, with all boxes (best first) and without heat maps drawn."""
        return self.predict_raw_batch((image,))[0]

    def predict_raw_batch(self, images: Sequence[NDArray[np.float32]]) -> list[RawPrediction]:
        """As ``predict_raw``, in order. Times are an image's share of the batch."""
        if not images:
            return []
        started = time.perf_counter()
        squares = [letterboxed(image, self._about.preprocessing.size_px) for image in images]
        stacked = torch.stack([square for square, _ in squares])[:, None]
        inputs = normalised(stacked, self._about.preprocessing)
        prepared = time.perf_counter()
        with self._lock:
            outputs = self._runtime.run(inputs)
        computed = time.perf_counter()
        timings = (
            ("preprocess", (prepared - started) / len(images)),
            ("network", (computed - prepared) / len(images)),
        )
        return [
            self._raw(output, letterbox, timings)
            for output, (_, letterbox) in zip(outputs, squares, strict=True)
        ]

    def _raw(
        self, output: ImageOutput, letterbox: Letterbox, timings: tuple[tuple[str, float], ...]
    ) -> RawPrediction:
        started = time.perf_counter()
        scores = final_scores(output.logits, self._about)
        boxes: tuple[BoxDetection, ...] = ()
        if output.detections is not None:
            boxes = image_boxes(output.detections, scores, self._about, letterbox)
        took = ("boxes", time.perf_counter() - started)
        return RawPrediction(scores, boxes, output.heat, letterbox, (*timings, took))

    def _finished(self, raw: RawPrediction) -> Prediction:
        started = time.perf_counter()
        maps = HeatMaps(self._about.labels, heat_maps(raw.heat, raw.letterbox))
        limits = dict(zip(self._about.box_labels, self._about.boxes.thresholds, strict=True))
        return Prediction(
            model=self.identity,
            labels=self._about.labels,
            scores=raw.scores,
            thresholds=self._about.thresholds,
            detections=tuple(item for item in raw.boxes if item.score >= limits[item.label]),
            heatmaps=maps,
            timings_s=(*raw.timings_s, ("heatmaps", time.perf_counter() - started)),
            calibrated=self._about.calibration is not None,
            runtime=self.runtime,
        )


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
            # A detector alone has no score of the image to gate with.
            gated = score ** (1.0 - gate) * image_scores.get(label, score) ** gate
            found.append(BoxDetection(label, gated, box, limits[number - 1]))
    return tuple(sorted(found, key=lambda item: -item.score))
