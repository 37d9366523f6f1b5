"""One of several processes: trains an epoch of small images and stores what it then has.

Started by torchrun from test_distributed.py, with the folder to write to.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from inference.training.distributed import launched_world
from tests.inference.test_engine import OPTIM, trainer


def main(out: Path) -> None:
    torch.set_num_threads(1)
    with launched_world(torch.device("cpu")) as world:
        torch.manual_seed(world.rank)  # replicas begin alike all the same
        training = trainer(OPTIM, world=world)
        losses = training.train_epoch()
        state = {
            "weights": dict(training.network.named_parameters()),
            "average": dict(training.average.network.named_parameters()),
            "gradients": {n: p.grad for n, p in training.network.named_parameters()},
            "losses": losses,
            "world": (world.rank, world.size),
        }
        torch.save(state, out / f"{world.rank}.pt")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
