"""Two-stage fine-tuning: the heads first, on a frozen backbone; then its top stages, or all."""

from __future__ import annotations

from torch import nn

from inference.networks.backbones import Backbone
from inference.training.config import OptimConfig


def set_trainable(backbone: Backbone, config: OptimConfig, epoch: int) -> None:
    """Which stages of the backbone train in this epoch (from 0); others keep weights and norms.

    Call it after ``train()``. Without ``freeze_epochs`` and ``train_top`` everything is left as it
    is.
    """
    if config.freeze_epochs or config.train_top:
        stages = _stages(backbone)
        training = 0 if epoch < config.freeze_epochs else (config.train_top or len(stages))
        for number, stage in enumerate(stages):
            trains = number >= len(stages) - training
            stage.requires_grad_(trains)
            if not trains:
                keep_norms(stage)
    if config.freeze_batch_norm:
        keep_norms(backbone)


def keep_norms(module: nn.Module) -> None:
    """Batch norms keep their statistics: few large images give poor ones."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eval()


def _stages(backbone: Backbone) -> list[nn.Module]:
    """The parts of the backbone that have weights, from the image on."""
    return [part for part in backbone.features.children() if any(True for _ in part.parameters())]
