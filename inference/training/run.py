"""Train: python -m inference.training.run --config FILE --data DIR --out DIR [--start WEIGHTS]

Several processes: torchrun --nproc-per-node N -m inference.training.run, with the same arguments.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from cxrportal.common.errors import exit_status
from inference.networks.description import Preprocessing
from inference.networks.multitask import MultiTaskNetwork
from inference.training.batches import Subset, TargetRules, TrainingBatches, box_target
from inference.training.config import TrainingConfig, load_config
from inference.training.curves import CURVES, draw_curves
from inference.training.distributed import ALONE, World, launched_world
from inference.training.engine import STATE, Trainer
from inference.training.errors import ConfigRefused, DataRefused
from inference.training.packing import PackedImages, pack
from inference.training.precision import chosen_device
from inference.training.preparation import Prepared, build_network, prepare, start_from
from inference.training.progress import (
    Ending,
    Progress,
    Report,
    ShouldStop,
    TensorBoardLog,
    never,
    unheard,
)
from inference.training.records import Dataset
from inference.training.splits import TRAIN, VALIDATION
from inference.training.validation import Validator

RUN, EVENTS = "run.json", "tensorboard"


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """``start``: as ``start_from`` takes it; ``threads`` 0: torch's own number."""

    config: TrainingConfig
    data: Path | None
    out: Path
    start: Path | None = None
    resume: bool = False
    device: str = "auto"
    threads: int = 0


def make_trainer(
    config: TrainingConfig,
    prepared: Prepared,
    packed: PackedImages,
    network: MultiTaskNetwork,
    *,
    device: torch.device | None = None,
    world: World = ALONE,
) -> Trainer:
    """Raises ConfigRefused for a mirror image of labels that name a side."""
    dataset, labels = prepared.dataset, network.config.labels
    if config.augment.flip and dataset.sided_labels:
        sided = ", ".join(dataset.sided_labels)
        raise ConfigRefused(f"augment.flip must be false: these labels name a side: {sided}.")
    rules = TargetRules(
        labels=labels,
        box_labels=() if network.detector is None else dataset.box_labels,
        soft_share=config.data.soft_share,
        label_smoothing=config.optim.label_smoothing,
    )
    indices = prepared.indices(TRAIN)
    if not labels:
        indices = _trains_detector(dataset, indices)
    batches = TrainingBatches(
        Subset(dataset, packed, indices),
        rules,
        augment=config.augment,
        batch_images=config.optim.batch_images,
        preprocessing=Preprocessing(config.size_px),
    )
    chosen = device or chosen_device("auto")
    return Trainer(network, batches, config.optim, seed=config.seed, device=chosen, world=world)


def _trains_detector(dataset: Dataset, indices: tuple[int, ...]) -> tuple[int, ...]:
    """A detector alone learns nothing from an image whose findings nobody boxed."""
    nothing = torch.empty(0, 4), torch.empty(0, dtype=torch.int64)
    usable = tuple(
        index
        for index in indices
        if box_target(dataset.records[index], *nothing, dataset.box_labels) is not None
    )
    if not usable:
        raise DataRefused("No training image can train a detector: none is boxed or normal.")
    return usable


def run_training(
    request: TrainingRequest,
    say: Callable[[str], None],
    *,
    report: Report = unheard,
    should_stop: ShouldStop = never,
) -> Ending:
    """The whole training of the command line, for other callers too.

    Raises ConfigRefused, DataRefused, ModelMissing, ModelCorrupt, ResumeRefused, LossNotFinite.
    """
    device = chosen_device(request.device)
    if request.threads:
        torch.set_num_threads(request.threads)
    with launched_world(device) as world:
        return _Run(request, device, world).go(say, report, should_stop)


class _Run:
    """One process of a training."""

    def __init__(self, request: TrainingRequest, device: torch.device, world: World) -> None:
        self.request, self.device, self.world = request, device, world
        config = request.config
        torch.manual_seed(config.seed)
        if not world.main:
            world.wait()  # process 0 writes phantoms, split and packed images; the others read them
        self.prepared = prepare(config, request.data, request.out, write=world.main)
        network = build_network(config, self.prepared.dataset)
        if request.start:
            start_from(network, request.start)
        packed = pack(self.prepared.dataset, config.size_px, request.out / "cache")
        if world.main:
            world.wait()
        self.trainer = make_trainer(
            config, self.prepared, packed, network, device=device, world=world
        )
        self.validator = Validator(
            Subset(self.prepared.dataset, packed, self.prepared.indices(VALIDATION)),
            Preprocessing(config.size_px),
            self.trainer.criterion,
            config.optim.detection_weight,
        )

    def go(self, say: Callable[[str], None], report: Report, should_stop: ShouldStop) -> Ending:
        out, trainer = self.request.out, self.trainer
        if self.request.resume:
            trainer.resume(out / STATE)
        events = None
        if self.world.main:
            self._describe(say)
            events = _events(out, trainer.epoch + 1, say)

        def listen(progress: Progress) -> None:
            _draw(self.request, progress, say)
            if events:
                events(progress)
            report(progress)

        try:
            ending = trainer.fit(self.validator, out, say, report=listen, should_stop=should_stop)
        finally:
            if events:
                events.close()
        if self.world.main and ending is not Ending.FINISHED:
            say(f"ended: {ending}, best epoch {trainer.best_epoch}")
        return ending

    def _describe(self, say: Callable[[str], None]) -> None:
        """run.json: what this training is, for whoever finds the folder later."""
        dataset, split = self.prepared.dataset, self.prepared.split
        parts = {part: len(self.prepared.indices(part)) for part in ("train", "validation", "test")}
        text = json.dumps(
            {
                "config": asdict(self.request.config),
                "data": {"name": dataset.name, "sha256": dataset.sha256, "images": parts},
                "left_out": dict(dataset.left_out),
                "split_sha256": split.sha256,
                "torch": torch.__version__,
                "device": self.device.type,
                "numbers": str(self.trainer.number_type).removeprefix("torch."),
                "processes": self.world.size,
            },
            indent=2,
        )
        (self.request.out / RUN).write_text(text + "\n", encoding="utf-8")
        counts = ", ".join(f"{count} {part}" for part, count in parts.items())
        say(f"{dataset.name}: {counts} images; split {split.sha256[:12]}")
        for what, count in dataset.left_out:
            say(f"left out: {what} ({count})")


def _events(out: Path, first_epoch: int, say: Callable[[str], None]) -> TensorBoardLog | None:
    try:
        return TensorBoardLog(out / EVENTS, first_epoch=first_epoch)
    except ModuleNotFoundError:
        say("TensorBoard is not installed: no event files.")
        return None


def _draw(request: TrainingRequest, progress: Progress, say: Callable[[str], None]) -> None:
    config = request.config
    try:
        draw_curves(progress.rows, request.out / CURVES, title=f"{config.name} {config.version}")
    except ModuleNotFoundError:
        say("matplotlib is not installed: no curves.")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="inference.training.run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="folder of images and tables")
    parser.add_argument("--out", type=Path, required=True, help="state, log, split and weights")
    parser.add_argument("--start", type=Path, help="backbone .safetensors, or a trained model")
    parser.add_argument("--resume", action="store_true", help="go on from the state under --out")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: torch's default")
    given = vars(parser.parse_args(argv))
    return exit_status(lambda: _train(given))


def _train(given: dict[str, Any]) -> None:
    request = TrainingRequest(**{**given, "config": load_config(given["config"])})
    run_training(request, lambda line: print(line, flush=True))


if __name__ == "__main__":
    sys.exit(main())
