"""Images with their findings, boxes and patients, from a folder; packed once for fast training."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.predict.boxes import letterbox_for
from inference.predict.labels import CHESTXRAY14, CHESTXRAY14_BOXED
from inference.predict.preprocess import letterboxed
from inference.predict.types import Box
from inference.training.config import DataConfig
from inference.training.errors import DataRefused

NO_FINDING = "No Finding"


@dataclass(frozen=True, slots=True)
class Record:
    """One image. ``soft``: another model's probability for each label, empty where there is none.

    ``boxes``: (label, box in pixels of the stored image). ``known``: labels that are known to be
    present or absent; what is not in it is masked in training and evaluation.
    """

    image: str
    patient_id: str
    labels: frozenset[str]
    known: frozenset[str]
    boxes: tuple[tuple[str, Box], ...]
    soft: tuple[float, ...] = ()
    age_years: float | None = None
    sex: str = ""
    view: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """``sha256`` names the data: of labels, boxes and file names, not of the pixels."""

    name: str
    labels: tuple[str, ...]
    box_labels: tuple[str, ...]
    records: tuple[Record, ...]
    folder: Path
    sha256: str

    def of_patients(self, patients: frozenset[str]) -> tuple[int, ...]:
        """Indices of the records of these patients."""
        return tuple(i for i, item in enumerate(self.records) if item.patient_id in patients)


def load_chestxray14(folder: Path, config: DataConfig) -> Dataset:
    """ChestX-ray14-style CSV files. Raises DataRefused for missing files or unknown labels."""
    labels_csv, boxes_csv = folder / config.labels_csv, folder / config.boxes_csv
    boxes = _read_boxes(boxes_csv)
    soft = _read_soft(folder / config.soft_targets_csv) if config.soft_targets_csv else {}
    records = []
    for row in _rows(labels_csv):
        labels = frozenset(row["labels"].split("|")) - {NO_FINDING, ""}
        unknown = labels - set(CHESTXRAY14)
        if unknown:
            raise DataRefused(f"{row['image']} has unknown labels: {', '.join(sorted(unknown))}.")
        name = row["image"]
        records.append(
            Record(
                image=f"{config.images}/{name}",
                patient_id=row["patient_id"],
                labels=labels,
                known=frozenset(CHESTXRAY14),
                boxes=tuple(boxes.get(name, ())),
                soft=soft.get(name, ()),
                age_years=float(row["age_years"]) if row.get("age_years") else None,
                sex=row.get("sex") or "",
                view=row.get("view_position") or "",
            )
        )
    digest = hashlib.sha256(labels_csv.read_bytes() + boxes_csv.read_bytes()).hexdigest()
    return Dataset("ChestX-ray14", CHESTXRAY14, CHESTXRAY14_BOXED, tuple(records), folder, digest)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    except OSError as error:
        raise DataRefused(f"{path.name} cannot be read: {error.strerror}.") from error


def _read_boxes(path: Path) -> dict[str, list[tuple[str, Box]]]:
    boxes: dict[str, list[tuple[str, Box]]] = {}
    for row in _rows(path):
        if row["label"] not in CHESTXRAY14_BOXED:
            raise DataRefused(f"{row['image']} has a box with the unknown label {row['label']}.")
        corners = [float(row[f"{edge}_px"]) for edge in ("x_min", "y_min", "x_max", "y_max")]
        box = Box(*corners)
        if box.x_max <= box.x_min or box.y_max <= box.y_min:
            raise DataRefused(f"{row['image']} has an empty box.")
        boxes.setdefault(row["image"], []).append((row["label"], box))
    return boxes


def _read_soft(path: Path) -> dict[str, tuple[float, ...]]:
    return {row["image"]: tuple(float(row[label]) for label in CHESTXRAY14) for row in _rows(path)}


def read_grey(path: Path) -> NDArray[np.float32]:
    """An 8- or 16-bit grey or colour picture as (H, W) float32 in [0, 1]. Raises DataRefused."""
    try:
        with Image.open(path) as picture:
            deep = picture.mode.startswith("I")
            values = np.asarray(picture if deep else picture.convert("L"), dtype=np.float32)
    except OSError as error:
        raise DataRefused(f"{path.name} is no readable picture.") from error
    return values / np.float32(65535.0 if deep else 255.0)


@dataclass(frozen=True, slots=True)
class PackedImages:
    """pixels (N, S, S) uint8, letterboxed; boxes as in the records, in input pixels."""

    pixels: NDArray[np.uint8]
    boxes: tuple[tuple[tuple[str, Box], ...], ...]


def pack(dataset: Dataset, size_px: int, cache: Path) -> PackedImages:
    """Decode and letterbox every image once, into ``cache``; later runs map the file.

    The file is named by data and size, written to a temporary name and renamed.
    """
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{dataset.sha256[:16]}-{size_px}.npy"
    shapes_path = path.with_suffix(".shapes.npy")
    if not (path.exists() and shapes_path.exists()):
        _write_pack(dataset, size_px, path, shapes_path)
    shapes = np.load(shapes_path)
    boxes = tuple(
        tuple(
            (label, letterbox_for((int(rows), int(columns)), size_px).to_input(box))
            for label, box in record.boxes
        )
        for record, (rows, columns) in zip(dataset.records, shapes, strict=True)
    )
    return PackedImages(np.load(path, mmap_mode="r"), boxes)


def _write_pack(dataset: Dataset, size_px: int, path: Path, shapes_path: Path) -> None:
    part = path.with_suffix(".part.npy")
    shapes = np.zeros((len(dataset.records), 2), dtype=np.int64)
    packed = np.lib.format.open_memmap(
        part, mode="w+", dtype=np.uint8, shape=(len(dataset.records), size_px, size_px)
    )
    for index, record in enumerate(dataset.records):
        grey = read_grey(dataset.folder / record.image)
        shapes[index] = grey.shape
        square, _ = letterboxed(grey, size_px)
        packed[index] = (square.numpy() * 255.0).round().astype(np.uint8)
    packed.flush()
    del packed
    np.save(shapes_path, shapes)
    part.replace(path)
