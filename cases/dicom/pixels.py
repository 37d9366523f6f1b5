"""Whole images to grey, by one look-up a pixel (``levels`` has the arithmetic)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from cases.dicom.levels import display_table
from cases.dicom.types import DecodedImage, PixelGrid, Window

Grey = TypeVar("Grey", np.float32, np.uint8, np.uint16)


def to_display(
    stored: NDArray[np.uint16], grid: PixelGrid, window: Window | None = None
) -> NDArray[np.float32]:
    """(H, W) float32 in [0, 1]; 1 is white, padding 0. Order: Modality, VOI, inversion.

    ``stored``: (H, W) uint16 as in ``DecodedImage``. Without a window: the VOI LUT, else the first
    window, else the automatic one. Raises ValueError for a window that is too narrow.
    """
    return _look_up(stored, display_table(grid, window))


def to_uint8(
    stored: NDArray[np.uint16], grid: PixelGrid, window: Window | None = None
) -> NDArray[np.uint8]:
    """(H, W) uint8, 255 is white: ``to_display`` times 255, rounded to the nearest."""
    return _look_up(stored, np.rint(display_table(grid, window) * 255.0).astype(np.uint8))


def to_uint16(
    stored: NDArray[np.uint16], grid: PixelGrid, window: Window | None = None
) -> NDArray[np.uint16]:
    """(H, W) uint16, 65,535 is white: ``to_display`` times 65,535, rounded to the nearest."""
    return _look_up(stored, np.rint(display_table(grid, window) * 65_535.0).astype(np.uint16))


def blanked(
    image: DecodedImage, boxes_xyxy: Sequence[tuple[int, int, int, int]]
) -> NDArray[np.uint16]:
    """The stored values with each box painted in the darkest value that there is."""
    if not boxes_xyxy:
        return image.stored
    grid = image.facts.grid
    black = int(np.argmin(display_table(grid)[: 1 << grid.bits_stored]))
    painted = image.stored.copy()
    for x_min, y_min, x_max, y_max in boxes_xyxy:
        painted[y_min:y_max, x_min:x_max] = black
    return painted


def shrink(image: NDArray[np.uint8], long_side_px: int) -> NDArray[np.uint8]:
    """The mean over areas, the longer side ``long_side_px``; never larger than it was."""
    rows, columns = image.shape
    scale = min(1.0, long_side_px / max(rows, columns))
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    return cast(NDArray[np.uint8], cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def _look_up(stored: NDArray[np.uint16], table: NDArray[Grey]) -> NDArray[Grey]:
    # cv2.LUT takes 65,536 entries for uint16 and is many times faster than table[stored].
    return cast(NDArray[Grey], cv2.LUT(stored, table))
