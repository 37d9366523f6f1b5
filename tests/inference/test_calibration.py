from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from inference.evaluation.calibration import (
    CalibrationCheck,
    brier,
    check_platt,
    expected_calibration_error,
    fit_platt,
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
