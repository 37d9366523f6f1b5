"""What an extraction is asked for, and what comes back of each file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from cases.dicom.extraction.fit import Fit
from cases.dicom.extraction.metadata import Cell
from cases.dicom.types import MEBIBYTE, Limits

# Several libraries more than the decoder of uploads, and an image in several precisions.
WORKER_LIMITS = Limits(memory_bytes=4096 * MEBIBYTE, wall_s=120)


class TextRule(StrEnum):
    """What becomes of pixels in which text is suspected."""

    BLANK = "blank"  # the regions are painted black
    LEAVE_OUT = "leave-out"  # the file is left out, with a code
    KEEP = "keep"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The options of one extraction. ``key``: the secret of the pseudonyms, None with identity.

    ``size_px`` None keeps each image's own size. DICOM is written without identity only.
    ``sealed``: the files are those of a release, without identity already; they are known by their
    names without the ending, which are the pseudonyms in its tables.
    """

    metadata: bool = False
    pixels: bool = False
    features: bool = False
    png: bool = False
    dicom: bool = False
    bits: int = 8
    size_px: int | None = None
    fit: Fit = Fit.LETTERBOX
    text: TextRule = TextRule.BLANK
    sealed: bool = False
    key: bytes | None = None

    @property
    def needs_pixels(self) -> bool:
        """Whether anything but the header is to be read."""
        return self.pixels or self.features or self.png or self.dicom


@dataclass(frozen=True, slots=True)
class Job:
    """One file. ``name``: its path below what was named, with forward slashes."""

    number: int
    path: Path
    name: str
    stamp: str  # size and time of change: a changed file is read again
    mask: Path | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one file: cells, or the code of a refusal."""

    name: str
    stamp: str
    key: str = ""
    metadata: tuple[Cell, ...] | None = None
    features: tuple[Cell, ...] | None = None
    code: str = ""
    message: str = ""
