"""What a compressed frame says of itself, read before any codec allocates memory for it."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from cases.dicom.errors import FileDamaged

END_MARKER = b"\xff\xd9"  # EOI of JPEG and JPEG-LS, EOC of JPEG 2000
_START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
_WITHOUT_LENGTH = frozenset((0x01, *range(0xD0, 0xD9)))
_J2K_START = b"\xff\x4f\xff\x51"


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """The size, the number of components and the bits of a sample that a codestream announces."""

    rows: int
    columns: int
    components: int
    precision: int


def read_frame_header(frame: bytes) -> FrameHeader:
    """Of a JPEG, JPEG-LS or JPEG 2000 codestream.

    Raises FileDamaged: truncated without its end marker, pixels_undecodable without a header.
    Source: ISO 10918-1 B.2.2, ISO 14495-1 C.2.2, ISO 15444-1 A.5.1.
    """
    header = read_jpeg_header(frame) if frame[:2] == b"\xff\xd8" else _read_jpeg_2000(frame)
    # A codec would fill what is missing with grey and say nothing.
    if not frame[-64:].rstrip(b"\0\xff").endswith(END_MARKER):
        raise FileDamaged(code="truncated")
    return header


def read_jpeg_header(data: bytes) -> FrameHeader:
    """Of a JPEG or JPEG-LS stream, whatever follows. Raises FileDamaged."""
    try:
        return _read_jpeg(data)
    except (struct.error, IndexError) as error:
        raise FileDamaged(code="truncated") from error


def _read_jpeg(frame: bytes) -> FrameHeader:
    position = 2
    while True:
        if frame[position] != 0xFF:
            raise FileDamaged(code="pixels_undecodable")
        marker = frame[position + 1]
        if marker in _START_OF_FRAME:
            precision, rows, columns, components = struct.unpack_from(">BHHB", frame, position + 4)
            return FrameHeader(rows, columns, components, precision)
        if marker == 0xFF:  # fill bytes
            position += 1
        elif marker in _WITHOUT_LENGTH:
            position += 2
        else:
            position += 2 + struct.unpack_from(">H", frame, position + 2)[0]


def _read_jpeg_2000(frame: bytes) -> FrameHeader:
    start = frame[:1024].find(_J2K_START)  # behind the boxes of a JP2 file, if there are any
    if start < 0:
        raise FileDamaged(code="pixels_undecodable")
    if len(frame) < start + 43:
        raise FileDamaged(code="truncated")
    right, bottom, left, top = struct.unpack_from(">4L", frame, start + 8)
    components, depth = struct.unpack_from(">HB", frame, start + 40)
    return FrameHeader(bottom - top, right - left, components, (depth & 0x7F) + 1)
