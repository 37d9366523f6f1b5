"""Text drawn into a radiograph is suspected; anatomy alone is not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from cases.dicom.burned_in import find_text
from cases.dicom.burned_in_trial import (
    HEIGHTS_PX,
    PLACES,
    Words,
    hidden_by,
    plant,
    try_text,
)
from inference.phantoms.generator import make_phantom

Grey = NDArray[np.uint8]


@pytest.fixture(scope="module")
def chest() -> Grey:
    """A phantom of 512 px, in 8 bits; its side marker painted away."""
    stored = make_phantom(3, size_px=(512, 440), findings=()).image.astype(np.float64)
    grey = np.rint((stored - stored.min()) / np.ptp(stored) * 255).astype(np.uint8)
    for region in find_text(grey):
        x_min, y_min, x_max, y_max = region.box_xyxy
        grey[y_min:y_max, x_min:x_max] = cv2.medianBlur(grey, 31)[y_min:y_max, x_min:x_max]
    return grey


def test_an_empty_image_and_a_smooth_one_hold_no_text() -> None:
    ramp = np.tile(np.linspace(0, 255, 400).astype(np.uint8), (300, 1))
    assert find_text(np.zeros((300, 400), np.uint8)) == find_text(ramp) == ()


def test_an_image_of_one_pixel_holds_no_text() -> None:
    assert find_text(np.zeros((1, 1), np.uint8)) == ()


def test_a_chest_without_its_marker_holds_no_text(chest: Grey) -> None:
    assert find_text(chest) == ()


@pytest.mark.parametrize("height_px", HEIGHTS_PX)
@pytest.mark.parametrize("place", PLACES)
def test_planted_text_is_found_wherever_it_stands(chest: Grey, place: str, height_px: int) -> None:
    for number in range(5):
        assert try_text(chest, number, height_px, place).found


@pytest.mark.parametrize("grey", [0, 255])
def test_dark_and_light_letters_are_found_and_the_region_covers_them(grey: int) -> None:
    image = np.full((200, 400), 128, np.uint8)
    planted, ink = plant(image, Words("DOE^JOHN", grey), 20, "top left")
    regions = find_text(planted)
    assert hidden_by(regions, (200, 400))[ink].all()
    assert len(regions) == 1
    assert regions[0].letters >= 6


def test_a_lone_side_marker_counts_and_a_lone_dot_does_not() -> None:
    image = np.full((400, 400), 60, np.uint8)
    marked, _ = plant(image, Words("R", 255), 24, "top right")
    assert len(find_text(marked)) == 1
    dotted = image.copy()
    dotted[200:204, 200:204] = 255
    assert find_text(dotted) == ()


def test_regions_of_a_large_image_are_in_its_own_pixels() -> None:
    image = np.full((2600, 2000), 90, np.uint8)
    planted, ink = plant(image, Words("MRN 4471902", 255), 60, "bottom right")
    (region,) = find_text(planted)
    rows, columns = np.nonzero(ink)
    x_min, y_min, x_max, y_max = region.box_xyxy
    assert x_min <= columns.min()
    assert y_min <= rows.min()
    assert columns.max() < x_max <= 2000
    assert rows.max() < y_max <= 2600


def test_illegible_grey_is_exchanged_when_text_is_planted() -> None:
    bright = np.full((100, 300), 250, np.uint8)
    planted, ink = plant(bright, Words("F 072Y", 255), 20, "centre")
    assert planted[ink].mean() < 80
