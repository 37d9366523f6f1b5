"""Training: the loss falls, a run resumes exactly, and a NaN stops it."""

from __future__ import annotations

import csv
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from inference.networks.description import Preprocessing
from inference.predict.types import Box
from inference.training.batches import (
    Subset,
    TargetRules,
    TrainingBatches,
    box_target,
    training_targets,
)
from inference.training.config import AugmentConfig, OptimConfig
from inference.training.datasets import Dataset, PackedImages, Record
from inference.training.distributed import ALONE, World
from inference.training.ema import MovingAverage
from inference.training.engine import STATE, Trainer, Validation
from inference.training.errors import LossNotFinite, ResumeRefused
from tests.inference.support import BOXED, LABELS, SIZE_PX, small_network

OPTIM = OptimConfig(
    epochs=2, batch_images=4, ema_decay=0.5, backbone_rate=1e-3, head_rate=1e-2, bf16="off"
)
AUGMENT = AugmentConfig(degrees=3, translate=0.02, scale=0.05, cutout=0)


def bright_squares(count: int = 8) -> Subset:
    """Every other image shows a bright square, boxed as a mass."""
    random = np.random.default_rng(0)
    pixels = (random.random((count, SIZE_PX, SIZE_PX)) * 60).astype(np.uint8)
    records, boxes = [], []
    for number in range(count):
        box = Box(12 + number, 16, 36 + number, 40)
        has = number % 2 == 0
        if has:
            pixels[number, 16:40, 12 + number : 36 + number] = 220
        found = (("Mass", box),) if has else ()
        labels = frozenset({"Mass"} if has else ())
        records.append(Record(f"{number}", f"p{number}", labels, frozenset(LABELS), found))
        boxes.append(found)
    dataset = Dataset("squares", LABELS, BOXED, tuple(records), None, "0" * 64)  # type: ignore[arg-type]
    return Subset(dataset, PackedImages(pixels, tuple(boxes)), tuple(range(count)))


def trainer(
    optim: OptimConfig = OPTIM,
    *,
    neck: str | None = "light",
    seed: int = 1,
    world: World = ALONE,
) -> Trainer:
    network = small_network(neck=neck)
    rules = TargetRules(LABELS, BOXED if neck else (), 0.5, 0.0)
    batches = TrainingBatches(
        bright_squares(),
        rules,
        augment=AUGMENT,
        batch_images=optim.batch_images,
        preprocessing=Preprocessing(SIZE_PX),
    )
    return Trainer(network, batches, optim, seed=seed, device=torch.device("cpu"), world=world)


def quiet(line: str) -> None:
    """Training reports a line an epoch; the tests read the log instead."""


def judge(network: object) -> Validation:
    return Validation(0.5, math.nan)


def test_classification_and_detection_losses_fall() -> None:
    training = trainer(replace(OPTIM, epochs=8))
    losses = [training.train_epoch() for _ in range(8)]
    assert losses[-1][0] < 0.6 * losses[0][0]
    assert losses[-1][1] < 0.8 * losses[0][1]


def test_bf16_trains_too() -> None:
    training = trainer(replace(OPTIM, epochs=1, bf16="on"))
    classification, detection = training.train_epoch()
    assert math.isfinite(classification)
    assert detection > 0


def test_a_resumed_training_ends_in_the_same_bits(tmp_path) -> None:
    whole = trainer()
    whole.fit(judge, tmp_path / "whole", quiet)
    first = trainer()
    first.train_epoch()
    first.save(tmp_path / "half.pt")
    resumed = trainer()
    resumed.resume(tmp_path / "half.pt")
    resumed.fit(judge, tmp_path / "resumed", quiet)
    expected = whole.average.network.state_dict()
    for name, value in resumed.average.network.state_dict().items():
        assert torch.equal(value, expected[name]), name
    assert torch.equal(whole.network.head.output.weight, resumed.network.head.output.weight)  # type: ignore[union-attr]


def test_another_seed_gives_another_training() -> None:
    assert trainer(seed=1).train_epoch() == trainer(seed=1).train_epoch()
    assert trainer(seed=1).train_epoch() != trainer(seed=2).train_epoch()


def test_a_state_of_another_configuration_is_refused(tmp_path) -> None:
    trainer().save(tmp_path / STATE)
    with pytest.raises(ResumeRefused):
        trainer(replace(OPTIM, epochs=3)).resume(tmp_path / STATE)
    with pytest.raises(ResumeRefused):
        trainer(seed=2).resume(tmp_path / STATE)
    with pytest.raises(ResumeRefused):
        trainer().resume(tmp_path / "none.pt")


def test_a_nan_stops_the_training() -> None:
    training = trainer(neck=None)
    with torch.no_grad():
        next(training.network.head.parameters()).fill_(float("nan"))
    with pytest.raises(LossNotFinite):
        training.train_epoch()


def test_the_best_epoch_is_kept_and_every_epoch_logged(tmp_path) -> None:
    scores = iter((0.9, 0.4))
    kept: list[torch.Tensor] = []

    def validate(network: torch.nn.Module) -> Validation:
        kept.append(network.get_parameter("head.output.weight").clone())
        return Validation(next(scores), math.nan)

    trainer(neck=None).fit(validate, tmp_path, quiet)
    best = torch.load(tmp_path / "best.pt", weights_only=True)
    assert torch.equal(best["head.output.weight"], kept[0])
    with (tmp_path / "log.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert [float(row["auroc"]) for row in rows] == [0.9, 0.4]


def test_frozen_batch_norms_keep_their_statistics() -> None:
    training = trainer(replace(OPTIM, freeze_batch_norm=True), neck=None)
    before = training.network.backbone.features[0][1].running_mean.clone()
    training.train_epoch()
    assert torch.equal(training.network.backbone.features[0][1].running_mean, before)


def test_the_average_follows_slowly_and_young_ones_faster() -> None:
    source = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.zeros_(source.weight)
    average = MovingAverage(source, 0.9)
    torch.nn.init.ones_(source.weight)
    average.update(source)
    # First update: decay min(0.9, 2 / 11).
    assert average.network.weight.item() == pytest.approx(9 / 11)


def test_soft_targets_are_mixed_in_and_hard_ones_smoothed() -> None:
    subset = bright_squares(2)
    soft = replace(subset.dataset.records[0], soft=(0.2, 0.6, 0.0))
    dataset = replace(subset.dataset, records=(soft, subset.dataset.records[1]))
    rules = TargetRules(LABELS, BOXED, soft_share=0.5, label_smoothing=0.1)
    targets, known = training_targets(dataset, (0, 1), rules)
    assert targets[0].tolist() == pytest.approx([0.1, 0.8, 0.0])
    assert targets[1].tolist() == pytest.approx([0.05, 0.05, 0.05])
    assert known.all()


def test_which_images_train_the_detector() -> None:
    box = (("Mass", Box(0, 0, 9, 9)),)
    none = torch.empty(0, 4), torch.empty(0, dtype=torch.int64)

    def record(labels: set[str], boxes: tuple[tuple[str, Box], ...] = ()) -> Record:
        return Record("i", "p", frozenset(labels), frozenset(LABELS), boxes)

    assert box_target(record({"Mass"}), *none, BOXED) is None
    for negative in (record(set()), record({"Edema"})):
        target = box_target(negative, *none, BOXED)
        assert target is not None
        assert not target.unboxed.any()
    partly = box_target(record({"Mass", "Cardiomegaly"}, box), *none, BOXED)
    assert partly is not None
    assert partly.unboxed.tolist() == [True, False]
