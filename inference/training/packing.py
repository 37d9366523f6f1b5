"""Every image decoded and letterboxed once: later epochs and runs map the file."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from cxrportal.common.errors import PortalError
from inference.predict.boxes import clip_box, letterbox_for
from inference.predict.preprocess import letterboxed
from inference.predict.types import Box
from inference.training.errors import DataRefused
from inference.training.images import read_grey
from inference.training.records import Dataset, Record

Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PackedImages:
    """pixels (N, S, S) uint8, letterboxed; boxes as in the records, in input pixels."""

    pixels: NDArray[np.uint8]
    boxes: tuple[tuple[tuple[str, Box], ...], ...]


def pack(dataset: Dataset, size_px: int, cache: Path) -> PackedImages:
    """Decode and letterbox every image once, into ``cache``; later runs map the file.

    The file is named by data and size, written to a temporary name and renamed. Raises DataRefused
    for an unreadable image and for a box that lies outside its image.
    """
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{dataset.sha256[:16]}-{size_px}.npy"
    shapes_path = path.with_suffix(".shapes.npy")
    if not (path.exists() and shapes_path.exists()):
        _write_pack(dataset, size_px, path, shapes_path)
    shapes = np.load(shapes_path)
    if len(shapes) != len(dataset.records):
        raise DataRefused(f"{path.name} in the cache belongs to other data: remove it.")
    boxes = tuple(
        _input_boxes(record, (int(rows), int(columns)), size_px)
        for record, (rows, columns) in zip(dataset.records, shapes, strict=True)
    )
    return PackedImages(np.load(path, mmap_mode="r"), boxes)


def _input_boxes(
    record: Record, shape: tuple[int, int], size_px: int
) -> tuple[tuple[str, Box], ...]:
    """Boxes may leave the image by a little (readers draw past the edge): that part is cut."""
    letterbox = letterbox_for(shape, size_px)
    boxes = []
    for label, box in record.boxes:
        inside = clip_box(box, *shape)
        if inside is None:
            raise DataRefused(f"{record.image}: a box of {label} lies outside the image.")
        boxes.append((label, letterbox.to_input(inside)))
    return tuple(boxes)


def _write_pack(dataset: Dataset, size_px: int, path: Path, shapes_path: Path) -> None:
    """Decodes with as many threads as torch has; the result does not depend on their number."""
    part = path.with_suffix(".part.npy")
    count = len(dataset.records)
    try:
        packed: Pixels = np.lib.format.open_memmap(
            part, mode="w+", dtype=np.uint8, shape=(count, size_px, size_px)
        )
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            waiting = [
                pool.submit(_pack_one, dataset.folder / record.image, packed[index])
                for index, record in enumerate(dataset.records)
            ]
            try:
                shapes = np.array([item.result() for item in waiting], dtype=np.int64)
            except PortalError:
                pool.shutdown(cancel_futures=True)
                raise
        np.save(shapes_path, shapes)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _pack_one(image: Path, place: Pixels) -> tuple[int, int]:
    """Fills (S, S) uint8 ``place``; returns the image's (rows, columns)."""
    grey = read_grey(image)
    square, _ = letterboxed(grey, len(place))
    place[:] = (square.numpy() * 255.0).round().astype(np.uint8)
    return grey.shape[0], grey.shape[1]
