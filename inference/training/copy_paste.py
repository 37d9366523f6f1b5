"""Copy-paste of lesions: a nodule or mass of one patient, put into another patient's image.

Only focal findings travel: a diffuse one has no edge, and its box cut out would teach rectangles.
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
from inference.training.label_maps import code_of
from inference.training.packing import PackedImages

FOCAL = frozenset({"calcification", "mass", "nodule", "nodule_or_mass"})  # vocabulary codes
LARGEST_SHARE = 0.06  # of the image: larger ones belong to one body
SMALLEST_PX = 6
SOFT_SHARE = 0.25  # of the lesion's side, over which it fades out beyond the ellipse in its box

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
    """The focal findings of these images that are small enough to belong into another body."""
    side = packed.pixels.shape[1]
    focal = {label for label in labels if code_of(label) in FOCAL}
    found = []
    for row in rows if share > 0 else ():
        for label, box in packed.boxes[row]:
            whole = Box(*(float(round(edge)) for edge in box.as_xyxy()))
            width, height = whole.x_max - whole.x_min, whole.y_max - whole.y_min
            small = width * height <= LARGEST_SHARE * side * side
            if label in focal and small and min(width, height) >= SMALLEST_PX:
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
    """In place. The mask is 1 in the ellipse that fills the box and falls to 0 beyond it."""
    rows = slice(int(around.y_min), int(around.y_max))
    columns = slice(int(around.x_min), int(around.x_max))
    mask = _ellipse(box, rows, columns)
    new = source[rows, columns].astype(np.float64)
    old = pixels[rows, columns].astype(np.float64)
    outside = mask == 0.0
    # Where the surroundings are brighter there, the lesion is moved to their level here.
    shift = float((old - new)[outside].mean()) if outside.any() else 0.0
    mixed = old + mask * (new + shift - old)
    pixels[rows, columns] = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _ellipse(box: Box, rows: slice, columns: slice) -> NDArray[np.float64]:
    """A weight in [0, 1] for each pixel of the two spans."""
    width, height = _lengths(box)
    y = (np.arange(rows.start, rows.stop) + 0.5 - (box.y_min + box.y_max) / 2) / (height / 2)
    x = (np.arange(columns.start, columns.stop) + 0.5 - (box.x_min + box.x_max) / 2) / (width / 2)
    radius = np.sqrt(y[:, None] ** 2 + x[None, :] ** 2)  # 1 on the ellipse
    weights: NDArray[np.float64] = np.clip(1.0 - (radius - 1.0) / (2 * SOFT_SHARE), 0.0, 1.0)
    return weights
