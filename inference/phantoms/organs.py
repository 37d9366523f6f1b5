"""Soft tissue: body, lungs, heart, great vessels, airways, abdomen."""

from __future__ import annotations

import numpy as np

from inference.phantoms.anatomy import (
    LEFT,
    RIGHT,
    SIDES,
    Anatomy,
    carina_y,
    chest_wall,
    dome_height,
    heart_base,
    heart_outline,
    hilum,
    lung_outline,
)
from inference.phantoms.canvas import Canvas, chord, smooth_step, spline
from inference.phantoms.scene import Lung, Scene
from inference.phantoms.types import Floats

LUNG_AIR = 0.75  # share of air in aerated lung


def make_scene(canvas: Canvas, body: Anatomy) -> Scene:
    skin = _skin(canvas, body)
    heart = _heart(canvas, body)
    scene = Scene(
        canvas=canvas,
        body=body,
        skin=skin,
        tissue=_thickness(canvas, body, skin),
        bone=canvas.empty(),
        gas=_airways(canvas, body) + _bowel_gas(canvas, body),
        heart=heart,
        lungs={},
    )
    vessels = _great_vessels(canvas, body)
    for side in SIDES:
        scene.lungs[side] = _lung(scene, side, heart + vessels)
    return scene


def _skin(canvas: Canvas, body: Anatomy) -> Floats:
    """Neck, shoulders, armpits and flanks."""
    outer = body.half_width + body.wall
    shoulder = body.apex_y - 14
    half = [
        (46, -60),
        (51, shoulder - 46),
        (63, shoulder - 26),
        (98, shoulder - 7),
        (150, shoulder + 12),
        (230, shoulder + 50),
        (250, shoulder + 150),
        (outer + 42, shoulder + 128),
        (outer + 14, shoulder + 112),
        (outer + 4, shoulder + 150),
        (outer + 1, body.dome(RIGHT) - 20),
        (outer - 1, body.angle_y + 10),
        (outer - 3, 480),
    ]
    right = spline([(-x, y) for x, y in half])
    left = spline(half)[::-1]
    return canvas.blur(canvas.filled(np.vstack([right, left])), 1.0)


def _thickness(canvas: Canvas, body: Anatomy, skin: Floats) -> Floats:
    """Front to back: the ellipse of the trunk, thin at the skin, thinner at the neck."""
    outer = body.half_width + body.wall + 2
    rise = smooth_step((canvas.y_mm - (body.apex_y - 45)) / 130.0)
    front_back = 105.0 + (body.depth - 105.0) * rise
    across = np.clip(1.0 - np.abs(canvas.x_mm / outer) ** 2.6, 0.0, 1.0) ** 0.5
    arm = 80.0 * smooth_step((canvas.depth(skin)) / 26.0)
    trunk = np.maximum(front_back * across, arm)
    edge = smooth_step((canvas.depth(skin) + 2.5) / 7.0)
    thick = canvas.blur((trunk * skin * edge).astype(np.float32), 2.0) * skin
    return np.asarray(thick + (_breasts(canvas, body) + _muscles(canvas, body)) * skin, np.float32)


def _breasts(canvas: Canvas, body: Anatomy) -> Floats:
    if body.sex == "M":
        return canvas.empty()
    dice = body.dice("breast")
    radius, thick = dice.uniform(48, 66), dice.uniform(14, 34)
    low = body.apex_y + dice.uniform(170, 200)
    total = canvas.empty()
    for side in SIDES:
        x = (canvas.x_mm - side * (0.58 * body.half_width + dice.normal(0, 3))) / radius
        y = (canvas.y_mm - (low - 0.62 * radius)) / radius
        y = np.where(y < 0, y * 0.62, y)  # drawn out upwards, round below
        total += thick * np.sqrt(np.clip(1.0 - x * x - y * y, 0.0, None)).astype(np.float32)
    return canvas.blur(total, 1.2)


def _muscles(canvas: Canvas, body: Anatomy) -> Floats:
    """Pectoral folds running to the armpits, and the shadow along the clavicles."""
    thick = 14.0 if body.sex == "M" else 7.0
    top = body.apex_y
    total = canvas.empty()
    for side in SIDES:
        fold = spline(
            [(side * x, y) for x, y in (
                (45, top + 40), (90, top + 28), (150, top + 30), (175, top + 66),
                (150, top + 96), (118, top + 128), (80, top + 138), (48, top + 110),
            )],
            closed=True,
        )  # fmt: skip
        total += canvas.filled(fold)
    return thick * canvas.blur(total, 7.0)


