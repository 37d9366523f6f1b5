"""Radiographs with lung masks, packed to the input size, augmented as whole batches."""

from __future__ import annotations

import csv
import hashlib
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from inference.predict.lung_masks import split_lungs
from inference.predict.preprocess import letterboxed
from inference.training.config import AugmentConfig
from inference.training.datasets import read_grey
from inference.training.errors import DataRefused
from inference.training.transforms import photometric


@dataclass(frozen=True, slots=True)
class LungRecord:
    image: Path
    mask: Path
    patient_id: str
    view: str


@dataclass(frozen=True, slots=True)
class LungData:
    """pixels (N, S, S) uint8; masks (N, 2, S, S) uint8 0/1, left and right lung; letterboxed."""

    records: tuple[LungRecord, ...]
    pixels: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    sha256: str

    def of_patients(self, patients: frozenset[str]) -> tuple[int, ...]:
        return tuple(i for i, item in enumerate(self.records) if item.patient_id in patients)


def load_lungs(folder: Path, size_px: int) -> LungData:
    """``lungs.csv`` (image, mask, patient_id, view_position) with images/ and masks/ beside it.

    ``sha256`` is over the table and the masks. Raises DataRefused.
    """
    table = folder / "lungs.csv"
    try:
        with table.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except OSError as error:
        raise DataRefused(f"lungs.csv cannot be read: {error.strerror}.") from error
    records = tuple(
        LungRecord(
            folder / "images" / row["image"],
            folder / "masks" / row["mask"],
            row["patient_id"],
            row["view_position"],
        )
        for row in rows
    )
    if not records:
        raise DataRefused("lungs.csv has no rows.")
    pixels = np.zeros((len(records), size_px, size_px), np.uint8)
    masks = np.zeros((len(records), 2, size_px, size_px), np.uint8)
    digest = hashlib.sha256(table.read_bytes())
    for index, record in enumerate(records):
        pixels[index], masks[index] = _packed(record, size_px)
        digest.update(masks[index].tobytes())
    return LungData(records, pixels, masks, digest.hexdigest())


def _packed(record: LungRecord, size_px: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    image, mask = read_grey(record.image), read_grey(record.mask)
    if image.shape != mask.shape:
        raise DataRefused(f"{record.mask.name} has another size than its image.")
    lungs = split_lungs(mask > 0.5)
    square, _ = letterboxed(image, size_px)
    channels = [letterboxed(lung.astype(np.float32), size_px)[0].numpy() >= 0.5 for lung in lungs]
    grey = (square.numpy() * 255.0).round().astype(np.uint8)
    return grey, np.stack(channels).astype(np.uint8)


def augmented(grey: Tensor, masks: Tensor, config: AugmentConfig) -> tuple[Tensor, Tensor]:
    """(N, 1, S, S) and (N, 2, S, S) in [0, 1] -> the same: moved together, then the grey varied.

    A mirrored image has its lungs exchanged: what lies at the image's right is named left. Draws
    from torch's global generator.
    """
    count = len(grey)

    def spread(width: float) -> Tensor:
        return (torch.rand(count) * 2.0 - 1.0) * width

    angle = spread(math.radians(config.degrees))
    size = torch.exp(spread(math.log1p(config.scale)))
    shift = torch.stack((spread(2.0 * config.translate), spread(2.0 * config.translate)), dim=1)
    cos, sin = torch.cos(angle) * size, torch.sin(angle) * size
    turn = torch.stack((torch.stack((cos, -sin), 1), torch.stack((sin, cos), 1)), dim=1)
    places = functional.affine_grid(
        torch.cat((turn, shift[:, :, None]), dim=2), list(grey.shape), align_corners=False
    )
    grey = functional.grid_sample(grey, places, mode="bilinear", align_corners=False)
    masks = functional.grid_sample(masks, places, mode="nearest", align_corners=False)
    if config.flip:
        mirrored = (torch.rand(count) < 0.5)[:, None, None, None]
        grey = torch.where(mirrored, grey.flip(3), grey)
        masks = torch.where(mirrored, masks.flip(3).flip(1), masks)
    return photometric(grey, config), masks
