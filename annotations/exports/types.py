"""What the writers take: images and statements about them, already without identity.

A statement is what one reader says of one image: a finding, with or without a box, or "no finding".
An image that nobody read is no negative: each record holds at least one statement, and the absence
of findings is stated, never concluded. Rejected proposals are no findings and are not exported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from annotations.exports.errors import BoxOutsideImage, ExportInvalid

NO_FINDING = "no_finding"
NO_FINDING_NAME = "No finding"
DECIMALS_PX = 3  # boxes are written to a thousandth of a pixel, the same in every format

Xyxy = tuple[float, float, float, float]
JsonValue = str | int | float | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]


class Split(StrEnum):
    NONE = ""
    TRAIN = "train"
    VAL = "val"
    TEST = "test"


class Sex(StrEnum):
    FEMALE = "F"
    MALE = "M"
    OTHER = "O"
    UNKNOWN = ""


class View(StrEnum):
    """DICOM View Position (0018,5101), the ones of chest radiographs."""

    PA = "PA"
    AP = "AP"
    LL = "LL"
    RL = "RL"
    LATERAL = "LATERAL"
    UNKNOWN = ""


class Certainty(StrEnum):
    CERTAIN = "CERTAIN"
    PROBABLE = "PROBABLE"
    POSSIBLE = "POSSIBLE"


class Laterality(StrEnum):
    LEFT = "L"
    RIGHT = "R"
    BOTH = "B"
    NONE = ""


class Decided(StrEnum):
    """What the reader did with the model's proposal; DRAWN: there was none."""

    ACCEPTED = "ACCEPTED"
    CORRECTED = "CORRECTED"
    DRAWN = "DRAWN"


@dataclass(frozen=True, slots=True)
class Category:
    """A term of the vocabulary. COCO ids count from 1 in the order given to the writer."""

    code: str
    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class ExportImage:
    """``width_px`` and ``height_px`` are those of the original, as the boxes are.

    ``study_date``: shifted ISO date, a year, or empty. ``file_name`` is relative to the release.
    """

    key: str
    file_name: str
    width_px: int
    height_px: int
    patient_key: str
    age_band: str = ""
    sex: Sex = Sex.UNKNOWN
    view: View = View.UNKNOWN
    study_date: str = ""
    split: Split = Split.NONE


@dataclass(frozen=True, slots=True)
class ExportAnnotation:
    """One statement. ``box_xyxy`` in original pixels, origin top left; None: of the whole image.

    ``reviewed_on`` is treated like the study date. ``comment`` stays empty unless asked for.
    """

    image_key: str
    label: str
    reader_key: str
    reviewed_on: str = ""
    box_xyxy: Xyxy | None = None
    certainty: Certainty = Certainty.CERTAIN
    laterality: Laterality = Laterality.NONE
    decided: Decided = Decided.DRAWN
    model_score: float | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ExportPrediction:
    """What the model put out, before any reader; ``score`` in [0, 1], not always a probability."""

    label: str
    score: float
    box_xyxy: Xyxy | None = None


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """An image with everything that was stated about it, and what the model had put out."""

    image: ExportImage
    statements: tuple[ExportAnnotation, ...]
    predictions: tuple[ExportPrediction, ...] = ()


def rounded(box: Xyxy) -> Xyxy:
    """Thousandths of a pixel: what is written."""
    x_min, y_min, x_max, y_max = (round(float(side), DECIMALS_PX) for side in box)
    return x_min, y_min, x_max, y_max


def check_record(record: ExportRecord, codes: frozenset[str]) -> None:
    """Raises ExportInvalid for what no format could say truly, BoxOutsideImage for a bad box."""
    image = record.image
    if image.width_px < 1 or image.height_px < 1:
        raise ExportInvalid(f"Image {image.key} has no pixels.")
    if not record.statements:
        raise ExportInvalid(f"Nobody has read image {image.key}: it is no negative.")
    negative = {s.reader_key for s in record.statements if s.label == NO_FINDING}
    positive = {s.reader_key for s in record.statements if s.label != NO_FINDING}
    if negative & positive:
        raise ExportInvalid(f"A reader states both findings and none of image {image.key}.")
    for statement in record.statements:
        _check_statement(statement, image, codes)


def _check_statement(
    statement: ExportAnnotation, image: ExportImage, codes: frozenset[str]
) -> None:
    if statement.image_key != image.key:
        raise ExportInvalid(f"A statement of another image stands under image {image.key}.")
    if statement.label not in codes and statement.label != NO_FINDING:
        raise ExportInvalid(f"A label of image {image.key} is not in the vocabulary.")
    if statement.box_xyxy is None:
        return
    if statement.label == NO_FINDING:
        raise ExportInvalid(f"No finding has no box (image {image.key}).")
    x_min, y_min, x_max, y_max = rounded(statement.box_xyxy)
    whole = 0 <= x_min < x_max <= image.width_px and 0 <= y_min < y_max <= image.height_px
    if not whole:  # also when a side is not a number
        raise BoxOutsideImage(f"A box of image {image.key} is empty or leaves its image.")
