from __future__ import annotations

import math

import numpy as np
import pytest

from inference.evaluation.detection import ImageBoxes, average_precision, match

NONE = np.empty((0, 4))


def image(truth: list[list[float]], found: list[tuple[list[float], float]]) -> ImageBoxes:
    return ImageBoxes(
        np.array(truth, dtype=float).reshape(-1, 4),
        np.array([box for box, _ in found], dtype=float).reshape(-1, 4),
        np.array([score for _, score in found], dtype=float),
    )


def test_average_precision_by_hand() -> None:
    # By score: hit (1/1), miss (1/2), hit (2/3); a third truth is never found. Envelope: recall
    # 0..1/3 at precision 1, 1/3..2/3 at 2/3: 1/3 + 2/9.
    images = [
        image([[0, 0, 10, 10]], [([0, 0, 10, 10], 0.9), ([50, 50, 60, 60], 0.8)]),
        image([[0, 0, 10, 10], [30, 30, 40, 40]], [([0, 0, 10, 8], 0.7)]),
    ]
    matches = match(images, 0.5)
    assert matches.hits.tolist() == [True, False, True]
    assert matches.truths == 3
    assert average_precision(matches) == pytest.approx(1 / 3 + 2 / 9)


def test_a_truth_is_found_once_and_by_the_best_score() -> None:
    same = [0.0, 0.0, 10.0, 10.0]
    matches = match([image([same], [(same, 0.5), (same, 0.9)])], 0.5)
    assert matches.scores.tolist() == [0.9, 0.5]
    assert matches.hits.tolist() == [True, False]


def test_the_overlap_decides_and_its_limit_counts_as_found() -> None:
    # 10 x 5 of 10 x 10: IoU 0.5.
    half = [image([[0, 0, 10, 10]], [([0, 0, 10, 5], 0.9)])]
    assert match(half, 0.5).hits.tolist() == [True]
    assert match(half, 0.51).hits.tolist() == [False]


def test_boxes_on_images_without_truth_lower_the_precision() -> None:
    hit = image([[0, 0, 10, 10]], [([0, 0, 10, 10], 0.5)])
    noise = image([], [([0, 0, 10, 10], 0.9)])
    assert average_precision(match([hit], 0.5)) == 1.0
    assert average_precision(match([hit, noise], 0.5)) == 0.5


def test_nothing_to_find_has_no_precision_and_nothing_found_has_zero() -> None:
    assert math.isnan(average_precision(match([image([], [])], 0.5)))
    assert average_precision(match([image([[0, 0, 1, 1]], [])], 0.5)) == 0.0
    assert math.isnan(average_precision(match([], 0.5)))
