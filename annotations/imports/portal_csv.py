"""findings.csv and images.csv of a release of this portal."""

from __future__ import annotations

from collections.abc import Iterator

from annotations.imports.files import DatasetFiles
from annotations.imports.tables import box_of, no_numbers, rows_of
from annotations.imports.types import DatasetImage, DatasetStatement, Item, Options, stated_label
from cxrportal.common.rows import restore

FINDINGS_NAME, IMAGES_NAME = "findings.csv", "images.csv"
_IMAGE_COLUMNS = ("image", "file_name", "patient", "width_px", "height_px")
_SIDES = ("x_min", "y_min", "x_max", "y_max")
_FINDING_COLUMNS = ("image", "label", *_SIDES)


def read_portal_csv(files: DatasetFiles, folder: str, options: Options) -> Iterator[Item]:
    """``folder``: where both lie within the data set, "" or with a slash at its end."""
    for place, row in rows_of(files, folder + IMAGES_NAME, _IMAGE_COLUMNS):
        yield DatasetImage(
            key=restore(row["image"]),
            file_name=folder + restore(row["file_name"]),
            place=place,
            patient=restore(row["patient"]),
            sex=row.get("sex", ""),
            view=row.get("view", ""),
            study_date=row.get("study_date", ""),
            width_px=_size(row["width_px"]),
            height_px=_size(row["height_px"]),
        )
    for place, row in rows_of(files, folder + FINDINGS_NAME, _FINDING_COLUMNS):
        key = restore(row["image"])
        try:
            box = box_of([row[side] for side in _SIDES])
        except ValueError:
            yield no_numbers(place, key)
            continue
        yield DatasetStatement(
            key=key,
            reader=restore(row.get("reader", "")) or options.reader,
            label=stated_label(restore(row["label"])),
            place=place,
            box=box,
            certainty=row.get("certainty") or "CERTAIN",
            laterality=row.get("laterality", ""),
        )


def _size(text: str) -> float | None:
    return float(text) if text.isdigit() and int(text) > 0 else None
