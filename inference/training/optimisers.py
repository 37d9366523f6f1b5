"""Optimiser and learning-rate schedule, from the configuration."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from inference.training.config import OptimConfig


def make_optimizer(network: nn.Module, config: OptimConfig) -> torch.optim.Optimizer:
    """AdamW, or SGD with Nesterov's momentum; norms and biases are not decayed."""
    groups = _groups(network, config)
    if config.optimizer == "sgd":
        return torch.optim.SGD(
            groups,
            lr=config.head_rate,
            momentum=config.momentum,
            nesterov=config.momentum > 0,
            weight_decay=config.weight_decay,
        )
    return torch.optim.AdamW(groups, weight_decay=config.weight_decay)


def make_schedule(optimizer: torch.optim.Optimizer, config: OptimConfig, steps: int) -> LRScheduler:
    """Over all ``steps`` of the training: one cycle, or a linear warm-up and then a cosine to 0.

    OneCycle also lowers the momentum while the rate is high. Source: Smith and Topin, 2019.
    """
    if config.schedule == "onecycle":
        return OneCycleLR(
            optimizer,
            max_lr=[group["lr"] for group in optimizer.param_groups],
            total_steps=steps,
            pct_start=config.warm_up_share,
            cycle_momentum=config.optimizer == "adamw" or config.momentum > 0,
        )
    warm_up = max(1, round(steps * config.warm_up_share))
    return LambdaLR(optimizer, lambda step: cosine(step, warm_up, steps))


def cosine(step: int, warm_up: int, steps: int) -> float:
    """Share of the full rate at a step from 0: up in a line to 1, down in a half cosine to 0."""
    if step < warm_up:
        return (step + 1) / warm_up
    done = (step - warm_up) / max(1, steps - warm_up)
    return 0.5 * (1.0 + math.cos(math.pi * min(1.0, done)))


def _groups(network: nn.Module, config: OptimConfig) -> list[dict[str, Any]]:
    """Backbone and heads with their rates; norms and biases are not decayed."""
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            key = (name.startswith("backbone."), parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": config.backbone_rate if in_backbone else config.head_rate,
            **({} if decayed else {"weight_decay": 0.0}),
        }
        for (in_backbone, decayed), parameters in groups.items()
    ]
