"""Bones: ribs, clavicles, scapulae, arms, spine. Each is a map of mm of compact bone on the ray."""

from __future__ import annotations

import numpy as np

from inference.phantoms.anatomy import SIDES, Anatomy
from inference.phantoms.canvas import Canvas, Window, chord, smooth_step, spline
from inference.phantoms.types import Floats

# Share of the rib cage's half width that each rib reaches, and how far it falls from back to
# front in mm, from the first rib down.
RIB_REACH = (0.50, 0.70, 0.83, 0.91, 0.96, 0.99, 1.01, 1.02, 1.02, 1.0, 0.96)
RIB_FALL = (44, 66, 84, 94, 100, 104, 106, 106, 104, 96, 90)
RIB_END_DEG = (150, 146, 143, 141, 139, 136, 133, 128, 122, 110, 96)


def bones(canvas: Canvas, body: Anatomy) -> Floats:
    total = _spine(canvas, body)
    for side in SIDES:
        total += _ribs(canvas, body, side)
        total += _clavicle(canvas, body, side)
        total += _shoulder(canvas, body, side)
    return canvas.blur(total, 0.35)


def _hollow(distance: Floats, radius: float, shell: float) -> Floats:
    """A tube of compact bone with marrow inside: two bright edges."""
    return chord(distance, radius) - 0.78 * chord(distance, max(radius - shell, 0.1))


def rib_line(body: Anatomy, side: int, index: int) -> tuple[Floats, Floats]:
    """The centre line of a rib: its back half from the spine, and its front half."""
    w, span = body.half_width, body.angle_y - body.apex_y
    reach = RIB_REACH[index] * w + 3.0
    start_y = body.apex_y + 3 + index * span / 11.2
    fall = RIB_FALL[index] * span / 255.0
    first = np.arcsin(min(16.0 / reach, 1.0))
    last = np.deg2rad(RIB_END_DEG[index])
    back = np.linspace(first, np.pi / 2, 40, dtype=np.float32)
    front = np.linspace(np.pi / 2, last, 30, dtype=np.float32)
    halves = []
    for angle in (back, front):
        x = reach * np.sin(angle) ** 0.94
        y = start_y + fall * (1 - np.cos(angle)) / 2 - 5.0 * np.sin(2 * angle)
        x = side * x + body.spine_x(start_y)
        halves.append(np.stack([x, y], axis=1).astype(np.float32))
    return halves[0], halves[1]


def _rib(canvas: Canvas, back: Floats, front: Floats, radius: float) -> tuple[Window, Floats]:
    """A hollow band; the front half is flatter and ends in cartilage, which hardly shows."""
    window, part = canvas.window(np.vstack([back, front]), 1.3 * radius)
    outer, inner = part.empty(), part.empty()
    for line, size in ((back, radius), (front, 1.12 * radius)):
        reach = part.distance(line)
        outer = np.maximum(outer, chord(reach, size))
        inner = np.maximum(inner, chord(reach, size - 1.4))
    lateral, end = np.abs(front[0, 0]), np.abs(front[-1, 0])
    away = np.abs(part.x_mm) - end
    fade = 0.25 + 0.75 * smooth_step(away / max(lateral - end, 1.0))
    behind = chord(part.distance(back), radius + 0.5) > 0
    return window, (outer - 0.76 * inner) * np.where(behind, 1.0, fade).astype(np.float32)


def _ribs(canvas: Canvas, body: Anatomy, side: int) -> Floats:
    dice = body.dice(f"ribs{side}")
    total = canvas.empty()
    for index in range(len(RIB_REACH)):
        back, front = rib_line(body, side, index)
        jitter = dice.normal(0, 0.7)
        shift = np.array([0.0, jitter], np.float32)
        window, band = _rib(canvas, back + shift, front + shift, 5.3 + dice.normal(0, 0.2))
        total[window] += band
    return total


