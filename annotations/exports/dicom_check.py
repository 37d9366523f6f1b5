"""What a DICOM file of a release must be: de-identified by its own word, and without hiding places.

Source: DICOM PS3.15 Annex E, PS3.10 7.1.
"""

from __future__ import annotations

from pathlib import Path

import pydicom
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from annotations.exports.read_back import ReadImage

PIXEL_DATA = b"\xe0\x7f\x10\x00OW\x00\x00"  # explicit little endian, as the writer makes it
_OVERLAYS = range(0x6000, 0x60FF)
_ENVELOPE_BYTES = 12


def dicom_problem(path: Path, image: ReadImage) -> str:
    """What is wrong with one file, in words; "" where it is sound."""
    try:
        with pydicom.dcmread(path) as found:
            return _problem(found, image)
    except (OSError, InvalidDicomError, AttributeError, KeyError, ValueError):
        return "cannot be read back"


def _problem(found: Dataset, image: ReadImage) -> str:
    if found.get("PatientIdentityRemoved") != "YES" or not found.get("DeidentificationMethod"):
        return "does not say that its identity was removed"
    if str(found.get("PatientID", "")) != image.patient:
        return "names another patient than the tables"
    if (found.Columns, found.Rows) != (image.width_px, image.height_px):
        return "has another size than its boxes assume"
    if any(element.tag.is_private or element.tag.group in _OVERLAYS for element in found):
        return "holds private elements or overlays"
    return ""


def header_bytes(path: Path) -> int:
    """Where the header of one of our files ends and its pixels begin; its size without pixels."""
    data = path.read_bytes()
    words = 2 * _pixels(path)
    start = len(data) - words - _ENVELOPE_BYTES
    whole = start >= 0 and data[start : start + len(PIXEL_DATA)] == PIXEL_DATA
    return start if whole else len(data)


def _pixels(path: Path) -> int:
    try:
        found = pydicom.dcmread(path, stop_before_pixels=True)
        return int(found.Rows) * int(found.Columns)
    except (OSError, InvalidDicomError, AttributeError, ValueError):
        return 0
