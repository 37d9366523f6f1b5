"""Lung masks as arrays: from probabilities to one clean region a lung, and what can be measured."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
LEFT, RIGHT = 0, 1  # channels; the patient's left lung lies at the image's right


def clean_masks(probabilities: NDArray[np.float32], threshold: float = 0.5) -> NDArray[np.bool_]:
    """(2, H, W) probabilities of left and right lung -> (2, H, W) masks, at most one region each.

    A pixel goes to the likelier lung; of each lung the largest region stays, its holes are filled.
    """
    likelier = probabilities.argmax(axis=0)
    masks = [
        largest_region((probabilities[lung] >= threshold) & (likelier == lung))
        for lung in (LEFT, RIGHT)
    ]
    masks[RIGHT] &= ~masks[LEFT]  # a filled hole may hold a speck of the other lung
    return np.stack(masks)


def largest_region(mask: Mask) -> Mask:
    """The largest 8-connected region of a mask, holes filled; an empty mask stays empty."""
    count, regions, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return np.zeros_like(mask, dtype=np.bool_)
    largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    region = (regions == largest).astype(np.uint8)
    contours, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = cv2.drawContours(np.zeros_like(region), contours, -1, 1, thickness=cv2.FILLED)
    result: Mask = filled.astype(np.bool_)
    return result


def split_lungs(mask: Mask) -> NDArray[np.bool_]:
    """(H, W) mask of both lungs -> (2, H, W) left and right.

    Two regions: the one further to the image's right is the left lung. One region: cut at its mean
    column. Smaller specks go to the nearer of the two.
    """
    count, regions, stats, centres = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return np.zeros((2, *mask.shape), dtype=np.bool_)
    areas = stats[1:, cv2.CC_STAT_AREA]
    order = 1 + np.argsort(-areas)
    if len(order) > 1 and areas[order[1] - 1] >= 0.1 * areas[order[0] - 1]:
        first, second = float(centres[order[0], 0]), float(centres[order[1], 0])
        middle = (first + second) / 2.0
        is_left = centres[:, 0] > middle
        left = mask & is_left[regions]
    else:
        middle = float(np.nonzero(mask)[1].mean())
        left = mask & (np.arange(mask.shape[1]) > middle)[None, :]
    return np.stack((left, mask & ~left))
