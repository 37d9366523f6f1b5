"""L = L_cls + lambda L_det. Unknown labels are masked: unknown is not negative."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from inference.training.config import OptimConfig


def positive_weights(targets: Tensor, known: Tensor, cap: float, kind: str = "sqrt") -> Tensor:
    """Weight of the positives of a label, at most ``cap``. (N, L), (N, L) bool -> (L,).

    ``kind``: "ratio" negatives / positives, "sqrt" its root, "none" all ones.
    """
    if kind == "none":
        return torch.ones(targets.shape[1])
    mask = known.to(targets.dtype)
    positives = (targets * mask).sum(dim=0)
    negatives = ((1.0 - targets) * mask).sum(dim=0)
    ratio = negatives / positives.clamp(min=1.0)
    return (ratio.sqrt() if kind == "sqrt" else ratio).clamp(max=cap)


def smoothed(targets: Tensor, smoothing: float) -> Tensor:
    """Hard targets moved towards one half: 1 -> 1 - s/2, 0 -> s/2."""
    return targets * (1.0 - smoothing) + 0.5 * smoothing


def classification_loss(
    logits: Tensor, targets: Tensor, known: Tensor, weights: Tensor, focal_gamma: float = 0.0
) -> Tensor:
    """Mean weighted binary cross-entropy over the known labels; 0 where none is known.

    logits, targets (N, L), targets in [0, 1]; known (N, L) bool; weights (L,) of the positives.
    With ``focal_gamma`` > 0 each term is weighed by |target - probability|^gamma, which for hard
    targets is the focal loss of Lin et al., ICCV 2017, and for soft ones that of Li et al., NeurIPS
    2020.
    """
    loss = functional.binary_cross_entropy_with_logits(
        logits.float(), targets, pos_weight=weights, reduction="none"
    )
    if focal_gamma > 0.0:
        # The tiny offset keeps the power's slope finite where a probability meets its target.
        loss = loss * ((targets - logits.float().sigmoid()).abs() + 1e-8) ** focal_gamma
    mask = known.to(loss.dtype)
    return (loss * mask).sum() / mask.sum().clamp(min=1.0)


@dataclass(frozen=True, slots=True)
class Criterion:
    """The classification loss of one training. ``weights`` (L,) on the training device."""

    weights: Tensor
    focal_gamma: float = 0.0

    def __call__(self, logits: Tensor, targets: Tensor, known: Tensor) -> Tensor:
        """0 where there are no labels."""
        if logits.shape[1] == 0:
            return logits.float().sum()
        return classification_loss(logits, targets, known, self.weights, self.focal_gamma)


def criterion_for(targets: Tensor, known: Tensor, config: OptimConfig) -> Criterion:
    """``targets``, ``known`` (N, L): those of the training part, which the weights come from."""
    weights = positive_weights(targets, known, config.positive_weight_cap, config.positive_weight)
    return Criterion(weights, config.focal_gamma if config.loss == "focal" else 0.0)


def composite_loss(
    classification: Tensor, detector_losses: dict[str, Tensor], detection_weight: float
) -> Tensor:
    """L_cls + lambda (sum of the Faster R-CNN losses)."""
    if not detector_losses:
        return classification
    return classification + detection_weight * torch.stack(list(detector_losses.values())).sum()
