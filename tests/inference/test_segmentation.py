"""Overlap of masks: hand-worked values."""

from __future__ import annotations

import numpy as np
import pytest

from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.segmentation import dice, evaluate_masks, iou

LEFT = np.array([[1, 1, 0, 0]], dtype=bool)
MIDDLE = np.array([[0, 1, 1, 0]], dtype=bool)
NONE = np.zeros((1, 4), dtype=bool)


def test_one_shared_pixel_of_two_and_two() -> None:
    assert dice(LEFT, MIDDLE) == 0.5
    assert iou(LEFT, MIDDLE) == 1 / 3


def test_nothing_found_where_nothing_is_counts_as_right() -> None:
    assert dice(NONE, NONE) == iou(NONE, NONE) == 1.0


def test_something_found_where_nothing_is_counts_as_wrong() -> None:
    assert dice(LEFT, NONE) == iou(NONE, LEFT) == 0.0


def test_masks_of_two_shapes_are_refused() -> None:
    with pytest.raises(EvaluationRefused):
        dice(LEFT, LEFT.T)


def test_means_are_over_images_and_the_interval_is_over_patients() -> None:
    found, truth = [LEFT, LEFT, LEFT], [LEFT, MIDDLE, MIDDLE]
    result = evaluate_masks(found, truth, ["a", "b", "b"], resamples=200)
    assert result.images == 3
    assert result.patients == 2
    assert result.dice.value == pytest.approx(2 / 3)
    assert result.iou.value == pytest.approx(5 / 9)
    assert result.worst_dice == 0.5
    # With two patients a resample is (a, a), (a, b) or (b, b): the ends are all a's and all b's.
    assert (result.dice.low, result.dice.high) == (0.5, 1.0)


def test_no_image_has_no_mean() -> None:
    with pytest.raises(EvaluationRefused):
        evaluate_masks([], [], [])
