"""A classifier or detector on disk: ``model.safetensors``, ``model.json`` and ``CARD.md``.

``model.json`` holds labels, preprocessing, thresholds, calibration, metrics, training
configuration and provenance. What identifies the folder is told in ``networks/files.py``. The card
is text for people and not part of that.

Weights may be stored in half precision; they are float32 once loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from inference.networks.description import Description, from_json, to_json
from inference.networks.errors import (
    ArchitectureUnknown,
    ModelCorrupt,
)
from inference.networks.files import CARD, open_checkpoint, write_checkpoint
from inference.networks.multitask import MultiTaskNetwork


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded checkpoint: the network in evaluation mode, float32, on the CPU."""

    network: MultiTaskNetwork
    description: Description
    sha256: str
    card: str


def save_checkpoint(
    network: MultiTaskNetwork, description: Description, folder: Path, *, half: bool = True
) -> str:
    """Write weights and description; return the identity. ``half``: kernels in float16.

    Vectors (biases, batch-norm statistics) stay float32: they are small, and variances can leave
    the range of float16.
    """
    tensors = {
        name: _stored(value.detach().cpu(), half) for name, value in network.state_dict().items()
    }
    return write_checkpoint(folder, save_tensors(tensors), to_json(description))


def load_checkpoint(folder: Path, *, sha256: str) -> Checkpoint:
    """Raises ModelMissing, ModelHashMismatch (another identity) or ModelCorrupt (unusable)."""
    files = open_checkpoint(folder, sha256=sha256)
    description = from_json(files.table)
    card = folder / CARD
    return Checkpoint(
        network=_network(description, files.weights),
        description=description,
        sha256=files.sha256,
        card=card.read_text(encoding="utf-8") if card.is_file() else "",
    )


def _network(description: Description, weights: bytes) -> MultiTaskNetwork:
    try:
        tensors = load_tensors(weights)
        network = MultiTaskNetwork(description.network)
        network.load_state_dict({name: _loaded(name, value) for name, value in tensors.items()})
    except (SafetensorError, ArchitectureUnknown, RuntimeError) as error:
        raise ModelCorrupt(f"The weights do not fit the description: {error}") from error
    return network.eval().requires_grad_(False)


def _stored(value: Tensor, half: bool) -> Tensor:
    kernel = value.is_floating_point() and value.ndim > 1
    return (value.half() if half and kernel else value).contiguous()


def _loaded(name: str, value: Tensor) -> Tensor:
    if not value.is_floating_point():
        return value
    if not bool(torch.isfinite(value).all()):
        raise ModelCorrupt(f"The weights hold values that are not numbers: {name}.")
    return value.float()
