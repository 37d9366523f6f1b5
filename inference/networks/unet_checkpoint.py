"""The lung U-Net on disk: ``model.safetensors``, ``model.json`` and ``CARD.md`` in one folder.

The same convention as for classifiers (``networks/checkpoint.py``): kernels in half precision, the
identity is one SHA-256 over weights and description.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from inference.networks.description import (
    JsonReader,
    Metric,
    Provenance,
    read_metric,
    read_provenance,
)
from inference.networks.errors import ModelCorrupt
from inference.networks.files import JsonObject, open_checkpoint, write_checkpoint
from inference.networks.unet import UNet, UNetConfig

KIND = "lung-segmentation"


@dataclass(frozen=True, slots=True)
class UNetDescription:
    """All of ``model.json`` but the hash of the weights.

    ``size_px``: side of the square input. Grey g in [0, 1] enters as (g - mean) / std.
    ``threshold``: from which probability on a pixel is lung.
    """

    name: str
    version: str
    network: UNetConfig
    size_px: int
    mean: float
    std: float
    threshold: float
    metrics: tuple[Metric, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class UNetCheckpoint:
    """The network in evaluation mode, float32, on the CPU."""

    network: UNet
    description: UNetDescription
    sha256: str


def save_unet(network: UNet, description: UNetDescription, folder: Path) -> str:
    """Write weights and description; return the identity."""
    tensors = {
        name: (value.half() if value.is_floating_point() and value.ndim > 1 else value).contiguous()
        for name, value in network.state_dict().items()
    }
    return write_checkpoint(folder, save_tensors(tensors), {"kind": KIND, **asdict(description)})


def load_unet(folder: Path, *, sha256: str = "") -> UNetCheckpoint:
    """``sha256``: the identity it must have; empty: whatever lies there, if whole.

    Raises ModelMissing, ModelHashMismatch or ModelCorrupt.
    """
    files = open_checkpoint(folder, sha256=sha256 or None)
    description = _description(files.table)
    network = _network(description.network, files.weights)
    return UNetCheckpoint(network, description, files.sha256)


def _description(table: JsonObject) -> UNetDescription:
    root = JsonReader(table, "model.json")
    if root.get("kind", str) != KIND:
        raise ModelCorrupt("model.json describes no lung segmentation that this version knows.")
    network = root.section("network")
    description = UNetDescription(
        name=root.get("name", str),
        version=root.get("version", str),
        network=UNetConfig(
            channels=network.row("channels", int),
            labels=network.row("labels", str),
            dropout=network.get("dropout", float),
        ),
        size_px=root.get("size_px", int),
        mean=root.get("mean", float),
        std=root.get("std", float),
        threshold=root.get("threshold", float),
        metrics=tuple(read_metric(item) for item in root.sections("metrics")),
        provenance=read_provenance(root.section("provenance")),
    )
    levels = len(description.network.channels)
    if levels < 2 or description.size_px < 32 or description.size_px % 2 ** (levels - 1):
        raise ModelCorrupt("model.json: input size and levels do not go together.")
    return description


def _network(config: UNetConfig, weights: bytes) -> UNet:
    try:
        tensors: dict[str, Tensor] = {
            name: value.float() if value.is_floating_point() else value
            for name, value in load_tensors(weights).items()
        }
        if not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
            raise ModelCorrupt("The weights hold values that are not numbers.")
        network = UNet(config)
        network.load_state_dict(tensors)
    except (SafetensorError, RuntimeError) as error:
        raise ModelCorrupt(f"The weights do not fit the description: {error}") from error
    return network.eval().requires_grad_(False)
