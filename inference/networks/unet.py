"""A small U-Net: one grey image in, one logit map a lung out.

Source: Ronneberger, Fischer and Brox, MICCAI 2015; with batch normalisation, padded convolutions
and bilinear upsampling.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

LUNGS = ("left lung", "right lung")


@dataclass(frozen=True, slots=True)
class UNetConfig:
    """``channels``: feature maps of each level, finest first; each level halves the side.

    ``labels``: one output channel each. The patient's left lung lies at the image's right.
    """

    channels: tuple[int, ...] = (16, 32, 64, 96, 128)
    labels: tuple[str, ...] = LUNGS
    dropout: float = 0.1


class UNet(nn.Module):
    """images (N, 1, S, S) -> logits (N, L, S, S); S is a multiple of 2^(levels - 1)."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.channels
        self.down = nn.ModuleList(
            _convolutions(before, width)
            for before, width in zip((1, *widths[:-1]), widths, strict=True)
        )
        self.up = nn.ModuleList(
            _convolutions(deep + width, width)
            for deep, width in zip(widths[:0:-1], widths[-2::-1], strict=True)
        )
        self.dropout = nn.Dropout2d(config.dropout)
        self.output = nn.Conv2d(widths[0], len(config.labels), kernel_size=1)

    def encode(self, images: Tensor) -> list[Tensor]:
        """Features after each level, finest first; all after a ReLU."""
        levels: list[Tensor] = []
        x = images
        for index, block in enumerate(self.down):
            x = block(functional.max_pool2d(x, 2) if index else x)
            levels.append(x)
        return levels

    def decode(self, levels: list[Tensor]) -> Tensor:
        """Features of ``encode`` -> logits."""
        x = self.dropout(levels[-1])
        for block, finer in zip(self.up, levels[-2::-1], strict=True):
            larger = functional.interpolate(x, scale_factor=2.0, mode="bilinear")
            x = block(torch.cat((larger, finer), dim=1))
        logits: Tensor = self.output(x)
        return logits

    def forward(self, images: Tensor) -> Tensor:
        return self.decode(self.encode(images))


def _convolutions(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
        nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )
