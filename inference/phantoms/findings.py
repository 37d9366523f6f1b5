"""Findings drawn into a scene. Each gives the change it made, from which its box is measured.

Where a finding sits is drawn from the patient's seed, so that it stays in place from one
radiograph of a patient to the next; a little growth comes from the seed of the radiograph.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from inference.phantoms.anatomy import LEFT, SIDES, Anatomy, heart_base, heart_outline
from inference.phantoms.canvas import Canvas, chord, smooth_step, spline
from inference.phantoms.organs import LUNG_AIR
from inference.phantoms.scene import Lung, Scene
from inference.phantoms.types import Floats, PhantomRefused
from inference.predict.boxes import clip_box
from inference.predict.types import Box

EDGE = 0.25  # the box holds what is changed by more than this share of the largest change
ORDER = (
    "Pneumothorax",
    "Effusion",
    "Atelectasis",
    "Mass",
    "Consolidation",
    "Infiltration",
    "Nodule",
)
TRIES = 400


@dataclass(slots=True)
class Site:
    """Where to draw: ``dice`` is the patient's, ``growth`` about 1 is this radiograph's."""

    scene: Scene
    dice: np.random.Generator
    growth: float
    taken: Floats  # 0..1, what other findings cover

    @property
    def canvas(self) -> Canvas:
        return self.scene.canvas

    def side(self) -> Lung:
        return self.scene.lungs[int(self.dice.choice(SIDES))]


def enlarged_heart(body: Anatomy, growth: float) -> Anatomy:
    """The same person with a cardiothoracic ratio of 0.57 to 0.66."""
    ratio = body.dice("Cardiomegaly").uniform(0.585, 0.645) * growth
    width = 2 * body.half_width * float(np.clip(ratio, 0.57, 0.66))
    return replace(body, heart_right=0.335 * width, heart_left=0.665 * width)


def heart_box(canvas: Canvas, body: Anatomy) -> Box:
    """The silhouette from the base of the heart to where it meets the diaphragm."""
    contour = heart_outline(body)
    floor = body.dome(LEFT) + 9
    corners = np.array(
        [[contour[:, 0].min(), heart_base(body)], [contour[:, 0].max(), floor]], np.float32
    )
    (x_min, y_min), (x_max, y_max) = canvas.to_px(corners) + 0.5
    return _inside(canvas, Box(float(x_min), float(y_min), float(x_max), float(y_max)))


def draw_findings(
    scene: Scene, labels: tuple[str, ...], growth_dice: np.random.Generator
) -> list[tuple[str, Box]]:
    """Draws every label but Cardiomegaly, in an order in which the large leave room."""
    boxes = []
    taken = scene.canvas.empty()
    for label in (name for name in ORDER if name in labels):
        growth = float(np.clip(growth_dice.normal(1.0, 0.06), 0.85, 1.15))
        change = DRAWERS[label](Site(scene, scene.body.dice(label), growth, taken))
        boxes.append((label, box_of(scene.canvas, change)))
        taken = np.maximum(taken, (change > EDGE * change.max()).astype(np.float32))
    return boxes


def box_of(canvas: Canvas, change_mm: Floats) -> Box:
    """The bounding box of what is changed by more than a quarter of the largest change."""
    shown = change_mm > EDGE * float(change_mm.max())
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    if rows.size == 0 or float(change_mm.max()) <= 0.0:
        raise PhantomRefused("A finding found no room in this phantom.")
    box = Box(float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1))
    return _inside(canvas, box)


def _inside(canvas: Canvas, box: Box) -> Box:
    clipped = clip_box(box, canvas.rows, canvas.columns)
    if clipped is None:
        raise PhantomRefused("A finding lies outside the picture.")
    return clipped


def _fill(lung: Lung, fluid_mm: Floats) -> Floats:
    """Puts fluid in place of air where there is air. Gives what was taken, in mm."""
    before = lung.air
    lung.air = np.clip(before - fluid_mm, 0.0, None)
    return before - lung.air


def _pneumothorax(site: Site) -> Floats:
    """The lung falls off the chest wall, most at the apex: no vessels outside its thin edge."""
    lung, canvas, body = site.side(), site.canvas, site.scene.body
    most = site.dice.uniform(20, 38) * site.growth
    height = (canvas.y_mm - body.apex_y) / (body.angle_y - body.apex_y)
    gap = most * (1.0 - 1.02 * np.clip(height, 0, 1) ** 1.15)
    gap = gap * (1.0 + 0.03 * canvas.noise(site.dice, 45.0))
    outside = smooth_step((gap - lung.wall) / 0.7 + 0.5) * lung.inside
    edge = np.exp(-(((lung.wall - gap) / 0.8) ** 2)) * lung.inside
    free = canvas.blur(lung.air, 7.0) / LUNG_AIR * 1.06
    collapsed = 0.93 * lung.air - 7.0 * edge
    lung.air = np.clip(outside * free + (1 - outside) * collapsed, 0, None).astype(np.float32)
    above = (canvas.y_mm < lung.dome).astype(np.float32)
    return canvas.blur((outside * above * (gap > 4.0)).astype(np.float32), 0.4)


def _effusion(site: Site) -> Floats:
    """Fluid in the angle, its surface rising to the chest wall."""
    lung, canvas, body = site.side(), site.canvas, site.scene.body
    dome = body.dome(lung.side)
    high = (site.dice.uniform(-4, 46)) * site.growth
    level = dome - high + 14.0
    climb = 34.0 + 0.35 * high
    surface = level - climb * np.exp(-np.abs(body.half_width - lung.side * canvas.x_mm) / 16.0)
    surface = surface + 0.8 * canvas.noise(site.dice, 30.0)
    depth = smooth_step((canvas.y_mm - surface + 3.0) / (7.0 + 0.12 * max(high, 0.0)))
    return _fill(lung, (lung.air * depth * 0.97).astype(np.float32))


def _atelectasis(site: Site) -> Floats:
    """One to three plates above the diaphragm."""
    lung, canvas, body = site.side(), site.canvas, site.scene.body
    dome = body.dome(lung.side)
    x = lung.side * body.half_width * site.dice.uniform(0.50, 0.66)
    y = dome - site.dice.uniform(22, 44)
    half = site.dice.uniform(26, 38) * site.growth
    total, tilt = canvas.empty(), site.dice.normal(0, 4)
    for index in range(int(site.dice.integers(1, 4))):
        bow = site.dice.uniform(-3, 3)
        ends = [(x - half, y + tilt), (x, y + bow), (x + half, y - tilt)]
        band = canvas.tube(spline(ends), 3.6 - 0.7 * index)
        total = np.maximum(total, (4.6 - 0.8 * index) * band)
        x, y, half = x + site.dice.normal(0, 6), y - 11, half * site.dice.uniform(0.5, 0.8)
    return _fill(lung, canvas.blur(total, 1.2))


def _round(site: Site, radius: float, lobes: float, dense: float) -> Floats:
    """A ball of soft tissue, its edge uneven by ``lobes`` of the radius."""
    canvas = site.canvas
    lung, (x, y) = _place(site, radius + 3.0)
    dx, dy = canvas.x_mm - x, canvas.y_mm - y
    angle = np.arctan2(dy, dx)
    wave = sum(
        site.dice.normal(0, lobes / k) * np.cos(k * angle + site.dice.uniform(0, 6.28))
        for k in (2, 3, 4, 5)
    )
    reach = np.hypot(dx, dy) / (1.0 + wave)
    ball = canvas.blur(chord(reach.astype(np.float32), radius), 0.7)
    return _fill(lung, dense * ball * (1.0 + 0.05 * canvas.noise(site.dice, 5.0)))


def _nodule(site: Site) -> Floats:
    return _round(site, site.dice.uniform(6.0, 12.0) * site.growth, 0.05, 1.35)


def _mass(site: Site) -> Floats:
    return _round(site, site.dice.uniform(19.0, 30.0) * site.growth, 0.09, 0.85)


def _cloud(site: Site, radius: float, grain_mm: float, patchy: float) -> tuple[Lung, Floats]:
    """The lung, and 0..1 how much of its air is replaced: a ragged cloud."""
    canvas = site.canvas
    lung, (x, y) = _place(site, 0.62 * radius)
    tall = site.dice.uniform(0.75, 1.2)
    reach = np.hypot((canvas.x_mm - x) / radius, (canvas.y_mm - y) / (radius * tall))
    rough = 0.17 * canvas.noise(site.dice, grain_mm) + 0.09 * canvas.noise(site.dice, grain_mm / 3)
    body = smooth_step((1.15 - reach + rough) / 1.1)
    spots = 1.0 - patchy * (0.5 + 0.5 * np.tanh(1.4 * canvas.noise(site.dice, 0.6 * grain_mm)))
    near = smooth_step((1.35 - reach) / 0.4)
    return lung, canvas.blur((body * spots * near).astype(np.float32), 0.13 * grain_mm)


def _infiltration(site: Site) -> Floats:
    radius = site.dice.uniform(28, 42) * site.growth
    lung, share = _cloud(site, radius, 17.0, 0.5)
    return site.canvas.blur(_fill(lung, 0.36 * share * lung.air), 2.0)


def _consolidation(site: Site) -> Floats:
    """Dense, with air left in the branching bronchi."""
    canvas = site.canvas
    radius = site.dice.uniform(34, 50) * site.growth
    lung, share = _cloud(site, radius, 20.0, 0.12)
    filled = _fill(lung, 0.62 * share * lung.air)
    where = np.argwhere(share > 0.6)
    if where.size:
        row, column = where.mean(axis=0)
        x, y = float(canvas.x_mm[0, int(column)]), float(canvas.y_mm[int(row), 0])
        for turn in site.dice.normal(0.5, 0.5, 3):
            step = np.array([lung.side * np.cos(turn), np.sin(turn)]) * radius * 0.5
            line = spline([(x - step[0], y - step[1]), (x, y), (x + step[0], y + step[1])])
            lung.air = lung.air + 2.2 * canvas.blur(canvas.tube(line, 1.4), 0.8) * share
    return canvas.blur(filled, 1.5)


def _place(site: Site, radius: float) -> tuple[Lung, tuple[float, float]]:
    """A free place in aerated lung, at least ``radius`` mm from its edge. Raises PhantomRefused."""
    canvas, body = site.canvas, site.scene.body
    open_air = {
        side: (lung.air > 22.0) & (canvas.y_mm < lung.dome) & (site.taken < 0.5)
        for side, lung in site.scene.lungs.items()
    }
    depth = {side: canvas.mm_to_zero(mask.astype(np.uint8)) for side, mask in open_air.items()}
    # Vessels make small holes in the air map: the room is measured on a smooth copy of it.
    for relief in (1.0, 0.85, 0.7, 0.5, 0.3):
        for _ in range(TRIES):
            side = int(site.dice.choice(SIDES))
            x = side * body.half_width * site.dice.uniform(0.30, 0.92)
            y = site.dice.uniform(body.apex_y + 30, body.dome(side) - 8)
            column, row = np.rint(canvas.to_px(np.array([[x, y]], np.float32))[0]).astype(int)
            if not (0 <= row < canvas.rows and 0 <= column < canvas.columns):
                continue
            if depth[side][row, column] >= relief * radius:
                return site.scene.lungs[side], (float(x), float(y))
    raise PhantomRefused("A finding found no room in this phantom.")


DRAWERS: dict[str, Callable[[Site], Floats]] = {
    "Atelectasis": _atelectasis,
    "Consolidation": _consolidation,
    "Effusion": _effusion,
    "Infiltration": _infiltration,
    "Mass": _mass,
    "Nodule": _nodule,
    "Pneumothorax": _pneumothorax,
}
