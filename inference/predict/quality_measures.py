"""What the input gate measures on an image and on the lungs found in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.predict.lung_masks import LEFT, RIGHT
from inference.predict.lungs import LungPrediction

LUNG_MEASURES = (
    "left_area",
    "right_area",
    "smaller_by_larger",
    "gap",
    "row_difference",
    "left_certainty",
    "right_certainty",
    "at_border",
    "inside_darker",
)


@dataclass(frozen=True, slots=True)
class GreyMeasures:
    """``contrast``: spread of the middle 98 % of grey values; ``commonest``: share of one level."""

    short_side_px: int
    contrast: float
    commonest: float


def grey_measures(image: NDArray[np.float32]) -> GreyMeasures:
    """image (H, W) float32 in [0, 1]."""
    step = max(1, min(image.shape) // 256)
    levels = (image[::step, ::step] * 255.0).round().astype(np.uint8)
    low, high = np.percentile(levels, (1.0, 99.0))
    commonest = float(np.bincount(levels.ravel()).max()) / levels.size
    return GreyMeasures(min(image.shape), float(high - low) / 255.0, commonest)


def lung_measures(lungs: LungPrediction) -> NDArray[np.float32]:
    """The values named by ``LUNG_MEASURES``; lengths and areas are shares of the image."""
    rows, columns = lungs.content
    masks = lungs.masks[:, rows, columns]
    grey = lungs.grey[rows, columns]
    areas = masks.mean(axis=(1, 2))
    (left_row, left_column), (right_row, right_column) = (_centre(masks[i]) for i in (LEFT, RIGHT))
    certain = [_mean(lungs.probabilities[i, rows, columns], masks[i]) for i in (LEFT, RIGHT)]
    together = masks[LEFT] | masks[RIGHT]
    outside = _mean(grey, ~together)
    return np.array(
        (
            areas[LEFT],
            areas[RIGHT],
            areas.min() / areas.max() if areas.max() > 0 else 0.0,
            left_column - right_column,
            left_row - right_row,
            certain[LEFT],
            certain[RIGHT],
            border_share(together),
            (outside - _mean(grey, together)) if together.any() else 0.0,
        ),
        dtype=np.float32,
    )


def border_share(mask: NDArray[np.bool_]) -> float:
    """How much of the image's border the mask touches; 0 for an empty mask."""
    edge = np.concatenate((mask[0], mask[-1], mask[1:-1, 0], mask[1:-1, -1]))
    return float(edge.mean())


def _centre(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Row and column as shares of the image; the middle for an empty mask."""
    if not mask.any():
        return 0.5, 0.5
    rows, columns = np.nonzero(mask)
    return float(rows.mean()) / mask.shape[0], float(columns.mean()) / mask.shape[1]


def _mean(values: NDArray[np.float32], mask: NDArray[np.bool_]) -> float:
    return float(values[mask].mean()) if mask.any() else 0.0


def gate_vector(lungs: LungPrediction) -> NDArray[np.float32]:
    """Features of the encoder, then the lung measures: what the gate's classes are told by."""
    return np.concatenate((lungs.features, lung_measures(lungs))).astype(np.float32)
