"""Platt scaling, and whether it holds on patients that it was not fitted on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def _log_loss(logits: Floats, targets: Floats) -> float:
    return float(np.sum(np.logaddexp(0.0, logits) - targets * logits))


def expected_calibration_error(probability: Floats, truth: Bools, *, bins: int = 10) -> float:
    """Mean |observed - predicted| over equal-count bins, weighted by their size."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    gaps = [abs(truth[part].mean() - probability[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(probability))


def brier(probability: Floats, truth: Bools) -> float:
    """Mean squared difference between probability and outcome."""
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


def check_platt(
    logits: Floats, truth: Bools, patients: Sequence[str], *, folds: int = 5
) -> CalibrationCheck:
    """Cross-validated by patient. logits, truth (N, L)."""
    ordered = {patient: number for number, patient in enumerate(sorted(set(patients)))}
    fold = np.array([ordered[patient] % folds for patient in patients])
    after = np.zeros_like(logits)
    before = 1.0 / (1.0 + np.exp(-logits))
    for held_out in range(folds):
        test = fold == held_out
        for label in range(logits.shape[1]):
            fitted = fit_platt(logits[~test, label], truth[~test, label])
            after[test, label] = fitted(logits[test, label])
    labels = range(logits.shape[1])
    return CalibrationCheck(
        error_before=_mean(expected_calibration_error(before[:, k], truth[:, k]) for k in labels),
        error_after=_mean(expected_calibration_error(after[:, k], truth[:, k]) for k in labels),
        brier_before=_mean(brier(before[:, k], truth[:, k]) for k in labels),
        brier_after=_mean(brier(after[:, k], truth[:, k]) for k in labels),
        fewest_positives=int(truth.sum(axis=0).min()),
    )


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
