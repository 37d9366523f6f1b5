"""Every architecture learns from phantoms, and a detector can learn eight of them by heart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.evaluation.detection import Overlap, average_precision, match
from inference.networks.backbones import BACKBONES
from inference.networks.description import Preprocessing
from inference.networks.necks import NECKS
from inference.training.batches import Subset, TargetRules, TrainingBatches
from inference.training.config import (
    AugmentConfig,
    DataConfig,
    ModelConfig,
    OptimConfig,
    TrainingConfig,
)
from inference.training.engine import Trainer
from inference.training.packing import pack
from inference.training.preparation import build_network, load_data
from inference.training.validation import judged_boxes, run_network

CONFIG = TrainingConfig(
    name="phantoms",
    version="0.0.1",
    size_px=128,
    data=DataConfig(kind="phantoms", phantoms=8, split_seed=4),
    model=ModelConfig(
        neck="light",
        neck_channels=64,
        representation_size=128,
        anchor_sizes_px=(12.0, 24.0, 48.0, 80.0),
    ),
    optim=OptimConfig(
        epochs=6,
        batch_images=8,
        backbone_rate=1e-3,
        head_rate=3e-3,
        weight_decay=0.0,
        ema_decay=0.9,
        warm_up_share=0.1,
        bf16="off",
    ),
)
STILL = AugmentConfig(
    degrees=0,
    translate=0,
    scale=0,
    flip=False,
    gamma=0,
    brightness=0,
    contrast=0,
    noise=0,
    cutout=0,
)


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory: pytest.TempPathFactory) -> Subset:
    folder: Path = tmp_path_factory.mktemp("phantoms")
    dataset = load_data(CONFIG, None, folder)
    packed = pack(dataset, CONFIG.size_px, folder / "cache")
    return Subset(dataset, packed, tuple(range(len(dataset.records))))


def make_trainer(subset: Subset, model: ModelConfig, optim: OptimConfig) -> Trainer:
    torch.manual_seed(0)
    network = build_network(replace(CONFIG, model=model), subset.dataset)
    boxed = subset.dataset.box_labels if network.detector else ()
    batches = TrainingBatches(
        subset,
        TargetRules(network.config.labels, boxed, 0.5, 0.0),
        augment=STILL,
        batch_images=optim.batch_images,
        preprocessing=Preprocessing(CONFIG.size_px),
    )
    return Trainer(network, batches, optim, seed=1, device=torch.device("cpu"))


@pytest.mark.parametrize(
    ("backbone", "head"),
    [*((name, "hidden") for name in sorted(BACKBONES)), ("mobilenet_v2", "linear")],
)
def test_a_classifiers_loss_falls(phantoms: Subset, backbone: str, head: str) -> None:
    model = replace(CONFIG.model, backbone=backbone, head=head, dropout=0.0)
    training = make_trainer(phantoms, model, CONFIG.optim)
    losses = [training.train_epoch()[0] for _ in range(CONFIG.optim.epochs)]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize(
    ("backbone", "neck"),
    [*(("mobilenet_v2", neck) for neck in sorted(NECKS)), ("densenet121", "light")],
)
def test_a_multi_task_networks_losses_fall(phantoms: Subset, backbone: str, neck: str) -> None:
    sizes = CONFIG.model.anchor_sizes_px
    model = replace(
        CONFIG.model,
        backbone=backbone,
        box_labels="label_set",
        neck=neck,
        neck_channels=32,
        dropout=0.0,
        anchor_sizes_px=(*sizes, 120.0) if neck == "full_pyramid" else sizes,
    )
    training = make_trainer(phantoms, model, CONFIG.optim)
    losses = [training.train_epoch() for _ in range(CONFIG.optim.epochs)]
    assert losses[-1][0] < 0.8 * losses[0][0]
    assert losses[-1][1] < 0.8 * losses[0][1]


@pytest.mark.slow
def test_a_detector_learns_eight_phantoms_by_heart(phantoms: Subset) -> None:
    model = replace(CONFIG.model, classifier=False, box_labels="label_set")
    training = make_trainer(phantoms, model, replace(CONFIG.optim, epochs=160))
    while training.epoch < 160:
        training.train_epoch()
        if training.epoch >= 100 and training.epoch % 20 == 0 and ap50(training, phantoms) >= 0.9:
            break
    assert ap50(training, phantoms) >= 0.9


def ap50(training: Trainer, subset: Subset) -> float:
    """Mean over the labels that are boxed, on the images that were trained on."""
    outputs = run_network(training.average.network, subset, Preprocessing(CONFIG.size_px))
    per_label = judged_boxes(subset, outputs.boxes)
    values = [average_precision(match(images, Overlap(0.5))) for images in per_label.values()]
    return float(np.nanmean(values))
