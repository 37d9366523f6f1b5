"""What the phantom generator gives, and what it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from cxrportal.common.errors import PortalError
from inference.predict.types import Box

# The names are those of the label set chestxray14.
SUPPORTED_FINDINGS = (
    "Atelectasis",
    "Cardiomegaly",
    "Consolidation",
    "Effusion",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pneumothorax",
)
BITS_STORED = 12
WHITE = 2**BITS_STORED - 1
SMALLEST_PX, LARGEST_PX = 128, 4096

Sex = Literal["F", "M"]
Floats = NDArray[np.float32]


class PhantomRefused(PortalError):
    code: ClassVar[str] = "phantom_refused"
    http_status: ClassVar[int] = 422
    default_message: ClassVar[str] = "Such a phantom cannot be made."


@dataclass(frozen=True, slots=True)
class Phantom:
    """One synthetic frontal radiograph.

    ``image`` (H, W) uint16, 12 bits used, white is dense (MONOCHROME2). ``boxes`` holds one entry
    a finding, xyxy in pixels of ``image``; ``labels`` are its names, sorted, empty when normal.
    ``spacing_mm`` is the side of a (square) pixel.
    """

    image: NDArray[np.uint16]
    boxes: tuple[tuple[str, Box], ...]
    labels: tuple[str, ...]
    sex: Sex
    age_years: int
    view: str
    spacing_mm: float
    seed: int
    patient_seed: int
