"""From path lengths to a picture: attenuation, scatter, quanta, the detector's processing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inference.phantoms.canvas import Canvas
from inference.phantoms.scene import Scene
from inference.phantoms.types import WHITE, Floats

MU_TISSUE = 0.0205  # per mm, about 120 kV filtered
MU_BONE = 0.031  # what compact bone adds to it
SCATTER_MM = 28.0
QUANTA_PER_MM2 = 90_000.0
BLACK_AT, WHITE_AT = 0.75, 3.85


def attenuation(scene: Scene) -> Floats:
    air = scene.gas + sum((lung.air for lung in scene.lungs.values()), start=scene.canvas.empty())
    soft = np.clip(scene.tissue - air, 0.0, None)
    total: Floats = MU_TISSUE * soft + MU_BONE * scene.bone * scene.skin
    return total.astype(np.float32)


def expose(canvas: Canvas, line_integral: Floats, dice: np.random.Generator) -> Floats:
    """(H, W) float32, log exposure as a reader sees it: 0 black (air) to 1 white (dense)."""
    primary = np.exp(-line_integral)
    scattered = canvas.blur(primary * (1 - np.exp(-line_integral)), SCATTER_MM)
    signal = canvas.blur(primary + 0.30 * np.clip(scattered, 0, None), 0.12)
    quanta = QUANTA_PER_MM2 * canvas.mm_per_px**2 * np.clip(signal, 1e-4, None)
    grain = canvas.blur(dice.standard_normal(signal.shape, np.float32), 0.16)
    grain /= max(float(grain.std()), 1e-6)
    counts = np.clip(quanta + np.sqrt(quanta) * grain, 1.0, None)
    density = -np.log(counts / (QUANTA_PER_MM2 * canvas.mm_per_px**2))
    return _process(canvas, density.astype(np.float32))


def _process(canvas: Canvas, density: Floats) -> Floats:
    """Dynamic range compression, unsharp mask, and an S-shaped curve, as detectors do."""
    broad = canvas.blur(density, 32.0)
    fine = density - canvas.blur(density, 2.2)
    level = density - 0.28 * (broad - 1.9) + 0.45 * fine
    grey = np.clip((level - BLACK_AT) / (WHITE_AT - BLACK_AT), -0.2, 1.2)
    curved = 1.0 / (1.0 + np.exp(-4.6 * (grey - 0.50)))
    low, high = 1.0 / (1.0 + np.exp(4.6 * 0.56)), 1.0 / (1.0 + np.exp(-4.6 * 0.56))
    return np.asarray(np.clip((curved - low) / (high - low), 0.0, 1.0), np.float32)


def collimate(canvas: Canvas, grey: Floats, dice: np.random.Generator) -> Floats:
    """Black outside the beam's rectangle, with a narrow penumbra."""
    margins = np.clip(dice.normal(2.0, 4.0, 4), 0.0, 11.0)
    x, y = canvas.x_mm, canvas.y_mm
    soft = 0.8
    gate = (
        np.clip((x - x[0, 0] - margins[0]) / soft, 0, 1)
        * np.clip((x[0, -1] - margins[1] - x) / soft, 0, 1)
        * np.clip((y - y[0, 0] - margins[2]) / soft, 0, 1)
        * np.clip((y[-1, 0] - margins[3] - y) / soft, 0, 1)
    )
    return (grey * np.where(margins.sum() > 0, gate, 1.0)).astype(np.float32)


def to_stored(grey: Floats) -> NDArray[np.uint16]:
    """[0, 1] -> 12 bits in uint16; exposed skin never reaches pure 0, the shutter does."""
    stored: NDArray[np.uint16] = np.rint(grey * WHITE).astype(np.uint16)
    return stored
