"""Synthetic frontal chest radiographs with known findings: for demos, tests and first trainings.

They are drawn, not learned: no patient's data is in them. The same arguments give the same picture
(with the same releases of numpy and OpenCV).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inference.phantoms.anatomy import Anatomy, make_anatomy
from inference.phantoms.canvas import FIELD_HEIGHT_MM, Canvas
from inference.phantoms.exposure import attenuation, collimate, expose, to_stored
from inference.phantoms.findings import draw_findings, enlarged_heart, heart_box
from inference.phantoms.marker import draw_marker
from inference.phantoms.organs import make_scene
from inference.phantoms.skeleton import bones
from inference.phantoms.types import (
    LARGEST_PX,
    SMALLEST_PX,
    SUPPORTED_FINDINGS,
    Phantom,
    PhantomRefused,
)
from inference.phantoms.vessels import draw_vessels
from inference.predict.types import Box

NORMAL_SHARE = 0.35
VIEW = "PA"


def make_phantom(
    seed: int,
    *,
    size_px: tuple[int, int] = (1024, 880),
    findings: tuple[str, ...] | None = None,
    patient_seed: int | None = None,
) -> Phantom:
    """One radiograph of (rows, columns) ``size_px``; see ``Phantom`` for its fields.

    ``findings`` names what to draw, ``()`` is a normal chest, None draws lots from ``seed``.
    ``patient_seed`` is the person (the seed itself, if None): the same person has the same anatomy,
    and the same finding in the same place, in every radiograph. The field is 410 mm high; a picture
    with other proportions shows more or less at its sides.
    Raises PhantomRefused for an unknown or doubled finding, a negative seed or an absurd size.
    """
    patient = seed if patient_seed is None else patient_seed
    _check(seed, patient, size_px)
    dice = np.random.default_rng([seed, 2])
    labels = _labels(findings, np.random.default_rng([seed, 4]))
    body = make_anatomy(patient)
    growth = np.random.default_rng([seed, 3])
    if "Cardiomegaly" in labels:
        body = enlarged_heart(body, float(np.clip(growth.normal(1.0, 0.02), 0.96, 1.04)))
    canvas = _position(size_px, dice)
    image, boxes = _expose(canvas, body, labels, (dice, growth))
    return Phantom(
        image=image,
        boxes=tuple(sorted(boxes, key=lambda entry: entry[0])),
        labels=labels,
        sex=body.sex,
        age_years=body.age_years,
        view=VIEW,
        spacing_mm=FIELD_HEIGHT_MM / size_px[0],
        seed=seed,
        patient_seed=patient,
    )


def _check(seed: int, patient_seed: int, size_px: tuple[int, int]) -> None:
    if seed < 0 or patient_seed < 0:
        raise PhantomRefused("Seeds are not negative.")
    if not all(SMALLEST_PX <= side <= LARGEST_PX for side in size_px):
        raise PhantomRefused(f"Each side has {SMALLEST_PX} to {LARGEST_PX} pixels.")


def _labels(findings: tuple[str, ...] | None, dice: np.random.Generator) -> tuple[str, ...]:
    if findings is None:
        normal = dice.random() < NORMAL_SHARE
        count = 0 if normal else int(dice.choice((1, 2, 3), p=(0.6, 0.3, 0.1)))
        return tuple(sorted(str(label) for label in dice.permutation(SUPPORTED_FINDINGS)[:count]))
    unknown = sorted(set(findings) - set(SUPPORTED_FINDINGS))
    if unknown:
        raise PhantomRefused(f"No phantom is drawn for: {', '.join(unknown)}.")
    if len(set(findings)) != len(findings):
        raise PhantomRefused("Each finding is named once.")
    return tuple(sorted(findings))


def _position(size_px: tuple[int, int], dice: np.random.Generator) -> Canvas:
    """Nobody stands twice in the same place: a few mm to the side, up or down."""
    rows, columns = size_px
    mm_per_px = FIELD_HEIGHT_MM / rows
    x_mm, y_mm = np.clip(dice.normal(0.0, 4.0, 2), -9.0, 9.0)
    return Canvas(
        rows=rows,
        columns=columns,
        mm_per_px=mm_per_px,
        midline_px=columns / 2 + float(x_mm) / mm_per_px,
        top_px=float(y_mm) / mm_per_px,
    )


def _expose(
    canvas: Canvas,
    body: Anatomy,
    labels: tuple[str, ...],
    dice: tuple[np.random.Generator, np.random.Generator],
) -> tuple[NDArray[np.uint16], list[tuple[str, Box]]]:
    acquisition, growth = dice
    scene = make_scene(canvas, body)
    scene.bone = bones(canvas, body)
    draw_vessels(scene)
    boxes = draw_findings(scene, labels, growth)
    if "Cardiomegaly" in labels:
        boxes.append(("Cardiomegaly", heart_box(canvas, body)))
    grey = expose(canvas, attenuation(scene), acquisition)
    grey = collimate(canvas, grey, acquisition)
    grey = draw_marker(canvas, grey, acquisition)
    return to_stored(grey), boxes
