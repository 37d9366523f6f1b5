"""What ingest keeps of a decoded image: raw values, a picture to show, a thumbnail, the facts."""

from __future__ import annotations

import gzip
import io
import json
import os
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from cases.dicom.pixels import shrink, to_uint8
from cases.dicom.types import (
    DISPLAY_NAME,
    FACTS_NAME,
    PIXELS_NAME,
    THUMBNAIL_NAME,
    THUMBNAIL_PX,
    DecodedImage,
)

GZIP_LEVEL = 1  # level 3 saves 3 % more and takes up to half as long again
PNG_LEVEL = 1
JPEG_QUALITY = 85


def write_rendered(image: DecodedImage, out_dir: Path) -> None:
    """The four files of ``RenderedFiles``, each complete before it gets its name.

    pixels: gzip of the little-endian uint16 stored values, row by row; display: 8-bit PNG of full
    size with the default grey scale; thumbnail: JPEG, long side 320 px.
    """
    display = to_uint8(image.stored, image.facts.grid)
    _write(out_dir / PIXELS_NAME, _packed(image.stored))
    _write(
        out_dir / DISPLAY_NAME, _encoded(".png", display, cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL)
    )
    small = shrink(display, THUMBNAIL_PX)
    quality = _encoded(".jpg", small, cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY)
    _write(out_dir / THUMBNAIL_NAME, quality)
    _write(out_dir / FACTS_NAME, json.dumps(image.facts.to_json()).encode())


def _packed(stored: NDArray[np.uint16]) -> bytes:
    """The same bytes for the same pixels: no time stamp, no name."""
    buffer = io.BytesIO()
    with gzip.GzipFile("", "wb", GZIP_LEVEL, buffer, mtime=0) as file:
        file.write(np.ascontiguousarray(stored, dtype="<u2").data.cast("B"))
    return buffer.getvalue()


def _encoded(kind: str, image: NDArray[np.uint8], option: int, value: int) -> bytes:
    worked, encoded = cv2.imencode(kind, image, [option, value])
    if not worked:
        raise ValueError(f"the image could not be written as {kind}")
    return encoded.tobytes()


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".part")
    partial.write_bytes(content)
    os.replace(partial, path)
