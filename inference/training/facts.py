"""``facts.json``: what the card says that neither the description nor the numbers hold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from inference.evaluation.calibration import CalibrationCheck
from inference.evaluation.errors import ReportUnreadable
from inference.evaluation.typed_json import from_text, to_text
from inference.training.history import EpochRow, read_log
from inference.training.tune import TuningRules

FACTS = "facts.json"
ALL_EPOCHS = 1_000_000


@dataclass(frozen=True, slots=True)
class PartCounts:
    """Of one part of the split; ``boxed``: images with a box."""

    part: str
    patients: int
    images: int
    boxed: int


@dataclass(frozen=True, slots=True)
class Stage:
    """One training as its log tells it: the best epoch and its validation numbers, NaN for none."""

    epochs: int
    best_epoch: int
    auroc: float
    ap40: float


@dataclass(frozen=True, slots=True)
class CardFacts:
    """``check``: of the calibration, None without a classifier. ``notes``: what people add."""

    parts: tuple[PartCounts, ...]
    stages: tuple[Stage, ...]
    check: CalibrationCheck | None
    rules: TuningRules
    notes: tuple[str, ...]


def read_stage(log: Path) -> Stage | None:
    """The best epoch as training chooses it; None where there is no log or no epoch in it."""
    rows = read_log(log, up_to=ALL_EPOCHS)
    if not rows:
        return None
    best = max(rows, key=_score)
    return Stage(rows[-1].epoch, best.epoch, best.auroc, best.ap40)


def _score(row: EpochRow) -> float:
    return sum(value for value in (row.auroc, row.ap40) if math.isfinite(value))


def write_facts(facts: CardFacts, folder: Path) -> None:
    (folder / FACTS).write_text(to_text(facts), encoding="utf-8")


def read_facts(folder: Path) -> CardFacts:
    """Raises ReportUnreadable."""
    try:
        return from_text(CardFacts, (folder / FACTS).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ReportUnreadable(f"{FACTS} cannot be read.") from error
