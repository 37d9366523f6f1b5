"""Train the lung U-Net: python -m inference.training.lungs --config FILE --data DIR --out DIR"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from cxrportal.common.errors import exit_status
from inference.evaluation.segmentation import dice
from inference.networks.unet import UNet, UNetConfig
from inference.predict.lung_masks import clean_masks
from inference.training.lungs_config import LungsConfig, load_lungs_config
from inference.training.lungs_data import LungData, load_lungs
from inference.training.lungs_engine import (
    STATE,
    LungTrainer,
    network_input,
    segmentation_loss,
)
from inference.training.splits import TRAIN, VALIDATION, Split, split_patients

SPLIT = "split.csv"


def lung_split(data: LungData, config: LungsConfig) -> Split:
    """By patient, stratified by view: supine films look unlike standing ones."""
    return split_patients(
        ((record.patient_id, (record.view,)) for record in data.records),
        validation_share=config.validation_share,
        test_share=config.test_share,
        seed=config.split_seed,
    )


def build_unet(config: LungsConfig) -> UNet:
    return UNet(UNetConfig(channels=config.channels, dropout=config.dropout))


@dataclass(frozen=True, slots=True)
class Validator:
    """Loss and mean Dice (both lungs together, cleaned masks) of some images."""

    data: LungData
    indices: tuple[int, ...]

    def __call__(self, network: UNet) -> tuple[float, float]:
        device = next(network.parameters()).device
        losses, scores = [], []
        for index in self.indices:
            grey = torch.from_numpy(self.data.pixels[index])[None, None].float() / 255.0
            truth = self.data.masks[index]
            with torch.inference_mode():
                logits = network(network_input(grey).to(device)).float().cpu()
            losses.append(segmentation_loss(logits, torch.from_numpy(truth)[None].float()).item())
            found = clean_masks(torch.sigmoid(logits)[0].numpy())
            scores.append(dice(_together(found), _together(truth)))
        return sum(losses) / len(losses), sum(scores) / len(scores)


def _together(lungs: NDArray[np.bool_] | NDArray[np.uint8]) -> NDArray[np.bool_]:
    both: NDArray[np.bool_] = lungs[0].astype(np.bool_) | lungs[1].astype(np.bool_)
    return both


def train(arguments: argparse.Namespace) -> None:
    config = load_lungs_config(arguments.config)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    data = load_lungs(arguments.data, config.size_px)
    split = lung_split(data, config)
    arguments.out.mkdir(parents=True, exist_ok=True)
    split.save(arguments.out / SPLIT)
    torch.manual_seed(config.seed)
    trainer = LungTrainer(build_unet(config), data, data.of_patients(split.patients(TRAIN)), config)
    if arguments.resume:
        trainer.resume(arguments.out / STATE)
    validator = Validator(data, data.of_patients(split.patients(VALIDATION)))
    trainer.fit(validator, arguments.out, _say)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.training.lungs", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="lungs.csv, images/ and masks/")
    parser.add_argument("--out", type=Path, required=True, help="state, log, split and weights")
    parser.add_argument("--resume", action="store_true", help="go on from the state under --out")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: torch's default")
    given = parser.parse_args(argv)
    return exit_status(lambda: train(given))


if __name__ == "__main__":
    sys.exit(main())
