"""Train: python -m inference.training.run --config FILE --data DIR --out DIR [--start WEIGHTS]"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor

from cxrportal.common.errors import PortalError
from inference.networks.backbones import load_backbone
from inference.networks.description import Preprocessing
from inference.networks.detector import DetectorConfig
from inference.networks.errors import ModelCorrupt, ModelMissing
from inference.networks.multitask import MultiTaskNetwork, NetworkConfig
from inference.training.batches import Subset, TargetRules, TrainingBatches
from inference.training.config import TrainingConfig, load_config
from inference.training.datasets import Dataset, PackedImages, load_chestxray14, pack
from inference.training.engine import STATE, Trainer
from inference.training.errors import DataRefused
from inference.training.splits import TRAIN, VALIDATION, Split, split_patients
from inference.training.validation import Validator


@dataclass(frozen=True, slots=True)
class Prepared:
    """The data of one training."""

    dataset: Dataset
    split: Split

    def indices(self, part: str) -> tuple[int, ...]:
        return self.dataset.of_patients(self.split.patients(part))


def load_data(config: TrainingConfig, data: Path | None, out: Path) -> Dataset:
    """The data that the configuration names. Phantoms are drawn under ``out``."""
    if config.data.kind == "phantoms":
        # optional: the generator draws with OpenCV, which a training machine may lack
        from inference.training.phantom_folder import write_phantoms

        data = out / "phantoms"
        write_phantoms(data, config.data, size_px=config.size_px, seed=config.data.split_seed)
    if data is None:
        raise DataRefused("This configuration needs a data folder: --data DIR.")
    return load_chestxray14(data, config.data)


def prepare(config: TrainingConfig, data: Path | None, out: Path) -> Prepared:
    """Read the data and split it by patient; the split is saved under ``out``."""
    dataset = load_data(config, data, out)
    split = split_patients(
        ((item.patient_id, tuple(sorted(item.labels))) for item in dataset.records),
        validation_share=config.data.validation_share,
        test_share=config.data.test_share,
        seed=config.data.split_seed,
    )
    out.mkdir(parents=True, exist_ok=True)
    split.save(out / "split.csv")
    return Prepared(dataset, split)


def build_network(config: TrainingConfig, dataset: Dataset) -> MultiTaskNetwork:
    model = config.model
    detector = None
    if model.box_labels == "label_set":
        detector = DetectorConfig(
            labels=dataset.box_labels,
            neck=model.neck,
            channels=model.neck_channels,
            representation_size=model.representation_size,
            anchor_sizes_px=model.anchor_sizes_px,
            shared_regression=model.shared_regression,
        )
    return MultiTaskNetwork(
        NetworkConfig(
            labels=dataset.labels,
            backbone=model.backbone,
            head=model.head,
            hidden_units=model.hidden_units,
            dropout=model.dropout,
            detector=detector,
        )
    )


def load_state(path: Path) -> dict[str, Tensor]:
    """The weights of a best.pt. Raises ModelMissing or ModelCorrupt."""
    try:
        state: dict[str, Tensor] = torch.load(path, weights_only=True, map_location="cpu")
    except OSError as error:
        raise ModelMissing(f"The start weights cannot be read: {error}") from error
    except (RuntimeError, EOFError, UnpicklingError) as error:
        raise ModelCorrupt(f"The start weights cannot be read: {error}") from error
    return state


def start_from(network: MultiTaskNetwork, path: Path) -> None:
    """Start weights: backbone weights (safetensors), or the best.pt of an earlier training.

    Of an earlier training everything must fit; a detector that it had not is left as it is.
    Raises ModelCorrupt otherwise, ModelMissing without a readable file.
    """
    if path.suffix == ".safetensors":
        load_backbone(network.backbone, path)
        return
    state = load_state(path)
    try:
        result = network.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise ModelCorrupt(f"The start weights do not fit: {error}") from error
    strange = [*result.unexpected_keys]
    strange += [key for key in result.missing_keys if not key.startswith("detector.")]
    if strange:
        raise ModelCorrupt(f"The start weights do not fit: {', '.join(strange[:5])}.")


def make_trainer(
    config: TrainingConfig,
    prepared: Prepared,
    packed: PackedImages,
    network: MultiTaskNetwork,
) -> Trainer:
    rules = TargetRules(
        labels=prepared.dataset.labels,
        box_labels=() if network.detector is None else prepared.dataset.box_labels,
        soft_share=config.data.soft_share,
        label_smoothing=config.optim.label_smoothing,
    )
    batches = TrainingBatches(
        Subset(prepared.dataset, packed, prepared.indices(TRAIN)),
        rules,
        augment=config.augment,
        batch_images=config.optim.batch_images,
        preprocessing=Preprocessing(config.size_px),
    )
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return Trainer(network, batches, config.optim, seed=config.seed, device=device)


def train(arguments: argparse.Namespace) -> None:
    config = load_config(arguments.config)
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(config.seed)
    prepared = prepare(config, arguments.data, arguments.out)
    network = build_network(config, prepared.dataset)
    if arguments.start:
        start_from(network, arguments.start)
    packed = pack(prepared.dataset, config.size_px, arguments.out / "cache")
    trainer = make_trainer(config, prepared, packed, network)
    if arguments.resume:
        trainer.resume(arguments.out / STATE)
    validator = Validator(
        Subset(prepared.dataset, packed, prepared.indices(VALIDATION)),
        Preprocessing(config.size_px),
    )
    trainer.fit(validator, arguments.out, lambda line: print(line, flush=True))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.training.run", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="folder of images and CSV files")
    parser.add_argument("--out", type=Path, required=True, help="state, log, split and weights")
    parser.add_argument("--start", type=Path, help="backbone .safetensors, or an earlier best.pt")
    parser.add_argument("--resume", action="store_true", help="go on from the state under --out")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: torch's default")
    try:
        train(parser.parse_args(argv))
    except PortalError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
