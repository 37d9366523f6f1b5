"""95 % intervals by drawing patients with replacement, many numbers at once. Needs only numpy.

A resample is a row of counts, how often each image was drawn. Statistics take these counts as
weights, a block of resamples at a time, and are the same as on the drawn images written out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
Counts = NDArray[np.uint16]
# (B, N) weights of the images -> (B, K) numbers, NaN where a resample has none.
Statistic = Callable[[Floats], Floats]
RESAMPLES = 1000
BLOCK = 100


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with its 95 % percentile bootstrap interval.

    ``resamples``: how many of them had a value; ``left_out``: how many had none (for most numbers
    because no positive was drawn) and stay out of the interval.
    """

    value: float
    low: float
    high: float
    resamples: int
    left_out: int = 0


def draw_patients(patients: Sequence[str], resamples: int, seed: int) -> Counts:
    """(resamples, N): how often each row was drawn; patients are drawn with all their rows."""
    names = {patient: number for number, patient in enumerate(dict.fromkeys(patients))}
    owner = np.array([names[patient] for patient in patients], dtype=np.int64)
    random = np.random.default_rng(seed)
    counts = np.empty((resamples, len(patients)), dtype=np.uint16)
    for number in range(resamples):
        drawn = random.integers(0, len(names), len(names))
        counts[number] = np.bincount(drawn, minlength=len(names))[owner]
    return counts


def intervals(statistic: Statistic, counts: Counts) -> list[Interval]:
    """Several numbers at once: on every row once, and their spread over the resamples."""
    values = statistic(np.ones((1, counts.shape[1])))[0]
    drawn = [
        statistic(counts[start : start + BLOCK].astype(np.float64))
        for start in range(0, len(counts), BLOCK)
    ]
    table = np.concatenate(drawn) if drawn else np.empty((0, len(values)))
    return [interval_of(float(value), table[:, k]) for k, value in enumerate(values)]


def interval_of(value: float, drawn: Floats) -> Interval:
    """The interval of ``value`` from its values in the resamples, NaN where one has none."""
    usable = drawn[np.isfinite(drawn)]
    left_out = len(drawn) - len(usable)
    if not len(usable):
        return Interval(value, float("nan"), float("nan"), 0, left_out)
    low, high = np.percentile(usable, (2.5, 97.5))
    return Interval(value, float(low), float(high), len(usable), left_out)


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Element by element; NaN where the denominator is 0."""
    missing = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    result: Floats = np.divide(numerator, denominator, out=missing, where=denominator > 0)
    return result


def mean_of_usable(values: Floats) -> Floats:
    """(B, K) -> (B,): the mean over those of the K numbers that are not NaN; NaN without any."""
    usable = np.isfinite(values)
    return ratio(np.where(usable, values, 0.0).sum(axis=-1), usable.sum(axis=-1))
