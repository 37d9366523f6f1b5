"""Where the image of an id lies: in folders of pictures and DICOM files, or inside HDF5 files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from inference.training.errors import DataRefused
from inference.training.images import DICOM_SUFFIXES, HDF5_SUFFIXES, INSIDE, PICTURE_SUFFIXES

STACK, STACK_IDS = "images", "image_id"


def index_images(folder: Path, places: Iterable[str]) -> dict[str, str]:
    """Image id (file name without suffix, or key) -> name below ``folder`` as Record wants it.

    ``places``: folders or HDF5 files below it; HDF5 files beside them count too. Raises DataRefused
    where two files have the same id.
    """
    found: dict[str, str] = {}
    chosen = [folder / place for place in dict.fromkeys(places)]
    archives = [*(p for p in chosen if p.is_file()), *_hdf5_below(folder)]
    for path in (path for place in chosen if place.is_dir() for path in sorted(place.rglob("*"))):
        if path.suffix.lower() in (*DICOM_SUFFIXES, *PICTURE_SUFFIXES):
            _add(found, path.stem, path.relative_to(folder).as_posix())
        elif path.suffix.lower() in HDF5_SUFFIXES:
            archives.append(path)
    for path in dict.fromkeys(archives):
        for name, key in _keys(path):
            _add(found, name, f"{path.relative_to(folder).as_posix()}{INSIDE}{key}")
    return found


def _hdf5_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix.lower() in HDF5_SUFFIXES)


def _add(found: dict[str, str], name: str, place: str) -> None:
    if name in found:
        raise DataRefused(f"The image {name} lies in two files: {found[name]} and {place}.")
    found[name] = place


def _keys(path: Path) -> Iterator[tuple[str, str]]:
    """(image id, key): a data set an image, or one stack ``images`` with ``image_id`` beside it."""
    import h5py  # optional: only HDF5 data needs it

    try:
        with h5py.File(path, "r") as opened:
            if STACK in opened and STACK_IDS in opened:
                names = opened[STACK_IDS].asstr()[:]
                if len(names) != len(opened[STACK]):
                    raise DataRefused(f"{path.name}: {STACK_IDS} and {STACK} differ in length.")
                yield from ((str(name), f"{STACK}[{row}]") for row, name in enumerate(names))
            else:
                yield from (
                    (name, name) for name in opened if getattr(opened[name], "ndim", 0) == 2
                )
    except OSError as error:
        raise DataRefused(f"{path.name} is no readable HDF5 file.") from error
