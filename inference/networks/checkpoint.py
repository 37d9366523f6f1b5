"""A checkpoint on disk: a folder with ``model.safetensors``, ``model.json`` and ``CARD.md``.

``model.json`` holds labels, preprocessing, thresholds, calibration, metrics, training
configuration, provenance, and the SHA-256 of ``model.safetensors``. The identity of a checkpoint
is one SHA-256 over the bytes of both files, weights first
(``cat model.safetensors model.json | sha256sum``), so that neither can change under a registered
model. The card is text for people and not part of it.

Weights may be stored in half precision; they are float32 once loaded.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from inference.networks.description import Description, JsonValue, from_json, to_json
from inference.networks.errors import (
    ArchitectureUnknown,
    ModelCorrupt,
    ModelHashMismatch,
)
from inference.networks.files import CARD, DESCRIPTION, WEIGHTS, identity_of, read_checkpoint
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
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {
        name: _stored(value.detach().cpu(), half) for name, value in network.state_dict().items()
    }
    weights = save_tensors(tensors)
    digest = hashlib.sha256(weights).hexdigest()
    text = json.dumps(to_json(description, digest), indent=1, allow_nan=False) + "\n"
    _write(folder / WEIGHTS, weights)
    _write(folder / DESCRIPTION, text.encode())
    return identity_of(weights, text.encode())


def load_checkpoint(folder: Path, *, sha256: str) -> Checkpoint:
    """Raises ModelMissing, ModelHashMismatch (another identity) or ModelCorrupt (unusable)."""
    weights, table = read_checkpoint(folder)
    found = identity_of(weights, table)
    if found != sha256.lower():
        raise ModelHashMismatch(
            f"The model was registered as {sha256[:12]}, but its files are {found[:12]}."
        )
    description, weights_sha256 = from_json(_parse(table))
    if hashlib.sha256(weights).hexdigest() != weights_sha256:
        raise ModelCorrupt("model.json belongs to other weights.")
    card = folder / CARD
    return Checkpoint(
        network=_network(description, weights),
        description=description,
        sha256=found,
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


def _parse(table: bytes) -> JsonValue:
    try:
        value: JsonValue = json.loads(table)
    except ValueError as error:
        raise ModelCorrupt("model.json is no JSON.") from error
    return value


def _write(path: Path, content: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.write_bytes(content)
    part.replace(path)
