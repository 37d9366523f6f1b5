"""All features of one image, in a fixed order of columns."""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from cases.dicom.extraction.features.frequency import frequency_features
from cases.dicom.extraction.features.intensity import intensity_features
from cases.dicom.extraction.features.shape import LUNG_COLUMNS, edge_features, lung_features
from cases.dicom.extraction.features.texture import texture_features
from cases.dicom.extraction.fit import resized

LONG_SIDE_PX = 512
SMALLEST_PX = 16


def feature_image(image: NDArray[np.uint8], long_side_px: int = LONG_SIDE_PX) -> NDArray[np.uint8]:
    """The image that features are computed of: aspect kept, no border added, at most so large."""
    rows, columns = image.shape
    scale = min(1.0, long_side_px / max(rows, columns))
    return resized(image, max(1, round(rows * scale)), max(1, round(columns * scale)))


def image_features(
    image: NDArray[np.uint8], mask: NDArray[np.bool_] | None = None
) -> dict[str, float | None]:
    """Every column of ``feature_columns`` for an (H, W) uint8 image of at least 16 x 16 pixels.

    ``mask``: the lungs, (H, W) bool; its columns are None without one.
    """
    if min(image.shape) < SMALLEST_PX:
        raise ValueError("an image for features needs 16 x 16 pixels")
    found: dict[str, float | None] = {
        **intensity_features(image),
        **texture_features(image),
        **edge_features(image),
        **frequency_features(image),
    }
    found |= dict.fromkeys(LUNG_COLUMNS) if mask is None else lung_features(mask, image)
    wrong = [
        name for name, value in found.items() if value is not None and not math.isfinite(value)
    ]
    if wrong:
        raise ValueError(f"no number: {', '.join(wrong)}")
    return found


@functools.cache
def feature_columns() -> tuple[str, ...]:
    """The names of all features, in the order of the file."""
    return tuple(image_features(np.zeros((SMALLEST_PX, SMALLEST_PX), np.uint8)))
