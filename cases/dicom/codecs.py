"""Pixel Data to stored values. Sizes and lengths are checked before a codec is called.

Source: DICOM PS3.5 8.1 and 8.2 (encodings), A.1 to A.5 (transfer syntaxes), PS3.3 C.7.6.3 (bits).
"""

from __future__ import annotations

from dataclasses import dataclass

import gdcm
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder

from cases.dicom.codestream import FrameHeader, read_frame_header
from cases.dicom.errors import FileDamaged, TooLarge
from cases.dicom.structure import Encoding, PixelElement

_BASE = "1.2.840.10008.1.2"
BIG_ENDIAN, DEFLATED, RLE = f"{_BASE}.2", f"{_BASE}.1.99", f"{_BASE}.5"
NATIVE = frozenset((_BASE, f"{_BASE}.1", DEFLATED, BIG_ENDIAN))
JPEG = frozenset(f"{_BASE}.4.{number}" for number in (50, 51, 57, 70))
JPEG_LS = frozenset(f"{_BASE}.4.{number}" for number in (80, 81))
JPEG_2000 = frozenset(f"{_BASE}.4.{number}" for number in (90, 91))
SUPPORTED = NATIVE | JPEG | JPEG_LS | JPEG_2000 | {RLE}
# One codec each. gdcm would do for JPEG-LS and JPEG 2000 too, no faster, but it ends the process
# where these raise.
_PLUGINS = {
    **dict.fromkeys(JPEG_LS, "pyjpegls"),
    **dict.fromkeys(JPEG_2000, "pylibjpeg"),
    RLE: "pylibjpeg",
}
# The DCT processes know no others (ISO 10918-1 B.2.2), and gdcm's memory suffers from them.
_PRECISIONS = {f"{_BASE}.4.50": (8,), f"{_BASE}.4.51": (8, 12)}
_RLE_HEADER = 64
_RLE_GROWTH = 64  # two bytes become at most 128

Words = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class PixelLayout:
    """How a sample lies in its allocated bits."""

    rows: int
    columns: int
    allocated: int
    stored: int
    high_bit: int
    signed: bool


@dataclass(frozen=True, slots=True)
class DicomPixels:
    """One data set, and where in ``body`` its pixels are."""

    dataset: Dataset
    transfer_syntax: str
    body: bytes
    encoding: Encoding
    element: PixelElement


def decode(source: DicomPixels, layout: PixelLayout) -> tuple[Words, int]:
    """((rows, columns) uint16 stored values, bits stored): signed values are offset by half range.

    Raises FileDamaged (truncated, pixels_do_not_match, pixels_undecodable) and TooLarge.
    """
    if source.transfer_syntax in NATIVE:
        return _from_bits(_read_native(source, layout), layout), layout.stored
    if source.element.fragments is None:
        raise FileDamaged("The pixels are not encapsulated.", code="pixels_undecodable")
    spans = source.element.fragments
    frame = b"".join(source.body[start:end] for start, end in spans)
    if not frame:
        raise FileDamaged(code="truncated")
    if source.transfer_syntax == RLE:
        _check_rle(frame, layout)
        return _from_bits(_by_pydicom(source, layout), layout), layout.stored
    header = read_frame_header(frame)
    if (header.rows, header.columns, header.components) != (layout.rows, layout.columns, 1):
        raise FileDamaged(code="pixels_do_not_match")
    if source.transfer_syntax in JPEG:
        if header.precision not in _PRECISIONS.get(source.transfer_syntax, range(2, 17)):
            raise FileDamaged(code="pixels_undecodable")
        return _widened(_by_gdcm(frame, source, header), layout, raw_bits=True)
    return _widened(_by_pydicom(source, layout), layout, raw_bits=False)


