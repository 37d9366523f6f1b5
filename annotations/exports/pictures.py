"""Pictures of a release: grey PNG, 8 or 16 bits, that holds pixels and nothing else.

Only the chunks IHDR, IDAT and IEND are written: no text, time, EXIF, colour profile, and nothing
after the end. Source: PNG (third edition), 5.3 and 11.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from annotations.exports.errors import PictureInvalid
from annotations.exports.files import whole_file

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PIXEL_CHUNKS = frozenset({b"IHDR", b"IDAT", b"IEND"})
_HEAD = struct.Struct(">I4s")
_CHECKSUM_BYTES = 4


def encode_picture(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    """(H, W) uint8 or uint16 -> PNG bytes, the same for the same pixels. Raises PictureInvalid."""
    if pixels.ndim != 2 or pixels.dtype not in (np.uint8, np.uint16) or pixels.size == 0:
        raise PictureInvalid
    fine, buffer = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    data = bytes(buffer)
    if not fine:
        raise PictureInvalid("The picture could not be written.")
    return without_metadata(data)


def recode_picture(
    png: bytes,
    *,
    width_px: int,
    height_px: int,
    masks_xyxy: tuple[tuple[int, int, int, int], ...] = (),
) -> bytes:
    """The pixels of a PNG of ours written afresh. Raises PictureInvalid, also on another size.

    Written afresh, since bytes can hide behind the end of the compressed pixels. ``masks_xyxy``:
    boxes in pixels that are painted black first.
    """
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED) if png else None
    if pixels is None or pixels.shape != (height_px, width_px) or pixels.dtype != np.uint8:
        raise PictureInvalid
    painted = np.array(pixels, np.uint8)
    for x_min, y_min, x_max, y_max in masks_xyxy:
        painted[y_min:y_max, x_min:x_max] = 0
    return encode_picture(painted)


def write_picture(pixels: NDArray[np.uint8], path: Path) -> None:
    """Raises PictureInvalid. The file appears whole or not at all."""
    data = encode_picture(pixels)
    with whole_file(path) as stream:
        stream.write(data)


def without_metadata(png: bytes) -> bytes:
    """The same picture with its pixel chunks only. Raises PictureInvalid on a broken file."""
    kept = [png[start:end] for kind, start, end in _chunks(png) if kind in PIXEL_CHUNKS]
    return SIGNATURE + b"".join(kept)


def holds_only_pixels(png: bytes) -> bool:
    """Whether a file is a PNG of pixel chunks alone, with nothing behind its end."""
    try:
        found = list(_chunks(png))
    except PictureInvalid:
        return False
    return {kind for kind, _, _ in found} == PIXEL_CHUNKS and found[-1][2] == len(png)


def picture_size(png: bytes) -> tuple[int, int]:
    """(width, height) as IHDR says. Raises PictureInvalid."""
    for kind, start, _ in _chunks(png):
        if kind == b"IHDR":
            width, height = struct.unpack_from(">II", png, start + _HEAD.size)
            return int(width), int(height)
    raise PictureInvalid


def _chunks(png: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(type, start, end) of each chunk, up to and with IEND."""
    if not png.startswith(SIGNATURE):
        raise PictureInvalid("Not a PNG.")
    start = len(SIGNATURE)
    while start + _HEAD.size <= len(png):
        length, kind = _HEAD.unpack_from(png, start)
        end = start + _HEAD.size + length + _CHECKSUM_BYTES
        if end > len(png):
            break
        yield kind, start, end
        if kind == b"IEND":
            return
        start = end
    raise PictureInvalid("A PNG that ends too early.")
