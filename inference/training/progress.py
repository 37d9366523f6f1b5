"""What a training tells while it runs, and who listens: curves, TensorBoard, a web task."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from inference.training.history import EpochRow


class Ending(StrEnum):
    """Why a training ended: all epochs done, no better score for long, or it was told to."""

    FINISHED = "finished"
    EARLY = "early"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Progress:
    """After an epoch: ``rows`` are all epochs so far, ``epochs`` how many were asked for."""

    rows: tuple[EpochRow, ...]
    epochs: int
    best_epoch: int

    @property
    def row(self) -> EpochRow:
        return self.rows[-1]


Report = Callable[[Progress], None]
ShouldStop = Callable[[], bool]


def unheard(progress: Progress) -> None:
    """Nobody listens."""


def never() -> bool:
    """Nobody stops it."""
    return False


class TensorBoardLog:
    """Event files under ``folder``; epochs that a resumed run repeats replace the earlier ones."""

    def __init__(self, folder: Path, *, first_epoch: int) -> None:
        """Raises ModuleNotFoundError where TensorBoard is not installed."""
        from torch.utils.tensorboard import SummaryWriter  # optional: only who looks at it needs it

        writer: Any = SummaryWriter
        self._writer = writer(str(folder), purge_step=first_epoch or None)

    def __call__(self, progress: Progress) -> None:
        for name, value in asdict(progress.row).items():
            if name != "epoch" and not math.isnan(value):
                self._writer.add_scalar(_TAGS.get(name, name), value, progress.row.epoch)
        self._writer.flush()

    def close(self) -> None:
        self._writer.close()


_TAGS = {
    "loss": "loss/train",
    "validation_loss": "loss/validation",
    "classification": "loss/train_classification",
    "detection": "loss/train_detection",
    "auroc": "validation/auroc",
    "ap40": "validation/ap40",
    "rate": "schedule/rate",
    "seconds": "epoch/seconds",
}
