"""Does a runtime put out what torch eager puts out? Compared on the project's own phantoms."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from inference.networks.description import Preprocessing
from inference.networks.detector import RawDetections
from inference.phantoms.generator import make_phantom
from inference.predict.boxes import iou_matrix
from inference.predict.preprocess import letterboxed, normalised
from inference.predict.runtime import ImageOutput, Runtime

PHANTOM_SEEDS = (1, 2, 3, 5)
PHANTOM_SIZE_PX = (640, 560)
ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far from torch eager a runtime may be.

    ``logit``: absolute. ``score`` and ``iou``: of a box and its counterpart. ``heat``: as a share
    of the image's strongest heat. Boxes scored below ``box_score`` by both are not compared.
    """

    logit: float = 0.02
    score: float = 0.01
    iou: float = 0.95
    heat: float = 0.05
    box_score: float = 0.05


@dataclass(frozen=True, slots=True)
class Difference:
    """The largest differences over all images, and how many boxes have no counterpart."""

    logit: float
    score: float
    heat: float
    unmatched: int

    def complaint(self, allowed: Tolerance) -> str:
        """What is too far off, in words; nothing where all is within ``allowed``."""
        limits = (
            ("logits differ by", self.logit, allowed.logit),
            ("box scores differ by", self.score, allowed.score),
            ("heat maps differ by", self.heat, allowed.heat),
        )
        # Not "greater than": a NaN has to fail.
        said = [f"{words} {value:.2g}" for words, value, limit in limits if not value <= limit]
        if self.unmatched:
            said.append(f"{self.unmatched} boxes have no counterpart")
        return ", ".join(said)


def phantom_inputs(preprocessing: Preprocessing) -> Tensor:
    """(N, 3, S, S): what the network sees of the phantoms."""
    squares = []
    for seed in PHANTOM_SEEDS:
        stored = make_phantom(seed, size_px=PHANTOM_SIZE_PX).image.astype(np.float32)
        squares.append(letterboxed(stored / stored.max(), preprocessing.size_px)[0])
    return normalised(torch.stack(squares)[:, None], preprocessing)


def measured(runtime: Runtime, inputs: Tensor) -> tuple[list[ImageOutput], float]:
    """Outputs for all images, and the median of milliseconds an image after one to warm up."""
    outputs = runtime.run(inputs)
    times: list[float] = []
    for _ in range(ROUNDS):
        for image in inputs.split(1):
            began = time.perf_counter()
            runtime.run(image)
            times.append(time.perf_counter() - began)
    return outputs, statistics.median(times) * 1000


def compare(
    reference: Sequence[ImageOutput], others: Sequence[ImageOutput], allowed: Tolerance
) -> Difference:
    pairs = list(zip(reference, others, strict=True))
    matched = [_boxes(one.detections, two.detections, allowed) for one, two in pairs]
    return Difference(
        logit=max(_farthest(one.logits, two.logits) for one, two in pairs),
        score=max(score for score, _ in matched),
        heat=max(_heat(one.heat, two.heat) for one, two in pairs),
        unmatched=sum(lost for _, lost in matched),
    )


def _heat(reference: Tensor, other: Tensor) -> float:
    if not reference.numel():
        return 0.0
    strongest = max(float(reference.max()), float(torch.finfo(torch.float32).tiny))
    return _farthest(reference, other) / strongest


def _farthest(first: Tensor, second: Tensor) -> float:
    """A detector alone has neither logits nor heat."""
    return float((first - second).abs().max()) if first.numel() else 0.0


def _boxes(
    reference: RawDetections | None, other: RawDetections | None, allowed: Tolerance
) -> tuple[float, int]:
    """(largest difference of scores, boxes without a counterpart), looked for both ways."""
    if reference is None or other is None:
        return 0.0, 0 if reference is other else 1
    first, second = (
        _counterparts(reference, other, allowed),
        _counterparts(other, reference, allowed),
    )
    lost = int(np.isnan(first).sum() + np.isnan(second).sum())
    found = np.concatenate((first, second))
    found = found[~np.isnan(found)]
    return float(found.max()) if len(found) else 0.0, lost


def _counterparts(
    these: RawDetections, those: RawDetections, allowed: Tolerance
) -> NDArray[np.float64]:
    """For each of these that counts: how far the nearest score of a fitting box is; NaN if none."""
    overlap = iou_matrix(these.boxes.double().numpy(), those.boxes.double().numpy())
    same = these.labels.numpy()[:, None] == those.labels.numpy()[None, :]
    apart = np.abs(these.scores.double().numpy()[:, None] - those.scores.double().numpy()[None, :])
    apart = np.where(same & (overlap >= allowed.iou), apart, np.inf)
    nearest = apart.min(axis=1, initial=np.inf)[these.scores.numpy() >= allowed.box_score]
    result: NDArray[np.float64] = np.where(np.isinf(nearest), np.nan, nearest)
    return result
