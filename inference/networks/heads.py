"""Classification heads whose Grad-CAM has a closed form: heat maps need no backward pass."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from inference.networks.errors import ArchitectureUnknown


class ClassificationHead(nn.Module, ABC):
    """Global average pooling, then logits. features (N, C, h, w) -> logits (N, L)."""

    @abstractmethod
    def forward(self, features: Tensor) -> Tensor: ...

    @abstractmethod
    def channel_weights(self, features: Tensor) -> Tensor:
        """d logit / d pooled feature, (N, L, C), as it stands in evaluation mode (no dropout)."""

    def grad_cam(self, features: Tensor) -> Tensor:
        """Grad-CAM of every label at once: (N, C, h, w) -> (N, L, h, w), >= 0, not normalised.

        The gradient of a logit to a feature behind global average pooling is the same at each
        place: channel weight / (h w). Its mean over places is Grad-CAM's weight, so this equals
        Grad-CAM at ``features``. Source: Selvaraju et al., ICCV 2017, equations 1 and 2.
        """
        places = features.shape[2] * features.shape[3]
        weights = self.channel_weights(features) / places
        return torch.einsum("nlc,nchw->nlhw", weights, features).relu()


class LinearHead(ClassificationHead):
    def __init__(self, channels: int, labels: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(channels, labels)

    def forward(self, features: Tensor) -> Tensor:
        logits: Tensor = self.output(self.dropout(features.mean(dim=(2, 3))))
        return logits

    def channel_weights(self, features: Tensor) -> Tensor:
        return self.output.weight.expand(len(features), -1, -1)


class HiddenHead(ClassificationHead):
    """Pooling -> hidden units -> ReLU -> dropout -> logits."""

    def __init__(self, channels: int, labels: int, dropout: float, hidden: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(channels, hidden)
        self.dropout = nn.Dropout(dropout)
        self.output = nn.Linear(hidden, labels)

    def forward(self, features: Tensor) -> Tensor:
        units = self.hidden(features.mean(dim=(2, 3))).relu()
        logits: Tensor = self.output(self.dropout(units))
        return logits

    def channel_weights(self, features: Tensor) -> Tensor:
        """W2 diag(unit > 0) W1."""
        active = (self.hidden(features.mean(dim=(2, 3))) > 0).to(features.dtype)
        weights: Tensor = (self.output.weight * active[:, None, :]) @ self.hidden.weight
        return weights


class NoHead(ClassificationHead):
    """Of a detector alone: no label, so logits (N, 0) and no heat maps."""

    def forward(self, features: Tensor) -> Tensor:
        return features.new_zeros((len(features), 0))

    def channel_weights(self, features: Tensor) -> Tensor:
        return features.new_zeros((len(features), 0, features.shape[1]))


def build_head(
    kind: str, *, channels: int, labels: int, dropout: float, hidden: int
) -> ClassificationHead:
    """Without labels a NoHead. Raises ArchitectureUnknown unless "linear" or "hidden"."""
    if labels == 0 and kind in ("linear", "hidden"):
        return NoHead()
    if kind == "linear":
        return LinearHead(channels, labels, dropout)
    if kind == "hidden":
        return HiddenHead(channels, labels, dropout, hidden)
    raise ArchitectureUnknown(f"No classification head is called {kind!r}; known: hidden, linear.")
