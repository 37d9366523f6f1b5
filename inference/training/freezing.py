"""Two-stage fine-tuning: the heads first, on a frozen backbone; then its top stages, or all."""

from __future__ import annotations

from inference.networks.backbones import Backbone
from inference.networks.freezing import freeze_backbone, keep_norms
from inference.training.config import OptimConfig


def set_trainable(backbone: Backbone, config: OptimConfig, epoch: int) -> None:
    """Which stages of the backbone train in this epoch (from 0); others keep weights and norms.

    Call it after ``train()``. Without ``freeze_epochs`` and ``train_top`` everything is left as it
    is.
    """
    if config.freeze_epochs or config.train_top:
        everything = len(backbone.stages())
        keep = 0 if epoch < config.freeze_epochs else (config.train_top or everything)
        freeze_backbone(backbone, keep_top=keep)
    if config.freeze_batch_norm:
        keep_norms(backbone)
