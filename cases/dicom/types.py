"""What is known of one radiograph file: the values that cross between decoder, service and page.

Everything is frozen and slotted. All grey levels in a ``PixelGrid`` (padding, first mapped value of
the Modality LUT) are DICOM's own, before ``pixel_offset``; stored = value + pixel_offset.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cases.dicom.serial import JsonValue, from_plain, to_plain

if TYPE_CHECKING:  # reading facts from JSON needs no numpy
    import numpy as np
    from numpy.typing import NDArray

MEBIBYTE = 1024 * 1024
PIXELS_NAME, DISPLAY_NAME = "pixels.u16.gz", "display.png"
THUMBNAIL_NAME, FACTS_NAME = "thumbnail.jpg", "facts.json"
THUMBNAIL_PX = 320

Sex = Literal["M", "F", "O", ""]


class FileKind(StrEnum):
    """What a file is by its content. A ZIP is opened by ``archive``, the others by ``reader``."""

    DICOM = "dicom"
    PNG = "png"
    JPEG = "jpeg"
    ZIP = "zip"


class SpacingKind(StrEnum):
    """What a distance in mm means: in the patient, at the detector, or nothing."""

    CALIBRATED = "calibrated"
    DETECTOR = "detector"
    NONE = "none"


class VoiFunction(StrEnum):
    """VOI LUT Function (0028,1056). Source: DICOM PS3.3 C.11.2.1.2 and C.11.2.1.3."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


@dataclass(frozen=True, slots=True)
class Window:
    """Window centre and width in the output units of the Modality transformation."""

    center: float
    width: float
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Lut:
    """A lookup table: inputs below ``first_mapped`` take the first value, inputs past the end the
    last. Output range 0 .. 2**bits - 1. Source: DICOM PS3.3 C.11.1.1 and C.11.2.1.1.
    """

    first_mapped: int
    bits: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PixelGrid:
    """How the stored values of one image become grey.

    ``invert`` is the last step, after Modality and VOI: the least value shows white.
    ``voi_function`` belongs to ``windows``. ``auto_window`` spans the 0.5 to 99.5
    percentile of what is no padding.
    ``spacing_mm`` is (between rows, between columns), both above 0, None for kind NONE.
    """

    rows: int
    columns: int
    bits_stored: int
    photometric: str
    rescale_slope: float
    rescale_intercept: float
    modality_lut: Lut | None
    windows: tuple[Window, ...]
    voi_function: VoiFunction
    voi_lut: Lut | None
    padding_value: int | None
    padding_limit: int | None
    invert: bool
    pixel_offset: int
    spacing_mm: tuple[float, float] | None
    spacing_kind: SpacingKind
    auto_window: Window


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the header says it is. ``patient_name`` reads "Family Given (ideographic form)"."""

    patient_id: str = ""
    patient_name: str = ""
    birth_date: date | None = None
    sex: Sex = ""


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """What the header says of study, series, instance and view; empty where it says nothing."""

    study_instance_uid: str = ""
    series_instance_uid: str = ""
    sop_instance_uid: str = ""
    sop_class_uid: str = ""
    transfer_syntax_uid: str = ""
    accession_number: str = ""
    study_date: date | None = None
    study_description: str = ""
    modality: str = ""
    body_part: str = ""
    view_position: str = ""
    laterality: str = ""
    manufacturer: str = ""
    age_years: int | None = None
    patient_orientation: str = ""
    burned_in: str = ""


@dataclass(frozen=True, slots=True)
class FileWarning:
    """Something a reader must know of an accepted file. Codes: ``cases.dicom.cautions``."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """All that is known of one accepted file. ``sha256`` is of the file, ``pixel_sha256`` of the
    decoded values: equal for the same pixels in another transfer syntax or under another header.
    """

    kind: FileKind
    sha256: str
    pixel_sha256: str
    size_bytes: int
    grid: PixelGrid
    identity: Identity
    study: StudyFacts
    warnings: tuple[FileWarning, ...]

    def to_json(self) -> dict[str, JsonValue]:
        """Plain values, for ``json.dumps`` and JSON fields."""
        plain = to_plain(self)
        assert isinstance(plain, dict)
        return plain

    @classmethod
    def from_json(cls, data: JsonValue) -> ImageFacts:
        """The inverse of ``to_json``. Raises ValueError."""
        return from_plain(cls, data)

    def warns(self, code: str) -> bool:
        """Whether a warning with this code stands."""
        return any(warning.code == code for warning in self.warnings)


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """``stored``: (rows, columns) uint16, C-contiguous, not inverted, no lookup table applied."""

    facts: ImageFacts
    stored: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class RenderedFiles:
    """Where ``sandbox.render`` put its files, and what it learned."""

    facts: ImageFacts
    pixels: Path
    display: Path
    thumbnail: Path
    facts_json: Path


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file may cost. ``memory_bytes`` bounds the address space of the decoder."""

    max_file_bytes: int = 256 * MEBIBYTE
    max_pixels: int = 50_000_000
    memory_bytes: int = 2048 * MEBIBYTE
    cpu_s: int = 60
    wall_s: int = 60
    max_answer_bytes: int = 8 * MEBIBYTE
    max_archive_entries: int = 1000
    max_archive_bytes: int = 2048 * MEBIBYTE
    max_archive_ratio: int = 200
