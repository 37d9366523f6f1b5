"""Radiographs on paper: the plain picture, and the same picture with numbered boxes on it.

Boxes are drawn as lines over the picture, not into its pixels: they stay sharp, and both tiles
share one embedded picture. Lengths are points, origin bottom left as on the page.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable

from cases.reports.content import ReportBox, ReportContent, ReportImage
from cases.reports.errors import ReportImageInvalid
from cases.reports.fonts import BOLD
from cases.reports.styles import MARK, MARK_HALO

LONG_SIDE_PX = 1400  # about 400 dpi in a tile; more only makes the file larger
TAG_SIZE = 7.0
TAG_HEIGHT = 9.0


@dataclass(frozen=True, slots=True)
class Rect:
    """Points from the bottom left corner of the picture."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: Rect) -> float:
        """Shared area, square points."""
        across = min(self.x + self.width, other.x + other.width) - max(self.x, other.x)
        along = min(self.y + self.height, other.y + other.height) - max(self.y, other.y)
        return max(across, 0.0) * max(along, 0.0)


@dataclass(frozen=True, slots=True)
class Mark:
    number: int
    box: ReportBox


def fit(image: ReportImage, max_width: float, max_height: float) -> tuple[float, float]:
    """Largest (width, height) with the image's proportions."""
    scale = min(max_width / image.columns, max_height / image.rows)
    return image.columns * scale, image.rows * scale


def place(box: ReportBox, image: ReportImage, width: float, height: float) -> Rect | None:
    """Where a box lies on a picture of this size; cut at its edges, None where it lies outside."""
    left = min(max(box.x_min / image.columns, 0.0), 1.0) * width
    right = min(max(box.x_max / image.columns, 0.0), 1.0) * width
    top = min(max(box.y_min / image.rows, 0.0), 1.0) * height
    bottom = min(max(box.y_max / image.rows, 0.0), 1.0) * height
    if right <= left or bottom <= top:
        return None
    return Rect(left, height - bottom, right - left, bottom - top)


def tag_place(box: Rect, size: tuple[float, float], taken: Sequence[Rect], frame: Rect) -> Rect:
    """Where the number of a box stands: at a corner of it, inside the frame, on no other number."""
    width, height = size
    left, right = box.x, box.x + box.width - width
    above, below = box.y + box.height, box.y - height
    corners = [
        (left, above),
        (right, above),
        (left, above - height),
        (left, below),
        (right, below),
        (right, above - height),
        (left, box.y),
        (right, box.y),
    ]
    # Then along the upper edge, for boxes that lie on each other.
    corners += [(left + n * width, above - height) for n in range(1, 9)]
    inside = [
        Rect(
            min(max(x, 0.0), frame.width - width),
            min(max(y, 0.0), frame.height - height),
            width,
            height,
        )
        for x, y in corners
    ]
    return min(inside, key=lambda tag: sum(tag.overlap(other) for other in taken))


def picture_sha256(pixels: NDArray[np.uint8]) -> str:
    """Hex SHA-256 over the shape and the grey levels of an (H, W) uint8 picture."""
    rows, columns = pixels.shape
    return hashlib.sha256(f"{rows}x{columns}:".encode() + pixels.tobytes()).hexdigest()


def printable(pixels: NDArray[np.uint8], image: ReportImage) -> ImageReader:
    """The picture as it is embedded: grey, at most LONG_SIDE_PX. Raises ReportImageInvalid.

    ``pixels`` is (H, W) uint8; it may be smaller than the original but has its proportions.
    """
    if pixels.dtype != np.uint8 or pixels.ndim != 2 or pixels.size == 0:
        raise ReportImageInvalid(f"Image {image.image_id}: (H, W) uint8 was expected.")
    rows, columns = pixels.shape
    # Rounding a reduced picture to whole pixels moves an edge by at most one pixel.
    if abs(rows * image.columns - columns * image.rows) > max(image.rows, image.columns):
        raise ReportImageInvalid(
            f"Image {image.image_id}: {columns} x {rows} pixels do not have the proportions of "
            f"{image.columns} x {image.rows}."
        )
    picture = Image.fromarray(pixels)
    if max(rows, columns) > LONG_SIDE_PX:
        scale = LONG_SIDE_PX / max(rows, columns)
        size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return ImageReader(picture)


def printable_images(
    content: ReportContent, images: Mapping[str, NDArray[np.uint8]]
) -> dict[str, ImageReader]:
    """One embedded picture for each image of the content. Raises ReportImageInvalid."""
    missing = [image.image_id for image in content.images if image.image_id not in images]
    if missing:
        raise ReportImageInvalid(f"Pictures are missing: {', '.join(missing)}.")
    return {image.image_id: printable(images[image.image_id], image) for image in content.images}


def marks_on(content: ReportContent, image: ReportImage) -> tuple[Mark, ...]:
    """The numbered boxes of one image, in the order of their numbers."""
    found = [f for f in content.findings if f.image_id == image.image_id and f.box is not None]
    marks = [Mark(f.number, f.box) for f in found if f.box is not None]
    return tuple(sorted(marks, key=lambda mark: mark.number))


class Picture(Flowable):
    """One radiograph of a given size with its marks (none: the plain picture)."""

    def __init__(
        self,
        image: ReportImage,
        reader: ImageReader,
        size: tuple[float, float],
        marks: Sequence[Mark] = (),
    ) -> None:
        super().__init__()
        self.width, self.height = size
        self.hAlign = "CENTER"
        self._image, self._reader, self._marks = image, reader, marks

    def wrap(self, *_available: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        canvas = self.canv
        canvas.drawImage(self._reader, 0, 0, self.width, self.height)
        placed = [
            (m.number, place(m.box, self._image, self.width, self.height)) for m in self._marks
        ]
        on_picture = [(number, rect) for number, rect in placed if rect is not None]
        for _, rect in on_picture:
            _draw_frame(canvas, rect)
        frame = Rect(0, 0, self.width, self.height)
        taken: list[Rect] = []
        for number, rect in on_picture:
            size = (stringWidth(str(number), BOLD, TAG_SIZE) + 4, TAG_HEIGHT)
            taken.append(tag_place(rect, size, taken, frame))
            _draw_tag(canvas, str(number), taken[-1])


def _draw_frame(canvas: Any, rect: Rect) -> None:  # a reportlab canvas
    """A light line with a dark halo: visible on lung and on bone, in colour and in grey."""
    for ink, width in ((MARK_HALO, 2.4), (MARK, 1.1)):
        canvas.setStrokeColor(ink)
        canvas.setLineWidth(width)
        canvas.rect(rect.x, rect.y, rect.width, rect.height, stroke=1, fill=0)


def _draw_tag(canvas: Any, number: str, tag: Rect) -> None:  # a reportlab canvas
    canvas.setFillColor(MARK)
    canvas.setStrokeColor(MARK_HALO)
    canvas.setLineWidth(0.5)
    canvas.rect(tag.x, tag.y, tag.width, tag.height, stroke=1, fill=1)
    canvas.setFillColor(MARK_HALO)
    canvas.setFont(BOLD, TAG_SIZE)
    canvas.drawCentredString(tag.x + tag.width / 2, tag.y + 2, number)


def in_rows(tiles: Sequence[Flowable]) -> list[tuple[Flowable, ...]]:
    """Two tiles a row."""
    starts = [*range(0, len(tiles), 2), len(tiles)]
    return [tuple(tiles[a:b]) for a, b in pairwise(starts)]
