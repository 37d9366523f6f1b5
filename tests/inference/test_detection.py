from __future__ import annotations

import math

import numpy as np
import pytest

from inference.evaluation.detection import (
    AP40,
    HALF,
    ImageBoxes,
    Overlap,
    average_precision,
    match,
    match_rows,
    weighted_box_precision,
    weighted_froc,
    weighted_shown,
)

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
    matches = match(images, HALF)
    assert matches.hits.tolist() == [True, False, True]
    assert matches.truths == 3
    assert average_precision(matches) == pytest.approx(1 / 3 + 2 / 9)


def test_a_truth_is_found_once_and_by_the_best_score() -> None:
    same = [0.0, 0.0, 10.0, 10.0]
    matches = match([image([same], [(same, 0.5), (same, 0.9)])], HALF)
    assert matches.scores.tolist() == [0.9, 0.5]
    assert matches.hits.tolist() == [True, False]


def test_the_overlap_decides_and_its_limit_counts_as_found_unless_it_is_strict() -> None:
    # 10 x 5 of 10 x 10: IoU 0.5.
    half = [image([[0, 0, 10, 10]], [([0, 0, 10, 5], 0.9)])]
    assert match(half, HALF).hits.tolist() == [True]
    assert match(half, Overlap(0.5, strict=True)).hits.tolist() == [False]


def test_boxes_on_images_without_truth_lower_the_precision() -> None:
    hit = image([[0, 0, 10, 10]], [([0, 0, 10, 10], 0.5)])
    noise = image([], [([0, 0, 10, 10], 0.9)])
    assert average_precision(match([hit], HALF)) == 1.0
    assert average_precision(match([hit, noise], HALF)) == 0.5


def test_nothing_to_find_has_no_precision_and_nothing_found_has_zero() -> None:
    assert math.isnan(average_precision(match([image([], [])], HALF)))
    assert average_precision(match([image([[0, 0, 1, 1]], [])], HALF)) == 0.0
    assert math.isnan(average_precision(match([], HALF)))


def test_an_overlap_of_exactly_two_fifths_is_not_found_at_ap40() -> None:
    assert match([image([[0, 0, 10, 10]], [([0, 0, 10, 4], 0.9)])], AP40).hits.tolist() == [False]
    assert match([image([[0, 0, 10, 10]], [([0, 0, 10, 4.1], 0.9)])], AP40).hits.tolist() == [True]


SAME = [0.0, 0.0, 10.0, 10.0]
ELSEWHERE = [50.0, 50.0, 60.0, 60.0]
# Rows 0, 2 and 3 of four images judge the label; row 1 does not.
ROWS = {
    0: image([SAME], [(SAME, 0.9), (ELSEWHERE, 0.8)]),
    2: image([SAME, [30, 30, 40, 40]], [(SAME, 0.7)]),
    3: image([], [(ELSEWHERE, 0.6)]),
}


def test_weights_count_images_as_if_they_stood_there_more_often() -> None:
    random = np.random.default_rng(0)
    label = match_rows(ROWS, 4, HALF)
    weights = random.integers(0, 4, (50, 4)).astype(float)
    for weight, value in zip(weights, weighted_box_precision(label, weights), strict=True):
        written_out = [ROWS[row] for row in ROWS for _ in range(int(weight[row]))]
        assert value == pytest.approx(average_precision(match(written_out, HALF)), nan_ok=True)


def test_froc_by_hand() -> None:
    # Three judging images, three truths. By score: hit, false, hit, false. So no false box an
    # image allows one hit of three, 1/3 allows two, and the third is never found.
    label = match_rows(ROWS, 4, HALF)
    rates = (0.0, 0.25, 1 / 3, 1.0, 8.0)
    found = weighted_froc(label, np.ones((1, 4)), rates)[0]
    assert found.tolist() == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3, 2 / 3])
    assert np.isnan(weighted_froc(label, np.array([[0.0, 5.0, 0.0, 1.0]]), rates)).all()


def test_what_is_shown_at_a_threshold_by_hand() -> None:
    label = match_rows(ROWS, 4, HALF)
    sensitivity, precision, false = weighted_shown(label, np.ones((1, 4)), 0.7)
    assert sensitivity[0] == pytest.approx(2 / 3)
    assert precision[0] == pytest.approx(2 / 3)
    assert false[0] == pytest.approx(1 / 3)


def test_a_label_without_any_box_has_no_numbers() -> None:
    label = match_rows({}, 4, HALF)
    assert np.isnan(weighted_box_precision(label, np.ones((2, 4)))).all()
    assert np.isnan(weighted_froc(label, np.ones((2, 4)), (1.0,))).all()
