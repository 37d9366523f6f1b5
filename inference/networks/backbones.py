"""Backbones by name, each with activated features at strides 4, 8, 16 and 32.

The layers are torchvision's and keep its parameter names, so that published weights load unchanged.
"Activated" is behind the network's own activation: ReLU, or SiLU in EfficientNet, whose features
therefore reach down to -0.28. The last features are those that the published classifier pools.
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

Levels = tuple[Tensor, Tensor, Tensor, Tensor]


class Backbone(nn.Module):
    """(N, 3, H, W) -> features at stride 4, 8, 16 and 32, all behind an activation."""

    strides: ClassVar[tuple[int, int, int, int]] = (4, 8, 16, 32)
    channels: ClassVar[tuple[int, int, int, int]]

    def forward(self, images: Tensor) -> Levels:
        raise TypeError("a Backbone is one of the named subclasses")

    def stages(self) -> list[tuple[nn.Module, ...]]:
        """The parts that have weights, from the image on: what fine-tuning freezes or trains."""
        raise TypeError("a Backbone is one of the named subclasses")


class MobileNetV2(Backbone):
    """Strides 4 to 16 are the expanded (post-ReLU6) features where the blocks then step down."""

    channels = (144, 192, 576, 1280)
    _steps_at: ClassVar[tuple[int, ...]] = (4, 7, 14)

    def __init__(self) -> None:
        super().__init__()
        self.features: Any = torchvision.models.mobilenet_v2(weights=None).features

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
        return levels[0], levels[1], levels[2], x

    def stages(self) -> list[tuple[nn.Module, ...]]:
        return [(block,) for block in self.features]


class EfficientNetB0(Backbone):
    """Strides 4 to 16 are the expanded (post-SiLU) features where the stages then step down."""

    channels = (144, 240, 672, 1280)
    _steps_at: ClassVar[tuple[int, ...]] = (3, 4, 6)

    def __init__(self) -> None:
        super().__init__()
        self.features: Any = torchvision.models.efficientnet_b0(weights=None).features

    def forward(self, images: Tensor) -> Levels:
        levels: list[Tensor] = []
        x = images
        for index, stage in enumerate(self.features):
            if index in self._steps_at:
                step = stage[0].block  # it changes the stride, so it has no residual connection
                expanded = step[0](x)
                levels.append(expanded)
                x = stage[1:](step[1:](expanded))
            else:
                x = stage(x)
        return levels[0], levels[1], levels[2], x

    def stages(self) -> list[tuple[nn.Module, ...]]:
        return [(stage,) for stage in self.features]


class DenseNet121(Backbone):
    """Strides 4 to 16 are the transitions' ReLU outputs, before they reduce and pool."""

    channels = (256, 512, 1024, 1024)

    def __init__(self) -> None:
        super().__init__()
        self.features: Any = torchvision.models.densenet121(weights=None).features

    def forward(self, images: Tensor) -> Levels:
        net = self.features
        x = net.pool0(net.relu0(net.norm0(net.conv0(images))))
        stride4 = net.transition1.relu(net.transition1.norm(net.denseblock1(x)))
        x = net.transition1.pool(net.transition1.conv(stride4))
        stride8 = net.transition2.relu(net.transition2.norm(net.denseblock2(x)))
        x = net.transition2.pool(net.transition2.conv(stride8))
        stride16 = net.transition3.relu(net.transition3.norm(net.denseblock3(x)))
        x = net.transition3.pool(net.transition3.conv(stride16))
        return stride4, stride8, stride16, functional.relu(net.norm5(net.denseblock4(x)))

    def stages(self) -> list[tuple[nn.Module, ...]]:
        net = self.features
        return [
            (net.conv0, net.norm0),
            (net.denseblock1, net.transition1),
            (net.denseblock2, net.transition2),
            (net.denseblock3, net.transition3),
            (net.denseblock4, net.norm5),
        ]


class ResNet50(Backbone):
    """The outputs of the four stages, each behind its last block's ReLU."""

    channels = (256, 512, 1024, 2048)

    def __init__(self) -> None:
        super().__init__()
        net: Any = torchvision.models.resnet50(weights=None)
        self.conv1, self.bn1, self.relu, self.maxpool = net.conv1, net.bn1, net.relu, net.maxpool
        self.layer1, self.layer2 = net.layer1, net.layer2
        self.layer3, self.layer4 = net.layer3, net.layer4

    def forward(self, images: Tensor) -> Levels:
        stride4 = self.layer1(self.maxpool(self.relu(self.bn1(self.conv1(images)))))
        stride8 = self.layer2(stride4)
        stride16 = self.layer3(stride8)
        return stride4, stride8, stride16, self.layer4(stride16)

    def stages(self) -> list[tuple[nn.Module, ...]]:
        stem = (self.conv1, self.bn1)
        return [stem, (self.layer1,), (self.layer2,), (self.layer3,), (self.layer4,)]


BACKBONES: dict[str, Callable[[], Backbone]] = {
    "mobilenet_v2": MobileNetV2,
    "densenet121": DenseNet121,
    "efficientnet_b0": EfficientNetB0,
    "resnet50": ResNet50,
}
_PUBLISHED_CLASSIFIERS = ("classifier.", "fc.")


def build_backbone(name: str) -> Backbone:
    """Raises ArchitectureUnknown for a name that is not in BACKBONES."""
    if name not in BACKBONES:
        known = ", ".join(sorted(BACKBONES))
        raise ArchitectureUnknown(f"No backbone is called {name!r}; known: {known}.")
    return BACKBONES[name]()


def load_backbone(backbone: Backbone, path: Path) -> None:
    """Load weights under torchvision's names (safetensors, any float type).

    Keys of the published classifier are dropped. Raises ModelMissing, or ModelCorrupt when the
    others do not fit.
    """
    try:
        tensors: dict[str, Tensor] = {
            key: value.to(torch.float32) if value.is_floating_point() else value
            for key, value in load_file(path).items()
            if not key.startswith(_PUBLISHED_CLASSIFIERS)
        }
        backbone.load_state_dict(tensors)
    except OSError as error:
        raise ModelMissing(f"The starting weights cannot be read: {error}") from error
    except (RuntimeError, SafetensorError) as error:
        raise ModelCorrupt(f"The starting weights do not fit the backbone: {error}") from error
