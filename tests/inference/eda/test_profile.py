"""Counts, places and impossible values, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from inference.eda.profile import GRID, profile
from inference.eda.types import Annotations, ImageFacts, Statement, to_columns


def example() -> Annotations:
    return to_columns(
        [
            Statement("a", "Cardiomegaly", "R1", (0.0, 0.0, 50.0, 100.0)),
            Statement("a", "Cardiomegaly", "R2", (0.0, 50.0, 100.0, 100.0)),
            Statement("a", "ILD", "R1", (90.0, 90.0, 110.0, 100.0)),
            Statement("b", "", "R1"),
            Statement("b", "ILD", "R2"),
            Statement("b", "ILD", "R2"),
            Statement("c", "", "R3"),
        ],
        {
            "a": ImageFacts(100.0, 100.0, 61.0, "F", "PA"),
            "b": ImageFacts(100.0, 100.0, 412.0, "M", "PA"),
            "d": ImageFacts(100.0, 100.0),
        },
    )


def test_classes_are_counted_by_statement_box_and_image() -> None:
    cardiomegaly, ild = profile(example()).classes
    assert (cardiomegaly.statements, cardiomegaly.boxes, cardiomegaly.images) == (2, 2, 1)
    assert (ild.statements, ild.boxes, ild.images) == (3, 1, 2)
    assert cardiomegaly.per_largest == pytest.approx(0.5)
    assert ild.share == pytest.approx(2 / 4)
    assert cardiomegaly.area_percent[2] == pytest.approx(50.0)


def test_images_without_finding_and_images_nobody_read_are_two_things() -> None:
    data = profile(example())
    assert (data.images, data.images_without_finding, data.images_not_read) == (4, 1, 1)
    assert data.no_finding_statements == 2
    assert data.no_finding_by_reader.tolist() == [1, 0, 1]


def test_readers_by_class_and_classes_together() -> None:
    data = profile(example())
    assert data.reader_by_class.tolist() == [[1, 1], [1, 2], [0, 0]]
    assert data.together.tolist() == [[1, 1], [1, 2]]


def test_places_tell_the_share_of_boxes_over_a_cell() -> None:
    grid = profile(example()).places[0]
    half = GRID // 2
    assert grid[0, 0] == pytest.approx(0.5)  # the left half only
    assert grid[GRID - 1, 0] == pytest.approx(1.0)  # left and lower half
    assert grid[0, GRID - 1] == pytest.approx(0.0)
    assert grid[half - 1, half - 1] == pytest.approx(0.5)
    assert grid.sum() == pytest.approx(0.5 * half * GRID * 2)


def test_impossible_values_are_found_and_named() -> None:
    found = {item.code: item for item in profile(example()).problems}
    assert found["box_outside_image"].examples == ("a",)
    assert found["finding_without_box"].count == 2
    assert found["repeated"].examples == ("b",)
    assert found["repeated"].count == 2
    assert found["age_impossible"].examples == ("b",)
    assert "contradiction" not in found
    assert "box_empty" not in found


def test_a_reader_who_says_both_and_an_empty_box_are_found() -> None:
    table = to_columns(
        [
            Statement("a", "ILD", "R1", (5.0, 5.0, 5.0, 9.0)),
            Statement("a", "", "R1", (1.0, 1.0, 2.0, 2.0)),
        ],
        {},
    )
    found = {item.code for item in profile(table).problems}
    assert found == {"box_empty", "contradiction", "no_finding_with_box"}


def test_sizes_that_are_not_known_leave_areas_and_places_empty() -> None:
    data = profile(to_columns([Statement("a", "ILD", "R1", (0.0, 0.0, 5.0, 5.0))], {}))
    assert data.classes[0].area_percent == ()
    assert np.isnan(data.places).all()
