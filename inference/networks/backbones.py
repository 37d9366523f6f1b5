"""Backbones by name, each with post-ReLU features at strides 8, 16 and 32.

The layers are torchvision's and keep its parameter names, so that published weights load unchanged.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from inference.networks.errors import ArchitectureUnknown, ModelCorrupt, ModelMissing
from inference.networks.vision import torchvision

Levels = tuple[Tensor, Tensor, Tensor]


class Backbone(nn.Module):
    """(N, 3, H, W) -> features at stride 8, 16 and 32, all after a ReLU."""

    strides: ClassVar[tuple[int, int, int]] = (8, 16, 32)
    channels: ClassVar[tuple[int, int, int]]

    def __init__(self, features: Any) -> None:
        super().__init__()
        self.features: Any = features

    def forward(self, images: Tensor) -> Levels:
        raise TypeError("a Backbone is one of the named subclasses")


class MobileNetV2(Backbone):
    """Strides 8 and 16 are the expanded (post-ReLU6) features where the blocks then step down."""

    channels = (192, 576, 1280)
    _steps_at: ClassVar[tuple[int, ...]] = (7, 14)

    def __init__(self) -> None:
        super().__init__(torchvision.models.mobilenet_v2(weights=None).features)

    def forward(self, images: Tensor) -> Levels:
        levels: list[Tensor] = []
        x = images
        for index, block in enumerate(self.features):
            if index in self._steps_at:
                expanded = block.conv[0](x)
                levels.append(expanded)
                x = block.conv[1:](expanded)
            else:
                x = block(x)
        return levels[0], levels[1], x


class DenseNet121(Backbone):
    """Strides 8 and 16 are the transitions' ReLU outputs, before they reduce and pool."""

    channels = (512, 1024, 1024)

    def __init__(self) -> None:
        super().__init__(torchvision.models.densenet121(weights=None).features)

    def forward(self, images: Tensor) -> Levels:
        net = self.features
        x = net.pool0(net.relu0(net.norm0(net.conv0(images))))
        x = net.transition1(net.denseblock1(x))
        stride8 = net.transition2.relu(net.transition2.norm(net.denseblock2(x)))
        x = net.transition2.pool(net.transition2.conv(stride8))
        stride16 = net.transition3.relu(net.transition3.norm(net.denseblock3(x)))
        x = net.transition3.pool(net.transition3.conv(stride16))
        return stride8, stride16, functional.relu(net.norm5(net.denseblock4(x)))


BACKBONES: dict[str, Callable[[], Backbone]] = {
    "mobilenet_v2": MobileNetV2,
    "densenet121": DenseNet121,
}


def build_backbone(name: str) -> Backbone:
    """Raises ArchitectureUnknown for a name that is not in BACKBONES."""
    if name not in BACKBONES:
        known = ", ".join(sorted(BACKBONES))
        raise ArchitectureUnknown(f"No backbone is called {name!r}; known: {known}.")
    return BACKBONES[name]()


def load_backbone(backbone: Backbone, path: Path) -> None:
    """Load torchvision-named ``features.*`` weights (safetensors, any float type).

    Keys of the published classifier are dropped. Raises ModelMissing, or ModelCorrupt when the
    others do not fit.
    """
    try:
        tensors: dict[str, Tensor] = {
            key: value.to(torch.float32) if value.is_floating_point() else value
            for key, value in load_file(path).items()
            if not key.startswith("classifier.")
        }
        backbone.load_state_dict(tensors)
    except OSError as error:
        raise ModelMissing(f"The starting weights cannot be read: {error}") from error
    except (RuntimeError, SafetensorError) as error:
        raise ModelCorrupt(f"The starting weights do not fit the backbone: {error}") from error
