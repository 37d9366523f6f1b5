"""Train a GAN: python -m inference.training.gan --data DIR --out DIR [--config FILE]

Held-out patients stay out of it. ``gan_sample`` draws from the result, ``gan_realism`` judges it.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from cxrportal.common.errors import exit_status
from inference.networks.description import Provenance
from inference.networks.gan import GanDescription, save_gan
from inference.training.gan_config import GanTrainingConfig, check_gan_config, load_gan_config
from inference.training.gan_engine import GanTrainer
from inference.training.packing import pack
from inference.training.precision import chosen_device
from inference.training.preparation import prepare
from inference.training.splits import TRAIN

STATE = "state.pt"


def train(arguments: argparse.Namespace) -> str:
    """The whole training of the command line; returns the identity of the generator."""
    config = load_gan_config(arguments.config) if arguments.config else GanTrainingConfig()
    # Options of the command line count more than the file.
    config = replace(
        config,
        size_px=arguments.size_px or config.size_px,
        steps=arguments.steps or config.steps,
        seed=config.seed if arguments.seed is None else arguments.seed,
    )
    check_gan_config(config)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    prepared = prepare(config.training, arguments.data, arguments.out)
    packed = pack(prepared.dataset, config.size_px, arguments.out / "cache")
    indices = prepared.indices(TRAIN)
    say(f"{prepared.dataset.name}: {len(indices)} images to learn from")
    pixels = np.ascontiguousarray(packed.pixels[list(indices)])
    trainer = GanTrainer(pixels, config, chosen_device(arguments.device))
    if arguments.resume:
        trainer.resume(arguments.out / STATE)
    trainer.fit(arguments.out / STATE, say, seconds=60.0 * arguments.minutes)
    description = GanDescription(
        name=config.name,
        version=config.version,
        network=config.network,
        steps=trainer.step,
        provenance=Provenance(
            data=prepared.dataset.name,
            data_sha256=prepared.dataset.sha256,
            split_sha256=prepared.split.sha256,
            started_from="random weights",
            licence="as the training data",
            training=asdict(config),
        ),
    )
    identity = save_gan(trainer.average.network, description, arguments.out)
    say(f"generator {identity} after {trainer.step} steps")
    return identity


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="inference.training.gan",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, help="TOML; without it the defaults")
    parser.add_argument("--data", type=Path, help="folder of images and tables")
    parser.add_argument("--out", type=Path, required=True, help="state, split and generator")
    parser.add_argument("--size-px", type=int, help="side of the images: a power of two")
    parser.add_argument("--steps", type=int, help="steps of the whole training")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after so long; 0: never")
    parser.add_argument("--resume", action="store_true", help="go on from the state under --out")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: torch's default")
    given = parser.parse_args(argv)
    return exit_status(lambda: train(given))


if __name__ == "__main__":
    sys.exit(main())
