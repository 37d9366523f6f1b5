"""The pixels of a release: as displayed, or as stored under a header without identity."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, replace
from datetime import date
from io import BytesIO
from typing import Any, cast
from uuid import uuid5

import numpy as np
import pydicom
from django.conf import settings
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from annotations.exports.duplicates import fingerprint_of
from annotations.exports.errors import PictureInvalid
from annotations.exports.pictures import encode_picture, recode_picture
from annotations.releases.filters import Images
from annotations.releases.sources import masks_of
from cases.dicom.extraction.dicom_writer import SECONDARY_CAPTURE, dicom_content
from cases.dicom.pixels import blanked, to_uint16
from cases.dicom.types import DecodedImage, ImageFacts
from cases.models import Case, Image
from cxrportal.common.storage import read_bytes

SUFFIXES = {Images.PNG8: ".png", Images.PNG16: ".png", Images.DICOM: ".dcm"}
SAID = {
    Images.PNG8: "8-bit grey values as displayed, written afresh without metadata",
    Images.PNG16: "16-bit grey values as displayed, written afresh without metadata",
    Images.DICOM: "stored values under a header made afresh (PS3.15 Annex E Basic profile, "
    "113100, 113107, 113108); ages in years, 90 and above pooled",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of a release, and the 32 bytes by which nearly the same picture is found."""

    content: bytes
    fingerprint: bytes


_NO_PIXELS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")


def picture_of(image: Image) -> bytes:
    """8-bit PNG with its masks painted. Raises PictureInvalid, StorageUnavailable."""
    return recode_picture(
        read_bytes(image.display_key),
        width_px=image.columns,
        height_px=image.rows,
        masks_xyxy=masks_of(image),
    )


def recipe_of(case: Case, image: Image, wanted: Images) -> bytes:
    """All that ``piece_of`` looks at: where one of these has changed, the piece is another."""
    told = {
        "code": settings.CODE_VERSION,
        "images": wanted.value,
        "stored": [image.display_key, image.pixels_key, image.original_key, image.facts],
        "kind": [image.kind, image.rows, image.columns, image.view_position],
        "masks": masks_of(image),
        "ids": [str(case.pk), str(image.pk), str(case.patient_id)],
        "said": [case.patient.sex, str(case.study_date)],
    }
    return json.dumps(told, sort_keys=True).encode()


def piece_of(case: Case, image: Image, wanted: Images, key: bytes) -> Piece:
    """As ``content_of``, with the picture's fingerprint."""
    content = content_of(case, image, wanted, key)
    shown = content if wanted is Images.PNG8 else picture_of(image)
    return Piece(content, fingerprint_of(shown))


def content_of(case: Case, image: Image, wanted: Images, key: bytes) -> bytes:
    """The file as the release holds it. ``key``: the release's secret.

    Raises PictureInvalid, StorageUnavailable.
    """
    if wanted is Images.PNG8:
        return picture_of(image)
    decoded = _decoded(image)
    painted = DecodedImage(_windowed(decoded.facts), blanked(decoded, masks_of(image)))
    if wanted is Images.PNG16:
        return encode_picture(to_uint16(painted.stored, painted.facts.grid))
    return dicom_content(_header(case, image), painted, key, str(case.patient_id))


def _decoded(image: Image) -> DecodedImage:
    """The values that ingest stored: nothing of the original is decoded again."""
    words = np.frombuffer(gzip.decompress(read_bytes(image.pixels_key)), "<u2")
    if words.size != image.rows * image.columns:
        raise PictureInvalid
    stored: NDArray[np.uint16] = words.reshape(image.rows, image.columns).astype(np.uint16)
    return DecodedImage(ImageFacts.from_json(cast(Any, image.facts)), stored)


def _windowed(facts: ImageFacts) -> ImageFacts:
    """The window that the portal displays is written down where the file names none: an automatic
    one would be another over painted pixels, so whoever reads the release would see other greys.
    """
    grid = facts.grid
    if grid.windows or grid.voi_lut:
        return facts
    return replace(facts, grid=replace(grid, windows=(grid.auto_window,)))


def _header(case: Case, image: Image) -> Dataset:
    """The original's header; of a picture that has none, one that says what is known of it."""
    if image.kind == Image.Kind.DICOM:
        stored = BytesIO(read_bytes(image.original_key))
        header: Dataset = pydicom.dcmread(stored, stop_before_pixels=True)
    else:
        header = Dataset()
        header.SOPClassUID = SECONDARY_CAPTURE
        series = uuid5(case.pk, "series")  # a UID of its own: no two levels may share one
        for keyword, number in zip(_NO_PIXELS, (case.pk, series, image.pk), strict=True):
            setattr(header, keyword, f"2.25.{number.int}")
        header.Modality = "OT"
        header.StudyDate = f"{case.study_date:%Y%m%d}" if _sayable(case.study_date) else ""
    header.PatientSex = case.patient.sex
    if image.view_position and not header.get("ViewPosition"):
        header.ViewPosition = image.view_position
    return header


def _sayable(day: date | None) -> bool:
    return day is not None and day.year >= 1000
