"""How real synthetic radiographs look, in numbers, against held-out patients.

python -m inference.training.gan_realism --gan DIR --encoder CHECKPOINT --data DIR --out DIR

Two measures. A small classifier learns to tell real from synthetic and is tested on others: 50 %
correct is perfect realism. The Frechet distance compares the pooled features of an encoder of this
project (its own scale: not comparable with distances over other networks); the distance between
two sets of real images of the same size stands beside it as the least that can be expected.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from cxrportal.common.errors import exit_status
from inference.evaluation.gate import wilson
from inference.networks.checkpoint import Checkpoint, load_checkpoint
from inference.networks.files import checkpoint_sha256
from inference.networks.gan import Discriminator, GanCheckpoint, GanConfig, load_gan
from inference.predict.preprocess import normalised
from inference.training.errors import DataRefused
from inference.training.gan_config import GanTrainingConfig
from inference.training.packing import pack
from inference.training.preparation import prepare
from inference.training.splits import TEST, TRAIN, VALIDATION

REPORT = "realism.json"
JUDGE_STEPS, JUDGE_BATCH, JUDGE_RATE = 300, 32, 1e-3
ENCODER_PX = 128
_LEAST = 8

Features = NDArray[np.float64]
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Realism:
    """``accuracy`` with its 95 % Wilson interval on ``tested`` held-out images, half of them
    synthetic. ``distance``: synthetic against held-out real; ``distance_real``: real images of the
    training against them; both over ``compared`` images a side."""

    accuracy: float
    low: float
    high: float
    tested: int
    distance: float
    distance_real: float
    compared: int
    generator_sha256: str
    encoder_sha256: str


def measure(
    gan: GanCheckpoint, encoder: Checkpoint, seen: Pixels, unseen: Pixels, *, seed: int
) -> Realism:
    """``seen`` (N, S, S): of the training; ``unseen``: of patients the generator never saw.

    Both are used in equal numbers. Raises DataRefused for fewer than eight of either.
    """
    count = min(len(seen), len(unseen))
    if count < _LEAST:
        raise DataRefused(f"Realism needs {_LEAST} images of each kind, not {count}.")
    dice = np.random.default_rng(seed)
    seen, unseen = (part[np.sort(dice.permutation(len(part))[:count])] for part in (seen, unseen))
    fakes = gan.draw(2 * count, seed).numpy()
    judge = _judge(seen, fakes[:count], gan.description.network, seed)
    right = int((_scores(judge, unseen) > 0).sum() + (_scores(judge, fakes[count:]) <= 0).sum())
    low, high = wilson(right, 2 * count)
    real = features(encoder, unseen)
    return Realism(
        accuracy=right / (2 * count),
        low=low,
        high=high,
        tested=2 * count,
        distance=frechet_distance(real, features(encoder, fakes[count:])),
        distance_real=frechet_distance(real, features(encoder, seen)),
        compared=count,
        generator_sha256=gan.sha256,
        encoder_sha256=encoder.sha256,
    )


def frechet_distance(first: Features, second: Features) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of two feature sets (N, d) and (M, d).

    The trace of the root is the sum of the singular values of X1 X2' for centred rows, which needs
    no d x d root. Few rows make the distance too large. Source: Heusel et al., NeurIPS 2017.
    """
    if min(len(first), len(second)) < 2:
        raise DataRefused("A Frechet distance needs two rows or more of each set.")
    means = first.mean(axis=0) - second.mean(axis=0)
    one = (first - first.mean(axis=0)) / np.sqrt(len(first) - 1)
    two = (second - second.mean(axis=0)) / np.sqrt(len(second) - 1)
    root = np.linalg.svd(one @ two.T, compute_uv=False).sum()
    return float(means @ means + (one**2).sum() + (two**2).sum() - 2.0 * root)


