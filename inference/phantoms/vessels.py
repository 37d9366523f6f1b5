"""The lungs' drawing: arteries and veins that branch from the hila, and a fine texture."""

from __future__ import annotations

import numpy as np

from inference.phantoms.anatomy import SIDES, Anatomy, hilum
from inference.phantoms.canvas import Canvas, spline
from inference.phantoms.scene import Scene
from inference.phantoms.types import Floats

FULL_MM = 14.0  # the thickest vessel that the layer of strokes can hold
Segment = tuple[Floats, float, float]


def draw_vessels(scene: Scene) -> None:
    """Blood in place of air: each lung loses as much air as its vessels take."""
    canvas, body = scene.canvas, scene.body
    for side in SIDES:
        lung = scene.lungs[side]
        segments = tree(body, side)
        segments.sort(key=lambda segment: segment[1])
        blood = FULL_MM * canvas.blur(canvas.lines(segments), 0.30)
        texture = parenchyma(canvas, body.dice(f"parenchyma{side}"))
        room = np.clip(lung.air / 30.0, 0.0, 1.0)
        lung.air = np.clip(lung.air * texture - 2.6 * blood * room, 0.0, None)


def parenchyma(canvas: Canvas, dice: np.random.Generator) -> Floats:
    """(H, W) about 1: denser and thinner patches from 2 to 40 mm."""
    field = canvas.empty()
    for grain_mm, weight in ((40.0, 0.022), (14.0, 0.012), (6.0, 0.009), (2.6, 0.008)):
        field += np.float32(weight) * canvas.noise(dice, grain_mm)
    return 1.0 + field


def tree(body: Anatomy, side: int) -> list[Segment]:
    dice = body.dice(f"vessels{side}")
    x, y = hilum(body, side)
    segments: list[Segment] = []
    # Angles from straight out (0) up (-90) and down (90), with the root's radius in mm.
    roots = (
        (-78, 3.1), (-52, 3.0), (-30, 2.2), (-8, 2.4), (14, 2.6), (34, 3.3), (52, 4.0), (68, 4.8),
        (82, 3.4), (-66, 2.3), (58, 3.0),
    )  # fmt: skip
    segments.extend(_hilar_arteries(x, y, side))
    for degrees, radius in roots:
        turn = np.deg2rad(degrees + dice.normal(0, 7))
        start = np.array([x + dice.normal(0, 4), y + dice.normal(0, 6)])
        _grow(segments, dice, (start, turn, radius * dice.uniform(0.8, 1.1)), side)
    return segments


def _hilar_arteries(x: float, y: float, side: int) -> list[Segment]:
    """The trunk that runs down and out of the hilum, and the one that climbs."""
    down = [(x - side * 8, y - 12), (x, y), (x + side * 5, y + 18), (x + side * 13, y + 42)]
    up = [(x - side * 4, y), (x + side * 1, y - 14), (x + side * 9, y - 30)]
    middle = [(x - side * 6, y), (x + side * 12, y + 4), (x + side * 24, y + 10)]
    thick = ((down, 12.0), (up, 9.0), (middle, 7.0))
    return [piece for points, width in thick for piece in _tapering(spline(points), width)]


def _tapering(line: Floats, width: float) -> list[Segment]:
    """A stroke that thins to a third, in overlapping pieces."""
    pieces = []
    for index in range(0, len(line) - 3, 3):
        share = 1.0 - 0.68 * index / len(line)
        pieces.append((line[index : index + 7], share * width, 0.46 * share * width / 12.0))
    return pieces


def _grow(
    segments: list[Segment],
    dice: np.random.Generator,
    root: tuple[Floats, float, float],
    side: int,
) -> None:
    """Branches from (start, angle, radius) until they are too thin to see."""
    waiting = [root]
    while waiting:
        start, turn, radius = waiting.pop()
        if radius < 0.30:
            continue
        length = dice.uniform(9, 17) * (0.55 + 0.16 * min(radius, 3.0))
        bends = turn + np.cumsum(dice.normal(0, 0.07, 4))
        steps = np.stack([side * np.cos(bends), np.sin(bends)], axis=1) * (length / 4)
        line = np.vstack([start, start + np.cumsum(steps, axis=0)]).astype(np.float32)
        segments.append((line, 1.7 * radius, min(2.0 * radius / FULL_MM, 1.0)))
        end, onward = line[-1], float(bends[-1])
        if dice.random() < 0.72:
            spread = dice.uniform(0.25, 0.75) * dice.choice((-1, 1))
            waiting.append((end, onward + spread, radius * dice.uniform(0.48, 0.74)))
            waiting.append((end, onward - 0.22 * spread, radius * dice.uniform(0.78, 0.90)))
        else:
            waiting.append((end, onward, radius * 0.90))
