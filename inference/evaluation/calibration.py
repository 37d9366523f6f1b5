"""Temperature, Platt and isotonic scaling; how well probabilities hold, and on whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Platt:
    """probability = sigmoid(slope * logit + offset)."""

    slope: float
    offset: float

    def __call__(self, logits: Floats) -> Floats:
        probability: Floats = 1.0 / (1.0 + np.exp(-(self.slope * logits + self.offset)))
        return probability


def fit_platt(logits: Floats, truth: Bools, *, steps: int = 50) -> Platt:
    """Maximum likelihood by Newton's method, with Platt's smoothed targets. (N,), (N,) -> Platt.

    Source: Platt, Advances in Large Margin Classifiers, 1999.
    """
    positives = float(truth.sum())
    negatives = len(truth) - positives
    targets = np.where(truth, (positives + 1.0) / (positives + 2.0), 1.0 / (negatives + 2.0))
    design = np.stack((logits, np.ones_like(logits)), axis=1)
    # From "the logit says nothing", with halved steps where a whole one would overshoot.
    weights = np.array([0.0, np.log((positives + 1.0) / (negatives + 1.0))])
    for _ in range(steps):
        probability = 1.0 / (1.0 + np.exp(-design @ weights))
        gradient = design.T @ (probability - targets)
        curvature = (design.T * (probability * (1.0 - probability))) @ design
        step = np.linalg.solve(curvature + 1e-6 * np.eye(2), gradient)
        loss = _log_loss(design @ weights, targets)
        while _log_loss(design @ (weights - step), targets) > loss and np.abs(step).max() > 1e-9:
            step = step / 2.0
        weights = weights - step
        if float(np.abs(step).max()) < 1e-9:
            break
    return Platt(float(weights[0]), float(weights[1]))


@dataclass(frozen=True, slots=True)
class Temperature:
    """probability = sigmoid(logit / temperature): less or more sure, in the same order."""

    temperature: float

    def __call__(self, logits: Floats) -> Floats:
        probability: Floats = 1.0 / (1.0 + np.exp(-logits / self.temperature))
        return probability


def fit_temperature(logits: Floats, truth: Bools) -> Temperature:
    """Least log loss for temperatures from 0.05 to 20. (N,), (N,) -> Temperature.

    The loss is convex in 1 / temperature, so that a golden-section search finds it. Source: Guo et
    al., ICML 2017.
    """
    shrink = (np.sqrt(5.0) - 1.0) / 2.0
    low, high = 0.05, 20.0
    targets = truth.astype(np.float64)
    for _ in range(100):
        first, second = high - shrink * (high - low), low + shrink * (high - low)
        if _log_loss(logits * first, targets) <= _log_loss(logits * second, targets):
            high = second
        else:
            low = first
    return Temperature(float(2.0 / (low + high)))


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A rising line through points (logit, probability), flat beyond its ends."""

    logits: tuple[float, ...]
    probabilities: tuple[float, ...]

    def __call__(self, logits: Floats) -> Floats:
        return np.interp(logits, self.logits, self.probabilities)


def fit_isotonic(logits: Floats, truth: Bools) -> Isotonic:
    """Least squares among rising functions, by pooling adjacent violators. (N,), (N,).

    Equal to sklearn.isotonic.IsotonicRegression. Source: Ayer et al., Ann. Math. Stat. 1955.
    """
    steps, where = np.unique(logits, return_inverse=True)
    counts = np.bincount(where).astype(np.float64)
    sums = np.bincount(where, weights=truth.astype(np.float64))
    blocks: list[tuple[float, float, int]] = []  # positives, images, distinct logits
    for positives, images in zip(sums.tolist(), counts.tolist(), strict=True):
        block = (positives, images, 1)
        while blocks and blocks[-1][0] * block[1] >= block[0] * blocks[-1][1]:
            before = blocks.pop()
            block = (before[0] + block[0], before[1] + block[1], before[2] + block[2])
        blocks.append(block)
    values = np.repeat([block[0] / block[1] for block in blocks], [block[2] for block in blocks])
    return Isotonic(tuple(steps.tolist()), tuple(values.tolist()))


