"""Values worked out by hand (tests/measurements.json, which the viewer's test reads too)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cases.dicom.measure import InvalidMeasurement, MeasureKind, checked_points, measure
from cases.dicom.types import SpacingKind

WORKED = json.loads(Path("tests/measurements.json").read_text())


@pytest.mark.parametrize("case", WORKED, ids=[case["says"] for case in WORKED])
def test_a_measurement_is_what_was_worked_out_by_hand(case: dict[str, Any]) -> None:
    spacing = case["spacing_mm"]
    found = measure(
        MeasureKind(case["kind"]),
        tuple(map(tuple, case["points"])),
        spacing_mm=tuple(spacing) if spacing else None,
        spacing_kind=SpacingKind(case["spacing_kind"]),
    )
    assert found.value == pytest.approx(case["value"], abs=1e-9)
    assert (found.unit, found.text) == (case["unit"], case["text"])


def checked(kind: str, *points: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    return checked_points(MeasureKind(kind), points, rows=100, columns=80)


def test_points_are_kept_inside_the_image_to_a_tenth_of_a_pixel() -> None:
    assert checked("length", (-5, 3.14159), (90, 120)) == ((0, 3.1), (80, 100))


@pytest.mark.parametrize(
    ("kind", "points"),
    [
        ("length", [(1, 1)]),
        ("length", [(1, 1), (2, 2), (3, 3)]),
        ("length", [(5, 5), (5.4, 5.5)]),
        ("length", [(90, 10), (95, 10)]),
        ("length", [(float("nan"), 1), (9, 9)]),
        ("angle", [(5, 5), (5, 5), (9, 9)]),
        ("angle", [(1, 1), (5, 5), (5, 5)]),
        ("ctr", [(10, 10), (40, 10), (5, 20), (70, 21)]),
        ("ctr", [(10, 10), (40, 10), (5, 20), (5, 60)]),
        ("ctr", [(10, 10), (40, 10), (5, 20), (5, 20)]),
    ],
)
def test_what_measures_nothing_is_refused(kind: str, points: list[tuple[float, float]]) -> None:
    with pytest.raises(InvalidMeasurement):
        checked(kind, *points)


def test_both_diameters_may_lie_along_the_columns() -> None:
    points = ((50.0, 10.0), (50.0, 30.0), (60.0, 5.0), (60.0, 95.0))
    assert checked("ctr", *points) == points
