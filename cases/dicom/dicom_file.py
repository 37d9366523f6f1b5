"""Bytes of a DICOM file to its data set, and the gate that lets only single radiographs through."""

from __future__ import annotations

import io
import zlib

from pydicom import config
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filereader import read_dataset
from pydicom.uid import UID

from cases.dicom import elements
from cases.dicom.codecs import BIG_ENDIAN, DEFLATED, SUPPORTED, DicomPixels, PixelLayout
from cases.dicom.errors import (
    FileDamaged,
    HostileFile,
    NotAnImage,
    NotARadiograph,
    TooLarge,
    UnsupportedEncoding,
)
from cases.dicom.header import is_uid
from cases.dicom.structure import Encoding, find_pixels, looks_implicit, read_meta
from cases.dicom.text import clean
from cases.dicom.types import MEBIBYTE

PREAMBLE = 128
IMPLICIT = "1.2.840.10008.1.2"
HEADER_ROOM = 16 * MEBIBYTE
MODALITIES = frozenset(("CR", "DX"))
_TIFF = (b"II*\0", b"MM\0*")
_STORAGE = "1.2.840.10008.5.1.4.1.1."
_OTHER_OBJECTS = {
    "1.2.840.10008.1.3.10": "dicomdir",
    f"{_STORAGE}88.": "structured_report",
    f"{_STORAGE}104.": "encapsulated_document",
    f"{_STORAGE}11.": "presentation_state",
}
_FOR_PROCESSING = f"{_STORAGE}1.1.1"


def is_dicom(head: bytes) -> bool:
    """Whether the first 132 bytes are those of a DICOM file. Source: DICOM PS3.10 7.1."""
    return head[PREAMBLE : PREAMBLE + 4] == b"DICM"


def parse(data: bytes, max_pixels: int) -> DicomPixels:
    """The one radiograph in a DICOM file, nothing decoded yet.

    Raises FileRefused of every family but archives and decoders.
    """
    _check_preamble(data[:PREAMBLE])
    media_class, syntax, start = read_meta(data, PREAMBLE + 4)
    _refuse_other_objects(media_class)
    if not syntax:
        raise UnsupportedEncoding(code="no_transfer_syntax")
    if syntax not in SUPPORTED:
        shown = clean(syntax)[:64]
        raise UnsupportedEncoding(f"The transfer syntax {shown} is not supported.")
    body = data
    if syntax == DEFLATED:
        body, start = _inflate(data, start, 2 * max_pixels + HEADER_ROOM), 0
    encoding = Encoding(looks_implicit(body, start), syntax != BIG_ENDIAN)
    body = body[start:] if start else body
    element = find_pixels(body, encoding)
    dataset = _read_header(body[: element.header] if element else body, encoding, syntax)
    _check_object(dataset)
    if element is None or element.start == element.end:
        raise NotARadiograph(code="no_pixels")
    _check_image(dataset, max_pixels)
    return DicomPixels(dataset, syntax, body, encoding, element)


def read_layout(dataset: Dataset) -> PixelLayout:
    """Size and bits of the samples. Raises UnsupportedEncoding (unsupported_bit_depth)."""
    allocated = elements.integer(dataset, "BitsAllocated") or 0
    stored = elements.integer(dataset, "BitsStored") or allocated
    if allocated not in (8, 16) or not 1 <= stored <= allocated:
        raise UnsupportedEncoding(
            f"Pixels with {stored} bits in {allocated} are not supported.",
            code="unsupported_bit_depth",
        )
    high_bit = elements.integer(dataset, "HighBit")
    if high_bit is None or not stored - 1 <= high_bit < allocated:
        high_bit = stored - 1
    return PixelLayout(
        rows=elements.integer(dataset, "Rows") or 0,
        columns=elements.integer(dataset, "Columns") or 0,
        allocated=allocated,
        stored=stored,
        high_bit=high_bit,
        signed=elements.integer(dataset, "PixelRepresentation") == 1,
    )


def _check_preamble(preamble: bytes) -> None:
    """All zeros, or a TIFF header for files of both kinds: anything else would make the file a
    program, a page or a script as well.
    """
    if any(preamble) and not preamble.startswith(_TIFF):
        raise HostileFile()


def _inflate(data: bytes, start: int, most: int) -> bytes:
    """Source: DICOM PS3.5 A.5: raw deflate (RFC 1951), perhaps one padding byte behind."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        body = stream.decompress(memoryview(data)[start:], most)
    except zlib.error as error:
        raise FileDamaged("The deflated data set is damaged.") from error
    if stream.eof:
        return body
    if len(body) >= most:
        raise TooLarge(code="expands_too_much")
    raise FileDamaged(code="truncated")


def _read_header(header: bytes, encoding: Encoding, syntax: str) -> Dataset:
    mode, config.settings.reading_validation_mode = (
        config.settings.reading_validation_mode,
        config.IGNORE,
    )
    try:
        dataset = read_dataset(io.BytesIO(header), encoding.implicit, encoding.little_endian)
    finally:
        config.settings.reading_validation_mode = mode
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    return dataset


def _refuse_other_objects(sop_class: str) -> None:
    for prefix, code in _OTHER_OBJECTS.items():
        if sop_class.startswith(prefix):
            raise NotAnImage(code=code)


def _check_object(dataset: Dataset) -> None:
    """What kind of object it is, before anyone asks for pixels."""
    _refuse_other_objects(elements.text(dataset, "SOPClassUID"))
    modality = elements.code(dataset, "Modality")
    if modality not in MODALITIES:
        raise NotARadiograph(
            f"Modality is {modality or 'not given'}; only CR and DX images are accepted."
        )
    intent = elements.code(dataset, "PresentationIntentType")
    raw_class = elements.text(dataset, "SOPClassUID") == _FOR_PROCESSING
    if intent == "FOR PROCESSING" or raw_class:
        raise NotARadiograph(code="for_processing")
    uid = elements.text(dataset, "SOPInstanceUID")
    if not uid:
        raise NotARadiograph(code="sop_instance_uid_missing")
    if not is_uid(uid):
        raise NotARadiograph(code="sop_instance_uid_invalid")


def _check_image(dataset: Dataset, max_pixels: int) -> None:
    """Size, frames and colour, before a byte of the pixels is decoded."""
    rows = elements.integer(dataset, "Rows") or 0
    columns = elements.integer(dataset, "Columns") or 0
    if rows <= 0 or columns <= 0:
        raise NotARadiograph(code="size_invalid")
    if rows * columns > max_pixels:
        raise TooLarge(
            f"The image has {rows} x {columns} pixels; at most {max_pixels:,} are read.",
            code="image_too_large",
        )
    if (elements.integer(dataset, "NumberOfFrames") or 1) != 1:
        raise NotARadiograph(code="several_frames")
    grey = elements.code(dataset, "PhotometricInterpretation") in ("MONOCHROME1", "MONOCHROME2")
    if not grey or (elements.integer(dataset, "SamplesPerPixel") or 1) != 1:
        raise NotARadiograph(code="colour_image")
