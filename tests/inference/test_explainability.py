"""Heat against boxes and lungs: hand-made maps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from inference.evaluation.bootstrap import draw_patients
from inference.evaluation.explainability import (
    HeatRow,
    cell_means,
    evaluate_heat,
    heat_row,
    hot_box,
    points_into,
)

NAN = float("nan")
SHAPE = (100, 200)  # of the image; a map of (5, 10) has cells of 20 x 20 px


def heat(*cells: tuple[int, int, int]) -> np.ndarray:
    made = np.zeros((5, 10), dtype=np.uint8)
    for row, column, value in cells:
        made[row, column] = value
    return made


def test_the_hottest_cell_points_with_its_centre() -> None:
    hot = heat((1, 3, 255), (4, 9, 200))  # centre x = 70, y = 30
    assert points_into(hot, np.array([[65.0, 25.0, 75.0, 35.0]]), SHAPE)
    assert not points_into(hot, np.array([[71.0, 25.0, 80.0, 35.0]]), SHAPE)
    two = np.array([[180.0, 80.0, 200.0, 100.0], [60.0, 20.0, 80.0, 40.0]])
    assert points_into(hot, two, SHAPE)


def test_the_hot_region_hangs_together_and_is_boxed_in_image_pixels() -> None:
    # 128 and 200 hang at the peak; 127 is too cold; the lonely 250 is elsewhere.
    hot = heat((1, 3, 255), (1, 4, 200), (2, 4, 128), (2, 5, 127), (4, 9, 250))
    assert hot_box(hot, SHAPE).tolist() == [[60.0, 20.0, 100.0, 60.0]]


def test_cells_that_touch_by_a_corner_do_not_hang_together() -> None:
    assert hot_box(heat((1, 3, 255), (2, 4, 255)), SHAPE).tolist() == [[60.0, 20.0, 80.0, 40.0]]


def test_overlap_with_the_best_of_the_readers_boxes_by_hand() -> None:
    hot = heat((1, 3, 255))
    boxes = np.array([[60.0, 20.0, 80.0, 30.0], [100.0, 0.0, 120.0, 20.0]])
    found = heat_row(7, "Mass", hot, boxes, SHAPE, None)
    assert (found.row, found.label, found.hit) == (7, "Mass", 0.0 + 1.0)
    assert found.iou == pytest.approx(0.5)
    assert math.isnan(found.in_lungs)


def test_a_map_without_heat_points_nowhere() -> None:
    boxes = np.array([[0.0, 0.0, 200.0, 100.0]])
    found = heat_row(0, "Mass", heat(), boxes, SHAPE, np.ones(SHAPE, dtype=bool))
    assert (found.hit, found.iou) == (0.0, 0.0)
    assert math.isnan(found.in_lungs)


def test_the_share_of_heat_in_the_lungs_by_hand() -> None:
    lungs = np.zeros(SHAPE, dtype=bool)
    lungs[20:40, 60:70] = True  # the left half of the cell (1, 3)
    found = heat_row(0, "Mass", heat((1, 3, 200), (0, 0, 50)), np.empty((0, 4)), SHAPE, lungs)
    assert found.in_lungs == pytest.approx(100 / 250)
    assert found.lungs == pytest.approx(200 / 20_000)
    assert math.isnan(found.hit)


def test_cells_may_cut_through_pixels() -> None:
    mask = np.array([[1, 0, 0]], dtype=bool)
    # Two cells of one and a half pixels: the first is two thirds full.
    assert cell_means(mask, (1, 2)).tolist() == [[pytest.approx(2 / 3), 0.0]]
    assert cell_means(mask, (2, 3)).tolist() == [[1.0, 0.0, 0.0]] * 2


def test_means_are_over_what_is_known_and_by_finding() -> None:
    rows = [
        HeatRow(0, "Mass", 1.0, 0.4, NAN, NAN),
        HeatRow(1, "Mass", 0.0, 0.2, 0.5, 0.3),
        HeatRow(1, "Edema", NAN, NAN, 0.7, 0.3),
    ]
    counts = draw_patients(["a", "b", "c"], 60, seed=0)
    overall, mass, edema = evaluate_heat(rows, ("Mass", "Nodule", "Edema"), counts)
    assert (overall.label, overall.boxed, overall.with_lungs) == ("", 2, 2)
    assert (overall.hit.value, overall.iou.value) == (0.5, pytest.approx(0.3))
    assert overall.in_lungs.value == pytest.approx(0.6)
    assert (mass.label, mass.boxed, mass.with_lungs) == ("Mass", 2, 1)
    assert (edema.boxed, edema.in_lungs.value) == (0, pytest.approx(0.7))
    assert math.isnan(edema.hit.value)
    assert edema.in_lungs.left_out > 0
    assert evaluate_heat([], ("Mass",), counts) == ()