@torch.inference_mode()
def features(encoder: Checkpoint, pixels: Pixels) -> Features:
    """(N, S, S) uint8 -> (N, C): what the encoder pools, of images scaled to ENCODER_PX."""
    rows: list[Tensor] = []
    for start in range(0, len(pixels), JUDGE_BATCH):
        grey = torch.from_numpy(np.ascontiguousarray(pixels[start : start + JUDGE_BATCH]))[:, None]
        scaled = functional.interpolate(
            grey.float() / 255.0, size=(ENCODER_PX, ENCODER_PX), mode="bilinear", antialias=True
        )
        inputs = normalised(scaled, encoder.description.preprocessing)
        rows.append(encoder.network.backbone(inputs)[-1].mean(dim=(2, 3)))
    result: Features = torch.cat(rows).double().numpy()
    return result


def _judge(real: Pixels, fake: Pixels, config: GanConfig, seed: int) -> Discriminator:
    """A network of the discriminator's shape, from fresh weights, that learns the difference."""
    torch.manual_seed(seed)
    judge = Discriminator(GanConfig(config.size_px, 1, 8, 64), spectral=False).train()
    optimizer = torch.optim.AdamW(judge.parameters(), JUDGE_RATE, weight_decay=0.01)
    images = torch.cat((_as_input(real), _as_input(fake)))
    truth = torch.cat((torch.ones(len(real)), torch.zeros(len(fake))))
    for _ in range(JUDGE_STEPS):
        chosen = torch.randint(len(images), (JUDGE_BATCH,))
        loss = functional.binary_cross_entropy_with_logits(judge(images[chosen]), truth[chosen])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(judge.parameters(), 5.0)
        optimizer.step()
    return judge.eval()


@torch.inference_mode()
def _scores(judge: Discriminator, pixels: Pixels) -> NDArray[np.float32]:
    """Above 0: taken for real."""
    result: NDArray[np.float32] = judge(_as_input(pixels)).numpy()
    return result


def _as_input(pixels: Pixels) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels))[:, None].float() / 127.5 - 1.0


def run(arguments: argparse.Namespace) -> Realism:
    gan = load_gan(arguments.gan)
    encoder = load_checkpoint(arguments.encoder, sha256=checkpoint_sha256(arguments.encoder))
    config = _trained_with(gan)
    prepared = prepare(config.training, arguments.data, arguments.out)
    if prepared.split.sha256 != gan.description.provenance.split_sha256:
        raise DataRefused("The data splits otherwise than the generator's training did.")
    packed = pack(prepared.dataset, config.size_px, arguments.out / "cache")
    seen = packed.pixels[list(prepared.indices(TRAIN))]
    held_out = [*prepared.indices(VALIDATION), *prepared.indices(TEST)]
    result = measure(gan, encoder, seen, packed.pixels[held_out], seed=arguments.seed)
    part = arguments.out / f"{REPORT}.part"
    part.write_text(json.dumps(asdict(result), indent=1, allow_nan=False) + "\n", encoding="utf-8")
    part.replace(arguments.out / REPORT)
    return result


def _trained_with(gan: GanCheckpoint) -> GanTrainingConfig:
    """The settings that decide which images there are and who is held out."""
    known = gan.description.provenance.training
    kind, split_seed = known.get("kind"), known.get("split_seed")
    if not isinstance(kind, str) or not isinstance(split_seed, int):
        raise DataRefused("The generator does not say how its data was split.")
    return GanTrainingConfig(
        kind=kind, split_seed=split_seed, size_px=gan.description.network.size_px
    )


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="inference.training.gan_realism",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--gan", type=Path, required=True, help="what the training wrote")
    parser.add_argument("--encoder", type=Path, required=True, help="a checkpoint of this project")
    parser.add_argument("--data", type=Path, help="the folder that the generator learned from")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(argv)
    return exit_status(lambda: _tell(given))


def _tell(given: argparse.Namespace) -> None:
    result = run(given)
    sys.stdout.write(
        f"told apart: {result.accuracy:.3f} [{result.low:.3f}, {result.high:.3f}], "
        f"n = {result.tested}\nFrechet distance: {result.distance:.2f}, of real images to each "
        f"other {result.distance_real:.2f}, n = {result.compared} a side\n"
    )


if __name__ == "__main__":
    sys.exit(main())
