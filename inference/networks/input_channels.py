"""Networks that take another number of channels than the three of a colour picture."""

from __future__ import annotations

from torch import nn

from inference.networks.errors import ArchitectureUnknown


def take_channels(backbone: nn.Module, channels: int) -> None:
    """Give the first convolution ``channels`` input channels; a fresh one unless it has them.

    Raises ArchitectureUnknown for fewer than one.
    """
    if channels < 1:
        raise ArchitectureUnknown("A network has at least one input channel.")
    name, first = next(
        (name, module) for name, module in backbone.named_modules() if isinstance(module, nn.Conv2d)
    )
    if first.in_channels == channels:
        return
    fresh = nn.Conv2d(
        channels,
        first.out_channels,
        _pair(first.kernel_size),
        _pair(first.stride),
        _pair(first.padding),
        bias=first.bias is not None,
    )
    parent, _, own = name.rpartition(".")
    setattr(backbone.get_submodule(parent), own, fresh)


def _pair(value: object) -> tuple[int, int]:
    if not isinstance(value, tuple):
        raise ArchitectureUnknown("The first convolution has no plain geometry.")
    return int(value[0]), int(value[1])
