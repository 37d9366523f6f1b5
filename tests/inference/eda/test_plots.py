"""Axes that can be read whatever the counts."""

from __future__ import annotations

from inference.eda.plots import _bars


def test_few_counts_stand_on_a_linear_axis_of_whole_numbers() -> None:
    axes = _bars("Annotations per class", ["Nodule", "Mass"], [2, 1], log=True).axes[0]
    assert (axes.get_xscale(), axes.get_title("left")) == ("linear", "Annotations per class")
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


def test_counts_far_apart_stand_on_a_logarithmic_axis_that_says_so() -> None:
    axes = _bars("Annotations per class", ["Nodule", "Mass"], [900, 3], log=True).axes[0]
    assert axes.get_xscale() == "symlog"
    assert axes.get_title("left") == "Annotations per class (log axis)"
