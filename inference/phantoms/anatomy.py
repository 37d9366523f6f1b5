"""One synthetic person: sizes and contours in millimetres, drawn from the patient's seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.phantoms.canvas import spline
from inference.phantoms.types import Floats, Sex

RIGHT, LEFT = -1, 1  # the patient's right lung is on the left of the picture
SIDES = (RIGHT, LEFT)


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Lengths in mm. ``heart_*`` is the reach of the heart from the midline to either side."""

    sex: Sex
    age_years: int
    half_width: float  # inner half width of the rib cage at the base
    apex_y: float
    dome_y: tuple[float, float]  # right, left
    angle_y: float  # the costophrenic angles
    wall: float  # soft tissue outside the ribs
    depth: float  # front to back, at the chest
    heart_right: float
    heart_left: float
    knob: float  # radius of the aortic knob
    scoliosis: float
    clavicle_y: float
    seed: int

    def dice(self, what: str) -> np.random.Generator:
        """A stream of its own for each part, so that a new part does not move the others."""
        return np.random.default_rng([self.seed, *what.encode()])

    def dome(self, side: int) -> float:
        return self.dome_y[0] if side == RIGHT else self.dome_y[1]

    def spine_x(self, y: Floats | float) -> Floats:
        swing = self.scoliosis * np.sin((np.asarray(y, np.float32) - 60.0) / 70.0)
        return np.asarray(swing, np.float32)


def make_anatomy(patient_seed: int) -> Anatomy:
    dice = np.random.default_rng([patient_seed, 1])
    sex: Sex = "F" if dice.random() < 0.48 else "M"
    age = int(np.clip(dice.normal(56, 17), 19, 97))
    size = dice.normal(0.95 if sex == "F" else 1.03, 0.03)
    half_width = float(np.clip(131 * size + dice.normal(0, 4), 114, 142))
    apex = 50 + dice.normal(0, 4)
    right_dome = apex + 214 * size + dice.normal(0, 8)
    ratio = dice.uniform(0.41, 0.475) + 0.0004 * (age - 56)
    heart = 2 * half_width * ratio
    share = dice.uniform(0.29, 0.35)
    return Anatomy(
        sex=sex,
        age_years=age,
        half_width=half_width,
        apex_y=float(apex),
        dome_y=(float(right_dome), float(right_dome + dice.uniform(6, 15))),
        angle_y=float(right_dome + dice.uniform(36, 48)),
        wall=float(dice.uniform(16, 30)),
        depth=float(195 * size + dice.normal(0, 12)),
        heart_right=float(heart * share),
        heart_left=float(heart * (1 - share)),
        knob=float(15 + 0.09 * (age - 40) + dice.normal(0, 1.0)),
        scoliosis=float(dice.normal(0, 2.0)),
        clavicle_y=float(apex + 30 + dice.normal(0, 4)),
        seed=patient_seed,
    )


def lung_outline(body: Anatomy, side: int) -> Floats:
    """(N, 2) closed contour of one lung, the part behind heart and diaphragm included."""
    w, top, dome, angle = body.half_width, body.apex_y, body.dome(side), body.angle_y
    height = angle - top
    points = [
        (0.33 * w, top),
        (0.55 * w, top + 0.05 * height),
        (0.73 * w, top + 0.16 * height),
        (0.86 * w, top + 0.32 * height),
        (0.94 * w, top + 0.52 * height),
        (0.985 * w, top + 0.74 * height),
        (1.0 * w, top + 0.92 * height),
        (0.985 * w, angle),
        (0.86 * w, dome + 32),
        (0.55 * w, dome + 27),
        (0.16 * w, dome + 23),
        (0.11 * w, top + 0.70 * height),
        (0.11 * w, top + 0.45 * height),
        (0.14 * w, top + 0.22 * height),
        (0.20 * w, top + 0.07 * height),
    ]
    contour = spline([(side * x, y) for x, y in points], closed=True)
    contour[:, 0] += body.spine_x(contour[:, 1])
    return contour


def chest_wall(body: Anatomy, side: int) -> Floats:
    """(N, 2) the outer edge of one lung, from the apex to the costophrenic angle."""
    outline = lung_outline(body, side)
    steps = len(outline) // 15
    return outline[: 7 * steps + 1]


def dome_height(body: Anatomy, side: int, x_mm: Floats) -> Floats:
    """(1, W) y of the diaphragm above each column, for the columns of this side."""
    w, dome, angle = body.half_width, body.dome(side), body.angle_y
    reach = np.clip(side * x_mm / w, -0.2, 1.2)
    lateral = np.clip((reach - 0.42) / 0.58, 0.0, 1.25)
    medial = np.clip((0.42 - reach) / 0.42, 0.0, 1.6)
    drop = (angle - dome - 1.0) * (0.55 * lateral**2 + 0.45 * lateral**5)
    height: Floats = dome + drop + 13.0 * medial**2
    return height.astype(np.float32)


def heart_outline(body: Anatomy) -> Floats:
    """(N, 2) closed contour of the heart below the great vessels."""
    r, left = body.heart_right, body.heart_left
    base, floor = heart_base(body), body.dome(LEFT) + 9
    tall = floor - base
    points = [
        (-0.50 * r, base),
        (-0.80 * r, base + 0.18 * tall),
        (-0.98 * r, base + 0.42 * tall),
        (-0.99 * r, base + 0.66 * tall),
        (-0.80 * r, base + 0.90 * tall),
        (-0.1 * r, floor + 2),
        (0.55 * left, floor + 3),
        (0.90 * left, floor - 0.05 * tall),
        (1.0 * left, floor - 0.19 * tall),
        (0.93 * left, floor - 0.38 * tall),
        (0.73 * left, base + 0.38 * tall),
        (0.52 * left, base + 0.17 * tall),
        (0.36 * left, base - 0.02 * tall),
        (0.0, base - 4),
    ]
    return spline(points, closed=True)


def heart_base(body: Anatomy) -> float:
    return body.apex_y + 0.44 * (body.dome(LEFT) - body.apex_y) + 6


def carina_y(body: Anatomy) -> float:
    return body.apex_y + 0.36 * (body.dome(RIGHT) - body.apex_y)


def hilum(body: Anatomy, side: int) -> tuple[float, float]:
    """The middle of the hilum; the left one stands higher."""
    lower = 20 if side == RIGHT else 10
    return side * 0.26 * body.half_width, carina_y(body) + lower
