"""Averaging the weights of two stages of one training.

A later stage starts from the earlier one, so both lie in the same basin and a point between them is
a working network, often a better one than either end. The detector exists only in the later stage.
Source: Wortsman et al., Model soups, ICML 2022.
"""

from __future__ import annotations

from torch import Tensor

from inference.networks.errors import ModelCorrupt

State = dict[str, Tensor]


def blend(later: State, earlier: State, share: float) -> State:
    """``later`` with everything that both have moved ``share`` of the way to ``earlier``.

    Raises ModelCorrupt for a share outside [0, 1] or for weights that are not of an earlier stage.
    """
    strange = [
        name
        for name, value in earlier.items()
        if name not in later or later[name].shape != value.shape
    ]
    if strange:
        raise ModelCorrupt(f"The weights to blend do not fit: {', '.join(strange[:5])}.")
    if not 0.0 <= share <= 1.0:
        raise ModelCorrupt("The share to blend must be in [0, 1].")
    return {
        name: value.lerp(earlier[name], share)
        if name in earlier and value.is_floating_point()
        else value
        for name, value in later.items()
    }
