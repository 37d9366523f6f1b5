"""One door to every kind of training data: ``load_dataset``, then ``pack``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from inference.training.config import DataConfig
from inference.training.datasets_chestxray14 import load_chestxray14
from inference.training.datasets_chexpert import load_chexpert
from inference.training.datasets_coco import load_coco
from inference.training.datasets_release import load_release
from inference.training.datasets_vinbigdata import load_vinbigdata
from inference.training.errors import DataRefused
from inference.training.images import read_grey
from inference.training.packing import PackedImages, pack
from inference.training.records import NO_FINDING, Dataset, Record

__all__ = [
    "LOADERS",
    "NO_FINDING",
    "Dataset",
    "PackedImages",
    "Record",
    "load_chestxray14",
    "load_dataset",
    "load_phantoms",
    "pack",
    "read_grey",
]


def load_phantoms(folder: Path, config: DataConfig) -> Dataset:
    """Drawn by ``phantom_folder``, in the short form of ChestX-ray14."""
    return replace(load_chestxray14(folder, config), name="synthetic phantoms")


LOADERS: dict[str, Callable[[Path, DataConfig], Dataset]] = {
    "chestxray14": load_chestxray14,
    "chexpert": load_chexpert,
    "coco": load_coco,
    "phantoms": load_phantoms,
    "release": load_release,
    "vinbigdata": load_vinbigdata,
}


def load_dataset(folder: Path, config: DataConfig) -> Dataset:
    """The data of ``config.kind`` under ``folder``. Raises DataRefused: file and row say where."""
    if not folder.is_dir():
        raise DataRefused(f"There is no data folder {folder.name}.")
    dataset = LOADERS[config.kind](folder, config)
    if not dataset.records:
        raise DataRefused(f"The {config.kind} data has no image.")
    return dataset
