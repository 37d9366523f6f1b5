"""The last step of reading, common to all kinds: digests and the automatic window."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cases.dicom.cautions import warning
from cases.dicom.levels import auto_window
from cases.dicom.types import DecodedImage, ImageFacts


def pixel_sha256(stored: NDArray[np.uint16], pixel_offset: int) -> str:
    """Of shape, offset and little-endian values: the same pixels in any encoding or header."""
    rows, columns = stored.shape
    digest = hashlib.sha256(struct.pack("<3Q", rows, columns, pixel_offset))
    digest.update(np.ascontiguousarray(stored, dtype="<u2").data)
    return digest.hexdigest()


def assemble(
    data: bytes, stored: NDArray[np.uint16], facts: ImageFacts, cautions: tuple[str, ...] = ()
) -> DecodedImage:
    """Fills what only the bytes and the pixels tell into ``facts``, and adds warnings by code."""
    stored = np.ascontiguousarray(stored)
    grid = replace(facts.grid, rows=stored.shape[0], columns=stored.shape[1])
    complete = replace(
        facts,
        sha256=hashlib.sha256(data).hexdigest(),
        pixel_sha256=pixel_sha256(stored, grid.pixel_offset),
        size_bytes=len(data),
        grid=replace(grid, auto_window=auto_window(stored, grid)),
        warnings=facts.warnings + tuple(warning(code) for code in cautions),
    )
    return DecodedImage(complete, stored)
