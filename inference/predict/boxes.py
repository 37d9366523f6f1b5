"""Box arithmetic: xyxy in pixels, origin at the top left corner of the top left pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.predict.types import Box

Boxes = NDArray[np.float64]


def iou_matrix(first: Boxes, second: Boxes) -> Boxes:
    """Intersection over union of every pair, (A, 4) and (B, 4) xyxy -> (A, B); empty boxes: 0."""
    first, second = first.reshape(-1, 4), second.reshape(-1, 4)
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    overlap = np.prod(np.clip(high - low, 0.0, None), axis=2)
    union = _areas(first)[:, None] + _areas(second)[None, :] - overlap
    ratio: Boxes = np.divide(overlap, union, out=np.zeros_like(overlap), where=union > 0)
    return ratio


def _areas(boxes: Boxes) -> Boxes:
    areas: Boxes = np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0.0, None), axis=1)
    return areas


def iou(first: Box, second: Box) -> float:
    return float(iou_matrix(np.array(first.as_xyxy()), np.array(second.as_xyxy()))[0, 0])


def clip_box(box: Box, rows: int, columns: int) -> Box | None:
    """The part of ``box`` inside a (rows, columns) image; None where nothing is left."""
    x_min, x_max = (min(max(value, 0.0), float(columns)) for value in (box.x_min, box.x_max))
    y_min, y_max = (min(max(value, 0.0), float(rows)) for value in (box.y_min, box.y_max))
    if x_max <= x_min or y_max <= y_min:
        return None
    return Box(x_min, y_min, x_max, y_max)


@dataclass(frozen=True, slots=True)
class Letterbox:
    """How a (rows, columns) image lies in a square input: content size and offset, in pixels.

    Content sizes are whole pixels, so the two axes may differ by a rounding: the mapping keeps a
    scale an axis and goes there and back exactly.
    """

    rows: int
    columns: int
    content_rows: int
    content_columns: int
    top: int
    left: int
    size_px: int

    def to_input(self, box: Box) -> Box:
        """Original image pixels -> input pixels."""
        x_scale, y_scale = self.content_columns / self.columns, self.content_rows / self.rows
        return Box(
            box.x_min * x_scale + self.left,
            box.y_min * y_scale + self.top,
            box.x_max * x_scale + self.left,
            box.y_max * y_scale + self.top,
        )

    def to_image(self, box: Box) -> Box:
        """Input pixels -> original image pixels; not clipped."""
        x_scale, y_scale = self.columns / self.content_columns, self.rows / self.content_rows
        return Box(
            (box.x_min - self.left) * x_scale,
            (box.y_min - self.top) * y_scale,
            (box.x_max - self.left) * x_scale,
            (box.y_max - self.top) * y_scale,
        )


def letterbox_for(shape: tuple[int, int], size_px: int) -> Letterbox:
    """The letterbox of a (rows, columns) image in a size_px square: aspect kept, centred."""
    rows, columns = shape
    scale = size_px / max(rows, columns)
    content_rows = min(size_px, max(1, round(rows * scale)))
    content_columns = min(size_px, max(1, round(columns * scale)))
    return Letterbox(
        rows=rows,
        columns=columns,
        content_rows=content_rows,
        content_columns=content_columns,
        top=(size_px - content_rows) // 2,
        left=(size_px - content_columns) // 2,
        size_px=size_px,
    )
