"""Where text may be burned into a radiograph.

A heuristic, made to miss little: what it finds is for a person to judge. Letters that a machine
draws into an image are strokes of nearly one grey level with an edge that no tissue has; they are
small, and several stand in a line. The steps:

1. The image is taken at a long side of ``WORKING_PX`` at most.
2. Strokes: a top-hat (light on dark) or bottom-hat (dark on light) over ``STROKE_PX`` keeps what is
   thin and stands out by ``CONTRAST`` grey levels.
3. A connected stroke of a letter's size is certain where it has one grey level (``LEVEL_SD``) and a
   steep edge (``EDGE``, the median of the morphological gradient along its border).
4. Certain letters of like height beside each other, and whatever strokes stand in line with them
   (by ``FAINT`` grey levels suffices) make a region. A lone certain letter counts where it is
   large: the side markers of radiographs are text to be reviewed too. What overlaps is joined.

Not found: handwriting, text as large as a hand, letters that hardly differ from what is below them.
``burned_in_trial`` and ``manage.py measure_burned_in`` measure it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

FINDER = "strokes-1"  # changes with what it finds
WORKING_PX = 1280
STROKE_PX = 15
CONTRAST, FAINT = 45, 25
LEVEL_SD = 30.0
EDGE = 50.0
LOWEST_LETTER_PX, HIGHEST_LETTER_PX = 6, 90
LEAST_FILL, LEAST_AREA_PX = 0.12, 6
GAP = 1.2  # between letters of a line, in heights of a letter
LONE_LETTER_PX, LETTERS_OF_A_WORD = 12, 4
MARGIN_PX, MARGIN_SHARE = 4, 0.25  # the share of a line's height

Box = tuple[int, int, int, int]
Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class _Letter:
    box: Box
    certain: bool  # the others count only beside a certain one
    faint: bool = False


@dataclass(frozen=True, slots=True)
class TextRegion:
    """A region with suspected text: ``box_xyxy`` in pixels of the image, ``letters`` in it."""

    box_xyxy: Box
    letters: int


def find_text(image: Grey) -> tuple[TextRegion, ...]:
    """Regions of an (H, W) uint8 image as it is displayed, from the top down."""
    rows, columns = image.shape
    scale = min(1.0, WORKING_PX / max(rows, columns))
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    small = image if scale == 1.0 else cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    small = np.asarray(small, np.uint8)
    cell = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))
    edges = np.asarray(cv2.morphologyEx(small, cv2.MORPH_GRADIENT, cell), np.uint8)
    letters = [letter for hat in _hats(small) for letter in _letters(small, hat, edges)]
    found = _merged(_enlarged(region, scale, rows, columns) for region in _lines(letters))
    return tuple(sorted(found, key=lambda region: (region.box_xyxy[1], region.box_xyxy[0])))


def _hats(image: Grey) -> Iterator[Grey]:
    """By how much thin light, then thin dark structures stand out."""
    cell = cv2.getStructuringElement(cv2.MORPH_RECT, (STROKE_PX, STROKE_PX))
    for kind in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        yield np.asarray(cv2.morphologyEx(image, kind, cell), np.uint8)


def _letters(image: Grey, hat: Grey, edges: Grey) -> Iterator[_Letter]:
    """The connected strokes of a letter's size, and whether they look drawn; faint ones never."""
    yield from _strokes(image, hat > CONTRAST, edges)
    for letter in _strokes(image, hat > FAINT, edges):
        yield _Letter(letter.box, certain=False, faint=True)


def _strokes(image: Grey, stands_out: NDArray[np.bool_], edges: Grey) -> Iterator[_Letter]:
    strokes = stands_out.astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
    for number, (x, y, width, height, area) in enumerate(stats.tolist()):
        if number == 0 or height > HIGHEST_LETTER_PX or width > 12 * HIGHEST_LETTER_PX:
            continue
        if area < LEAST_AREA_PX or area / (width * height) < LEAST_FILL:
            continue
        place = slice(y, y + height), slice(x, x + width)
        inside = labels[place] == number
        drawn = _is_drawn(image[place], edges[place], inside)
        sized = height >= LOWEST_LETTER_PX and 0.1 * height <= width <= 12 * height
        yield _Letter((x, y, x + width, y + height), drawn and sized)


