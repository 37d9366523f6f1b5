"""A small convolutional GAN for synthetic radiographs, and its checkpoint.

Generator: latent vector -> 4 x 4 -> doubled up to the size, batch norms between. Discriminator: the
way back, every layer under spectral normalisation. Sources: Radford et al., ICLR 2016; Miyato et
al., ICLR 2018.

A checkpoint is the averaged generator: ``model.safetensors`` and ``model.json``, named by one
SHA-256 over both as in ``networks/checkpoint.py``.
"""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from inference.networks.description import JsonReader, Provenance, read_provenance
from inference.networks.errors import ArchitectureUnknown, ModelCorrupt
from inference.networks.files import JsonObject, open_checkpoint, write_checkpoint

KIND = "synthetic-radiographs"
SMALLEST_PX, LARGEST_PX = 16, 1024
_FIRST_PX = 4


@dataclass(frozen=True, slots=True)
class GanConfig:
    """``size_px``: a power of two. ``width``: channels at full size, doubled at each halving."""

    size_px: int = 64
    latent: int = 96
    width: int = 16
    widest: int = 256


class Generator(nn.Module):
    """(N, latent) standard normal -> (N, 1, S, S) in [-1, 1], 1 is white."""

    def __init__(self, config: GanConfig) -> None:
        super().__init__()
        channels = _channels(config)
        self.latent = config.latent
        self.first = nn.Linear(config.latent, channels[0] * _FIRST_PX**2, bias=False)
        self.first_norm = nn.Sequential(nn.BatchNorm2d(channels[0]), nn.ReLU())
        self.blocks = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Upsample(scale_factor=2),
                    nn.Conv2d(wide, narrow, 3, padding=1, bias=False),
                    nn.BatchNorm2d(narrow),
                    nn.ReLU(),
                )
                for wide, narrow in itertools.pairwise(channels)
            )
        )
        self.last = nn.Conv2d(channels[-1], 1, 3, padding=1)

    def forward(self, latent: Tensor) -> Tensor:
        x = self.first(latent).view(len(latent), -1, _FIRST_PX, _FIRST_PX)
        images: Tensor = self.last(self.blocks(self.first_norm(x))).tanh()
        return images


class Discriminator(nn.Module):
    """(N, 1, S, S) in [-1, 1] -> (N,) score, higher where the image looks real.

    ``spectral`` false: free of the normalisation, for a judge that plays against nobody.
    """

    def __init__(self, config: GanConfig, *, spectral: bool = True) -> None:
        super().__init__()
        channels = _channels(config)[::-1]
        wrap = spectral_norm if spectral else _as_it_is
        layers: list[nn.Module] = [wrap(nn.Conv2d(1, channels[0], 3, padding=1))]
        for narrow, wide in itertools.pairwise(channels):
            layers += [nn.LeakyReLU(0.1), wrap(nn.Conv2d(narrow, wide, 4, stride=2, padding=1))]
        self.layers = nn.Sequential(*layers, nn.LeakyReLU(0.1))
        self.score = wrap(nn.Linear(channels[-1] * _FIRST_PX**2, 1))

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.score(self.layers(images).flatten(1))[:, 0]
        return scores


def _as_it_is(layer: nn.Module) -> nn.Module:
    return layer


def _channels(config: GanConfig) -> list[int]:
    """Channels from 4 x 4 up to the full size. Raises ArchitectureUnknown for other sizes."""
    size = config.size_px
    if size & (size - 1) or not SMALLEST_PX <= size <= LARGEST_PX:
        raise ArchitectureUnknown(
            f"size_px must be a power of two from {SMALLEST_PX} to {LARGEST_PX}, not {size}."
        )
    if min(config.latent, config.width, config.widest) < 1:
        raise ArchitectureUnknown("latent, width and widest must be positive.")
    doublings = (size // _FIRST_PX).bit_length() - 1
    return [min(config.widest, config.width * 2**step) for step in range(doublings, -1, -1)]


@dataclass(frozen=True, slots=True)
class GanDescription:
    """All of ``model.json`` but the hash of the weights. ``steps``: how long it trained."""

    name: str
    version: str
    network: GanConfig
    steps: int
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class GanCheckpoint:
    """The generator in evaluation mode, float32, on the CPU."""

    generator: Generator
    description: GanDescription
    sha256: str

    @torch.inference_mode()
    def draw(self, count: int, seed: int, *, first: int = 0) -> Tensor:
        """Images number ``first`` on of this seed: (count, S, S) uint8.

        Each has its own random source, so an image does not depend on how many are drawn.
        """
        size = self.description.network.size_px
        images = torch.empty((count, size, size), dtype=torch.uint8)
        for place in range(count):
            source = torch.Generator().manual_seed(seed * 1_000_003 + first + place)
            latent = torch.randn(1, self.generator.latent, generator=source)
            grey = (self.generator(latent)[0, 0] + 1.0) * 127.5
            images[place] = grey.round().clamp(0, 255).to(torch.uint8)
        return images


def save_gan(generator: Generator, description: GanDescription, folder: Path) -> str:
    """Write weights and description; return the identity."""
    weights = save_tensors(
        {name: value.detach().cpu().contiguous() for name, value in generator.state_dict().items()}
    )
    return write_checkpoint(folder, weights, {"kind": KIND, **asdict(description)})


def load_gan(folder: Path, *, sha256: str = "") -> GanCheckpoint:
    """``sha256``: the identity it must have; empty: whatever lies there, if whole.

    Raises ModelMissing, ModelHashMismatch or ModelCorrupt.
    """
    files = open_checkpoint(folder, sha256=sha256 or None)
    description = _description(files.table)
    try:
        tensors = load_tensors(files.weights)
        generator = Generator(description.network)
        generator.load_state_dict(tensors)
    except (SafetensorError, RuntimeError, ArchitectureUnknown) as error:
        raise ModelCorrupt(f"The weights do not fit the description: {error}") from error
    if not all(bool(torch.isfinite(value).all()) for value in tensors.values()):
        raise ModelCorrupt("The weights hold values that are not numbers.")
    return GanCheckpoint(generator.eval().requires_grad_(False), description, files.sha256)


def _description(table: JsonObject) -> GanDescription:
    root = JsonReader(table, "model.json")
    if root.get("kind", str) != KIND:
        raise ModelCorrupt("model.json describes no generator that this version knows.")
    network = root.section("network")
    description = GanDescription(
        name=root.get("name", str),
        version=root.get("version", str),
        network=GanConfig(
            **{key: network.get(key, int) for key in ("size_px", "latent", "width", "widest")}
        ),
        steps=root.get("steps", int),
        provenance=read_provenance(root.section("provenance")),
    )
    return description
