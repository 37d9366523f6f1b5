"""What the rays meet, as maps of path lengths in mm; organs add to it, findings change it."""

from __future__ import annotations

from dataclasses import dataclass

from inference.phantoms.anatomy import Anatomy
from inference.phantoms.canvas import Canvas
from inference.phantoms.types import Floats


@dataclass(slots=True)
class Lung:
    """``inside`` 0..1 the contour, ``air`` mm of air on the ray, ``wall`` mm to the chest wall."""

    side: int
    inside: Floats
    air: Floats
    wall: Floats
    dome: Floats  # (1, W) height of the diaphragm


@dataclass(slots=True)
class Scene:
    """``tissue`` counts as if everything were soft tissue; air is taken away, bone comes on top."""

    canvas: Canvas
    body: Anatomy
    skin: Floats  # 0..1 inside the body
    tissue: Floats
    bone: Floats
    gas: Floats  # air outside the lungs
    heart: Floats  # length of the ray in the heart, mm
    lungs: dict[int, Lung]
