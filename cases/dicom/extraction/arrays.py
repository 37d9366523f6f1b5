"""Pixels as HDF5: one chunked, compressed dataset an image, with its geometry as attributes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import h5py
import numpy as np
from numpy.typing import NDArray

from cases.dicom.extraction.fit import Geometry
from cases.dicom.types import PixelGrid

CHUNK_PX = 256
GZIP_LEVEL = 4
PNG_LEVEL = 3
_IN_PIECE = "image"
Grey = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Plate:
    """One image ready to be written: (rows, columns) uint8 or uint16, 0 is black.

    ``blanked_xyxy`` are the painted regions, in pixels of the original.
    """

    pixels: Grey
    geometry: Geometry
    grid: PixelGrid
    blanked_xyxy: tuple[tuple[int, int, int, int], ...] = ()


def write_piece(plate: Plate, path: Path) -> None:
    """An HDF5 file of this image alone; it appears whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    with h5py.File(temporary, "w") as file:
        image = file.create_dataset(
            _IN_PIECE,
            data=plate.pixels,
            chunks=tuple(min(side, CHUNK_PX) for side in plate.pixels.shape),
            compression="gzip",
            compression_opts=GZIP_LEVEL,
            shuffle=True,
            track_times=False,
        )
        for name, value in asdict(plate.geometry).items():
            image.attrs[name] = value
        grid = plate.grid
        image.attrs["spacing_kind"] = grid.spacing_kind.value
        if grid.spacing_mm is not None:
            scales = (plate.geometry.scale_y, plate.geometry.scale_x)
            image.attrs["original_spacing_mm"] = grid.spacing_mm
            image.attrs["spacing_mm"] = [
                mm / scale for mm, scale in zip(grid.spacing_mm, scales, strict=True)
            ]
        image.attrs["photometric_original"] = grid.photometric
        image.attrs["bits_stored_original"] = grid.bits_stored
        image.attrs["blanked_xyxy"] = np.array(plate.blanked_xyxy, np.int64).reshape(-1, 4)
    os.replace(temporary, path)


def join_pieces(pieces: Iterable[tuple[str, Path]], path: Path, about: dict[str, str]) -> int:
    """All pieces in one file, each under its key; how many. Chunks are copied as they are,
    without being unpacked. The file appears whole or not at all.
    """
    temporary, count = path.with_name(f".{path.name}.part"), 0
    try:
        with h5py.File(temporary, "w") as file:
            for name, text in about.items():
                file.attrs[name] = text
            for key, piece in pieces:
                with h5py.File(piece, "r") as source:
                    source.copy(_IN_PIECE, file, name=key)
                count += 1
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return count


def write_png(pixels: Grey, path: Path) -> None:
    """A grey PNG of 8 or 16 bits that holds pixels and no text."""
    worked, encoded = cv2.imencode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL])
    if not worked:
        raise ValueError("the image could not be written as PNG")
    write_whole(encoded.tobytes(), path)


def write_whole(content: bytes, path: Path) -> None:
    """The file appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    temporary.write_bytes(content)
    os.replace(temporary, path)


def place(piece: Path, path: Path) -> None:
    """Copy a finished piece to its name; nothing where there is none (a picture has no DICOM)."""
    if piece.exists():
        write_whole(piece.read_bytes(), path)
