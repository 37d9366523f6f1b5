"""Numbers for whole-image scores, with patient-level bootstrap intervals. Needs only numpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Rows = NDArray[np.int64]
RESAMPLES = 1000


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with its 95 % percentile bootstrap interval.

    ``resamples``: how many of them had a value; one without positives has none and is left out.
    """

    value: float
    low: float
    high: float
    resamples: int


def auroc(scores: Floats, truth: Bools) -> float:
    """P(a positive scores above a negative), ties half; NaN without both kinds. (N,), (N,).

    Source: Mann and Whitney 1947; equal to sklearn.metrics.roc_auc_score.
    """
    positives = int(truth.sum())
    negatives = len(truth) - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    _, where, counts = np.unique(scores, return_inverse=True, return_counts=True)
    # The mean rank of each group of equal scores, from 1.
    ranks = np.cumsum(counts) - (counts - 1) / 2.0
    return float(
        (ranks[where][truth].sum() - positives * (positives + 1) / 2.0) / (positives * negatives)
    )


def auroc_per_label(scores: Floats, truth: Bools, known: Bools) -> Floats:
    """(N, L) each -> (L,), over the rows where a label is known."""
    return np.array(
        [
            auroc(scores[known[:, label], label], truth[known[:, label], label])
            for label in range(scores.shape[1])
        ]
    )


def macro(values: Floats) -> float:
    """Mean over the labels that have a value; NaN where none has."""
    usable = values[np.isfinite(values)]
    return float(usable.mean()) if len(usable) else float("nan")


def resample_patients(patients: Sequence[str], resamples: int, seed: int) -> list[Rows]:
    """Row numbers of bootstrap samples: patients drawn with replacement, with all their rows."""
    rows_of: dict[str, list[int]] = {}
    for row, patient in enumerate(patients):
        rows_of.setdefault(patient, []).append(row)
    groups = [np.array(rows, dtype=np.int64) for rows in rows_of.values()]
    random = np.random.default_rng(seed)
    return [
        np.concatenate([groups[pick] for pick in random.integers(0, len(groups), len(groups))])
        for _ in range(resamples)
    ]


def bootstrap(
    statistic: Callable[[Rows], Floats], samples: list[Rows], rows: int
) -> list[Interval]:
    """Intervals of several numbers at once. ``statistic``: row numbers -> (K,), NaN where none."""
    values = statistic(np.arange(rows))
    drawn = np.array([statistic(sample) for sample in samples])
    return [_interval(float(value), drawn[:, k]) for k, value in enumerate(values)]


def _interval(value: float, drawn: Floats) -> Interval:
    usable = drawn[np.isfinite(drawn)]
    if not len(usable):
        return Interval(value, float("nan"), float("nan"), 0)
    low, high = np.percentile(usable, (2.5, 97.5))
    return Interval(value, float(low), float(high), len(usable))


def sensitivity(scores: Floats, truth: Bools, threshold: float) -> float:
    """Share of the positives that reach the threshold; NaN without positives."""
    return float((scores[truth] >= threshold).mean()) if truth.any() else float("nan")


def specificity(scores: Floats, truth: Bools, threshold: float) -> float:
    """Share of the negatives below the threshold; NaN without negatives."""
    return float((scores[~truth] < threshold).mean()) if (~truth).any() else float("nan")
