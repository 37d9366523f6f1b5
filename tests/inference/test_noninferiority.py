"""Holm's correction and one-sided p values at a margin, worked out by hand."""

from __future__ import annotations

import pytest

from inference.evaluation.noninferiority import holm, p_values


def test_holm_multiplies_by_what_is_left_and_never_falls() -> None:
    # sorted 0.01, 0.03, 0.04 times 3, 2, 1 = 0.03, 0.06, 0.04 -> running maximum 0.03, 0.06, 0.06
    assert holm([0.04, 0.01, 0.03]) == pytest.approx((0.06, 0.03, 0.06))
    assert holm([0.9, 0.8]) == pytest.approx((1.0, 1.0))
    assert holm([]) == ()
    # the example of statsmodels' documentation of step-down Holm, by its formula
    # 0.005 x 4, 0.011 x 3, 0.02 x 2 = 0.04, 0.04 x 1
    assert holm([0.02, 0.005, 0.011, 0.04]) == pytest.approx((0.04, 0.02, 0.033, 0.04))


def test_ties_are_adjusted_alike() -> None:
    assert holm([0.02, 0.02]) == pytest.approx((0.04, 0.04))


def test_p_values_are_tails_of_the_normal_at_the_margin() -> None:
    # d = -0.03, m = 0.05, s = 0.02: z = 1; Phi(1) = 0.8413, Phi(-1) = 0.1587
    inferior, as_good = p_values(-0.03, 0.02, 0.05)
    assert (inferior, as_good) == pytest.approx((0.8413, 0.1587), abs=1e-4)
    # d = -0.10, z = -2.5: Phi(-2.5) = 0.0062
    assert p_values(-0.10, 0.02, 0.05)[0] == pytest.approx(0.0062, abs=1e-4)


def test_without_spread_the_difference_decides() -> None:
    assert p_values(0.0, 0.0, 0.05) == (1.0, 0.0)
    assert p_values(-0.06, 0.0, 0.05) == (0.0, 1.0)
