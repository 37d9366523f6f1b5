"""Masks against masks: Dice, IoU, and their means over images with intervals by patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.bootstrap import RESAMPLES, Floats, Interval, draw_patients, intervals
from inference.evaluation.errors import EvaluationRefused

Mask = NDArray[np.bool_]


def dice(found: Mask, truth: Mask) -> float:
    """2 |A and B| / (|A| + |B|) of two masks of one shape; 1 where both are empty.

    Raises EvaluationRefused for masks of different shapes. Source: Dice, Ecology 1945.
    """
    _same_shape(found, truth)
    total = int(found.sum()) + int(truth.sum())
    return 1.0 if total == 0 else 2.0 * int((found & truth).sum()) / total


def iou(found: Mask, truth: Mask) -> float:
    """|A and B| / |A or B| of two masks of one shape; 1 where both are empty.

    Raises EvaluationRefused for masks of different shapes. Source: Jaccard, New Phytologist 1912.
    """
    _same_shape(found, truth)
    union = int((found | truth).sum())
    return 1.0 if union == 0 else int((found & truth).sum()) / union


def _same_shape(found: Mask, truth: Mask) -> None:
    if found.shape != truth.shape:
        raise EvaluationRefused(
            f"A mask of {found.shape} cannot be compared with one of {truth.shape}."
        )


@dataclass(frozen=True, slots=True)
class SegmentationResult:
    """Mean overlap over the images of a set, with 95 % intervals by patient; the worst image."""

    images: int
    patients: int
    dice: Interval
    iou: Interval
    worst_dice: float


def evaluate_masks(
    found: Sequence[Mask],
    truth: Sequence[Mask],
    patients: Sequence[str],
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> SegmentationResult:
    """One mask an image in each list, in one order. Raises EvaluationRefused without images."""
    if not len(found) == len(truth) == len(patients) or not len(found):
        raise EvaluationRefused("Masks, true masks and patients must be as many, and not none.")
    pairs = list(zip(found, truth, strict=True))
    values: Floats = np.array([(dice(a, b), iou(a, b)) for a, b in pairs])
    mean_dice, mean_iou = intervals(
        lambda weights: weights @ values / weights.sum(axis=1, keepdims=True),
        draw_patients(patients, resamples, seed),
    )
    return SegmentationResult(
        images=len(values),
        patients=len(set(patients)),
        dice=mean_dice,
        iou=mean_iou,
        worst_dice=float(values[:, 0].min()),
    )
