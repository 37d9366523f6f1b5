"""Distances, angles and the cardiothoracic ratio on an image, and in what unit they may be said.

The unit follows from what the spacing means (``grid.read_spacing``, the only place that decides
it): mm where the spacing is calibrated, "mm at detector" where it is measured at the detector,
pixels where there is none. Source: DICOM PS3.3 10.7.1.1 and 10.7.1.3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from cases.dicom.types import SpacingKind
from cxrportal.common.errors import PortalError

MIN_LENGTH_PX = 1.0

Point = tuple[float, float]
Spacing = tuple[float, float]


class InvalidMeasurement(PortalError):
    code = "invalid_measurement"
    http_status = 400
    default_message = "This measurement is not valid."


class MeasureKind(StrEnum):
    """What is measured: the distance of two points, the angle at the second of three, or the
    transverse diameter of the heart over that of the thorax (heart's ends first).
    """

    LENGTH = "length"
    ANGLE = "angle"
    RATIO = "ctr"


NAMES = {
    MeasureKind.LENGTH: "Length",
    MeasureKind.ANGLE: "Angle",
    MeasureKind.RATIO: "Cardiothoracic ratio",
}
POINTS = {MeasureKind.LENGTH: 2, MeasureKind.ANGLE: 3, MeasureKind.RATIO: 4}
_LINES = {
    MeasureKind.LENGTH: ((0, 1),),
    MeasureKind.ANGLE: ((0, 1), (1, 2)),
    MeasureKind.RATIO: ((0, 1), (2, 3)),
}
_LENGTH_UNIT = {
    SpacingKind.CALIBRATED: "mm",
    SpacingKind.DETECTOR: "mm at detector",
    SpacingKind.NONE: "px",
}
_DIGITS = {"mm": 1, "mm at detector": 1, "px": 0, "°": 1, "": 2}


@dataclass(frozen=True, slots=True)
class Measured:
    """A value and its unit: "mm", "mm at detector", "px", "°", or nothing for a ratio."""

    value: float
    unit: str

    @property
    def text(self) -> str:
        """As it is read: ``123.4 mm at detector``, ``37.5°``, ``0.52``."""
        gap = "" if self.unit in ("", "°") else " "
        factor = 10 ** _DIGITS[self.unit]
        rounded = math.floor(self.value * factor + 0.5) / factor  # as the viewer rounds
        return f"{rounded:.{_DIGITS[self.unit]}f}{gap}{self.unit}"


def measure(
    kind: MeasureKind,
    points: tuple[Point, ...],
    *,
    spacing_mm: Spacing | None,
    spacing_kind: SpacingKind,
) -> Measured:
    """The value of (x, y) points in image pixels; ``spacing_mm``: between rows, between columns.

    Where rows and columns are spaced differently each axis counts with its own spacing, for angles
    and ratios too. Raises InvalidMeasurement for a wrong number of points.
    """
    if len(points) != POINTS[kind]:
        raise InvalidMeasurement(f"{NAMES[kind]} takes {POINTS[kind]} points.")
    down, across = spacing_mm if spacing_mm and spacing_kind != SpacingKind.NONE else (1.0, 1.0)
    at = [(x * across, y * down) for x, y in points]
    if kind is MeasureKind.LENGTH:
        return Measured(math.dist(*at), _LENGTH_UNIT[spacing_kind])
    if kind is MeasureKind.ANGLE:
        return Measured(_angle(*at), "°")
    return Measured(math.dist(at[0], at[1]) / math.dist(at[2], at[3]), "")


def _angle(one: Point, corner: Point, other: Point) -> float:
    """Between the arms at ``corner``, 0 to 180 degrees."""
    (ax, ay), (bx, by) = ((p[0] - corner[0], p[1] - corner[1]) for p in (one, other))
    return math.degrees(math.atan2(abs(ax * by - ay * bx), ax * bx + ay * by))


def checked_points(
    kind: MeasureKind, points: tuple[Point, ...], *, rows: int, columns: int
) -> tuple[Point, ...]:
    """The points inside the image, to a tenth of a pixel. Raises InvalidMeasurement.

    Refused are a wrong number, points that fall together, and diameters of heart and thorax that
    do not lie along one axis of the image.
    """
    if len(points) != POINTS[kind] or not all(math.isfinite(v) for p in points for v in p):
        raise InvalidMeasurement(f"{NAMES[kind]} takes {POINTS[kind]} points.")
    inside = tuple(
        (round(min(max(x, 0.0), columns), 1), round(min(max(y, 0.0), rows), 1)) for x, y in points
    )
    for a, b in _LINES[kind]:
        if math.dist(inside[a], inside[b]) < MIN_LENGTH_PX:
            raise InvalidMeasurement("Its points fall together or lie outside the image.")
    if kind is MeasureKind.RATIO and not any(
        inside[0][axis] == inside[1][axis] and inside[2][axis] == inside[3][axis] for axis in (0, 1)
    ):
        raise InvalidMeasurement("Both diameters have to lie along the same axis of the image.")
    return inside
