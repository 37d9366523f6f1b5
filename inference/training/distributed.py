"""One training over several processes, started by ``torchrun``: the same configuration, as is.

The images of a step are divided among the processes, so the number of steps, the schedule and the
images a step do not depend on how many there are. Process 0 alone validates and writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

# Others wait while process 0 packs the images or validates.
PATIENCE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class World:
    """This process is number ``rank`` of ``size``."""

    rank: int = 0
    size: int = 1

    @property
    def main(self) -> bool:
        """Whether this process writes."""
        return self.rank == 0

    def wait(self) -> None:
        """Until every process is here."""
        if self.size > 1:
            distributed.barrier()

    def wrap(self, network: nn.Module) -> nn.Module:
        """The network whose backward pass averages gradients over the processes."""
        if self.size == 1:
            return network
        # A share of a batch may hold no boxed image: then the detector gets no gradient there.
        return DistributedDataParallel(network, find_unused_parameters=True)

    def mean(self, values: Tensor) -> Tensor:
        """(K,) float64 on the CPU -> the mean over the processes."""
        if self.size == 1:
            return values
        device = "cuda" if distributed.get_backend() == "nccl" else "cpu"
        total = values.to(device)
        distributed.all_reduce(total)
        return total.cpu() / self.size

    def agree(self, decision: bool) -> bool:
        """The decision of process 0, for all."""
        said = [decision]
        if self.size > 1:
            distributed.broadcast_object_list(said)
        return said[0]


ALONE = World()


@contextmanager
def launched_world(device: torch.device) -> Iterator[World]:
    """The processes that torchrun started; alone where it did not. NCCL on CUDA, gloo elsewhere."""
    if not distributed.is_torchelastic_launched():
        yield ALONE
        return
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        world = World(distributed.get_rank(), distributed.get_world_size())
        if device.type == "cuda":
            torch.cuda.set_device(world.rank % torch.cuda.device_count())
        yield world
    finally:
        distributed.destroy_process_group()
