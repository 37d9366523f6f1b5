from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from inference.evaluation.metrics import (
    auroc,
    auroc_per_label,
    bootstrap,
    macro,
    resample_patients,
    sensitivity,
    specificity,
)


def bools(*values: int) -> np.ndarray:
    return np.array(values, dtype=bool)


def test_auroc_by_hand() -> None:
    # Pairs (positive, negative): 0.8 beats both, 0.4 beats 0.2 and ties 0.4: (2 + 1.5) / 4.
    scores = np.array([0.8, 0.4, 0.4, 0.2])
    assert auroc(scores, bools(1, 1, 0, 0)) == pytest.approx(3.5 / 4)
    assert auroc(-scores, bools(1, 1, 0, 0)) == pytest.approx(0.5 / 4)


def test_auroc_equals_scikit_learns_with_many_ties() -> None:
    random = np.random.default_rng(2)
    truth = random.random(500) < 0.2
    scores = np.round(random.random(500) + 0.3 * truth, 1)
    assert auroc(scores, truth) == pytest.approx(roc_auc_score(truth, scores))


def test_one_kind_alone_has_no_auroc_and_stays_out_of_the_macro_mean() -> None:
    scores = np.array([[0.1, 0.1], [0.9, 0.9]])
    truth = np.array([[False, False], [True, False]])
    values = auroc_per_label(scores, truth, np.ones_like(truth))
    assert values[0] == 1.0
    assert math.isnan(values[1])
    assert macro(values) == 1.0
    assert math.isnan(macro(np.array([math.nan])))


def test_an_unknown_label_counts_neither_way() -> None:
    scores = np.array([[0.1], [0.9], [0.95]])
    truth = np.array([[False], [True], [False]])
    assert auroc_per_label(scores, truth, np.ones_like(truth))[0] == 0.5
    assert auroc_per_label(scores, truth, np.array([[True], [True], [False]]))[0] == 1.0


def test_patients_are_drawn_whole() -> None:
    patients = ["a", "a", "b", "c", "c", "c"]
    samples = resample_patients(patients, 50, seed=1)
    for sample in samples:
        counts = np.bincount(sample, minlength=6)
        assert counts[0] == counts[1]
        assert counts[3] == counts[4] == counts[5]
        assert counts[0] + counts[2] + counts[3] == 3
    again = resample_patients(patients, 50, seed=1)
    assert all(np.array_equal(*pair) for pair in zip(samples, again, strict=True))


def test_the_interval_of_a_mean_is_about_two_standard_errors_wide() -> None:
    values = np.random.default_rng(4).normal(size=400)
    samples = resample_patients([str(number) for number in range(400)], 1000, seed=0)
    interval = bootstrap(lambda rows: np.array([values[rows].mean()]), samples, 400)[0]
    assert interval.value == pytest.approx(values.mean())
    assert interval.low < interval.value < interval.high
    assert interval.high - interval.low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    assert interval.resamples == 1000


def test_resamples_without_a_value_are_counted_out() -> None:
    truth = bools(1, 0)
    samples = [np.array([0, 1]), np.array([0, 0]), np.array([1, 1])]
    interval = bootstrap(
        lambda rows: np.array([auroc(np.array([0.9, 0.1])[rows], truth[rows])]), samples, 2
    )[0]
    assert (interval.value, interval.resamples) == (1.0, 1)


def test_sensitivity_and_specificity_by_hand() -> None:
    scores, truth = np.array([0.9, 0.5, 0.4, 0.5]), bools(1, 1, 1, 0)
    assert sensitivity(scores, truth, 0.5) == pytest.approx(2 / 3)
    assert specificity(scores, truth, 0.5) == 0.0
    assert math.isnan(specificity(scores[:3], truth[:3], 0.5))
