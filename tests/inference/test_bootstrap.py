"""Intervals: what is drawn, and what comes out of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from inference.evaluation.bootstrap import draw_patients, interval_of, intervals, mean_of_usable
from inference.evaluation.metrics import ranked, weighted_auroc


def test_patients_are_drawn_whole_and_the_seed_says_which() -> None:
    patients = ["a", "a", "b", "c", "c", "c"]
    counts = draw_patients(patients, 50, seed=1)
    for drawn in counts.tolist():
        assert drawn[0] == drawn[1]
        assert drawn[3] == drawn[4] == drawn[5]
        assert drawn[0] + drawn[2] + drawn[3] == 3
    assert np.array_equal(counts, draw_patients(patients, 50, seed=1))
    assert not np.array_equal(counts, draw_patients(patients, 50, seed=2))


def test_the_interval_of_a_mean_is_about_two_standard_errors_wide() -> None:
    values = np.random.default_rng(4).normal(size=400)
    counts = draw_patients([str(number) for number in range(400)], 1050, seed=0)
    interval = intervals(lambda weights: (weights @ values / 400)[:, None], counts)[0]
    assert interval.value == pytest.approx(values.mean())
    assert interval.low < interval.value < interval.high
    assert interval.high - interval.low == pytest.approx(2 * 1.96 / 20, rel=0.15)
    assert (interval.resamples, interval.left_out) == (1050, 0)


def test_images_of_one_patient_widen_the_interval() -> None:
    values = np.repeat(np.random.default_rng(4).normal(size=50), 8)
    alone = draw_patients([str(number) for number in range(400)], 500, seed=0)
    together = draw_patients([str(number // 8) for number in range(400)], 500, seed=0)

    def width(counts: np.ndarray) -> float:
        found = intervals(lambda weights: (weights @ values / 400)[:, None], counts)[0]
        return found.high - found.low

    assert width(together) > 2 * width(alone)


def test_resamples_without_positives_are_counted_and_left_out() -> None:
    label = ranked(np.array([0.9, 0.1]), np.array([True, False]))
    counts = np.array([[1, 1], [2, 0], [0, 2]], dtype=np.uint16)
    interval = intervals(lambda weights: weighted_auroc(label, weights)[:, None], counts)[0]
    assert (interval.value, interval.low, interval.high) == (1.0, 1.0, 1.0)
    assert (interval.resamples, interval.left_out) == (1, 2)


def test_without_any_value_there_is_no_interval() -> None:
    interval = interval_of(0.5, np.array([math.nan, math.nan]))
    assert math.isnan(interval.low)
    assert (interval.resamples, interval.left_out) == (0, 2)


def test_means_leave_out_what_has_no_value() -> None:
    means = mean_of_usable(np.array([[1.0, math.nan, 3.0], [math.nan] * 3]))
    assert means[0] == 2.0
    assert math.isnan(means[1])
