"""Fine-tuning in two stages: which parts of a backbone learn."""

from __future__ import annotations

from torch import nn

from inference.networks.backbones import Backbone


def freeze_backbone(backbone: Backbone, *, keep_top: int = 0) -> None:
    """Only the last ``keep_top`` stages train (``Backbone.stages``); 0: none, so the heads alone.

    Frozen stages keep weights and batch-norm statistics. Call it after ``train()``, which would set
    the norms to learn again. As many stages as there are, or more, freeze nothing.
    """
    stages = backbone.stages()
    for number, parts in enumerate(stages):
        trains = number >= len(stages) - keep_top
        for part in parts:
            part.requires_grad_(trains)
            if not trains:
                keep_norms(part)


def keep_norms(module: nn.Module) -> None:
    """Batch norms keep their statistics: few large images give poor ones."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.eval()
