"""What a training starts from: data, split, network and start weights."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor

from inference.networks.backbones import load_backbone
from inference.networks.checkpoint import load_checkpoint
from inference.networks.detector import DetectorConfig
from inference.networks.errors import ModelCorrupt, ModelMissing
from inference.networks.files import checkpoint_sha256
from inference.networks.multitask import MultiTaskNetwork, NetworkConfig
from inference.training.config import TrainingConfig
from inference.training.datasets import load_dataset
from inference.training.errors import DataRefused
from inference.training.records import Dataset
from inference.training.splits import (
    Split,
    check_parts,
    given_split,
    listed_split,
    split_patients,
    stated_split,
)

SPLIT = "split.csv"


@dataclass(frozen=True, slots=True)
class Prepared:
    """The data of one training."""

    dataset: Dataset
    split: Split

    def indices(self, part: str) -> tuple[int, ...]:
        return self.dataset.of_patients(self.split.patients(part))


def load_data(
    config: TrainingConfig, data: Path | None, out: Path, *, write: bool = True
) -> Dataset:
    """The data that the configuration names. Phantoms are drawn under ``out``."""
    if config.data.kind == "phantoms":
        # optional: the generator draws with OpenCV, which a training machine may lack
        from inference.training.phantom_folder import write_phantoms

        data = out / "phantoms"
        if write:
            write_phantoms(data, config.data, size_px=config.size_px, seed=config.data.split_seed)
    if data is None:
        raise DataRefused("This configuration needs a data folder: --data DIR.")
    return load_dataset(data, config.data)


def prepare(
    config: TrainingConfig, data: Path | None, out: Path, *, write: bool = True
) -> Prepared:
    """Read the data and split it by patient; the split is saved under ``out``.

    A split file or test list of the configuration counts first, then the parts that the data
    states; else one is drawn from the seed. Raises DataRefused.
    """
    dataset = load_data(config, data, out, write=write)
    split = _split(config, dataset)
    check_parts(split, (item.patient_id for item in dataset.records))
    if write:
        out.mkdir(parents=True, exist_ok=True)
        split.save(out / SPLIT)
    return Prepared(dataset, split)


def _split(config: TrainingConfig, dataset: Dataset) -> Split:
    if config.data.split_csv:
        patients = (item.patient_id for item in dataset.records)
        return given_split(dataset.folder / config.data.split_csv, patients)
    if config.data.test_list:
        return listed_split(
            ((i.image, i.patient_id, tuple(sorted(i.labels))) for i in dataset.records),
            dataset.folder / config.data.test_list,
            validation_share=config.data.validation_share,
            seed=config.data.split_seed,
        )
    stated = stated_split((item.image, item.patient_id, item.part) for item in dataset.records)
    return stated or split_patients(
        ((item.patient_id, tuple(sorted(item.labels))) for item in dataset.records),
        validation_share=config.data.validation_share,
        test_share=config.data.test_share,
        seed=config.data.split_seed,
    )


def build_network(config: TrainingConfig, dataset: Dataset) -> MultiTaskNetwork:
    """Raises DataRefused for a detector where the data boxes nothing."""
    model = config.model
    detector = None
    if model.box_labels == "label_set":
        if not dataset.box_labels:
            raise DataRefused("No image of the data has a box: model.box_labels must be none.")
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
            labels=dataset.labels if model.classifier else (),
            backbone=model.backbone,
            head=model.head,
            hidden_units=model.hidden_units,
            dropout=model.dropout,
            detector=detector,
        )
    )


def load_state(path: Path) -> dict[str, Tensor]:
    """The weights of a best.pt or of a checkpoint's folder. Raises ModelMissing or ModelCorrupt."""
    if path.is_dir():
        return load_checkpoint(path, sha256=checkpoint_sha256(path)).network.state_dict()
    try:
        state: dict[str, Tensor] = torch.load(path, weights_only=True, map_location="cpu")
    except OSError as error:
        raise ModelMissing(f"The start weights cannot be read: {error}") from error
    except (RuntimeError, EOFError, UnpicklingError) as error:
        raise ModelCorrupt(f"The start weights cannot be read: {error}") from error
    return state


def start_from(network: MultiTaskNetwork, path: Path) -> None:
    """Start weights: backbone weights (safetensors), a checkpoint's folder, or an earlier best.pt.

    Of the last two everything must fit; a detector that they had not is left as it is.
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
    unwanted = () if network.config.labels else ("head.",)
    strange = [key for key in result.unexpected_keys if not key.startswith(unwanted)]
    strange += [key for key in result.missing_keys if not key.startswith("detector.")]
    if strange:
        raise ModelCorrupt(f"The start weights do not fit: {', '.join(strange[:5])}.")