def _lung(scene: Scene, side: int, mediastinum: Floats) -> Lung:
    canvas, body = scene.canvas, scene.body
    inside = canvas.filled(lung_outline(body, side))
    depth = np.minimum(canvas.depth(inside) / 46.0, 1.0)
    profile = np.sqrt(1.0 - (1.0 - depth) ** 2)
    rise = smooth_step((canvas.y_mm - body.apex_y + 22.0) / 120.0)
    most = (body.depth - 62.0) * (0.30 + 0.70 * rise)
    air = (profile * most * inside).astype(np.float32)
    dome = dome_height(body, side, canvas.x_mm)
    below = np.clip(canvas.y_mm - dome, 0.0, None)
    liver = 2.0 * np.sqrt(below * (2 * 82.0))  # a ray just under the top of a round dome
    air = np.clip(air * np.exp(-below / 14.0) - mediastinum - liver, 0.0, None)
    return Lung(
        side=side,
        inside=inside,
        air=LUNG_AIR * canvas.blur(air.astype(np.float32), 0.5),
        wall=canvas.distance(chest_wall(body, side)),
        dome=dome,
    )


def _heart(canvas: Canvas, body: Anatomy) -> Floats:
    inside = canvas.filled(heart_outline(body))
    deep = canvas.depth(inside)
    depth = np.minimum(deep / max(0.62 * float(deep.max()), 1.0), 1.0)
    ray = 0.55 * body.depth * np.sqrt(1.0 - (1.0 - depth) ** 2)
    return canvas.blur(ray.astype(np.float32), 0.9)


def _great_vessels(canvas: Canvas, body: Anatomy) -> Floats:
    """Upper mediastinum, aortic arch, pulmonary trunk, descending aorta."""
    top, base, knob = body.apex_y, heart_base(body), body.knob
    arch_y = carina_y(body) - 14
    w = body.half_width
    block = spline(
        [
            (-0.16 * w, top - 40), (-0.17 * w, top + 30), (-0.19 * w, arch_y),
            (-0.24 * w, base - 4), (-0.2 * w, base + 40), (0.2 * w, base + 40),
            (0.30 * w, base + 6), (0.275 * w, base - 14), (0.22 * w, arch_y + 20),
            (0.2 * w, arch_y - 16), (0.15 * w, top + 20), (0.14 * w, top - 40),
        ],
        closed=True,
    )  # fmt: skip
    core = canvas.filled(block)
    depth = np.minimum(canvas.depth(core) / 22.0, 1.0)
    total = 0.46 * body.depth * np.sqrt(1.0 - (1.0 - depth) ** 2)
    x = np.hypot(canvas.x_mm - (0.275 * w - knob), (canvas.y_mm - arch_y) * 0.9)
    total = np.maximum(total, 2.2 * chord(x, knob))
    aorta = spline(
        [(0.2 * w, arch_y), (0.165 * w, base + 20), (0.13 * w, base + 70), (0.09 * w, 330)]
    )
    total = np.maximum(total, canvas.tube(aorta, 12.5))
    trunk = np.hypot((canvas.x_mm - 0.17 * w) * 1.1, (canvas.y_mm - base) * 0.62)
    total = np.maximum(total, 1.6 * chord(trunk, 0.135 * w))
    return canvas.blur(total.astype(np.float32), 0.7)


def _airways(canvas: Canvas, body: Anatomy) -> Floats:
    """Trachea and main bronchi."""
    split = carina_y(body)
    lean = 0.02 * body.half_width
    trachea = spline([(0, -30), (0, body.apex_y), (-lean, split - 20), (-lean, split)])
    total = canvas.tube(trachea, 8.0)
    for side in SIDES:
        x, y = hilum(body, side)
        bronchus = spline([(-lean, split - 4), (0.45 * x, split + 9), (0.85 * x, y + 3)])
        total = np.maximum(total, canvas.tube(bronchus, 5.5))
    return 0.8 * canvas.blur(total, 0.8)


def _bowel_gas(canvas: Canvas, body: Anatomy) -> Floats:
    """The stomach bubble with its level, and gas in the splenic flexure."""
    dice = body.dice("gas")
    x0 = body.half_width * dice.uniform(0.40, 0.56)
    ceiling = dome_height(body, LEFT, canvas.x_mm)
    top = float(ceiling[0, int(np.argmin(np.abs(canvas.x_mm[0] - x0)))]) + dice.uniform(6, 9)
    wide, tall = dice.uniform(19, 36), dice.uniform(12, 30)
    x, y = (canvas.x_mm - x0) / wide, (canvas.y_mm - (top + tall)) / tall
    bubble = 46.0 * np.sqrt(np.clip(1.0 - x**2 - y**2, 0.0, None))
    bubble *= smooth_step((top + 1.15 * tall - canvas.y_mm) / 2.0)
    total = canvas.blur(bubble.astype(np.float32), 0.9)
    flexure_x, flexure_y = body.half_width * dice.uniform(0.45, 0.75), top + dice.uniform(60, 85)
    colon = canvas.empty()
    for _ in range(int(dice.integers(4, 10))):  # pockets that run into one another
        cx, cy = flexure_x + dice.normal(0, 13), flexure_y + dice.normal(0, 11)
        r = np.hypot(canvas.x_mm - cx, (canvas.y_mm - cy) * dice.uniform(0.8, 1.7))
        colon = np.maximum(colon, chord(r, dice.uniform(4, 10)))
    return total + 0.8 * canvas.blur(colon, 2.0)
