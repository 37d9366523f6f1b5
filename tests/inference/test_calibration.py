from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss

from inference.evaluation.calibration import (
    CalibrationCheck,
    brier,
    check_platt,
    expected_calibration_error,
    fit_isotonic,
    fit_platt,
    fit_temperature,
    logits_of,
    patient_folds,
    reliability,
)


def overconfident(count: int, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Logits three times too large and shifted by one, and the outcomes of the true ones."""
    random = np.random.default_rng(seed)
    true_logits = random.normal(size=count)
    truth = random.random(count) < 1 / (1 + np.exp(-true_logits))
    return 3.0 * true_logits + 1.0, truth


def test_platt_undoes_a_known_distortion_as_scikit_learn_does() -> None:
    logits, truth = overconfident(4000)
    fitted = fit_platt(logits, truth)
    assert fitted.slope == pytest.approx(1 / 3, abs=0.03)
    assert fitted.offset == pytest.approx(-1 / 3, abs=0.08)
    other = LogisticRegression(C=np.inf).fit(logits[:, None], truth)
    assert fitted.slope == pytest.approx(other.coef_[0, 0], abs=0.005)
    assert fitted.offset == pytest.approx(other.intercept_[0], abs=0.005)


def test_calibration_error_and_brier_by_hand() -> None:
    probability = np.array([0.1, 0.1, 0.8, 0.8])
    truth = np.array([False, False, True, False])
    # Two bins: |0 - 0.1| and |0.5 - 0.8|, half each.
    assert expected_calibration_error(probability, truth, bins=2) == pytest.approx(0.2)
    assert brier(probability, truth) == pytest.approx((0.01 + 0.01 + 0.04 + 0.64) / 4)


def test_a_real_improvement_on_other_patients_holds() -> None:
    logits, truth = overconfident(2000)
    patients = [f"p{number // 2}" for number in range(2000)]
    check = check_platt(logits[:, None], truth[:, None], patients)
    assert check.error_after < 0.05 < check.error_before
    assert check.holds(max_error=0.05, min_positives=10)
    assert not check.holds(max_error=0.05, min_positives=5000)


@pytest.mark.parametrize(
    "check",
    [
        CalibrationCheck(0.10, 0.06, 0.2, 0.1, 50),
        CalibrationCheck(0.03, 0.04, 0.2, 0.1, 50),
        CalibrationCheck(0.10, 0.04, 0.1, 0.2, 50),
        CalibrationCheck(0.10, 0.04, 0.2, 0.1, 9),
    ],
)
def test_calibration_is_not_claimed_without_need_or_proof(check: CalibrationCheck) -> None:
    assert not check.holds(max_error=0.05, min_positives=10)


def test_temperature_undoes_a_known_distortion_and_has_the_least_loss() -> None:
    random = np.random.default_rng(6)
    true_logits = random.normal(size=4000)
    truth = random.random(4000) < 1 / (1 + np.exp(-true_logits))
    fitted = fit_temperature(2.5 * true_logits, truth)
    assert fitted.temperature == pytest.approx(2.5, abs=0.2)
    best = minimize_scalar(
        lambda t: log_loss(truth, 1 / (1 + np.exp(-2.5 * true_logits / t))), bounds=(0.1, 10)
    )
    assert fitted.temperature == pytest.approx(best.x, abs=1e-3)
    assert fitted(np.array([0.0])).tolist() == [0.5]


def test_isotonic_pools_what_falls_by_hand() -> None:
    # Outcomes 0, 1, 0, 1 by rising logit: the middle two are pooled to a half.
    fitted = fit_isotonic(np.array([-2.0, -1.0, 1.0, 2.0]), np.array([0, 1, 0, 1], dtype=bool))
    assert fitted.probabilities == (0.0, 0.5, 0.5, 1.0)
    # Between points straight, beyond the ends flat.
    assert fitted(np.array([-9.0, -1.5, 0.0, 1.5, 9.0])).tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_isotonic_equals_scikit_learns_with_many_ties() -> None:
    random = np.random.default_rng(7)
    logits = np.round(random.normal(size=600), 1)
    truth = random.random(600) < 1 / (1 + np.exp(-logits))
    theirs = IsotonicRegression(out_of_bounds="clip").fit(logits, truth)
    asked = np.linspace(-4, 4, 101)
    assert fit_isotonic(logits, truth)(asked) == pytest.approx(theirs.predict(asked))


def test_the_reliability_diagram_equals_scikit_learns() -> None:
    random = np.random.default_rng(8)
    probability = random.random(500)
    truth = random.random(500) < probability
    bins = reliability(probability, truth, bins=5)
    observed, predicted = calibration_curve(truth, probability, n_bins=5, strategy="quantile")
    assert [item.images for item in bins] == [100] * 5
    assert [item.observed for item in bins] == pytest.approx(observed.tolist())
    assert [item.predicted for item in bins] == pytest.approx(predicted.tolist())
    assert brier(probability, truth) == pytest.approx(brier_score_loss(truth, probability))


def test_nothing_has_no_error() -> None:
    empty = np.empty(0)
    assert math.isnan(expected_calibration_error(empty, empty.astype(bool)))
    assert math.isnan(brier(empty, empty.astype(bool)))


def test_logits_undo_the_sigmoid_and_stay_finite() -> None:
    logits = np.array([-3.0, 0.0, 5.0])
    assert logits_of(1 / (1 + np.exp(-logits))) == pytest.approx(logits)
    assert np.isfinite(logits_of(np.array([0.0, 1.0]))).all()


def test_a_patient_is_in_one_fold() -> None:
    assert patient_folds(["b", "a", "b", "c"], 2).tolist() == [1, 0, 1, 0]


def test_what_is_not_known_neither_fits_nor_counts() -> None:
    logits, truth = overconfident(1000)
    patients = [f"p{number}" for number in range(1000)]
    both = np.stack((logits, logits), axis=1)
    outcomes = np.stack((truth, truth), axis=1)
    outcomes[500:, 1] = ~outcomes[500:, 1]
    known = np.ones_like(outcomes)
    known[500:, 1] = False
    told = check_platt(both, outcomes, patients, known)
    misled = check_platt(both, outcomes, patients)
    assert told.error_after < 0.06 < misled.error_before
    assert told.fewest_positives == int(truth[:500].sum())
