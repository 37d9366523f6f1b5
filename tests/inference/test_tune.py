"""Calibration, thresholds and the box gate are chosen on validation patients, or not at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inference.evaluation.collect import Collected
from inference.evaluation.thresholds import ThresholdRule
from inference.networks.description import Description
from inference.predict.types import Box, BoxDetection
from inference.training.tune import tune, tune_boxes, untuned
from tests.inference.evaluated import HEART, many
from tests.inference.support import describe, small_network

AWAY = Box(60, 60, 80, 80)


def description(*, neck: str | None = "light") -> Description:
    return untuned(describe(small_network(neck=neck)))


def overconfident(images: int = 900, seed: int = 4) -> Collected:
    """Logits three times what is true: something to calibrate."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(images, 3))
    truth = random.random((images, 3)) < 1 / (1 + np.exp(-logits))
    return replace(many(images), scores=1 / (1 + np.exp(-3 * logits)), truth=truth)


def test_a_calibration_that_holds_is_claimed_and_its_scores_are_judged() -> None:
    collected = overconfident()
    tuned = tune(description(), collected)
    assert tuned.description.calibration is not None
    assert tuned.description.calibration.slopes == pytest.approx((1 / 3,) * 3, abs=0.1)
    assert tuned.check is not None
    assert tuned.check.error_after < 0.05 < tuned.check.error_before
    assert tuned.scores.shape == collected.scores.shape
    assert not np.allclose(tuned.scores, collected.scores)
    # Thresholds are on the scale of the final scores.
    threshold = tuned.description.thresholds[0]
    assert tuned.scores[:, 0].min() < threshold < tuned.scores[:, 0].max()


def test_another_rule_may_choose_the_thresholds() -> None:
    collected = many(300)
    tuned = tune(description(), collected, ThresholdRule.parse("sensitivity:0.9"))
    for k, threshold in enumerate(tuned.description.thresholds):
        called = tuned.scores[collected.truth[:, k], k] >= threshold
        assert 0.9 <= called.mean() < 0.95
    assert "sensitivity of at least 0.9" in tuned.rules.thresholds
    assert "specificity of at least 0.85" in tune(description(), collected).rules.thresholds


def test_few_positives_claim_nothing_and_propose_nothing() -> None:
    collected = overconfident()
    truth = collected.truth.copy()
    truth[4:, 2] = False
    tuned = tune(description(), replace(collected, truth=truth))
    assert tuned.description.calibration is None
    assert tuned.scores is collected.scores
    assert tuned.description.thresholds[2] == 1.0
    assert tuned.check is not None
    assert tuned.check.fewest_positives < 10


def test_what_is_not_known_does_not_move_a_threshold() -> None:
    collected = many(300)
    known = collected.known.copy()
    known[150:, 0] = False
    misled = collected.truth.copy()
    misled[150:, 0] = ~misled[150:, 0]
    masked = tune(description(), replace(collected, truth=misled, known=known))
    half = tune(description(), collected.take(list(range(150))))
    assert masked.description.thresholds[0] == half.description.thresholds[0]


def with_boxes(*, right: float, wrong: float, images: int = 60) -> Collected:
    """On images with a heart's box a right one; on all others a wrong one."""
    collected = many(images)
    boxes = [
        (BoxDetection("Cardiomegaly", right, HEART, 0.0),)
        if "Cardiomegaly" in record.labels
        else (BoxDetection("Cardiomegaly", wrong, AWAY, 0.0),)
        for record in collected.records
    ]
    return replace(collected, boxes=tuple(boxes))


def test_boxes_get_a_threshold_between_right_and_wrong() -> None:
    rules = tune_boxes(with_boxes(right=0.8, wrong=0.3), many(60).scores * 0 + 0.5)
    assert rules.gate == 0.0
    assert 0.3 < rules.thresholds[0] <= 0.8
    assert rules.thresholds[1] == 1.0  # no box of a mass was found


def test_the_classifier_gates_where_that_helps() -> None:
    collected = with_boxes(right=0.3, wrong=0.8)
    scores = np.where(collected.truth, 0.99, 0.01)
    rules = tune_boxes(collected, scores)
    assert rules.gate > 0.0
    assert rules.thresholds[0] < 1.0


def test_a_detector_alone_is_not_gated() -> None:
    empty = np.empty((60, 0))
    collected = replace(
        with_boxes(right=0.3, wrong=0.8), labels=(), scores=empty, truth=empty > 0, known=empty > 0
    )
    rules = tune_boxes(collected, empty)
    assert rules.gate == 0.0
    about = replace(description(), thresholds=())
    tuned = tune(about, collected)
    assert tuned.check is None
    assert tuned.description.calibration is None
    assert tuned.description.thresholds == ()


def test_a_classifier_alone_has_no_box_rules() -> None:
    collected = replace(many(60), box_labels=(), boxes=((),) * 60)
    tuned = tune(description(neck=None), collected)
    assert tuned.description.boxes.thresholds == ()
