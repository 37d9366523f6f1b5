"""Ways to make probabilities of scores, side by side on patients that they were not fitted on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inference.evaluation.bootstrap import (
    Counts,
    Floats,
    Interval,
    intervals,
    mean_of_usable,
    ratio,
)
from inference.evaluation.calibration import (
    Bin,
    expected_calibration_error,
    fit_isotonic,
    fit_platt,
    fit_temperature,
    logits_of,
    patient_folds,
    reliability,
)
from inference.evaluation.collect import Bools, Collected
from inference.evaluation.metrics import macro

FOLDS = 5
Scaling = Callable[[Floats], Floats]
Fit = Callable[[Floats, Bools], Scaling]
FITS: tuple[tuple[str, Fit], ...] = (
    ("temperature", fit_temperature),
    ("Platt", fit_platt),
    ("isotonic", fit_isotonic),
)
AS_IT_IS = "as it is"


@dataclass(frozen=True, slots=True)
class ScalingResult:
    """``error``: expected calibration error, mean over findings; ``brier``: the same of Brier's.

    ``bins``: the reliability diagram over all findings together.
    """

    name: str
    error: float
    brier: Interval
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class CalibrationResult:
    """``fitted_on`` in words. ``with_finding``: images of ``images`` with at least one finding."""

    fitted_on: str
    fitted_images: int
    images: int
    with_finding: int
    scalings: tuple[ScalingResult, ...]


def compare_scalings(
    collected: Collected, validation: Collected | None, counts: Counts
) -> CalibrationResult | None:
    """The checkpoint's own scores, and each scaling fitted on top of them. None without labels.

    Fitted a finding on ``validation``; where that is None (it is what is evaluated), in five parts
    by patient, each scaled by a fit on the other four.
    """
    if not collected.labels:
        return None
    results = [_result(AS_IT_IS, collected.scores, collected, counts)]
    for name, fit in FITS:
        scaled = (
            _across(collected, fit) if validation is None else _from(validation, collected, fit)
        )
        results.append(_result(name, scaled, collected, counts))
    own = f"the same patients in {FOLDS} parts, each by a fit on the others"
    return CalibrationResult(
        fitted_on=own if validation is None else "validation patients",
        fitted_images=len((validation or collected).records),
        images=len(collected.records),
        with_finding=int((collected.truth & collected.known).any(axis=1).sum()),
        scalings=tuple(results),
    )


def _from(validation: Collected, collected: Collected, fit: Fit) -> Floats:
    scaled = np.empty_like(collected.scores)
    for k in range(len(collected.labels)):
        known = validation.known[:, k]
        logits = logits_of(validation.scores[known, k])
        scaled[:, k] = _fitted(fit, logits, validation.truth[known, k])(
            logits_of(collected.scores[:, k])
        )
    return scaled


def _across(collected: Collected, fit: Fit) -> Floats:
    folds = patient_folds(collected.patients, FOLDS)
    scaled = np.empty_like(collected.scores)
    for fold in range(FOLDS):
        rows = np.flatnonzero(folds == fold)
        others = collected.take(np.flatnonzero(folds != fold).tolist())
        scaled[rows] = _from(others, collected.take(rows.tolist()), fit)
    return scaled


def _fitted(fit: Fit, logits: Floats, truth: Bools) -> Scaling:
    """Without anything known of a finding its score stays as it is."""
    if not len(logits):
        return lambda values: 1.0 / (1.0 + np.exp(-values))
    return fit(logits, truth)


def _result(name: str, scores: Floats, collected: Collected, counts: Counts) -> ScalingResult:
    known, truth = collected.known, collected.truth
    errors = [
        expected_calibration_error(scores[known[:, k], k], truth[known[:, k], k])
        for k in range(len(collected.labels))
    ]
    squares = np.where(known, (scores - truth) ** 2, 0.0)

    def mean_brier(weights: Floats) -> Floats:
        each = ratio(weights @ squares, weights @ known)
        return mean_of_usable(each)[:, None]

    return ScalingResult(
        name=name,
        error=macro(np.array(errors)),
        brier=intervals(mean_brier, counts)[0],
        bins=reliability(scores[known], truth[known]),
    )
