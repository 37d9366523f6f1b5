"""Copy-paste of lesions: a small boxed finding of one patient, put into another patient's image.

It lands where it was, so that the anatomy around it fits, with soft edges and its grey level moved
to that of the new place. Source of the idea: Ghiasi et al., CVPR 2021.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from inference.predict.boxes import iou
from inference.predict.types import Box
from inference.training.packing import PackedImages

LARGEST_SHARE = 0.06  # of the image: larger findings (a heart, an effusion) belong to one body
SMALLEST_PX = 6
SOFT_SHARE = 0.25  # of the lesion's side, over which it fades out beyond its box

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Lesion:
    """``row`` of the packed images, and the whole-pixel box on it."""

    row: int
    label: str
    box: Box


@dataclass(frozen=True, slots=True)
class LesionPaster:
    """``share`` of the images get one lesion; draws from torch's global generator."""

    packed: PackedImages
    lesions: tuple[Lesion, ...]
    share: float

    def paste(
        self, row: int, boxes: tuple[tuple[str, Box], ...], refused: frozenset[str]
    ) -> tuple[Pixels, tuple[tuple[str, Box], ...]]:
        """(S, S) uint8 pixels of image ``row`` and its boxes, perhaps with a lesion more.

        Nothing is pasted over a box that is there, nor a label in ``refused`` (findings that the
        image has somewhere unboxed).
        """
        pixels = self.packed.pixels[row].copy()
        if not self.lesions or float(torch.rand(())) >= self.share:
            return pixels, boxes
        lesion = self.lesions[int(torch.randint(len(self.lesions), ()))]
        around = _widened(lesion.box, len(pixels))
        covers = any(iou(around, box) > 0 for _, box in boxes)
        if covers or lesion.row == row or lesion.label in refused:
            return pixels, boxes
        _blend(pixels, self.packed.pixels[lesion.row], lesion.box, around)
        return pixels, (*boxes, (lesion.label, lesion.box))


def small_lesions(
    packed: PackedImages, rows: tuple[int, ...], labels: tuple[str, ...], share: float
) -> LesionPaster:
    """All boxes of these images that are small enough to belong into another body."""
    side = packed.pixels.shape[1]
    found = []
    for row in rows if share > 0 else ():
        for label, box in packed.boxes[row]:
            whole = Box(*(float(round(edge)) for edge in box.as_xyxy()))
            width, height = whole.x_max - whole.x_min, whole.y_max - whole.y_min
            small = width * height <= LARGEST_SHARE * side * side
            if label in labels and small and min(width, height) >= SMALLEST_PX:
                found.append(Lesion(row, label, whole))
    return LesionPaster(packed, tuple(found), share)


def _widened(box: Box, side: int) -> Box:
    """With room for the soft edge, inside the image."""
    x, y = (round(SOFT_SHARE * length) for length in _lengths(box))
    return Box(
        max(0.0, box.x_min - x),
        max(0.0, box.y_min - y),
        min(float(side), box.x_max + x),
        min(float(side), box.y_max + y),
    )


def _lengths(box: Box) -> tuple[float, float]:
    return box.x_max - box.x_min, box.y_max - box.y_min


def _blend(pixels: Pixels, source: Pixels, box: Box, around: Box) -> None:
    """In place. The mask is 1 in the box and falls to 0 at the edge of ``around``."""
    place = (
        slice(int(around.y_min), int(around.y_max)),
        slice(int(around.x_min), int(around.x_max)),
    )
    rows = _fade(place[0], box.y_min, box.y_max)
    columns = _fade(place[1], box.x_min, box.x_max)
    mask = rows[:, None] * columns[None, :]
    new, old = source[place].astype(np.float64), pixels[place].astype(np.float64)
    edge = 1.0 - mask
    total = edge.sum()
    # Where the surroundings are brighter there, the lesion is moved to their level here.
    shift = float(((old - new) * edge).sum() / total) if total > 0 else 0.0
    mixed = old + mask * (new + shift - old)
    pixels[place] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _fade(span: slice, low: float, high: float) -> NDArray[np.float64]:
    """One weight a pixel of the span: 1 between low and high, to 0 one pixel beyond the span."""
    centres = np.arange(span.start, span.stop) + 0.5
    before = (centres - span.start + 0.5) / max(low - span.start + 0.5, 0.5)
    after = (span.stop - centres + 0.5) / max(span.stop - high + 0.5, 0.5)
    weights: NDArray[np.float64] = np.clip(np.minimum(before, after), 0.0, 1.0)
    return weights
