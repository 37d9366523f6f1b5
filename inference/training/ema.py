"""An exponential moving average of a network's weights: what is validated and shipped."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

_Net = TypeVar("_Net", bound=nn.Module)


class MovingAverage(Generic[_Net]):
    """Holds a copy of ``network`` whose floating-point state follows it slowly."""

    def __init__(self, network: _Net, decay: float) -> None:
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, network: nn.Module) -> None:
        """Young averages follow faster, so that the random start is forgotten."""
        self.updates += 1
        decay = min(self.decay, (1.0 + self.updates) / (10.0 + self.updates))
        source = network.state_dict()
        for name, value in self.network.state_dict().items():
            if value.is_floating_point():
                value.lerp_(source[name], 1.0 - decay)
            else:
                value.copy_(source[name])
