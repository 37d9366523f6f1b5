"""How well ``burned_in`` finds text: recall on planted texts, alarms on images as they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from cases.dicom.burned_in import Grey, TextRegion, find_text

HEIGHTS_PX = (10, 14, 20, 32, 48)
PLACES = ("top left", "top right", "bottom left", "bottom right", "top", "centre")
TEXTS = ("DOE^JOHN", "Nguyen Thi An", "12.03.1964", "MRN 4471902", "ST. ANNA", "F 072Y")
SHADES = (255, 220, 255, 0, 190)
LEGIBLE = 64  # grey levels between a letter and what is below it
COVERED = 0.9


@dataclass(frozen=True, slots=True)
class Words:
    """What is planted, and in which grey level."""

    text: str
    grey: int


@dataclass(frozen=True, slots=True)
class Trial:
    """One planted text. ``share``: of its inked pixels, how many lie in a found region."""

    height_px: int
    place: str
    share: float

    @property
    def found(self) -> bool:
        """Whether a person who looks at the found regions sees the text, at least half of it."""
        return self.share >= 0.5

    @property
    def covered(self) -> bool:
        """Whether painting the found regions hides nine tenths of its ink."""
        return self.share >= COVERED


def plant(image: Grey, words: Words, height_px: int, place: str) -> tuple[Grey, NDArray[np.bool_]]:
    """The image with the words in it, and where their ink is. ``height_px``: of a capital letter.

    The letters are anti-aliased, as a workstation draws them; where the grey would be illegible on
    what is below it, black or white is taken.
    """
    text, grey = words.text, words.grey
    font = ImageFont.load_default(size=height_px / 0.72)
    left, top, right, bottom = (int(side) for side in font.getbbox(text))
    rows, columns = image.shape
    wide, high, edge = right - left, bottom - top, max(4, rows // 64)
    x = {"left": edge, "right": columns - wide - edge}.get(place.split()[-1], (columns - wide) // 2)
    y = {"top": edge, "bottom": rows - high - edge}.get(place.split()[0], (rows - high) // 2)
    ink = Image.new("L", (columns, rows), 0)
    ImageDraw.Draw(ink).text((x - left, y - top), text, fill=255, font=font)
    share = np.asarray(ink, np.float32) / 255.0
    below = image[share > 0.5].astype(np.float32)
    if np.mean(np.abs(below - grey) >= LEGIBLE) < 0.9:
        grey = 0 if below.mean() > 127 else 255
    drawn = image * (1.0 - share) + grey * share
    return np.rint(drawn).astype(np.uint8), share > 0.5


def try_text(image: Grey, number: int, height_px: int, place: str) -> Trial:
    """Plant one text and look for it; ``number`` chooses words and shade."""
    words = Words(TEXTS[number % len(TEXTS)], SHADES[number % len(SHADES)])
    planted, ink = plant(image, words, height_px, place)
    hidden = hidden_by(find_text(planted), (planted.shape[0], planted.shape[1]))
    return Trial(height_px, place, float(hidden[ink].mean()) if ink.any() else 0.0)


def hidden_by(regions: tuple[TextRegion, ...], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """(H, W) bool: what painting the regions would hide."""
    hidden = np.zeros(shape, np.bool_)
    for region in regions:
        x_min, y_min, x_max, y_max = region.box_xyxy
        hidden[y_min:y_max, x_min:x_max] = True
    return hidden
