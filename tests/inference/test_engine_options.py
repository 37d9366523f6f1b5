"""What a training can be told beyond the defaults: each option does what it says."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from inference.networks.description import Preprocessing
from inference.predict.types import Box
from inference.training.batches import Subset, TargetRules, TrainingBatches, training_targets
from inference.training.config import AugmentConfig, OptimConfig
from inference.training.distributed import World
from inference.training.engine import STATE, Trainer, Validation
from inference.training.errors import ConfigRefused, LossNotFinite
from inference.training.history import LOG, read_log
from inference.training.packing import PackedImages
from inference.training.precision import autocast_type, chosen_device
from inference.training.progress import Ending, Progress, TensorBoardLog
from inference.training.validation import Validator, detection_loss
from tests.inference.support import BOXED, LABELS, SIZE_PX
from tests.inference.test_engine import AUGMENT, OPTIM, bright_squares, judge, quiet, trainer

CPU = torch.device("cpu")


def scored(*scores: float) -> object:
    """A validation that gives these AUROCs one after the other."""
    left = iter(scores)
    return lambda network: Validation(next(left), math.nan)


def weights(training: Trainer) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in training.network.state_dict().items()}


@pytest.mark.parametrize("neck", [None, "light"])
@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_three_epochs_are_one_and_two_resumed_bit_for_bit(
    tmp_path: Path, optimizer: str, neck: str | None
) -> None:
    optim = replace(OPTIM, epochs=3, optimizer=optimizer, schedule="cosine", backbone_rate=1e-4)
    whole = trainer(optim, neck=neck)
    whole.fit(judge, tmp_path / "whole", quiet)
    first = trainer(optim, neck=neck)
    stop = iter((False, *(False,) * len(first.batches), True))
    assert (
        first.fit(judge, tmp_path / "parts", quiet, should_stop=lambda: next(stop))
        is Ending.STOPPED
    )
    assert first.epoch == 1
    resumed = trainer(optim, neck=neck)
    resumed.resume(tmp_path / "parts" / STATE)
    assert resumed.fit(judge, tmp_path / "parts", quiet) is Ending.FINISHED
    for name, value in weights(whole).items():
        assert torch.equal(value, weights(resumed)[name]), name
    assert [row.loss for row in read_log(tmp_path / "parts" / LOG, up_to=3)] == [
        row.loss for row in read_log(tmp_path / "whole" / LOG, up_to=3)
    ]


def test_a_stop_in_the_middle_loses_the_epoch_alone(tmp_path: Path) -> None:
    asked: list[int] = []

    def stop_late() -> bool:
        asked.append(1)
        return len(asked) == 5  # before epoch 1, twice in it, before epoch 2, in its first step

    stopped = trainer(neck=None)
    assert stopped.fit(judge, tmp_path, quiet, should_stop=stop_late) is Ending.STOPPED
    again = trainer(neck=None)
    again.resume(tmp_path / STATE)
    assert again.epoch == 1
    again.fit(judge, tmp_path, quiet)
    whole = trainer(neck=None)
    whole.fit(judge, tmp_path / "whole", quiet)
    assert torch.equal(weights(whole)["head.output.weight"], weights(again)["head.output.weight"])


def test_a_state_of_before_the_newer_settings_still_resumes(tmp_path: Path) -> None:
    training = trainer()
    training.train_epoch()
    training.save(tmp_path / STATE)
    state = torch.load(tmp_path / STATE, weights_only=True)
    for key in ("scaler", "best_epoch"):
        del state[key]
    state["config"] = (
        "OptimConfig(epochs=2, batch_images=4, backbone_rate=0.001, head_rate=0.01, "
        "weight_decay=0.02, warm_up_share=0.15, ema_decay=0.5, clip_norm=5.0, "
        "positive_weight_cap=5.0, label_smoothing=0.05, detection_weight=1.0, "
        "freeze_batch_norm=False, bf16='off')"
    )
    torch.save(state, tmp_path / STATE)
    again = trainer()
    again.resume(tmp_path / STATE)
    assert again.epoch == 1


def test_it_stops_early_after_epochs_without_a_better_score(tmp_path: Path) -> None:
    training = trainer(replace(OPTIM, epochs=9, patience=2), neck=None)
    ending = training.fit(scored(0.6, 0.8, 0.7, 0.8), tmp_path, quiet)  # type: ignore[arg-type]
    assert ending is Ending.EARLY
    assert (training.epoch, training.best_epoch) == (4, 2)
    again = trainer(replace(OPTIM, epochs=9, patience=2), neck=None)
    again.resume(tmp_path / STATE)
    assert again.fit(scored(), tmp_path, quiet) is Ending.EARLY  # type: ignore[arg-type]


def test_every_epoch_is_reported(tmp_path: Path) -> None:
    heard: list[Progress] = []
    trainer(neck=None).fit(scored(0.6, 0.5), tmp_path, quiet, report=heard.append)  # type: ignore[arg-type]
    assert [item.row.epoch for item in heard] == [1, 2]
    assert [item.best_epoch for item in heard] == [1, 1]
    assert heard[-1].epochs == 2
    assert len(heard[-1].rows) == 2


def test_a_new_training_begins_a_new_log(tmp_path: Path) -> None:
    for _ in range(2):
        trainer(neck=None).fit(scored(0.6, 0.5), tmp_path, quiet)  # type: ignore[arg-type]
    assert [row.epoch for row in read_log(tmp_path / LOG, up_to=9)] == [1, 2]


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": "focal", "head_rate": 1e-2},
        {"optimizer": "sgd", "schedule": "cosine", "backbone_rate": 1e-2, "head_rate": 0.1},
        {"positive_weight": "ratio"},
    ],
    ids=lambda value: next(iter(value)),
)
def test_the_loss_falls_with_every_choice(changes: dict[str, object]) -> None:
    training = trainer(replace(OPTIM, epochs=8, **changes), neck=None)  # type: ignore[arg-type]
    losses = [training.train_epoch()[0] for _ in range(8)]
    assert losses[-1] < 0.7 * losses[0]


def test_the_heads_train_first_then_the_top_of_the_backbone() -> None:
    optim = replace(OPTIM, epochs=2, freeze_epochs=1, train_top=2)
    training = trainer(optim, neck=None)
    before = weights(training)
    training.train_epoch()
    first = weights(training)
    changed = {name for name in before if not torch.equal(before[name], first[name])}
    assert changed == {"head.output.weight", "head.output.bias"}  # norms keep their statistics
    training.train_epoch()
    second = weights(training)
    moved = {name for name in before if not torch.equal(first[name], second[name])}
    assert {name.split(".")[2] for name in moved if name.startswith("backbone.")} == {"17", "18"}


def test_two_stages_resume_exactly(tmp_path: Path) -> None:
    optim = replace(OPTIM, freeze_epochs=1)
    whole = trainer(optim, neck=None)
    whole.train_epoch()
    whole.save(tmp_path / STATE)
    whole.train_epoch()
    resumed = trainer(optim, neck=None)
    resumed.resume(tmp_path / STATE)
    resumed.train_epoch()
    assert all(torch.equal(value, weights(resumed)[name]) for name, value in weights(whole).items())


def test_an_infinite_gradient_stops_the_training() -> None:
    training = trainer(neck=None)
    handle = training.network.head.get_parameter("output.bias").register_hook(
        lambda gradient: gradient * float("inf")
    )
    with pytest.raises(LossNotFinite, match="gradient"):
        training.train_epoch()
    handle.remove()


def test_number_types_follow_the_device() -> None:
    assert autocast_type(OptimConfig(bf16="on"), CPU) == torch.bfloat16
    assert autocast_type(OptimConfig(bf16="off"), CPU) == torch.float32
    with pytest.raises(ConfigRefused, match="CUDA"):
        autocast_type(OptimConfig(fp16=True), CPU)
    assert chosen_device("cpu") == CPU


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_refused() -> None:
    assert chosen_device("auto") == CPU
    with pytest.raises(ConfigRefused, match="no CUDA device"):
        chosen_device("cuda")


def test_uncertain_labels_train_with_their_target_alone() -> None:
    subset = bright_squares(2)
    doubtful = replace(
        subset.dataset.records[0],
        labels=frozenset(),
        known=frozenset({"Edema"}),
        uncertain=(("Mass", 0.7),),
    )
    dataset = replace(subset.dataset, records=(doubtful,))
    targets, known = training_targets(dataset, (0,), TargetRules(LABELS, (), 0.5, 0.1))
    column = LABELS.index("Mass")
    assert targets[0, column].item() == pytest.approx(0.7)
    assert known[0].tolist() == [label in ("Mass", "Edema") for label in LABELS]


def test_the_validation_loss_is_that_of_training_and_changes_nothing() -> None:
    training = trainer()
    subset = bright_squares()
    network = training.average.network
    validator = Validator(subset, Preprocessing(SIZE_PX), training.criterion, 2.0)
    state = torch.random.get_rng_state()
    first, second = validator(network), validator(network)
    assert torch.equal(state, torch.random.get_rng_state())
    assert first == second
    assert not network.training
    assert not network.detector.rpn.training  # type: ignore[union-attr]
    boxes = detection_loss(network, subset, Preprocessing(SIZE_PX))
    alone = Validator(subset, Preprocessing(SIZE_PX), training.criterion, 0.0)(network)
    assert first.loss == pytest.approx(alone.loss + 2.0 * boxes)
    assert boxes > 0


def test_event_files_are_written(tmp_path: Path) -> None:
    events = TensorBoardLog(tmp_path, first_epoch=1)
    trainer(neck=None).fit(scored(0.6, 0.5), tmp_path / "out", quiet, report=events)  # type: ignore[arg-type]
    events.close()
    (path,) = tmp_path.glob("events.out.tfevents.*")
    assert b"validation/auroc" in path.read_bytes()


def batches(augment: AugmentConfig, subset: Subset | None = None) -> TrainingBatches:
    return TrainingBatches(
        subset or bright_squares(),
        TargetRules(LABELS, BOXED, 0.5, 0.0),
        augment=augment,
        batch_images=4,
        preprocessing=Preprocessing(SIZE_PX),
    )


def small_squares() -> Subset:
    """As ``bright_squares``, the boxes small enough to travel."""
    subset = bright_squares()
    boxes = tuple(
        (("Mass", Box(14 + number, 18, 24 + number, 28)),) if record.boxes else ()
        for number, record in enumerate(subset.dataset.records)
    )
    return replace(subset, packed=PackedImages(subset.packed.pixels, boxes))


def test_a_pasted_lesion_is_a_box_and_a_label() -> None:
    still = replace(AUGMENT, copy_paste=1.0, degrees=0, translate=0, scale=0, flip=False)
    torch.manual_seed(1)
    column, number = LABELS.index("Mass"), BOXED.index("Mass") + 1
    boxed = 0
    for batch in batches(still, small_squares()).epoch():
        for target, boxes in zip(batch.targets, batch.boxes, strict=True):
            assert boxes is not None
            has_box = bool((boxes.labels == number).any())
            assert bool(target[column] == 1.0) == has_box
            boxed += has_box
    assert boxed > 4  # four of the eight have one of their own


def test_a_step_is_divided_among_processes_without_loss_or_repeat() -> None:
    seen: list[torch.Tensor] = []
    for rank in range(2):
        mine = batches(AUGMENT)
        mine.divide(World(rank, 2))
        torch.manual_seed(5)
        seen.append(torch.cat([batch.targets for batch in mine.epoch()]))
    whole = batches(AUGMENT)
    torch.manual_seed(5)
    everything = torch.cat([batch.targets for batch in whole.epoch()])
    assert sorted(torch.cat(seen).tolist()) == sorted(everything.tolist())
    assert [len(part) for part in seen] == [4, 4]


def test_a_batch_that_is_too_small_to_divide_is_refused() -> None:
    with pytest.raises(ConfigRefused, match="two a process"):
        batches(AUGMENT).divide(World(0, 3))


def test_mixup_reaches_the_targets() -> None:
    subset = bright_squares()
    mixing = TrainingBatches(
        subset,
        TargetRules(LABELS, (), 0.5, 0.0),
        augment=replace(AUGMENT, mixup=1.0),
        batch_images=8,
        preprocessing=Preprocessing(SIZE_PX),
    )
    torch.manual_seed(3)
    (batch,) = mixing.epoch()
    mass = batch.targets[:, LABELS.index("Mass")]
    assert ((mass > 0.01) & (mass < 0.99)).any()
