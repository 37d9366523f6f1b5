"""PNG and JPEG to grey levels at their full bit depth.

A picture carries no identity and no grey-scale rules. With 8 bits it is shown as it is; with 16
the range is unknown (often 12 of them are used), so the automatic window serves.
"""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from cases.dicom.codestream import END_MARKER, read_jpeg_header
from cases.dicom.errors import FileDamaged, NotARadiograph, TooLarge, UnsupportedEncoding
from cases.dicom.types import FileKind

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_SIGNATURE = b"\xff\xd8\xff"
# ITU-R BT.601, as Pillow's own conversion to grey.
_LUMINANCE = np.array((0.299, 0.587, 0.114))
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_BAND_ROWS = 256
_SLACK = 64 * 1024  # some writers compress a little more than the pixels
_ADAM7 = (  # first column, first row, column step, row step of each pass
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_SCAN_MARKER = b"\xff\xda"  # cannot occur in the data of a scan, where 0xFF is stuffed

Words = NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Picture:
    """``stored``: (H, W) uint16, 0 is black; ``bits`` 8 or 16; ``cautions`` are warning codes."""

    stored: Words
    bits: int
    cautions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _PngHeader:
    columns: int
    rows: int
    bits: int
    colour: int
    interlaced: bool
    has_transparency: bool = False
    has_more: bool = False


def read_picture(data: bytes, kind: FileKind, max_pixels: int) -> Picture:
    """Decode a PNG or JPEG whole. Raises FileDamaged, TooLarge, NotARadiograph and
    UnsupportedEncoding."""
    try:
        if kind is FileKind.PNG:
            return _read_png(data, max_pixels)
        return _read_jpeg(data, max_pixels)
    except (OSError, SyntaxError, ValueError, struct.error, EOFError) as error:
        if isinstance(error, UnidentifiedImageError):
            raise UnsupportedEncoding(code="unsupported_picture") from error
        cut_off = isinstance(error, struct.error) or "truncated" in str(error).lower()
        raise FileDamaged(code="truncated" if cut_off else "damaged") from error


def _check_size(rows: int, columns: int, max_pixels: int) -> None:
    if rows <= 0 or columns <= 0:
        raise NotARadiograph("The image has no rows or no columns.", code="size_invalid")
    if rows * columns > max_pixels:
        raise TooLarge(
            f"The image has {rows} x {columns} pixels; at most {max_pixels:,} are read.",
            code="image_too_large",
        )


def _read_png(data: bytes, max_pixels: int) -> Picture:
    header = _check_png(data, max_pixels)
    cautions = ["trailing_data"] if header.has_more else []
    if header.bits == 16 and header.colour in (2, 4, 6):
        samples = _decode_deep_png(data)  # Pillow would cut these to 8 bits
    else:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            samples = _samples(picture, header.has_transparency or header.colour in (4, 6))
    deep = header.bits == 16
    grey, more = _to_grey(samples, 65_535 if deep else 255)
    return Picture(grey, 16 if deep else 8, (*cautions, *more))


def _check_png(data: bytes, max_pixels: int) -> _PngHeader:
    """Every chunk whole and true to its checksum, one picture, and exactly as many bytes of pixels
    as its size demands: a decoder would fill a gap with black. Source: ISO 15948, 5.3, 7.3, 11.2.
    """
    position, seen, header = len(PNG_SIGNATURE), set[bytes](), None
    inflater, unpacked = zlib.decompressobj(), 0
    while b"IEND" not in seen:
        length, name = struct.unpack_from(">L4s", data, position)
        end = position + 12 + length
        if end > len(data):
            raise FileDamaged(code="truncated")
        body = memoryview(data)[position + 8 : end - 4]
        if zlib.crc32(data[position + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            raise FileDamaged("A part of the PNG does not match its checksum.")
        if header is None:
            header = _png_header(name, body, max_pixels)
            expected = _png_bytes(header)
        if name == b"acTL":
            raise NotARadiograph(code="several_frames")
        if name == b"IDAT":
            unpacked += _inflated_size(inflater, body, expected + _SLACK - unpacked)
        seen.add(name)
        position = end
    if header is None or not inflater.eof or unpacked < expected:
        raise FileDamaged(code="truncated")
    return replace(header, has_transparency=b"tRNS" in seen, has_more=position < len(data))


def _png_header(name: bytes, body: memoryview, max_pixels: int) -> _PngHeader:
    if name != b"IHDR" or len(body) != 13:
        raise FileDamaged("The PNG does not begin with its header.")
    columns, rows, bits, colour, _, _, interlace = struct.unpack(">LLBBBBB", body)
    _check_size(rows, columns, max_pixels)
    if colour not in _CHANNELS or bits not in (1, 2, 4, 8, 16):
        raise UnsupportedEncoding(code="unsupported_picture")
    return _PngHeader(columns, rows, bits, colour, interlaced=interlace == 1)


def _png_bytes(header: _PngHeader) -> int:
    """How many bytes the pixels unpack to: a filter byte and the samples of each row of each pass.

    Source: ISO 15948, 7.2 and 8.2 (interlacing).
    """
    passes = _ADAM7 if header.interlaced else ((0, 0, 1, 1),)
    total = 0
    for x, y, dx, dy in passes:
        columns = max(0, -(-(header.columns - x) // dx))
        rows = max(0, -(-(header.rows - y) // dy))
        if columns:
            total += rows * (1 + (columns * _CHANNELS[header.colour] * header.bits + 7) // 8)
    return total


def _inflated_size(inflater: zlib._Decompress, body: memoryview, room: int) -> int:
    size, rest = 0, bytes(body)
    while rest and not inflater.eof:
        size += len(inflater.decompress(rest, 1 << 20))
        rest = inflater.unconsumed_tail
        if size > room:
            raise TooLarge(code="expands_too_much")
    return size


def _samples(picture: Image.Image, see_through: bool) -> NDArray[np.generic]:
    """(H, W) grey, (H, W, 3) RGB or (H, W, 4) RGBA; uint8, or uint16 where the file has 16 bits."""
    if picture.mode.startswith("I"):
        return np.asarray(picture).astype(np.uint16)
    if see_through:
        return np.asarray(picture.convert("RGBA"))
    return np.asarray(picture.convert("L" if picture.mode in ("1", "L") else "RGB"))


def _decode_deep_png(data: bytes) -> NDArray[np.generic]:
    """(H, W, 3) RGB or (H, W, 4) RGBA uint16."""
    import cv2  # heavy: only 16-bit colour and alpha need it

    decoded: NDArray[Any] | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16:
        raise FileDamaged()
    channels = decoded.shape[-1]
    if decoded.ndim != 3 or channels not in (3, 4):
        raise FileDamaged()
    return decoded[:, :, ::-1] if channels == 3 else decoded[:, :, [2, 1, 0, 3]]


def _read_jpeg(data: bytes, max_pixels: int) -> Picture:
    header = read_jpeg_header(data)
    if data.rfind(END_MARKER) < data.rfind(_SCAN_MARKER):
        raise FileDamaged(code="truncated")
    _check_size(header.rows, header.columns, max_pixels)
    if header.precision != 8 or header.components not in (1, 3, 4):
        raise UnsupportedEncoding(code="unsupported_picture")
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as opened:
        if opened.width * opened.height > max_pixels:
            raise TooLarge(code="image_too_large")
        turned = opened.getexif().get(ExifTags.Base.Orientation, 1) in range(2, 9)
        picture = ImageOps.exif_transpose(opened) if turned else opened
        samples = _samples(picture, see_through=False)
    grey, cautions = _to_grey(samples, 255)
    return Picture(grey, 8, (*cautions, *(("rotated",) if turned else ()), "lossy"))


def _to_grey(samples: NDArray[np.generic], top: int) -> tuple[Words, tuple[str, ...]]:
    """(H, W) uint16 and what had to be done. Alpha is laid on black; equal channels stay exact."""
    if samples.ndim == 2:
        return samples.astype(np.uint16), ()
    alpha = samples[:, :, 3] if samples.shape[2] == 4 else None
    see_through = alpha is not None and bool((alpha != top).any())
    coloured = bool(
        (samples[:, :, 0] != samples[:, :, 1]).any() or (samples[:, :, 0] != samples[:, :, 2]).any()
    )
    rows, columns, _ = samples.shape
    grey = np.empty((rows, columns), np.uint16)
    for start in range(0, rows, _BAND_ROWS):  # in bands: floats take eight times as much
        band = samples[start : start + _BAND_ROWS].astype(np.float64)
        light = band[:, :, :3] @ _LUMINANCE if coloured else band[:, :, 0]
        if see_through:
            light = light * band[:, :, 3] / top
        grey[start : start + _BAND_ROWS] = np.rint(light)
    cautions = {"colour_made_grey": coloured, "transparency_removed": see_through}
    return grey, tuple(code for code, holds in cautions.items() if holds)
