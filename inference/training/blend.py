"""Averaging the weights of several moments of one training.

python -m inference.training.blend epoch-4.pt epoch-5.pt ... --out mean.pt

A later stage starts from the earlier one, so both lie in the same basin and a point between them is
a working network, often a better one than either end. The same holds for the epochs of one stage,
whose mean is steadier than the epoch that a small validation set happens to like best. A detector
may exist only in the later stage.
Source: Wortsman et al., Model soups, ICML 2022.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from cxrportal.common.errors import exit_status
from inference.networks.errors import ModelCorrupt
from inference.training.preparation import load_state

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


def mean_of(states: Sequence[State]) -> State:
    """The mean of equal networks; counters as in the last. Raises ModelCorrupt for unequal ones."""
    *_, result = states
    for number, state in enumerate(states[:-1], start=1):
        if state.keys() != result.keys():
            raise ModelCorrupt("The weights to average are of different networks.")
        # After this step ``result`` is the mean of the last state and the first ``number``.
        result = blend(result, state, 1.0 / (number + 1))
    return result


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.training.blend", description=__doc__)
    parser.add_argument(
        "weights", type=Path, nargs="+", help="best.pt or epoch-N.pt, equal in form"
    )
    parser.add_argument("--out", type=Path, required=True, help="the mean, as best.pt is")
    given = parser.parse_args(argv)

    def write() -> None:
        torch.save(mean_of([load_state(path) for path in given.weights]), given.out)

    return exit_status(write)


if __name__ == "__main__":
    sys.exit(main())
