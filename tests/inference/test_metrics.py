from __future__ import annotations

import math

import numpy as np
import pytest
import sklearn.metrics
from sklearn.metrics import roc_auc_score

from inference.evaluation.metrics import (
    auroc,
    auroc_per_label,
    average_precision_score,
    confusion,
    macro,
    ranked,
    weighted_auroc,
    weighted_average_precision,
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


def test_average_precision_by_hand_and_as_scikit_learn() -> None:
    # By score: positive (1/1), negative, positive (2/3): half the recall at each.
    assert average_precision_score(np.array([0.9, 0.8, 0.7]), bools(1, 0, 1)) == pytest.approx(
        (1 + 2 / 3) / 2
    )
    assert math.isnan(average_precision_score(np.array([0.9]), bools(0)))
    random = np.random.default_rng(3)
    truth = random.random(400) < 0.2
    scores = np.round(random.random(400) + 0.3 * truth, 1)
    theirs = sklearn.metrics.average_precision_score(truth, scores)
    assert average_precision_score(scores, truth) == pytest.approx(theirs)


def test_weights_count_as_in_scikit_learn() -> None:
    random = np.random.default_rng(4)
    truth, known = random.random(300) < 0.3, random.random(300) < 0.8
    scores = np.round(random.random(300) + 0.2 * truth, 1)
    weights = random.integers(0, 4, (20, 300)).astype(float)
    label = ranked(scores, truth, known)
    areas = weighted_auroc(label, weights)
    precisions = weighted_average_precision(label, weights)
    for row, weight in enumerate(weights):
        given = {"sample_weight": weight[known]}
        assert areas[row] == pytest.approx(roc_auc_score(truth[known], scores[known], **given))
        assert precisions[row] == pytest.approx(
            sklearn.metrics.average_precision_score(truth[known], scores[known], **given)
        )


def test_nothing_known_has_no_number() -> None:
    label = ranked(np.array([0.5]), bools(1), bools(0))
    assert np.isnan(weighted_auroc(label, np.ones((2, 1)))).all()
    assert np.isnan(weighted_average_precision(label, np.ones((2, 1)))).all()


def at(threshold: float, scores: np.ndarray, truth: np.ndarray) -> tuple[float, ...]:
    found = confusion(ranked(scores, truth), np.ones((1, len(scores))), threshold)
    return tuple(
        float(part[0]) for part in (found.sensitivity, found.specificity, found.precision, found.f1)
    )


def test_rates_at_a_threshold_by_hand() -> None:
    # Called: 0.9 and 0.5 rightly, the other 0.5 wrongly; 0.4 is missed; 0.1 is left alone.
    scores, truth = np.array([0.9, 0.5, 0.4, 0.5, 0.1]), bools(1, 1, 1, 0, 0)
    assert at(0.5, scores, truth) == pytest.approx((2 / 3, 1 / 2, 2 / 3, 2 / 3))


def test_rates_equal_scikit_learns() -> None:
    random = np.random.default_rng(5)
    truth = random.random(200) < 0.4
    scores = random.random(200)
    called = scores >= 0.6
    theirs = (
        sklearn.metrics.recall_score(truth, called),
        sklearn.metrics.recall_score(~truth, ~called),
        sklearn.metrics.precision_score(truth, called),
        sklearn.metrics.f1_score(truth, called),
    )
    assert at(0.6, scores, truth) == pytest.approx(theirs)


def test_a_rate_of_nothing_has_no_value() -> None:
    sensitivity, specificity, precision, f1 = at(0.95, np.array([0.9, 0.8]), bools(1, 1))
    assert (sensitivity, f1) == (0.0, 0.0)
    assert math.isnan(specificity)
    assert math.isnan(precision)