def _clavicle(canvas: Canvas, body: Anatomy, side: int) -> Floats:
    dice = body.dice(f"clavicle{side}")
    y, tilt = body.clavicle_y, dice.normal(0, 3)
    line = spline(
        [
            (side * 15, y + 6), (side * 34, y + 3), (side * 68, y - 9 - 0.3 * tilt),
            (side * 104, y - 23 - tilt), (side * 136, y - 27 - tilt), (side * 158, y - 22 - tilt),
        ]
    )  # fmt: skip
    head = np.hypot(canvas.x_mm - side * 17, (canvas.y_mm - y - 6) * 0.85)
    total = 0.45 * chord(head, 10.0)
    where, distance = canvas.near(line, 6.0)
    beyond = (np.abs(canvas.x_mm[:, where[1]]) - np.float32(118.0)) / np.float32(42.0)
    fade = 1.0 - 0.75 * smooth_step(np.asarray(beyond, np.float32))
    total[where] += 1.15 * fade * _hollow(distance, 6.0, 2.0)
    return total


def _shoulder(canvas: Canvas, body: Anatomy, side: int) -> Floats:
    """The blade, turned out of the lung, its edges denser; the head and shaft of the humerus."""
    top, w = body.clavicle_y - 12, body.half_width
    blade = spline(
        [(side * x, y) for x, y in (
            (0.80 * w, top + 2), (0.82 * w, top + 45), (0.93 * w, top + 92), (0.99 * w, top + 118),
            (1.07 * w, top + 104), (1.13 * w, top + 60), (1.20 * w, top + 22), (1.1 * w, top + 4),
        )],
        closed=True,
    )  # fmt: skip
    inside = canvas.filled(blade)
    rim = canvas.depth(inside)
    total = inside * (1.3 + 2.6 * np.exp(-((rim - 2.0) ** 2) / 5.0)).astype(np.float32)
    spine = spline([(side * 0.82 * w, top + 26), (side * w, top + 10), (side * 1.25 * w, top - 12)])
    where, distance = canvas.near(spine, 4.5)
    total[where] += 0.8 * _hollow(distance, 4.5, 1.6)
    head = np.hypot(canvas.x_mm - side * 1.33 * w, canvas.y_mm - (top + 18))
    shaft = spline([(side * 1.36 * w, top + 30), (side * 1.5 * w, top + 150)])
    humerus = 0.30 * chord(head, 23.0)
    where, distance = canvas.near(shaft, 11.0)
    humerus[where] = np.maximum(humerus[where], _hollow(distance, 11.0, 3.5))
    return canvas.blur(total, 0.8) + humerus


def _spine(canvas: Canvas, body: Anatomy) -> Floats:
    total = canvas.empty()
    pitch = (body.angle_y - body.apex_y) / 11.4
    dice = body.dice("spine")
    for level in range(-4, 22):
        y = body.apex_y + 2 + level * pitch + dice.normal(0, 0.5)
        reach = np.array([[-45.0, y - pitch], [45.0, y + pitch]], np.float32)
        window, part = canvas.window(reach, 0.0)
        total[window] += _vertebra(part, float(body.spine_x(y)), y, level, pitch)
    return canvas.blur(total, 0.6)


def _vertebra(part: Canvas, x_mm: float, y_mm: float, level: int, pitch: float) -> Floats:
    """Body with end plates, pedicles, transverse processes of the chest, spinous process."""
    half, tall = 12.5 + 0.42 * (min(level, 14) + 3), 0.40 * pitch
    x, y = part.x_mm - x_mm, part.y_mm - y_mm
    across, along = np.abs(x) / half, np.abs(y) / tall
    waist = across * (1.0 + 0.10 * (1.0 - np.minimum(along, 1.0) ** 2))
    column = np.clip((1.0 - waist**6) * 3.0, 0, 1)
    total = column * (3.6 + 2.4 * np.clip((1.0 - along**6) * 2.0, 0, 1))
    total += 1.5 * column * np.exp(-(((along - 0.92) / 0.12) ** 2))
    for side in SIDES:
        pedicle = np.hypot((x - side * 0.66 * half) / 0.72, y + 0.2 * tall)
        total += 0.55 * chord(pedicle.astype(np.float32), 4.2)
        if 0 <= level <= 12:
            tip = [(x_mm + side * half * 0.8, y_mm - 3), (x_mm + side * (half + 11), y_mm - 7)]
            total += 0.5 * part.tube(np.asarray(tip, np.float32), 4.2)
    thorn = np.hypot(x / 0.55, (y - 7) / 1.6)
    return np.asarray(total + 0.6 * chord(thorn.astype(np.float32), 5.2), np.float32)
