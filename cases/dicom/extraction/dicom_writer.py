"""A de-identified DICOM file, built afresh: no element, byte or padding of the original is copied.

Source: DICOM PS3.3 C.7.1 to C.8.11 (modules), PS3.5 A.2 (explicit little endian), PS3.10 7.1,
PS3.15 E.1 (what de-identification says of itself), PS3.3 C.12.1.1.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from cases.dicom.extraction.arrays import write_whole
from cases.dicom.extraction.attributes import ATTRIBUTES, Attribute, Treatment
from cases.dicom.extraction.deidentify import (
    METHOD,
    PROFILE_CODES,
    HeaderCleaner,
    Pseudonyms,
    number_text,
)
from cases.dicom.extraction.terms import CODE_MEANINGS
from cases.dicom.types import DecodedImage, Lut, PixelGrid

IMPLEMENTATION_UID = "2.25.304871206945173310827716450912375548103"
_SNOMED_RT = ("R-", "T-", "L-")
# Written from the pixels and the grid instead.
_OF_PIXELS = frozenset(row.keyword for row in ATTRIBUTES if row.module == "Image Pixel") | {
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
    "RescaleSlope",
    "RescaleIntercept",
}

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
_TYPE_2 = ("PatientSex", "StudyDate", "SeriesNumber", "InstanceNumber", "Manufacturer")
CHEST_CODE = "51185008"
_CHEST = ("CHEST", "THORAX")
_UNPAIRED = (*_CHEST, "ABDOMEN", "PELVIS", "SKULL", "HEAD", "NECK", "SPINE", "STERNUM")
_TYPE_2_OF: dict[str, tuple[str, ...]] = {
    "1.2.840.10008.5.1.4.1.1.1": ("BodyPartExamined", "ViewPosition", "PatientOrientation"),
    SECONDARY_CAPTURE: ("PatientOrientation",),
    "1.2.840.10008.5.1.4.1.1.1.1": (
        *("AnatomicRegionSequence", "DetectorType", "PositionerType"),
        "AcquisitionContextSequence",
    ),
}


def write_dicom(original: Dataset, image: DecodedImage, key: bytes, path: Path) -> None:
    """``image.stored`` with the cleaned header of ``original`` under ``path``. Raises KeyTooShort.

    The file appears whole or not at all.
    """
    write_whole(dicom_content(original, image, key), path)


def dicom_content(original: Dataset, image: DecodedImage, key: bytes, patient: str = "") -> bytes:
    """The bytes of the de-identified file. ``patient``: as in HeaderCleaner."""
    cleaner = HeaderCleaner(original, Pseudonyms(key), patient)
    made = Dataset()
    for row in ATTRIBUTES:
        if row.keyword not in _OF_PIXELS:
            _put(made, row, cleaner)
    _state(made)
    _put_grid(made, image.facts.grid)
    _put_pixels(made, image)
    _complete(made)
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.ImplementationClassUID = UID(IMPLEMENTATION_UID)
    made.preamble = bytes(128)
    buffer = io.BytesIO()
    made.save_as(buffer, enforce_file_format=True, implicit_vr=False, little_endian=True)
    return buffer.getvalue()


def _put(made: Dataset, row: Attribute, cleaner: HeaderCleaner) -> None:
    if row.treatment in (Treatment.REMOVED, Treatment.STATED):
        return
    if row.treatment is Treatment.EMPTY:
        setattr(made, row.keyword, "")
        return
    values = cleaner.values(row)
    if not values or (row.module == "Spacing" and "0" in values):
        return  # a spacing of 0 is not allowed, and says nothing
    if row.treatment is Treatment.CODES:
        setattr(made, row.keyword, [_code_item(code) for code in values])
        return
    tag = tag_for_keyword(row.keyword)
    binary = tag is not None and dictionary_VR(tag) in ("US", "SS", "US or SS")
    typed: list[str] | list[int] = [int(float(v)) for v in values] if binary else list(values)
    setattr(made, row.keyword, typed if len(typed) > 1 else typed[0])


def _complete(made: Dataset) -> None:
    """What the modules demand and the original does not say: empty where they admit it (type 2).

    Patient Orientation may be empty in CR and SC (2C), but not in DX (1C).
    Source: DICOM PS3.3 C.7.1.1 to C.7.6.1, C.8.1.1 (CR), C.8.6.1 (SC), C.8.11.1 and 4 (DX).
    """
    kind = made.SOPClassUID
    part = made.get("BodyPartExamined", "")
    if part in _CHEST and "AnatomicRegionSequence" not in made:
        made.AnatomicRegionSequence = [_code_item(CHEST_CODE)]
    if part not in _UNPAIRED and not part.endswith("SPINE") and "ImageLaterality" not in made:
        made.setdefault("Laterality", "")
    for keyword in _TYPE_2 + _TYPE_2_OF.get(kind, ()):
        if keyword not in made:
            setattr(made, keyword, [] if keyword.endswith("Sequence") else "")
    if kind == SECONDARY_CAPTURE and "ConversionType" not in made:
        made.ConversionType = "WSD"
    if "RescaleSlope" in made and "RescaleType" not in made:
        made.RescaleType = "US"  # unspecified


def _code_item(code: str) -> Dataset:
    item = Dataset()
    item.CodeValue = code
    item.CodingSchemeDesignator = "SRT" if code.startswith(_SNOMED_RT) else "SCT"
    item.CodeMeaning = CODE_MEANINGS[code]
    return item


def _state(made: Dataset) -> None:
    """What was done, in words and codes."""
    made.PatientIdentityRemoved = "YES"
    made.DeidentificationMethod = METHOD
    items = []
    for code, meaning in PROFILE_CODES.items():
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code, "DCM", meaning
        items.append(item)
    made.DeidentificationMethodCodeSequence = items
    made.LongitudinalTemporalInformationModified = "MODIFIED"


def _put_grid(made: Dataset, grid: PixelGrid) -> None:
    """How values become grey, from the values that were understood."""
    if grid.modality_lut:
        made.ModalityLUTSequence = [_lut_item(grid.modality_lut, "US")]
        made.ModalityLUTSequence[0].ModalityLUTType = "US"
    else:
        made.RescaleSlope = number_text(grid.rescale_slope)
        made.RescaleIntercept = number_text(grid.rescale_intercept)
    if grid.voi_lut:
        made.VOILUTSequence = [_lut_item(grid.voi_lut, "US")]
    if grid.windows:
        made.WindowCenter = [number_text(window.center) for window in grid.windows]
        made.WindowWidth = [number_text(window.width) for window in grid.windows]
        made.VOILUTFunction = grid.voi_function.value


def _lut_item(lut: Lut, kind: str) -> Dataset:
    item = Dataset()
    item.add_new(
        "LUTDescriptor", kind, [len(lut.values) % 65536, lut.first_mapped % 65536, lut.bits]
    )
    item.add_new("LUTData", "OW", np.asarray(lut.values, "<u2").tobytes())
    return item


def _put_pixels(made: Dataset, image: DecodedImage) -> None:
    """Native pixels in 16 bits. Signed values stay signed."""
    grid, signed = image.facts.grid, image.facts.grid.pixel_offset > 0
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, grid.photometric
    made.Rows, made.Columns = image.stored.shape
    made.BitsAllocated, made.BitsStored = 16, grid.bits_stored
    made.HighBit, made.PixelRepresentation = grid.bits_stored - 1, int(signed)
    words = image.stored.astype(np.int32) - grid.pixel_offset
    kind = "SS" if signed else "US"
    for keyword, value in (
        ("PixelPaddingValue", grid.padding_value),
        ("PixelPaddingRangeLimit", grid.padding_limit),
    ):
        if value is not None:
            made.add_new(keyword, kind, value)
    made.add_new("PixelData", "OW", words.astype("<i2" if signed else "<u2").tobytes())
