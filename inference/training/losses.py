"""L = L_cls + lambda L_det. Unknown labels are masked: unknown is not negative."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def positive_weights(targets: Tensor, known: Tensor, cap: float) -> Tensor:
    """sqrt(negatives / positives) a label, at most ``cap``. (N, L), (N, L) bool -> (L,)."""
    mask = known.to(targets.dtype)
    positives = (targets * mask).sum(dim=0)
    negatives = ((1.0 - targets) * mask).sum(dim=0)
    return (negatives / positives.clamp(min=1.0)).sqrt().clamp(max=cap)


def smoothed(targets: Tensor, smoothing: float) -> Tensor:
    """Hard targets moved towards one half: 1 -> 1 - s/2, 0 -> s/2."""
    return targets * (1.0 - smoothing) + 0.5 * smoothing


def classification_loss(logits: Tensor, targets: Tensor, known: Tensor, weights: Tensor) -> Tensor:
    """Mean weighted binary cross-entropy over the known labels; 0 where none is known.

    logits, targets (N, L), targets in [0, 1]; known (N, L) bool; weights (L,) of the positives.
    """
    loss = functional.binary_cross_entropy_with_logits(
        logits.float(), targets, pos_weight=weights, reduction="none"
    )
    mask = known.to(loss.dtype)
    return (loss * mask).sum() / mask.sum().clamp(min=1.0)


def composite_loss(
    classification: Tensor, detector_losses: dict[str, Tensor], detection_weight: float
) -> Tensor:
    """L_cls + lambda (sum of the Faster R-CNN losses)."""
    if not detector_losses:
        return classification
    return classification + detection_weight * torch.stack(list(detector_losses.values())).sum()
