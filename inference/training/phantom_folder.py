"""A folder of synthetic radiographs in the form of ChestX-ray14: training without data."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from inference.phantoms.generator import make_phantom
from inference.predict.labels import CHESTXRAY14_BOXED
from inference.training.config import DataConfig
from inference.training.datasets import NO_FINDING

FULL_SCALE = 4095  # phantoms have 12 bits
_EDGES = ("x_min_px", "y_min_px", "x_max_px", "y_max_px")


def write_phantoms(folder: Path, config: DataConfig, *, size_px: int, seed: int) -> None:
    """``config.phantoms`` square 8-bit pictures, labels.csv and boxes.csv; each its own patient."""
    (folder / config.images).mkdir(parents=True, exist_ok=True)
    labels: list[tuple[str, ...]] = [("image", "patient_id", "labels")]
    boxes: list[tuple[str, ...]] = [("image", "label", *_EDGES)]
    for number in range(config.phantoms):
        name = f"phantom_{number:05d}.png"
        phantom = make_phantom(seed * 1_000_000 + number, size_px=(size_px, size_px))
        grey = np.round(phantom.image.astype(np.float64) * (255.0 / FULL_SCALE)).astype(np.uint8)
        Image.fromarray(grey).save(folder / config.images / name)
        labels.append((name, f"phantom-{number}", "|".join(phantom.labels) or NO_FINDING))
        boxes += [
            (name, label, *(f"{edge:.2f}" for edge in box.as_xyxy()))
            for label, box in phantom.boxes
            if label in CHESTXRAY14_BOXED  # the set boxes no consolidation, the generator does
        ]
    _write(folder / config.labels_csv, labels)
    _write(folder / config.boxes_csv, boxes)


def _write(path: Path, rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