def logits_of(probability: Floats) -> Floats:
    """The inverse of the sigmoid, held within about +-16."""
    clipped = np.clip(probability, 1e-7, 1.0 - 1e-7)
    logits: Floats = np.log(clipped / (1.0 - clipped))
    return logits


def _log_loss(logits: Floats, targets: Floats) -> float:
    return float(np.sum(np.logaddexp(0.0, logits) - targets * logits))


@dataclass(frozen=True, slots=True)
class Bin:
    """Images of neighbouring scores: mean score, share that is positive, how many."""

    predicted: float
    observed: float
    images: int


def reliability(probability: Floats, truth: Bools, *, bins: int = 10) -> tuple[Bin, ...]:
    """The reliability diagram over equal-count bins, by rising score. (N,), (N,)."""
    order = np.argsort(probability, kind="stable")
    return tuple(
        Bin(float(probability[part].mean()), float(truth[part].mean()), len(part))
        for part in np.array_split(order, bins)
        if len(part)
    )


def expected_calibration_error(probability: Floats, truth: Bools, *, bins: int = 10) -> float:
    """Mean |observed - predicted| over equal-count bins, weighted by their size; NaN for none."""
    if not len(probability):
        return float("nan")
    parts = reliability(probability, truth, bins=bins)
    gaps = [abs(part.observed - part.predicted) * part.images for part in parts]
    return float(sum(gaps) / len(probability))


def brier(probability: Floats, truth: Bools) -> float:
    """Mean squared difference between probability and outcome; NaN for none."""
    if not len(probability):
        return float("nan")
    return float(np.mean((probability - truth) ** 2))


@dataclass(frozen=True, slots=True)
class CalibrationCheck:
    """Means over labels, before and after, on patients left out of each fit."""

    error_before: float
    error_after: float
    brier_before: float
    brier_after: float
    fewest_positives: int

    def holds(self, *, max_error: float, min_positives: int) -> bool:
        """Better in both measures, small in error, and enough positives of every label to know."""
        return (
            self.error_after <= max_error
            and self.error_after < self.error_before
            and self.brier_after <= self.brier_before
            and self.fewest_positives >= min_positives
        )


def patient_folds(patients: Sequence[str], folds: int) -> NDArray[np.int64]:
    """(N,) the fold of each row: every patient with all images in one."""
    ordered = {patient: number for number, patient in enumerate(sorted(set(patients)))}
    return np.array([ordered[patient] % folds for patient in patients], dtype=np.int64)


def check_platt(
    logits: Floats,
    truth: Bools,
    patients: Sequence[str],
    known: Bools | None = None,
    *,
    folds: int = 5,
) -> CalibrationCheck:
    """Cross-validated by patient. logits, truth (N, L), and which of them are known (all)."""
    fold = patient_folds(patients, folds)
    told = np.ones_like(truth) if known is None else known
    after = np.zeros_like(logits)
    before = 1.0 / (1.0 + np.exp(-logits))
    for held_out in range(folds):
        test = fold == held_out
        for label in range(logits.shape[1]):
            rest = ~test & told[:, label]
            fitted = fit_platt(logits[rest, label], truth[rest, label])
            after[test, label] = fitted(logits[test, label])
    error_before, brier_before = _means(before, truth, told)
    error_after, brier_after = _means(after, truth, told)
    return CalibrationCheck(
        error_before=error_before,
        error_after=error_after,
        brier_before=brier_before,
        brier_after=brier_after,
        fewest_positives=int((truth & told).sum(axis=0).min()),
    )


def _means(probability: Floats, truth: Bools, known: Bools) -> tuple[float, float]:
    """Calibration error and Brier score, means over the labels that are known of any image."""
    pairs = [
        (probability[known[:, k], k], truth[known[:, k], k])
        for k in range(truth.shape[1])
        if known[:, k].any()
    ]
    errors = [expected_calibration_error(scores, present) for scores, present in pairs]
    return float(np.mean(errors)), float(np.mean([brier(*pair) for pair in pairs]))
