"""The cardiothoracic ratio by the machine: experimental, on PA views, or absent with a reason.

Thorax: the widest distance, in one row, from the outer edge of one lung to that of the other.
Heart: the width of the detected box of an enlarged heart. A heart of normal size has no box, so the
ratio is blank on most images; readers measure their own two diameters elsewhere.
Source of the ratio: Danzer, American Journal of the Medical Sciences 1919.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.predict.lung_masks import LEFT, RIGHT
from inference.predict.types import Box, BoxDetection

HEART_LABEL = "Cardiomegaly"
# Outside this range a mask or a box is wrong: boxes of enlarged hearts often reach past the heart.
PLAUSIBLE = (0.3, 0.8)

NOT_PA, NO_LUNGS, NO_HEART, IMPLAUSIBLE = (
    "not_pa_view",
    "no_two_lungs",
    "no_heart_box",
    "implausible",
)
REASONS = {
    NOT_PA: "The header does not say that this is a PA view.",
    NO_LUNGS: "Two lungs were not found.",
    NO_HEART: "The model drew no box of the heart; it draws one of an enlarged heart only.",
    IMPLAUSIBLE: "Mask and box give no plausible ratio.",
}


@dataclass(frozen=True, slots=True)
class Diameter:
    """A horizontal line in pixels of the original image."""

    x_min: float
    x_max: float
    y: float

    @property
    def width(self) -> float:
        return self.x_max - self.x_min


@dataclass(frozen=True, slots=True)
class HeartRatio:
    """``value`` None where there is no ratio, and then ``missing`` is a code of ``REASONS``."""

    value: float | None = None
    thorax: Diameter | None = None
    heart: Diameter | None = None
    missing: str = ""


def thorax_diameter(masks: NDArray[np.bool_], shape: tuple[int, int]) -> Diameter | None:
    """(2, h, w) masks that stretch over an image of ``shape`` (rows, columns) -> its widest line.

    None without two lungs, or where they nowhere stand beside each other.
    """
    both = masks[LEFT].any(axis=1) & masks[RIGHT].any(axis=1)
    if not both.any():
        return None
    columns = masks.shape[2]
    together = masks[LEFT] | masks[RIGHT]
    first = together.argmax(axis=1)
    last = columns - together[:, ::-1].argmax(axis=1)
    widths = np.where(both, last - first, -1)
    row = int(widths.argmax())
    x_scale, y_scale = shape[1] / columns, shape[0] / masks.shape[1]
    return Diameter(float(first[row] * x_scale), float(last[row] * x_scale), (row + 0.5) * y_scale)


def heart_box(detections: Sequence[BoxDetection]) -> Box | None:
    """The most certain box of an enlarged heart."""
    found = [item for item in detections if item.label == HEART_LABEL]
    return max(found, key=lambda item: item.score).box if found else None


def heart_ratio(
    masks: NDArray[np.bool_],
    shape: tuple[int, int],
    detections: Sequence[BoxDetection],
    view_position: str,
) -> HeartRatio:
    """Width of the heart by width of the thorax, both in pixels of an image of ``shape``."""
    if view_position != "PA":
        return HeartRatio(missing=NOT_PA)
    thorax = thorax_diameter(masks, shape)
    if thorax is None:
        return HeartRatio(missing=NO_LUNGS)
    box = heart_box(detections)
    if box is None:
        return HeartRatio(missing=NO_HEART)
    heart = Diameter(box.x_min, box.x_max, (box.y_min + box.y_max) / 2.0)
    value = heart.width / thorax.width
    inside = thorax.x_min <= (heart.x_min + heart.x_max) / 2.0 <= thorax.x_max
    if not (inside and PLAUSIBLE[0] <= value <= PLAUSIBLE[1]):
        return HeartRatio(missing=IMPLAUSIBLE)
    return HeartRatio(value, thorax, heart)