def _is_drawn(grey: Grey, edges: Grey, inside: NDArray[np.bool_]) -> bool:
    """One grey level within, and a steep edge where the strokes end."""
    padded = np.pad(inside.astype(np.uint8), 1)
    core = cv2.erode(padded, np.ones((3, 3), np.uint8))[1:-1, 1:-1].astype(bool)
    levels = grey[core] if core.sum() >= 5 else grey[inside]
    border = inside & ~core
    return float(levels.std()) <= LEVEL_SD and float(np.median(edges[border])) >= EDGE


def _lines(letters: list[_Letter]) -> Iterator[TextRegion]:
    """Certain letters and whatever strokes stand in a line with them; a lone one if it is large."""
    open_ones = set(range(len(letters)))
    for start, letter in enumerate(letters):
        if not letter.certain or start not in open_ones:
            continue
        open_ones.discard(start)
        line, front = [start], [start]
        while front:
            one = letters[front.pop()].box
            near = [n for n in open_ones if _in_one_line(one, letters[n])]
            open_ones.difference_update(near)
            line += near
            front += [n for n in near if letters[n].certain]
        x_min, y_min, x_max, y_max = zip(*(letters[n].box for n in line), strict=True)
        box = min(x_min), min(y_min), max(x_max), max(y_max)
        seen = sum(not letters[n].faint for n in line)  # each of them is among the faint ones too
        if seen > 1 or box[3] - box[1] >= LONE_LETTER_PX:
            yield TextRegion(box, seen)


def _merged(regions: Iterable[TextRegion]) -> list[TextRegion]:
    """Regions that overlap become one around them."""
    apart: list[TextRegion] = []
    for region in regions:
        while met := [other for other in apart if _overlap(other.box_xyxy, region.box_xyxy)]:
            apart = [other for other in apart if other not in met]
            x_min, y_min, x_max, y_max = zip(
                region.box_xyxy, *(other.box_xyxy for other in met), strict=True
            )
            box = min(x_min), min(y_min), max(x_max), max(y_max)
            region = TextRegion(box, region.letters + sum(other.letters for other in met))
        apart.append(region)
    return apart


def _overlap(one: Box, other: Box) -> bool:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > 0 and high > 0


def _in_one_line(one: Box, other: _Letter) -> bool:
    """Beside each other, at one height; an uncertain stroke may be a dot or a dash."""
    heights = one[3] - one[1], other.box[3] - other.box[1]
    low, high = min(heights), max(heights)
    gap = max(one[0], other.box[0]) - min(one[2], other.box[2])
    overlap = min(one[3], other.box[3]) - max(one[1], other.box[1])
    alike = high <= 2.5 * low or (not other.certain and heights[1] < heights[0])
    if other.faint:
        alike = heights[1] <= 1.2 * heights[0]
    return alike and gap <= GAP * heights[0] and overlap >= 0.3 * low


def _enlarged(region: TextRegion, scale: float, rows: int, columns: int) -> TextRegion:
    """In pixels of the image, with a margin: a letter's height beside words, which may go on over
    a background as bright as they are.
    """
    x_min, y_min, x_max, y_max = (side / scale for side in region.box_xyxy)
    high = max(MARGIN_PX / scale, MARGIN_SHARE * (y_max - y_min))
    wide = y_max - y_min if region.letters >= LETTERS_OF_A_WORD else high
    box = (
        max(0, int(x_min - wide)),
        max(0, int(y_min - high)),
        min(columns, int(np.ceil(x_max + wide))),
        min(rows, int(np.ceil(y_max + high))),
    )
    return TextRegion(box, region.letters)
