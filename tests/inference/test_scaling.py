"""Scalings are judged on patients that they were not fitted on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inference.evaluation.bootstrap import draw_patients
from inference.evaluation.calibration import logits_of
from inference.evaluation.collect import Collected
from inference.evaluation.scaling import CalibrationResult, compare_scalings
from tests.inference.evaluated import many


def overconfident(images: int, seed: int) -> Collected:
    """Scores whose logits are three times what is true, of outcomes drawn from what is true."""
    random = np.random.default_rng(seed)
    logits = random.normal(size=(images, 3))
    truth = random.random((images, 3)) < 1 / (1 + np.exp(-logits))
    return replace(many(images), scores=1 / (1 + np.exp(-3 * logits)), truth=truth)


@pytest.fixture(scope="module")
def result() -> CalibrationResult:
    collected = overconfident(1200, 1)
    counts = draw_patients(collected.patients, 30, 0)
    found = compare_scalings(collected, overconfident(800, 2), counts)
    assert found is not None
    return found


def test_every_scaling_mends_overconfidence(result: CalibrationResult) -> None:
    before, *after = result.scalings
    assert [item.name for item in result.scalings] == [
        *("as it is", "temperature", "Platt", "isotonic")
    ]
    assert before.error > 0.15
    for item in after:
        assert item.error < 0.06
        assert item.brier.high < before.brier.low
    assert (result.fitted_on, result.fitted_images, result.images) == (
        *("validation patients", 800),
        1200,
    )


def test_bins_hold_every_known_pair_once(result: CalibrationResult) -> None:
    for item in result.scalings:
        assert sum(part.images for part in item.bins) == 3600
        predicted = [part.predicted for part in item.bins]
        assert predicted == sorted(predicted)


def test_without_others_it_is_cross_fitted_and_says_so() -> None:
    collected = overconfident(1200, 1)
    counts = draw_patients(collected.patients, 10, 0)
    found = compare_scalings(collected, None, counts)
    assert found is not None
    assert "5 parts" in found.fitted_on
    assert found.scalings[2].error < 0.06


def test_noise_is_not_fitted_into_looking_good() -> None:
    # Isotonic fits noise perfectly where it may judge itself: cross-fitting must not.
    random = np.random.default_rng(4)
    noise = replace(many(300), scores=random.random((300, 3)), truth=random.random((300, 3)) < 0.5)
    found = compare_scalings(noise, None, draw_patients(noise.patients, 10, 0))
    assert found is not None
    isotonic = found.scalings[3]
    assert isotonic.brier.value > 0.25


def test_what_is_not_known_stays_out() -> None:
    collected = many(60)
    known = collected.known.copy()
    known[:, 2] = False
    masked = replace(collected, known=known)
    found = compare_scalings(masked, masked, draw_patients(masked.patients, 10, 0))
    assert found is not None
    assert sum(part.images for part in found.scalings[0].bins) == 120
    assert np.isfinite(found.scalings[1].error)
    assert logits_of(np.array([0.5])).tolist() == [0.0]


def test_a_detector_alone_has_nothing_to_calibrate() -> None:
    empty = np.empty((60, 0))
    alone = replace(many(60), labels=(), scores=empty, truth=empty > 0, known=empty > 0)
    assert compare_scalings(alone, None, draw_patients(alone.patients, 5, 0)) is None
