"""Drawing in millimetres: x to the right from the midline, y down from the top of the field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.phantoms.types import LARGEST_PX, Floats

Points = Sequence[tuple[float, float]]
Fixed = NDArray[np.int32]
Window = tuple[slice, slice]
SHIFT_BITS = 4  # cv2 takes fixed-point coordinates: sixteenths of a pixel
FIELD_HEIGHT_MM = 410.0


@dataclass(frozen=True)
class Canvas:
    """A (rows, columns) grid; the point (0 mm, 0 mm) lies at column ``midline_px``, row ``top_px``.

    Not slotted: the coordinate grids are computed once.
    """

    rows: int
    columns: int
    mm_per_px: float
    midline_px: float
    top_px: float

    @cached_property
    def x_mm(self) -> Floats:
        """(1, W)"""
        columns = np.arange(self.columns, dtype=np.float32)[None, :]
        return (columns + np.float32(0.5 - self.midline_px)) * np.float32(self.mm_per_px)

    @cached_property
    def y_mm(self) -> Floats:
        """(H, 1)"""
        rows = np.arange(self.rows, dtype=np.float32)[:, None]
        return (rows + np.float32(0.5 - self.top_px)) * np.float32(self.mm_per_px)

    def empty(self) -> Floats:
        return np.zeros((self.rows, self.columns), np.float32)

    def to_px(self, points_mm: Floats) -> Floats:
        """(N, 2) millimetres -> (N, 2) pixels, as cv2 counts them (a pixel's centre is whole)."""
        offset = np.array([self.midline_px - 0.5, self.top_px - 0.5], np.float32)
        return points_mm.astype(np.float32) / np.float32(self.mm_per_px) + offset

    def _fixed(self, points_mm: Floats) -> Fixed:
        return np.asarray(np.rint(self.to_px(points_mm) * 2**SHIFT_BITS), np.int32)

    def filled(self, outline_mm: Floats) -> Floats:
        """1 inside the closed outline, 0 outside, soft at its edge."""
        mask = np.zeros((self.rows, self.columns), np.uint8)
        cv2.fillPoly(mask, [self._fixed(outline_mm)], 255, cv2.LINE_AA, SHIFT_BITS)
        return mask.astype(np.float32) / 255.0

    def lines(self, lines_mm: Sequence[tuple[Floats, float, float]]) -> Floats:
        """Strokes (points, width in mm, value in 0..1), later ones over earlier ones."""
        layer = np.zeros((self.rows, self.columns), np.uint8)
        for points, width_mm, value in lines_mm:
            width_px = max(1, round(width_mm / self.mm_per_px))
            thin = min(1.0, width_mm / self.mm_per_px / width_px)
            level = round(255 * value * thin)
            fixed = [self._fixed(points)]
            cv2.polylines(layer, fixed, False, level, width_px, cv2.LINE_AA, SHIFT_BITS)
        return layer.astype(np.float32) / 255.0

    def distance(self, points_mm: Floats) -> Floats:
        """(H, W) distance in mm to the line through the points."""
        free = np.full((self.rows, self.columns), 255, np.uint8)
        cv2.polylines(free, [self._fixed(points_mm)], False, 0, 1, cv2.LINE_8, SHIFT_BITS)
        return self.mm_to_zero(free)

    def near(self, points_mm: Floats, reach_mm: float) -> tuple[Window, Floats]:
        """The window around a line, and in it the distance to the line in mm.

        Far cheaper than ``distance`` for a thing that is small on the picture.
        """
        window, part = self.window(points_mm, reach_mm)
        return window, part.distance(points_mm)

    def window(self, points_mm: Floats, reach_mm: float) -> tuple[Window, Canvas]:
        """Where the points and what is within reach lie, and a canvas of that part alone."""
        low = np.floor(self.to_px(points_mm.min(axis=0)) - reach_mm / self.mm_per_px - 1)
        high = np.ceil(self.to_px(points_mm.max(axis=0)) + reach_mm / self.mm_per_px + 2)
        limits = (self.columns, self.rows)
        x0, y0 = (int(np.clip(v, 0, n - 1)) for v, n in zip(low, limits, strict=True))
        x1, y1 = (int(np.clip(v, 1, n)) for v, n in zip(high, limits, strict=True))
        x1, y1 = max(x1, x0 + 1), max(y1, y0 + 1)
        part = Canvas(y1 - y0, x1 - x0, self.mm_per_px, self.midline_px - x0, self.top_px - y0)
        return (slice(y0, y1), slice(x0, x1)), part

    def depth(self, mask: Floats) -> Floats:
        """(H, W) distance in mm from a point inside the mask to its edge."""
        return self.mm_to_zero((mask > 0.5).astype(np.uint8))

    def mm_to_zero(self, picture: NDArray[np.uint8]) -> Floats:
        px = np.asarray(cv2.distanceTransform(picture, cv2.DIST_L2, 5), np.float32)
        far = np.float32(4 * LARGEST_PX)  # OpenCV says infinitely far where there is no zero
        return np.minimum(px, far) * np.float32(self.mm_per_px)

    def blur(self, picture: Floats, sigma_mm: float) -> Floats:
        """Gaussian; a wide one is done on a smaller copy, which nobody can tell."""
        sigma_px = sigma_mm / self.mm_per_px
        factor = int(sigma_px // 4)
        if factor < 2:
            return np.asarray(cv2.GaussianBlur(picture, (0, 0), max(sigma_px, 0.05)), np.float32)
        size = (max(self.columns // factor, 8), max(self.rows // factor, 8))
        reduced = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        small = np.asarray(cv2.GaussianBlur(reduced, (0, 0), sigma_px / factor), np.float32)
        return self._stretched(small)

    def _stretched(self, small: Floats) -> Floats:
        size = (self.columns, self.rows)
        return np.asarray(cv2.resize(small, size, interpolation=cv2.INTER_CUBIC), np.float32)

    def tube(self, points_mm: Floats, radius_mm: float) -> Floats:
        """(H, W) length of the ray inside a round tube around the line, in mm."""
        total = self.empty()
        where, distance = self.near(points_mm, radius_mm)
        total[where] = chord(distance, radius_mm)
        return total

    def noise(self, dice: np.random.Generator, grain_mm: float) -> Floats:
        """(H, W) smooth random field, mean 0, standard deviation about 1."""
        rows = int(self.rows * self.mm_per_px / grain_mm) + 4
        columns = int(self.columns * self.mm_per_px / grain_mm) + 4
        coarse = dice.standard_normal((rows, columns)).astype(np.float32)
        return self._stretched(coarse)


def chord(distance_mm: Floats, radius_mm: float) -> Floats:
    """Length of a ray through a circle of this radius, passing at this distance from its centre."""
    near = np.minimum(distance_mm, np.float32(radius_mm))
    inside = np.maximum(radius_mm * radius_mm - near * near, 0.0)
    return (2.0 * np.sqrt(inside)).astype(np.float32)


def spline(points: Points, *, closed: bool = False, steps: int = 12) -> Floats:
    """(N, 2) points on the Catmull-Rom curve through the given ones."""
    knots = np.asarray(points, np.float32)
    if closed:
        padded = np.vstack([knots[-1:], knots, knots[:2]])
    else:
        padded = np.vstack([2 * knots[:1] - knots[1:2], knots, 2 * knots[-1:] - knots[-2:-1]])
    t = np.linspace(0.0, 1.0, steps, endpoint=False, dtype=np.float32)[None, :, None]
    a, b, c, d = (padded[i : len(padded) - 3 + i, None, :] for i in range(4))
    curve = 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )
    curve = curve.reshape(-1, 2)
    return curve if closed else np.vstack([curve, knots[-1:]])


def smooth_step(x: Floats) -> Floats:
    """0 below 0, 1 above 1, smooth between."""
    x = np.clip(x, 0.0, 1.0)
    return x * x * (3.0 - 2.0 * x)
