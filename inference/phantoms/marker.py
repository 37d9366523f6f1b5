"""The lead letter that says which side is the patient's right, drawn as strokes."""

from __future__ import annotations

import numpy as np

from inference.phantoms.canvas import Canvas
from inference.phantoms.types import Floats

LETTER_MM = 15.0
STROKE_MM = 2.6
# The letter R in a box of 0.62 x 1: stem, bowl, leg.
STROKES = (
    ((0.0, 1.0), (0.0, 0.0)),
    ((0.0, 0.0), (0.36, 0.0), (0.54, 0.06), (0.62, 0.26), (0.54, 0.46), (0.36, 0.52), (0.0, 0.52)),
    ((0.30, 0.52), (0.62, 1.0)),
)


def draw_marker(canvas: Canvas, grey: Floats, dice: np.random.Generator) -> Floats:
    """The letter at the upper left of the picture, a little crooked, as technicians place it."""
    left = float(canvas.x_mm[0, 0]) + dice.uniform(16, 30)
    top = float(canvas.y_mm[0, 0]) + dice.uniform(14, 30)
    angle = dice.normal(0, 0.08)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    place = np.array([left, top])
    lines = [
        ((np.asarray(stroke) @ turn * LETTER_MM + place).astype(np.float32), STROKE_MM, 1.0)
        for stroke in STROKES
    ]
    lead = canvas.blur(canvas.lines(lines), 0.15)
    return np.asarray(np.maximum(grey, lead * 0.985), np.float32)
