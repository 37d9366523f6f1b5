"""Agreement statistics against worked examples and another implementation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from annotations.comparison.statistics import (
    MIN_CASES,
    box_row,
    cohen_kappa,
    cohen_row,
    estimate,
    f1,
    fleiss_kappa,
    fleiss_row,
    mean_iou,
    share,
)


def test_cohens_kappa_of_a_table_worked_by_hand() -> None:
    # 20 both, 5 only A, 10 only B, 15 neither: observed 0.7, expected 0.5*0.6 + 0.5*0.4 = 0.5
    assert cohen_kappa(np.array([20.0, 5.0, 10.0, 15.0])) == pytest.approx(0.4)


@pytest.mark.parametrize("seed", range(5))
def test_cohens_kappa_is_that_of_scikit_learn(seed: int) -> None:
    random = np.random.default_rng(seed)
    first = random.random(60) < 0.4
    second = np.where(random.random(60) < 0.8, first, ~first)
    rows = [cohen_row(bool(a), bool(b)) for a, b in zip(first, second, strict=True)]
    ours = cohen_kappa(np.asarray(rows).sum(axis=0))
    assert ours == pytest.approx(cohen_kappa_score(first, second), abs=1e-12)


def test_fleiss_kappa_of_four_cases_worked_by_hand() -> None:
    # 3, 2, 1, 0 of 3 readers say yes. Of the 3 pairs of readers of a case 0, 2, 2, 0 differ, 1/3
    # of all pairs; by chance 2 x 0.5 x 0.5 = 1/2 would: kappa is 1 - (1/3) / (1/2)
    said = [(True, True, True), (True, True, False), (True, False, False), (False, False, False)]
    assert fleiss_kappa(np.sum([fleiss_row(s) for s in said], axis=0)) == pytest.approx(1 / 3)


def test_fleiss_kappa_of_two_readers_ignores_who_is_who() -> None:
    rows = [fleiss_row(s) for s in ((True, False), (False, True), (True, True), (False, False))]
    # observed agreement 2/4, expected 0.5
    assert fleiss_kappa(np.sum(rows, axis=0)) == pytest.approx(0.0)


def test_perfect_and_opposite_readers() -> None:
    assert cohen_kappa(np.array([10.0, 0.0, 0.0, 10.0])) == pytest.approx(1.0)
    assert cohen_kappa(np.array([0.0, 10.0, 10.0, 0.0])) == pytest.approx(-1.0)
    same = [fleiss_row((True,) * 3), fleiss_row((False,) * 3)]
    assert fleiss_kappa(np.sum(same, axis=0)) == pytest.approx(1.0)


def test_kappa_is_undefined_where_all_say_the_same() -> None:
    assert math.isnan(cohen_kappa(np.array([0.0, 0.0, 0.0, 30.0])))
    assert math.isnan(fleiss_kappa(np.sum([fleiss_row((False, False))] * 30, axis=0)))
    assert estimate([cohen_row(False, False)] * 30, cohen_kappa).interval is None


def test_boxes_worked_by_hand() -> None:
    # two matched pairs of 0.8 and 0.5, five boxes in all: F1 = 4 / 5
    sums = np.array(box_row((0.8, 0.5), 5))
    assert mean_iou(sums) == pytest.approx(0.65)
    assert f1(sums) == pytest.approx(0.8)
    assert math.isnan(mean_iou(np.array(box_row((), 0))))


def test_too_few_cases_have_no_interval() -> None:
    rows = [cohen_row(True, True), cohen_row(False, True)] * (MIN_CASES // 2)
    few = estimate(rows[:-1], cohen_kappa)
    assert (few.cases, few.interval) == (MIN_CASES - 1, None)
    assert estimate(rows, cohen_kappa).cases == MIN_CASES


def test_the_interval_holds_the_value_repeats_and_narrows_with_cases() -> None:
    def spread(times: int) -> float:
        rows = [(1.0, 1.0)] * 3 * times + [(0.0, 1.0)] * times
        interval = estimate(rows, share).interval
        assert interval is not None
        assert interval == estimate(rows, share).interval
        assert interval.low < interval.value == 0.75 < interval.high
        return interval.high - interval.low

    # a share's standard error is sqrt(0.75 * 0.25 / n): 1.96 x 2 x 0.0433 = 0.17 at n = 100
    assert spread(25) == pytest.approx(0.17, abs=0.02)
    assert spread(100) < 0.6 * spread(25)


def test_a_case_is_drawn_with_all_its_reads() -> None:
    # 25 cases of four equal reads each spread as 25 reads do, not as 100
    clustered = estimate([(4.0, 4.0)] * 15 + [(0.0, 4.0)] * 10, share).interval
    single = estimate([(1.0, 1.0)] * 15 + [(0.0, 1.0)] * 10, share).interval
    assert clustered is not None
    assert single is not None
    assert (clustered.low, clustered.high) == (single.low, single.high)
