"""What an evaluation is told, beside what was collected."""

from __future__ import annotations

from dataclasses import dataclass

from inference.evaluation.bootstrap import RESAMPLES


@dataclass(frozen=True, slots=True)
class Setting:
    """``thresholds`` and ``box_thresholds`` follow the labels; the seed draws the resamples."""

    data: str
    part: str
    thresholds: tuple[float, ...]
    box_thresholds: tuple[float, ...]
    thresholds_from: str = "the checkpoint"
    resamples: int = RESAMPLES
    seed: int = 0
