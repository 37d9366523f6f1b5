"""The automatic cardiothoracic ratio: a number on PA views with a heart's box, else a reason."""

from __future__ import annotations

import numpy as np
import pytest

from inference.predict.ctr import REASONS, Diameter, heart_ratio, thorax_diameter
from inference.predict.lung_masks import LEFT, RIGHT
from inference.predict.types import Box, BoxDetection

SHAPE = (200, 400)  # the masks below are half as large


def lungs() -> np.ndarray:
    """Right lung in columns 20-69, left in 120-169; widest in row 60: 10 to 180."""
    masks = np.zeros((2, 100, 200), np.bool_)
    masks[RIGHT, 20:80, 20:70] = True
    masks[LEFT, 20:80, 120:170] = True
    masks[RIGHT, 60, 10:70] = True
    masks[LEFT, 60, 120:180] = True
    return masks


def heart(x_min: float, x_max: float, score: float = 0.9) -> BoxDetection:
    return BoxDetection("Cardiomegaly", score, Box(x_min, 90.0, x_max, 150.0), 0.5)


def test_the_thorax_is_measured_in_its_widest_row() -> None:
    assert thorax_diameter(lungs(), SHAPE) == Diameter(20.0, 360.0, 121.0)


def test_rows_with_one_lung_only_do_not_count() -> None:
    masks = lungs()
    masks[LEFT, 90, 0:200] = True
    assert thorax_diameter(masks, SHAPE) == Diameter(20.0, 360.0, 121.0)


def test_the_ratio_is_heart_by_thorax() -> None:
    ratio = heart_ratio(lungs(), SHAPE, [heart(100.0, 304.0)], "PA")
    assert ratio.value == pytest.approx(204 / 340)
    assert (ratio.missing, ratio.heart) == ("", Diameter(100.0, 304.0, 120.0))


def test_the_most_certain_box_is_the_heart() -> None:
    found = [heart(100.0, 304.0, 0.6), heart(120.0, 290.0, 0.8)]
    assert heart_ratio(lungs(), SHAPE, found, "PA").value == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("view", "box", "masks", "missing"),
    [
        ("AP", heart(100.0, 304.0), lungs(), "not_pa_view"),
        ("", heart(100.0, 304.0), lungs(), "not_pa_view"),
        ("PA", None, lungs(), "no_heart_box"),
        ("PA", heart(100.0, 304.0), np.zeros((2, 100, 200), np.bool_), "no_two_lungs"),
        ("PA", heart(20.0, 359.0), lungs(), "implausible"),
        ("PA", heart(180.0, 200.0), lungs(), "implausible"),
    ],
)
def test_without_a_ratio_there_is_a_reason(view, box, masks, missing) -> None:
    ratio = heart_ratio(masks, SHAPE, [box] if box else [], view)
    assert (ratio.value, ratio.thorax, ratio.missing) == (None, None, missing)
    assert REASONS[missing]


def test_other_boxes_are_no_heart() -> None:
    mass = BoxDetection("Mass", 0.9, Box(100.0, 90.0, 304.0, 150.0), 0.5)
    assert heart_ratio(lungs(), SHAPE, [mass], "PA").missing == "no_heart_box"
