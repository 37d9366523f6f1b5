"""The predictor: what it gives, in whose pixels, and what it refuses."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch

from inference.networks.checkpoint import save_checkpoint
from inference.networks.description import BoxRules, Calibration
from inference.networks.detector import RawDetections
from inference.networks.errors import ModelHashMismatch, OutputNotFinite
from inference.predict.boxes import letterbox_for
from inference.predict.errors import ImageUnusable
from inference.predict.predictor import Predictor, final_scores, image_boxes
from inference.predict.types import Box
from tests.inference.support import (
    BOXED,
    LABELS,
    describe,
    radiograph,
    save_small,
    small_network,
)


@pytest.fixture
def predictor(tmp_path) -> Predictor:
    return Predictor.load(tmp_path, sha256=save_small(tmp_path), device="cpu")


def test_a_prediction_is_complete(predictor: Predictor) -> None:
    image = radiograph(90, 120)
    result = predictor.predict(image)
    assert result.model == predictor.identity
    assert result.labels == LABELS
    assert len(result.scores) == len(result.thresholds) == 3
    assert all(0.0 < score < 1.0 for score in result.scores)
    assert result.heatmaps.labels == LABELS
    assert result.heatmaps.maps.shape == (3, 72, 96)
    assert not result.calibrated
    assert [name for name, _ in result.timings_s] == ["preprocess", "network", "boxes", "heatmaps"]
    assert result.detections
    for found in result.detections:
        assert found.label in BOXED
        assert found.score >= found.threshold == 0.1
        assert 0 <= found.box.x_min < found.box.x_max <= 120
        assert 0 <= found.box.y_min < found.box.y_max <= 90


def test_the_same_image_gives_the_same_bits_from_any_thread(predictor: Predictor) -> None:
    images = [radiograph(seed=number) for number in (1, 2, 1, 2)]
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(predictor.predict, images))
    assert results[0].scores == results[2].scores != results[1].scores
    assert results[0].detections == results[2].detections
    assert np.array_equal(results[1].heatmaps.maps, results[3].heatmaps.maps)


def test_the_description_says_what_was_loaded(tmp_path) -> None:
    identity = save_small(tmp_path)
    (tmp_path / "CARD.md").write_text("# a card")
    about = Predictor.load(tmp_path, sha256=identity, threads=1).description
    assert (about.name, about.version, about.sha256) == ("small", "0.0.1", identity)
    assert about.labels == LABELS
    assert about.card == "# a card"
    assert about.metrics == {}


def test_a_wrong_hash_is_refused(tmp_path) -> None:
    save_small(tmp_path)
    with pytest.raises(ModelHashMismatch):
        Predictor.load(tmp_path, sha256="0" * 64)


def test_an_unusable_image_is_refused(predictor: Predictor) -> None:
    with pytest.raises(ImageUnusable):
        predictor.predict(np.full((8, 8), np.nan, dtype=np.float32))


def test_an_overflow_in_the_network_raises_instead_of_scoring(tmp_path) -> None:
    network = small_network(neck=None)
    with torch.no_grad():
        network.head.get_parameter("output.weight").fill_(3e38)
    identity = save_checkpoint(network, describe(network), tmp_path, half=False)
    with pytest.raises(OutputNotFinite) as caught:
        Predictor.load(tmp_path, sha256=identity, device="cpu").predict(radiograph())
    assert caught.value.code == "model_output_not_finite"


def test_calibration_acts_on_the_logit() -> None:
    about = describe(small_network(neck=None))
    logits = torch.tensor([0.0, 2.0, -1.0], dtype=torch.float64)
    assert final_scores(logits, about)[0] == 0.5
    calibration = Calibration((1.0, 0.5, 2.0), (0.0, -1.0, 2.0), "here")
    # 0.5 * 2 - 1 = 0 and 2 * -1 + 2 = 0.
    assert final_scores(logits, replace(about, calibration=calibration)) == (0.5, 0.5, 0.5)


def test_boxes_are_gated_mapped_clipped_and_sorted() -> None:
    about = replace(describe(small_network()), boxes=BoxRules((0.3, 0.6), 0.5))
    raw = RawDetections(
        torch.tensor([[0.0, 0.0, 32.0, 32.0], [-8.0, 16.0, 80.0, 40.0], [0.0, 0.0, 9.0, 8.0]]),
        torch.tensor([0.25, 0.81, 0.9]),
        torch.tensor([1, 2, 2]),
    )
    # A 32 x 64 px image in a 64 px input: 16 px of black above and below.
    found = image_boxes(raw, (0.25, 0.81, 0.1), about, letterbox_for((32, 64), 64))
    # The third box lies in the black bar: it is gone.
    assert [item.label for item in found] == ["Mass", "Cardiomegaly"]
    assert [item.score for item in found] == pytest.approx([0.81, 0.25])
    assert [item.threshold for item in found] == [0.6, 0.3]
    assert found[0].box == Box(0, 0, 64, 24)
    assert found[1].box == Box(0, 0, 32, 16)
