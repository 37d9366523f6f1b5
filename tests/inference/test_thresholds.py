from __future__ import annotations

import numpy as np
import pytest

from inference.evaluation.detection import Matches
from inference.evaluation.thresholds import (
    CHECKPOINT,
    NEVER,
    SENSITIVITY,
    YOUDEN,
    ThresholdRule,
    best_f1_box_threshold,
    for_sensitivity,
    youden,
)

SCORES = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.8])


def choose(truth: list[int], *, specificity: float = 0.0, positives: int = 1) -> float:
    return youden(
        SCORES,
        np.array(truth, dtype=bool),
        min_specificity=specificity,
        min_positives=positives,
    )


def test_the_threshold_lies_between_the_groups() -> None:
    assert choose([0, 0, 0, 0, 1, 1]) == pytest.approx(0.5)


def test_the_asked_specificity_is_kept() -> None:
    # Freely 0.25 would be best (all 3 positives, 2 of 3 negatives); with specificity 1 it is 0.7.
    truth = [0, 0, 1, 1, 0, 1]
    assert choose(truth) == pytest.approx(0.25)
    assert choose(truth, specificity=1.0) == pytest.approx(0.7)


def test_too_few_positives_choose_nothing() -> None:
    # One positive would ask for 0.15; of one nothing is known, so the finding is never proposed.
    truth = [0, 1, 0, 0, 0, 0]
    assert choose(truth, specificity=0.6, positives=2) == NEVER == 1.0


def box_threshold(matches: Matches, *, false: float, precision: float = 0.0) -> float:
    return best_f1_box_threshold(matches, 10, max_false_per_image=false, min_precision=precision)


def test_the_box_threshold_keeps_few_false_boxes() -> None:
    matches = Matches(
        np.array([0.9, 0.8, 0.7, 0.6, 0.5]), np.array([True, False, True, False, True]), 3
    )
    # F1 by threshold: 2/4, 2/5, 4/6, 4/7, 6/8. With at most one false box: 0.7.
    assert box_threshold(matches, false=1.0) == 0.5
    assert box_threshold(matches, false=0.1) == 0.7
    assert box_threshold(matches, false=0.0) == 0.9
    # Precision by threshold: 1, 1/2, 2/3, 1/2, 3/5.
    assert box_threshold(matches, false=1.0, precision=0.65) == 0.7
    assert box_threshold(matches, false=1.0, precision=0.7) == 0.9


def test_no_boxes_are_better_than_noise() -> None:
    noise = Matches(np.array([0.9, 0.8]), np.array([False, False]), 3)
    assert box_threshold(noise, false=1.0) == NEVER
    late = Matches(np.array([0.9, 0.8]), np.array([False, True]), 1)
    assert box_threshold(late, false=0.05) == NEVER
    nothing = Matches(np.empty(0), np.empty(0, dtype=bool), 3)
    assert box_threshold(nothing, false=1.0) == NEVER


def fixed(truth: list[int], share: float, *, positives: int = 1) -> float:
    return for_sensitivity(
        SCORES, np.array(truth, dtype=bool), min_sensitivity=share, min_positives=positives
    )


def test_a_fixed_sensitivity_takes_the_highest_threshold_that_keeps_it() -> None:
    # Positives at 0.1, 0.3, 0.6, 0.8: three of four lie above 0.25, all above 0.05.
    truth = [1, 0, 1, 0, 1, 1]
    assert fixed(truth, 0.75) == pytest.approx(0.25)
    assert fixed(truth, 0.76) == pytest.approx(0.05)
    assert fixed(truth, 0.5) == pytest.approx(0.5)
    assert fixed(truth, 0.0) == pytest.approx(0.9)
    assert fixed(truth, 0.9, positives=5) == NEVER


def test_rules_are_read_from_words() -> None:
    assert ThresholdRule.parse("checkpoint") == ThresholdRule(CHECKPOINT, 0.0)
    assert ThresholdRule.parse("youden") == ThresholdRule(YOUDEN, 0.85)
    assert ThresholdRule.parse("youden:0.5") == ThresholdRule(YOUDEN, 0.5)
    assert ThresholdRule.parse("sensitivity:0.9") == ThresholdRule(SENSITIVITY, 0.9)


@pytest.mark.parametrize("text", ["", "best", "youden:2", "sensitivity", "sensitivity:much"])
def test_what_is_no_rule_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"rule|float"):
        ThresholdRule.parse(text)


def test_a_rule_chooses_as_it_says() -> None:
    scores = np.linspace(0.01, 0.99, 40)
    truth = scores > 0.3
    assert ThresholdRule.parse("youden").choose(scores, truth) == pytest.approx(0.3, abs=0.02)
    wanted = ThresholdRule.parse("sensitivity:0.5").choose(scores, truth)
    assert (scores[truth] >= wanted).mean() >= 0.5
    assert (scores[truth] >= wanted + 0.03).mean() < 0.5
