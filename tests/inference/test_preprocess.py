from __future__ import annotations

import numpy as np
import pytest
import torch

from inference.networks.description import Preprocessing
from inference.predict.errors import ImageUnusable
from inference.predict.preprocess import letterboxed, normalised


def test_aspect_is_kept_and_the_rest_is_black() -> None:
    square, letterbox = letterboxed(np.ones((50, 100), dtype=np.float32), 64)
    assert square.shape == (64, 64)
    assert square[16:48].min().item() == pytest.approx(1.0)
    assert square[:16].max() == square[48:].max() == 0.0
    assert (letterbox.top, letterbox.content_rows) == (16, 32)


def test_reducing_averages_instead_of_dropping_pixels() -> None:
    # One white column in four: antialiasing keeps the mean, nearest neighbours would not.
    image = np.zeros((256, 256), dtype=np.float32)
    image[:, ::4] = 1.0
    square, _ = letterboxed(image, 64)
    assert square[:, 8:-8].mean().item() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((4, 4, 3), dtype=np.float32),
        np.zeros((0, 4), dtype=np.float32),
        np.full((4, 4), np.nan, dtype=np.float32),
        np.full((4, 4), np.inf, dtype=np.float32),
    ],
)
def test_what_is_no_grey_image_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ImageUnusable) as caught:
        letterboxed(image, 64)
    assert caught.value.code == "image_unusable"


def test_grey_becomes_three_normalised_channels() -> None:
    rule = Preprocessing(32, mean=(0.5, 0.0, 1.0), std=(0.5, 1.0, 2.0))
    out = normalised(torch.ones(2, 1, 3, 3), rule)
    assert out.shape == (2, 3, 3, 3)
    assert out[0, :, 0, 0].tolist() == [1.0, 1.0, 0.0]
