"""train.csv of VinBigData, with the sizes of the originals where a table of them lies beside it.

Source: data description of the VinBigData Chest X-ray Abnormalities Detection competition, 2020.
"""

from __future__ import annotations

from collections.abc import Iterator

from annotations.imports.files import DatasetFiles
from annotations.imports.tables import box_of, header_of, no_numbers, rows_of
from annotations.imports.types import DatasetImage, DatasetStatement, Item, Options, stated_label
from cxrportal.common.rows import restore

COLUMNS = ("image_id", "class_name", "rad_id", "x_min", "y_min", "x_max", "y_max")
_SIZES = ("image_id", "dim0", "dim1")


def find_vinbigdata(files: DatasetFiles, names: list[str]) -> str:
    """The first CSV with the columns of train.csv; "" without one."""
    tables = (name for name in names if name.lower().endswith(".csv"))
    return next((name for name in tables if set(COLUMNS) <= set(header_of(files, name))), "")


def read_vinbigdata(files: DatasetFiles, name: str, options: Options) -> Iterator[Item]:
    """Each image is a patient of its own: the format names none."""
    for table in _size_tables(files):
        for place, row in rows_of(files, table, _SIZES):
            if row["dim0"].isdigit() and row["dim1"].isdigit():
                key = row["image_id"]
                width, height = float(row["dim1"]), float(row["dim0"])
                yield DatasetImage(key, key, place, width_px=width, height_px=height)
    for place, row in rows_of(files, name, COLUMNS):
        key = restore(row["image_id"])
        yield DatasetImage(key, key, place, implied=True)
        label = stated_label(row["class_name"])
        try:
            # A row of "No finding" has no box, or the one of a pixel that stands for none.
            box = box_of([row[side] for side in COLUMNS[3:]]) if label else None
        except ValueError:
            yield no_numbers(place, key)
            continue
        reader = restore(row["rad_id"]) or options.reader
        yield DatasetStatement(key, reader, label, place, box)


def _size_tables(files: DatasetFiles) -> list[str]:
    tables = [name for name in files.names() if name.lower().endswith(".csv")]
    return [name for name in tables if set(_SIZES) <= set(header_of(files, name))]
