"""Curves: corners by hand, and areas as scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics

from inference.evaluation.curves import MOST_POINTS, precision_recall_curve, roc_curve
from inference.evaluation.metrics import ranked


def test_the_corners_of_a_roc_curve_by_hand() -> None:
    # By falling score: two positives, two negatives, one positive: up, right, up.
    label = ranked(np.array([0.9, 0.8, 0.7, 0.6, 0.5]), np.array([1, 1, 0, 0, 1], dtype=bool))
    found = roc_curve(label)
    assert found.x == (0.0, 0.0, 1.0, 1.0)
    assert found.y == pytest.approx((0.0, 2 / 3, 2 / 3, 1.0), abs=1e-5)


def test_precision_and_recall_by_hand() -> None:
    label = ranked(np.array([0.9, 0.8, 0.7]), np.array([1, 0, 1], dtype=bool))
    found = precision_recall_curve(label)
    assert found.x == (0.5, 0.5, 1.0)
    assert found.y == pytest.approx((1.0, 0.5, 2 / 3), abs=1e-5)


def test_dropped_points_lie_on_the_line() -> None:
    random = np.random.default_rng(1)
    truth = random.random(300) < 0.3
    scores = np.round(random.random(300) + 0.3 * truth, 2)
    found = roc_curve(ranked(scores, truth))
    area = float(np.trapezoid(found.y, found.x))
    assert area == pytest.approx(sklearn.metrics.roc_auc_score(truth, scores), abs=1e-4)
    assert len(found.x) < 150


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    random = np.random.default_rng(1)
    truth = random.random(5000) < 0.5
    scores = random.random(5000) + 0.3 * truth
    found = roc_curve(ranked(scores, truth))
    assert len(found.x) <= MOST_POINTS
    assert (found.x[0], found.y[0], found.x[-1], found.y[-1]) == (0.0, 0.0, 1.0, 1.0)
    assert float(np.trapezoid(found.y, found.x)) == pytest.approx(
        sklearn.metrics.roc_auc_score(truth, scores), abs=0.005
    )


def test_there_is_no_curve_without_positives_or_scores() -> None:
    negatives = ranked(np.array([0.5, 0.6]), np.zeros(2, dtype=bool))
    nothing = ranked(np.empty(0), np.empty(0, dtype=bool))
    for label in (negatives, nothing):
        assert roc_curve(label).x == ()
        assert precision_recall_curve(label).x == ()
