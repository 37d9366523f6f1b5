"""An image brought to a square of a given size, and how to get back from there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = TypeVar("Grey", np.uint8, np.uint16)


class Fit(StrEnum):
    LETTERBOX = "letterbox"  # the aspect is kept, the rest of the square is black
    STRETCH = "stretch"


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where a pixel went: x_out = x_in * scale_x + offset_x, the same for y and the rows.

    Coordinates are those of pixel edges: 0 is the left edge of the first column.
    """

    original_rows: int
    original_columns: int
    rows: int
    columns: int
    scale_y: float
    scale_x: float
    offset_y: int
    offset_x: int


def geometry_of(rows: int, columns: int, size_px: int | None, fit: Fit) -> Geometry:
    """The place of a (rows, columns) image in a square of ``size_px``; None keeps its own size."""
    if size_px is None:
        return Geometry(rows, columns, rows, columns, 1.0, 1.0, 0, 0)
    if fit is Fit.STRETCH:
        return Geometry(rows, columns, size_px, size_px, size_px / rows, size_px / columns, 0, 0)
    scale = size_px / max(rows, columns)
    high, wide = max(1, round(rows * scale)), max(1, round(columns * scale))
    return Geometry(
        original_rows=rows,
        original_columns=columns,
        rows=size_px,
        columns=size_px,
        scale_y=high / rows,
        scale_x=wide / columns,
        offset_y=(size_px - high) // 2,
        offset_x=(size_px - wide) // 2,
    )


def fitted(image: NDArray[Grey], geometry: Geometry) -> NDArray[Grey]:
    """(rows, columns) as the geometry says. Mean over areas to shrink, bilinear to enlarge."""
    high = round(geometry.original_rows * geometry.scale_y)
    wide = round(geometry.original_columns * geometry.scale_x)
    content = resized(image, high, wide)
    if (high, wide) == (geometry.rows, geometry.columns):
        return content
    square = np.zeros((geometry.rows, geometry.columns), image.dtype)
    y, x = geometry.offset_y, geometry.offset_x
    square[y : y + high, x : x + wide] = content
    return square


def resized(image: NDArray[Grey], rows: int, columns: int) -> NDArray[Grey]:
    """The image itself where it has that size already."""
    if image.shape == (rows, columns):
        return image
    shrinks = rows <= image.shape[0] and columns <= image.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cast(NDArray[Grey], cv2.resize(image, (columns, rows), interpolation=how))
