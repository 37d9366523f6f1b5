"""Agreement of readers: kappa, overlap of boxes, and rates, each with a 95 % bootstrap interval.

Every statistic is a function of sums over cases, so that drawing cases with replacement is drawing
how often each pattern of a case counts: cases with equal rows are one pattern. A case with all its
reads is drawn as a whole. The arguments are (..., d) sums; a statistic that is undefined is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.evaluation.bootstrap import Interval, interval_of, ratio

Floats = NDArray[np.float64]
Statistic = Callable[[Floats], Floats]
RESAMPLES = 1000
BLOCK = 50
SEED = 20
MIN_CASES = 20  # below, an interval would say more about the luck of the draw than about readers
Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """``interval`` is None below MIN_CASES cases and where the statistic is undefined."""

    cases: int
    interval: Interval | None


def estimate(rows: Sequence[Row], statistic: Statistic) -> Estimate:
    """The statistic of the cases, one row of sums a case, and its interval over resampled cases."""
    if len(rows) < MIN_CASES:
        return Estimate(len(rows), None)
    table = np.asarray(rows, dtype=np.float64)
    value = float(statistic(table.sum(axis=0)))
    if not np.isfinite(value):
        return Estimate(len(rows), None)
    return Estimate(len(rows), interval_of(value, _resampled(table, statistic)))


def _resampled(table: Floats, statistic: Statistic) -> Floats:
    """(RESAMPLES,) values of the statistic, NaN where a resample has none."""
    patterns, counts = np.unique(table, axis=0, return_counts=True)
    shares = counts / counts.sum()
    random = np.random.default_rng(SEED)
    parts = []
    for start in range(0, RESAMPLES, BLOCK):
        size = min(BLOCK, RESAMPLES - start)
        drawn = random.multinomial(len(table), shares, size=size).astype(np.float64)
        parts.append(statistic(drawn @ patterns))
    return np.concatenate(parts)


def cohen_row(first: bool, second: bool) -> Row:
    """One case read by two readers: (both, only the first, only the second, neither)."""
    return (
        float(first and second),
        float(first and not second),
        float(second and not first),
        float(not first and not second),
    )


def cohen_kappa(sums: Floats) -> Floats:
    """(..., 4) -> (...): agreement beyond chance of two readers, 1 is perfect, 0 is chance.

    Undefined where both always say the same. Source: Cohen, Educ Psychol Meas 20 (1960) 37.
    """
    both, first, second, neither = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    n = both + first + second + neither
    expected = (both + first) * (both + second) + (neither + first) * (neither + second)
    observed = (both + neither) * n
    return ratio(observed - expected, n * n - expected)


def fleiss_row(said: Sequence[bool]) -> Row:
    """One case read by any number of readers: (1, readers, yes, yes x no / readers)."""
    readers, yes = len(said), sum(said)
    return (1.0, float(readers), float(yes), yes * (readers - yes) / readers)


def fleiss_kappa(sums: Floats) -> Floats:
    """(..., 4) -> (...): agreement beyond chance of several readers on yes or no.

    Cases may have different numbers of readers; with equal numbers this is Fleiss' kappa.
    Undefined where all say the same. Source: Fleiss and Cuzick, Appl Psychol Meas 3 (1979) 537.
    """
    cases, ratings, yes, split = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    share = ratio(yes, ratings)
    per_case = ratio(ratings, cases)
    chance = cases * (per_case - 1.0) * share * (1.0 - share)
    return 1.0 - ratio(split, np.where(np.isfinite(chance), chance, 0.0))


def box_row(overlaps: Sequence[float], boxes: int) -> Row:
    """One case: (sum of IoU of matched pairs, matched pairs, boxes of both readers)."""
    return (float(sum(overlaps)), float(len(overlaps)), float(boxes))


def mean_iou(sums: Floats) -> Floats:
    """(..., 3) -> (...): over matched boxes only."""
    return ratio(sums[..., 0], sums[..., 1])


def f1(sums: Floats) -> Floats:
    """(..., 3) -> (...): 2 x matched / all boxes of both; neither reader is the truth."""
    return ratio(2.0 * sums[..., 1], sums[..., 2])


def share(sums: Floats) -> Floats:
    """(..., 2) -> (...): counted out of all."""
    return ratio(sums[..., 0], sums[..., 1])
