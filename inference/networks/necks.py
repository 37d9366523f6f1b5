"""Between backbone and detector: which feature levels the boxes are looked for on."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from inference.networks.backbones import Levels
from inference.networks.errors import ArchitectureUnknown
from inference.networks.vision import torchvision

Channels = tuple[int, int, int, int]


class Neck(nn.Module):
    """Levels of a backbone -> ``levels`` maps of the same number of channels, finest first.

    The first ``pooled_levels`` of them are those that regions are read from.
    """

    levels: int
    pooled_levels: int

    def forward(self, features: Levels) -> list[Tensor]:
        raise TypeError("a Neck is one of the named subclasses")


class LightNeck(Neck):
    """One level at stride 16, with the context of stride 32 added from above."""

    levels = pooled_levels = 1

    def __init__(self, channels_in: Channels, channels: int) -> None:
        super().__init__()
        self.middle = nn.Conv2d(channels_in[2], channels, 1)
        self.top = nn.Conv2d(channels_in[3], channels, 1)
        self.smooth = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
        )

    def forward(self, features: Levels) -> list[Tensor]:
        middle = self.middle(features[2])
        context = functional.interpolate(self.top(features[3]), size=middle.shape[2:])
        return [self.smooth(middle + context)]


class PyramidNeck(Neck):
    """Feature pyramid over strides 8, 16 and 32. Source: Lin et al., CVPR 2017."""

    levels = pooled_levels = 3

    def __init__(self, channels_in: Channels, channels: int) -> None:
        super().__init__()
        self.pyramid: Any = torchvision.ops.FeaturePyramidNetwork(list(channels_in[1:]), channels)

    def forward(self, features: Levels) -> list[Tensor]:
        return list(self.pyramid(_named(features[1:])).values())


class FullPyramidNeck(Neck):
    """torchvision's own pyramid: strides 4 to 32, and a pooled level at 64 for the RPN alone."""

    levels, pooled_levels = 5, 4

    def __init__(self, channels_in: Channels, channels: int) -> None:
        super().__init__()
        self.pyramid: Any = torchvision.ops.FeaturePyramidNetwork(
            list(channels_in),
            channels,
            extra_blocks=torchvision.ops.feature_pyramid_network.LastLevelMaxPool(),
        )

    def forward(self, features: Levels) -> list[Tensor]:
        return list(self.pyramid(_named(features)).values())


NECKS: dict[str, type[LightNeck | PyramidNeck | FullPyramidNeck]] = {
    "light": LightNeck,
    "pyramid": PyramidNeck,
    "full_pyramid": FullPyramidNeck,
}


def build_neck(name: str, channels_in: Channels, channels: int) -> Neck:
    """Raises ArchitectureUnknown for a name that is not in NECKS."""
    if name not in NECKS:
        raise ArchitectureUnknown(f"No neck is called {name!r}; known: {', '.join(NECKS)}.")
    return NECKS[name](channels_in, channels)


def _named(features: tuple[Tensor, ...]) -> dict[str, Tensor]:
    return {str(number): level for number, level in enumerate(features)}