def _read_native(source: DicomPixels, layout: PixelLayout) -> NDArray[np.generic]:
    """(rows, columns) of uint8 or uint16 as allocated. PS3.5 8.1.1, for OW in big endian 8.1.2."""
    element, size = source.element, layout.allocated // 8
    if element.fragments is not None:
        raise FileDamaged("The pixels are encapsulated.", code="pixels_undecodable")
    count = layout.rows * layout.columns
    if element.end - element.start < count * size:
        raise FileDamaged(code="truncated")
    big = not source.encoding.little_endian
    if size == 1 and big and element.vr == b"OW":
        words = np.frombuffer(source.body, "<u2", (element.end - element.start) // 2, element.start)
        samples: NDArray[np.generic] = words.byteswap().view(np.uint8)[:count]
    else:
        kind = "u1" if size == 1 else (">u2" if big else "<u2")
        samples = np.frombuffer(source.body, kind, count, element.start)
    if samples.size < count:
        raise FileDamaged(code="truncated")
    return samples.reshape(layout.rows, layout.columns)


def _from_bits(samples: NDArray[np.generic], layout: PixelLayout) -> Words:
    """The stored bits out of the allocated ones (others may hold overlays), signed ones offset."""
    words = samples.astype(np.uint16)
    shift = layout.high_bit + 1 - layout.stored
    if shift:
        words >>= np.uint16(shift)
    if layout.stored < 16:
        words &= np.uint16((1 << layout.stored) - 1)
    if layout.signed:
        # Two's complement plus half the range is the same bits with the sign bit turned over.
        words ^= np.uint16(1 << (layout.stored - 1))
    return words


def _widened(
    samples: NDArray[np.generic], layout: PixelLayout, *, raw_bits: bool
) -> tuple[Words, int]:
    """Codec output as stored values. Unsigned samples may need more bits than the header says:
    they are kept, not cut. ``raw_bits``: signed samples come as their bits, not as numbers.
    """
    if layout.signed:
        aligned = PixelLayout(
            layout.rows, layout.columns, 16, layout.stored, layout.stored - 1, signed=True
        )
        words = samples if raw_bits else samples.astype(np.int16).view(np.uint16)
        return _from_bits(words, aligned), layout.stored
    words = samples.astype(np.uint16)
    return words, max(layout.stored, int(words.max()).bit_length())


def _check_rle(frame: bytes, layout: PixelLayout) -> None:
    """One segment for each byte of a sample, none of an impossible size.

    Two bytes of a segment unpack to at most 128, and no sensible one is longer than what it
    unpacks to by more than a little. Source: DICOM PS3.5 G.3 to G.5.
    """
    expected = layout.rows * layout.columns
    segments = int.from_bytes(frame[:4], "little")
    if len(frame) < _RLE_HEADER or segments != layout.allocated // 8:
        raise FileDamaged(code="pixels_do_not_match")
    offsets = [int.from_bytes(frame[4 + 4 * n : 8 + 4 * n], "little") for n in range(segments)]
    for start, end in zip(offsets, [*offsets[1:], len(frame)], strict=True):
        if not _RLE_HEADER <= start < end <= len(frame):
            raise FileDamaged(code="truncated")
        if end - start > 2 * expected + _RLE_HEADER:
            raise TooLarge(code="expands_too_much")
        if (end - start) * _RLE_GROWTH < expected:
            raise FileDamaged(code="truncated")


def _by_gdcm(frame: bytes, source: DicomPixels, header: FrameHeader) -> NDArray[np.generic]:
    fragment = gdcm.Fragment()
    fragment.SetByteStringValue(frame)
    fragments = gdcm.SequenceOfFragments.New()
    fragments.AddFragment(fragment)
    element = gdcm.DataElement(gdcm.Tag(0x7FE0, 0x0010))
    element.SetValue(fragments.__ref__())
    bits, allocated = header.precision, 8 if header.precision <= 8 else 16
    image = gdcm.Image()
    image.SetNumberOfDimensions(2)
    image.SetDimensions((header.columns, header.rows, 1))
    image.SetPixelFormat(gdcm.PixelFormat(1, allocated, bits, bits - 1, 0))
    grey = gdcm.PhotometricInterpretation.MONOCHROME2
    image.SetPhotometricInterpretation(gdcm.PhotometricInterpretation(grey))
    syntax = gdcm.TransferSyntax.GetTSType(source.transfer_syntax)
    image.SetTransferSyntax(gdcm.TransferSyntax(syntax))
    image.SetDataElement(element)
    text = image.GetBuffer() or ""  # gdcm hands bytes over as text, None when it failed
    decoded = text.encode("utf-8", "surrogateescape")
    if len(decoded) != header.rows * header.columns * allocated // 8:
        raise FileDamaged(code="pixels_undecodable")
    samples = np.frombuffer(decoded, np.uint8 if allocated == 8 else np.dtype("<u2"))
    return samples.reshape(header.rows, header.columns)


def _by_pydicom(source: DicomPixels, layout: PixelLayout) -> NDArray[np.generic]:
    dataset, element = source.dataset, source.element
    dataset.PixelData = source.body[element.start : element.end]
    is_rle = source.transfer_syntax == RLE
    try:
        samples, _ = get_decoder(source.transfer_syntax).as_array(
            dataset,
            index=0,
            raw=True,
            decoding_plugin=_PLUGINS[source.transfer_syntax],
            correct_unused_bits=not is_rle,  # type: ignore[arg-type]  # as documented
        )
    except (MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # codecs raise what they like; a panic in Rust is no Exception
        raise FileDamaged(code="pixels_undecodable") from error
    if samples.shape != (layout.rows, layout.columns):
        raise FileDamaged(code="pixels_do_not_match")
    return samples.view(f"u{layout.allocated // 8}") if is_rle else samples
